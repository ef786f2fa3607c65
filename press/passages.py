"""Passages: the units in which chapters are aligned, checked, translated, linked and shown."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

from markdown_it.token import Token

from press.errors import BookError
from press.markdown import parse
from press.texts import Text
from press.tokens import first_line, lines_of

Kind = Literal[
    "heading",
    "paragraph",
    "list",
    "table",
    "figure",
    "equation",
    "note",
    "hint",
    "solution",
    "listing",
    "code",
    "quote",
    "footnote",
]

_KINDS: Mapping[str, Kind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "figure_open": "figure",
    "math_block": "equation",
    "math_block_label": "equation",
    "note_open": "note",
    "hint_open": "hint",
    "solution_open": "solution",
    "fence": "listing",
    "code_cell": "code",
    "blockquote_open": "quote",
    "footnote_reference_open": "footnote",
}


ELSE = "\ufffc"  # in the words of a passage: a formula, code, or a reference without words
_SIZED = (
    *("bullet_list_open", "ordered_list_open", "table_open", "blockquote_open"),
    *("note_open", "hint_open", "solution_open", "figure_open"),
)


@dataclass(frozen=True)
class Passage:
    """One unit of a text. Its sister in another language has the same place in the sequence.

    All fields except `line`, `source`, `text` and `tokens` must be equal in every language.
    """

    kind: Kind
    """The type of the passage."""
    line: int
    """Where it starts in the Markdown file, counted from 1."""
    source: str
    """Its Markdown, or for a code cell the program."""
    tokens: tuple[Token, ...]
    """What the renderer turns into HTML."""
    cell: int
    """The index of its cell in the notebook."""
    level: int = 0
    """1 to 6 for a heading, else 0."""
    variant: str = ""
    """The variant of its kind: ordered or bullet, note, tip or warning, a listing's language, a
    figure's file, a footnote's name, a cell's role in an exercise."""
    label: str = ""
    """The label that names the passage, if any."""
    labels: tuple[str, ...] = ()
    """All labels defined in it, its own first."""
    references: tuple[tuple[str, str], ...] = ()
    """The roles in it, as (role, target); a footnote's mark is ("footnote", name)."""
    math: tuple[str, ...] = ()
    """The TeX of its formulas."""
    code: tuple[str, ...] = ()
    """Its inline code and the listings inside it."""
    links: tuple[str, ...] = ()
    """The web addresses it links to."""
    size: tuple[int, ...] = ()
    """The number of items of every list, of blocks in a note, hint, solution, quote or caption, and
    of rows and columns of every table."""
    text: str = ""
    """The words; line k of it, from 0, is line `line + k` of the file. `ELSE` stands for what is
    not words, and | for the end of a table's cell."""

    @property
    def program(self) -> str | None:
        """What is in a code cell or a listing; None for other kinds."""
        return self.tokens[0].content if self.kind in ("code", "listing") else None

    @property
    def called(self) -> str:
        """What messages call it."""
        if self.kind == "code":
            return "code cell"
        return f"{self.kind} of level {self.level}" if self.level else self.kind

    @property
    def number(self) -> str:
        """The number of a heading such as "2. Write, add or null", empty if it has none."""
        found = re.match(r"(\d+)\. ", self.text)
        return found[1] if found else ""

    @property
    def numbered(self) -> str:
        """What messages call its number."""
        return f"the number {self.number}" if self.number else "no number"

    @property
    def start(self) -> str:
        """Its first line, shortened if it is long."""
        line = self.source.strip().partition("\n")[0]
        return line if len(line) <= 90 else f"{line[:90]}…"

    def line_at(self, place: int) -> int:
        """Return the line of the file that a place in `text` is in."""
        return self.line + self.text.count("\n", 0, place)

    def formulas(self) -> Iterator[tuple[int, str, bool]]:
        """Yield its formulas: the line, the TeX, and whether it is a displayed formula."""
        for token in self.tokens:
            if token.type.startswith("math_block"):
                yield first_line(token) or self.line, token.content, True
            for line, child in lines_of(token):
                if child.type == "math_inline":
                    yield line, child.content, False


@lru_cache(maxsize=256)  # checking and rendering use the same passages
def split(text: Text) -> tuple[Passage, ...]:
    """Return the passages of a text; raise BookError for anything outside the book's Markdown."""
    lines = text.normal_lines
    return tuple(_passage(group, lines) for group in groups(parse(text)))


def split_all(text: Text) -> tuple[Passage, ...]:
    """Return the description of a text, as a passage with that anchor, and its passages."""
    words, line = text.description, text.description_line
    description = Passage("paragraph", line, words, (), -1, label="description", text=words)
    return (description, *split(text))


def anchors(english: Sequence[Passage]) -> list[str]:
    """Return the anchor of every passage: unique, readable, and the same in all languages.

    A label is its own anchor. A heading uses the words of its English title, a footnote its name,
    and anything else the anchor of its section and its number there, so that an edit changes no
    anchor outside its section.
    """
    taken = {passage.label for passage in english}
    result, section, count = [], "start", 0
    for passage in english:
        if passage.kind == "heading":
            section = passage.label or _unique(_slug(words(passage)) or "section", taken)
            count = 0
            anchor = section
        else:
            count += passage.kind != "footnote"
            is_note = passage.kind == "footnote"
            usual = footnote_anchor(passage.variant) if is_note else f"{section}-{count}"
            anchor = passage.label or _unique(usual, taken)
        taken.add(anchor)
        result.append(anchor)
    return result


def footnote_anchor(name: str, of: str = "note") -> str:
    """Return the anchor of a footnote, or of its mark in the text if `of` is "mark"."""
    return f"{of}-{_slug(name)}"


def words(passage: Passage) -> str:
    """Return a passage on one line, with inline code and TeX, for a title or table of contents."""
    parts = [
        child.meta["text"] if child.type == "myst_role" else child.content or " "
        for token in passage.tokens
        for _, child in lines_of(token)
        if child.type in ("text", "code_inline", "math_inline", "myst_role", "softbreak")
    ]
    return _one_line("".join(parts))


def title(passages: Sequence[Passage]) -> Passage:
    """Return the heading that names a chapter, or else its first passage."""
    return next((passage for passage in passages if passage.level == 1), passages[0])


def check_outline(text: Text) -> list[BookError]:
    """Return errors unless a chapter begins with its only title and skips no heading level."""
    passages = split(text)
    level, errors = 0, []
    if passages[0].level != 1:
        message = "a chapter must begin with its title"
        errors.append(text.error(passages[0].line, message, "Write # Title."))
    for heading in (passage for passage in passages if passage.kind == "heading"):
        if heading.level == 1 and heading is not title(passages):
            message = "a chapter can have only one title, found a second heading of level 1"
            errors.append(text.error(heading.line, message, "Write ## for sections."))
        elif heading.level > level + 1:
            message = f"a heading of level {heading.level} after one of level {level}"
            errors.append(text.error(heading.line, message, f"Write {'#' * (level + 1)}."))
        level = heading.level
    return errors


def groups(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Split the tokens where no element is open."""
    group: list[Token] = []
    depth = 0
    for token in tokens:
        group.append(token)
        depth += token.nesting
        if depth == 0:
            yield group
            group = []


def _passage(group: list[Token], lines: list[str]) -> Passage:
    head = group[0]
    contents: dict[str, list[Any]] = defaultdict(list)
    for field, value in _contents(group):
        contents[field].append(value)
    return Passage(
        kind=_KINDS[head.type],
        line=first_line(head),
        source=_source(head, lines),
        tokens=tuple(group),
        cell=head.meta["cell"],
        level=int(head.tag[1]) if head.type == "heading_open" else 0,
        variant=_variant(head),
        label=head.meta.get("label", "") if head.type != "footnote_reference_open" else "",
        size=tuple(_sizes(group)),
        text=_text(group),
        **{field: tuple(values) for field, values in contents.items()},
    )


def _source(head: Token, lines: list[str]) -> str:
    if head.type == "code_cell" or not head.map:
        return head.content
    return "".join(lines[head.map[0] : head.map[1]]).strip()


def _variant(head: Token) -> str:
    named = {"bullet_list_open": "bullet", "ordered_list_open": "ordered"}
    if head.type == "fence":
        return head.info.strip()
    if head.type == "figure_open":
        return str(head.meta["path"])
    if head.type == "footnote_reference_open":
        return str(head.meta["label"])
    return named.get(head.type, str(head.meta.get("variant", "")))


def _contents(tokens: Sequence[Token]) -> Iterator[tuple[str, Any]]:
    """Yield what a passage contains besides words, in order, with the field that it belongs to."""
    for token in tokens:
        if "label" in token.meta and not token.type.startswith("footnote"):
            yield "labels", token.meta["label"]
        if token.type.startswith("math_block"):
            yield "math", _one_line(token.content)
        elif token.type == "fence" and token is not tokens[0]:
            yield "code", token.content
        for child in token.children or ():
            if child.type == "code_inline":
                yield "code", child.content
            elif child.type == "math_inline":
                yield "math", _one_line(child.content)
            elif child.type == "myst_role":
                for target in child.meta["targets"]:
                    yield "references", (child.meta["name"], target)
            elif child.type == "footnote_ref":
                yield "references", ("footnote", child.meta["label"])
            elif child.type == "link_open":
                yield "links", str(child.attrs["href"])


def _text(tokens: Sequence[Token]) -> str:
    """Return the words of a passage, each on its own line of it."""
    first = first_line(tokens[0])
    words: dict[int, str] = defaultdict(str)
    for before, token in pairwise([tokens[0], *tokens]):
        if token.type == "figure_open":
            words[token.meta["alt_line"]] += token.meta["alt"]
        for line, child in lines_of(token):
            if child.type == "text":
                words[line] += child.content
            elif child.type == "myst_role":
                words[line] += child.meta["text"] or ELSE
            elif child.type in ("code_inline", "math_inline", "footnote_ref"):
                words[line] += ELSE
        if token.type == "inline":
            words[token.map[1] if token.map else first] += (
                "|" if before.type in ("th_open", "td_open") else " "
            )
    return "\n".join(words[line] for line in range(first, max(words, default=0) + 1)).rstrip()


def _sizes(tokens: Sequence[Token]) -> Iterator[int]:
    """Yield the lengths of lists, notes and the like, and the shapes of tables, in order."""
    for start, token in enumerate(tokens):
        if token.type not in _SIZED:
            continue
        depth = items = rows = cells = 0
        for inner in tokens[start:]:
            items += inner.nesting >= 0 and depth == 1
            rows += inner.type == "tr_open"
            cells += inner.type in ("th_open", "td_open")
            depth += inner.nesting
            if depth == 0:
                break
        yield from (rows, cells // rows) if token.type == "table_open" else (items,)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def _unique(anchor: str, taken: set[str]) -> str:
    if anchor not in taken:
        return anchor
    return next(name for n in range(2, 10_000) if (name := f"{anchor}-{n}") not in taken)
