"""Functions on plain NumPy arrays that the table of operations needs and NumPy lacks."""

import math
from functools import lru_cache
from operator import iadd, index as integer
from typing import Any

import numpy as np

from . import streams
from .dialect import dialect
from .streams import Array

Axis = int | tuple[int, ...] | None
Shape = tuple[int, ...]
_LARGE = 1 << 14  # elements


# Broadcasting and its way back -----------------------------------------------------------------
def sum_to(x: Array, shape: Shape) -> Array:
    """Sum ``x`` over the axes along which an array of ``shape`` was broadcast to it."""
    extra = x.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1]
    return sum(x, (*range(extra), *stretched), False).reshape(shape)


def fit(gradient: Array, value: Array, sum_to: Any = sum_to) -> Array:
    """Give a gradient the shape and type of its array: sum it over broadcast axes.

    ``sum_to`` is the function that sums; for second derivatives, one that records itself.
    """
    if gradient.shape != value.shape:
        gradient = sum_to(gradient, value.shape)
    return gradient.astype(value.dtype, copy=False)


def spread(x: Array, shape: Shape, axis: Axis) -> Array:
    """Undo a sum over ``axis``: repeat each element where its summands were."""
    if x.ndim < len(shape) and axis is not None:
        x = np.expand_dims(x, axis)
    return np.broadcast_to(x, shape)


def inverse(axes: Shape | None) -> Shape | None:
    """Return the permutation that undoes the permutation ``axes``."""
    return None if not axes else tuple(np.argsort([a % len(axes) for a in axes]).tolist())


# Reductions ------------------------------------------------------------------------------------
def sum(x: Array, axis: Axis, keepdims: bool) -> Array:
    """Return the sum in the type of the elements; booleans and bytes are counted as integers."""
    dtype = x.dtype if x.itemsize > 1 else None
    # Positional arguments, which mypy rejects, take half the time of x.sum().
    return np.add.reduce(x, axis, dtype, None, keepdims)  # type: ignore[call-overload]


def prod(x: Array, axis: Axis, keepdims: bool) -> Array:
    """Return the product in the type of the elements."""
    return x.prod(axis, x.dtype if x.itemsize > 1 else None, keepdims=keepdims)


def cumsum(x: Array, axis: int | None) -> Array:
    """Return the sums of the elements up to each, in the type of ``sum``."""
    if x.dtype.kind == "f":  # added up in 64 bits, so that rounding errors do not add up too
        return x.cumsum(axis, np.float64).astype(x.dtype)
    return x.cumsum(axis, x.dtype if x.itemsize > 1 else None)


def others(x: Array, axis: Axis) -> Array:
    """Return, for each element, the product of all others along ``axis``; zeros are allowed."""
    zeros = x == 0
    filled = np.where(zeros, x.dtype.type(1), x)
    return prod(filled, axis, True) / filled * (zeros.sum(axis, keepdims=True) == zeros)


def column_sums(x: Array) -> Array:
    """Return the sums of a matrix's columns, as a product: a third of the time of a sum."""
    return ones(len(x), x.dtype).dot(x)


class _Zeros(dict[Any, Array]):
    """Zero as an array of each type, made once: NumPy is twice as fast with it as with a number."""

    def __missing__(self, dtype: Any) -> Array:
        return self.setdefault(dtype, np.zeros((), dtype))


zero = _Zeros().__getitem__


@lru_cache(64)
def ones(count: int, dtype: Any) -> Array:
    """Return a row of ones, made once: nobody writes into it."""
    return np.ones(count, dtype)


def norm(x: Array, axis: Axis, keepdims: bool) -> Array:
    """Return the Euclidean length of ``x``, of the whole array or along ``axis``."""
    if axis is None and not keepdims and x.dtype.char in "fd":  # float16 has no room for squares
        flat = x.ravel()
        square = float(flat.dot(flat))
        if 1e-30 < square < 1e30:
            return np.asarray(math.sqrt(square), x.dtype)
    wide = x.astype(np.float64)  # in float32, the square of 1e20 is infinite, and of 1e-30 zero
    wide *= wide
    length = np.sqrt(sum(wide, axis, keepdims))
    return length.astype(x.dtype) if x.dtype.kind == "f" else length


def peaks(x: Array, axis: int) -> Array:
    """Return the maximum along ``axis``, kept; short rows are turned into columns, for speed."""
    if axis in (-1, x.ndim - 1) and 0 < x.shape[-1] < 64:
        columns = x.reshape(-1, x.shape[-1]).T.copy()
        return columns.max(0).reshape(*x.shape[:-1], 1)
    return x.max(axis, keepdims=True)


def totals(x: Array, axis: int) -> Array:
    """Return the sum along ``axis``, kept; along the last one it is a product, for speed."""
    if axis in (-1, x.ndim - 1):
        return x.dot(ones(x.shape[-1], x.dtype))[..., None]
    return sum(x, axis, True)


def softmax(x: Array, axis: int) -> Array:
    """Return exponentials that sum to one along ``axis``, without overflow."""
    y = np.exp(x - peaks(x, axis))
    y /= totals(y, axis)
    return y


def log_softmax(x: Array, axis: int) -> Array:
    """Return the logarithm of ``softmax``, exact even where the softmax rounds to zero."""
    y = x - peaks(x, axis)
    return y - np.log(totals(np.exp(y), axis))


def argsort(x: Array, axis: int | None, is_ascend: bool) -> Array:
    """Return the positions that sort the elements, equal ones in the order they had."""
    if is_ascend:
        return np.argsort(x, axis, kind="stable")
    # From the end, since unsigned integers have no negatives to sort by.
    backward = np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)
    return backward.shape[axis or 0] - 1 - backward


# Rounding --------------------------------------------------------------------------------------
def round(x: Array) -> Array:
    """Return the nearest whole numbers, halves away from zero."""
    if x.dtype.kind != "f":
        return x.copy()
    # Adding one half itself would carry the number below 0.5 up to 1.
    nearly_half = np.nextafter(x.dtype.type(0.5), x.dtype.type(0))
    return np.trunc(x + np.copysign(nearly_half, x))


def numbers(found: Any, *compared: Any) -> Any:
    """Return what a comparison found in the type of what was compared, if the dialect is legacy."""
    types = [x.dtype for x in compared if hasattr(x, "dtype")]
    return found.astype(types[0]) if types and not dialect.modern else found


def combined(a: Any, b: Any, bitwise: Any, logical: Any) -> Any:
    """Combine integers bit by bit, and floats, as the legacy comparisons give, as truth values."""
    return (logical if np.result_type(a, b).kind == "f" else bitwise)(a, b)


def inverted(x: Array) -> Array:
    """Invert integers bit by bit, but as truth values what legacy comparisons may have given."""
    return np.invert(x) if dialect.modern and x.dtype.kind != "f" else np.logical_not(x)


# Indexing --------------------------------------------------------------------------------------
def scatter(x: Array, key: Any, shape: Shape) -> Array:
    """Return zeros of ``shape`` with ``x`` added at ``key``, as often as ``key`` names a place."""
    y = np.zeros(shape, x.dtype)
    parts = key if isinstance(key, tuple) else (key,)
    if all(part is None or part is Ellipsis or isinstance(part, (int, slice)) for part in parts):
        y[key] = x  # basic indexing names no element twice, so assigning is adding
    else:
        np.add.at(y, key, x)
    return y


def span(axis: int, start: int, stop: int | None) -> tuple[Any, ...]:
    """Return the key that selects ``start`` to ``stop`` along ``axis``."""
    if axis < 0:
        return (Ellipsis, slice(start, stop), *(slice(None),) * (-axis - 1))
    return (*(slice(None),) * axis, slice(start, stop))


def whole(index: Any) -> Array:
    """Return positions as integers: Gluon keeps labels and indices as floats."""
    return np.asarray(index).astype(np.intp, copy=False)


def within(index: Any, length: int, mode: str = "clip") -> Array:
    """Return positions as integers below ``length``: one outside is moved to an end, or wraps."""
    index = whole(index)
    return np.minimum(np.maximum(index, 0), length - 1) if mode == "clip" else index % length


def take(x: Array, index: Any, axis: int, mode: str) -> Array:
    """Return the elements of ``x`` at ``index`` along ``axis``."""
    return x.take(whole(index), axis, mode=mode)


def untake(x: Array, index: Any, shape: Shape, axis: int, mode: str) -> Array:
    """Undo ``take``: return zeros of ``shape`` with ``x`` added where it was taken from."""
    before = (slice(None),) * (axis % len(shape))
    return scatter(x, (*before, within(index, shape[axis], mode)), shape)


def pick(x: Array, index: Any, axis: int, mode: str = "clip") -> Array:
    """Return one element along ``axis`` for each position of the other axes."""
    x = x if axis == -1 else np.moveaxis(x, axis, -1)
    index = within(index, x.shape[-1], mode)
    if index.shape != x.shape[:-1]:  # NumPy would stretch it
        raise ValueError(f"the shape of the index must be {x.shape[:-1]}")
    rows = x.reshape(-1, x.shape[-1])
    return rows[np.arange(index.size), index.reshape(-1)].reshape(index.shape)


def unpick(x: Array, index: Any, shape: Shape, axis: int, mode: str) -> Array:
    """Undo ``pick``: return zeros of ``shape`` with ``x`` where it was picked from."""
    index = np.expand_dims(within(index, shape[axis], mode), axis)
    return put_along_axis(np.expand_dims(x, axis), index, shape, axis)


def put_along_axis(x: Array, index: Any, shape: Shape, axis: int | None) -> Array:
    """Undo `numpy.take_along_axis`: add ``x`` to zeros of ``shape`` where it was taken from."""
    if axis is None:
        return scatter(x, index, (math.prod(shape),)).reshape(shape)
    grid = list(np.indices(x.shape, sparse=True))
    grid[axis] = index
    return scatter(x, tuple(grid), shape)


def one_hot(index: Any, depth: int, on: float, off: float) -> Array:
    """Add a last axis of length ``depth``: ``on`` at the index, ``off`` elsewhere."""
    steps = np.arange(integer(depth))
    return np.where(whole(index)[..., None] == steps, np.float32(on), np.float32(off))


def indicator(index: Any, like: Array) -> Array:
    """Return zeros like ``like`` with a one at ``index`` along the last axis."""
    length = like.shape[-1]
    return (within(index, length)[..., None] == np.arange(length)).astype(like.dtype)


def cross_entropy(x: Array, label: Any) -> Array:
    """Return the negative logarithm of the softmax along the last axis, at the label."""
    z = x - peaks(x, -1)
    return np.log(totals(np.exp(z), -1)[..., 0]) - pick(z, label, -1)


# Products --------------------------------------------------------------------------------------
def linear(x: Array, w: Array, b: Array) -> Array:
    """Multiply ``x`` by the transpose of ``w`` and add ``b`` in place."""
    y = x.dot(w.T)
    return iadd(y, b) if b.dtype is y.dtype else y + b  # type: ignore[no-untyped-call]


def outer_sum(a: Array, b: Array) -> Any:
    """Sum the outer products of the rows of ``a`` and ``b``; a large sum is left for later."""
    return OuterSum(a, b) if a.shape[1] * b.shape[1] > _LARGE else b.T.dot(a).T


class OuterSum:
    """A sum of outer products that is computed in the array that is to hold it.

    An array of its own would be as large as a weight, and the system, which takes such memory back
    after each step and clears it for the next one, needs as long for that as for the product.
    """

    __slots__ = ("a", "b", "dtype", "shape")

    def __init__(self, a: Array, b: Array) -> None:
        self.a, self.b = a, b
        self.shape = a.shape[1], b.shape[1]
        self.dtype = a.dtype if a.dtype is b.dtype else np.result_type(a, b)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self.b.T.dot(self.a).T.astype(dtype or self.dtype, copy=False)

    astype = __array__

    def __add__(self, other: Any) -> Array:
        return np.add(self, other)

    def write(self, out: Array) -> None:
        """Write the sum into an array."""
        if out.T.flags.c_contiguous and out.dtype is self.dtype:
            self.b.T.dot(self.a, out.T)
        else:
            out[...] = self


# Sums of products ------------------------------------------------------------------------------
def einsum(subscripts: str, *arrays: Array) -> Array:
    """Call `numpy.einsum` with the cheapest order of operations.

    A letter may stand in the result twice, which is then zero off the diagonal: that is the way
    back of a trace.
    """
    given, result = subscripts.split("->")
    letters = "".join(dict.fromkeys(result))
    if letters == result or "." in result:
        return np.einsum(subscripts, *arrays, optimize=True).copy()  # a transpose is none
    y = np.einsum(f"{given}->{letters}", *arrays, optimize=True)
    diagonal = np.zeros([y.shape[letters.index(x)] for x in result], y.dtype)
    np.einsum(f"{result}->{letters}", diagonal)[...] = y
    return diagonal


def turned(subscripts: str, i: int) -> str:
    """Return the subscripts of argument ``i``'s gradient: the result in its place, it as output."""
    arguments, result = subscripts.split("->")
    return f"{result},{arguments}->{arguments.split(',')[i]}"


# Random numbers --------------------------------------------------------------------------------
def random_uniform(low: Any, high: Any, shape: Shape) -> Array:
    """Draw numbers from ``low`` to below ``high`` from the active dialect's stream."""
    drawn = streams.uniform(math.prod(shape), dialect.modern).reshape(shape)
    return np.float32(low) + (np.float32(high) - np.float32(low)) * drawn


def random_normal(loc: Any, scale: Any, shape: Shape) -> Array:
    """Draw normally distributed numbers from the active dialect's stream."""
    drawn = streams.normal(math.prod(shape), dialect.modern).reshape(shape)
    return drawn * np.float32(scale) + np.float32(loc)


def random_integers(low: int, high: int, shape: Shape) -> Array:
    """Draw integers from ``low`` to below ``high``."""
    return low + (streams.integers(math.prod(shape)) % (high - low)).reshape(shape)


def random_order(count: int, backward: bool) -> Array:
    """Return the integers below ``count`` in random order."""
    return streams.engine(None).shuffled(count, backward)


def random_places(count: int, shape: Shape) -> Array:
    """Draw integers below ``count`` from the modern dialect's stream, one for each word."""
    return streams.engine(None).remainders(count, math.prod(shape)).reshape(shape)


def dropout_mask(like: Array, rate: float, axes: Shape) -> Array:
    """Return zeros with probability ``rate``, and elsewhere the factor that makes up for them."""
    shape = tuple(1 if i in axes else n for i, n in enumerate(like.shape))
    # In both dialects from the legacy one's stream, as in MXNet.
    kept = streams.uniform(math.prod(shape), False).reshape(shape) < 1 - rate
    float_type = like.dtype.type if like.dtype.kind == "f" else np.float32
    return kept / float_type(1 - rate or 1)


# Memory ----------------------------------------------------------------------------------------
def blend(average: Array, value: Array, momentum: float) -> Array:
    """Move a running average toward a value, in place."""
    average *= momentum
    average += (1 - momentum) * value
    return average
