"""Pieces of text that are expensive to make, such as formulas, colored code or parsed cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from press.book import Book
from press.files import read_sealed, write_sealed
from press.hashing import digest


def made_before(book: Book, *, anew: bool = False) -> Fragments:
    """Return what earlier builds have made for pages, or, `anew`, what takes its place."""
    return Fragments(book.cache_dir / "fragments.json", anew=anew)


class Fragments:
    """What was made, by its content, in a file that may be deleted at any time."""

    def __init__(self, path: Path | None = None, *, anew: bool = False) -> None:
        self._path = path
        self._kept: dict[str, str] = {}
        self._used: dict[str, str] = {}
        if path and not anew:
            self._kept = read_sealed(path) or {}  # missing or damaged: everything is made again

    def get(self, make: Callable[..., str], *content: object, version: object = "") -> str:
        """Return `make(*content)`, from the file if it was made before.

        `version` names what `make` depends on besides, so that nothing outdated is returned.
        """
        name = digest(make.__qualname__, *content, version)
        if name not in self._used:
            self._used[name] = self._kept.get(name) or make(*content)
        return self._used[name]

    def save(self, *, prune: bool = False) -> None:
        """Write the file if it would change; `prune` drops what this build did not use."""
        content = dict(self._used) if prune else self._kept | self._used
        if self._path and content != self._kept:
            write_sealed(self._path, content)
            self._kept = content
