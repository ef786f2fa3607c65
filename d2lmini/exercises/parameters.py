"""The exercises of the chapter `parameters`."""

import tempfile
from pathlib import Path
from typing import Any

from .. import init, nn, np
from ..ndarray import NDArray
from ..parameter import Parameter
from . import expect
from .exercise import Exercise
from .words import word


class XavierBias(Exercise):
    """What `Xavier` does with a bias, and which rule a bias gets."""

    def an_error_follows(self, answer: Any) -> None:
        expect.error(expect.entry(answer, "error"), ValueError, "Xavier")

    def counts_the_axes(self, answer: Any) -> None:
        seen = expect.number(expect.entry(answer, "axes"))
        expect.secret(seen, 2, "axes_needed", that_of_the_bias=1)

    def looks_at_the_bias(self, answer: Any) -> None:
        seen = expect.array(expect.entry(answer, "bias"))
        is_array = isinstance(seen, NDArray)
        hint = "nothing_yet" if seen is None else "numbers" if isinstance(seen, Parameter) else ""
        expect.true(is_array, "net[0].bias.data()", seen, hint)
        expect.equal(seen, np.zeros(3))

    def names_the_deciding_point(self, answer: Any) -> None:
        seen = expect.number(expect.entry(answer, "point"))
        expect.secret(seen, 2, "point", last_point=3, first_point=1)


class SparseInitializer(Exercise):
    """An initializer that sets a fraction of normally distributed weights to zero."""

    def is_an_initializer(self, answer: Any) -> None:
        is_class = isinstance(answer, type) and issubclass(answer, init.Initializer)
        hint = "made_already" if isinstance(answer, init.Initializer) else "no_initializer"
        expect.true(is_class, "class Sparse(init.Initializer)", answer, hint)

    def zeroes_the_share(self, answer: Any) -> None:
        hints = {0.0: "none_is_zero", 0.7: "the_rest", 1.0: "all_are_zero"}
        for share in (0.3, 0.0, 1.0):
            zeros = 1 - _nonzero(_drawn(answer(share))).mean().item()
            hint = next((hints[z] for z in hints if abs(zeros - z) < 0.03), "")
            expect.true(abs(zeros - share) < 0.03, f"{share}", round(zeros, 2), hint)

    def draws_the_others(self, answer: Any) -> None:
        weight = _drawn(answer(0.3))
        rest = _nonzero(weight).sum().item()
        expect.true(rest > 0, "0.1", 0, "all_are_zero")
        smallest = np.where(weight != 0, abs(weight), 1.0).min().item()
        expect.true(smallest < 0.01, "< 0.01", round(smallest, 3), "the_smallest")
        std = ((weight * weight).sum().item() / rest) ** 0.5
        expect.true(abs(std - 0.1) < 0.01, "0.1", round(std, 3), "another_spread")
        mean = weight.sum().item() / rest
        expect.true(abs(mean) < 0.01, "0", round(mean, 2), "not_normal")
        # a uniform distribution with this standard deviation ends at 0.17
        greatest = abs(weight).max().item()
        expect.true(greatest > 0.25, "> 0.25", round(greatest, 2), "not_normal")

    def chooses_at_random(self, answer: Any) -> None:
        rule = answer(0.3)
        nonzero = _nonzero(_drawn(rule))
        zeros = 1 - nonzero.mean().item()
        hint = "none_is_zero" if zeros == 0 else "all_are_zero"
        expect.true(0 < zeros < 1, "0.3", zeros, hint)
        for axis in (0, 1):
            shares = 1 - nonzero.mean(axis=axis)
            apart = shares.max().item() - shares.min().item()
            expect.true(apart < 0.5, "< 0.5", round(apart, 2), "uneven")
        alike = (nonzero == _nonzero(_drawn(rule))).mean().item()
        expect.true(alike < 1, "< 1", alike, "same_places")

    def fills_other_shapes(self, answer: Any) -> None:
        for shape in ((7, 3), (4, 3, 5, 5)):
            array = np.ones(shape)
            answer(1.0)("weight", array)
            expect.equal(array, np.zeros(shape))


class ThreeUses(Exercise):
    """The gradient of a weight that is used three times."""

    points = ((2.0, 5.0), (-3.0, 2.0), (0.5, 4.0))

    def measures_the_gradient(self, answer: Any) -> None:
        measured = expect.function(expect.entry(answer, "measured"))
        for w, x in self.points:
            expect.equal(expect.number(measured(w, x)), 3 * w**2 * x, once=x, own_weights=w**2 * x)

    def gives_the_formula(self, answer: Any) -> None:
        formula = expect.function(expect.entry(answer, "formula"))
        for w, x in self.points:
            expect.equal(
                expect.number(formula(w, x)),
                3 * w**2 * x,
                own_weights=w**2 * x,
                by_x=w**3,
                without_x=3 * w**2,
                the_output=w**3 * x,
            )


class TieOrCopy(Exercise):
    """A layer that shares the weight of another, and one that begins with the same numbers."""

    def makes_two_networks(self, answer: Any) -> None:
        make = expect.function(expect.entry(answer, "make"))
        for tied, hint in ((True, "not_tied"), (False, "not_separate")):
            net = expect.block(make(tied))
            first, second = _pair(net)
            expect.parameters(net, 1 if tied else 2, **{hint: 2 if tied else 1})
            expect.true(expect.same(second, first), "equal_weights", second, "not_copied")

    def takes_a_step(self, answer: Any) -> None:
        make, step = (expect.entry(answer, name) for name in ("make", "step"))
        x = expect.numbers(3, 2)
        for tied in (False, True):
            net = make(tied)
            expect.backward(net, x)
            weights = net[0].weight, net[1].weight
            before = [(weight.data().copy(), weight.grad().copy()) for weight in weights]
            step(net, x)
            for weight, (old, gradient) in zip(weights, before, strict=True):
                ways = {"no_step": old, "uphill": old + 0.1 * gradient}
                ways |= {"whole_gradient": old - gradient, "twice": old - 0.2 * gradient}
                expect.equal(weight.data(), old - 0.1 * gradient, **ways)

    def compares_the_layers(self, answer: Any) -> None:
        for name, holds in (("tied", True), ("copied", False)):
            seen = expect.entry(answer, name)
            hint = "not_compared" if seen is None else "parted" if holds else "still_equal"
            hint = "in_quotes" if isinstance(seen, str) else hint
            truth = None if seen is None or isinstance(seen, str) else bool(seen)
            expect.true(truth is holds, name, seen, hint)

    def reads_the_file(self, answer: Any) -> None:
        seen = expect.entry(answer, "names")
        names = list(map(str, expect.listed(seen)))
        hint = "full_names" if any("_" in name for name in names) else ""
        hint = "one_name" if names in (["0.weight"], ["1.weight"]) else hint
        expect.true({"0.weight", "1.weight"} == set(names), "two_names", seen, hint)


class NewOutput(Exercise):
    """The body of a network under another output layer, frozen."""

    def has_three_units(self, answer: Any) -> None:
        _, net = _transferred(answer)
        expect.shape(net(expect.numbers(2, 4)), (2, 3), old_output=(2, 10))

    def has_the_body(self, answer: Any) -> None:
        x = expect.numbers(2, 4)
        old, net = _transferred(answer)
        expect.true(hasattr(net, "body"), "net.body", net, "no_body")
        found = net.body(x)
        expect.true(expect.same(found, old.body(x)), "body_of_old", found, "not_loaded")

    def leaves_the_old_one(self, answer: Any) -> None:
        old, net = _transferred(answer)
        expect.shape(old(expect.numbers(2, 4)), (2, 10))
        expect.separate([old.body, net.body])

    def freezes_the_body_only(self, answer: Any) -> None:
        _, net = _transferred(answer)
        body = _names(net.body)
        for name, each in net.collect_params().items():
            request = each.grad_req
            sign, hint = ("==", "not_frozen") if name in body else ("!=", "all_frozen")
            right = (request == "null") == (name in body)
            expect.true(right, f"{name}.grad_req {sign} 'null'", request, hint)

    def names_what_moved(self, answer: Any) -> None:
        moved = expect.function(expect.entry(answer, "moved"))
        x = expect.numbers(2, 4)
        old, net = _transferred(answer)
        for each, fixed in ((net, _names(net.body)), (old, set[str]())):
            params = each.collect_params()
            wanted = set(params) - fixed
            before = {name: params[name].data().copy() for name in params}
            seen = moved(each, x)
            expect.true(seen is not None, expect.describe(wanted), seen, "returns_nothing")
            names = set(map(str, expect.listed(seen)))
            hint = "all_of_them" if names == set(params) else "" if names else "none_moved"
            expect.true(names == wanted, expect.describe(wanted), names, hint)
            still = {n for n in wanted if expect.same(params[n].data(), before[n])}
            expect.true(not still, expect.describe(wanted), wanted - still, "no_step")


class _Old(nn.Block):
    """A network with ten outputs that has learned something."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential()
        self.body.add(nn.Dense(8, activation="relu"), nn.Dense(4, activation="relu"))
        self.output = nn.Dense(10)

    def forward(self, x: Any) -> Any:
        return self.output(self.body(x))


def _transferred(answer: Any) -> tuple[_Old, Any]:
    """Return a network and what the answer makes of it with a file."""
    transfer = expect.function(expect.entry(answer, "transfer"))
    old = _Old()
    old.initialize(init=init.Constant(0.1))
    old(expect.numbers(2, 4))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "old.safetensors"
        try:
            net = transfer(old, file)
        except (AssertionError, ValueError) as error:  # its message contains the name of the folder
            found = expect.told(type(error)(str(error).replace(str(file), file.name)))
            hint = "other_shape" if "does not fit" in found else "other_names"
            raise expect.Wrong(word("value", "answer"), found, hint) from None
    expect.block(net)(expect.numbers(2, 4))
    return old, net


def _drawn(rule: Any) -> NDArray:
    """Return the weight of a layer with 100 inputs and 100 units that a rule has filled."""
    marked = np.full((2, 3), 7.0)
    rule("weight", marked)
    expect.true(not (marked == 7).all(), "array[:] = …", marked, "not_written")
    layer = nn.Dense(100, in_units=100)
    layer.initialize(init=rule)
    return layer.weight.data()


def _nonzero(weight: NDArray) -> NDArray:
    return (weight != 0).astype("float32")


def _pair(net: Any) -> tuple[NDArray, NDArray]:
    """Return the weights of a network's two layers."""
    expect.equal(len(net), 2)
    return net[0].weight.data(), net[1].weight.data()


def _names(net: nn.Block) -> set[str]:
    return set(net.collect_params().keys())
