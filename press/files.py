"""Writes files so that nobody finds half of one, whatever happens in between."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: str) -> None:
    """Write a file so that a reader finds the old content or the new, never a part of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(content, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        error.filename = str(path)  # a full disk names no file, and nobody knows the draft
        raise
    finally:
        draft.unlink(missing_ok=True)
