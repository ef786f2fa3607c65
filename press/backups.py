"""Copies of what people wrote, made before it is replaced: in work/backup, under unique names."""

from __future__ import annotations

import shutil
import time
from itertools import count
from pathlib import Path

from press.book import Book
from press.files import regular


def keep(book: Book, file: Path, language: str) -> Path:
    """Copy a file that is about to be replaced, and return the copy."""
    copy = backup_path(book, language, file.name)
    shutil.copy2(regular(file), copy)
    return copy


def move_away(book: Book, path: Path, language: str) -> Path:
    """Move what is in the place of a file, perhaps a folder, and return where it is now."""
    return Path(shutil.move(path, backup_path(book, language, path.name)))


def backup_path(book: Book, language: str, name: str) -> Path:
    """Return an unused path for a copy of something, its name with the time, in a folder."""
    wish = book.work_dir / "backup" / language / name
    wish.parent.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (f"{wish.stem}-{stamp}{n or ''}{wish.suffix}" for n in count())
    return next(path for name in names if not (path := wish.with_name(name)).exists())
