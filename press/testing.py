"""Runs all tests of the project: style, spelling, then everything pytest finds, on all cores."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from press.kernels import ONE_THREAD

WORKERS = (os.cpu_count() or 1) + 1  # some worker is always waiting for a browser or a kernel
STEPS: Sequence[Sequence[str]] = (
    ("ruff", "check", "--quiet"),
    ("ruff", "format", "--check", "--quiet"),
    ("mypy",),
    ("codespell_lib",),
    ("pytest", "-q", f"--numprocesses={WORKERS}", "--dist", "worksteal"),
)


def test(root: Path, options: Sequence[str] = ()) -> int:
    """Run every step even if one fails, pass `options` to pytest, and return the exit code.

    pytest runs the cells of all notebooks with nbval (tests/book), and the pages in a browser.
    """
    failed = []
    environment = os.environ | ONE_THREAD  # since the workers share the cores
    for step in STEPS:
        command = [sys.executable, "-m", *step, *(options if step[0] == "pytest" else ())]
        started = time.monotonic()
        print(f"$ python -m {' '.join(command[2:])}", flush=True)
        if subprocess.run(command, cwd=root, env=environment, check=False).returncode:
            failed.append(" ".join(command[2:]))
        print(f"  {time.monotonic() - started:.0f} s", flush=True)
    for step in failed:
        print(f"failed: {step}", file=sys.stderr)
    return 1 if failed else 0
