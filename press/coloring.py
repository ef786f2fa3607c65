"""Code in color: Pygments marks what each part of a program is, at build time."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

from press.errors import BookError
from press.fragments import Fragments

PLAIN = ("", "text")  # languages of listings that are not colored
NO_LANGUAGE = "Write ```text for what is in no language."


def colored(fragments: Fragments, program: str, language: str) -> str:
    """Return a program as HTML, in color; raise BookError for an unknown language.

    Pygments is loaded only for a program that is not in `fragments`.
    """
    if language in PLAIN:
        return escape(program, quote=False)
    return fragments.get(_pygments, program, language)


def _pygments(program: str, language: str) -> str:
    from pygments import highlight

    return highlight(program, *_colors(language)).rstrip("\n")


@cache
def _colors(language: str) -> tuple[Any, Any]:
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language), HtmlFormatter(nowrap=True)
    except ClassNotFound:
        raise BookError(f"unknown language of a listing: {language!r}", hint=NO_LANGUAGE) from None
