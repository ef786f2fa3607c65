"""Finds words that `chapters/terms.toml` lists as wrong, and headings with another one's terms."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from operator import itemgetter
from pathlib import Path

from press.errors import BookError, shown
from press.passages import Passage, split, words as words_of
from press.references import references
from press.terms import Term
from press.texts import Text


def wrong_words(
    terms: Sequence[Term], text: Text, passages: Sequence[Passage]
) -> Iterator[BookError]:
    """Yield an error for each wrong form in the words of a text, including its description."""
    places = [(passage.line, passage.text) for passage in passages]
    places.append((text.description_line, text.description))
    for start, words in places:
        for offset, found, right in wrong_forms(terms, text.language, words):
            line = start + words.count("\n", 0, offset)
            yield _error(text.path, line, text.language, found, right)


def unlike_forms(
    terms: Sequence[Term], text: Text, passages: Sequence[Passage]
) -> Iterator[BookError]:
    """Yield an error for each {term} of a translation whose words are not those of the term.

    This holds in Korean and Japanese, where a word keeps its form and takes others behind it.
    """
    if text.language not in ("ko", "ja"):
        return
    forms = {next(iter(term.forms.values())): term.forms.get(text.language, "") for term in terms}
    for passage in passages:
        for line, role, target, words in references(passage):
            form = forms.get(target, "") if role == "term" else ""
            one, other = ("".join(each.split()).casefold() for each in (words, form))
            if one and one not in other and other not in one:
                message = f"{{term}} shows {words!r} for {target!r}, whose {text.language} term is"
                hint = "Write the term here, or change it in chapters/terms.toml."
                cause = f"{text.language} {form}"
                yield BookError(
                    f"{message} {form!r}", path=text.path, line=line, hint=hint, cause=cause
                )


def wrong_label(
    terms: Sequence[Term], path: Path, line: int, language: str, words: str
) -> Iterator[BookError]:
    """Yield an error for each wrong form in a label of a figure, a title or a definition."""
    for _, found, right in wrong_forms(terms, language, words):
        yield _error(path, line, language, found, right)


def wrong_forms(terms: Sequence[Term], language: str, words: str) -> Iterator[tuple[int, str, str]]:
    """Yield the position of each wrong form, the form as found, and the right one.

    A wrong form inside a longer right one is not wrong there; of wrong forms that overlap, the
    longest counts.
    """
    words = unicodedata.normalize("NFC", words)
    found = [
        (*match.span(), term)
        for term in terms
        for form in term.wrong[language]
        for match in _pattern(form).finditer(words)
    ]
    if not found:
        return
    right_spans = [
        match.span() for term in terms for match in _pattern(term.forms[language]).finditer(words)
    ]
    taken: list[tuple[int, int]] = []
    hits = []
    for start, end, term in sorted(found, key=lambda hit: hit[0] - hit[1]):
        covered = any(left <= start and end <= last for left, last in right_spans + taken)
        if not covered:
            taken.append((start, end))
            hits.append((start, words[start:end], term.forms[language]))
    yield from sorted(hits)


def exchanged_passages(terms: Sequence[Term], source: Text, text: Text) -> Iterator[BookError]:
    """Yield an error for each two passages of a translation that have changed places.

    They have the same formulas, code, links and references, but their terms are rather those of
    the other's source. The passages of the two texts are known to correspond.
    """
    alike: dict[str, list[tuple[Passage, Passage]]] = defaultdict(list)
    for one, other in zip(split(source), split(text), strict=True):
        parts = (one.math, one.code, one.links, one.references)
        alike[repr((one.kind, one.size, [sorted(part) for part in parts]))].append((one, other))
    for pairs in (each for each in alike.values() if len(each) > 1):
        words = [(one.text, other.text) for one, other in pairs]
        least = 1 if pairs[0][0].level else 2
        for first, second in exchanged(terms, words, (source.language, text.language), least):
            (one, other), (_, there) = pairs[first], pairs[second]
            message = f"this {one.kind} and the one in line {there.line} have changed places"
            message += f" ({shown(source.path)}:{one.line})"
            hint = f"Here should be: {one.source.partition(chr(10))[0]}"
            yield BookError(message, path=text.path, line=other.line, hint=hint)


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


def misplaced_headings(
    sources: Mapping[str, Sequence[Passage]], translations: Mapping[str, Text]
) -> Iterator[BookError]:
    """Yield an error for each heading with another translation than in the other chapters.

    Chapters are given by slug, those of a language that correspond to their sources. If two others
    agree on what a title such as "Summary" is in the language, and this chapter has that elsewhere,
    two headings have changed places.
    """
    found = {
        slug: [
            (words_of(one), words_of(other), other.line)
            for one, other in zip(sources[slug], split(text), strict=True)
            if one.level
        ]
        for slug, text in translations.items()
    }
    for slug, headings in found.items():
        others = [each for other, several in found.items() if other != slug for each in several]
        for english, translated, line in headings:
            usual = Counter(each[1] for each in others if each[0] == english)
            right, times = max(usual.items(), key=itemgetter(1), default=("", 0))
            twins = [each[2] for each in headings if each[1] == right]
            if translated not in usual and times > 1 and twins:
                message = f"this heading and the one in line {twins[0]} have changed places"
                hint = f"In other chapters {english!r} is {right!r}."
                cause = f"headings of {translations[slug].name}"
                path = translations[slug].path
                yield BookError(message, path=path, line=line, hint=hint, cause=cause)


def _terms_in(terms: Sequence[Term], language: str, words: str) -> set[int]:
    patterns = (_pattern(term.forms[language]) for term in terms)
    return {n for n, pattern in enumerate(patterns) if pattern.search(words)}


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """Match a form: a Latin one as a whole word in any case and number; a space is any space."""
    form = unicodedata.normalize("NFC", form)
    pattern = r"\s+".join(re.escape(part) for part in form.split())
    if form[0].isascii() and form[0].isalnum():
        pattern = f"(?<![A-Za-z0-9]){pattern}"
    if form[-1].isascii() and form[-1].isalnum():
        pattern += "(?:e?s)?(?![A-Za-z0-9])"
    return re.compile(pattern, re.IGNORECASE)


def _error(path: Path, line: int, language: str, found: str, right: str) -> BookError:
    shown = " ".join(found.split())
    message = f"{shown!r} is not the {language} term, write {right!r}"
    return BookError(message, path=path, line=line, hint="See chapters/terms.toml.")
