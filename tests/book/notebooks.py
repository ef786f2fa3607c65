"""The built notebooks, and nbval on any of them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat import NotebookNode

from press.book import Book
from press.kernels import environment

BOOK = Book.load(Path(__file__).parent)
SANITIZE = Path(__file__).with_name("sanitize.cfg")


@dataclass(frozen=True)
class Built:
    """A built notebook."""

    language: str
    slug: str

    def __str__(self) -> str:
        return f"{self.language}/{self.slug}"

    def read(self) -> NotebookNode:
        """Return the notebook; fail where the book is not built."""
        file = BOOK.notebook_path(self.language, self.slug)
        if not file.exists():
            pytest.fail(f"{file} is not there. Run: make book", pytrace=False)
        return nbformat.read(file, as_version=4)


BUILT = [Built(language, slug) for slug in BOOK.chapters for language in BOOK.languages]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells that nbval tests, in its order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@dataclass
class Nbval:
    """Runs `pytest --nbval` on a notebook, in a folder of its own and with a build's kernel."""

    folder: Path

    def __call__(self, notebook: NotebookNode, language: str) -> list[str]:
        """Return for each code cell why it failed, or nothing where it passed."""
        file = self.folder / "notebook.ipynb"
        report = self.folder / "report.xml"
        nbformat.write(notebook, file)
        command = [
            *(sys.executable, "-m", "pytest", file.name, "--nbval", "--nbval-current-env"),
            *("--nbval-sanitize-with", str(SANITIZE), "--color=no", f"--junitxml={report}"),
            *("--rootdir", str(self.folder), f"--nbval-cell-timeout={BOOK.cell_timeout:g}"),
            *("-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:cov"),
        ]
        kernel = environment(self.folder / "kernel", language)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={name: value for name, value in kernel.items() if not name.startswith("PYTEST")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stdout + done.stderr
        cases = ElementTree.parse(report).iter("testcase")
        return [self._reason(case) for case in cases]

    @staticmethod
    def _reason(case: ElementTree.Element) -> str:
        """Return why a cell failed; a skipped cell has not been compared, which is a failure."""
        return "\n".join(found.text or found.get("message", found.tag) for found in case)
