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
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(regular(file), copy)
    return copy


def backup_path(book: Book, language: str, name: str) -> Path:
    """Return an unused path for a copy of something: its name with the time."""
    wish = book.work_dir / "backup" / language / name
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (f"{wish.stem}-{stamp}{n or ''}{wish.suffix}" for n in count())
    return next(path for name in names if not (path := wish.with_name(name)).exists())
