"""NumPy's functions on arrays that record themselves on the tape.

``functions.tanh`` is made from the row ``tanh`` when it is first asked for. What is no row but a
combination of rows (``concatenate``, ``expand_dims``, ``var``) is written out below. Everything
here follows NumPy; the faces `nd`, `np` and `npx` add what their dialects do differently.

The rows become globals of this module, among them ``max`` and ``sum``: it must not use Python's.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from . import operations
from .dialect import dialect
from .kernels import span
from .lifting import lift, put
from .ndarray import NDArray, at_least_1d, unwrap
from .operations import TABLE
from .tape import state

Axis = int | tuple[int, ...] | None


# What means the same under the same name in NumPy and in both dialects.
SHARED = operations.ELEMENTWISE.union(
    ("copy", "expand_dims", "flip", "log_softmax", "ravel", "repeat", "softmax", "swapaxes", "tile")
)


def told(face: dict[str, Any], *others: str) -> list[str]:
    """The names of a dialect: what is defined here or there, what is shared, and some others."""
    homes = {f"{__package__}.{module}" for module in ("arrays", "functions", "linalg", "nd", "np")}
    own = [name for name, x in face.items() if getattr(x, "__module__", "") in {*homes, "numpy"}]
    return sorted({*own, *others, *SHARED})


def __getattr__(name):  # type: ignore[no-untyped-def] # mypy knows none with types in a circle
    """Make the function of a row when it is first asked for."""
    row = TABLE.get(name)
    if row is None:
        raise AttributeError(f"module {__name__!r} has no function {name!r}")
    globals()[name] = function = lift(row)
    return function


# Along axes ------------------------------------------------------------------------------------
_REDUCTION = """{what}, all of them or along an axis.

    Args:
        {array}: the array.
        axis: an axis or several; None for all.
        keepdims: keep each reduced axis with length 1.
        dtype: the type to compute in, by default that of the array.
        out: an array to be filled, in place of a new one.
        exclude: reduce all other axes.
    """


def reduction(name: str, what: str) -> tuple[Callable[..., NDArray], Callable[..., NDArray]]:
    """Make a row that reduces axes into the function of each dialect, legacy and modern."""
    row: Callable[..., NDArray] | None = None
    positions = name in ("argmax", "argmin")

    def legacy(
        data: Any,
        axis: Any = None,
        keepdims: bool = False,
        exclude: bool = False,
        dtype: Any = None,
        out: NDArray | None = None,
    ) -> NDArray:
        return modern(data, axis, dtype, out, keepdims, exclude)

    def modern(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: NDArray | None = None,
        keepdims: bool = False,
        exclude: bool = False,
    ) -> NDArray:
        if exclude or dtype is not None or not isinstance(a, NDArray) or isinstance(axis, list):
            a, axis = _prepared(a, axis, exclude, dtype)
        nonlocal row
        row = row or lift(TABLE[name])  # written when it is first wanted
        y = at_least_1d(row(a, axis, keepdims))
        if positions and not dialect.modern:
            y = y.astype(np.float32)
        return y if out is None else put(y, out)

    for function, face, array in ((legacy, "nd", "data"), (modern, "np", "a")):
        function.__name__ = function.__qualname__ = name
        function.__module__ = f"{__package__}.{face}"
        function.__doc__ = _REDUCTION.format(what=what, array=array)
    return legacy, modern


def _prepared(data: Any, axis: Any, exclude: bool, dtype: Any) -> tuple[NDArray, Axis]:
    """The array of the wanted type, and the axes as NumPy has them."""
    x = data if isinstance(data, NDArray) else NDArray(np.asarray(unwrap(data), np.float32))
    axes = axis if axis is None or isinstance(axis, int) else tuple(axis)
    if exclude:
        kept = {a % x.ndim for a in np.atleast_1d(np.asarray(axes, int))}
        axes = tuple(i for i in range(x.ndim) if i not in kept)
    return x if dtype is None else x.astype(dtype, copy=False), axes


REDUCTIONS = {
    "sum": "Add the elements up",
    "mean": "Average the elements",
    "prod": "Multiply the elements",
    "max": "Return the largest element",
    "min": "Return the smallest element",
    "argmax": "Return the position of the largest element",
    "argmin": "Return the position of the smallest element",
    "any": "Tell whether some element is not zero",
    "all": "Tell whether every element is not zero",
}


_SPREAD = """Return the {what}, of all elements or along an axis.

    Args:
        a: the array.
        axis: an axis or several; None for all.
        dtype: the type to compute in, by default that of the array.
        out: an array to be filled, in place of a new one.
        ddof: what is subtracted from the number of elements before dividing by it.
        keepdims: keep each reduced axis with length 1.
    """


def spread_measure(name: str, what: str, root: bool) -> Callable[..., NDArray]:
    """Make the variance, or with ``root`` its square root."""

    def measure(
        a: NDArray,
        axis: Any = None,
        dtype: Any = None,
        out: NDArray | None = None,
        ddof: int = 0,
        keepdims: bool = False,
    ) -> NDArray:
        x = a if dtype is None else a.astype(dtype, copy=False)
        deviation = x - x.mean(axis, keepdims=True)
        total = (deviation * deviation).sum(axis, keepdims=keepdims)
        y = total / (x._data.size // (total._data.size or 1) - ddof)
        y = y.sqrt() if root else y
        return y if out is None else put(y, out)

    measure.__name__ = measure.__qualname__ = name
    measure.__doc__ = _SPREAD.format(what=what)
    return measure


var = spread_measure("var", "variance", root=False)
std = spread_measure("std", "standard deviation", root=True)


def limit(x: NDArray, low: Any, high: Any, out: NDArray | None = None) -> NDArray:
    """Limit every element to the interval from ``low`` to ``high``; None is no limit.

    Args:
        x: the array.
        low: the lower end.
        high: the upper end.
        out: an array to be filled, in place of a new one.
    """
    if low is None or high is None:
        y = x if low is high else minimum(x, high) if low is None else maximum(x, low)
    else:
        y = clip(x, low, high)
    return y if out is None else put(y, out)


# Combinations of rows --------------------------------------------------------------------------
dot, matmul = (lift(TABLE[name]) for name in ("dot", "matmul"))
multiply, mod = (lift(TABLE[name]) for name in ("multiply", "mod"))
reshape, transpose = (lift(TABLE[name]) for name in ("reshape", "transpose"))
getitem, take, pick = (lift(TABLE[name]) for name in ("getitem", "take", "pick"))
dropout_mask = lift(TABLE["dropout_mask"])
clip, minimum, maximum = (lift(TABLE[name]) for name in ("clip", "minimum", "maximum"))


def concatenate(arrays: Sequence[NDArray], axis: int = 0) -> NDArray:
    """Join arrays along an axis they have.

    Args:
        arrays: the arrays, of equal shape but for that axis.
        axis: the axis.
    """
    return lift(operations.concatenate(len(arrays)))(*arrays, axis=axis)


def stack(arrays: Sequence[NDArray], axis: int = 0) -> NDArray:
    """Join arrays of equal shape along a new axis.

    Args:
        arrays: the arrays.
        axis: the place of the new axis.
    """
    return lift(operations.stack(len(arrays)))(*arrays, axis=axis)


def einsum(subscripts: str, *arrays: NDArray) -> NDArray:
    """Sum products of elements as the subscripts say, as `numpy.einsum` does.

    Args:
        subscripts: a letter for each axis, such as ``'ij,jk->ik'``.
        arrays: the arrays.
    """
    subscripts = subscripts.replace(" ", "")
    if "->" not in subscripts:  # NumPy's rule: what occurs once, in alphabetical order
        letters = sorted(set(subscripts) - {","})
        subscripts += "->" + "".join(x for x in letters if subscripts.count(x) == 1)
    return lift(operations.einsum(len(arrays)))(*arrays, subscripts=subscripts)


def expand_dims(x: NDArray, axis: int) -> NDArray:
    """Insert an axis of length 1.

    Args:
        x: the array.
        axis: the place of the new axis.
    """
    return reshape(x, np.expand_dims(x._data, axis).shape)


def squeeze(x: NDArray, axis: Axis = None) -> NDArray:
    """Drop axes of length 1, all of them or those named.

    Args:
        x: the array.
        axis: an axis or several; None for all that have length 1.
    """
    return reshape(x, np.squeeze(x._data, axis).shape)


def ravel(x: NDArray) -> NDArray:
    """Return all elements in one row.

    Args:
        x: the array.
    """
    return reshape(x, (-1,))


def in_one_row(x: NDArray, axis: int | None) -> tuple[NDArray, int]:
    """The array and the axis; where no axis is meant, those of all elements in one row."""
    return (ravel(x), 0) if axis is None else (x, axis)


def repeat(x: NDArray, repeats: int, axis: int | None = None) -> NDArray:
    """Repeat each element (or slice along ``axis``) as many times as ``repeats`` says.

    Args:
        x: the array.
        repeats: how often.
        axis: the axis; None repeats all elements in one row.
    """
    x, axis = in_one_row(x, axis)
    return take(x, np.arange(x._data.shape[axis]).repeat(repeats), axis)


def split(x: NDArray, parts: int | Sequence[int], axis: int = 0) -> list[NDArray]:
    """Cut an array along ``axis`` into equal parts, or before the given positions."""
    length = x._data.shape[axis]
    if isinstance(parts, int):
        if parts < 1 or length % parts:
            raise ValueError(f"an axis of length {length} cannot be split into {parts} equal parts")
        parts = [length // parts * i for i in range(1, parts)]
    edges = [0, *parts, length]
    keys = [span(axis, start, stop) for start, stop in pairwise(edges)]
    return [getitem(x, key) for key in keys]


def take_positions(x: NDArray, index: Any, axis: int | None, mode: str) -> NDArray:
    """Take elements, where ``mode`` says what a position outside means."""
    x, axis = in_one_row(x, axis)
    length = x._data.shape[axis]
    if mode == "wrap":
        index = mod(index if isinstance(index, NDArray) else np.asarray(index), length)
    elif mode == "raise":
        positions = np.asarray(unwrap(index), int)
        if positions.size and not -length <= positions.min() <= positions.max() < length:
            raise IndexError(
                f"positions {positions.tolist()} are not all below the length {length}"
            )
    elif mode != "clip":
        raise ValueError(f"mode must be 'clip', 'wrap' or 'raise', not {mode!r}")
    return take(x, index, axis)


def dot_product(a: Any, b: Any) -> NDArray:
    """Multiply the last axis of ``a`` with the last but one of ``b``, as `numpy.dot` does."""
    if isinstance(a, NDArray) and isinstance(b, NDArray) and a._data.ndim == b._data.ndim == 2:
        return dot(a, b)
    left, right = np.shape(unwrap(a)), np.shape(unwrap(b))
    if len(left) == len(right) == 2:
        return dot(a, b)
    if not left or not right:
        return multiply(a, b)
    summed = len(right) - 2 if len(right) > 1 else 0
    others = tuple(i for i in range(len(right)) if i != summed)
    rows = reshape(a, (-1, left[-1]))
    columns = reshape(transpose(b, (summed, *others)), (right[summed], -1))
    return reshape(dot(rows, columns), (*left[:-1], *(right[i] for i in others)))


def matrix_product(a: Any, b: Any) -> NDArray:
    """Multiply matrices, or stacks of matrices, as ``a @ b`` does in NumPy.

    Args:
        a: a vector, a matrix or a stack of matrices.
        b: likewise.
    """
    left, right = np.ndim(unwrap(a)), np.ndim(unwrap(b))
    if left <= 2 and right <= 2:
        return dot_product(a, b)
    if left == 1:
        return squeeze(matmul(expand_dims(a, 0), b), -2)
    if right == 1:
        return squeeze(matmul(a, expand_dims(b, 1)), -1)
    return matmul(a, b)


def activation(name: str) -> Callable[[NDArray], NDArray]:
    """Return the activation function of that name."""
    known = ("relu", "sigmoid", "tanh", "softrelu", "softsign")
    if name not in known:
        raise ValueError(f"there is no activation {name!r}; known are {', '.join(known)}")
    return lift(TABLE[name])


def dropout(x: NDArray, rate: float, axes: tuple[int, ...] = (), always: bool = False) -> NDArray:
    """While training (or ``always``), set elements to zero with probability ``rate``."""
    if not rate or not (state.training or always):
        return x
    return multiply(x, dropout_mask(x, rate, axes))
