"""What a reader's answers differ in from the book, and how to start afresh."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from test_exercises import add
from test_workbooks import copies, file_of

from d2lmini.exercises.exercise import Exercise
from d2lmini.exercises.report import report as d2lmini_report
from press.answers import opened, progress
from press.workbooks import workbooks

START = "def double(x):\n    return x"


@pytest.fixture(scope="module")
def answered_once(built_once, tmp_path_factory):
    """A book with an exercise that a reader of Korean has answered, and checked."""
    root = tmp_path_factory.mktemp("answered") / "book"
    shutil.copytree(built_once.root, root)
    sample = add(type(built_once)(root))
    done = sample.press("build")
    assert (done.returncode, done.stderr) == (0, "")
    copies(sample, "ko")
    answer(sample, "# mine\ndouble = 2 .__mul__")
    return sample


@pytest.fixture
def answered(answered_once, tmp_path, monkeypatch):
    """The same for one test, in a shell that finds `press`."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    shutil.copytree(answered_once.root, tmp_path / "book")
    return type(answered_once)(tmp_path / "book")


def answer(sample, source):
    notebook = nbformat.read(file_of(sample), as_version=4)
    cell, check = (cell_of(notebook, tag) for tag in ("exercise", "check"))
    cell.source = source
    check.outputs = [nbformat.v4.new_output("stream", text="passed")]
    nbformat.write(notebook, file_of(sample))


def cell_of(notebook, tag):
    return next(cell for cell in notebook.cells if tag in cell.metadata.get("tags", ()))


def now(sample):
    notebook = nbformat.read(file_of(sample), as_version=4)
    return cell_of(notebook, "exercise").source, cell_of(notebook, "check").outputs[0].text


def test_difference_of_an_answer_from_the_book(answered):
    done = answered.press("diff", "ko/sums#double")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "--- book ko/sums#double",
        "+++ work/ko/sums.ipynb",
        "@@ -1,2 +1,2 @@",
        "-def double(x):",
        "-    return x",
        "+# mine",
        "+double = 2 .__mul__",
    ]


def test_difference_of_a_chapter(answered, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    done = answered.press("diff", "sums")
    assert "+double = 2 .__mul__" in done.stdout.splitlines()
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")  # in which there is no notebook yet
    assert answered.press("diff", "sums").stdout == done.stdout
    assert " # %% code #double" in done.stdout.splitlines()
    assert answered.press("work", *answered.in_all).returncode == 0
    assert answered.press("diff", "sums").stdout == "there are no differences\n"


def test_reset_puts_the_starter_back_and_keeps_the_answer(answered):
    done = answered.press("reset", "ko/sums#double")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first == "work/ko/sums.ipynb has the starter of 'double' again"
    backup = answered.root / second.partition(" in ")[2]
    assert backup.read_text(encoding="utf-8") == "# mine\ndouble = 2 .__mul__\n"
    assert backup.is_relative_to(answered.root / "work" / "backup" / "ko")
    assert now(answered) == (START, "0/1 double ko\n")
    assert answered.press("reset", "ko/sums#double").stdout.splitlines() == [first]
    assert answered.press("diff", "ko/sums").stdout == "there are no differences\n"


def test_half_an_emoji_is_kept(answered):
    file = file_of(answered)
    file.write_text(file.read_text(encoding="utf-8").replace("# mine", "# \\ud83d"), "utf-8")
    answered.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    done = answered.press("work", "--lang", "ko")
    assert (done.returncode, done.stderr) == (0, "")
    assert now(answered)[0].startswith("# \ud83d\n")
    done = answered.press("reset", "ko/sums#double")
    backup = answered.root / done.stdout.splitlines()[1].partition(" in ")[2]
    assert backup.read_text(encoding="utf-8").startswith("# \\ud83d\n")


def test_reset_keeps_the_pictures_of_an_answer(answered):
    """As of one that a reader wrote on paper, in what has become a Markdown cell."""
    notebook = nbformat.read(file_of(answered), as_version=4)
    written = cell_of(notebook, "exercise")
    picture = {"paper.png": {"image/png": "aGVyZQ=="}}
    del written["outputs"], written["execution_count"]
    written.update(cell_type="markdown", source="![](attachment:paper.png)", attachments=picture)
    nbformat.write(notebook, file_of(answered))
    done = answered.press("reset", "ko/sums#double")
    assert now(answered)[0] == START
    copy = answered.root / done.stdout.splitlines()[2].partition(" are in ")[2]
    assert cell_of(nbformat.read(copy, as_version=4), "exercise").attachments == picture


def test_reset_of_a_changed_exercise_takes_the_note_away(answered):
    for language in ("en", "ko", "ja"):
        answered.edit(f"{language}/sums.md", START, "def double(x): ...")
    answered.press("build")
    done = answered.press("work", "--lang", "ko")
    assert "press diff ko/sums#double" in done.stdout
    notebook = file_of(answered).read_text(encoding="utf-8")
    assert "책에서 바뀌었습니다" in notebook
    assert "press reset ko/sums#double" in notebook
    assert "arange" in notebook
    answered.press("reset", "ko/sums#double")
    assert now(answered)[0] == "def double(x): ..."
    assert "책에서 바뀌었습니다" not in file_of(answered).read_text(encoding="utf-8")
    assert answered.press("diff", "ko/sums").stdout == "there are no differences\n"


def test_reset_brings_back_what_was_deleted(answered):
    notebook = nbformat.read(file_of(answered), as_version=4)
    notebook.cells.remove(cell_of(notebook, "exercise"))
    nbformat.write(notebook, file_of(answered))
    difference = answered.press("diff", "ko/sums#double").stdout
    assert difference.splitlines()[2:] == ["@@ -1,2 +0,0 @@", "-def double(x):", "-    return x"]
    answered.press("reset", "ko/sums#double")
    assert now(answered)[0] == START


@pytest.fixture
def report(monkeypatch):
    """What d2lmini says of an answer that is right or wrong, in a language."""

    class Yes(Exercise):
        def holds(self, answer):
            assert answer

    def report(answer, language):
        monkeypatch.setenv("D2LMINI_LANGUAGE", language)
        return d2lmini_report(Yes().check(answer))

    yield report
    del Exercise.known["yes"]


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
@pytest.mark.parametrize(("right", "state"), [(True, "done"), (False, "tried")])
def test_progress_is_what_the_check_said_last(answered, report, language, right, state):
    notebook = nbformat.read(file_of(answered), as_version=4)
    cell_of(notebook, "check").outputs[0].text = f"mine\n{report(right, language)}\n"
    nbformat.write(notebook, file_of(answered))
    copies(answered, "ko")
    book = book_of(answered)
    assert progress(book, opened(book)) == {"double": state}


def book_of(sample):
    texts = sample.texts
    return next(workbooks(sample.book, texts, [("ko", "sums")]))


def test_progress_in_all_notebooks(answered):
    assert answered.press("work", *answered.in_all).returncode == 0
    done = answered.press("progress")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "chapter  done  tried  untouched  still to do",
        "en/sums     0      0          1  double",
        "ko/sums     0      1          0  double",
        "ja/sums     0      0          1  double",
    ]


def test_progress_as_it_is_when_the_notebook_is_run(answered):
    answer(answered, "def check(name, answer):\n    print('2/2 tests passed')\n\ndouble = 1 / 1")
    notebook = nbformat.read(file_of(answered), as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("1 / 0  # and the cells after it run"))
    nbformat.write(notebook, file_of(answered))
    before = file_of(answered).read_bytes()
    assert (
        answered.press("progress").stdout.splitlines()[1]
        == "ko/sums     0      1          0  double"
    )
    done = answered.press("progress", "--run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[::2] == ["run ko/sums", "ko/sums     1      0          0"]
    assert file_of(answered).read_bytes() == before
    notebook.cells[0].source = "import os; os._exit(1)"
    nbformat.write(notebook, file_of(answered))
    done = answered.press("progress", "--run")
    assert done.returncode == 1
    assert done.stdout.splitlines()[2] == "ko/sums     0      1          0  double"
    assert done.stderr.splitlines() == [
        "work/ko/sums.ipynb: a cell ended Python or did not stop; those below it were not run",
        "    Change the cell that begins with 'import os; os._exit(1)', and run the command again.",
    ]


def test_starter_that_the_book_changed_meanwhile_is_untouched(answered):
    answer(answered, START)
    for language in ("en", "ko", "ja"):
        answered.edit(f"{language}/sums.md", START, "def double(x): ...")
    book = book_of(answered)
    assert progress(book, opened(book)) == {"double": "untouched"}


@pytest.mark.parametrize("command", [["progress"], ["reset", "ko/sums#double"]])
def test_notebook_that_is_spoilt_is_told_and_left_alone(answered, command):
    file_of(answered).write_text("{", encoding="utf-8")
    done = answered.press(*command)
    assert file_of(answered).read_text(encoding="utf-8") == "{"
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            "work/ko/sums.ipynb: not a notebook",
            "    For a new copy, run: press work --lang ko (it keeps this file in work/backup)",
        ],
    )


def test_progress_of_outputs_that_no_program_writes(answered):
    notebook = nbformat.read(file_of(answered), as_version=4)
    cell_of(notebook, "check").outputs[0].text = 3
    file_of(answered).write_text(json.dumps(notebook), encoding="utf-8")
    book = book_of(answered)
    assert progress(book, opened(book)) == {"double": "tried"}


@pytest.mark.parametrize("source", ["a\0", "(" * 9999, "+1" * 99999, "%time 1", 'await "\\d"'])
def test_progress_beside_a_cell_that_python_does_not_understand(answered, source, recwarn):
    notebook = nbformat.read(file_of(answered), as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, file_of(answered))
    book = book_of(answered)
    assert progress(book, opened(book)) == {"double": "tried"}
    assert not list(recwarn)


def test_progress_goes_on_behind_a_spoilt_notebook(answered):
    answered.press("work", *answered.in_all)
    answered.book.work_path("en", "sums").write_text("{", encoding="utf-8")
    done = answered.press("progress")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        1, "work/en/sums.ipynb: not a notebook"
    )  # fmt: skip
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "chapter", "ko/sums", "ja/sums"
    ]  # fmt: skip


def test_what_there_is_not(answered):
    done = answered.press("reset", "ko/sums#triple")
    assert (done.returncode, done.stderr) == (
        1, "ko/sums has no exercise 'triple'. Choices: double.\n"
    )  # fmt: skip
    done = answered.press("reset", "ko/sums#duoble")
    assert done.stderr == "ko/sums has no exercise 'duoble'. Did you mean double?\n"
    done = answered.press("diff", "ko/products")
    assert done.returncode == 2
    assert "there is no text 'ko/products'. Choices: en/sums, ko/sums" in done.stderr
    done = answered.press("diff", "ja/sums#double")
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            "work/ja/sums.ipynb: this notebook does not exist yet",
            "    For a new copy, run: press work --lang ja",
        ],
    )  # fmt: skip
    assert "such as ko/sums#double" in answered.press("reset", "ko/sums").stderr


def test_reset_of_an_answer_with_a_copy_further_up(answered):
    notebook = nbformat.read(file_of(answered), as_version=4)
    at = notebook.cells.index(cell_of(notebook, "exercise"))
    copy = nbformat.from_dict(notebook.cells[at]) | {"id": "copy", "source": "older = 1"}
    notebook.cells.insert(at - 1, nbformat.from_dict(copy))
    nbformat.write(notebook, file_of(answered))
    assert answered.press("reset", "ko/sums#double").returncode == 0
    cells = nbformat.read(file_of(answered), as_version=4).cells
    assert [cells[at - 1].source, cells[at + 1].source] == ["older = 1", START]


@pytest.mark.parametrize("keeps", [(), (0,), (1,)])  # which parts keep the cell's id
def test_answer_that_jupyter_has_split(answered, keeps):
    notebook = nbformat.read(file_of(answered), as_version=4)
    at = notebook.cells.index(cell_of(notebook, "exercise"))
    parts = [nbformat.from_dict(notebook.cells[at]) for _ in "ab"]
    for i, source in enumerate(["# mine", "double = 2 .__mul__"]):
        parts[i].source = source
        if i not in keeps:
            parts[i].id = f"new-{i}"
    notebook.cells[at : at + 1] = parts
    nbformat.write(notebook, file_of(answered))
    difference = answered.press("diff", "ko/sums#double").stdout
    assert difference.splitlines()[-2:] == ["+# mine", "+double = 2 .__mul__"]
    done = answered.press("reset", "ko/sums#double")
    backup = answered.root / done.stdout.split()[-1]
    assert backup.read_text(encoding="utf-8") == "# mine\ndouble = 2 .__mul__\n"
    cells = nbformat.read(file_of(answered), as_version=4).cells
    assert [cell.source for cell in cells if cell.metadata.get("exercise")] == [START]


@pytest.mark.parametrize("command", ["diff", "reset"])
def test_exercise_that_the_book_no_longer_has(answered, command):
    answer(answered, "double = 2")
    for language in ("en", "ko", "ja"):
        answered.edit(f"{language}/sums.md", "ex-double", "ex-twice")
        answered.edit(f"{language}/sums.md", 'check("double"', 'check("twice"')
    answered.press("work")
    done = answered.press(command, "ko/sums#double")
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            "work/ko/sums.ipynb: the book no longer has the exercise 'double'",
            "    Your answer is in this notebook, at the end.",
        ],
    )
    assert "double = 2" in file_of(answered).read_text(encoding="utf-8")


def test_progress_goes_on_behind_a_notebook_that_cannot_be_opened(answered):
    answered.press("work", "--lang", "en")
    blocked = answered.book.work_path("en", "sums")
    blocked.unlink()
    blocked.mkdir()
    done = answered.press("progress")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["chapter", "ko/sums"]
    assert done.returncode == 1
    assert done.stderr.startswith("work/en/sums.ipynb: Is a directory\n")
