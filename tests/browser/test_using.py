"""What a reader does with a page: change the language, the look, the place; copy; by keyboard."""

from __future__ import annotations

import shutil

import pytest
from built import BOOK, CHAPTER, CHAPTERS, LANGUAGES, LANGUAGES_AND_WIDTHS, PHONE, WIDE, until

from press.downloads import WRITERS
from press.interface import interface

# The passage at the top of the window: the first that reaches below the bar
AT_TOP = """() => {
  const edge = document.querySelector('.bar').offsetHeight + 24;
  return [...document.querySelectorAll('.text > [id]')]
    .find((p) => p.getBoundingClientRect().bottom > edge).id;
}"""


def middle(page):
    """Scroll to a passage in the middle of the chapter and return its anchor."""
    anchor = page.evaluate(
        "(() => { const all = [...document.querySelectorAll('.text > p[id]')];"
        " return all[Math.floor(all.length / 2)].id; })()"
    )
    page.evaluate("(id) => document.getElementById(id).scrollIntoView()", anchor)
    return anchor


@pytest.mark.parametrize("served", [False, True], ids=["file", "http"])
@pytest.mark.parametrize(
    ("locale", "language"), [("en-GB", "en"), ("ko-KR", "ko"), ("ja", "ja"), ("fr-FR", None)]
)
def test_index_opens_in_the_language_of_the_browser(visit, address, served, locale, language):
    options = {"home": address} if served else {}
    page = visit("index.html", locale=locale, **options).page
    if language:
        page.wait_for_url(f"**/{language}/index.html")
        assert page.locator("html").get_attribute("lang") == language
    else:
        for name in BOOK.languages.values():
            assert page.get_by_role("link", name=name).is_visible()


def test_index_opens_in_the_language_chosen_before(visit, address):
    opened = visit(f"en/{CHAPTER}.html", locale="en-US", home=address)
    opened.page.locator(".languages a[hreflang=ja]").click()
    opened.page.wait_for_url(f"**/ja/{CHAPTER}.html")
    opened.go("index.html").wait_for_url("**/ja/index.html")


@pytest.mark.parametrize(("language", "width"), LANGUAGES_AND_WIDTHS)
def test_change_of_language_stays_at_the_passage(visit, language, width):
    page = visit(f"{language}/{CHAPTER}.html", width=width).page
    anchor = middle(page)
    for other in [*LANGUAGES[LANGUAGES.index(language) + 1 :], *LANGUAGES]:
        page.locator(f".languages a[hreflang={other}]").click()
        page.wait_for_url(f"**/{other}/{CHAPTER}.html#{anchor}")
        assert page.locator("html").get_attribute("lang") == other
        assert page.evaluate(AT_TOP) == anchor


def test_change_of_language_by_keyboard_stays_at_the_passage(visit):
    page = visit(f"en/{CHAPTER}.html").page
    anchor = middle(page)
    page.locator(".languages a[hreflang=ko]").focus()
    page.evaluate("(id) => document.getElementById(id).scrollIntoView()", anchor)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/ko/{CHAPTER}.html#{anchor}")


def test_change_of_language_at_the_top_stays_at_the_top(visit):
    page = visit(f"en/{CHAPTER}.html").page
    page.locator(".languages a[hreflang=ko]").click()
    page.wait_for_url(f"**/ko/{CHAPTER}.html")


def test_appearance_is_chosen_remembered_and_never_flashes(visit):
    opened = visit(f"en/{CHAPTER}.html", scheme="light")
    page = opened.page
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.locator(".open-settings").click()
    page.locator("input[name=theme][value=dark]").check()
    dark = page.evaluate(ground)
    assert dark != light
    page.add_init_script(
        """new MutationObserver((changes, observer) => {
          if (document.documentElement?.dataset.theme) {
            window.themedBeforeBody = document.body === null; observer.disconnect(); }
        }).observe(document, {attributes: true, childList: true, subtree: true});"""
    )
    opened.go("ko/index.html")
    assert page.evaluate(ground) == dark
    assert page.evaluate("window.themedBeforeBody")
    page.locator(".open-settings").click()
    assert page.locator("input[name=theme][value=dark]").is_checked()
    page.locator("input[name=theme][value=system]").check()
    page.reload()
    assert page.evaluate(ground) == light


@pytest.mark.parametrize("width", [1024, WIDE], ids=["tablet", "desktop"])
def test_second_language_stands_beside_and_is_remembered(visit, width):
    opened = visit(f"en/{CHAPTER}.html", width=width)
    page = opened.page
    anchor = middle(page)
    page.locator(".open-settings").click()
    page.locator("input[name=beside][value=ko]").check()
    assert page.url.endswith("?with=ko")
    assert page.evaluate(AT_TOP) == anchor, "the text stays where it was"
    passage, sister = page.locator(f"#{anchor}"), page.locator(f"#{anchor} + .sister")
    assert sister.get_attribute("lang") == "ko"
    first, second = passage.bounding_box(), sister.bounding_box()
    assert abs(first["y"] - second["y"]) < 12
    assert first["x"] + first["width"] <= second["x"]
    opened.go(f"ja/{CHAPTER}.html")
    assert page.locator(".sister[lang=ko]").count() > 20
    page.locator(".open-settings").click()
    page.locator("input[name=beside][value='']").check()
    assert page.locator(".sister").count() == 0
    assert "with=" not in page.url


def test_tables_stand_beside_each_other_at_one_height_and_wide_ones_below_each_other(visit):
    page = visit("ja/mlp.html?with=en").page
    narrow, wide = 0, 0
    for table in page.locator(".text > .table").all():
        sister = page.locator(f"[id='{table.get_attribute('id')}'] + .sister")
        assert sister.locator("th").first.is_visible()
        assert table.evaluate("(box) => box.scrollWidth <= box.clientWidth"), "seen whole"
        first, second = table.bounding_box(), sister.bounding_box()
        if table.locator("th").count() < 4:
            assert abs(first["y"] - second["y"]) < 1
            narrow += 1
        else:
            assert first["y"] + first["height"] < second["y"]
            wide += 1
    assert narrow
    assert wide


def test_number_of_a_formula_stands_at_the_edge_where_two_languages_do(visit):
    page = visit("ja/mlp.html?with=en").page
    number = page.locator(".equation .number").first.bounding_box()
    text = page.locator(".text").bounding_box()
    assert abs(number["x"] + number["width"] - text["x"] - text["width"]) < 1


@pytest.mark.parametrize("width", [320, 1024, 1440, 1920])
@pytest.mark.parametrize("second", ["", "?with=ja"])
def test_settings_open_under_their_button(visit, width, second):
    page = visit(f"en/{CHAPTER}.html{second}", width=width).page
    page.locator(".open-settings").click()
    button, settings = (
        page.locator(each).bounding_box() for each in (".open-settings", "#settings")
    )
    right = button["x"] + button["width"]
    assert abs(settings["x"] + settings["width"] - right) < 16
    assert button["y"] + button["height"] <= settings["y"]


@pytest.mark.parametrize("width", [1024, WIDE, 1920])
def test_bar_of_the_cover_is_as_wide_as_the_page_below(visit, width):
    page = visit("en/index.html", width=width).page
    bar, head = (page.locator(each).bounding_box() for each in (".bar .book", ".cover-head"))
    assert abs(bar["x"] - head["x"]) < 1


def test_second_language_stands_below_on_a_phone_and_comes_by_address(visit):
    page = visit(f"ja/{CHAPTER}.html?with=en", width=PHONE).page
    anchor = middle(page)
    first = page.locator(f"#{anchor}").bounding_box()
    second = page.locator(f"#{anchor} + .sister").bounding_box()
    assert second["y"] >= first["y"] + first["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_languages_change_places(visit):
    """An address with a second language leads to its passage, and a change of language keeps it."""
    opened = visit(f"en/{CHAPTER}.html")
    anchor = middle(opened.page)
    page = opened.go(f"en/{CHAPTER}.html?with=ko#{anchor}")
    assert page.evaluate(AT_TOP) == anchor
    page.locator(".languages a[hreflang=ko]").click()
    page.wait_for_url(f"**/ko/{CHAPTER}.html?with=en#{anchor}")
    assert page.locator(f"#{anchor} + .sister[lang=en]").count() == 1
    assert page.evaluate(AT_TOP) == anchor
    page.locator(".languages a[hreflang=ja]").click()
    page.wait_for_url(f"**/ja/{CHAPTER}.html?with=en#{anchor}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_passage_with_words_has_its_sister(visit, language):
    other = next(code for code in LANGUAGES if code != language)
    page = visit(f"{language}/{CHAPTER}.html?with={other}").page
    alone = page.evaluate(
        """[...document.querySelectorAll('.text > [id]')].filter((p) =>
          !p.matches('.cell, .listing, .equation') && !p.nextElementSibling?.matches('.sister'))
          .map((p) => p.id)"""
    )
    assert alone == []


def test_contents_of_the_page_follow_the_text(visit):
    """Those beside the text know subsections too, those of the drawer only sections."""
    page = visit(f"en/{CHAPTERS[-1]}.html").page
    section, part, after = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll('.text > :is(h2, h3)')];
          const part = all.findIndex((heading) => heading.matches('h3'));
          const after = all.findIndex((heading, i) => i > part && heading.matches('h2'));
          return [all[part - 1], all[part], all[after]].map(({ id }) => id);
        }"""
    )
    for anchor, drawn in ((after, after), (part, section), (section, section)):
        page.evaluate("(id) => document.getElementById(id).scrollIntoView()", anchor)
        page.wait_for_selector(f".on-page a[href='#{anchor}'][aria-current]")
        assert page.locator(".on-page a[aria-current]").count() == 1
        shown = page.locator(".contents .outline a[aria-current]")
        assert shown.evaluate_all("all => all.map((link) => link.hash)") == [f"#{drawn}"]


def test_drawer_of_contents_closes_when_it_has_led_somewhere(visit):
    page = visit(f"ko/{CHAPTER}.html", width=PHONE).page
    page.locator(".open-contents").click()
    link = page.locator("#contents .outline a").nth(2)
    target = link.get_attribute("href")
    link.click()
    page.wait_for_url(f"**{target}")
    assert page.locator("#contents").is_hidden()
    top = page.locator(target).bounding_box()["y"]
    assert page.locator(".bar").bounding_box()["height"] <= top < 120


@pytest.mark.parametrize("served", [False, True], ids=["file", "http"])
def test_code_is_copied(visit, address, served):
    options = {"home": address} if served else {}
    page = visit(f"en/{CHAPTER}.html", permissions=["clipboard-read"], **options).page
    cell = page.locator(".cell").first
    program = cell.locator(".input pre").text_content()
    cell.hover()
    button = cell.locator(".copy")
    label = button.text_content()
    button.click()
    until(page, "([b, l]) => b.textContent !== l", [button.element_handle(), label])
    assert page.evaluate("navigator.clipboard.readText()") == program


def test_selection_is_copied_without_buttons_and_each_formula_once(visit):
    page = visit("en/mlp.html").page
    selected = """(selector) => {
      getSelection().selectAllChildren(document.querySelector(selector));
      return getSelection().toString();
    }"""
    assert page.evaluate(selected, "h2").strip() == "What one layer cannot do"
    assert page.evaluate(selected, ".listing").startswith("import torch")
    program = page.locator(".cell .input pre").first.text_content()
    assert page.evaluate(selected, ".cell .input").strip() == program.strip()
    assert page.evaluate(selected, ".equation").count("=") == 2


@pytest.mark.parametrize(("language", "width"), LANGUAGES_AND_WIDTHS)
def test_chapter_can_be_taken_away(visit, html, address, language, width):
    page = visit(f"{language}/{CHAPTER}.html", width=width, home=address).page
    assert page.get_by_role("list", name=interface(language)["download"]).is_visible()
    for suffix in WRITERS:
        with page.expect_download() as awaited:
            page.locator(f".downloads a[href='{CHAPTER}{suffix}']").click()
        assert awaited.value.suggested_filename == f"{CHAPTER}{suffix}"
        taken = awaited.value.path().read_bytes()
        assert taken == (html / language / f"{CHAPTER}{suffix}").read_bytes()


def test_chapter_from_a_file_is_taken_away_as_well(visit, html):
    """By itself a browser would show it as text; taken twice, it comes twice."""
    page = visit(f"ko/{CHAPTER}.html").page
    for suffix in (*WRITERS, ".ipynb"):
        with page.expect_download() as awaited:
            page.locator(f".downloads a[href='{CHAPTER}{suffix}']").click()
        assert awaited.value.suggested_filename == f"{CHAPTER}{suffix}"
        assert (
            awaited.value.path().read_bytes() == (html / "ko" / f"{CHAPTER}{suffix}").read_bytes()
        )
    assert page.url.endswith(f"ko/{CHAPTER}.html")


def test_chapter_from_a_file_without_its_script_is_shown(visit, html, tmp_path):
    shutil.copytree(html, tmp_path / "book", ignore=shutil.ignore_patterns("runtime", "*.files.js"))
    opened = visit(f"en/{CHAPTER}.html", home=(tmp_path / "book").as_uri() + "/")
    opened.page.locator(".downloads a").first.click()
    opened.page.wait_for_url(f"**/en/{CHAPTER}.ipynb")
    assert all("ERR_FILE_NOT_FOUND" in fault for fault in opened.faults)
    opened.faults.clear()  # the browser says that the script is missing, as it should


def test_keyboard_reaches_everything_and_shows_where_it_is(visit):
    page = visit(f"en/{CHAPTER}.html").page
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("e => e === document.activeElement && e.getBoundingClientRect().x >= 0")
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate(outline) == "solid"


def test_wide_code_can_be_scrolled_by_keyboard(visit):
    page = visit(f"en/{CHAPTER}.html", width=PHONE).page
    until(
        page,
        """() => [...document.querySelectorAll('pre, .table')]
          .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth)
          .every((e) => e.tabIndex === 0)""",
    )


def test_what_is_folded_is_large_enough_for_a_finger(visit):
    page = visit(f"en/{CHAPTER}.html", width=PHONE, has_touch=True, is_mobile=True).page
    assert page.locator(".fold > summary").first.bounding_box()["height"] >= 36
