"""Making arrays, as both dialects do it: float32 unless another type is asked for."""

from typing import Any

import numpy as np

from . import saving
from .ndarray import NDArray, at_least_1d, unwrap
from .saving import Filename

Shape = int | tuple[int, ...] | list[int]


def array(source_array: Any, ctx: Any = None, dtype: Any = None, **others: Any) -> NDArray:
    """Make an array of numbers, nested lists, a NumPy array or another array (a copy).

    Args:
        source_array: the elements.
        ctx: accepted for Gluon's sake, like ``device``.
        dtype: the type of the elements; by default that of another d2lmini array, else float32.
    """
    if dtype is None:
        dtype = source_array.dtype if isinstance(source_array, NDArray) else np.float32
    if isinstance(source_array, NDArray):
        return source_array.detach().copy().astype(dtype, copy=False)
    return at_least_1d(NDArray(np.array(unwrap(source_array), dtype=dtype)))


def zeros(shape: Shape, ctx: Any = None, dtype: Any = None, **others: Any) -> NDArray:
    """Return zeros of the given shape."""
    return NDArray(np.zeros(shape, _dtype(ctx, dtype)))


def ones(shape: Shape, ctx: Any = None, dtype: Any = None, **others: Any) -> NDArray:
    """Return ones of the given shape."""
    return NDArray(np.ones(shape, _dtype(ctx, dtype)))


def full(shape: Shape, val: Any, ctx: Any = None, dtype: Any = None, **others: Any) -> NDArray:
    """Return an array of the given shape with one value everywhere."""
    return NDArray(np.full(shape, unwrap(val), _dtype(ctx, dtype)))


def empty(shape: Shape, ctx: Any = None, dtype: Any = None, **others: Any) -> NDArray:
    """Return an array of the given shape whose elements mean nothing yet."""
    return zeros(shape, ctx, dtype)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: Any = None,
    dtype: Any = None,
    **others: Any,
) -> NDArray:
    """Return the numbers from ``start`` to before ``stop``, or from 0 to before ``start``.

    Args:
        start: the first number.
        stop: the number before which to end.
        step: the distance of two numbers.
        repeat: how often each number stands in the result.
        infer_range: accepted for Gluon's sake.
        ctx: accepted for Gluon's sake.
        dtype: float32 by default.
    """
    first, last = (0, start) if stop is None else (start, stop)
    numbers = np.arange(first, last, step, dtype=_dtype(ctx, dtype))
    return NDArray(numbers.repeat(repeat) if repeat != 1 else numbers)


def linspace(
    start: float,
    stop: float,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    **others: Any,
) -> NDArray:
    """Return ``num`` numbers at equal distances from ``start`` to ``stop``."""
    return NDArray(np.linspace(start, stop, num, endpoint, dtype=dtype or np.float32))


def eye(
    rows: int,
    columns: int | None = None,
    k: int = 0,
    ctx: Any = None,
    dtype: Any = None,
    **others: Any,
) -> NDArray:
    """Return a matrix with ones on the k-th diagonal and zeros elsewhere."""
    return NDArray(np.eye(rows, columns or rows, k, dtype=_dtype(ctx, dtype)))


def zeros_like(x: NDArray, **others: Any) -> NDArray:
    """Return zeros of the shape and type of ``x``."""
    return NDArray(np.zeros_like(x._data))


def ones_like(x: NDArray, **others: Any) -> NDArray:
    """Return ones of the shape and type of ``x``."""
    return NDArray(np.ones_like(x._data))


def save(fname: Filename, data: NDArray | list[NDArray] | dict[str, NDArray]) -> None:
    """Write an array, a list of arrays or a dictionary of arrays to a safetensors file.

    Args:
        fname: the file; an old one is replaced only when the new one is complete.
        data: what to write.
    """
    if isinstance(data, dict):
        named, form = data, "dict"
    else:
        listed = [data] if isinstance(data, NDArray) else data
        named, form = {str(i): x for i, x in enumerate(listed)}, "list"
    for name, x in named.items():
        if not isinstance(x, NDArray):
            raise TypeError(f"only arrays can be saved, but {name!r} is a {type(x).__name__}")
    saving.write(fname, {name: x._data for name, x in named.items()}, {"d2lmini": form})


def load(fname: Filename) -> list[NDArray] | dict[str, NDArray]:
    """Read what `save` wrote, a list or a dictionary; any other safetensors file is a dictionary.

    Raises:
        FileNotFoundError: there is no such file.
        MXNetError: the file is damaged or of another kind.
    """
    arrays, metadata = saving.read(fname)
    if metadata.get("d2lmini") == "list":
        return [NDArray(arrays[str(i)]) for i in range(len(arrays))]
    return {name: NDArray(x) for name, x in arrays.items()}


def _dtype(ctx: Any, dtype: Any) -> Any:
    """The type that is meant: NumPy gives it in the place where Gluon gives the device."""
    if dtype is None and isinstance(ctx, str | type | np.dtype):
        dtype = ctx
    return np.float32 if dtype is None else dtype
