"""The tape: what was computed while recording, and the way back through it.

Every recorded result holds a `Node` that names its rule and points to the nodes of its arguments.
A node is younger than everything it depends on, so walking the nodes from the youngest to the
oldest meets each one after all that was computed from it: no recursion and no sorting beforehand.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Any, Protocol

import numpy as np

from .errors import MXNetError
from .kernels import sum_to
from .operations import Rule

_tick = count().__next__


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
        self.before = state.recording, state.training
        if self.recording is not None:
            state.record(self.recording)
        if self.training is not None:
            state.training = self.training

    def __exit__(self, *exception: Any) -> None:
        state.record(self.before[0])
        state.training = self.before[1]


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
        self.sequence = -_tick()  # negative, so that the smallest in a heap is the youngest
        self.rule = rule
        self.parents = parents
        self.values = values
        self.settings = settings
        self.result = result
        self.spent = False

    def pull(self, gradient: Any) -> "Iterator[tuple[Origin, Any]]":
        """Yield each parent with its share of the gradient."""
        values, result, settings = self.values, self.result, self.settings
        for parent, vjp, value in zip(self.parents, self.rule.vjps, values, strict=True):
            if parent is not None and vjp is not None:
                share = vjp(gradient, result, *values, *settings)
                if share.shape != value.shape or share.dtype != value.dtype:
                    share = fit(share, value)
                yield parent, share

    def free(self) -> None:
        """Drop what the derivatives needed: the node has done its work."""
        self.parents = self.values = ()
        self.result = None
        self.spent = True


Origin = Leaf | Node


class Joint(Node):
    """A node with several results, which waits until the gradients of all of them have come.

    A subclass defines `pull`, which finds the gradients in `heads`.
    """

    __slots__ = ("heads",)

    def __init__(self, parents: "tuple[Origin | None, ...]", results: Iterable[Any]) -> None:
        super().__init__(_JOINT, parents, (), (), None)
        self.heads: list[Any] = [np.zeros_like(result) for result in results]


class Part(Node):
    """One result of a joint node: it hands its gradient on."""

    __slots__ = ("index", "joint")

    def __init__(self, joint: Joint, index: int) -> None:
        super().__init__(_JOINT, (joint,), (), (), None)
        self.joint = joint
        self.index = index

    def pull(self, gradient: Any) -> "Iterator[tuple[Origin, Any]]":
        self.joint.heads[self.index] = gradient
        yield self.joint, _NOTHING


_JOINT = Rule("joint(x)", "x", {})
_NOTHING = np.zeros(())  # what arrives at the joint itself: its gradients are in its heads


def fit(gradient: Any, value: Any) -> Any:
    """Give a gradient the shape and type of its array: what was broadcast is summed."""
    if gradient.shape != value.shape:
        gradient = sum_to(gradient, value.shape)
    return gradient.astype(value.dtype, copy=False)


def record(
    rule: Rule,
    arrays: tuple[Any, ...],
    values: tuple[Any, ...],
    settings: tuple[Any, ...],
    result: Any,
) -> None:
    """Put an operation on the tape if a gradient can reach one of its arrays."""
    if state.watcher is not None:
        state.watcher.saw(rule, arrays, settings, result)
    if state.recording:
        parents = tuple(
            [
                getattr(array, "_node", None) if derivative else None
                for array, derivative in zip(arrays, rule.derivatives, strict=True)
            ]
        )
        if parents.count(None) < len(parents):
            kept = result._data if rule.reads_result else None
            result._node = Node(rule, parents, values, settings, kept)


Pull = Callable[[Node, Any], Iterable[tuple[Origin, Any]]]


def plain_pull(node: Node, gradient: Any) -> Iterable[tuple[Origin, Any]]:
    """Hand a gradient on as a plain NumPy array."""
    return node.pull(gradient)


def propagate(
    heads: Iterable[tuple[Origin, Any]],
    retain: bool = False,
    wanted: "Iterable[Origin]" = (),
    pull: Pull = plain_pull,
) -> dict[Origin, Any]:
    """Walk the tape backward from ``heads``, pairs of a node and its gradient.

    Args:
        heads: where to start.
        retain: keep the nodes for another walk.
        wanted: nodes whose gradients are to be returned beside those of the leaves.
        pull: how a node hands its gradient to its parents.

    Returns:
        The gradient of each leaf and each wanted node that was reached.

    Raises:
        MXNetError: a node was already used by an earlier walk.
    """
    wanted = set(wanted)
    gradients: dict[Origin, Any] = {}
    queue: list[tuple[int, Node]] = []

    def arrive(node: Origin, gradient: Any) -> None:
        if node in gradients:
            gradients[node] = gradients[node] + gradient
        else:
            gradients[node] = gradient
            if type(node) is not Leaf:
                heappush(queue, (node.sequence, node))

    for node, gradient in heads:
        arrive(node, gradient)
    while queue:
        node = heappop(queue)[1]
        if node.spent:
            raise MXNetError(
                "the recorded computation was already used by an earlier backward(), which frees "
                "it: call backward(retain_graph=True) the first time, or record again"
            )
        gradient = gradients[node] if node in wanted else gradients.pop(node)
        for parent, share in pull(node, gradient):
            arrive(parent, share)
        if not retain:
            node.free()
    return gradients
