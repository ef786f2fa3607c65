"""Finds what looks like markup but marks nothing: unpaired marks, and those of other dialects.

Readers would see it as it stands in the Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count, groupby, pairwise

from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from press.errors import Fault
from press.tokens import first_line, lines_of

_MARKS = (  # what would be shown literally: unpaired marks, and those of other dialects
    (r"\*+", "Close it, as in **층**(layer) with no parentheses inside, or write \\*."),
    (r"`+", "Close it, as in `code`, or write \\`."),
    (r"\$+", "Close it, as in $x$ or with $$ or $$ (eq-name) on a separate line, or write \\$."),
    (
        r"\{?(?:ref|numref|eq|term|cite)\}",
        "Write its target right after it, as in {ref}`name`, or write \\{.",
    ),
    (
        r"(?<!\w):[a-z]+:$|(?<=\s):[a-z][a-z_-]*:(?![\w:])",
        "Write a role as {ref}`name`, an emoji as itself.",
    ),
    (r"\][\[(]|\]\s*[(（]\s*https?:", "Write a link as [words](https://…), or write \\]."),
    (r"\[\[|\]\]", "Refer to it by {ref}`name`, or write \\[."),
    (r"\[!\w+\]", "Write a note as :::{note} … :::."),
    (r"^\[[ xX]?\](?=\s)", "Lists have no check boxes: remove it."),
    (r"(?:https?|ftp|file)://|\bwww\.", "Write a link as [words](https://…), or <https://…>."),
    (r"[A-Za-z0-9]_+[A-Za-z0-9]", "Put code in backticks, or write \\_."),
    (r"~~", "Remove what is not meant, or write \\~."),
    (r"\\[a-z]+\{", "Write a formula as $x$ or $$ … $$, a reference as {ref}`name`."),
    (r"\\[A-Za-z]+", "Write code as `\\n`, a formula as $x$, or write \\\\."),
    (r"(?<!\[)\^", "Write a power as $x^2$, a footnote as [^name], or write \\^."),
    (r"(?<!=)==(?!=)", "Write code as `a == b`, stress words as *words*, or write \\=."),
    (r"(?<![\w.])@[A-Za-z]", "Refer to it by {ref}`name`, cite by {cite}`key`, or write \\@."),
    (r"[Ａ-Ｚａ-ｚ０-９＃＄＊＠＼＾＿｀｛｝]+", "Write letters, digits and marks in half width."),
    (r"\b(?:TODO|FIXME|XXX)\b", "Do it, or write it as a remark to other authors: % …."),
    (r"\{\{|\{%|[{}]", "Write code as `{x}`, a formula as $x$, or write \\{ and \\}."),
)
_BEGINNINGS = (  # of lines that look like a block but are not
    (r"#+", "# does not begin a heading", "Write up to six, a space and words; or write \\#."),
    (r"=+\s*$", "= does not make a heading", "Write # or ## before the words of a heading."),
    (r"\|", "| does not begin a table", "Write | --- | for each column below the head, or \\|."),
    (
        r"[•‣◦▪●・·–—-](?:[^\W\d_]|\xa0)|[•‣◦▪●–—]\s",
        "the mark at the beginning of the line does not begin a list",
        "Write - and a space before each item.",
    ),
    (
        r"\d{1,3}[.)](?:\s|[^\W\d_a-z])",
        "the number at the beginning of the line does not begin a list",
        "Write a space after its period, and leave an empty line above the list.",
    ),
    (
        r"[(（][\w-]+[)）](?:\s*[=＝:：]?\s*$|[=＝])",
        "the name in parentheses is not a label",
        "Write (name)= before what it names, with an empty line above it.",
    ),
    (
        r"\[[^]]+\]:(?:\s|$)",
        "the name in brackets defines nothing",
        "Write a link as [words](https://…), a footnote as a paragraph [^name]: ….",
    ),
    (
        r":[\w-]+:(?:\s|$)",
        "the option at the beginning of the line belongs to nothing",
        "Write it in the line below the one that begins a cell or a figure.",
    ),
    (
        r"\.\. [\w-]+::|[!?]{3} ?\w",
        "a directive of another dialect",
        "Write a note as :::{note} … :::, a figure as ```{figure} … ```.",
    ),
    (r"\\\[", "\\[ does not begin a formula", "Write a displayed formula as $$ … $$."),
)
_SIGNS = re.compile(r"[][*`$}{:_~\\^=@＃＄＊０-９＠-｝]|www|TODO|FIXME|XXX")  # every mark has one
_INSIDE = re.compile(r"[ >]*(?:(?:[-*+]|\d+[.)]) +)*")  # what is before a block in a quote or list
_SEARCHES = [(re.compile(mark).search, hint) for mark, hint in _MARKS]
_MATCHES = [(re.compile(start).match, fault, hint) for start, fault, hint in _BEGINNINGS]


def beginnings(paragraph: Token) -> Iterator[Fault]:
    """Yield lines of a paragraph that look like another block."""
    for matches, fault, hint in _MATCHES:
        for line, text in enumerate(paragraph.content.splitlines(), first_line(paragraph)):
            if matches(text):
                yield Fault(line, fault, hint)
                break  # the lines that follow look the same for the same reason


def misleading(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Fault]:
    """Yield what the page shows otherwise than it stands in the lines of a block's Markdown."""
    for place, token in enumerate(tokens):
        if token.type == "paragraph_open" and token.level and token.map:
            first, after = token.map
            strays = (n for n in range(first + 1, after) if lines[n][:1] not in " \t>")
            if (stray := next(strays, None)) is not None:
                message = "this line belongs to the list, quote or footnote above it"
                hint = "Indent it, or leave an empty line above it."
                yield Fault(stray + 1, message, hint)
        if token.type == "ordered_list_open":
            own = [each for each in tokens[place:] if each.type == "list_item_open"]
            level = [each for each in own if each.level == token.level + 1]
            yield from _misnumbered([each for each in level if _within(each, token)])
    yield from _glued(tokens)
    yield from _uneven(tokens, lines)


def _glued(tokens: Sequence[Token]) -> Iterator[Fault]:
    """Yield each list that begins because its mark differs from that of the item above it."""
    for before, token in pairwise(tokens):
        kind = token.type.removesuffix("_open")
        if token.type.endswith("_list_open") and before.type == f"{kind}_close":
            message = "a second list right after a list, because its mark is different"
            hint = "Start all items with the same mark: - or 1."
            yield Fault(first_line(token), message, hint)


def _uneven(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Fault]:
    """Yield each row of a table with more or fewer columns than its head."""
    wanted = 0
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            columns = _columns(lines[first_line(token) - 1])
            wanted = columns if before.type == "thead_open" else wanted
            if columns != wanted:
                message = f"a row of {columns} columns in a table with {wanted}"
                yield Fault(first_line(token), message, "Inside a column, write | as \\|.")


def _columns(row: str) -> int:
    cells = escapedSplit(_INSIDE.sub("", row).strip())
    return len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")


def _misnumbered(items: Sequence[Token]) -> Iterator[Fault]:
    """Yield the first item of a list whose number is not the one that the page gives it."""
    numbers = [int(item.info) for item in items]
    if len(set(numbers)) < 2:
        return
    for item, found, shown in zip(items, numbers, count(numbers[0])):
        if found != shown:
            hint = "Number the items in a row, or give all of them the first number."
            message = f"the item {found}. will be shown as {shown}."
            yield Fault(first_line(item), message, hint)
            return


def _within(token: Token, outer: Token) -> bool:
    one, other = token.map or (0, 0), outer.map or (0, 0)
    return other[0] <= one[0] and one[1] <= other[1]


def marks(inline: Token) -> Iterator[Fault]:
    """Yield each mark that marks nothing."""
    told: list[str] = []
    for is_text, run in groupby(_unlinked(inline), lambda each: _is_text(each[1])):
        pieces = list(run) if is_text else []
        words = "".join(child.content for _, child in pieces)
        searches = _SEARCHES if _SIGNS.search(words) else ()  # saves most runs 20 of them
        found = ((search(words), hint) for search, hint in searches)
        for mark, hint in [(match[0], hint) for match, hint in found if match][:1]:
            goes_on = (mark[0] in "\\^" and "$$" in told) or (mark in "{}" and told)
            if mark not in told and not goes_on:  # the reported line continues here
                yield Fault(pieces[0][0], f"'{mark}' marks nothing here", hint)
            told.append(mark)


def _unlinked(inline: Token) -> Iterator[tuple[int, Token]]:
    """Yield the parts of an inline token as `lines_of` does, without the text of links."""
    depth = 0
    for line, child in lines_of(inline):
        depth += child.nesting if child.type.startswith("link") else 0
        if not depth:
            yield line, child


def _is_text(token: Token) -> bool:
    """Tell whether a part of a line is text, or a backslash that escapes nothing."""
    return token.type == "text" or token.content == token.markup != ""
