"""Which memory was overwritten, and when: how ``backward`` notices that old values are gone.

Recording costs nothing more for it. A write in place notes the time, and the walk back compares
one number per node; only if something was written after a node, its arrays are looked up.
Arrays that share memory, such as slices and detached ones, count as one.
"""

from collections.abc import Iterable
from itertools import count
from typing import Any
from weakref import ref

import numpy as np

tick = count(1).__next__  # the clock that orders nodes and writes


class Write(ref):  # type: ignore[type-arg]
    """The last write to an array: its time, and the array's identity, which outlives the array."""

    __slots__ = ("identity", "time")

    identity: int
    time: int


class Overwriting:
    """When memory was last written to.

    Attributes:
        latest: the time of the last write of all.
    """

    def __init__(self) -> None:
        self.latest = 0
        self._writes: dict[int, Write] = {}

    def note(self, array: Any) -> None:
        """Note that an array is being overwritten."""
        owner = array if array.base is None else _owner(array)
        identity = id(owner)
        write = self._writes.get(identity)
        if write is None:
            self._writes[identity] = write = Write(owner, self._forget)
            write.identity = identity
        write.time = self.latest = tick()

    def _forget(self, write: Any) -> None:
        """The array is gone, and another one may get its identity."""
        del self._writes[write.identity]

    def since(self, time: int, arrays: Iterable[Any]) -> Any:
        """Return the first of some arrays that was overwritten after ``time``, or None."""
        for array in arrays:
            if isinstance(array, np.ndarray):
                write = self._writes.get(id(_owner(array)))
                if write is not None and write.time > time:
                    return array
        return None


def _owner(array: Any) -> Any:
    """The array whose memory an array looks into."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


overwriting = Overwriting()
