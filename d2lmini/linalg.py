"""The modern dialect's `np.linalg`."""

from typing import Any

from .functions import length
from .ndarray import NDArray


def norm(x: NDArray, ord: int | None = None, axis: Any = None, keepdims: bool = False) -> NDArray:
    """Return the Euclidean length, or with ``ord=1`` the sum of absolute values of a vector.

    Args:
        x: the array.
        ord: ``1`` for the sum of absolute values; the Euclidean length otherwise.
        axis: the axis, or two of them; None for all.
        keepdims: keep each reduced axis with length 1.
    """
    return length(x, ord, axis, keepdims)
