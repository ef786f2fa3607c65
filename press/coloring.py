"""Code in color: Pygments marks what each part of a program is, at build time."""

from __future__ import annotations

from functools import cache
from typing import Any

PLAIN = ("", "text")  # languages of listings that are not colored


def is_known(language: str) -> bool:
    """Tell whether there are colors for a language, or it is one that needs none."""
    try:
        return language in PLAIN or bool(_colors(language))
    except LookupError:
        return False


def colored(program: str, language: str) -> str:
    """Return a program as colored HTML; raise LookupError for an unknown language."""
    from pygments import highlight  # only for new programs

    return highlight(program, *_colors(language)).rstrip("\n")


@cache
def _colors(language: str) -> tuple[Any, Any]:
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language), HtmlFormatter(nowrap=True)
    except ClassNotFound:
        raise LookupError(language) from None
