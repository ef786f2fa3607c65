"""The listings that show other libraries: those for PyTorch run, where it is installed."""

from __future__ import annotations

import pytest
from notebooks import BOOK

from press.book import PREFACE
from press.passages import Passage, split
from press.texts import read_text

LISTINGS = [
    pytest.param(passage, id=f"{slug}:{passage.line}")
    for slug in BOOK.chapters
    for passage in split(read_text(BOOK.text_path(BOOK.source, slug)))
    if passage.kind == "listing" and "import torch" in passage.source
]


def test_there_are_listings_for_pytorch_in_every_chapter():
    chapters = {parameter.id.partition(":")[0] for parameter in LISTINGS}
    lacking = {*BOOK.chapters} - chapters - {PREFACE}
    assert not lacking, "Say how the same thing reads in PyTorch, in a listing: import torch …"


@pytest.mark.torch
@pytest.mark.parametrize("listing", LISTINGS)
def test_listing_for_pytorch_runs(listing: Passage, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    exec(compile(listing.tokens[0].content, "listing", "exec"), {"__name__": "listing"})
