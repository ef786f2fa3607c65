"""The exercises of the chapter `autograd`."""

import re
from typing import Any, ClassVar

import numpy

from .. import autograd, np
from ..errors import MXNetError
from ..ndarray import NDArray
from ..tape import Node
from . import expect
from .exercise import Exercise


class TapeByHand(Exercise):
    """A small tape, walked backward on paper."""

    arguments = (("s", "xy"), ("d", "xy"), ("p", "sd"), ("z", "px"))
    gradients = (("z", 1), ("p", 2), ("s", 2), ("d", 6), ("x", 11), ("y", -4))

    def draws_the_arrows(self, answer: Any) -> None:
        tape = expect.entry(answer, "tape")
        for node, arguments in self.arguments:
            seen = expect.entry(tape, node)
            expect.true(_letters(seen) == set(arguments), "ends_of_arrows", {node: seen})

    def walks_through_the_products(self, answer: Any) -> None:
        _by_hand(answer, "z", 1, no_start=(0,), the_value=(6,))
        _by_hand(answer, "p", 2, the_value=(3,))

    def walks_through_the_sums(self, answer: Any) -> None:
        _by_hand(answer, "s", 2, own_factor=(6,), without_what_came=(1,), the_value=(3,))
        _by_hand(answer, "d", 6, own_factor=(2,), without_what_came=(3,))

    def arrives_at_the_variables(self, answer: Any) -> None:
        _by_hand(answer, "x", 11, share_missing=(3, 5, 8, 9))
        _by_hand(answer, "y", -4, sign=(8,), share_missing=(2, -6, 6))

    def is_confirmed_by_grad(self, answer: Any) -> None:
        seen = expect.entry(answer, "measured")
        found = expect.array([expect.number(each) for each in expect.listed(seen)])
        is_array = isinstance(found, NDArray)
        hint = "not_measured" if seen is None or (is_array and not found.size) else ""
        wanted = numpy.sort([value for _, value in self.gradients[1:]])
        right = is_array and expect.same(numpy.sort(found.asnumpy()), wanted)
        expect.true(right, "five_gradients", seen, hint)


class Jacobian(Exercise):
    """All derivatives of a function from vectors to vectors."""

    weight = ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))

    def has_a_row_for_each_result(self, answer: Any) -> None:
        found = _jacobian(answer)(self._linear, np.array([1.0, 1.0, 1.0]))
        expect.shape(found, (2, 3), transposed=(3, 2), one_walk=(3,), three_axes=(2, 1, 3))

    def holds_all_derivatives(self, answer: Any) -> None:
        x = np.array([1.0, 1.0, 1.0])
        rows = np.array(self.weight)
        found = expect.pure(_jacobian(answer), self._linear, x)
        expect.equal(
            found,
            rows,
            last_row=np.stack([rows[1], rows[1]]),
            added_up=np.stack([rows[0], rows[0] + rows[1]]),
            reversed_rows=rows[::-1],
        )

    def follows_any_function(self, answer: Any) -> None:
        x = np.array([1.0, 2.0, -1.0])
        expect.equal(_jacobian(answer)(lambda x: x * x * x, x), np.eye(3) * (3 * x * x))
        found = _jacobian(answer)(lambda x: np.concatenate([x, x * x.sum()]), x)
        outer = np.eye(3) * x.sum() + x.reshape(3, 1)
        expect.equal(found, np.concatenate([np.eye(3), outer], axis=0))

    def counts_the_walks(self, answer: Any) -> None:
        seen = expect.number(expect.entry(answer, "walks"))
        hint = "a_walk_a_row" if seen in (1, 3) else ""
        expect.true(seen == 1000, "walks", seen, hint)

    def counts_the_evaluations(self, answer: Any) -> None:
        seen = expect.number(expect.entry(answer, "evaluations"))
        hint = "both_sides" if seen == 3 else "all_at_once" if seen in (2000, 3000, 6000) else ""
        expect.true(seen == 6, "evaluations", seen, hint)

    def _linear(self, x: NDArray) -> NDArray:
        return np.dot(np.array(self.weight), x)


class GradientInParts(Exercise):
    """The gradient of a mean, collected part by part."""

    sizes = (4, 2, 1)

    def equals_the_whole(self, answer: Any) -> None:
        expect.function(answer)
        w, parts = np.array([1.0, -2.0]), self._parts()
        means = [2 * np.dot(part.T, np.dot(part, w)) / len(part) for part in parts]
        sums = [mean * len(part) for mean, part in zip(means, parts, strict=True)]
        expect.equal(
            answer(_losses, w, parts),
            sum(sums) / 7,
            first_part=sums[0] / 7,
            last_part=means[-1],
            last_share=sums[-1] / 7,
            sum_of_means=sum(means),
            mean_of_means=sum(means) / 3,
            not_divided=sum(sums),
        )

    def takes_part_by_part(self, answer: Any) -> None:
        taken: list[tuple[NDArray, Any]] = []
        sizes: list[int] = []  # of what is on the tape when a part is added

        def losses(w: NDArray, part: NDArray) -> NDArray:
            y, grad = _losses(w, part), w.grad if w.grad is None else w.grad.copy()
            recorded = [z for z, before in taken if _unspent(z) and expect.same(before, grad)]
            sizes.append(sum(map(len, (*recorded, y))))
            taken.append((y, grad))
            return y

        answer(losses, np.array([1.0, -2.0]), self._parts())
        hint = "at_once" if max((len(y) for y, _ in taken), default=0) > 4 else "on_one_tape"
        expect.true(0 < max(sizes, default=0) <= 4, "max(len(part)) <= 4", sizes, hint)

    def begins_anew(self, answer: Any) -> None:
        w = np.array([1.0, -2.0])
        first = answer(_losses, w, self._parts())
        expect.shape(first, (2,))
        first = first.copy()
        expect.equal(answer(_losses, w, self._parts()), first, old_gradient=2 * first)

    def _parts(self) -> list[NDArray]:
        rows = expect.numbers(7, 2)
        return [rows[:4], rows[4:6], rows[6:]]


class StraightThrough(Exercise):
    """Rounding that lets the gradient pass."""

    def rounds(self, answer: Any) -> None:
        expect.function(answer)
        x = np.array([-1.6, 0.2, 0.7, 2.5])
        expect.equal(expect.pure(answer, x), np.round(x), not_rounded=x)

    def lets_the_gradient_pass(self, answer: Any) -> None:
        ones = np.ones(4)
        found = self._gradient(answer, ones)
        expect.equal(found, ones, blocked=0 * ones, turned=-ones, doubled=2 * ones)

    def passes_on_what_comes(self, answer: Any) -> None:
        head = np.array([1.0, -2.0, 0.5, 3.0])
        expect.equal(self._gradient(answer, head), head)

    def learns_through_it(self, answer: Any) -> None:
        w = np.array([0.4, 1.7])
        w.attach_grad()
        expect.backward(lambda: answer(3 * w))
        expect.equal(w.grad, np.array([3.0, 3.0]))

    def _gradient(self, answer: Any, head: NDArray) -> Any:
        x = np.array([-1.6, 0.2, 0.7, 2.4])
        x.attach_grad()
        with autograd.record():
            y = answer(x)
            # catch a result without a history here, before backward rejects it
            on_tape = isinstance(y, NDArray) and y._node is not None
        hint = "returns_nothing" if y is None else "cut_off"
        expect.true(on_tape, "on_the_tape", y, hint)
        y.backward(head)
        return x.grad


class HessianProduct(Exercise):
    """The second derivatives times a vector."""

    errors: ClassVar = {
        "off_the_tape": (MXNetError, "no recorded history"),
        "in_a_list": (Exception, "'list' object|a list of recorded arrays"),
    }

    def multiplies_a_diagonal(self, answer: Any) -> None:
        expect.function(answer)
        x, v = np.array([1.0, 2.0, -1.0]), np.array([1.0, -1.0, 2.0])
        found = expect.pure(answer, lambda x: (x**3).sum(), x, v)
        first, second = 3 * x * x, 6 * x
        expect.equal(
            found,
            second * v,
            first_only=first,
            gradient_times_v=first * v,
            ones_as_head=second,
            in_a_list=[second * v],
        )

    def multiplies_a_matrix(self, answer: Any) -> None:
        weight = np.array([[1.0, 2.0, 0.0], [4.0, 3.0, 1.0], [0.0, 5.0, 2.0]])
        second = weight + weight.T
        x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -2.0])
        expect.equal(
            answer(lambda x: np.dot(x, np.dot(weight, x)), x, v),
            np.dot(second, v),
            ones_as_head=second.sum(axis=0),
            columns_times_v=second.sum(axis=0) * v,
            in_a_list=[np.dot(second, v)],
        )

    def multiplies_what_depends_on_x(self, answer: Any) -> None:
        x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0, 1.0])
        second = np.array([[0.0, 3.0, 2.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]])
        found = answer(lambda x: x[0] * x[1] * x[2], x, v)
        expect.equal(found, np.dot(second, v), in_a_list=[np.dot(second, v)])


class Kinks(Exercise):
    """Where there is no derivative: what the tape says, and what differences say."""

    def tells_of_the_absolute_value(self, answer: Any) -> None:
        self._pair(answer, "abs", 0.0, 0.0)

    def tells_of_relu(self, answer: Any) -> None:
        self._pair(answer, "relu", 0.0, 0.5)

    def names_the_one_with_a_fault(self, answer: Any) -> None:
        seen = expect.entry(answer, "fault")
        name = str(expect.name(seen)).lower()
        expect.true(name == "relu", "name", seen, "compare_the_two" if name == "abs" else "")

    def _pair(self, answer: Any, name: str, tape: float, quotient: float) -> None:
        seen = expect.entry(answer, name)
        pair = list(map(expect.number, expect.listed(seen)))
        expect.true(len(pair) == 2, "pair", seen)
        for value, right, way in zip(
            pair, (tape, quotient), ("backward", "difference"), strict=True
        ):
            one_sided = any(expect.same(value, side) for side in (-1, 1, 0))
            hint = "not_looked" if value is None else "on_one_side" if one_sided else ""
            expect.true(expect.same(value, right), way, value, hint)


def _losses(w: NDArray, rows: NDArray) -> NDArray:
    """Return a loss for each row."""
    return np.dot(rows, w) ** 2


def _unspent(y: NDArray) -> bool:
    return isinstance(y._node, Node) and not y._node.spent


def _jacobian(answer: Any) -> Any:
    return expect.function(expect.entry(answer, "jacobian"))


def _by_hand(answer: Any, name: str, gradient: float, **typical: tuple[float, ...]) -> None:
    """Expect a gradient that was written down; a hint has typical wrong ones."""
    seen = expect.number(expect.entry(expect.entry(answer, "by_hand"), name))
    hints = (h for h, wrong in typical.items() if any(expect.same(seen, each) for each in wrong))
    hint = "nothing_yet" if seen is None else next(hints, "")
    expect.true(expect.same(seen, gradient), "by_chain_rule", {name: seen}, hint)


def _letters(value: Any) -> set[str]:
    """Return the names in a list, or in a text such as `xy` or `x, y`."""
    names = re.findall(r"\w", value) if isinstance(value, str) else expect.listed(value)
    return set(map(str, names))
