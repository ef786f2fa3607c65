"""Pairs each text with its notebook: Markdown to notebook on every build, back only on request.

`read_text` turns Markdown into a notebook with derived cell ids. A notebook whose inputs someone
edited without Jupytext is never overwritten: `conflict` reports it and names the two commands that
resolve it, here `take` and `drop`. To tell such an edit from one made in Jupyter, the hash of a
notebook's inputs is recorded whenever the pair is known to agree: when the build writes the
notebook, and when Jupyter saves both files (`record_save`, a hook of `make edit`).
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import time
import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from itertools import count, pairwise
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

from press.book import Book, Key
from press.cells import SOLUTION, tags
from press.characters import check_characters
from press.errors import BookError, BookErrors, find_root, not_utf8, raise_all, shown
from press.files import write_whole
from press.hashing import sha256
from press.outputs import valid

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


def read_text(path: Path) -> Text:
    """Read a chapter's Markdown into a notebook without outputs.

    Raises BookError for a file that is not UTF-8, has no front matter, or has invalid YAML.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
    return text_of(path, source)


def text_of(path: Path, source: str) -> Text:
    """Return the text of a file from its Markdown `source`; raise errors as `read_text` does."""
    check_characters(path, source)
    composed = unicodedata.normalize("NFC", source)  # a Mac may store 층 as three letters
    front_matter = _front_matter(path, composed)
    try:
        with warnings.catch_warnings(action="ignore"):  # `first_difference` reports it with a line
            parsed = myst_to_notebook(composed, add_source_map=True)
    except nbformat.ValidationError as error:
        line = _invalid_from(composed)
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
        line = int(place[1]) + 1 if place else _invalid_from(composed)
        raise BookError(message, path=path, line=line, hint=_OPTIONS) from None
    starts, lines = parsed.metadata.pop("source_map"), composed.splitlines()
    for cell, start in zip(parsed.cells, starts, strict=True):
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
    return _markdown(text.notebook, text.path)


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


def with_outputs(text: Text, old: NotebookNode | None) -> NotebookNode:
    """Return the text's notebook with the outputs of `old` where the code is the same."""
    notebook = nbformat.from_dict(text.notebook)
    if old is None:
        return notebook
    ours = [cell for cell in notebook.cells if cell.cell_type == "code"]
    theirs = [cell for cell in old.cells if cell.cell_type == "code"]
    sources = [cell.source for cell in ours], [cell.source for cell in theirs]
    for here, there, size in SequenceMatcher(None, *sources, autojunk=False).get_matching_blocks():
        for cell, kept in zip(ours[here : here + size], theirs[there : there + size], strict=True):
            cell.outputs = valid(kept)
            cell.execution_count = kept.get("execution_count")
    return notebook


def as_built(book: Book, text: Text) -> Text:
    """Return the text with the outputs of its notebook; raise BookError if there is no notebook."""
    file = book.notebook_path(*text.key)
    if not file.exists():
        raise BookError("the notebook has not been built yet", path=file, hint="Run: make book")
    content = file.read_bytes()
    try:
        notebook = _notebook_in(content)
    except Exception as error:  # as in conflict
        raise _no_notebook(text, file, error) from None
    return replace(text, notebook=with_outputs(text, notebook))


def pair(book: Book, text: Text) -> None:
    """Update the notebook from the text; keep outputs where the code is unchanged.

    Raises BookError if the notebook was edited without Jupytext.
    """
    if error := conflict(book, text):
        raise error
    file = book.notebook_path(*text.key)
    old = _notebook_in(file.read_bytes()) if file.exists() else None
    write_notebook(book, text, with_outputs(text, old))


def write_notebook(book: Book, text: Text, notebook: NotebookNode) -> bool:
    """Write a notebook whose inputs are those of `text`; return whether the file changed.

    Jupyter shows its solutions collapsed, which does not affect the Markdown.
    """
    file = book.notebook_path(*text.key)
    folded = deepcopy(notebook)
    for cell in folded.cells:
        if SOLUTION in tags(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}
    content = nbformat.writes(folded) + "\n"
    changed = not file.exists() or file.read_bytes() != content.encode()
    if changed:
        write_whole(file, content)
    # Jupytext would think that a notebook newer than its Markdown was edited without it
    written = text.path.stat().st_mtime_ns
    if file.stat().st_mtime_ns > written:
        os.utime(file, ns=(written, written))
    _record(book, text, content.encode())
    return changed


def conflict(book: Book, text: Text) -> BookError | None:
    """Return an error if overwriting the notebook would lose an edit."""
    file = book.notebook_path(*text.key)
    if not file.exists():
        return None
    content = file.read_bytes()
    record = _read_record(_record_path(book, *text.key))
    if sha256(content) == record.get("file"):
        return None
    try:
        notebook = _notebook_in(content)
        inputs = _markdown(notebook, text.path, text.front_matter)
    except Exception as error:  # whatever the libraries raise for a file that is not a notebook
        return _no_notebook(text, file, error)
    if inputs == normal_form(text) or sha256(inputs.encode()) == record.get("inputs"):
        return None
    return BookError(
        f"edited without Jupytext; the edit is not in {shown(text.path)}",
        path=file,
        hint=f"To copy the edit to the Markdown, run: press pair --take {text.name}\n"
        f"To discard it (keeps a copy in work/backup), run: press pair --drop {text.name}",
    )


def check_conflicts(book: Book, texts: Iterable[Text]) -> None:
    """Raise BookError or BookErrors if overwriting the notebooks would lose an edit."""
    raise_all(error for text in texts if (error := conflict(book, text)))


def _notebook_in(content: bytes) -> NotebookNode:
    """Return the notebook in a file; missing or duplicate ids do no harm."""
    with warnings.catch_warnings(action="ignore"):
        return nbformat.reads(content.decode("utf-8-sig"), as_version=4)


def _no_notebook(text: Text, file: Path, error: Exception) -> BookError:
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    if isinstance(error, AttributeError | KeyError | NameError | TypeError):
        reason = "it does not have the form of one"  # a library failed on it
    hint = f"To move it away and make a new one, run: press pair --drop {text.name}"
    return BookError(f"not a notebook: {reason}", path=file, hint=hint)


def take(book: Book, text: Text) -> list[Path]:
    """Write the notebook's inputs into the Markdown; return the copies kept of what it replaced.

    Raises BookError when there is no notebook to copy edits from.
    """
    file = book.notebook_path(*text.key)
    try:
        content = file.read_bytes()
        notebook = _notebook_in(content)
        markdown = _markdown(notebook, text.path, default=text.front_matter)
    except FileNotFoundError:
        raise BookError("there is no notebook to copy edits from", path=file) from None
    except Exception as error:  # as in conflict
        raise _no_notebook(text, file, error) from None
    if markdown == text.source:
        _record(book, text, content)
        return []
    kept = [keep(book, text.path, text.language)]
    write_whole(text.path, markdown)
    _record(book, read_text(text.path), content)
    return kept


def drop(book: Book, text: Text) -> list[Path]:
    """Recreate the notebook from the Markdown; return the backup of the old one."""
    file = book.notebook_path(*text.key)
    kept = [keep(book, file, text.language)] if file.exists() else []
    write_notebook(book, text, nbformat.from_dict(text.notebook))
    return kept


def record_save(os_path: str, **_: Any) -> None:
    """Record that Jupyter saved a pair: a post-save hook of its contents manager.

    Jupytext saves the notebook first and the Markdown last; after that, the two can be compared.
    """
    path = Path(os_path)
    root = find_root(path)
    if root is None or path.suffix != ".md" or path.parent.parent != root / "chapters":
        return
    try:
        book, text = Book.load(root), read_text(path)
        file = book.notebook_path(*text.key)
        content = file.read_bytes()
        if _markdown(_notebook_in(content), path) == normal_form(text):
            _record(book, text, content)
    except (BookError, BookErrors, OSError, ValueError):
        return  # an unfinished chapter is saved all the same; the next build reports what is wrong


def remove_orphans(book: Book, texts: Iterable[Text]) -> list[Path]:
    """Remove notebooks without a chapter, unless they contain an edit; return those removed."""
    wanted = {book.notebook_path(*text.key) for text in texts}
    return [file for file in _notebooks(book) if file not in wanted and _remove(book, file)]


def remove_all(book: Book) -> list[Path]:
    """Remove all notebooks except those with an edit; return the ones that stay."""
    return [file for file in _notebooks(book) if not _remove(book, file)]


def _notebooks(book: Book) -> list[Path]:
    return sorted((book.build_dir / "notebooks").glob("*/*.ipynb"))


def _remove(book: Book, file: Path) -> bool:
    """Remove a notebook unless it has an edit found nowhere else; return whether it was removed."""
    record = _record_path(book, file.parent.name, file.stem)
    if sha256(file.read_bytes()) != _read_record(record).get("file"):
        try:  # outputs made in Jupyter also change the file, but may go
            if conflict(book, read_text(book.text_path(file.parent.name, file.stem))):
                return False
        except (BookError, OSError):
            return False
    file.unlink()
    record.unlink(missing_ok=True)
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


def _markdown(notebook: NotebookNode, path: Path, default: Mapping[str, Any] | None = None) -> str:
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
        return load_jupytext_configuration_file(str(file))
    except (JupytextConfigurationError, UnicodeDecodeError) as error:
        reason = str(error).rpartition(" is incorrect: ")[2]
        hint = "Restore it from the repository."
        raise BookError(
            f"not a configuration of Jupytext: {reason}", path=file, hint=hint
        ) from None


def _record_path(book: Book, language: str, slug: str) -> Path:
    return book.build_dir / "paired" / language / f"{slug}.yaml"


def _record(book: Book, text: Text, content: bytes) -> None:
    """Record that the notebook, given by its content, and the Markdown agree."""
    known = {"file": sha256(content), "inputs": sha256(normal_form(text).encode())}
    path = _record_path(book, *text.key)
    if known != _read_record(path):
        write_whole(path, "".join(f"{key}: {value}\n" for key, value in known.items()))


def _read_record(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        known = yaml.safe_load(path.read_text(encoding="utf-8"))
    except _NO_YAML:
        return {}  # damaged: the notebook itself shows whether it was edited
    return known if isinstance(known, dict) else {}


def keep(book: Book, file: Path, language: str) -> Path:
    """Copy a file that is about to be replaced to work/backup, under a unique name."""
    copy = backup_path(book, language, file.name)
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, copy)
    return copy


def backup_path(book: Book, language: str, name: str) -> Path:
    """Return an unused path in work/backup for something: its name with the time."""
    wish = book.root / "work" / "backup" / language / name
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (f"{wish.stem}-{stamp}{n or ''}{wish.suffix}" for n in count())
    return next(path for name in names if not (path := wish.with_name(name)).exists())
