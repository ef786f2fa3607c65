"""Finds what has changed places in a translation, by its terms: passages, headings, definitions."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from press.alignment import Pair
from press.errors import BookError
from press.figure_files import Label
from press.glossary import pattern
from press.passages import Passage, split, words
from press.terms import Term
from press.texts import Text

_WORD = re.compile(r"[a-z]{3,}|\d+")


def exchanged_passages(
    terms: Sequence[Term], headings: Sequence[Term], source: Text, text: Text
) -> Iterator[BookError]:
    """Yield an error for each two passages of a translation that have changed places.

    They have the same formulas, code, links and references, but their terms are rather those of
    the other's source. The passages of the two texts are known to correspond. `headings` are terms
    of headings alone.
    """
    alike: dict[str, list[Pair]] = defaultdict(list)
    for one, other in zip(split(source), split(text), strict=True):
        parts = [sorted(part) for part in (one.math, one.code, one.links, one.references)]
        alike[repr((one.kind, one.size, parts))].append(Pair(source, one, text, other))
    for pairs in (each for each in alike.values() if len(each) > 1):
        is_heading = bool(pairs[0].source.level)
        known, least = ([*terms, *headings], 1) if is_heading else (terms, 2)
        prose = [(pair.source.text, pair.translated.text) for pair in pairs]
        for first, second in exchanged(known, prose, pairs[0].languages, least):
            pair, line = pairs[first], pairs[second].translated.line
            message = f"this {pair.source.kind} and the one in line {line} have changed places"
            yield pair.error(message, f"Here should be: {pair.source.start}")


def exchanged(
    terms: Sequence[Term],
    pairs: Sequence[tuple[str, str]],
    languages: tuple[str, str],
    least: int = 2,
) -> Iterator[tuple[int, int]]:
    """Yield the positions of each two pairs of words whose translations have changed places.

    Each has rather the terms of the other's source, which has at least so many: a translation may
    well repeat a noun where the source has a pronoun.
    """
    found = [
        [_terms_in(terms, *each) for each in zip(languages, pair, strict=True)] for pair in pairs
    ]
    for first, second in combinations(range(len(pairs)), 2):
        (mine, translated), (theirs, other) = found[first], found[second]
        own = len(mine ^ translated) + len(theirs ^ other)
        if len(mine ^ other) + len(theirs ^ translated) <= own - 2 * least:
            yield first, second


def exchanged_pictures(
    figures: Sequence[tuple[Text, Passage, Iterable[Label]]],
) -> Iterator[BookError]:
    """Yield an error for each two figures whose labels the other's description and caption have."""
    shown = [" ".join(label.words for label in labels) for *_, labels in figures]
    pairs = [(figure.text, labels) for (_, figure, _), labels in zip(figures, shown, strict=True)]
    terms = [Term({"en": word}, {}, {}, 0) for word in {*_WORD.findall(" ".join(shown).lower())}]
    for first, second in exchanged(terms, pairs, ("en", "en"), least=3):
        (text, figure, _), (_, other, _) = figures[first], figures[second]
        message = f"{figure.variant} and {other.variant} show what is described of each other"
        hint = "Exchange the two pictures, or describe each in the words of its labels."
        yield text.error(figure.line, message, hint)


def common_headings(chapters: Iterable[tuple[Text, Text]]) -> list[Term]:
    """Return as terms the headings that chapters translate alike, such as "Summary".

    Chapters are given by source and translation, which are known to correspond.
    """
    found = Counter(
        ((source.language, words(one)), (text.language, words(other)))
        for source, text in chapters
        for one, other in zip(split(source), split(text), strict=True)
        if one.level
    )
    usual = [dict(forms) for forms, times in found.items() if times > 1]
    return [Term(forms, {}, {}, 0) for forms in usual if all(forms.values())]


def _terms_in(terms: Sequence[Term], language: str, words: str) -> set[int]:
    patterns = (pattern(term.forms[language]) for term in terms)
    return {n for n, each in enumerate(patterns) if each.search(words)}
