"""Random arrays, from the same streams of random numbers as MXNet's.

They equal MXNet's, number for number, but for numbers of the legacy dialect in other types than
float32, for which MXNet takes two words each, and what `choice` draws without replacement, where
MXNet leaves most elements in their order.
"""

import math
from collections.abc import Callable, Iterable
from operator import index
from typing import Any

import numpy as np

from . import functions, streams
from .arrays import ShapeLike, placed
from .dialect import dialect
from .lifting import Out, stored
from .ndarray import NDArray, Pending, arrays_in, mapped, shape_of, unwrap

Draw = Callable[..., NDArray]


def seed(seed_state: int, ctx: Any = "all") -> None:
    """Restart the random streams of both dialects.

    Args:
        seed_state: any integer; the same integer gives the same numbers.
        ctx: accepted for compatibility with Gluon.
    """
    streams.seed(127 * int(seed_state))


@placed
def uniform(
    low: Any = 0.0,
    high: Any = 1.0,
    shape: ShapeLike | None = None,
    dtype: Any = None,
    out: Out = None,
    size: ShapeLike | None = None,
) -> NDArray:
    """Draw uniformly distributed numbers from ``low`` to ``high``.

    Args:
        low: the lower end, included.
        high: the upper end, excluded.
        shape: the shape of the result. If the two arguments above are arrays, the legacy dialect
            draws this shape for each of their elements; ``size``, the modern name, is always
            the whole shape.
        dtype: float32 by default.
        out: an array to write the result into instead of creating one.
    """
    return _draw(functions.random_uniform, low, high, shape, size, dtype, out)


@placed
def normal(
    loc: Any = 0.0,
    scale: Any = 1.0,
    shape: ShapeLike | None = None,
    dtype: Any = None,
    out: Out = None,
    size: ShapeLike | None = None,
) -> NDArray:
    """Draw normally distributed numbers.

    In the modern dialect, gradients flow back to arrays ``loc`` and ``scale``, as they do through
    ``loc + scale * noise``.

    Args:
        loc: the mean.
        scale: the standard deviation.
        shape: the shape of the result. If the two arguments above are arrays, the legacy dialect
            draws this shape for each of their elements; ``size``, the modern name, is always
            the whole shape.
        dtype: float32 by default.
        out: an array to write the result into instead of creating one.
    """
    draw = _shifted if dialect.modern and arrays_in((loc, scale)) else functions.random_normal
    return _draw(draw, loc, scale, shape, size, dtype, out)


def _shifted(loc: Any, scale: Any, shape: tuple[int, ...]) -> NDArray:
    return functions.random_normal(0.0, 1.0, shape) * scale + loc


def uniform_like(data: NDArray, low: float = 0.0, high: float = 1.0) -> NDArray:
    """Draw uniformly distributed numbers in the shape of an array, even in a hybridized block.

    Args:
        data: the array, which also tells the type.
        low: the lower end, included.
        high: the upper end, excluded.
    """
    return _like(data, uniform, low, high)


def normal_like(data: NDArray, loc: float = 0.0, scale: float = 1.0) -> NDArray:
    """Draw normally distributed numbers in the shape of an array, even in a hybridized block.

    Args:
        data: the array, which also tells the type.
        loc: the mean.
        scale: the standard deviation.
    """
    return _like(data, normal, loc, scale)


@placed
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
    shape: ShapeLike | None = None,
    dtype: Any = None,
    out: Out = None,
    size: ShapeLike | None = None,
) -> NDArray:
    """Draw integers from ``low`` up to, but not including, ``high``.

    With one bound, draw from 0 up to it.

    Args:
        low: the smallest integer; without ``high``, the upper bound.
        high: the upper bound, which is not included.
        shape: the shape of the result; ``size`` is the modern name.
        dtype: int32 in the legacy dialect, int64 in the modern one.
        out: an array to write the result into instead of creating one.

    Raises:
        ValueError: there is no integer between the two.
        OverflowError: the type cannot hold them.
    """
    low, high = map(int, (0, low) if high is None else (low, high))
    if high <= low:
        raise ValueError(f"randint needs low < high, not low={low} and high={high}")
    shape = _shape(shape if size is None else size) if out is None else out.shape
    dtype = dtype or (np.int64 if dialect.modern else np.int32)
    np.array([low, high - 1], dtype)  # refuses bounds that the type cannot hold
    return _finish(functions.random_integers(low, high, shape), dtype, out)


def permutation(x: Any) -> NDArray:
    """Return a shuffled copy of an array, or the integers below a number in random order.

    Args:
        x: an array, which is shuffled along its first axis, or an integer.
    """
    data = _population(x)
    order = functions.random_order(len(data._data), data._data.ndim > 1)
    return functions.take(data, order, 0)


def shuffle(x: NDArray) -> NDArray | None:
    """Shuffle along the first axis: in place (modern), or into a new array (legacy).

    Args:
        x: the array.
    """
    shuffled = permutation(x)
    if not dialect.modern:
        return shuffled
    x[:] = shuffled.tolist() if isinstance(x, list) else shuffled
    return None


@placed
def rand(*size: int, dtype: Any = None) -> NDArray:
    """Draw numbers from 0 up to, but not including, 1; the shape is given as arguments.

    Args:
        size: the lengths of the axes.
        dtype: the type of the elements, by default float32.
    """
    return uniform(size=size or None, dtype=dtype)


@placed
def bernoulli(p: Any = 0.5, size: ShapeLike | None = None, dtype: Any = None) -> NDArray:
    """Draw ones with probability ``p`` and zeros otherwise.

    Args:
        p: the probability, a number or an array.
        size: the shape of the result; None for the shape of ``p``.
        dtype: the type of the elements, by default float32.
    """
    shape = shape_of(p) or None if size is None else size
    return functions.less(uniform(size=shape), p).astype(dtype or np.float32)


@placed
def choice(a: Any, size: ShapeLike | None = None, replace: bool = True, p: Any = None) -> NDArray:
    """Draw from the elements of ``a``, or from the integers below ``a``.

    Args:
        a: an array, or an integer.
        size: the shape of the result.
        replace: whether an element may be drawn more than once.
        p: the probability of each element; equal by default.

    Raises:
        ValueError: ``p`` does not hold probabilities, or too few elements can be drawn only once.
    """
    data, shape = _population(a), _shape(size)
    count = len(data._data)
    chances = np.ones(count) / count if p is None else np.asarray(unwrap(p), np.float64)
    if chances.shape != (count,) or (chances < 0).any() or not abs(chances.sum() - 1) < 1e-4:
        raise ValueError(f"p must hold {count} probabilities that add up to 1, not {chances}")
    if replace and p is None:
        return functions.take(data, functions.random_places(count, shape), 0)
    if replace:
        drawn = functions.random_uniform(0.0, 1.0, (*shape, 1))
        places = functions.sum(functions.greater_equal(drawn, np.cumsum(chances)), -1)
        return functions.take(data, places, 0)
    wanted, possible = math.prod(shape), np.count_nonzero(chances)
    if wanted > possible:
        problem = f"{wanted} of {possible} elements cannot be drawn without drawing one again"
        raise ValueError(f"{problem}: draw fewer, or with replace=True")
    # Waiting times: an element that is twice as likely comes after half the time.
    times = functions.log1p(-functions.random_uniform(0.0, 1.0, (count,)))
    times = times / -np.where(chances == 0, np.nan, chances)
    return functions.take(data, functions.argsort(times)[:wanted].reshape(shape), 0)


def _population(x: Any) -> NDArray:
    """Return the array to draw from: the given one, or the integers below a number."""
    if isinstance(x, NDArray):
        return x
    return NDArray(np.arange(x) if isinstance(x, int | np.integer) else np.asarray(unwrap(x)))


def _like(data: NDArray, draw: Draw, a: Any, b: Any) -> NDArray:
    """Draw in the shape and the type of an array, as soon as its shape is known."""
    if isinstance(data, Pending):
        return Pending(lambda *n: _like(data.complete(*n), draw, a, b))
    return draw(a, b, dtype=data._data.dtype, size=data._data.shape)


def _draw(draw: Draw, a: Any, b: Any, shape: Any, size: Any, dtype: Any, out: Out) -> NDArray:
    """Draw from a distribution with two parameters, each a number or an array."""
    if isinstance(a, NDArray) and shape is not None and not dialect.modern:
        # the legacy dialect draws an array of this shape for each pair of their elements
        drawn = _shape(shape)
        alone, shape = (*a.shape, *(1,) * len(drawn)), (*a.shape, *drawn)
        a, b = mapped((a, b), lambda x: x.reshape(alone))
    wanted = shape if size is None else size
    if out is not None:
        wanted = out.shape
    elif wanted is None:
        wanted = np.broadcast_shapes(shape_of(a), shape_of(b)) or None
    return _finish(draw(a, b, _shape(wanted)), dtype, out)


def _finish(drawn: NDArray, dtype: Any, out: Out) -> NDArray:
    return stored(drawn if dtype is None else drawn.astype(dtype, copy=False), out)


def _shape(shape: ShapeLike | None) -> tuple[int, ...]:
    """Return a shape as a tuple; None is a single number, which has an axis if legacy."""
    if shape is None:
        return () if dialect.modern else (1,)
    lengths = tuple(map(index, shape if isinstance(shape, Iterable) else (shape,)))
    if min(lengths, default=0) < 0:
        raise ValueError(f"numbers of shape {lengths} cannot be drawn: lengths are not negative")
    return lengths
