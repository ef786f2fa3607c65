"""Replaying: a hybridized block runs its compiled program in place of its forward."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .changes import changes
from .dialect import dialect
from .errors import HybridizeError
from .ndarray import NDArray
from .tape import Joint, Origin, Part, state
from .tracing import Traced, Tracer

if TYPE_CHECKING:
    from .block import Block
    from .compilation import Program


class Replay(Joint):
    """One recorded run of a program, as a node on the tape."""

    __slots__ = ("buffers", "inputs", "kept", "program")

    def __init__(
        self,
        program: "Program",
        parents: tuple[Origin | None, ...],
        inputs: list[Any],
        outputs: tuple[Any, ...],
        buffers: tuple[Any, ...],
        kept: tuple[Any, ...],
    ) -> None:
        super().__init__(parents, outputs)
        self.program = program
        self.inputs = inputs
        self.buffers = buffers
        self.kept = kept

    def pull(self, gradient: Any) -> Iterable[tuple[Origin, Any]]:
        heads = self.gradients() if len(self.heads) > 1 else (gradient,)
        shares = self.program.backward(*heads, *self.inputs, self.buffers, self.kept)
        pairs = zip(self.parents, shares, strict=True)
        return [(parent, share) for parent, share in pairs if parent and share is not None]

    def needs(self) -> Iterable[Any]:
        return (*self.inputs, *self.kept, *self.program.read_back)

    def __str__(self) -> str:
        return "a hybridized block"

    def free(self) -> None:
        super().free()
        self.inputs = []
        self.program.give_back(self.buffers)


class Plan:
    """A program, and what surrounds it.

    Attributes:
        program: the program.
        wanted: the numbers of the inputs whose gradients it gives.
        parameters: the parameters whose gradients it gives.
        form: how its outputs are nested.
    """

    __slots__ = ("form", "parameters", "program", "wanted")

    def __init__(
        self, program: "Program", wanted: list[int], parameters: list[NDArray], form: Any
    ) -> None:
        self.program = program
        self.wanted = wanted
        self.parameters = parameters
        self.form = form

    def run(self, inputs: Sequence[NDArray]) -> Any:
        """Run the program, and record the run if gradients are wanted."""
        program = self.program
        buffers = program.borrow()
        data = [x._data for x in inputs]
        results, kept = program.forward(*data, buffers)
        outputs = [NDArray(result) for result in results]
        if self.wanted or self.parameters:
            parents = [inputs[i]._node for i in self.wanted]
            parents += [parameter._node for parameter in self.parameters]
            replay = Replay(program, tuple(parents), data, results, buffers, kept)
            if len(outputs) == 1:
                outputs[0]._node = replay
            else:
                for i, output in enumerate(outputs):
                    output._node = Part(replay, i)
        else:
            program.give_back(buffers)
        return outputs[0] if self.form is None else _nested(self.form, iter(outputs))


class Cache:
    """What stands in for the forward of a hybridized block.

    Args:
        block: the block.
        static_alloc: let the outputs be buffers that the next call overwrites.
    """

    def __init__(self, block: "Block", static_alloc: bool = False) -> None:
        self._block = block
        self._static_alloc = static_alloc
        self._plans: dict[Any, Plan] = {}
        self._seen = -1
        self._signature: Any = None
        self.last: Program | None = None

    def __call__(self, *args: Any) -> Any:
        """Run the program for inputs of this kind, or record it."""
        if state.watcher is not None:  # part of a larger block that is being recorded
            return state.watcher.inside(self._block, args)
        if self._seen != changes.count:
            self._review()
        inputs: Sequence[NDArray]
        kind: Any
        if len(args) == 1 and type(args[0]) is NDArray:  # by far the most frequent case
            inputs, x = args, args[0]
            kind = x._data.shape, x._data.dtype.num, x._node is None
        else:
            inputs = []
            kind = tuple([_kind(arg, inputs) for arg in args])
        key = (kind, state.recording, state.training, dialect.modern)
        plan = self._plans.get(key)
        if plan is None:
            return self._first(key, args)
        self.last = plan.program
        return plan.run(inputs)

    def _forward(self, *args: Any) -> Any:
        return type(self._block).forward(self._block, *args)

    def _review(self) -> None:
        """Forget the programs if a block or a parameter of the tree has changed."""
        signature = _signature(self._block)
        if signature != self._signature:
            self._plans.clear()
            self._signature = signature
        self._seen = changes.count

    def _first(self, key: Any, args: tuple[Any, ...]) -> Any:
        """Compute as usual, and compile what is computed."""
        parameters = self._block.collect_params().values()
        if any(parameter._array is None for parameter in parameters):
            return self._forward(*args)  # this call fixes the shapes, the next one is recorded
        tracer = Tracer()
        inputs: list[NDArray] = []
        traced = [_traced(arg, inputs) for arg in args]
        state.watcher = tracer
        state.record(state.recording)
        try:
            result = self._forward(*traced)
        finally:
            state.watcher = None
            state.record(state.recording)
            tracer.release()
            for x in inputs:
                x.__class__ = NDArray
        self._compile(key, tracer, inputs, result)
        self._review()
        return result

    def _compile(self, key: Any, tracer: Tracer, inputs: list[NDArray], result: Any) -> None:
        from .compilation import Compiler  # here, because most programs never need it

        outputs: list[NDArray] = []
        form = _form(result, outputs, self._block.name)
        parameters = {p.name: p.data() for p in self._block.collect_params().values()}
        wanted: list[int] = []
        leaves: list[NDArray] = []
        if state.recording:
            wanted = [i for i, x in enumerate(inputs) if x._node is not None]
            leaves = [array for array in parameters.values() if array._node is not None]
        arrays = [inputs[i] for i in wanted] + leaves
        compiler = Compiler(tracer.steps, inputs, outputs, parameters, arrays, self._static_alloc)
        plan = Plan(compiler.program(), wanted, leaves, form)
        self._plans[key] = plan
        self.last = plan.program


def _signature(block: "Block") -> tuple[Any, ...]:
    """What a program depends on: the tree, its attributes and its parameters."""
    children = block._children.items()
    return (
        block._stamp,
        tuple((p.name, p.version) for p in block._reg_params.values()),
        tuple((p.name, p.version) for p in block.params.values()),
        tuple((name, id(child), _signature(child)) for name, child in children),
    )


def _kind(arg: Any, inputs: list[NDArray]) -> Any:
    """What a program must know of an argument; its arrays are added to ``inputs``."""
    if isinstance(arg, NDArray):
        inputs.append(arg)
        return arg._data.shape, arg._data.dtype.num, arg._node is None
    if isinstance(arg, list | tuple):
        return tuple([_kind(part, inputs) for part in arg])
    return arg


def _traced(arg: Any, inputs: list[NDArray]) -> Any:
    """Replace the arrays of an argument by traced ones."""
    if isinstance(arg, NDArray):
        inputs.append(Traced(arg._data, arg._node))
        return inputs[-1]
    if isinstance(arg, list | tuple):
        return type(arg)(_traced(part, inputs) for part in arg)
    return arg


def _form(result: Any, outputs: list[NDArray], name: str) -> Any:
    """How the outputs are nested: None for one array, a list or tuple of forms otherwise."""
    if isinstance(result, NDArray):
        outputs.append(result)
        return None
    if isinstance(result, list | tuple):
        return type(result)(_form(part, outputs, name) for part in result)
    raise HybridizeError(
        f"{name}.forward returned {result!r}, but a hybridized block returns arrays, or lists and "
        "tuples of arrays"
    )


def _nested(form: Any, outputs: Iterator[NDArray]) -> Any:
    if form is None:
        return next(outputs)
    return type(form)(_nested(part, outputs) for part in form)
