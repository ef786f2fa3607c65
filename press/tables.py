"""Reads the TOML files that people write, so that each error names its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from press.characters import read_clean
from press.errors import BookError, brief, guess


@dataclass(frozen=True)
class Table:
    """A TOML file, or a table in it: what it says, and where."""

    path: Path
    source: str
    """The text of the file."""
    content: Mapping[str, Any]
    name: str = ""
    """What messages call a table."""
    head: int = 0
    """The line where a table begins."""

    def inner(self, name: str, head: int, content: Mapping[str, Any]) -> Table:
        """Return a table of the file that begins in a line."""
        return replace(self, name=name, head=head, content=content)

    def heads(self, key: str) -> list[int]:
        """Return the lines that begin the tables [[key]]."""
        lines = _numbered(self.source)
        return [n for n, line in lines if line.strip().startswith(f"[[{key}]]")]

    def line(self, key: str) -> int:
        """Return the line that gives a key; else the head, or the line that mentions it."""
        lines = _numbered(self.source)[self.head :]
        if self.head:
            lines = list(takewhile(lambda each: not each[1].startswith("["), lines))
        given = re.compile(rf'\s*\[*"?{re.escape(key)}"?\s*[].=]')
        places = [number for number, line in lines if given.match(line)]
        places += [number for number, line in lines if key in line and not self.head]
        return next(iter(places), self.head or 1)

    def error(self, key: str, message: str, hint: str = "", *, cause: str = "") -> BookError:
        """Return an error at the line of a key."""
        message = f"{self.name}: {message}" if self.name else message
        return BookError(message, path=self.path, line=self.line(key), hint=hint, cause=cause)

    def expected(self, key: str, found: object, expected: str) -> BookError:
        """Return an error for what a key gives; None stands for nothing."""
        what = "nothing" if found is None else brief(found)
        return self.error(key, f"{key}: found {what}, expected {expected}")

    def unknown(self, known: Collection[str]) -> dict[str, BookError]:
        """Return an error for each key that is not one of the known, by key."""
        hint = f"The keys are {', '.join(known)}."
        return {
            key: self.error(key, f"unknown key {key!r}", guess(key, known) + hint)
            for key in sorted(self.content.keys() - known)
        }


@cache
def _numbered(source: str) -> list[tuple[int, str]]:
    return list(enumerate(source.splitlines(), 1))


def read_table(file: Path) -> Table:
    """Return a TOML file, empty if there is none; raise BookError with the line of invalid TOML."""
    source = read_clean(file) if file.exists() else ""
    try:
        return Table(file, source, tomllib.loads(source))
    except (ValueError, RecursionError) as error:  # TOML's own, and too long or deep for Python
        place = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = int(place[1]) if place and place[1] else len(source.splitlines())
        reason = str(error).replace(place[0], "") if place else str(error)
        found = source.splitlines()[line - 1] if line else ""
        hint = 'Write straight quotes: "…".' if re.search("[“”‘’]", found) else ""
        raise BookError(f"invalid TOML: {reason}", path=file, line=line, hint=hint) from None


def all_text(value: object, keys: Iterable[object]) -> bool:
    """Tell whether `value` has a nonempty string for every key."""
    if not isinstance(value, Mapping):
        return False
    return all(isinstance(value.get(key), str) and value[key].strip() for key in keys)
