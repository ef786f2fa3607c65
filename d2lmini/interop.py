"""What NumPy's own functions do when they are given a d2lmini array."""

from typing import Any

from . import functions
from .ndarray import NDArray, unwrap
from .operations import TABLE
from .overwriting import overwriting
from .tape import state

_RENAMED = {"remainder": "mod", "true_divide": "divide", "conjugate": "copy"}
_ASKING = {"ndim", "shape", "size", "array_repr", "array_str", "may_share_memory", "shares_memory"}


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Let ``numpy.exp(x)`` be recorded like ``nd.exp(x)``, and compute the rest unrecorded."""
    name = _RENAMED.get(ufunc.__name__, ufunc.__name__)
    if method == "__call__" and not options and name in TABLE:
        return getattr(functions, name)(*inputs)
    _refuse_if_recorded(f"numpy.{ufunc.__name__}", inputs)
    out = options.pop("out", None)
    if out is not None:
        options["out"] = tuple(unwrap(out))
        for array in options["out"]:
            overwriting.note(array)
    result = getattr(ufunc, method)(*unwrap(inputs), **options)
    return NDArray(result) if out is None and hasattr(result, "shape") and result.shape else result


def apply_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Compute a NumPy function on the plain data, which gives a plain NumPy array."""
    if function.__name__ not in _ASKING:
        _refuse_if_recorded(f"numpy.{function.__name__}", (*args, *kwargs.values()))
    return function(*unwrap(args), **{name: unwrap(value) for name, value in kwargs.items()})


def _refuse_if_recorded(name: str, values: Any) -> None:
    for value in values:
        if isinstance(value, list | tuple):
            _refuse_if_recorded(name, value)
        elif state.recorder is not None and isinstance(value, NDArray) and value._node is not None:
            raise TypeError(
                f"{name} is not recorded, so that no gradient would flow back through it: use "
                "the function of that name in d2lmini.np, or pass x.asnumpy() or x.detach()"
            )
