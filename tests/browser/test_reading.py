"""Pages as a reader meets them: every language, phone and desktop, light and dark, from a file."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import urljoin

import pytest
from built import (
    BOOK,
    CHAPTER,
    CHAPTERS,
    FILES,
    HTML,
    LANGUAGES,
    PHONE,
    WIDE,
    faults,
    picture,
    until,
)

SIDE_BY_SIDE = [f"{one}/{CHAPTER}.html?with={two}" for one, two in pairwise([*LANGUAGES, "en"])]
KINDS = ["index.html", *SIDE_BY_SIDE]  # a page of each kind, and below those of English
KINDS += [f"en/{page}.html" for page in ("index", "glossary", "reference", "bibliography", CHAPTER)]
# Pages that look like another: chapters like the first one, references like the English one
ALIKE = tuple(f"/{chapter}.html" for chapter in CHAPTERS[1:])
ALIKE += tuple(f"{code}/reference.html" for code in LANGUAGES[1:])
COLORS = ("color-contrast", "link-in-text-block")  # axe-core's rules that take half its time
PAPER = 700  # what a sheet is wide, without its margins

# The contrast of every text with what is behind it, where it is less than WCAG AA asks for
LOW_CONTRAST = """() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const seen = element.checkVisibility({opacityProperty: true}) && !element.closest('svg');
    if (!text || !seen) continue;
    const style = getComputedStyle(element);
    const pair = [light(parse(style.color)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      found.add(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}`);
    }
  }
  return [...found];
}"""


@pytest.mark.parametrize("file", [*FILES, *SIDE_BY_SIDE])
def test_page_is_for_everybody_and_looks_right(visit, file):
    """axe-core finds nothing, in the dark too; all can be read and fits; pictures to be looked at.

    It is one test, because to open a page takes the browser as long as to look at it. Pages that
    are alike have the same colors, and the contrast of every text is measured here in any case.
    """
    page = visit(file, locale="fr-FR", width=PHONE).page
    assert faults(page, without=COLORS if file.endswith(ALIKE) else ()) == []
    if file in KINDS:
        page.emulate_media(color_scheme="dark")
        assert faults(page, only=COLORS) == []
    page.evaluate("document.fonts.ready")
    for width in (WIDE, PHONE):
        page.set_viewport_size({"width": width, "height": 3000})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if not file.endswith(ALIKE):
                picture(page, f"{named(file)}-{width}-{scheme}")
            assert page.evaluate(LOW_CONTRAST) == [], (width, scheme)


def named(file):
    """Return the name of a page's picture."""
    return re.sub(r"[/?=]", "-", file.replace(".html", ""))


@pytest.mark.parametrize("width", [320, 768, 1024, 1920])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_width_makes_the_page_scroll_sideways(visit, language, width):
    page = visit(f"{language}/{CHAPTER}.html", width=width).page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_code_and_its_output_are_one_thing(visit, width):
    page = visit(f"en/{CHAPTER}.html", width=width).page
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    gaps = page.eval_on_selector_all(
        ".cell > .outputs",
        """all => all.map((each) => each.getBoundingClientRect().top
          - each.previousElementSibling.getBoundingClientRect().bottom)""",
    )
    assert len(gaps) > 20 and max(map(abs, gaps)) < 1


# What follows a formula and would begin a line, though it is punctuation or a particle
TORN = """() => [...document.querySelectorAll('.text .katex')].filter((formula) => {
  const next = formula.nextSibling;
  if (next?.nodeType !== 3 || !/^[、。，．）」,.)!?;:가-힣]/.test(next.data)) return false;
  const range = document.createRange();
  range.setStart(next, 0);
  range.setEnd(next, 1);
  const last = [...formula.querySelectorAll('.katex-base')].at(-1).getBoundingClientRect();
  return range.getBoundingClientRect().top > last.bottom - 2;
}).map((formula) => formula.parentNode.textContent.slice(-20))"""


# How far the right end of a table is beyond that of the text
BEYOND = """() => {
  const end = (each) => each.getBoundingClientRect().right;
  const tables = [...document.querySelectorAll('main .table > table')].map(end);
  return Math.max(0, ...tables) - end(document.querySelector('main'));
}"""


@pytest.mark.parametrize("width", [700, 1440])
def test_no_button_lies_on_code(visit, width):
    """Those that appear below a pointer may."""
    page = visit("en/autograd.html", width=width).page
    hidden = page.evaluate("""() => {
      for (const fold of document.querySelectorAll('details')) fold.open = true;
      return [...document.querySelectorAll('.cell')].filter((cell) => {
        const run = cell.querySelector('.run').getBoundingClientRect();
        const lines = document.createRange();
        return [...cell.querySelectorAll('.input code > span')].some((part) => {
          lines.selectNodeContents(part);
          return part.textContent.trim() && [...lines.getClientRects()].some((box) =>
            box.right > run.left && box.bottom > run.top + 2 && box.top < run.bottom - 2);
        });
      }).map((cell) => cell.id);
    }""")
    assert hidden == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_keep_what_belongs_to_them_and_tables_are_seen_whole(visit, language):
    """At every width no line begins with the punctuation after a formula; tables fit, on paper too.

    On a phone a table may be scrolled.
    """
    opened = visit(f"{language}/{CHAPTER}.html", width=PHONE)
    for chapter in CHAPTERS:
        page = opened.go(f"{language}/{chapter}.html")
        page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        for width in (320, 360, PHONE, WIDE):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate(TORN) == [], f"{chapter} at {width}"
        assert page.evaluate(BEYOND) <= 1, chapter
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER, "height": 900})
        assert page.evaluate(BEYOND) <= 1, f"{chapter} on paper"
        page.emulate_media(media="screen")


# The anchors of a page, and where its links lead
ANCHORS_AND_LINKS = """(page) => [
  [...page.querySelectorAll('[id]')].map((each) => each.id),
  [...page.querySelectorAll('a[href]')].map((each) => each.getAttribute('href')),
]"""


def test_every_link_leads_somewhere(look):
    """Every page has what the links of the others promise."""
    anchors, wanted, home = {}, set(), HTML.as_uri() + "/"
    for file in FILES:
        ids, links = look(file, ANCHORS_AND_LINKS)
        anchors[home + file] = {"", *ids}
        wanted.update(urljoin(home + file, link) for link in links)
    for link in wanted:
        page, _, anchor = link.partition("#")
        page = page.partition("?")[0]
        if page in anchors:
            assert anchor in anchors[page], link
        elif page.startswith(home):
            assert (HTML / page.removeprefix(home)).is_file() and not anchor, link
        else:
            assert link.startswith("https://"), link


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_drawers_are_for_everybody(visit, language, scheme):
    page = visit(f"{language}/index.html", width=PHONE, scheme=scheme).page
    for drawer in ("#contents", "#settings"):
        page.evaluate("(id) => document.querySelector(id).showPopover()", drawer)
        assert faults(page, drawer) == []
        page.evaluate("(id) => document.querySelector(id).hidePopover()", drawer)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reads_without_scripts(visit, language):
    page = visit(f"{language}/{CHAPTER}.html", scripts=False, width=PHONE).page
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator(".text h2").first.is_visible()
    assert page.locator(".text .katex-html").first.is_visible()
    assert page.locator(".text .cell .input").first.is_visible()
    assert page.locator(".open-settings").is_hidden(), "a button that needs scripts is not shown"
    contents = page.locator("#contents")
    assert contents.is_hidden()
    page.locator(".open-contents").click()
    assert contents.is_visible()
    page.keyboard.press("Escape")
    other = next(code for code in LANGUAGES if code != language)
    page.locator(f".languages a[hreflang={other}]").click()
    assert page.url.endswith(f"/{other}/{CHAPTER}.html")


def test_choice_of_languages_without_scripts(visit):
    page = visit("index.html", scripts=False).page
    for code, name in BOOK.languages.items():
        assert page.get_by_role("link", name=name).get_attribute("href") == f"{code}/index.html"


@pytest.mark.parametrize("language", LANGUAGES)
def test_code_is_set_in_one_face(visit, language):
    """What goes into a cell and what comes out of it align, whatever the script around them."""
    page = visit(f"{language}/{CHAPTER}.html").page
    face = "all => [...new Set(all.map((e) => getComputedStyle(e).font))]"
    assert len(page.eval_on_selector_all(".cell pre code, .cell pre.output", face)) == 1


def test_formulas_have_their_fonts(visit):
    page = visit(f"en/{CHAPTER}.html").page
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate(
        "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    )
    assert any("KaTeX" in family for family in loaded)


def test_scripts_of_others_do_not_run(browser, html):
    """The policy of the page holds from a file too: neither inline code nor eval."""
    page = browser.new_page()
    page.goto((html / "en" / f"{CHAPTER}.html").as_uri())
    page.evaluate(
        """() => { const script = document.createElement('script');
        script.textContent = 'document.title = "inline"'; document.head.append(script); }"""
    )
    assert page.title() != "inline"
    assert (
        page.evaluate(
            """() => new Promise((resolve) => {
          addEventListener('securitypolicyviolation', (e) => resolve(e.effectiveDirective));
          const image = new Image(); image.src = 'https://example.org/x.png';
        })"""
        )
        == "img-src"
    )
    page.close()


# The formulas of at most two parts that continue on another line
BROKEN = """() => [...document.querySelectorAll('.text .katex')].filter((formula) => {
  const [one, two, more] = formula.querySelectorAll('.katex-base');
  return two && !more && two.getBoundingClientRect().x < one.getBoundingClientRect().x;
}).map((formula) => formula.querySelector('annotation').textContent)"""


@pytest.mark.parametrize("width", [320, PHONE, WIDE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_short_formula_stays_on_one_line(visit, language, width):
    opened = visit(f"{language}/mlp.html", width=width)
    for chapter in ("mlp", "custom-layers"):
        page = opened.go(f"{language}/{chapter}.html")
        page.evaluate("document.fonts.ready")
        assert page.evaluate(BROKEN) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("file", [f"{code}/{CHAPTER}.html" for code in LANGUAGES] + SIDE_BY_SIDE)
def test_print_is_the_text_alone(visit, file):
    page = visit(file, scheme="dark", width=PAPER).page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 3000})
    picture(page, f"{named(file)}-print")
    for part in (".bar", ".contents", ".on-page"):
        assert page.locator(part).is_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(255, 255, 255)"
    )


# Lays a page out in columns, which break as sheets do, and returns the parts of cells that are torn
SHEETS = """() => {
  const sheet = { height: '1000px', columns: '1', columnFill: 'auto' };
  Object.assign(document.querySelector('.text').style, sheet);
  for (const each of document.querySelectorAll('.cell, .cell *')) each.style.overflow = 'visible';
  const left = (part) => part.getClientRects()[0]?.left; // folded parts have none
  const torn = (part) => part.matches('.name')
    ? left(part) !== left(part.nextElementSibling) : part.getClientRects().length > 1;
  return [...document.querySelectorAll('.input, .cell > .name, .output')].filter(torn)
    .map((part) => part.textContent);
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_cell_is_not_torn_over_two_sheets(visit, language):
    page = visit(f"{language}/layers-and-blocks.html", width=PAPER).page
    page.emulate_media(media="print")
    assert page.evaluate(SHEETS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colors_of_the_reader_leave_nothing_untold(visit, scheme):
    """With forced colors: where one is, what is marked and what was chosen before do not vanish."""
    page = visit(f"en/{CHAPTER}.html", scheme=scheme, forced_colors="active").page
    line = "each => getComputedStyle(each).textDecorationLine"
    here = [".contents [aria-current]", ".languages [aria-current]"]
    assert {page.locator(each).first.evaluate(line) for each in here} == {"underline"}
    for theme in ("light", "dark"):  # a theme chosen before is of no use here
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        kind = "getComputedStyle(document.documentElement).colorScheme"
        assert page.evaluate(kind) == "light dark"
    picture(page, f"forced-colors-{scheme}")


@pytest.mark.parametrize("size", [(640, 450), (320, 256)], ids=["200 %", "400 %"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_out_of_reach_when_zoomed(visit, language, size):
    page = visit(f"{language}/{CHAPTER}.html").page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("document.querySelector('#settings').showPopover()")
    for drawer in ("#settings", "#keys", "#search"):
        if drawer != "#settings":
            page.evaluate("(each) => document.querySelector(each).showModal()", drawer)
        box = page.locator(drawer).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
        assert box["y"] >= 0 and box["y"] + box["height"] <= size[1]
        last = page.locator(drawer).locator("input:visible, button:visible").last
        last.scroll_into_view_if_needed()
        bottom = last.bounding_box()
        assert bottom["y"] + bottom["height"] <= size[1], f"the end of {drawer}"
        if drawer != "#settings":
            page.keyboard.press("Escape")


@pytest.mark.parametrize(("height", "stays"), [(180, False), (844, True)])
def test_bar_scrolls_away_where_the_text_needs_its_room(visit, height, stays):
    """On a screen of 1280 x 720 pixels at 400 %; an upright phone keeps it."""
    page = visit(f"en/{CHAPTER}.html").page
    page.set_viewport_size({"width": 320, "height": height})
    page.evaluate("scrollTo(0, 2000)")
    box = page.locator(".bar").bounding_box()
    assert (box["y"] + box["height"] > 0) is stays


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["index", CHAPTER, "layers-and-blocks", "reference"])
def test_letters_of_double_size_fit_on_the_smallest_phone(visit, address, language, name):
    page = visit(f"{language}/{name}.html", width=320, home=address).page
    settings = page.context.new_cdp_session(page)
    settings.send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    until(page, "() => getComputedStyle(document.documentElement).fontSize === '32px'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".open-settings").click()
    box = page.locator("#settings").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 320


def test_less_motion_and_more_contrast_are_given_where_wished(visit):
    page = visit(f"en/{CHAPTER}.html", reduced_motion="reduce", contrast="more").page
    color = "each => getComputedStyle(each).color"
    assert page.locator(".on-page a").nth(2).evaluate(color) == page.locator("h1").evaluate(color)
    page.locator(".on-page a").nth(2).click()
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("touch", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_passage_is_shown_in_the_second_language(visit, language, touch):
    """By a tap, or by two clicks, and taken away in the same way; links still lead on."""
    page = visit(f"{language}/{CHAPTER}.html", width=PHONE, has_touch=touch).page
    passage = page.locator(".text > p[id]").first
    for expected in (1, 0):
        box = passage.bounding_box()
        place = {"x": 5, "y": box["height"] - 5}
        if touch:
            passage.tap(position=place)
        else:
            passage.dblclick(position=place)
            page.wait_for_timeout(
                600
            )  # else the next two clicks would count as the third and fourth
        assert page.locator(".sister").count() == expected
        if expected:
            assert page.locator(".sister").get_attribute("lang") != language
            assert page.locator(".sister").is_visible()
