"""Progress: a bar on a terminal, lines in a log."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios

from press.progress import progress

CODE = """
from press.progress import progress
with progress(2) as step:
    step("run en/sums")
    step("page en/sums.html")
print("done")
"""


def on_a_terminal():
    """Return what a terminal of 80 columns receives."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = subprocess.Popen([sys.executable, "-c", CODE], stdout=theirs, stderr=theirs)
    os.close(theirs)
    received = b""
    try:
        while part := os.read(ours, 4096):
            received += part
    except OSError:  # Linux's way of saying that the other side has closed
        pass
    os.close(ours)
    assert process.wait(30) == 0
    return received.decode()


def test_terminal_shows_a_bar_and_then_only_the_result():
    shown = on_a_terminal()
    assert "50%" in shown
    assert "run en/sums" in shown
    assert "100%" in shown
    assert "page en/sums.html" in shown
    *_, bar, last = shown.replace("\r\n", "\n").split("\r")
    assert bar.strip() == ""
    assert last == "done\n"


def test_log_gets_a_line_a_step(capsys):
    with progress(2) as step:
        step("run en/sums")
        step("page en/sums.html")
    assert capsys.readouterr() == ("run en/sums\npage en/sums.html\n", "")
