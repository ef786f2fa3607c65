"""Readers' notebooks: plain Markdown, pictures beside, and whatever happens to the files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys

import nbformat
import pytest

from press import workbooks
from press.errors import BookError
from press.pairing import as_built, pair


def copies(sample, *languages):
    """Bring the copies up to date and return what was said of them."""
    for text in sample.texts.values():
        pair(sample.book, text)
    texts = {key: as_built(sample.book, text) for key, text in sample.texts.items()}
    wanted = [key for key in texts if not languages or key[0] in languages]
    books = workbooks.workbooks(sample.book, texts, wanted)
    return [line.removeprefix("work/") for book in books for line in workbooks.update(book)]


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
        "![상자가 1과 2를 더합니다.](figures/sum.svg)",
        "",
        "**그림 1.1** 더하는 층.",
        "",
        "$$",
        r"s = \sum_i x_i",
        r"\tag{1.1}",
        "$$",
    ]
    assert "와 평균을 보세요" in third.source
    assert "> **참고**\n>\n> 평균은 합을 개수로 나눈 것입니다<sup>1</sup>." in third.source
    assert "<sup>1</sup> 개수는" in third.source
    svg = sample.book.work_path("ko", "figures/sum").with_suffix(".svg").read_text(encoding="utf-8")
    assert ">층<" in svg
    assert "data-ko" not in svg


def test_code_spans_and_listings_are_left_alone(sample):
    listing = "```text\n(a)=\n\n\n{ref}`b` [^c]\n$$ (d)\n```\n\n$$\nx[^T]\n$$\n"
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


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("{ref}`mean\nvalues <means>`, `{ref}`\nand `a\n{ref}`.",
         "mean\nvalues, `{ref}`\nand `a\n{ref}`."),
        ("- one\n\n  ```text\n  (a)=\n  {ref}`b`\n  ```\n\n- two {ref}`means`",
         "- one\n\n  ```text\n  (a)=\n  {ref}`b`\n  ```\n\n- two Means"),
        ("> ```text\n> {ref}`b`\n> ```", "> ```text\n> {ref}`b`\n> ```"),
        ("$$ a = b $$ (eq-b)", r"$$ a = b \tag{1.2} $$"),
        ("- one\n\n  $$\n  a = b\n  $$ (eq-b)",
         "- one\n\n  $$\n  a = b\n  \\tag{1.2}\n  $$"),
        ("Two[^b].\n\n[^b]: $$ a = b $$", "Two<sup>1</sup>.\n\n<sup>1</sup> $$ a = b $$"),
        (":::{note}\none\n  :::\n\ntwo", "> **Note**\n>\n> one\n\ntwo"),
        ("%one\n% two\n\nthree", "three"),
        ("```{figure} ../figures/sum.svg\n  :name: fig-b\n  :alt: Two.\n\nThree.\n```",
         "![Two.](figures/sum.svg)\n\n**Figure 1.2** Three."),
    ],
)  # fmt: skip
def test_whatever_the_book_may_contain_is_plain(sample, written, plain):
    sample.edit("en/sums.md", "The sum is $6$,", f"{written}\n\nThe sum is $6$,")
    texts = {("en", "sums"): sample.text("en")}
    (book,) = workbooks.workbooks(sample.book, texts, texts)
    assert book.notebook.cells[2].source.partition("\n\nThe sum is")[0] == plain


def test_only_the_wanted_languages(sample):
    assert copies(sample, "ja") == ["ja/sums.ipynb is new"]
    assert not sample.book.work_path("ko", "sums").exists()


IS_UP_TO_DATE = ["ko/sums.ipynb is up to date"]
FOLLOWS = ["ko/sums.ipynb is up to date with the book; your changes are kept"]


def file_of(sample):
    return sample.book.work_path("ko", "sums")


def is_merged(sample):
    """Tell whether the reader's change is there beside the book's."""
    text = file_of(sample).read_text(encoding="utf-8")
    return "arange(99)" in text and "끝줄이" in text and "마지막 줄이" not in text


def both_change(sample):
    """A reader has changed a cell of the copy, and the book another."""
    copies(sample, "ko")
    change(sample, "np.arange(4)", "np.arange(99)")
    sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")


def test_nothing_new(sample):
    copies(sample, "ko")
    before = file_of(sample).stat()
    assert copies(sample, "ko") == IS_UP_TO_DATE
    after = file_of(sample).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_edit_is_kept_and_the_rest_follows_the_book(sample):
    both_change(sample)
    assert copies(sample, "ko") == FOLLOWS
    assert is_merged(sample)
    assert copies(sample, "ko") == IS_UP_TO_DATE
    nbformat.validate(copy_of(sample))


def test_two_languages_are_kept_apart(sample):
    both_change(sample)
    copies(sample, "ja")
    change(sample, "np.arange(4)", "np.arange(7)", "ja")
    assert copies(sample) == ["en/sums.ipynb is new", *FOLLOWS, "ja/sums.ipynb is up to date"]
    assert is_merged(sample)
    assert "arange(7)" in copy_of(sample, "ja").cells[1].source


def test_kernel_that_the_reader_chose(sample):
    copies(sample, "ko")
    notebook = copy_of(sample)
    notebook.metadata.kernelspec.name = "mine"
    notebook.metadata.widgets = {"state": {}}
    nbformat.write(notebook, file_of(sample))
    sample.edit("ko/sums.md", "description: 수를", "description: 숫자를")
    assert copies(sample, "ko") == FOLLOWS
    metadata = copy_of(sample).metadata
    assert metadata.kernelspec.name == "mine"
    assert metadata.widgets == {"state": {}}
    assert metadata.description.startswith("숫자를")


def test_deleted_copy_comes_back(sample):
    both_change(sample)
    file_of(sample).unlink()
    assert copies(sample, "ko") == ["ko/sums.ipynb is new"]
    assert copies(sample, "ko") == IS_UP_TO_DATE


def test_copy_of_a_chapter_that_was_renamed_stays_and_is_named(sample):
    assert sample.press("pair").returncode == 0
    sample.press("work", "--lang", "ko")
    change(sample, "np.arange(4)", "np.arange(99)")
    mine = file_of(sample).read_bytes()
    for code in ("en", "ko", "ja"):
        sample.path(f"{code}/sums.md").rename(sample.path(f"{code}/totals.md"))
    sample.edit("book.toml", '"sums"', '"totals"')
    assert sample.press("pair").returncode == 0
    said = sample.press("work", "--lang", "ko").stdout
    assert "work/ko/totals.ipynb is new\n" in said
    assert "work/ko/sums.ipynb stays as it is: the book no longer has this chapter\n" in said
    assert file_of(sample).read_bytes() == mine


HALVES = [
    b'{"cells": [{"cell_type": "co',
    b"\xff\xfe{",
    b"[]",
    b"{}",
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": [1], "cells": []}',
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}',
]


@pytest.mark.parametrize("half", HALVES)
def test_what_is_no_notebook_is_put_aside(sample, half):
    copies(sample, "ko")
    fresh = file_of(sample).read_bytes()
    file_of(sample).write_bytes(half)
    (line,) = copies(sample, "ko")
    aside = sample.root / line.rpartition("is now ")[2]
    assert line.startswith("ko/sums.ipynb is new; the old file was not a notebook")
    assert aside.read_bytes() == half
    assert file_of(sample).read_bytes() == fresh


@pytest.mark.parametrize("half", [b"{", b""])
def test_what_jupyter_saved_before_a_spoilt_notebook_is_named(sample, half):
    copies(sample, "ko")
    checkpoint = file_of(sample).parent / ".ipynb_checkpoints" / "sums-checkpoint.ipynb"
    checkpoint.parent.mkdir()
    shutil.copy(file_of(sample), checkpoint)
    file_of(sample).write_bytes(half)
    assert copies(sample, "ko")[1].endswith("work/ko/.ipynb_checkpoints/sums-checkpoint.ipynb")


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\\n", "\\r\\n"),
        lambda text: json.dumps(json.loads(text)),
        lambda text: nbformat.v4.writes(older(json.loads(text))),
        lambda text: json.dumps(each_code_cell(json.loads(text), id=3)),
        lambda text: json.dumps(each_code_cell(json.loads(text), outputs=SPOILT)),
    ],
    ids=[
        *("BOM", "CRLF", "CRLF in cells", "one line", "4.4, without ids"),
        *("ids that are numbers", "outputs without text"),
    ],
)
def test_other_programs_save_otherwise(sample, saved):
    both_change(sample)
    text = file_of(sample).read_text(encoding="utf-8")
    file_of(sample).write_text(saved(text), encoding="utf-8", newline="")
    assert copies(sample, "ko") == FOLLOWS
    assert is_merged(sample)
    assert copies(sample, "ko") == IS_UP_TO_DATE


SPOILT = [{"output_type": "stream"}, {"output_type": "stream", "name": "x", "text": 3}]


def each_code_cell(notebook, **spoilt):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(spoilt)
    return notebook


def older(notebook):
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        del cell["id"]
    return nbformat.from_dict(notebook)


@pytest.mark.parametrize("record", [None, b"{", b"x\n[]\n"])
def test_record_that_was_lost_costs_no_change_of_a_reader(sample, record):
    both_change(sample)
    file = sample.root / "work" / ".book" / "ko" / "sums.json"
    file.unlink() if record is None else file.write_bytes(record)
    said = copies(sample, "ko")
    assert said[0] == FOLLOWS[0]
    assert "unknown" in said[1]
    text = file_of(sample).read_text(encoding="utf-8")
    assert all(part in text for part in ("arange(99)", "arange(4)", "마지막 줄이", "끝줄이"))
    assert copies(sample, "ko") == IS_UP_TO_DATE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process of its own")
def test_update_that_is_killed_at_any_point(sample, tmp_path):
    """At each call that touches work/ in turn, until one update runs through."""
    both_change(sample)
    shutil.copytree(sample.root / "work", tmp_path / "before")
    for calls in range(99):
        was_killed = killed(lambda: copies(sample, "ko"), sample.root / "work", calls)
        assert "arange(99)" in nbformat.read(file_of(sample), as_version=4).cells[1].source
        sample.edit("ko/sums.md", "끝줄이", "맨 끝줄이")  # and the book goes on
        assert copies(sample, "ko") == FOLLOWS
        assert is_merged(sample)
        assert copies(sample, "ko") == IS_UP_TO_DATE
        if not was_killed:
            break
        sample.edit("ko/sums.md", "맨 끝줄이", "끝줄이")
        shutil.rmtree(sample.root / "work")
        shutil.copytree(tmp_path / "before", sample.root / "work")
    assert calls > 4


def killed(action, folder, calls):
    """Do something in a process that is killed after so many calls on files in a folder."""
    child = os.fork()
    if not child:
        left = iter(range(calls))

        def hook(event, arguments):
            if event in ("open", "os.rename", "os.remove", "os.mkdir"):
                is_inside = str(arguments[0]).startswith(str(folder))
                if is_inside and next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            action()
        finally:
            os._exit(sys.exc_info()[0] is not None)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return status < 0


def test_notebook_saved_during_the_update_is_read_again(sample, monkeypatch):
    both_change(sample)
    remember = workbooks._remember

    def meanwhile(*arguments):
        monkeypatch.setattr(workbooks, "_remember", remember)
        remember(*arguments)
        change(sample, "arange(99)", "arange(99)  # and more")

    monkeypatch.setattr(workbooks, "_remember", meanwhile)
    assert copies(sample, "ko") == FOLLOWS
    assert is_merged(sample)
    assert "# and more" in copy_of(sample).cells[1].source


def test_update_that_an_open_window_saved_over(sample):
    both_change(sample)
    opened = file_of(sample).read_bytes()
    copies(sample, "ko")
    file_of(sample).write_bytes(opened)
    assert copies(sample, "ko") == FOLLOWS
    assert is_merged(sample)


def test_copy_that_lags_three_versions_behind(sample):
    both_change(sample)
    opened = file_of(sample).read_bytes()
    for old, new in (("끝줄이", "둘째 줄이"), ("둘째", "셋째"), ("셋째 줄이", "끝줄이")):
        copies(sample, "ko")
        sample.edit("ko/sums.md", old, new)
    file_of(sample).write_bytes(opened)
    assert copies(sample, "ko") == FOLLOWS
    assert is_merged(sample)


def test_figure_that_a_reader_has_drawn_upon_is_kept(sample):
    copies(sample, "ko")
    figure = file_of(sample).parent / "figures" / "sum.svg"
    sample.edit("figures/sum.svg", "1 + 2", "1 + 3")
    assert copies(sample, "ko") == IS_UP_TO_DATE  # the book's own needs no keeping
    assert "1 + 3" in figure.read_text(encoding="utf-8")
    figure.write_text("mine", encoding="utf-8")
    first, second = copies(sample, "ko")
    assert [first] == IS_UP_TO_DATE
    kept = sample.root / second.rpartition(" in ")[2]
    assert kept.read_text(encoding="utf-8") == "mine"
    assert "1 + 3" in figure.read_text(encoding="utf-8")


def test_link_stays_a_link(sample, tmp_path):
    both_change(sample)
    elsewhere = tmp_path / "cloud.ipynb"
    shutil.move(file_of(sample), elsewhere)
    file_of(sample).symlink_to(elsewhere)
    copies(sample, "ko")
    assert file_of(sample).is_symlink()
    assert is_merged(sample)


def test_notebook_stays_private(sample):
    both_change(sample)
    file_of(sample).chmod(0o600)
    copies(sample, "ko")
    assert is_merged(sample)
    assert file_of(sample).stat().st_mode & 0o777 == 0o600


def test_book_that_is_not_built(sample):
    with pytest.raises(BookError, match="not been built yet"):
        as_built(sample.book, sample.text("ko"))
