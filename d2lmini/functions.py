"""The rows of the table as functions on arrays that record themselves on the tape.

``functions.tanh`` is made from the row ``tanh`` when it is first accessed. The faces `np` and `nd`
pass most of them on unchanged, and write out those that combine several rows.

The rows become globals of this module, among them ``max`` and ``sum``: do not use Python's here.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from . import operations
from .lifting import lift
from .ndarray import NDArray, all_from_front
from .operations import ELEMENTWISE, TABLE
from .reductions import REDUCTIONS
from .tape import state

# Functions with the same name and meaning in both dialects.
SHARED = ELEMENTWISE | {"argsort", "clip", "copy", "cumsum", "expand_dims", "flip", "log_softmax"}
SHARED |= {"moveaxis", "ravel", "repeat", "softmax", "sort", "squeeze"}
SHARED |= {"swapaxes", "tile", "transpose"}
RENAMED = {"abs": "absolute", "fix": "trunc", "true_divide": "divide"}  # in both dialects


def __getattr__(name):  # type: ignore[no-untyped-def] # with types, mypy fails on import cycles
    """Make the function of a row when it is first accessed."""
    row = TABLE.get(name)
    if row is None:
        raise AttributeError(f"module {__name__!r} has no function {name!r}")
    globals()[name] = function = lift(row)
    return function


def names_of(face: dict[str, Any], *others: str) -> list[str]:
    """Return the names of a dialect: its own, those shared by both dialects, and some others."""
    homes = {f"{__package__}.{name}" for name in ("arrays", "nd", "np", "random", "reductions")}
    made = {name: x for name, x in face.items() if callable(x)}  # a module has no __module__
    own = [name for name, x in made.items() if getattr(x, "__module__", "") in {*homes, "numpy"}]
    names = {*own, *others, *SHARED, *REDUCTIONS} - {"reduction"}
    return sorted(name for name in names if name[0] != "_")


def in_one_row(x: NDArray, axis: int | None) -> tuple[NDArray, int]:
    """Return the array and the axis; without an axis, all elements in one row and its axis."""
    return (x.reshape(-1), 0) if axis is None else (x, axis)


def einsum(subscripts: str, *arrays: NDArray) -> NDArray:
    """Sum products as the subscripts say, which name the axes of the result too."""
    return lift(operations.einsum(len(arrays)))(*arrays, subscripts=subscripts)


def others(x: NDArray, axis: Any) -> NDArray:
    """Return what the kernel does, the products of all other elements, but record it."""
    if axis is None:
        return others(x.reshape(-1), 0).reshape(x.shape)
    if axis == ():
        return lift(TABLE["ones_like"])(x)
    first, *rest = (int(a) % x.ndim for a in np.atleast_1d(axis))
    length = x.shape[first]
    itself = np.eye(length).reshape((length, length, *(1,) * (x.ndim - first - 1)))
    products = lift(TABLE["where"])(itself, 1, x.expand_dims(first)).prod(first + 1)
    return products * others(x.prod(first, keepdims=True), tuple(rest))


def activation(name: str) -> Callable[[NDArray], NDArray]:
    """Return the activation function of that name."""
    known = ("relu", "sigmoid", "tanh", "softrelu", "softsign")
    if name not in known:
        raise ValueError(f"there is no activation {name!r}: use one of {', '.join(known)}")
    return lift(TABLE[name])


def dropout(x: NDArray, rate: float, axes: Any = (), always: bool = False) -> NDArray:
    """While training (or ``always``), set elements to zero with probability ``rate``."""
    if not drop_rate(rate) or not (state.training or always):
        return x.copy()  # which may be changed in place
    return x * lift(TABLE["dropout_mask"])(x, rate, all_from_front(axes, x))


def drop_rate(rate: float) -> float:
    """Return a rate of dropout if it is one, and raise an error otherwise."""
    if not isinstance(rate, int | float | np.number) or not 0 <= rate <= 1:
        raise ValueError(f"the dropout rate must be from 0 to 1, not {rate!r}")
    return rate
