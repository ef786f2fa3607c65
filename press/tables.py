"""Reads the TOML files that people write, so that each error names its line."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from press.characters import check_characters
from press.errors import BookError, not_utf8
from press.files import regular


def read_source(file: Path) -> str:
    """Return the text of a file, without the byte order mark that some editors put before it."""
    try:
        source = regular(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(file, error) from None
    check_characters(file, source)
    return unicodedata.normalize("NFC", source)  # as texts are read


def read_table(file: Path) -> dict[str, Any]:
    """Return the content of a TOML file; raise BookError with the line of invalid TOML."""
    source = read_source(file)
    try:
        return tomllib.loads(source)
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


def line_of(source: str, key: str, head: int = 0) -> int:
    """Return the line that gives `key`, or else the first that mentions it, or else the first.

    With `head`, the line of a table's head: the line that gives the key there, or else the head.
    """
    lines = source.splitlines()
    given = re.compile(rf'\s*\[*"?{re.escape(key)}"?\s*[].=]')
    ends = (n for n in range(head, len(lines)) if lines[n].startswith("["))
    end = next(ends, len(lines)) if head else len(lines)
    found = [n for n in range(head, end) if given.match(lines[n])]
    found += [n for n, line in enumerate(lines) if key in line and not head]
    return found[0] + 1 if found else head or 1
