"""Alignment: gaps are found where they are, and everything else meets its sister."""

from __future__ import annotations

from hypothesis import given, strategies as st

from press.alignment import align
from press.passages import Passage

KINDS = ("paragraph", "heading", "code", "list", "figure")


def passage(kind, *, words="some words", label="", math=()):
    level = 2 if kind == "heading" else 0
    return Passage(
        kind=kind, line=1, source=words, tokens=(), cell=0, level=level, label=label, math=math,
        text=words,
    )  # fmt: skip


@st.composite
def chapters(draw, smallest=1):
    """A chapter whose passages differ in kind, length or formulas from the next ones."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=smallest, max_size=25))
    return [
        passage(kind, words="x" * (20 + 400 * (number % 3)), math=(f"x_{number}",))
        for number, kind in enumerate(kinds)
    ]


@given(chapters())
def test_equal_chapters_meet_passage_by_passage(chapter):
    assert list(align(chapter, chapter)) == [(one, one) for one in chapter]


@given(chapters(smallest=8), st.data())
def test_missing_passages_are_the_gaps(chapter, data):
    missing = data.draw(st.sets(st.integers(0, len(chapter) - 1), max_size=len(chapter) // 4))
    translated = [one for number, one in enumerate(chapter) if number not in missing]
    expected = [(one, None if number in missing else one) for number, one in enumerate(chapter)]
    assert list(align(chapter, translated)) == expected
    turned = [(one, other) for other, one in expected]
    assert list(align(translated, chapter)) == turned


@given(chapters(), chapters())
def test_alignment_keeps_every_passage_once_and_in_order(one, other):
    pairs = list(align(one, other))
    assert [left for left, _ in pairs if left is not None] == one
    assert [right for _, right in pairs if right is not None] == other
    assert (None, None) not in pairs


def test_among_plain_paragraphs_the_lengths_decide():
    source = [passage("paragraph", words="x" * size) for size in (300, 40, 500, 120)]
    translated = [passage("paragraph", words="가" * size) for size in (150, 255, 61)]
    pairs = [
        (one and len(one.text), other and len(other.text))
        for one, other in align(source, translated)
    ]
    assert pairs == [(300, 150), (40, None), (500, 255), (120, 61)]


def test_a_passage_of_another_kind_is_one_difference():
    source = [passage("paragraph"), passage("list"), passage("code")]
    translated = [passage("paragraph"), passage("quote"), passage("code")]
    assert list(align(source, translated)) == list(zip(source, translated, strict=True))
