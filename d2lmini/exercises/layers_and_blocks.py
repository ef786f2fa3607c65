"""The exercises of the chapter `layers-and-blocks`."""

from collections.abc import Iterable
from typing import Any

from .. import nn, np, npx
from ..errors import UninitializedError
from . import expect
from .exercise import Exercise


class MissingSuper(Exercise):
    """What follows from leaving out `super().__init__()`."""

    def an_error_follows(self, answer: Any) -> None:
        expect.error(expect.entry(answer, "error"), AttributeError, "super().__init__")

    def names_the_assignment(self, answer: Any) -> None:
        seen = expect.entry(answer, "assigned")
        assigned = expect.name(seen)
        hint = {"output": "last_layer", "_children": "private"}.get(str(assigned), "")
        expect.true(assigned == "hidden", "left_side", seen, hint)

    def names_what_was_prepared(self, answer: Any) -> None:
        seen = expect.entry(answer, "prepared")
        names, prepared = [*map(expect.name, expect.listed(seen))], [*vars(nn.Block())]
        right = "_children" in names and all(name in prepared for name in names)
        expect.true(right, "prepared", seen, "look_at_a_block")


class WithoutAsscalar(Exercise):
    """What changes in `FancyMLP` without `asscalar`."""

    def is_left_out(self, answer: Any) -> None:
        block = expect.block_class(expect.entry(answer, "block"))
        names = block.forward.__code__.co_names
        for name in ("asscalar", "item"):
            expect.true(name not in names, "x.norm()", f"x.norm().{name}()", "still_there")

    def gives_the_same_output(self, answer: Any) -> None:
        block = expect.ready(expect.entry(answer, "block")())
        for size, wrong in ((1, False), (2, True)):  # halved to a norm below 0.8, and above
            x = size * expect.numbers(2, 20)
            expect.equal(block(x), _fancy(block, x), no_branch=_fancy(block, x, branch=wrong))

    def tries_two_elements(self, answer: Any) -> None:
        expect.error(expect.entry(answer, "two_elements"), ValueError, "ambiguous")


class NestList(Exercise):
    """What breaks when `NestMLP` holds a list."""

    wants_list = True

    def holds_a_list(self, answer: Any) -> None:
        block = expect.block_class(expect.entry(answer, "block"))
        net = getattr(block(), "net", None)
        hint = "still_sequential" if isinstance(net, nn.Sequential) else ""
        kinds = [type(each) for each in net] if isinstance(net, list) else []
        expect.true(kinds == [nn.Dense, nn.Dense], "[Dense, Dense]", net, hint)

    def forward_follows_the_list(self, answer: Any) -> None:
        x = expect.numbers(2, 20)
        block = expect.entry(answer, "block")()
        for layer in (*block.net, block):
            layer.initialize()
        y = x
        for layer in (*block.net, block.dense):
            y = layer(y)
        expect.equal(block(x), y)

    def counts_what_is_found(self, answer: Any) -> None:
        seen = expect.number(expect.entry(answer, "found"))
        expect.secret(seen, 2, "len(ListMLP().collect_params())", all_of_them=6)

    def sees_it_fail(self, answer: Any) -> None:
        initialize, call = (expect.entry(answer, name) for name in ("initialize", "call"))
        expect.error(call, UninitializedError)
        expect.equal(initialize, None)


class SequentialList(Exercise):
    """What breaks when `MySequential` keeps a list."""

    wants_list = True
    breaks: tuple[str, ...] = (
        *("initialize", "collect_params", "save_parameters", "load_parameters", "save_params"),
        *("load_params", "apply", "cast", "zero_grad", "hybridize", "summary", "__repr__"),
        *("repr", "_repr_html_", "__str__", "str", "print"),
    )

    def keeps_a_list(self, answer: Any) -> None:
        net = expect.block_class(expect.entry(answer, "block"))()
        net.add(nn.Dense(4), nn.Dense(3))
        lists = [value for value in vars(net).values() if isinstance(value, list)]
        kept = any(len(each) == 2 and isinstance(each[0], nn.Dense) for each in lists)
        of_class = any(isinstance(value, list) for value in vars(type(net)).values())
        hint = "still_children" if net._children else "one_list_for_all" if of_class else ""
        expect.true(kept and not net._children, "[Dense, Dense]", lists, hint)

    def still_runs_in_order(self, answer: Any) -> None:
        x = expect.numbers(2, 20)
        one, other = expect.ready(nn.Dense(4)), expect.ready(nn.Dense(3))
        net = expect.entry(answer, "block")()
        net.add(one, other)
        first = one(x)
        y = other(first)
        expect.equal(net(x), y, first_only=first)

    def names_three_methods(self, answer: Any) -> None:
        seen = expect.entry(answer, "broken")
        named = [expect.name(each) for each in expect.listed(seen)]
        broken = [name for name in self.breaks if name in named]
        others = [str(name) for name in named if name not in broken]
        has = [name for name in others if hasattr(expect.entry(answer, "block"), name)]
        hint = "goes_on" if has else "no_method" if others else "look_for_children"
        expect.true(len(broken) >= 3 and not others, "three_methods", seen, hint)


class Parallel(Exercise):
    """Two nets on the same input, their outputs joined along the last axis."""

    def is_a_block(self, answer: Any) -> None:
        expect.block_class(answer)
        expect.block(answer(nn.Dense(1), nn.Dense(2)))

    def finds_both_nets(self, answer: Any) -> None:
        one, other = nn.Dense(1), nn.Dense(2)
        block = answer(one, other)
        expect.parameters(block, 4, one_net=2, no_net=0)
        found = set(block.collect_params().values())
        given = {one.weight, one.bias, other.weight, other.bias}
        expect.true(found == given, "one, other", block, "own_nets")

    def joins_the_shapes(self, answer: Any) -> None:
        x = expect.numbers(2, 8)
        block = expect.ready(answer(nn.Dense(20), nn.Dense(10)))
        expect.shape(block(x), (2, 30), chained=(2, 10), wrong_axis=(30, 2))

    def joins_the_outputs(self, answer: Any) -> None:
        x = expect.numbers(2, 8)
        one, other = nn.Dense(3), nn.Dense(3)
        block = answer(one, other)
        a, b = (expect.ready(each)(x) for each in (one, other))
        expect.equal(
            expect.pure(block, x),
            np.concatenate([a, b], axis=-1),
            wrong_axis=np.concatenate([a, b], axis=0),
            stacked=np.stack([a, b]),
            added=a + b,
            swapped=np.concatenate([b, a], axis=-1),
            tuple_of_both=(a, b),
            list_of_both=[a, b],
        )

    def joins_along_the_last_axis(self, answer: Any) -> None:
        one, other = nn.Dense(3, flatten=False), nn.Dense(3, flatten=False)
        block, cube = answer(one, other), expect.numbers(2, 4, 5)
        a, b = (expect.ready(each)(cube) for each in (one, other))
        y = expect.pure(block, cube)
        joined = np.concatenate([a, b], axis=-1)
        expect.equal(y, joined, second_axis=np.concatenate([a, b], axis=1))

    def lets_the_gradient_through(self, answer: Any) -> None:
        x = expect.numbers(2, 8)
        nets = [nn.Dense(3), nn.Dense(3)]
        block = answer(*nets)
        for net in nets:
            expect.ready(net)
        expect.backward(block, x)
        for net in nets:
            (bias,) = net.collect_params(".*bias").values()
            expect.equal(bias.grad(), np.full(3, 2.0))


class Factory(Exercise):
    """A function that makes many instances of a block and chains them."""

    def returns_a_network(self, answer: Any) -> None:
        expect.function(answer)
        _leaves(answer(lambda: nn.Dense(20), 3))

    def makes_as_many_as_asked(self, answer: Any) -> None:
        for count in (1, 10):
            net = answer(lambda: nn.Dense(20), count)
            expect.equal(_leaves(net), count)

    def shares_no_parameters(self, answer: Any) -> None:
        net = expect.ready(answer(lambda: nn.Dense(20), 10))
        expect.equal(_leaves(net), 10)
        expect.parameters(net, 20, shared=2)

    def runs_them_in_order(self, answer: Any) -> None:
        x = expect.numbers(2, 20)
        made: list[nn.Dense] = []

        def layer() -> nn.Dense:
            made.append(nn.Dense(20, activation="relu"))
            return made[-1]

        net = expect.ready(answer(layer, 3))
        expect.equal(_leaves(net), 3)
        expect.true(len(made) >= 3, "3", len(made), "shared")
        y = x
        for each in made[-3:]:
            y = each(y)
        expect.equal(net(x), y, first_only=made[-3](x))


def _fancy(block: Any, x: Any, branch: bool | None = None) -> Any:
    """Return what `FancyMLP` computes with the parameters of a block, always or never times 10."""
    x = block.dense(x)
    x = block.dense(npx.relu(np.dot(x, block.rand_weight.data()) + 1))
    while x.norm().asscalar() > 1:
        x = x / 2
    if x.norm().asscalar() < 0.8 if branch is None else branch:
        x = x * 10
    return x.sum()


def _leaves(net: nn.Block) -> int:
    """Count the dense layers in a network, each as many times as it appears."""
    expect.block(net, "in_a_list" if isinstance(net, Iterable) else "")
    found: list[nn.Block] = []
    net.apply(lambda each: found.append(each) if isinstance(each, nn.Dense) else None)
    return len(found)
