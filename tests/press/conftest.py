"""A small book in three languages, made anew for each test, and `press` to try on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from press.__main__ import main
from press.book import Book
from press.site import ISOLATION
from press.texts import Text, read_text

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent


@dataclass
class Sample:
    """A throwaway book."""

    root: Path
    in_all = ("--lang", "en", "--lang", "ko", "--lang", "ja")

    @property
    def book(self) -> Book:
        """The book as its files say now."""
        return Book.load(self.root)

    @property
    def texts(self) -> dict[tuple[str, str], Text]:
        """All texts as their files say now."""
        book = self.book
        return {
            (code, slug): read_text(book.text_path(code, slug))
            for code in book.languages
            for slug in book.chapters
        }

    def text(self, language: str) -> Text:
        """The one chapter in a language."""
        return read_text(self.path(f"{language}/sums.md"))

    def path(self, name: str) -> Path:
        """A file of chapters/."""
        return self.root / "chapters" / name

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace `old`, which has to be there, in a file of chapters/."""
        file = self.path(name)
        content = file.read_text(encoding="utf-8")
        assert old in content
        file.write_text(content.replace(old, new, 1), encoding="utf-8")

    def line(self, name: str, part: str) -> int:
        """The first line of a file of chapters/ that contains `part`."""
        lines = self.path(name).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if part in line)

    def command(self, *arguments: str) -> list[str]:
        """The command line of press in this test's Python."""
        return [sys.executable, "-m", "press", *arguments]

    def press(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        """Run press in the book and return what it wrote.

        It runs in this process, where its imports are paid for, unless there are `options` of a
        process of its own; and in a thread, because the browser tests leave an event loop in this
        one.
        """
        if options:
            return self.process(*arguments, **options)
        out, err = StringIO(), StringIO()
        with (
            chdir(self.root),
            redirect_stdout(out),
            redirect_stderr(err),
            ThreadPoolExecutor(1) as thread,
        ):
            try:
                code = thread.submit(main, arguments).result()
            except SystemExit as end:  # argparse
                code = end.code
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        """Run press in the book, in a process of its own."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **options,
        )

    def site(self) -> dict[str, bytes]:
        """The files of the built site, those that are copied into every site left out."""
        html = self.root / "build" / "html"
        files = (file for file in html.rglob("*") if file.is_file())
        named = {file.relative_to(html).as_posix(): file for file in files}
        copied = ("static/", ISOLATION)
        return {name: f.read_bytes() for name, f in named.items() if not name.startswith(copied)}


def new_book(root: Path) -> Sample:
    """Make the book in a folder."""
    shutil.copytree(HERE / "sample", root)
    shutil.copy(REPOSITORY / "jupytext.toml", root)
    return Sample(root)


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    """A book of one chapter in a folder of its own."""
    return new_book(tmp_path / "book")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A book that is built, for `built` to copy."""
    sample = new_book(tmp_path_factory.mktemp("built") / "book")
    done = sample.press("build")
    assert (done.returncode, done.stderr) == (0, "")
    return sample


@pytest.fixture
def built(built_once: Sample, tmp_path: Path) -> Sample:
    """A book that is built, in a folder of its own."""
    shutil.copytree(built_once.root, tmp_path / "book")
    return Sample(tmp_path / "book")
