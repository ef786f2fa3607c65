"""Programs, listings and outputs that differ between the languages."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pytest
from faults import errors_of, place


@pytest.mark.parametrize(
    ("listing", "line", "message"),
    [
        ("```pyton\n1\n```", 0, "unknown language of a listing: 'pyton'"),
        ("```python\nx = 1\nf(\n```", 2, "the listing does not parse: '(' was never closed"),
        ("```python\nf(...)  # …\n```", 0, ""),
        ("```python\nf()  # init.Xavier\n```", 0, ""),
        ("```python\nf()  # loss - 2 x 3 = [0.5  1. ]\n```", 0, ""),
        ("```pycon\n>>> f(\n```", 0, ""),
    ],
)
def test_listing_in_no_language(sample, listing, line, message):
    for code in ("en", "ko", "ja"):
        add_listing(sample, code, listing)
    start = sample.line("en/sums.md", listing.partition("\n")[0])
    expected = [(f"en/sums.md:{start + line}", message)] * bool(message)
    assert [(place(error), error.message) for error in errors_of(sample)] == expected


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("numbers.sum(axіs=None)", "'xі' in code: numbers.sum(axіs=None)"),
        ("Out[2]: 6", "'Out[2]:' in code: Out[2]: 6"),
    ],
)
def test_what_is_no_code(sample, program, message):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", "numbers.sum()", program)
    (error,) = errors_of(sample)
    assert error.message == message
    assert place(error) == f"en/sums.md:{sample.line('en/sums.md', program)}"


def test_difference_of_programs_shows_both_lines(sample):
    sample.edit("ko/sums.md", "np.arange(4)", "np.arange(5)")
    (error,) = errors_of(sample)
    assert error.hint.splitlines() == [
        "found:    numbers = np.arange(5)  # 더할 수",
        "expected: numbers = np.arange(4)  # the numbers to add",
    ]


def test_translated_comments_and_layout_are_no_difference(sample):
    sample.edit("ko/sums.md", "np.arange(4)", "np.arange(\n    4  # 넷\n)")
    sample.edit("ko/sums.md", "s = \\sum_i x_i", "s\n  = \\sum_i x_i")
    assert errors_of(sample) == []


def add_listing(sample, language, listing):
    sample.edit(f"{language}/sums.md", "(means)=", f"{listing}\n\n(means)=")


@pytest.mark.parametrize(
    ("listing", "other", "same"),
    [
        ("```python\nf(1)  # one\n```", "```python\nf(1)  # 하나\n```", True),
        ("```python\nf(1)\n```", "```python\nf(2)\n```", False),
        ("```text\n1 + 1  # two\n```", "```text\n1 + 1  # 둘\n```", False),
    ],
)
def test_listings(sample, listing, other, same):
    add_listing(sample, "en", listing)
    add_listing(sample, "ja", listing)
    add_listing(sample, "ko", other)
    found = [(place(error), error.message) for error in errors_of(sample)]
    line = sample.line("ko/sums.md", other.splitlines()[1])
    difference = (f"ko/sums.md:{line}", "the listing differs (chapters/en/sums.md:41)")
    assert found == ([] if same else [difference])


def printing(text, words):
    """The text as if its last cell had printed `words`."""
    notebook = nbformat.from_dict(text.notebook)
    for number, cell in enumerate([c for c in notebook.cells if c.cell_type == "code"], 1):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("stream", text=words if number == 2 else "6\n")]
    return replace(text, notebook=notebook)


def test_outputs_that_differ(sample):
    executed = {key: printing(text, "mean 1.5\n") for key, text in sample.texts.items()}
    assert errors_of(sample, executed) == []
    executed["ja", "sums"] = printing(sample.text("ja"), "mean 1.25\n")
    (error,) = errors_of(sample, executed)
    assert place(error) == f"ja/sums.md:{sample.line('ja/sums.md', 'print(')}"
    assert "output of the cell differs from the source (chapters/en/sums.md:54)" in error.message
    assert "found:\nmean 1.25\nexpected:\nmean 1.5" in error.hint


def test_cell_tagged_language_may_print_what_it_likes(sample):
    for language in ("en", "ko", "ja"):
        sample.edit(
            f"{language}/sums.md", "ipython3\nprint", "ipython3\n:tags: [language]\n\nprint"
        )
    executed = {key: printing(text, f"{key[0]}\n") for key, text in sample.texts.items()}
    assert errors_of(sample, executed) == []


def test_memory_addresses_are_no_difference(sample):
    executed = {
        key: printing(text, f"<object at 0x7f00{number}abcdef>\n")
        for number, (key, text) in enumerate(sample.texts.items())
    }
    assert errors_of(sample, executed) == []
