"""Readers' copies: plain Markdown, pictures beside, and never overwritten once changed."""

from __future__ import annotations

import json

import nbformat
import pytest

from press.errors import BookError
from press.pairing import as_built, pair
from press.workbooks import update


def copies(sample, *languages):
    """Bring the copies up to date and return what was said of each."""
    for text in sample.texts.values():
        pair(sample.book, text)
    texts = {key: as_built(sample.book, text) for key, text in sample.texts.items()}
    said = update(sample.book, languages or tuple(sample.book.languages), texts)
    return [line.removeprefix("work/") for line in said]


def copy_of(sample, language="ko"):
    return nbformat.read(sample.book.work_path(language, "sums"), as_version=4)


def change(sample, old, new, language="ko"):
    """What a reader does in Jupyter, which knows nothing of the book."""
    notebook = copy_of(sample, language)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
        if cell.cell_type == "code":
            cell.metadata.collapsed = True
            cell.outputs = [nbformat.v4.new_output("stream", text="mine\n")]
    nbformat.write(notebook, sample.book.work_path(language, "sums"))


def test_copies_are_plain_markdown_in_the_language(sample):
    copies(sample, "ko")
    notebook = copy_of(sample)
    nbformat.validate(notebook)
    first, _, third, *_ = notebook.cells
    assert first.source.splitlines() == [
        "# 합",
        "",
        "합은 수를 더한 것입니다. 그림 1.1은 더하는 층을 보여 주고, "
        "(1.1)은 무엇을 계산하는지 말해 줍니다.",
        "",
        "- 항목 하나",
        "- `two` 항목",
        "",
        "![상자가 1과 2를 더한다.](figures/sum.svg)",
        "",
        "**그림 1.1** 더하는 층.",
        "",
        "$$",
        r"s = \sum_i x_i",
        r"\tag{1.1}",
        "$$",
    ]
    assert "와 평균를 보세요" in third.source
    assert "> **참고**\n>\n> 평균은 합을 개수로 나눈 것입니다<sup>1</sup>." in third.source
    assert "<sup>1</sup> 개수는" in third.source
    svg = sample.book.work_path("ko", "figures/sum").with_suffix(".svg").read_text(encoding="utf-8")
    assert ">층<" in svg
    assert "data-ko" not in svg


def test_code_spans_and_listings_are_left_alone(sample):
    listing = "```text\n(a)=\n{ref}`b` [^c]\n$$ (d)\n```\n"
    for language in ("en", "ko", "ja"):
        sample.edit(
            f"{language}/sums.md",
            "[^count]:",
            f"`` {{ref}}`b` `` and `[^c]`\n\n{listing}\n[^count]:",
        )
    copies(sample, "ko")
    third = copy_of(sample).cells[2].source
    assert listing.strip() in third
    assert "`` {ref}`b` `` and `[^c]`" in third


def test_only_the_wanted_languages(sample):
    assert copies(sample, "ja") == ["ja/sums.ipynb is new"]
    assert not sample.book.work_path("ko", "sums").exists()


def test_nothing_new(sample):
    copies(sample, "ko")
    assert copies(sample, "ko") == ["ko/sums.ipynb is up to date"]


def test_untouched_copy_follows_the_book(sample):
    copies(sample, "ko")
    sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    assert copies(sample, "ko") == ["ko/sums.ipynb follows the book"]
    assert "끝줄이" in copy_of(sample).cells[-1].source


def test_copy_that_was_only_run_follows_the_book(sample):
    copies(sample, "ko")
    change(sample, "", "")
    sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    assert copies(sample, "ko") == ["ko/sums.ipynb follows the book"]


def test_changed_copy_is_kept(sample):
    copies(sample, "en", "ko")
    change(sample, "np.arange(4)", "np.arange(99)")
    before = sample.book.work_path("ko", "sums").read_bytes()
    sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    said = copies(sample, "en", "ko")
    assert said == [
        "en/sums.ipynb is up to date",
        "ko/sums.ipynb has changes of yours; kept as it is",
    ]
    assert sample.book.work_path("ko", "sums").read_bytes() == before


def test_outputs_of_a_reader_stay_while_the_book_does(sample):
    copies(sample, "ko")
    change(sample, "", "")
    assert copies(sample, "ko") == ["ko/sums.ipynb is up to date"]
    assert copy_of(sample).cells[1].outputs[0].text == "mine\n"


def test_change_taken_back_follows_the_book_again(sample):
    copies(sample, "ko")
    change(sample, "np.arange(4)", "np.arange(99)")
    copies(sample, "ko")
    change(sample, "np.arange(99)", "np.arange(4)")
    sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    assert copies(sample, "ko") == ["ko/sums.ipynb follows the book"]


def test_half_saved_copy_is_kept(sample):
    copies(sample, "ko")
    file = sample.book.work_path("ko", "sums")
    file.write_bytes(file.read_bytes()[:99])
    assert copies(sample, "ko") == ["ko/sums.ipynb is not a notebook any more; kept as it is"]
    assert len(file.read_bytes()) == 99


def test_deleted_copy_comes_back(sample):
    copies(sample, "ko")
    sample.book.work_path("ko", "sums").unlink()
    assert copies(sample, "ko") == ["ko/sums.ipynb is new"]


@pytest.mark.parametrize("written", [True, False])
def test_update_that_was_stopped_in_the_middle(sample, monkeypatch, written):
    from press import workbooks

    copies(sample, "ko")
    sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    write = workbooks.write_whole

    def stop(path, content):
        if path.suffix == ".ipynb":
            if written:
                write(path, content)
            raise KeyboardInterrupt
        write(path, content)

    monkeypatch.setattr(workbooks, "write_whole", stop)
    with pytest.raises(KeyboardInterrupt):
        copies(sample, "ko")
    monkeypatch.undo()
    sample.edit("ko/sums.md", "끝줄이", "맨 끝줄이")
    assert copies(sample, "ko") == ["ko/sums.ipynb follows the book"]


def test_record_that_was_lost_costs_no_change_of_a_reader(sample):
    copies(sample, "ko")
    change(sample, "np.arange(4)", "np.arange(99)")
    (sample.root / "work" / ".book" / "ko" / "sums.json").write_text("{", encoding="utf-8")
    assert copies(sample, "ko") == ["ko/sums.ipynb has changes of yours; kept as it is"]
    assert "arange(99)" in json.dumps(copy_of(sample))


def test_book_that_is_not_built(sample):
    with pytest.raises(BookError, match="not built yet"):
        as_built(sample.book, sample.text("ko"))
