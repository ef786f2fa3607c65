"""A link of the text shows what it leads to: figures, equations, sections, chapters, notes."""

from __future__ import annotations

import pytest
from built import BOOK, CHAPTERS, LANGUAGES, PHONE, WIDE, faults, picture

from press.interface import interface

SORTS = {"figure", "equation", "section", "section elsewhere", "chapter", "work", "li"}

# One link of each sort in a chapter, and the words of what it leads to
LINKS = """() => {
  const found = {};
  for (const link of document.querySelectorAll('.text :is(a.reference, a.work, .mark a)')) {
    if (!link.checkVisibility()) continue; // in a hint that is folded
    const href = link.getAttribute('href');
    const target = href[0] === '#' ? document.getElementById(href.slice(1)) : null;
    const elsewhere = href.includes('#') ? 'section elsewhere' : 'chapter';
    const kind = link.className === 'work' ? 'work' : !target ? elsewhere
      : target.matches('h2, h3, h4') ? 'section' : target.className || target.localName;
    const shown = target?.querySelector('figcaption') ?? target;
    if (!(kind in found)) found[kind] = [href, shown?.innerText.split('\\n')[0].replace(/ #$/, '')];
  }
  return found;
}"""


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_link_shows_what_it_leads_to(visit, language, width):
    opened = visit(f"{language}/index.html", width=width)
    page, seen = opened.page, {}
    card = page.locator("#preview")
    for chapter in CHAPTERS:
        if set(seen) >= SORTS:
            break
        opened.go(f"{language}/{chapter}.html")
        for kind, (href, words) in page.evaluate(LINKS).items():
            if kind in seen:
                continue
            link = page.locator(f".text :is(a.reference, a.work, .mark a)[href='{href}']").first
            page.keyboard.press("Shift")  # the focus is shown after a key only
            link.focus()
            card.wait_for()
            seen[kind] = card.inner_text()
            assert (words or "")[:40] in seen[kind].replace("\xa0", " ")
            assert card.locator("a, button, [tabindex]").count() == 0, (
                "nothing to reach in a tooltip"
            )
            assert page.evaluate(
                "document.querySelectorAll('[id]').length"
                " === new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size"
            )
            box = card.bounding_box()
            assert box["x"] >= 0 and box["y"] >= 0
            assert box["x"] + box["width"] <= width and box["y"] + box["height"] <= 900
            picture(page, f"{language}-preview-{kind.replace(' ', '-')}-{width}")
            page.keyboard.press("Escape")
            card.wait_for(state="hidden")
    assert set(seen) >= SORTS
    numbered = [interface(language)["chapter"].format(number=BOOK.number(c)) for c in CHAPTERS]
    assert any(number in seen["chapter"] for number in numbered)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_previews_are_for_everybody(visit, scheme):
    page = visit(f"ko/{CHAPTERS[1]}.html", scheme=scheme).page
    for link in ("a.reference[href^='#fig']", "a.reference:not([href^='#'])", "a.work"):
        page.locator(f".text {link}").first.hover()
        page.locator("#preview").wait_for()
        assert faults(page, "#preview") == []
        page.keyboard.press("Escape")


@pytest.mark.parametrize("language", LANGUAGES)
def test_finger_taps_once_to_see_and_twice_to_go(visit, language):
    page = visit(f"{language}/{CHAPTERS[1]}.html", width=PHONE, has_touch=True).page
    link, card = page.locator(".text a.term").first, page.locator("#preview")
    link.tap()
    card.wait_for()
    assert interface(language)["again"] in card.inner_text()
    page.locator(".text h1").tap()
    card.wait_for(state="hidden")
    link.tap()
    card.wait_for()
    link.tap()
    page.wait_for_url(f"**/{language}/glossary.html#term-*")


def test_preview_moves_nothing(visit):
    page = visit(f"en/{CHAPTERS[1]}.html").page
    link = page.locator(".text a.reference[href^='#fig']").first
    height = page.evaluate("document.documentElement.scrollHeight")
    link.scroll_into_view_if_needed()
    before = link.bounding_box()
    link.hover()
    page.locator("#preview figcaption").wait_for()
    assert link.bounding_box() == before
    assert page.evaluate("document.documentElement.scrollHeight") == height


def test_every_reference_of_the_book_has_a_preview(look):
    """Whatever a chapter refers to is on the page or carried by it."""
    for language in LANGUAGES:
        for chapter in BOOK.chapters:
            without = look(
                f"{language}/{chapter}.html",
                """(page) => [...page.querySelectorAll('.text a.reference')]
                  .map((a) => a.getAttribute('href')).filter((href) => href[0] === '#'
                    ? !page.getElementById(href.slice(1))
                    : !page.querySelector('#previews').content
                      .querySelector(`[data-for="${CSS.escape(href)}"]`))""",
            )
            assert without == [], f"{language}/{chapter}"
