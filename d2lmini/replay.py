"""Replaying: a hybridized block runs its compiled program instead of its forward."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import attrgetter, or_
from sys import getrefcount
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from .dialect import dialect
from .errors import HybridizeError, MXNetError
from .ndarray import NDArray, arrays_in, mapped
from .operations import NUMPY
from .parameter import Fixed, Parameter, changes
from .pictures import parts
from .streams import Array
from .tape import Heads, Joint, Mode, Part, Pull, Shares, propagate, state
from .tracing import Tracer

if TYPE_CHECKING:
    from .block import Block
    from .compilation import Compiler

_data, _node = attrgetter("_data"), attrgetter("_node")
_ARRAY = NDArray.__new__(NDArray)  # stands for an array where only the nesting matters
_PLAIN = (int, float, complex, str, bytes, type(None), type, np.generic, np.dtype)
_MOST = 256  # programs of one block: each keeps its buffers
_PATIENCE = 10  # outdated programs before a warning: a forward may well set an attribute once


class Program:
    """A compiled block: its forward pass and, if it was recorded, its backward pass.

    Attributes:
        source: the program as text.
        forward: ``forward(*inputs, buffers)`` returns the outputs and what ``backward`` needs.
        backward: ``backward(*gradients, *inputs, buffers, kept)`` returns the gradients of the
            inputs and of the parameters; None without a backward pass.
        buffers: the shape and type of each buffer.
        outgoing: the numbers of those that outputs stand in.
        read: the parameters and constants that it reads.
        read_back: those that ``backward`` reads.
        linked: by the number of an output, the gradients it contributes to, one bit for each.
        chance: the first random operation, which never gives the same result twice, or None.
        wanted: the numbers of the inputs whose gradients it computes.
        parameters: the parameters whose gradients it computes.
        form: how its outputs are nested.
        training: whether it was compiled for training.
        signature: what else it depends on.
        give_back: returns a set of buffers for others to use.
    """

    def __init__(self, compiler: "Compiler", form: Any, signature: Any) -> None:
        self.source, self.linked, self.chance = compiler.source, compiler.linked, compiler.chance
        self.buffers, self.outgoing = compiler.buffers, compiler.outgoing
        self.wanted, self.parameters = compiler.wanted_inputs, compiler.leaves
        self.form, self.training, self.signature = form, state.training, signature
        namespace = {**NUMPY, **compiler.bound}
        exec(compile(self.source, "<d2lmini program>", "exec"), namespace)
        # Taken out, since the functions refer to the namespace: no cycle, so it is freed at once.
        self.forward: Callable[..., Any] = namespace.pop("forward")
        self.backward: Any = namespace.pop("backward", None)
        self.read = list(compiler.bound.values())
        names = self.backward.__code__.co_names if self.backward else ()
        self.read_back = [compiler.bound[name] for name in names if name in compiler.bound]
        self._free: list[tuple[Array, ...]] = []
        self.give_back = self._free.append

    def __str__(self) -> str:
        return self.source

    def borrow(self) -> tuple[Array, ...]:
        """Take a set of buffers that nobody is using."""
        try:
            buffers = self._free.pop()
        except IndexError:
            return tuple([np.empty(*kind) for kind in self.buffers])
        for i in self.outgoing:
            if getrefcount(buffers[i]) > 2:  # the set and this call, but also who holds an output
                buffers = (*buffers[:i], np.empty(*self.buffers[i]), *buffers[i + 1 :])
        return buffers

    def run(self, block: "Block", args: tuple[Any, ...], inputs: Sequence[NDArray]) -> Any:
        """Run the block's program, and record the run if gradients are wanted."""
        buffers = self.borrow()
        if len(inputs) == 1:  # the same as below, but without unpacking, in half the time
            results, kept = self.forward(inputs[0]._data, buffers)
        else:
            results, kept = self.forward(*map(_data, inputs), buffers)
        replay: Any = None
        linked, form = self.linked, self.form
        if linked:
            parents = (*[inputs[i]._node for i in self.wanted], *map(_node, self.parameters))
            replay = Replay(parents, results)
            replay.program, replay.block, replay.buffers, replay.kept = self, block, buffers, kept
            replay.args, replay.inputs = args, tuple(map(_data, inputs))
        else:
            self.give_back(buffers)
        if form is _ARRAY:  # by far the most frequent case
            return NDArray(results[0], replay)
        nodes = (Part(replay, i) if replay and i in linked else None for i in range(len(results)))
        outputs = map(NDArray, results, nodes)
        return mapped(form, lambda _: next(outputs))


class Replay(Joint):
    """One recorded run of a program, as a node on the tape."""

    __slots__ = ("args", "block", "buffers", "inputs", "kept", "program")

    program: Program
    block: "Block"
    args: tuple[Any, ...]
    inputs: tuple[Any, ...]
    buffers: tuple[Any, ...]
    kept: tuple[Any, ...]

    def pull(self, gradient: Any) -> Shares:
        heads, program = self.heads(gradient), self.program
        shares = program.backward(*heads, *self.inputs, self.buffers, self.kept)
        pairs: Iterable[Any] = zip(self.parents, shares, strict=True)
        if type(gradient) is Heads and len(gradient) < len(program.linked):
            used = reduce(or_, map(program.linked.__getitem__, gradient))
            pairs = [pair for i, pair in enumerate(pairs) if used >> i & 1]
        return [(parent, share) for parent, share in pairs if parent and share is not None]

    def recorded_pull(self, heads: list[NDArray], pull: Pull) -> Shares:
        """Compute the block again, operation by operation, and walk back through the operations."""
        block, program = self.block, self.program
        reason = program.chance and f"of {program.chance}"
        if _signature(block) != program.signature:
            reason = "it has changed since"
        if reason:
            raise MXNetError(
                f"create_graph=True runs a hybridized block again, but {block.name} would not "
                f"give the same result, because {reason}: call hybridize(False) on it first"
            )
        self.check((*self.inputs, *program.read))
        parents = dict(zip(program.wanted, self.parents, strict=False))
        inputs = iter([NDArray(x, parents.get(i)) for i, x in enumerate(self.inputs)])
        with Mode(recording=True, training=program.training):
            result = type(block).forward(block, *mapped(self.args, lambda _: next(inputs)))
        pairs = zip(arrays_in(result), heads, strict=True)
        starts = [(y._node, head) for y, head in pairs if y._node is not None]
        ends = {parent for parent in parents.values() if parent}
        stop: Pull = lambda node, g: [] if node in ends else pull(node, g)  # noqa: E731
        return list(propagate(starts, True, ends, stop))

    def needs(self) -> Iterable[Any]:
        return (*self.inputs, *self.kept, *self.buffers, *self.program.read_back)

    def __str__(self) -> str:
        return "a hybridized block"

    def free(self) -> None:
        super().free()
        self.inputs = self.args = ()

    def release(self) -> None:
        self.program.give_back(self.buffers)


class Cache:
    """Replaces the forward of a hybridized block.

    Args:
        block: the block.
        static_alloc: let outputs be buffers, which are used again once nobody holds them.
    """

    def __init__(self, block: "Block", static_alloc: bool = False) -> None:
        # The block holds its cache: without a cycle, both are freed at once.
        self._ref: Any = ref(block)
        self._static_alloc = static_alloc
        self._programs: dict[Any, Program] = {}
        self._seen = -1
        self._signature: Any = None
        self._inferred = False  # whether a run of the forward has inferred what shapes it can
        self._outdated = 0  # programs that became outdated by what their own forward changed
        self.last: Program | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Cache":
        return Cache(memo[id(self._block)], self._static_alloc)

    @property
    def _block(self) -> "Block":
        block: Block | None = self._ref()
        if block is None:
            raise ReferenceError("this forward's block no longer exists: keep the block itself")
        return block

    def __call__(self, *args: Any) -> Any:
        """Run the program for inputs of this kind, or compile it first."""
        recorder = state.recorder
        if recorder is not None and state.watcher is not None:  # part of a larger block
            return state.watcher.inside(self._block, args)
        if self._seen != changes.latest:
            self._review()
        inputs: Sequence[NDArray]
        kind: Any
        if len(args) == 1 and type(args[0]) is NDArray:  # by far the most frequent case
            inputs, x = args, args[0]
            kind = x._data.shape, x._data.dtype.num, x._node is None
        else:
            inputs = []
            kind = tuple([self._kind(arg, inputs) for arg in args])
        key = kind, recorder is not None, state.training, dialect.modern
        program = self._programs.get(key)
        if program is None:
            return self._first(key, args)
        self.last = program
        return program.run(self._ref(), args, inputs)

    def _kind(self, arg: Any, inputs: list[NDArray]) -> Any:
        """Return what a program must know about an argument, and add its arrays to ``inputs``."""
        if isinstance(arg, NDArray):
            inputs.append(arg)
            return arg._data.shape, arg._data.dtype.num, arg._node is None
        if isinstance(arg, list | tuple):
            return type(arg), *[self._kind(part, inputs) for part in arg]
        if not isinstance(arg, _PLAIN):  # nobody would notice what changes inside
            raise TypeError(
                f"{self._block.name} is hybridized, so it must be called with d2lmini arrays, "
                f"numbers, or lists of them, not with a value of type {type(arg).__name__}"
            )
        # 1, 1.0 and True are equal, and so are 0.0 and -0.0.
        return type(arg), repr(arg) if isinstance(arg, float | np.floating) else arg

    def _review(self) -> None:
        """Forget the programs if a block or a parameter of the tree has changed."""
        signature = _signature(self._block)
        if signature != self._signature:
            self._programs.clear()
            self._signature = signature
        self._seen = changes.latest

    def _first(self, key: Any, args: tuple[Any, ...]) -> Any:
        """Compute as usual, and compile what was computed."""
        forward = type(self._block).forward
        parameters = self._block.collect_params().values()
        hooked = any(part._hooks for part in parts(self._block) if part is not self._block)
        complete = all(parameter._array is not None for parameter in parameters)
        if state.training and not (hooked or complete or self._inferred):
            with Mode(recording=None, training=False):  # masks are drawn after all weights
                forward(self._block, *args)
            self._inferred = True
            return self(*args)
        if hooked or not complete:
            # A program calls no hooks. This call may complete the shapes, the next one is recorded.
            return forward(self._block, *args)
        tracer = Tracer()
        before = _signature(self._block)
        result = tracer.watch(self._block, args)
        self._compile(key, tracer, result)
        self._review()
        if self._signature != before and tracer.assigned:
            self._outdated += 1
            if self._outdated == _PATIENCE:
                names = {f"{block.name}.{name}" for block, name in tracer.assigned}
                warnings.warn(
                    f"forward assigns {', '.join(sorted(names))}: {self._block.name} is hybridized "
                    "and recorded again on every call, which is slow: return the value "
                    "instead of keeping it, or call hybridize(False)",
                    stacklevel=4,
                )
        return result

    def _compile(self, key: Any, tracer: Tracer, result: Any) -> None:
        from .compilation import Compiler  # here, because most programs never need it

        block = self._block
        form = mapped(result, lambda _: _ARRAY, self._refuse)
        outputs = arrays_in(result)
        parameters = {p.name: Parameter.data(p) for p in block.collect_params().values()}
        steps = tracer.steps
        own = {id(x) for x in (*tracer.inputs, *parameters.values(), *(s.result for s in steps))}
        for x in (*(x for step in steps for x in step.arrays), *outputs):
            frozen = isinstance(x, Fixed)
            if id(x) not in own and (frozen or getattr(x, "_node", None) is not None):
                kind = "belongs to a frozen parameter" if frozen else "has a gradient"
                loss = "a new value would go unnoticed" if frozen else "the gradient would be lost"
                raise HybridizeError(
                    f"{block.name} computes with an array of shape {x.shape} that {kind} "
                    f"but is neither an input nor a parameter of it, so {loss}: "
                    "pass the array to the call, make the block that has it a child, or leave the "
                    "block out of hybridize(), as you must for one with an autograd.Function"
                )
        if len(self._programs) >= _MOST:
            warnings.warn(
                f"{block.name} has been compiled for {_MOST} kinds of arguments, and the oldest "
                "programs are dropped: pass numbers that change from call to call as arrays, and "
                "pad inputs to few shapes, or call hybridize(False)",
                stacklevel=5,
            )
            self._programs.pop(next(iter(self._programs)), None)
        compiler = Compiler(tracer, outputs, parameters, self._static_alloc)
        self.last = self._programs[key] = Program(compiler, form, _signature(block))

    def _refuse(self, result: Any) -> Any:
        raise HybridizeError(
            f"{self._block.name}.forward returned {result!r}, but a hybridized block must return "
            "arrays, or lists or tuples of arrays"
        )


def _signature(block: "Block") -> tuple[Any, ...]:
    """Return what a program depends on: the last change to each block and parameter in the tree."""
    own = [(p.changed, getattr(p._array, "_node", None) is None) for p in block._own_parameters()]
    below = map(_signature, block._children.values())
    return (block._last_change, bool(block._hooks), *own, *below)
