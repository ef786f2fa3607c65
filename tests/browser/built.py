"""The book under test: that of build/html, or of the folder that the variable BOOK_HTML names."""

from __future__ import annotations

import os
import time
from itertools import cycle
from pathlib import Path

from press.book import PREFACE, Book

REPOSITORY = Path(__file__).parent.parent.parent
HTML = Path(os.environ.get("BOOK_HTML") or REPOSITORY / "build" / "html").absolute()
WIDE, PHONE = 1280, 390
PATIENCE = 120  # s for what a busy machine may take long for, such as the start of Python
LOOKS = [(WIDE, "light"), (PHONE, "dark")]  # widths and schemes, which do not act on each other

BOOK = Book.load(REPOSITORY)
LANGUAGES = list(BOOK.languages)
# Each language, and each width or look, where the one does not act on the other
LANGUAGES_AND_LOOKS = [(code, *look) for code, look in zip(LANGUAGES, cycle(LOOKS), strict=False)]
LANGUAGES_AND_WIDTHS = [(code, width) for code, width, _ in LANGUAGES_AND_LOOKS]
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


SCREENSHOTS = REPOSITORY / "build" / "screenshots"
AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def faults(page, part="html", *, only=(), without=()):
    """Return what axe-core finds in a part of a page, by all its rules, only some or others."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"preload": False, "resultTypes": ["violations"]}
    options["rules"] = {rule: {"enabled": False} for rule in without}
    if only:
        options["runOnly"] = list(only)
    run = "async ([part, options]) => (await axe.run(part, options)).violations"
    found = page.evaluate(run, [part, options])
    return [(fault["id"], node["html"]) for fault in found for node in fault["nodes"]]


def picture(page, name, **options):
    """Leave a picture to be looked at in build/screenshots; a PNG takes twice as long to write."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.jpg", type="jpeg", quality=90, **options)


def until(page, condition, arg=None):
    """Return what a function of the page gives once it gives something true.

    Playwright's own `wait_for_function` evaluates text inside the page, which the page's
    Content-Security-Policy forbids.
    """
    end = time.monotonic() + PATIENCE
    while not (found := page.evaluate(condition, arg)):
        assert time.monotonic() < end, f"never became true: {condition}"
        page.wait_for_timeout(50)
    return found
