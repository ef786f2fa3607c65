"""Progress: a bar on a terminal, lines in a log."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios

import pytest

from press.book import EVERYTHING, Choice
from press.building import build
from press.progress import progress

CODE = """
from press.progress import progress
with progress() as step:
    step("run en/sums", 1 / 2)
    step("page en/sums.html", 1 / 2)
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
    with progress() as step:
        step("run en/sums", 1 / 2)
        step("page en/sums.html", 1 / 2)
    assert capsys.readouterr() == ("run en/sums\npage en/sums.html\n", "")


def steps(sample, choice=EVERYTHING, **options):
    """Build the book; return the steps by name, with their shares of the whole."""
    told = []
    build(sample.book, choice, jobs=2, progress=lambda *step: told.append(step), **options)
    assert len(dict(told)) == len(told)
    return dict(told)


def whole(shares):
    return sum(shares.values()) == pytest.approx(1)


def test_steps_of_a_build_make_up_the_whole(sample):
    first = steps(sample)
    assert {"run en/sums", "page index.html", "page ko/sums.html"} < set(first) and whole(first)
    again = steps(sample)  # ends early, since there is no page to write
    assert set(again) == {"kept en/sums", "kept ko/sums", "kept ja/sums"}
    assert sum(again.values()) == pytest.approx(1 / 2)
    assert whole(steps(sample, force=True))
    assert whole(steps(sample, Choice(languages=["ko"]), force=True))
    sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
    assert whole(steps(sample))
    sample.edit("book.toml", "[languages]", 'address = "https://book.test/"\n\n[languages]')
    assert whole(steps(sample))
