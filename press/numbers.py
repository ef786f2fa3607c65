"""Compares numbers: those of a translation with its source, those of the prose with the cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from press.errors import BookError
from press.outputs import printed
from press.passages import Passage
from press.texts import Text

_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_LARGE = re.compile(r"\d\s*(?:[만억조천백万億兆千百]|hundred|thousand|[mb]illion)")
_NO_RESULT = re.compile(
    r"\b(?:1[89]|20)\d\d\b|(?:\b[A-Z]\w*|\bversion) \d+\.\d+"
)  # years, versions
_PROSE = ("paragraph", "list", "note", "hint", "solution")


def numbers(words: str) -> list[str]:
    """Return the numbers in words, without the commas between thousands."""
    return [number.replace(",", "") for number in _NUMBER.findall(words)]


def unlike_numbers(source: str, translated: str) -> str:
    """Return how the numbers in two prose texts differ, if they do.

    One-digit numbers may be written as words, and each language may repeat a number as often as it
    likes.
    """
    wanted, found = set(numbers(source)), set(numbers(translated))
    absent, surplus = sorted(wanted - found), sorted(found - wanted)
    is_spelled = not surplus and all(len(number) == 1 for number in absent)
    if not absent or is_spelled or _LARGE.search(source + translated):
        return ""
    long = [number for number in surplus if len(number) > 1]
    parts = [f"the number {', '.join(absent)} is missing"]
    if surplus:
        parts.append(f"the number {', '.join(long or surplus)} is not in the source")
    return "; ".join(parts)


def unprinted(passages: Sequence[Passage], text: Text) -> Iterator[BookError]:
    """Yield an error for each number in the prose of an executed text that no cell nearby has.

    A number of two digits or more must be in a cell, its output, a formula or inline code of the
    same section, unless it is a year or the version of a program.
    """
    section: list[Passage] = []
    for passage in [*passages, None]:
        if passage and not 0 < passage.level <= 2:
            section.append(passage)
            continue
        known = {number for each in section for number in numbers(_shown(each, text))}
        for each in section:
            words = _NO_RESULT.sub(lambda match: "x" * len(match[0]), each.text)
            for match in _NUMBER.finditer(words if each.kind in _PROSE else ""):
                if len(match[0]) > 1 and match[0].replace(",", "") not in known:
                    message = f"the number {match[0]} is in no cell of the section, nor its output"
                    hint = "Correct it, or let a cell print it. If it is no result, write it in"
                    hint += f" words or as a formula: ${match[0]}$."
                    line = each.line_at(match.start())
                    yield BookError(message, path=text.path, line=line, hint=hint)
        section = []


def _shown(passage: Passage, text: Text) -> str:
    """Return what a passage has besides prose: formulas and code, with its output."""
    parts = [*passage.math, *passage.code, passage.program or ""]
    if passage.kind == "code":
        parts.append(printed(text.notebook.cells[passage.cell]))
    return "\n".join(parts)
