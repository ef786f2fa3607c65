"""The front matter of a text: the YAML between two lines --- at its beginning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from press.errors import BookError, guess

_BLOCK = re.compile(r"---\n(.*?)^---\s*$", re.DOTALL | re.MULTILINE)
_KEYS = ("description", "jupytext", "kernelspec")
# what PyYAML raises, also for a month 13, a number of 5,000 digits, and brackets 1,000 deep
NO_YAML = (yaml.YAMLError, ValueError, RecursionError)


def read_front_matter(path: Path, source: str) -> dict[str, Any]:
    """Return the front matter of a text, given by its file and its Markdown.

    Raises:
        BookError: there is none, it is not valid YAML, or it has unknown keys.
    """

    def error(message: str, hint: str = "", *, start: str = "", line: int = 0) -> BookError:
        return BookError(message, path=path, line=line or line_of(source, start), hint=hint)

    match = _BLOCK.match(source)
    if not match:
        start = source.partition("\n")[0][:40]
        message = f"no front matter between two lines ---: the file begins with {start!r}"
        hint = "Copy the first lines of another chapter, and change the description."
        raise error(message, hint)
    keys = re.findall(r"^(\w+):", match[1], re.MULTILINE)
    if twice := next((key for key in keys if keys.count(key) > 1), ""):
        message = f"{twice} appears twice in the front matter"
        raise error(message, "Keep one of the two.", start=f"{twice}:")
    try:
        front_matter = yaml.safe_load(match[1])
    except NO_YAML as fault:
        mark = getattr(fault, "problem_mark", None)
        message = f"invalid YAML in the front matter: {yaml_problem(fault)}"
        hint = 'Indent with spaces, and put text with a colon in quotes: description: "…".'
        raise error(message, hint, line=mark.line + 2 if mark else 1) from None
    if not isinstance(front_matter, dict):
        found = type(front_matter).__name__
        raise error(f"the front matter is a {found}, expected keys with values")
    if unknown := next((key for key in front_matter if key not in _KEYS), None):
        hint = f"{guess(str(unknown), _KEYS)}The keys are {', '.join(_KEYS)}."
        raise error(f"{unknown!r} is not a key of the front matter", hint, start=f"{unknown}")
    description = front_matter.get("description")
    if not isinstance(description, str | None):
        found = type(description).__name__
        raise error(f"the description is a {found}, expected a sentence", start="description:")
    return front_matter


def yaml_problem(error: BaseException) -> str:
    """Return what a parser says is wrong."""
    return getattr(error, "problem", None) or " ".join(str(error).split())


def line_of(source: str, start: str) -> int:
    """Return the first line that starts with some words, or 1 if there is none."""
    lines = enumerate(source.splitlines(), 1)
    return next((number for number, line in lines if line.startswith(start)), 1)
