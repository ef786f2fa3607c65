"""Parameters: named arrays with a gradient, created when their shape is known."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import init as initializers
from . import saving
from .context import Context, check_single, cpu
from .dialect import dialect
from .errors import DeferredInitializationError, ShapeError, UninitializedError
from .ndarray import NDArray, unwrap
from .overwriting import overwriting
from .saving import Filename
from .tape import Scope

__all__ = ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict"]

Init = str | initializers.Initializer | type[initializers.Initializer] | None
GRAD_REQS = ("write", "add", "null")


class Changes:
    """Numbers every change of a block's attributes or children, and of a parameter's array.

    Attributes:
        latest: the number of the last change, by which compiled programs notice it.
    """

    latest = 0

    def next(self) -> int:
        """Return the number of a new change."""
        self.latest += 1
        return self.latest


changes = Changes()


class Parameter:
    """A named array that a block computes with and a trainer updates.

    The array comes into being with `initialize`, or, if part of the shape is still unknown, when
    the first forward tells the rest. A matrix is stored column by column (Fortran order), which
    makes the product of an input with its transpose fast.

    Args:
        name: the name, unique in its net.
        grad_req: ``'write'``, ``'add'`` or ``'null'``: what backward does with the gradient.
        shape: the lengths of the axes; 0 or -1 stands for a length that is not known yet.
        dtype: the type of the elements.
        lr_mult: a factor of the trainer's learning rate.
        wd_mult: a factor of the trainer's weight decay.
        init: the initializer; None leaves the choice to ``initialize()``.
        allow_deferred_init: whether the shape may become known at the first forward.
        differentiable: whether the parameter can have a gradient at all.
        stype: accepted for Gluon's sake, like ``grad_stype``: arrays are dense.
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
        self.name = name
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.init = init
        self.dtype = np.dtype(dtype)
        self.changed = 0  # the last change that outdates compiled programs: data, dtype, grad_req
        self._shape = None if shape is None else _lengths(shape)
        self._allow_deferred_init = allow_deferred_init
        self._differentiable = differentiable
        self._grad_req = "null"
        self._array: NDArray | None = None
        self._waiting: Any = None  # the initializer that waits for the shape
        self.grad_req = grad_req

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name} (shape={self.shape}, dtype={self.dtype})"

    # -- Shape, type, gradient ------------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape; an unknown length is 0 in the legacy dialect and -1 in the modern one."""
        if self._shape is None or not dialect.modern:
            return self._shape
        return tuple(n or -1 for n in self._shape)

    @shape.setter
    def shape(self, new: int | tuple[int, ...]) -> None:
        lengths = _lengths(new)
        if not self.accepts(lengths):
            raise AssertionError(
                f"{self.name} has shape {self.shape}, which cannot become {lengths}: only "
                "unknown lengths can be filled in"
            )
        old = self._shape or lengths
        self._shape = tuple(n or known for n, known in zip(lengths, old, strict=True))

    def accepts(self, lengths: tuple[int, ...]) -> bool:
        """Tell whether a shape agrees with what is known of the parameter's shape.

        Args:
            lengths: the shape.
        """
        known = lengths if self._shape is None else self._shape
        return len(lengths) == len(known) and all(
            0 in pair or pair[0] == pair[1] for pair in zip(known, lengths, strict=True)
        )

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
            warnings.warn(
                f"{self.name} is a Constant and has no gradient: grad_req stays 'null'",
                stacklevel=2,
            )
        request = request if self._differentiable else "null"
        if request != self._grad_req:
            self._grad_req = request
            self._attach()

    def cast(self, dtype: Any) -> None:
        """Convert the data and the gradient to another type.

        Args:
            dtype: the type, such as ``'float64'``.
        """
        self.dtype = np.dtype(dtype)
        if self._array is not None:
            self._array = NDArray(self._array._data.astype(self.dtype))
        self._attach()

    # -- Initialization -------------------------------------------------------------------------
    def initialize(
        self,
        init: Init = None,
        ctx: Any = None,
        default_init: Init = None,
        force_reinit: bool = False,
    ) -> None:
        """Create the data, now or when the shape becomes known.

        Args:
            init: the initializer; it goes before the parameter's own one.
            ctx: accepted for Gluon's sake.
            default_init: the initializer if there is no other, by default ``Uniform(0.07)``.
            force_reinit: initialize anew what is initialized already.

        Raises:
            ValueError: the shape is not known and may not be deferred.
            AssertionError: there is no initializer of that name.
            MXNetError: there are several devices.
        """
        check_single(ctx)
        if self._array is not None and not force_reinit:
            warnings.warn(
                f"Parameter {self.name!r} is already initialized, ignoring. "
                "Set force_reinit=True to re-initialize.",
                stacklevel=2,
            )
            return
        if not (self.is_known or self._allow_deferred_init):
            raise ValueError(
                f"{self.name} cannot be initialized, because its shape {self.shape} is not fully "
                "known: give the whole shape, or pass allow_deferred_init=True"
            )
        given = [x for x in (init, self.init, default_init) if x is not None]
        self._waiting = initializers.create(given[0] if given else initializers.Uniform())
        if self.is_known:
            self._finish_deferred_init()

    def _finish_deferred_init(self) -> NDArray:
        """Create the data, now that the shape is known."""
        if self._waiting is None or self._shape is None or 0 in self._shape:
            raise self._unready()
        array = NDArray(np.zeros(self._shape, self.dtype, "F" if len(self._shape) == 2 else "C"))
        with Scope(recording=False, training=None):
            self._waiting(self.name, array)
        self._waiting, self._array = None, array
        self._attach()
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
            overwriting.note(self._array._data)
            self._array._data[...] = values
        elif self._waiting is None:
            raise AssertionError(f"{self.name} is not initialized: call initialize() first")
        else:
            self._waiting = initializers.Constant(values)
            self._finish_deferred_init()

    def load(self, values: Any) -> None:
        """Take over values from a file, initialized or not.

        Args:
            values: an array of the parameter's shape.
        """
        if self._array is None:
            self._waiting = initializers.Zero()
        self.set_data(values)

    def reset_ctx(self, ctx: Any) -> None:
        """Do nothing: there is one device.

        Args:
            ctx: the device.
        """

    def _attach(self) -> None:
        """Give the array its gradient, and let compiled programs know of it."""
        if self._array is not None:
            self.changed = changes.next()
            self._array.attach_grad(self._grad_req)

    # -- Access ---------------------------------------------------------------------------------
    def data(self, ctx: Any = None) -> NDArray:
        """Return the array itself, not a copy.

        Args:
            ctx: accepted for Gluon's sake.

        Raises:
            UninitializedError: the parameter is not initialized (a RuntimeError).
            DeferredInitializationError: its shape is not known yet.
        """
        # A forward may have completed the shape.
        return self._finish_deferred_init() if self._array is None else self._array

    def data_for(self, *lengths: int) -> NDArray:
        """Return the data; if it waits for its shape, now it has these lengths (0: as before).

        Args:
            lengths: the length of each axis.

        Raises:
            ShapeError: the data has another shape.
            RuntimeError: the parameter is not initialized.
        """
        if self._waiting is not None:
            self.shape = lengths
        elif self._array is not None and lengths != self._shape and 0 not in lengths:
            raise ShapeError(
                f"{self.name} has shape {self._shape}, but the input needs {lengths}: change the "
                "input, or create the layer again"
            )
        return self.data()

    def grad(self, ctx: Any = None) -> NDArray:
        """Return the gradient that the last backward left.

        Args:
            ctx: accepted for Gluon's sake.

        Raises:
            RuntimeError: the parameter keeps no gradient, or is not initialized.
        """
        gradient = self.data().grad
        if gradient is None:
            raise RuntimeError(
                f"{self.name} has no gradient, because its grad_req is 'null'"
                + ("; a Constant never has one" if isinstance(self, Constant) else "")
            )
        return gradient

    def zero_grad(self) -> None:
        """Fill the gradient with zeros."""
        if self._array is not None:
            self._array.zero_grad()

    def list_data(self) -> list[NDArray]:
        """Return the data on each device: a list of one."""
        return [self.data()]

    def list_grad(self) -> list[NDArray]:
        """Return the gradient on each device: a list of one."""
        return [self.grad()]

    def list_ctx(self) -> list[Context]:
        """Return the devices: a list of one, which is known before the shape is.

        Raises:
            UninitializedError: the parameter is not initialized (a RuntimeError).
        """
        if self._array is None and self._waiting is None:
            raise self._unready()
        return [cpu()]

    def _unready(self) -> RuntimeError:
        if self._waiting is not None:
            return DeferredInitializationError(
                f"{self.name} has no data yet, because its shape {self.shape} is not fully known: "
                "call the net on an input once, or give the input size (in_units) at construction"
            )
        return UninitializedError(
            f"{self.name} has not been initialized: call initialize() on the net (or on its "
            "collect_params()) before using it. A block that is kept in a list, or that was "
            "added after the call, is not reached by it"
        )


class Pending(NDArray):
    """What stands in for the data of a parameter until an operation tells its shape."""

    __slots__ = ("_parameter",)

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter

    @property
    def _data(self) -> Any:  # type: ignore[override]
        return self._parameter.data()._data

    @property
    def _node(self) -> Any:  # type: ignore[override]
        return self._parameter.data()._node

    def complete(self, *lengths: int | None) -> None:
        """Create the data, whose lengths are known by now; None is one that was known before."""
        self._parameter.data_for(*(n or 0 for n in lengths))


class Constant(Parameter):
    """A parameter that is never updated: a fixed array that is saved and cast with its net.

    Args:
        name: the name, unique in its net.
        value: the values.
    """

    def __init__(self, name: str, value: Any) -> None:
        dtype = value.dtype if isinstance(value, NDArray) else np.float32
        self.value = NDArray(np.array(unwrap(value), dtype))
        init = initializers.Constant(self.value)
        shape, dtype = self.value.shape, self.value.dtype
        super().__init__(name, "null", shape, dtype, init=init, differentiable=False)


def _lengths(shape: int | tuple[int, ...]) -> tuple[int, ...]:
    lengths = (shape,) if isinstance(shape, int | np.integer) else shape
    return tuple(max(int(n), 0) for n in lengths)


class ParameterDict(dict[str, Parameter]):
    """The parameters of a block, by name, in the order of creation.

    Args:
        prefix: what all names begin with.
        shared: a dictionary whose parameters are handed out where the names agree.
    """

    def __init__(self, prefix: str = "", shared: Mapping[str, Parameter] | None = None) -> None:
        self._prefix = prefix
        self._shared = {} if shared is None else shared

    def __repr__(self) -> str:
        head = f"{self._prefix} " if self._prefix else ""
        lines = "\n".join(f"  {parameter}" for parameter in self.values())
        return f"{head}(\n{lines}\n)"

    def __missing__(self, name: str) -> Parameter:
        raise KeyError(f"there is no parameter {name!r}; there are {', '.join(self) or 'none'}")

    @property
    def prefix(self) -> str:
        """What all names begin with."""
        return self._prefix

    # -- Creation -------------------------------------------------------------------------------
    def get(self, name: str, **settings: Any) -> Parameter:  # type: ignore[override]
        """Return the parameter ``prefix + name``, made with ``settings`` if there is none.

        Args:
            name: the name without the prefix.
            settings: the arguments of `Parameter`.

        Raises:
            AssertionError: there is one, and its settings are others.
        """
        full = self._prefix + name
        found = self._find(full)
        if found is None:
            found = self[full] = Parameter(full, **settings)
        else:
            _reconcile(found, settings)
        return found

    def get_constant(self, name: str, value: Any = None) -> Constant:
        """Return the constant ``prefix + name``, made of ``value`` if there is none.

        Args:
            name: the name without the prefix.
            value: the value; it may be left out for a constant that exists.

        Raises:
            KeyError: there is none and no value is given.
            AssertionError: there is one of another value, or an ordinary parameter.
        """
        full = self._prefix + name
        found = self._find(full)
        if found is None and value is None:
            raise KeyError(f"there is no constant {full!r}: give its value to make it")
        if found is None:
            found = self[full] = Constant(full, value)
        if not isinstance(found, Constant):
            raise AssertionError(f"{full} is an ordinary parameter, not a constant")
        if value is not None and not np.array_equal(found.value, Constant(full, value).value):
            raise AssertionError(
                f"the constant {full} exists already with another value: take another name"
            )
        return found

    def _find(self, full: str) -> Parameter | None:
        if full in self._shared:
            self.setdefault(full, self._shared[full])
        return super().get(full)

    def update(self, other: Mapping[str, Parameter]) -> None:  # type: ignore[override]
        """Take in all parameters of another dictionary.

        Args:
            other: the parameters by name.

        Raises:
            AssertionError: two different parameters have one name.
        """
        for name, parameter in other.items():
            if self.setdefault(name, parameter) is not parameter:
                raise AssertionError(
                    f"two different parameters are called {name}: give their blocks different "
                    "prefixes, or share one with params=other.params"
                )

    # -- All at once ----------------------------------------------------------------------------
    def initialize(
        self, init: Init = None, ctx: Any = None, verbose: bool = False, force_reinit: bool = False
    ) -> None:
        """Initialize every parameter; see `Parameter.initialize`.

        Args:
            init: the initializer of those that have none of their own.
            ctx: accepted for Gluon's sake.
            verbose: accepted for Gluon's sake.
            force_reinit: initialize anew what is initialized already.
        """
        for parameter in self.values():
            parameter.initialize(None, ctx, init, force_reinit)

    def zero_grad(self) -> None:
        """Fill all gradients with zeros."""
        for parameter in self.values():
            parameter.zero_grad()

    def reset_ctx(self, ctx: Any) -> None:
        """Do nothing: there is one device.

        Args:
            ctx: the device.
        """

    def list_ctx(self) -> list[Context]:
        """Return the devices of the parameters: a list of one."""
        return [device for parameter in self.values() for device in parameter.list_ctx()][:1]

    def setattr(self, name: str, value: Any) -> None:
        """Set an attribute of every parameter, such as ``grad_req`` or ``lr_mult``.

        Args:
            name: the attribute.
            value: its value.
        """
        for parameter in self.values():
            setattr(parameter, name, value)

    def save(self, filename: Filename, strip_prefix: str = "") -> None:
        """Write all parameters to a safetensors file.

        Args:
            filename: the file.
            strip_prefix: the beginning of the names that is left out in the file.

        Raises:
            ValueError: a name begins otherwise.
        """
        for name in self:
            if not name.startswith(strip_prefix):
                raise ValueError(f"{name} does not begin with {strip_prefix!r}")
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
        """Read parameters from a safetensors file: all of them, or on an error none.

        Args:
            filename: the file.
            ctx: accepted for Gluon's sake.
            allow_missing: leave a parameter alone that is not in the file.
            ignore_extra: leave out what no parameter is called.
            restore_prefix: the beginning of the names that was left out in the file.
            cast_dtype: let types differ in the file and in the net, and convert one to the other.
            dtype_source: the type that remains: ``'current'``, the net's, or ``'saved'``.

        Raises:
            AssertionError: parameters are missing in the file, or have other shapes or types,
                or the file holds more than these parameters.
        """
        arrays, _ = saving.read(filename)
        named = {restore_prefix + name: array for name, array in arrays.items()}
        saving.fill(self, named, filename, allow_missing, ignore_extra, cast_dtype, dtype_source)


def _reconcile(parameter: Parameter, settings: dict[str, Any]) -> None:
    """Check that an existing parameter has the settings with which it is asked for again."""
    for setting, wanted in settings.items():
        current = getattr(parameter, setting, None)
        if setting == "shape" and wanted is not None:
            parameter.shape = wanted
        elif wanted is None or current is None or setting in ("init", "allow_deferred_init"):
            continue
        elif current != wanted:  # NumPy's types compare with their names
            raise AssertionError(
                f"{parameter.name} exists already with {setting}={current!r}, so that it cannot "
                f"be had with {setting}={wanted!r}"
            )
