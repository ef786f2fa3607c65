"""Checks the prose of one text: that it is in its language and its style, whole, and there once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest

from press.errors import BookError
from press.passages import Passage
from press.style import Fault, unlike_style
from press.texts import Text

_OWN: Mapping[str, re.Pattern[str]] = {  # letters that some word of a sentence has
    "ko": re.compile("[가-힣]"),
    "ja": re.compile("[぀-ヿ一-鿿]"),
}
_FOREIGN: Mapping[str, re.Pattern[str]] = {  # letters that only other languages have
    "en": re.compile("[가-힣぀-ヿ一-鿿]+"),
    "ko": re.compile("[぀-ヿ一-鿿]+"),
    "ja": re.compile("[가-힣]+"),
}
_ENGLISH = re.compile(r"(?<![A-Za-z])[a-z][a-z'’-]+ (?:[A-Za-z'’-]+ )*[a-z][a-z'’-]+")
_ASIDE = re.compile(r"[(（][^()（）]*[)）]")  # may give the English for a term
_BRACKETS = dict(zip(")]）］」』”》", "([（［「『“《", strict=True))  # what each closes
_BRACKET = re.compile(r"[][()（）［］「」『』“”《》]")
_CLAUSE = re.compile(r"(?:[^.!?。\n]|[.!?](?=\S))+[.!?。]?")
_END = re.compile(r"[.!?…:。！？：][*_)\]）」』”’\"'`]*(?:\[\^[\w-]+\])*$")
_LONG = 40  # letters of a paragraph that hardly comes twice on purpose
_SHORT = 12  # letters of a sentence that may well come twice, or of a paragraph without a period
ADDRESS = re.compile(r"https?://\S+")
_LINEWISE = ("en", "ko")  # the languages in which a sentence may have a line
WORD = re.compile(r"[^\W\d_]{2,}")


def is_prose(words: str) -> bool:
    """Tell whether words are more than an address and a name or two."""
    return len(WORD.findall(ADDRESS.sub("", words))) > 2


def foreign(language: str, words: str) -> Fault | None:
    """Return where words are not in a language, with a message and a hint; None if they are."""
    if fault := _foreign_letters(language, words):
        return fault
    own = _OWN.get(language)
    for clause in _CLAUSE.finditer(words):
        if own and is_prose(clause[0]) and not own.search(clause[0]):
            message = f"a sentence without a word in {language}: {clause[0].strip()}"
            return clause.end(), message, "Translate it; put code in backticks."
    rest = _ASIDE.sub(lambda aside: "·" * len(aside[0]), words) if own else ""
    if found := _ENGLISH.search(rest):
        message = f"{found[0]!r} is not translated"
        return found.start(), message, "Translate it; put code in backticks."
    return None


def _foreign_letters(language: str, words: str) -> Fault | None:
    letters = _FOREIGN.get(language)
    found = letters and letters.search(words)
    hint = "Write it in the language of the text, or as code if it is intended."
    return (found.start(), f"{found[0]!r} is in another language", hint) if found else None


def in_another_language(text: Text, passages: Sequence[Passage]) -> BookError | None:
    """Return an error for a text that is mostly in another language, perhaps a copied file."""
    words = [passage for passage in passages if WORD.search(passage.text)]
    strange = [passage for passage in words if foreign(text.language, passage.text)]
    if len(strange) < 3 or 2 * len(strange) < len(words):
        return None
    message = f"most of the text is not in {text.language}: {len(strange)} of {len(words)} passages"
    hint = f"It begins: {' '.join(strange[0].text.split())[:60]}\n"
    hint += "If it is the file of another language, put the right one here."
    cause = f"not in {text.language}"  # of several texts, if their folder is the wrong one
    return BookError(message, path=text.path, line=strange[0].line, hint=hint, cause=cause)


def faults(
    text: Text, passages: Sequence[Passage], told: Collection[int | None] = ()
) -> Iterator[BookError]:
    """Yield the errors in the prose of a text, without comparing it with another.

    Of passages that begin in the lines `told`, it is known that they are not translated.
    """
    first: dict[str, int] = {}
    is_linewise = text.language in _LINEWISE and _has_sentences_in_lines(passages)
    for passage, following in zip_longest(passages, passages[1:]):
        style = unlike_style(text.language, passage.text, kind=passage.kind)
        found = [*_misprints(passage), *style]
        if passage.line not in told:
            found += filter(None, [foreign(text.language, passage.text)])
            line = first.setdefault(passage.source, passage.line)
            is_paragraph = passage.kind == "paragraph" and _is_long(passage, _LONG)
            if line != passage.line and (is_paragraph or passage.level == 2):
                found.append((0, f"a {passage.kind} twice", f"It first appears in line {line}."))
        for place, message, hint in {fault[0]: fault for fault in found[::-1]}.values():
            line = passage.line_at(place)
            yield BookError(message, path=text.path, line=line, hint=hint)
        is_known = found or passage.line in told
        if cut := None if is_known else _unfinished(passage, following, is_linewise):
            message = f"the sentence ends in the middle: {cut[1][-40:]}"
            hint = "Finish it, or end it with a period."
            hint += " Each sentence is on one line." if is_linewise else ""
            yield BookError(message, path=text.path, line=passage.line + cut[0], hint=hint)


def _misprints(passage: Passage) -> Iterator[Fault]:
    """Yield a bracket without its partner, and sentences that are there twice."""
    if lone := _lone_bracket(passage.text):
        hint = "Write both, or put what is code in backticks and a formula in $…$."
        yield lone.start(), f"the bracket {lone[0]} has no partner", hint
    if passage.kind in ("figure", "table"):
        return  # a caption may say what the description says, a cell what its neighbor says
    for one, other in pairwise(_CLAUSE.finditer(passage.text)):
        if one[0].strip() == other[0].strip() and len(one[0].strip()) > _SHORT:
            yield other.end(), "a sentence twice", f"Remove one of the two: {other[0].strip()}"


def _has_sentences_in_lines(passages: Sequence[Passage]) -> bool:
    """Tell whether the paragraphs have one sentence per line, rather than lines of one length."""
    lines = [
        line.strip()
        for passage in passages
        if passage.kind == "paragraph"
        for line in passage.source.splitlines()[:-1]
    ]
    return 2 * sum(_END.search(line) is not None for line in lines) >= len(lines)


def _unfinished(
    passage: Passage, following: Passage | None, is_linewise: bool
) -> tuple[int, str] | None:
    """Return the first line of a paragraph that ends in the middle of a sentence, from 0."""
    lines = passage.source.splitlines() if passage.kind == "paragraph" else []
    is_last = following is None or following.kind in ("heading", "paragraph", "code", "note")
    for number, line in enumerate(lines, 1):
        ends = is_linewise if number < len(lines) else is_last
        if ends and _is_long(passage, _SHORT) and not _END.search(line.strip()):
            return number - 1, line.strip()
    return None


def _is_long(passage: Passage, length: int) -> bool:
    return len(ADDRESS.sub("", passage.text)) > length


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
