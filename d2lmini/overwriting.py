"""Which memory was overwritten, and when: how ``backward`` notices that old values are gone.

Recording costs nothing extra. A write in place notes the time, and the walk back compares one
number per node; only if something was written after a node was recorded are its arrays looked up.
Arrays that share memory, such as slices and detached ones, count as one.

What a write in place does depends on the array:

- A plain array is overwritten, and every array that shares its memory with it changes too.
- A variable is overwritten outside ``record()``, as a trainer does, and inside it not at all.
- Of a result on the tape, the tape keeps the values: ``y += 1`` means ``y = y + 1``. ``y[0] = 1``
  is refused inside ``record()``; outside, it copies the values and takes ``y`` off the tape.
- The array of a parameter without a gradient, such as a running average, is overwritten also while
  recording, but never with a recorded result, which it would keep.
"""

from collections.abc import Iterable
from itertools import count
from typing import Any
from weakref import ref

import numpy as np

tick = count(1).__next__  # the clock that orders nodes and writes
latest = 0  # the time of the most recent write
_times: dict[int, tuple[int, Any]] = {}  # of the last write to an array, by its identity


def note(array: Any) -> None:
    """Note that an array is being overwritten."""
    global latest
    whole = array if array.base is None else owner(array)
    identity = id(whole)
    latest = tick()
    if identity in _times:
        _times[identity] = latest, _times[identity][1]
    else:  # forgotten with the array, since another one may then have its identity
        _times[identity] = latest, ref(whole, lambda _: _times.pop(identity))


def since(time: int, arrays: Iterable[Any]) -> Any:
    """Return the first of some arrays that was overwritten after ``time``, or None."""
    for array in arrays:
        if isinstance(array, np.ndarray) and _times.get(id(owner(array)), (0,))[0] > time:
            return array
    return None


def owner(array: Any) -> Any:
    """Return the array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
