"""The tape: what was computed while recording, and the way back through it.

Every recorded result holds a `Node` that names its rule and points to the nodes of its arguments.
A node is younger than everything it depends on, so walking the nodes from the youngest to the
oldest meets each one after all that was computed from it: no recursion and no sorting beforehand.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any, Protocol

import numpy as np

from .errors import MXNetError
from .kernels import sum_to
from .operations import Rule
from .overwriting import overwriting, tick


class Watcher(Protocol):
    """Whoever wants to see each operation as it happens: the tracer of ``hybridize()``."""

    def saw(
        self, rule: Rule, arrays: tuple[Any, ...], settings: tuple[Any, ...], result: Any
    ) -> None: ...

    def inside(self, block: Any, args: tuple[Any, ...]) -> Any: ...


class State(threading.local):
    """Whether this thread records, and whether it trains; each thread has its own."""

    recording = False
    training = False
    watcher: Watcher | None = None
    active = False  # recording or watched: the one question that every operation asks

    def record(self, recording: bool) -> None:
        """Switch recording on or off."""
        self.recording = recording
        self.active = recording or self.watcher is not None


state = State()


class Scope:
    """A ``with`` block in which this thread records or trains, or does not; None: as before."""

    __slots__ = ("before", "recording", "training")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self.recording = recording
        self.training = training

    def __enter__(self) -> None:
        self.before = state.recording, state.training, state.active
        if self.recording is not None:
            state.recording = self.recording
            state.active = self.recording or state.watcher is not None
        if self.training is not None:
            state.training = self.training

    def __exit__(self, *exception: Any) -> None:
        state.recording, state.training, state.active = self.before


class Leaf:
    """The start of the tape: an array whose gradient is kept.

    Attributes:
        request: ``'write'`` if backward replaces the gradient, ``'add'`` if it adds to it.
        gradient: the array that receives the gradient.
        fresh: whether a gradient arrived since the trainer last looked.
    """

    __slots__ = ("fresh", "gradient", "request")

    def __init__(self, gradient: Any, request: str) -> None:
        self.gradient = gradient
        self.request = request
        self.fresh = False

    def receive(self, gradient: Any) -> None:
        """Put the gradient where the reader of ``x.grad`` finds it."""
        buffer = self.gradient._data
        if self.request == "add":
            buffer += gradient
        else:
            buffer[...] = gradient
        self.fresh = True


class Node:
    """One recorded operation: what its derivatives will need, and whom they concern."""

    __slots__ = ("parents", "result", "rule", "sequence", "settings", "spent", "values")

    def __init__(
        self,
        rule: Rule,
        parents: "tuple[Origin | None, ...]",
        values: tuple[Any, ...],
        settings: tuple[Any, ...],
        result: Any,
    ) -> None:
        self.sequence = -tick()  # negative, so that the smallest in a heap is the youngest
        self.rule = rule
        self.parents = parents
        self.values = values
        self.settings = settings
        self.result = result
        self.spent = False

    def pull(self, gradient: Any) -> "Iterable[tuple[Origin, Any]]":
        """Pair each parent with its share of the gradient."""
        values, result, settings = self.values, self.result, self.settings
        shares = []
        for parent, vjp, value in zip(self.parents, self.rule.vjps, values, strict=True):
            if parent is not None and vjp is not None:
                share = vjp(gradient, result, *values, *settings)
                if share.shape != value.shape or share.dtype is not value.dtype:
                    share = fit(share, value)
                shares.append((parent, share))
        return shares

    def needs(self) -> Iterable[Any]:
        """The arrays whose values the derivatives read."""
        for parent, reads in zip(self.parents, self.rule.reads, strict=True):
            if parent is not None:
                yield from (self.values[i] for i in reads)
        yield self.result
        yield from self.settings  # among them the key of an index

    def check(self) -> None:
        """Refuse to compute a gradient from values that are no longer those of the recording.

        Raises:
            MXNetError: an array was overwritten meanwhile.
        """
        lost = overwriting.since(-self.sequence, self.needs())
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
        self.parents = self.values = ()
        self.result = None
        self.spent = True


Origin = Leaf | Node


class Joint(Node):
    """A node with several results, which waits until the gradients of all of them have come.

    A subclass defines `pull`, which finds them with `gradients`; there is no rule.
    """

    __slots__ = ("heads", "results")

    def __init__(self, parents: "tuple[Origin | None, ...]", results: Sequence[Any]) -> None:
        self.sequence = -tick()
        self.parents = parents
        self.spent = False
        self.heads: list[Any] = [None] * len(results)
        self.results = results

    def needs(self) -> Iterable[Any]:
        return ()

    def __str__(self) -> str:
        return "a function"

    def gradients(self) -> list[Any]:
        """The gradients of all results, zeros where none has come; they are handed out once."""
        heads, self.heads = self.heads, [None] * len(self.heads)
        return [
            np.zeros_like(result) if head is None else head
            for head, result in zip(heads, self.results, strict=True)
        ]


class Part(Node):
    """One result of a joint node: it hands its gradient on."""

    __slots__ = ("index", "joint")

    def __init__(self, joint: Joint, index: int) -> None:
        self.sequence = -tick()
        self.parents = (joint,)
        self.spent = False
        self.joint = joint
        self.index = index

    def needs(self) -> Iterable[Any]:
        return ()

    def pull(self, gradient: Any) -> "Iterable[tuple[Origin, Any]]":
        self.joint.heads[self.index] = gradient
        return [(self.joint, _NOTHING)]


_NOTHING = np.zeros(())  # what arrives at the joint itself: its gradients are in its heads


def fit(gradient: Any, value: Any) -> Any:
    """Give a gradient the shape and type of its array: what was broadcast is summed."""
    if gradient.shape != value.shape:
        gradient = sum_to(gradient, value.shape)
    return gradient.astype(value.dtype, copy=False)


def record(
    rule: Rule,
    arrays: tuple[Any, ...],
    parents: tuple[Origin | None, ...],
    values: tuple[Any, ...],
    settings: tuple[Any, ...],
    result: Any,
) -> None:
    """Put an operation on the tape if a gradient can reach one of its arrays.

    Args:
        rule: the row of the table.
        arrays: the arguments as they were given.
        parents: their nodes, where the rule has a derivative.
        values: their NumPy arrays.
        settings: the other arguments.
        result: the array that the operation made.
    """
    if state.watcher is not None:
        state.watcher.saw(rule, arrays, settings, result)
    if state.recording and parents.count(None) < len(parents):
        kept = result._data if rule.reads_result else None
        result._node = Node(rule, parents, values, settings, kept)


Pull = Callable[[Node, Any], Iterable[tuple[Origin, Any]]]


def propagate(
    heads: Iterable[tuple[Origin, Any]],
    retain: bool = False,
    wanted: "Iterable[Origin]" = (),
    pull: Pull | None = None,
) -> dict[Origin, Any]:
    """Walk the tape backward from ``heads``, pairs of a node and its gradient.

    Args:
        heads: where to start.
        retain: keep the nodes for another walk.
        wanted: nodes whose gradients are to be returned beside those of the leaves.
        pull: how a node hands its gradient to its parents, if not by its own method.

    Returns:
        The gradient of each leaf and each wanted node that was reached.

    Raises:
        MXNetError: a node was already used by an earlier walk, or needs what was overwritten.
    """
    last_write = overwriting.latest
    wanted = set(wanted)
    gradients: dict[Origin, Any] = {}
    queue: list[tuple[int, Node]] = []

    for start, gradient in heads:
        if start in gradients:
            gradient = gradients[start] + gradient
        elif isinstance(start, Node):
            heappush(queue, (start.sequence, start))
        gradients[start] = gradient
    while queue:
        node = heappop(queue)[1]
        if node.spent:
            raise MXNetError(
                "the recorded computation was already used by an earlier backward(), which frees "
                "it: call backward(retain_graph=True) the first time, or record again"
            )
        if -node.sequence < last_write:
            node.check()
        gradient = gradients[node] if node in wanted else gradients.pop(node)
        for parent, share in pull(node, gradient) if pull else node.pull(gradient):
            if parent in gradients:
                gradients[parent] = gradients[parent] + share
            else:
                gradients[parent] = share
                if isinstance(parent, Node):
                    heappush(queue, (parent.sequence, parent))
        if not retain:
            node.free()
    return gradients
