"""Executes the code cells of one text in a kernel with the project's own Python.

A kernel ignores the author's IPython and matplotlib settings, works in its own empty folder, and
draws figures as SVGs that are the same on every run.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import logging
import math
import os
import re
import shlex
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from press.errors import BookError
from press.kernels import environment
from press.tags import CHECK, STDERR, tags
from press.texts import Text

PRINTED = 100_000  # characters, more than any reader wants to see from a cell
_LINES = 200  # in an output, likewise
_SOCKET_FOLDER = 75  # bytes in a folder's name that leave room for a socket inside it
_GRACE = 5  # seconds between interrupting a kernel and ending it
_LEAVES = re.compile(r"\b(exit|quit|SystemExit)\b")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FRAME = re.compile(r"Cell In\s?\[(\d+)\], line (\d+)")
_ACTIVE = re.compile(  # HTML that would run in the page, or fetch something from elsewhere
    r"<(?:script|iframe|object|embed|link|base)\b|<[^>]*\son[a-z]+\s*=|javascript:"
    r"|<[^>]*\s(?:src|srcset|data)\s*=\s*[\"']?\s*(?:https?:)?//",
    re.IGNORECASE,
)
# what a cell should leave as it was: an expression for its state, the fault, and the way out;
# cells may use names such as sum for something else, and libraries have daemons as threads
_STATE: Mapping[str, tuple[str, str]] = {
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
    "sorted(__import__('os').environ.items())": (
        "changes environment variables",
        "Change them in a with statement: with unittest.mock.patch.dict(os.environ, …).",
    ),
}
_OWN_FOLDERS = {each for each in (os.environ.get("HOME", ""), sys.prefix) if Path(each).name}
_LOCAL = re.compile(  # an address in memory, or a path of this machine
    "|".join([r"\bat 0x[0-9a-f]{6,}\b", *(rf"{re.escape(each)}/[\w.-]+" for each in _OWN_FOLDERS)])
)
_WARNING = re.compile(r"^.*ipykernel_\d+\S*\.py:(\d+): ", re.MULTILINE)


def check_kernel() -> None:
    """Raise BookError unless this Python can run a kernel."""
    if importlib.util.find_spec("ipykernel") is None:
        raise BookError(
            f"the kernel is missing: ipykernel is not installed for {sys.executable}",
            hint="Run make book, which installs what is missing, and then use .venv/bin/press.",
        )


async def execute(text: Text, languages: Sequence[str], limit: float) -> list[dict[str, Any]]:
    """Return what execution adds to the code cells of a text, in the form that the cache keeps.

    `limit` is in seconds per cell. A check is run in each of `languages`; its outputs in all of
    them are kept as `spoken`.

    Raises:
        BookError: a cell raised an error, warned, ran too long or ended the kernel.
    """
    notebook = nbformat.from_dict(text.notebook)
    try:
        async with _kernel(notebook, text.language, limit) as client:
            return await _execute_cells(client, text, languages, limit)
    except RuntimeError as error:  # the kernel did not start; nbclient has no class for this error
        raise not_started(error, text.path) from None


def not_started(error: RuntimeError, path: Path) -> BookError:
    """Return what to report about a kernel that does not start."""
    hint = f"To see why, run: {shlex.join([sys.executable, '-m', 'ipykernel_launcher'])}"
    message = f"the kernel does not start: {error}"
    return BookError(message, path=path, hint=hint, cause="no kernel")


async def attempt(
    notebook: NotebookNode, language: str, limit: float
) -> tuple[NotebookNode, int | None]:
    """Return a notebook with the current outputs of its cells; a failing cell does not end it.

    With it comes the index of a cell that ended the kernel or that nothing stopped, if there is
    one; the cells after it have no outputs.
    """
    fresh = nbformat.from_dict(notebook)
    code = [(index, cell) for index, cell in enumerate(fresh.cells) if cell.cell_type == "code"]
    for _, cell in code:
        cell.outputs = []
    async with _kernel(fresh, language, limit) as client:
        for index, cell in code:
            client.printed = 0
            try:
                with suppress(CellExecutionError):
                    async with asyncio.timeout(limit + _GRACE):
                        await client.async_execute_cell(cell, index)
            except (DeadKernelError, TimeoutError):
                return fresh, index
    return fresh, None


@asynccontextmanager
async def _kernel(notebook: NotebookNode, language: str, limit: float) -> AsyncIterator[_Client]:
    """Run a kernel for the cells of a notebook, in an empty folder."""
    logging.getLogger("traitlets").setLevel(logging.CRITICAL + 1)  # nbclient reports errors twice
    is_long = os.name == "posix" and len(os.fsencode(gettempdir())) > _SOCKET_FOLDER
    place = "/tmp" if is_long else None
    with TemporaryDirectory(prefix="press-", dir=place, ignore_cleanup_errors=True) as scratch:
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=_OwnPython(),
            connection_file=str(Path(scratch, "kernel.json")),
            transport="ipc" if os.name == "posix" else "tcp",  # sockets in our own folder
            ip=str(Path(scratch, "socket")) if os.name == "posix" else "127.0.0.1",
        )
        client = _Client(
            notebook,
            km=manager,
            timeout=math.ceil(limit),
            interrupt_on_timeout=True,
            force_raise_errors=True,
            record_timing=False,
            shutdown_kernel="immediate",
        )
        client.on_cell_executed = client.look_at
        work = Path(scratch, "work")
        work.mkdir()
        settings = environment(Path(scratch, "settings"), language)
        kernel: dict[str, Any] = {"cwd": str(work), "env": settings}
        kernel["stdout"] = kernel["stderr"] = DEVNULL  # the output of cells comes as messages
        try:
            async with client.async_setup_kernel(cleanup_kc=True, **kernel):
                yield client
        finally:
            atexit.unregister(client._cleanup_kernel)  # or it fails at exit for lack of a kernel


class _Client(NotebookClient):
    """Runs cells, and drops output beyond a limit, so that no endless loop fills the memory.

    Streams are joined here in linear time; nbclient needs quadratic time.
    """

    printed = 0  # characters that the running cell has printed
    has_left = False  # whether a cell has called exit() or quit(), which raises no error

    async def look_at(self, execute_reply: dict[str, Any], **where: Any) -> None:
        """Note what the kernel reports when a cell has ended."""
        payload = execute_reply["content"].get("payload", ())
        self.has_left |= any(part.get("source") == "ask_exit" for part in payload)

    def output(self, outs: list[NotebookNode], msg: dict[str, Any], *where: Any) -> Any:
        """Add what a message brings to the outputs of a cell."""
        if msg["msg_type"] in ("display_data", "execute_result"):  # pictures may be larger
            data = msg["content"]["data"]
            self.printed += sum(len(data.get(kind, "")) for kind in ("text/plain", "text/html"))
            if self.printed > PRINTED:
                return None
        if msg["msg_type"] == "stream":
            self.printed += len(msg["content"]["text"])
            if self.printed > PRINTED:
                return None
            last = outs[-1] if outs else {}
            wiped = self.clear_before_next_output
            if last.get("name") == msg["content"]["name"] and not wiped:
                last["text"] += msg["content"]["text"]
                return None
        return super().output(outs, msg, *where)


class _OwnPython(KernelSpecManager):
    """Provides one kernel, the Python that runs the build, whatever else is installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name=kernel_name, language="python")


async def _execute_cells(
    client: _Client, text: Text, languages: Sequence[str], limit: float
) -> list[dict[str, Any]]:
    done: list[dict[str, Any]] = []
    for index, cell in enumerate(client.nb.cells):
        if cell.cell_type != "code":
            continue
        place = _Place(text, index, len(done) + 1)
        spoken = {}
        # the language of the text comes last: the cells that follow use it
        spoken_in = sorted(languages, key=text.language.__eq__) if CHECK in tags(cell) else ()
        for language in spoken_in:
            spoken[language] = await _execute_cell(client, cell, place, limit, language)
        if spoken:
            done.append({"spoken": spoken, "outputs": [], "execution_count": place.count})
        else:
            outputs = await _execute_cell(client, cell, place, limit)
            done.append({"outputs": outputs, "execution_count": place.count})
    return done


async def _state(client: _Client) -> dict[str, str]:
    """Return the state of the kernel that cells should leave as it was."""
    asked = {expression: expression for expression in _STATE}
    options = {"silent": True, "user_expressions": asked, "reply": True, "timeout": _GRACE}
    kernel: Any = client.kc  # its methods are coroutines here
    reply = await kernel.execute("", **options)
    told = reply["content"]["user_expressions"]
    return {each: told[each].get("data", {}).get("text/plain", "") for each in asked}


async def _speak(client: _Client, language: str) -> None:
    """Set the language of what the kernel runs from now on."""
    code = f"__import__('os').environ['D2LMINI_LANGUAGE'] = {language!r}"
    kernel: Any = client.kc  # its methods are coroutines here
    await kernel.execute(code, silent=True, reply=True, timeout=_GRACE)


async def _execute_cell(
    client: _Client, cell: NotebookNode, place: _Place, limit: float, language: str = ""
) -> list[dict[str, Any]]:
    """Return the outputs of a cell, run in a language if one is given."""
    started = time.monotonic()
    client.printed = 0
    try:
        if language:
            await _speak(client, language)
        before = await _state(client)
        async with asyncio.timeout(limit + _GRACE):
            await client.async_execute_cell(cell, place.index, execution_count=place.count)
        after = await _state(client) if not client.has_left else before
    except (CellExecutionError, DeadKernelError, TimeoutError) as error:
        late = time.monotonic() - started >= limit
        raise place.failed(cell, error, limit if late else None) from None
    place.check_left(client.has_left)
    place.check_length(client.printed)
    place.check_printed(cell)
    place.check_stderr(cell)
    place.check_displayed(cell)
    place.check_state(before, after)
    return cell.outputs


class _Place:
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
        return self._error(message, line, traceback)

    def check_left(self, has_left: bool) -> None:
        """Raise BookError for a cell that ended the kernel on purpose."""
        if has_left:
            message = "the cell calls exit() or quit(), which ends the kernel"
            raise self._error(message, self._leaving_line())

    def check_length(self, printed: int) -> None:
        """Raise BookError for a cell that prints more than anyone would read."""
        if printed > PRINTED:
            raise self._error(f"the cell prints {printed} characters; {PRINTED} are allowed", 1)

    def check_printed(self, cell: NotebookNode) -> None:
        """Raise BookError for output that is too long, or the same only here and now."""
        kinds = ("text/plain", "text/html")
        own = (output for output in cell.outputs if output.get("name") != "stderr")  # names files
        data = [output.get("data", {"text/plain": output.get("text", "")}) for output in own]
        shown = "".join(each.get(kind, "") for each in data for kind in kinds)
        lines = sum(each.get("text/plain", "").count("\n") for each in data)
        if lines > _LINES:
            raise self._error(f"the cell prints {lines} lines; {_LINES} are allowed", 1)
        if found := _LOCAL.search(shown):
            message = f"the cell prints {found[0]!r}, which is not the same everywhere"
            raise self._error(message, 1)

    def check_stderr(self, cell: NotebookNode) -> None:
        written = "".join(
            output.text
            for output in cell.outputs
            if output.output_type == "stream" and output.name == "stderr"
        )
        if written and STDERR not in tags(cell):
            place = _WARNING.search(written)
            first = _first_line(_ANSI.sub("", written)) or repr(written)
            message = f"the cell writes to stderr: {_WARNING.sub('', first)}"
            error = self._error(message, int(place[1]) if place else 1)
            error.hint += f"\nFix what causes it, or tag the cell: :tags: [{STDERR}]"
            raise error

    def check_displayed(self, cell: NotebookNode) -> None:
        """Raise BookError for a cell that displays what would be active in the page."""
        for data in (output.data for output in cell.outputs if "data" in output):
            shown = data.get("text/html", "") + data.get("image/svg+xml", "")
            found = _ACTIVE.search(shown)
            what = found[0].strip() if found else "application/javascript"
            if found or what in data:
                message = f"the cell displays {what!r}, which may not be in a page"
                raise self._error(message, 1)

    def check_state(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Raise BookError for a cell that changes more than its names, beyond its end."""
        for expression, (fault, hint) in _STATE.items():
            if before[expression] != after[expression]:
                error = self._error(f"the cell {fault}", 1)
                error.hint += f"\n{hint}"
                raise error

    def _line_in(self, traceback: str) -> int:
        """Return the innermost line of this cell that the traceback passes through."""
        lines = [int(line) for count, line in _FRAME.findall(traceback) if int(count) == self.count]
        return lines[-1] if lines else self._leaving_line()

    def _leaving_line(self) -> int:
        """Return the line that leaves the program, which no traceback shows, or the first line."""
        lines = enumerate(self.source.splitlines(), 1)
        return next((number for number, line in lines if _LEAVES.search(line)), 1)

    def _error(self, message: str, line: int, traceback: str = "") -> BookError:
        hint = f"the cell:\n{_indented(self.source)}"
        if traceback:
            hint += f"\nthe traceback:\n{_indented(_shortened(traceback))}"
        start = self.text.lines[self.index]
        return BookError(message, path=self.text.path, line=start + line - 1, hint=hint)


def _traceback(cell: NotebookNode) -> str:
    """Return what Python said about the error in a cell, without colors."""
    frames = [
        frame
        for output in cell.outputs
        if output.output_type == "error"
        for frame in output.traceback
    ]
    return _ANSI.sub("", "\n".join(frames)).strip()


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
