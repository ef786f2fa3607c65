"""Gives every code cell its outputs, executing only what has never been executed in this form.

The output of a cell depends on the program before it, on d2lmini and on the versions of Python,
NumPy and matplotlib. Outputs are kept in build/cache under the hash of all these. So a translation
with the same program on the same lines shares the outputs of the English text, unless one of its
cells is tagged `language`, whose output is in the language of the page. So is that of a cell tagged
`check`, but since a check leaves no trace, one execution of the program runs it in each language.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from press import packages
from press.book import Book, Key
from press.errors import BookError, noted, raise_all
from press.files import read_sealed, write_sealed
from press.hashing import sha256
from press.kernels import SETTINGS
from press.pairing import check_conflicts, write_notebook
from press.programs import syntax_tree
from press.progress import Progress, no_progress
from press.tags import CHECK, LANGUAGE, tags
from press.texts import Text

_FORM = "2"  # of the cache's format; a new one makes everything run again
_KEPT = 30 * 24 * 3600  # seconds that outputs stay in the cache after their last use


@dataclass(frozen=True)
class Program:
    """The code cells of a text and the key of their outputs in the cache."""

    text: Text
    key: str
    languages: tuple[str, ...]
    """The languages in which to run its checks."""


def run(
    book: Book,
    texts: Iterable[Text],
    *,
    jobs: int,
    force: bool = False,
    progress: Progress = no_progress,
) -> dict[Key, Text]:
    """Return the texts with executed notebooks, by language and slug, and write the notebooks.

    At most `jobs` programs run at once; `force` also runs those with known outputs. `progress` is
    called for each text. Nothing is written if a notebook has an edit of its own, code does
    not parse, or a cell fails: that raises BookError.
    """
    texts = list(texts)
    check_conflicts(book, texts)
    programs = read_programs(texts, book.languages)
    wanted: dict[str, Program] = {}
    for program in programs:
        wanted.setdefault(program.key, program)  # the source comes first
    read = {} if force else {key: _read(book, key) for key in wanted}
    known = {key: cells for key, cells in read.items() if cells is not None}
    missing = [program for key, program in wanted.items() if key not in known]
    for program in programs:
        if program.key in known:
            progress(f"kept {program.text.name}", 1 / len(programs))
    known |= _execute_all(book, missing, programs, jobs, progress)
    check_conflicts(book, texts)  # cells may have run for minutes, long enough to edit a notebook
    executed = {}
    for text, key in ((program.text, program.key) for program in programs):
        notebook = _with_cells(text, known[key])
        write_notebook(book, text, notebook)
        executed[text.key] = replace(text, notebook=notebook)
    return executed


def outputs_known(book: Book, texts: Iterable[Text]) -> dict[Key, Text]:
    """Return the texts with cached outputs, with their notebooks; execute nothing."""
    found = {}
    for program in read_programs(texts, book.languages):
        cells = _read(book, program.key)
        if cells is not None:
            text = program.text
            found[text.key] = replace(text, notebook=_with_cells(text, cells))
    return found


def read_programs(texts: Iterable[Text], languages: Iterable[str]) -> list[Program]:
    """Return the programs of the texts; raise BookError for code that does not parse.

    `languages` are those of the book.
    """
    errors: list[BookError] = []
    programs = []
    for text in texts:
        trees = []
        for index, cell in enumerate(text.notebook.cells):
            if cell.cell_type == "code":
                with noted(errors):
                    trees.append((_tree(text, index), sorted(tags(cell))))
        parts: list[object] = [_FORM, _surroundings(), trees]
        spoken: tuple[str, ...] = ()
        if any(LANGUAGE in tagged for _, tagged in trees):
            spoken = (text.language,)
        elif any(CHECK in tagged for _, tagged in trees):
            spoken = tuple(languages)
        if spoken:
            parts.append(spoken)
        key = sha256(json.dumps(parts).encode())
        programs.append(Program(text, key, spoken))
    raise_all(errors)
    return programs


def _tree(text: Text, index: int) -> str:
    """Return the syntax tree of a cell; raise BookError if it has none."""
    line, source = text.lines[index], text.notebook.cells[index].source
    if not source.strip():
        raise text.error(line, "the code cell is empty")
    try:
        return syntax_tree(source)
    except SyntaxError as error:
        rule = "A code cell is plain Python: no lines with % or !, and straight quotes only."
        hint = f"{(error.text or '').strip()}\n{rule}"
        line += (error.lineno or 1) - 1
        raise text.error(line, f"the code does not parse: {error.msg}", hint) from None


@cache
def _surroundings() -> list[str]:
    """Return what outputs depend on besides the program."""
    versions = [importlib.metadata.version(name) for name in ("numpy", "matplotlib", "ipython")]
    return [
        platform.python_version(),
        *versions,
        json.dumps(dict(SETTINGS)),
        packages.version("d2lmini"),
    ]


def _execute_all(
    book: Book, missing: list[Program], programs: list[Program], jobs: int, progress: Progress
) -> dict[str, list[dict[str, Any]]]:
    """Execute programs, several at once, and return the outputs of each by its key."""
    if not missing:
        return {}
    import asyncio

    from press.executing import check_kernel, execute

    check_kernel()
    results: dict[str, list[dict[str, Any]]] = {}
    errors: list[BookError] = []

    async def execute_one(program: Program, gate: asyncio.Semaphore) -> None:
        with noted(errors):
            async with gate:
                cells = await execute(program.text, program.languages, book.cell_timeout)
            results[program.key] = cells
            _write(book, program.key, cells)
            for sister in programs:
                if sister.key == program.key:
                    progress(f"run {sister.text.name}", 1 / len(programs))

    async def execute_several() -> None:
        gate = asyncio.Semaphore(jobs)
        # the first that a full disk ends also ends the others, which would fail on it too
        await asyncio.gather(*(execute_one(program, gate) for program in missing))

    _run_aside(execute_several)
    raise_all(errors)
    return results


def _run_aside(work: Callable[[], Any]) -> None:
    """Run a coroutine in a thread, so that we get Ctrl-C rather than one of nbclient's handlers."""
    import asyncio

    task: asyncio.Task[None] | None = None

    async def main() -> None:
        nonlocal task
        task = asyncio.current_task()
        await work()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(asyncio.run, main())
        try:
            future.result()
        except KeyboardInterrupt:
            if task is not None:
                task.get_loop().call_soon_threadsafe(task.cancel)  # kernels end in turn
            raise


def _with_cells(text: Text, cells: list[dict[str, Any]]) -> NotebookNode:
    notebook = nbformat.from_dict(text.notebook)
    own = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, kept in zip(own, cells, strict=True):
        spoken = kept.get("spoken", {}).get(text.language, kept["outputs"])
        cell.execution_count = kept["execution_count"]
        cell.outputs = nbformat.from_dict(spoken)
    return notebook


def _path(book: Book, key: str) -> Path:
    return book.cache_dir / "outputs" / f"{key}.json"


def _read(book: Book, key: str) -> list[dict[str, Any]] | None:
    path = _path(book, key)
    cells = read_sealed(path)
    if cells is not None:
        with suppress(OSError):  # a cache that cannot be written is still useful
            os.utime(path)
    return cells


def _write(book: Book, key: str, cells: list[dict[str, Any]]) -> None:
    path = _path(book, key)
    write_sealed(path, cells)
    for old in path.parent.glob("*.json"):
        if old.stat().st_mtime < time.time() - _KEPT:
            old.unlink(missing_ok=True)
