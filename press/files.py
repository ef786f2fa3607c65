"""Reads and writes files: nobody ever finds half a file, whatever happens in between."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from press.hashing import sha256


def regular(path: Path) -> Path:
    """Return a path to read from; raise OSError for a pipe or a device, which may have no end."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EEXIST, "This is a pipe or a device, not a file", str(path))
    return path


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader finds either the old content or the new, never a part.

    It keeps its permissions.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content if isinstance(content, bytes) else content.encode())
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    except OSError as error:
        error.filename = str(path)  # a full disk's error names no file, or only the draft
        raise
    finally:
        with suppress(OSError):
            draft.unlink()


def write_changed(path: Path, content: str | bytes) -> bool:
    """Write a file whole, unless it already has this content; return whether it was written."""
    content = content if isinstance(content, bytes) else content.encode()
    if path.is_file() and path.read_bytes() == content:
        return False
    write_atomic(path, content)
    return True


def inside(folder: Path) -> dict[str, Path]:
    """Return the files in a folder and the folders below it, by their names from there, sorted."""
    files = filter(Path.is_file, folder.rglob("*"))
    return dict(sorted((file.relative_to(folder).as_posix(), file) for file in files))


def complete(folder: Path, sizes: Mapping[str, int]) -> dict[str, Path]:
    """Return the files of a folder by name if all have the right sizes, or else none of them.

    `sizes` are the right sizes, in bytes, by name.
    """
    found = {name: folder / name for name in sizes}
    whole = all(path.is_file() and path.stat().st_size == sizes[n] for n, path in found.items())
    return found if whole else {}


def write_sealed(path: Path, value: Any) -> None:
    """Write a value as JSON under the hash of that JSON, for `read_sealed`."""
    content = json.dumps(value, ensure_ascii=False)
    write_atomic(path, f"{sha256(content.encode())}\n{content}\n")


def read_sealed(path: Path) -> Any:
    """Return what `write_sealed` wrote, or None if the file is missing or a byte has changed."""
    try:
        seal, _, content = regular(path).read_bytes().partition(b"\n")
    except OSError:
        return None
    content = content.removesuffix(b"\n")
    return json.loads(content) if seal.decode(errors="replace") == sha256(content) else None
