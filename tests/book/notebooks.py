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
        verdicts = Verdicts()
        self._pytest(notebook, language, verdicts)
        return list(verdicts.reasons.values())

    def compare(self, notebook: NotebookNode, other: NotebookNode) -> list[bool]:
        """Tell for each code cell whether nbval finds the outputs of two notebooks the same.

        No cell is run: the outputs of the other notebook stand for what cells would give.
        """
        found = Comparison([cell.outputs for cell in code_cells(other)])
        self._pytest(notebook, BOOK.source, found, "--collect-only")
        return found.same

    def _pytest(self, notebook: NotebookNode, language: str, plugin: object, *more: str) -> None:
        file = self.folder / "notebook.ipynb"
        nbformat.write(notebook, file)
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
                    *("-p", "nbval.plugin", "-p", "no:cacheprovider", *more),
                ],
                [plugin],
            )
        assert code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


class Comparison:
    """Keeps for each collected cell whether its outputs are the same as those given."""

    def __init__(self, outputs: list[list[NotebookNode]]) -> None:
        self.outputs = outputs
        self.same: list[bool] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Compare as nbval does after a cell has run."""
        for item, outputs in zip(session.items, self.outputs, strict=True):
            item.parent.setup_sanitize_files()
            self.same.append(item.compare_outputs(outputs, item.cell.outputs))


class Verdicts:
    """Keeps why each cell failed; a skipped cell has not been compared, which is a failure."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what one phase of a cell's test says."""
        reason = "" if report.passed else f"{report.outcome}: {report.longrepr}"
        self.reasons[report.nodeid] = self.reasons.get(report.nodeid, "") + reason
