"""Checks that hold the languages of the book together: parity with the source, terms, references.

A translation has the passages of the source, in its order, with its labels, references, formulas,
code and links; its cells are the same programs and print the same. Pure functions on texts.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from pathlib import Path

from nbformat import NotebookNode

from press.alignment import align
from press.bibliography import cited, uncited
from press.book import Book, line_of
from press.cells import LANGUAGE, TAGS, speaks, tags
from press.errors import BookError, BookErrors, flat, guess, shown
from press.exercises import check_answers, check_exercises
from press.figures import labels as labeled
from press.figures import missing_words
from press.fragments import Fragments
from press.glossary import wrong_labels, wrong_words
from press.golden import printed
from press.katex import TexError, formula
from press.pairing import Text
from press.passages import (
    Passage,
    Target,
    check_outline,
    labels,
    split,
    unresolved,
    unused_footnotes,
)
from press.running import syntax_tree
from press.works import WORKS_FILE

Key = tuple[str, str]
_PLAIN: Mapping[str, re.Pattern[str]] = {  # sentences that are not polite, as the book is
    "ko": re.compile(r"[^\s.]*(?:(?<![니시])다|[가-힣](?<![세중필])요)(?=\.(?:\s|$))"),
    "ja": re.compile(
        r"[^\s、。]*[いうくぐすただつぬぶむる]"
        r"(?<!ます)(?<!です)(?<!ました)(?<!でした)(?<!しょう)(?<!ください)(?=。)"
    ),
}
_FOREIGN: Mapping[str, re.Pattern[str]] = {  # letters that only another language has
    "en": re.compile("[가-힣぀-ヿ]+"),
    "ko": re.compile("[぀-ヿ]+"),
    "ja": re.compile("[가-힣]+"),
}
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_ADDRESS = re.compile(r"https?://\S+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_COMMENTS = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


def check(
    book: Book,
    texts: Mapping[Key, Text],
    executed: Mapping[Key, Text],
    others: Mapping[Key, Text] | None = None,
) -> list[BookError]:
    """Return all that is wrong, in the order of files and lines.

    `texts` are by language and slug, the source language among them; `executed` are those whose
    outputs are known; `others` are not checked, but what they label may be referred to.
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
    for (code, slug), found in passages.items():
        source_text = texts[book.source, slug]
        errors += _copied_description(source_text, texts[code, slug])
        if code != book.source and slug in sources and not _has(errors, source_text):
            errors += compare(
                executed.get((book.source, slug), source_text),
                sources[slug],
                executed.get((code, slug), texts[code, slug]),
                found,
                ignored_references={error.line for error in lost[code, slug]},
            )
    for key, found in passages.items():
        errors += wrong_words(book.terms, texts[key], found)
        errors += _plain_style(texts[key], found)
        errors += _foreign_letters(texts[key], found)
    errors += _check_figures(book, texts, passages)
    for (code, slug), text in executed.items():
        if code == book.source and slug in sources and not _has(errors, text):
            errors += check_answers(sources[slug], text.notebook, text.path)
    if known is not None and not any(lost.values()) and sources.keys() == set(book.chapters):
        keys = set().union(*map(cited, sources.values()))
        errors += uncited(book.works, keys, book.root / WORKS_FILE)
    return BookErrors(errors).errors


def told_once(book: Book, errors: Sequence[BookError]) -> Iterator[BookError]:
    """Yield the errors, each once for all languages.

    What a translation and its source have in common is told of the source, what only translations
    have in common of the first of them, with the places in the others.
    """
    paths = {
        book.text_path(code, slug): book.text_path(book.source, slug)
        for code in book.languages
        for slug in book.chapters
    }
    told = {(error.path, error.message) for error in errors}
    counts: Counter[tuple[Path | None, str]] = Counter()
    sisters: dict[tuple[Path, str, int], list[BookError]] = {}
    for error in errors:
        source = paths.get(error.path) if error.path else None
        if source is None or source == error.path:
            yield error
        elif (source, error.message) not in told:
            counts[error.path, error.message] += 1
            key = source, error.message, counts[error.path, error.message]
            sisters.setdefault(key, []).append(error)
    for first, *others in sisters.values():
        places = ", ".join(error.place for error in others)
        likewise = [f"The same in {places}: the source may be wrong."] if others else []
        hint = "\n".join(filter(None, [first.hint, *likewise]))
        yield BookError(first.message, path=first.path, line=first.line, hint=hint)


def _split_all(texts: Mapping[Key, Text], errors: list[BookError]) -> dict[Key, list[Passage]]:
    """Return the passages of the texts that can be read, and note what is wrong in the others."""
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


def compare(
    source_text: Text,
    source: Sequence[Passage],
    text: Text,
    translated: Sequence[Passage],
    *,
    ignored_references: set[int | None] = frozenset(),
) -> Iterator[BookError]:
    """Yield an error for each way in which a translation is not the source in other words.

    References in the lines `ignored_references` are known to be wrong in themselves.
    """
    if error := _disordered(source_text, source, text, translated):
        yield error
        return
    end = max(len(text.source.splitlines()), 1)
    pairs = list(align(source, translated))
    notes = {each.variant for pair in pairs if None in pair for each in pair if each}
    # the label of a missing passage may have stayed behind and names the next one now
    stray = {label for one, other in pairs if one and other is None for label in one.labels}
    runs = groupby(range(len(pairs)), lambda n: (pairs[n][0] is None, pairs[n][1] is None))
    for (is_surplus, is_missing), run in runs:
        places = list(run)
        here = [pairs[n] for n in places]
        if is_surplus:
            before = [one for one, _ in pairs[: places[0]] if one is not None]
            yield _surplus(source_text, before, text, [other for _, other in here])
        elif is_missing:
            following = (later.line for _, later in pairs[places[-1] + 1 :] if later is not None)
            yield _missing(source_text, [one for one, _ in here], text, next(following, end))
        else:
            for one, other in here:
                labels_left = tuple(label for label in other.labels if label not in stray)
                two = _without_notes(one, notes), _without_notes(other, notes)
                pair = _Pair(source_text, two[0], text, replace(two[1], labels=labels_left))
                yield from pair.differences(ignored_references)


def _disordered(
    source_text: Text, source: Sequence[Passage], text: Text, translated: Sequence[Passage]
) -> BookError | None:
    """Return an error if a translation has the labeled sections of its source in another order."""
    ours, theirs = (
        [p for p in passages if p.kind == "heading" and p.label]
        for passages in (source, translated)
    )
    if Counter(p.label for p in ours) != Counter(p.label for p in theirs):
        return None
    for one, other in zip(ours, theirs, strict=True):
        if one.label != other.label:
            place = f"{shown(source_text.path)}:{one.line}"
            message = f"found the section {other.label!r}, expected {one.label!r} ({place})"
            hint = "Put the sections of a translation in the order of the source."
            return BookError(message, path=text.path, line=other.line, hint=hint)
    return None


def _without_notes(passage: Passage, names: Collection[str]) -> Passage:
    """Return a passage without its marks of footnotes that one of the languages has not."""
    notes = {("footnote", name) for name in names}
    left = tuple(each for each in passage.references if each not in notes)
    return replace(passage, references=left)


def _missing(source_text: Text, passages: Sequence[Passage], text: Text, line: int) -> BookError:
    first, more = passages[0], len(passages) - 1
    are = f"and {more} more after it are" if more else "is"
    have = "and what follows have" if more else "has"
    place = f"{shown(source_text.path)}:{first.line}"
    message = f"{_a(_kind(first))} {are} missing here: {place} {have} no translation"
    return BookError(message, path=text.path, line=line, hint=f"It reads: {_start(first)}")


def _surplus(
    source_text: Text, before: Sequence[Passage], text: Text, passages: Sequence[Passage]
) -> BookError:
    first, more = passages[0], len(passages) - 1
    have = f"and {more} more after it have" if more else "has"
    place = f"{shown(source_text.path)}:{before[-1].line if before else 1}"
    message = f"this {_kind(first)} {have} no counterpart in the source after {place}"
    return BookError(message, path=text.path, line=first.line, hint=f"It reads: {_start(first)}")


def _start(passage: Passage) -> str:
    lines = passage.source.strip().splitlines() or [""]
    return lines[0] if len(lines[0]) <= 90 else f"{lines[0][:90]}…"


@dataclass(frozen=True)
class _Pair:
    """A passage of the source and the passage that translates it."""

    source_text: Text
    source: Passage
    text: Text
    translated: Passage

    @property
    def cells(self) -> list[NotebookNode]:
        """The code cells that the two stand for."""
        pairs = ((self.source_text, self.source), (self.text, self.translated))
        return [text.notebook.cells[passage.cell] for text, passage in pairs]

    @property
    def is_mistagged(self) -> bool:
        """Whether the translation's cell has a tag that there is not, which is said elsewhere."""
        return self.translated.kind == "code" and not set(tags(self.cells[1])) <= TAGS.keys()

    def differences(self, ignored_references: set[int | None]) -> Iterator[BookError]:
        """Yield what differs; where the form does, that alone, since it explains the rest."""
        if fault := self._form():
            yield self._error(fault)
            return
        if self.source.kind == "code":
            yield from self._code()
            return
        mine = range(self.translated.line, self.translated.line + self._height() + 1)
        contents = {
            "formula": (self.source.math, self.translated.math),
            "inline code": (self.source.code, self.translated.code),
            "link": (self.source.links, self.translated.links),
        }
        if not any(line in mine for line in ignored_references):
            roles = [[f"{{{role}}}`{target}`" for role, target in passage.references]
                     for passage in (self.source, self.translated)]  # fmt: skip
            contents["reference"] = (roles[0], roles[1])
        faults = [_unequal(what, wanted, found) for what, (wanted, found) in contents.items()]
        for fault in filter(None, faults if any(faults) else [self._order()]):
            yield self._error(fault)
        here = " ".join(self.translated.text.split())
        for sentence in _SENTENCE.split(self.source.text):
            sentence = _ADDRESS.sub("", sentence)
            if _is_prose(sentence) and " ".join(sentence.split()) in here:
                hint = f"It reads: {sentence.strip()}"
                yield self._error(f"the {_kind(self.source)} is not translated", hint=hint)
                break

    def _form(self) -> str:
        one, other = self.source, self.translated
        if (one.kind, one.level) != (other.kind, other.level):
            return f"found {_a(_kind(other))}, expected {_a(_kind(one))}"
        if one.variant != other.variant and not self.is_mistagged:
            return f"found {other.variant or 'none'!r}, expected {one.variant or 'none'!r}"
        if one.labels != other.labels:
            return f"found {_labeled(other)}, expected {_labeled(one)}"
        if one.size != other.size:
            return f"found {_sized(other)}, expected {_sized(one)}"
        if one.kind == "listing" and not _same_listing(one, other):
            return "the listing differs"
        return ""

    def _order(self) -> str:
        """Return which row of a table or item of a list stands elsewhere in the source."""
        name = "row" if self.source.kind == "table" else "item"
        pairs = zip(_parts(self.source), _parts(self.translated), strict=False)
        for number, (wanted, found) in enumerate(pairs, 1):
            if Counter(wanted) != Counter(found):
                found, wanted = (_listed(each) or "nothing" for each in (found, wanted))
                return f"{name} {number} has {found}, expected {wanted}"
        return ""

    def _code(self) -> Iterator[BookError]:
        cells = self.cells
        programs = [cell.source for cell in cells]
        try:
            trees = [syntax_tree(program) for program in programs]
        except SyntaxError:
            return  # whoever runs the programs says so
        if trees[0] != trees[1]:
            there, here = _first_difference(*programs)
            yield self._error(
                "the program differs from the source; translate only comments",
                line=self.translated.line + here - 1,
                source_line=self.source.line + there - 1,
                hint=f"found:    {_line(programs[1], here)}\nexpected: {_line(programs[0], there)}",
            )
        elif comment := next(filter(_is_prose, _comments(programs)), ""):
            yield self._error(f"the comment {comment!r} is not translated")
        elif not self.is_mistagged and sorted(tags(cells[0])) != sorted(tags(cells[1])):
            yield self._error(
                f"found the tags {list(tags(cells[1]))}, expected {list(tags(cells[0]))}"
            )
        elif not speaks(cells[0]) and _executed(cells):
            there, here = printed(cells[0]), printed(cells[1])
            if there != here:
                hint = f"Tag the cell [{LANGUAGE}] if its output depends on the page's language.\n"
                hint += f"found:\n{here}expected:\n{there}"
                yield self._error("the output of the cell differs from the source", hint=hint)

    def _height(self) -> int:
        return self.translated.source.count("\n")

    def _error(
        self, message: str, *, line: int = 0, source_line: int = 0, hint: str = ""
    ) -> BookError:
        place = f"{shown(self.source_text.path)}:{source_line or self.source.line}"
        line = line or self.translated.line
        return BookError(f"{message} ({place})", path=self.text.path, line=line, hint=hint)


def _kind(passage: Passage) -> str:
    if passage.kind == "code":
        return "code cell"
    return f"{passage.kind} of level {passage.level}" if passage.level else passage.kind


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _labeled(passage: Passage) -> str:
    return "the label " + ", ".join(map(repr, passage.labels)) if passage.labels else "no label"


def _sized(passage: Passage) -> str:
    if passage.kind == "table":
        return "{} rows and {} columns".format(*passage.size)
    return f"a length of {' and '.join(map(str, passage.size)) or 0}"


def _unequal(what: str, wanted: Sequence[str], found: Sequence[str]) -> str:
    """Return how two bags of things differ, or nothing; their order follows each language."""
    absent = list((Counter(wanted) - Counter(found)).elements())
    surplus = list((Counter(found) - Counter(wanted)).elements())
    parts = []
    if absent:
        parts.append(f"the {what} {_listed(absent)} is missing")
    if surplus:
        parts.append(f"the {what} {_listed(surplus)} is not in the source")
    return "; ".join(parts)


def _listed(things: Sequence[str]) -> str:
    return ", ".join(" ".join(thing.split()) for thing in things)


def _parts(passage: Passage) -> list[list[str]]:
    """Return the inline code and formulas of each row of a table or item of a list."""
    parts: list[list[str]] = []
    for token in passage.tokens if passage.kind in ("table", "list") else ():
        if token.type in ("tr_open", "list_item_open"):
            parts.append([])
        marks = (c for c in token.children or () if c.type in ("code_inline", "math_inline"))
        parts[-1:] = [[*part, *(mark.content for mark in marks)] for part in parts[-1:]]
    return parts


def _same_listing(one: Passage, other: Passage) -> bool:
    """Tell whether two listings are the same; in Python, comments and layout aside."""
    if one.source == other.source:
        return True
    try:
        trees = [syntax_tree("".join(p.content for p in each.tokens)) for each in (one, other)]
    except SyntaxError:
        return False
    return one.variant == "python" and trees[0] == trees[1]


def _executed(cells: Sequence[Mapping[str, object]]) -> bool:
    return all(cell.get("execution_count") for cell in cells)


def _first_difference(source: str, translated: str) -> tuple[int, int]:
    """Return the lines, from 1, where two programs first differ, comments aside."""
    last = (1, 1)
    for one, other in zip_longest(_tokens(source), _tokens(translated)):
        if one is None or other is None or one[0] != other[0]:
            return (one[1] if one else last[0], other[1] if other else last[1])
        last = (one[1], other[1])
    return last


def _tokens(source: str) -> Iterator[tuple[str, int]]:
    for token in _scanned(source):
        if token.type not in _COMMENTS and token.string:
            yield token.string, token.start[0]


def _comments(programs: Sequence[str]) -> list[str]:
    """Return the comments that all programs have in common."""
    found = ([t.string for t in _scanned(p) if t.type == tokenize.COMMENT] for p in programs)
    return list(Counter.__and__(*map(Counter, found)))


def _scanned(source: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(source).readline)


def _is_prose(words: str) -> bool:
    return len(_WORD.findall(words)) > 2


def _line(source: str, number: int) -> str:
    lines = source.splitlines()
    return lines[number - 1].strip() if number <= len(lines) else "nothing"


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
    """Yield an error for a translation that describes itself in the words of its source."""
    words = " ".join(text.description.split())
    if text is not source and _is_prose(words) and words == " ".join(source.description.split()):
        line = line_of(text.source, "description")
        message = f"the description is not translated ({shown(source.path)})"
        yield BookError(message, path=text.path, line=line, hint=f"It reads: {words}")


def _plain_style(text: Text, passages: Sequence[Passage]) -> Iterator[BookError]:
    """Yield an error for each sentence of a language that ends in the style of plain speech."""
    pattern = _PLAIN.get(text.language)
    prose = [p for p in passages if p.kind in ("paragraph", "note", "hint", "solution")]
    for passage in prose if pattern else ():
        for match in pattern.finditer(passage.text):
            line = passage.line + passage.text.count("\n", 0, match.start())
            message = f"{match[0]!r} ends a sentence in plain style"
            hint = "The book uses the polite style throughout: 합니다체, です・ます."
            yield BookError(message, path=text.path, line=line, hint=hint)


def _foreign_letters(text: Text, passages: Sequence[Passage]) -> Iterator[BookError]:
    """Yield an error for each passage with letters of another language, as if pasted from there."""
    pattern = _FOREIGN.get(text.language)
    for passage in passages if pattern else ():
        if match := pattern.search(passage.text):
            line = passage.line + passage.text.count("\n", 0, match.start())
            yield _foreign(match[0], text.path, line)


def _foreign(letters: str, path: Path, line: int) -> BookError:
    hint = "Write it in the language of the text, or as code if it is intended."
    return BookError(f"{letters!r} is in another language", path=path, line=line, hint=hint)


def _check_outlines(
    book: Book,
    texts: Mapping[Key, Text],
    sources: Mapping[str, list[Passage]],
    mistagged: Collection[Path | None],
) -> Iterator[BookError]:
    """Yield what is wrong with the form of the source's chapters; parity does the rest.

    Where a tag is wrong, the parts of exercises cannot be told.
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
    """Return what the labels of the source stand for; None where they cannot all be known.

    They serve all languages, since parity holds the labels of a translation to them.
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
            for line, attributes, _ in labeled(figure):
                for code, pattern in _FOREIGN.items():
                    if match := pattern.search(attributes.get(f"data-{code}", "")):
                        yield _foreign(match[0], figure, line)
        except BookError as error:
            yield error


def _check_formulas(
    book: Book, texts: Mapping[Key, Text], sources: Mapping[str, list[Passage]]
) -> Iterator[BookError]:
    """Yield an error for every formula that KaTeX cannot read; parity holds the others to these."""
    fragments = Fragments(book.cache_dir / "fragments.json")
    for slug, found in sources.items():
        path = texts[book.source, slug].path
        for line, tex, display in (each for passage in found for each in passage.formulas()):
            try:
                formula(fragments, tex, display=display)
            except TexError as error:
                message = f"KaTeX cannot read the formula: {error}"
                yield BookError(message, path=path, line=line)


def _has(errors: Sequence[BookError], text: Text) -> bool:
    """Tell whether a text has faults of its own, which its translations should not repeat."""
    return any(error.path == text.path for error in errors)
