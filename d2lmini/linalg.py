"""The modern dialect's `np.linalg`."""

from typing import Any

from .functions import length
from .ndarray import NDArray


def norm(x: NDArray, ord: int | None = None, axis: Any = None, keepdims: bool = False) -> NDArray:
    """Return the Euclidean length, or with ``ord=1`` the sum of absolute values of a vector."""
    return length(x, ord, axis, keepdims)
