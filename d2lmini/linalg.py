"""The modern dialect's `np.linalg`."""

from typing import Any

from .ndarray import NDArray


def norm(x: NDArray, ord: int | None = None, axis: Any = None, keepdims: bool = False) -> NDArray:
    """Return the Euclidean length, or with ``ord=1`` the sum of absolute values of a vector."""
    return x.norm(2 if ord is None else ord, axis, keepdims)
