"""Turns the book's Markdown into plain Markdown that every Jupyter displays well.

References become words and links, notes become quotes, hints are folded, equations get their
numbers, and figures become files next to the notebook, in its language: JupyterLab does not show
SVGs attached to cells. Solutions are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import takewhile

from nbformat import NotebookNode

from press import figures
from press.exercises import names_by_cell, titles
from press.markdown import targets
from press.readings import Reading
from press.rendering import Page, citation
from press.tags import SOLUTION, tags

Picture = Callable[[str, str, str], str]

# a listing may be in a list or a quote; what else has a fence is at the left margin
_FENCE = re.compile(
    r"(?P<inside>[ >]*(?:(?:[-*+]|\d+[.)]) +)*)(?P<fence>`{3,}|:{3,})"
    r"\s*(?:\{(?P<name>[\w-]+)\})?\s*(?P<argument>[^`]*)"
)
_APART = re.compile(r"\([a-z0-9-]+\)=\s*|%.*")  # a label, a comment
_OPTION = re.compile(r"\s*:(?P<key>[\w-]+):\s*(?P<value>.*?)\s*")
_EQUATION = re.compile(r"(?P<before>.*?)\$\$\s*\((?P<label>[a-z0-9-]+)\)\s*")
_INLINE = re.compile(
    r"\{(?P<role>ref|numref|eq|term|cite)\}(?P<ticks>`+)(?P<content>.+?)(?P=ticks)"
    r"|(?P<code>(?P<fence>`+).+?(?P=fence))"
    r"|\[\^(?P<name>[^\]]+)\]:?",
    re.DOTALL,
)
_TARGETED = re.compile(r"(?P<text>.+?)\s*<(?P<target>[^<>]+)>", re.DOTALL)


@dataclass(frozen=True)
class Plain:
    """A text in plain Markdown: the cells of its notebook, and its figures by file name."""

    cells: list[NotebookNode]
    pictures: Mapping[str, str]


def beside(name: str, svg: str, alt: str) -> str:
    """Return the Markdown of a picture in a file next to the notebook."""
    return f"![{alt.replace('[', '(').replace(']', ')')}]({name})"


def plain(reading: Reading, page: Page, picture: Picture = beside) -> Plain:
    """Return a text with plain Markdown and without solutions.

    Code cells stay unchanged; the cell for the reader's answer has the name of the exercise in its
    metadata: `"exercise": "parallel"` next to the tag `exercise`. `picture` returns the Markdown
    for a figure from its file name, its SVG and its description.
    """
    writer = _Writer(reading, page, picture)
    exercises = names_by_cell(reading.passages)
    cells = []
    for index, cell in enumerate(reading.text.notebook.cells):
        copy = deepcopy(cell)
        if cell.cell_type == "markdown":
            copy.source = writer.markdown(cell.source.splitlines(), reading.text.lines[index])
        elif index in exercises:
            copy.metadata["exercise"] = exercises[index]
        if copy.source and SOLUTION not in tags(copy):
            cells.append(copy)
    return Plain(cells, writer.pictures)


class _Writer:
    """Writes the cells of a text."""

    def __init__(self, reading: Reading, page: Page, picture: Picture) -> None:
        self.page, self.picture = page, picture
        self.path = reading.text.path
        self.pictures: dict[str, str] = {}
        self.titles = titles(reading.passages, page.words)
        self.numbers = {
            passage.line: page.numbers[anchor]
            for passage, anchor in zip(reading.passages, reading.anchors, strict=True)
            if passage.kind == "figure"
        }

    def markdown(self, lines: list[str], start: int) -> str:
        """Return lines as plain Markdown; `start` is the first one's line in the file."""
        blocks = list(self._blocks(lines, start))
        # omitted parts leave empty lines behind; those inside a listing belong to it
        kept = [block for block, last in zip(blocks, ["", *blocks], strict=False) if block or last]
        return "\n".join(kept).strip()

    def _blocks(self, lines: list[str], start: int) -> Iterator[str]:
        at = 0
        while at < len(lines):
            line, after = lines[at], at + 1
            if opening := _FENCE.fullmatch(line):
                after = _closing(lines, at, opening) + 1
                yield from self._fenced(opening, lines[at:after], start + at)
            elif equation := _EQUATION.fullmatch(line):
                yield self._equation(*equation.group("before", "label"))
            elif not _APART.fullmatch(line):
                while line and after < len(lines) and _is_words(lines[after]):
                    after += 1
                yield _INLINE.sub(self._inline, "\n".join(lines[at:after]))
            at = after

    def _equation(self, before: str, label: str) -> str:
        tag = rf"\tag{{{self.page.numbers[label]}}}"
        inside = not before.strip(" >")
        return f"{before}{tag}\n{before}$$" if inside else f"{before.rstrip()} {tag} $$"

    def _fenced(self, opening: re.Match[str], block: list[str], start: int) -> Iterator[str]:
        """Yield the replacement for a directive; a listing stays unchanged."""
        name, body = opening["name"], block[1:-1]
        if not name:
            yield "\n".join(block)
            return
        found = list(takewhile(bool, map(_OPTION.fullmatch, body)))
        options = {option["key"]: option["value"] for option in found if option}
        inner = self.markdown(body[len(found) :], start + 1 + len(found))
        if name == "figure":
            yield from self._figure(opening["argument"], options.get("alt", ""), inner, start)
        elif name == "hint":
            summary = f"<summary>{self.titles[start]}</summary>"
            yield from (f"<details>{summary}", "", inner, "", "</details>")
        elif name != "solution":
            yield f"> **{self.page.words[name]}**"
            yield ">"
            yield from (f"> {line}".rstrip() for line in inner.splitlines())

    def _figure(self, path: str, alt: str, caption: str, line: int) -> Iterator[str]:
        file = self.path.parent / path
        svg = figures.inline(
            file.read_text(encoding="utf-8"), file.stem, language=self.page.language, alt=alt
        )
        # a picture cannot know whether Jupyter is dark, so it has its own background
        name = f"figures/{file.name}"
        self.pictures[name] = svg.replace("<svg ", '<svg style="background:#fff" ', 1)
        number = self.numbers.get(line, "")
        title = self.page.words["numbered_figure"].format(number=number)
        yield self.picture(name, self.pictures[name], alt)
        yield ""
        yield f"**{title}** {' '.join(caption.splitlines())}"

    def _inline(self, match: re.Match[str]) -> str:
        if match["code"]:
            return match["code"]
        if match["name"]:  # inside a formula it may not be a footnote
            number = self.page.footnotes.get(match["name"])
            return f"<sup>{number}</sup>" if number else match[0]
        targeted = _TARGETED.fullmatch(match["content"])
        text, target = targeted.group("text", "target") if targeted else ("", match["content"])
        if match["role"] == "cite":
            return citation(targets("cite", text, target), text, self.page, self._work_link)
        shown = text or self.page.called(match["role"], target)
        return self._chapter_link(shown, target) if match["role"] == "ref" else shown

    def _chapter_link(self, shown: str, target: str) -> str:
        """Link to the notebook of another chapter, which is in the same folder."""
        file = self.page.references[target].href.partition("#")[0]
        return f"[{shown}]({file.removesuffix('.html')}.ipynb)" if file else shown

    def _work_link(self, key: str, called: str) -> str:
        return f"[{called}]({self.page.works[key].href})"


def _is_words(line: str) -> bool:
    """Tell whether a line continues the words before it."""
    return bool(line) and not any(x.fullmatch(line) for x in (_FENCE, _EQUATION, _APART))


def _closing(lines: list[str], at: int, opening: re.Match[str]) -> int:
    """Return the line that closes a fence."""
    inside, fence = "[ >]*" if opening["inside"] else " {0,3}", opening["fence"]
    close = re.compile(rf"{inside}{fence[0]}{{{len(fence)},}}\s*")
    numbers = range(at + 1, len(lines))
    return next((n for n in numbers if close.fullmatch(lines[n])), len(lines) - 1)
