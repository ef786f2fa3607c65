"""How the languages of the book are written: the polite style, spaces and punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from press.errors import Fault
from press.passages import ELSE

_PROSE = ("paragraph", "note", "hint", "solution")  # elsewhere a sentence may end with a noun
_END: Mapping[str, re.Pattern[str]] = {  # the last word of a sentence
    "ko": re.compile(rf"(?<![^\s.])([^\s.]*[가-힣])(?:\([^()]*\))?{ELSE}*(?=[.!?](?:\s|$))"),
    "ja": re.compile(
        rf"(?<![^\s、。！？])([^\s、。！？]*[ぁ-ヿ一-鿿])(?:（[^（）]*）)?{ELSE}*(?=[。！？](?![」』]))"
    ),
}
_POLITE: Mapping[str, re.Pattern[str]] = {
    "ko": re.compile("(?:니다|니까|시다|시오|세요|^예|^네|^아니요)$"),
    "ja": re.compile("(?:ます|です|ました|でした|ません|しょう|ください|^はい|^いいえ)[かね]?$"),
}
_VERBS: Mapping[str, str] = {"ko": "다", "ja": "うくぐすただつぬぶむる"}  # how they end if plain

_CJK = "[ぁ-ヿ一-鿿]"
_NO_KANA = "一-鿿ァ-ヺA-Za-z0-9"
_WIDE = "[ぁ-ヿ一-鿿、。（）「」]"
_OPEN = "".join(map(chr, range(0xAC00, 0xD7A4, 28)))  # Korean syllables that end with a vowel
_LIQUID = "".join(map(chr, range(0xAC08, 0xD7A4, 28)))  # ㄹ
_NASAL = "".join(chr(c) for c in range(0xAC00, 0xD7A4) if (c - 0xAC00) % 28 in (4, 21))  # ㄴ, ㅇ
_NAMED = rf"(?:\([^()]*\)|{ELSE}\))"  # the English for a word
_MOVED = "[さすだら冷覚済励悩]"  # before ます in verbs such as だます, not in the polite form
ALIKE = "[Ѐ-ԯΑΒΕΖΗΙΚΜΝΟΡΤΥΧο]"  # Cyrillic and Greek letters that look like Latin ones
NAMES = "names"  # what stands for the language of the titles and authors of works
_LETTERS = (  # what is wrong, and how it is written
    (rf"[A-Za-z]{ALIKE}|{ALIKE}[A-Za-z]", "write letters of one alphabet"),
    ("[A-Za-z][Ͱ-Ͽ][A-Za-z]", "write letters of one alphabet"),
    ("[⺀-⿟ﬀ-ﬆ]", "write the usual letter"),
    ("[À-ÿ][\x80-¿]", "write the letters that were meant"),  # UTF-8 read as Latin-1
)
_COMMON = (
    *_LETTERS,
    (r"(?i)(?<!\w)(?!had\b|that\b)([^\W\d_]+)[ \n]\1(?!\w)", "write the word once"),
    (r"(?<!\.)\.\.(?!\.)|,,|;;|、、|。。|\?\?", "write the mark once"),
    (r"[^\s.!?:](?: {2,}|\t)\S", "write one space"),
    ("[A-Za-z가-힣][´ʹʼ․‧]", "write ' or ."),
    (r"(?<![A-Za-z0-9_.])[1-9]\d* ?x ?\d", "write ×"),
    (r"[^\W\d_]{2}(?: -{1,3} |-{2,3})[^\W\d_]{2}", "write a colon, a comma or a period"),
    (rf"[^\W\d_{ELSE}]!(?![\w=])|！", "end with a period: the book exclaims nothing"),
    (rf"([(（][^()（）{ELSE}]{{3,}}[)）])\1", "write it once"),
    (r"(?<=[(（【[])(?:번역 필요|要翻訳|未翻訳)", "finish it, and remove the note"),
    (r"(?<![\d.,])\d+,\d{1,2}(?!\d)", "write a space after the comma, or a point"),
    (  # but not of another work: "Figure 2.1 of the paper", "논문의 그림 2.1", 「論文の図2.1」
        r"(?<![\w가-힣一-鿿])(?<!의 )(?:Figure|Table|Equation|그림|[표식図表式]) ?\(?\d+\.\d+"
        r"(?!\d|배|\)?\s(?:of|in)\s)",
        "write {numref}`…` or {eq}`…`",
    ),
    (
        r"\b(?i:chapter|section|exercise|fig\.|page) \d++(?:\.\d+)*+(?!\s(?:of|in|to)\s)"
        r"|(?<![가-힣])(?<!의 )(?<!장 )제 ?\d+ ?[장절]"
        r"|(?<!\w )(?<![\w.,])\d(?:\.\d)? ?[장절](?=에서|처럼|을 참|부터)"
        r"|(?<![の章])第 ?\d+ ?[章節]|(?:연습 문제|演習|練習問題) ?\d++(?![개가문つ個問題種回])",
        "write {ref}`…`",
    ),
)
_SPACED = (  # where words have spaces between them
    (rf"[\w{ELSE})] (?:[.!?](?=\s|$)|[,;])", "remove the space"),
    (r"(?:(?<=[a-z]{2})[a-z]|[가-힣)])[.,;!?][A-Z가-힣]", "write a space after the mark"),
    ("[\u3000、。，．；：（）！？]", "write it in half width"),
)
_RULES: Mapping[str, Sequence[tuple[str, str]]] = {
    "en": (
        *_COMMON,
        *_SPACED,
        (r"(?i)(?<!\w)(?:simply|obviously)(?!\w)", "leave the word out"),
        (r"\b[Aa]n (?!l[ir]\b)[bcdfgjklmnpqrtvwz][aeioru]", "write a before a consonant"),
    ),
    "ko": (
        *_COMMON,
        *_SPACED,
        (r"[가-힣] \([A-Za-z](?=[A-Za-z])", "remove the space"),
        (rf"[{ELSE})] (?:은|와|과|으?로)(?=[\s,.])", "remove the space"),
        (rf"[가-힣{ELSE})] (?:는|을|를|에서)(?=[\s,.])", "remove the space"),
        (rf"(?![{_OPEN}])[가-힣]를(?![가-힣])", "write 을 after a consonant"),
        (rf"(?![{_OPEN}])[가-힣]와(?![가-힣])", "write 과 after a consonant"),
        (rf"(?![안신])[{_LIQUID}{_NASAL}]는(?![가-힣])", "write 은 after a consonant"),
        (rf"(?![가고그나노마모부이저지])[{_OPEN}]을(?![가-힣])", "write 를 after a vowel"),
        (rf"(?![고그나모보부수시이저지])[{_OPEN}]은(?![가-힣])", "write 는 after a vowel"),
        (
            rf"(?![개교기내다모무미부사아여예외이제초치투화효])[{_OPEN}]과(?![가-힣])",
            "write 와 after a vowel",
        ),
        (rf"[{_OPEN}{_LIQUID}]으로(?![가-힣])", "write 로 after a vowel or ㄹ"),
        (r"(?![가기노마수])[가-힣]([과는를와은을이])\1(?![가-힣])", "write the particle once"),
        (rf"(?![{_OPEN}])[가-힣]{_NAMED}(?:를|는|가|와)(?![가-힣])", "use the other particle"),
        (rf"[{_OPEN}]{_NAMED}(?:을|은|이|과)(?![가-힣])", "use the other particle"),
        ("습습니다|니다니다", "write it once"),
        ("[ㄱ-ㆎﾡ-ￜ]+", "write whole syllables"),
    ),
    "ja": (
        *_COMMON,
        (rf"{_WIDE} +[^\s|]|[\w{ELSE}）」] +{_WIDE}|\u3000.?", "remove the space"),
        (rf"{_CJK}\((?![\d ,.]+\))|\([^()\n]*{_CJK}[^()\n]*\)", "write （ and ）"),
        (rf".?[，．]|[ぁ-ヿ一-鿿）」{ELSE}][,.](?![A-Za-z0-9])", "write 、 and 。"),
        (rf"[ぁ-ヿ一-鿿）」{ELSE}][:;!?](?![A-Za-z0-9])|[｡-ﾟ]+", "write it in full width"),
        ("[ァ-ヺ][一―—−][ァ-ヺ]", "write ー"),
        ("[ぁ-ん一-鿿][リヘベペ](?![ァ-ヺー]).?", "write hiragana"),
        ("[一-鿿][ァィゥェォッャュョ]", "write katakana"),
        ("(?<![ぁ-ヿ])ー(?!」).?", "write 一"),
        ("[゛゜]", "write it as one letter with the one before"),
        (
            f"(?:(?<!{_MOVED})ま(?:す(?!目)|した)|です|(?<![まと分])でした|ません)(?!調)"
            "[一-鿿ァ-ヺA-Za-z0-9「]",
            "write 。 between sentences",
        ),
        (
            rf"をを|がが|(?<!も)のの(?=[{_NO_KANA}])|(?<!な)にに|はは(?=[{_NO_KANA}])|(?<!ま)でで(?=[、{_NO_KANA}])",
            "write it once",
        ),
        ("(?:です|ます)です|ますます(?=。)|ーー", "write it once"),
    ),
}
_PATTERNS = {
    language: [(re.compile(rule), way) for rule, way in rules]
    for language, rules in {**_RULES, NAMES: _LETTERS}.items()
}
_MODELS: Mapping[str, str] = {
    "ko": "The book is written like this: 층(layer)은 `f`를 …합니다.",
    "ja": "The book is written like this: 層（layer）はPythonの`f`を…します。",
}


def unlike_style(language: str, words: str, *, kind: str = "") -> Iterator[Fault]:
    """Yield sentences that do not end politely, and the first breach of each rule.

    `kind` is that of the passage that has the words, if any.
    """
    ends = _END.get(language)
    for match in ends.finditer(words) if ends else ():
        is_plain = kind in _PROSE or match[1].endswith(tuple(_VERBS[language]))
        if is_plain and not _POLITE[language].search(match[1]):
            hint = "The book uses the polite style throughout: 합니다체, です・ます."
            yield Fault(match.start(), f"{match[1]!r} ends a sentence in plain style", hint)
    yield from breaches(language, words)


def breaches(language: str, words: str) -> Iterator[Fault]:
    """Yield the first breach of each rule of spaces and punctuation."""
    for pattern, way in _PATTERNS.get(language, ()):
        if breach := pattern.search(words):
            found = breach[0].replace(ELSE, "…")
            yield Fault(breach.start(), f"in {found!r}, {way}", _MODELS.get(language, ""))
