"""The words of the reports, in the language of the reader.

`words/LANGUAGE/report.toml` has the words of every report and the hints for all exercises,
`words/LANGUAGE/CHAPTER.toml` the names of tests and the hints of a chapter's exercises. What a
language lacks appears in English.
"""

import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path, PurePath
from typing import Any

FOLDER = Path(__file__).with_name("words")
SOURCE = "en"


def language() -> str:
    """Return the language of the reader: from the build, the notebook or the system."""
    known = _languages()
    if stated := os.environ.get("D2LMINI_LANGUAGE"):
        return stated if stated in known else SOURCE
    candidates = [PurePath(os.environ.get("JPY_SESSION_NAME", "")).parent.name]
    if sys.platform == "emscripten":  # JupyterLite names no notebook, but starts in its folder
        candidates.append(Path.cwd().name)
    named = (candidate for candidate in candidates if candidate in known)
    return next(named, None) or system_language(known) or SOURCE


def system_language(known: Iterable[str], settings: Mapping[str, str] = os.environ) -> str | None:
    """Return which of the known languages the system's settings ask for, or None.

    As in other programs, the locale is in `LC_ALL`, `LC_MESSAGES` or `LANG`, the first that is set;
    unless that is C, the languages in `LANGUAGE`, such as `ko:en`, come before it.
    """
    set_to = (settings.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, set_to), "C")
    if locale in ("C", "POSIX"):
        return None
    wishes = [*settings.get("LANGUAGE", "").split(":"), locale]
    tags = [re.split("[.@]", wish)[0].replace("_", "-").lower() for wish in wishes]
    found = {code.lower(): code for code in known}
    codes = (code for tag in tags for code in (tag, tag.partition("-")[0]))  # pt-br, or else pt
    return next((found[code] for code in codes if code in found), None)


def word(*keys: str) -> str:
    """Return a word of the reports in the language of the reader; see `find`."""
    return find("report", *keys) or ".".join(keys)


def find(file: str, *keys: str) -> str:
    """Return a word from a file in the language of the reader, or in English, or an empty one."""
    for code in (language(), SOURCE):
        found: Any = _read(code, file)
        for key in keys:
            found = found.get(key, {}) if isinstance(found, dict) else {}
        if isinstance(found, str):
            return found
    return ""


@cache
def _languages() -> frozenset[str]:
    return frozenset(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


@cache
def _read(code: str, file: str) -> Mapping[str, Any]:
    path = FOLDER / code / f"{file}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
