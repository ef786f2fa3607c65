"""Programs as text: their syntax trees and comments, and where two of them differ."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest

_FREE = (tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER)  # what Python passes over
_WHITE = (tokenize.INDENT, tokenize.NEWLINE)  # of any width


def tree_of(source: str) -> ast.Module:
    """Return the syntax tree of a program; raise SyntaxError if it does not parse."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings(action="ignore"):  # running the program shows them
            return compile(source, "<cell>", "exec", flags, dont_inherit=True)
    except (ValueError, MemoryError, RecursionError) as error:  # a NUL, or nested too deeply
        raise SyntaxError(str(error) or "nested too deep") from None


def parse_fault(source: str) -> SyntaxError | None:
    """Return why a program does not parse, if it does not."""
    try:
        tree_of(source)
    except SyntaxError as error:
        return error
    return None


@cache
def syntax_tree(source: str, *, places: bool = True) -> str:
    """Return a program without comments; raise SyntaxError if it does not parse.

    The `places` where parts stand belong to it, since messages name lines.
    """
    try:
        return ast.dump(tree_of(source), include_attributes=places)
    except RecursionError:
        raise SyntaxError("nested too deep") from None


@cache
def comments(source: str) -> tuple[str, ...]:
    """Return the comments of a program; all of it if it is not Python."""
    try:
        return tuple(t.string for t in _scanned(source) if t.type == tokenize.COMMENT)
    except (SyntaxError, tokenize.TokenError):
        return (source,)


def same_code(source: str, translated: str) -> bool:
    """Tell whether two programs are the same in all but comments, blank lines and spaces.

    Raises:
        SyntaxError: one of them does not parse.
    """
    if source == translated:
        tree_of(source)  # it may not parse
        return True
    # f"{x = }" prints its spaces, though they are in no token.
    one, other = (syntax_tree(program, places=False) for program in (source, translated))
    return one == other and first_difference(source, translated) is None


def first_difference(source: str, translated: str) -> tuple[int, int] | None:
    """Return the lines, from 1, where two programs first differ apart from comments, if they do."""
    last = (1, 1)
    try:
        tokens = [list(_tokens(program)) for program in (source, translated)]
    except (SyntaxError, tokenize.TokenError):  # not in Python
        tokens = [[(t, n) for n, t in enumerate(p.splitlines(), 1)] for p in (source, translated)]
    for one, other in zip_longest(*tokens):
        if one is None or other is None or one[0] != other[0]:
            return (one[1] if one else last[0], other[1] if other else last[1])
        last = (one[1], other[1])
    return None


def _tokens(source: str) -> Iterator[tuple[object, int]]:
    """Yield the parts of a program, indents without their width, with their lines."""
    for token in _scanned(source):
        if token.type not in _FREE:
            yield (token.type, "" if token.type in _WHITE else token.string), token.start[0]


def _scanned(source: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(source).readline)
