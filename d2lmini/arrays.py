"""Functions that make arrays, for both dialects: float32 unless another type is given.

They also take Gluon's ``ctx``, ``device`` and ``stype='default'``, which change nothing: all arrays
are dense and on the CPU, and whatever asks for something else is refused.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from . import interop, saving
from .context import Context, check_devices
from .dialect import dialect
from .lifting import check_list, plain
from .ndarray import NDArray, at_least_1d, number_type, unwrap, way_to
from .saving import Filename

__all__ = ["arange", "array", "empty", "eye", "full", "full_like", "linspace", "load"]
__all__ += ["ones", "ones_like", "save", "zeros", "zeros_like"]

ShapeLike = int | tuple[int, ...] | list[int]


def placed(make: Callable[..., NDArray]) -> Callable[..., NDArray]:
    """Let a function that makes an array also take a device, if it is the CPU.

    Gluon passes it as ``ctx`` or ``device``, or by position before the type.
    """

    @wraps(make)
    def function(
        *args: Any, ctx: Any = None, device: Any = None, stype: str = "default", **settings: Any
    ) -> NDArray:
        if devices := [x for x in (*args, ctx, device) if isinstance(x, Context)]:
            check_devices(devices)
            args = tuple(x for x in args if not isinstance(x, Context))
        return make(*args, **settings).tostype(stype)

    return function


def _kind(dtype: Any) -> Any:
    """Return the type, by default float32."""
    if isinstance(dtype, int):
        raise TypeError(f"the lengths form one argument, as in (2, {dtype}), not several")
    return number_type(dtype or np.float32)


@placed
def array(source_array: Any, dtype: Any = None) -> NDArray:
    """Make an array from numbers, nested lists, a NumPy array or another array (as a copy).

    Args:
        source_array: the elements.
        dtype: the type of the elements. By default that of a d2lmini array, in the modern dialect
            also that of a NumPy array of integers or truth values, and otherwise float32.

    Raises:
        TypeError: the elements are not numbers, ``dtype`` is no type of numbers, or a gradient is
            to flow back to an array in a list.
        ValueError: the elements are not numbers, or lists of them have unequal lengths.
    """
    if isinstance(source_array, NDArray):
        return source_array.copy().astype(dtype or source_array.dtype, copy=False)
    if dtype is None and dialect.modern and isinstance(source_array, np.ndarray | np.generic):
        dtype = source_array.dtype if source_array.dtype.kind in "biu" else None
    check_list(source_array)
    wanted, problem = _kind(dtype), "an array needs numbers, in lists of equal lengths"
    try:
        if source_array is None:  # which NumPy takes for a number that is none
            raise TypeError(f"None was given; {way_to(None)}")
        return at_least_1d(NDArray(np.array(unwrap(source_array), wanted)))
    except TypeError as error:
        raise TypeError(f"{problem}: {error}") from None
    except ValueError as error:
        raise ValueError(f"{problem}: {error}") from None


def asarray(a: Any, dtype: Any = None) -> NDArray:
    """Make an array, unless ``a`` already is one of that type.

    Args:
        a: an array, or anything that `array` accepts.
        dtype: the type of the elements.

    Raises:
        TypeError: a gradient is to flow back to an array in a list.
    """
    if not isinstance(a, NDArray):
        return array(a if isinstance(a, list | tuple) else plain(a), dtype=dtype)
    return a if dtype is None else a.astype(dtype, copy=False)


@placed
def zeros(shape: ShapeLike, dtype: Any = None) -> NDArray:
    """Return zeros of the given shape.

    Args:
        shape: the length of each axis.
        dtype: the type of the elements, by default float32.
    """
    return NDArray(np.zeros(shape, _kind(dtype)))


empty = zeros  # its elements may have any value, so zeros will do


@placed
def ones(shape: ShapeLike, dtype: Any = None) -> NDArray:
    """Return ones of the given shape.

    Args:
        shape: the length of each axis.
        dtype: the type of the elements, by default float32.
    """
    return NDArray(np.ones(shape, _kind(dtype)))


@placed
def full(shape: ShapeLike, val: Any, dtype: Any = None) -> NDArray:
    """Return an array of the given shape, filled with one value.

    Args:
        shape: the length of each axis.
        val: the value.
        dtype: the type of the elements, by default float32.
    """
    interop.refuse_recorded("full", val)
    return NDArray(np.full(shape, unwrap(val), _kind(dtype)))


@placed
def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    dtype: Any = None,
) -> NDArray:
    """Return the numbers from ``start`` up to, but not including, ``stop``.

    With one number, count from 0 up to it.

    Args:
        start: the first number; without ``stop``, the end.
        stop: the end, which is not included.
        step: the difference between neighboring numbers.
        repeat: how many times each number appears in the result.
        infer_range: accepted for compatibility with Gluon.
        dtype: float32 by default.
    """
    first, last = (0, start) if stop is None else (start, stop)
    # Converted afterwards: in float32, NumPy would add up a step that is rounded.
    numbers = np.arange(first, last, step).astype(_kind(dtype))
    return NDArray(numbers.repeat(repeat))


@placed
def linspace(
    start: float, stop: float, num: int = 50, endpoint: bool = True, dtype: Any = None
) -> NDArray:
    """Return ``num`` evenly spaced numbers from ``start`` to ``stop``.

    Args:
        start: the first number.
        stop: the last number.
        num: how many numbers.
        endpoint: whether ``stop`` is included.
        dtype: the type of the elements, by default float32.
    """
    return NDArray(np.linspace(start, stop, num, endpoint, dtype=_kind(dtype)))


@placed
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> NDArray:
    """Return a matrix with ones on the k-th diagonal and zeros elsewhere.

    Args:
        N: the number of rows.
        M: the number of columns, by default the same.
        k: 0 is the main diagonal, 1 the one above it.
        dtype: the type of the elements, by default float32.
    """
    return NDArray(np.eye(N, M or N, k, _kind(dtype)))


def zeros_like(x: NDArray, dtype: Any = None) -> NDArray:
    """Return zeros in the shape of ``x``.

    Args:
        x: the array.
        dtype: the type of the elements, by default the same as in ``x``.
    """
    return full_like(x, 0, dtype)


def ones_like(x: NDArray, dtype: Any = None) -> NDArray:
    """Return ones in the shape of ``x``.

    Args:
        x: the array.
        dtype: the type of the elements, by default the same as in ``x``.
    """
    return full_like(x, 1, dtype)


def full_like(x: NDArray, fill_value: Any, dtype: Any = None) -> NDArray:
    """Return an array in the shape of ``x``, filled with one value.

    Args:
        x: the array.
        fill_value: the value.
        dtype: the type of the elements, by default the same as in ``x``.
    """
    x = x if isinstance(x, NDArray) else array(x)
    interop.refuse_recorded("full_like", fill_value)
    return NDArray(np.full_like(x._data, unwrap(fill_value), _kind(dtype or x.dtype)))


def save(fname: Filename, data: NDArray | list[NDArray] | dict[str, NDArray]) -> None:
    """Write an array, a list of arrays or a dictionary of arrays to a safetensors file.

    Args:
        fname: the file; an existing one is replaced only when the new one is complete.
        data: what to write.

    Raises:
        TypeError: ``data`` holds something other than arrays, or a name that is not a string.
    """
    form = "dict" if isinstance(data, dict) else "list"
    listed = data if isinstance(data, dict | list | tuple) else [data]
    named = listed if isinstance(listed, dict) else {str(i): x for i, x in enumerate(listed)}
    for name, x in named.items():
        if not isinstance(x, NDArray):
            raise TypeError(f"only arrays can be saved, but {name!r} is a {type(x).__name__}")
        if not isinstance(name, str):
            raise TypeError(f"a name must be a string, but {name!r} is a {type(name).__name__}")
    saving.write(fname, {name: x._data for name, x in named.items()}, {"d2lmini": form})


def load(fname: Filename) -> list[NDArray] | dict[str, NDArray]:
    """Read what `save` wrote: a list, or a dictionary as from any other safetensors file.

    Args:
        fname: the file.

    Raises:
        MissingFileError: the file does not exist.
        MXNetError: the file is damaged, or is not a safetensors file.
    """
    arrays, metadata = saving.read(fname)
    if metadata.get("d2lmini") == "list":
        return [NDArray(arrays[str(i)]) for i in range(len(arrays))]
    return {name: NDArray(x) for name, x in arrays.items()}
