"""The modern dialect: NumPy's functions on recorded arrays.

Functions that are not defined here are rows of the table, or else NumPy's own. Those are not
recorded, and refuse arrays that a gradient should flow through, unless they only move elements.

Functions become globals of this module on first access, among them ``max`` and ``sum``: do not
use Python's here.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy

from . import functions, interop, linalg as linalg, operations, random as random
from .arrays import *  # noqa: F403
from .arrays import asarray as asarray
from .errors import ShapeError, one_of
from .kernels import span
from .lifting import Out, lift
from .ndarray import NDArray as NDArray, Pending, from_front, shape_of
from .reductions import REDUCTIONS, reduction, std as std, var as var

ndarray = NDArray

pi, e, inf, nan, newaxis = numpy.pi, numpy.e, numpy.inf, numpy.nan, None
float16, float32, float64 = numpy.float16, numpy.float32, numpy.float64
int8, int32, int64, uint8 = numpy.int8, numpy.int32, numpy.int64, numpy.uint8
bool_ = numpy.bool_
set_printoptions = numpy.set_printoptions  # arrays print as NumPy's do

_RENAMED = functions.RENAMED | {"fabs": "absolute", "remainder": "mod"}
_RENAMED |= {"amax": "max", "amin": "min", "round": "around"}
_OF_A = ("cumsum", "expand_dims", "moveaxis", "transpose")  # NumPy's name of x


def __getattr__(name):  # type: ignore[no-untyped-def] # with types, mypy fails on import cycles
    """Pass on the functions that are not written out here, such as `exp`, on first access."""
    own = _RENAMED.get(name, name)
    if own in REDUCTIONS:
        found = reduction(own, "np")
    elif own in _OF_A:
        found = lift(operations.TABLE[own], ("a",))
    else:
        shared = own in functions.SHARED
        found = getattr(functions, own) if shared else interop.borrow(numpy, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    others = ("NDArray", "e", "inf", "linalg", "nan", "ndarray", "newaxis", "pi", "random")
    return functions.names_of(globals(), *others, *_RENAMED)


# Products --------------------------------------------------------------------------------------
def dot(a: Any, b: Any) -> NDArray:
    """Sum products over the last axis of ``a`` and the second-to-last of ``b``, like `numpy.dot`.

    Args:
        a: an array or a number.
        b: another one.
    """
    if isinstance(b, Pending):
        b = b.complete(shape_of(a)[-1], None)
    if isinstance(a, NDArray) and isinstance(b, NDArray) and a._data.ndim == b._data.ndim == 2:
        return functions.dot(a, b)  # by far the most frequent case
    left, right = shape_of(a), shape_of(b)
    if len(left) == len(right) == 2:
        return functions.dot(a, b)
    if not left or not right:
        return functions.multiply(a, b)
    summed = len(right) - 2 if len(right) > 1 else 0
    others = tuple(i for i in range(len(right)) if i != summed)
    x = functions.reshape(a, (-1, left[-1]))
    turned = functions.transpose(b, (summed, *others)) if summed else b
    y = functions.reshape(turned, (right[summed], -1))
    return functions.reshape(functions.dot(x, y), (*left[:-1], *(right[i] for i in others)))


def matmul(a: Any, b: Any) -> NDArray:
    """Multiply matrices, or stacks of matrices, as ``a @ b`` does in NumPy.

    Args:
        a: a vector, a matrix or a stack of matrices.
        b: another one.
    """
    left, right = len(shape_of(a)), len(shape_of(b))
    if left <= 2 and right <= 2:
        return dot(a, b)
    if left == 1:
        return functions.squeeze(functions.matmul(functions.expand_dims(a, 0), b), -2)
    if right == 1:
        return functions.squeeze(functions.matmul(a, functions.expand_dims(b, 1)), -1)
    return functions.matmul(a, b)


def einsum(subscripts: str, *arrays: NDArray) -> NDArray:
    """Sum products of elements as the subscripts say, as `numpy.einsum` does.

    Args:
        subscripts: a letter for each axis, such as ``'ij,jk->ik'``.
        arrays: the arrays.

    Raises:
        TypeError: the subscripts do not come first.
    """
    if not isinstance(subscripts, str):
        raise TypeError("einsum takes the subscripts first, and then the arrays")
    subscripts = subscripts.replace(" ", "")
    if "->" not in subscripts:  # NumPy's rule: the letters that occur once, in alphabetical order
        letters = sorted(set(subscripts) - {","})
        subscripts += "->" + "".join(x for x in letters if subscripts.count(x) == 1)
    return functions.einsum(subscripts, *arrays)


def outer(a: NDArray, b: NDArray) -> NDArray:
    """Multiply every element of ``a`` by every element of ``b``.

    Args:
        a: a vector.
        b: another one.
    """
    return functions.dot(asarray(a).reshape(-1, 1), asarray(b).reshape(1, -1))


def tensordot(a: NDArray, b: NDArray, axes: Any = 2) -> NDArray:
    """Sum products over axes of ``a`` and as many of ``b``; the other axes remain, in order.

    Args:
        a: an array.
        b: another one.
        axes: the axes of each, such as ``([1], [0])``; a number means that many of the last axes
            of ``a`` and of the first axes of ``b``.

    Raises:
        ShapeError: the axes of ``a`` and ``b`` differ in number or length.
    """
    pair = (range(-axes, 0), range(axes)) if isinstance(axes, int) else axes
    left, right = (numpy.atleast_1d(numpy.asarray(part, int)) for part in pair)
    first, second = a._data.shape, b._data.shape
    try:
        fitting = [first[i] for i in left] == [second[j] for j in right]
    except IndexError:
        fitting = False
    if not fitting:
        problem = f"cannot sum along axes={axes} of a of shape {first} and b of shape {second}"
        way = "name as many axes of b as of a, with the same lengths"
        raise ShapeError(f"tensordot {problem}: {way}")
    letters = [chr(97 + i) for i in range(a.ndim + b.ndim)]
    of_a, of_b = letters[: a.ndim], letters[a.ndim :]
    for i, j in zip(left, right, strict=True):
        of_b[j] = of_a[i]
    kept = [x for x in of_a + of_b if (x in of_a) != (x in of_b)]
    return einsum(f"{''.join(of_a)},{''.join(of_b)}->{''.join(kept)}", a, b)


# Along axes ------------------------------------------------------------------------------------
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Return the elements of ``x`` where the condition holds, and those of ``y`` elsewhere.

    With the condition alone, return its indices as `nonzero` does.

    Args:
        condition: the condition, an array.
        x: what to choose from where the condition is not zero.
        y: what to choose from where the condition is zero.

    Raises:
        ValueError: only one of ``x`` and ``y`` is given.
    """
    if x is None and y is None:
        return interop.borrow(numpy, "nonzero")(condition)
    if x is None or y is None:
        raise ValueError("where needs both x and y, or only the condition")
    return functions.where(condition, x, y)


def clip(
    a: Any,
    a_min: float | None = None,
    a_max: float | None = None,
    out: Out = None,
    *,
    min: float | None = None,
    max: float | None = None,
) -> NDArray:
    """Limit every element to the interval from ``a_min`` to ``a_max``; None is no limit.

    Args:
        a: the array.
        a_min: the lower end.
        a_max: the upper end.
        out: an array to write the result into instead of creating one.
        min: NumPy's other name of ``a_min``.
        max: NumPy's other name of ``a_max``.
    """
    ends = (min if a_min is None else a_min, max if a_max is None else a_max)
    return functions.clip(asarray(a), *ends, out=out)


# Shapes ----------------------------------------------------------------------------------------
def reshape(a: Any, newshape: Any, order: str = "C") -> NDArray:
    """Return the elements in another shape.

    Args:
        a: the array.
        newshape: lengths; ``-1`` is inferred.
        order: ``'C'``, row by row; the only supported order.
    """
    return asarray(a).reshape(newshape, order=order)


def concatenate(arrays: Sequence[NDArray], axis: int = 0) -> NDArray:
    """Join arrays along an existing axis.

    Args:
        arrays: the arrays, of equal shape except along that axis.
        axis: the axis.
    """
    return lift(operations.concatenate(len(arrays)))(*arrays, axis=axis)


def append(arr: Any, values: Any, axis: int | None = None) -> NDArray:
    """Join two arrays, by default all their elements in one row.

    Args:
        arr: the first array.
        values: the second one.
        axis: the axis to join them along; None makes one row of each first.
    """
    pair = asarray(arr), asarray(values)
    return concatenate([x.reshape(-1) for x in pair] if axis is None else pair, axis or 0)


def stack(arrays: Sequence[NDArray], axis: int = 0) -> NDArray:
    """Join arrays of equal shape along a new axis.

    Args:
        arrays: the arrays.
        axis: the place of the new axis.
    """
    return lift(operations.stack(len(arrays)))(*arrays, axis=axis)


def repeat(data: NDArray, repeats: int, axis: int | None = None) -> NDArray:
    """Repeat each element, or each slice along ``axis``, ``repeats`` times.

    Args:
        data: the array.
        repeats: how many times.
        axis: the axis; None repeats all elements in one row.
    """
    x, axis = functions.in_one_row(asarray(data), axis)
    positions = numpy.arange(x._data.shape[from_front(axis, x)])
    return functions.take(x, positions.repeat(repeats), axis)


def tile(data: NDArray, reps: int | Sequence[int]) -> NDArray:
    """Repeat the whole array along each axis.

    Args:
        data: the array.
        reps: how many times, for the last axis or for as many of the last axes as there are
            numbers; further numbers make new axes before the first.
    """
    counts, x = numpy.atleast_1d(reps).tolist(), asarray(data)
    x = functions.reshape(x, (1,) * (len(counts) - x._data.ndim) + x._data.shape)
    for axis, count in enumerate(counts, x._data.ndim - len(counts)):
        x = concatenate([x] * count, axis) if count else functions.take(x, [], axis)
    return x


def broadcast_to(a: Any, shape: Any) -> NDArray:
    """Repeat the array up to a shape.

    Args:
        a: the array.
        shape: the new shape.
    """
    return functions.broadcast_to(asarray(a), tuple(shape))


def vstack(arrays: Sequence[NDArray]) -> NDArray:
    """Join arrays along the first axis; vectors become rows.

    Args:
        arrays: the arrays.
    """
    return concatenate([x if x.ndim > 1 else x.reshape(1, -1) for x in arrays], 0)


def hstack(arrays: Sequence[NDArray]) -> NDArray:
    """Join arrays along the second axis, or vectors end to end.

    Args:
        arrays: the arrays.
    """
    return concatenate(arrays, int(arrays[0].ndim > 1))


def split(ary: NDArray, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[NDArray]:
    """Cut an array into equal parts, or before the given positions.

    Args:
        ary: the array.
        indices_or_sections: the number of parts, or positions.
        axis: the axis to cut.

    Raises:
        ShapeError: the axis cannot be cut into that many equal parts.
    """
    ary = asarray(ary)
    parts, length = indices_or_sections, ary._data.shape[from_front(axis, ary)]
    if isinstance(parts, int):
        if parts < 1 or length % parts:
            raise ShapeError(f"an axis of length {length} cannot be split into {parts} equal parts")
        parts = [length // parts * i for i in range(1, parts)]
    keys = [span(axis, start, stop) for start, stop in pairwise([0, *parts, length])]
    return [functions.crop(ary, key) for key in keys]


# Sorting ---------------------------------------------------------------------------------------
def sort(a: Any, axis: int | None = -1, kind: Any = None, order: None = None) -> NDArray:
    """Sort the elements in ascending order.

    Args:
        a: the array.
        axis: the axis to sort along; None sorts all elements in one row.
        kind: without effect: equal elements keep their order.
        order: accepted for compatibility with NumPy.
    """
    return functions.sort(asarray(a), axis)


def argsort(a: Any, axis: int | None = -1, kind: Any = None, order: None = None) -> NDArray:
    """Return the positions that would sort the elements in ascending order.

    Args:
        a: the array.
        axis: the axis to sort along; None for all elements in one row.
        kind: without effect: equal elements keep their order.
        order: accepted for compatibility with NumPy.
    """
    return functions.argsort(asarray(a), axis)


# Choosing --------------------------------------------------------------------------------------
def take(a: NDArray, indices: Any, axis: int | None = None, mode: str = "clip") -> NDArray:
    """Take the elements at ``indices`` along ``axis``, by default from the flattened array.

    Args:
        a: the array.
        indices: the positions, in any shape.
        axis: the axis to take them from.
        mode: what to do with a position outside the axis: ``'clip'`` takes the nearest one,
            ``'wrap'`` counts on from the other end, ``'raise'`` raises an IndexError.

    Raises:
        IndexError: a position is outside and ``mode`` is ``'raise'``.
        ValueError: ``mode`` is none of these.
    """
    x, axis = functions.in_one_row(asarray(a), axis)
    return functions.take(x, indices, axis, one_of("mode", mode, "clip", "wrap", "raise"))


def asnumpy(a: NDArray) -> Any:
    """Return a copy as a NumPy array.

    Args:
        a: the array.
    """
    return a.asnumpy()
