"""Readers' code under guard: whatever it does, the call comes back and nothing gets out."""

from __future__ import annotations

import signal
import sys
import threading
import time

import pytest

from d2lmini import np
from d2lmini.exercises import guard

ENDLESS = {
    "a bare loop": "while True: pass",
    "a bare except": "while True:\n    try:\n        x = 1\n    except:\n        pass",
    "the same on one line": "while True:\n    try: x = 1\n    except: pass",
    "loops in loops": """
def inner():
    while True:
        try:
            while True:
                try:
                    abs(1)
                except:
                    continue
        except BaseException:
            pass
inner()
""",
    "finally that goes on": "while True:\n    try:\n        1\n    finally:\n        continue",
    "suppressed": "from contextlib import *\nwhile 1:\n    with suppress(BaseException): x = 1",
    "a generator": "sum(1 for _ in iter(int, 1))",
    "a comprehension": "[0 for _ in iter(int, 1) if 0]",
    "a function that C calls": "max(iter(lambda: 1, 2))",
    "a destructor": "class D:\n    def __del__(self):\n        while True: pass\nD()",
    "endless recursion, again and again": """
def f(): return f()
while True:
    try: f()
    except: pass
""",
    "printing": "while True: print('x' * 1000)",
}  # fmt: skip
ONLY_WITH_SIGNALS = {
    "sleep": "import time\nwhile True:\n    try: time.sleep(1)\n    except: pass",
    "keeping what stops it": (
        "kept = []\nwhile True:\n    try: x = 1\n    except BaseException as e: kept.append(e)"
    ),
    "switching tracing off": "import sys\nsys.settrace(None)\nwhile True: pass",
}
FATAL = {
    "exit()": SystemExit,
    "raise KeyboardInterrupt": KeyboardInterrupt,
    "class E(BaseException): pass\nraise E": BaseException,
    "def f(): return f()\nf()": RecursionError,
    "input()": EOFError,
    "1 / 0": ZeroDivisionError,
}


def run(source, limit=0.1):
    code = compile(source, "<cell>", "exec")
    return guard.run(lambda: exec(code, {}), limit)


@pytest.fixture(params=["signals and tracing", "tracing alone"])
def means(request, monkeypatch):
    """Guard with all there is, and as in a browser, where there are no signals."""
    if request.param == "tracing alone":
        monkeypatch.delattr(signal, "setitimer")
    return request.param


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_code_that_never_ends_is_stopped(source, means, monkeypatch):
    # pytest's hook is code in Python, which the clock may stop before it is done.
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    started = time.monotonic()
    assert isinstance(run(source).error, guard.TimeUpError)
    assert 0.1 <= time.monotonic() - started < 3


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no signals")
@pytest.mark.parametrize("source", ONLY_WITH_SIGNALS.values(), ids=ONLY_WITH_SIGNALS)
def test_code_that_waits_or_cheats_is_stopped_by_a_signal(source):
    assert isinstance(run(source).error, guard.TimeUpError)


def test_time_is_limited_in_another_thread_too():
    found = []
    thread = threading.Thread(target=lambda: found.append(run("while True: pass")), daemon=True)
    thread.start()
    thread.join(10)
    assert isinstance(found[0].error, guard.TimeUpError)


@pytest.mark.parametrize("source", FATAL)
def test_errors_of_every_kind_are_caught(source, means):
    assert isinstance(run(source, 10).error, FATAL[source])


def test_result_of_code_in_time_is_returned():
    outcome = guard.run(lambda: 1 + 1, 5)
    assert (outcome.value, outcome.error, outcome.printed) == (2, None, "")


def test_what_is_printed_is_kept_in_part(capsys):
    outcome = run("import sys\nprint('a', file=sys.stderr)\nprint('b' * 10**6)", 5)
    assert outcome.printed.startswith("a\nbbb")
    assert len(outcome.printed) < 2 * guard.PRINTED
    assert capsys.readouterr() == ("", "")


def test_warnings_are_kept(recwarn):
    assert run("import warnings\nwarnings.warn('old')", 5).warned == ["old"]
    assert not recwarn


def test_nothing_remains_of_the_guard():
    def tracer(frame, event, argument):
        return None

    before = sys.gettrace()
    rung = signal.getsignal(signal.SIGALRM)
    sys.settrace(tracer)
    try:
        run("while True: pass")
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert signal.getsignal(signal.SIGALRM) is rung
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert input.__module__ != guard.__name__


def test_library_code_runs_at_full_speed():
    import numpy

    assert guard.is_library(numpy.__file__)
    assert guard.is_library(guard.__file__)
    assert guard.is_library(np.dot.__code__.co_filename)
    assert not guard.is_library("<cell>")
