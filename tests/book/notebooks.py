"""The built notebooks, and nbval on any of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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
    """Runs `pytest --nbval` on a notebook, in a folder of its own and with a build's kernel.

    It is a run of pytest within this one, because another process would spend more time on
    imports than most notebooks need for their cells.
    """

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, notebook: NotebookNode, language: str) -> list[str]:
        """Return for each code cell why it failed, or nothing where it passed."""
        file = self.folder / "notebook.ipynb"
        nbformat.write(notebook, file)
        verdicts = Verdicts()
        with self.monkeypatch.context() as patch:
            for name, value in environment(self.folder / "kernel", language).items():
                patch.setenv(name, value)
            patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
            patch.delenv("PYTEST_ADDOPTS", raising=False)
            patch.chdir(self.folder)
            code = pytest.main(
                [
                    *(file.name, "--nbval", "--nbval-current-env"),
                    *("--nbval-sanitize-with", str(SANITIZE), "--color=no"),
                    *(f"--rootdir={self.folder}", f"--nbval-cell-timeout={BOOK.cell_timeout:g}"),
                    *("-p", "nbval.plugin", "-p", "no:cacheprovider"),
                ],
                [verdicts],
            )
        assert code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        return list(verdicts.reasons.values())


class Verdicts:
    """Keeps why each cell failed; a skipped cell has not been compared, which is a failure."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what one phase of a cell's test says."""
        reason = "" if report.passed else f"{report.outcome}: {report.longrepr}"
        self.reasons[report.nodeid] = self.reasons.get(report.nodeid, "") + reason
