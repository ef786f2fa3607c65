"""The words of the reports, in the language of the reader.

`words/LANGUAGE/report.toml` has the words of every report and the hints for all exercises,
`words/LANGUAGE/CHAPTER.toml` the names of tests and the hints of a chapter's exercises. What a
language lacks appears in English.
"""

import locale
import os
import sys
import tomllib
from collections.abc import Mapping
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
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        candidates += os.environ.get(name, "").split(":")
    codes = (candidate.partition(".")[0].partition("_")[0] for candidate in candidates)
    return next((code for code in codes if code in known), SOURCE)


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
