"""Names in backticks exist: nobody looks for `autograd.puase`, or passes `keep_graph=True`.

Code in the prose is no cell, so nothing runs it. The other languages have the names of English.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy
import pytest
from notebooks import BOOK

import d2lmini
from press.golden import golden_path
from press.passages import Passage, split
from press.texts import read_text
from press.tokens import lines_of

NAME = re.compile(r"[^\W\d]\w{2,}")
FENCE = re.compile(r"^ *(```+).*?^ *\1$", re.DOTALL | re.MULTILINE)
LIST = Path(__file__).with_name("spelling") / "names.txt"  # of other libraries


@cache
def known() -> frozenset[str]:
    """Return the names of Python, NumPy and d2lmini, and those on our list."""
    found = {*dir(builtins), *keyword.kwlist, *dir(numpy), *NAME.findall(LIST.read_text("utf-8"))}
    for info in pkgutil.walk_packages(d2lmini.__path__, "d2lmini."):
        found |= {*info.name.split("."), *names_of(import_module(info.name))}
    return frozenset(found)


def names_of(owner: Any) -> Iterator[str]:
    """Yield the names in a module or a class, and the arguments of the functions in it."""
    for name in dir(owner):
        yield name
        value = getattr(owner, name, None)
        if inspect.isfunction(value):
            yield from inspect.signature(value).parameters
        elif inspect.isclass(value) and not inspect.isclass(owner):
            yield from names_of(value)


def in_prose(passage: Passage) -> Iterator[tuple[int, str]]:
    """Yield each name in inline code, with its line."""
    for token in passage.tokens:
        for line, inner in lines_of(token) if token.type == "inline" else ():
            if inner.type == "code_inline":
                yield from ((line, name) for name in NAME.findall(inner.content))


@pytest.mark.parametrize("slug", BOOK.chapters)
def test_names_in_the_prose_exist(slug):
    text = read_text(BOOK.text_path(BOOK.source, slug))
    passages = split(text)
    code = "\n".join(fence[0] for fence in FENCE.finditer(text.source))
    printed = golden_path(BOOK, slug).read_text("utf-8")
    there = known() | {*NAME.findall(code + printed)}
    used = [(line, name) for passage in passages for line, name in in_prose(passage)]
    odd = [f"{text.path}:{line}: `{name}`" for line, name in used if name not in there]
    assert not odd, f"Correct these, or add them to {LIST.name}:\n" + "\n".join(odd)


def test_a_name_that_does_not_exist_is_found():
    assert not {"puase", "keep_graph"} & known()
    assert {"pause", "retain_graph", "get_constant", "ndarray"} <= known()
