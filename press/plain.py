"""Turns the book's Markdown into plain Markdown that every Jupyter displays well.

References become words and links, notes become quotes, hints are folded, equations get their
numbers, and figures become files next to the notebook, in its language: JupyterLab does not show
SVGs attached to cells. Solutions are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from markdown_it.token import Token
from nbformat import NotebookNode

from press import figures
from press.exercises import names_by_cell, titles
from press.markdown import ROLES, read_role
from press.passages import groups
from press.readings import Reading
from press.rendering import Page, citation
from press.tags import SOLUTION, tags
from press.tokens import first_line

Picture = Callable[[str, str, str], str]

_LABEL = re.compile(r"^(?P<before>.*?)\$\$ *\((?P<name>[a-z0-9-]+)\) *$", re.MULTILINE)
_INLINE = re.compile(
    rf"\{{(?P<role>{'|'.join(ROLES)})\}}(?P<ticks>`+)(?P<content>.+?)(?P=ticks)"
    r"|(?P<code>(?P<fence>`+).+?(?P=fence))"
    r"|\[\^(?P<name>[^\]]+)\]:?",
    re.DOTALL,
)


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
            own = (passage.tokens for passage in reading.passages if passage.cell == index)
            copy.source = writer.markdown(own)
        elif index in exercises:
            copy.metadata["exercise"] = exercises[index]
        if copy.source and SOLUTION not in tags(copy):
            cells.append(copy)
    return Plain(cells, writer.pictures)


class _Writer:
    """Writes the cells of a text."""

    def __init__(self, reading: Reading, page: Page, picture: Picture) -> None:
        self.page, self.picture = page, picture
        self.path, self.lines = reading.text.path, reading.text.normal_lines
        self.pictures: dict[str, str] = {}
        self.titles = titles(reading.passages, page.words)
        self.numbers = {
            passage.line: page.numbers[anchor]
            for passage, anchor in zip(reading.passages, reading.anchors, strict=True)
            if passage.kind == "figure"
        }

    def markdown(self, blocks: Iterable[Sequence[Token]]) -> str:
        """Return blocks, each given by its tokens, as plain Markdown."""
        return "\n\n".join(filter(None, map(self._block, blocks)))

    def _block(self, tokens: Sequence[Token]) -> str:
        head = tokens[0]
        if head.type == "solution_open":
            return ""
        if head.type not in ("figure_open", "hint_open", "note_open"):
            return self._unfenced(tokens)
        inner, line = self.markdown(groups(tokens[1:-1])), first_line(head)
        if head.type == "figure_open":
            return self._figure(head, inner, line)
        if head.type == "hint_open":
            summary = f"<summary>{self.titles[line]}</summary>"
            return f"<details>{summary}\n\n{inner}\n\n</details>"
        quoted = [f"**{self.page.words[head.meta['variant']]}**", "", *inner.splitlines()]
        return "\n".join(f"> {line}".rstrip() for line in quoted)

    def _unfenced(self, tokens: Sequence[Token]) -> str:
        """Return a block as it is in the file, apart from what only the book's Markdown has."""
        at, end = tokens[0].map or (0, 0)
        parts = []
        for token in tokens:
            if token.map and token.type in ("fence", "math_block", "math_block_label"):
                first, after = token.map
                before, fence, block = "".join(self.lines[first:after]).partition(token.markup)
                parts.append(self._words("".join(self.lines[at:first]) + before) + fence)
                parts.append(block if token.type == "fence" else _LABEL.sub(self._tag, block))
                at = after
        return "".join([*parts, self._words("".join(self.lines[at:end]))]).strip()

    def _words(self, text: str) -> str:
        """Return words without roles and footnote marks, of which none extends over a gap."""
        return "\n\n".join(_INLINE.sub(self._inline, part) for part in text.split("\n\n"))

    def _tag(self, label: re.Match[str]) -> str:
        """Return the end of an equation with its number."""
        before, tag = label["before"], rf"\tag{{{self.page.numbers[label['name']]}}}"
        is_alone = not before.strip(" >")
        return f"{before}{tag}\n{before}$$" if is_alone else f"{before.rstrip()} {tag} $$"

    def _figure(self, token: Token, caption: str, line: int) -> str:
        alt, file = token.meta["alt"], self.path.parent / token.meta["path"]
        svg = figures.inline(
            file.read_text(encoding="utf-8"), file.stem, language=self.page.language, alt=alt
        )
        # a picture cannot know whether Jupyter is dark, so it has its own background
        name = f"figures/{file.name}"
        self.pictures[name] = svg.replace("<svg ", '<svg style="background:#fff" ', 1)
        title = self.page.words["numbered_figure"].format(number=self.numbers.get(line, ""))
        picture = self.picture(name, self.pictures[name], alt)
        return f"{picture}\n\n**{title}** {' '.join(caption.splitlines())}"

    def _inline(self, match: re.Match[str]) -> str:
        if match["code"]:
            return match["code"]
        if match["name"]:  # inside a formula it may not be a footnote
            number = self.page.footnotes.get(match["name"])
            return f"<sup>{number}</sup>" if number else match[0]
        role = match["role"]
        text, targets = read_role(role, match["content"])
        if role == "cite":
            return citation(targets, text, self.page, self._work_link)
        shown = text or self.page.called(role, targets[0])
        return self._chapter_link(shown, targets[0]) if role == "ref" else shown

    def _chapter_link(self, shown: str, target: str) -> str:
        """Link to the notebook of another chapter, which is in the same folder."""
        file = self.page.references[target].href.partition("#")[0]
        return f"[{shown}]({file.removesuffix('.html')}.ipynb)" if file else shown

    def _work_link(self, key: str, called: str) -> str:
        return f"[{called}]({self.page.works[key].href})"
