"""Golden outputs: a change of what a cell prints shows here as a difference of text."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff

import pytest
from notebooks import BOOK, Built

from press.golden import golden, golden_path
from press.numbers import unprinted
from press.texts import read_text


@pytest.mark.parametrize("slug", BOOK.chapters)
def test_cells_print_what_they_printed(slug: str):
    texts = {
        code: replace(read_text(BOOK.text_path(code, slug)), notebook=Built(code, slug).read())
        for code in BOOK.languages
    }
    file = golden_path(BOOK, slug)
    assert file.exists(), "Run: press golden"
    kept, found = file.read_text(encoding="utf-8"), golden(texts)
    if kept != found:
        lines = unified_diff(kept.splitlines(), found.splitlines(), "kept", "printed", lineterm="")
        hint = "If the change is meant, run press golden and commit the file."
        pytest.fail("\n".join([*lines, hint]), pytrace=False)


@pytest.mark.parametrize("slug", BOOK.chapters)
def test_every_number_in_the_prose_is_printed_nearby(slug: str):
    source = BOOK.source
    text = replace(read_text(BOOK.text_path(source, slug)), notebook=Built(source, slug).read())
    if errors := [*unprinted(text)]:
        pytest.fail("\n".join(map(str, errors)), pytrace=False)


def test_nothing_golden_is_left_of_a_removed_chapter():
    kept = {file.stem for file in golden_path(BOOK, "any").parent.glob("*.txt")}
    assert kept <= {*BOOK.chapters}, "Remove these files from tests/book/golden."
