"""Checks the prose of one text: that it is in its language and its style, whole, and there once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise, zip_longest

from press.errors import BookError, Fault, a
from press.glossary import wrong_words
from press.passages import ELSE, Passage, split
from press.programs import comments
from press.style import ALIKE, breaches, unlike_style
from press.terms import Term
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
ASIDE = re.compile(r"[(（][^()（）]*[)）]")  # may give the English for a term
_BRACKETS = dict(zip(")]）］」』”》’", "([（［「『“《‘", strict=True))  # what each closes
_BRACKET = re.compile(r"[][()（）［］「」『』“”《》‘’]")
_CLAUSE = re.compile(r"(?:[^.!?。\n]|[.!?](?=\S))+[.!?。]?")
_END = re.compile(r"[.!?…:。！？：][*_)\]）」』”’\"'`]*(?:\[\^[\w-]+\])*$")
_ODD_QUOTE = re.compile("[“”‘’]")
_ODD_LETTER = re.compile(f"[A-Za-z_]{ALIKE}|{ALIKE}[A-Za-z_]")
_PROMPT = re.compile(r"^(?:In|Out) ?\[\d+\]:", re.MULTILINE)  # of Jupyter, a type to Python
_LONG = 40  # letters of a paragraph that hardly comes twice on purpose
_SHORT = 12  # letters of a sentence that may well come twice, or of a paragraph without a period
_CALCULATION = re.compile(r"[][=+*/<>{}_]| - |[a-z]\.[A-Z]")  # or other code, in a comment
ADDRESS = re.compile(r"https?://\S+")
FINISH = "Finish it, or end it with a period."
_TRANSLATE = "Translate it; put code in backticks."
_LINEWISE = ("en", "ko")  # the languages in which a sentence may have a line
WORD = re.compile(r"[^\W\d_]{2,}")


def is_prose(words: str) -> bool:
    """Tell whether words are more than an address and a name or two."""
    return len(WORD.findall(ADDRESS.sub("", words))) > 2


def foreign(language: str, words: str) -> Fault | None:
    """Return where words are not in a language, if they are not."""
    own = _OWN.get(language)
    if (fault := foreign_letters(language, words)) or not own:
        return fault
    for clause in _CLAUSE.finditer(words):
        if is_prose(clause[0]) and not own.search(clause[0]):
            message = f"a sentence without a word in {language}: {clause[0].strip()}"
            return Fault(clause.end(), message, _TRANSLATE)
    labels = (label for label in _LABEL.finditer(words) if not own.search(label[0]))
    english = next((label for label in labels if _ENGLISH_LABEL.search(label[0])), None)
    english = english or _ENGLISH.search(ASIDE.sub(lambda aside: "·" * len(aside[0]), words))
    if english:
        return Fault(english.start(), f"{english[0].strip()!r} is not translated", _TRANSLATE)
    return None


def foreign_letters(language: str, words: str) -> Fault | None:
    """Return where words have letters that only other languages have, if they have some."""
    letters = _FOREIGN.get(language)
    found = letters and letters.search(words)
    if language == "ja" and not found:
        found = next((han for han in _HAN.finditer(words) if not _is_japanese(han[0])), None)
    hint = "Write it in the language of the text, or as code if it is intended."
    return Fault(found.start(), f"{found[0]!r} is in another language", hint) if found else None


@cache
def _is_japanese(han: str) -> bool:
    """Tell whether a Chinese character is one of those in use in Japan."""
    try:
        return bool(han.encode("euc_jis_2004"))
    except UnicodeEncodeError:
        return False


def in_another_language(text: Text) -> BookError | None:
    """Return an error for a text that is mostly in another language, perhaps a copied file."""
    words = [passage for passage in split(text) if WORD.search(passage.text)]
    strange = [passage for passage in words if foreign(text.language, passage.text)]
    if len(strange) < 3 or 2 * len(strange) < len(words):
        return None
    message = f"most of the text is not in {text.language}: {len(strange)} of {len(words)} passages"
    hint = f"It begins: {' '.join(strange[0].text.split())[:60]}\n"
    hint += "If it is the file of another language, put the right one here."
    cause = f"not in {text.language}"  # of several texts, if their folder is the wrong one
    return text.error(strange[0].line, message, hint, cause=cause)


def faults(
    terms: Sequence[Term], text: Text, told: Collection[int | None] = ()
) -> Iterator[BookError]:
    """Yield the errors in the prose of a text, without comparing it with another.

    Of passages that begin in the lines `told`, it is known that they are not translated.
    """
    yield from _repetitions(text, told)
    passages = split(text)
    is_linewise = text.language in _LINEWISE and _has_sentences_in_lines(passages)
    for passage, following in zip_longest(passages, passages[1:]):
        for fault in (*_misprinted_code(passage), *_odd_comments(terms, text.language, passage)):
            yield text.error(*fault)
        is_known = passage.line in told
        strange = None if is_known else foreign(text.language, passage.text)
        found = [strange] if strange else []
        found += unlike_style(text.language, passage.text, kind=passage.kind)
        found += _misprints(passage)
        found += wrong_words(terms, text.language, passage.text)
        for fault in {each.place: each for each in found}.values():  # the last of those at a place
            yield text.error(passage.line_at(fault.place), fault.message, fault.hint)
        end = None if found or is_known else _unfinished(passage, following, is_linewise)
        if end:
            line, words = end
            hint = f"{FINISH} Each sentence is on one line." if is_linewise else FINISH
            yield text.error(line, f"the sentence ends in the middle: {words[-40:]}", hint)


def _repetitions(text: Text, told: Collection[int | None]) -> Iterator[BookError]:
    """Yield an error for each passage that is there twice in a row, except short paragraphs.

    Long paragraphs and the headings of sections may not come again anywhere.
    """
    first: dict[str, int] = {}
    before = ""
    for passage in split(text):
        is_paragraph = passage.kind == "paragraph"
        is_odd = _is_long(passage, _LONG) if is_paragraph else passage.source == before
        line = first.setdefault(passage.source, passage.line)
        if (is_odd or passage.level == 2) and line != passage.line not in told:
            hint = f"It first appears in line {line}."
            yield text.error(passage.line, f"{a(passage.called)} twice", hint)
        before = passage.source


def _misprinted_code(passage: Passage) -> Iterator[Fault]:
    """Yield what is no code in the code of a passage, with its line."""
    hint = "Write straight quotes, names in letters of one alphabet, and no prompts."
    inline = [(pattern, code) for code in passage.code for pattern in (_ODD_QUOTE, _ODD_LETTER)]
    odd_ones = (_ODD_LETTER, _PROMPT) if passage.kind == "code" else (_ODD_LETTER,)
    program = [(pattern, passage.program or "") for pattern in odd_ones]
    for pattern, code in [*inline, *program]:
        if odd := pattern.search(code):
            place = max(passage.source.find(code), 0) + odd.start()
            line = code.splitlines()[code.count("\n", 0, odd.start())].strip()
            at = passage.line + passage.source.count("\n", 0, place)
            yield Fault(at, f"{odd[0]!r} in code: {line}", hint)


def _odd_comments(terms: Sequence[Term], language: str, passage: Passage) -> Iterator[Fault]:
    """Yield words of another language, wrong terms and the like in comments, with their lines."""
    is_python = passage.kind == "code" or passage.variant == "python"
    for comment in comments(passage.program or "") if is_python else ():
        line = passage.line + passage.source.count("\n", 0, passage.source.find(comment))
        strange = foreign_letters(language, comment)
        unlike = () if _CALCULATION.search(comment) else breaches(language, comment)
        found = [strange] if strange else unlike
        for fault in (*found, *wrong_words(terms, language, comment)):
            yield fault._replace(place=line)


def _misprints(passage: Passage) -> Iterator[Fault]:
    """Yield a bracket without its partner, and sentences that are there twice."""
    if lone := _lone_bracket(passage.text):
        hint = "Write both, or put what is code in backticks and a formula in $…$."
        yield Fault(lone.start(), f"the bracket {lone[0]} has no partner", hint)
    if passage.kind == "heading" and re.search(r"[^.][.,:;。、：]$", passage.text.rstrip()):
        yield Fault(0, f"{passage.text.rstrip()[-1]!r} ends a heading", "Headings end without it.")
    if passage.kind in ("figure", "table"):
        return  # a caption may say what the description says, a cell what its neighbor says
    for one, other in pairwise(_CLAUSE.finditer(passage.text)):
        words = other[0].strip()
        if one[0].strip() == words and len(words) > _SHORT:
            yield Fault(other.end(), "a sentence twice", f"Remove one of the two: {words}")


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
    """Return the first line of a passage that ends in the middle of a sentence, and its words."""
    if passage.kind == "figure":  # its description is one line, and its caption the rest
        lines = enumerate(passage.text.splitlines(), passage.line)
        said = [(line, words) for line, words in lines if words.strip()]
        return next((each for each in (said[0], said[-1]) if cut(each[1])), None)
    if passage.kind == "list":
        return _unfinished_item(passage)
    if passage.kind != "paragraph" or not _is_long(passage, _SHORT):
        return None
    *others, last = enumerate(map(str.strip, passage.source.splitlines()), passage.line)
    is_last = following is None or following.kind in ("heading", "paragraph", "code", "note")
    ends = [*(others if is_linewise else ()), *([last] if is_last else ())]
    return next((end for end in ends if not _END.search(end[1])), None)


def _unfinished_item(passage: Passage) -> tuple[int, str] | None:
    """Return the item of a simple list that alone has no mark at its end: its line and words."""
    items = [token for token in passage.tokens if token.type == "inline"]
    is_simple = len(items) == sum(token.type == "list_item_open" for token in passage.tokens)
    open_ones = [item for item in items if not re.search(r"[,;`]$", item.content)]
    open_ones = [item for item in open_ones if not _END.search(item.content)]
    if not is_simple or len(items) < 3 or len(open_ones) != 1:
        return None
    (item,) = open_ones
    return first_line(item) + item.content.count("\n"), item.content


def _is_long(passage: Passage, length: int) -> bool:
    return len(ADDRESS.sub("", passage.text)) > length


def _lone_bracket(words: str) -> re.Match[str] | None:
    """Return the first bracket that is not closed, or is closed as another kind is.

    A ) or ] alone is none: 1) may number what follows. Nor is ’ alone, which may be an apostrophe.
    """
    opened: list[re.Match[str]] = []
    for mark in _BRACKET.finditer(words):
        if mark[0] in _BRACKETS.values():
            opened.append(mark)
        elif opened and opened[-1][0] == _BRACKETS[mark[0]]:
            opened.pop()
        elif mark[0] != "’" and (opened or mark[0] not in ")]"):
            return opened[-1] if opened else mark
    return opened[0] if opened else None
