"""Texts: chapters in one language, as Markdown files and as the notebooks that they describe.

`read_text` turns Markdown into a notebook with derived cell ids, `markdown_of` turns it back.
"""

from __future__ import annotations

import platform
import re
import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml
from jupytext.config import (
    JupytextConfiguration,
    JupytextConfigurationError,
    load_jupytext_configuration_file,
)
from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import NotebookNode

from press.book import Key
from press.characters import check_characters
from press.errors import BookError, find_root, not_utf8
from press.files import regular, write_whole

FORMAT = "md:myst"
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
_FRONT_MATTER = re.compile(r"---\n(.*?)^---\s*$", re.DOTALL | re.MULTILINE)
_KEYS = ("description", "jupytext", "kernelspec")  # of the front matter
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_STRAY_TAGS = re.compile(r"[:：]?tags?\s*[:：]\s*\[.*$", re.MULTILINE)
# what PyYAML raises, also for a month 13, a number of 5,000 digits, and brackets 1,000 deep
_NO_YAML = (MystMetadataParsingError, yaml.YAMLError, ValueError, RecursionError)
_OPTIONS = "The only option of a cell is a list of tags, such as :tags: [language]"


@dataclass(frozen=True)
class Text:
    """A chapter in one language, as written.

    `lines[i]` is the Markdown line, counted from 1, where the source of cell i begins.
    """

    path: Path
    language: str
    slug: str
    source: str
    front_matter: Mapping[str, Any]
    notebook: NotebookNode
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
        return _line_of(self.source, "description:")


def read_text(path: Path) -> Text:
    """Read a chapter's Markdown into a notebook without outputs.

    Raises BookError for a file that is not UTF-8, has no front matter, or has invalid YAML.
    """
    try:
        source = regular(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
    return text_of(path, source)


def text_of(path: Path, source: str) -> Text:
    """Return the text of a file from its Markdown `source`; raise errors as `read_text` does."""
    check_characters(path, source)
    composed = unicodedata.normalize("NFC", source)  # a Mac may store 층 as three letters
    front_matter = _front_matter(path, composed)
    parsed = _parsed(path, composed)
    starts, lines = parsed.metadata.pop("source_map"), composed.splitlines()
    for cell, start in zip(parsed.cells, starts, strict=True):
        _check_cell(path, cell, start, lines)
    cells = [_cell(path.stem, number, cell) for number, cell in enumerate(parsed.cells, 1)]
    return Text(
        path=path,
        language=path.parent.name,
        slug=path.stem,
        source=source,
        front_matter=front_matter,
        notebook=_notebook(front_matter, cells),
        lines=_lines(lines, cells, starts),
    )


def normal_form(text: Text) -> str:
    """Return the Markdown that a save from Jupyter would write for this text."""
    return markdown_of(text.notebook, text.path)


def first_difference(text: Text) -> BookError | None:
    """Return where the Markdown is not in Jupytext's form, or None."""
    written, normal = text.source, normal_form(text)
    if written == normal:
        return None
    ours, theirs = written.splitlines(), normal.splitlines()
    pairs = enumerate(zip(ours, theirs, strict=False), 1)
    fallback = min(len(ours), len(theirs)) + 1
    line = next((number for number, (our, their) in pairs if our != their), fallback)
    found = repr(ours[line - 1]) if line <= len(ours) else "the end of the file"
    expected = repr(theirs[line - 1]) if line <= len(theirs) else "the end of the file"
    if unicodedata.normalize("NFC", written) == normal:  # both look the same
        found, expected = "letters in parts (Unicode NFD)", "whole ones (NFC)"
    elif ours == theirs:
        found, expected = (repr(each[-2:]) for each in (written, normal))
    return BookError(
        f"not in Jupytext's form: found {found}, expected {expected}",
        path=text.path,
        line=min(line, max(len(ours), 1)),
        hint=f"Run: press pair --normalize {text.name}",
    )


def normalize(text: Text) -> bool:
    """Rewrite the Markdown in Jupytext's form; return whether that changed anything."""
    normal = normal_form(text)
    if normal == text.source:
        return False
    write_whole(text.path, normal)
    return True


def _front_matter(path: Path, source: str) -> dict[str, Any]:
    match = _FRONT_MATTER.match(source)
    if not match:
        raise BookError(
            "no front matter: the file does not begin with a block between two lines ---",
            path=path,
            line=1,
            hint="Copy the first lines of another chapter, and change the description.",
        )
    keys = re.findall(r"^(\w+):", match[1], re.MULTILINE)
    if twice := next((key for key in keys if keys.count(key) > 1), ""):
        line = _line_of(source, f"{twice}:")
        message = f"{twice} appears twice in the front matter"
        raise BookError(message, path=path, line=line, hint="Keep one of the two.")
    try:
        front_matter = yaml.safe_load(match[1])
    except _NO_YAML as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        message = f"invalid YAML in the front matter: {_yaml_problem(error)}"
        hint = 'Indent with spaces, and put text with a colon in quotes: description: "…".'
        raise BookError(message, path=path, line=line, hint=hint) from None
    if not isinstance(front_matter, dict):
        found = type(front_matter).__name__
        message = f"the front matter is a {found}, expected keys with values"
        raise BookError(message, path=path, line=1)
    if unknown := next((key for key in front_matter if key not in _KEYS), None):
        message = f"{unknown!r} is not a key of the front matter"
        line = _line_of(source, f"{unknown}")
        raise BookError(message, path=path, line=line, hint=f"The keys are {', '.join(_KEYS)}.")
    description = front_matter.get("description")
    if not isinstance(description, str | None):
        message = f"the description is a {type(description).__name__}, expected a sentence"
        raise BookError(message, path=path, line=_line_of(source, "description:"))
    return front_matter


def _parsed(path: Path, source: str) -> NotebookNode:
    """Return the notebook that Jupytext reads from Markdown, with the lines of its cells."""
    try:
        with warnings.catch_warnings(action="ignore"):  # `first_difference` reports it with a line
            return myst_to_notebook(source, add_source_map=True)
    except nbformat.ValidationError as error:
        line = _invalid_from(source)
        if line == 1:
            message = f"the front matter is not valid for a notebook: {error.message}"
            hint = "Copy the lines from jupytext: onward from another chapter."
        else:
            message = f"a cell's options cannot be read: {error.message}"
            hint = _OPTIONS
        raise BookError(message, path=path, line=line, hint=hint) from None
    except _NO_YAML as error:
        place = re.search(r"at line (\d+) could not be read: ", str(error))
        reason = _yaml_problem(error.__context__ or error)
        message = f"a cell's options cannot be read: {reason}"
        line = int(place[1]) + 1 if place else _invalid_from(source)
        raise BookError(message, path=path, line=line, hint=_OPTIONS) from None


def _check_cell(path: Path, cell: NotebookNode, start: int, lines: list[str]) -> None:
    """Raise BookError for a cell, begun in line `start`, that is open or has unknown options."""
    if cell.cell_type == "code" and not _is_closed(lines[start - 1 :], cell.source):
        hint = "End it with a line of as many ` as the one that begins it."
        raise BookError("the code cell is not closed", path=path, line=start, hint=hint)
    if cell.cell_type == "code" and (stray := _STRAY_TAGS.match(cell.source)):
        line = start + lines[start:].index(stray[0]) + 1
        message = f"not an option of a cell: {stray[0]!r}"
        hint = f"{_OPTIONS}, in the first line of the cell."
        raise BookError(message, path=path, line=line, hint=hint)
    if unknown := sorted(cell.metadata.keys() - {"tags"}):
        message = f"a cell has no option {unknown[0]!r}"
        raise BookError(message, path=path, line=start + 1, hint=_OPTIONS)


def _yaml_problem(error: BaseException) -> str:
    return getattr(error, "problem", None) or " ".join(str(error).split())


def _invalid_from(source: str) -> int:
    """Return the line of the first cell with invalid options, or 1 for the front matter."""
    lines = source.splitlines(keepends=True)
    begins = [n for n, line in enumerate(lines) if line.startswith(("```{code-cell}", "+++"))]
    for start, end in pairwise([0, *begins, len(lines)]):
        try:
            myst_to_notebook("".join(lines[:end]))
        except (nbformat.ValidationError, *_NO_YAML):
            return start + 1 + lines[start].startswith("```")
    return 1


def _is_closed(lines: list[str], code: str) -> bool:
    """Tell whether the cell at the start of `lines` ends before the next one begins."""
    opening = _FENCE.match(lines[0])
    fence = opening[1] if opening else "```"
    ends = (line.strip() for line in lines[1:])
    has_end = any(end.startswith(fence) and not end.strip(fence[0]) for end in ends)
    return has_end and not any(line.startswith(fence) for line in code.splitlines())


def _line_of(source: str, start: str) -> int:
    lines = enumerate(source.splitlines(), 1)
    return next((number for number, line in lines if line.startswith(start)), 1)


def _cell(slug: str, number: int, cell: NotebookNode) -> NotebookNode:
    cell.id = f"{slug}-{number:03d}"
    return cell


def _notebook(front_matter: Mapping[str, Any], cells: list[NotebookNode]) -> NotebookNode:
    metadata = {"kernelspec": dict(KERNEL), "language_info": dict(LANGUAGE_INFO)}
    if "description" in front_matter:
        metadata["description"] = front_matter["description"]
    return nbformat.v4.new_notebook(metadata=metadata, cells=cells, nbformat_minor=5)


def _lines(source: list[str], cells: list[NotebookNode], starts: list[int]) -> tuple[int, ...]:
    """Return where the source of each cell begins; Jupytext tells where its fence begins."""
    lines = []
    for cell, start in zip(cells, starts, strict=True):
        wanted = cell.source.splitlines()
        places = range(start, len(source) - len(wanted) + 1)
        found = (place for place in places if source[place : place + len(wanted)] == wanted)
        lines.append(next(found, start) + 1)
    return tuple(lines)


def markdown_of(
    notebook: NotebookNode, path: Path, default: Mapping[str, Any] | None = None
) -> str:
    """Return a notebook's inputs as the Markdown that Jupytext would write for it."""
    notebook = nbformat.from_dict(notebook)
    description = notebook.metadata.get("description", (default or {}).get("description"))
    notebook.metadata = _notebook({"description": description} if description else {}, []).metadata
    markdown = jupytext.writes(notebook, FORMAT, config=_configuration(find_root(path)))
    return unicodedata.normalize("NFC", markdown)


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
