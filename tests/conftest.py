"""What holds for all tests, and what the end of a run says about those that could not run."""

from __future__ import annotations

import hypothesis
import pytest

# a busy machine is slow, which says nothing about the law that is tested
hypothesis.settings.register_profile("book", deadline=None)
hypothesis.settings.load_profile("book")

NO_BROWSER = "no browser was found"


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
