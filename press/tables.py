"""Reads the TOML files that people write, so that each fault names its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from press.errors import BookError, not_utf8


def read_source(file: Path) -> str:
    """Return the text of a file, without the mark that some editors put before it."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(file, error) from None


def read_table(file: Path) -> dict[str, Any]:
    """Return what a TOML file says; raise BookError with the line where it is no TOML."""
    source = read_source(file)
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = int(place[1]) if place and place[1] else len(source.splitlines())
        reason = str(error).replace(place[0], "") if place else str(error)
        found = source.splitlines()[line - 1] if line else ""
        hint = 'Write straight quotes: "…".' if re.search("[“”‘’]", found) else ""
        raise BookError(f"invalid TOML: {reason}", path=file, line=line, hint=hint) from None


def all_text(value: object, keys: Iterable[str]) -> bool:
    """Tell whether `value` gives a text that is not empty for every key."""
    if not isinstance(value, Mapping):
        return False
    return all(isinstance(value.get(key), str) and value[key].strip() for key in keys)


def line_of(source: str, key: str) -> int:
    """Return the first line that mentions `key`, or the first line of the file."""
    lines = enumerate(source.splitlines(), 1)
    return next((number for number, line in lines if key in line), 1)
