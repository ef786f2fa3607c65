"""Texts as the pages need them: split into passages, with anchors and numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from press.book import Book, Key
from press.errors import BookError, noted, raise_all
from press.passages import Passage, anchors, check_outline, split, title, words
from press.syncing import Record, read_synced, stale_anchors
from press.texts import Text


@dataclass(frozen=True)
class Reading:
    """A text and what is derived from it."""

    text: Text
    passages: Sequence[Passage]
    anchors: list[str]
    numbers: dict[str, str]
    footnotes: dict[str, int]
    stale: frozenset[str] = frozenset()
    """The anchors of passages whose English has changed since they were translated."""

    @property
    def title(self) -> str:
        """The title of the chapter in the language of the text."""
        return words(title(self.passages))

    def cell(self, passage: Passage) -> Any:
        """Return the cell that contains a passage."""
        return self.text.notebook.cells[passage.cell]

    def anchor(self, passage: Passage) -> str:
        """Return the anchor of a passage."""
        return self.anchors[self.passages.index(passage)]


def read(book: Book, texts: Mapping[Key, Text], shown: Collection[Key]) -> dict[Key, Reading]:
    """Read the texts, the source first; leave out translations without a page that have errors."""
    needed = {key for key in texts if key in shown or key[0] == book.source}
    records = {code: read_synced(book, code) for code in {key[0] for key in texts} - {book.source}}
    readings: dict[Key, Reading] = {}
    errors: list[BookError] = []
    for (language, slug), text in texts.items():
        source = readings.get((book.source, slug))
        record = records.get(language, {}).get(slug, {})
        with noted(errors if (language, slug) in needed else []):
            readings[language, slug] = _reading(text, book.number(slug), source, record)
    raise_all(errors)
    return readings


def _reading(text: Text, chapter: int, source: Reading | None, record: Record) -> Reading:
    """Read a text, with the reading of its source if it is a translation."""
    raise_all(check_outline(text))
    passages = split(text)
    if source and (wanted := len(source.passages)) != len(passages):
        message = f"{len(passages)} passages, where {source.text.language} has {wanted}"
        hint = "Run press check, which names the first that differs."
        raise BookError(message, path=text.path, hint=hint)
    names = source.anchors if source else anchors(passages)
    return Reading(
        text,
        passages,
        names,
        numbers(passages, names, chapter),
        footnotes(passages),
        stale_anchors(source.passages, record) if source and record else frozenset(),
    )


def numbers(
    passages: Sequence[Passage], anchors: Sequence[str], chapter: int | None
) -> dict[str, str]:
    """Return the numbers of a chapter's figures and of its labeled tables and equations.

    They are numbered by chapter (`2.1` in the second), and returned by anchor.
    """
    counts = {"figure": 0, "table": 0, "equation": 0}
    found = {}

    def count(kind: str, anchor: str) -> None:
        counts[kind] += 1
        found[anchor] = f"{chapter}.{counts[kind]}" if chapter else str(counts[kind])

    for passage, anchor in zip(passages, anchors, strict=True):
        if passage.kind == "figure" or (passage.kind == "table" and passage.label):
            count(passage.kind, anchor)
        for token in passage.tokens:
            if token.type == "math_block_label":
                count("equation", token.meta["label"])
    return found


def footnotes(passages: Iterable[Passage]) -> dict[str, int]:
    """Return the numbers of a text's footnotes, by name, in the order of their marks."""
    calls = (name for p in passages for role, name in p.references if role == "footnote")
    return {name: number for number, name in enumerate(dict.fromkeys(calls), 1)}
