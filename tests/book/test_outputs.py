"""What cells print: a change shows here as a difference of text, and the prose keeps to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from notebooks import BOOK, Built

from press.errors import BookError
from press.figures import SVG
from press.golden import golden, golden_path
from press.numbers import NUMBER, numbers
from press.outputs import printed
from press.passages import Passage, split
from press.texts import Text, read_text, text_of

PROSE = ("paragraph", "list", "note", "hint", "solution")
NO_RESULT = re.compile(r"\b(?:1[89]|20)\d\d\b|(?:\b[A-Z]\w*|\bversion) \d+\.\d+")  # years, versions


@pytest.mark.parametrize("slug", BOOK.chapters)
def test_cells_print_what_they_printed(slug: str):
    texts = {
        code: replace(read_text(BOOK.text_path(code, slug)), notebook=Built(code, slug).read())
        for code in BOOK.languages
    }
    file = golden_path(BOOK, slug)
    assert file.exists(), "Run: press golden"
    kept, found = file.read_text(encoding="utf-8"), golden(texts)
    if kept != found:
        lines = unified_diff(kept.splitlines(), found.splitlines(), "kept", "printed", lineterm="")
        hint = "If the change is meant, run press golden and commit the file."
        pytest.fail("\n".join([*lines, hint]), pytrace=False)


@pytest.mark.parametrize("slug", BOOK.chapters)
def test_every_number_in_the_prose_is_printed_nearby(slug: str):
    source = BOOK.source
    text = replace(read_text(BOOK.text_path(source, slug)), notebook=Built(source, slug).read())
    if errors := [*unprinted(text)]:
        pytest.fail("\n".join(map(str, errors)), pytrace=False)


@pytest.mark.parametrize(
    ("words", "unknown"),
    [
        ("The mean is 1.5, of 4 numbers.", []),
        ("In 2015, with Python 3.11, it was $17$ and `18`.", []),
        ("The mean is 1.25.", ["1.25"]),
        ("There are 12,345 numbers.", ["12,345"]),
    ],
)
def test_number_that_no_cell_prints_is_found(words: str, unknown: list[str]):
    cell = "```{code-cell} ipython3\nmean\n```"
    markdown = f"---\ndescription: d\n---\n\n# Mean\n\n{words}\n\n{cell}\n"
    text = text_of(Path("en/mean.md"), markdown)
    text.notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text="mean 1.5\n")]
    message = "the number {} is in no cell of the section, nor its output"
    found = [(error.line, error.message) for error in unprinted(text)]
    assert found == [(7, message.format(number)) for number in unknown]


def test_number_that_no_description_has_is_found(tmp_path):
    svg = f'<svg xmlns="{SVG}"><text><tspan>15</tspan></text><text>1 + 30 = 31</text></svg>'
    for name in ("en", "figures"):
        (tmp_path / name).mkdir()
    (tmp_path / "figures" / "sum.svg").write_text(svg, encoding="utf-8")
    figure = "```{figure} ../figures/sum.svg\n:name: fig-sum\n:alt: A sum, 31.\nA sum of 30.\n```"
    text = text_of(tmp_path / "en" / "mean.md", f"---\ndescription: d\n---\n\n# Mean\n\n{figure}\n")
    message = "the number 15 in the figure is not in its description"
    assert [(error.line, error.message) for error in unprinted(text)] == [(7, message)]


def unprinted(text: Text) -> Iterator[BookError]:
    """Yield an error for each number in the prose of an executed text that no cell nearby has.

    A number of two digits or more must be in a cell, its output, a formula or inline code of the
    same section, unless it is a year or the version of a program.
    """
    section: list[Passage] = []
    for passage in [*split(text), None]:
        if passage and not 0 < passage.level <= 2:
            section.append(passage)
            continue
        known = {number for each in section for number in numbers(not_prose(each, text))}
        for each in section:
            words = NO_RESULT.sub(lambda match: "x" * len(match[0]), each.text)
            for match in NUMBER.finditer(words if each.kind in PROSE else ""):
                if len(match[0]) > 1 and match[0].replace(",", "") not in known:
                    message = f"the number {match[0]} is in no cell of the section, nor its output"
                    hint = "Correct it, or let a cell print it. If it is no result, write it in"
                    hint += f" words or as a formula: ${match[0]}$."
                    yield text.error(each.line_at(match.start()), message, hint)
            for number in sorted({*numbers(drawn(each, text))} - {*numbers(each.text)} - known):
                if len(number) > 1:
                    message = f"the number {number} in the figure is not in its description"
                    yield text.error(each.line, message, "Correct one of the two.")
        section = []


def drawn(passage: Passage, text: Text) -> str:
    """Return what is written in a figure; nothing for another passage."""
    if passage.kind != "figure":
        return ""
    svg = ElementTree.parse(text.path.parent / passage.variant)
    return "\n".join(words for label in svg.iter(f"{{{SVG}}}text") for words in label.itertext())


def not_prose(passage: Passage, text: Text) -> str:
    """Return what a passage has besides prose: formulas and code, with its output."""
    parts = [*passage.math, *passage.code, passage.program or ""]
    if passage.kind == "code":
        parts.append(printed(text.notebook.cells[passage.cell]))
    return "\n".join(parts)


def test_nothing_golden_is_left_of_a_removed_chapter():
    kept = {file.stem for file in golden_path(BOOK, "any").parent.glob("*.txt")}
    assert kept <= {*BOOK.chapters}, "Remove these files from tests/book/golden."
