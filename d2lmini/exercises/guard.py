"""Runs a reader's code so that nothing it does gets out: no endless loop, no exit, no output.

The time limit works wherever Python runs, even in a browser, which has neither signals nor threads:
a trace function checks the clock at each step of the reader's code. Python removes a trace function
that raises, so a loop around a bare `except` would continue unwatched; therefore the exception,
once it is caught and dropped, installs the trace again. Where there are signals, a timer does the
same for code that sleeps. Only a single operation in C that never ends cannot be stopped.
"""

import builtins
import contextlib
import io
import signal
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

PRINTED = 1000  # characters of the reader's output to show
_HEADROOM = 50  # calls reserved for the clock itself
_AGAIN = 0.05  # seconds between two attempts to stop code that catches everything
_LIBRARIES = tuple(
    {str(Path(__file__).parent.parent), *map(sysconfig.get_path, ("stdlib", "purelib", "platlib"))}
)


class _Stop(BaseException):
    """What the clock raises; once it has been dropped, the clock watches again."""

    def __init__(self, clock: "_Clock", message: str) -> None:
        super().__init__(message)
        self.clock = clock

    def __del__(self) -> None:
        if self.clock.running:
            self.clock.watch(sys._getframe(1))


class TimeUpError(_Stop):
    """The reader's code took too long. No `except Exception` catches it."""


class TooDeepError(_Stop, RecursionError):
    """The reader's code recurses so deeply that soon no trace function could be called."""


@dataclass
class Outcome:
    """The outcome of a call: what it returned, or the error that ended it."""

    value: Any = None
    error: BaseException | None = None
    printed: str = ""
    warned: list[str] = field(default_factory=list)


def run(call: Callable[[], Any], limit: float) -> Outcome:
    """Call a function and return the outcome; `limit` is in seconds.

    Whatever the function does, this returns: it may raise, loop, print, warn, read, or exit.
    """
    outcome = Outcome()
    output = _Bounded()
    clock = _Clock(limit)
    with (
        warnings.catch_warnings(record=True, action="always") as caught,
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
        _no_way_out(),
    ):
        try:
            with clock:
                outcome.value = call()
        except TooDeepError as error:  # as Python calls it
            outcome.error = RecursionError(str(error)).with_traceback(error.__traceback__)
        except BaseException as error:
            outcome.error = error
    if clock.late and not isinstance(outcome.error, TimeUpError):
        outcome.error = TimeUpError(clock, "time is up")
    outcome.printed = output.getvalue()
    outcome.warned = [str(warning.message) for warning in caught]
    return outcome


def readers_lines(error: BaseException) -> list[tuple[FrameType, int]]:
    """Return the frames and lines of the reader's code that an error came through."""
    lines = traceback.walk_tb(error.__traceback__)
    return [(frame, line) for frame, line in lines if not is_library(frame.f_code.co_filename)]


def is_library(filename: str) -> bool:
    """Tell whether code belongs to Python, a library or d2lmini rather than to the reader."""
    return filename.startswith((*_LIBRARIES, "<frozen ", "<d2lmini "))


class _Clock:
    """Stops the code in a `with` block after a number of seconds, and again if it continues."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.running = self.late = False
        has_signals = hasattr(signal, "setitimer") and sys.platform != "emscripten"
        self._alarm = has_signals and threading.current_thread() is threading.main_thread()

    def __enter__(self) -> None:
        self.running = True
        self._deadline = time.monotonic() + self.limit
        self._tracer = sys.gettrace()
        if self._alarm:
            self._handler = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self.limit, _AGAIN)
        sys.settrace(self._trace)

    def __exit__(self, *exception: Any) -> None:
        self.running = False
        sys.settrace(self._tracer)
        if self._alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._handler)

    def watch(self, frame: FrameType | None) -> None:
        """Trace what runs in a frame and in those around it from now on."""
        while frame is not None:
            self._trace_in(frame)
            frame = frame.f_back
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        self._look()
        if event != "call":
            return self._trace
        tracer = self._trace_in(frame)
        if tracer and _depth(frame) > sys.getrecursionlimit() - _HEADROOM:
            raise TooDeepError(self, "maximum recursion depth exceeded")
        return tracer

    def _trace_in(self, frame: FrameType) -> Any:
        """Check the clock in a frame, unless it is a library's."""
        if is_library(frame.f_code.co_filename):
            return None
        frame.f_trace_opcodes = True  # `while True: pass` never reaches another line
        frame.f_trace = self._trace
        return self._trace

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if frame is None or frame.f_code.co_filename != __file__:  # not already on its way out
            self._look()

    def _look(self) -> None:
        if self.running and time.monotonic() >= self._deadline:
            self.late = True
            raise TimeUpError(self, "time is up")


def _depth(frame: FrameType | None) -> int:
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth


class _Bounded(io.TextIOBase):
    """Keeps the beginning of what is written."""

    def __init__(self) -> None:
        self._kept = ""

    def write(self, text: str) -> int:
        self._kept = (self._kept + text)[: PRINTED + 1]
        return len(text)

    def getvalue(self) -> str:
        return self._kept if len(self._kept) <= PRINTED else self._kept[:PRINTED] + " …"


@contextlib.contextmanager
def _no_way_out() -> Iterator[None]:
    """Make input() raise an error, and let `exit()` in Jupyter raise as it does elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    with contextlib.ExitStack() as ending:
        ending.callback(setattr, builtins, "input", builtins.input)
        builtins.input = _no_input
        if shell is not None:
            ending.callback(delattr, shell, "ask_exit")
            shell.ask_exit = _exit
        yield


def _no_input(prompt: object = "") -> str:
    raise EOFError("input() is not available while an answer is checked")


def _exit() -> None:
    raise SystemExit
