"""A passage whose English has changed says so, to everybody, and leads to the English."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from built import BOOK, LANGUAGES, LANGUAGES_AND_LOOKS, faults, picture

from press.book import EVERYTHING, PREFACE, Book, Choice
from press.building import read_texts
from press.interface import interface
from press.site import build_site

CHAPTER = "layers-and-blocks"
SOURCE, *TRANSLATIONS = LANGUAGES


@pytest.fixture(scope="module")
def behind(tmp_path_factory) -> Path:
    """Pages of the book, without outputs, whose records of a paragraph and a heading are old."""
    root = tmp_path_factory.mktemp("behind")
    shutil.copytree(BOOK.root / "chapters", root / "chapters")
    for code in TRANSLATIONS:
        file = root / "chapters" / "synced" / f"{code}.toml"
        before, chapter = file.read_text(encoding="utf-8").split(f"[{CHAPTER}]\n")
        chapter = re.sub(r'(?m)^(why-blocks(?:-3)?) = ".*"$', r'\1 = "0123456789abcdef"', chapter)
        file.write_text(f"{before}[{CHAPTER}]\n{chapter}", encoding="utf-8")
    book = Book.load(root)
    build_site(book, read_texts(book, EVERYTHING), Choice(chapters=[PREFACE, CHAPTER]))
    return book.html_dir


@pytest.mark.parametrize(("language", "width", "scheme"), LANGUAGES_AND_LOOKS[1:])
def test_badge_is_seen_reached_and_without_fault(visit, behind, language, width, scheme):
    other = next(code for code in TRANSLATIONS if code != language)
    file, home = f"{language}/{CHAPTER}.html?with={other}", f"{behind.as_uri()}/"
    page = visit(file, width=width, scheme=scheme, home=home).page
    own = page.locator(".text > .stale a")
    assert own.all_inner_texts() == [interface(language)["stale"]] * 2
    assert own.last.get_attribute("title") == interface(language)["stale_about"]
    sisters = page.locator(".sister .stale a")
    assert sisters.all_inner_texts() == [interface(other)["stale"]] * 2
    assert page.locator(f".sister[lang={other}] .stale").count() == 2
    paragraph, badge = page.locator("#why-blocks-3").bounding_box(), own.last.bounding_box()
    assert badge["x"] >= 0 and badge["height"] >= 24 and badge["y"] > paragraph["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    own.last.scroll_into_view_if_needed()
    picture(page, f"{language}-stale-{width}-{scheme}")
    assert faults(page, ".stale") == []
    own.last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{SOURCE}/{CHAPTER}.html#why-blocks-3")
