"""The exercises of the chapter `custom-layers`."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy

from .. import models, nn, np, npx
from ..errors import DeferredInitializationError
from ..ndarray import NDArray
from ..parameter import Constant, Parameter
from . import expect
from .exercise import Exercise


class LearnedShift(Exercise):
    """A layer that subtracts the mean and adds an offset for each feature."""

    errors: ClassVar = {"shape_unknown": (DeferredInitializationError, "has no data yet|not know")}

    def is_a_layer(self, answer: Any) -> None:
        expect.block(_layer(answer)())

    def has_one_parameter(self, answer: Any) -> None:
        layer = _called(_layer(answer)(), expect.numbers(2, 3))
        offset = _only(layer)
        expect.true(not isinstance(offset, Constant), "Parameter", type(offset), "constant")

    def has_a_number_for_each_feature(self, answer: Any) -> None:
        for features in (3, 5):
            layer = _called(_layer(answer)(), expect.numbers(2, features))
            shape = _only(layer).data().shape
            hint = {(2, features): "one_for_each_element", (1,): "one_for_all"}.get(shape, "")
            right = shape and shape[-1] == features == numpy.prod(shape)
            expect.true(right, f"({features},)", shape, hint)

    def starts_without_offset(self, answer: Any) -> None:
        x = expect.numbers(2, 3)
        layer = _called(_layer(answer)(), x)
        offset = _only(layer).data()
        expect.true((offset == 0).all(), "0", offset, "starts_elsewhere")
        expect.equal(
            layer(x),
            x - x.mean(),
            mean_of_each_row=x - x.mean(axis=1, keepdims=True),
            mean_of_each_feature=x - x.mean(axis=0),
        )

    def adds_the_offset(self, answer: Any) -> None:
        x, offset = expect.numbers(2, 3), np.array([1.0, 2.0, 4.0])
        layer = _called(_layer(answer)(), x)
        _only(layer).set_data(offset.reshape(_only(layer).shape))
        expect.equal(
            expect.pure(layer, x),
            x - x.mean() + offset,
            not_used=x - x.mean(),
            subtracted=x - x.mean() - offset,
            lost_its_mean=x + offset - (x + offset).mean(),
        )

    def learns(self, answer: Any) -> None:
        x = expect.numbers(2, 3)
        layer = _called(_layer(answer)(), x)
        offset = _only(layer)
        expect.backward(layer, x)
        expect.equal(offset.grad().reshape(3), np.full(3, 2.0))

    def says_what_comes_first(self, answer: Any) -> None:
        seen = expect.array(expect.entry(answer, "first"))
        row = seen.reshape(-1) if isinstance(seen, NDArray) else seen  # a batch of one will do
        expect.equal(row, np.array([-2, -1, 0, 1, 2]), not_yet=None)


class Quadratic(Exercise):
    """A layer of weighted products of two elements."""

    def is_a_layer(self, answer: Any) -> None:
        expect.block(_layer(answer)(3, in_units=4))

    def has_a_number_for_each_product(self, answer: Any) -> None:
        _weighted(answer)

    def adds_the_products(self, answer: Any) -> None:
        x = expect.numbers(2, 4)
        layer, w = _weighted(answer)
        expect.equal(
            expect.pure(layer, x),
            _quadratic(x, w),
            squares_only=np.einsum("ni,ni,iik->nk", x, x, w),
            rows_added=np.einsum("ni,nj,ijk->k", x, x, w),
            rows_mixed=np.einsum("mi,nj,ijk->nk", x, x, w),
        )

    def takes_one_vector_too(self, answer: Any) -> None:
        x = expect.numbers(4)
        layer, w = _weighted(answer)
        y = _quadratic(x, w)
        expect.equal(layer(x), y, one_row=y.reshape(1, 3))

    def learns(self, answer: Any) -> None:
        x = expect.numbers(2, 4)
        layer, w = _weighted(answer)
        expect.backward(layer, x)
        products = np.einsum("ni,nj->ij", x, x).reshape(4, 4, 1)
        expect.equal(_only(layer).grad(), products * np.ones_like(w))

    def changes_the_weight(self, answer: Any) -> None:
        change = expect.array(expect.entry(answer, "change"))
        expect.shape(change, (4, 4, 3))
        nothing = not numpy.any(numpy.asarray(change))
        expect.true(not nothing, "an_element", change, "no_change")

    def changes_no_output(self, answer: Any) -> None:
        change = expect.array(expect.entry(answer, "change"))
        expect.shape(change, (4, 4, 3))
        i, j = numpy.triu_indices(4)
        x = np.eye(4)[i] + np.eye(4)[j]  # what these rows do to a quadratic form determines it
        hint = "symmetric" if expect.same(change, change.swapaxes(0, 1)) else "has_effect"
        effect, nothing = _quadratic(x, change), np.zeros((10, 3))
        expect.equal(effect, nothing, hint)


class HalfFourier(Exercise):
    """A layer that returns the first half of the Fourier coefficients."""

    def is_a_layer(self, answer: Any) -> None:
        expect.block(_layer(answer)(8))

    def needs_no_parameters(self, answer: Any) -> None:
        layer = _called(_layer(answer)(8), expect.numbers(2, 8))
        learned = [p for p in layer.collect_params().values() if not isinstance(p, Constant)]
        expect.true(not learned, "only_constants", learned, "learned")

    def returns_as_many_numbers(self, answer: Any) -> None:
        y = expect.ready(_layer(answer)(8))(expect.numbers(2, 8))
        typical = {"both_halves": (2, 16), "one_part": (2, 4), "stacked": (2, 2, 4)}
        expect.shape(y, (2, 8), **typical, one_too_many=(2, 10))

    def returns_the_first_half(self, answer: Any) -> None:
        x = expect.numbers(2, 8) / 10  # small, so that rounding angles to float32 does not matter
        layer = expect.ready(_layer(answer)(8))
        y = expect.pure(layer, x)
        real, imaginary = _parts(x)
        expect.equal(
            y,
            np.concatenate([real[:, :4], imaginary[:, :4]], axis=1),
            other_sign=np.concatenate([real[:, :4], -imaginary[:, :4]], axis=1),
            imaginary_first=np.concatenate([imaginary[:, :4], real[:, :4]], axis=1),
            in_turn=np.stack([real[:, :4], imaginary[:, :4]], axis=2).reshape(2, 8),
            real_only=real,
            divided=np.concatenate([real[:, :4], imaginary[:, :4]], axis=1) / 8,
            from_one=np.concatenate([real[:, 1:5], imaginary[:, 1:5]], axis=1),
        )

    def takes_other_lengths(self, answer: Any) -> None:
        x = expect.numbers(6) / 10
        real, imaginary = _parts(x)
        layer = expect.ready(_layer(answer)(6))
        expect.equal(layer(x), np.concatenate([real[:3], imaginary[:3]]))

    def lets_the_gradient_through(self, answer: Any) -> None:
        x = expect.numbers(8) / 10
        x.attach_grad()
        layer = expect.ready(_layer(answer)(8))
        expect.backward(lambda: layer(x) / 10)
        real, imaginary = _parts(np.eye(8) / 10)
        expect.equal(x.grad, (real[:, :4] + imaginary[:, :4]).sum(axis=1))

    def names_what_follows(self, answer: Any) -> None:
        seen = expect.entry(answer, "follows")
        has_middle = isinstance(seen, dict) and 4 in seen
        hint = "middle" if has_middle else "turned" if seen == {1: 7, 2: 6, 3: 5} else ""
        expect.true(seen == {5: 3, 6: 2, 7: 1}, "three_pairs", seen, hint)

    def names_what_is_missing(self, answer: Any) -> None:
        seen = expect.number(expect.entry(answer, "missing"))
        expect.secret(seen, 4, "the_missing_one", first=0)


class PlainArray(Exercise):
    """What no longer works when a layer keeps its weight in an array."""

    def keeps_an_array(self, answer: Any) -> None:
        _array_of(_layer(answer)(3, in_units=5))

    def still_computes(self, answer: Any) -> None:
        layer = expect.ready(_layer(answer)(3, in_units=5))
        x = expect.numbers(2, 5)
        expect.equal(layer(x), npx.relu(np.dot(x, _array_of(layer)) + layer.bias.data()))

    def makes_three_experiments(self, answer: Any) -> None:
        made = _experiments(answer)
        expect.true(len(set(made)) == len(made), "three_experiments", made, "same_again")
        expect.true(len(made) >= 3, "three_experiments", made, "too_few")

    def works_with_a_parameter(self, answer: Any) -> None:
        for each in _experiments(answer):
            works = each(models.MyDense)
            hint = "returns_nothing" if works is None else "fails_with_a_parameter"
            expect.true(works, f"{_name(each)}(MyDense) == True", works, hint)

    def fails_with_an_array(self, answer: Any) -> None:
        layer = _layer(answer)
        for each in _experiments(answer):
            works = _works(each, layer)
            expected = f"{_name(each)}({layer.__name__}) == False"
            expect.true(not works, expected, works, "works_with_both")


class GradientReversal(Exercise):
    """A layer that reverses the gradient."""

    def is_a_layer(self, answer: Any) -> None:
        expect.block(_layer(answer)(0.5))

    def returns_its_input(self, answer: Any) -> None:
        x = expect.numbers(2, 3)
        layer = expect.ready(_layer(answer)(0.5))
        expect.equal(expect.pure(layer, x), x, reversed_forward=-0.5 * x)

    def reverses_the_gradient(self, answer: Any) -> None:
        x, dy = expect.numbers(2, 3), expect.numbers(2, 3) + 1
        x.attach_grad()
        layer = expect.ready(_layer(answer)(0.5))
        expect.backward(lambda: layer(x) * dy)
        expect.equal(
            x.grad,
            -0.5 * dy,
            unchanged_gradient=dy,
            without_factor=-dy,
            without_sign=0.5 * dy,
            gradient_of_ones=np.full((2, 3), -0.5),
        )

    def works_in_a_network(self, answer: Any) -> None:
        x = expect.numbers(2, 3)
        first = nn.Dense(4)
        net = nn.Sequential()
        net.add(first, _layer(answer)(2), nn.Dense(1))
        net.initialize("ones")
        expect.backward(net, x)
        expect.equal(first.weight.grad(), np.repeat(-2 * x.sum(axis=0, keepdims=True), 4, axis=0))

    def reports_the_difference(self, answer: Any) -> None:
        seen = expect.number(expect.entry(answer, "worst"))
        expect.equal(seen, 2.0, not_measured=None, as_for_round=1.0, none_at_all=0.0)


def _layer(answer: Any) -> Any:
    """Return the class in an answer."""
    return expect.block_class(expect.entry(answer, "layer"))


def _called(layer: Any, x: NDArray) -> nn.Block:
    """Return a layer that knows the shapes of its parameters."""
    made = expect.ready(layer)
    made(x)
    return made


def _only(layer: nn.Block) -> Parameter:
    """Return the parameter of a layer that has one."""
    expect.parameters(layer, 1, no_parameter=0)
    return next(iter(layer.collect_params().values()))


def _weighted(answer: Any) -> tuple[nn.Block, NDArray]:
    """Return a layer of 4 features and 3 outputs, and its weight, whose numbers all differ."""
    layer = _called(_layer(answer)(3, in_units=4), expect.numbers(2, 4))
    shape = _only(layer).data().shape
    hint = "other_order" if numpy.prod(shape) == 48 else ""
    expect.true(shape == (4, 4, 3), "(4, 4, 3)", shape, hint)
    weight = expect.numbers(4, 4, 3)
    _only(layer).set_data(weight)
    return layer, weight


def _quadratic(x: NDArray, w: NDArray) -> Any:
    return np.einsum("...i,...j,ijk->...k", x, x, w)


def _parts(x: NDArray) -> tuple[NDArray, NDArray]:
    """Return the real and the imaginary parts of all Fourier coefficients along the last axis."""
    c = numpy.fft.fft(x.asnumpy()).round(7) + 0  # so that a zero is shown as 0 by every processor
    return np.array(c.real), np.array(c.imag)


def _array_of(layer: Any) -> Any:
    """Return the weight of a layer that keeps it in an array."""
    weight = getattr(layer, "weight", None)
    hint = "still_a_parameter" if isinstance(weight, Parameter) else ""
    expect.true(isinstance(weight, NDArray), "an_array", weight, hint)
    return weight


def _experiments(answer: Any) -> list[Callable[[type], Any]]:
    made = expect.entry(answer, "experiments")
    expect.true(isinstance(made, list | tuple), "three_experiments", made)
    return [expect.function(each) for each in made]


def _name(experiment: Any) -> str:
    return str(getattr(experiment, "__name__", type(experiment).__name__))


def _works(experiment: Callable[[type], Any], layer: type) -> bool:
    """Tell whether an experiment works with a layer; one that raises does not."""
    try:
        return bool(experiment(layer))
    except Exception:
        return False
