"""Saving and loading: safetensors files, written whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import MissingFileError, MXNetError
from .streams import Array

Filename = str | os.PathLike[str]


def write(
    filename: Filename, arrays: Mapping[str, Array], metadata: dict[str, str] | None = None
) -> None:
    """Write named arrays to a temporary file, which then replaces the old one.

    Raises:
        MissingFileError: the file's folder does not exist.
        MXNetError: the path is a folder, or something else that is not a file.
    """
    path = Path(filename).resolve()  # keeps a symbolic link
    if not path.parent.is_dir():
        raise MissingFileError(f"there is no folder {path.parent} for {path.name}: create it first")
    if "__metadata__" in arrays:
        raise MXNetError("safetensors keeps '__metadata__' for itself: save under another name")
    if path.exists() and not path.is_file():
        raise MXNetError(f"{path} exists and is not a file: choose another file name to save to")
    data = _packed(arrays, metadata)
    temporary = path.with_name(f".{os.urandom(8).hex()}")  # short, since names have a limit
    try:
        temporary.write_bytes(data)
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _packed(arrays: Mapping[str, Array], metadata: dict[str, str] | None) -> bytes:
    """Return the content of a file with arrays in their order; the library would sort them."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    parts, end = [], 0
    for name, array in arrays.items():
        parts.append(np.asarray(array, array.dtype.newbyteorder("<")).tobytes())
        begin, end = end, end + array.nbytes
        kind = array.dtype.kind.upper()
        dtype = "BOOL" if kind == "B" else f"{kind}{8 * array.itemsize}"
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [begin, end]}
    content = json.dumps(header, ensure_ascii=False).encode()
    content += b" " * (-len(content) % 8)
    return b"".join([len(content).to_bytes(8, "little"), content, *parts])


def read(filename: Filename) -> tuple[dict[str, Array], dict[str, str]]:
    """Read named arrays and the metadata.

    Raises:
        MissingFileError: the file does not exist.
        MXNetError: the file is damaged, is not a safetensors file, or has types unknown to NumPy.
    """
    # Here: programs that load nothing need not have it loaded.
    from safetensors import SafetensorError, safe_open

    path = Path(filename)
    if not path.is_file():
        found = "it is a folder" if path.is_dir() else "nothing has that name"
        raise MissingFileError(f"there is no file {path}: {found}")
    try:
        with safe_open(path, framework="numpy") as file:
            names = getattr(file, "offset_keys", file.keys)()  # which older versions lack
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except (TypeError, AttributeError) as error:
        problem = f"{path} holds numbers of a type that NumPy does not have ({error})"
        raise MXNetError(f"{problem}: convert them to float32 before you save them") from None
    except SafetensorError as error:
        problem = f"{path} is damaged, incomplete or not a safetensors file ({error})"
        raise MXNetError(f"{problem}: save it again") from None
