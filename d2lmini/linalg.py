"""The modern dialect's `np.linalg`: `norm`, and NumPy's own functions, which are not recorded."""

from typing import Any

import numpy

from . import interop, reductions
from .ndarray import NDArray, at_least_1d, shape_of


def __getattr__(name: str) -> Any:
    """Pass on NumPy's own functions, such as `inv`, which are not recorded."""
    return interop.borrow(numpy.linalg, name)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> NDArray:
    """Return norms of vectors or matrices, by default Euclidean ones, as `numpy.linalg.norm` does.

    The norms that are named below are recorded; NumPy's others are not.

    Args:
        x: the array.
        ord: which norm: None for the root of the sum of squares, which for a matrix is also called
            ``'fro'``; for vectors also 1 (the sum of absolute values) and 2 (the same as None).
        axis: the axis of the vectors, or the two axes of the matrices; None for all.
        keepdims: keep each reduced axis with length 1.

    Raises:
        ValueError: there is no such norm.
    """
    of_vectors = isinstance(axis, int) or (axis is None and len(shape_of(x)) == 1)
    if ord in ((None, 1, 2) if of_vectors else (None, "fro")):
        return reductions.norm(x, ord, axis, keepdims)
    return at_least_1d(interop.borrow(numpy.linalg, "norm")(x, ord, axis, keepdims))
