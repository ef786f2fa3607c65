"""Random arrays, with MXNet's own streams.

Uniform and normal numbers are MXNet's, number for number; integers, permutations and choices are
drawn from the same streams but in our own way.
"""

import math
from typing import Any

import numpy as np

from . import functions
from .dialect import dialect
from .ndarray import NDArray, at_least_1d, unwrap
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
        shape: the shape of the result, or in the legacy dialect of what is drawn for each element
            if the two above are arrays; ``size`` is the modern name and always the whole shape.
        dtype: float32 by default.
        ctx: accepted for Gluon's sake, like ``device``.
        out: an array to be filled, in place of a new one.
    """
    low, high, shape = _each(low, high, shape)
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
        shape: the shape of the result, or in the legacy dialect of what is drawn for each element
            if the two above are arrays; ``size`` is the modern name and always the whole shape.
        dtype: float32 by default.
        ctx: accepted for Gluon's sake, like ``device``.
        out: an array to be filled, in place of a new one.
    """
    loc, scale, shape = _each(loc, scale, shape)
    shape = _shape(shape if size is None else size, out, loc, scale)
    return _finish(functions.random_normal(loc, scale, shape), dtype, out)


def randn(*shape: int, loc: float = 0.0, scale: float = 1.0, dtype: Any = None) -> NDArray:
    """Draw normally distributed numbers; the shape is given as arguments."""
    return normal(loc, scale, shape or None, dtype)


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


def rand(*size: int, dtype: Any = None) -> NDArray:
    """Draw numbers from 0 to below 1; the shape is given as arguments."""
    return uniform(size=size or None, dtype=dtype)


def exponential(scale: Any = 1.0, shape: Shape = None, size: Shape = None) -> NDArray:
    """Draw waiting times whose mean is ``scale``."""
    drawn = uniform(0, scale * 0 + 1, shape=shape, size=size)
    return -scale * functions.log1p(-drawn)


def multinomial(data: Any, shape: Any = None, size: Shape = None, dtype: Any = None) -> NDArray:
    """Draw classes at random: their numbers (legacy), or how often each one comes up (modern).

    Args:
        data: in the legacy dialect the probabilities of the classes, along the last axis; in the
            modern one the number of draws.
        shape: in the legacy dialect the shape of the draws for each row of probabilities; in the
            modern one the probabilities.
        size: how many experiments (modern).
        dtype: int32 (legacy) or int64 (modern) by default.
    """
    if np.ndim(unwrap(data)) == 0:
        weights, experiments = np.asarray(unwrap(shape)), _shape(size or (), None)
        drawn = _classes(weights, (*experiments, int(data)))
        counts = (drawn[..., None] == np.arange(len(weights))).sum(-2)
        return NDArray(counts.astype(dtype or np.int64))
    weights = np.asarray(unwrap(data))
    shape = () if shape is None else _shape(shape, None)
    rows = [_classes(row, shape) for row in weights.reshape(-1, weights.shape[-1])]
    drawn = np.stack(rows).reshape((*weights.shape[:-1], *shape))
    return at_least_1d(NDArray(drawn.astype(dtype or np.int32)))


def _classes(weights: Any, shape: tuple[int, ...]) -> Any:
    """Numbers of classes, drawn with the given probabilities."""
    drawn = generator.uniform(math.prod(shape)).reshape(shape)
    return np.searchsorted(weights.cumsum(), drawn, "right").clip(0, len(weights) - 1)


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
    return NDArray(data[_classes(weights, shape)])


def _shape(shape: Shape, out: NDArray | None, *parameters: Any) -> tuple[int, ...]:
    if out is not None:
        return out.shape
    if shape is None:
        broadcast = np.broadcast_shapes(*(np.shape(unwrap(p)) for p in parameters))
        return broadcast or (() if dialect.modern else (1,))
    return (int(shape),) if isinstance(shape, int | np.integer) else tuple(map(int, shape))


def _each(first: Any, second: Any, shape: Shape) -> tuple[Any, Any, Shape]:
    """In the legacy dialect a shape is drawn for each pair of elements of two arrays."""
    if dialect.modern or shape is None or not isinstance(first, NDArray):
        return first, second, shape
    own, drawn = first.shape, _shape(shape, None)
    first, second = (
        x.reshape((*own, *(1,) * len(drawn))) if isinstance(x, NDArray) else x
        for x in (first, second)
    )
    return first, second, (*own, *drawn)


def _finish(drawn: NDArray, dtype: Any, out: NDArray | None) -> NDArray:
    if out is not None:
        out[:] = drawn
        return out
    return drawn if dtype is None else drawn.astype(dtype, copy=False)
