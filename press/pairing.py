"""Pairs each text with its notebook: Markdown to notebook on every build, back only on request.

A notebook whose inputs someone edited without Jupytext is never overwritten: `check_conflict`
reports it and names the two commands that resolve it, here `take` and `drop`. To tell such an edit
from one made in Jupyter, the hash of a notebook's inputs is recorded whenever the pair is known to
agree: when the build writes the notebook, and when Jupyter saves both files (`record_save`, a hook
of `make edit`; another, `keep_overwritten`, keeps an edit of the Markdown from such a save).
"""

from __future__ import annotations

import os
import re
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from press.backups import keep, move_away
from press.book import Book
from press.errors import BookError, noted, raise_all
from press.files import regular, write_atomic
from press.hashing import sha256
from press.outputs import valid
from press.paths import find_root, shown
from press.tags import SOLUTION, tags
from press.texts import Text, markdown_of, normal_form, read_text

_HIDDEN = re.compile(r"(^|/)(\.|__pycache__/)")  # what programs leave behind
_STARTED = time.time_ns()
_saved: dict[Path, bytes] = {}  # by Jupyter, since then: the inputs of notebooks
_WAY_OUT = "To move it away and make a new one, run: press pair --drop {}"


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
    content = _content(text, file)
    with _reading(text, file):
        old = _notebook_in(content)
    return replace(text, notebook=with_outputs(text, old))


def pair(book: Book, text: Text) -> None:
    """Update the notebook from the text; keep outputs where the code is unchanged.

    Raises:
        BookError: the notebook was edited without Jupytext.
    """
    check_conflict(book, text)
    file = book.notebook_path(*text.key)
    old = _notebook_in(_content(text, file)) if file.exists() else None
    write_notebook(book, text, with_outputs(text, old))


def write_notebook(book: Book, text: Text, notebook: NotebookNode) -> bool:
    """Write a notebook whose inputs are those of `text`; return whether the file changed.

    Jupyter shows its solutions collapsed, which does not affect the Markdown.
    """
    file = book.notebook_path(*text.key)
    cells = [_collapsed(cell) if SOLUTION in tags(cell) else cell for cell in notebook.cells]
    folded = NotebookNode(notebook, cells=cells)
    content = nbformat.v4.writes(folded) + "\n"
    changed = not file.exists() or regular(file).read_bytes() != content.encode()
    if changed:
        nbformat.validate(folded)
        write_atomic(file, content)
    # Jupytext would think that a notebook newer than its Markdown was edited without it
    written = text.path.stat().st_mtime_ns
    if file.stat().st_mtime_ns > written:
        os.utime(file, ns=(written, written))
    _record(book, text, content.encode())
    return changed


def _collapsed(cell: NotebookNode) -> NotebookNode:
    return NotebookNode(cell, metadata={**cell.metadata, "jupyter": {"source_hidden": True}})


def check_conflict(book: Book, text: Text) -> None:
    """Raise BookError if overwriting the notebook would lose an edit."""
    file = book.notebook_path(*text.key)
    if not file.exists():
        return
    content = _content(text, file)
    record = _read_record(_record_path(book, *text.key))
    if sha256(content) == record.get("file"):
        return
    with _reading(text, file):
        notebook = _notebook_in(content)
        inputs = markdown_of(notebook, text.path, text.front_matter).encode()
    markdown, agreed = normal_form(text).encode(), record.get("inputs")
    is_known = inputs == markdown or sha256(inputs) == agreed
    if is_known and not _has_pictures(notebook):
        return
    hint = f"To copy the edit to the Markdown, run: press pair --take {text.name}\n"
    hint += f"To discard it (keeps a copy in work/backup), run: press pair --drop {text.name}"
    if agreed and agreed != sha256(markdown):
        hint += (
            "\nThe Markdown was edited, too; --take keeps a copy of it from which to merge that."
        )
    message = f"edited without Jupytext; the edit is not in {shown(text.path)}"
    raise BookError(message, path=file, hint=hint)


def check_conflicts(book: Book, texts: Iterable[Text]) -> None:
    """Raise BookError if overwriting the notebooks would lose an edit."""
    errors: list[BookError] = []
    for text in texts:
        with noted(errors):
            check_conflict(book, text)
    raise_all(errors)


def _content(text: Text, file: Path) -> bytes:
    """Return what is in a notebook; raise BookError for a folder in its place."""
    if file.is_dir():
        raise BookError("a folder, not a notebook", path=file, hint=_WAY_OUT.format(text.name))
    return regular(file).read_bytes()


def _notebook_in(content: bytes) -> NotebookNode:
    """Return the notebook in a file; missing or duplicate ids and Windows' line ends do no harm.

    It is without empty cells at its end: Jupyter adds one when the last cell is run.
    """
    with warnings.catch_warnings(action="ignore"):
        notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
    cells = notebook.cells
    for cell in cells:
        cell.source = cell.source.replace("\r\n", "\n")
    while cells and not (cells[-1].source or cells[-1].get("attachments")):
        cells.pop()
    return notebook


def _has_pictures(notebook: NotebookNode) -> bool:
    """Tell whether pictures are attached to cells, for which Markdown has no place."""
    return any(cell.get("attachments") for cell in notebook.cells)


@contextmanager
def _reading(text: Text, file: Path) -> Iterator[None]:
    """Raise BookError for whatever the libraries raise on a file that is not a notebook."""
    try:
        yield
    except BookError:
        raise
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        if isinstance(error, AttributeError | KeyError | NameError | TypeError):
            reason = "it does not have the form of one"  # a library failed on it
        hint = _WAY_OUT.format(text.name)
        raise BookError(f"not a notebook: {reason}", path=file, hint=hint) from None


def take(book: Book, text: Text) -> list[Path]:
    """Write the notebook's inputs into the Markdown; return the copies kept of what it replaced.

    A notebook with pictures attached to it is kept too.

    Raises:
        BookError: there is no notebook to copy edits from.
    """
    file = book.notebook_path(*text.key)
    if not file.exists():
        raise BookError("there is no notebook to copy edits from", path=file)
    content = _content(text, file)
    with _reading(text, file):
        notebook = _notebook_in(content)
        markdown = markdown_of(notebook, text.path, text.front_matter).encode()
    kept = []
    if markdown != text.source.encode():
        kept = [keep(book, text.path, text.language)]
        write_atomic(text.path, markdown)
    if _has_pictures(notebook):
        kept.append(keep(book, file, text.language))
    _record(book, text, content, markdown)
    return kept


def drop(book: Book, text: Text) -> list[Path]:
    """Recreate the notebook from the Markdown; return where what was in its place is now."""
    file = book.notebook_path(*text.key)
    kept = [move_away(book, file, text.language)] if file.exists() else []
    write_notebook(book, text, nbformat.from_dict(text.notebook))
    return kept


def keep_overwritten(path: str, model: Any, contents_manager: Any) -> None:
    """Keep an edit of the Markdown that Jupyter is about to overwrite: a hook before it saves.

    Jupytext writes both files whatever has become of the Markdown since the notebook was opened;
    JupyterLab asks before, but in the name of the notebook.
    """
    file = Path(contents_manager.root_dir, path)
    root = find_root(file)
    if root is None or file.suffix != ".ipynb" or file.parent.parent != root / "build/notebooks":
        return
    book = Book.load(root)
    written = book.text_path(file.parent.name, file.stem)
    if not written.exists():
        return
    try:
        text = read_text(written)
        theirs, front_matter = normal_form(text).encode(), text.front_matter
    except BookError:  # unfinished
        theirs, front_matter = written.read_bytes(), {}

    def inputs(content: bytes) -> bytes:
        return markdown_of(_notebook_in(content), written, front_matter).encode()

    mine = inputs(nbformat.writes(nbformat.from_dict(model["content"])).encode())
    known = [mine, _saved.get(file)]
    with suppress(OSError, ValueError):  # missing or damaged
        # a build may have brought the edit into a notebook that has been open since before
        if file not in _saved and file.stat().st_ctime_ns < _STARTED:
            known.append(inputs(file.read_bytes()))
    _saved[file] = mine
    if theirs not in known:
        kept = keep(book, written, file.parent.name)
        message = f"{shown(written)} was edited outside Jupyter; that version is in {shown(kept)}"
        contents_manager.log.warning(message)


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
        content = regular(file).read_bytes()
        notebook = _notebook_in(content)
        if markdown_of(notebook, path) == normal_form(text) and not _has_pictures(notebook):
            _record(book, text, content)
    except (BookError, OSError, ValueError):
        return  # an unfinished chapter is saved all the same; the next build reports what is wrong


def remove_orphans(book: Book, texts: Iterable[Text]) -> list[Path]:
    """Remove notebooks without a chapter, unless they contain an edit; return those removed."""
    wanted = {book.notebook_path(*text.key) for text in texts}
    files = sorted((book.build_dir / "notebooks").glob("*/*.ipynb"))
    return [file for file in files if file not in wanted and _remove(book, file)]


def remove_all(book: Book) -> list[Path]:
    """Remove the chapters' notebooks; return those with an edit, which stay, as do other files."""
    folder = book.build_dir / "notebooks"
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    visible = (file for file in files if not _HIDDEN.search(str(file.relative_to(folder))))
    return [file for file in visible if not _remove(book, file)]


def _remove(book: Book, file: Path) -> bool:
    """Remove a chapter's notebook unless it has an edit found nowhere else; tell whether it did."""
    if file != book.notebook_path(file.parent.name, file.stem):
        return False
    record = _record_path(book, file.parent.name, file.stem)
    if sha256(regular(file).read_bytes()) != _read_record(record).get("file"):
        try:  # outputs made in Jupyter also change the file, but may go
            check_conflict(book, read_text(book.text_path(file.parent.name, file.stem)))
        except (BookError, OSError):
            return False
    file.unlink()
    record.unlink(missing_ok=True)
    return True


def _record_path(book: Book, language: str, slug: str) -> Path:
    return book.build_dir / "paired" / language / f"{slug}.yaml"


def _record(book: Book, text: Text, content: bytes, inputs: bytes = b"") -> None:
    """Record that the notebook, given by its content, agrees with the Markdown or its `inputs`."""
    file, path = sha256(content), _record_path(book, *text.key)
    known = _read_record(path)
    if known.get("file") != file or "inputs" not in known:
        inputs = inputs or normal_form(text).encode()
        write_atomic(path, f"file: {file}\ninputs: {sha256(inputs)}\n")


def _read_record(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        known = yaml.safe_load(regular(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError):
        return {}  # damaged: the notebook itself shows whether it was edited
    return known if isinstance(known, dict) else {}
