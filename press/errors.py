"""Errors that authors of the book can act on: where, what, and what to do next."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from press.paths import shown

_SHOWN = 50  # errors shown at once; one cause may have hundreds


@dataclass(eq=False)
class BookError(Exception):
    """One error in the book.

    `message` names the thing, what was found and what was expected; `hint` says what to do next.
    As text: `chapters/ko/x.md:12: message`, then the hint on separate lines, indented.
    Errors with the same `cause` are reported in one place.
    """

    message: str
    _: KW_ONLY
    path: Path | None = None
    line: int | None = None
    hint: str = ""
    cause: str = ""

    @property
    def place(self) -> str:
        """Where the error is, as `file:line`, `file`, or an empty string."""
        if self.path is None:
            return ""
        return shown(self.path) + (f":{self.line}" if self.line else "")

    def __str__(self) -> str:
        head = f"{self.place}: {self.message}" if self.place else self.message
        return "\n".join([head, *(f"    {line}".rstrip() for line in self.hint.splitlines())])


class Fault(NamedTuple):
    """What is wrong with something: the place in it, what it is, and what to do next.

    The place is a position in words, or a line.
    """

    place: int
    message: str
    hint: str = ""

    def in_file(self, path: Path) -> BookError:
        """Return the error for a fault whose place is a line of a file."""
        return BookError(self.message, path=path, line=self.place, hint=self.hint)


class BookErrors(BookError):  # noqa: N818 (several of them)
    """Several errors reported together, in the order of files and lines."""

    def __init__(self, errors: Iterable[BookError]) -> None:
        self.errors = sorted(errors, key=lambda error: (str(error.path or ""), error.line or 0))
        lines = list(map(str, self.errors[:_SHOWN]))
        if len(self.errors) > _SHOWN:
            lines.append(f"… and {len(self.errors) - _SHOWN} more")
        super().__init__("\n".join(lines))


def trouble(error: OSError) -> BookError:
    """Return what to report about a problem with the machine rather than the book."""
    if error.errno is None:
        raise error
    path = Path(error.filename) if error.filename else None
    is_readers = path is not None and shown(path).startswith("work")
    kept = "Your notebooks are" if is_readers else "The last good book is"
    way_out = "Free some disk space, or make the folder writable."
    if path and os.access(path, os.F_OK) and not os.access(path, os.R_OK):
        way_out = "Make the file readable."
    if error.errno in (errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ELOOP):
        way_out = "Move away what is blocking it, and run the command again."
    message, hint = error.strerror or str(error), f"{kept} still in place. {way_out}"
    return BookError(message, path=path, hint=hint)


def guess(name: str, known: Iterable[str]) -> str:
    """Return a question that suggests known names similar to `name`, if there are any."""
    close = get_close_matches(name, list(known), n=3)
    return f"Did you mean {' or '.join(close)}? " if close else ""


def nearest(name: str, known: Collection[str]) -> str:
    """Return a hint for an unknown name: the known ones similar to it, or else all of them."""
    everything = f"Choices: {', '.join(known)}." if known else "There are none."
    return guess(name, known).rstrip() or everything


def a(noun: str) -> str:
    """Return a noun with its article."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def brief(value: object) -> str:
    """Return the repr of a value, shortened if it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def flat(error: BookError) -> list[BookError]:
    """Return the single errors in an error that may be several."""
    return error.errors if isinstance(error, BookErrors) else [error]


@contextmanager
def noted(errors: list[BookError]) -> Iterator[None]:
    """Add the errors that are raised inside to a list."""
    try:
        yield
    except BookError as error:
        errors += flat(error)


def raise_all(errors: Iterable[BookError]) -> None:
    """Raise one error by itself, or several together; do nothing without errors."""
    found = list(errors)
    if len(found) == 1:
        raise found[0]
    if found:
        raise BookErrors(found)
