"""The exercises of the chapter `mlp`."""

from typing import Any

import numpy

from .. import autograd, gluon, np, npx
from ..ndarray import NDArray
from . import expect
from .exercise import Exercise


class StableSoftmax(Exercise):
    """Softmax for rows of any numbers."""

    def returns_probabilities(self, answer: Any) -> None:
        expect.function(answer)
        x = expect.numbers(2, 3)
        powers, scaled = np.exp(x), np.exp(x / x.max(axis=1, keepdims=True))
        expect.equal(
            answer(x),
            npx.softmax(x),
            down_the_columns=powers / powers.sum(axis=0),
            over_all_rows=powers / powers.sum(),
            powers_only=powers,
            logarithms=npx.log_softmax(x),
            scaled=scaled / scaled.sum(axis=1, keepdims=True),
        )

    def copes_with_large_outputs(self, answer: Any) -> None:
        x = np.array([[1000.0, 0.0], [1000.0, 999.0], [1e30, 0.0]])
        y = answer(x)
        clipped = np.array([[1.0, 0.0], [0.5, 0.5], [1.0, 0.0]])
        fits = isinstance(y, NDArray) and y.shape == x.shape and not np.isnan(y[2]).any()
        hint = "one_for_all_rows" if fits else "overflow"
        expect.equal(y, npx.softmax(x), _with_nan(y, hint), clipped=clipped)

    def copes_with_rows_far_apart(self, answer: Any) -> None:
        x = np.array([[1.0, 1.0], [-1000.0, -1001.0]])
        y = answer(x)
        expect.equal(y, npx.softmax(x), _with_nan(y, "one_for_all_rows"))

    def leaves_its_argument(self, answer: Any) -> None:
        x = expect.numbers(2, 3)
        expect.pure(answer, x)

    def has_the_right_gradient(self, answer: Any) -> None:
        x = np.array([[1000.0, 0.0], [1.0, 2.0]])
        x.attach_grad()
        expect.backward(lambda: npx.softmax(x)[:, 0])
        right = np.array(x.grad) + 0  # no −0
        expect.backward(lambda: answer(x)[:, 0])
        expect.equal(x.grad, right)


class CountParameters(Exercise):
    """The number of numbers in a multilayer perceptron."""

    def counts_one_hidden_layer(self, answer: Any) -> None:
        expect.function(answer)
        expect.equal(
            answer([64, 128, 10]),
            9610,
            without_biases=9472,
            bias_of_the_input=9674,
            arrays=4,
            without_output_layer=8320,
            units=202,
        )

    def counts_no_hidden_layer(self, answer: Any) -> None:
        expect.equal(answer([64, 10]), 650)

    def counts_many_hidden_layers(self, answer: Any) -> None:
        expect.equal(answer([3, 8, 6, 2]), 100, two_layers=86)

    def leaves_the_sizes(self, answer: Any) -> None:
        sizes = [3, 4, 5, 6]
        answer(sizes)
        expect.equal(sizes, [3, 4, 5, 6], "changed")


class Momentum(Exercise):
    """A step of gradient descent with momentum."""

    rate, momentum = 0.1, 0.5

    def moves_the_parameters(self, answer: Any) -> None:
        expect.function(answer)
        start, p, v = _start()
        self._step(answer, p, v)
        gradient = 2 * start
        expect.equal(
            p,
            start - 0.1 * gradient,
            not_in_place=start,
            uphill=start + 0.1 * gradient,
            without_rate=start - gradient,
        )

    def keeps_the_velocities(self, answer: Any) -> None:
        start, p, v = _start()
        self._step(answer, p, v)
        gradient = 2 * start
        expect.equal(
            v,
            -0.1 * gradient,
            velocity_not_kept=np.zeros(2),
            other_way_round=0.1 * gradient,
            gradients_in_velocity=gradient,
        )

    def repeats_part_of_the_last_step(self, answer: Any) -> None:
        start, p, v = _start()
        self._step(answer, p, v)
        first, second = 0.2 * start, 0.2 * p.copy()
        middle = p.copy()
        self._step(answer, p, v)
        expect.equal(
            p,
            middle - 0.5 * first - second,
            no_momentum=middle - second,
            whole_step=middle - first - second,
            slowed_gradient=middle - 0.5 * first - 0.5 * second,
        )

    def moves_all_parameters(self, answer: Any) -> None:
        params = [np.ones((2, 3)), np.ones(3)]
        velocities = [np.zeros((2, 3)), np.zeros(3)]
        for p in params:
            p.attach_grad()
        expect.backward(lambda: params[0].sum() + params[1].sum())
        answer(params, velocities, self.rate, self.momentum)
        found = tuple(p.mean() for p in params)
        expect.equal(found, (np.array(0.9), np.array(0.9)), first_only=(np.array(0.9), np.array(1)))

    def arrives_where_the_trainer_does(self, answer: Any) -> None:
        _, p, v = _start()
        parameter = gluon.Parameter("p", shape=(2,))
        parameter.initialize()
        parameter.set_data(p.copy())
        settings = {"learning_rate": self.rate, "momentum": self.momentum}
        trainer = gluon.Trainer({"p": parameter}, "sgd", settings)
        for _ in range(4):
            self._step(answer, p, v)
            expect.backward(lambda: parameter.data() ** 2)
            trainer.step(1)
        expect.equal(p, parameter.data())

    def _step(self, answer: Any, p: NDArray, v: NDArray) -> None:
        """Take one step on the square."""
        expect.backward(lambda: p**2)
        answer([p], [v], self.rate, self.momentum)


class Dropout(Exercise):
    """A block that sets elements to zero in training."""

    def is_a_block(self, answer: Any) -> None:
        expect.block_class(answer)
        expect.block(answer(0.25))

    def returns_its_input_in_prediction(self, answer: Any) -> None:
        x = expect.numbers(20, 20) + 1
        y = answer(0.25)(x)
        expect.equal(y, x, _kept(y, x))

    def drops_in_training(self, answer: Any) -> None:
        share = _share(_dropped(answer))
        hint = "drops_the_others" if 0.7 < share < 0.8 else ""
        expect.true(0.2 < share < 0.3, "a_quarter", round(share, 2), hint)

    def divides_what_stays(self, answer: Any) -> None:
        y = numpy.asarray(_dropped(answer))
        typical = {"not_divided": 1.0, "multiplied": 0.75, "divided_by_the_rate": 4.0}
        expect.equal(float(y.max()), 1 / 0.75, **typical)
        expect.equal(float(y[y != 0].min()), 1 / 0.75)

    def decides_for_each_element(self, answer: Any) -> None:
        mask = _mask(_dropped(answer))
        rows_differ, columns_differ = (mask != mask[:1]).any(), (mask != mask[:, :1]).any()
        expect.true(rows_differ, "different_rows", mask[:2, :6], "rows_alike")
        expect.true(columns_differ, "different_columns", mask[:6, :2].T, "columns_alike")

    def decides_anew_in_each_call(self, answer: Any) -> None:
        _dropped(answer)
        block, x = expect.ready(answer(0.25)), np.ones((100, 100))
        with autograd.train_mode():
            one, other = _mask(block(x)), _mask(block(x))
        seen = numpy.stack([one[0, :6], other[0, :6]])
        expect.true((one != other).any(), "different_calls", seen, "calls_alike")

    def goes_by_training(self, answer: Any) -> None:
        block, x = expect.ready(answer(0.25)), np.ones((100, 100))
        with autograd.record(train_mode=False):
            y = block(x)
        only_there = expect.same(block(x), x)
        expect.equal(y, x, "asks_for_recording" if only_there else _kept(y, x))

    def lets_the_gradient_of_the_rest_through(self, answer: Any) -> None:
        block, x = expect.ready(answer(0.25)), np.ones((10, 10))
        x.attach_grad()
        y = expect.backward(expect.pure, block, x)
        expect.equal(x.grad, y)

    def drops_nothing_at_rate_0(self, answer: Any) -> None:
        x = expect.numbers(20, 20) + 1
        with autograd.train_mode():
            expect.equal(answer(0)(x), x)


class EarlyStopping(Exercise):
    """The epoch at which training should have stopped."""

    def finds_the_best_epoch(self, answer: Any) -> None:
        expect.function(answer)
        seen = answer([0.9, 0.7, 0.5, 0.6, 0.8], 2)
        expect.equal(seen, 2, epoch_of_the_stop=4, from_one=3, loss_itself=0.5)

    def does_not_look_beyond_the_stop(self, answer: Any) -> None:
        expect.equal(answer([0.9, 0.5, 0.6, 0.8, 0.1], 2), 1, goes_on=4)

    def is_patient(self, answer: Any) -> None:
        expect.equal(answer([0.9, 0.5, 0.6, 0.4, 0.7], 2), 3, too_soon=1)

    def is_not_too_patient(self, answer: Any) -> None:
        seen = answer([0.9, 0.5, 0.6, 0.4, 0.6, 0.7, 0.3], 1)
        expect.equal(seen, 1, too_late=3, goes_on=6)

    def begins_anew_at_each_best(self, answer: Any) -> None:
        losses = [0.9, 0.8, 0.85, 0.7, 0.75, 0.6, 0.65, 0.5]
        expect.equal(answer(losses, 2), 7, adds_up=3)

    def compares_with_the_best(self, answer: Any) -> None:
        seen = answer([0.5, 0.9, 0.8, 0.7, 0.1, 0.6, 0.6, 0.6, 0.05], 3)
        expect.equal(seen, 0, with_the_last=4, goes_on=8)

    def wants_a_lower_loss(self, answer: Any) -> None:
        seen = answer([0.5, 0.5, 0.5, 0.1, 0.3, 0.3, 0.05], 2)
        expect.equal(seen, 0, equal_is_enough=3, goes_on=6)

    def takes_one_epoch(self, answer: Any) -> None:
        expect.equal(answer([0.3], 1), 0)


def _with_nan(y: Any, hint: str) -> str:
    """Return a hint for an array that contains nan."""
    return hint if isinstance(y, NDArray) and np.isnan(y).any() else ""


def _start() -> tuple[NDArray, NDArray, NDArray]:
    """Return a start, a parameter there and its velocity."""
    p = np.array([1.0, -2.0])
    p.attach_grad()
    return p.copy(), p, np.zeros(2)


def _dropped(answer: Any) -> Any:
    """Return what ones become at rate 0.25 in training, when some of them are 0."""
    x = np.ones((100, 100))
    block = expect.ready(answer(0.25))
    with autograd.train_mode():
        y = expect.pure(block, x)
    expect.shape(y, x.shape)
    expect.true(_share(y) > 0, "a_quarter", 0, "drops_nothing")
    return y


def _mask(y: Any) -> Any:
    return numpy.asarray(y) != 0


def _share(y: Any) -> float:
    """Return the fraction of zeros."""
    return 1 - float(_mask(y).mean())


def _kept(y: Any, x: NDArray) -> str:
    """Return the hint for an input that is not returned unchanged."""
    return "always_drops" if isinstance(y, NDArray) and not _mask(y).all() else "always_divides"
