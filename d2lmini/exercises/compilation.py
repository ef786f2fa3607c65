"""The exercises of the chapter `compilation`."""

from collections.abc import Callable
from typing import Any, ClassVar
from weakref import ref

import numpy

from .. import nn, np
from ..errors import HybridizeError
from ..ndarray import NDArray
from . import expect
from .exercise import Exercise
from .words import word


class BranchAsWhere(Exercise):
    """A branch on data, written as an operation."""

    errors: ClassVar = {"still_asks": (HybridizeError, "^(?!.*the shape)")}

    def sees_the_refusal(self, answer: Any) -> None:
        expect.error(expect.entry(answer, "error"), HybridizeError)

    def agrees_with_the_branch(self, answer: Any) -> None:
        made = _hybrid(expect.entry(answer, "block"))
        for x in _inputs():
            positive = x.sum() > 0
            expect.equal(
                made()(x),
                2 * x if positive else -x,
                wrong_side=-x if positive else 2 * x,
                each_element=np.where(x > 0, 2 * x, -x),
            )

    def agrees_whichever_was_recorded(self, answer: Any) -> None:
        made = _hybrid(expect.entry(answer, "block"))
        for first in _inputs():
            block = made()
            block.hybridize()
            for x in (first, *_inputs()):
                expect.equal(block(x), 2 * x if x.sum() > 0 else -x)


class CountRecordings(Exercise):
    """A block that counts how often Python runs its `forward`."""

    def names_the_first_count(self, answer: Any) -> None:
        seen = expect.number(expect.entry(answer, "first"))
        expect.secret(seen, 5, "counted", predicted=1)

    def wraps_a_block(self, answer: Any) -> None:
        x, inner = expect.numbers(2, 20), nn.Dense(3, in_units=20)
        block = expect.ready(_counting(answer, inner))
        expect.parameters(block, 2)
        expect.equal(block(x), inner(x))

    def counts_for_itself(self, answer: Any) -> None:
        one, other = (expect.ready(_counting(answer)) for _ in range(2))
        _call(one, 3)
        hint = "a_method" if callable(other.count) else "one_count_for_all"
        expect.true(other.count == 0, "0", other.count, hint)
        expect.equal(one.count, 3)

    def counts_once_when_hybridized(self, answer: Any) -> None:
        block = expect.ready(_counting(answer))
        block.hybridize()
        _call(block, 5)
        expect.equal(block.count, 1, recorded_anew=5)

    def counts_again_for_another_shape(self, answer: Any) -> None:
        block = expect.ready(_counting(answer))
        block.hybridize()
        _call(block, 5)
        _call(block, 5, rows=1)
        expect.equal(block.count, 2, recorded_anew=10)


class CountProducts(Exercise):
    """The matrix products in a program."""

    def counts_the_way_forward(self, answer: Any) -> None:
        for count in (1, 3):
            forward, _ = _products(answer, count)
            both, all_lines = 3 * count - 1, 4 * count - 1
            expect.equal(forward, count, both_functions=both, all_lines=all_lines)

    def counts_the_way_back(self, answer: Any) -> None:
        for count in (3, 1):
            _, backward = _products(answer, count)
            found = {"not_recorded": 0, "counts_sums": 3 * count - 1}
            expect.equal(backward, 2 * count - 1, **found)

    def counts_the_gradient_of_the_input(self, answer: Any) -> None:
        for count in (3, 1):
            found = {"counts_sums": 3 * count, "input_forgotten": 2 * count - 1}
            expect.equal(_products(answer, count, wanted=True)[1], 2 * count, **found)

    def predicts_both(self, answer: Any) -> None:
        seen = expect.entry(answer, "predicted")
        pairs = [tuple(expect.listed(pair)) for pair in expect.listed(seen)]
        typical = {"one_a_layer": [(3, 3), (3, 4)], "nobody_asked": [(3, 6), (3, 6)]}
        hints = (hint for hint, wrong in typical.items() if expect.same(pairs, wrong))
        expect.true(expect.same(pairs, [(3, 5), (3, 6)]), "as_counted", seen, next(hints, ""))


class OneBuffer(Exercise):
    """Outputs that are dropped before the next call, which then writes into their buffer."""

    def hybridizes_statically(self, answer: Any) -> None:
        flags, at_calls, _ = _static_calls(answer)
        expected = "net.hybridize(static_alloc=True)"
        expect.true(any(at_calls), expected, flags, "not_static")

    def adds_up_the_outputs(self, answer: Any) -> None:
        net, batches = _net(2), _batches()
        outputs = [net(x) for x in batches]
        total = sum(outputs)
        expect.equal(
            expect.pure(answer, net, batches),
            total,
            one_batch=outputs[-1],
            averaged=total / len(outputs),
            all_elements=total.sum(),
        )

    def fills_one_buffer(self, answer: Any) -> None:
        _, at_calls, filled = _static_calls(answer)
        buffers = len(set(map(id, filled)))
        expect.true(buffers == 1, "one", buffers, "held" if any(at_calls) else "not_static")


class ReplayDecorator(Exercise):
    """A decorator that notes what a function computes, and replays it."""

    def gives_the_same_values(self, answer: Any) -> None:
        _agree(answer, 3, lambda x: x)
        _agree(answer, 4, lambda x: x * x + 3)
        _agree(answer, 5, lambda x: (x + x) * 2 * x + x * 3)

    def takes_numbers_on_the_left(self, answer: Any) -> None:
        try:
            _agree(answer, 6, lambda x: 3 + 2 * x)
        except TypeError as error:
            expected = word("value", "answer")
            raise expect.Wrong(expected, expect.told(error), "other_side") from None

    def uses_a_result_twice(self, answer: Any) -> None:
        def powers(x: Any) -> Any:
            y = x * x + 1
            z = y * y
            return z * y + z

        _agree(answer, 7, powers)

    def runs_the_function_on_a_symbol(self, answer: Any) -> None:
        function, seen = _watched()
        _decorated(answer, function)(expect.numbers(8))
        expect.equal(len(seen), 1)
        hint = "on_the_array" if isinstance(seen[0], NDArray) else ""
        expect.true(not isinstance(seen[0], NDArray), "Symbol", seen[0], hint)

    def runs_it_once_for_each_shape(self, answer: Any) -> None:
        function, seen = _watched()
        decorated = _decorated(answer, function)
        for call in range(10):
            decorated(expect.numbers(9 + call % 2))
        expect.equal(len(seen), 2, each_time=10, one_for_all=1)

    def computes_with_the_new_array(self, answer: Any) -> None:
        function = _decorated(answer, lambda x: 2 * x + 1)
        x = expect.numbers(11)
        first = function(x)
        expect.equal(function(x + 1), 2 * (x + 1) + 1, kept_result=first)

    def keeps_two_functions_apart(self, answer: Any) -> None:
        one = _decorated(answer, lambda x: x + 1)
        other = _decorated(answer, lambda x: x * 5)
        x = expect.numbers(12)
        expect.equal(one(x), x + 1)
        expect.equal(other(x), x * 5, shared_notes=x + 1)
        expect.equal(one(x), x + 1, shared_notes=x * 5)

    def names_the_runs(self, answer: Any) -> None:
        expect.equal(expect.number(expect.entry(answer, "runs")), 2)


def _hybrid(answer: Any) -> Any:
    """Expect a class derived from nn.HybridBlock, and return it."""
    is_hybrid = issubclass(expect.block_class(answer), nn.HybridBlock)
    expected = word("value", "class").format(name="nn.HybridBlock")
    expect.true(is_hybrid, expected, answer, "plain_block")
    return answer


def _inputs() -> list[NDArray]:
    """Return arrays with a positive, a negative and no sum, and with elements of both signs."""
    return [np.array([[3.0, -1], [-4, 3]]), np.array([[1.0, -3], [2, -1]]), np.array([[1.0, -1]])]


def _counting(answer: Any, inner: nn.Block | None = None) -> Any:
    return _hybrid(expect.entry(answer, "block"))(inner or nn.Dense(3, in_units=20))


def _call(block: nn.Block, times: int, rows: int = 2) -> None:
    for _ in range(times):
        block(expect.numbers(rows, 20))


def _net(count: int, kind: type[nn.HybridSequential] = nn.HybridSequential) -> nn.HybridSequential:
    net = kind()
    net.add(*[nn.Dense(4) for _ in range(count)])
    net.initialize(init="ones")  # so that outputs are the same everywhere
    return net


def _static_calls(answer: Any) -> tuple[list[bool], list[bool], list[Any]]:
    """Return `static_alloc` at each `hybridize`, at each call, and what replayed calls filled."""
    flags: list[bool] = []
    at_calls: list[bool] = []
    filled: list[Any] = []  # weak references, since a buffer that is held is not filled again
    runs: list[Any] = []  # of forward, which replayed calls do without

    class Net(nn.HybridSequential):
        def hybridize(self, active: bool = True, static_alloc: bool = False, **others: Any) -> None:
            flags.append(active and static_alloc)
            super().hybridize(active, static_alloc, **others)

        def forward(self, *args: Any) -> Any:
            runs.append(args)
            return super().forward(*args)

        def __call__(self, *args: Any) -> Any:
            before = len(runs)
            output = super().__call__(*args)
            at_calls.extend(flags[-1:])
            if len(runs) == before:
                filled.append(ref(numpy.asarray(output)))
            return output

    expect.function(answer)(_net(2, Net), _batches())
    return flags, at_calls, filled


def _products(answer: Any, count: int, wanted: bool = False) -> Any:
    """Return what the function in an answer says about a net with `count` layers."""
    net, x = _net(count), expect.numbers(2, 20)
    if wanted:
        net.add(nn.Activation("relu"))  # a layer without a product
        x.attach_grad()
    net.hybridize()
    found = expect.function(expect.entry(answer, "function"))(net, x)
    is_pair = isinstance(found, tuple | list) and len(found) == 2
    expect.true(is_pair, "forward, backward", found, "" if found is not None else "returns_nothing")
    return found


def _batches() -> list[NDArray]:
    return [np.ones((2, 20)) * number for number in range(1, 5)]


def _decorated(answer: Any, function: Callable[[Any], Any]) -> Any:
    replayed = expect.entry(answer, "decorator")
    expect.true(callable(replayed), "replayed(function)", replayed)
    made = replayed(function)
    expect.true(callable(made), "replayed(function)(x)", made, "returns_no_function")
    return made


def _watched() -> tuple[Callable[[Any], Any], list[Any]]:
    """Return a function, and a list of what it is called with."""
    seen: list[Any] = []

    def function(x: Any) -> Any:
        seen.append(x)
        return x + 1

    return function, seen


def _agree(answer: Any, size: int, function: Callable[[Any], Any]) -> None:
    """Expect that a decorated function computes what the plain one does.

    Each function gets arrays of its own size, so that only mixing up functions is found.
    """
    decorated = _decorated(answer, function)
    for number in range(3):
        x = expect.numbers(size) + number
        expect.equal(expect.pure(decorated, x), function(x))
