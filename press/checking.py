"""Checks the whole book: structure, references, terms, style, parity of the languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from press.bibliography import cited, uncited
from press.book import Book, Key
from press.cells import TAGS, tags
from press.errors import BookError, BookErrors, flat, guess, shown
from press.exercises import check_answers, check_exercises
from press.figures import labels as labeled
from press.figures import missing_words
from press.fragments import Fragments
from press.glossary import wrong_labels, wrong_words
from press.katex import TexError, formula
from press.parity import compare, is_prose, unequal_numbers, unlike_numbers
from press.passages import (
    Passage,
    Target,
    check_outline,
    labels,
    split,
    unresolved,
    unused_footnotes,
)
from press.syncing import Record, read_synced, synced_lines
from press.texts import Text
from press.works import WORKS_FILE

_PLACES = 5  # places to name if one cause has many
_PLAIN: Mapping[str, re.Pattern[str]] = {  # sentences in plain style; the book uses the polite one
    "ko": re.compile(r"(?<![^\s.])[^\s.]*(?:(?<![니시])다|[가-힣](?<![세중필])요)(?=\.(?:\s|$))"),
    "ja": re.compile(
        r"(?<![^\s、。])[^\s、。]*[いうくぐすただつぬぶむる]"
        r"(?<!ます)(?<!です)(?<!ました)(?<!でした)(?<!しょう)(?<!ください)(?=。)"
    ),
}
_OWN: Mapping[str, re.Pattern[str]] = {  # letters that some word of a sentence has
    "ko": re.compile("[가-힣]"),
    "ja": re.compile("[぀-ヿ一-鿿]"),
}
_BRACKETS = dict(zip(")]）］」』”》", "([（［「『“《", strict=True))  # what each closes
_BRACKET = re.compile(r"[][()（）［］「」『』“”《》]")
_CLAUSE = re.compile(r"(?:[^.!?。\n]|[.!?](?=\S))+[.!?。]?")
_SHORT = 12  # letters of a sentence that may well come twice
_FOREIGN: Mapping[str, re.Pattern[str]] = {  # letters that only other languages have
    "en": re.compile("[가-힣぀-ヿ]+"),
    "ko": re.compile("[぀-ヿ]+"),
    "ja": re.compile("[가-힣]+"),
}


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
    passages = _split_all(texts, errors)
    sources = {slug: found for (code, slug), found in passages.items() if code == book.source}
    errors += _check_outlines(book, texts, sources, mistagged)
    errors += _check_formulas(book, texts, sources)
    elsewhere = {key: text for key, text in (others or {}).items() if key[0] == book.source}
    unchecked = {slug: found for (_, slug), found in _split_all(elsewhere, errors).items()}
    known = _labels(book, {**texts, **elsewhere}, sources | unchecked, errors)
    lost = {key: _unresolved(book, texts[key], passages[key], known) for key in passages}
    errors += [error for found in lost.values() for error in found]
    records = {code: _record(book, code, errors) for code in {code for code, _ in passages}}
    for code, slug in passages:
        source_text = texts[book.source, slug]
        errors += _copied_description(source_text, texts[code, slug])
        if code != book.source and slug in sources and not _has(errors, source_text):
            pair = [executed.get(key, texts[key]) for key in ((book.source, slug), (code, slug))]
            known_lines = {error.line for error in lost[code, slug]}
            faults = list(compare(*pair, ignored_references=known_lines))
            matched = synced_lines(sources[slug], records[code].get(slug, {}))
            told = {error.line for error in faults}
            errors += faults
            errors += (e for e in unequal_numbers(*pair, matched) if e.line not in told)
    for key, found in passages.items():
        errors += wrong_words(book.terms, texts[key], found)
        errors += _plain_style(texts[key], found)
        errors += _foreign_letters(texts[key], found)
        errors += _misprints(texts[key], found)
        told = {error.line for error in errors if error.path == texts[key].path}
        errors += _unwritten(texts[key], [each for each in found if each.line not in told])
    errors += _check_figures(book, texts, passages)
    for (code, slug), text in executed.items():
        if code == book.source and slug in sources and not _has(errors, text):
            errors += check_answers(sources[slug], text.notebook, text.path)
    if known is not None and not any(lost.values()) and sources.keys() == set(book.chapters):
        keys = set().union(*map(cited, sources.values()))
        errors += uncited(book.works, keys, book.root / WORKS_FILE)
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


def _copied_description(source: Text, text: Text) -> Iterator[BookError]:
    """Yield an error for a translation whose description is that of its source."""
    words = " ".join(text.description.split())
    if text is not source and is_prose(words) and words == " ".join(source.description.split()):
        message = f"the description is not translated ({shown(source.path)})"
        hint = f"It reads: {words}"
        yield BookError(message, path=text.path, line=text.description_line, hint=hint)


def _plain_style(text: Text, passages: Sequence[Passage]) -> Iterator[BookError]:
    """Yield an error for each sentence that ends in plain rather than polite style."""
    pattern = _PLAIN.get(text.language)
    prose = [p for p in passages if p.kind in ("paragraph", "note", "hint", "solution")]
    for passage in prose if pattern else ():
        for match in pattern.finditer(passage.text):
            line = passage.line_at(match.start())
            message = f"{match[0]!r} ends a sentence in plain style"
            hint = "The book uses the polite style throughout: 합니다체, です・ます."
            yield BookError(message, path=text.path, line=line, hint=hint)


def _foreign_letters(text: Text, passages: Sequence[Passage]) -> Iterator[BookError]:
    """Yield an error for each passage with letters of another language, perhaps pasted from it."""
    pattern = _FOREIGN.get(text.language)
    for passage in passages if pattern else ():
        if match := pattern.search(passage.text):
            yield _foreign(match[0], text.path, passage.line_at(match.start()))


def _unwritten(text: Text, passages: Sequence[Passage]) -> Iterator[BookError]:
    """Yield an error for each passage with a sentence that has no word of its language."""
    pattern = _OWN.get(text.language)
    for passage in passages if pattern else ():
        for clause in () if passage.kind == "table" else _CLAUSE.finditer(passage.text):
            if is_prose(clause[0]) and not pattern.search(clause[0]):
                line = passage.line_at(clause.end())
                message = f"a sentence without a word in {text.language}: {clause[0].strip()}"
                hint = "Translate it; put code in backticks."
                yield BookError(message, path=text.path, line=line, hint=hint)
                break


def _misprints(text: Text, passages: Sequence[Passage]) -> Iterator[BookError]:
    """Yield an error for a bracket without its partner, and for a sentence that is there twice."""
    for passage in passages:
        fault = _lone_bracket(passage.text)
        if fault:
            line = passage.line_at(fault.start())
            message = f"the bracket {fault[0]} has no partner"
            hint = "Write both, or put what is code in backticks and a formula in $…$."
            yield BookError(message, path=text.path, line=line, hint=hint)
        if passage.kind in ("figure", "table"):
            continue  # a caption may say what the description says, a cell what its neighbor says
        for one, other in pairwise(_CLAUSE.finditer(passage.text)):
            if one[0].strip() == other[0].strip() and len(one[0].strip()) > _SHORT:
                line = passage.line_at(other.end())
                hint = f"Remove one of the two: {other[0].strip()}"
                yield BookError("a sentence twice", path=text.path, line=line, hint=hint)


def _lone_bracket(words: str) -> re.Match[str] | None:
    """Return the first bracket that is not closed, or is closed as another kind is.

    A ) or ] alone is none: 1) may number what follows.
    """
    opened: list[re.Match[str]] = []
    for mark in _BRACKET.finditer(words):
        if mark[0] in _BRACKETS.values():
            opened.append(mark)
        elif opened and opened[-1][0] == _BRACKETS[mark[0]]:
            opened.pop()
        elif opened or mark[0] not in ")]":
            return opened[-1] if opened else mark
    return opened[0] if opened else None


def _foreign(letters: str, path: Path, line: int) -> BookError:
    hint = "Write it in the language of the text, or as code if it is intended."
    return BookError(f"{letters!r} is in another language", path=path, line=line, hint=hint)


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


def _labels(
    book: Book,
    texts: Mapping[Key, Text],
    sources: Mapping[str, list[Passage]],
    errors: list[BookError],
) -> Mapping[str, Target] | None:
    """Return what the labels of the source stand for, or None if not all of them are known.

    They apply to all languages, since parity makes the labels of a translation the same.
    """
    chapters = {slug: (texts[book.source, slug].path, found) for slug, found in sources.items()}
    try:
        known = labels(chapters)
    except (BookError, BookErrors) as error:
        errors += flat(error)
        return None
    complete = all(slug in sources for code, slug in texts if code == book.source)
    return known if complete else None


def _unresolved(
    book: Book, text: Text, found: list[Passage], known: Mapping[str, Target] | None
) -> list[BookError]:
    if known is None:
        return []
    terms = [term.forms[book.source] for term in book.terms]
    return unresolved(found, text.path, known, terms, [work.key for work in book.works])


def _check_figures(
    book: Book, texts: Mapping[Key, Text], passages: Mapping[Key, list[Passage]]
) -> Iterator[BookError]:
    figures = {
        (texts[key].path.parent / passage.variant).resolve()
        for key, found in passages.items()
        for passage in found
        if passage.kind == "figure" and passage.variant.endswith(".svg")
    }
    languages = list(book.languages)
    for figure in sorted(file for file in figures if file.is_file()):
        try:
            yield from missing_words(figure, languages[1:])
            yield from wrong_labels(book.terms, figure, languages)
            for line, attributes, words in labeled(figure):
                forms = {code: attributes.get(f"data-{code}", words) for code in languages}
                for code, form in forms.items():
                    pattern = _FOREIGN.get(code)
                    if match := pattern and pattern.search(form):
                        yield _foreign(match[0], figure, line)
                    if fault := unlike_numbers(words, form):
                        message = f"data-{code}: {fault}"
                        yield BookError(message, path=figure, line=line)
        except BookError as error:
            yield error


def _check_formulas(
    book: Book, texts: Mapping[Key, Text], sources: Mapping[str, list[Passage]]
) -> Iterator[BookError]:
    """Yield an error for every formula that KaTeX cannot read; translations have the same ones."""
    fragments = Fragments(book.cache_dir / "fragments.json")
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
