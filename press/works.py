"""The works that the book cites, as `chapters/works.toml` lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from press.errors import BookError, brief, raise_all
from press.tables import Table, read_table

WORKS_FILE = Path("chapters", "works.toml")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FIELDS: Mapping[str, str] = {
    "authors": 'a list of names such as "He, Kaiming"',
    "title": "a text with single spaces between words, without {}, \\ and a period at its end",
    "published": "a string that says where it appeared",
    "year": "a number of four digits, at most next year's",
    "url": "a web address",
}


@dataclass(frozen=True)
class Work:
    """A work that the book cites by its key; authors are written as "He, Kaiming"."""

    key: str
    authors: tuple[str, ...]
    title: str
    published: str
    year: int
    url: str
    line: int

    @property
    def anchor(self) -> str:
        """Its anchor in the bibliography."""
        return work_anchor(self.key)

    @property
    def order(self) -> tuple[Any, ...]:
        """The key that the bibliography is sorted by."""
        return ([name.casefold() for name in self.authors], self.year, self.title)

    @property
    def names(self) -> str:
        """The names of all authors, in the usual order."""
        return ", ".join(" ".join(reversed(name.split(", ", 1))) for name in self.authors)


def work_anchor(key: str) -> str:
    """Return the anchor of a work in the bibliography."""
    return f"work-{key}"


def read_works(file: Path) -> tuple[Work, ...]:
    """Return the works in a file, none if it does not exist; raise BookError for errors in it."""
    errors, works, table = [], [], read_table(file)
    for key, entry in table.content.items():
        line = table.line(key)
        faults = list(_faults(table.inner(key, line, entry)))
        errors += faults
        if not faults:
            works.append(Work(key, **entry | {"authors": tuple(entry["authors"])}, line=line))
    raise_all([*errors, *_copies(works, table)])
    return tuple(sorted(works, key=lambda work: work.order))


def _copies(works: Sequence[Work], table: Table) -> Iterator[BookError]:
    """Yield an error for each title or address that an earlier work has."""
    seen: dict[str, Work] = {}
    for work in works:
        for field in ("title", "url"):
            other = seen.setdefault(getattr(work, field), work)
            if other is not work:
                message = f"the {field} is that of {other.key!r}, in line {other.line}"
                entry = table.inner(work.key, work.line, {})
                yield entry.error(field, message, "Correct it, or keep one.")
                break


def _faults(table: Table) -> Iterator[BookError]:
    """Yield what is wrong with the entry of a work."""
    key, entry = table.name, table.content
    if not isinstance(entry, dict):
        yield table.error(key, f"found {brief(entry)}, expected a table [KEY] for each work")
        return
    if not _KEY.fullmatch(key):
        yield table.error(key, "expected a key of lower-case letters, digits and single hyphens")
    if unknown := table.unknown(_FIELDS):
        yield from unknown.values()
        return  # what is missing may be there under this name
    if absent := [field for field in _FIELDS if field not in entry]:
        expected = "; ".join(_FIELDS[field] for field in absent)
        are = "is" if len(absent) == 1 else "are"
        yield table.error(key, f"{', '.join(absent)} {are} missing, expected {expected}")
    for field, value in entry.items():
        if not _fits(field, value):
            yield table.expected(field, value, _FIELDS[field])
        elif field == "authors" and (fault := _odd_author(value)):
            yield table.error(field, f"{field}: {fault}")
    published, url = (str(entry.get(field)) for field in ("published", "url"))
    if found := re.fullmatch(r"arXiv:? ?((\d\d)\d\d\.\d+)", published):
        if "arxiv.org" in url and found[1] not in url:
            yield table.expected("url", url, f"that of {found[1]}")
        if entry.get("year") != 2000 + int(found[2]):
            yield table.expected("year", entry.get("year"), f"20{found[2]}, as arXiv numbers it")
    year, found = entry.get("year"), re.search(r"arxiv\.org/\w+/(\d\d)\d\d\.", url)
    if found and isinstance(year, int) and year + 1 < 2000 + int(found[1]):
        yield table.expected("year", year, f"20{found[1]} or later, as arXiv numbers its url")


def _fits(field: str, value: object) -> bool:
    if field == "authors":
        return isinstance(value, list) and bool(value) and all(map(_is_text, value))
    if field == "year":
        return type(value) is int and 1000 <= value <= date.today().year + 1
    if field == "title" and re.search(r"[{}\\]|[a-z]\.$", str(value)):
        return False
    return _is_text(value) and (field != "url" or bool(re.match(r"https?://\S+$", str(value))))


def _odd_author(names: Sequence[str]) -> str:
    """Return what is odd about the names of authors, if anything."""
    if twice := next((name for name in names if names.count(name) > 1), ""):
        return f"{twice!r} is there twice"
    if joined := next((name for name in names if "," in name and " and " in name), ""):
        return f"found {joined!r}, expected an author each"
    turned = next((name for name in names if " " in name and "," not in name), "")
    if turned and any("," in name for name in names):  # all without a comma may be one group
        return f"found {turned!r}, expected {_FIELDS['authors'].partition('such as ')[2]}"
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value == " ".join(value.split()) != ""
