"""Finds which passage of a translation renders which passage of the source.

It looks for the cheapest way to turn one sequence into the other: passages of one kind with the
same labels, formulas and code belong together, and for plain paragraphs the lengths decide. So a
missing passage shows as one gap, and everything after it still finds its counterpart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from press.errors import BookError
from press.passages import Passage
from press.paths import shown
from press.texts import Text

_GAP = 1.0  # a passage without a counterpart
_OTHER_KIND = 1.6  # two of different kinds: cheaper than two gaps, more expensive than one
_OTHER_LABEL = 0.7
_OTHER_CONTENT = 0.25  # for each of: references, math, code, links, size, variant
_LENGTH = 0.3  # for a factor of e in length, and at most


@dataclass(frozen=True)
class Pair:
    """A passage of the source and the passage that translates it."""

    source_text: Text
    source: Passage
    text: Text
    translated: Passage

    @property
    def languages(self) -> tuple[str, str]:
        """The language of the source and that of the translation."""
        return self.source_text.language, self.text.language

    def error(
        self, message: str, hint: str = "", *, line: int = 0, source_line: int = 0
    ) -> BookError:
        """Return an error at the translation that names the place in the source."""
        place = f"{shown(self.source_text.path)}:{source_line or self.source.line}"
        return self.text.error(line or self.translated.line, f"{message} ({place})", hint)


def align(
    source: Sequence[Passage], translated: Sequence[Passage]
) -> Iterator[tuple[Passage | None, Passage | None]]:
    """Yield the passages in pairs, in order; None stands for a missing counterpart."""
    ratio = letters(translated) / max(letters(source), 1)
    if len(source) == len(translated):
        pairs = list(zip(source, translated, strict=True))
        if all(_cost(one, other, ratio) <= _LENGTH for one, other in pairs):
            yield from pairs  # the usual case: nothing could be cheaper
            return
    costs = [[_GAP * column for column in range(len(translated) + 1)]]
    for row, passage in enumerate(source, 1):
        above, line = costs[-1], [_GAP * row]
        for column, other in enumerate(translated, 1):
            together = above[column - 1] + _cost(passage, other, ratio)
            line.append(min(together, above[column] + _GAP, line[-1] + _GAP))
        costs.append(line)
    yield from reversed(list(_backwards(costs, source, translated)))


def _backwards(
    costs: list[list[float]], source: Sequence[Passage], translated: Sequence[Passage]
) -> Iterator[tuple[Passage | None, Passage | None]]:
    """Walk the table of costs from its end along the cheapest path."""
    row, column = len(source), len(translated)
    while row or column:
        cost = costs[row][column]
        if row and cost == costs[row - 1][column] + _GAP:
            row -= 1
            yield source[row], None
        elif column and cost == costs[row][column - 1] + _GAP:
            column -= 1
            yield None, translated[column]
        else:
            row, column = row - 1, column - 1
            yield source[row], translated[column]


def _cost(one: Passage, other: Passage, ratio: float) -> float:
    """Return how unlikely it is that `other` renders `one`."""
    if (one.kind, one.level) != (other.kind, other.level):
        return _OTHER_KIND
    if one.label and one.label == other.label:
        return 0.0
    features = (
        (sorted(one.references), sorted(other.references)),
        (sorted(one.math), sorted(other.math)),
        (sorted(one.code), sorted(other.code)),
        (sorted(one.links), sorted(other.links)),
        (one.size, other.size),
        (one.variant, other.variant),
    )
    cost = _OTHER_CONTENT * sum(left != right for left, right in features)
    cost += _OTHER_LABEL * (one.label != other.label)
    expected = (len(one.text) or len(one.source)) * (ratio if one.text else 1) + 10
    found = (len(other.text) or len(other.source)) + 10  # short passages vary more: soften
    return cost + min(_LENGTH, _LENGTH * abs(math.log(found / expected)))


def letters(passages: Sequence[Passage]) -> int:
    """Return the length of the words of passages."""
    return sum(len(passage.text) for passage in passages)
