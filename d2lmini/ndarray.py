"""The array: NumPy data, a place on the tape, and the methods of both Gluon dialects."""

import operator
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike

from . import overwriting
from .context import Context, check_devices, cpu
from .dialect import dialect
from .errors import MXNetError, ShapeError, one_of
from .operations import COMPARISONS, ELEMENTWISE
from .tape import Leaf, Node, state

Operand = Any  # an NDArray, a NumPy array or a number
_INTEGERS = {int, np.int64}
shortcuts: dict[str, Callable[..., Any]] = {}  # functions that replaced the methods calling them


@cache
def function_of(name: str, modern: bool) -> Callable[..., Any]:
    """Return the function of that name in the active dialect, or else in the other one."""
    from . import nd, np  # here, because both are about the class below

    # Except for comparisons and halves, functions of elements are the same in both dialects.
    faces = (np, nd) if modern or name in ELEMENTWISE - COMPARISONS - {"round"} else (nd, np)
    found: Callable[..., Any] = next(getattr(face, name) for face in faces if hasattr(face, name))
    return getattr(found, "__wrapped__", found)  # a method needs no `name`


class _Calling:
    """A placeholder in a class body, replaced by a method that calls a function of the dialect.

    On its first call, a function that is the same in both dialects takes the method's place.

    Args:
        function: its name, by default the method's.
        modern: the dialect, by default the active one.
    """

    def __init__(self, function: str = "", modern: bool | None = None) -> None:
        self.function = function
        self.modern = modern

    def __set_name__(self, owner: type, name: str) -> None:
        wanted = self.function or name

        def method(x: "NDArray", *args: Any, **settings: Any) -> Any:
            function = function_of(wanted, dialect.modern if self.modern is None else self.modern)
            if self.modern is not None or function is function_of(wanted, not dialect.modern):
                shortcuts[name] = function
                setattr(NDArray, name, function)
            return function(x, *args, **settings)

        method.__name__ = name
        method.__doc__ = f"The function ``{wanted}`` of this array; see `nd` and `np`."
        setattr(owner, name, method)


_calling = cast("Callable[..., Callable[..., NDArray]]", _Calling)


def _operators(sign: str, name: str) -> tuple[Any, ...]:
    """Make ``x + y``, ``y + x`` and ``x += y`` from the function ``name``, and so on."""
    update = getattr(operator, f"i{sign}")

    def turned(self: "NDArray", other: Operand) -> Any:
        return function_of(name, dialect.modern)(other, self)

    def in_place(self: "NDArray", other: Operand) -> Any:
        """Overwrite the data, or return a new array if the tape needs the old values."""
        if isinstance(self._node, Node) or state.recorder is not None:
            plain = self._node is getattr(other, "_node", None) is None
            if isinstance(self._node, Leaf) or (self._lasting and not plain):
                raise MXNetError(_overwriting(self))
            if not plain or (state.watcher is not None and not self._lasting):
                return getattr(self, f"__{sign}__")(other)
        if isinstance(other, NDArray):
            other = other._data
        elif name != "power":
            other = lifting.beside(other, self._data)
        try:
            update(self._own(), other)
            self._written()
        except (ValueError, TypeError) as error:
            result = function_of(name, dialect.modern)(self, other)  # says what does not fit
            own, new = (f"{x._data.dtype} of shape {x.shape}" for x in (self, result))
            kind = ShapeError if isinstance(error, ValueError) else TypeError
            problem = f"an array of {own} cannot be overwritten with the result of {name}, {new}"
            raise kind(f"{problem}: write x = x … y instead of an operation in place") from None
        return self

    return _calling(name), turned, in_place


def reading(path: str, doc: str) -> Any:
    """Make a property that reads an attribute of an attribute, faster than a function would."""
    return property(operator.attrgetter(path), doc=doc)


class NDArray:
    """An array of numbers that can record what is computed from it.

    Arrays are made with `nd.array`, `np.zeros` and similar functions, not by calling this class.
    An array wraps one NumPy array, which ``numpy.asarray(x)`` returns without a copy. Slices
    without gaps and reshaped arrays share memory with the array they come from.

    Types follow NumPy's rules, with one addition: integers take the type of the floats they are
    combined with, and become float32 where a float is needed. So only float64 leads to float64.

    Args:
        data: the NumPy array.
        node: the place on the tape, if anything was recorded.
    """

    __slots__ = ("__weakref__", "_data", "_node")
    __hash__ = object.__hash__
    _lasting = False  # whether it keeps what is written for later, as a parameter's array does

    _data: np.ndarray[Any, Any]
    _node: Leaf | Node | None

    def __init__(self, data: np.ndarray[Any, Any], node: Leaf | Node | None = None) -> None:
        self._data = data
        self._node = node

    # -- What it is -----------------------------------------------------------------------------
    shape: tuple[int, ...] = reading("_data.shape", "The length of each axis.")
    size: int = reading("_data.size", "The number of elements.")
    ndim: int = reading("_data.ndim", "The number of axes.")
    itemsize: int = reading("_data.itemsize", "The bytes of one element.")

    @property
    def dtype(self) -> Any:
        """The elements' type: such as ``numpy.float32``, or NumPy's ``dtype`` object if modern."""
        found = self._data.dtype
        return found if dialect.modern else found.type

    @property
    def T(self) -> "NDArray":  # noqa: N802 - NumPy's name
        """The array with its axes in reverse order."""
        return functions.transpose(self)

    @property
    def context(self) -> Context:
        """The device the array lives on, always ``cpu(0)``."""
        return cpu()

    ctx = device = context
    stype = "default"

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("an array without axes has no len(): its shape is ()")
        return len(self._data)

    def __repr__(self) -> str:
        if dialect.modern:
            return _modern_repr(self._data)
        shape = "x".join(map(str, self._data.shape))
        return f"\n{self._data}\n<NDArray {shape} @{self.context}>"

    def __str__(self) -> str:
        return str(self._data) if dialect.modern else repr(self)

    # -- Conversion to Python and NumPy ---------------------------------------------------------
    def asnumpy(self) -> np.ndarray[Any, Any]:
        """Return a copy as a NumPy array."""
        copy = self._data.copy()
        return copy.view(Number) if copy.size == 1 and copy.ndim else copy

    def asscalar(self) -> Any:
        """Return the only element as a number.

        Raises:
            ValueError: the array does not have exactly one element.
        """
        if self._data.size != 1:
            problem = f"the array is not a scalar: its shape is {self._data.shape}"
            raise ValueError(f"{problem}; reduce it first, for example with sum() or mean()")
        return self._data.flat[0]

    def item(self, *index: Any) -> Any:
        """Return the only element, or the one at ``index``, as a Python number."""
        return self._data.item(*index)

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return self._data.tolist()

    def __array__(
        self, dtype: DTypeLike | None = None, copy: bool | None = None
    ) -> np.ndarray[Any, Any]:
        return np.array(self._data, dtype, copy=copy)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return interop.apply_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return interop.apply_function(function, args, kwargs)

    def __bool__(self) -> bool:
        if self._data.size > 1:
            problem = f"the truth value of an array of shape {self._data.shape} is ambiguous"
            raise ValueError(f"{problem}: reduce it to one number first, for example x.sum() > 0")
        return bool(self._data.size and self._data.flat[0])

    def __format__(self, spec: str) -> str:
        return format(self.asscalar(), spec) if spec else str(self)

    def __float__(self) -> float:
        return float(self.asscalar())

    def __int__(self) -> int:
        return int(self.asscalar())

    def __index__(self) -> int:
        if self._data.dtype.kind not in "iu":
            raise TypeError(f"only integers can be an index, not an array of {self._data.dtype}")
        return int(self.asscalar())

    def __iter__(self) -> Iterator["NDArray"]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: Operand) -> bool:
        return bool((self._data == unwrap(value)).any())

    def __reduce__(self) -> Any:
        return NDArray, (self._data,)

    # -- Gradients ------------------------------------------------------------------------------
    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Make the array a variable: from now on, ``backward()`` stores its gradient in ``grad``.

        The gradient has the array's type; for an array of integers, a warning says so.

        Args:
            grad_req: ``'write'`` replaces the gradient on each backward, ``'add'`` adds to it,
                ``'null'`` keeps none.
            stype: accepted for compatibility with Gluon; gradients are dense.

        Raises:
            ValueError: ``grad_req`` is none of these.
        """
        one_of("grad_req", grad_req, "write", "add", "null")
        if grad_req != "null" and self._data.dtype.kind in "biu":
            problem = f"the gradient of an array of {self._data.dtype} is rounded to that type"
            warnings.warn(f"{problem}: convert it by astype('float32') first", stacklevel=2)
        zeros = NDArray(np.zeros_like(self._data))
        self._node = None if grad_req == "null" else Leaf(zeros, grad_req)

    @property
    def grad(self) -> "NDArray | None":
        """The gradient from the last ``backward()``, or None without `attach_grad`."""
        return self._node.gradient if isinstance(self._node, Leaf) else None

    def zero_grad(self) -> None:
        """Fill the gradient with zeros."""
        if self.grad is not None:
            self.grad[...] = 0

    def backward(
        self, out_grad: "NDArray | None" = None, retain_graph: bool = False, train_mode: bool = True
    ) -> None:
        """Compute the gradients of this array with respect to the variables it depends on.

        Args:
            out_grad: the gradient of the final result with respect to this array; the default,
                ones, gives the gradient of the sum of its elements.
            retain_graph: keep the recorded computation for another backward.
            train_mode: accepted for compatibility with Gluon; what was recorded is differentiated.

        Raises:
            MXNetError: the array was not computed while recording, or an earlier backward has
                freed its computation.
        """
        autograd.backward(self, out_grad, retain_graph)

    def detach(self) -> "NDArray":
        """Return the same data without its history, as a constant."""
        return functions.stop_gradient(self)

    # -- Arithmetic -----------------------------------------------------------------------------
    __add__, __radd__, __iadd__ = _operators("add", "add")
    __sub__, __rsub__, __isub__ = _operators("sub", "subtract")
    __mul__, __rmul__, __imul__ = _operators("mul", "multiply")
    __truediv__, __rtruediv__, __itruediv__ = _operators("truediv", "divide")
    __floordiv__, __rfloordiv__, __ifloordiv__ = _operators("floordiv", "floor_divide")
    __mod__, __rmod__, __imod__ = _operators("mod", "mod")
    __pow__, __rpow__, __ipow__ = _operators("pow", "power")
    __matmul__, __rmatmul__ = _operators("matmul", "matmul")[:2]
    __and__, __rand__ = _operators("and", "bitwise_and")[:2]
    __or__, __ror__ = _operators("or", "bitwise_or")[:2]
    __xor__, __rxor__ = _operators("xor", "bitwise_xor")[:2]
    __neg__, __abs__, __invert__ = map(_calling, ("negative", "absolute", "bitwise_not"))
    __eq__: Any = _calling("equal")
    __ne__: Any = _calling("not_equal")
    __gt__, __ge__ = _calling("greater"), _calling("greater_equal")
    __lt__, __le__ = _calling("less"), _calling("less_equal")

    def __pos__(self) -> "NDArray":
        return self

    # -- Indexing -------------------------------------------------------------------------------
    def __getitem__(self, key: Any) -> "NDArray":
        parts = key if type(key) is tuple else (key,)
        if len(parts) == self._data.ndim and {*map(type, parts)} <= _INTEGERS:
            # A view, which NumPy does not give of one number.
            positions: Any = (*parts, ... if dialect.modern else None)
        else:
            positions = mapped(key, _positions)
        found = functions.getitem(self, positions)
        own = self._data.flags.c_contiguous  # otherwise, tell the gaps by an array that is
        slice = found._data if own else np.empty(self._data.shape, bool)[positions]
        if not slice.flags.c_contiguous:
            found._data = found._data.copy()  # as in Gluon, only a slice without gaps is shared
        return at_least_1d(found)

    def __setitem__(self, key: Any, value: Operand) -> None:
        if value is None:  # which NumPy takes for a number that is none
            raise TypeError(f"None was assigned to an array: {way_to(value)}")
        if isinstance(key, NDArray) and _is_mask(key._data, self._data.shape):
            problem = "ones and zeros of a comparison would choose rows 1 and 0"
            raise IndexError(f"{problem}: write x[condition.astype(bool)] = value")
        if self._node is not None:
            if state.recorder is not None:
                raise MXNetError(_overwriting(self))
            if isinstance(self._node, Node):  # the tape keeps the old values
                self._data, self._node = self._data.copy(), None
        for x in arrays_in(value) if state.recording else ():
            if x._node is not None:
                problem = f"a recorded array of shape {x.shape} was assigned into one of shape"
                why = f"{self.shape} while recording, and no gradient would flow through that"
                way = "build the array with nd.concat, nd.stack or nd.where, or assign x.detach()"
                raise MXNetError(f"{problem} {why}: {way}")
        values = unwrap(value)
        if isinstance(values, (np.ndarray, list)) and np.size(values) == 1:
            values = np.reshape(values, ())  # in the legacy dialect, a number has an axis
        try:
            self._own()[mapped(key, _positions)] = values
            self._written()
        except ValueError as error:
            if not np.ndim(values):
                raise
            raise ShapeError(f"an array of shape {self.shape} was assigned to: {error}") from None

    def _own(self) -> np.ndarray[Any, Any]:
        """Return the data, which are to be written to."""
        overwriting.note(self._data)
        return self._data

    def _written(self) -> None:
        """Do nothing: there is no other array to be told what was written."""

    # -- Copies and conversions -----------------------------------------------------------------
    def astype(self, dtype: DTypeLike, copy: bool = True) -> "NDArray":
        """Return the array with elements of another type.

        Args:
            dtype: the type, such as ``'float64'``.
            copy: False returns the array itself if it already has that type.
        """
        wanted = number_type(dtype)
        if not copy and self._data.dtype == wanted:
            return self
        if wanted.kind == "b":  # which has no derivative, and would turn a gradient into one
            return functions.not_equal(self, 0)
        return functions.astype(self, wanted)

    def copyto(self, other: "NDArray | Context") -> "NDArray":
        """Copy into another array, or onto a device.

        Args:
            other: the array or the device.
        """
        if isinstance(other, Context):
            return self.as_in_context(other).copy()
        other[:] = self
        return other

    def as_in_context(self, context: Context) -> "NDArray":
        """Return the array itself: there is only one device.

        Args:
            context: the device.
        """
        check_devices(context)
        return self

    as_in_ctx = to_device = as_in_context
    copy = __copy__ = _calling("copy")

    def as_np_ndarray(self) -> "NDArray":
        """Return the array itself: one class serves both dialects."""
        return self

    as_nd_ndarray = as_np_ndarray

    def tostype(self, stype: str) -> "NDArray":
        """Return the array itself: all arrays are dense, which Gluon calls ``'default'``.

        Args:
            stype: ``'default'``.

        Raises:
            MXNetError: ``stype`` is anything else.
        """
        if stype != "default":
            raise MXNetError(f"d2lmini's arrays are dense: stype must be 'default', not {stype!r}")
        return self

    def wait_to_read(self) -> None:
        """Do nothing: results are ready when a function returns."""

    # -- Shapes ---------------------------------------------------------------------------------
    def reshape(
        self, *lengths: Any, shape: Any = None, reverse: bool = False, order: str = "C"
    ) -> "NDArray":
        """Return the elements in another shape; only in the legacy dialect do they share memory.

        Args:
            lengths: the new shape, as one tuple or one by one. ``-1`` is inferred. As in legacy
                Gluon, ``0`` keeps the length of that axis, ``-2`` keeps all further axes, ``-3``
                merges two axes and ``-4`` splits one into the two lengths that follow.
            shape: the new shape as a keyword argument.
            reverse: match the codes from the right.
            order: ``'C'``, row by row; the only supported order.

        Raises:
            ValueError: ``order`` is anything else.
            ShapeError: a code refers to an axis that does not exist.
        """
        if order != "C":
            raise ValueError(f"arrays are reshaped row by row: order must be 'C', not {order!r}")
        y = self._reshaped(lengths if shape is None else shape, reverse)
        if dialect.modern:
            y._data = y._data.copy()
        elif state.recorder is None and not self._data.flags.c_contiguous:  # it is a copy
            return _Rows(self, np.arange(self._data.size).reshape(y._data.shape))
        return y

    def _reshaped(self, wanted: Any, reverse: bool = False) -> "NDArray":
        """Return the elements in another shape, in shared memory or not, as NumPy has it."""
        if len(wanted) == 1 and not isinstance(wanted[0], int | np.integer):
            wanted = wanted[0]
        try:
            new = resolve_shape(self._data.shape, wanted, reverse)
        except StopIteration as error:
            found = f"an axis that does not exist in an array of shape {self._data.shape}"
            raise ShapeError(f"the shape {wanted} has a code for {found}") from error
        return functions.reshape(self, new)

    def flatten(self) -> "NDArray":
        """Return a matrix that keeps the first axis (legacy), or one long row (modern)."""
        shape = (-1,) if dialect.modern else (len(self._data), -1)
        return functions.copy(functions.reshape(self, shape))

    def transpose(self, *order: Any, axes: Any = None) -> "NDArray":
        """Return the array with its axes permuted, in reverse order by default.

        Args:
            order: the axes in their new order, as one tuple or one by one.
            axes: the same as a keyword argument.
        """
        wanted = order if axes is None else axes
        if len(wanted) == 1 and not isinstance(wanted[0], int):
            wanted = wanted[0] or ()
        return functions.transpose(self, tuple(wanted) or None)

    ravel = swapaxes = expand_dims = squeeze = flip = tile = repeat = _calling()
    split: Any = _calling()  # a list of arrays
    broadcast_to = broadcast_axes = broadcast_like = reshape_like = _calling()
    zeros_like = ones_like = slice_axis = slice = _calling()

    # -- Along axes -----------------------------------------------------------------------------
    sum = mean = prod = max = min = norm = _calling(modern=True)
    var = std = any = all = argmax = argmin = _calling(modern=True)
    sort = argsort = topk = cumsum = softmax = log_softmax = _calling()

    # -- Element by element ---------------------------------------------------------------------
    abs = sign = square = sqrt = rsqrt = cbrt = reciprocal = sigmoid = relu = _calling()
    exp = expm1 = log = log1p = log2 = log10 = _calling()
    sin = cos = tan = arcsin = arccos = arctan = _calling()
    sinh = cosh = tanh = arcsinh = arccosh = arctanh = _calling()
    floor = ceil = trunc = fix = rint = round = _calling()

    # -- Choosing and combining -----------------------------------------------------------------
    clip = dot = take = pick = one_hot = _calling()


class _Rows(NDArray):
    """A matrix stored by columns, or a part of it, reshaped: what is written to one, both get.

    Args:
        matrix: the matrix.
        places: the numbers of its elements, counted row by row.
    """

    __slots__ = ("copied", "matrix", "places", "seen")

    def __init__(self, matrix: NDArray, places: np.ndarray[Any, Any]) -> None:
        self.matrix, self.places = matrix, places
        self.seen = matrix._data.take(places)
        self.copied, self._node = self.seen.copy(), None

    @property
    def _data(self) -> np.ndarray[Any, Any]:
        latest = self.matrix._data.take(self.places)
        if not np.array_equal(latest, self.seen, equal_nan=True):  # not each write is noted
            self.copied, self.seen = latest, latest.copy()
        return self.copied

    @_data.setter
    def _data(self, data: np.ndarray[Any, Any]) -> None:
        self.copied = data
        self._written()

    def _written(self) -> None:
        self.matrix[np.unravel_index(self.places, self.matrix.shape)] = self.copied

    def _also(self, method: Callable[..., NDArray], *args: Any, **settings: Any) -> NDArray:
        """Call a method of the places: what shares memory with them, shares the matrix's."""
        if state.recorder is None:
            places = method(NDArray(self.places), *args, **settings)._data
            if np.may_share_memory(places, self.places):
                return _Rows(self.matrix, places)
        return method(self, *args, **settings)

    def __getitem__(self, key: Any) -> NDArray:
        return self._also(NDArray.__getitem__, key)

    def reshape(self, *lengths: Any, **settings: Any) -> NDArray:
        return self._also(NDArray.reshape, *lengths, **settings)

    def detach(self) -> NDArray:
        return self._also(NDArray.detach)


class Pending(NDArray):
    """Stands in for an array until an operation determines its shape.

    Args:
        make: returns the array, given the length of each axis or None, or no lengths at all.
    """

    __slots__ = ("found", "make")

    def __init__(self, make: Callable[..., NDArray]) -> None:
        self.make = make
        self.found: NDArray | None = None

    def complete(self, *lengths: int | None) -> NDArray:
        """Return the array, which is made only once: noise would differ each time."""
        if self.found is None:
            self.found = self.make(*lengths)
        return self.found

    @property
    def _data(self) -> Any:  # type: ignore[override]
        return self.complete()._data

    @property
    def _node(self) -> Any:  # type: ignore[override]
        return self.complete()._node

    @property
    def T(self) -> NDArray:  # noqa: N802 - NumPy's name
        return Pending(lambda *lengths: self.complete(*lengths[::-1]).T)


def completed(x: Any, *lengths: int | None) -> Any:
    """Return an operand; if it waits for its shape, complete that first."""
    return x.complete(*lengths) if isinstance(x, Pending) else x


def mapped(
    value: Any, function: Callable[[NDArray], Any], other: Callable[[Any], Any] = lambda x: x
) -> Any:
    """Replace each array in a value or in its lists and tuples, and each other item if asked to."""
    if isinstance(value, NDArray):
        return function(value)
    if isinstance(value, list | tuple):
        make = getattr(value, "_make", type(value))  # a named tuple takes its parts one by one
        return make(mapped(part, function, other) for part in value)
    return other(value)


def arrays_in(value: Any, other: Callable[[Any], Any] = lambda x: x) -> list[NDArray]:
    """Return the arrays in a value or in its lists and tuples; call a function on other items."""
    found: list[NDArray] = []
    mapped(value, found.append, other)
    return found


class Number(np.ndarray[Any, Any]):
    """One number with axes, which ``float(x)`` and ``"%f" % x`` accept as they used to."""

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        alone = array.size == 1 and array.ndim
        return array[()] if return_scalar else array.view(Number if alone else np.ndarray)


Number.__name__ = "array"  # NumPy prints it before the numbers


def unwrap(value: Any) -> Any:
    """Replace each array in a value or in its lists and tuples by its NumPy array."""
    return mapped(value, np.asarray)  # arrays refuse this while a block is being recorded


def resolve_shape(old: Sequence[int], new: Sequence[int], reverse: bool = False) -> tuple[int, ...]:
    """Replace legacy Gluon's codes 0, -2, -3 and -4 in a new shape by lengths."""
    if reverse:
        return resolve_shape(old[::-1], new[::-1])[::-1]
    codes, lengths = map(operator.index, new), iter(old)
    shape: list[int] = []
    for code in codes:
        if code == -2:  # all further axes
            shape += lengths
        elif code == -3:  # two axes merged
            shape.append(next(lengths) * next(lengths))
        elif code == -4:  # one axis split in two
            length, first, second = next(lengths), next(codes), next(codes)
            shape += [length // second if first == -1 else first]
            shape += [length // first if second == -1 else second]
        else:
            length = next(lengths, 0)
            shape.append(length if code == 0 else code)
    return tuple(shape)


def from_front(axis: int, x: NDArray) -> int:
    """Count an axis from the front.

    Raises:
        ShapeError: the array has no such axis.
    """
    if not isinstance(axis, int | np.integer) or not -x._data.ndim <= axis < x._data.ndim:
        raise ShapeError(f"there is no axis {axis!r} in an array of shape {x._data.shape}")
    return axis % x._data.ndim


def all_from_front(axes: int | Sequence[int], x: NDArray) -> tuple[int, ...]:
    """Count one axis, or several, from the front."""
    return tuple(from_front(axis, x) for axis in np.atleast_1d(axes).tolist())


def listed(arrays: NDArray | Iterable[Any], or_none: bool = False) -> list[Any]:
    """Return one array or several as a list; among several, None may stand for one if allowed.

    Raises:
        TypeError: something else was given.
    """
    if isinstance(arrays, NDArray):  # first, because asking whether it is iterable takes longer
        return [arrays]
    several = isinstance(arrays, Iterable) and not isinstance(arrays, np.ndarray)
    found = list(arrays) if several else [arrays]
    for x in found:
        if not isinstance(x, NDArray) and not (several and or_none and x is None):
            kind = type(x).__name__
            raise TypeError(f"expected a d2lmini array, not a value of type {kind}: {way_to(x)}")
    return found


def number_type(dtype: Any) -> Any:
    """Return NumPy's description of a type of numbers.

    Raises:
        TypeError: there is no such type.
    """
    try:
        found = np.dtype(dtype or "V")  # None would be float64
    except TypeError:
        found = np.dtype("V")
    if found.kind not in "biuf":
        raise TypeError(f"{dtype!r} is no type of numbers: use one such as 'float32' or 'int32'")
    return found


def way_to(value: Any) -> str:
    """Tell how to get an array from a value that is none, for error messages."""
    if value is None:
        return "does the function or the forward that computed it return its result?"
    return "pass data() or grad()" if hasattr(value, "list_data") else "convert it with nd.array"


def shape_of(value: Operand) -> tuple[int, ...]:
    """Return the shape of an array or a number, even while a block is being recorded."""
    return value._data.shape if isinstance(value, NDArray) else np.shape(value)


def _positions(x: NDArray) -> Any:
    """Convert an array to a NumPy index; floats count as positions, since Gluon keeps them so."""
    data = np.asarray(x)
    return data.astype(np.intp) if data.dtype.kind == "f" else data


def _is_mask(key: np.ndarray[Any, Any], shape: tuple[int, ...]) -> bool:
    """Tell whether a key is a matrix of numbers, as the legacy dialect's comparisons give it."""
    fits = len(shape) > 1 and key.shape == shape and key.dtype.kind != "b"
    return fits and not (key * (key - 1)).any()


def at_least_1d(x: NDArray) -> NDArray:
    """Give a single, freshly computed number the shape (1,) if the dialect is legacy."""
    if x._data.ndim or dialect.modern:
        return x
    if x._node is not None or type(x) is not NDArray:  # it is recorded or traced
        return functions.reshape(x, (1,))
    x._data = x._data[None]  # in half the time of a reshape
    return x


def _modern_repr(data: np.ndarray[Any, Any]) -> str:
    """Return NumPy's repr, with float32 as the type that needs no mention."""
    text = repr(data)
    if data.dtype == np.float32:
        return re.sub(r",\s+dtype=float32\)$", ")", text)
    if "dtype=" in text or data.dtype == bool:
        return text
    return f"{text[:-1]}, dtype={data.dtype})"


def _overwriting(x: NDArray) -> str:
    problem = f"an array of shape {x._data.shape} cannot be overwritten while recording"
    way = "compute a new array (x = x + 1), or write outside autograd.record()"
    return f"{problem}, since the gradient needs its values: {way}"


# At the end, because these modules need the class above.
from . import autograd, functions, interop, lifting  # noqa: E402
