"""Packs the whole book into one file, to unpack and read offline."""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from press.book import Book
from press.files import write_whole

NAME = "d2lmini-book"  # of the file, and of the folder in it
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # so that packing always gives the same bytes


def pack(book: Book) -> Path:
    """Write the built site to `build/d2lmini-book.zip` and return that file.

    The same site gives the same bytes.

    Raises:
        BookError: there is no site.
    """
    html = book.built_site()
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for file in sorted(filter(Path.is_file, html.rglob("*")), key=Path.as_posix):
            entry = ZipInfo(f"{NAME}/{file.relative_to(html).as_posix()}", _EARLIEST)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, file.read_bytes(), ZIP_DEFLATED, compresslevel=9)
    target = book.build_dir / f"{NAME}.zip"
    write_whole(target, packed.getvalue())
    return target
