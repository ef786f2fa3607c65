"""Where a book and the static files of its site are, and how messages name files."""

from __future__ import annotations

from pathlib import Path

BOOK_FILE = Path("chapters", "book.toml")
STATIC = Path(__file__).parent / "static"


def find_root(path: Path) -> Path | None:
    """Return the nearest folder at or above `path` that contains a book, or None."""
    path = path.absolute()
    return next((folder for folder in (path, *path.parents) if (folder / BOOK_FILE).exists()), None)


def shown(path: Path) -> str:
    """Return `path` as messages show it: relative to the root of the book that contains it."""
    root = find_root(path)
    return (path.absolute().relative_to(root) if root else path).as_posix()
