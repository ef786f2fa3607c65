"""Checks the whole book: structure, references, terms, style, parity of the languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from press.bibliography import cited, uncited
from press.book import Book, Key
from press.coloring import colored
from press.drawings import read_labels, untranslated
from press.errors import BOOK_FILE, BookError, BookErrors, flat, guess, shown
from press.exercises import check_answers, check_exercises
from press.fragments import Fragments
from press.glossary import (
    exchanged,
    exchanged_passages,
    misplaced_headings,
    unlike_forms,
    wrong_label,
    wrong_words,
)
from press.katex import TexError, formula
from press.numbers import unlike_numbers
from press.parity import compare, unlike_words
from press.particles import unlike_particles
from press.passages import Passage, check_outline, split
from press.programs import parse_fault
from press.prose import (
    FINISH,
    cut,
    faults as prose_faults,
    foreign,
    in_another_language,
    is_prose,
)
from press.references import Target, labels, unresolved, unused_footnotes
from press.style import breaches, unlike_style
from press.syncing import Record, read_synced, stale, synced_lines
from press.tables import line_of, read_source
from press.tags import TAGS, tags
from press.terms import TERMS_FILE
from press.texts import Text
from press.works import WORKS_FILE

_MARKUP = re.compile(r"[`*$]|\{\w+\}|\]\(")
_SAME = "Say in every language the same."
_PLACES = 5  # places to name if one cause has many


def check(
    book: Book,
    texts: Mapping[Key, Text],
    executed: Mapping[Key, Text],
    others: Mapping[Key, Text] | None = None,
) -> list[BookError]:
    """Return all errors, in the order of files and lines.

    `texts` are by language and slug, and include the source language; `executed` are those with
    known outputs; `others` are not checked, but their labels may be referred to.
    """
    errors = [error for text in texts.values() for error in _check_cells(text)]
    mistagged = {error.path for error in errors}
    passages = _readable(texts, errors)
    sources = {slug: found for (code, slug), found in passages.items() if code == book.source}
    errors += _check_outlines(book, texts, sources, mistagged)
    fragments = Fragments(book.cache_dir / "fragments.json")
    errors += _check_formulas(book, texts, sources, fragments)
    errors += _check_listings(book, texts, sources, fragments)
    targets = _targets(book, texts, others or {}, sources, errors)
    dangling = {key: _unresolved(book, texts[key], passages[key], targets) for key in passages}
    errors += (error for of_text in dangling.values() for error in of_text)
    for code, slug in passages:
        errors += _description(texts[book.source, slug], texts[code, slug])
    errors += _repeated_descriptions(texts[key] for key in passages)
    errors += list(_check_translations(book, {**texts, **executed}, passages, dangling, errors))
    for key, found in passages.items():
        errors += wrong_words(book.terms, texts[key], found)
        reported = {error.line for error in errors if error.path == texts[key].path}
        forms = unlike_forms(book.terms, texts[key], found)
        errors += [error for error in forms if error.line not in reported]
        errors += prose_faults(texts[key], found, reported)
    korean = ((texts[key], found) for key, found in passages.items() if key[0] == "ko")
    errors += unlike_particles(korean)
    errors += _check_names(book)
    errors += _unlike_definitions(book)
    errors += _check_figures(book, texts, passages)
    for (code, slug), text in executed.items():
        if code == book.source and slug in sources and not _has(errors, text):
            errors += check_answers(sources[slug], text.notebook, text.path)
    if targets is not None and not any(dangling.values()) and sources.keys() == set(book.chapters):
        keys = set().union(*map(cited, sources.values()))
        errors += uncited(book.works, keys, book.root / WORKS_FILE)
        errors += _unshown(book, passages.values())
    return BookErrors(errors).errors


def told_once(book: Book, errors: Sequence[BookError]) -> Iterator[BookError]:
    """Yield the errors, each once for all languages, and once for all places with its cause.

    An error that a translation shares with its source is reported for the source; one that only
    translations share is reported for the first of them, with its places in the others.
    """
    paths = {
        book.text_path(code, slug): book.text_path(book.source, slug)
        for code in book.languages
        for slug in book.chapters
    }
    told = {(error.path, error.message) for error in errors}
    counts: Counter[tuple[Path | None, str]] = Counter()
    sisters: dict[tuple[Path | None, str, int], list[BookError]] = {}
    for error in errors:
        source = paths.get(error.path) if error.path else None
        is_source = source is None or source == error.path
        if not is_source and (source, error.message) in told:
            continue
        if error.cause:
            sisters.setdefault((None, error.cause, 0), []).append(error)
        elif is_source:
            yield error
        else:
            counts[error.path, error.message] += 1
            key = source, error.message, counts[error.path, error.message]
            sisters.setdefault(key, []).append(error)
    for first, *others in sisters.values():
        places = ", ".join(error.place for error in others[:_PLACES])
        places += f" and {len(others) - _PLACES} more places" * (len(others) > _PLACES)
        end = "." if first.cause else ": the source may be wrong."
        likewise = [f"The same in {places}{end}"] if others else []
        hint = "\n".join(filter(None, [first.hint, *likewise]))
        yield BookError(first.message, path=first.path, line=first.line, hint=hint)


def _split_all(texts: Mapping[Key, Text], errors: list[BookError]) -> dict[Key, list[Passage]]:
    """Return the passages of the texts that can be read, and note errors in the others."""
    passages = {}
    for key, text in texts.items():
        try:
            if found := split(text):
                passages[key] = found
            else:
                errors.append(BookError("the text is empty", path=text.path, line=1))
        except (BookError, BookErrors) as error:
            errors += flat(error)
    return passages


def _readable(texts: Mapping[Key, Text], errors: list[BookError]) -> dict[Key, list[Passage]]:
    """Return the passages of the texts that can be read, and note errors in the others.

    A text in another language is one of these, since everything in it would be reported.
    """
    passages = _split_all(texts, errors)
    faults = {key: in_another_language(texts[key], found) for key, found in passages.items()}
    errors += filter(None, faults.values())
    return {key: found for key, found in passages.items() if not faults[key]}


def _check_cells(text: Text) -> Iterator[BookError]:
    if not text.description.strip():
        hint = "Add a sentence that says what the chapter is about: description: …"
        yield BookError("the front matter has no description", path=text.path, line=1, hint=hint)
    for cell, line in zip(text.notebook.cells, text.lines, strict=True):
        for tag in tags(cell):
            if tag not in TAGS:
                known = "; ".join(f"{name}: {meaning}" for name, meaning in TAGS.items())
                hint = f"{guess(tag, TAGS)}The known tags are: {known}."
                yield BookError(f"unknown tag {tag!r}", path=text.path, line=line, hint=hint)


def _description(source: Text, text: Text) -> Iterator[BookError]:
    """Yield the errors in a description: its language, such as that of the source, and style."""
    words = " ".join(text.description.split())
    line = text.description_line
    if text is not source and is_prose(words) and words == " ".join(source.description.split()):
        message = f"the description is not translated ({shown(source.path)})"
        yield BookError(message, path=text.path, line=line, hint=f"It reads: {words}")
        return
    strange = foreign(text.language, words)
    for _, message, hint in [strange] if strange else unlike_style(text.language, words):
        yield BookError(message, path=text.path, line=line, hint=hint)
    if mark := _MARKUP.search(words):
        message = f"{mark[0]!r} in the description, which is shown as plain text"
        yield BookError(message, path=text.path, line=line, hint="Write it without Markdown.")
    elif end := cut(words):
        message = f"the description ends in the middle: {end}"
        yield BookError(message, path=text.path, line=line, hint=FINISH)


def _repeated_descriptions(texts: Iterable[Text]) -> Iterator[BookError]:
    """Yield an error for each description that another chapter in the language has too."""
    first: dict[tuple[str, str], Text] = {}
    for text in texts:
        other = first.setdefault((text.language, text.description), text)
        if other is not text and text.description:
            message = f"the description is that of {shown(other.path)}"
            cause = f"description of {text.slug} and {other.slug}"
            yield BookError(message, path=text.path, line=text.description_line, cause=cause)


def _check_names(book: Book) -> Iterator[BookError]:
    """Yield an error for each title, term or definition in another language, style or term."""
    definitions = list(_definitions(book))
    for path, line, code, words in [*_titles(book), *_terms(book), *definitions]:
        yield from wrong_label(book.terms, path, line, code, words)
        strange = foreign(code, words)
        for _, message, hint in [strange] if strange else breaches(code, words):
            yield BookError(message, path=path, line=line, hint=hint)
        if words != words.strip():
            hint = "Remove it."
            yield BookError(f"a space around {words!r}", path=path, line=line, hint=hint)
    for path, line, _, words in definitions:
        if end := cut(words):
            yield BookError(
                f"the definition ends in the middle: {end}", path=path, line=line, hint=FINISH
            )


def _unlike_definitions(book: Book) -> Iterator[BookError]:
    """Yield an error for each definition that does not say what the source's says."""
    path = book.root / TERMS_FILE
    defined = [term for term in book.terms if term.definition]
    for code in list(book.languages)[1:]:
        languages = book.source, code
        pairs = [(term.definition[book.source], term.definition[code]) for term in defined]
        faults = [unlike_numbers(*pair, languages) for pair in pairs]
        for first, second in exchanged(book.terms, pairs, languages):
            faults[first] = f"it and the one in line {defined[second].line} have changed places"
        for term, fault in zip(defined, faults, strict=True):
            if fault:
                line = line_of(read_source(path), f"definition.{code}", term.line)
                message = f"definition.{code} of {term.forms[book.source]!r}: {fault}"
                yield BookError(message, path=path, line=line, hint=_SAME)


def _titles(book: Book) -> Iterator[tuple[Path, int, str, str]]:
    """Yield the words in book.toml: their place, language and the words."""
    path = book.root / BOOK_FILE
    source = read_source(path)
    for names in (book.languages, book.title, book.subtitle, *(part.title for part in book.parts)):
        for code, words in names.items():
            yield path, line_of(source, words), code, words


def _terms(book: Book) -> Iterator[tuple[Path, int, str, str]]:
    """Yield the terms of the glossary: their place, language and the words."""
    path = book.root / TERMS_FILE
    source = read_source(path) if book.terms else ""
    for term in book.terms:
        for code, words in term.forms.items():
            yield path, line_of(source, code, term.line), code, words


def _definitions(book: Book) -> Iterator[tuple[Path, int, str, str]]:
    """Yield the definitions of the glossary: their place, language and the words."""
    path = book.root / TERMS_FILE
    source = read_source(path) if book.terms else ""
    for term in book.terms:
        for code, words in term.definition.items():
            yield path, line_of(source, f"definition.{code}", term.line), code, words


def _check_outlines(
    book: Book,
    texts: Mapping[Key, Text],
    sources: Mapping[str, list[Passage]],
    mistagged: Collection[Path | None],
) -> Iterator[BookError]:
    """Yield errors in the structure of the source's chapters; parity takes care of the others.

    With a wrong tag, the parts of exercises cannot be identified.
    """
    for slug, found in sources.items():
        path = texts[book.source, slug].path
        yield from unused_footnotes(found, path)
        if path not in mistagged:
            yield from check_exercises(found, path)
        try:
            check_outline(found, path)
        except (BookError, BookErrors) as error:
            yield from flat(error)


def _targets(
    book: Book,
    texts: Mapping[Key, Text],
    others: Mapping[Key, Text],
    sources: Mapping[str, list[Passage]],
    errors: list[BookError],
) -> Mapping[str, Target] | None:
    """Return what the labels of the source stand for, or None if not all of them are known.

    They apply to all languages, since parity makes the labels of a translation the same.
    """
    unchecked = {key: text for key, text in others.items() if key[0] == book.source}
    found = {slug: each for (_, slug), each in _split_all(unchecked, errors).items()}
    chapters = {
        slug: (book.text_path(book.source, slug), each)
        for slug, each in {**sources, **found}.items()
    }
    try:
        known = labels(chapters)
    except (BookError, BookErrors) as error:
        errors += flat(error)
        return None
    wanted = (slug for code, slug in [*texts, *unchecked] if code == book.source)
    return known if chapters.keys() >= set(wanted) else None


def _unresolved(
    book: Book, text: Text, found: list[Passage], known: Mapping[str, Target] | None
) -> list[BookError]:
    if known is None:
        return []
    terms = [term.forms[book.source] for term in book.terms]
    return unresolved(found, text.path, known, terms, [work.key for work in book.works])


def _check_translations(
    book: Book,
    texts: Mapping[Key, Text],
    passages: Mapping[Key, list[Passage]],
    dangling: Mapping[Key, list[BookError]],
    errors: list[BookError],
) -> Iterator[BookError]:
    """Yield what differs from the source, unless that has `errors` of its own; add to these.

    `texts` have their outputs if known; `dangling` are their references without a target.
    """
    records = {code: _record(book, code, errors) for code in {code for code, _ in passages}}
    faultless: dict[str, dict[str, Text]] = {}
    for code, slug in passages:
        source = texts[book.source, slug]
        if code == book.source or (book.source, slug) not in passages or _has(errors, source):
            continue
        known_lines = {error.line for error in dangling[code, slug]}
        record = records[code].get(slug, {})
        faults = _differences(book, source, texts[code, slug], known_lines, record)
        yield from faults
        if not faults:
            faultless.setdefault(code, {})[slug] = texts[code, slug]
    sources = {slug: found for (code, slug), found in passages.items() if code == book.source}
    for found in faultless.values():
        yield from misplaced_headings(sources, found)


def _differences(
    book: Book, source: Text, text: Text, known_lines: Collection[int | None], record: Record
) -> list[BookError]:
    """Return what differs from the source; numbers, length and sense if recorded as matched."""
    faults = list(compare(source, text, ignored_references=known_lines))
    faults += () if faults else exchanged_passages(book.terms, source, text)
    reported = {error.line for error in faults}
    senses = filter(None, (each.fault() for each in stale(text, source, record) if each.was))
    unlike = [*senses, *unlike_words(source, text, synced_lines(split(source), record))]
    by_line = {error.line: error for error in unlike if error.line not in reported}
    return [*faults, *by_line.values()]


def _check_figures(
    book: Book, texts: Mapping[Key, Text], passages: Mapping[Key, list[Passage]]
) -> Iterator[BookError]:
    figures = {
        (texts[key].path.parent / passage.variant).resolve()
        for key, found in passages.items()
        for passage in found
        if passage.kind == "figure" and passage.variant.endswith(".svg")
    }
    for figure in sorted(file for file in figures if file.is_file()):
        try:
            found = read_labels(figure)
        except BookError as error:
            yield error
            continue
        yield from untranslated(figure, found, list(book.languages)[1:])
        for label in found:
            for code in book.languages:
                words = label.translated(code) or label.words
                yield from wrong_label(book.terms, figure, label.line, code, words)
                if fault := foreign(code, words):
                    yield BookError(fault[1], path=figure, line=label.line, hint=fault[2])
                if unlike := unlike_numbers(label.words, words, (book.source, code)):
                    message = f"data-{code}: {unlike}"
                    yield BookError(message, path=figure, line=label.line, hint=_SAME)


def _check_listings(
    book: Book,
    texts: Mapping[Key, Text],
    sources: Mapping[str, list[Passage]],
    fragments: Fragments,
) -> Iterator[BookError]:
    """Yield an error for each listing in an unknown language, or of Python that does not parse."""
    for slug, found in sources.items():
        path = texts[book.source, slug].path
        for passage in (each for each in found if each.kind == "listing"):
            language, line, program = passage.variant, passage.line, passage.program or ""
            hint = "Write ```text for what is in no language."
            try:
                colored(fragments, program, language)
            except LookupError:
                message = f"unknown language of a listing: {language!r}"
                yield BookError(message, path=path, line=line, hint=hint)
            if language == "python" and (fault := parse_fault(program)):
                line += fault.lineno or 1
                message = f"the listing does not parse: {fault.msg}"
                yield BookError(message, path=path, line=line, hint=hint)


def _unshown(book: Book, texts: Iterable[Sequence[Passage]]) -> Iterator[BookError]:
    """Yield an error for each figure that no text shows."""
    names = {Path(p.variant).name for found in texts for p in found if p.kind == "figure"}
    for figure in sorted((book.root / "chapters" / "figures").glob("*.svg")):
        if figure.name not in names and not figure.name.startswith("."):
            hint = f"Show it with ```{{figure}} ../figures/{figure.name}, or remove it."
            yield BookError("no chapter shows this figure", path=figure, hint=hint)


def _check_formulas(
    book: Book,
    texts: Mapping[Key, Text],
    sources: Mapping[str, list[Passage]],
    fragments: Fragments,
) -> Iterator[BookError]:
    """Yield an error for every formula that KaTeX cannot read; translations have the same ones."""
    for slug, found in sources.items():
        path = texts[book.source, slug].path
        for line, tex, display in (each for passage in found for each in passage.formulas()):
            try:
                formula(fragments, tex, display=display)
            except TexError as error:
                message = f"KaTeX cannot read the formula: {error}"
                yield BookError(message, path=path, line=line)


def _record(book: Book, language: str, errors: list[BookError]) -> Mapping[str, Record]:
    """Return the record of a translation, and note errors in it."""
    try:
        return read_synced(book, language)
    except BookError as error:
        errors.append(error)
        return {}


def _has(errors: Sequence[BookError], text: Text) -> bool:
    """Tell whether a text has errors of its own, which its translations should not repeat."""
    return any(error.path == text.path for error in errors)
