"""Every cell of every notebook runs and shows what the book shows; and nbval sees it all."""

from __future__ import annotations

import re
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
def test_nbval_notices_a_change_of_any_output(built: Built, nbval):
    """Against a copy with one part of each cell's outputs changed just these cells must differ.

    Which part it is goes round from cell to cell, so that every kind of output has its turn.
    """
    notebook, copy = built.read(), built.read()
    changed = [change(cell, number) for number, cell in enumerate(code_cells(copy))]
    assert any(changed)
    assert [not same for same in nbval.compare(notebook, copy)] == changed


def places(cell: NotebookNode) -> Iterator[Place]:
    """Yield every part of a cell's outputs: the text of a stream, each form of a value."""
    for number, output in enumerate(cell.outputs):
        for kind in output.data if "data" in output else ["text"]:
            yield number, kind


def change(cell: NotebookNode, turn: int) -> bool:
    """Change one part of a cell's outputs, if there is any; return whether."""
    found = list(places(cell))
    if not found:
        return False
    number, kind = found[turn % len(found)]
    output = cell.outputs[number]
    holder = output.data if "data" in output else output
    holder[kind] += " and more"
    return True


@pytest.mark.parametrize("language", BOOK.languages)
def test_notebook_leads_to_the_chapters_it_speaks_of(language: str):
    """A copy to take away, or to work in, names other chapters by links to their notebooks."""
    folder = BOOK.html_dir / language
    linked = {
        file.name: set(re.findall(r"\]\(([\w-]+\.ipynb)\)", file.read_text(encoding="utf-8")))
        for file in folder.glob("*.ipynb")
    }
    assert set().union(*linked.values()) <= set(linked)
    assert not [name for name, links in linked.items() if name in links]
    assert linked["custom-layers.ipynb"]
