"""Turns rows of the table into functions on arrays: unwrap, compute, record.

A function's source is written out for its row, compiled and cached: `_SOURCE` below shows what
happens on each call.
"""

import linecache
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import zip_longest
from operator import add, attrgetter
from typing import Any

import numpy as np

from . import kernels
from .errors import DeferredInitializationError, ShapeError
from .ndarray import NDArray, Pending, arrays_in, completed, listed, mapped, way_to
from .operations import COMPARISONS, ELEMENTWISE, NUMPY, TABLE, Rule, __name__ as table
from .tape import Values, state, tracers

LEGACY = {1: ("data",), 2: ("lhs", "rhs")}  # what `nd` calls a row's arrays, by their number
_node = attrgetter("_node")
# What the functions below need on each call, looked up once.
new, ndarray, float32 = NDArray.__new__, np.ndarray, np.dtype("f")
waiting, tracing = DeferredInitializationError, tracers
Number = int | float | np.generic
_OPERANDS = NDArray, np.ndarray, int, float, type(None)
_SHAPE_KEEPING = ELEMENTWISE | {"astype", "clip", "copy", "log_softmax", "softmax", "stop_gradient"}
Out = NDArray | None  # where a result is written, instead of into a new array

# What operations expect of shapes, in words that do not depend on NumPy's version.
_STRETCHING = "compared from the last axis back, two lengths must be equal, or one must be 1"
_EXPECTED = {
    "dot": "a must have as many columns as b has rows",
    "matmul": "the last axis of a must be as long as the second-to-last axis of b",
    "unbiased": "w must have as many columns as x",
    "linear": "w must have as many columns as x, and b as many elements as w has rows",
    "reshape": "the new shape must hold as many elements as x; one length may be -1",
    "broadcast_to": "x can be stretched only along axes of length 1",
    "transpose": "axes must name every axis of x once",
    "stack": "the arrays must have the same shape",
    "concatenate": "the arrays must have the same lengths, except along the axis",
    "pick": "index must hold one position for each element along the other axes of x",
    "cross_entropy": "label must hold one class number for each row of x",
}


def refusal(rule: Rule, arrays: Values, settings: Values, error: Exception) -> Exception:
    """Return an error that names the operation and the shapes, and says what it expects."""
    values = mapped(arrays + settings, attrgetter("_data"))  # also while a block is traced
    shapes = (f" of shape {x.shape}" if getattr(x, "ndim", 0) else f" = {x!r}" for x in values)
    found = ", ".join(map(add, rule.arrays + rule.settings, shapes))
    message = f"{rule.name} cannot be computed for {found}: "
    if any(x is None for x in arrays):
        return TypeError(f"{message}{way_to(None)}")
    if isinstance(error, np.exceptions.AxisError):
        return ShapeError(f"{message}there is no axis {error.axis}, only {error.ndim} axes")
    expected = _EXPECTED.get(rule.name)
    if isinstance(error, IndexError):
        return IndexError(f"{message}{expected or error}")
    if not isinstance(error, ValueError):
        return TypeError(f"{message}{error}")
    other = _STRETCHING if "broadcast" in str(error) else str(error)
    return ShapeError(message + (expected or other))


def stored(result: Any, out: Any) -> Any:
    """Write a result into an existing array, if one is given, or a list of them into several."""
    if out is None:
        return result
    if isinstance(result, list):
        if len(outs := listed(out)) != len(result):
            raise ShapeError(f"out must be a list of {len(result)} arrays, one for each result")
        return list(map(stored, result, outs))
    if not isinstance(out, NDArray):
        raise TypeError(f"out must be a d2lmini array, not a value of type {type(out).__name__}")
    if result._data.dtype.kind == "f" and out._data.dtype.kind != "f":
        kinds = f"a result of {result._data.dtype} into an array of {out._data.dtype}"
        raise TypeError(f"cannot write {kinds}, which would cut off fractions: convert it first")
    if result._data.shape != out._data.shape:
        wanted = f"the shape of the result, {result._data.shape}"
        raise ShapeError(f"out must have {wanted}, not {out._data.shape}")
    out[...] = result
    return out


def plain(x: Any) -> Any:
    """Convert NumPy scalars to Python numbers, which keep an array's type, and lists to arrays.

    Raises:
        TypeError: the value is none of these, or a gradient is to flow back to an array in a list.
    """
    check_list(x)
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, _OPERANDS):
        return x
    if not isinstance(x, list | tuple) and not hasattr(x, "__array__"):
        kind = type(x).__name__
        raise TypeError(f"expected a d2lmini array, not a value of type {kind}: {way_to(x)}")
    return np.asarray(x, np.float32 if isinstance(x, list | tuple) else None)


def check_list(x: Any) -> None:
    """Refuse a list of arrays that a gradient is to flow back to."""
    if isinstance(x, list | tuple) and state.recorder and any(map(_node, arrays_in(x))):
        problem = "a list of recorded arrays was given, and no gradient would flow back to them"
        raise TypeError(f"{problem}: join them first, with nd.stack(*arrays) or np.stack(arrays)")


def beside(x: Any, other: Any) -> Any:
    """Prepare an operand that is not an NDArray: a number takes the other operand's float type."""
    if type(x) is not float and type(x) is not int:
        return x if type(x) is np.ndarray else plain(x)
    dtype = getattr(other._data if isinstance(other, NDArray) else other, "dtype", None)
    return number(x, dtype) if x and dtype in _FLOATS else x


_FLOATS = frozenset(map(np.dtype, ("float16", "float32", "float64")))


@lru_cache(256)
def number(x: float, dtype: Any) -> Any:
    """Return a number as an array of a type, which NumPy handles twice as fast."""
    return np.asarray(x, dtype)


def floating(rule: Rule, arrays: Values) -> Values | None:
    """Convert integer operands to the type of the float operands, or to float32.

    Returns:
        The operands, or None if there are no integers among them.
    """
    pairs = zip(map(plain, arrays), rule.derivatives, strict=True)
    types = [np.dtype(x.dtype) if text and hasattr(x, "dtype") else None for x, text in pairs]
    known = [t for t in types if t is not None]
    floats = [t for t in known if t.kind == "f"]
    if known == floats:
        return None
    wide = np.result_type(*floats) if floats else np.dtype(np.float32)
    astype, typed = lift(TABLE["astype"]), zip(arrays, types, strict=True)
    return tuple(x if t is None or t.kind == "f" else astype(x, wide) for x, t in typed)


def later(apply: Any, rule: Rule, arrays: Values, settings: Values, out: Out) -> NDArray:
    """Return what stands in for a result until the shapes of its arrays are known.

    Operations that do not keep a shape raise the error about it again, as do those that write
    their result now.
    """
    if rule.name not in _SHAPE_KEEPING or out is not None:
        raise  # the error that is being handled
    return Pending(lambda *n: apply(*(completed(x, *n) for x in arrays), *settings))


_SOURCE = """\
def apply({parameters}, out=None{unused}):
{keeping}    try:
{unwrapping}
        y = {rule.forward}
    except waiting:
        return later(apply, rule, ({given},), ({settings}), out)
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise refusal(rule, ({given},), ({settings}), error) from error
    if type(y) is not ndarray:
{numeric}        y = np.asarray(y)
{typing}    result = new(NDArray)
    result._data = y
    result._node = None
    if {recorded}tracing:
        recorder = state.recorder
        if recorder is not None:
            recorder(rule, ({given},), ({nodes},), ({arrays}, {settings}), result)
    return result if out is None else stored(result, out)
"""
_UNWRAP = """\
        if isinstance({given}, NDArray):
            {x}_node = {given}._node
            {x} = {given}._data
        else:
            {x}_node = None
            {x} = beside({given}, {other})"""
_NUMERIC = """\
        if isinstance({first}, Number) and isinstance({last}, Number) and out is None:
            return plain(y)
"""
_TYPING = """\
    if y.dtype is not float32 and y.dtype.kind == "f":
        floats = floating(rule, ({given},))
        if floats is not None:
            return apply(*floats, {settings}out=out)
"""


@cache
def lift(rule: Rule, names: tuple[str, ...] = ()) -> Callable[..., NDArray]:
    """Turn a row into a function that takes arrays, returns an array and records itself.

    Args:
        rule: the row.
        names: the names of its array arguments, by default those in the row; a function with those
            of `nd` also takes Gluon's ``name``.
    """
    unused = ", name=None" if names in LEGACY.values() else ""
    names = names or rule.arrays
    settings = "".join(f"{setting}, " for setting in rule.settings)
    filename = f"<d2lmini operation {rule.name}({', '.join(names)})>"
    parts = list(zip(rule.arrays, rule.derivatives, strict=True))
    # A power is left alone: NumPy has shortcuts for the exponents 2 and 0.5 as numbers.
    paired = rule.name in ELEMENTWISE and len(parts) == 2 and rule.name != "power"
    given = [f"{x}_given" for x in rule.arrays]  # since the row's own names are those of the data
    others = [given[-1], rule.arrays[0]] if paired else [None] * len(given)
    unwrapped = zip(rule.arrays, given, others, strict=True)
    listed = ", ".join(given)
    typed = any(rule.derivatives) and "dtype" not in rule.settings
    source = _SOURCE.format(
        rule=rule,
        parameters=", ".join((*names, *rule.declared)),
        unused=unused,
        keeping="".join(f"    {x} = {name}\n" for x, name in zip(given, names, strict=True)),
        given=listed,
        arrays=", ".join(rule.arrays),
        unwrapping="\n".join(_UNWRAP.format(x=x, given=y, other=z) for x, y, z in unwrapped),
        numeric=_NUMERIC.format(first=given[0], last=given[-1]) if rule.name in ELEMENTWISE else "",
        typing=_TYPING.format(given=listed, settings=settings) if typed else "",
        nodes=", ".join(f"{x}_node" if text else "None" for x, text in parts),
        recorded="".join(f"{x}_node or " for x, text in parts if text),
        settings=settings,
    )
    # Registered like a file, so that tracebacks can show its lines.
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {**NUMPY, **globals(), "rule": rule, "__name__": table}  # where the rows stand
    exec(compile(source, filename, "exec"), namespace)
    function: Callable[..., NDArray] = namespace["apply"]
    function.__name__ = function.__qualname__ = rule.name
    function.__doc__ = describe(rule, names) + ("\n    name: without effect." if unused else "")
    return function


_SETTINGS = {
    "a_max": "the upper end of what is allowed, or None.",
    "a_min": "the lower end of what is allowed, or None.",
    "axes": "the axes in their new order; None reverses it.",
    "axis": "the axis.",
    "decimals": "how many to round to; a negative number rounds to tens, hundreds and so on.",
    "destination": "its new place.",
    "dim1": "an axis.",
    "dim2": "the axis to exchange it with.",
    "is_ascend": "False sorts in descending order.",
    "source": "an axis.",
    "slope": "the slope for negative elements.",
}


def describe(rule: Rule, names: tuple[str, ...]) -> str:
    """Return the documentation of a row: its value, its derivatives, its arguments."""
    kernel = getattr(kernels, rule.name, None)
    parts = zip(rule.arrays, rule.derivatives, strict=True)
    ways_back = [f"- with respect to ``{x}``: ``{text}``" for x, text in parts if text]
    back = ["Gradient, given the gradient ``g`` of the result ``y``:\n", *ways_back]
    legacy = LEGACY.get(len(rule.arrays), ())
    place, called = ("in `nd`", legacy) if names in (rule.arrays, legacy) else ("here", names)
    others = [f"; {place} it is called ``{name}``" for name in called]
    pairs = zip_longest(rule.arrays, others, fillvalue="")
    arguments = [f"{x}: an array{also}." for x, also in pairs]
    arguments += [f"{setting}: {_SETTINGS.get(setting, '')}" for setting in rule.settings]
    arguments.append("out: an array to write the result into instead of creating one.")
    call = f"np.{rule.name}({', '.join(rule.arrays)})"
    computed = call if rule.name in COMPARISONS else rule.forward  # there by way of kernels
    value = kernel.__doc__ if kernel else f"Compute ``{computed}``."
    backward = "\n".join(back) if ways_back else "No gradient flows back through it."
    return f"{value}\n\n{backward}\n\n" + "\n    ".join(("Args:", *arguments))
