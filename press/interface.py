"""The words of the pages themselves, such as those on buttons and labels, in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter

from press.errors import BookError, raise_all
from press.tables import Table, read_table

FOLDER = Path(__file__).with_name("words")
MODEL = FOLDER / "en.toml"  # every language has the same keys, with the same {fields}
_FIELD = re.compile(r"\{\w+\}")


@cache
def interface(language: str) -> Mapping[str, str]:
    """Return the interface words in a language; raise BookError for missing ones."""
    file = FOLDER / f"{language}.toml"
    if not file.is_file():
        hint = "Copy press/words/en.toml to this file, and translate it."
        raise BookError(f"no interface words for the language {language!r}", path=file, hint=hint)
    table = read_table(file)
    raise_all(_faults(table, table.content if file == MODEL else interface(MODEL.stem)))
    return table.content


def _brace(word: str) -> str:
    """Return what is wrong with the braces in a word, if anything."""
    try:
        list(Formatter().parse(word))
    except ValueError as error:
        return str(error)
    return ""


def _faults(table: Table, model: Mapping[str, str]) -> Iterator[BookError]:
    words = table.content
    if absent := [key for key in model if key not in words]:
        hint = "\n".join(f'{key} = "{model[key]}"' for key in absent)
        message = f"interface words are missing: {', '.join(absent)}"
        yield BookError(message, path=table.path, line=1, hint=f"Add, translated:\n{hint}")
    if unknown := [key for key in words if key not in model]:
        message = f"the interface has no word {' and no '.join(map(repr, unknown))}"
        hint = "Remove it, or add it to press/words/en.toml, which lists all words."
        yield table.error(unknown[0], message, hint)
    for key, word in words.items():
        if key in unknown:
            continue
        if not isinstance(word, str) or not word.strip():
            yield table.expected(key, word, "a string")
        elif fault := _brace(word):
            yield table.error(key, f"{key}: {fault}", "Braces enclose a field.")
        elif sorted(_FIELD.findall(word)) != sorted(_FIELD.findall(model[key])):
            expected = ", ".join(_FIELD.findall(model[key])) or "no field"
            yield table.expected(key, word, f"{expected} in it")
