"""The book under test: that of build/html, or of the folder that the variable BOOK_HTML names."""

from __future__ import annotations

import os
from pathlib import Path

from press.book import Book

REPOSITORY = Path(__file__).parent.parent.parent
HTML = Path(os.environ.get("BOOK_HTML") or REPOSITORY / "build" / "html").absolute()
WIDE, PHONE = 1280, 390

BOOK = Book.load(REPOSITORY)
LANGUAGES = list(BOOK.languages)
CHAPTER = BOOK.chapters[0]
FILES = [
    "index.html",
    *(
        f"{code}/{page}.html"
        for code in LANGUAGES
        for page in ("index", "glossary", *BOOK.chapters)
    ),
]
