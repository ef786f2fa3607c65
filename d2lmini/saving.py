"""Saving and loading: safetensors files, written whole or not at all, checked before use."""

import os
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .errors import MissingFileError, MXNetError, SurplusError
from .streams import Array

if TYPE_CHECKING:
    from .parameter import Parameter

Filename = str | PathLike[str]


def write(
    filename: Filename, arrays: Mapping[str, Array], metadata: dict[str, str] | None = None
) -> None:
    """Write named arrays to a temporary file, which then replaces the old one.

    Raises:
        MissingFileError: the file's folder does not exist.
        MXNetError: the path is a folder, or something else that is not a file.
    """
    from safetensors.numpy import save  # here: programs that save nothing need not load it

    path = Path(filename).resolve()  # keeps a symbolic link
    if not path.parent.is_dir():
        raise MissingFileError(
            f"there is no folder {path.parent} to write {path.name} to: create it first"
        )
    if "__metadata__" in arrays:
        raise MXNetError(
            "safetensors files keep the name '__metadata__' for themselves: save the array under "
            "another name"
        )
    if path.exists() and not path.is_file():
        raise MXNetError(f"{path} exists and is not a file: choose another file name to save to")
    data = save({name: np.asarray(array, order="C") for name, array in arrays.items()}, metadata)
    temporary = path.with_name(f".{os.urandom(8).hex()}")  # short, since names have a limit
    try:
        temporary.write_bytes(data)
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(filename: Filename) -> tuple[dict[str, Array], dict[str, str]]:
    """Read named arrays and the metadata.

    Raises:
        MissingFileError: the file does not exist.
        MXNetError: the file is damaged, is not a safetensors file, or has types unknown to NumPy.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(filename)
    if not path.is_file():
        found = "it is a folder" if path.is_dir() else "nothing has that name"
        raise MissingFileError(f"there is no file {path}: {found}")
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return arrays, file.metadata() or {}
    except (TypeError, AttributeError) as error:
        raise MXNetError(
            f"{path} holds numbers of a type that NumPy does not have ({error}): convert them to "
            "float32 before you save them"
        ) from None
    except SafetensorError as error:
        raise MXNetError(
            f"{path} is damaged, incomplete or not a safetensors file ({error}): save it again"
        ) from None


def fill(
    parameters: "Mapping[str, Parameter]",
    arrays: Mapping[str, Array],
    filename: Filename,
    allow_missing: bool = False,
    ignore_extra: bool = False,
    cast_dtype: bool = False,
    dtype_source: str = "current",
) -> None:
    """Put arrays into the parameters of the same names: all of them, or none if there is an error.

    Args:
        parameters: the parameters by their names in the file; one may have several names.
        arrays: the contents of the file.
        filename: the file's name for messages.
        allow_missing: leave parameters that are not in the file unchanged.
        ignore_extra: skip entries that match no parameter.
        cast_dtype: convert types that differ.
        dtype_source: the type to keep: ``'current'`` (the parameter's) or ``'saved'``.

    Raises:
        AssertionError: parameters are missing from the file, or have other shapes or types.
        SurplusError: the file holds more than these parameters.
        ValueError: ``dtype_source`` is neither of the two.
    """
    if dtype_source not in ("current", "saved"):
        raise ValueError(f"dtype_source must be 'current' or 'saved', not {dtype_source!r}")
    fitting = {name: array for name, array in arrays.items() if name in parameters}
    found = {parameters[name] for name in fitting}
    missing = [name for name, parameter in parameters.items() if parameter not in found]
    if missing and not allow_missing:
        raise AssertionError(
            f"{filename} lacks {_listed(missing)}; it holds {_listed(list(arrays))}. Load the "
            "file that this net saved, or pass allow_missing=True"
        )
    extra = [name for name in arrays if name not in fitting]
    if extra and not ignore_extra:
        raise SurplusError(
            f"{filename} holds {_listed(extra)}, which this net does not have; it has "
            f"{_listed(list(parameters))}. Load the file that this net saved, or pass "
            "ignore_extra=True"
        )
    wrong = [
        f"{name} is {array.shape} of {array.dtype} in the file and "
        f"{parameters[name].shape} of {parameters[name].dtype} in the net"
        for name, array in fitting.items()
        if 0 in array.shape  # accepts() takes 0 for an unknown length
        or not parameters[name].accepts(array.shape)
        or (parameters[name].dtype != array.dtype and not cast_dtype)
    ]
    if wrong:
        raise AssertionError(
            f"{filename} does not fit: {'; '.join(wrong)}. Load the file that this net saved, or "
            "pass cast_dtype=True if only types differ"
        )
    for name, array in fitting.items():
        parameters[name]._load_init(array, None, cast_dtype, dtype_source)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown or "nothing"
