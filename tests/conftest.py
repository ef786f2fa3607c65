"""What the end of a test run says about tests that could not run here."""

from __future__ import annotations

import pytest

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
