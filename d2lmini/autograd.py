"""Automatic differentiation: recording, gradients, and functions with a backward of their own."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import cache, partial
from typing import Any

import numpy as np

from . import functions, kernels
from .errors import MXNetError
from .ndarray import NDArray, listed, mapped, unwrap
from .operations import NUMPY, TABLE, Rule
from .tape import Joint, Leaf, Mode, Node, Part, Pull, Shares, propagate, state

Arrays = NDArray | Sequence[NDArray]
Gradients = NDArray | Sequence[NDArray | None] | None


def record(train_mode: bool = True) -> Mode:
    """Record what is computed inside ``with autograd.record():``.

    Args:
        train_mode: whether layers such as Dropout behave as in training inside the block.
    """
    return Mode(True, train_mode)


def pause(train_mode: bool = False) -> Mode:
    """Stop recording inside ``with autograd.pause():``.

    Args:
        train_mode: whether layers behave as in training inside the block.
    """
    return Mode(False, train_mode)


def train_mode() -> Mode:
    """Make layers behave as in training inside ``with autograd.train_mode():``."""
    return Mode(None, True)


def predict_mode() -> Mode:
    """Make layers behave as in prediction inside ``with autograd.predict_mode():``."""
    return Mode(None, False)


def is_recording() -> bool:
    """Tell whether this thread is recording its computations."""
    return state.recording


def is_training() -> bool:
    """Tell whether layers behave as in training in this thread."""
    return state.training


def set_recording(is_record: bool) -> bool:
    """Switch recording on or off for this thread, and return the previous setting.

    Args:
        is_record: whether to record.
    """
    before = state.recording
    state.record(is_record)
    return before


def set_training(train_mode: bool) -> bool:
    """Switch training behavior on or off for this thread, and return the previous setting.

    Args:
        train_mode: whether layers behave as in training.
    """
    before, state.training = state.training, bool(train_mode)
    return before


def mark_variables(
    variables: Arrays, gradients: Arrays, grad_reqs: str | Sequence[str] = "write"
) -> None:
    """Make arrays variables, and choose the arrays that receive their gradients.

    Args:
        variables: the arrays to differentiate with respect to.
        gradients: for each variable, an array of its shape for ``backward`` to write to.
        grad_reqs: ``'write'``, ``'add'`` or ``'null'``: one for all, or one for each.

    Raises:
        ValueError: the numbers of arguments differ, or a ``grad_req`` is none of the three.
        MXNetError: a gradient has not the shape of its variable.
    """
    variables, gradients = listed(variables), listed(gradients)
    requests = [grad_reqs] * len(variables) if isinstance(grad_reqs, str) else grad_reqs
    if not len(variables) == len(gradients) == len(requests):
        counts = f"{len(variables)} variables, {len(gradients)} gradients and {len(requests)}"
        raise ValueError(f"{counts} grad_reqs were given: give the same number of each")
    kinds = [(x._data.shape, x._data.dtype) for x in variables]
    _fitting(gradients, kinds, "mark_variables got", "gradient", "variable")
    for variable, gradient, request in zip(variables, gradients, requests, strict=True):
        variable.attach_grad(request)
        if isinstance(variable._node, Leaf):
            gradient._own()  # backward will write to it
            variable._node.gradient = gradient


def backward(
    heads: Arrays, head_grads: Gradients = None, retain_graph: bool = False, train_mode: bool = True
) -> None:
    """Compute the gradients of ``heads`` and store them in the ``grad`` of each variable.

    Args:
        heads: the results to start from.
        head_grads: for each head, the gradient to start with, by default ones.
        retain_graph: keep the recorded computation for another backward.
        train_mode: accepted for compatibility with Gluon; what was recorded is differentiated.

    Raises:
        MXNetError: a head was not recorded, or an earlier backward has freed its computation.
    """
    for leaf, gradient in propagate(_starts(heads, head_grads), retain_graph):
        if isinstance(leaf, Leaf):
            leaf.receive(gradient)


def grad(
    heads: Arrays,
    variables: Arrays,
    head_grads: Gradients = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    train_mode: bool = True,
) -> list[NDArray]:
    """Return the gradients of ``heads`` with respect to ``variables``.

    The ``grad`` of each variable stays unchanged.

    Args:
        heads: the results to differentiate.
        variables: an array, or a list of arrays, that the heads were computed from.
        head_grads: for each head, the gradient to start with, by default ones.
        retain_graph: keep the recorded computation; the default is the value of ``create_graph``.
        create_graph: record the backward pass too, so that the gradients can be differentiated.
        train_mode: whether layers behave as in training while the backward pass is recorded.

    Returns:
        A list with one gradient for each variable, also if there is only one.

    Raises:
        MXNetError: the heads do not depend on one of the variables.
    """
    pairs, wanted = _starts(heads, head_grads, create_graph), listed(variables)
    nodes: list[Any] = [variable._node for variable in wanted]
    retain = create_graph if retain_graph is None else retain_graph
    seed = partial(_Seed, None, "write") if create_graph else lambda: None
    if create_graph:
        with Mode(recording=True, training=train_mode):
            lifted = [(node, x + NDArray(kernels.zero(x._data.dtype), seed())) for node, x in pairs]
            found = propagate(lifted, retain, nodes, _recorded_pull)
            reached = {node: gradient.copy() for node, gradient in found}
    else:
        plain = propagate(pairs, retain, nodes)
        reached = {node: NDArray(np.array(gradient)) for node, gradient in plain}
    constant = any(isinstance(node, _Seed) for node in reached)
    for i, node in enumerate(nodes):
        if node is not None and constant:
            reached.setdefault(node, NDArray(np.zeros_like(wanted[i]._data), seed()))
        if node not in reached:
            problem = f"variable {i}, of shape {wanted[i].shape}, was not used to compute the heads"
            way = "call attach_grad() on it before recording, and compute the heads from it"
            raise MXNetError(f"{problem}: {way}")
    return [reached[node] for node in nodes]


class _Seed(Leaf):
    """Where the walk of a recorded gradient starts: even a constant gradient depends on it."""

    __slots__ = ()

    def receive(self, gradient: Any) -> None:
        """Keep nothing."""


def _recorded_pull(node: Node, gradient: NDArray) -> Shares:
    """Do what `Node.pull` does, but on recorded arrays."""
    if isinstance(node, Part):
        return node.pull(gradient)
    if isinstance(node, Joint):
        heads = [h if isinstance(h, NDArray) else NDArray(h) for h in node.heads(gradient)]
        return node.recorded_pull(heads, _recorded_pull)
    arrays = [  # also those without a node: a method of a plain array would not record `gradient`
        NDArray(value, parent) if isinstance(value, np.ndarray) else value
        for value, parent in zip(node.arguments, node.parents, strict=False)
    ]
    recorded = Node()
    recorded.parents = node.parents
    recorded.arguments = (*arrays, *node.arguments[len(arrays) :])
    recorded.result = None if node.result is None else NDArray(node.result, node)
    return _recorded_way_back(node.rule)(recorded, gradient)


@cache
def _recorded_way_back(rule: Rule) -> Any:
    """Return the rule's way back, with ``np`` and the kernels replaced by recorded functions."""
    own = {name: getattr(functions, name) for name in (*TABLE, "einsum", "others")}
    own["fit"] = partial(kernels.fit, sum_to=functions.sum_to)
    return rule.way_back({**NUMPY, **own, "np": functions})


class Function:
    """A function whose backward you write yourself.

    A subclass defines ``forward(self, *inputs)`` and ``backward(self, *gradients)``; neither is
    recorded. ``forward`` may keep arrays with `save_for_backward`, and ``backward`` finds them in
    ``saved_tensors``. Create a new instance for each call.

    Example:
        >>> class Sigmoid(autograd.Function):
        ...     def forward(self, x):
        ...         y = 1 / (1 + nd.exp(-x))
        ...         self.save_for_backward(y)
        ...         return y
        ...
        ...     def backward(self, dy):
        ...         (y,) = self.saved_tensors
        ...         return dy * y * (1 - y)
    """

    saved_tensors: tuple[NDArray, ...] = ()
    _used = False

    def save_for_backward(self, *arrays: NDArray) -> None:
        """Keep arrays for `backward`.

        Args:
            arrays: the arrays.
        """
        self.saved_tensors = arrays

    def forward(self, *inputs: Any) -> Any:
        """Compute the outputs: one array, or a tuple of arrays.

        Args:
            inputs: the inputs.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(self, *inputs)")

    def backward(self, *gradients: Any) -> Any:
        """Compute the gradient of each input from the gradients of the outputs.

        Args:
            gradients: the gradient of each output.
        """
        raise NotImplementedError(f"{type(self).__name__} must define backward(self, *gradients)")

    def __call__(self, *inputs: NDArray) -> Any:
        if self._used:
            kind = type(self).__name__
            problem = f"this {kind} was called before, and keeps what that call saved for backward"
            raise AssertionError(f"{problem}: create a new one for each call, {kind}()(x)")
        self._used = True
        given: list[NDArray] = []  # kept until forward is over, so that no new array has their ids
        if state.recording:
            _kept([*inputs, vars(self)], given.append)
        with Mode(recording=False, training=None):
            result = self.forward(*inputs)
        if state.recording:
            outputs = [NDArray(output._data) for output in listed(result)]
            call = _Call(self, listed(inputs), outputs, {id(x) for x in given})
            for i, output in enumerate(outputs):
                output._node = Part(call, i)
            return outputs[0] if isinstance(result, NDArray) else type(result)(outputs)
        return result


class _Call(Joint):
    """One call of a `Function`."""

    __slots__ = ("function", "given", "kinds")

    def __init__(
        self, function: Function, inputs: Sequence[Any], outputs: list[NDArray], given: set[int]
    ) -> None:
        super().__init__(tuple(x._node for x in inputs), [y._data for y in outputs])
        self.function, self.given = function, given
        self.kinds = [(x._data.shape, x._data.dtype) for x in inputs]

    def pull(self, gradient: Any) -> Shares:
        with Mode(recording=False, training=None):
            heads = [NDArray(head.copy()) for head in self.heads(gradient)]  # it may change them
            shares = self.recorded_pull(heads, Node.pull)
            return [(parent, share._data) for parent, share in shares]

    def needs(self) -> Iterable[Any]:
        return [unwrap(array) for array in self.function.saved_tensors]

    def __str__(self) -> str:
        return type(self.function).__name__

    def recorded_pull(self, heads: list[Any], pull: Pull) -> Shares:
        function = self.function
        if state.recording:
            function = copy(function)
            vars(function).update(_kept(vars(function), self._linked))
        returned = function.backward(*heads)
        shares = [] if returned is None else listed(returned, or_none=True)
        shares = _fitting(shares, self.kinds, f"{self}.backward returned", "gradient", "input")
        pairs = zip(self.parents, shares, strict=True)
        return [(parent, share) for parent, share in pairs if parent and share is not None]

    def _linked(self, x: NDArray) -> NDArray:
        """Return an array that `forward` kept, so that gradients flow through it."""
        if x._node is not None or id(x) in self.given or x._data.dtype.kind != "f":
            return x  # through integers and booleans, no gradient flows
        for i, result in enumerate(self.results):
            if x._data is result:
                return NDArray(result, Part(self, i))
        problem = f"{self}.forward kept an array of shape {x.shape} that it had computed"
        why = "create_graph=True cannot differentiate"
        way = "keep inputs and outputs, and compute the rest again in backward"
        raise MXNetError(f"{problem}, which {why}: {way}")


def _kept(value: Any, function: Callable[[NDArray], Any]) -> Any:
    """Replace each array in a value, in its lists and tuples, or in its dictionaries."""
    if isinstance(value, dict):
        return {name: _kept(part, function) for name, part in value.items()}
    return mapped(value, function, lambda x: _kept(x, function) if isinstance(x, dict) else x)


def _starts(heads: Arrays, head_grads: Gradients, lifted: bool = False) -> list[Any]:
    """Pair the node of each head with its starting gradient, by default ones, maybe recorded."""
    if type(heads) is NDArray and head_grads is None and heads._node is not None and not lifted:
        return [(heads._node, _ones_like(heads._data))]  # by far the most frequent case
    if state.watcher is not None:
        state.watcher.refuse_gradients()
    heads = listed(heads)
    gradients = [None] * len(heads) if head_grads is None else listed(head_grads, or_none=True)
    kinds = [(x._data.shape, x._data.dtype) for x in heads]
    gradients = _fitting(gradients, kinds, "backward got", "head gradient", "head")
    pairs = []
    for head, gradient in zip(heads, gradients, strict=True):
        if head._node is None:
            problem = f"an array of shape {head.shape} has no recorded history"
            way = "inside `with autograd.record():` from an array with attach_grad() or a parameter"
            raise MXNetError(f"{problem}: compute it {way}")
        start = NDArray(_ones_like(head._data)) if gradient is None else gradient
        pairs.append((head._node, start if lifted else start._data))
    return pairs


def _fitting(gradients: list[Any], kinds: list[Any], who: str, what: str, whose: str) -> list[Any]:
    """Return gradients in the types of the arrays, and refuse other numbers or other shapes."""
    if len(gradients) != len(kinds):
        counts = f"{len(gradients)} {what}s for {len(kinds)} {whose}s"
        raise MXNetError(f"{who} {counts}: there must be one for each")
    pairs = list(zip(gradients, kinds, strict=True))
    for gradient, (shape, _) in pairs:
        if gradient is not None and gradient.shape != shape:
            found = f"a {what} of shape {gradient.shape} for the {whose} of shape {shape}"
            raise MXNetError(f"{who} {found}: the shapes must be equal")
    return [x if x is None else x.astype(dtype, copy=False) for x, (_, dtype) in pairs]


def _ones_like(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what `numpy.ones_like` does, in a third of the time."""
    ones = np.empty(data.shape, data.dtype)
    ones.fill(1)
    return ones
