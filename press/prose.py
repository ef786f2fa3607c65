"""Checks the prose of one text: that it is in its language and its style, whole, and there once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise, zip_longest

from press.errors import BookError
from press.passages import ELSE, Passage
from press.style import ALIKE, Fault, unlike_style
from press.texts import Text
from press.tokens import first_line

_OWN: Mapping[str, re.Pattern[str]] = {  # letters that some word of a sentence has
    "ko": re.compile("[가-힣]"),
    "ja": re.compile("[぀-ヿ一-鿿]"),
}
_OTHERS = r"(?<![A-Za-z])[Ѐ-ӿ԰-๿]{2,}"  # from Cyrillic to Thai; one letter may be a mistyped one
_FOREIGN: Mapping[str, re.Pattern[str]] = {  # letters that only other languages have
    "en": re.compile(f"[가-힣぀-ヿ一-鿿]+|{_OTHERS}"),
    "ko": re.compile(f"[぀-ヿ一-鿿]+|{_OTHERS}"),
    "ja": re.compile(f"[가-힣]+|{_OTHERS}"),
}
_HAN = re.compile("[一-鿿]")
_LABEL = re.compile(r"[^|\n]+")  # a heading, an item or a cell that is no sentence
_ENGLISH_LABEL = re.compile(r"(?<![\w.-])(?:[a-z]{3,} [A-Za-z]+|[A-Za-z]+ [a-z]{3,})(?![\w-]|\.\w)")
_ENGLISH = re.compile(r"(?<![A-Za-z])[a-z][a-z'’-]+ (?:[A-Za-z'’-]+ )*[a-z][a-z'’-]+")
_ASIDE = re.compile(r"[(（][^()（）]*[)）]")  # may give the English for a term
_BRACKETS = dict(zip(")]）］」』”》", "([（［「『“《", strict=True))  # what each closes
_BRACKET = re.compile(r"[][()（）［］「」『』“”《》]")
_CLAUSE = re.compile(r"(?:[^.!?。\n]|[.!?](?=\S))+[.!?。]?")
_END = re.compile(r"[.!?…:。！？：][*_)\]）」』”’\"'`]*(?:\[\^[\w-]+\])*$")
_ODD_QUOTE = re.compile("[“”‘’]")
_ODD_LETTER = re.compile(f"[A-Za-z_]{ALIKE}|{ALIKE}[A-Za-z_]")
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
    labels = (label for label in _LABEL.finditer(words) if own and not own.search(label[0]))
    if label := next((each for each in labels if _ENGLISH_LABEL.search(each[0])), None):
        message = f"{label[0].strip()!r} is not translated"
        return label.start(), message, "Translate it; put code in backticks."
    rest = _ASIDE.sub(lambda aside: "·" * len(aside[0]), words) if own else ""
    if found := _ENGLISH.search(rest):
        message = f"{found[0]!r} is not translated"
        return found.start(), message, "Translate it; put code in backticks."
    return None


def _foreign_letters(language: str, words: str) -> Fault | None:
    letters = _FOREIGN.get(language)
    found = letters and letters.search(words)
    if language == "ja" and not found:
        found = next((han for han in _HAN.finditer(words) if not _is_japanese(han[0])), None)
    hint = "Write it in the language of the text, or as code if it is intended."
    return (found.start(), f"{found[0]!r} is in another language", hint) if found else None


@cache
def _is_japanese(han: str) -> bool:
    """Tell whether a Chinese character is one of those in use in Japan."""
    try:
        return bool(han.encode("euc_jis_2004"))
    except UnicodeEncodeError:
        return False


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
        for below, message in _misprinted_code(passage):
            hint = "Write straight quotes, and names in letters of one alphabet."
            yield BookError(message, path=text.path, line=passage.line + below, hint=hint)
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
        if end := None if is_known else _unfinished(passage, following, is_linewise):
            message = f"the sentence ends in the middle: {end[1][-40:]}"
            hint = FINISH
            hint += " Each sentence is on one line." if is_linewise else ""
            yield BookError(message, path=text.path, line=passage.line + end[0], hint=hint)


def _misprinted_code(passage: Passage) -> Iterator[tuple[int, str]]:
    """Yield what is no code in the code of a passage: the line, from 0, and a message."""
    inline = [(pattern, code) for code in passage.code for pattern in (_ODD_QUOTE, _ODD_LETTER)]
    for pattern, code in [*inline, (_ODD_LETTER, passage.program or "")]:
        for odd in list(pattern.finditer(code))[:1]:
            place = max(passage.source.find(code), 0) + odd.start()
            line = code[code.rfind("\n", 0, odd.start()) + 1 :].partition("\n")[0].strip()
            yield passage.source.count("\n", 0, place), f"{odd[0]!r} in code: {line}"


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


FINISH = "Finish it, or end it with a period."


def cut(words: str) -> str:
    """Return the end of words that should be sentences, if the last one is not finished."""
    is_cut = len(words) > _SHORT and not _END.search(words.rstrip(f"{ELSE} "))
    return words.strip()[-40:] if is_cut else ""


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
    """Return the first line of a passage that ends in the middle of a sentence, from 0."""
    if passage.kind == "figure":  # its description is one line, and its caption the rest
        said = [(n, line) for n, line in enumerate(passage.text.splitlines()) if line.strip()]
        return next(((n, cut(line)) for n, line in (said[0], said[-1]) if cut(line)), None)
    if passage.kind == "list":
        return _unfinished_item(passage)
    lines = passage.source.splitlines() if passage.kind == "paragraph" else []
    is_last = following is None or following.kind in ("heading", "paragraph", "code", "note")
    for number, line in enumerate(lines, 1):
        ends = is_linewise if number < len(lines) else is_last
        if ends and _is_long(passage, _SHORT) and not _END.search(line.strip()):
            return number - 1, line.strip()
    return None


def _unfinished_item(passage: Passage) -> tuple[int, str] | None:
    """Return the item of a simple list that alone has no mark at its end; its line is from 0."""
    items = [token for token in passage.tokens if token.type == "inline"]
    is_simple = len(items) == sum(token.type == "list_item_open" for token in passage.tokens)
    open_ones = [item for item in items if not re.search(r"[,;`]$", item.content)]
    open_ones = [item for item in open_ones if not _END.search(item.content)]
    if not is_simple or len(items) < 3 or len(open_ones) != 1:
        return None
    (item,) = open_ones
    return first_line(item) + item.content.count("\n") - passage.line, item.content


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
