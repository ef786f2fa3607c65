"""Where lines of titles may break: in Japanese between phrases, which browsers rarely find."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html import escape

_SPACES = re.compile(r"(\s+)")


def phrased(text: str, language: str) -> str:
    """Return text as HTML with a place to break a line after each phrase."""
    if language != "ja":
        return escape(text, quote=False)
    return "".join(
        "<wbr>".join(escape(phrase, quote=False) for phrase in _phrases(piece))
        for piece in _SPACES.split(text)
    )


def _phrases(text: str) -> list[str]:
    """Split text into phrases, with single characters joined: they may be parts of words."""
    phrases: list[str] = []
    for phrase in _parser()(text):
        if phrases and 1 in (len(phrase), len(phrases[-1])):
            phrases[-1] += phrase
        else:
            phrases.append(phrase)
    return phrases


@cache
def _parser() -> Callable[[str], list[str]]:
    import budoux

    return budoux.load_default_japanese_parser().parse
