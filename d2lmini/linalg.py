"""The modern dialect's `np.linalg`: `norm`, and NumPy's own functions, which are not recorded."""

from typing import Any

import numpy

from . import functions, interop
from .ndarray import NDArray, at_least_1d


def __getattr__(name: str) -> Any:
    """Pass on NumPy's own functions, such as `inv`, which are not recorded."""
    return interop.borrow(numpy.linalg, name)


def norm(
    data: NDArray, ord: int | str | None = None, axis: Any = None, keepdims: bool = False
) -> NDArray:
    """Return the Euclidean norm or, with ``ord=1``, the sum of absolute values.

    Args:
        data: the array.
        ord: 2, ``'fro'`` or None for the Euclidean norm, or 1.
        axis: one axis or several; None for all.
        keepdims: keep each reduced axis with length 1.

    Raises:
        ValueError: ``ord`` is any other norm.
    """
    if ord not in (None, 2, "fro", 1):
        raise ValueError(f"ord must be 1 or 2, not {ord!r}")
    if ord == 1:
        return abs(data).sum(axis, keepdims=keepdims)
    axes = tuple(axis) if isinstance(axis, list) else axis
    return at_least_1d(functions.norm(data, axes, keepdims))
