"""Updates the readers' own notebooks in work/: keeps what readers wrote, and updates the rest.

What the book wrote to a notebook is recorded in work/.book, to tell its cells from those that the
reader changed. A record holds several versions: a reader may restore an older state of a notebook,
or overwrite an update from a window that was already open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from press.backups import keep
from press.book import Book, Key
from press.errors import raise_all, trouble
from press.files import read_sealed, regular, write_atomic, write_sealed
from press.fragments import Fragments
from press.hashing import sha256
from press.merging import NOTES, Merged, merge, three_way
from press.outputs import valid
from press.pages import Pages
from press.pairing import as_built
from press.paths import shown
from press.plain import plain
from press.texts import Text

VERSIONS = 10  # the number of versions kept for each notebook
MARK = "book_version"  # in a notebook's metadata, names the version that it was made from
Version = dict[str, Any]
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Workbook:
    """The current version of a chapter for readers, and where the reader's own copy is."""

    book: Book
    language: str
    slug: str
    notebook: NotebookNode
    pictures: Mapping[str, str]
    words: Mapping[str, str]
    """The words for notes between the reader's cells."""

    @property
    def name(self) -> str:
        """Its name in commands."""
        return f"{self.language}/{self.slug}"

    @property
    def file(self) -> Path:
        """The reader's own copy."""
        return self.book.work_path(self.language, self.slug)

    @property
    def record(self) -> Path:
        """The record of what the book has written to that copy."""
        return self.book.work_dir / ".book" / self.language / f"{self.slug}.json"

    def versions(self) -> list[Version]:
        """Return the versions that the book has written to that copy, the newest last, if known."""
        return read_sealed(self.record) or []

    def mine(self) -> NotebookNode | None:
        """Return the reader's own copy, or None if there is none or it is not a notebook."""
        return parsed(_bytes(self.file))


def workbooks(book: Book, texts: Mapping[Key, Text], wanted: Iterable[Key]) -> Iterator[Workbook]:
    """Yield the wanted workbooks, given by language and slug.

    `texts` are all texts of the book, with outputs if known.
    """
    pages = Pages(book, texts, Fragments(), {})
    for language, slug in wanted:
        yield workbook(pages, language, slug)


def workbook(pages: Pages, language: str, slug: str) -> Workbook:
    """Return the workbook of a chapter, in plain Markdown."""
    reading, page = pages.readings[language, slug], pages.page(language, slug)
    text = plain(reading, page)
    notebook = nbformat.v4.new_notebook(
        metadata=reading.text.notebook.metadata, cells=text.cells, nbformat_minor=5
    )
    words = {key: page.words[key].replace("{chapter}", f"{language}/{slug}") for key in NOTES}
    return Workbook(pages.book, language, slug, notebook, text.pictures, words)


def update_all(book: Book, texts: Mapping[Key, Text], languages: Collection[str]) -> Iterator[str]:
    """Update the reader's copies of all chapters in some languages; yield the messages.

    Raises:
        BookError: copies cannot be updated; the others are.
    """
    built = {key: as_built(book, text) for key, text in texts.items() if key[0] in languages}
    blocked = []
    for workbook in workbooks(book, {**texts, **built}, built):
        try:
            yield from update(workbook)
        except OSError as error:
            blocked.append(trouble(error))
    for record in sorted((book.work_dir / ".book").glob("*/*.json")):
        file = book.work_path(record.parent.name, record.stem)
        if record.stem not in book.chapters and file.exists():
            yield f"{shown(file)} stays as it is: the book no longer has this chapter"
    raise_all(blocked)


def update(
    workbook: Workbook, edit: Callable[[NotebookNode], None] = lambda mine: None
) -> list[str]:
    """Update a reader's copy, after an edit if one is given; return the messages.

    The copy is replaced as a whole, and read again if it has been saved in the meantime.
    """
    file, said = workbook.file, list(_draw(workbook))
    before = _bytes(file)
    old = parsed(before)
    mine = nbformat.v4.new_notebook() if old is None else deepcopy(old)
    edit(mine)
    base = None if old is None else _base(workbook.versions(), mine)
    known = base["cells"] if base else None
    merged = merge(known, mine.cells, workbook.notebook.cells, workbook.words)
    new = _version(workbook, merged)
    _remember(workbook, base, new)
    after = _whole(base or {}, mine, new, merged)
    if after == old:
        return [f"{shown(file)} is up to date", *said]
    aside = keep(workbook.book, file, workbook.language) if before and old is None else None
    if _bytes(file) != before:
        return [*said, *update(workbook, edit)]
    write_atomic(file.resolve(), _written(after))
    return [*_said(workbook, before, aside, base, merged), *said]


def _written(notebook: NotebookNode) -> str:
    """Return a notebook as its file; half an emoji, which UTF-8 cannot hold, stays escaped."""
    text: str = nbformat.v4.writes(notebook)
    is_whole = not re.search("[\ud800-\udfff]", text)
    return (text if is_whole else nbformat.v4.writes(notebook, ensure_ascii=True)) + "\n"


def parsed(raw: bytes | None) -> NotebookNode | None:
    """Return the notebook that a program saved as `raw`, or None if it is not a notebook."""
    if raw is None:
        return None
    try:
        notebook = nbformat.convert(nbformat.reader.reads(raw.decode("utf-8-sig")), 4)
        notebook.metadata = NotebookNode(notebook.metadata)
        for cell in notebook.cells:
            _complete(cell)
    except Exception:  # whatever the library raises for a half-saved file
        return None
    return notebook


def _complete(cell: NotebookNode) -> None:
    """Add what every cell must have, and remove an id that Jupyter would reject."""
    if cell.cell_type not in ("code", "markdown", "raw") or not isinstance(cell.source, str):
        raise ValueError(cell.cell_type)
    cell.metadata = NotebookNode(cell.get("metadata", {}))
    if cell.cell_type == "code":
        cell.outputs = valid(cell)
        cell.setdefault("execution_count", None)
    if not isinstance(cell.get("id"), str) or not _ID.fullmatch(cell.id):
        cell.pop("id", None)


def _draw(workbook: Workbook) -> Iterator[str]:
    """Write the figures; report the backup of one that the reader has changed."""
    written = {digest for version in workbook.versions() for digest in version.get("pictures", ())}
    for name, picture in workbook.pictures.items():
        file = workbook.file.parent / name
        there = _bytes(file)
        if there != picture.encode():
            if there is not None and sha256(there) not in written:
                kept = keep(workbook.book, file, workbook.language)
                yield f"    {shown(file)} is up to date; the previous one is in {shown(kept)}"
            write_atomic(file, picture)


def _bytes(file: Path) -> bytes | None:
    try:
        return regular(file).read_bytes()
    except FileNotFoundError:
        return None


def _base(versions: Sequence[Version], mine: NotebookNode) -> Version | None:
    """Return the version that a reader's copy was made from, or the newest if it names none."""
    known = [version for version in versions if _mark(mine) in (None, _mark(version))]
    return known[-1] if known else None


def _mark(version: Mapping[str, Any]) -> Any:
    return version["metadata"].get(MARK)


def _version(workbook: Workbook, merged: Merged) -> Version:
    """Return what to remember about a workbook, and a name for that version."""
    mark = sha256(json.dumps(merged.base, sort_keys=True).encode())[:16]
    return {
        "metadata": workbook.notebook.metadata | {MARK: mark},
        "cells": merged.base,
        "pictures": [sha256(picture.encode()) for picture in workbook.pictures.values()],
    }


def _whole(
    base: Mapping[str, Any], mine: NotebookNode, new: Version, merged: Merged
) -> NotebookNode:
    metadata = three_way(base.get("metadata", {}), mine.metadata, new["metadata"])
    metadata[MARK] = _mark(new)
    minor = max(mine.nbformat_minor, 5)
    return NotebookNode(mine, metadata=metadata, cells=merged.cells, nbformat_minor=minor)


def _remember(workbook: Workbook, base: Version | None, new: Version) -> None:
    """Record what the book is about to write; the old version stays in case of interruption."""
    known = workbook.versions()
    older = [version for version in known if version not in (base, new)]
    versions = [*older, *([base] if base and base != new else []), new][-VERSIONS:]
    if versions != known:
        write_sealed(workbook.record, versions)


def _said(
    workbook: Workbook,
    before: bytes | None,
    aside: Path | None,
    base: Mapping[str, Any] | None,
    merged: Merged,
) -> Iterator[str]:
    file = shown(workbook.file)
    if aside or before == b"":
        was = f"not a notebook and is now {shown(aside)}" if aside else "empty"
        yield f"{file} is new; the old file was {was}"
        checkpoint = (
            workbook.file.parent / ".ipynb_checkpoints" / f"{workbook.slug}-checkpoint.ipynb"
        )
        if checkpoint.exists():
            yield f"    Jupyter's last checkpoint of it is {shown(checkpoint)}"
    elif before is None:
        yield f"{file} is new"
    else:
        yield f"{file} is up to date with the book; your changes are kept"
        if not base:
            yield "    its earlier version is unknown, so everything that differs counts as yours"
    for name in merged.changed:
        yield (
            f"    the exercise {name!r} has changed in the book; your answer is kept;"
            f" to compare them, run: press diff {workbook.name}#{name}"
        )
    for name in merged.removed:
        yield f"    the exercise {name!r} is no longer in this chapter; your answer is at the end"
