"""The command `press`: planted faults, hostile surroundings, and two at once."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import nbformat
import psutil
import pytest

from press import testing
from press.__main__ import main

REPOSITORY = Path(__file__).parents[2]
PARAGRAPH = "합은 $6$입니다. [NumPy](https://numpy.org)와 {ref}`means`을 보세요.\n"
MEAN = 'print("mean", numbers.sum() / len(numbers))'


def last_good(sample):
    """Fail unless the site is there; return it."""
    site = sample.site()
    assert "en/sums.html" in site
    return site


# What it is for


def test_build_check_and_build_again(sample):
    done = sample.press("build", "--jobs", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "run ko/sums" in done.stdout
    assert "build/html/index.html is up to date" in done.stdout
    site = last_good(sample)
    assert "mean 1.5" in site["ja/sums.html"].decode()
    done = sample.press("check")
    assert (done.returncode, done.stderr) == (0, "")
    said = "3 texts are in order; translated passages to review: 2\n"  # no record of either
    assert done.stdout.endswith(said)
    done = sample.press("build")
    assert "kept ko/sums" in done.stdout
    assert "nothing changed" in done.stdout
    sample.edit("en/sums.md", "A sum adds numbers.", "A sum adds up numbers.")
    done = sample.press("build")
    assert "run" not in done.stdout
    assert "adds up numbers" in last_good(sample)["en/sums.html"].decode()


def test_one_language_builds_before_the_others_are_written(sample):
    for language in ("ko", "ja"):
        sample.path(f"{language}/sums.md").unlink()
    assert sample.press("build").returncode == 1
    done = sample.press("build", "--lang", "en", "--chapter", "sums")
    assert (done.returncode, done.stderr) == (0, "")
    assert "en/sums.html" in sample.site()
    assert "ko/sums.html" not in sample.site()


def test_one_chapter_builds_before_those_that_it_refers_to(sample):
    sample.edit("book.toml", '["sums"]', '["sums", "products"]')
    follow = {"en": "They follow @.", "ko": "@에 이어집니다.", "ja": "@に続きます。"}
    for language, title in (("en", "Products"), ("ko", "곱"), ("ja", "積")):
        words = f"# {title}\n\n{follow[language]}\n".replace("@", "{ref}`means`")
        product = f"---\ndescription: More.\n---\n\n{words}"
        sample.path(f"{language}/products.md").write_text(product, encoding="utf-8")
    sample.edit("ja/sums.md", "\n最後の行が平均を表示します。\n", "")  # not at work on yet

    def says(language, words):
        assert words in sample.site()[f"{language}/products.html"].decode()

    done = sample.press("build", "--chapter", "products")
    assert (done.returncode, done.stderr) == (0, "")
    says("ko", "평균에 이어집니다.")
    says("ja", 'Meansに続<span class="joined">きます。</span>')  # its own title cannot be told yet
    assert "en/sums.html" not in sample.site()
    assert sample.press("build", "--lang", "ko").returncode == 0
    says("ko", '<a class="reference" href="sums.html#means">평균</a>')
    sample.edit("en/products.md", "{ref}`means`", "{ref}`moans`")
    done = sample.press("build", "--chapter", "products")
    assert "refers to 'moans', which no chapter defines" in done.stderr


def test_language_in_the_making_does_not_stop_the_others(sample):
    assert sample.press("build", "--lang", "en", "--lang", "ko").returncode == 0
    sample.edit("ja/sums.md", "\n最後の行が平均を表示します。\n", "")
    assert sample.press("build", "--lang", "ko").returncode == 0
    assert sample.press("check", "--lang", "ko").returncode == 0
    done = sample.press("check", "--lang", "ja")
    assert done.returncode == 1
    assert "a paragraph is missing here" in done.stderr


def test_force_runs_again(built):
    assert "run ko/sums" in built.press("build", "--force").stdout


def test_golden_outputs_are_written_and_compared(built):
    done = built.press("golden")
    assert done.stdout.splitlines()[-1].startswith("tests/book/golden/sums.txt changed")
    done = built.press("golden")
    assert done.stdout.splitlines()[-1] == "the golden outputs are up to date"


def test_work_needs_a_build(sample):
    done = sample.press("work")
    assert done.returncode == 1
    assert "not been built yet" in done.stderr
    sample.press("build")
    assert "work/ko/sums.ipynb is new" in sample.press("work", "--lang", "ko").stdout
    assert sample.press("work").stdout == "work/ko/sums.ipynb is up to date\n"  # no other language


def test_help_is_quick_and_names_every_command(sample):
    started = time.monotonic()
    done = sample.press("--help")
    assert time.monotonic() - started < 1  # 0.04 s on an idle machine
    for command in ("build", "check", "work", "diff", "progress", "reset", "serve"):
        assert command in done.stdout


def test_help_without_docstrings_makes_none_up():
    command = [sys.executable, "-OO", "-m", "press", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "    build" in done.stdout and "none" not in done.stdout


def test_a_build_with_nothing_to_run_imports_nothing_heavy(built):
    code = "import sys; from press.__main__ import main; main(['build']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=built.root, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.splitlines()[-1].split())
    assert "press.site" in imported
    heavy = {"jupytext", "matplotlib", "nbclient", "nbconvert", "numpy", "rfc3987_syntax.utils"}
    assert not imported & heavy


def test_clean_leaves_the_work_of_people(built):
    (built.root / "build" / "README.md").write_text("what is here", encoding="utf-8")
    built.press("work", *built.in_all)
    edit_notebook(built)
    notebooks = built.root / "build" / "notebooks"
    for name in ("ko/mine/sums.ipynb", "en/notes.txt", "en/.ipynb_checkpoints/notes.txt"):
        (notebooks / name).parent.mkdir(exist_ok=True)
        shutil.copy(notebooks / "en" / "sums.ipynb", notebooks / name)
    done = built.press("clean")
    assert (done.returncode, done.stderr) == (0, "")
    names = ["en/notes.txt", "ko/mine/sums.ipynb", "ko/sums.ipynb"]
    assert done.stdout == "".join(
        f"build/notebooks/{name} was kept: chapters/ does not have what is in it\n"
        for name in names
    )
    left = sorted(path.relative_to(built.root / "build") for path in files(built.root / "build"))
    assert [path.as_posix() for path in left] == ["README.md", *(f"notebooks/{n}" for n in names)]
    assert len(files(built.root / "work")) == 9  # a notebook, a record and a figure each
    assert built.press("build").returncode == 1  # the edit is still waiting for an answer
    assert built.press("pair", "--take", "ko/sums").returncode == 0
    built.press("clean")
    assert len(files(built.root / "build")) == 3


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("arguments", "folder", "languages"),
    [(["lab", "--lang", "ko"], "work", ["ko"]), (["edit"], "", ["en", "ko", "ja"])],
)
def test_jupyterlab_opens_on_notebooks_that_are_up_to_date(
    built, monkeypatch, capsys, arguments, folder, languages
):
    started = []
    monkeypatch.setattr(os, "execve", lambda *command: started.append(command))
    monkeypatch.chdir(built.root)
    built.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    if folder:
        built.press("build")
    assert main([*arguments, "--", "--no-browser"]) == 0
    ((program, command, environment),) = started
    assert program == sys.executable
    assert f"--ServerApp.root_dir={built.root / folder}" in command
    assert command[-1] == "--no-browser"
    assert "D2LMINI_LANGUAGE" not in environment  # the notebook's folder tells
    assert environment["PATH"].startswith(str(Path(sys.executable).parent))
    where = built.root / (folder or "build/notebooks")
    assert "끝줄이" in (where / "ko" / "sums.ipynb").read_text(encoding="utf-8")
    assert [code for code in ("en", "ko", "ja") if (where / code).exists()] == languages


def test_serve_prints_its_address_and_stops_with_ctrl_c(built):
    server = start(built, "serve", "--port", "0")
    said = server.stdout.readline()
    address = said.removeprefix("The book is at ").split()[0]
    with urlopen(f"{address}ko/sums.html") as answer:
        assert answer.read() == built.site()["ko/sums.html"]
    server.send_signal(signal.SIGINT)
    _, err = server.communicate(timeout=30)
    assert (server.returncode, err) == (0, "")


def test_all_steps_of_the_tests_run_and_any_failure_counts(sample, monkeypatch, capfd):
    monkeypatch.chdir(sample.root)
    monkeypatch.setattr(testing, "STEPS", (("no_such_module",), ("pytest", "--collect-only")))
    assert main(["test", "--", "--version"]) == 1
    out, err = capfd.readouterr()
    assert "$ python -m pytest --collect-only --version" in out
    assert err.splitlines()[-1] == "failed: no_such_module"
    monkeypatch.setattr(testing, "STEPS", (("pytest", "--collect-only"),))
    assert main(["test", "--", "--version"]) == 0


# Faults, one at a time


def edit_notebook(sample):
    file = sample.book.notebook_path("ko", "sums")
    notebook = nbformat.read(file, as_version=4)
    notebook.cells[-1].source += "\n고친 줄."
    nbformat.write(notebook, file)


FAULTS = {  # one for each step: what happens, where the message points to, and what it says
    "a cell that raises": (
        lambda s: s.edit("ko/sums.md", MEAN, "1 / 0"),
        ("ko/sums.md", "1 / 0"),
        "ZeroDivisionError: division by zero",
    ),
    "an endless loop": (
        lambda s: (
            s.edit("book.toml", "cell_timeout = 30", "cell_timeout = 2"),
            s.edit("en/sums.md", MEAN, "while True: pass"),
        ),
        ("en/sums.md", "while True"),
        "the cell was still running after 2 s",
    ),
    "a missing paragraph": (
        lambda s: s.edit("ko/sums.md", PARAGRAPH, ""),
        ("ko/sums.md", "## 평균"),
        "a paragraph is missing here: chapters/en/sums.md:38 has no translation",
    ),
    "a program that differs and therefore raises further below": (
        lambda s: s.edit("ja/sums.md", "numbers = np.arange(4)", "numbers = None"),
        ("ja/sums.md", "numbers = None"),
        "the program differs",
    ),
    "invalid YAML in the front matter": (
        lambda s: s.edit("ja/sums.md", "description: ", "description: ["),
        ("ja/sums.md", "jupytext"),
        "invalid YAML in the front matter",
    ),
    "a chapter without a file": (
        lambda s: s.edit("book.toml", '["sums"]', '["sums", "means"]'),
        ("book.toml", '"means"'),
        'chapter "means" is listed, but there is no chapters/en/means.md, chapters/ko/means.md,',
    ),
    "code that does not parse": (
        lambda s: s.edit("ko/sums.md", MEAN, "%time 1"),
        ("ko/sums.md", "%time"),
        "the code does not parse: invalid syntax",
    ),
    "a figure that is no SVG": (
        lambda s: s.path("figures/sum.svg").write_text("<html></html>", encoding="utf-8"),
        ("figures/sum.svg", "<html>"),
        "not SVG: the file begins with <html>",
    ),
    "another encoding": (
        lambda s: s.path("terms.toml").write_bytes(b"# \xb0\xa1\n"),
        ("terms.toml", "#"),
        "not UTF-8 text",
    ),
    "an edit behind Jupytext's back": (
        edit_notebook,
        ("../build/notebooks/ko/sums.ipynb", None),
        "press pair --take ko/sums",
    ),
}


def planted_line(file, part):
    """The line of a file, whatever its encoding, where `part` begins."""
    content = file.read_bytes().decode(errors="replace")
    return content.count("\n", 0, content.find(part)) + 1


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_stops_the_build_with_one_message(built, fault):
    before = last_good(built)
    plant, (name, part), message = FAULTS[fault]
    plant(built)
    line = planted_line(built.path(name), part or "")
    done = built.press("build")
    assert done.returncode == 1
    where = f"chapters/{name}".replace("chapters/../", "")
    if part:
        where += f":{line}"
    heads = [line for line in done.stderr.splitlines() if line and not line.startswith(" ")]
    (head,) = heads
    assert head.startswith(where)
    assert message in done.stderr
    assert "Traceback (most recent call last)\n  File" not in done.stderr
    assert last_good(built) == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            "write '층'".encode(),
            marks=pytest.mark.skipif(
                not str(REPOSITORY).isascii(), reason="Python itself finds only ASCII folders so"
            ),
        ),
        ({"PYTHONIOENCODING": "latin-1"}, rb"write '\uce35'"),
    ],
)
def test_messages_say_hangul_wherever_the_terminal_can(sample, settings, message):
    sample.edit("ko/sums.md", "더하는 층.", "더하는 레이어.")
    code = "import sys; from press.__main__ import main; sys.exit(main(['check']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=sample.root,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | settings,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert message in done.stderr


def test_the_two_ways_out_of_a_conflict(built):
    edit_notebook(built)
    assert built.press("pair").returncode == 1
    done = built.press("pair", "--take", "ko/sums")
    assert done.returncode == 0
    assert "고친 줄." in built.path("ko/sums.md").read_text(encoding="utf-8")
    edit_notebook(built)
    done = built.press("pair", "--drop", "ko/sums")
    copy = built.root / done.stdout.splitlines()[-1].removeprefix("the previous version is in ")
    assert copy.is_relative_to(built.root / "work" / "backup")
    assert copy.exists()
    assert built.press("pair").returncode == 0


def test_markdown_is_brought_into_jupytexts_form(sample):
    sample.edit("ko/sums.md", "\n마지막 줄이", "\n\n마지막 줄이")
    done = sample.press("check")
    assert done.returncode == 1
    assert "not in Jupytext's form" in done.stderr
    done = sample.press("pair", "--normalize")
    assert done.stdout == "chapters/ko/sums.md is now in Jupytext's form\n"
    assert sample.press("check").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--lang", "de"], "no language 'de' in this book. Choices: en, ko, ja."),
        (["build", "--chapter", "x"], "there is no chapter 'x' in this book. Choices: sums."),
        (
            ["build", "--chapter", "sum"],
            "there is no chapter 'sum' in this book. Did you mean sums?",
        ),
        (["build", "--jobs", "0"], "argument --jobs: '0' is not a number from 1"),
        (["serve", "--port", "70000"], "argument --port: '70000' is not a number from 0 to 65535"),
        (["serve", "--port=-1"], "argument --port: '-1' is not a number"),
        (["pair", "--take", "ko/x"], "there is no text 'ko/x'. Choices: en/sums"),
        (["bake"], "invalid choice: 'bake'"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_command_that_is_not_understood(sample, arguments, message, monkeypatch, capsys):
    monkeypatch.chdir(sample.root)
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    assert message in capsys.readouterr().err


def test_message_says_how_to_call_a_command_that_the_shell_does_not_find(sample, monkeypatch):
    sample.press("build", "--lang", "en")
    program = os.path.relpath(Path(sys.executable).with_name("press"), sample.root)
    for folder, expected in ((Path("/nowhere"), True), (Path(sys.executable).parent, False)):
        monkeypatch.setenv("PATH", str(folder))
        done = sample.press("diff", "en/sums")
        assert "press work" in done.stderr
        assert done.stderr.endswith(f"    Here press is {program}\n") == expected


@pytest.mark.parametrize("command", ["check", "build"])
def test_reader_of_the_output_that_has_seen_enough(sample, command):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        sample.command(command), cwd=sample.root, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_no_output_at_all(sample):
    def closed():
        for stream in (0, 1, 2):
            os.close(stream)

    command = sample.command("build")
    assert subprocess.run(command, cwd=sample.root, preexec_fn=closed, check=False).returncode == 0
    assert sample.book.notebook_path("en", "sums").exists()


def test_outside_a_book(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 1
    assert "no book at or above" in capsys.readouterr().err


# Hostile surroundings


def without_override():
    """Make root respect the modes of files, as everyone else has to."""
    pr_capbset_drop, cap_dac_override, cap_dac_read_search = 24, 1, 2
    for capability in (cap_dac_override, cap_dac_read_search):
        ctypes.CDLL(None).prctl(pr_capbset_drop, capability)


def with_small_files():
    """Let no file grow beyond 4 KB: writing fails in the middle, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def test_read_only_build(built):
    before = last_good(built)
    built.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    folders = [built.root / "build", *(built.root / "build").rglob("*/")]
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = built.press("build", preexec_fn=without_override)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert done.returncode == 1
    first, *rest = done.stderr.splitlines()
    assert first.startswith("build/")
    assert first.endswith(": Permission denied")
    assert "make the folder writable" in rest[0]
    assert len(rest) == 1
    assert last_good(built) == before
    assert built.press("build").returncode == 0


def test_full_disk(built):
    before = last_good(built)
    built.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    done = built.press("build", preexec_fn=with_small_files)
    assert done.returncode == 1
    first, *rest = done.stderr.splitlines()
    assert first.startswith("build/")
    assert "File too large" in first
    assert "The last good book is still in place" in rest[0]
    assert len(rest) == 1
    assert last_good(built) == before
    for file in (built.root / "build").rglob("*.ipynb"):
        json.loads(file.read_text(encoding="utf-8"))
    assert built.press("build").returncode == 0


@pytest.mark.parametrize("trouble", [without_override, with_small_files])
def test_work_that_cannot_be_written(built, trouble):
    built.press("work", "--lang", "ko")
    built.edit("ko/sums.md", "마지막 줄이", "마지막 " + "긴 " * 1000 + "줄이")
    built.press("build")
    work = built.root / "work"
    before = {file: file.read_bytes() for file in files(work)}
    folders = [work, *work.rglob("*/")] * (trouble == without_override)
    for folder in folders:
        folder.chmod(0o555)
    try:
        done = built.press("work", "--lang", "ko", preexec_fn=trouble)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert done.returncode == 1
    assert done.stderr.startswith("work/")
    assert "Your notebooks are still in place" in done.stderr
    assert {file: file.read_bytes() for file in files(work)} == before
    assert "is up to date with the book" in built.press("work", "--lang", "ko").stdout


def test_notebook_that_is_blocked_does_not_hold_up_the_others(built):
    built.press("work", *built.in_all)
    for language in ("en", "ko", "ja"):
        built.edit(f"{language}/sums.md", "np.arange(4)", "np.arange(5)")
    blocked = built.root / "work/en/sums.ipynb"
    blocked.unlink()
    blocked.mkdir()
    done = built.press("work")
    assert done.returncode == 1
    assert done.stdout.count("is up to date with the book") == 2
    assert done.stderr.startswith("work/en/sums.ipynb: Is a directory\n")
    assert "Move away what is blocking it" in done.stderr


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("chapters/book.toml", "check"),
        ("chapters/terms.toml", "check"),
        ("chapters/synced/ko.toml", "check"),
        ("build/notebooks/ko/sums.ipynb", "build"),
        ("build/notebooks/ko/sums.ipynb", "clean"),
        ("work/ko/sums.ipynb", "work"),
    ],
)
def test_pipe_in_place_of_a_file_holds_nothing_up(built, name, command):
    before = last_good(built)
    pipe = built.root / name
    pipe.parent.mkdir(parents=True, exist_ok=True)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    done = built.process(command)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name}: This is a pipe or a device, not a file\n")
    assert "Move away what is blocking it" in done.stderr
    assert last_good(built) == before


def test_notebook_that_may_not_be_read(built):
    built.press("work", "--lang", "ko")
    notebook = built.root / "work/ko/sums.ipynb"
    notebook.chmod(0)
    done = built.press("work", preexec_fn=without_override)
    notebook.chmod(0o644)
    assert done.returncode == 1
    assert done.stderr.endswith("Your notebooks are still in place. Make the file readable.\n")


@pytest.mark.parametrize("where", ["cache/outputs", "cache/fragments.json", "paired"])
def test_spoilt_bytes_under_build_are_made_anew(built, where):
    before = last_good(built)
    place = built.root / "build" / where
    for file in files(place) if place.is_dir() else [place]:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        content[len(content) // 3] ^= 0xFF
        file.write_bytes(content)
    done = built.press("build", "--force" if where.endswith("fragments.json") else "--jobs=1")
    assert (done.returncode, done.stderr) == (0, "")
    assert last_good(built) == before


def start(sample, *arguments):
    return subprocess.Popen(
        sample.command(*arguments),
        cwd=sample.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a shell ignore Ctrl-C, and so would this.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_in_cell(sample, gate):
    """Make a cell of the book wait until the file `gate` is gone; say so in the file `inside`."""
    program = (
        "import time\nfrom pathlib import Path\n\n"
        f"Path({str(gate) + '.inside'!r}).touch()\n"
        f"while Path({str(gate)!r}).exists():\n    time.sleep(0.02)"
    )
    for language in ("en", "ko", "ja"):
        sample.edit(f"{language}/sums.md", MEAN, program)
    gate.touch()
    return gate.with_name(gate.name + ".inside")


def test_check_tells_once_of_code_that_does_not_parse_and_of_all_else(sample):
    for code in ("en", "ko", "ja"):
        sample.edit(f"{code}/sums.md", MEAN, "print(“mean”)")
    sample.edit("ko/sums.md", "description: ", "# ")
    done = sample.press("check")
    code, *rest = [line for line in done.stderr.splitlines() if line.startswith("chapters")]
    line = sample.line("en/sums.md", "“mean”")
    assert code.startswith(f"chapters/en/sums.md:{line}: the code does not parse: invalid char")
    assert [place[:22] for place in rest] == ["chapters/ko/sums.md:1:"]
    assert "straight quotes only" in done.stderr


def test_second_build_waits_for_the_first_and_says_so(sample, tmp_path):
    gate = tmp_path / "gate"
    inside = wait_in_cell(sample, gate)
    first = start(sample, "build")
    wait_for(inside.exists)
    second = start(sample, "build")
    said = second.stderr.readline()
    assert said.startswith(f"press: process {first.pid} (since ")
    assert said.endswith("is building this book; waiting for it to finish\n")
    gate.unlink()
    assert first.wait(60) == 0
    out, err = second.communicate(timeout=60)
    assert (second.returncode, err) == (0, "")
    assert "kept en/sums" in out


def test_ctrl_c_stops_a_build_and_its_kernels(built, tmp_path):
    before = last_good(built)
    gate = tmp_path / "gate"
    inside = wait_in_cell(built, gate)
    build = start(built, "build")
    wait_for(inside.exists)
    kernels = children(build.pid)
    assert kernels
    build.send_signal(signal.SIGINT)
    _, err = build.communicate(timeout=60)
    assert (build.returncode, err) == (
        130,
        "press: stopped; the last good book is still in place\n",
    )
    wait_for(lambda: not any(map(psutil.pid_exists, kernels)), 10)
    assert last_good(built) == before
    gate.unlink()
    assert built.press("build").returncode == 0


def children(pid):
    """The processes that a process started."""
    return [child.pid for child in psutil.Process(pid).children()]


def test_missing_packages_are_named_with_a_way_to_get_them(sample):
    plain = [sys.executable, "-S", "-m", "press", "build"]  # without the packages of .venv
    settings = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(plain, cwd=sample.root, env=settings, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "is not installed" in line and 'pip install ".[book]"' in line
