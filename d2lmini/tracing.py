"""Tracing: watches a block compute once, and rejects what a recorded program cannot repeat."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .absent import missing
from .errors import HybridizeError
from .ndarray import NDArray, mapped
from .operations import Rule
from .parameter import Fixed, Parameter
from .tape import record, state, tracers

if TYPE_CHECKING:
    from .block import Block

_PACKAGE = Path(__file__).parent
_WRITTEN_AS_BY_READERS = _PACKAGE / "models.py"


def __getattr__(name: str) -> Any:
    """Pass on the functions of `nd`: a `hybrid_forward` that is watched gets this as ``F``."""
    if state.watcher is None:
        raise missing(__name__, name)
    from . import nd  # here, because it needs the arrays

    return getattr(nd, name)


def _refusing(what: str, remedy: str, name: str = "") -> Any:
    """Make a method or a property that says why it cannot be used, and what to do instead.

    Threads that watch no block use an array's ordinary one of that name.
    """
    found = getattr(NDArray, name, None)
    usual: Any = found.fget if isinstance(found, property) else found

    def refuse(self: Any, *args: Any, **settings: Any) -> Any:
        if usual and state.watcher is None:
            return usual(self, *args, **settings)
        problem = f"{_place()}: {what} while a hybridized block is being recorded"
        why = "The recorded program is replayed with other values, so it cannot depend on these"
        raise HybridizeError(f"{problem}. {why}: {remedy}, or leave the block out of hybridize()")

    return property(refuse) if isinstance(found, property) else refuse


class Unsteady(NDArray):
    """An array whose values change from call to call, so nothing may depend on them."""

    __slots__ = ()
    _lasting = True


class Symbol(Unsteady):
    """An array of one call: its shape may change, too."""

    __slots__ = ()
    _lasting = False

    def __repr__(self) -> str:
        return f"<Symbol {self._data.dtype} {self._data.shape}>"

    __str__ = __repr__


_TRUTH = "an array is used as a truth value (if, while, and, or)"
_READING = "asnumpy item tolist __float__ __int__ __index__ __array__ __contains__ __reduce__"
_KEEPING = "use reshape with 0 (keep a length) and -1 (infer it), or reshape_like"
for _kind, _names, _what, _remedy in (
    (Unsteady, "__bool__", _TRUTH, "use nd.where"),
    (Unsteady, "asscalar", "asscalar() takes a number out of an array", "keep it an array"),
    (Unsteady, "_own", "an array is written to", "use nd.where or nd.concat"),
    (Unsteady, _READING, "the values of an array are read", "use d2lmini's functions"),
    (Symbol, "shape size", "the shape of an array is read", _KEEPING),
    (Symbol, "__len__ __iter__", "the length of an array is read", "use reshape with 0 and -1"),
    (Symbol, "__setitem__", "elements of an array are assigned", "use nd.where or nd.concat"),
):
    for _name in _names.split():
        setattr(_kind, _name, _refusing(_what, _remedy, _name))


class Step(NamedTuple):
    """One recorded operation: its rule, its arguments, its result, the block it was in.

    ``recorded`` tells whether a gradient may flow back through it, unlike inside ``pause()``.
    """

    rule: Rule
    arrays: tuple[Any, ...]
    settings: tuple[Any, ...]
    result: NDArray
    block: str
    recorded: bool


class Tracer:
    """Lists the operations that a block computes, and the arrays it receives."""

    def __init__(self) -> None:
        self.inputs: list[NDArray] = []
        self.steps: list[Step] = []
        self.blocks: list[str] = []
        self.assigned: list[tuple[Block, str]] = []  # attributes that the forward assigned

    refuse_gradients = _refusing("a gradient is computed", "compute it outside of the block")

    def watch(self, block: "Block", args: tuple[Any, ...]) -> Any:
        """Run the forward of a block on traced arrays."""
        parameters = [Parameter.data(p) for p in block.collect_params().values()]
        for x in parameters:
            x.__class__ = Unsteady
        tracers.append(self)
        state.watcher = self
        state.record(state.recording)
        try:
            return self.inside(block, mapped(args, self._input))
        finally:
            state.watcher = None
            tracers.remove(self)
            state.record(state.recording)
            # The block may have kept some of them, which are ordinary arrays from now on.
            for x in (*self.inputs, *(step.result for step in self.steps)):
                x.__class__ = NDArray
            for x in parameters:
                x.__class__ = Fixed if x._node is None else NDArray

    def _input(self, x: NDArray) -> NDArray:
        self.inputs.append(Symbol(x._data, x._node))
        return self.inputs[-1]

    def saw(self, rule: Rule, arrays: Any, parents: Any, arguments: Any, result: NDArray) -> None:
        """Note an operation, record it if recording is on, and trace its result."""
        if state.recording:
            record(rule, arrays, parents, arguments, result)
        result.__class__ = Symbol  # no new array: the operation returns this one
        block, settings = self.blocks[-1], arguments[len(arrays) :]
        self.steps.append(Step(rule, arrays, settings, result, block, state.recording))

    def inside(self, block: "Block", args: tuple[Any, ...]) -> Any:
        """Run the forward of the watched block or of a part of it."""
        self.blocks.append(block.name)
        try:
            return type(block).forward(block, *args)
        finally:
            self.blocks.pop()


def _place() -> str:
    """Return the line of the user's program that is being executed."""
    from traceback import extract_stack  # here, because only an error needs it

    for frame in reversed(extract_stack()):
        path = Path(frame.filename)
        ours = _PACKAGE in path.parents and path != _WRITTEN_AS_BY_READERS
        if not ours and not path.name.startswith("<d2lmini"):
            break
    # Jupyter's name for the code of a cell says nothing and changes with each start.
    in_cell = path.parent.name.startswith("ipykernel_") or path.name.startswith("<cell ")
    place = f"line {frame.lineno} of a notebook cell" if in_cell else f"{path}:{frame.lineno}"
    return place + (f" ({frame.line})" if frame.line else "")
