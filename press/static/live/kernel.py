"""Runs cells in the browser and shows what Jupyter would show.

Each output is a message to the page: a piece of a stream, a value in its richest form, or an error.
All cells of a page share one namespace.
"""

import ast
import asyncio
import builtins
import contextvars
import errno
import inspect
import io
import json
import linecache
import os
import pprint
import re
import rlcompleter
import signal
import sys
import time
import traceback
import types
import warnings
from collections import Counter
from itertools import islice
from pathlib import Path

from js import Object, postMessage
from pyodide.ffi import to_js
from pyodide_js import loadPackagesFromImports

PRINTED = 100_000  # characters, as in the recorded outputs of the book
SHOWN = 1000  # outputs, so that an endless loop of them leaves room for Stop
FRAME = 20  # outputs take the page as long as one in a frame: a picture or HTML
WIDTH = 79
ELEMENTS = 1000  # of a list that are shown, as in Jupyter: many more would take minutes
DEPTH = 500  # calls within calls: twice as many may exceed the browser's stack, which ends Python
PATIENCE = 0.05  # seconds that printed text, or Stop, may wait: no endless loop floods us
# What is for terminals: colors, links and other controls
UNSHOWN = re.compile(
    r"\x1b(\[[0-?]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\))|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
COMMAND = re.compile(r"\s*([%!?]|(pip|conda) |[\w.]+\?{1,2}\s*$)")  # a line for Jupyter or a shell
CLOSED = re.compile("can't start new thread|Errno 138|Host is unreachable")  # 138: processes

language = os.environ["D2LMINI_LANGUAGE"]
words = json.loads(Path(__file__).with_name("words.json").read_text())[language]
count = Counter()  # the letters that the running cell has printed, and its outputs
context = contextvars.copy_context()  # one for all cells: NumPy keeps print options there
main = sys.modules["__main__"] = types.ModuleType("__main__")
sys.setrecursionlimit(DEPTH)


def display(*values):
    """Show values before a cell ends."""
    for value in values:
        show(value)


def ask(prompt=""):
    """Raise an error: a page has no way to ask for input."""
    raise RuntimeError(words["cell_input"])


main.display, builtins.input = display, ask


def send(form, text, **others):
    """Send an output to the page, in one of the forms of recorded outputs; cut long text."""
    if "title" not in others:
        text = UNSHOWN.sub("", text)
        text = text if len(text) <= PRINTED else f"{text[:PRINTED]}\n…\n"
    output = {"form": form, "text": text} | others
    postMessage(to_js({"output": output}, dict_converter=Object.fromEntries))


def has_room(size=1):
    """Tell whether a cell may show one more output; the first that it may not becomes a mark."""
    before, count["shown"] = count["shown"], count["shown"] + size
    if before <= SHOWN < count["shown"]:
        send("value", "…")
    return count["shown"] <= SHOWN


class Stream(io.TextIOBase):
    """What a cell prints to: sends the text in pieces, up to a limit for each cell."""

    def __init__(self, name):
        self.name, self.waiting, self.sent = name, [], 0.0

    def writable(self):
        """Tell that the stream can be written to."""
        return True

    def write(self, text):
        """Write a text; return its length."""
        room = PRINTED - count[self.name]
        count[self.name] += len(text)
        if room > 0 and count["shown"] <= SHOWN:
            other = stderr if self.name == "stdout" else stdout
            turns = bool(other.waiting)
            other.flush()  # keeps the order of text from the two streams
            if not turns or has_room():
                self.waiting.append(text if len(text) < room else f"{text[:room]}\n…\n")
        if time.monotonic() - self.sent > PATIENCE:
            self.flush()
        return len(text)

    def flush(self):
        """Send the waiting text; what tasks print between two cells waits for the second."""
        if getattr(self, "waiting", None) and not interrupt.task.done():
            text, self.waiting = "".join(self.waiting), []
            send(self.name, text)
            self.sent = time.monotonic()


stdout, stderr = Stream("stdout"), Stream("stderr")


def flush():
    """Send the waiting text of both streams."""
    stdout.flush()
    stderr.flush()


class Interrupt:
    """Interrupts the program of a cell, at once or as soon as it begins.

    What loads its packages or reports its error is not interrupted: that would end Python.
    """

    allowed = asked = False
    task = None  # the one of the running cell

    def __call__(self, *signal):
        """Answer the signal that Stop sends."""
        self.asked = True
        if not self.allowed:
            return
        if self.task.get_coro().cr_running:
            raise KeyboardInterrupt
        self.task.cancel()  # an error in the event loop would end that, not the program

    def wake(self):
        """Interrupt a program that awaits something, which sees no signal; tell if it does."""
        waits = self.allowed and not self.task.get_coro().cr_running
        if waits:
            self()
        return waits

    def allow(self):
        """Begin the part that may be interrupted."""
        self.allowed = True
        if self.asked:
            raise KeyboardInterrupt

    def end(self):
        """End that part."""
        self.allowed = self.asked = False


interrupt = Interrupt()
signal.signal(signal.SIGINT, interrupt)


def sleep(seconds, nap=time.sleep):
    """Sleep in short naps, because Python in a browser answers no signal during one."""
    flush()
    end = time.monotonic() + seconds
    nap(min(seconds, PATIENCE))
    while (left := end - time.monotonic()) > 0:
        nap(min(left, PATIENCE))


time.sleep = sleep


def warning(message, category, file, line, text=None):
    """Return a warning as text, with its place only if readers can see the code there."""
    place = f"{file}:{line}: " if is_ours(file) else ""
    return f"{place}{category.__name__}: {message}\n"


warnings.formatwarning = warning


async def run(source, number):
    """Run a cell; return whether it succeeded. Tracebacks show its number on the page.

    Missing packages that it imports, such as matplotlib, are loaded first.
    """
    interrupt.end()  # a signal that came too late was meant for the cell before
    loop = asyncio.get_running_loop()
    interrupt.task = loop.create_task(run_cell(source, number), context=context)
    return await interrupt.task


async def run_cell(source, number):
    """Run a cell in the context of the task."""
    sys.stdout, sys.stderr = stdout, stderr  # a cell may have put others in their place
    count.clear()
    file = f"<cell {number}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    wrong = []
    try:
        await loadPackagesFromImports(
            source, messageCallback=lambda message: None, errorCallback=wrong.append
        )
        if wrong:  # the first one and its reason: what it needs is missing for the same one
            print(*wrong[:2], file=stderr)
        interrupt.allow()
        try:
            await run_program(source, file)
        except asyncio.CancelledError as error:
            if not interrupt.asked:
                raise
            raise KeyboardInterrupt().with_traceback(error.__traceback__) from None
        finally:
            show_figures()
        return True
    except BaseException as error:  # SystemExit and KeyboardInterrupt end a cell, not the page
        interrupt.end()
        report(error, file)
        if not wrong and (reason := explanation(error, file)):
            send("stderr", f"{reason}\n")
        return False
    finally:
        interrupt.end()


async def run_program(source, file):
    """Run a program and show the value of its last expression."""
    body, last = parse(source, file)
    await execute(body)
    if last:
        value = await execute(last)
        if value is not None:
            show(value)


def parse(source, file):
    """Return the code of a cell and, separately, of a last expression whose value is shown."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(source, file, "exec", flags | ast.PyCF_ONLY_AST)
    last = None
    silent = source.rstrip().endswith(";")
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not silent:
        expression = ast.Expression(tree.body.pop().value)
        last = compile(expression, file, "eval", flags)
    return compile(tree, file, "exec", flags), last


async def execute(code):
    """Run compiled code in the page's namespace and return its value, awaiting where it awaits."""
    value = eval(code, main.__dict__)
    return await value if code.co_flags & inspect.CO_COROUTINE else value


def show(value):
    """Send a value in its richest form, as Jupyter shows it; after many values only a mark."""
    flush()
    if not has_room():
        return
    text = plain(value)
    for form, method in (("html", "_repr_html_"), ("plot", "_repr_svg_")):
        # an instance may claim to have any attribute
        make = getattr(value, method) if hasattr(type(value), method) else None
        markup = make() if callable(make) else None
        if markup is not None:
            if has_room(FRAME):
                send(form, markup, title=text.partition("\n")[0] or type(value).__name__)
            return
    send("value", text)


def plain(value):
    """Return a value as text: short collections on one line, long ones one element per line."""
    if isinstance(value, type):
        module = "" if value.__module__ == "builtins" else f"{value.__module__}."
        return f"{module}{value.__qualname__}"
    kind = type(value)
    if kind not in (dict, list, tuple, set, frozenset):
        return repr(value)
    is_long = len(value) > ELEMENTS
    if is_long:
        value = kind(islice(value.items() if kind is dict else value, ELEMENTS))
    text = pprint.pformat(value, width=WIDTH, sort_dicts=False, compact=False)
    end = -2 if kind is frozenset else -1
    return f"{text[:end]},\n ...{text[end:]}" if is_long else text


def show_figures():
    """Send the figures that a cell has drawn, as pictures, and close them."""
    flush()
    pyplot = sys.modules.get("matplotlib.pyplot")
    if not pyplot:
        return
    try:
        for number in pyplot.get_fignums():
            if not has_room(FRAME):
                break
            figure, picture = pyplot.figure(number), io.StringIO()
            figure.savefig(picture, format="svg", bbox_inches="tight", metadata={"Date": None})
            send("plot", picture.getvalue(), title=repr(figure))
    finally:
        pyplot.close("all")


def report(error, file):
    """Send an error with the part of the traceback in the reader's code."""
    flush()
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == file]
    if isinstance(error, SyntaxError) and error.filename == file:
        lines = [error.lineno]
    shown = traceback.TracebackException.from_exception(error, limit=None)
    for part in chain(shown):
        part.stack[:] = [frame for frame in part.stack if is_ours(frame.filename)]
    send("error", "".join(shown.format()), line=lines[-1] if lines else None)


def explanation(error, file):
    """Return why a program that runs elsewhere fails in a page, if that is so."""
    match error:
        case NameError(name="get_ipython"):
            return words["cell_command"]
        case SyntaxError(filename=name, text=str(line)) if name == file and COMMAND.match(line):
            return words["cell_command"]
        case ModuleNotFoundError(name="mxnet"):
            return words["cell_mxnet"]
        case ModuleNotFoundError(name=str(name)) if name.partition(".")[0] not in sys.modules:
            return words["cell_package"].format(name=name)
        case MemoryError():
            return words["cell_memory"]
        case OSError(errno=errno.EIO):  # of a read from the terminal
            return words["cell_input"]
        case RuntimeError() | OSError() if CLOSED.search(str(error)):
            return words["cell_system"]


def chain(shown):
    """Yield a traceback, and those of the errors that led to it."""
    while shown:
        yield shown
        shown = shown.__cause__ or shown.__context__


def is_ours(file):
    """Tell whether readers can see the code of a file, which is true only for cells."""
    return file.startswith("<") and file != "<exec>" and not file.startswith("<frozen")


def complete(source):
    """Return completions for the text before the cursor: how much to replace, and the names."""
    part = re.search(r"[\w.]*$", source)[0]
    completer = rlcompleter.Completer(main.__dict__)
    names = []
    while len(names) < 200 and (name := completer.complete(part, len(names))):
        names.append(name)
    names = [re.sub(r"\($|\(\)$", "", name.strip()) for name in names]
    return to_js((len(part), names)) if names else None
