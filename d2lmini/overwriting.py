"""Which memory was overwritten, and when: how ``backward`` notices that old values are gone.

Recording costs nothing extra. A write in place notes the time, and the walk back compares one
number per node; only if something was written after a node was recorded are its arrays looked up.
Arrays that share memory, such as slices and detached ones, count as one.
"""

from collections.abc import Iterable
from functools import partial
from itertools import count
from typing import Any
from weakref import ref

import numpy as np

tick = count(1).__next__  # the clock that orders nodes and writes
latest = 0  # the time of the most recent write
_times: dict[int, int] = {}  # of the last write to an array, by the array's identity
_alive: dict[int, Any] = {}  # the array, as long as no other can have its identity


def note(array: Any) -> None:
    """Note that an array is being overwritten."""
    global latest
    whole = array if array.base is None else owner(array)
    identity = id(whole)
    _times[identity] = latest = tick()
    if identity not in _alive:
        _alive[identity] = ref(whole, partial(_forget, identity))


def _forget(identity: int, array: Any) -> None:
    del _times[identity], _alive[identity]


def since(time: int, arrays: Iterable[Any]) -> Any:
    """Return the first of some arrays that was overwritten after ``time``, or None."""
    for array in arrays:
        if isinstance(array, np.ndarray) and _times.get(id(owner(array)), 0) > time:
            return array
    return None


def owner(array: Any) -> Any:
    """Return the array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
