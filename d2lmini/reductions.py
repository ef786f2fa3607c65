"""Reductions such as sums, means and largest elements, with the signatures of both dialects."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .arrays import asarray
from .dialect import dialect
from .lifting import Out, lift, stored
from .ndarray import NDArray, all_from_front, at_least_1d
from .operations import TABLE

REDUCTIONS = {
    "sum": "Add up the elements",
    "mean": "Average the elements",
    "prod": "Multiply the elements",
    "max": "Return the largest element",
    "min": "Return the smallest element",
    "argmax": "Return the position of the largest element",
    "argmin": "Return the position of the smallest element",
    "any": "Tell whether any element is not zero",
    "all": "Tell whether every element is not zero",
}
_SEVERAL = list, tuple  # built once


def reduction(name: str, face: str) -> Callable[..., NDArray]:
    """Turn a row that reduces axes into a function of `np` or `nd`."""
    row = lift(TABLE[name])
    positions = name in ("argmax", "argmin")

    def modern(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Out = None,
        keepdims: bool = False,
        exclude: bool = False,
    ) -> NDArray:
        """{what}, overall or along an axis.

        Args:
            {array}: the array.
            axis: one axis or several; None for all.
            keepdims: keep each reduced axis with length 1.
            dtype: the type to compute in, by default the array's own.
            out: an array to write the result into instead of creating one.
            exclude: reduce all other axes.
        """
        if exclude or dtype is not None or not isinstance(a, NDArray) or isinstance(axis, _SEVERAL):
            if isinstance(dtype, int):  # x.sum(0, True): the order of the legacy dialect
                return legacy(a, axis, bool(dtype), bool(out))
            a = asarray(a, dtype)
            if isinstance(axis, _SEVERAL):  # without any, the legacy dialect reduces all
                axis = tuple(axis) or (() if dialect.modern else None)
            if exclude:
                kept = () if axis is None else axis
                axis = tuple({*range(a.ndim)} - {*all_from_front(kept, a)})
        y = at_least_1d(row(a, axis, keepdims))
        if positions and not dialect.modern:
            y = y.astype(np.float32)
        return y if out is None else stored(y, out)

    def legacy(
        data: Any,
        axis: Any = None,
        keepdims: bool = False,
        exclude: bool = False,
        dtype: Any = None,
    ) -> NDArray:
        return modern(data, axis, dtype, None, keepdims, exclude)

    function, array = (modern, "a") if face == "np" else (legacy, "data")
    function.__name__ = function.__qualname__ = name
    function.__module__ = f"{__package__}.{face}"
    function.__doc__ = str(modern.__doc__).format(what=REDUCTIONS[name], array=array)
    return function


def var(
    a: NDArray,
    axis: Any = None,
    dtype: Any = None,
    out: Out = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> NDArray:
    """Return the variance of all elements, or along an axis.

    Args:
        a: the array.
        axis: one axis or several; None for all.
        dtype: the type to compute in, by default the array's own.
        out: an array to write the result into instead of creating one.
        ddof: what is subtracted from the number of elements before dividing by it.
        keepdims: keep each reduced axis with length 1.
    """
    deviation, divisor = _deviation(a, axis, dtype, ddof)
    return stored((deviation * deviation).sum(axis, keepdims=keepdims) / divisor, out)


def std(
    a: NDArray,
    axis: Any = None,
    dtype: Any = None,
    out: Out = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> NDArray:
    """Return the standard deviation, the square root of the variance.

    Args:
        a: the array.
        axis: one axis or several; None for all.
        dtype: the type to compute in, by default the array's own.
        out: an array to write the result into instead of creating one.
        ddof: what is subtracted from the number of elements, as for `var`.
        keepdims: keep each reduced axis with length 1.
    """
    deviation, divisor = _deviation(a, axis, dtype, ddof)
    # Unlike the root of the variance, the norm has a derivative where all elements are equal.
    return stored(norm(deviation, axis=axis, keepdims=keepdims) / divisor**0.5, out)


def _deviation(a: NDArray, axis: Any, dtype: Any, ddof: int) -> tuple[NDArray, int]:
    """Return how far each element is from its mean, and of how many that is, less ``ddof``."""
    x = asarray(a, dtype)
    mean = x.mean(axis, keepdims=True)
    return x - mean, max(x._data.size // (mean._data.size or 1) - ddof, 0)


_norm = lift(TABLE["norm"])  # looked up once


def norm(data: NDArray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> NDArray:
    """Return the root of the sum of squares or, with ``ord=1``, the sum of absolute values.

    Unlike `numpy.linalg.norm`, it treats a matrix as a vector of all its elements.

    Args:
        data: the array.
        ord: 2, ``'fro'`` or None for the root of the sum of squares, or 1.
        axis: one axis or several; None for all.
        keepdims: keep each reduced axis with length 1.

    Raises:
        ValueError: ``ord`` is any other norm.
    """
    if ord not in (None, 2, "fro"):
        if ord != 1:
            raise ValueError(f"ord must be 1 or 2, not {ord!r}")
        return abs(data).sum(axis, keepdims=keepdims)
    axes = tuple(axis) if isinstance(axis, list) else axis
    return at_least_1d(_norm(data, axes, keepdims))
