"""Texts as the pages need them: split into passages, with anchors and numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from press.book import Book, Key
from press.errors import BookError, BookErrors, flat, raise_all
from press.passages import Passage, anchors, check_outline, split, title, words
from press.syncing import read_synced, stale_anchors
from press.texts import Text


@dataclass(frozen=True)
class Reading:
    """A text and what is derived from it."""

    text: Text
    passages: list[Passage]
    anchors: list[str]
    numbers: dict[str, str]
    footnotes: dict[str, int]
    stale: frozenset[str] = frozenset()
    """The anchors of passages whose English has changed since they were translated."""

    @property
    def title(self) -> str:
        """The title of the chapter in the language of the text."""
        return words(title(self.passages))

    @property
    def description(self) -> str:
        """The sentence that describes the chapter, from its front matter."""
        return self.text.description

    def cell(self, passage: Passage) -> Any:
        """Return the cell that contains a passage."""
        return self.text.notebook.cells[passage.cell]

    def anchor(self, passage: Passage) -> str:
        """Return the anchor of a passage."""
        return self.anchors[self.passages.index(passage)]


def read(
    book: Book,
    texts: Mapping[Key, Text],
    shown: Collection[Key],
) -> dict[Key, Reading]:
    """Read the texts; leave out translations without a page that have errors."""
    needed = {at for at in texts if at in shown or at[0] == book.source}
    split_texts: dict[Key, list[Passage]] = {}
    errors: list[BookError] = []
    for place, text in texts.items():
        try:
            split_texts[place] = split(text)
            check_outline(split_texts[place], text.path)
        except (BookError, BookErrors) as error:
            errors += flat(error) if place in needed else []
    raise_all(errors)
    records = {code: read_synced(book, code) for code in {at[0] for at in texts} - {book.source}}
    readings = {}
    for place, passages in split_texts.items():
        language, slug = place
        source = split_texts.get((book.source, slug), passages)
        if len(source) == len(passages):
            record = records[language].get(slug) if source is not passages else None
            stale = stale_anchors(source, record) if record else frozenset()
            readings[place] = _reading(book, texts[place], passages, anchors(source), stale)
        elif place in needed:
            message = f"{len(passages)} passages, where {book.source} has {len(source)}"
            hint = "Run press check, which names the first that differs."
            errors.append(BookError(message, path=texts[place].path, hint=hint))
    raise_all(errors)
    return readings


def _reading(
    book: Book, text: Text, passages: list[Passage], names: list[str], stale: frozenset[str]
) -> Reading:
    counted = numbers(passages, names, book.number(text.slug))
    return Reading(text, passages, names, counted, footnotes(passages), stale)


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
