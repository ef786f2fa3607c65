"""What a code cell may not do when it runs: fail, flood the page, or disturb other cells."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from tempfile import gettempdir

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from press.errors import BookError, Fault
from press.outputs import RICH
from press.tags import STDERR, tags
from press.texts import Text

PRINTED = 100_000  # characters, more than any reader wants to see from a cell
_LINES = 200  # in an output, likewise
_LEAVES = re.compile(r"\b(exit|quit|SystemExit)\b")
_STOPS = re.compile(r"^[^#\n]*\b(?:breakpoint|set_trace)\(", re.MULTILINE)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FRAME = re.compile(r"Cell In\s?\[(\d+)\], line (\d+)")
_ACTIVE = re.compile(  # HTML that would run in the page, or fetch something from elsewhere
    r"<(?:script|iframe|object|embed|link|base|meta|form)\b|<[^>]*\son[a-z]+\s*=|javascript:"
    r"|url\(\s*[\"']?\s*(?:https?:)?//"
    r"|<[^>]*\s(?:src|srcset|data)\s*=\s*[\"']?\s*(?:https?:)?//",
    re.IGNORECASE,
)
_UNCLOSED = re.compile(  # elements that have no end, or may lack it
    "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
    "|p|li|dt|dd|td|th|tr|thead|tbody|tfoot|colgroup|option|optgroup|rt|rp"
)
# what a cell should leave as it was: an expression for its state, the fault, and the way out;
# cells may use names such as sum for something else, and libraries have daemons as threads
STATE: Mapping[str, tuple[str, str]] = {
    "__import__('os').getcwd()": (
        "changes the working directory",
        "Change it in a with statement: with contextlib.chdir(…).",
    ),
    "[each.daemon for each in __import__('threading').enumerate()].count(False)": (
        "leaves threads running, whose output may come anywhere",
        "Wait for their end: thread.join().",
    ),
    "('ignore', None, __import__('builtins').Warning, None, 0) in __import__('warnings').filters": (
        "hides the warnings of all cells after it",
        "Hide them in a with statement: with warnings.catch_warnings().",
    ),
    "hash(frozenset((name, id(own if callable(own) else given))"
    " for name, given in vars(__import__('builtins')).items() if name[0] != '_'"
    " for own in [globals().get(name)]))": (
        "replaces a function of Python such as print",
        "Give yours another name.",
    ),
    "[id(getattr(__import__('sys'), name)) for name in ('stdout', 'stderr')]": (
        "replaces sys.stdout, so that later cells print nothing",
        "Redirect it in a with statement: with contextlib.redirect_stdout(…).",
    ),
    "sorted(__import__('os').environ.items())": (
        "changes environment variables",
        "Change them in a with statement: with unittest.mock.patch.dict(os.environ, …).",
    ),
}
_PLACES = (os.environ.get("HOME", ""), sys.prefix, str(Path(__file__).parents[1]))
_OWN_FOLDERS = [re.escape(each) for each in _PLACES if Path(each).name]
_LOCAL = re.compile(  # an address in memory, or a path of this machine or of this run
    r"(?<![\w.])(?:"
    + "|".join(
        [
            r"at 0x[0-9a-f]{6,}\b",
            rf"{re.escape(gettempdir())}/(?:press-|tmp|ipykernel_)\w+",
            *(rf"{each}(?:/[\w.-]+|\b)" for each in _OWN_FOLDERS),
        ]
    )
    + ")"
)
_WARNING = re.compile(r"^.*ipykernel_\d+\S*\.py:(\d+): ", re.MULTILINE)


class Place:
    """One code cell of a text, and the errors that can occur there."""

    def __init__(self, text: Text, index: int, count: int) -> None:
        self.text = text
        self.index = index
        self.count = count
        self.source: str = text.notebook.cells[index].source

    def failed(self, cell: NotebookNode, error: Exception, limit: float | None) -> BookError:
        """Return the error of a cell that failed, or ran longer than `limit`."""
        traceback = _traceback(cell)
        line = self._line_in(traceback)
        if limit is not None and getattr(error, "ename", "") in ("", "KeyboardInterrupt"):
            message = f"the cell was still running after {limit:g} s (cell_timeout in book.toml)"
        elif isinstance(error, CellExecutionError):
            value = _first_line(_ANSI.sub("", error.evalue))
            message = f"{error.ename}: {value}" if value else error.ename
            if error.ename == "NoneType":  # raised while IPython displays a value
                message = (traceback.splitlines() or [message])[-1].strip()
        else:
            message = "the kernel died while running this cell"
        told = f"the traceback:\n{_indented(_shortened(traceback))}" if traceback else ""
        return self._error(Fault(line, message, told))

    def check(
        self,
        cell: NotebookNode,
        printed: int,
        has_left: bool,
        before: Mapping[str, str],
        after: Mapping[str, str],
    ) -> None:
        """Raise BookError for what no reader wants to see, and no later cell to find.

        The cell has printed so many characters; `has_left` is whether it ended the kernel on
        purpose; the state that cells should leave as it was is that `before` and `after` it.
        """
        if has_left:
            message = "the cell calls exit() or quit(), which ends the kernel"
            raise self._error(Fault(self._leaving_line(), message))
        if stop := _STOPS.search(self.source):
            line = self.source.count("\n", 0, stop.start()) + 1
            raise self._error(Fault(line, "the cell starts a debugger, which waits for someone"))
        output = (
            _excessive(cell, printed),
            _local(cell),
            _stderr(cell),
            _active(cell),
            _unbalanced(cell),
        )
        if fault := next(chain(*output, _changed(before, after)), None):
            raise self._error(fault)

    def _line_in(self, traceback: str) -> int:
        """Return the innermost line of this cell that the traceback passes through."""
        lines = [int(line) for count, line in _FRAME.findall(traceback) if int(count) == self.count]
        return lines[-1] if lines else self._leaving_line()

    def _leaving_line(self) -> int:
        """Return the line that leaves the program, which no traceback shows, or the first line."""
        lines = enumerate(self.source.splitlines(), 1)
        return next((number for number, line in lines if _LEAVES.search(line)), 1)

    def _error(self, fault: Fault) -> BookError:
        """Return the error for a fault at a line of the cell."""
        hint = f"the cell:\n{_indented(self.source)}\n{fault.hint}".rstrip()
        return self.text.error(self.text.lines[self.index] + fault.place - 1, fault.message, hint)


def _excessive(cell: NotebookNode, printed: int) -> Iterator[Fault]:
    """Yield that a cell prints more than anyone would read."""
    if printed > PRINTED:
        yield Fault(1, f"the cell prints {printed} characters; {PRINTED} are allowed")
    drawn = sum(map(len, _shown(cell, "image/svg+xml", "image/png")))
    if drawn > 10 * PRINTED:
        yield Fault(1, f"the cell draws {drawn} characters; {10 * PRINTED} are allowed")
    lines = sum(text.count("\n") for text in _shown(cell, "text/plain"))
    if lines > _LINES:
        yield Fault(1, f"the cell prints {lines} lines; {_LINES} are allowed")


def _local(cell: NotebookNode) -> Iterator[Fault]:
    """Yield what is the same only here and now."""
    words = "".join(_shown(cell, "text/plain", "text/html"))
    if found := _LOCAL.search(words):
        message = f"the cell prints {found[0]!r}, which is not the same everywhere"
        way_out = "If it ends with a plot, write plt.show() below." if "matplotlib" in words else ""
        yield Fault(1, message, way_out)


def _shown(cell: NotebookNode, *kinds: str) -> Iterator[str]:
    """Yield the outputs of some kinds, except what is written to stderr, which names files."""
    for output in cell.outputs:
        if output.get("name") != "stderr":
            data = output.get("data", {"text/plain": output.get("text", "")})
            yield from (data.get(kind, "") for kind in kinds)


def _stderr(cell: NotebookNode) -> Iterator[Fault]:
    written = "".join(each.text for each in cell.outputs if each.get("name") == "stderr")
    if written and STDERR not in tags(cell):
        place = _WARNING.search(written)
        first = _first_line(_ANSI.sub("", written)) or repr(written)
        hint = f"Fix what causes it, or tag the cell: :tags: [{STDERR}]"
        message = f"the cell writes to stderr: {_WARNING.sub('', first)}"
        yield Fault(int(place[1]) if place else 1, message, hint)


def _active(cell: NotebookNode) -> Iterator[Fault]:
    """Yield what would be active in the page, or cannot be shown there."""
    for data in (output.data for output in cell.outputs if "data" in output):
        found = _ACTIVE.search(data.get("text/html", "") + data.get("image/svg+xml", ""))
        others = [kind for kind in data if kind not in ("text/plain", *RICH)]
        if found or (others and not data.keys() & RICH):
            what = found[0].strip() if found else others[0]
            yield Fault(1, f"the cell displays {what!r}, which may not be in a page")


class _Tags(HTMLParser):
    """Finds the first tag of HTML that has no partner."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.lone = ""
        self.feed(html)
        self.close()
        self.lone = self.lone or "".join(f"<{name}>" for name in self.open[:1])

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if not _UNCLOSED.fullmatch(tag):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not _UNCLOSED.fullmatch(tag) and (not self.open or self.open.pop() != tag):
            self.lone = self.lone or f"</{tag}>"


def _unbalanced(cell: NotebookNode) -> Iterator[Fault]:
    """Yield a tag that would end an element of the page, or take in what follows."""
    for html in _shown(cell, "text/html"):
        if lone := _Tags(html).lone:
            yield Fault(1, f"the cell displays HTML in which {lone} has no partner")


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what a cell changes besides its names, beyond its end."""
    for expression, (fault, hint) in STATE.items():
        if before[expression] != after[expression]:
            yield Fault(1, f"the cell {fault}", hint)


def _traceback(cell: NotebookNode) -> str:
    """Return what Python said about the error in a cell, without colors."""
    errors = (output for output in cell.outputs if output.output_type == "error")
    return _ANSI.sub("", "\n".join(line for each in errors for line in each.traceback)).strip()


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")[:300]


def _shortened(text: str) -> str:
    """Return a text without its middle if it is very long, as after an endless recursion."""
    lines = text.splitlines()
    if len(lines) > 60:
        lines[20:-30] = ["", f"… {len(lines) - 50} lines …", ""]
    return "\n".join(line[:500] for line in lines)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
