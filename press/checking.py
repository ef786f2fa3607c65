"""Checks the whole book: structure, references, terms, style, parity of the languages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, starmap
from pathlib import Path

from press import autodoc
from press.bibliography import cited, uncited
from press.book import Book, Key
from press.coloring import NO_LANGUAGE, colored
from press.errors import BookError, BookErrors, guess, noted
from press.exchanges import common_headings, exchanged_passages, exchanged_pictures
from press.exercises import check_answers, check_exercises
from press.figure_files import Label, read_labels
from press.fragments import Fragments
from press.glossary import unlike_english, unlike_forms
from press.katex import formula
from press.numbers import NUMBER, numbers
from press.outputs import printed
from press.parity import compare, other_chapter
from press.particles import unlike_particles
from press.passages import Passage, check_outline, split
from press.paths import shown
from press.programs import parse_fault
from press.prose import faults as prose_faults, foreign_letters, in_another_language
from press.references import Target, labels, unresolved, unused_footnotes
from press.syncing import Record, contradictions, read_synced, removed_chapters
from press.tags import TAGS, tags
from press.texts import Text
from press.wordings import check_description, check_labels, check_wordings
from press.works import WORKS_FILE

_PLACES = 5  # places to name if one cause has many


def check(
    book: Book,
    texts: Mapping[Key, Text],
    executed: Mapping[Key, Text],
    others: Mapping[Key, Text] | None = None,
    fragments: Fragments | None = None,
) -> list[BookError]:
    """Return all errors, in the order of files and lines.

    `texts` are by language and slug, and include the source language; `executed` are those with
    known outputs; `others` are not checked, but their labels may be referred to; `fragments` are
    what earlier builds have made.
    """
    checker = _Checker(book, fragments or Fragments())
    checker.check(texts, executed, others or {})
    return BookErrors(checker.errors).errors


def told_once(book: Book, errors: Sequence[BookError]) -> Iterator[BookError]:
    """Yield the errors, each once for all languages, and once for all places with its cause.

    An error that a translation shares with its source is reported for the source; one that only
    translations share is reported for the first of them, with its places in the others.
    """
    sources = {
        book.text_path(code, slug): book.text_path(book.source, slug)
        for code in book.languages
        for slug in book.chapters
    }
    told = {(error.path, error.message) for error in errors}
    counts: Counter[tuple[Path | None, str]] = Counter()
    alike: dict[object, list[BookError]] = defaultdict(list)
    for error in errors:
        source = sources.get(error.path, error.path) if error.path else None
        if source == error.path or (source, error.message) not in told:
            counts[error.path, error.message] += 1
            number = counts[error.path, error.message]
            alike[error.cause or (source, error.message, number)].append(error)
    for first, *others in alike.values():
        hint = first.hint
        if others:
            places = ", ".join(error.place for error in others[:_PLACES])
            if len(others) > _PLACES:
                places += f" and {len(others) - _PLACES} more places"
            end = "." if first.cause else ": the source may be wrong."
            hint = f"{hint}\nThe same in {places}{end}".lstrip()
        yield replace(first, hint=hint)


class _Checker:
    """Collects the errors of a book, but not those that follow from others.

    So a text that cannot be read is not checked, a translation is compared only with a source
    without errors, and of two comparisons the first speaks of a line.
    """

    def __init__(self, book: Book, fragments: Fragments) -> None:
        self.book, self.fragments = book, fragments
        self.errors: list[BookError] = []

    def check(
        self, texts: Mapping[Key, Text], executed: Mapping[Key, Text], others: Mapping[Key, Text]
    ) -> None:
        """Check the texts, each by itself and with others, and then the other files of the book."""
        book = self.book
        readable = self._readable(executed.get(key, text) for key, text in texts.items())
        readable = [text for text in readable if self._is_in_its_language(text)]
        sources = {text.slug: text for text in readable if text.language == book.source}
        for text in readable:
            self.errors += _check_tags(text)
            self.errors += check_description(book, texts[book.source, text.slug], text)
        self.errors += _repeated_descriptions(readable)
        for text in sources.values():
            self.errors += self._check_source(text)
        unchecked = self._readable(t for t in others.values() if t.language == book.source)
        wanted = {slug for code, slug in [*texts, *others] if code == book.source}
        are_resolved = self._check_references(readable, [*sources.values(), *unchecked], wanted)
        self._compare(sources, [text for text in readable if text.language != book.source])
        for text in readable:
            self.errors += prose_faults(book.terms, text, self._lines(text))
            self._add(text, unlike_forms(book.terms, text))
            self._add(text, unlike_english(book.terms, text))
        self.errors += unlike_particles(readable)
        self.errors += check_wordings(book)
        self._check_figures(readable)
        if book.reference:
            with noted(self.errors):
                autodoc.modules(book, self.fragments)
        for text in sources.values():
            if text.key in executed and not self._lines(text):
                self.errors += starmap(text.error, check_answers(split(text), text.notebook))
                self.errors += _turned_numbers(text)
        if are_resolved and sources.keys() == set(book.chapters):
            keys = set().union(*(cited(split(text)) for text in sources.values()))
            self.errors += uncited(book.works, keys, book.root / WORKS_FILE)
            self.errors += _unshown(book, readable)

    def _add(self, text: Text, errors: Iterable[BookError]) -> None:
        """Note errors in lines of a text that have none."""
        known = self._lines(text)
        self.errors += [error for error in errors if error.line not in known]

    def _lines(self, text: Text) -> set[int | None]:
        """Return the lines of a text that have errors."""
        return {error.line for error in self.errors if error.path == text.path}

    def _readable(self, texts: Iterable[Text]) -> list[Text]:
        """Return the texts that can be read, and note the errors in the others."""
        readable = []
        for text in texts:
            with noted(self.errors):
                if not split(text):
                    raise text.error(1, "the text is empty")
                readable.append(text)
        return readable

    def _is_in_its_language(self, text: Text) -> bool:
        """Tell whether a text is in the language of its folder, and note the error otherwise."""
        error = in_another_language(text)
        self.errors += [error] if error else []
        return error is None

    def _check_source(self, text: Text) -> Iterator[BookError]:
        """Yield the errors in what a text and its translations have in common."""
        yield from unused_footnotes(text)
        if not any(_check_tags(text)):  # unknown ones hide the parts of exercises
            yield from starmap(text.error, check_exercises(split(text)))
        yield from check_outline(text)
        for passage in split(text):
            yield from self._check_formulas(text, passage)
            if passage.kind == "listing":
                yield from self._check_listing(text, passage)

    def _check_formulas(self, text: Text, passage: Passage) -> Iterator[BookError]:
        for line, tex, display in passage.formulas():
            if strange := foreign_letters(text.language, tex):
                yield text.error(line, strange.message, "A formula is the same in all languages.")
            try:
                formula(self.fragments, tex, display=display)
            except BookError as error:
                yield replace(error, path=text.path, line=line)

    def _check_listing(self, text: Text, listing: Passage) -> Iterator[BookError]:
        """Yield an error for a listing in an unknown language, or of Python that does not parse."""
        language, program = listing.variant, listing.program or ""
        try:
            colored(self.fragments, program, language)
        except BookError as error:
            yield replace(error, path=text.path, line=listing.line)
        if language == "python" and (fault := parse_fault(program)):
            line = listing.line + (fault.lineno or 1)
            hint = f"Correct it. {NO_LANGUAGE}"
            yield text.error(line, f"the listing does not parse: {fault.msg}", hint)

    def _check_references(
        self, texts: Iterable[Text], sources: Iterable[Text], wanted: Collection[str]
    ) -> bool:
        """Note references without a target; tell whether all of them have one.

        The labels of the sources apply to all languages, since parity makes those of a translation
        the same. If one of the `wanted` chapters cannot be read, nothing is known of its labels.
        """
        chapters = {text.slug: text for text in sources}
        known: Mapping[str, Target] | None = None
        with noted(self.errors):
            known = labels(chapters)
        if known is None or chapters.keys() != wanted:
            return False
        terms = [term.name for term in self.book.terms]
        works = [work.key for work in self.book.works]
        dangling = [error for text in texts for error in unresolved(text, known, terms, works)]
        self.errors += dangling
        return not dangling

    def _compare(self, sources: Mapping[str, Text], translations: Iterable[Text]) -> None:
        """Compare translations with their sources, unless these have errors."""
        pairs = [
            (sources[text.slug], text)
            for text in translations
            if text.slug in sources and not self._lines(sources[text.slug])
        ]
        alike: dict[str, list[tuple[Text, Text]]] = defaultdict(list)
        for source, text in pairs:
            faults = list(compare(source, text))
            self._add(text, faults)
            if not faults:
                alike[text.language].append((source, text))
        for chapters in alike.values():
            headings = common_headings(chapters)
            for source, text in chapters:
                self._add(text, exchanged_passages(self.book.terms, headings, source, text))
        records = {code: self._record(code) for code in {text.language for _, text in pairs}}
        for source, text in pairs:
            if not other_chapter(source, text):
                record = records[text.language].get(text.slug, {})
                self._add(text, contradictions(source, text, record))

    def _record(self, language: str) -> Mapping[str, Record]:
        """Return the record of a translation, and note errors in it."""
        with noted(self.errors):
            records = read_synced(self.book, language)
            self.errors += removed_chapters(self.book, language, records)
            return records
        return {}

    def _check_figures(self, texts: Iterable[Text]) -> None:
        figures = [
            (text, passage, (text.path.parent / passage.variant).resolve())
            for text in texts
            for passage in split(text)
            if passage.kind == "figure" and passage.variant.endswith(".svg")
        ]
        labels: dict[Path, list[Label]] = {}
        for path in sorted({path for *_, path in figures if path.is_file()}):
            with noted(self.errors):
                labels[path] = read_labels(path)
                self.errors += check_labels(self.book, path, labels[path])
        self.errors += exchanged_pictures(
            [
                (text, passage, labels[path])
                for text, passage, path in figures
                if text.language == self.book.source and path in labels
            ]
        )


def _check_tags(text: Text) -> Iterator[BookError]:
    for cell, line in zip(text.notebook.cells, text.lines, strict=True):
        for tag in tags(cell):
            if tag not in TAGS:
                known = "; ".join(f"{name}: {meaning}" for name, meaning in TAGS.items())
                hint = f"{guess(tag, TAGS)}The known tags are: {known}."
                yield text.error(line, f"unknown tag {tag!r}", hint)


def _repeated_descriptions(texts: Iterable[Text]) -> Iterator[BookError]:
    """Yield an error for each description that another chapter in the language has too."""
    first: dict[tuple[str, str], Text] = {}
    for text in texts:
        other = first.setdefault((text.language, text.description), text)
        if other is not text and text.description:
            message = f"the description is that of {shown(other.path)}"
            cause = f"description of {text.slug} and {other.slug}"
            yield text.error(text.description_line, message, cause=cause)


def _turned_numbers(text: Text) -> Iterator[BookError]:
    """Yield an error for each number that the code or its output has with two digits exchanged."""
    exact = [part for p in split(text) for part in (p.program or "", *p.code, *p.math)]
    exact += [printed(cell) for cell in text.notebook.cells if cell.cell_type == "code"]
    known = set(numbers("\n".join(exact)))
    for passage in (passage for passage in split(text) if passage.program is None):
        for found in NUMBER.finditer(passage.text):
            number = found[0].replace(",", "")
            like = next((each for each in _turned(number) if each in known), "")
            if like and number not in known and sum(map(str.isdigit, number)) > 2:
                message = f"the number {number}, where the code or its output has {like}"
                hint = f"Correct it, or write it as a formula if it is meant: ${number}$."
                yield text.error(passage.line_at(found.start()), message, hint)


def _turned(number: str) -> Iterator[str]:
    """Yield a number with each two of its neighboring digits exchanged."""
    for place, (one, other) in enumerate(pairwise(number)):
        if "." not in (one, other):
            yield f"{number[:place]}{other}{one}{number[place + 2 :]}"


def _unshown(book: Book, texts: Iterable[Text]) -> Iterator[BookError]:
    """Yield an error for each figure that no text shows."""
    names = {Path(p.variant).name for text in texts for p in split(text) if p.kind == "figure"}
    for figure in sorted((book.root / "chapters" / "figures").glob("*.svg")):
        if figure.name not in names and figure.is_file() and figure.name[0] != ".":
            hint = f"Show it with ```{{figure}} ../figures/{figure.name}, or remove it."
            yield BookError("no chapter shows this figure", path=figure, hint=hint)
