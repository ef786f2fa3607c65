"""Golden outputs: what a file of them holds."""

from __future__ import annotations

from dataclasses import replace

import nbformat

from press.golden import golden, golden_path, write_golden


def executed(sample, outputs):
    """The texts as if their two cells had shown `outputs`; a function of the language, or fixed."""
    found = {}
    for key, text in sample.texts.items():
        notebook = nbformat.from_dict(text.notebook)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell, output in zip(cells, outputs, strict=True):
            cell.outputs = [output(key[0]) if callable(output) else output]
        found[key] = replace(text, notebook=notebook)
    return found


def stream(text):
    return nbformat.v4.new_output("stream", text=text)


def test_text_once_for_all_languages(sample):
    texts = executed(sample, [stream("6\n"), stream("mean 1.5\n")])
    shown = golden({code: texts[code, "sums"] for code in ("en", "ko", "ja")})
    assert shown.splitlines() == [
        "## 1: import numpy as np",
        "6",
        "",
        '## 2: print("mean", numbers.sum() / len(numbers))',
        "mean 1.5",
    ]


def test_cell_that_speaks_is_kept_in_each_language(sample):
    for language in ("en", "ko", "ja"):
        sample.edit(
            f"{language}/sums.md", "ipython3\nprint", "ipython3\n:tags: [language]\n\nprint"
        )
    texts = executed(sample, [stream("6\n"), lambda code: stream(f"hello {code}\n")])
    shown = golden({code: texts[code, "sums"] for code in ("en", "ko", "ja")})
    assert shown.endswith("hello en\n\n### ko\nhello ko\n\n### ja\nhello ja\n")


def test_pictures_are_named_and_addresses_left_out(sample):
    picture = nbformat.v4.new_output(
        "display_data",
        data={"text/plain": "<Figure at 0x7fffdeadbeef>", "image/svg+xml": "<svg/>"},
    )
    texts = executed(sample, [picture, stream("x\n")])
    assert "<Figure at 0x…>\n[image/svg+xml]\n" in golden({"en": texts["en", "sums"]})


def test_only_what_changed_is_written(sample):
    texts = executed(sample, [stream("6\n"), stream("mean 1.5\n")])
    file = golden_path(sample.book, "sums")
    assert write_golden(sample.book, texts) == [file]
    assert write_golden(sample.book, texts) == []
    texts = executed(sample, [stream("7\n"), stream("mean 1.5\n")])
    assert write_golden(sample.book, texts) == [file]
    assert "\n7\n" in file.read_text(encoding="utf-8")
