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
import shlex
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
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

from press.behavior import PRINTED, STATE, Place
from press.errors import BookError
from press.kernels import environment
from press.tags import CHECK, tags
from press.texts import Text

_SOCKET_FOLDER = 75  # bytes in a folder's name that leave room for a socket inside it
_GRACE = 5  # seconds between interrupting a kernel and ending it


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
    code = {index: cell for index, cell in enumerate(fresh.cells) if cell.cell_type == "code"}
    for cell in code.values():
        cell.outputs = []
    async with _kernel(fresh, language, limit) as client:
        for index, cell in code.items():
            client.printed = 0
            try:
                async with asyncio.timeout(limit + _GRACE):
                    await client.async_execute_cell(cell, index)
            except CellExecutionError:
                continue
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
        place = Place(text, index, len(done) + 1)
        if languages and CHECK in tags(cell):
            spoken = {}
            # the language of the text comes last: the cells that follow use it
            for language in sorted(languages, key=lambda code: code == text.language):
                spoken[language] = await _execute_cell(client, cell, place, limit, language)
            done.append({"spoken": spoken, "outputs": [], "execution_count": place.count})
        else:
            outputs = await _execute_cell(client, cell, place, limit)
            done.append({"outputs": outputs, "execution_count": place.count})
    return done


async def _state(client: _Client, code: str = "") -> dict[str, str]:
    """Return the state of the kernel that cells should leave as it was, after some code of ours."""
    asked = {expression: expression for expression in STATE}
    options = {"silent": True, "user_expressions": asked, "reply": True, "timeout": _GRACE}
    kernel: Any = client.kc  # its methods are coroutines here
    reply = await kernel.execute(code, **options)
    told = reply["content"]["user_expressions"]
    return {each: told[each].get("data", {}).get("text/plain", "") for each in asked}


async def _execute_cell(
    client: _Client, cell: NotebookNode, place: Place, limit: float, language: str = ""
) -> list[dict[str, Any]]:
    """Return the outputs of a cell, run in a language if one is given."""
    started = time.monotonic()
    client.printed = 0
    try:
        speak = f"__import__('os').environ['D2LMINI_LANGUAGE'] = {language!r}" if language else ""
        before = await _state(client, speak)
        async with asyncio.timeout(limit + _GRACE):
            await client.async_execute_cell(cell, place.index, execution_count=place.count)
        after = await _state(client) if not client.has_left else before
    except (CellExecutionError, DeadKernelError, TimeoutError) as error:
        late = time.monotonic() - started >= limit
        raise place.failed(cell, error, limit if late else None) from None
    place.check(cell, client.printed, client.has_left, before, after)
    return cell.outputs
