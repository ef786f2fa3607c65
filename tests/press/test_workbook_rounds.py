"""Rounds of a reader, who changes a notebook at will, and of authors, who change the book."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import warnings
from itertools import count
from pathlib import Path

import nbformat
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from press.book import Book
from press.workbooks import Workbook, update

NOTES = {"exercise_changed": "{exercise} has changed.", "exercises_removed": "Former exercises"}
BY_BOOK = re.compile(r"\[(\d+)\.(\d+)\] \w+")  # the whole of a cell as the book wrote it
BY_READER = re.compile(r"mine \d+")
places = st.integers(0, 99)


class Part:
    """A passage of the book, or an exercise with its check."""

    def __init__(self, number: int, name: str = "") -> None:
        self.number, self.name, self.version, self.style = number, name, 1, 1

    def source(self) -> str:
        """Which part it is, in which version; another style has nothing in common."""
        words = hashlib.sha256(f"{self.number} {self.style}".encode()).hexdigest()
        return f"[{self.number}.{self.version}] {words}"

    def cells(self) -> list:
        """Its cells as the book has them now."""
        if not self.name:
            return [new_markdown_cell(self.source())]
        starter = {"tags": ["exercise"], "exercise": self.name}
        failed = [new_output("stream", text="failed")]
        check = new_code_cell(f'check("{self.name}", f)', metadata={"tags": ["check"]})
        check.outputs = failed
        return [new_code_cell(self.source(), metadata=starter), check]


class Rounds(RuleBasedStateMachine):
    """A book of one chapter, a reader's notebook of it, and who has done what."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.book = Book(self.root, {}, {}, {"en": "English"}, (), ("sums",), (), 1.0)
        self.file = self.book.work_path("en", "sums")
        self.numbers = count(1)
        self.parts: list[Part] = []
        self.edited: set[int] = set()  # parts of which the reader has edited a cell
        self.copied: set[int] = set()
        self.deleted: dict[int, int] = {}  # parts that the reader has deleted, in which version
        self.author_was_here = self.check_is_gone = False

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.root)

    @initialize(size=st.integers(2, 6))
    def start(self, size: int) -> None:
        """Write a book and give it to the reader."""
        for at in range(size):
            self.author_adds(at, at % 3 == 1)
        self.book_is_updated()

    @rule(at=places, exercise=st.booleans())
    def author_adds(self, at: int, exercise: bool) -> None:
        number = next(self.numbers)
        self.parts.insert(at % (len(self.parts) + 1), Part(number, f"e{number}" * exercise))
        self.author_was_here = True

    @precondition(lambda self: len(self.parts) > 1)
    @rule(at=places)
    def author_removes(self, at: int) -> None:
        del self.parts[at % len(self.parts)]
        self.author_was_here = True

    @precondition(lambda self: self.parts)
    @rule(at=places, otherwise=st.booleans())
    def author_edits(self, at: int, otherwise: bool) -> None:
        part = self.parts[at % len(self.parts)]
        part.version += 1
        part.style += otherwise
        self.author_was_here = True

    @precondition(lambda self: any(part.name for part in self.parts))
    @rule(at=places)
    def author_renames(self, at: int) -> None:
        named = [part for part in self.parts if part.name]
        part = named[at % len(named)]
        part.name = f"e{next(self.numbers)}"
        self.deleted.pop(part.number, None)
        self.author_was_here = True

    @precondition(lambda self: self.parts)
    @rule(at=places, to=places)
    def author_moves(self, at: int, to: int) -> None:
        self.parts.insert(to % len(self.parts), self.parts.pop(at % len(self.parts)))
        self.author_was_here = True

    @rule(at=places)
    def reader_edits(self, at: int) -> None:
        with Opened(self.file) as cells:
            if cells:
                cell = cells[at % len(cells)]
                self.edited |= {self.number(cell)}
                self.check_is_gone |= "check" in cell.source
                cell.source = f"mine {next(self.numbers)}"

    @rule(at=places)
    def reader_adds(self, at: int) -> None:
        with Opened(self.file) as cells:
            cell = new_code_cell(f"mine {next(self.numbers)}")
            cells.insert(at % (len(cells) + 1), cell)

    @rule(at=places)
    def reader_deletes(self, at: int) -> None:
        with Opened(self.file) as cells:
            if cells:
                cell = cells.pop(at % len(cells))
                if found := BY_BOOK.fullmatch(cell.source):
                    self.deleted[int(found[1])] = int(found[2])
                self.check_is_gone |= cell.cell_type == "code"

    @rule(at=places, to=places)
    def reader_moves(self, at: int, to: int) -> None:
        with Opened(self.file) as cells:
            if cells:
                cells.insert(to % len(cells), cells.pop(at % len(cells)))

    @rule(at=places, to=places, same_id=st.booleans())
    def reader_copies(self, at: int, to: int, same_id: bool) -> None:
        with Opened(self.file) as cells:
            if cells:
                cell = cells[at % len(cells)]
                self.copied |= {self.number(cell)}
                copy = nbformat.from_dict(cell)
                copy.id = cell.get("id", "z") if same_id else f"copy-{next(self.numbers)}"
                cells.insert(to % (len(cells) + 1), copy)

    @rule()
    def reader_clears_outputs(self) -> None:
        with Opened(self.file) as cells:
            for cell in (cell for cell in cells if cell.cell_type == "code"):
                cell.outputs, cell.execution_count = [], None

    @rule()
    def reader_saves_without_ids(self) -> None:
        """Nothing tells any more which cell was a check before it was edited: it comes back."""
        with Opened(self.file) as cells:
            checks = {f'check("{part.name}", f)' for part in self.parts if part.name}
            self.check_is_gone |= not checks <= set(sources(cells))
            for cell in cells:
                cell.pop("id", None)

    @rule()
    def record_is_lost(self) -> None:
        """Whatever the book has changed since the last update now counts as the reader's."""
        shutil.rmtree(self.root / "work" / ".book", ignore_errors=True)
        self.copied |= {self.number(cell) for cell in self.now()}
        self.edited |= {self.number(cell) for cell in self.now() if cell.cell_type == "code"}
        self.author_was_here = True

    @rule()
    def reader_saves_over_an_update(self) -> None:
        """From a window that was open before."""
        before = self.file.read_bytes()
        self.book_is_updated()
        self.file.write_bytes(before)
        self.author_was_here = True

    @rule()
    def book_is_updated(self) -> None:
        """What has to hold after each update."""
        before = self.now()
        update(self.workbook())
        after = self.now()
        with warnings.catch_warnings(action="error"):
            nbformat.validate(read(self.file))
        assert texts(before) <= texts(after)  # nothing is lost
        if not self.author_was_here and not self.check_is_gone:
            assert sources(after) == sources(before)
        newest = {part.number: part for part in self.parts}
        for part in self.parts:  # nothing is missing
            if part.number not in self.edited and self.deleted.get(part.number) != part.version:
                assert part.source() in sources(after)
        for cell in after:  # nothing is old
            number = self.number(cell)
            if number and number not in self.edited | self.copied:
                assert cell.source == newest[number].source()
        content = self.file.read_bytes()
        assert update(self.workbook())[0].endswith("is up to date")
        assert self.file.read_bytes() == content
        self.author_was_here = self.check_is_gone = False

    def workbook(self) -> Workbook:
        """The chapter as the book has it now."""
        cells = [cell for part in self.parts for cell in part.cells()]
        for number, cell in enumerate(cells, 1):
            cell.id = f"sums-{number:03d}"
        return Workbook(self.book, "en", "sums", new_notebook(cells=cells), {}, NOTES)

    def now(self) -> list:
        """The cells of the reader's notebook."""
        return read(self.file).cells if self.file.exists() else []

    @staticmethod
    def number(cell) -> int:
        """The number of the part that a cell shows as the book wrote it, or 0."""
        found = BY_BOOK.fullmatch(cell.source)
        return int(found[1]) if found else 0


class Opened:
    """The cells of a notebook, to be changed and saved."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> list:
        self.notebook = read(self.file)
        return self.notebook.cells

    def __exit__(self, *error: object) -> None:
        self.file.write_text(nbformat.v4.writes(self.notebook), encoding="utf-8")


def read(file: Path):
    """The notebook in a file as it is: the library's own reader gives ids where they lack."""
    return nbformat.reader.reads(file.read_text(encoding="utf-8"))


def sources(cells: list) -> list[str]:
    return [cell.source for cell in cells]


def texts(cells: list) -> set[str]:
    """What the reader wrote."""
    return {cell.source for cell in cells if BY_READER.fullmatch(cell.source)}


TestRounds = Rounds.TestCase
TestRounds.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
