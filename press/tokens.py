"""Where the tokens of Markdown are in their file, with lines counted from 1."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.token import Token


def first_line(token: Token) -> int:
    """Return the line where a block starts, or 0 if it does not come from the file."""
    return token.map[0] + 1 if token.map else 0


def lines_of(inline: Token) -> Iterator[tuple[int, Token]]:
    """Yield the parts of an inline token, each with its line."""
    line = first_line(inline)
    for child in inline.children or ():
        yield line, child
        breaks = child.type in ("softbreak", "hardbreak")
        line += 1 if breaks else child.content.count("\n")
