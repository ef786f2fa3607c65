"""Converts Markdown to the cells of a notebook and back, as Jupytext does."""

from __future__ import annotations

import re
import unicodedata
import warnings
from functools import cache
from itertools import pairwise
from pathlib import Path

import jupytext
import nbformat
from jupytext.config import (
    JupytextConfiguration,
    JupytextConfigurationError,
    load_jupytext_configuration_file,
)
from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import NotebookNode

from press.errors import BookError
from press.files import regular
from press.front_matter import NO_YAML, yaml_problem
from press.paths import find_root

FORMAT = "md:myst"
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_STRAY_TAGS = re.compile(r"[:：]?tags?\s*[:：]\s*\[.*$", re.MULTILINE)
_NO_CELL = (MystMetadataParsingError, *NO_YAML)
_OPTIONS = "The only option of a cell is a list of tags, such as :tags: [language]"


def cells_of(slug: str, source: str) -> tuple[list[NotebookNode], list[int]]:
    """Return the cells of a chapter's Markdown, and the lines where they begin, counted from 1.

    Raises:
        BookError: a cell is not closed, or has options other than tags; without the file.
    """
    parsed = _parsed(source)
    starts, lines = parsed.metadata.pop("source_map"), source.splitlines()
    for number, (cell, start) in enumerate(zip(parsed.cells, starts, strict=True), 1):
        _check_cell(cell, start, lines)
        cell.id = f"{slug}-{number:03d}"
    return parsed.cells, _lines(lines, parsed.cells, starts)


def written(notebook: NotebookNode, path: Path) -> str:
    """Return the Markdown of a notebook that is paired with the file `path`."""
    markdown = jupytext.writes(notebook, FORMAT, config=_configuration(find_root(path)))
    return unicodedata.normalize("NFC", markdown)


def _parsed(source: str) -> NotebookNode:
    """Return the notebook that Jupytext reads from Markdown, with the lines of its cells."""
    try:
        with warnings.catch_warnings(action="ignore"):  # `first_difference` reports it with a line
            return myst_to_notebook(source, add_source_map=True)
    except nbformat.ValidationError as error:
        line = _invalid_from(source)
        message, hint = f"a cell's options cannot be read: {error.message}", _OPTIONS
        if line == 1:
            message = f"the front matter is not valid for a notebook: {error.message}"
            hint = "Copy the lines from jupytext: onward from another chapter."
        raise BookError(message, line=line, hint=hint) from None
    except _NO_CELL as error:
        place = re.search(r"at line (\d+) could not be read: ", str(error))
        reason = yaml_problem(error.__context__ or error)
        message = f"a cell's options cannot be read: {reason}"
        line = int(place[1]) + 1 if place else _invalid_from(source)
        raise BookError(message, line=line, hint=_OPTIONS) from None


def _check_cell(cell: NotebookNode, start: int, lines: list[str]) -> None:
    """Raise BookError for a cell, begun in line `start`, that is open or has unknown options."""
    if cell.cell_type == "code" and not _is_closed(lines[start - 1 :], cell.source):
        hint = "End it with a line of as many ` as the one that begins it."
        raise BookError("the code cell is not closed", line=start, hint=hint)
    if cell.cell_type == "code" and (stray := _STRAY_TAGS.match(cell.source)):
        line = start + lines[start:].index(stray[0]) + 1
        message = f"not an option of a cell: {stray[0]!r}"
        hint = f"{_OPTIONS}, in the first line of the cell."
        raise BookError(message, line=line, hint=hint)
    if unknown := sorted(cell.metadata.keys() - {"tags"}):
        raise BookError(f"a cell has no option {unknown[0]!r}", line=start + 1, hint=_OPTIONS)


def _invalid_from(source: str) -> int:
    """Return the line of the first cell with invalid options, or 1 for the front matter."""
    lines = source.splitlines(keepends=True)
    begins = [n for n, line in enumerate(lines) if line.startswith(("```{code-cell}", "+++"))]
    for start, end in pairwise([0, *begins, len(lines)]):
        try:
            myst_to_notebook("".join(lines[:end]))
        except (nbformat.ValidationError, *_NO_CELL):
            return start + 1 + lines[start].startswith("```")
    return 1


def _is_closed(lines: list[str], code: str) -> bool:
    """Tell whether the cell at the start of `lines` ends before the next one begins."""
    opening = _FENCE.match(lines[0])
    fence = opening[1] if opening else "```"
    ends = (line.strip() for line in lines[1:])
    has_end = any(end.startswith(fence) and not end.strip(fence[0]) for end in ends)
    return has_end and not any(line.startswith(fence) for line in code.splitlines())


def _lines(source: list[str], cells: list[NotebookNode], starts: list[int]) -> list[int]:
    """Return where the source of each cell begins; Jupytext tells where its fence begins."""
    places = []
    for cell, start in zip(cells, starts, strict=True):
        wanted = cell.source.splitlines()
        possible = range(start, len(source) - len(wanted) + 1)
        found = (place for place in possible if source[place : place + len(wanted)] == wanted)
        places.append(next(found, start) + 1)
    return places


@cache
def _configuration(root: Path | None) -> JupytextConfiguration:
    file = (root or Path()) / "jupytext.toml"
    if not file.exists():
        message = "missing: it configures how Jupytext pairs chapters with notebooks"
        raise BookError(message, path=file, hint="Restore it from the repository.")
    try:
        return load_jupytext_configuration_file(str(regular(file)))
    except (JupytextConfigurationError, UnicodeDecodeError) as error:
        reason = str(error).rpartition(" is incorrect: ")[2]
        hint = "Restore it from the repository."
        raise BookError(
            f"not a configuration of Jupytext: {reason}", path=file, hint=hint
        ) from None
