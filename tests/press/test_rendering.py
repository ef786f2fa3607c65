"""Passages become HTML: the cases of markdown.toml, and what the file cannot show."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from nbformat.v4 import new_output

from press.errors import BookError
from press.fragments import Fragments
from press.interface import interface
from press.outputs import outputs
from press.passages import anchors, split
from press.readings import footnotes, numbers
from press.references import labels
from press.rendering import Page, Reference, reference, render

CASES = tomllib.loads(Path(__file__).with_name("markdown.toml").read_text("utf-8"))["case"]
CASES = [case for case in CASES if "html" in case]
FRONT_MATTER = "---\ndescription: Shapes.\n---\n\n"
REFERENCES = {
    "why-blocks": Reference("#why-blocks", "Why blocks?"),
    "fig-shape": Reference("shapes.html#fig-shape", "Figure 2.1"),
    "eq-affine": Reference("#eq-affine", "(1.1)"),
}
WORKS = {
    "resnet": Reference("https://example.org/resnet", "He et al., 2016"),
    "lstm": Reference("https://example.org/lstm", "Hochreiter and Schmidhuber, 1997"),
}
TERMS = {"layer": "layer", "block": "block"}


class Untouched(Fragments):
    """Stands for KaTeX and Pygments: shows what they would get."""

    def get(self, make, *content, version=""):
        return f"⟨{content[0]}⟩"


@pytest.fixture
def write(sample):
    """Read Markdown as a chapter of the sample book; return its passages, anchors and page."""
    (sample.path("figures") / "shape.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        '<title data-ko="꼴">Shape</title><text data-ko="층">layer</text></svg>',
        encoding="utf-8",
    )

    def written(markdown, language="en", fragments=None):
        sample.path(f"{language}/sums.md").write_text(FRONT_MATTER + markdown, encoding="utf-8")
        text = sample.text(language)
        passages = split(text)
        names = anchors(passages)
        page = Page(
            language=language,
            path=text.path,
            words=interface(language),
            references=REFERENCES,
            terms=TERMS,
            works=WORKS,
            numbers=numbers(passages, names, 1),
            footnotes=footnotes(passages),
            fragments=fragments or Untouched(),
        )
        return passages, names, page

    return written


FIGURE = "```{figure} ../figures/shape.svg\n:name: fig-a\n:alt: x\n\nCaption.\n```\n\n"


def shown(written, **options):
    passages, names, page = written
    return "\n".join(
        render(passage, name, page, **options)
        for passage, name in zip(passages, names, strict=True)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case_becomes_html(case, write):
    assert shown(write(case["markdown"].strip("\n"))) == case["html"].strip("\n")


def test_figure_speaks_the_language_of_the_page(write):
    figure = "```{figure} ../figures/shape.svg\n:alt: 네모 하나\n\n그림 설명.\n```"
    html = shown(write(figure, "ko"))
    assert '<title id="start-1-title">꼴</title>' in html
    assert '<desc id="start-1-desc">네모 하나</desc>' in html
    assert "<text>층</text>" in html and "data-" not in html
    assert '<span class="number">그림 1.1</span>' in html


def test_term_without_words_takes_the_form_of_the_language(write):
    passages, names, page = write("{term}`layer`은 함수다.", "ko")
    html = render(passages[0], names[0], replace(page, terms={"layer": "층"}))
    assert ">층</a>은 함수다." in html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("一つの層。\n次の文です`a`", '一つの層。次の文です<code translate="no">a</code>'),
        ("これは\n`Block`です。", 'これは<code translate="no">Block</code>です。'),
        ("`a`\n`b`", '<code translate="no">a</code>\n<code translate="no">b</code>'),
    ],
)
def test_japanese_lines_join_without_a_space(write, markdown, html):
    assert f">{html}</p>" in shown(write(markdown, "ja"))


@pytest.mark.parametrize(
    ("language", "markdown", "html"),
    [
        ("ko", "층(layer)을", "층(layer)\u2060을"),
        ("ko", "`f()`는", '<code translate="no">f()</code>\u2060는'),
        ("ko", "`__init__`은", '<code translate="no">__init__</code>\u2060은'),
        ("ko", "$w$뿐", '<span class="joined">⟨w⟩뿐</span>'),
        ("ko", "$w$ 값", "⟨w⟩ 값"),
        ("en", "is $w$.", 'is <span class="joined">⟨w⟩.</span>'),
        ("en", "is $w$, $w$", 'is <span class="joined">⟨w⟩,</span> ⟨w⟩'),
        ("ja", "$w$を", "⟨w⟩を"),
        ("ja", "$w$、は", '<span class="joined">⟨w⟩、</span>は'),
    ],
)
def test_no_line_begins_with_a_particle_or_punctuation(write, language, markdown, html):
    assert f">{html}</p>" in shown(write(markdown, language))


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("損失を計算します。", '損失を計算<span class="joined">します。</span></p>'),
        ("- 損失を計算する", '損失を<span class="joined">計算する</span></li>'),
        ("関数`f`です。", '関数<code translate="no">f</code>です。</p>'),
        ("# 損失の計算", "損失の<wbr>計算</h1>"),
    ],
)
def test_last_line_in_japanese_holds_more_than_a_letter(write, markdown, html):
    assert html in shown(write(markdown, "ja"))


def test_code_in_a_table_may_break_between_names_and_inside_long_ones(write):
    code = "`net.add(a)` `nn.SoftmaxCrossEntropyLoss`"
    html = shown(write(f"| A |\n|---|\n| {code} |\n"))
    assert ">net<wbr>.add(<wbr>a)<" in html
    assert ">nn.Softmax<wbr>Cross<wbr>Entropy<wbr>Loss<" in html
    assert "<wbr>" not in shown(write(code))


def test_short_code_stays_on_one_line(write):
    assert '<code class="joined" translate="no">a + b</code>' in shown(write("`a + b`"))
    assert "joined" not in shown(write("`np.dot(a, b) + np.dot(c, d)`"))


def test_marks_side_by_side_are_kept_apart(write):
    for source in ("A[^x][^y].", "A[^x] [^y]."):
        html = shown(write(f"{source}\n\n[^x]: X.\n[^y]: Y.\n"))
        assert re.sub(r"<[^>]+>|\u2060", "", html).startswith("A1,2.")


def test_footnote_called_twice_has_one_number_and_two_marks(write):
    html = shown(write("A[^x]. B [^y]. C[^x].\n\n[^y]: Y.\n\n[^x]: X."))
    assert 'A\u2060<sup class="mark" id="mark-x"><a href="#note-x" aria-label="Note 1">1' in html
    assert 'B\u2060<sup class="mark" id="mark-y"><a href="#note-y" aria-label="Note 2">2' in html
    assert 'C\u2060<sup class="mark" id="mark-x-2"><a href="#note-x"' in html
    assert '<li value="2" id="note-y">' in html


def test_sister_has_no_anchors_and_gives_captions_without_pictures(write):
    html = shown(write(f"(here)=\n## A\n\n{FIGURE}B[^x].\n\n[^x]: X."), named=False)
    assert " id=" not in html and "<svg" not in html and "href" in html
    assert '<div class="caption"><span class="number">Figure 1.1</span> Caption.</div>' in html


def test_numbers_count_by_kind_within_the_chapter(write):
    passages, names, _ = write(
        f"# T\n\n{FIGURE}(t)=\n|a|\n|-|\n\n|b|\n|-|\n\n"
        "$$x$$ (eq-a)\n\n$$y$$\n\n:::{note}\n$$z$$ (eq-b)\n:::\n"
    )
    assert numbers(passages, names, 3) == {
        "fig-a": "3.1",
        "t": "3.1",
        "eq-a": "3.1",
        "eq-b": "3.2",
    }
    assert numbers(passages, names, None)["eq-b"] == "2"


def test_references_lead_to_their_chapter_and_are_called_in_the_language(sample, write):
    passages, names, _ = write(f"# Formen\n\n{FIGURE}(s)=\n## Two `x`")
    known = labels({"shapes": sample.text("en")})
    counted = numbers(passages, names, 2)

    def to(label, from_slug="other", language="ko"):
        found = reference(known[label], counted.get(label), from_slug, interface(language))
        return found.href, found.text

    assert to("fig-a") == ("shapes.html#fig-a", "그림 2.1")
    assert to("fig-a", "shapes", "ja") == ("#fig-a", "図2.1")
    assert to("s") == ("shapes.html#s", "Two x")
    assert to("shapes") == ("shapes.html", "Formen")


def test_code_is_colored_and_escaped(write):
    html = shown(write("```python\nif a < b: pass\n```", fragments=Fragments()))
    assert '<span class="k">if</span>' in html and "&lt;" in html


def test_unknown_language_of_a_listing_names_its_line(write):
    with pytest.raises(BookError, match="unknown language of a listing: 'pyhton'") as caught:
        shown(write("one\n\n```pyhton\nx\n```", fragments=Fragments()))
    assert (caught.value.line, caught.value.path.name) == (7, "sums.md")


@pytest.mark.parametrize(
    ("markdown", "line"),
    [
        ("one\ntwo $\\frac{a}$", 6),
        ("one\n\n$$\n\\frac{a}\n$$", 7),
        ("- one\n- two\n\n  three $\\frac{a}$", 8),
    ],
)
def test_tex_that_cannot_be_read_names_its_line(write, markdown, line):
    with pytest.raises(BookError, match="KaTeX cannot read the formula: Unexpected end") as caught:
        shown(write(markdown, fragments=Fragments()))
    assert caught.value.line == line


def test_outputs_of_every_sort():
    shown = outputs(
        [
            new_output("stream", name="stdout", text="a <b>\n"),
            new_output("stream", name="stdout", text="1 %\r2 %\rc\x08\0\r\n"),
            new_output("stream", name="stderr", text="\x1b[31mcareful\x1b[0m\x1b[?25l\n"),
            new_output("execute_result", data={"text/plain": "Block()", "text/html": "<i>B</i>"}),
            new_output("display_data", data={"text/plain": "array([\x001])"}),
            new_output(
                "error", ename="E", evalue="v", traceback=["\x1b[0;31mE\x1b[0m: \x1b]8;;a\x1b\\v"]
            ),
        ],
        "p",
    )
    assert shown == (
        '<pre class="output stdout">a &lt;b&gt;\nc\n</pre>'
        '<pre class="output stderr">careful\n</pre>'
        '<div class="output html"><i>B</i></div>'
        '<pre class="output value">array([1])</pre>'
        '<pre class="output error">E: v\n</pre>'
    )


def test_names_in_two_pictures_do_not_meet():
    svg = '<?xml version="1.0"?><svg><defs><g id="a"/></defs><use href="#a" fill="url(#a)"/></svg>'
    data = {"image/svg+xml": svg}
    shown = outputs([new_output("display_data", data=data)] * 2, "p")
    for position in (0, 1):
        name = f"p-output-{position}-a"
        assert f'<g id="{name}"/>' in shown
        assert f'<use href="#{name}" fill="url(#{name})"/>' in shown
    assert "<?xml" not in shown
