"""Figures: words of every language in one SVG, and faults in them by line."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from press.errors import BookError
from press.figure_files import read_labels, untranslated
from press.figures import inline, plot

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">
  <title data-ko="꼴" data-ja="形">Shape</title>
  <marker id="tip"/>
  <path marker-end="url(#tip)"/>
  <text>x·C + 1</text>
  <text><tspan data-ko="층">layer</tspan></text>
  <text class="fig-code">Dense</text>
  <desc>Two words</desc>
</svg>
"""


def test_inlined_figure_is_an_image_with_a_title_and_a_description():
    for language, title in {"en": "Shape", "ko": "꼴", "ja": "形"}.items():
        root = ElementTree.fromstring(inline(SVG, "fig-a", language=language, alt="What it shows"))
        names = {element.get("id"): element.text for element in root.iter() if element.get("id")}
        assert root.get("role") == "img"
        assert names[root.get("aria-labelledby")] == title
        assert names[root.get("aria-describedby")] == "What it shows"
        assert not [name for element in root.iter() for name in element.attrib if "data" in name]


def test_names_are_unique_to_the_figure():
    svg = inline(SVG, "fig-a", language="en", alt="x")
    assert 'id="fig-a-tip"' in svg and 'marker-end="url(#fig-a-tip)"' in svg


def test_figure_without_a_title_is_named_by_its_description():
    svg = inline('<svg xmlns="http://www.w3.org/2000/svg"/>', "f", language="en", alt="A box")
    assert '<title id="f-title">A box</title>' in svg and "describedby" not in svg


def test_missing_words_are_found_by_line(tmp_path):
    path = tmp_path / "shape.svg"
    path.write_text(SVG.replace("</svg>", '<text data-ko="층"/></svg>'), encoding="utf-8")
    faults = untranslated(read_labels(path), ["ko", "ja"])
    assert [(fault.place, fault.message) for fault in faults] == [
        (6, "the label 'layer' has no data-ja"),
        (8, "the label 'Two words' has no data-ko and no data-ja"),
        (9, "a label without words, though it is translated"),
    ]


def test_words_that_are_copied_are_not_translated(tmp_path):
    path = tmp_path / "shape.svg"
    copied = '<text data-ko="layer" data-ja="層">layer</text>'
    name = '<text data-ko="파이썬" data-ja="Python">Python</text>'
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
    path.write_text(f"{head}{copied}{name}</svg>", encoding="utf-8")
    [fault] = untranslated(read_labels(path), ["ko", "ja"])
    assert fault.message == "the label 'layer' is not translated in data-ko"


def test_broken_svg_is_an_error_with_its_line(tmp_path):
    path = tmp_path / "shape.svg"
    path.write_text("<svg>\n<text>\n</svg>")
    with pytest.raises(BookError, match="not valid SVG: mismatched tag") as caught:
        read_labels(path)
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("<svg", "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg", 1, "a figure may not have a <!DOCTYPE>"),
        ("  <text>x", "<<<<<<< HEAD\n  <text>x", 5, "an unresolved merge: <<<<<<< HEAD"),
        ("viewBox", "view-box", 1, "the figure has no viewBox, so it cannot shrink with the page"),
        ("  <text>x", "  <use xlink:href='#x'/>\n  <text>x", 5, "not valid SVG: unbound prefix"),
        ("  <text>x", "  <g id='a'/>\n  <g id='a'/>\n<text>x", 6, "the id 'a' appears twice"),
        (
            "  <text>x",
            "  <g fill='url(#no)'/>\n  <text>x",
            5,
            "nothing in the figure has the id 'no'",
        ),
        (
            "  <text>x",
            "  <style>.fig-a { stroke: red }</style>\n  <g class='fig-a fig-b'/>\n  <text>x",
            6,
            "the class 'fig-b' has no style",
        ),
        (
            "  <text>x",
            "  <style>\n.fig-code { font: bold 12px serif }</style>\n  <text>x",
            5,
            "a font of 12px is too small to read on a phone",
        ),
        ('"0 0 9 9"', '"0 0 9"', 1, "the viewBox '0 0 9' lacks a position or size"),
        ('"0 0 9 9"', '"0 0 9 0"', 1, "the viewBox '0 0 9 0' lacks a position or size"),
        (
            "  <text>x",
            "  <style>/* of\n{} */ .fig-a, .fig-b { x: y }\n.fig-a,\nbody { x: y }</style><text>",
            8,
            "the style of 'body' would reach beyond the figure",
        ),
        ("  <text>x", "  <use href='#no'/>\n  <text>x", 5, "nothing in the figure has the id 'no'"),
        (
            "  <text>x",
            "  <style>\n.fig-a { fill: var(--fig-ink, #123); stroke: #123 }</style>\n  <text>x",
            6,
            "the color #123 does not change in the dark theme",
        ),
        (
            "  <text>x",
            "  <g style='fill: black' data-ko='color: white'/>\n  <text>x",
            5,
            "the color black does not change in the dark theme",
        ),
        (
            "  <text>x",
            "  <text x='4' y='12'>a</text>\n  <text>x",
            5,
            "the text at 4, 12 is outside the viewBox",
        ),
    ],
)
def test_figure_that_does_not_hold_together(tmp_path, old, new, line, message):
    file = tmp_path / "figure.svg"
    file.write_text(SVG.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BookError) as caught:
        read_labels(file)
    assert (caught.value.message, caught.value.line) == (message, line)


@pytest.mark.parametrize("element", ["style", "g"])
def test_text_that_something_moves_may_begin_anywhere(tmp_path, element):
    moved = {
        "style": "<style>.fig-a { transform: scale(0.5) }</style><text class='fig-a' ",
        "g": "<g transform='scale(0.5)'/><text ",
    }
    file = tmp_path / "figure.svg"
    svg = SVG.replace(' class="fig-code"', "").replace(
        "<text>", f"{moved[element]}x='4' y='12'>", 1
    )
    file.write_text(svg, encoding="utf-8")
    assert read_labels(file)


def test_style_of_a_plot_stays_inside_it():
    style = '<style type="text/css">*{stroke-linecap: butt}</style>'
    shown = plot(f'<?xml version="1.0"?>\n<svg><defs>{style}<path id="m"/></defs></svg>', "a-")
    assert shown.startswith("<svg>")
    assert "<style>.plot *{stroke-linecap: butt}</style>" in shown and 'id="a-m"' in shown


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<foreignObject/>", "<foreignObject>"),
        ('<g onclick="x()"/>', "the handler onclick"),
        ('<a href="https://example.org"/>', 'href="https://example.org"'),
        ('<a href="javascript:x()"/>', 'href="javascript:x()"'),
        ('<image xmlns:xlink="x" xlink:href="y.png"/>', 'xlink:href="y.png"'),
        ('<path fill="url(https://example.org/#a)"/>', "url(https://example.org/#a"),
        ("<style>@import 'x.css';</style>", "@import"),
        ('<animate attributeName="href" values="javascript:x()"/>', "<animate>"),
        ("<style>path { fill: url(&quot;x&quot;) }</style>", 'url("x'),
        ("<style>@im\\port 'x.css';</style>", "\\"),
        ("<style>path { fill: image-set('x.png' 1x) }</style>", "image-set"),
        ("<style>path { fill: url('//x.org/y') }</style>", "url('//x.org/y"),
    ],
)
def test_what_runs_or_fetches_is_refused(tmp_path, part, fault):
    file = tmp_path / "figure.svg"
    file.write_text(SVG.replace("  <text>x", f"  {part}\n  <text>x"), encoding="utf-8")
    with pytest.raises(BookError) as caught:
        read_labels(file)
    assert caught.value.message == f"a figure may not have {fault}"
    assert caught.value.line == 5
