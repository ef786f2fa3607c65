"""Checks words outside of passages: descriptions, titles, terms, definitions, labels, interface."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from press.book import Book
from press.characters import read_utf8
from press.errors import BookError, Fault
from press.exchanges import exchanged
from press.figure_files import Label, untranslated
from press.glossary import USE_TERM, unlike_term, wrong_words
from press.interface import FOLDER
from press.numbers import unlike_numbers
from press.opposites import unlike_sense
from press.paths import BOOK_FILE, shown
from press.prose import FINISH, cut, foreign, foreign_letters, is_prose
from press.style import NAMES, breaches, unlike_style
from press.tables import Table, read_table
from press.terms import TERMS_FILE, Term
from press.texts import Text
from press.works import WORKS_FILE

_MARKUP = re.compile(r"[`*$]|\{\w+\}|\]\(")
_POLITE = re.compile("(?<![아지])니다|(?:です|ます)(?=。)")
_SAME = "Say the same in every language; if it is the same, use other words."


@dataclass(frozen=True)
class Wording:
    """Words in one language, and what they are in the source language."""

    path: Path
    line: int
    language: str
    words: str
    source: str
    name: str
    """What messages call them."""

    def error(self, message: str, hint: str = "") -> BookError:
        """Return an error where the words are."""
        return BookError(message, path=self.path, line=self.line, hint=hint)


def check_wordings(book: Book) -> Iterator[BookError]:
    """Yield the errors in titles, terms, definitions and words of the interface."""
    table = read_table(book.root / TERMS_FILE)
    glossary = [(term, table.inner(term.name, term.line, {})) for term in book.terms]
    definitions = list(_definitions(glossary, book.source))
    for wording in (*_titles(book), *_terms(glossary), *definitions):
        yield from _faults(book, wording)
        yield from _marked(wording)
    for term, entry in glossary:
        for code, reading in term.readings.items():
            if unlike := unlike_sense(term.name, reading, (book.source, code)):
                yield entry.error(f"reading.{code}", f"the reading {reading!r}: {unlike}")
    for wording in definitions:
        if end := cut(wording.words):
            yield wording.error(f"the definition ends in the middle: {end}", FINISH)
        if polite := _POLITE.search(wording.words):
            yield wording.error(f"{polite[0]!r} in a definition", "End it with a noun or plainly.")
    yield from _interface(book)
    for work in book.works:
        for words in (*work.authors, work.title, work.published):
            for fault in breaches(NAMES, words):
                yield fault._replace(place=work.line).in_file(book.root / WORKS_FILE)
    for group, code in product((definitions, list(_titles(book))), list(book.languages)[1:]):
        own = [each for each in group if each.language == code]
        pairs = [(each.source, each.words) for each in own]
        for one, other in exchanged(book.terms, pairs, (book.source, code), least=1):
            message = f"it and the one in line {own[other].line} have changed places"
            yield own[one].error(f"{own[one].name}: {message}", _SAME)


def check_description(book: Book, source: Text, text: Text) -> Iterator[BookError]:
    """Yield the errors in the description of a text; `source` is the text that it translates."""
    words, line = " ".join(text.description.split()), text.description_line
    if not words:
        hint = "Add a sentence that says what the chapter is about: description: …"
        yield text.error(1, "the front matter has no description", hint)
        return
    if text != source and is_prose(words) and words == " ".join(source.description.split()):
        message = f"the description is not translated ({shown(source.path)})"
        yield text.error(line, message, f"It reads: {words}")
        return
    # that it says what the source says is a matter of `syncing`
    wording = Wording(text.path, line, text.language, words, words, "the description")
    yield from _faults(book, wording, unlike_style)
    if marks := list(_marked(wording)):
        yield from marks
    elif end := cut(words):
        yield text.error(line, f"the description ends in the middle: {end}", FINISH)


def check_labels(book: Book, figure: Path, labels: Sequence[Label]) -> Iterator[BookError]:
    """Yield the errors in the labels of a figure."""
    for fault in untranslated(labels, list(book.languages)[1:]):
        yield fault.in_file(figure)
    for label in labels:
        for code in book.languages:
            if words := label.words if code == book.source else label.translated(code):
                wording = Wording(figure, label.line, code, words, label.words, f"data-{code}")
                yield from _faults(book, wording)


def _faults(
    book: Book, wording: Wording, style: Callable[[str, str], Iterator[Fault]] = breaches
) -> Iterator[BookError]:
    language, words = wording.language, wording.words
    strange = foreign(language, words)
    unlike = [strange] if strange else style(language, words)
    faults = [*wrong_words(book.terms, language, words), *unlike]
    for fault in faults:
        yield wording.error(fault.message, fault.hint)
    if words != words.strip():
        yield wording.error(f"a space around {words!r}", "Remove it.")
    source, languages = wording.source, (book.source, language)
    other = unlike_numbers(source, words, languages) or unlike_sense(source, words, languages)
    if other and words != source:
        yield wording.error(f"{wording.name}: {other}", _SAME)
    elif not faults and (other := unlike_term(book.terms, language, source, words)):
        yield wording.error(f"found {other}", USE_TERM)


def _marked(wording: Wording) -> Iterator[BookError]:
    if mark := _MARKUP.search(wording.words):
        message = f"{mark[0]!r} in {wording.name}, which is shown as plain text"
        yield wording.error(message, "Write it without Markdown.")


def _interface(book: Book) -> Iterator[BookError]:
    """Yield words of the interface that are in another language, and wrong terms in them."""
    for code in book.languages:
        file = FOLDER / f"{code}.toml"
        words = read_utf8(file)
        strange = foreign_letters(code, words)
        for fault in (*([strange] if strange else ()), *wrong_words(book.terms, code, words)):
            yield fault._replace(place=words.count("\n", 0, fault.place) + 1).in_file(file)


def _titles(book: Book) -> Iterator[Wording]:
    """Yield the words in book.toml."""
    table = read_table(book.root / BOOK_FILE)
    for names in (book.languages, book.title, book.subtitle, *(part.title for part in book.parts)):
        for code, words in names.items():
            source, line = names[book.source], table.line(words)
            yield Wording(table.path, line, code, words, source, repr(words))


def _terms(glossary: Iterable[tuple[Term, Table]]) -> Iterator[Wording]:
    """Yield the terms of the glossary."""
    for term, entry in glossary:
        for code, words in term.forms.items():
            line = entry.line(code)
            yield Wording(entry.path, line, code, words, term.name, repr(words))


def _definitions(glossary: Iterable[tuple[Term, Table]], source: str) -> Iterator[Wording]:
    """Yield the definitions of the glossary; `source` is the source language."""
    for term, entry in glossary:
        for code, words in term.definition.items():
            key, english = f"definition.{code}", term.definition[source]
            name = f"{key} of {term.name!r}"
            yield Wording(entry.path, entry.line(key), code, words, english, name)
