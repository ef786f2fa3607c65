"""Where reading stopped is remembered and offered; nobody is moved, and nothing needs storage."""

from __future__ import annotations

import pytest
from built import CHAPTERS, LANGUAGES_AND_WIDTHS, until

from press.interface import interface

FIRST, SECOND = CHAPTERS[:2]


def read_to(page, language, chapter):
    """Scroll to the third section and return its anchor, once it is kept."""
    anchor = page.locator(".text > h2").nth(2).get_attribute("id")
    page.evaluate("(id) => document.getElementById(id).scrollIntoView()", anchor)
    key = f"read {language}/{chapter}.html"
    until(page, '([key, id]) => localStorage.getItem(key)?.includes(`"${id}"`)', [key, anchor])
    return anchor


@pytest.mark.parametrize(("language", "width"), LANGUAGES_AND_WIDTHS)
def test_place_is_offered_on_the_cover_and_in_the_chapter(visit, language, width):
    opened = visit(f"{language}/index.html", width=width)
    page = opened.page
    assert page.locator(".resume").is_hidden(), "who has read nothing is offered nothing"
    opened.go(f"{language}/{FIRST}.html")
    anchor = read_to(page, language, FIRST)
    section = page.locator(f".on-page a[href='#{anchor}']").text_content()
    title = page.locator(".text h1").inner_text()
    opened.go(f"{language}/index.html")
    link = page.locator(".resume a")
    wanted = f"{interface(language)['continue']} {title} · {section}"
    assert " ".join(link.inner_text().split()) == wanted
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    link.click()
    page.wait_for_url(f"**/{language}/{FIRST}.html#{anchor}")
    opened.go(f"{language}/{FIRST}.html")
    assert page.evaluate("scrollY") == 0, "nobody is moved"
    assert page.locator(".resume").get_by_role("link").inner_text().endswith(section)
    page.locator(".resume a").click()
    page.wait_for_url(f"**#{anchor}")
    page.locator(".resume").wait_for(state="hidden")


def test_each_language_and_chapter_has_its_place(visit):
    opened = visit(f"en/{FIRST}.html")
    page = opened.page
    read_to(page, "en", FIRST)
    opened.go(f"ko/{SECOND}.html")
    read_to(page, "ko", SECOND)
    opened.go("en/index.html")
    assert page.locator(".resume a").get_attribute("href").startswith(f"{FIRST}.html#")
    opened.go("ko/index.html")
    assert page.locator(".resume a").get_attribute("href").startswith(f"{SECOND}.html#")
    opened.go(f"ko/{FIRST}.html")
    assert page.locator(".resume").is_hidden()


def test_chapter_read_to_its_end_gives_way_to_the_next(visit):
    opened = visit(f"ja/{FIRST}.html")
    page = opened.page
    read_to(page, "ja", FIRST)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    until(page, f"() => localStorage.getItem('read ja/{FIRST}.html') === null")
    opened.go("ja/index.html")
    assert page.locator(".resume a").get_attribute("href") == f"{SECOND}.html"


def test_offer_goes_when_it_is_not_wanted(visit):
    opened = visit(f"en/{FIRST}.html")
    page = opened.page
    read_to(page, "en", FIRST)
    opened.go(f"en/{FIRST}.html")
    page.locator(".resume button").click()
    assert page.locator(".resume").is_hidden()
    opened.go(f"en/{FIRST}.html#{page.locator('.text > h2').first.get_attribute('id')}")
    assert page.locator(".resume").is_hidden(), "who follows a link is asked nothing"


def test_place_that_the_book_has_lost_gives_way_to_its_section(visit):
    """Also where the cover has led to it."""
    opened = visit(f"en/{FIRST}.html")
    page = opened.page
    heading = page.locator(".text > h2").nth(2).get_attribute("id")
    kept = f'{{"file": "{FIRST}.html", "anchor": "{heading}-99", "section": "Third"}}'
    for key in ("read en", f"read en/{FIRST}.html"):
        page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [key, kept])
    opened.go("en/index.html")
    page.locator(".resume a").click()
    page.wait_for_url(f"**/{FIRST}.html#{heading}-99")
    assert page.locator(".resume a").inner_text().endswith("Third")
    assert page.locator(".resume a").get_attribute("href") == f"#{heading}"


@pytest.mark.parametrize(
    "spoil",
    [
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed'); } })",
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }",
        "Storage.prototype.getItem = () => '{spoilt'",
        'Storage.prototype.getItem = () => \'{"file": "x\\\\"]", "anchor": "gone"}\'',
        "Storage.prototype.getItem = () => '7'",
    ],
    ids=["closed", "full", "spoilt", "stale", "other"],
)
def test_nothing_breaks_without_storage(visit, spoil):
    """The page watches itself: an error in a script fails the test."""
    opened = visit(f"en/{FIRST}.html")
    page = opened.page
    page.add_init_script(spoil)
    opened.go(f"en/{FIRST}.html")
    page.evaluate("document.querySelectorAll('.text > h2')[2].scrollIntoView()")
    page.wait_for_timeout(500)
    page.keyboard.press("p")
    assert page.locator(".sister").count() > 20
    opened.go("en/index.html")
    assert page.locator(".resume").is_hidden()
    assert page.locator(".begin").is_visible()
