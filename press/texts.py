"""Texts: chapters in one language, as Markdown files and as the notebooks that they describe.

`read_text` turns Markdown into a notebook with derived cell ids, `markdown_of` turns it back. What
Jupytext does for both is in `conversion`, which takes long to import.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from press import packages
from press.book import Key
from press.characters import check_characters, read_utf8
from press.errors import BookError
from press.files import write_atomic
from press.fragments import Fragments
from press.front_matter import line_of, read_front_matter

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {  # what our kernel reports, so that Jupyter does not change an opened notebook
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}


@dataclass(frozen=True)
class Text:
    """A chapter in one language, as written.

    `lines[i]` is the Markdown line, counted from 1, where the source of cell i begins.
    """

    path: Path
    language: str
    slug: str
    source: str
    front_matter: Mapping[str, Any] = field(compare=False)  # follows from the source
    notebook: NotebookNode = field(compare=False)  # so does this, but for outputs
    lines: tuple[int, ...]

    @property
    def key(self) -> Key:
        """Its language and its chapter."""
        return self.language, self.slug

    @property
    def name(self) -> str:
        """Its name in commands, such as `ko/layers-and-blocks`."""
        return f"{self.language}/{self.slug}"

    @property
    def description(self) -> str:
        """The sentence that describes the chapter, from its front matter."""
        return self.front_matter.get("description") or ""

    @property
    def description_line(self) -> int:
        """The line of that sentence in the file, or the first line."""
        return line_of(self.source, "description:")

    @property
    def normal_lines(self) -> list[str]:
        """The lines of the file, with their ends, in Unicode's composed form, as cells are read."""
        return unicodedata.normalize("NFC", self.source).splitlines(keepends=True)

    def error(self, line: int, message: str, hint: str = "", *, cause: str = "") -> BookError:
        """Return an error at a line of the text."""
        return BookError(message, path=self.path, line=line, hint=hint, cause=cause)


def read_text(path: Path, kept: Fragments | None = None) -> Text:
    """Read a chapter's Markdown into a notebook without outputs.

    `kept` has the cells of texts that were read before.

    Raises:
        BookError: the file is not UTF-8, has no front matter, or has invalid YAML.
    """
    return text_of(path, read_utf8(path), kept)


def text_of(path: Path, source: str, kept: Fragments | None = None) -> Text:
    """Return the text of a file from its Markdown `source`; raise errors as `read_text` does."""
    check_characters(path, source)
    composed = unicodedata.normalize("NFC", source)  # a Mac may store 층 as three letters
    front_matter = read_front_matter(path, composed)
    try:
        packed = (kept or Fragments()).get(_packed, path.stem, composed, version=_version())
    except BookError as error:
        raise replace(error, path=path) from None
    cells, lines = json.loads(packed)
    return Text(
        path=path,
        language=path.parent.name,
        slug=path.stem,
        source=source,
        front_matter=front_matter,
        notebook=_notebook(front_matter, cells),
        lines=tuple(lines),
    )


def _packed(slug: str, source: str) -> str:
    """Return the cells of Markdown and their lines, as JSON."""
    from press.conversion import cells_of

    return json.dumps(cells_of(slug, source), ensure_ascii=False)


@cache
def _version() -> str:
    """Return a name for everything that reads texts."""
    return f"{packages.version('press')} {importlib.metadata.version('jupytext')}"


def normal_form(text: Text) -> str:
    """Return the Markdown that a save from Jupyter would write for this text."""
    return markdown_of(text.notebook, text.path)


def markdown_of(
    notebook: NotebookNode, path: Path, default: Mapping[str, Any] | None = None
) -> str:
    """Return a notebook's inputs as the Markdown that Jupytext would write for it."""
    from press.conversion import written

    description = notebook.metadata.get("description", (default or {}).get("description"))
    front_matter = {"description": description} if description else {}
    return written(_notebook(front_matter, notebook.cells), path)


def first_difference(text: Text) -> BookError | None:
    """Return where the Markdown is not in Jupytext's form, or None."""
    written, normal = text.source, normal_form(text)
    if written == normal:
        return None
    count = max(len(written.splitlines()), 1)
    lines = enumerate(zip_longest(written.splitlines(), normal.splitlines()), 1)
    whole_lines = ((line, pair) for line, pair in lines if pair[0] != pair[1])
    line, pair = next(whole_lines, (count, (written[-2:], normal[-2:])))
    found, expected = ("the end of the file" if each is None else repr(each) for each in pair)
    if unicodedata.normalize("NFC", written) == normal:  # both look the same
        found, expected = "letters in parts (Unicode NFD)", "whole ones (NFC)"
    message = f"not in Jupytext's form: found {found}, expected {expected}"
    hint = f"Run: press pair --normalize {text.name}"
    return text.error(min(line, count), message, hint)


def normalize(text: Text) -> bool:
    """Rewrite the Markdown in Jupytext's form; return whether that changed anything."""
    normal = normal_form(text)
    if normal == text.source:
        return False
    write_atomic(text.path, normal)
    return True


def _notebook(front_matter: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> NotebookNode:
    """Return the notebook of a text."""
    metadata = {"kernelspec": dict(KERNEL), "language_info": dict(LANGUAGE_INFO)}
    if "description" in front_matter:
        metadata["description"] = front_matter["description"]
    about = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata}
    return nbformat.from_dict({**about, "cells": cells})
