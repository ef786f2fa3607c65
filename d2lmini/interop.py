"""What NumPy's own functions do with a d2lmini array."""

from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

from . import functions, lifting, overwriting
from .absent import remedy
from .ndarray import NDArray, arrays_in, function_of, mapped, unwrap
from .operations import TABLE, concatenate
from .tape import state

_RENAMED = {"remainder": "mod", "conjugate": "copy"}
_ASKING = {"ndim", "shape", "size", "array_repr", "array_str", "may_share_memory"}
_ASKING |= {"shares_memory", "allclose", "array_equal", "empty_like", "ones_like", "zeros_like"}
_MOVING = {"tril", "triu", "diag", "diagflat", "diagonal", "roll", "rollaxis", "rot90", "flipud"}
_MOVING |= {"fliplr", "hsplit", "vsplit", "array_split", "delete"}
_WRITING = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Record ``numpy.exp(x)`` like ``nd.exp(x)``, and compute other ufuncs without recording."""
    name = _RENAMED.get(ufunc.__name__, ufunc.__name__)
    if method == "__call__" and not options and name in TABLE:
        return function_of(name, modern=True)(*inputs)
    refuse_recorded(f"numpy.{ufunc.__name__}", inputs)
    outs = inputs[:1] if method == "at" else options.get("out", ())
    result = _computed(getattr(ufunc, method), outs, inputs, options)
    if "out" in options:
        return outs[0] if len(outs) == 1 else result
    return NDArray(result) if hasattr(result, "shape") and result.shape else result


def apply_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a NumPy function on the plain data; the result is a plain NumPy array."""
    values = [*args, *kwargs.values()]
    if function.__name__ not in _ASKING:
        refuse_recorded(f"{function.__module__}.{function.__name__}", values)
    outs = values[:1] if function.__name__ in _WRITING else kwargs.get("out")
    result = _computed(function, arrays_in(outs), args, kwargs)
    # As with `out` given by position. A number such as True may be an argument and the result, too.
    first = 0 if function is np.nan_to_num else 1
    if isinstance(result, np.ndarray) and any(x is result for x in unwrap(values[first:])):
        overwriting.note(result)
    return result


def _computed(function: Any, outs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a NumPy function on the plain data, and note the arrays that it writes to."""
    for x in outs:
        if isinstance(x, NDArray):
            x._own()
        elif x is not None:
            overwriting.note(x)
    result = function(*unwrap(args), **{name: unwrap(value) for name, value in kwargs.items()})
    for x in arrays_in(outs):
        x._written()
    return result


def borrow(module: Any, name: str) -> Any:
    """Make a NumPy function return d2lmini arrays: float32 unless float64 is given or asked for.

    Raises:
        AttributeError: NumPy has no function of that name either.
    """
    own = getattr(module, name, None)
    if own is None or name.startswith("_") or isinstance(own, ModuleType):
        raise AttributeError(f"neither d2lmini nor {module.__name__} has {name!r}{remedy(name)}")
    if isinstance(own, type) or not callable(own):
        return own

    @wraps(own)
    def function(*args: Any, **kwargs: Any) -> Any:
        if name in _MOVING and state.recorder and args and isinstance(args[0], NDArray):
            return _moved(own, *args, **kwargs)
        given = arrays_in((*args, *kwargs.values()))
        wide = "dtype" in kwargs or any(x.dtype == np.float64 for x in given)
        result = apply_function(own, args, kwargs)
        return mapped(result, lambda x: x, lambda x: _own(x, wide))

    function.__module__ = __name__  # unlike NumPy's, it is not among the names that dir() lists
    return function


def _moved(function: Any, x: NDArray, *args: Any, **kwargs: Any) -> Any:
    """Record a function that only moves elements: let it move their numbers, and take those."""
    elements = lifting.lift(concatenate(2))(np.zeros(1, bool), functions.reshape(x, (-1,)))
    numbers = np.arange(1, x._data.size + 1).reshape(x._data.shape)  # 0 is new, between the others
    places = function(numbers, *unwrap(args), **kwargs)
    return mapped(places, lambda x: x, lambda numbers: functions.take(elements, numbers, 0))


def _own(result: Any, wide: bool) -> Any:
    if not isinstance(result, np.ndarray | np.generic) or result.dtype.kind not in "biuf":
        return result
    return NDArray(np.array(result, np.float32 if result.dtype == "f8" and not wide else None))


def refuse_recorded(name: str, values: Any) -> None:
    """Refuse arrays that a gradient should flow back to, for a function that is not recorded.

    Raises:
        TypeError: there are such arrays.
    """
    for value in arrays_in(values) if state.recorder is not None else ():
        if value._node is not None:
            problem = f"{name} is not recorded, so no gradient would flow back through it"
            way = "compute the same with functions that dir(d2lmini.np) lists, or pass x.detach()"
            raise TypeError(f"{problem}: {way}")
