"""Formulas: KaTeX in an embedded V8 turns TeX into HTML and MathML at build time."""

from __future__ import annotations

import atexit
import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from press.errors import BookError
from press.fragments import Fragments
from press.hashing import sha256
from press.paths import STATIC

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer

KATEX = STATIC / "vendor" / "katex"
_SCRIPTS = (KATEX / "katex.min.js", Path(__file__).with_suffix(".js"))


def formula(fragments: Fragments, tex: str, *, display: bool = False) -> str:
    """Return a formula as HTML with MathML for screen readers; raise BookError if it is not TeX.

    V8 starts only for a formula that is not in `fragments`.
    """
    return fragments.get(_katex, tex.strip(), display, version=_version())


def _katex(tex: str, display: bool) -> str:
    answer = json.loads(_engine().call("render", tex, display))
    if "error" in answer:
        said = answer["error"].removeprefix("KaTeX parse error: ").replace("\u0332", "")
        raise BookError(f"KaTeX cannot read the formula: {' '.join(said.split())}")
    return answer["html"]


@cache
def _engine() -> MiniRacer:
    from py_mini_racer import MiniRacer  # loads V8, so only when a formula is new

    with ThreadPoolExecutor(1) as thread:  # here it would wait for an event loop of someone else
        engine = thread.submit(MiniRacer).result()
    atexit.register(engine.close)  # later, the thread it would wait for is gone
    for script in _SCRIPTS:
        engine.eval(script.read_text(encoding="utf-8"))
    return engine


@cache
def _version() -> str:
    return sha256(b"".join(script.read_bytes() for script in _SCRIPTS))
