"""Installed packages: their folders and files, found without importing them."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from press.files import inside
from press.hashing import digest, sha256


def folders(package: str) -> list[Path]:
    """Return the folders of a package; none if it is not installed, or is a single file."""
    spec = importlib.util.find_spec(package)
    return [Path(folder) for folder in (spec and spec.submodule_search_locations) or ()]


def files(package: str) -> dict[str, Path]:
    """Return the files of a package by their names inside it."""
    return {
        name: file
        for folder in folders(package)
        for name, file in inside(folder).items()
        if "__pycache__" not in file.parts
    }


@cache
def version(package: str) -> str:
    """Return the hash of all files of a package."""
    return digest({name: sha256(file.read_bytes()) for name, file in files(package).items()})
