"""Random arrays, with MXNet's own streams.

Uniform and normal numbers are MXNet's, number for number; integers, permutations and choices are
drawn from the same streams but in our own way.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import functions
from .arrays import placed
from .dialect import dialect
from .lifting import Out, put
from .ndarray import NDArray, shape_of, unwrap
from .streams import generator

Shape = int | tuple[int, ...] | list[int] | None
Draw = Callable[..., NDArray]


def seed(seed_state: int, ctx: Any = "all") -> None:
    """Start the random streams of both dialects anew.

    Args:
        seed_state: any integer; the same one gives the same numbers.
        ctx: accepted for Gluon's sake.
    """
    generator.seed(127 * int(seed_state))


@placed
def uniform(
    low: Any = 0.0,
    high: Any = 1.0,
    shape: Shape = None,
    dtype: Any = None,
    out: Out = None,
    size: Shape = None,
) -> NDArray:
    """Draw numbers that are equally likely anywhere from ``low`` to ``high``.

    Args:
        low: the lower end, included.
        high: the upper end, excluded.
        shape: the shape of the result, or in the legacy dialect of what is drawn for each element
            if the two above are arrays; ``size`` is the modern name and always the whole shape.
        dtype: float32 by default.
        out: an array to be filled, in place of a new one.
    """
    return _draw(functions.random_uniform, low, high, shape, size, dtype, out)


@placed
def normal(
    loc: Any = 0.0,
    scale: Any = 1.0,
    shape: Shape = None,
    dtype: Any = None,
    out: Out = None,
    size: Shape = None,
) -> NDArray:
    """Draw normally distributed numbers.

    Args:
        loc: the mean.
        scale: the standard deviation.
        shape: the shape of the result, or in the legacy dialect of what is drawn for each element
            if the two above are arrays; ``size`` is the modern name and always the whole shape.
        dtype: float32 by default.
        out: an array to be filled, in place of a new one.
    """
    return _draw(functions.random_normal, loc, scale, shape, size, dtype, out)


def randn(*shape: int, loc: float = 0.0, scale: float = 1.0, dtype: Any = None) -> NDArray:
    """Draw normally distributed numbers; the shape is given as arguments.

    Args:
        shape: the lengths of the axes.
        loc: the mean.
        scale: the standard deviation.
        dtype: the type of the elements, by default float32.
    """
    return normal(loc, scale, shape or None, dtype)


@placed
def randint(
    low: int,
    high: int | None = None,
    shape: Shape = None,
    dtype: Any = None,
    out: Out = None,
    size: Shape = None,
) -> NDArray:
    """Draw integers from ``low`` to below ``high``, or from 0 to below ``low``.

    Args:
        low: the smallest integer.
        high: the integer to stay below.
        shape: the shape of the result; ``size`` is the modern name.
        dtype: int32 in the legacy dialect, int64 in the modern one.
        out: an array to be filled, in place of a new one.

    Raises:
        ValueError: there is no integer between the two.
    """
    if high is None:
        low, high = 0, low
    if high <= low:
        raise ValueError(f"randint needs low < high, not low={low} and high={high}")
    shape = _shape(shape if size is None else size) if out is None else out.shape
    drawn = functions.random_uniform(0.0, 1.0, shape).astype(np.float64)
    integers = functions.floor(drawn * float(high - low) + low)
    return _finish(integers, dtype or (np.int64 if dialect.modern else np.int32), out)


def permutation(x: Any) -> NDArray:
    """Return a shuffled copy of an array, or the numbers below an integer in random order.

    Args:
        x: an array, which is shuffled along its first axis, or an integer.
    """
    data = _population(x)
    order = functions.argsort(functions.random_uniform(0.0, 1.0, data._data.shape[:1]))
    return functions.take(data, order, 0)


def shuffle(x: NDArray) -> NDArray | None:
    """Shuffle along the first axis: in place (modern), or into a new array (legacy).

    Args:
        x: the array.
    """
    shuffled = permutation(x)
    if not dialect.modern:
        return shuffled
    x[:] = shuffled
    return None


def rand(*size: int, dtype: Any = None) -> NDArray:
    """Draw numbers from 0 to below 1; the shape is given as arguments.

    Args:
        size: the lengths of the axes.
        dtype: the type of the elements, by default float32.
    """
    return uniform(size=size or None, dtype=dtype)


def bernoulli(p: Any = 0.5, size: Shape = None, dtype: Any = None) -> NDArray:
    """Draw ones with probability ``p`` and zeros otherwise.

    Args:
        p: the probability, a number or an array.
        size: the shape of the result; None for the shape of ``p``.
        dtype: the type of the elements, by default float32.
    """
    shape = shape_of(p) or None if size is None else size
    return functions.less(uniform(size=shape), p).astype(dtype or np.float32)


def choice(a: Any, size: Shape = None, replace: bool = True, p: Any = None) -> NDArray:
    """Draw from the elements of ``a``, or from the integers below it.

    Args:
        a: an array, or an integer.
        size: the shape of the result.
        replace: whether an element may be drawn more than once.
        p: the probability of each element; equal by default.
    """
    data, shape = _population(a), _shape(size)
    if not replace:
        return permutation(data)[: math.prod(shape)].reshape(shape)
    count = len(data._data)
    ends = np.cumsum(np.full(count, 1 / count) if p is None else np.asarray(unwrap(p)))
    drawn = functions.random_uniform(0.0, 1.0, (*shape, 1))
    places = functions.sum(functions.greater_equal(drawn, ends), -1)
    return functions.take(data, places, 0)


def _population(x: Any) -> NDArray:
    """What is drawn from: an array, or the integers below a number."""
    if isinstance(x, NDArray):
        return x
    return NDArray(np.arange(x) if isinstance(x, int) else np.asarray(unwrap(x)))


def _draw(
    draw: Draw, first: Any, second: Any, shape: Shape, size: Shape, dtype: Any, out: Out
) -> NDArray:
    """Draw numbers that two parameters describe, each a number or an array."""
    if isinstance(first, NDArray) and shape is not None and not dialect.modern:
        # the legacy dialect draws a shape for each pair of their elements
        own, drawn = first.shape, _shape(shape)
        first, second = (
            x.reshape((*own, *(1,) * len(drawn))) if isinstance(x, NDArray) else x
            for x in (first, second)
        )
        shape = (*own, *drawn)
    wanted = shape if size is None else size
    if out is not None:
        wanted = out.shape
    elif wanted is None:
        wanted = np.broadcast_shapes(shape_of(first), shape_of(second)) or None
    return _finish(draw(first, second, _shape(wanted)), dtype, out)


def _finish(drawn: NDArray, dtype: Any, out: Out) -> NDArray:
    result = drawn if dtype is None else drawn.astype(dtype, copy=False)
    return result if out is None else put(result, out)


def _shape(shape: Shape) -> tuple[int, ...]:
    """A shape as a tuple; None is a single number, which has an axis in the legacy dialect."""
    if shape is None:
        return () if dialect.modern else (1,)
    return (int(shape),) if isinstance(shape, int | np.integer) else tuple(map(int, shape))
