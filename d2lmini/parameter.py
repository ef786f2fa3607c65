"""Parameters: named arrays with a gradient, created once their shape is known."""

import warnings
from collections.abc import Iterable, Mapping
from operator import index
from threading import RLock
from typing import Any, NoReturn

import numpy as np

from . import init as initializers, saving
from .arrays import array
from .context import Context, check_devices, cpu
from .dialect import dialect
from .errors import DeferredInitializationError, SurplusError, UninitializedError, one_of
from .ndarray import NDArray, number_type, unwrap
from .saving import Filename
from .tape import Mode, state

__all__ = ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict"]

Init = str | initializers.Initializer | type[initializers.Initializer] | None
GRAD_REQS = ("write", "add", "null")
_initializing = RLock()  # several threads may call a new net at once


class Changes:
    """Counts every change to a block's attributes or children, and to a parameter's array.

    Attributes:
        latest: the number of the last change, which tells compiled programs that they are old.
    """

    latest = 0

    def next(self) -> int:
        """Return the number of a new change."""
        self.latest += 1
        return self.latest


changes = Changes()


class Fixed(NDArray):
    """The array of a parameter without a gradient, as long as nobody attaches one to it."""

    __slots__ = ()
    _lasting = True

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Do as for other arrays, and tell compiled programs."""
        super().attach_grad(grad_req, stype)
        changes.next()


class Parameter:
    """A named array that a block computes with and a trainer updates.

    `initialize` creates the array or, if part of the shape is still unknown, leaves that to the
    first forward, which determines the rest. A matrix is stored column by column (Fortran order),
    which makes it fast to multiply an input by its transpose.

    Args:
        name: the name, unique in its net.
        grad_req: ``'write'``, ``'add'`` or ``'null'``: what backward does with the gradient.
        shape: the lengths of the axes; 0 or -1 stands for a length that is not known yet.
        dtype: the type of the elements.
        lr_mult: a factor applied to the trainer's learning rate.
        wd_mult: a factor applied to the trainer's weight decay.
        init: the initializer; None leaves the choice to ``initialize()``.
        allow_deferred_init: whether the first forward may complete the shape.
        differentiable: whether the parameter can have a gradient at all.
        stype: accepted for compatibility with Gluon, like ``grad_stype``: arrays are dense.

    Raises:
        TypeError: the name is not a string, or ``dtype`` is no type of numbers.
    """

    def __init__(
        self,
        name: str,
        grad_req: str = "write",
        shape: int | tuple[int, ...] | None = None,
        dtype: Any = np.float32,
        lr_mult: float = 1.0,
        wd_mult: float = 1.0,
        init: Init = None,
        allow_deferred_init: bool = False,
        differentiable: bool = True,
        stype: str = "default",
        grad_stype: str = "default",
    ) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a parameter must be a string, not {name!r}")
        self.name = name
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.init = init
        self._dtype = number_type(dtype or np.float32)
        self.changed = 0  # the last change to the array, its type or its grad_req
        self._shape = None if shape is None else self._lengths(shape)
        self._allow_deferred_init = allow_deferred_init
        self._differentiable = differentiable
        self._grad_req = "null"
        self._array: NDArray | None = None
        self._deferred_init: Any = None  # the initializers that wait for the shape
        self.grad_req = grad_req

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name} (shape={self.shape}, dtype={self.dtype})"

    def __getattr__(self, name: str) -> Any:
        kind, own = type(self).__name__, self.__dict__.get("name")
        raise AttributeError(f"{kind} {own} has no {name!r}: its array with all methods is data()")

    def __setattr__(self, name: str, value: Any) -> None:
        if callable(getattr(type(self), name, None)):
            way = "write values with set_data(values) or data()[:] = values"
            raise AttributeError(f"{self.name}.{name} is a method and cannot be replaced: {way}")
        super().__setattr__(name, value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._array is not None and self._array._node is None:  # a copy of the array
            self._adopt(self._array)

    def __array__(self, *_: Any, **settings: Any) -> NoReturn:
        raise TypeError(f"{self} is not an array: compute with its data()")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __array__
    __rtruediv__ = __matmul__ = __rmatmul__ = __pow__ = __neg__ = __abs__ = __getitem__ = __array__

    # -- Shape, type, gradient ------------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape; an unknown length is 0 in the legacy dialect and -1 in the modern one."""
        if self._shape is None or not dialect.modern:
            return self._shape
        return tuple(n or -1 for n in self._shape)

    @shape.setter
    def shape(self, new: int | tuple[int, ...]) -> None:
        lengths = self._lengths(new)
        if not self.accepts(lengths):
            problem = f"{self.name} has shape {self.shape}, which cannot become {lengths}"
            raise AssertionError(f"{problem}: only unknown lengths can be filled in")
        old = self._shape or lengths
        self._shape = tuple(n or known for n, known in zip(lengths, old, strict=True))

    def _lengths(self, shape: int | tuple[int, ...]) -> tuple[int, ...]:
        try:
            lengths = [index(n) for n in (shape if isinstance(shape, Iterable) else (shape,))]
            if any(n < -1 for n in lengths):
                raise ValueError
        except (TypeError, ValueError) as error:
            found = f"{self.name} got the shape {shape!r}"
            known = "positive integers, 0 for an unknown length"
            raise type(error)(f"{found}: it must be {known}") from None
        return tuple(max(n, 0) for n in lengths)

    def accepts(self, lengths: tuple[int, ...]) -> bool:
        """Tell whether a shape agrees with the known part of the parameter's shape.

        Args:
            lengths: the shape.
        """
        known = lengths if self._shape is None else self._shape
        pairs = zip(known, lengths, strict=False)
        return len(known) == len(lengths) and all(a == b or 0 in (a, b) for a, b in pairs)

    @property
    def is_known(self) -> bool:
        """Whether the whole shape is known."""
        return self._shape is not None and 0 not in self._shape

    @property
    def grad_req(self) -> str:
        """What backward does with the gradient: ``'write'``, ``'add'``, or ``'null'`` (none)."""
        return self._grad_req

    @grad_req.setter
    def grad_req(self, request: str) -> None:
        if request not in GRAD_REQS:
            raise AssertionError(f"grad_req must be one of {GRAD_REQS}, not {request!r}")
        if isinstance(self, Constant) and request != "null":
            problem = f"{self.name} is a Constant and has no gradient: grad_req stays 'null'"
            warnings.warn(problem, stacklevel=2)
        request = request if self._differentiable else "null"
        if request != self._grad_req:
            self._grad_req = request
            if self._array is not None:
                self._adopt(self._array)

    @property
    def dtype(self) -> Any:
        """The type of the elements; to set it is to `cast`."""
        return self._dtype

    @dtype.setter
    def dtype(self, new: Any) -> None:
        self.cast(new)

    def cast(self, dtype: Any) -> None:
        """Convert the data and the gradient to another type.

        Args:
            dtype: the type, such as ``'float64'``.
        """
        self._dtype = number_type(dtype)
        if (old := self._array) is not None:
            self._adopt(array := NDArray(old._data.astype(self._dtype)))
            if array.grad is not None and old.grad is not None:
                array.grad[...] = old.grad

    # -- Initialization -------------------------------------------------------------------------
    def initialize(
        self,
        init: Init = None,
        ctx: Any = None,
        default_init: Init = None,
        force_reinit: bool = False,
    ) -> None:
        """Create the data, now or as soon as the shape is known.

        Args:
            init: the initializer; it takes precedence over the parameter's own.
            ctx: accepted for compatibility with Gluon.
            default_init: the initializer to fall back on, by default ``Uniform(0.07)``.
            force_reinit: initialize again what is already initialized.

        Raises:
            ValueError: the shape is not fully known, and initialization may not be deferred.
            AssertionError: there is no initializer of that name.
            MXNetError: ``ctx`` is not the CPU, or lists more than one device.
        """
        check_devices(ctx)
        if self._array is not None and not force_reinit:
            problem = f"Parameter {self.name!r} is already initialized, ignoring."
            warnings.warn(f"{problem} Set force_reinit=True to re-initialize.", stacklevel=2)
            return
        if not (self.is_known or self._allow_deferred_init):
            problem = f"{self.name} cannot be initialized: its shape {self.shape} is incomplete"
            raise ValueError(f"{problem}: give the whole shape, or pass allow_deferred_init=True")
        usual = initializers.create("uniform" if default_init is None else default_init)
        given = [x for x in (init, self.init, usual) if x is not None]
        default = usual if isinstance(usual, initializers.Initializer) else initializers.Uniform()
        self._deferred_init = initializers.create(given[0]), default
        if self.is_known:
            self._finish_deferred_init()

    def _finish_deferred_init(self) -> NDArray:
        """Create the data, now that the shape is known; layers may call it at each forward."""
        with _initializing, Mode(recording=False, training=None):
            if self._deferred_init is None and self._array is not None:
                return self._array
            if self._deferred_init is None or self._shape is None or 0 in self._shape:
                raise self._unready()
            zeros = np.zeros(self._shape, self.dtype, "F" if len(self._shape) == 2 else "C")
            array = NDArray(zeros)
            chosen, default = self._deferred_init
            try:
                # As in Gluon, where a default initializer with its own __call__ fills everything.
                default(initializers.InitDesc(self.name, {"__init__": chosen}), array)
            except Exception as error:
                error.add_note(f"while {self} was initialized by {chosen!r}")
                raise
            self._adopt(array)
            self._deferred_init = None
        return array

    def set_data(self, data: Any) -> None:
        """Replace the values.

        Args:
            data: an array of the parameter's shape.

        Raises:
            AssertionError: the shapes differ, or the parameter is not initialized.
        """
        values = np.asarray(unwrap(data))
        self.shape = values.shape
        if self._array is not None:
            if self._grad_req == "null" and (state.recording or state.unfinished):
                # The tape may need what a forward replaces by new values.
                self._array._data = self._array._data.copy("K")
                self.changed = changes.next()
            self._array._own()[...] = values
        elif self._deferred_init is None:
            raise AssertionError(f"{self.name} is not initialized: call initialize() first")
        else:
            self._deferred_init = (initializers.Constant(values),) * 2
            self._finish_deferred_init()

    def _load_init(
        self, data: Any, ctx: Any = None, cast_dtype: bool = False, dtype_source: str = "current"
    ) -> None:
        """Take values from a file, whether the parameter is initialized or not."""
        if cast_dtype and dtype_source == "saved":
            self.cast(data.dtype)
        if self._array is None:
            self._deferred_init = (initializers.Zero(),) * 2
        self.set_data(data)

    def reset_ctx(self, ctx: Any) -> None:
        """Check that the device is the only one.

        Args:
            ctx: the device.

        Raises:
            MXNetError: it is another.
        """
        check_devices(ctx)

    def _adopt(self, array: NDArray) -> None:
        """Give an array a gradient, and make it the parameter's; tell compiled programs."""
        array.attach_grad(self._grad_req)
        array.__class__ = Fixed if self._grad_req == "null" else NDArray
        self._array = array
        self.changed = changes.next()

    # -- Access ---------------------------------------------------------------------------------
    def data(self, ctx: Any = None) -> NDArray:
        """Return the array itself, not a copy.

        Args:
            ctx: accepted for compatibility with Gluon.

        Raises:
            UninitializedError: the parameter is not initialized (a RuntimeError).
            DeferredInitializationError: its shape is not known yet.
        """
        # A forward may have completed the shape.
        return self._finish_deferred_init() if (found := self._array) is None else found

    _reduce = var = data  # Gluon's names for the mean over the devices, and in a traced block

    def data_for(self, *lengths: int | None) -> NDArray:
        """Return the data; if its shape was unknown, complete it with these lengths.

        Args:
            lengths: the length of each axis; None or 0 for a length that is known already.

        Raises:
            RuntimeError: the parameter is not initialized.
        """
        if self._deferred_init is not None and lengths:
            self.shape = tuple(n or 0 for n in lengths)
        return self.data()

    def grad(self, ctx: Any = None) -> NDArray:
        """Return the gradient from the last backward.

        Args:
            ctx: accepted for compatibility with Gluon.

        Raises:
            RuntimeError: the parameter keeps no gradient, or is not initialized.
        """
        gradient = Parameter.data(self).grad  # a subclass may compute its data
        if gradient is None:
            why = "'null'; a Constant never has one" if isinstance(self, Constant) else "'null'"
            raise RuntimeError(f"{self.name} has no gradient, because its grad_req is {why}")
        return gradient

    def zero_grad(self) -> None:
        """Fill the gradient with zeros."""
        if self._array is not None:
            self._array.zero_grad()

    @property
    def _data(self) -> list[NDArray] | None:
        """What `list_data` returns, or None without data; programs ask whether it is None.

        They also put another array into it, such as one drawn from a learned distribution.
        """
        return None if self._array is None else _Held(self)

    @property
    def _grad(self) -> list[NDArray] | None:
        """What `list_grad` returns, or None without a gradient."""
        return None if self._array is None or self._array.grad is None else [self._array.grad]

    def list_data(self) -> list[NDArray]:
        """Return the data on each device: a list of one."""
        return [self.data()]

    def list_grad(self) -> list[NDArray]:
        """Return the gradient on each device: a list of one."""
        return [self.grad()]

    def list_ctx(self) -> list[Context]:
        """Return the devices, a list of one; it is known even before the shape is.

        Raises:
            UninitializedError: the parameter is not initialized (a RuntimeError).
        """
        if self._array is None and self._deferred_init is None:
            raise self._unready()
        return [cpu()]

    def _unready(self) -> RuntimeError:
        if self._deferred_init is not None:
            problem = f"{self.name} has no data yet, because its shape {self.shape} is not fully"
            way = "call the net on an input once, or give the input size (in_units) at construction"
            return DeferredInitializationError(f"{problem} known: {way}")
        way = "call initialize() on the net (or on its collect_params()) before using it"
        exception = "The call does not reach a block that is kept in a list or was added later"
        return UninitializedError(f"{self.name} has not been initialized: {way}. {exception}")


class _Held(list[NDArray]):
    """The list of a parameter's array; an array put into it becomes the parameter's."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__([Parameter.data(parameter)])
        self._parameter = parameter

    def __setitem__(self, index: Any, array: Any) -> None:
        if not isinstance(array, NDArray) or array.shape != self._parameter.shape:
            raise ValueError(f"{self._parameter} cannot hold {array!r}: give an array of its shape")
        super().__setitem__(index, array)
        (self._parameter._array,) = self
        self._parameter.changed = changes.next()


class Constant(Parameter):
    """A parameter that is never updated: a fixed array that is saved and cast with its net.

    Args:
        name: the name, unique in its net.
        value: the values.
    """

    def __init__(self, name: str, value: Any) -> None:
        self.value = array(value)
        init = initializers.Constant(self.value)
        shape, dtype = self.value.shape, self.value.dtype
        super().__init__(name, "null", shape, dtype, init=init, differentiable=False)


class ParameterDict(dict[str, Parameter]):
    """The parameters of a block, by name, in the order of creation.

    Args:
        prefix: what all names begin with.
        shared: a dictionary whose parameters are used where the names agree.
    """

    def __init__(self, prefix: str = "", shared: Mapping[str, Parameter] | None = None) -> None:
        self.prefix = prefix
        self._shared = {} if shared is None else shared

    def __repr__(self) -> str:
        head = f"{self.prefix} " if self.prefix else ""
        lines = "\n".join(f"  {parameter}" for parameter in self.values())
        return f"{head}(\n{lines}\n)"

    def __missing__(self, name: str) -> Parameter:
        raise KeyError(f"there is no parameter {name!r}: this has {', '.join(self) or 'none'}")

    # -- Creation -------------------------------------------------------------------------------
    def get(self, name: str, **settings: Any) -> Parameter:  # type: ignore[override]
        """Return the parameter ``prefix + name``, creating it with ``settings`` if necessary.

        Args:
            name: the name without the prefix.
            settings: the arguments of `Parameter`.

        Raises:
            AssertionError: it already exists with other settings.
        """
        full = self.prefix + name
        found = self._find(full)
        if found is None:
            found = self[full] = Parameter(full, **settings)
        else:
            _reconcile(found, settings)
        return found

    def get_constant(self, name: str, value: Any = None) -> Constant:
        """Return the constant ``prefix + name``, creating it from ``value`` if necessary.

        Args:
            name: the name without the prefix.
            value: the value; not needed for an existing constant.

        Raises:
            KeyError: it does not exist, and no value is given.
            AssertionError: it already exists with another value, or is an ordinary parameter.
        """
        full = self.prefix + name
        found = self._find(full)
        if found is None and value is None:
            raise KeyError(f"there is no constant {full!r}: give a value to create it")
        if found is None:
            found = self[full] = Constant(full, value)
        if not isinstance(found, Constant):
            raise AssertionError(f"{full} is an ordinary parameter, not a constant")
        if value is not None and not np.array_equal(found.value, Constant(full, value).value):
            raise AssertionError(f"the constant {full} has another value already: use another name")
        return found

    def _find(self, full: str) -> Parameter | None:
        if full in self._shared:
            self.setdefault(full, self._shared[full])
        return super().get(full)

    def update(self, other: Mapping[str, Parameter]) -> None:  # type: ignore[override]
        """Add all parameters of another dictionary.

        Args:
            other: the parameters by name.

        Raises:
            AssertionError: two different parameters have the same name.
        """
        for name, parameter in other.items():
            if self.setdefault(name, parameter) is not parameter:
                problem = f"two different parameters are called {name}: make them with"
                way = "self.params.get() in two blocks, neither of them a copy of the other"
                raise AssertionError(f"{problem} {way}, or pass params=other.params")

    # -- All at once ----------------------------------------------------------------------------
    def initialize(
        self, init: Init = None, ctx: Any = None, verbose: bool = False, force_reinit: bool = False
    ) -> None:
        """Initialize every parameter; see `Parameter.initialize`.

        Args:
            init: the initializer for parameters that have none of their own.
            ctx: accepted for compatibility with Gluon.
            verbose: accepted for compatibility with Gluon.
            force_reinit: initialize again what is already initialized.
        """
        for parameter in self.values():
            parameter.initialize(None, ctx, init, force_reinit)

    def zero_grad(self) -> None:
        """Fill all gradients with zeros."""
        for parameter in self.values():
            parameter.zero_grad()

    def reset_ctx(self, ctx: Any) -> None:
        """Check that the device is the only one.

        Args:
            ctx: the device.

        Raises:
            MXNetError: it is another.
        """
        check_devices(ctx)

    def list_ctx(self) -> list[Context]:
        """Return the devices of the parameters: a list of one."""
        return [device for parameter in self.values() for device in parameter.list_ctx()][:1]

    def setattr(self, name: str, value: Any) -> None:
        """Set an attribute of every parameter, such as ``grad_req`` or ``lr_mult``.

        Args:
            name: the attribute.
            value: its value.

        Raises:
            AttributeError: parameters have no such attribute.
        """
        for parameter in self.values():
            getattr(parameter, name)  # an unknown name raises an error before anything is set
        for parameter in self.values():
            setattr(parameter, name, value)

    def save(self, filename: Filename, strip_prefix: str = "") -> None:
        """Write all parameters to a safetensors file.

        Args:
            filename: the file.
            strip_prefix: the beginning of the names, to leave out of the file.

        Raises:
            ValueError: a name does not begin with ``strip_prefix``.
        """
        for name in self:
            if not name.startswith(strip_prefix):
                raise ValueError(f"{name} does not begin with strip_prefix={strip_prefix!r}")
        arrays = {n.removeprefix(strip_prefix): p.data()._data for n, p in self.items()}
        saving.write(filename, arrays)

    def load(
        self,
        filename: Filename,
        ctx: Any = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        restore_prefix: str = "",
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters from a safetensors file: all of them, or none if there is an error.

        Args:
            filename: the file.
            ctx: accepted for compatibility with Gluon.
            allow_missing: leave parameters that are not in the file unchanged.
            ignore_extra: skip entries that match no parameter.
            restore_prefix: the beginning of the names that was left out of the file.
            cast_dtype: convert types that differ between the file and the net.
            dtype_source: the type to keep: ``'current'`` (the net's) or ``'saved'`` (the file's).

        Raises:
            AssertionError: parameters are missing from the file, or have other shapes or types.
            SurplusError: the file holds more than these parameters (an AssertionError).
            ValueError: ``dtype_source`` is neither of the two.
            MXNetError: the file is damaged, or is not a safetensors file; ``ctx`` is not the CPU.
        """
        check_devices(ctx)
        one_of("dtype_source", dtype_source, "current", "saved")
        arrays = {restore_prefix + name: x for name, x in saving.read(filename)[0].items()}
        # The keys may be places in a tree, while the file has the parameters' names, perhaps short.
        full = {parameter.name: parameter for parameter in self.values()}
        short = {name.removeprefix(self.prefix): parameter for name, parameter in full.items()}
        named = max(self, full, short, key=lambda known: len(known.keys() & arrays.keys()))
        fitting = [(name, x, named[name]) for name, x in arrays.items() if name in named]
        found = {parameter for _, _, parameter in fitting}
        missing = [name for name, parameter in named.items() if parameter not in found]
        way = "Load the file that this net saved, or pass"
        if missing and not allow_missing:
            problem = f"{filename} lacks {_listed(missing)}; it holds {_listed(list(arrays))}"
            raise AssertionError(f"{problem}. {way} allow_missing=True")
        extra = [name for name in arrays if name not in named]
        if extra and not ignore_extra:
            problem = f"{filename} holds {_listed(extra)}, which this net does not have"
            raise SurplusError(f"{problem}; it has {_listed(list(named))}. {way} ignore_extra=True")
        wrong = [
            f"{name} is {x.shape} of {x.dtype} in the file and {p.shape} of {p.dtype} in the net"
            for name, x, p in fitting
            if 0 in x.shape  # accepts() takes 0 for an unknown length
            or not p.accepts(x.shape)
            or (p.dtype != x.dtype and not cast_dtype)
        ]
        if wrong:
            problem = f"{filename} does not fit: {'; '.join(wrong)}"
            raise AssertionError(f"{problem}. {way} cast_dtype=True if only types differ")
        for _, x, parameter in fitting:
            parameter._load_init(x, None, cast_dtype, dtype_source)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown or "nothing"


def _reconcile(parameter: Parameter, settings: dict[str, Any]) -> None:
    """Check that an existing parameter has the requested settings."""
    for setting, wanted in settings.items():
        current = getattr(parameter, setting, None)
        if setting == "shape" and wanted is not None:
            parameter.shape = wanted
        elif wanted is None or setting == "allow_deferred_init":
            continue
        elif current is None:
            setattr(parameter, setting, wanted)
        # NumPy types can be compared with their names, initializers by what they say.
        elif current != wanted and repr(current) != repr(wanted):
            problem = f"{parameter.name} already exists with {setting}={current!r}"
            raise AssertionError(f"{problem}, so it cannot be requested with {setting}={wanted!r}")
