"""Finds words that `chapters/terms.toml` lists as wrong, and references to terms in other words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from press.errors import BookError, Fault
from press.passages import split
from press.references import references
from press.terms import Term
from press.texts import Text
from press.tokens import lines_of

_GIVEN = re.compile(r"[(（](?![A-Z]\w*[A-Z])([A-Za-z][A-Za-z -]*)[)）]")  # no name: (MLP), (ReLU)
USE_TERM = "Write the term here, or change it in chapters/terms.toml."
_GLOSS = re.compile(rf"[가-힣ぁ-ヿ一-鿿]{_GIVEN.pattern}")


def wrong_words(terms: Sequence[Term], language: str, words: str) -> Iterator[Fault]:
    """Yield each wrong form in words of a language, with the term that is right."""
    for place, found, right in wrong_forms(terms, language, words):
        message = f"{' '.join(found.split())!r} is not the {language} term, write {right!r}"
        hint = "See chapters/terms.toml. If it is part of another word, list that there: "
        yield Fault(place, message, f"{hint}other.{language} = […]")


def unlike_forms(terms: Sequence[Term], text: Text) -> Iterator[BookError]:
    """Yield an error for each {term} of a translation whose words are not those of the term."""
    for line, role, target, words in (each for p in split(text) for each in references(p)):
        if role == "term" and (fault := unlike_term(terms, text.language, target, words)):
            cause = f"{text.language} {target}"
            yield text.error(line, f"{{term}} shows {fault}", USE_TERM, cause=cause)


def unlike_term(terms: Sequence[Term], language: str, source: str, words: str) -> str:
    """Return how words for a term of the source are not that term, if they are not.

    This holds in Korean and Japanese, where a word keeps its form and takes others behind it.
    """
    forms = _forms(tuple(terms), language) if language in ("ko", "ja") else {}
    form = forms.get(_singular(source), "")
    one, other = ("".join(each.split()).casefold() for each in (words, form))
    if one in other or other in one:
        return ""
    return f"{words!r} for {source!r}, whose {language} term is {form!r}"


def unlike_english(terms: Sequence[Term], text: Text) -> Iterator[BookError]:
    """Yield an error for each term with other English in parentheses than its own, and the reverse.

    In Korean and Japanese, the English for a term is not after another word either.
    """
    told = set()
    forms = _forms(tuple(terms), text.language)
    for token in (token for passage in split(text) for token in passage.tokens):
        for (line, child), (_, after) in pairwise(lines_of(token)):
            given = _GIVEN.match(after.content)
            if child.meta.get("name") == "term" and given:
                (term,) = child.meta["targets"]
                if term.casefold() not in given[1].casefold():
                    message = f"{given[1]!r} in parentheses after the term {term!r}"
                    yield text.error(line, message, f"Give its English: {term}.")
                    told.add(line)
    for passage in split(text) if text.language in ("ko", "ja") else ():
        for given in _GLOSS.finditer(passage.text):
            form = forms.get(_singular(given[1]), "")
            before = " ".join(passage.text[: given.start() + 1].split())
            line = passage.line_at(given.start())
            if not before.removesuffix("들").endswith(form) and line not in told:
                message = f"{given[1]!r} in parentheses after another word than {form!r}"
                yield text.error(line, message, f"Write {form}, or the English for that word.")


@cache
def _forms(terms: tuple[Term, ...], language: str) -> Mapping[str, str]:
    """Return the terms of a language by their English."""
    return {_singular(term.name): term.forms[language] for term in terms}


def _singular(term: str) -> str:
    return term.casefold().removesuffix("s")


def wrong_forms(terms: Sequence[Term], language: str, words: str) -> Iterator[tuple[int, str, str]]:
    """Yield the position of each wrong form, the form as found, and the right one.

    A wrong form inside a longer right one, or inside another word, is not wrong there; of wrong
    forms that overlap, the longest counts.
    """
    words = unicodedata.normalize("NFC", words)
    if not _any_wrong(tuple(terms), language).search(words):
        return
    found = [
        (*match.span(), term)
        for term in terms
        for form in term.wrong[language]
        for match in pattern(form).finditer(words)
    ]
    right_spans = [
        match.span()
        for term in terms
        for form in (term.forms[language], *term.other.get(language, ()))
        for match in pattern(form).finditer(words)
    ]
    taken: list[tuple[int, int]] = []
    hits = []
    for start, end, term in sorted(found, key=lambda hit: hit[0] - hit[1]):
        covered = any(left <= start and end <= last for left, last in right_spans + taken)
        if not covered:
            taken.append((start, end))
            hits.append((start, words[start:end], term.forms[language]))
    yield from sorted(hits)


@cache
def _any_wrong(terms: tuple[Term, ...], language: str) -> re.Pattern[str]:
    """Match a wrong form of any term; one search takes a fifth of the time of a hundred."""
    forms = [pattern(form).pattern for term in terms for form in term.wrong[language]]
    return re.compile("|".join(forms) or "(?!)", re.IGNORECASE)


@cache
def pattern(form: str) -> re.Pattern[str]:
    """Match a form: a Latin one as a whole word in any case and number; a space is any space."""
    form = unicodedata.normalize("NFC", form)
    words = r"\s+".join(re.escape(part) for part in form.split())
    if form[0].isascii() and form[0].isalnum():
        words = f"(?<![A-Za-z0-9]){words}"
    if form[-1].isascii() and form[-1].isalnum():
        words += "(?:e?s)?(?![A-Za-z0-9])"
    has_case = form.lower() != form.upper()  # where it has none, the search is faster without
    return re.compile(words, re.IGNORECASE if has_case else 0)
