"""Pages are light and stand still: little to fetch, read before scripts run, nothing moves."""

from __future__ import annotations

import gzip
import re

import pytest
from built import CHAPTERS, LANGUAGES, PHONE, WIDE, until

MOST = 120 * 1024  # bytes of a chapter as a web host sends them, without figures and fonts

# As a shift, less than a line of text would be: on a busy machine a browser may paint the head of
# the page between two of its buttons
LEAST = 0.01

# What moved since the page was opened, as browsers measure it
WATCH = """self.moved = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    const nodes = shift.sources.map(({ node }) => node?.outerHTML?.slice(0, 80));
    self.moved.push([shift.value, ...nodes]);
  }
}).observe({ type: 'layout-shift', buffered: true });"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_chapter_is_at_most_120_kilobytes(html, language):
    for chapter in CHAPTERS:
        page = (html / language / f"{chapter}.html").read_text(encoding="utf-8")
        head = page.partition("</head>")[0]
        files = re.findall(r'(?:src|href)="\.\./(static/[^"?]+\.(?:css|js))', head)
        assert any(file.endswith("book.css") for file in files)
        assert any(file.endswith("book.js") for file in files)
        without_figures = re.sub(r"<svg\b.*?</svg>", "", page, flags=re.DOTALL)
        parts = [without_figures.encode(), *((html / file).read_bytes() for file in files)]
        assert sum(len(gzip.compress(part)) for part in parts) <= MOST, chapter


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_moves_while_a_page_opens(visit, address, language, phone):
    options = {"is_mobile": True, "has_touch": True} if phone else {}
    opened = visit("index.html", home=address, width=PHONE if phone else WIDE, **options)
    page = opened.page
    page.add_init_script(WATCH)
    for file in ("index", "glossary", CHAPTERS[0], CHAPTERS[-1]):
        opened.go(f"{language}/{file}.html")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(300)  # for what comes by itself, such as the service worker
        moved = page.evaluate("self.moved")
        assert sum(shift[0] for shift in moved) < LEAST, (file, moved)


def test_reader_who_comes_back_finds_nothing_moving(visit, address):
    """What is remembered, the place and the appearance, is there before the page is seen."""
    opened = visit(f"ko/{CHAPTERS[0]}.html", home=address)
    page = opened.page
    page.evaluate("document.querySelectorAll('.text > h2')[2].scrollIntoView()")
    until(page, "() => Object.keys(localStorage).some((key) => key.startsWith('read '))")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.add_init_script(WATCH)
    for file in ("index", CHAPTERS[0]):
        opened.go(f"ko/{file}.html")
        page.locator(".resume").wait_for()
        page.wait_for_timeout(200)
        assert page.evaluate("self.moved") == [], file


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_page_is_read_before_its_scripts_come(browser, address, width):
    """The text is painted while every script but the one of the appearance is held back."""
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.route(re.compile(r"/(book|cells|isolation|search)\.js"), lambda route: None)
    page.goto(f"{address}ja/{CHAPTERS[0]}.html", wait_until="commit")
    page.locator(".text h2").first.wait_for()
    assert page.locator(".text .cell .output").first.is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.text')).fontSize") != ""
    paint = "performance.getEntriesByName('first-contentful-paint').length"
    assert until(page, paint) == 1
    page.close()
