"""Browsers of before 2024, without pairs of colors and drawers: all can be read and found."""

from __future__ import annotations

import re

import pytest
from built import CHAPTER, until

# What they lack, in scripts and in the style
LACKING = """
delete Element.prototype.checkVisibility;
delete HTMLElement.prototype.showPopover;
const { supports } = CSS;
CSS.supports = (...asked) => !/popover-open/.test(asked) && supports.apply(CSS, asked);
for (const { prototype } of [Element, Document]) {
  for (const name of ['matches', 'closest', 'querySelector', 'querySelectorAll']) {
    const known = prototype[name];
    prototype[name] &&= function (selector) {
      if (/:popover-open|:has/.test(selector)) throw new SyntaxError(selector);
      return known.call(this, selector);
    };
  }
}
addEventListener('DOMContentLoaded', () => {
  for (const drawer of document.querySelectorAll('[popover]')) drawer.removeAttribute('popover');
});
"""


def lack(route):
    """Deliver a style as a browser reads it that does not know some words."""
    answer = route.fetch()
    words = r"light-dark|(?<=:)has(?=\()|(?<=:)popover-open|(?<=@)container|auto-phrase"
    route.fulfill(response=answer, body=re.sub(words, "unknown", answer.text()))


@pytest.fixture
def older(visit, address):
    """Open a page in a browser that has less."""

    def open_page(file, **options):
        opened = visit("index.html", home=address, **options)
        opened.page.add_init_script(LACKING)
        opened.page.route("**/book.css*", lack)
        return opened.go(file)

    return open_page


COLORS = """(selector) => {
  const { color, backgroundColor } = getComputedStyle(document.querySelector(selector));
  return [color, backgroundColor].map((each) => each.match(/[\\d.]+/g).map(Number));
}"""  # the last of four numbers is how opaque it is


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_search_can_be_read(older, scheme):
    page = older(f"en/{CHAPTER}.html", scheme=scheme)
    for part in ("html", ".bar", "#search"):
        ink, paper = page.evaluate(COLORS, part)
        assert abs(ink[0] - paper[0]) > 200 and len(paper) == 3, part
    ink, _ = page.evaluate(COLORS, "html")
    for part in (".text li", ".cell pre", ".cell pre span", ".cell .output"):
        assert page.evaluate(COLORS, part)[0] == ink, part
    assert page.locator(".open-settings").is_hidden()
    assert page.locator("#contents a").first.is_visible()


def test_keys_search_and_another_language_work(older):
    page = older(f"en/{CHAPTER}.html")
    page.keyboard.press("/")
    page.locator("#search input").fill("parameter")
    page.locator("#search .results a").first.wait_for()
    page.keyboard.press("Escape")
    page.locator(".text a.term").first.hover()
    page.locator(".text > h2").nth(3).scroll_into_view_if_needed()
    page.keyboard.press("j")
    until(page, "() => document.activeElement.matches('.text > [id]')")
    page.locator(".languages a[hreflang=ko]").click()
    page.wait_for_url(f"**/ko/{CHAPTER}.html#*")
