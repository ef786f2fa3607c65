"""Gluon's helpers for tests, which many programs use to compare arrays or find GPUs."""

from typing import Any

import numpy as np
from numpy import allclose as almost_equal, array_equal as same

from .context import current_context as default_context
from .ndarray import unwrap
from .npx import use_np

__all__ = ["almost_equal", "assert_almost_equal", "default_context", "list_gpus", "same", "use_np"]


def list_gpus() -> list[int]:
    """Return an empty list: d2lmini computes on the CPU."""
    return []


def assert_almost_equal(a: Any, b: Any, rtol: float = 1e-4, atol: float = 1e-6, **how: Any) -> None:
    """Raise an error that shows where two arrays differ, unless they agree up to rounding.

    Args:
        a: the first array.
        b: the second array.
        rtol: the largest difference allowed, relative to ``b``.
        atol: an absolute difference allowed in addition.
        how: ``names``, the arrays' names in the error; ``equal_nan`` lets nan equal nan.

    Raises:
        AssertionError: the arrays differ.
    """
    said = " and ".join(how.get("names", "ab"))
    np.testing.assert_allclose(unwrap(a), unwrap(b), rtol, atol, how.get("equal_nan", False), said)
