"""Packs files into one: the same files always give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from press.book import Book
from press.files import inside, write_atomic

NAME = "d2lmini-book"  # of the file, and of the folder in it


def pack(book: Book) -> Path:
    """Write the built site to `build/d2lmini-book.zip`, to read offline, and return that file.

    Raises:
        BookError: there is no site.
    """
    html = book.built_site()
    named = ((f"{NAME}/{name}", file.read_bytes()) for name, file in inside(html).items())
    target = book.build_dir / f"{NAME}.zip"
    write_atomic(target, zipped(named))
    return target


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an archive of files, given by their names and contents."""
    archive = io.BytesIO()
    with ZipFile(archive, "w") as target:
        for name, content in files:
            entry = ZipInfo(name)  # with no time
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            target.writestr(entry, content, ZIP_DEFLATED, compresslevel=9)
    return archive.getvalue()
