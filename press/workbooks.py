"""Keeps the readers' own copies of the notebooks in work/: a reader's change is never overwritten.

What the book wrote into a copy is remembered cell by cell (its id and the hash of its source), so
that a copy still as the book left it can be told from one that a reader has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from press.book import Book
from press.errors import shown
from press.files import write_whole
from press.fragments import Fragments
from press.pages import Pages
from press.pairing import Text
from press.plain import plain

Version = list[list[str]]


def update(
    book: Book, languages: Collection[str], texts: Mapping[tuple[str, str], Text]
) -> Iterator[str]:
    """Bring the copies of `languages` up to date; yield a sentence on each.

    `texts` are all texts of the book, with outputs where they are known.
    """
    pages = Pages(book, texts, Fragments(), {})
    for language, slug in texts:
        if language in languages:
            notebook, pictures = workbook(pages, language, slug)
            file = book.work_path(language, slug)
            for name, picture in pictures.items():
                _draw(file.parent / name, picture)
            yield f"{shown(file)} {_update(book, file, notebook)}"


def workbook(pages: Pages, language: str, slug: str) -> tuple[NotebookNode, Mapping[str, str]]:
    """Return a reader's notebook of a chapter, in plain Markdown, and its figures by file name."""
    reading = pages.readings[language, slug]
    text = plain(reading, pages.page(language, slug))
    notebook = nbformat.v4.new_notebook(
        metadata=reading.text.notebook.metadata, cells=text.cells, nbformat_minor=5
    )
    return notebook, text.pictures


def _draw(file: Path, picture: str) -> None:
    if not file.exists() or file.read_bytes() != picture.encode():
        write_whole(file, picture)


def _update(book: Book, file: Path, notebook: NotebookNode) -> str:
    """Write a copy if it is absent or as the book left it; return what has been done."""
    record = book.root / "work" / ".book" / file.parent.name / f"{file.stem}.json"
    new = _version(notebook)
    if file.exists():
        try:
            old = _version(nbformat.read(file, as_version=4))
        except Exception:  # whatever a half-saved file makes the library raise
            return "is not a notebook any more; kept as it is"
        if old == new:
            _remember(record, [new])
            return "is up to date"
        if old not in _remembered(record):
            return "has changes of yours; kept as it is"
    done = "follows the book" if file.exists() else "is new"
    # both are known as the book's until the file is written, so that a stop in between harms nobody
    _remember(record, [*_remembered(record), new])
    write_whole(file, nbformat.writes(notebook) + "\n")
    _remember(record, [new])
    return done


def _version(notebook: NotebookNode) -> Version:
    """Return the cells of a notebook as ids and hashes of their sources."""
    return [
        [cell.get("id", ""), hashlib.sha256(cell.source.encode()).hexdigest()]
        for cell in notebook.cells
    ]


def _remembered(record: Path) -> list[Version]:
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return known if isinstance(known, list) else []  # else spoilt: the copy counts as changed


def _remember(record: Path, versions: list[Version]) -> None:
    content = json.dumps(versions)
    if not record.exists() or record.read_bytes() != content.encode():
        write_whole(record, content)
