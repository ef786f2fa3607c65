"""The tape: what was computed while recording, and the way back through it.

Every recorded result holds a `Node` that names its rule and points to the nodes of its arguments.
A node is younger than everything it depends on, so walking the nodes from the youngest to the
oldest meets each one after all that was computed from it: no recursion and no sorting beforehand.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from . import overwriting
from .errors import MXNetError
from .kernels import OuterSum
from .operations import Rule
from .overwriting import owner

Shares = Iterable[tuple["Origin", Any]]  # nodes, each with its share of a gradient
Parents = tuple["Origin | None", ...]
Values = tuple[Any, ...]
Pull = Callable[[Any, Any], Shares]  # how a node passes its gradient to its parents

FREED = (
    "the recorded computation was already used by an earlier backward(), which frees it: call "
    "backward(retain_graph=True) the first time, or record again"
)


class State(threading.local):
    """Whether this thread is recording and training; each thread has its own state.

    Attributes:
        unfinished: whether the present ``with`` block or what surrounds it records.
        watcher: the tracer of ``hybridize()`` while it is at work.
        recorder: the function to call for each operation, or None.
    """

    def __init__(self) -> None:
        self.recording = self.training = self.unfinished = False
        self.watcher: Any = None
        self.recorder: Callable[..., None] | None = None

    def record(self, recording: bool) -> None:
        """Switch recording on or off."""
        self.recording = recording
        watcher = self.watcher
        self.recorder = watcher.saw if watcher is not None else record if recording else None


state = State()
tracers: list[Any] = []  # those at work in any thread; without one, constants need no record


class Mode:
    """A ``with`` block that switches recording and training on or off; None keeps the setting."""

    __slots__ = ("before", "recording", "training")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self.recording = recording
        self.training = training
        self.before: Any = None

    def __enter__(self) -> None:
        own = state.__dict__  # this thread's, which takes as long to find as one attribute
        self.before = own.copy(), self.before  # since one object may be entered again inside
        if self.recording or own["recording"]:
            own["unfinished"] = True
        if self.recording is not None:
            state.record(self.recording)
        if self.training is not None:
            own["training"] = self.training

    def __exit__(self, *exception: Any) -> None:
        before, self.before = self.before
        state.__dict__.update(before)


class Leaf:
    """A start of the tape: an array whose gradient is kept.

    Attributes:
        request: ``'write'`` if backward replaces the gradient, ``'add'`` if it adds to it.
        gradient: the array that receives the gradient.
        fresh: whether a gradient has arrived since the trainer's last step.
    """

    __slots__ = ("fresh", "gradient", "request")

    sequence = 0  # older than every node
    spent = 0  # never freed

    def __init__(self, gradient: Any, request: str) -> None:
        self.gradient = gradient
        self.request = request
        self.fresh = False

    def receive(self, gradient: Any) -> None:
        """Store the gradient in ``x.grad``."""
        buffer = self.gradient._data
        if self.request == "add":
            buffer += gradient
        elif type(gradient) is OuterSum:
            gradient.write(buffer)
        else:
            buffer[...] = gradient
        self.fresh = True


class Node:
    """One recorded operation: what its derivatives will need, and which nodes they go to.

    Attributes:
        sequence: the time of the recording, negated: the smallest is the youngest.
        rule: the row of the table.
        parents: where its arrays came from; None where no gradient is wanted.
        arguments: the values of its arrays, and its settings.
        result: its own value, if the derivatives read it.
        spent: when an earlier walk back freed it, or 0.
    """

    __slots__ = ("arguments", "parents", "result", "rule", "sequence", "spent")

    sequence: int
    rule: Rule
    parents: Parents
    arguments: Values
    result: Any
    spent: int

    def pull(self, gradient: Any) -> Shares:
        """Pair each parent with its share of the gradient."""
        return self.rule.pull(self, gradient)

    def needs(self) -> Iterable[Any]:
        """Yield the arrays whose values the derivatives read, and settings such as an index."""
        for parent, reads in zip(self.parents, self.rule.reads, strict=True):
            if parent is not None:
                yield from (self.arguments[i] for i in reads)
        yield self.result
        yield from self.arguments[len(self.rule.arrays) :]

    def check(self, needs: Iterable[Any]) -> None:
        """Refuse to compute a gradient from values that have changed since they were recorded.

        Args:
            needs: the arrays.

        Raises:
            MXNetError: one of them has been overwritten.
        """
        lost = overwriting.since(-self.sequence, needs)
        if lost is not None:
            raise MXNetError(
                f"an array of shape {lost.shape} was overwritten after {self} had been recorded, "
                "whose gradient needs the old values: call backward() before the array is "
                "overwritten, or record with a copy of it (x.copy())"
            )

    def __str__(self) -> str:
        return self.rule.name

    def free(self) -> None:
        """Drop what the derivatives needed: the node has done its work."""
        self.parents = self.arguments = ()
        self.result = None
        self.spent = overwriting.tick()


Origin = Leaf | Node


def record(rule: Rule, arrays: Values, parents: Parents, arguments: Values, result: Any) -> None:
    """Put an operation on the tape if a gradient can reach one of its arrays.

    Args:
        rule: the row of the table.
        arrays: the array arguments as given.
        parents: their nodes, where the rule has a derivative.
        arguments: their NumPy arrays, and the settings.
        result: the array that the operation made.
    """
    if any(parents):
        node = Node.__new__(Node)  # saves the call of a constructor
        node.sequence = -overwriting.tick()
        node.rule = rule
        node.parents = parents
        node.arguments = arguments
        node.result = result._data if rule.reads_result else None
        node.spent = 0
        result._node = node


class Heads(dict[int, Any]):
    """The gradients of some results of a joint node, by their numbers."""

    def __add__(self, others: "Heads") -> "Heads":
        return Heads(self | others | {i: self[i] + others[i] for i in self.keys() & others.keys()})


class Joint(Node):
    """A node with one or more results, which waits until the gradients of all have arrived.

    A subclass defines `pull`, `needs` and ``__str__``; there is no rule. What arrives is the
    gradient of the only result, or `Heads` from the parts, which `heads` turns into a list.
    """

    __slots__ = ("results",)

    def __init__(self, parents: Parents, results: Sequence[Any]) -> None:
        self.sequence = -overwriting.tick()
        self.parents = parents
        self.spent = 0
        self.results = results

    def recorded_pull(self, heads: list[Any], pull: Pull) -> Shares:
        """Do what `pull` does, recorded; the argument ``pull`` does so for other nodes."""
        raise NotImplementedError

    def release(self) -> None:
        """Release the memory of the gradients: the walk back is over."""

    def heads(self, gradient: Any) -> list[Any]:
        """Return the gradients of all results, zeros where none has arrived."""
        if not isinstance(gradient, Heads):
            return [gradient]
        return [
            gradient[i] if i in gradient else np.zeros_like(y) for i, y in enumerate(self.results)
        ]


class Part(Node):
    """One result of a joint node: it passes its gradient on."""

    __slots__ = ("index", "joint")

    def __init__(self, joint: Joint, index: int) -> None:
        self.sequence = -overwriting.tick()
        self.parents = (joint,)
        self.joint = joint
        self.index = index

    def needs(self) -> Iterable[Any]:
        return ()

    def pull(self, gradient: Any) -> Shares:
        return [(self.joint, Heads({self.index: gradient}))]

    @property
    def spent(self) -> int:  # type: ignore[override]
        """When an earlier walk back freed the results, which it does all at once, or 0."""
        return self.joint.spent

    def free(self) -> None:
        """Do nothing: there is only the joint node to free."""


def propagate(
    heads: Shares, retain: bool = False, wanted: Iterable[Origin] = (), pull: Pull | None = None
) -> Iterator[tuple[Origin, Any]]:
    """Walk the tape backward from ``heads``, pairs of a node and its gradient.

    Args:
        heads: where to start.
        retain: keep the nodes for another walk.
        wanted: nodes whose gradients to return along with those of the leaves.
        pull: how a node passes its gradient to its parents, if not by its own method.

    Yields:
        Each leaf and each wanted node that was reached, with its gradient. Copy a gradient to keep
        it: the tape may give one array, or a view of it, to several, and write into it later.

    Raises:
        MXNetError: an earlier walk has freed a node, or a node needs values that were overwritten.
            What was computed from a freed result takes it for a constant, as in Gluon: in a loop
            over time, each step can go on from the state that the last one left.
    """
    last_write = overwriting.latest
    wanted = set(wanted)
    gradients: dict[Origin, Any] = {}
    queue: list[tuple[int, Any]] = []  # a heap, the youngest node first
    shares: Shares = heads
    joints: list[Joint] = []
    node: Any = None
    constants = late = False
    while True:
        for origin, share in shares:
            if origin in gradients:
                gradients[origin] = gradients[origin] + share
            elif origin.spent:
                if node is None or -node.sequence < origin.spent:
                    raise MXNetError(FREED)
                constants = True
            elif origin.sequence:
                gradients[origin] = np.array(share) if type(share) is OuterSum else share
                heappush(queue, (origin.sequence, origin))
            else:
                gradients[origin] = share
                late = late or type(share) is OuterSum
        if not queue:
            break
        node = heappop(queue)[1]
        if -node.sequence < last_write:
            node.check(node.needs())
        if late and isinstance(node, Joint):  # its backward may overwrite what the sums will read
            _finish_sums(gradients, every=True)
            late = False
        gradient = gradients[node] if node in wanted else gradients.pop(node)
        shares = pull(node, gradient) if pull else node.pull(gradient)
        if not retain:
            node.free()
            if isinstance(node, Joint):
                joints.append(node)
    if constants and not gradients:
        raise MXNetError(FREED)
    if late:
        _finish_sums(gradients, every=False)
    yield from gradients.items()
    for joint in joints:
        joint.release()


def _finish_sums(gradients: dict[Origin, Any], every: bool) -> None:
    """Compute the sums left for later: every one, or those that another gradient would spoil."""
    held = [leaf.gradient for leaf in gradients if isinstance(leaf, Leaf)]
    written = {id(owner(gradient._data)) for gradient in held if gradient is not None}
    for leaf, sum in gradients.items():
        if type(sum) is OuterSum and (every or {id(owner(sum.a)), id(owner(sum.b))} & written):
            gradients[leaf] = np.array(sum)
