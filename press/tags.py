"""The tags of code cells: which there are, what they mean, and which cells have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LANGUAGE, STDERR = "language", "stderr"
TIMED = "measures-time"
EXERCISE, CHECK, SOLUTION = "exercise", "check", "solution"
TAGS: Mapping[str, str] = {
    LANGUAGE: "its output is in the language of the page",
    STDERR: "it may write to stderr",
    TIMED: "its result depends on the machine, which the page says where it runs live",
    EXERCISE: "where the reader works",
    CHECK: "it checks an answer, and speaks the language of the page",
    SOLUTION: "part of the solution of an exercise",
}
_PARTS = (SOLUTION, EXERCISE, CHECK)


def tags(cell: Any) -> Sequence[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", ())


def part(cell: Any) -> str:
    """Return a cell's role in an exercise, such as "exercise" or "solution check", if any."""
    return " ".join(tag for tag in _PARTS if tag in tags(cell))


def speaks(cell: Any) -> bool:
    """Tell whether the output of a cell depends on the language of the page."""
    return LANGUAGE in tags(cell) or CHECK in tags(cell)
