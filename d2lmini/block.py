"""The block: anything from one layer to a whole model, and the tree that blocks form."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from copy import deepcopy
from inspect import signature
from itertools import count
from typing import Any, Self

from . import naming, nd, pictures, tracing
from .absent import remedy
from .errors import DeferredInitializationError, ShapeError, UninitializedError
from .ndarray import NDArray, Pending, completed, mapped, reading, way_to
from .parameter import Init, Parameter, ParameterDict, changes
from .registry import accepted_by
from .replay import Cache, Program
from .saving import Filename
from .tape import Mode, state

Hook = Callable[..., Any]
_FLAGS = ["static_shape", "inline_limit", "forward_bulk_size", "backward_bulk_size"]
_FLAGS += ["backend", "backend_opts", "partition_if_dynamic", "clear"]


class Block:
    """A part of a network: parameters, child blocks and a `forward`.

    A subclass calls ``super().__init__()``, assigns layers as attributes, and defines `forward`.
    A block assigned as an attribute becomes a child: it is initialized, saved and printed with it.

    Args:
        prefix: what all names begin with, by default the class's name and a number.
        params: parameters of another block, to share where the names agree.
        unknown: arguments that the subclass does not have, which are rejected.

    Raises:
        TypeError: there are unknown arguments; the message lists the known ones.

    Example:
        >>> class Net(nn.Block):
        ...     def __init__(self, **kwargs):
        ...         super().__init__(**kwargs)
        ...         self.hidden = nn.Dense(256, activation="relu")
        ...         self.output = nn.Dense(10)
        ...
        ...     def forward(self, x):
        ...         return self.output(self.hidden(x))
    """

    _children: "dict[str, Block]"
    _reg_params: dict[str, Parameter]
    _to_define = "forward(self, x)"

    def __init__(
        self, prefix: str | None = None, params: ParameterDict | None = None, **unknown: Any
    ) -> None:
        for name in unknown:
            problem = f"Block.__init__() got an unexpected keyword argument {name!r}"
            raise TypeError(f"{problem}; {accepted_by(type(self), 'prefix', 'params')}")
        self.__dict__.update(_children={}, _reg_params={}, _hooks={})
        self._prefix, self._params = naming.name(self._alias(), prefix, params)
        self._name = self._prefix.removesuffix("_")
        # An empty prefix opens no scope: blocks made inside it are named by the scope around it.
        self._scope = naming.Scope(self._prefix, self._params) if prefix != "" else None

    def _alias(self) -> str:
        return type(self).__name__.lower()

    # -- Registration ---------------------------------------------------------------------------
    def __setattr__(self, name: str, value: Any) -> None:
        for kind in (Block, Parameter):
            if isinstance(self.__dict__.get(name), kind) and not isinstance(value, kind):
                problem = f"{self._name}.{name} is a {kind.__name__} and cannot become a value of"
                way = "use another attribute, or `del` this one first"
                raise TypeError(f"{problem} type {type(value).__name__}: {way}")
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter) and self._reg_params.setdefault(name, value) is not value:
            way = "to share another block's parameters, pass params=other.params at construction"
            raise AssertionError(f"{self._name}.{name} is a parameter already: {way}")
        super().__setattr__(name, value)
        self._changed()
        if state.watcher is not None:
            state.watcher.assigned.append((self, name))

    def __delattr__(self, name: str) -> None:
        self._children.pop(name, None)
        self._reg_params.pop(name, None)
        super().__delattr__(name)
        self._changed()

    def _changed(self) -> None:
        """Tell compiled programs that they may be out of date."""
        self.__dict__["_last_change"] = changes.next()

    def __getattr__(self, name: str) -> Any:
        kind = type(self).__name__
        if "_children" not in self.__dict__:
            problem = f"{kind} has no {name!r} yet, because Block.__init__ did not run"
            way = f"the first line of {kind}.__init__ must be super().__init__(**kwargs)"
            raise AttributeError(f"{problem}: {way}")
        array = ": call the block to get an array" if hasattr(NDArray, name) else ""
        way = remedy(name) or array
        raise AttributeError(f"{kind!r} object has no attribute {name!r}{way}")

    def register_child(self, block: "Block", name: str | None = None) -> None:
        """Add a child block under ``name``, by default its number.

        Args:
            block: the child.
            name: its place in the tree.

        Raises:
            TypeError: the child is not a block.
            ValueError: the child is this block or contains it, or is no HybridBlock in one.
        """
        if not isinstance(block, Block):
            problem = f"{self._name} can only have blocks as children, not a {type(block).__name__}"
            raise TypeError(f"{problem}: pass blocks one by one, and wrap a function as nn.Lambda")
        if isinstance(self, HybridBlock) and not isinstance(block, HybridBlock):
            problem = f"{self._name} is a HybridBlock, so its children must be too"
            found = f"but {block.name} is a {type(block).__name__}"
            way = f"derive it from HybridBlock, or derive {type(self).__name__} from Block"
            raise ValueError(f"{problem}, {found}: {way}")
        if any(part is self for part in pictures.parts(block)):
            problem = f"{self._name} would contain itself if {block.name} became its child"
            raise ValueError(f"{problem}: let the child take what it needs as an input")
        if name is None:  # a free number, also after another child has been removed
            name = next(n for n in map(str, count(len(self._children))) if n not in self._children)
        self._children[name] = block
        self._changed()

    def name_scope(self) -> AbstractContextManager[None]:
        """Give the blocks and parameters made inside ``with`` this block's prefix."""
        return naming.inside(self._scope or naming.current.get())

    name: str = reading("_name", "The block's name, such as ``dense0``.")
    prefix: str = reading("_prefix", "What its parameters' names begin with, such as ``dense0_``.")
    params: ParameterDict = reading("_params", "The block's own parameters, not its children's.")

    # -- Calling --------------------------------------------------------------------------------
    def __call__(self, *args: Any) -> Any:
        """Run the hooks and `forward`."""
        try:
            if self._hooks:
                return self._call_with_hooks(args)
            # One input is by far the most frequent case, and is faster passed by itself.
            return self.forward(args[0]) if len(args) == 1 else self.forward(*args)
        except DeferredInitializationError:
            inherited = HybridBlock.infer_shape
            if getattr(type(self), "infer_shape", inherited) is inherited:
                self._need_shapes()
                raise
            self.infer_shape(*args)  # for a forward of the class's own, which reads data()
            return self._call_with_hooks(args, again=True)
        except Exception as error:
            self._explain(error, args)
            raise

    def _explain(self, error: Exception, args: tuple[Any, ...]) -> None:
        """Say what the block knows about an error in its `forward`."""
        if isinstance(error, UninitializedError):
            self._warn_of_hidden_blocks()
        elif isinstance(error, ShapeError):
            error.add_note(f"in {self._name}")
        elif isinstance(error, TypeError):
            self._check_call(args)
        elif isinstance(error, AttributeError) and hasattr(NDArray, error.name or ""):
            kinds = (Parameter, type(error.obj))
            for x in args:
                if isinstance(x, kinds) and not isinstance(x, NDArray):
                    given = f"a value of type {type(x).__name__}: {way_to(x)}"
                    raise TypeError(f"{self._name} takes d2lmini arrays, not {given}") from error

    def _need_shapes(self) -> None:
        """Tell which of the block's own parameters have unknown shapes, if any."""
        if waiting := ", ".join(p.name for p in self._reg_params.values() if not p.is_known):
            problem = f"{self._name} does not know the shapes of {waiting}: give them"
            way = f"define {type(self).__name__}.infer_shape(self, x) to set them from the input"
            raise DeferredInitializationError(f"{problem} at construction, or {way}") from None

    def _check_call(self, args: tuple[Any, ...]) -> None:
        """Tell what `forward` or `hybrid_forward` takes, if it does not take these inputs."""
        function: Callable[..., Any] = self.forward
        inputs, own = ("input",) * len(args), {}
        if isinstance(self, HybridBlock) and type(self).forward is HybridBlock.forward:
            function, inputs, own = self.hybrid_forward, ("F", *inputs), self._reg_params
        try:
            expected = signature(function)
        except (TypeError, ValueError):  # it is no function, or Python does not know what it takes
            return
        try:
            expected.bind(*inputs, **own)
        except TypeError as error:
            called = f"{type(self).__name__}.{getattr(function, '__name__', 'forward')}"
            call = ", ".join((*inputs, *(f"{name}={name}" for name in own)))
            takes = f"but that takes ({', '.join(expected.parameters)}): {error}"
            raise TypeError(f"{self._name} calls {called}({call}), {takes}") from None

    def forward(self, *args: Any) -> Any:
        """Compute the output; every subclass defines this method."""
        raise NotImplementedError(f"{type(self).__name__} must define {self._to_define}")

    def _call_with_hooks(self, args: tuple[Any, ...], again: bool = False) -> Any:
        for hook, before in list(self._hooks.values()):
            if before and not again:
                hook(self, args)
        output = self.forward(*args)
        for hook, before in list(self._hooks.values()):
            if not before:
                hook(self, args, output)
        return output

    def register_forward_pre_hook(self, hook: Hook) -> "HookHandle":
        """Call ``hook(block, inputs)`` before each forward.

        Args:
            hook: the function.

        Returns:
            A handle; its ``detach()`` removes the hook.
        """
        return HookHandle(self._hooks, hook, True)

    def register_forward_hook(self, hook: Hook) -> "HookHandle":
        """Call ``hook(block, inputs, output)`` after each forward.

        Args:
            hook: the function.

        Returns:
            A handle; its ``detach()`` removes the hook.
        """
        return HookHandle(self._hooks, hook, False)

    # -- The tree -------------------------------------------------------------------------------
    def collect_params(self, select: str | None = None) -> ParameterDict:
        """Return the parameters of this block and all its descendants.

        Args:
            select: a regular expression that names must match from their beginning, for example
                ``'.*weight'``.

        Raises:
            ValueError: ``select`` is not a regular expression.
        """
        self._warn_of_hidden_blocks()
        try:
            matches = re.compile(select or "").match
        except (re.error, TypeError) as error:
            form = "a regular expression such as '.*weight'"
            raise ValueError(f"collect_params() takes {form}, not {select!r}: {error}") from None
        found = ParameterDict(self._params.prefix)
        for parameter in filter(lambda p: matches(p.name), self._own_parameters()):
            found.update({parameter.name: parameter})
        for child in self._children.values():
            found.update(child.collect_params(select))
        return found

    def _own_parameters(self) -> list[Parameter]:
        """Return the block's parameters without its children's, each one once."""
        return list(dict.fromkeys((*self._reg_params.values(), *self._params.values())))

    def initialize(
        self, init: Init = None, ctx: Any = None, verbose: bool = False, force_reinit: bool = False
    ) -> None:
        """Give all parameters their first values, as soon as their shapes are known.

        Args:
            init: the initializer for parameters that have none of their own, by default
                ``Uniform(0.07)``.
            ctx: accepted for compatibility with Gluon.
            verbose: accepted for compatibility with Gluon.
            force_reinit: initialize again what is already initialized.
        """
        self.collect_params().initialize(init, ctx, verbose, force_reinit)

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        """Return the parameters by their place in the tree, such as ``0.weight``."""
        found = {prefix + name: parameter for name, parameter in self._reg_params.items()}
        for parameter in self._params.values():  # also those that no attribute holds
            if parameter not in found.values():
                found.setdefault(prefix + parameter.name.removeprefix(self._prefix), parameter)
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(f"{prefix}{name}."))
        return found

    def _structure(self) -> ParameterDict:
        """Return what is saved and loaded: the parameters by their place in the tree."""
        self._warn_of_hidden_blocks()
        structure = ParameterDict(self._prefix)
        structure.update(self._collect_params_with_prefix())
        return structure

    def save_parameters(self, filename: Filename, deduplicate: bool = False) -> None:
        """Write all parameters to a safetensors file, named by their place in the tree.

        Args:
            filename: the file; an existing one is replaced only when the new one is complete.
            deduplicate: write a shared parameter only once.
        """
        structure = self._structure()
        if deduplicate:
            firsts = {parameter: name for name, parameter in reversed(structure.items())}
            for name in structure.keys() - firsts.values():
                del structure[name]
        structure.save(filename)

    def load_parameters(
        self,
        filename: Filename,
        ctx: Any = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters that `save_parameters` wrote: all of them, or none if there is an error.

        Args:
            filename: the file.
            ctx: accepted for compatibility with Gluon.
            allow_missing: leave parameters that are not in the file unchanged.
            ignore_extra: skip entries that this net does not have.
            cast_dtype: convert types that differ between the file and the net.
            dtype_source: the type to keep: ``'current'`` (the net's) or ``'saved'`` (the file's).

        Raises:
            AssertionError: parameters are missing from the file, or have other shapes or types.
            ValueError: the file holds more than this net's parameters.
            MXNetError: the file is damaged, or is not a safetensors file.
        """
        structure = self._structure()
        structure.load(filename, ctx, allow_missing, ignore_extra, "", cast_dtype, dtype_source)

    save_params, load_params = save_parameters, load_parameters  # their names before Gluon 1.3

    def __getstate__(self) -> Any:
        way = "save_parameters(), and load_parameters() of a new block, or copy.deepcopy()"
        raise TypeError(f"{self._name} cannot be pickled: use {way}")

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied = memo[id(self)] = object.__new__(type(self))
        copied.__dict__.update(deepcopy(self.__dict__, memo))
        return copied

    def apply(self, fn: "Callable[[Block], Any]") -> Self:
        """Call ``fn`` on every descendant, children first, and then on this block.

        Args:
            fn: a function of one block.
        """
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    def cast(self, dtype: Any) -> None:
        """Convert all parameters to another type, such as ``'float64'``.

        Args:
            dtype: the type.
        """
        for child in self._children.values():
            child.cast(dtype)
        for parameter in self._own_parameters():
            parameter.cast(dtype)

    def zero_grad(self) -> None:
        """Fill all gradients with zeros."""
        self.collect_params().zero_grad()

    def hybridize(self, active: bool = True, **flags: Any) -> None:
        """Hybridize the hybrid blocks among the descendants; see `HybridBlock.hybridize`.

        Args:
            active: False returns to ordinary execution.
            flags: see `HybridBlock.hybridize`.
        """
        for child in self._children.values():
            child.hybridize(active, **flags)

    def _warn_of_hidden_blocks(self) -> None:
        """Warn about blocks hidden in a list or dict."""
        for name, value in self.__dict__.items():
            held = {id(block) for block in _blocks_in(value)}
            if held and not held <= {id(part) for part in pictures.parts(self)}:
                problem = f"{self._name}.{name} is an unregistered container with blocks: they are"
                problem += " neither initialized nor saved with the block"
                way = "nn.Sequential instead of the list, or call register_child() for each block"
                warnings.warn(f"{problem}. Use {way}", stacklevel=3)

    def summary(self, *inputs: Any) -> None:
        """Print the output shape and the number of parameters of each layer the inputs pass.

        A shared parameter is counted where it first appears.

        Args:
            inputs: what the block is called with.
        """
        print(pictures.summary(self, inputs))

    def _repr_html_(self) -> str:
        """Return the block as a diagram for notebooks."""
        return pictures.svg(self)

    def __repr__(self) -> str:
        lines = [f"({name}): {child!r}" for name, child in self._children.items()]
        children = "\n".join(lines).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n{'  ' * bool(lines)}{children}\n)"


class HookHandle(AbstractContextManager["HookHandle"]):
    """Removes a hook, on ``detach()`` or at the end of a ``with`` block.

    Args:
        hooks: the dictionary that holds the hook.
        hook: the hook.
        before: whether to call it before each forward, not after it.
    """

    def __init__(self, hooks: dict[object, tuple[Hook, bool]], hook: Hook, before: bool) -> None:
        self._hooks = hooks
        self._key = object()  # not the handle, which programs seldom keep
        hooks[self._key] = hook, before
        changes.next()

    def detach(self) -> None:
        """Remove the hook."""
        self._hooks.pop(self._key, None)
        changes.next()

    def __exit__(self, *exception: Any) -> None:
        self.detach()


class HybridBlock(Block):
    """A block whose computation can be recorded once and replayed without Python.

    A subclass defines `forward`, or ``hybrid_forward(self, F, x, *, weight, ...)``, which receives
    the functions of `d2lmini.nd` as ``F`` and the block's own parameters by name. Its children
    must be hybrid blocks too.
    """

    _to_define = "hybrid_forward(self, F, x, ...) or forward(self, x)"

    def __init_subclass__(cls, **settings: Any) -> None:
        """Let a nearer `hybrid_forward` take precedence over an inherited `forward`."""
        super().__init_subclass__(**settings)
        names = {"forward", "hybrid_forward"}
        near = next(kind for kind in cls.__mro__ if names & vars(kind).keys())
        if "forward" not in vars(near):
            cls.forward = HybridBlock.forward  # type: ignore[method-assign]

    def hybridize(self, active: bool = True, static_alloc: bool = False, **flags: Any) -> None:
        """Compile the block on its next call, and run the compiled program from then on.

        Each combination of input shapes and types, recording and training has its own program.
        It is compiled again when a child, an attribute or a parameter's array is replaced; what
        changes inside an attribute, such as a list, goes unnoticed. While a part of it has hooks,
        it runs without a program, which would call none. `program` shows the program.

        Args:
            active: False returns to ordinary execution.
            static_alloc: let a call write into an earlier output that nobody holds any more.
            flags: Gluon's other settings, such as ``static_shape``, which have no effect.

        Raises:
            TypeError: Gluon has no such setting.
            HybridizeError: on a call, if the computation depends on the values of an array.
        """
        for name in flags.keys() - {*_FLAGS}:
            raise TypeError(f"hybridize has no {name!r}; it has static_alloc, {', '.join(_FLAGS)}")
        super().hybridize(active, static_alloc=static_alloc, **flags)
        own = self.__dict__
        if isinstance(own.get("forward"), Cache):
            del own["forward"]
        if active:  # a forward that somebody assigned stays as it is
            own.setdefault("forward", Cache(self, static_alloc))

    @property
    def program(self) -> Program:
        """The compiled program that ran last; printing it shows its source."""
        last: Program | None = getattr(self.__dict__.get("forward"), "last", None)
        if last is None:
            way = "call hybridize() and then the block twice, since the first call may set shapes"
            raise RuntimeError(f"{self._name} has no program yet: {way}")
        return last

    def forward(self, *args: Any) -> Any:
        """Call `hybrid_forward` with `d2lmini.nd` and the block's own parameters."""
        try:
            own = {name: parameter.data() for name, parameter in self._reg_params.items()}
        except DeferredInitializationError:
            return self._first_forward(*args)
        F = nd if state.watcher is None else tracing  # as in Gluon, since programs ask
        return self.hybrid_forward(F, *args, **own)

    def _first_forward(self, *args: Any) -> Any:
        """Complete the shapes of the parameters and compute the output."""
        parameters = self._reg_params.items()
        if type(self).infer_shape is HybridBlock.infer_shape:
            # An operation such as F.FullyConnected may tell the shapes on the way.
            with suppress(DeferredInitializationError):
                own = {n: p.data() if p.is_known else Pending(p.data_for) for n, p in parameters}
                return mapped(self.hybrid_forward(nd, *args, **own), completed)
        self.infer_shape(*args)
        return self.hybrid_forward(nd, *args, **{name: p.data() for name, p in parameters})

    def hybrid_forward(self, F: Any, *args: Any, **parameters: Any) -> Any:
        """Compute the output; a subclass defines this, or `forward`, which is called here.

        Args:
            F: the functions to compute with, `d2lmini.nd`.
            args: the inputs.
            parameters: the block's own parameters, by the names of their attributes.
        """
        return self._inherited_forward(self, *args, **parameters)

    @property
    def _inherited_forward(self) -> Callable[..., Any]:
        """The nearest `forward` that does not call `hybrid_forward`, such as a container's."""
        found = (vars(kind).get("forward") for kind in type(self).__mro__)
        return next(f for f in found if f not in (None, HybridBlock.forward))

    def infer_shape(self, *args: Any) -> None:
        """Complete the shapes of the block's own parameters from the inputs.

        A subclass with deferred shapes defines it and sets, for example,
        ``self.weight.shape = (self.weight.shape[0], x.shape[1])``. This is not needed for
        parameters that `hybrid_forward` passes to ``F.FullyConnected``, ``F.dot`` or
        ``F.Embedding``, even if it computes with their elements before.

        Args:
            args: the inputs.

        Raises:
            DeferredInitializationError: the subclass needs this method, but does not define it.
        """
        found = self._inherited_forward
        if found is Block.forward:
            self._need_shapes()
        with Mode(recording=False, training=False):
            found(self, *args)


def _blocks_in(container: Any) -> Iterator[Block]:
    """Yield the blocks in a list, tuple or dictionary, however deeply nested."""
    values = container.values() if isinstance(container, dict) else container
    for value in values if isinstance(container, list | tuple | dict) else ():
        if isinstance(value, Block):
            yield value
        else:
            yield from _blocks_in(value)
