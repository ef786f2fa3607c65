"""Reads text, and finds what gets into it by accident: marks of a merge, invisible characters.

They confuse search, checks and people.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from press.errors import BookError
from press.files import regular

_MERGE = re.compile(r"^(<{7} |>{7} ).*$", re.MULTILINE)
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u061c\u115f\u1160\u1680\u180e\u2000-\u200b\u200e"
    r"\u200f\u2028-\u202f\u205f-\u2069\u3164\ue000-\uf8ff\ufeff\uffa0\ufff0-\uffff"
    r"\U000e0000-\U000e0fff]"
    r"|(?<=[A-Za-z가-힣ぁ-ヿ一-鿿])[\u200c\u200d\ufe00-\ufe0f]"  # some scripts need them
)


def read_utf8(path: Path, encoding: str = "utf-8") -> str:
    """Return the text of a file; raise BookError at the first line in another encoding."""
    try:
        return regular(path).read_text(encoding=encoding)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8 text: {error.reason}"
        raise BookError(message, path=path, line=line, hint="Save the file as UTF-8.") from None


def read_clean(path: Path) -> str:
    """Return the text of a file as texts are read, without the byte order mark of some editors.

    Raises:
        BookError: it is in another encoding, or `check_characters` finds something.
    """
    source = read_utf8(path, "utf-8-sig")
    check_characters(path, source)
    return unicodedata.normalize("NFC", source)


def check_characters(path: Path, source: str) -> None:
    """Raise BookError for the first mark of a merge, or else the first invisible character."""
    match = _MERGE.search(source) or _INVISIBLE.search(source)
    if match is None:
        return
    if match.re is _MERGE:
        message = f"an unresolved merge: {match[0]}"
        hint = "Keep what is right from both sides, and remove the lines with the marks."
    else:
        name = unicodedata.name(match[0], "no letter")
        message = f"the invisible character U+{ord(match[0]):04X} ({name})"
        instead = "Write a plain space." if match[0].isspace() else "Delete it."
        hint = instead if match.start() else "Save the file as UTF-8 without BOM."
    line = source.count("\n", 0, match.start()) + 1
    raise BookError(message, path=path, line=line, hint=hint)
