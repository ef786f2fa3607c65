"""The keys of the book: each does what the help says, and none is in the way of typing."""

from __future__ import annotations

import pytest
from built import (
    CHAPTER,
    CHAPTERS,
    LANGUAGES,
    LANGUAGES_AND_LOOKS,
    LANGUAGES_AND_WIDTHS,
    faults,
    picture,
)

OPEN = "document.querySelectorAll('dialog[open]').length"


@pytest.mark.parametrize(("language", "width"), LANGUAGES_AND_WIDTHS)
def test_keys_do_what_they_say(visit, language, width):
    page = visit(f"{language}/index.html", width=width).page
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/{language}/{CHAPTER}.html")
    page.keyboard.press("/")
    assert page.locator("#search input").evaluate("e => e === document.activeElement && !e.value")
    page.keyboard.press("Escape")
    page.locator("#search").wait_for(state="hidden")
    page.keyboard.press("?")
    page.locator("#keys").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")
    page.keyboard.press("p")
    assert page.locator(".sister").count() > 20
    page.keyboard.press("p")
    assert page.locator(".sister").count() == 0
    other = LANGUAGES[(LANGUAGES.index(language) + 1) % len(LANGUAGES)]
    page.keyboard.press("l")
    page.wait_for_url(f"**/{other}/{CHAPTER}.html")


@pytest.mark.parametrize(("language", "width"), LANGUAGES_AND_WIDTHS)
def test_one_passage_is_reached_and_turned_by_keyboard(visit, language, width):
    page = visit(f"{language}/{CHAPTER}.html", width=width).page
    focused = "document.activeElement.id || document.activeElement.dataset.for"
    passages = page.eval_on_selector_all(".text > [id]", "all => all.map((each) => each.id)")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(focused) == passages[2]
    page.keyboard.press("k")
    assert page.evaluate(focused) == passages[1]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    shown = page.locator(".sister")
    assert shown.count() == 1 and shown.get_attribute("lang") != language
    assert page.evaluate("document.activeElement.matches('.sister')"), "it is read out"
    page.keyboard.press("j")
    assert page.evaluate(focused) == passages[2], "the way leads on from there"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    assert shown.count() == 0 and page.evaluate(focused) == passages[1]


def test_enter_still_follows_links_and_leaves_what_stands_side_by_side(visit):
    page = visit(f"en/{CHAPTER}.html?with=ko").page
    count = page.locator(".sister").count()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.locator(".sister").count() == count
    page.locator(".text a.term").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/glossary.html#term-*")


@pytest.mark.skipif(len(CHAPTERS) < 2, reason="the book has one chapter")
@pytest.mark.parametrize("language", LANGUAGES)
def test_arrows_turn_chapters(visit, language):
    page = visit(f"{language}/{CHAPTERS[1]}.html").page
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/{language}/{CHAPTERS[0]}.html")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**/{language}/index.html")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/{language}/{CHAPTERS[0]}.html")


def test_second_language_by_key_is_the_one_chosen_last(visit):
    page = visit(f"en/{CHAPTER}.html?with=ko").page
    page.locator(".open-settings").click()
    page.locator("input[name=beside][value=ja]").check()
    page.keyboard.press("Escape")
    page.locator("#settings").wait_for(state="hidden")
    page.locator(".text > [id]").first.click()
    page.keyboard.press("p")
    assert page.locator(".sister").count() == 0
    page.keyboard.press("p")
    assert page.locator(".sister").first.get_attribute("lang") == "ja"


def test_keys_are_letters_while_typing_and_nothing_with_modifiers(visit):
    page = visit(f"en/{CHAPTER}.html").page
    page.keyboard.press("/")
    page.keyboard.type("p/l?")
    assert page.locator("#search input").input_value() == "p/l?"
    assert page.evaluate(OPEN) == 1
    page.keyboard.press("Escape")
    page.locator("#search").wait_for(state="hidden")
    for modifier in ("Control", "Alt", "Meta"):
        page.evaluate(
            "(name) => document.body.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'p', code: 'KeyP', bubbles: true, [name]: true}))",
            {"Control": "ctrlKey", "Alt": "altKey", "Meta": "metaKey"}[modifier],
        )
    assert page.locator(".sister").count() == 0
    page.locator(".open-settings").click()
    page.locator("input[name=theme]").first.focus()
    page.keyboard.press("p")
    assert page.locator(".sister").count() == 0


def test_keys_work_at_once_after_a_dialog_is_closed(visit):
    page = visit(f"en/{CHAPTER}.html").page
    page.keyboard.press("/")
    opened = page.evaluate(
        """() => {
          const field = document.querySelector('#search input');
          document.querySelector('#search').close();
          const slash = { key: '/', code: 'Slash', bubbles: true, cancelable: true };
          field.dispatchEvent(new KeyboardEvent('keydown', slash)); // it still has the focus
          return document.querySelector('#search').open;
        }"""
    )
    assert opened


def test_arrows_scroll_wide_code_rather_than_turn_the_page(visit):
    page = visit(f"en/{CHAPTERS[-1]}.html", width=320).page
    wide = page.locator("pre[tabindex='0']").first
    wide.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(100)
    assert page.url.endswith(f"{CHAPTERS[-1]}.html")


@pytest.mark.parametrize(
    ("key", "code", "shift", "opened"),
    [
        ("ㅔ", "KeyP", False, None),
        ("Process", "Slash", False, "search"),
        ("・", "Slash", True, "keys"),
    ],
)
def test_keys_work_while_an_input_method_is_on(visit, key, code, shift, opened):
    page = visit(f"ko/{CHAPTER}.html").page
    page.evaluate(
        "([key, code, shiftKey]) => document.body.dispatchEvent("
        "new KeyboardEvent('keydown', {key, code, shiftKey, bubbles: true, cancelable: true}))",
        [key, code, shift],
    )
    if opened:
        assert page.locator(f"#{opened}").is_visible()
    else:
        assert page.locator(".sister").count() > 20


def test_keys_can_be_turned_off(visit):
    page = visit(f"en/{CHAPTER}.html").page
    page.keyboard.press("?")
    page.locator("#keys input").uncheck()
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")
    page.reload()
    page.keyboard.press("/")
    assert page.evaluate(OPEN) == 0
    page.locator(".open-settings").click()
    page.locator(".open-keys").click()
    page.locator("#keys input").check()
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")
    page.keyboard.press("/")
    assert page.locator("#search").is_visible()


@pytest.mark.parametrize(("language", "width", "scheme"), LANGUAGES_AND_LOOKS)
def test_help_is_for_everybody_and_looks_right(visit, language, width, scheme):
    page = visit(f"{language}/index.html", width=width, scheme=scheme).page
    page.keyboard.press("?")
    assert page.locator("#keys kbd").all_inner_texts() == [
        *("/", "←", "→", "l", "p", "j", "k", "Enter", "Ctrl-Enter", "s", "?"),
    ]
    picture(page, f"{language}-keys-{width}-{scheme}")
    assert faults(page, "#keys") == []
