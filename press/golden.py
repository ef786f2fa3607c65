"""Golden outputs: what the cells of each chapter print, as text, so that changes show in a diff.

One file per chapter serves all languages, since their outputs are equal; output in the language of
the page is kept for each language.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from press.book import Book, Key
from press.files import write_changed
from press.outputs import printed
from press.tags import speaks
from press.texts import Text


def golden_path(book: Book, slug: str) -> Path:
    """Return the file that keeps the outputs of a chapter."""
    return book.root / "tests" / "book" / "golden" / f"{slug}.txt"


def golden(texts: Mapping[str, Text]) -> str:
    """Return the outputs of an executed chapter, given in each language, the source first."""
    code = {
        language: [cell for cell in text.notebook.cells if cell.cell_type == "code"]
        for language, text in texts.items()
    }
    source, *others = code
    parts = []
    for number, cell in enumerate(code[source]):
        first = cell.source.splitlines()[0]
        parts.append(f"## {number + 1}: {first}\n{printed(cell)}")
        if speaks(cell):
            parts += [f"### {language}\n{printed(code[language][number])}" for language in others]
    return "\n".join(parts)


def write_golden(book: Book, executed: Mapping[Key, Text]) -> list[Path]:
    """Write the golden outputs of all executed chapters; return the files that changed."""
    changed = []
    for slug in book.chapters:
        texts = {code: executed[code, slug] for code in book.languages if (code, slug) in executed}
        file = golden_path(book, slug)
        if book.source in texts and write_changed(file, golden(texts)):
            changed.append(file)
    return changed
