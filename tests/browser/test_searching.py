"""Search as readers use it: three scripts, any language of a term, a keyboard, an input method."""

from __future__ import annotations

import re

import pytest
from built import (
    BOOK,
    CHAPTER,
    LANGUAGES,
    LANGUAGES_AND_LOOKS,
    LANGUAGES_AND_WIDTHS,
    PHONE,
    WIDE,
    faults,
    picture,
    until,
)

from press.interface import interface

HITS = {
    "en": ["forward", "get_constant", "parameter", "initialization", "은닉층", "隠れ層"],
    "ko": ["층", "순전파", "파라", "초기화", "get_constant", "forward", "자동미분", "레이어"],
    "ja": [
        "層",
        "順伝播",
        "初期化",
        "パラメータ",
        "get_constant",
        "forward",
        "はいれつ",
        "ぶろっく",
        "れいやー",
    ],
}
MEANT = {"en": "hidden layer", "ko": "은닉층", "ja": "隠れ層"}
RESULTS = "#search .results a"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lost", ["search.js", "passages.js"])
def test_reader_is_told_that_the_search_cannot_be_loaded(browser, address, language, lost):
    page = browser.new_page()
    page.route(f"**/{lost}*", lambda route: route.abort())
    page.goto(f"{address}{language}/index.html")
    page.keyboard.press("/")
    status, failed = page.locator("#search .status"), interface(language)["search_failed"]
    until(page, "(words) => document.querySelector('.status').textContent === words", failed)
    page.unroute(f"**/{lost}*")
    page.keyboard.press("Escape")
    page.locator("#search").wait_for(state="hidden")
    page.keyboard.press("/")
    page.locator("#search").wait_for()
    page.keyboard.type("Block")
    page.locator("#search .results a").first.wait_for()
    assert status.inner_text() != failed
    page.close()


def search(page, query=""):
    """Open the search, type a query, and wait for its answer."""
    page.locator(".open-search").click()
    until(page, "() => Boolean(window.bookSearch)")
    page.evaluate("bookSearch.shelf(document.documentElement.lang)")
    return ask(page, query)


def ask(page, query):
    """Type a query into the open search and return the words of what was found."""
    page.locator("#search input").fill(query)
    page.evaluate("() => new Promise((done) => setTimeout(done))")  # an answer takes no longer
    return page.locator(RESULTS).all_inner_texts()


@pytest.mark.parametrize(("language", "width"), LANGUAGES_AND_WIDTHS)
def test_words_of_every_script_are_found(visit, language, width):
    page = visit(f"{language}/index.html", width=width).page
    search(page)
    for query in HITS[language]:
        assert ask(page, query), query
    assert ask(page, "qwertyzzz 없는낱말 非在語") == []
    status = page.locator("#search .status").inner_text()
    assert "qwertyzzz" in status, "the reader is told what was not found"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("language", "query", "word"),
    [
        ("en", "how to save a model", "save"),
        ("en", "hybirdize", "hybridize"),
        ("en", "initialise", "initialize"),
        ("ko", "저장하기", "저장"),
        ("ko", "역전파란", "역전파"),
        ("ja", "モデルの保存", "保存"),
    ],
)
def test_what_comes_closest_is_shown_where_nothing_matches(visit, language, query, word):
    page = visit(f"{language}/index.html").page
    search(page)
    found = ask(page, query)
    assert any(word in each for each in found[:3]), found
    assert len(found) <= 10
    status = page.locator("#search .status").inner_text()
    assert status == interface(language)["search_near"].replace("{query}", query)


@pytest.mark.parametrize(("language", "query"), [("ko", "러닝레이트"), ("ja", "誤差逆伝播法")])
def test_what_the_book_calls_otherwise_is_found(visit, language, query):
    page = visit(f"{language}/index.html").page
    search(page)
    assert ask(page, query)
    near = interface(language)["search_near"].replace("{query}", query)
    assert page.locator("#search .status").inner_text() != near


@pytest.mark.parametrize("served", [False, True], ids=["file", "http"])
def test_search_works_from_a_file_and_from_a_server(visit, address, served):
    options = {"home": address} if served else {}
    assert search(visit("ko/index.html", **options).page, "순전파")


@pytest.mark.parametrize("language", LANGUAGES)
def test_term_of_another_language_finds_the_passages_of_this_one(visit, language):
    page = visit(f"{language}/index.html").page
    search(page)
    for other, query in MEANT.items():
        ask(page, query)
        marked = page.locator("#search mark").all_inner_texts()
        assert MEANT[language] in " ".join(marked).lower(), (other, marked)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_other_languages_are_searched_on_demand(visit, width):
    page = visit("ko/index.html", width=width).page
    search(page, "은닉층")
    assert page.evaluate("Object.keys(bookPassages)") == ["ko"], "not fetched before it is wanted"
    button = page.locator("#search .also button[lang=ja]")
    button.click()
    found = page.locator("#search section[lang=ja] a")
    found.first.wait_for()
    assert button.get_attribute("aria-pressed") == "true"
    list_, first = page.locator("#search .results").bounding_box(), found.first.bounding_box()
    assert list_["y"] < first["y"] < list_["y"] + list_["height"], "shown without scrolling"
    assert "隠れ層" in " ".join(found.all_inner_texts())
    assert page.locator("#search section").first.get_attribute("lang") == "ko"
    found.last.click()
    page.wait_for_url("**/ja/*.html*")


def test_results_stand_by_chapter_and_lead_to_their_passage(visit):
    page = visit("ko/index.html").page
    search(page, "get_constant")
    chapter = page.locator("#search .chapter", has_text=re.compile(r"^\d+장 ")).first
    list_ = page.locator(f"#search ul[aria-labelledby={chapter.get_attribute('id')}]")
    link = list_.locator("a").first
    anchor = link.get_attribute("href").partition("#")[2]
    assert link.locator("mark").first.inner_text() == "get_constant"
    link.click()
    page.wait_for_url(f"**/ko/*.html#{anchor}")
    assert page.locator(f"#{anchor}").is_visible()


def test_every_result_leads_to_a_passage(visit):
    page = visit(f"en/{CHAPTER}.html").page
    lost = page.evaluate(
        """async () => {
          const { entries } = await (await new Promise((done) => {
            document.querySelector('.open-search').click();
            const wait = () => window.bookSearch ? done(bookSearch.shelf('en')) : setTimeout(wait);
            wait();
          }));
          const here = entries.filter(({ chapter }) => location.pathname.endsWith(chapter.file));
          return here.length > 50
            ? here.map((e) => e.passage.anchor).filter((id) => !document.getElementById(id))
            : ['too few passages'];
        }"""
    )
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_results_are_seen_when_greatly_zoomed(visit, language):
    """On a screen of 1280 x 720 pixels at 400 %, where the field leaves little room."""
    page = visit(f"{language}/index.html").page
    page.set_viewport_size({"width": 320, "height": 180})
    assert len(search(page, MEANT[language])) > 2
    for number in range(3):
        page.keyboard.press("ArrowDown")
        result = page.locator(RESULTS).nth(number)
        is_seen = (
            "(link) => link.matches(':focus') && link.contains(document.elementFromPoint(160, "
        )
        is_seen += "link.firstChild.getBoundingClientRect().y + 8))"
        assert result.evaluate(is_seen)


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_by_keyboard(visit, language):
    page = visit(f"{language}/index.html").page
    page.locator(".open-search").focus()
    page.keyboard.press("Enter")
    until(page, "() => Boolean(window.bookSearch)")
    focused = "document.activeElement === document.querySelector('#search input')"
    assert page.evaluate(focused)
    page.keyboard.insert_text(MEANT[language])
    page.locator(RESULTS).nth(1).wait_for()
    for down in (0, 1):
        page.keyboard.press("ArrowDown")
        nth = f"document.activeElement === document.querySelectorAll('{RESULTS}')[{down}]"
        assert page.evaluate(nth)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused)
    page.keyboard.press("Escape")
    assert page.locator("#search").is_hidden()
    assert page.evaluate("document.activeElement.matches('.open-search')"), "focus comes back"
    page.keyboard.press("Enter")
    target = page.locator(RESULTS).first.get_attribute("href").removeprefix("..")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")


@pytest.mark.parametrize(
    ("language", "composed", "committed"),
    [
        ("ko", ["ㅅ", "수", "순", "순ㅈ", "순저", "순전", "순전ㅍ", "순전파"], "순전파"),
        ("ja", ["j", "じ", "じゅ", "じゅん", "じゅんd", "じゅんで", "じゅんでんぱ"], "順伝播"),
    ],
)
def test_results_follow_an_input_method(visit, language, composed, committed):
    """Results come while a word is composed, half a syllable takes none away, and Enter waits."""
    page = visit(f"{language}/index.html").page
    search(page)
    session = page.context.new_cdp_session(page)
    for text in composed:
        selection = {"selectionStart": len(text), "selectionEnd": len(text)}
        session.send("Input.imeSetComposition", {"text": text, **selection})
        page.wait_for_timeout(20)
    assert page.locator("#search input").input_value() == composed[-1]
    page.locator(RESULTS).first.wait_for()
    before = page.locator(RESULTS).count()
    if language == "ko":
        session.send(
            "Input.imeSetComposition", {"text": "순전팏", "selectionStart": 3, "selectionEnd": 3}
        )
        page.wait_for_timeout(50)
        assert page.locator(RESULTS).count() == before
    session.send("Input.insertText", {"text": committed})
    page.locator(f"{RESULTS} mark", has_text=committed).first.wait_for()
    assert page.locator("#search input").input_value() == committed


def test_answers_come_at_once(visit):
    """Within 50 ms of a key stroke; the best of ten, since the machine has other work too."""
    page = visit("ko/index.html").page
    search(page)
    times = page.evaluate(
        """async () => {
          const input = document.querySelector('#search input'), best = {};
          const queries = ['층', '순', '순전', '순전파', 'f', 'forward', 'get_constant', 'zzz'];
          for (const query of Array(10).fill(queries).flat()) {
            const start = performance.now();
            input.value = query;
            input.dispatchEvent(new InputEvent('input'));
            await new Promise((done) => setTimeout(done));
            best[query] = Math.min(best[query] ?? Infinity, performance.now() - start);
          }
          return best;
        }"""
    )
    assert max(times.values()) < 50, times


def test_words_are_cut_as_each_script_needs(visit):
    page = visit("en/index.html").page
    search(page)

    def words(kind, text):
        return page.evaluate(f"(text) => bookSearch.{kind}(text)", text)

    assert words("indexed", "net.get_constant") == ["net", "get_constant", "get", "constant"]
    assert words("indexed", "HybridSequential") == ["hybridsequential", "hybrid", "sequential"]
    assert words("indexed", "MLPBlock") == ["mlpblock", "mlp", "block"]
    assert words("indexed", "은닉층") == ["은", "닉", "층", "은닉", "닉층"]
    assert words("indexed", "隠れ層") == ["隠", "れ", "層", "隠れ", "れ層"]
    assert words("indexed", "パラメータ")[-1] == "ータ", "the long vowel belongs to the word"
    assert words("indexed", "Dense층") == ["dense", "층"]
    assert "동미" in words("indexed", "자동 미분"), "spaces between Korean words are optional"
    assert words("indexed", "ＤｅｎｓｅとＡＢＣ")[0] == "dense", "full width is no other letter"
    assert words("asked", "get_constant 층 순전파") == ["get_constant", "층", "순전", "전파"]
    assert words("asked", "Layers loss bias") == ["layer", "loss", "bias"]


def test_odd_queries_do_no_harm(visit):
    page = visit("ko/index.html").page
    search(page)
    for query in ("(", "[a-", "\\", "*", "층(", "𠮷", "  ", "<b>x</b>", "ㅋㅋ"):
        ask(page, query)
        assert page.locator("#search .results b").count() == 0, query


def test_search_loads_nothing_before_it_is_opened(visit):
    page = visit(f"ko/{CHAPTER}.html").page
    assert not page.evaluate("'MiniSearch' in window || 'bookPassages' in window")
    scripts = page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert not any("search" in name or "passages" in name for name in scripts)


def test_search_needs_scripts_and_hides_without_them(visit):
    page = visit(f"en/{CHAPTER}.html", scripts=False).page
    assert page.locator(".open-search").is_hidden()
    assert page.locator("#search").is_hidden()


@pytest.mark.parametrize(("language", "width", "scheme"), LANGUAGES_AND_LOOKS)
def test_search_is_for_everybody_and_looks_right(visit, language, width, scheme):
    """axe-core finds nothing in the open dialog, empty and with results; leaves a picture."""
    page = visit(f"{language}/index.html", width=width, scheme=scheme).page
    search(page)
    found = faults(page, "#search")
    page.locator("#search .also button").first.click()
    ask(page, BOOK.terms[0].forms[language])
    page.locator("#search section + section a").first.wait_for()
    picture(page, f"{language}-search-{width}-{scheme}")
    assert found + faults(page, "#search") == []
