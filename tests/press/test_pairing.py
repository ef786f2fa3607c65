"""Markdown and notebooks: what a build may overwrite, and what Jupyter's saves do to the pair."""

from __future__ import annotations

import json
import unicodedata

import nbformat
import pytest
from jupytext import TextFileContentsManager
from tornado.web import HTTPError

from press import conversion
from press.book import EVERYTHING
from press.building import read_texts
from press.errors import BookError
from press.pairing import (
    as_built,
    check_conflict,
    drop,
    pair,
    remove_orphans,
    take,
    with_outputs,
    write_notebook,
)
from press.passages import split
from press.texts import first_difference, normal_form, normalize, read_text

LANGUAGES = ("en", "ko", "ja")


def notebook_of(sample, language="ko"):
    return sample.book.notebook_path(language, "sums")


def pair_all(sample):
    for text in sample.texts.values():
        pair(sample.book, text)


def edit_notebook(sample, change, language="ko"):
    """Change a notebook as an editor does that knows nothing of Jupytext."""
    file = notebook_of(sample, language)
    notebook = nbformat.read(file, as_version=4)
    change(notebook)
    nbformat.write(notebook, file)


def conflict(sample, language="ko"):
    try:
        check_conflict(sample.book, sample.text(language))
    except BookError as error:
        return error
    return None


def is_conflict(sample, language="ko"):
    return conflict(sample, language) is not None


# Reading


def test_cells_have_derived_ids_and_know_their_lines(sample):
    text = sample.text("ko")
    lines = text.source.splitlines()
    assert [cell.id for cell in text.notebook.cells] == [f"sums-00{n}" for n in range(1, 6)]
    for cell, line in zip(text.notebook.cells, text.lines, strict=True):
        assert lines[line - 1] == cell.source.splitlines()[0]


def test_line_of_a_cell_with_options_is_that_of_its_code(sample):
    sample.edit("ko/sums.md", "ipython3\nimport", "ipython3\n:tags: [language]\n\nimport")
    text = sample.text("ko")
    assert text.source.splitlines()[text.lines[1] - 1] == "import numpy as np"
    assert text.notebook.cells[1].metadata.tags == ["language"]


def test_notebooks_are_valid_and_carry_no_state(sample):
    for text in sample.texts.values():
        nbformat.validate(text.notebook)
        assert set(text.notebook.metadata) == {"description", "kernelspec", "language_info"}


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("description: 수를 더하는 방법.", "description: [수를", 3, "invalid YAML"),
        ("  language: python", "  language: python: 3", 9, "invalid YAML"),
        ("---\ndescription", "description", 1, "the file begins with 'description: 수를 더하는"),
        ("ipython3\nimport", "ipython3\n---\ntags: [a\n---\nimport", 32, "options cannot be read"),
        ("ipython3\nimport", "ipython3\n:tags: a: b\n\nimport", 32, "mapping values are not"),
        ("ipython3\nimport", "ipython3\n:tags: language\n\nimport", 32, "options cannot be read"),
        ("jupytext:", "description: 또.\njupytext:", 2, "description appears twice"),
        ("ipython3\nimport", "ipython3\n:hide: true\n\nimport", 32, "a cell has no option 'hide'"),
        (
            "ipython3\nimport",
            "ipython3\n\n:tags: [language]\nimport",
            33,
            "not an option of a cell",
        ),
        ("ipython3\nimport", "ipython3\ntags: [language]\n\nimport", 32, "not an option of a cell"),
        ("ipython3\nimport", "ipython3\n：tags： [language\nimport", 32, "not an option of a cell"),
        ("  display_name: Python 3 (ipykernel)\n", "", 1, "is not valid for a notebook"),
        ("ipython3\nimport", "ipython3\n:tags: *x\n\nimport", 32, "found undefined alias 'x'"),
        (
            "ipython3\nimport",
            f"ipython3\n:tags: {'[' * 3000}\n\nimport",
            32,
            "a cell's options cannot be read: maximum recursion",
        ),
        ("description: 수를", "description: 2026-13-01 #", 1, "month must be in 1..12"),
        ("description: ", f"description: {'[' * 3000}", 1, "invalid YAML in the front matter: max"),
        ("jupytext:", "number: 1\njupytext:", 3, "'number' is not a key of the front matter"),
        ("description: ", "desciption: ", 2, "Did you mean description? The keys are description,"),
        ("description: ", "description: 2026-01-01 #", 2, "the description is a date, expected a"),
        ("마지막", "마\u200b지막", 57, "the invisible character U+200B (ZERO WIDTH SPACE)"),
        ("마지막", "마\ufffd지막", 57, "the invisible character U+FFFD (REPLACEMENT CHARACTER)"),
        ("마지막", "마\ue000지막", 57, "the invisible character U+E000 (no letter)"),
        ("마지막", "<<<<<<< HEAD\n마지막", 57, "an unresolved merge: <<<<<<< HEAD"),
        ("numbers.sum()\n```", "numbers.sum()\n", 31, "the code cell is not closed"),
        (
            "\n```{code-cell} ipython3\nprint",
            "\n~~~{code-cell} ipython3\nprint",
            53,
            "is not closed",
        ),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(sample, old, new, line, message):
    sample.edit("ko/sums.md", old, new)
    with pytest.raises(BookError) as raised:
        sample.text("ko")
    assert str(raised.value).startswith(f"chapters/ko/sums.md:{line}: ")
    assert message in str(raised.value)


def test_text_is_parsed_again_only_if_it_has_changed(sample, monkeypatch):
    parsed = []
    cells_of = conversion.cells_of
    monkeypatch.setattr(
        conversion, "cells_of", lambda slug, source: parsed.append(slug) or cells_of(slug, source)
    )
    first = read_texts(sample.book, EVERYTHING, keep=True)
    assert len(parsed) == 3
    assert read_texts(sample.book, EVERYTHING) == first and len(parsed) == 3
    sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    changed = read_texts(sample.book, EVERYTHING)
    assert len(parsed) == 4 and "끝줄이" in changed["ko", "sums"].notebook.cells[-1].source


def test_a_file_that_is_not_utf8(sample):
    sample.path("ko/sums.md").write_bytes("한국어".encode("euc-kr"))
    with pytest.raises(BookError, match="not UTF-8"):
        sample.text("ko")


@pytest.mark.parametrize("content", ["[]", "null", '{"nbformat": 4}'])
def test_what_is_no_notebook_is_said_in_our_words(sample, content):
    pair_all(sample)
    notebook_of(sample).write_text(content, encoding="utf-8")
    error = conflict(sample)
    assert error.message.startswith("not a notebook: ")
    assert "attribute" not in error.message
    assert "press pair --drop ko/sums" in error.hint


@pytest.mark.parametrize("ids", [None, "x"])
def test_lost_ids_are_no_edit_and_nothing_to_speak_of(sample, ids, recwarn):
    pair_all(sample)
    file = notebook_of(sample)
    notebook = json.loads(file.read_text(encoding="utf-8"))
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        del cell["id"]
        cell |= {"id": ids} if ids else {}
    file.write_text(json.dumps(notebook), encoding="utf-8")
    assert not is_conflict(sample)
    assert as_built(sample.book, sample.text("ko"))
    assert not recwarn.list


def test_line_ends_of_windows_are_no_edit(sample):
    pair_all(sample)
    file = notebook_of(sample)
    content = file.read_text(encoding="utf-8").replace("\\n", "\\r\\n")
    file.write_text(content, encoding="utf-8")
    assert not is_conflict(sample)


def test_empty_cell_that_jupyter_adds_at_the_end_is_no_edit(sample):
    pair_all(sample)
    file = notebook_of(sample)
    notebook = nbformat.read(file, 4)
    notebook.cells.append(nbformat.v4.new_code_cell(""))
    nbformat.write(notebook, file)
    assert not is_conflict(sample)
    notebook.cells[-1].source = "1"
    nbformat.write(notebook, file)
    assert is_conflict(sample)


# Normal form


@pytest.mark.parametrize("language", LANGUAGES)
def test_sample_is_in_normal_form(sample, language):
    assert first_difference(sample.text(language)) is None


def test_letters_in_parts_are_told_from_whole_ones(sample):
    last = "마지막 줄이"
    sample.edit("ko/sums.md", last, unicodedata.normalize("NFD", last))
    error = first_difference(sample.text("ko"))
    assert error.message.endswith("found letters in parts (Unicode NFD), expected whole ones (NFC)")
    assert error.line == 57


def test_passages_are_the_same_in_parts_and_whole(sample):
    whole = split(sample.text("ko"))
    path = sample.path("ko/sums.md")
    path.write_text(unicodedata.normalize("NFD", path.read_text("utf-8")), encoding="utf-8")
    assert [each.source for each in split(sample.text("ko"))] == [each.source for each in whole]


def test_last_line_without_its_end(sample):
    file = sample.path("ko/sums.md")
    file.write_text(file.read_text(encoding="utf-8").rstrip(), encoding="utf-8")
    error = first_difference(sample.text("ko"))
    assert error.message == r"not in Jupytext's form: found '다.', expected '.\n'"


@pytest.mark.filterwarnings("ignore:All code cells in a MyST notebook")
@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("\n\n```{code-cell} ipython3\nprint", "\n\n\n```{code-cell} ipython3\nprint", 53),
        ("```{code-cell} ipython3\nprint", "```{code-cell} python\nprint", 53),
        ("display_name: Python 3 (ipykernel)", "display_name: Python 3", 8),
        ("\n마지막 줄이", "\n\n마지막 줄이", 57),
    ],
)
def test_first_difference_names_the_line_and_normalize_mends_it(sample, old, new, line):
    sample.edit("ko/sums.md", old, new)
    error = first_difference(sample.text("ko"))
    assert error.place == f"chapters/ko/sums.md:{line}"
    assert "press pair --normalize ko/sums" in error.hint
    assert normalize(sample.text("ko"))
    assert first_difference(sample.text("ko")) is None
    assert not normalize(sample.text("ko"))


# What a build may overwrite


def test_outputs_stay_where_the_code_is_unchanged(sample):
    old = nbformat.from_dict(sample.text("en").notebook)
    for number, cell in enumerate([c for c in old.cells if c.cell_type == "code"], 1):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("stream", text=f"output {number}\n")]
    sample.edit("en/sums.md", "np.arange(4)", "np.arange(5)")
    sample.edit("en/sums.md", "prints the mean", "shows the mean")
    new = with_outputs(sample.text("en"), old)
    first, second = [cell for cell in new.cells if cell.cell_type == "code"]
    assert (first.outputs, first.execution_count) == ([], None)
    assert (second.outputs[0].text, second.execution_count) == ("output 2\n", 2)


def test_edit_of_the_markdown_is_no_conflict(sample):
    pair_all(sample)
    sample.edit("ko/sums.md", "수를 더한 것", "수를 모두 더한 것")
    assert not is_conflict(sample)
    pair_all(sample)
    assert "모두" in notebook_of(sample).read_text(encoding="utf-8")


def test_outputs_made_by_a_reader_are_no_conflict(sample):
    pair_all(sample)

    def run(notebook):
        notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="6\n")]
        notebook.cells[1].execution_count = 7
        notebook.cells[1].metadata.execution = {"iopub.status.idle": "now"}
        notebook.metadata.language_info.version = "3.99"

    edit_notebook(sample, run)
    assert not is_conflict(sample)
    assert as_built(sample.book, sample.text("ko")).notebook.cells[1].execution_count == 7


def add_line(notebook):
    notebook.cells[-1].source += "\n고친 줄."


def test_edit_behind_jupytexts_back_is_never_overwritten(sample):
    pair_all(sample)
    edit_notebook(sample, add_line)
    before = notebook_of(sample).read_bytes()
    with pytest.raises(BookError) as raised:
        pair(sample.book, sample.text("ko"))
    assert notebook_of(sample).read_bytes() == before
    assert raised.value.place == "build/notebooks/ko/sums.ipynb"
    assert "press pair --take ko/sums" in raised.value.hint
    assert "press pair --drop ko/sums" in raised.value.hint


def test_the_same_edit_in_both_is_no_conflict(sample):
    pair_all(sample)
    edit_notebook(sample, add_line)
    sample.edit("ko/sums.md", "출력합니다.\n", "출력합니다.\n고친 줄.\n")
    assert not is_conflict(sample)


def test_notebook_without_a_record_that_differs_is_a_conflict(sample):
    pair_all(sample)
    (sample.root / "build" / "paired" / "ko" / "sums.yaml").unlink()
    assert not is_conflict(sample)
    edit_notebook(sample, add_line)
    assert is_conflict(sample)


def test_take_brings_the_edit_into_the_markdown(sample):
    pair_all(sample)
    edit_notebook(sample, add_line)
    before = sample.path("ko/sums.md").read_text(encoding="utf-8")
    (copy,) = take(sample.book, sample.text("ko"))
    after = sample.path("ko/sums.md").read_text(encoding="utf-8")
    assert after == before.rstrip("\n") + "\n고친 줄.\n"
    assert copy.read_text(encoding="utf-8") == before
    assert not is_conflict(sample)
    sample.edit("ko/sums.md", "고친 줄.", "또 고친 줄.")
    assert not is_conflict(sample)


def test_take_keeps_what_the_markdown_says_meanwhile(sample):
    pair_all(sample)
    edit_notebook(sample, add_line)
    assert "too" not in conflict(sample).hint
    sample.edit("ko/sums.md", "수를 더한 것", "수를 모두 더한 것")
    assert "The Markdown was edited, too" in conflict(sample).hint
    (copy,) = take(sample.book, sample.text("ko"))
    assert "모두" in copy.read_text(encoding="utf-8")


def test_pictures_pasted_into_cells_are_never_lost(sample):
    pair_all(sample)
    picture = {"a.png": {"image/png": "aGk="}}
    edit_notebook(sample, lambda notebook: notebook.cells[0].update(attachments=picture))
    assert is_conflict(sample), "though the Markdown is the same"
    (copy,) = take(sample.book, sample.text("ko"))
    assert "aGk=" in copy.read_text(encoding="utf-8")
    assert not is_conflict(sample)


@pytest.mark.parametrize("source", ["x\x00", "+++\n```{code-cell} ipython3\nx"])
def test_take_of_what_cannot_be_read_names_the_copy_and_is_no_conflict(sample, source):
    pair_all(sample)
    edit_notebook(sample, lambda notebook: notebook.cells[0].update(source=source))
    done = sample.press("pair", "--take", "ko/sums")
    assert "the previous version is in work/backup/ko/sums-" in done.stdout
    broken = sample.press("pair")
    assert broken.returncode == 1 and broken.stderr.startswith("chapters/ko/sums.md:")
    (copy,) = (sample.root / "work" / "backup" / "ko").iterdir()
    copy.replace(sample.path("ko/sums.md"))
    assert not is_conflict(sample)


def test_half_an_emoji_is_said_in_our_words(sample):
    pair_all(sample)
    file = notebook_of(sample)
    file.write_text(
        file.read_text(encoding="utf-8").replace("더할 수", "\\ud83d"), encoding="utf-8"
    )
    assert "not a notebook" in str(conflict(sample))
    with pytest.raises(BookError, match="not a notebook"):
        take(sample.book, sample.text("ko"))


def test_take_without_a_notebook(sample):
    with pytest.raises(BookError, match="no notebook to copy edits from"):
        take(sample.book, sample.text("ko"))


def test_drop_keeps_a_copy_of_the_notebook(sample):
    pair_all(sample)
    edit_notebook(sample, add_line)
    (first,) = drop(sample.book, sample.text("ko"))
    assert "고친 줄" in first.read_text(encoding="utf-8")
    assert "고친 줄" not in notebook_of(sample).read_text(encoding="utf-8")
    assert not is_conflict(sample)
    (second,) = drop(sample.book, sample.text("ko"))
    assert second != first
    assert first.exists()


def test_notebook_cut_short_is_not_overwritten_but_can_be_dropped(sample):
    pair_all(sample)
    file = notebook_of(sample)
    file.write_bytes(file.read_bytes()[:200])
    error = conflict(sample)
    assert "not a notebook" in str(error)
    with pytest.raises(BookError, match="not a notebook"):
        take(sample.book, sample.text("ko"))
    drop(sample.book, sample.text("ko"))
    assert not is_conflict(sample)


def test_folder_in_the_place_of_a_notebook_is_moved_away_by_a_drop(sample):
    pair_all(sample)
    file = notebook_of(sample)
    file.unlink()
    file.mkdir()
    (file / "mine.txt").write_text("mine", encoding="utf-8")
    for read in (as_built, check_conflict, take):
        with pytest.raises(BookError, match=r"a folder, not a notebook\n.*press pair --drop ko/"):
            read(sample.book, sample.text("ko"))
    (moved,) = drop(sample.book, sample.text("ko"))
    assert (moved / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert file.is_file() and not is_conflict(sample)


def test_missing_settings_of_jupytext_are_no_fault_of_a_notebook(sample):
    pair_all(sample)
    edit_notebook(sample, add_line)
    (sample.root / "jupytext.toml").unlink()
    conversion._configuration.cache_clear()
    assert str(conflict(sample)).startswith("jupytext.toml: missing")


def test_unchanged_notebooks_are_not_written_again(sample):
    text = sample.text("ko")
    assert write_notebook(sample.book, text, text.notebook)
    assert not write_notebook(sample.book, text, text.notebook)


def test_notebook_of_a_removed_chapter_goes_unless_it_was_edited(sample):
    pair_all(sample)
    edit_notebook(sample, add_line, "ja")
    kept = [text for text in sample.texts.values() if text.language == "en"]
    assert remove_orphans(sample.book, kept) == [notebook_of(sample, "ko")]
    assert notebook_of(sample, "ja").exists()


# Jupyter


class Jupyter:
    """Jupytext's contents manager as `make edit` sets it up."""

    def __init__(self, sample):
        self.manager = TextFileContentsManager(
            root_dir=str(sample.root), post_save_hook="press.pairing.record_save"
        )

    def save(self, path, change=lambda notebook: None):
        """Open a file as a notebook, change it, and save it."""
        model = self.manager.get(path, type="notebook")
        notebook = nbformat.from_dict(model["content"])
        change(notebook)
        content = json.loads(json.dumps(notebook))
        self.manager.save({"type": "notebook", "content": content, "format": "json"}, path)


PATHS = ("chapters/ko/sums.md", "build/notebooks/ko/sums.ipynb")


@pytest.mark.parametrize("path", PATHS)
def test_save_in_jupyter_makes_no_difference_of_its_own(sample, path):
    pair_all(sample)

    def look_around(notebook):
        notebook.metadata.language_info.version = "3.99"
        notebook.metadata.toc = {"open": True}
        notebook.cells[1].metadata.collapsed = True
        notebook.cells[1].metadata.execution = {"iopub.status.busy": "then"}
        notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="6\n")]
        notebook.cells[1].execution_count = 3

    before = sample.path("ko/sums.md").read_bytes()
    Jupyter(sample).save(path, look_around)
    assert sample.path("ko/sums.md").read_bytes() == before
    assert not is_conflict(sample)


@pytest.mark.parametrize("path", PATHS)
def test_edit_in_jupyter_reaches_the_markdown_and_is_no_conflict(sample, path):
    pair_all(sample)
    before = sample.path("ko/sums.md").read_text(encoding="utf-8")
    Jupyter(sample).save(path, add_line)
    after = sample.path("ko/sums.md").read_text(encoding="utf-8")
    assert after == before.rstrip("\n") + "\n고친 줄.\n"
    assert "고친 줄" in notebook_of(sample).read_text(encoding="utf-8")
    assert not is_conflict(sample)
    sample.edit("ko/sums.md", "고친 줄.", "손으로 고친 줄.")
    assert not is_conflict(sample)
    pair(sample.book, sample.text("ko"))
    assert "손으로" in notebook_of(sample).read_text(encoding="utf-8")


def test_hand_edit_of_the_markdown_shows_when_jupyter_opens_the_notebook(sample):
    pair_all(sample)
    sample.edit("ko/sums.md", "출력합니다.", "출력해 보입니다.")
    model = Jupyter(sample).manager.get("build/notebooks/ko/sums.ipynb", type="notebook")
    assert "출력해 보입니다." in model["content"]["cells"][-1]["source"]


def test_new_cell_and_tags_made_in_jupyter_reach_the_markdown(sample):
    pair_all(sample)

    def add_cell(notebook):
        cell = nbformat.v4.new_code_cell("numbers.max()")
        cell.metadata.tags = ["language"]
        cell.metadata.jupyter = {"source_hidden": True}
        notebook.cells.append(cell)

    Jupyter(sample).save(PATHS[1], add_cell)
    written = sample.path("ko/sums.md").read_text(encoding="utf-8")
    end = "\n```{code-cell} ipython3\n:tags: [language]\n\nnumbers.max()\n```\n"
    assert written.endswith(end)
    assert not is_conflict(sample)
    assert normal_form(read_text(sample.path("ko/sums.md"))) == written


def test_save_in_jupyter_works_while_the_book_is_broken(sample):
    pair_all(sample)
    sample.edit("book.toml", "cell_timeout = 30", "cell_timeout = 0")
    sample.edit("book.toml", '["sums"]', '["Sums!"]')
    Jupyter(sample).save(PATHS[0], add_line)
    assert "고친 줄" in sample.path("ko/sums.md").read_text(encoding="utf-8")


def test_saving_another_markdown_file_records_nothing(sample):
    (sample.root / "notes.md").write_text("# Notes\n\n```{code-cell}\n1\n```\n", encoding="utf-8")
    Jupyter(sample).save("notes.md", lambda notebook: None)
    assert not (sample.root / "build" / "paired").exists()


def test_jupyter_refuses_a_notebook_edited_behind_its_back(sample):
    pair_all(sample)
    edit_notebook(sample, add_line)
    with pytest.raises(HTTPError, match="more recent than"):
        Jupyter(sample).save(PATHS[1])
    assert "고친 줄" in notebook_of(sample).read_text(encoding="utf-8")
