"""The rows of the table as functions on arrays that record themselves on the tape.

``functions.tanh`` is made from the row ``tanh`` when it is first asked for. What is no row but a
combination of rows (``concatenate``, ``expand_dims``, ``var``) is written out below. Everything
here follows NumPy; the faces `nd`, `np` and `npx` add what their dialects do differently.

The rows become globals of this module, among them ``max`` and ``sum``: it must not use Python's.
"""

import linecache
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np

from . import operations
from .dialect import dialect
from .errors import ShapeError
from .kernels import span
from .ndarray import NDArray, at_least_1d, unwrap
from .operations import TABLE, Rule
from .tape import state

Axis = int | tuple[int, ...] | None


# What operations expect of shapes, in words that are not left to the version of NumPy.
_STRETCHING = (
    "compared from the last axis on, lengths must be equal, or one of them 1, which is stretched"
)
_JOINING = "the arrays must have the same lengths, except along the axis"
_EXPECTED = {
    "dot": "a must have as many columns as b has rows",
    "matmul": "the last length of a must be the last but one of b",
    "linear": "w must have as many columns as x, and b as many elements as w has rows",
    "reshape": "the new shape must hold as many elements as x; one length may be -1",
    "broadcast_to": "x can be stretched only along axes of length 1",
    "transpose": "axes must name every axis of x once",
    "stack": "the arrays must have one shape",
    "concatenate": _JOINING,
}


def refusal(
    rule: Rule, arrays: tuple[Any, ...], settings: tuple[Any, ...], error: Exception
) -> Exception:
    """Say which operation could not be computed, on arrays of which shapes, and what it expects."""
    values = dict(zip(rule.arrays + rule.settings, map(unwrap, arrays + settings), strict=True))
    found = ", ".join(
        f"{name} of shape {value.shape}"
        if isinstance(value, np.ndarray) and value.ndim
        else f"{name} = {value!r}"
        for name, value in values.items()
    )
    message = f"{rule.name} cannot be computed for {found}: "
    if isinstance(error, np.exceptions.AxisError):
        return ShapeError(f"{message}there is no axis {error.axis} among {error.ndim}")
    if not isinstance(error, ValueError):
        kind = IndexError if isinstance(error, IndexError) else TypeError
        return kind(f"{message}{error}")
    other = _STRETCHING if "broadcast" in str(error) else str(error)
    return ShapeError(message + _EXPECTED.get(rule.name.rstrip("0123456789"), other))


# What means the same under the same name in NumPy and in both dialects.
SHARED = operations.ELEMENTWISE.union(
    ("copy", "expand_dims", "flip", "log_softmax", "ravel", "repeat", "softmax", "swapaxes", "tile")
)


def put(result: NDArray, out: NDArray) -> NDArray:
    """Write a result into an array that is there already."""
    out[:] = result
    return out


def plain(x: Any) -> Any:
    """Make NumPy's scalars Python's numbers, which leave an array's type alone; lists arrays."""
    x = x.item() if isinstance(x, np.generic) else x
    return np.asarray(x) if isinstance(x, list | tuple | np.generic) else x


def beside(x: Any, other: Any) -> Any:
    """Prepare an operand that is none of our arrays: a number gets the type of a float array."""
    if type(x) is not float and type(x) is not int:
        return x if type(x) is np.ndarray else plain(x)
    dtype = getattr(other._data if isinstance(other, NDArray) else other, "dtype", None)
    return number(x, dtype) if x and dtype in _FLOATS else x


_FLOATS = frozenset(map(np.dtype, ("float16", "float32", "float64")))


@lru_cache(256)
def number(x: float, dtype: Any) -> Any:
    """A number as an array of a type, which NumPy handles twice as fast as the number."""
    return np.asarray(x, dtype)


def floating(rule: Rule, arrays: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Give operands of integers the type of the floats beside them, or else float32.

    Returns:
        The operands, or None if none of them holds integers.
    """
    pairs = zip(map(plain, arrays), rule.derivatives, strict=True)
    types = [np.dtype(x.dtype) if text and hasattr(x, "dtype") else None for x, text in pairs]
    floats = [t for t in types if t is not None and t.kind == "f"]
    if len(floats) == len([t for t in types if t is not None]):
        return None
    wide = np.result_type(*floats) if floats else np.dtype(np.float32)
    astype = lift(TABLE["astype"])
    return tuple(
        x if t is None or t.kind == "f" else astype(x, wide)
        for x, t in zip(arrays, types, strict=True)
    )


_SOURCE = """\
def apply({parameters}, out=None):
{renaming}    arrays = ({arrays},)
{unwrapping}
    try:
        y = {rule.forward}
    except (ValueError, TypeError, IndexError) as error:
        raise refusal(rule, arrays, ({settings}), error) from error
    if type(y) is not ndarray:
        y = asarray(y)
{typing}    result = new(NDArray)
    result._data = y
    result._node = None
    recorder = state.recorder
    if recorder is not None:
        recorder(rule, arrays, ({nodes},), ({arrays}, {settings}), result)
    return result if out is None else put(result, out)
"""
_UNWRAP = """\
    if isinstance({x}, NDArray):
        {x}_node = {x}._node
        {x} = {x}._data
    else:
        {x}_node = None
        {x} = beside({x}, {other})"""
_UNWRAP_CONSTANT = """\
    if isinstance({x}, NDArray):
        {x} = {x}._data"""
_TYPING = """\
    if y.dtype is not float32 and y.dtype.kind == "f":
        floats = floating(rule, arrays)
        if floats is not None:
            return apply(*floats, {settings}out=out)
"""
_NAMES = {
    **operations.NUMPY,
    "__name__": operations.__name__,  # where the rows stand
    "NDArray": NDArray,
    "asarray": np.asarray,
    "float32": np.dtype("f"),
    "floating": floating,
    "ndarray": np.ndarray,
    "new": NDArray.__new__,
    "beside": beside,
    "plain": plain,
    "put": put,
    "refusal": refusal,
    "state": state,
}


@cache
def lift(rule: Rule, names: tuple[str, ...] = ()) -> Callable[..., NDArray]:
    """Make a row into a function that takes arrays, gives an array and records itself.

    Args:
        rule: the row.
        names: what its arrays are called from outside, by default as in the row.
    """
    names = names or rule.arrays
    settings = "".join(f"{setting}, " for setting in rule.settings)
    filename = f"<d2lmini operation {rule.name}({', '.join(names)})>"
    parts = list(zip(names, rule.arrays, rule.derivatives, strict=True))
    # A power is left alone: NumPy has short ways for the exponents 2 and 0.5 as numbers.
    paired = rule.name in operations.ELEMENTWISE and len(parts) == 2 and rule.name != "power"
    pair = rule.arrays if paired else ()
    others = dict(zip(pair, pair[::-1], strict=True))
    typed = set(rule.derivatives) != {None} and "dtype" not in rule.settings
    source = _SOURCE.format(
        rule=rule,
        parameters=", ".join((*names, *rule.declared)),
        renaming="".join(f"    {x} = {given}\n" for given, x, _ in parts if x != given),
        arrays=", ".join(rule.arrays),
        unwrapping="\n".join(
            (_UNWRAP if text else _UNWRAP_CONSTANT).format(x=x, other=others.get(x))
            for _, x, text in parts
        ),
        typing=_TYPING.format(settings=settings) if typed else "",
        nodes=", ".join(f"{x}_node" if text else "None" for _, x, text in parts),
        settings=settings,
    )
    # Registered like a file, so that a traceback shows the line.
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = {**_NAMES, "rule": rule}
    exec(compile(source, filename, "exec"), namespace)
    function: Callable[..., NDArray] = namespace["apply"]
    function.__name__ = function.__qualname__ = rule.name
    function.__doc__ = describe(rule)
    return function


_SETTINGS = {
    "a": "an axis.",
    "axis": "the axis.",
    "b": "the axis to exchange it with.",
    "repetitions": "how often the array stands along each axis.",
    "slope": "the slope for negative elements.",
}


def describe(rule: Rule) -> str:
    """The documentation of a row: its value, its derivatives, its arguments."""
    ways_back = [
        f"- with respect to ``{array}``: ``{text}``"
        for array, text in zip(rule.arrays, rule.derivatives, strict=True)
        if text
    ]
    lines = [f"Compute ``{rule.forward}``.", ""]
    if ways_back:
        lines += ["Gradient, given the gradient ``g`` of the result ``y``:", "", *ways_back]
    else:
        lines += ["No gradient flows back through it."]
    lines += ["", "Args:"]
    legacy = ("data",) if len(rule.arrays) == 1 else ("lhs", "rhs")
    pairs = zip_longest(rule.arrays, legacy[: len(rule.arrays)])
    lines += [f"    {x}: an array; in `nd` it is called ``{name or x}``." for x, name in pairs]
    lines += [f"    {setting}: {_SETTINGS.get(setting, '')}" for setting in rule.settings]
    lines += ["    out: an array to be filled, in place of a new one."]
    return "\n".join(lines)


def __getattr__(name):  # type: ignore[no-untyped-def] # mypy knows none with types in a circle
    """Make the function of a row when it is first asked for."""
    row = TABLE.get(name)
    if row is None:
        raise AttributeError(f"module {__name__!r} has no function {name!r}")
    globals()[name] = function = lift(row)
    return function


# Along axes ------------------------------------------------------------------------------------
_REDUCTION = """{what}, all of them or along an axis.

    Args:
        {array}: the array.
        axis: an axis or several; None for all.
        keepdims: keep each reduced axis with length 1.
        dtype: the type to compute in, by default that of the array.
        out: an array to be filled, in place of a new one.
        exclude: reduce all other axes.
    """


def reduction(name: str, what: str) -> tuple[Callable[..., NDArray], Callable[..., NDArray]]:
    """Make a row that reduces axes into the function of each dialect, legacy and modern."""
    row: Callable[..., NDArray] | None = None
    positions = name in ("argmax", "argmin")

    def legacy(
        data: Any,
        axis: Any = None,
        keepdims: bool = False,
        exclude: bool = False,
        dtype: Any = None,
        out: NDArray | None = None,
    ) -> NDArray:
        return modern(data, axis, dtype, out, keepdims, exclude)

    def modern(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: NDArray | None = None,
        keepdims: bool = False,
        exclude: bool = False,
    ) -> NDArray:
        if exclude or dtype is not None or not isinstance(a, NDArray) or isinstance(axis, list):
            a, axis = _prepared(a, axis, exclude, dtype)
        nonlocal row
        row = row or lift(TABLE[name])  # written when it is first wanted
        y = at_least_1d(row(a, axis, keepdims))
        if positions and not dialect.modern:
            y = y.astype(np.float32)
        return y if out is None else put(y, out)

    for function, face, array in ((legacy, "nd", "data"), (modern, "np", "a")):
        function.__name__ = function.__qualname__ = name
        function.__module__ = f"{__package__}.{face}"
        function.__doc__ = _REDUCTION.format(what=what, array=array)
    return legacy, modern


def _prepared(data: Any, axis: Any, exclude: bool, dtype: Any) -> tuple[NDArray, Axis]:
    """The array of the wanted type, and the axes as NumPy has them."""
    x = data if isinstance(data, NDArray) else NDArray(np.asarray(unwrap(data), np.float32))
    axes = axis if axis is None or isinstance(axis, int) else tuple(axis)
    if exclude:
        kept = {a % x.ndim for a in np.atleast_1d(np.asarray(axes, int))}
        axes = tuple(i for i in range(x.ndim) if i not in kept)
    return x if dtype is None else x.astype(dtype, copy=False), axes


REDUCTIONS = {
    "sum": "Add the elements up",
    "mean": "Average the elements",
    "prod": "Multiply the elements",
    "max": "Return the largest element",
    "min": "Return the smallest element",
    "argmax": "Return the position of the largest element",
    "argmin": "Return the position of the smallest element",
    "any": "Tell whether some element is not zero",
    "all": "Tell whether every element is not zero",
}


def var(
    a: NDArray,
    axis: Any = None,
    dtype: Any = None,
    out: NDArray | None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> NDArray:
    """Return the variance, of all elements or along ``axis``.

    Args:
        a: the array.
        axis: an axis or several; None for all.
        dtype: the type to compute in, by default that of the array.
        out: an array to be filled, in place of a new one.
        ddof: what is subtracted from the number of elements before dividing by it.
        keepdims: keep each reduced axis with length 1.
    """
    x = a if dtype is None else a.astype(dtype, copy=False)
    deviation = x - x.mean(axis, keepdims=True)
    total = (deviation * deviation).sum(axis, keepdims=keepdims)
    y = total / (x._data.size // (total._data.size or 1) - ddof)
    return y if out is None else put(y, out)


def std(
    a: NDArray,
    axis: Any = None,
    dtype: Any = None,
    out: NDArray | None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> NDArray:
    """Return the standard deviation: the square root of `var`, which explains the arguments.

    Args:
        a: the array.
        axis: an axis or several; None for all.
        dtype: the type to compute in, by default that of the array.
        out: an array to be filled, in place of a new one.
        ddof: what is subtracted from the number of elements before dividing by it.
        keepdims: keep each reduced axis with length 1.
    """
    y = var(a, axis, dtype, None, ddof, keepdims).sqrt()
    return y if out is None else put(y, out)


def length(
    x: NDArray, ord: int | str | None = None, axis: Any = None, keepdims: bool = False
) -> NDArray:
    """Return the norm: Euclidean (``ord`` 2), or with ``ord=1`` the sum of absolute values.

    Args:
        x: the array.
        ord: which norm.
        axis: an axis or several; None for all.
        keepdims: keep each reduced axis with length 1.

    Raises:
        ValueError: there is no such norm.
    """
    if ord not in (None, 2, "fro", 1):
        raise ValueError(f"there are the norms 1 and 2, not {ord!r}")
    if ord == 1:
        return abs(x).sum(axis, keepdims=keepdims)
    return at_least_1d(norm(x, tuple(axis) if isinstance(axis, list) else axis, keepdims))


def limit(x: NDArray, low: Any, high: Any, out: NDArray | None = None) -> NDArray:
    """Limit every element to the interval from ``low`` to ``high``; None is no limit.

    Args:
        x: the array.
        low: the lower end.
        high: the upper end.
        out: an array to be filled, in place of a new one.
    """
    if low is None or high is None:
        y = x if low is high else minimum(x, high) if low is None else maximum(x, low)
    else:
        y = clip(x, low, high)
    return y if out is None else put(y, out)


# Combinations of rows --------------------------------------------------------------------------
dot, matmul = (lift(TABLE[name]) for name in ("dot", "matmul"))
multiply, mod = (lift(TABLE[name]) for name in ("multiply", "mod"))
reshape, transpose = (lift(TABLE[name]) for name in ("reshape", "transpose"))
getitem, take, pick = (lift(TABLE[name]) for name in ("getitem", "take", "pick"))
norm, dropout_mask = (lift(TABLE[name]) for name in ("norm", "dropout_mask"))
clip, minimum, maximum = (lift(TABLE[name]) for name in ("clip", "minimum", "maximum"))


def concatenate(arrays: Sequence[NDArray], axis: int = 0) -> NDArray:
    """Join arrays along an axis they have.

    Args:
        arrays: the arrays, of equal shape but for that axis.
        axis: the axis.
    """
    return lift(operations.concatenate(len(arrays)))(*arrays, axis=axis)


def stack(arrays: Sequence[NDArray], axis: int = 0) -> NDArray:
    """Join arrays of equal shape along a new axis.

    Args:
        arrays: the arrays.
        axis: the place of the new axis.
    """
    return lift(operations.stack(len(arrays)))(*arrays, axis=axis)


def einsum(subscripts: str, *arrays: NDArray) -> NDArray:
    """Sum products of elements as the subscripts say, as `numpy.einsum` does.

    Args:
        subscripts: a letter for each axis, such as ``'ij,jk->ik'``.
        arrays: the arrays.
    """
    subscripts = subscripts.replace(" ", "")
    if "->" not in subscripts:  # NumPy's rule: what occurs once, in alphabetical order
        letters = sorted(set(subscripts) - {","})
        subscripts += "->" + "".join(x for x in letters if subscripts.count(x) == 1)
    return lift(operations.einsum(len(arrays)))(*arrays, subscripts=subscripts)


def expand_dims(x: NDArray, axis: int) -> NDArray:
    """Insert an axis of length 1.

    Args:
        x: the array.
        axis: the place of the new axis.
    """
    place = axis % (x.ndim + 1)
    return reshape(x, (*x._data.shape[:place], 1, *x._data.shape[place:]))


def squeeze(x: NDArray, axis: Axis = None) -> NDArray:
    """Drop axes of length 1, all of them or those named.

    Args:
        x: the array.
        axis: an axis or several; None for all that have length 1.
    """
    return reshape(x, np.squeeze(x._data, axis).shape)


def ravel(x: NDArray) -> NDArray:
    """Return all elements in one row.

    Args:
        x: the array.
    """
    return reshape(x, (-1,))


def repeat(x: NDArray, repeats: int, axis: int | None = None) -> NDArray:
    """Repeat each element (or slice along ``axis``) as many times as ``repeats`` says.

    Args:
        x: the array.
        repeats: how often.
        axis: the axis; None repeats all elements in one row.
    """
    count = x._data.size if axis is None else x._data.shape[axis]
    return take(x, np.arange(count).repeat(repeats), axis)


def split(x: NDArray, parts: int | Sequence[int], axis: int = 0) -> list[NDArray]:
    """Cut an array along ``axis`` into equal parts, or before the given positions."""
    length = x._data.shape[axis]
    if isinstance(parts, int):
        if length % parts:
            raise ValueError(f"an axis of length {length} cannot be split into {parts} equal parts")
        parts = range(length // parts, length, length // parts)
    edges = [0, *parts, length]
    keys = [span(axis, start, stop) for start, stop in pairwise(edges)]
    return [getitem(x, key) for key in keys]


def take_positions(x: NDArray, index: Any, axis: int | None, mode: str) -> NDArray:
    """Take elements, where ``mode`` says what a position outside means."""
    length = x._data.size if axis is None else x._data.shape[axis]
    if mode == "wrap":
        index = mod(index if isinstance(index, NDArray) else np.asarray(index), length)
    elif mode == "raise":
        positions = np.asarray(unwrap(index), int)
        if positions.size and not -length <= positions.min() <= positions.max() < length:
            raise IndexError(
                f"positions {positions.tolist()} are not all below the length {length}"
            )
    elif mode != "clip":
        raise ValueError(f"mode must be 'clip', 'wrap' or 'raise', not {mode!r}")
    return take(x, index, axis)


def pick_along(x: NDArray, index: Any, axis: int = -1, keepdims: bool = False) -> NDArray:
    """Pick one element along ``axis`` for each position of the other axes.

    Args:
        x: the array.
        index: the positions; their shape is that of ``x`` without ``axis``, or with 1 there.
        axis: the axis along which they count.
        keepdims: keep the axis with length 1.
    """
    whole = isinstance(index, NDArray) and index._data.ndim == x._data.ndim
    if whole and index._data.shape[axis] == 1:
        index = squeeze(index, axis)
    picked = pick(x, index, axis)
    return expand_dims(picked, axis) if keepdims else picked


def dot_product(a: Any, b: Any) -> NDArray:
    """Multiply the last axis of ``a`` with the last but one of ``b``, as `numpy.dot` does."""
    if isinstance(a, NDArray) and isinstance(b, NDArray) and a._data.ndim == b._data.ndim == 2:
        return dot(a, b)
    left, right = np.shape(unwrap(a)), np.shape(unwrap(b))
    if len(left) == len(right) == 2:
        return dot(a, b)
    if not left or not right:
        return multiply(a, b)
    summed = len(right) - 2 if len(right) > 1 else 0
    others = tuple(i for i in range(len(right)) if i != summed)
    rows = reshape(a, (-1, left[-1]))
    columns = reshape(transpose(b, (summed, *others)), (right[summed], -1))
    return reshape(dot(rows, columns), (*left[:-1], *(right[i] for i in others)))


def matrix_product(a: Any, b: Any) -> NDArray:
    """Multiply matrices, or stacks of matrices, as ``a @ b`` does in NumPy.

    Args:
        a: a vector, a matrix or a stack of matrices.
        b: likewise.
    """
    left, right = np.ndim(unwrap(a)), np.ndim(unwrap(b))
    if left <= 2 and right <= 2:
        return dot_product(a, b)
    if left == 1:
        return squeeze(matmul(expand_dims(a, 0), b), -2)
    if right == 1:
        return squeeze(matmul(a, expand_dims(b, 1)), -1)
    return matmul(a, b)


def dropout(x: NDArray, rate: float, axes: tuple[int, ...] = (), always: bool = False) -> NDArray:
    """While training (or ``always``), set elements to zero with probability ``rate``."""
    if not rate or not (state.training or always):
        return x
    return multiply(x, dropout_mask(x, rate, axes))
