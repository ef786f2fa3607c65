"""Packs the whole book into one file that is read without a network after unpacking."""

from __future__ import annotations

import os
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from press.book import Book
from press.errors import BookError

NAME = "d2lmini-book"  # of the file, and of the folder in it
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is packed


def pack(book: Book) -> Path:
    """Write the built site to `build/d2lmini-book.zip` and return that file.

    The same site makes the same bytes. Raises BookError if there is no site.
    """
    html = book.html_dir
    if not (html / "index.html").is_file():
        message = "the book is not built yet: there is no index.html"
        raise BookError(message, path=html, hint="Run: make book")
    target = book.build_dir / f"{NAME}.zip"
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with ZipFile(draft, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for file in sorted(path for path in html.rglob("*") if path.is_file()):
                entry = ZipInfo(f"{NAME}/{file.relative_to(html).as_posix()}", _EARLIEST)
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                entry.compress_type = ZIP_DEFLATED
                archive.writestr(entry, file.read_bytes(), compresslevel=9)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target
