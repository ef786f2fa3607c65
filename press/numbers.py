"""Compares the numbers in the words of a translation with those in its source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_LARGE = re.compile(r"\d\s*(?:[만억조천백万億兆千百]|hundred|thousand|[mb]illion)")
_ROUND = re.compile(r"1?\d|\d*0|\d\.5")  # six, twelve, thirty, one and a half
_DIGITS = "3456789"
_COUNTED = "(?=[つ個本回層行列番度人種段次倍章])"  # before a Japanese counter
_SPELLED: Mapping[str, re.Pattern[str]] = {  # numbers in words, one group for each of the digits
    "en": re.compile(
        r"(?i)\b(?:(three|third)|(four|fourth)|(five|fifth)|(six|sixth)|(seven|seventh)|(eight|eighth)"
        r"|(nine|ninth))s?\b"
    ),
    "ko": re.compile(
        r"(?<![가-힣])(?:(세(?= |번)|셋(?!집))|(네(?= |번)|넷)|(다섯)|(여섯)|(일곱)|(여덟)|(아홉))"
    ),
    "ja": re.compile(f"(?:(三)|(四)|(五)|(六)|(七)|(八)|(九)){_COUNTED}"),
}
_TWO: Mapping[str, re.Pattern[str]] = {  # what is 2 in words
    "en": re.compile(r"(?i)\btwo\b"),
    "ko": re.compile(r"(?<![가-힣])(?:두(?= )|둘)|(?<![\d.])2(?![\d.])"),
    "ja": re.compile(rf"(?<![\d.])[2二]{_COUNTED}"),
}
# "than two" may be "from three on"
_BEYOND = re.compile(r"(?i)\b(?:than|after|before) (?:the )?(?:first )?\w+")
_LIKE_TWO: Mapping[str, re.Pattern[str]] = {  # what may be
    "en": re.compile(r"(?i)2|\b(?:tw[io]|both|second|pair|doubl|hal[fv])|either|other|again|same"),
    "ko": re.compile("(?<![가-힣])[두둘양쌍]|2|서로|절반|다[른시]|모두"),
    "ja": re.compile("[2二両双互半組別再]|もう|それぞれ|どちら"),
}


def numbers(words: str) -> list[str]:
    """Return the numbers in words, without the commas between thousands."""
    return [number.replace(",", "") for number in NUMBER.findall(words)]


def unlike_numbers(source: str, translated: str, languages: tuple[str, str] = ("en", "en")) -> str:
    """Return how the numbers in two prose texts, in these languages, differ, if they do.

    One-digit and round numbers may be written as words, and each language may repeat a number as
    often as it likes. But one that is there less often while another is there more often was
    changed.
    """
    if _LARGE.search(source + translated):
        return ""
    wanted, found = set(numbers(source)), set(numbers(translated))
    absent, surplus = sorted(wanted - found), sorted(found - wanted)
    is_spelled = not surplus and all(len(number) == 1 for number in absent)
    if absent and not is_spelled:
        long = [number for number in surplus if len(number) > 1]
        parts = [f"the number {', '.join(absent)} is missing"]
        if surplus:
            parts.append(f"the number {', '.join(long or surplus)} is not in the source")
        return "; ".join(parts)
    if odd := [number for number in surplus if not _ROUND.fullmatch(number)]:
        return f"the number {', '.join(odd)} is not in the source"
    if not _SPELLED.keys() >= {*languages}:
        return ""
    source, translated = _BEYOND.sub("", source), _BEYOND.sub("", translated)
    ours, theirs = _digits(source, languages[0]), _digits(translated, languages[1])
    if ours == theirs:
        return ""
    fewer, more = ours - theirs, theirs - ours
    one, other = languages
    fewer["2"] = len(_TWO[one].findall(source)) - len(_LIKE_TWO[other].findall(translated))
    more["2"] = len(_TWO[other].findall(translated)) - len(_LIKE_TWO[one].findall(source))
    fewer, more = +fewer, +more  # those above 0
    if not fewer or not more:
        return ""
    return f"found {', '.join(sorted(more))} instead of {', '.join(sorted(fewer))}"


def _digits(words: str, language: str) -> Counter[str]:
    """Count the numbers from 3 to 9 in prose, in digits or words; 1 has too many words."""
    digits = [number for number in numbers(words) if number in tuple(_DIGITS)]
    spelled = _SPELLED[language].finditer(words)
    return Counter([*digits, *(_DIGITS[(match.lastindex or 1) - 1] for match in spelled)])
