"""Random arrays, with MXNet's own streams.

Uniform and normal numbers are MXNet's, number for number; integers, permutations and choices are
drawn from the same streams but in our own way.
"""

import math
from typing import Any

import numpy as np

from . import functions
from .dialect import dialect
from .ndarray import NDArray, unwrap
from .streams import generator

Shape = int | tuple[int, ...] | list[int] | None


def seed(seed_state: int, ctx: Any = "all") -> None:
    """Start the random streams of both dialects anew.

    Args:
        seed_state: any integer; the same one gives the same numbers.
        ctx: accepted for Gluon's sake.
    """
    generator.seed(127 * int(seed_state))


def uniform(
    low: Any = 0.0,
    high: Any = 1.0,
    shape: Shape = None,
    dtype: Any = None,
    ctx: Any = None,
    out: NDArray | None = None,
    size: Shape = None,
    device: Any = None,
) -> NDArray:
    """Draw numbers that are equally likely anywhere from ``low`` to ``high``.

    Args:
        low: the lower end, included.
        high: the upper end, excluded.
        shape: the shape of the result; ``size`` is the modern name.
        dtype: float32 by default.
        ctx: accepted for Gluon's sake, like ``device``.
        out: an array to be filled, in place of a new one.
    """
    shape = _shape(shape if size is None else size, out, low, high)
    return _finish(functions.random_uniform(low, high, shape), dtype, out)


def normal(
    loc: Any = 0.0,
    scale: Any = 1.0,
    shape: Shape = None,
    dtype: Any = None,
    ctx: Any = None,
    out: NDArray | None = None,
    size: Shape = None,
    device: Any = None,
) -> NDArray:
    """Draw normally distributed numbers.

    Args:
        loc: the mean.
        scale: the standard deviation.
        shape: the shape of the result; ``size`` is the modern name.
        dtype: float32 by default.
        ctx: accepted for Gluon's sake, like ``device``.
        out: an array to be filled, in place of a new one.
    """
    shape = _shape(shape if size is None else size, out, loc, scale)
    return _finish(functions.random_normal(loc, scale, shape), dtype, out)


def randn(*shape: int, loc: float = 0.0, scale: float = 1.0, dtype: Any = None) -> NDArray:
    """Draw normally distributed numbers; the shape is given as arguments."""
    return normal(loc, scale, shape, dtype)


def randint(
    low: int,
    high: int | None = None,
    shape: Shape = None,
    dtype: Any = None,
    ctx: Any = None,
    out: NDArray | None = None,
    size: Shape = None,
) -> NDArray:
    """Draw integers from ``low`` to below ``high``, or from 0 to below ``low``."""
    if high is None:
        low, high = 0, low
    if high <= low:
        raise ValueError(f"randint needs low < high, not low={low} and high={high}")
    shape = _shape(shape if size is None else size, out)
    drawn = generator.uniform(math.prod(shape)).astype(np.float64).reshape(shape)
    integers = NDArray(np.floor(low + (high - low) * drawn))
    return _finish(integers, dtype or (np.int64 if dialect.modern else np.int32), out)


def permutation(x: Any) -> NDArray:
    """Return a shuffled copy of an array, or the numbers below an integer in random order."""
    data = np.arange(x) if isinstance(x, int) else np.asarray(unwrap(x))
    return NDArray(data[generator.uniform(len(data)).argsort(kind="stable")])


def shuffle(x: NDArray) -> NDArray | None:
    """Shuffle along the first axis: in place (modern), or into a new array (legacy)."""
    shuffled = permutation(x)
    if not dialect.modern:
        return shuffled
    x[:] = shuffled
    return None


def bernoulli(p: Any = 0.5, size: Shape = None, dtype: Any = None) -> NDArray:
    """Draw ones with probability ``p`` and zeros otherwise."""
    return functions.less(uniform(size=size), p).astype(dtype or np.float32)


def choice(a: Any, size: Shape = None, replace: bool = True, p: Any = None) -> NDArray:
    """Draw from the elements of ``a``, or from the integers below it.

    Args:
        a: an array, or an integer.
        size: the shape of the result.
        replace: whether an element may be drawn more than once.
        p: the probability of each element; equal by default.
    """
    data = np.arange(a) if isinstance(a, int) else np.asarray(unwrap(a))
    shape = _shape(size, None)
    if not replace:
        return NDArray(permutation(data)._data[: math.prod(shape)].reshape(shape))
    weights = np.full(len(data), 1 / len(data)) if p is None else np.asarray(unwrap(p))
    places = np.searchsorted(weights.cumsum(), generator.uniform(math.prod(shape)), "right")
    return NDArray(data[places.clip(0, len(data) - 1)].reshape(shape))


def _shape(shape: Shape, out: NDArray | None, *parameters: Any) -> tuple[int, ...]:
    if out is not None:
        return out.shape
    if shape is None:
        broadcast = np.broadcast_shapes(*(np.shape(unwrap(p)) for p in parameters))
        return broadcast or (() if dialect.modern else (1,))
    return (int(shape),) if isinstance(shape, int | np.integer) else tuple(map(int, shape))


def _finish(drawn: NDArray, dtype: Any, out: NDArray | None) -> NDArray:
    if out is not None:
        out._data[...] = drawn._data
        return out
    return drawn if dtype is None else drawn.astype(dtype, copy=False)
