"""Random streams: the same as those of MXNet's CPU generators, word for word.

MXNet draws from Mersenne Twister words. The modern dialect fills an array from one engine in order.
In the legacy dialect, up to 1024 engines fill one block each; integers and the masks of dropout are
drawn so in both dialects.
"""

import math
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any  # a NumPy array
_MAGIC = np.float32(2.0**-32)
_BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))
_MOST_ENGINES = 1024
_BLOCK = 64


class Engine:
    """One Mersenne Twister, with the draws that the C++ standard library makes from its words."""

    def __init__(self, seed: int) -> None:
        self.twister = np.random.MT19937()
        self.twister._legacy_seeding(seed % 2**32)

    def uniform(self, count: int) -> Array:
        """Return numbers from 0 to below 1, one for each of the next 32-bit words."""
        words = self.twister.random_raw(count).astype(np.uint32)
        return np.minimum(words.astype(np.float32) * _MAGIC, _BELOW_ONE)

    def integers(self, count: int) -> Array:
        """Return integers of 63 bits, one for each pair of the next words."""
        words = self.twister.random_raw(2 * count).astype(np.int64).reshape(-1, 2)
        return (words[:, 0] << 31) + words[:, 1]

    def remainders(self, limit: int, count: int) -> Array:
        """Return integers below ``limit``, one for each of the next words."""
        return (self.twister.random_raw(count) % limit).astype(np.int64)

    def shuffled(self, count: int, backward: bool) -> Array:
        """Return the integers below ``count``, each swapped with itself or one before it in turn.

        MXNet starts at the front of a vector, and at the last row of other arrays.
        """
        numbers, places = list(range(count)), range(1, count)
        for i in reversed(places) if backward else places:
            j = self._below(i + 1)
            numbers[i], numbers[j] = numbers[j], numbers[i]
        return np.array(numbers, np.int64)

    def _below(self, limit: int) -> int:
        width = (2**32 - 1) // limit
        while (number := self.twister.random_raw() // width) >= limit:
            pass
        return number

    def normal(self, count: int, both: bool) -> Array:
        """Return standard normal numbers by the polar method.

        The method makes two numbers from a point in the unit disk. ``both`` keeps the second one;
        the legacy dialect discards it.
        """
        needed = (count + 1) // 2 if both else count
        points = np.empty((0, 2), np.float32)
        while len(points) < needed:
            # Only points sure to be used, so that the stream stays in step with MXNet's.
            square = 2 * self.uniform(2 * (needed - len(points))).reshape(-1, 2) - np.float32(1)
            length = np.square(square).sum(1)
            points = np.concatenate([points, square[(length > 0) & (length <= 1)]])
        length = np.square(points).sum(1, keepdims=True)
        # A float32 logarithm rounded once, as in C; NumPy's may be off by one unit.
        logarithm = np.log(length.astype(np.float64)).astype(np.float32)
        numbers = points[:, ::-1] * np.sqrt(-2 * logarithm / length)
        return (numbers.reshape(-1) if both else numbers[:, 0])[:count]


start = 0  # the seed of the streams of both dialects
engines: dict[int | None, Engine] = {}  # made when first used


def seed(number: int) -> None:
    """Restart all streams."""
    global start
    start = number
    engines.clear()


def engine(number: int | None) -> Engine:
    """Return an engine of the legacy dialect, the modern dialect's (None), or `order`'s (-1)."""
    if number not in engines:
        engines[number] = Engine(start + (number or 0))
    return engines[number]


def _blocks(count: int, modern: bool) -> list[tuple[Engine, int]]:
    """Return which engine draws how many of ``count`` numbers, in order."""
    if modern or not count:
        return [(engine(None), count)]
    blocks = min(math.ceil(count / _BLOCK), _MOST_ENGINES)
    length = math.ceil(count / blocks)
    first = range(0, count, length)
    return [(engine(i), min(length, count - place)) for i, place in enumerate(first)]


def uniform(count: int, modern: bool) -> Array:
    """Draw numbers from 0 to below 1 from the stream of a dialect."""
    return np.concatenate([source.uniform(n) for source, n in _blocks(count, modern)])


def integers(count: int) -> Array:
    """Draw integers of 63 bits from the stream of the legacy dialect."""
    return np.concatenate([source.integers(n) for source, n in _blocks(count, False)])


def normal(count: int, modern: bool) -> Array:
    """Draw standard normal numbers from the stream of a dialect."""
    return np.concatenate([source.normal(n, modern) for source, n in _blocks(count, modern)])


def order(count: int) -> Array:
    """Return the numbers below ``count`` in random order.

    The order has a stream of its own, since MXNet, which takes it from NumPy's, draws the same
    weights whether or not a data set was shuffled before.
    """
    return np.argsort(engine(-1).uniform(count), kind="stable")
