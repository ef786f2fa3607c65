"""Compares each translation with its source, passage by passage.

A translation has the passages of the source in the same order, with the same labels, references,
formulas, code and links; its cells are the same programs with the same output. These are pure
functions of texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from nbformat import NotebookNode

from press.alignment import Pair, align
from press.errors import BookError, a
from press.outputs import printed
from press.passages import Passage, split
from press.paths import shown
from press.programs import comments, first_difference, same_code
from press.prose import ADDRESS, WORD, foreign, is_prose
from press.tags import LANGUAGE, speaks, tags
from press.texts import Text

_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")


def compare(source: Text, text: Text) -> Iterator[BookError]:
    """Yield an error for each way in which a translation differs from its source."""
    if error := other_chapter(source, text) or _disordered(source, text):
        yield error
        return
    aligned = list(align(split(source), split(text)))
    lone = [each for pair in aligned if None in pair for each in pair if each]
    notes = {("footnote", each.variant) for each in lone}
    # the label of a missing passage may be left over, and now names the next one
    stray = {label for one, other in aligned if one and other is None for label in one.labels}
    reached, place = 1, 0
    for _, group in groupby(aligned, lambda pair: (pair[0] is None, pair[1] is None)):
        run = list(group)
        ones, others = [one for one, _ in run if one], [other for _, other in run if other]
        place += len(run)
        if ones and others:
            couples = zip(_without(ones, notes), _without(others, notes, stray), strict=True)
            yield from _differences(
                [_Comparison(source, one, text, other) for one, other in couples]
            )
        elif ones:
            end = max(len(text.source.splitlines()), 1)
            line = next((other.line for _, other in aligned[place:] if other), end)
            yield _missing(source, ones, text, line)
        else:
            yield _surplus(source, reached, text, others)
        reached = ones[-1].line if ones else reached


def _without(
    passages: Sequence[Passage], notes: Collection[tuple[str, str]], labels: Collection[str] = ()
) -> Iterator[Passage]:
    """Yield passages without some labels and marks of footnotes: those of missing passages."""
    for passage in passages:
        references = tuple(each for each in passage.references if each not in notes)
        left = tuple(label for label in passage.labels if label not in labels)
        yield replace(passage, references=references, labels=left)


def _differences(pairs: Sequence[_Comparison]) -> Iterator[BookError]:
    """Yield the differences of pairs in a row; of two that have changed places, just that."""
    found = [list(pair.differences()) for pair in pairs]
    for n, (pair, following) in enumerate(pairwise(pairs)):
        if found[n] and found[n + 1]:
            crossed = pair.beside(following), following.beside(pair)
            if not any(error for each in crossed for error in each.differences()):
                message = f"this {pair.translated.called} and the next have changed places"
                found[n], found[n + 1] = [pair.error(message)], []
    for errors in found:
        yield from errors


def other_chapter(source: Text, text: Text) -> BookError | None:
    """Return an error if a text has the labeled title of another chapter."""
    one, other = split(source)[0], split(text)[0]
    if not one.level == other.level == 1 or one.label == other.label or not other.label:
        return None
    message = f"found the chapter {other.label!r}, expected {one.label!r}"
    hint = "If it is the file of another chapter, put the right one here."
    return Pair(source, one, text, other).error(message, hint)


def _disordered(source: Text, text: Text) -> BookError | None:
    """Return an error if the labeled sections of a translation are in another order."""
    ours, theirs = (
        {p.label: p for p in split(each) if p.kind == "heading" and p.label}
        for each in (source, text)
    )
    pairs = zip(ours.values(), theirs.values(), strict=True) if ours.keys() == theirs.keys() else ()
    for one, other in pairs:
        if one.label != other.label:
            message = f"found the section {other.label!r}, expected {one.label!r}"
            hint = "Put the sections of a translation in the order of the source."
            return Pair(source, one, text, other).error(message, hint)
    return None


def _missing(source: Text, passages: Sequence[Passage], text: Text, line: int) -> BookError:
    first, more = passages[0], len(passages) - 1
    are = f"and {more} more after it are" if more else "is"
    have = "and what follows have" if more else "has"
    place = f"{shown(source.path)}:{first.line}"
    message = f"{a(first.called)} {are} missing here: {place} {have} no translation"
    return text.error(line, message, f"It reads: {first.start}")


def _surplus(source: Text, after: int, text: Text, passages: Sequence[Passage]) -> BookError:
    first, more = passages[0], len(passages) - 1
    have = f"and {more} more after it have" if more else "has"
    place = f"{shown(source.path)}:{after}"
    message = f"this {first.called} {have} no counterpart in the source after {place}"
    return text.error(first.line, message, f"It reads: {first.start}")


class _Comparison(Pair):
    """Two passages to compare."""

    @property
    def cells(self) -> list[NotebookNode]:
        """The code cells of the two passages."""
        pairs = ((self.source_text, self.source), (self.text, self.translated))
        return [text.notebook.cells[passage.cell] for text, passage in pairs]

    def beside(self, other: _Comparison) -> _Comparison:
        """Return the pair of this source and the translation of another pair."""
        return replace(self, translated=other.translated)

    def differences(self) -> Iterator[BookError]:
        """Yield the differences; a difference in form alone, since it explains the others."""
        if fault := self._form():
            yield self.error(fault)
        elif self.source.kind == "code":
            yield from self._code()
        elif self.source.kind == "listing" and not _same_listing(self.source, self.translated):
            listings = [self.source.program or "", self.translated.program or ""]
            yield self._difference("the listing differs", listings, 1)
        else:
            yield from self._contents()
            yield from self._untranslated()

    def _contents(self) -> Iterator[BookError]:
        """Yield what the translation lacks or adds, or else what is at another place in it."""
        contents = {
            "formula": (self.source.math, self.translated.math),
            "inline code": (self.source.code, self.translated.code),
            "link": (self.source.links, self.translated.links),
            "reference": (_roles(self.source), _roles(self.translated)),
        }
        faults = [
            self.error(fault, line=self._line_with(_surplus_of(wanted, found)))
            for what, (wanted, found) in contents.items()
            if (fault := _unequal(what, wanted, found))
        ]
        yield from faults
        if not faults and (fault := self._order()):
            yield self.error(fault)

    def _untranslated(self) -> Iterator[BookError]:
        """Yield an error for the first sentence that is the same in both, if there is one."""
        here = " ".join(self.translated.text.split())
        for sentence in _SENTENCE.split(self.source.text):
            sentence = ADDRESS.sub("", sentence)
            words = " ".join(sentence.split())
            is_title = self.source.kind == "heading" and words == here
            is_copied = (
                is_prose(words) and words in here and not foreign(self.source_text.language, words)
            )
            if is_copied or (is_title and not self._is_name(words)):
                hint = f"It reads: {sentence.strip()}"
                yield self.error(f"the {self.source.called} is not translated", hint)
                break

    def _is_name(self, words: str) -> bool:
        """Tell whether the prose of the translation has all these words too, as it has names."""
        prose = " ".join(p.text for p in split(self.text) if p.kind != "heading")
        return all(word in prose for word in WORD.findall(words))

    def _form(self) -> str:
        one, other = self.source, self.translated
        if (one.kind, one.level) != (other.kind, other.level):
            return f"found {a(other.called)}, expected {a(one.called)}"
        if one.variant != other.variant:
            return f"found {other.variant or 'none'!r}, expected {one.variant or 'none'!r}"
        if one.labels != other.labels:
            return f"found {_labeled(other)}, expected {_labeled(one)}"
        if one.level and one.number != other.number:
            return f"found {other.numbered}, expected {one.numbered}"
        if one.size != other.size:
            return f"found {_sized(other)}, expected {_sized(one)}"
        return ""

    def _order(self) -> str:
        """Return which cell of a table or item of a list is at another place in the source."""
        pairs = zip(_parts(self.source), _parts(self.translated), strict=False)
        for number, (wanted, found) in enumerate(pairs):
            if _unequal("part", wanted, found):
                here, there = (_listed(each) or "nothing" for each in (found, wanted))
                row, column = divmod(number, self.source.size[-1])
                is_table = self.source.kind == "table"
                place = f"row {row + 1}, column {column + 1}" if is_table else f"item {number + 1}"
                return f"{place} has {here}, expected {there}"
        return ""

    def _code(self) -> Iterator[BookError]:
        cells = self.cells
        programs = there, here = [cell.source for cell in cells]
        untranslated = (c for c in comments(here) if c in comments(there) and is_prose(c))
        try:
            is_same = same_code(there, here)
        except SyntaxError:
            return  # running the programs reports this
        if not is_same:
            message = "the program differs from the source; translate only comments"
            yield self._difference(message, programs, 0)
        elif comment := next(untranslated, ""):
            line = self._line_with([comment])
            yield self.error(f"the comment {comment!r} is not translated", line=line)
        elif comments(here) and not comments(there):
            line = self._line_with(comments(here))
            yield self.error(f"the comment {comments(here)[0]!r} is not in the source", line=line)
        elif comments(there) and not comments(here):
            yield self.error(f"the comment {comments(there)[0]!r} is missing")
        elif sorted(tags(cells[0])) != sorted(tags(cells[1])):
            yield self.error(
                f"found the tags {list(tags(cells[1]))}, expected {list(tags(cells[0]))}"
            )
        elif not speaks(cells[0]) and all(cell.execution_count for cell in cells):
            expected, found = map(printed, cells)
            if found != expected:
                hint = f"Tag the cell [{LANGUAGE}] if its output depends on the page's language.\n"
                hint += f"found:\n{found}expected:\n{expected}"
                yield self.error("the output of the cell differs from the source", hint)

    def _difference(self, message: str, programs: Sequence[str], below: int) -> BookError:
        """Return an error where two programs differ; `below` is the line where they begin."""
        there, here = first_difference(*programs) or (1, 1)
        return self.error(
            message,
            line=self.translated.line + below + here - 1,
            source_line=self.source.line + below + there - 1,
            hint=f"found:    {_line(programs[1], here)}\nexpected: {_line(programs[0], there)}",
        )

    def _line_with(self, surplus: Sequence[str]) -> int:
        """Return the line of the translation that contains one of these, if there is one."""
        parts = [re.sub(r"^\{\w+\}`(.*)`$", r"\1", part) for part in surplus]
        lines = enumerate(self.translated.source.splitlines(), self.translated.line)
        return next((n for n, line in lines if any(part in line for part in parts)), 0)


def _labeled(passage: Passage) -> str:
    return "the label " + ", ".join(map(repr, passage.labels)) if passage.labels else "no label"


def _sized(passage: Passage) -> str:
    if passage.kind == "table":
        return "{} rows and {} columns".format(*passage.size)
    if passage.kind == "figure":
        return "a caption" if passage.size[0] else "no caption"
    return f"a length of {' and '.join(map(str, passage.size)) or 0}"


def _unequal(what: str, wanted: Sequence[str], found: Sequence[str]) -> str:
    """Return how two collections differ, if they do; their order depends on the language.

    Where the source has a pronoun, a translation may repeat the code, formula or link.
    """
    absent, surplus = _surplus_of(found, wanted), _surplus_of(wanted, found)
    if not absent and what != "reference" and {*surplus} <= {*wanted}:
        return ""
    parts = []
    if absent:
        parts.append(f"the {what} {_listed(absent)} is missing")
    if surplus:
        parts.append(f"the {what} {_listed(surplus)} is not in the source")
    return "; ".join(parts)


def _roles(passage: Passage) -> tuple[str, ...]:
    return tuple(f"{{{role}}}`{target}`" for role, target in passage.references)


def _surplus_of(wanted: Sequence[str], found: Sequence[str]) -> list[str]:
    return list((Counter(found) - Counter(wanted)).elements())


def _listed(things: Sequence[str]) -> str:
    return ", ".join(" ".join(thing.split()) for thing in things)


def _parts(passage: Passage) -> list[list[str]]:
    """Return the code, formulas and roles of each item of a list, or cell of a table.

    A cell without these has "words" unless it is empty.
    """
    parts: list[list[str]] = []
    for token in passage.tokens if passage.kind in ("table", "list") else ():
        if token.type in ("th_open", "td_open", "list_item_open"):
            parts.append([])
        for child in token.children or ():
            if child.type in ("code_inline", "math_inline"):
                parts[-1].append(child.markup + child.content + child.markup)
            elif child.type == "myst_role":
                parts[-1] += child.meta["targets"]
        if passage.kind == "table" and token.content and not parts[-1]:
            parts[-1].append("words")
    return parts


def _same_listing(one: Passage, other: Passage) -> bool:
    """Tell whether two listings are the same; in Python, apart from comments and layout."""
    if one.source == other.source:
        return True
    try:
        return one.variant == "python" and same_code(one.program or "", other.program or "")
    except SyntaxError:
        return False


def _line(source: str, number: int) -> str:
    lines = source.splitlines()
    return lines[number - 1].strip() if number <= len(lines) else "nothing"
