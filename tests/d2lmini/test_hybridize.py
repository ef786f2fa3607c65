"""A hybridized block gives what it gave before, faster."""

from collections import namedtuple

import hypothesis
import numpy
import pytest
from hybridizing import LAYERS, X, assert_same, learned, net_of, run
from hypothesis import given, settings, strategies as st

import d2lmini as mx
from d2lmini import autograd, gluon, nd, nn, np, npx
from d2lmini.errors import MXNetError

NETS = st.lists(st.sampled_from(sorted(LAYERS)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    names=NETS,
    rows=st.sampled_from([(2,), (3, 2), (2, 3, 2)]),
    train=st.booleans(),
    request=st.sampled_from(["write", "add"]),
    dtype=st.sampled_from(["float32", "float64"]),
    modern=st.booleans(),
)
def test_outputs_gradients_and_averages_are_those_of_the_eager_net(
    names, rows, train, request, dtype, modern
):
    npx.set_np(array=modern)
    numbers = numpy.random.default_rng(len(names))
    eager, hybrid = net_of(names), net_of(names)
    inputs = [nd.array(numbers.uniform(-1, 1, (n, 5)), dtype=dtype) for n in rows]
    for net in (eager, hybrid):
        nd.random.seed(1)
        net.initialize()
        net.cast(dtype)
        net(inputs[0])
        for parameter in learned(net):
            parameter.grad_req = request
    hybrid.hybridize()
    for _ in range(3):
        assert_same(run(hybrid, inputs, train=train), run(eager, inputs, train=train))
    numpy.testing.assert_allclose(
        hybrid(inputs[0]).asnumpy(), eager(inputs[0]).asnumpy(), rtol=1e-5, atol=1e-6
    )
    npx.reset_np()


def chosen(net, n):
    parameters = [*net.collect_params().values()]
    return parameters[n % len(parameters)]


def add(net, n):
    net.add(LAYERS[sorted(LAYERS)[n % len(LAYERS)]]())
    net[-1].initialize()
    net[-1].cast(net[0].weight.dtype)


def step(net, n):
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01, "wd": n / 100})
    trainer.step(1, ignore_stale_grad=True)


def blunder(net, n):
    with pytest.raises(MXNetError, match="of width 5"):
        net(nd.ones((2, 6 + n)))


CHANGES = {
    "add": add,
    "blunder": blunder,
    "cast": lambda net, n: net.cast(("float32", "float64")[n % 2]),
    "compile": lambda net, n: net.hybridize(n % 4 > 0, static_alloc=n % 2 > 0),
    "initialize": lambda net, n: net.initialize(force_reinit=True),
    "in place": lambda net, n: chosen(net, n).data().__imul__(1.5),
    "request": lambda net, n: setattr(chosen(net, n), "grad_req", ("write", "add", "null")[n % 3]),
    "set": lambda net, n: chosen(net, n).set_data(chosen(net, n).data().abs() / 2),
    "step": step,
    "zero": lambda net, n: net.zero_grad(),
}


@settings(max_examples=40, deadline=None)
@given(
    names=NETS,
    changes=st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 15)), max_size=8),
    train=st.booleans(),
)
def test_whatever_is_done_to_a_net_it_stays_like_the_eager_one(names, changes, train):
    nets = eager, hybrid = net_of(["dense", *names]), net_of(["dense", *names])
    for net in nets:
        nd.random.seed(1)
        net.initialize()
        net(X)
    hybrid.hybridize()
    for change, n in changes:
        for net in [hybrid] if change == "compile" else nets:
            nd.random.seed(n)
            CHANGES[change](net, n)
        numbers = numpy.random.default_rng(n).uniform(-1, 1, (2, 2 + n % 3, 5))
        inputs = [nd.array(x, dtype=eager[0].weight.dtype) for x in numbers]
        assert_same(run(hybrid, inputs, train=train), run(eager, inputs, train=train))


def test_backward_twice_with_retain_graph(net):
    with autograd.record():
        y = net(X)
    y.backward(retain_graph=True)
    once = net[0].weight.grad().asnumpy()
    y.backward()
    numpy.testing.assert_array_equal(net[0].weight.grad().asnumpy(), once)
    with pytest.raises(MXNetError, match="retain_graph"):
        y.backward()


def test_several_inputs_and_outputs():
    class Both(nn.HybridBlock):
        def forward(self, x, pair):
            a, b = pair
            return x * a, [x + b, a]

    net = Both()
    a, b = nd.array([2.0, 3.0]), nd.array([5.0, 7.0])
    x = nd.array([1.0, 10.0])
    net.hybridize()
    for _ in range(3):
        for array in (x, a, b):
            array.attach_grad()
        with autograd.record():
            product, (total, same) = net(x, [a, b])
            loss = (product * total).sum() + same.sum()
        loss.backward()
        numpy.testing.assert_allclose(product.asnumpy(), [2, 30])
        numpy.testing.assert_allclose(x.grad.asnumpy(), [2 * 6 + 2, 3 * 17 + 30])
        numpy.testing.assert_allclose(a.grad.asnumpy(), [1 * 6 + 1, 10 * 17 + 1])
        numpy.testing.assert_allclose(b.grad.asnumpy(), [2, 30])


def test_random_numbers_are_drawn_anew_at_each_call():
    class Noise(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x + F.random.uniform(shape=(2, 5)) + F.random.normal(shape=(5,))

    net = Noise()
    net.hybridize()
    net(X)
    assert (net(X).asnumpy() != net(X).asnumpy()).all()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + nd.random.randint(0, 1000, (2, 5)),
        lambda x: x + np.random.choice(1000, (2, 5)),
        lambda x: x + np.random.choice(10, (2, 5), replace=False),
        lambda x: x + np.random.permutation(10).reshape(2, 5),
        lambda x: nd.shuffle(x.T),
    ],
)
def test_integers_and_orders_are_those_of_the_eager_block(function):
    net = nn.HybridLambda(lambda F, x: function(x))

    def calls():
        mx.random.seed(3)
        return [net(X).asnumpy() for _ in range(4)]

    eager = calls()
    assert not all((y == eager[0]).all() for y in eager)
    net.hybridize()
    assert_same(calls(), eager)


def test_an_array_made_in_forward_is_a_constant():
    class Shift(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x - x.mean() + F.ones((5,)) + F.zeros_like(x)

    net = Shift()
    net.hybridize()
    net(X)
    numpy.testing.assert_allclose(net(X).asnumpy(), (X - X.mean() + 1).asnumpy(), rtol=1e-6)


def test_no_gradient_flows_through_detach_and_pause():
    class Halves(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            y = x * x
            with autograd.pause():
                constant = x * x
            return y.detach() * x + F.stop_gradient(x) * x + constant * x + y

    x = nd.array([3.0])
    net = Halves()
    for hybridize in (False, True, True):
        net.hybridize(hybridize)
        for _ in range(2):
            x.attach_grad()
            with autograd.record():
                y = net(x)
            y.backward()
            assert (y.item(), x.grad.item()) == (27 + 9 + 27 + 9, 9 + 3 + 9 + 6)


def test_numbers_lists_and_numpy_arrays_beside_an_array():
    plain = numpy.arange(5, dtype="f")
    net = nn.HybridLambda(lambda F, x: (2 * x + plain - [1, 1, 1, 1, 1]) * numpy.float64(0.5))
    expected = net(X)
    net.hybridize()
    for _ in range(2):
        y = net(X)
        assert y.dtype == expected.dtype == numpy.float32
        numpy.testing.assert_allclose(y.asnumpy(), expected.asnumpy())


TYPES = ("bool", "uint8", "int8", "int32", "int64", "float16", "float32", "float64")


FORMULAS = {
    "a + b": lambda F, a, b: a + b,
    "a - 2": lambda F, a, b: a - 2,
    "1.5 * a": lambda F, a, b: 1.5 * a,
    "a / b": lambda F, a, b: a / b,
    "a // 2 + b % 3": lambda F, a, b: (a + b) // 2 + (a + b) % 3,
    "a ** 2": lambda F, a, b: (a + b) ** 2,
    "exp": lambda F, a, b: F.exp(a) * b,
    "sqrt, log1p, tanh": lambda F, a, b: F.sqrt(a) + F.log1p(b) * F.tanh(a),
    "sigmoid, softmax": lambda F, a, b: F.sigmoid(a) + F.softmax(b),
    "relu": lambda F, a, b: F.relu(a + b),
    "sum": lambda F, a, b: a.sum(axis=0) * b.prod(axis=0),
    "mean": lambda F, a, b: a.mean() + b.max(),
    "var, std": lambda F, a, b: a.var(axis=1) + b.std(axis=1),
    "norm": lambda F, a, b: a.norm() + b.norm(axis=0),
    "dot": lambda F, a, b: F.dot(a, b.T),
    "where, maximum": lambda F, a, b: F.where(a > b, a, b) + F.maximum(a, b),
    "join": lambda F, a, b: F.concat(a, b, dim=0).sum() + F.stack(a, b, axis=0).max(),
    "comparison": lambda F, a, b: (a > b) + (a == 1),
    "pick, one_hot": lambda F, a, b: F.pick(a, F.argmax(b, axis=1)) + F.one_hot(b[:, 0], 2).sum(),
    "clip": lambda F, a, b: a.clip(0, 2) + b.clip(1, None),
}


@settings(deadline=None, max_examples=200)
@given(
    name=st.sampled_from(sorted(FORMULAS)),
    left=st.sampled_from(TYPES),
    right=st.sampled_from(TYPES),
    modern=st.booleans(),
)
def test_types_are_those_of_the_eager_block(name, left, right, modern):
    npx.set_np(array=modern)
    block = nn.HybridLambda(FORMULAS[name])
    a = nd.array([[1, 0, 3], [2, 1, 0]], dtype=left)
    b = nd.array([[2, 1, 1], [1, 3, 2]], dtype=right)
    with numpy.errstate(all="ignore"):
        try:
            eager = block(a, b)
        except TypeError:  # NumPy knows no difference of truths, for example
            npx.reset_np()
            hypothesis.reject()
        block.hybridize()
        for _ in range(2):
            compiled = block(a, b)
            assert compiled.dtype == eager.dtype
            numpy.testing.assert_allclose(compiled.asnumpy(), eager.asnumpy(), rtol=1e-3)
    kind = numpy.dtype(eager.dtype)
    if kind.kind == "f":
        assert kind.name in {"float32", left, right}
    npx.reset_np()


def test_deferred_shapes_are_fixed_by_the_first_call():
    net = net_of(["relu dense", "batch norm", "dense"])
    net.initialize()
    net.hybridize()
    assert net(X).shape == (2, 3)
    assert net(X).shape == (2, 3)
    assert "dot" in str(net.program)


def test_a_forward_that_was_assigned_is_not_replaced():
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=5))
    net.initialize()
    net.forward = lambda x: net[0](x) * 2
    for active in (True, False):
        net.hybridize(active)
        for _ in range(2):
            numpy.testing.assert_allclose(net(X).asnumpy(), 2 * net[0](X).asnumpy(), rtol=1e-6)


def test_a_plain_sequential_hybridizes_its_children(net):
    outer = nn.Sequential()
    outer.add(net, nn.Lambda(lambda x: x.asnumpy()))
    outer.hybridize()
    outer(X)
    assert outer(X).shape == (2, 3)


class Smooth(nn.HybridBlock):
    """Two inputs and two outputs, with layers hybridized on their own inside."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.layer = nn.Dense(3, activation="tanh", in_units=5)

    def forward(self, x, pair):
        h = self.layer(x * pair[0])
        return h * h, [h.sum(axis=1) * pair[1]]


@pytest.mark.parametrize("steps", [1, 2])
def test_second_derivatives_of_a_hybridized_block_are_those_of_the_eager_one(steps):
    def second(net):
        nd.random.seed(3)
        net.initialize(force_reinit=True)
        x, a, b = X.copy(), X / 2, nd.array([1.0, 3.0])
        for array in (x, a, b):
            array.attach_grad()
        for _ in range(3):
            with autograd.record():
                inner = x * x
                square, (total,) = net(inner, [a, b])
                loss = square.sum() + (total * total).sum()
                wanted = [x, a, b, net.layer.weight.data()]
                for _ in range(steps):
                    grads = autograd.grad(loss, wanted, create_graph=True)
                    loss = sum((g * g).sum() for g in grads)
            loss.backward()
        return [array.grad.asnumpy() for array in (*wanted, net.layer.bias.data())]

    plain, whole, parts = Smooth(), Smooth(), Smooth()
    whole.hybridize()
    parts.layer.hybridize()
    expected = second(plain)
    for net in (whole, parts):
        for ours, eager in zip(second(net), expected, strict=True):
            numpy.testing.assert_allclose(ours, eager, rtol=2e-4, atol=1e-5)


def test_second_derivatives_are_refused_where_the_block_is_no_longer_what_was_recorded(net):
    def recorded():
        for _ in range(2):
            with autograd.record():
                y = net(X)
        return y

    y = recorded()
    net[1].bias.set_data(nd.ones((3,)))  # which the gradient itself does not read
    with pytest.raises(MXNetError, match=r"shape \(3,\) was overwritten after a hybridized block"):
        autograd.grad(y, net[0].weight.data(), create_graph=True)
    y = recorded()
    net[0].act = nn.Activation("tanh")
    with pytest.raises(MXNetError, match="because it has changed since"):
        autograd.grad(y, net[0].weight.data(), create_graph=True)


def test_second_derivatives_of_what_never_computes_the_same_point_to_hybridize_false():
    net = net_of(["dense", "dropout"])
    net.initialize()
    net.hybridize()
    for _ in range(2):
        net(X)
        with autograd.record():
            y = net(X)
    with pytest.raises(MXNetError, match=r"dropout_mask: call hybridize\(False\)"):
        autograd.grad(y, net[0].weight.data(), create_graph=True)


def test_a_hybridized_net_trains_like_an_eager_one():
    losses = []
    for hybridize in (False, True):
        net = net_of(["relu dense", "dense"])
        nd.random.seed(2)
        net.initialize()
        net(X)
        loss = gluon.loss.SoftmaxCrossEntropyLoss()
        if hybridize:
            net.hybridize()
            loss.hybridize()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
        for _ in range(20):
            with autograd.record():
                value = loss(net(X), nd.array([0, 2]))
            value.backward()
            trainer.step(2)
        losses.append(value.asnumpy())
    numpy.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    assert losses[0].max() < 0.1


def test_variance_and_deviation_in_a_compiled_program():
    class Spread(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x.var(axis=1), x.std(), F.np.var(x, axis=0, ddof=1)

    block = Spread()
    block.hybridize()
    for seed in (1, 2, 3):
        nd.random.seed(seed)
        x = nd.random.uniform(shape=(3, 4))
        data = x.asnumpy()
        for found, expected in zip(
            block(x), (data.var(1), data.std(), data.var(0, ddof=1)), strict=True
        ):
            numpy.testing.assert_allclose(found.asnumpy().squeeze(), expected, rtol=1e-5)


def test_a_block_can_return_a_named_tuple():
    Pair = namedtuple("Pair", "small large")
    net = nn.HybridLambda(lambda F, x: Pair(x, x * 2))
    net.hybridize()
    assert [net(nd.ones((1,))).large.tolist() for _ in range(2)] == [[2], [2]]


def test_results_that_no_gradient_reaches_are_not_recorded_either():
    x = nd.array([1, 2])
    x.attach_grad()
    for output in (lambda F, x: x > 1, lambda F, x: [x * 2, x > 1, x.detach()]):
        net = nn.HybridLambda(output)
        net.hybridize()
        for _ in range(2):
            with autograd.record():
                y = net(x)
            *linked, constant = y if isinstance(y, list) else [y]
            with pytest.raises(MXNetError, match="no recorded history"):
                constant.backward()
            if linked:
                autograd.backward(linked[:1])
                assert x.grad.tolist() == [2, 2] and linked[1]._node is None
