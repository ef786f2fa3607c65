"""What a check restores: settings, random streams, and the classes of d2lmini.

A table lists each setting with a function that reads it and one that writes it. Classes and
functions of d2lmini are compared with their state when this module was imported.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from .. import autograd, naming, npx, streams
from ..dialect import dialect
from ..ndarray import NDArray, shortcuts

Setting = tuple[Callable[[], Any], Callable[[Any], Any]]


def _positions() -> Any:
    """Return the seed of the random streams, and where each engine stands."""
    return streams.start, {i: engine.twister.state for i, engine in streams.engines.items()}


def _resume(positions: Any) -> None:
    """Return to positions of the random streams."""
    seed, states = positions
    streams.seed(seed)
    for i, state in states.items():
        streams.engine(i).twister.state = state


# what a check itself changes
_MOVED: tuple[Setting, ...] = (
    (lambda: naming.top.counts.copy(), lambda kept: setattr(naming.top, "counts", kept)),
    (naming.current.get, naming.current.set),
    (_positions, _resume),
    (np.random.get_state, np.random.set_state),
    (random.getstate, random.setstate),
)
# what only a reader's code changes, by the name of the function that changes it
_SET: dict[str, Setting] = {
    "np.set_printoptions": (np.get_printoptions, lambda kept: np.set_printoptions(**kept)),
    "np.seterr": (np.geterr, lambda kept: np.seterr(**kept)),
    "npx.set_np": (npx.is_np_array, partial(npx.set_np, True)),
    "autograd.set_recording": (autograd.is_recording, autograd.set_recording),
    "autograd.set_training": (autograd.is_training, autograd.set_training),
    "sys.setrecursionlimit": (sys.getrecursionlimit, sys.setrecursionlimit),
}
_ABSENT = object()
_OF_PYTHON = frozenset(
    (
        *("__abstractmethods__", "__annotations__", "__annotations_cache__", "__dict__"),
        *("__slotnames__", "__weakref__"),
    )
)


@contextmanager
def preserved() -> Iterator[list[str]]:
    """Restore everything at the end; the list then names what the reader's code had changed."""
    moved = [read() for read, _ in _MOVED]
    kept = {name: read() for name, (read, _) in _SET.items()}
    changed: list[str] = []
    try:
        yield changed
    finally:
        for (_, write), value in zip(_MOVED, moved, strict=True):
            write(value)
        for name, (read, write) in _SET.items():
            if read() != kept[name]:
                write(kept[name])
                changed.append(name)
        changed += mend()


def mend() -> list[str]:
    """Restore what was changed in the classes and modules of d2lmini; return the names."""
    mended = []
    for owner, names in _ORIGINAL.items():
        if owner is NDArray:
            names = names | shortcuts  # which the class itself has set
        now = vars(owner)
        added = now.keys() - names.keys() - _OF_PYTHON if isinstance(owner, type) else set()
        changed = {name for name, before in names.items() if now.get(name, _ABSENT) is not before}
        for name in sorted(added | changed):
            if name in added:
                delattr(owner, name)
            else:
                setattr(owner, name, names[name])
            mended.append(f"{owner.__name__.removeprefix('d2lmini.')}.{name}")
    return mended


def _original() -> dict[Any, dict[str, Any]]:
    """Return the contents of d2lmini's classes, and the callables in its modules."""
    found: dict[Any, dict[str, Any]] = {}
    modules = [m for name, m in sys.modules.items() if f"{name}.".startswith("d2lmini.")]
    for module in modules:
        found[module] = {name: value for name, value in vars(module).items() if callable(value)}
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__.startswith("d2lmini.")
            if own and value is not type(dialect):  # which `npx.set_np` changes, see above
                found[value] = {k: v for k, v in vars(value).items() if k not in _OF_PYTHON}
    return found


_ORIGINAL = _original()
