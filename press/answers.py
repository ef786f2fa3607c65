"""A reader's answers to exercises: how they differ from the book, which pass, how to start over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import unified_diff
from itertools import groupby

from nbformat import NotebookNode

from press.backups import backup_path, keep
from press.book import Book, Key
from press.errors import BookError, nearest, noted, raise_all, trouble
from press.exercises import checked, passed
from press.files import write_atomic
from press.merging import content, exercise, note_of
from press.paths import shown
from press.texts import Text
from press.workbooks import Workbook, update, workbooks

STATES = DONE, TRIED, UNTOUCHED = "done", "tried", "untouched"


def opened(workbook: Workbook) -> NotebookNode:
    """Return a reader's notebook; raise BookError if there is none, or if it cannot be read."""
    try:
        mine = workbook.mine()
    except OSError as error:
        raise trouble(error) from None
    if mine is None:
        message = "this notebook does not exist yet"
        hint = f"For a new copy, run: press work --lang {workbook.language}"
        if workbook.file.exists():
            message = "not a notebook"
            hint += " (it keeps this file in work/backup)"
        raise BookError(message, path=workbook.file, hint=hint)
    return mine


def starter(workbook: Workbook, name: str) -> NotebookNode:
    """Return the book's starter cell of an exercise; raise BookError if there is none."""
    starters = {exercise(cell): cell for cell in workbook.notebook.cells if exercise(cell)}
    if name not in starters:
        mine = workbook.mine()
        if mine and any(exercise(cell) == name for cell in mine.cells):
            message = f"the book no longer has the exercise {name!r}"
            hint = "Your answer is in this notebook, at the end."
            raise BookError(message, path=workbook.file, hint=hint)
        names = [str(each) for each in starters]
        if not name and names:
            raise BookError(f"name the exercise, such as {workbook.name}#{names[0]}")
        raise BookError(f"{workbook.name} has no exercise {name!r}. {nearest(name, names)}")
    return starters[name]


def answer(workbook: Workbook, mine: NotebookNode, name: str) -> list[NotebookNode]:
    """Return the reader's cell for an exercise: the original rather than a copy elsewhere.

    It comes with the cells above and below that Jupyter has split off it.
    """
    newest = workbook.versions()[-1:]
    ids = [cell["id"] for version in newest for cell in version["cells"] if exercise(cell) == name]
    named = [cell for cell in mine.cells if exercise(cell) == name]
    known = [cell for cell in mine.cells if cell.get("id") in ids]
    original = next(iter(known + named), None)
    runs = groupby(mine.cells, lambda cell: cell is original or exercise(cell) == name)
    answers = (list(run) for is_answer, run in runs if is_answer)
    return next((run for run in answers if any(cell is original for cell in run)), [])


def difference(workbook: Workbook, name: str = "") -> list[str]:
    """Return a unified diff from the book to the reader, as lines: an exercise, or all cells."""
    mine = opened(workbook)
    if not name:
        book, reader = _listing(workbook.notebook), _listing(mine)
    else:
        book = starter(workbook, name).source.splitlines()
        reader = _source(answer(workbook, mine, name)).splitlines()
    ends = f"{workbook.name}#{name}" if name else workbook.name, shown(workbook.file)
    return list(unified_diff(book, reader, f"book {ends[0]}", ends[1], lineterm=""))


def progress(workbook: Workbook, mine: NotebookNode) -> dict[str, str]:
    """Return the state of each exercise: DONE if its check passed when it last ran."""
    states = {}
    for name in filter(None, map(exercise, workbook.notebook.cells)):
        if _passed(mine, name):
            states[name] = DONE
        else:
            states[name] = TRIED if _tried(workbook, mine, name) else UNTOUCHED
    return states


def overview(book: Book, texts: Mapping[Key, Text], *, rerun: bool = False) -> Iterator[str]:
    """Yield the progress in all of the reader's notebooks, as the lines of a table.

    `rerun` runs the notebooks first.

    Raises:
        BookError: notebooks cannot be opened; the others are in the table. Or they are to be run,
            and there is no kernel.
    """
    if rerun:
        from press.executing import check_kernel

        check_kernel()
    found = []
    spoilt: list[BookError] = []
    for workbook in (each for each in workbooks(book, texts, texts) if each.file.exists()):
        with noted(spoilt):
            mine = opened(workbook)
            if rerun:
                yield f"run {workbook.name}"
                mine = _run(workbook, mine, spoilt)
            if states := progress(workbook, mine):
                found.append((workbook.name, states))
    if found:
        yield from table(found)
    elif not spoilt:
        yield "there are no notebooks with exercises in work/ yet: run make lab"
    raise_all(spoilt)


def _run(workbook: Workbook, mine: NotebookNode, errors: list[BookError]) -> NotebookNode:
    """Return a notebook with current outputs; note a cell that ended Python or did not stop."""
    import asyncio

    from press.executing import attempt, not_started

    limit = workbook.book.cell_timeout
    try:
        ran, last = asyncio.run(attempt(mine, workbook.language, limit))
    except RuntimeError as error:
        raise not_started(error, workbook.file) from None
    if last is not None:
        first = ran.cells[last].source.strip().partition("\n")[0]
        message = "a cell ended Python or did not stop; those below it were not run"
        hint = f"Change the cell that begins with {first!r}, and run the command again."
        errors.append(BookError(message, path=workbook.file, hint=hint))
    return ran


def table(found: Iterable[tuple[str, Mapping[str, str]]]) -> list[str]:
    """Return a table of the progress in each chapter, as lines."""
    rows = [["chapter", DONE, TRIED, UNTOUCHED, "still to do"]]
    for chapter, progress in found:
        states = list(progress.values())
        left = ", ".join(name for name, state in progress.items() if state != DONE)
        rows.append([chapter, *(str(states.count(state)) for state in STATES), left])
    width = max(len(row[0]) for row in rows)
    line = f"{{:{width}}}  {{:>{len(DONE)}}}  {{:>{len(TRIED)}}}  {{:>{len(UNTOUCHED)}}}  {{}}"
    return [line.format(*row).rstrip() for row in rows]


def _source(cells: Iterable[NotebookNode]) -> str:
    return "\n".join(cell.source for cell in cells)


def _tried(workbook: Workbook, mine: NotebookNode, name: str) -> bool:
    """Tell whether there is an answer that is not from any version of the book."""
    cells, versions = answer(workbook, mine, name), workbook.versions()
    written = [c for version in versions for c in version["cells"] if exercise(c) == name]
    known = {content(c) for c in [starter(workbook, name), *written]}
    return any(content(cell) not in known for cell in cells)


def _passed(mine: NotebookNode, name: str) -> bool:
    """Tell whether a check of an exercise reported that all tests passed."""
    checks = (cell for cell in mine.cells if cell.cell_type == "code")
    return any(passed(cell) for cell in checks if checked(cell.source) == name)


def reset(workbook: Workbook, name: str) -> list[str]:
    """Restore the starter of an exercise, and save the answer to a file; return the messages."""
    opened(workbook)  # a file that is not a notebook is not moved away silently
    fresh = starter(workbook, name)
    said = [f"{shown(workbook.file)} has the starter of {name!r} again"]

    def put_back(mine: NotebookNode) -> None:
        first, *rest = answer(workbook, mine, name) or [fresh]
        if rest or content(first) != content(fresh):
            backup = backup_path(workbook.book, workbook.language, f"{workbook.slug}-{name}.py")
            write_atomic(backup, f"{_source([first, *rest])}\n".encode(errors="backslashreplace"))
            said[1:] = [f"    your answer is in {shown(backup)}"]
            if any(cell.get("attachments") for cell in (first, *rest)):
                copy = keep(workbook.book, workbook.file, workbook.language)
                said.append(f"    the pictures in it are in {shown(copy)}")
            metadata = first.metadata | {"exercise": name}
            started = NotebookNode(fresh, id=first.get("id"), metadata=metadata)
            left = (cell for cell in mine.cells if not any(cell is part for part in rest))
            mine.cells = [started if cell is first else cell for cell in left]
        _forget(workbook, mine, name)

    update(workbook, put_back)
    return said


def _forget(workbook: Workbook, mine: NotebookNode, name: str) -> None:
    """Remove what refers to an answer: the result of its check, a note on a changed exercise."""
    book = {content(c): c for c in workbook.notebook.cells if c.cell_type == "code"}
    for cell in mine.cells:
        if cell.cell_type == "code" and checked(cell.source) == name and content(cell) in book:
            cell.outputs = book[content(cell)].outputs
            cell.execution_count = book[content(cell)].execution_count
    note = note_of(name, workbook.words)
    mine.cells = [
        cell for cell in mine.cells if (cell.get("id"), cell.source) != (note.id, note.source)
    ]


def _listing(notebook: NotebookNode) -> list[str]:
    """Return the lines of all cells, each cell under a line with its type and name."""
    lines = []
    for cell in notebook.cells:
        name = exercise(cell)
        lines += [
            f"# %% {cell.cell_type}{f' #{name}' if name else ''}",
            *cell.source.splitlines(),
            "",
        ]
    return lines
