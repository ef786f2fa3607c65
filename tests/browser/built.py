"""The book under test: that of build/html, or of the folder that the variable BOOK_HTML names."""

from __future__ import annotations

import os
from pathlib import Path

from press.book import PREFACE, Book

REPOSITORY = Path(__file__).parent.parent.parent
HTML = Path(os.environ.get("BOOK_HTML") or REPOSITORY / "build" / "html").absolute()
WIDE, PHONE = 1280, 390

BOOK = Book.load(REPOSITORY)
LANGUAGES = list(BOOK.languages)
CHAPTERS = [slug for slug in BOOK.chapters if slug != PREFACE]
CHAPTER = CHAPTERS[0]
FILES = [
    "index.html",
    *(
        f"{code}/{page}.html"
        for code in LANGUAGES
        for page in ("index", "glossary", "reference", "bibliography", *CHAPTERS)
    ),
]


def until(page, condition, arg=None):
    """Return what a function of the page gives once it gives something true.

    Playwright's own `wait_for_function` evaluates text inside the page, which the page's
    Content-Security-Policy forbids.
    """
    for _ in range(300):
        if found := page.evaluate(condition, arg):
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"never became true: {condition}")
