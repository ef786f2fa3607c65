"""Wheels for Python in the browser: d2lmini, and what runs cells. Equal sources make equal bytes.

That of d2lmini includes the part of safetensors that it uses, which has no wheel for the browser.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping

from press import packages
from press.interface import interface
from press.packing import zipped
from press.paths import STATIC

PACKAGE = "d2lmini"
LIVE = "live-1-py3-none-any.whl"
_FOLDER = STATIC / "live"
SAFETENSORS = _FOLDER / "safetensors.py"


def name() -> str:
    """Return the file name of the wheel."""
    return f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}-py3-none-any.whl"


def wheel() -> bytes:
    """Return the wheel of the installed package."""
    files = {f"{PACKAGE}/{name}": file for name, file in packages.files(PACKAGE).items()}
    files[SAFETENSORS.name] = SAFETENSORS
    sources = {name: file.read_bytes() for name, file in files.items()}
    return packed(name(), sources, "Requires-Dist: numpy\n")


def live(languages: Iterable[str]) -> bytes:
    """Return the wheel with the modules that run a page's cells, and with what they say."""
    files = sorted(file for file in _FOLDER.glob("*.py") if file != SAFETENSORS)
    words = {code: _said(code) for code in languages}
    sources = {f"live/{file.name}": file.read_bytes() for file in files}
    return packed(LIVE, sources | {"live/words.json": json.dumps(words).encode()})


def _said(language: str) -> dict[str, str]:
    return {key: word for key, word in interface(language).items() if key.startswith("cell_")}


def packed(file_name: str, sources: Mapping[str, bytes], needs: str = "") -> bytes:
    """Return a wheel with the files in `sources`; `needs` are the lines with its requirements."""
    package, version = file_name.split("-")[:2]
    about = f"{package}-{version}.dist-info"
    files = dict(sources) | {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        f"{needs}".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: press\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n",
    }
    record = "".join(f"{file},{_sum(content)},{len(content)}\n" for file, content in files.items())
    files[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    return zipped(files.items())


def _sum(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}"
