"""What holds for all tests, and what the end of a run says about those that could not run."""

from __future__ import annotations

import os
import sys

import hypothesis
import pytest

from press.kernels import has_home

# As press does: else jsonschema compiles grammars that nothing needs, for a second in each worker.
# nbval, which would import it before this line, is loaded only where notebooks are run.
sys.modules.setdefault("rfc3987_syntax", None)

# A busy machine is slow, which says nothing about the law that is tested. The examples are the same
# at each run, so that a change is blamed for what it broke; --hypothesis-profile=explore draws new.
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.register_profile("book", deadline=None, derandomize=True)
hypothesis.settings.load_profile("book")

NO_BROWSER = "no browser was found"


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give Jupyter a home where there is none, as `press` does."""
    if not has_home():
        os.environ["HOME"] = str(tmp_path_factory.mktemp("home"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many browser tests did not run, and how to get a browser."""
    skipped = terminalreporter.stats.get("skipped", [])
    missed = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if missed:
        terminalreporter.write_line(
            f"{missed} browser tests did not run: {NO_BROWSER}. To get one, install chromium with"
            " the package manager of the system, or run: .venv/bin/playwright install chromium",
            yellow=True,
            bold=True,
        )
