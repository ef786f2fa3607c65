"""A hybridized block gives what it gave before, faster, or says why it cannot."""

import gc
import threading
import weakref
from collections import namedtuple
from contextlib import nullcontext

import hypothesis
import numpy
import pytest
from hypothesis import given, settings, strategies as st

import d2lmini as mx
from d2lmini import autograd, gluon, nd, nn, np, npx
from d2lmini.errors import HybridizeError, MXNetError

LAYERS = {
    "dense": lambda: nn.Dense(3),
    "relu dense": lambda: nn.Dense(4, activation="relu"),
    "sigmoid dense": lambda: nn.Dense(2, activation="sigmoid"),
    "no bias": lambda: nn.Dense(3, use_bias=False),
    "tanh": lambda: nn.Activation("tanh"),
    "softrelu": lambda: nn.Activation("softrelu"),
    "softsign": lambda: nn.Activation("softsign"),
    "dropout": lambda: nn.Dropout(0.4),
    "batch norm": lambda: nn.BatchNorm(),
    "layer norm": lambda: nn.LayerNorm(),
    "flatten": lambda: nn.Flatten(),
    "identity": lambda: nn.Identity(),
    "lambda": lambda: nn.HybridLambda(lambda F, x: F.exp(-x) + x.mean(axis=1, keepdims=True)),
    "residual": lambda: Residual(),
    "parallel": lambda: parallel(),
    "tied": lambda: Tied(),
}


class Residual(nn.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = nn.Dense(3, activation="tanh")
        self.way_in = nn.Dense(3)

    def hybrid_forward(self, F, x):
        x = self.way_in(x)
        return F.relu(self.inner(x) + x)


class Tied(nn.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.weight = self.params.get("weight", shape=(2, 2))
            self.way_in = nn.Dense(2)

    def hybrid_forward(self, F, x, *, weight):
        x = self.way_in(x)
        return F.dot(F.dot(x, weight), weight) * 0.5


def parallel():
    net = nn.HybridConcurrent(axis=1)
    net.add(nn.Dense(2), nn.Dense(1, activation="relu"))
    return net


def net_of(names):
    net = nn.HybridSequential()
    net.add(*(LAYERS[name]() for name in names))
    return net


def learned(net):
    return [p for p in net.collect_params().values() if p.grad_req != "null"]


def run(net, inputs, seed=5, train=True):
    """Outputs and gradients of the sum of several calls within one record."""
    nd.random.seed(seed)
    for x in inputs:
        x.attach_grad()
    with autograd.record(train_mode=train):
        outputs = [net(x) for x in inputs]
        loss = sum((y * y).sum() for y in outputs)
    loss.backward()
    grads = [x.grad.asnumpy() for x in inputs] + [p.grad().asnumpy() for p in learned(net)]
    state = [p.data().asnumpy() for p in net.collect_params().values()]
    return [y.asnumpy() for y in outputs], grads, state


def assert_same(one, other):
    for ours, theirs in zip(one, other, strict=True):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            numpy.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


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


@pytest.fixture
def net():
    net = net_of(["relu dense", "dense"])
    net.initialize()
    net(nd.ones((2, 5)))
    net.hybridize()
    net(nd.ones((2, 5)))
    return net


X = nd.array([[1.0, -2.0, 3.0, 0.5, 1.5], [0.0, 1.0, -1.0, 2.0, 1.0]])


def eager(net, x):
    net.hybridize(False)
    try:
        return net(x).asnumpy()
    finally:
        net.hybridize()


def test_the_program_is_straight_line_numpy_and_names_parameters_and_blocks(net):
    source = str(net.program)
    first, second = net[0], net[1]
    assert source.startswith("def forward(x, buffers):")
    assert f"x.dot({first.name}_weight_T, out=b0)" in source
    assert "np.maximum(b0, zero_float32, out=b0)" in source
    assert f"# {second.name}" in source
    assert "backward" not in source
    with autograd.record():
        net(X).backward()
    assert "def backward(g, x, buffers, kept):" in str(net.program)


def test_a_program_names_the_block_again_where_its_own_lines_follow_those_of_a_child():
    net = nn.HybridSequential()
    net.add(parts := nn.HybridConcurrent(), nn.Activation("tanh"))
    parts.add(nn.Dense(2, in_units=5), nn.Dense(2, in_units=5))
    net.initialize()
    net.hybridize()
    net(X)
    notes = [line.strip(" #") for line in str(net.program).splitlines() if "#" in line]
    assert notes == [parts[0].name, parts[1].name, parts.name, net[1].name]
    parts[0].hybridize()
    parts[0](X)
    assert f"# {parts[0].name}" in str(parts[0].program)


def test_a_program_names_only_the_buffers_that_it_uses(net):
    with autograd.record():
        net(X).backward()
    there, back = str(net.program).split("def backward")
    assert "\n    b0, b1, _, " in there and "\n    b0, _, b2, " in back
    loss, x = gluon.loss.SoftmaxCELoss(), nd.ones((2, 3))
    loss.hybridize()
    x.attach_grad()
    with autograd.record():
        loss(x, nd.array([0, 1])).backward()
    there, back = str(loss.program).split("def backward")
    assert "= buffers" not in there and "return (t2,), ()" in there
    assert "    b0, = buffers\n" in back and "g[..., None]" in back and "= kept" not in back


def test_a_program_shows_indices_as_one_writes_them():
    x = nd.arange(24).reshape((2, 3, 4))
    parts = nn.HybridLambda(lambda F, x: (x[:, 1:], x[..., ::-2], x[-1], x[0:1, :2, 3], x[[1]]))
    expected = [y.asnumpy() for y in parts(x)]
    parts.hybridize()
    for _ in range(2):
        for found, wanted in zip(parts(x), expected, strict=True):
            assert numpy.array_equal(found.asnumpy(), wanted)
    source = str(parts.program)
    for text in ("x[:, 1:]", "x[..., ::-2]", "x[-1]", "x[0:1, :2, 3]"):
        assert text in source


def test_there_is_no_program_before_the_first_call():
    net = net_of(["dense"])
    with pytest.raises(RuntimeError, match="hybridize"):
        net.program  # noqa: B018


def test_hooks_of_a_part_are_called_each_time_with_what_it_computes(net):
    seen = []
    net.hybridize()
    net(X)
    plain = net(X).tolist()
    hook = net[0].register_forward_hook(lambda block, inputs, output: seen.append(output.asnumpy()))
    for k in (1, 2, 3):
        net(k * X)
        numpy.testing.assert_allclose(seen[-1], net[0].forward(k * X), rtol=1e-5)
    assert len(seen) == 3
    hook.detach()
    assert net(X).tolist() == net(X).tolist() == plain and len(seen) == 3


def test_a_second_call_does_not_run_the_forward():
    calls = []

    class Counting(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            calls.append(repr(x))
            return x * 2

    net = Counting()
    net.hybridize()
    for _ in range(3):
        assert net(X).shape == (2, 5)
    assert calls == ["<Symbol float32 (2, 5)>"]
    net(nd.ones((7, 5)))
    assert len(calls) == 2


def test_set_data_and_in_place_updates_are_seen_without_a_new_program(net):
    program = net.program
    net[0].weight.set_data(nd.ones((4, 5)))
    net[0].weight.data()[0, 0] = 7
    before = net(X).asnumpy()
    assert net.program is program
    numpy.testing.assert_allclose(before, eager(net, X), rtol=1e-6)


def test_a_new_child_a_cast_a_new_start_and_an_attribute_make_a_new_program(net):
    net.initialize(force_reinit=True)
    numpy.testing.assert_allclose(net(X).asnumpy(), eager(net, X), rtol=1e-6)
    net.add(nn.HybridLambda(lambda F, x: x + 100))
    assert net(X).asnumpy().min() > 50
    net.cast("float64")
    assert net(X.astype("float64")).dtype == numpy.float64

    class Scale(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.factor = 1

        def hybrid_forward(self, F, x):
            return x * self.factor

    scale = Scale()
    scale.hybridize()
    assert scale(X).asnumpy()[0, 0] == 1
    scale.factor = 5
    assert scale(X).asnumpy()[0, 0] == 5


def test_a_changed_grad_req_makes_a_new_program(net):
    net[0].weight.grad_req = "null"
    with autograd.record():
        y = net(X)
    y.backward()
    with pytest.raises(RuntimeError):
        net[0].weight.grad()
    assert net[1].weight.grad().asnumpy().any()


HOLDERS = {
    "the output": lambda y: y,
    "a part of it": lambda y: y[0],
    "its transpose": lambda y: y.T,
    "an array of NumPy": numpy.asarray,
    "its memory": lambda y: memoryview(numpy.asarray(y)),
}


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("recording", [False, True])
@pytest.mark.parametrize("static", [False, True])
def test_an_output_lasts_as_long_as_anybody_holds_it(net, holder, recording, static):
    inputs = [X * i for i in range(1, 5)]
    expected = [numpy.array(HOLDERS[holder](net(x))) for x in inputs]
    net.hybridize(static_alloc=static, static_shape=static)
    held = []
    for x in inputs:
        with autograd.record() if recording else nullcontext():
            y = net(x)
        if recording:
            y.backward()
        held.append(HOLDERS[holder](y))
    for found, right in zip(held, expected, strict=True):
        numpy.testing.assert_allclose(numpy.array(found), right, rtol=1e-6)


def test_static_outputs_that_nobody_holds_are_written_into_again(net):
    net.hybridize(static_alloc=True)
    net(X)
    memory = weakref.ref(numpy.asarray(net(X)))
    assert numpy.asarray(net(X * 2)) is memory()
    y = net(X)
    assert numpy.asarray(net(X * 2)) is not memory()
    assert numpy.asarray(y) is memory()


def test_what_a_caller_writes_into_an_output_changes_neither_the_program_nor_other_outputs():
    net = nn.HybridLambda(lambda F, x: [x * 2, x * 2, F.ones((2,)), F.ones((2,)) + 0 * x])
    net.hybridize()
    for _ in range(3):
        outputs = net(nd.ones((2,)))
        assert [y.asnumpy().tolist() for y in outputs] == [[2, 2], [2, 2], [1, 1], [1, 1]]
        outputs[0][:] = outputs[2][:] = 7
        assert outputs[1].asnumpy().tolist() == [2, 2]


def test_what_a_caller_writes_into_a_returned_transpose_changes_nothing_else():
    def turned(F, x):
        y = 2 * x
        return [x.T, x.swapaxes(0, 1), x, y.T, y]

    net, x = nn.HybridLambda(turned), nd.ones((2, 3))
    net.hybridize()
    for _ in range(3):
        outputs = net(x)
        for y, value in zip(outputs, (1, 1, 1, 2, 2), strict=True):
            assert set(y.asnumpy().flat) == {value}
            if y is not outputs[2]:
                y += 7
        assert set(x.asnumpy().flat) == {1}


def test_a_returned_transpose_follows_its_parameter():
    class Turned(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.weight = self.params.get("weight", shape=(1, 2))

        def hybrid_forward(self, F, x, weight):
            return [x * 2, weight.T]

    net = Turned()
    net.initialize()
    net.hybridize()
    for value in (1, 2, 3):
        net.weight.set_data(nd.full((1, 2), value))
        assert net(nd.ones((1,)))[1].asnumpy().tolist() == [[value], [value]]


def test_a_running_average_is_read_again_after_it_was_moved():
    class Twice(nn.BatchNorm):
        def hybrid_forward(self, F, x, **own):
            before = x - own["running_mean"]
            super().hybrid_forward(F, x, **own)
            return [before, x - own["running_mean"]]

    eager, net = Twice(), Twice()
    net.hybridize()
    for block in (eager, net):
        block.initialize()
    for _ in range(3):
        with autograd.train_mode():
            for mine, own in zip(net(X), eager(X), strict=True):
                numpy.testing.assert_array_equal(mine.asnumpy(), own.asnumpy())


def test_an_input_that_is_overwritten_while_recording_is_told_as_such():
    def scaled(F, x):
        x *= 2
        return x

    net, x = nn.HybridLambda(scaled), nd.ones((2, 3))
    net.hybridize()
    x.attach_grad()
    with pytest.raises(MXNetError, match=r"shape \(2, 3\) cannot be overwritten while recording"):
        net(x)


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


def test_a_block_that_hands_its_input_on_twice_adds_the_gradients_up():
    net = nn.HybridLambda(lambda F, x: (x, x))
    net.hybridize()
    x = X.copy()
    x.attach_grad()
    for _ in range(2):
        with autograd.record():
            one, other = net(x)
            loss = (one + 2 * other).sum()
        loss.backward()
        assert (x.grad.asnumpy() == 3).all()


def test_a_reshaped_buffer_is_kept_as_long_as_what_was_reshaped_is_needed():
    class Net(nn.HybridBlock):  # a sum of matrices in Fortran order, which a buffer has not
        def __init__(self):
            super().__init__()
            self.weight = self.params.get("weight", shape=(2, 5), init="normal")

        def hybrid_forward(self, F, x, weight):
            y = (weight + weight).reshape((-1,)).reshape((2, 5))
            square = F.square(x)
            z = F.broadcast_hypot(y, square + 3)
            return square, F.add_n(z, z, z)

    net = Net()
    net.initialize()
    runs = []
    for _ in range(3):
        with autograd.record():
            _, y = net(X)
        y.backward()
        runs.append([y.asnumpy(), net.weight.grad().asnumpy()])
        if len(runs) == 1:
            net.hybridize()
    assert_same(runs[2], runs[0])


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


def misuse(function):
    net = nn.HybridLambda(lambda F, x: function(x))
    net.hybridize()
    net(X)


@pytest.mark.parametrize(
    "function, reason",
    [
        (lambda x: x if x.sum() > 0 else -x, "truth of an array"),
        (lambda x: x * x.norm().asscalar(), "asscalar"),
        (lambda x: x * float(x.sum()), "values of an array"),
        (lambda x: x.reshape((x.shape[0], -1)), "reshape with 0"),
        (lambda x: x / len(x), "length of an array"),
        (lambda x: x * x.asnumpy(), "values of an array"),
        (lambda x: sum(row for row in x), "length of an array"),
        (lambda x: x.__setitem__(0, 1), "elements are assigned"),
        (lambda x: nd.zeros((2, 5)).__setitem__(0, x[0]), "values of an array"),
        (lambda x: x.copyto(nd.zeros((2, 5))), "values of an array"),
        (lambda x: np.exp(x, out=np.zeros((2, 5))), "values of an array"),
        (lambda x: nd.array([x[0, 0], 1]), "values of an array"),
        (lambda x: nd.full((2,), x[0, 0]), "values of an array"),
        (lambda x: np.diff(x), "values of an array"),
        (lambda x: numpy.logaddexp(x, x), "values of an array"),
        (lambda x: x if 1 in x else -x, "values of an array"),
        (lambda x: x.__reduce__(), "values of an array"),
    ],
)
def test_what_depends_on_values_is_refused_with_the_line(function, reason):
    with pytest.raises(HybridizeError, match=reason) as caught:
        misuse(function)
    assert f"{__file__}:" in str(caught.value)


@pytest.mark.parametrize(
    "function, reason",
    [
        (lambda x, n: x * n.asscalar(), "asscalar"),
        (lambda x, n: x * float(n), "values of an array"),
        (lambda x, n: x * numpy.asarray(n), "values of an array"),
        (lambda x, n: x if n else -x, "truth of an array|truth value"),
        (lambda x, n: n.__setitem__(0, 1) or x, "written to"),
        (lambda x, n: n.__iadd__(1) * x, "written to"),
        (lambda x, n: n.__iadd__(x.sum()) * x, "written to"),
        (lambda x, n: nd.add(n, 1, out=n) * x, "written to"),
    ],
)
def test_what_depends_on_the_values_of_a_parameter_is_refused_too(function, reason):
    class Counting(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.count = self.params.get("count", shape=(1,), init="ones", grad_req="null")

        def hybrid_forward(self, F, x, count):
            return function(x, count)

    net = Counting()
    net.initialize()
    net(X)
    net.hybridize()
    with pytest.raises(MXNetError, match=reason):
        net(X)
    net.count.data()[:] = 3  # an ordinary array again
    assert net.count.data().asscalar() == 3


def test_a_parameter_keeps_its_values_where_new_ones_are_refused():
    class Setting(nn.Dense):
        def forward(self, x):
            self.bias.set_data(nd.zeros((2,)))
            return super().forward(x)

    net = Setting(2, in_units=5, bias_initializer="ones")
    net.initialize()
    net.bias.grad_req = "null"
    net.hybridize()
    with autograd.record(), pytest.raises(HybridizeError, match="written to"):
        net(X)
    assert net.bias.data().tolist() == [1, 1]


def test_a_gradient_that_is_attached_to_the_array_of_a_frozen_parameter(net):
    net[0].weight.grad_req = "null"
    weight = net[0].weight.data()
    for attached in (None, "write", None):
        weight.attach_grad(attached or "null")
        for _ in range(2):
            with autograd.record():
                y = net(X)
            y.backward()
        assert (weight.grad is not None and weight.grad.asnumpy().any()) == bool(attached)


def test_another_thread_reads_and_writes_parameters_while_a_block_is_recorded():
    seen = []

    def work(weight):
        weight[:] = 2 * weight
        weight += 1
        seen.append((float(weight[0, 0]), weight.asnumpy().max(), bool(weight[:1, :1] == 3)))

    class Waiting(nn.Dense):
        def hybrid_forward(self, F, x, weight):
            thread = threading.Thread(target=work, args=(weight,))
            thread.start()
            thread.join()
            return F.dot(x, weight)

        forward = nn.HybridBlock.forward

    net = Waiting(2, in_units=5, use_bias=False, weight_initializer="ones")
    net.initialize()
    net.weight.grad_req = "null"
    net.hybridize()
    net(nd.ones((1, 2)))
    assert seen == [(3, 3, True)]


NAMES = "x x1 v0 v1 v2 b0 b1 g g1 t1 k0 w p_x c_2_0 np sum softmax buffers kept forward slice"


@pytest.mark.parametrize("name", [*NAMES.split(), "", "lambda", "None", "1", "1st", "a.b", "모델"])
def test_a_parameter_may_be_called_anything(name):
    class Scores(nn.HybridBlock):
        def __init__(self):
            super().__init__(prefix="")
            self.weight = self.params.get(name, shape=(3, 5), init="normal")
            self.scale = self.params.get(f"{name}_T", shape=(3,), init="normal")

        def hybrid_forward(self, F, x, weight, scale):
            y = F.tanh(F.FullyConnected(x, weight, no_bias=True) * scale + 1.5)
            return F.softmax(y * 2.0), F.relu(y).sum()

    net = Scores()
    net.initialize()

    def measured():
        x = X.copy()
        x.attach_grad()
        with autograd.record():
            scores, total = net(x)
            loss = (scores * nd.array([1, 2, 3])).sum() + total
        loss.backward()
        return [loss, x.grad, net.weight.grad().copy(), net.scale.grad().copy()]

    eager = measured()
    net.hybridize()
    for _ in range(2):
        for found, wanted in zip(measured(), eager, strict=True):
            numpy.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


class Squared(autograd.Function):
    def forward(self, x):
        return x * x

    def backward(self, dy):
        return dy


LEAF = nd.ones((5,))
LEAF.attach_grad()
STRANGER = nn.Dense(3, in_units=5, prefix="stranger_")
STRANGER.initialize()


@pytest.mark.parametrize(
    "function",
    [
        lambda F, x: x * LEAF,
        lambda F, x: F.dot(x, STRANGER.weight.data().T),
        lambda F, x: Squared()(x),
        lambda F, x: Squared()(x) + 1,
        lambda F, x: LEAF,
    ],
)
def test_a_gradient_that_a_program_would_lose_is_refused(function):
    net = nn.HybridLambda(function, prefix="net_")
    x = nd.array(X)
    x.attach_grad()
    for _ in range(2):  # as it was, before it is hybridized
        with autograd.record():
            y = net(x)
        y.backward()
    net.hybridize()
    with autograd.record(), pytest.raises(HybridizeError, match=r"net computes with .* gradient"):
        net(x)
    assert not autograd.is_recording()


def test_a_frozen_parameter_that_a_program_would_not_see_replaced_is_refused():
    other = nn.Dense(2, in_units=5)
    other.initialize()
    other.collect_params().setattr("grad_req", "null")
    net = nn.HybridLambda(lambda F, x: other(x) * 2, prefix="net_")
    before = net(X)
    net.hybridize()
    with pytest.raises(HybridizeError, match=r"net computes with .* frozen .* child"):
        net(X)
    net.block = other
    assert net(X).tolist() == before.tolist()
    other.initialize("zeros", force_reinit=True)
    assert net(X).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    "gradient",
    [
        lambda y, x: autograd.grad(y, [x])[0],
        lambda y, x: autograd.grad(y, [x], create_graph=True)[0],
        lambda y, x: y.backward() or x.grad,
    ],
)
def test_a_gradient_that_is_computed_in_a_forward_is_refused(gradient):
    def slope(F, x):
        x = x * 1
        x.attach_grad()
        with autograd.record():
            y = (x * x).sum()
        return gradient(y, x)

    net = nn.HybridLambda(slope)
    assert net(X).tolist() == (2 * X).tolist()
    net.hybridize()
    with pytest.raises(HybridizeError, match="a gradient is computed"):
        net(X)


def test_in_a_notebook_the_line_is_counted_in_its_cell():
    cell = "misuse(\n    lambda x: bool(x)\n)"
    code = compile(cell, "/tmp/ipykernel_4711/2718281828.py", "exec")
    with pytest.raises(HybridizeError) as caught:
        exec(code, {"misuse": misuse})
    assert str(caught.value).startswith(
        "line 2 of a notebook cell: an array is used as a truth value"
    )


def test_an_error_while_recording_leaves_the_thread_as_it_was(net):
    with pytest.raises(HybridizeError):
        misuse(lambda x: bool(x))
    assert not autograd.is_recording()
    assert net(X).shape == (2, 3)


def test_a_forward_that_returns_no_array_is_refused():
    net = nn.HybridLambda(lambda F, x: 3)
    net.hybridize()
    with pytest.raises(HybridizeError, match="returned 3"):
        net(X)


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


def test_a_dropped_run_is_freed_at_once(net):
    gc.disable()
    try:
        with autograd.record():
            y = net(X)
        node = weakref.ref(y)
        del y
        assert node() is None
    finally:
        gc.enable()


def test_a_dropped_hybridized_net_is_freed_at_once():
    def train():
        net = nn.HybridSequential()
        net.add(nn.Dense(4, activation="relu"), nn.Dropout(0.5), nn.BatchNorm(), nn.Dense(2))
        net.initialize()
        net.hybridize()
        for _ in range(3):
            with autograd.record():
                y = net(X)
            y.backward()
        net.handle = net.register_forward_hook(print)
        return weakref.ref(net), weakref.ref(net[0].weight.data())

    train()  # imports what it needs
    gc.collect()
    gc.disable()
    try:
        assert [watched() for watched in train()] == [None, None]
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_forward_without_its_hybridized_net_says_what_is_missing():
    def forward(hybrid):
        net = nn.HybridLambda("relu")
        net.hybridize(hybrid)
        return net.forward

    assert forward(False)(X).shape == X.shape
    with pytest.raises(ReferenceError, match=r"block no longer exists: keep the block"):
        forward(True)(X)


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


def test_a_compiled_program_notices_an_input_that_was_overwritten():
    net = nn.Dense(2, in_units=3)
    net.initialize()
    net.hybridize()
    x = nd.ones((1, 3))
    for _ in range(2):
        with autograd.record():
            y = net(x)
        x += 1
        with pytest.raises(MXNetError, match=r"shape \(1, 3\) was overwritten"):
            y.backward()


def test_a_compiled_program_notices_a_static_output_that_was_overwritten(net):
    net.hybridize(static_alloc=True)
    net.add(nn.Activation("tanh"))
    for _ in range(2):
        with autograd.record():
            y = net(X)
            z = y * 2
    y.detach()[:] = 0
    with pytest.raises(MXNetError, match="was overwritten after a hybridized block"):
        z.backward()


def test_gradients_that_were_handed_out_outlast_the_next_walk_back():
    """What a program computes stands in buffers, which its next run fills anew."""

    class Keeping(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            kept.append(dy)
            return dy

    net = net_of(["relu dense", "dense"])
    net.initialize()
    net(nd.ones((2, 5)))
    net.hybridize()
    weight = net[0].weight
    x = nd.random.uniform(shape=(2, 5))
    x.attach_grad()
    found, kept = [], []
    for factor in (1, 2):
        with autograd.record():
            y = net(Keeping()(x)) * factor
        found += autograd.grad(y, [weight.data()], retain_graph=True)
        y.backward()
        assert nd.abs(found[-1] - weight.grad()).max().asscalar() == 0
    for first, second in (found, kept[::2]):
        assert nd.abs(2 * first - second).max().asscalar() < 1e-6
        assert nd.abs(first).max().asscalar() > 0


def test_arguments_that_are_equal_but_of_other_types_have_programs_of_their_own():
    class Scale(nn.HybridBlock):
        def forward(self, x, factor):
            return x * factor[0] if isinstance(factor, tuple) else x / factor

    eager, hybrid = Scale(), Scale()
    hybrid.hybridize()
    x = nd.array([3, 5], dtype="int32")
    for factor in (2, 2.0, True, 1, 1.0, 0.0, -0.0, (2,), (2.0,)):
        with numpy.errstate(divide="ignore"):
            wanted, found = eager(x, factor), hybrid(x, factor)
        assert (found.dtype, found.tolist()) == (wanted.dtype, wanted.tolist())
    not_a_number = [hybrid(x, float("nan")) for _ in range(3)]
    assert numpy.isnan(not_a_number[2]).all()
    assert len(hybrid.forward._programs) == 10


def test_an_object_whose_changes_nobody_would_notice_is_refused():
    class State:
        offset = nd.array([1])

    net = nn.HybridLambda(lambda F, x, state: x + state.offset)
    assert net(nd.array([2]), State()).tolist() == [3]
    net.hybridize()
    with pytest.raises(TypeError, match="not with a value of type State"):
        net(nd.array([2]), State())


def test_a_single_number_is_an_array_that_can_be_written_to(modern):
    net = nn.HybridLambda(lambda F, x: [F.np.sum(x), 2 * x[0]])
    net.hybridize()
    for _ in range(2):
        for y in net(np.ones((3,))):
            before = repr(y)
            y += 1
            assert before.startswith("array(") and y.asscalar() == int(before[6]) + 1


def test_zeros_of_either_sign_have_programs_of_their_own():
    net = nn.HybridLambda(lambda F, x, scale: x * scale)
    net.hybridize()
    signs = [numpy.signbit(net(nd.ones((1,)), numpy.float64(z)).asscalar()) for z in (0.0, -0.0)]
    assert signs == [False, True]


def test_the_oldest_programs_are_dropped_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr("d2lmini.replay._MOST", 3)
    net = nn.HybridLambda(lambda F, x, n: x * n)
    net.hybridize()
    for n in range(3):
        net(nd.ones((2,)), n)
    with pytest.warns(
        UserWarning, match=r"hybridlambda\d+ has been compiled for 3 kinds .* arrays"
    ):
        assert net(nd.ones((2,)), 3).tolist() == [3, 3]
    assert len(net.forward._programs) == 3
    assert net(nd.ones((2,)), 1).tolist() == [1, 1]


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


def test_a_backward_from_one_of_several_results_leaves_other_gradients_alone():
    class TwoHeads(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.left, self.right = nn.Dense(1, in_units=2), nn.Dense(1, in_units=2)

        def forward(self, x):
            return self.left(x), self.right(x)

    net = TwoHeads()
    net.initialize()
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    for _ in range(3):
        with autograd.record():
            left, _ = net(nd.ones((1, 2)))
        net.right.weight.grad()[:] = 7
        left.backward()
        assert net.left.weight.grad().tolist() == [[1, 1]]
        assert net.right.weight.grad().tolist() == [[7, 7]]
        with pytest.raises(UserWarning, match=net.right.weight.name):
            trainer.step(1)
