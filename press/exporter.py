"""The nbconvert exporter `book`: turns a notebook of the book into a self-contained page.

    jupyter nbconvert --to book build/notebooks/ko/layers-and-blocks.ipynb

The site itself is written by press.site from the same pages.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter, HTMLExporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode

from press.book import Book
from press.errors import BookError
from press.fragments import made_before
from press.katex import KATEX
from press.pages import Pages
from press.paths import STATIC
from press.texts import Text, read_text

_FONT = re.compile(r"url\((fonts/[\w-]+\.woff2)\)")
_OTHER_FONTS = re.compile(r",url\(fonts/[\w-]+\.(?:woff|ttf)\) format\(\"\w+\"\)")
_LINK_AWAY = re.compile(r'<a [^>]*?href="(?!#|https?:|mailto:)[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


class BookExporter(HTMLExporter):
    """Exports a notebook that is paired with a chapter as its page in the book.

    The page shows the notebook with its outputs; preprocessors run as in any exporter. Links to
    other pages of the book become plain text.
    """

    export_from_notebook = "Page of the book"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Return the page and the resources; raise ConversionException if it cannot be made."""
        notebook, resources = Exporter.from_notebook_node(self, nb, resources, **kwargs)
        place = resources.get("metadata", {})
        folder = Path(place.get("path") or ".").absolute()
        try:
            page = _page(folder, place.get("name", ""), notebook)
        except BookError as error:
            raise ConversionException(str(error)) from None
        return page, resources


def _page(folder: Path, slug: str, notebook: NotebookNode) -> str:
    book = Book.load(folder)
    language = folder.name
    if language not in book.languages or slug not in book.chapters:
        raise BookError(
            f"{slug}.ipynb is not the notebook of a chapter",
            path=folder / f"{slug}.ipynb",
            hint="Convert one that press build wrote: build/notebooks/LANGUAGE/CHAPTER.ipynb",
        )
    texts = {
        (code, chapter): read_text(book.text_path(code, chapter))
        for code in dict.fromkeys((book.source, language))
        for chapter in book.chapters
    }
    texts[language, slug] = _with_notebook(texts[language, slug], notebook)
    pages = Pages(book, texts, made_before(book), {})
    html = pages.html(language, slug, standalone=_style())
    return _LINK_AWAY.sub(r"<span>\1</span>", html)


def _with_notebook(text: Text, notebook: NotebookNode) -> Text:
    """Return the text with the notebook's cells, which must be the same except for outputs."""
    ours = [(cell.cell_type, cell.source) for cell in text.notebook.cells]
    theirs = [(cell.cell_type, cell.source) for cell in notebook.cells]
    if ours != theirs:
        hint = "Run press build, and convert the notebook again."
        raise BookError("the notebook does not match the current text", path=text.path, hint=hint)
    return replace(text, notebook=notebook)


def _style() -> str:
    """Return all style sheets as one, with the fonts of the formulas inside."""
    sheet = _OTHER_FONTS.sub("", (KATEX / "katex.min.css").read_text(encoding="utf-8"))

    def embedded(match: re.Match[str]) -> str:
        font = base64.b64encode((KATEX / match[1]).read_bytes()).decode()
        return f"url(data:font/woff2;base64,{font})"

    book = (STATIC / "book.css").read_text(encoding="utf-8")
    return _FONT.sub(embedded, sheet) + "\n" + book
