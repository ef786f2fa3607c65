"""Every cell of every notebook runs and shows what the book shows; and nbval sees it all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbformat import NotebookNode
from notebooks import BOOK, BUILT, Built, code_cells

Place = tuple[int, str]
SOURCES = [built for built in BUILT if built.language == BOOK.source]


@pytest.mark.parametrize("built", BUILT, ids=str)
def test_every_cell_shows_what_the_book_shows(built: Built, nbval):
    notebook = built.read()
    reasons = nbval(notebook, built.language)
    failed = [reason for reason in reasons if reason]
    assert not failed, "\n\n".join(failed)
    assert len(reasons) == len(code_cells(notebook))


@pytest.mark.parametrize("built", BUILT, ids=str)
def test_no_cell_escapes_comparison(built: Built):
    """nbval compares nothing where a cell has no execution count or is marked to be left out."""
    for number, cell in enumerate(code_cells(built.read()), 1):
        assert cell.execution_count == number
        assert "nbval" not in cell.source.lower()
        assert not {"raises-exception", "nbval-skip"} & set(cell.metadata.get("tags", ()))
        kinds = {kind for output in cell.outputs for kind in output.get("data", ())}
        assert not kinds & {"image/png", "image/jpeg"}, "nbval never compares these: use SVG"


@pytest.mark.parametrize("built", SOURCES, ids=str)
def test_nbval_notices_each_change_of_an_output(built: Built, nbval):
    """A copy with one part of each cell's outputs changed must fail in just these cells."""
    rounds = max(len(list(places(cell))) for cell in code_cells(built.read()))
    assert rounds
    for turn in range(rounds):
        notebook = built.read()
        changed = [change(cell, turn) for cell in code_cells(notebook)]
        noticed = [bool(reason) for reason in nbval(notebook, built.language)]
        assert noticed == changed, f"part {turn + 1} of the outputs"


def places(cell: NotebookNode) -> Iterator[Place]:
    """Yield every part of a cell's outputs: the text of a stream, each form of a value."""
    for number, output in enumerate(cell.outputs):
        for kind in output.data if "data" in output else ["text"]:
            yield number, kind


def change(cell: NotebookNode, turn: int) -> bool:
    """Change the part number `turn` of a cell's outputs, if there is one; return whether."""
    found = list(places(cell))
    if turn >= len(found):
        return False
    number, kind = found[turn]
    output = cell.outputs[number]
    holder = output.data if "data" in output else output
    holder[kind] += " and more"
    return True
