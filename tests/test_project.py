"""The set-up of the project: its environment, its lock file, its make targets and its README."""

import fcntl
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from functools import partial
from pathlib import Path

import pytest
import yaml
from nbformat.v4 import new_markdown_cell, new_notebook

import press
from press import environment
from press.book import Book
from press.prose import faults
from press.texts import Text

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = CONFIGURATION["project"]
EXTRAS = PROJECT["optional-dependencies"]
WANTED = {*PROJECT["dependencies"], *EXTRAS["book"], *EXTRAS["test"]}


def test_environment_yml_names_the_same_packages_as_pyproject():
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    (pip,) = (entry["pip"] for entry in dependencies if isinstance(entry, dict))
    conda = {entry.replace(" ", "") for entry in dependencies if isinstance(entry, str)}
    packages = {*conda, *pip} - {"pip", "--editable .", "python" + PROJECT["requires-python"]}
    assert packages == WANTED
    assert "python" + PROJECT["requires-python"] in conda
    assert "--editable ." in pip


@pytest.mark.parametrize("package", ["d2lmini", "press"])
def test_installed_package_has_all_its_files(package):
    folder, data = ROOT / package, CONFIGURATION["tool"]["setuptools"]["package-data"]
    told = {file for pattern in data[package] for file in folder.glob(pattern)}
    modules = {file for init in folder.rglob("__init__.py") for file in init.parent.glob("*.py")}
    there = {file for file in folder.rglob("[!.]*") if file.is_file() and file.suffix != ".pyc"}
    assert there - modules - told == set()


def test_environment_links_to_its_python(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    make = partial(venv.create, tmp_path / ".venv")
    monkeypatch.setattr(venv, "create", lambda _, **how: make(**how | {"with_pip": False}))
    python = environment.make_venv()
    assert python.is_symlink()
    base = [sys.executable, "-c", "import sys; print(sys.base_prefix)"]
    assert run(str(python), *base[1:]) == run(*base)


def test_installation_that_is_stopped_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def stopped(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(environment, "make_venv", lambda: tmp_path / "bin" / "python")
    monkeypatch.setattr(environment, "pip", stopped)
    assert environment.main() == 130
    assert capsys.readouterr().err == "\nStopped; run make again to continue.\n"
    assert not (tmp_path / "installed").exists()


def test_installation_that_was_killed_leaves_no_half_package(tmp_path, monkeypatch):
    packages = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in ("half", "whole"):
        (packages / f"{name}-1.dist-info").mkdir(parents=True)
        (packages / f"{name}-1.dist-info" / "METADATA").touch()
    (packages / "whole-1.dist-info" / "INSTALLER").touch()
    left = []
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "make_venv", lambda: Path("python"))
    monkeypatch.setattr(environment, "pip", lambda *_: left.append(list(packages.iterdir())))
    assert environment.main() == 0
    assert left[0] == [packages / "whole-1.dist-info"]
    assert (tmp_path / ".venv" / "installed").read_bytes() == os.fsencode(ROOT)


def test_installation_waits_for_another(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(
        environment, "install", lambda: (tmp_path / "installed").write_text("again")
    )
    own = []

    def flock(file, how):
        if how & fcntl.LOCK_NB:
            raise BlockingIOError
        own.append(how)
        (tmp_path / "installed").write_text("by another")

    monkeypatch.setattr(environment.fcntl, "flock", flock)
    assert environment.main() == 0
    assert own == [fcntl.LOCK_EX]
    assert (tmp_path / "installed").read_text() == "by another"
    assert "waiting for it to finish" in capsys.readouterr().out


ELSEWHERE = """
[global]
dry-run = true
python = /nowhere
require-virtualenv = true
user = true
[install]
constraint = /nowhere
no-binary = :all:
prefix = /nowhere
root = /nowhere
target = /nowhere
"""


@pytest.mark.parametrize("where", ["environment", "file"])
def test_installation_ignores_what_would_lead_it_elsewhere(tmp_path, monkeypatch, where):
    wheel = tmp_path / "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(
            "tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n"
        )
        archive.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr("tiny-1.dist-info/RECORD", "")
    venv.create(tmp_path / "venv")
    for name in ("PIP_PREFIX", "PIP_PYTHON"):
        assert environment.SETTINGS[name] == str(environment.VENV)
        monkeypatch.setitem(environment.SETTINGS, name, str(tmp_path / "venv"))
    if where == "file":
        (tmp_path / "pip.conf").write_text(ELSEWHERE, encoding="utf-8")
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    else:
        for key, value in re.findall(r"(.+) = (.+)", ELSEWHERE):
            monkeypatch.setenv(f"PIP_{key.upper().replace('-', '_')}", value)
    environment.pip(Path(sys.executable), "--no-index", str(wheel))
    assert [file.parent.name for file in tmp_path.rglob("tiny.py")] == ["site-packages"]


def test_make_ignores_the_library_of_another_python(monkeypatch):
    monkeypatch.delenv("PYTHONHOME", raising=False)
    rule = "say: ; @echo [$$PYTHONHOME$$PYTHONPATH] $(STANDS)"
    command = ["make", "--no-print-directory", "--eval", rule, "say"]
    before = run(*command)
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    assert before.startswith("[]")
    assert run(*command) == before


def test_make_knows_its_environment_in_a_folder_of_any_name(tmp_path):
    folder = tmp_path / """한글 "q" 'a' $HOME `x` %d #h"""
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/python").symlink_to(sys.executable)
    (folder / ".venv/installed").write_text(str(folder.resolve()), encoding="utf-8")
    (folder / "Makefile").symlink_to(ROOT / "Makefile")
    say = ["make", "--no-print-directory", "--eval", "say: ; @echo [$(STANDS)]", "say"]
    assert run(*say, "-C", str(folder)) == "[yes]\n"
    (folder / ".venv/installed").write_text("elsewhere", encoding="utf-8")
    assert run(*say, "-C", str(folder)) == "[]\n"


def test_lock_file_pins_every_package_of_pyproject_with_hashes():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = {re.match(r"[\w.-]+", wanted)[0] for wanted in WANTED}
    pinned = re.findall(r"^([\w.-]+)==.+\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert names <= set(pinned)
    assert "://" not in lock


@pytest.mark.parametrize("group", ["lite", "kernel"])
def test_groups_that_nobody_installs_have_lock_files_with_hashes(group):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {re.match(r"[\w.-]+", wanted)[0] for wanted in project["dependency-groups"][group]}
    lock = (ROOT / f"requirements-{group}.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([\w.-]+)==.+\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert names <= set(pinned)
    assert "://" not in lock


def test_every_make_target_is_listed_by_help():
    targets = re.findall(
        r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    help_text = run("make")
    assert targets
    assert re.findall(r"^make (\w+) +\w", help_text, re.MULTILINE) == targets


PAGES = ("README.md", "CONTRIBUTING.md")
TRANSLATED = {"ko": "README.ko.md", "ja": "README.ja.md"}


@pytest.mark.parametrize("page", [*PAGES, *TRANSLATED.values()])
def test_pages_for_people_name_only_commands_and_files_that_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = set(
        re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert set(re.findall(r"^ *make (\w+)|`make (\w+)", text, re.MULTILINE)) != set()
    for commands in re.findall(r"^ *make (\w+)|`make (\w+)", text, re.MULTILINE):
        assert set(commands) - {""} <= targets
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / target).exists(), f"{page} links to {target}"
    named = set(re.findall(r"press ([a-z]+)(?= |`|$)", text, re.MULTILINE))
    known = run(sys.executable, "-m", "press", "--help")
    assert named
    for command in named:
        assert re.search(rf"\b{command}\b", known), f"{page} speaks of press {command}"


def commands(page: str) -> set[str]:
    """Return the commands that a page names, without the language of a notebook."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:make|pip|conda|\.venv/bin/press) [^`]+)`", text)
    return {re.sub(r"\b(?:ko|ja)/|(?<==)(?:ko|ja)", "", command) for command in named}


@pytest.mark.parametrize("page", TRANSLATED.values())
def test_translated_readme_tells_readers_of_the_same_commands_and_code(page):
    fences = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
    text, source = ((ROOT / name).read_text(encoding="utf-8") for name in (page, "README.md"))
    assert fences.findall(source)
    mine, theirs = (re.sub("#.*", "", "".join(fences.findall(t))) for t in (text, source))
    assert mine == theirs
    assert commands(page) == commands("README.md") - {"make check", "make edit"}


def test_readmes_link_to_each_other():
    pages = {"README.md", *TRANSLATED.values()}
    for page in pages:
        top = (ROOT / page).read_text(encoding="utf-8").splitlines()[2]
        assert {*re.findall(r"\(([^)]+)\)", top)} == pages - {page}


@pytest.mark.parametrize("language", TRANSLATED)
def test_translated_readme_is_written_like_the_book(language):
    path = ROOT / TRANSLATED[language]
    _, picture, prose = path.read_text(encoding="utf-8").partition("(.github/page.png)\n")
    assert picture
    prose = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", prose)
    notebook = new_notebook(cells=[new_markdown_cell(prose)])
    text = Text(path, language, "readme", prose, {}, notebook, (1,))
    assert list(faults(Book.load(ROOT).terms, text)) == []


def test_every_command_is_told_of():
    told = "".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    targets = re.findall(r"^make (\w+)", run("make", "help"), re.MULTILINE)
    assert [name for name in targets if f"make {name}" not in told] == []
    known = re.findall(r"^    ([a-z]+)(?: |$)", run(sys.executable, "-m", "press", "--help"), re.M)
    assert {"build", "linkcheck"} <= set(known)
    assert [name for name in known if not re.search(rf"(press|make) {name}\b", told)] == []


def test_the_overview_of_press_has_each_module_once():
    told = re.findall(r"`(\w+)`", press.__doc__ or "")
    modules = {file.stem for file in (ROOT / "press").glob("*.py")} - {"__init__"}
    assert sorted(told) == sorted(modules)


def test_every_japanese_term_in_kanji_says_how_it_is_read():
    for term in Book.load(ROOT).terms:
        _, kana = term.order("ja")
        assert re.fullmatch(r"[ぁ-ー]+", kana), term.forms["ja"]


def run(*command: str) -> str:
    """Return what a command prints, run at the top of the project."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
