"""A term of the glossary tells what it means where it is read, to the pointer and the keyboard."""

from __future__ import annotations

import pytest
from built import BOOK, CHAPTER, CHAPTERS, LANGUAGES, LANGUAGES_AND_LOOKS, faults, picture


def meaning(link):
    """Return what the preview of a term has to say: its forms and definitions in all languages."""
    anchor = link.get_attribute("href").partition("#term-")[2]
    term = next(t for t in BOOK.terms if t.forms["en"].lower().replace(" ", "-") == anchor)
    return [*term.forms.values(), *term.definition.values()]


@pytest.mark.parametrize(("language", "width", "scheme"), LANGUAGES_AND_LOOKS)
def test_term_tells_what_it_means(visit, language, width, scheme):
    """By keyboard and by pointer, inside the window, without a fault that axe-core finds."""
    page = visit(f"{language}/index.html", width=width, scheme=scheme).page
    link, card = page.locator(".text a.term").nth(1), page.locator("#preview")
    for come, leave in (
        (link.focus, lambda: page.keyboard.press("Escape")),
        (link.hover, lambda: page.mouse.move(2, 400)),
    ):
        page.keyboard.press("Shift")  # the focus is shown after a key only
        come()
        card.wait_for()
        assert link.get_attribute("aria-describedby") == "preview"
        said = card.inner_text()
        assert [part for part in meaning(link) if part not in said] == []
        box = card.bounding_box()
        assert box["x"] >= 0 and box["y"] >= 0
        assert box["x"] + box["width"] <= width and box["y"] + box["height"] <= 900
        leave()
        card.wait_for(state="hidden")
        assert link.get_attribute("aria-describedby") is None
    link.hover()
    card.wait_for()
    picture(page, f"{language}-term-{width}-{scheme}")
    assert faults(page, "#preview") == []


def test_pointer_may_go_into_the_preview(visit):
    page = visit(f"en/{CHAPTER}.html").page
    page.locator(".text a.term").first.hover()
    card = page.locator("#preview")
    card.wait_for()
    card.hover()
    page.wait_for_timeout(500)
    assert card.is_visible()


def test_preview_is_not_in_the_way(visit):
    """It goes when the text moves, keys still work, and the link still leads to the glossary."""
    page = visit(f"en/{CHAPTER}.html").page
    link, card = page.locator(".text a.term").first, page.locator("#preview")
    link.hover()
    card.wait_for()
    page.mouse.wheel(0, 300)
    card.wait_for(state="hidden")
    link.hover()
    card.wait_for()
    page.keyboard.press("p")
    assert page.locator(".sister").count() > 20
    page.locator(".text a.term").first.click()
    page.wait_for_url("**/en/glossary.html#term-*")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_of_a_chapter_has_its_meaning(look, language):
    for chapter in CHAPTERS:
        without = look(
            f"{language}/{chapter}.html",
            """(page) => [...page.querySelectorAll('.text a.term')]
              .map((a) => a.getAttribute('href').split('#')[1])
              .filter((id) => !page.querySelector('#previews').content
                .querySelector(`[data-for$="#${id}"]`))""",
        )
        assert without == [], chapter
