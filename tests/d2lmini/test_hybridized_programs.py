"""The programs of hybridized blocks: what they say, and when a new one is made."""

import numpy
import pytest
from hybridizing import X, net_of

from d2lmini import autograd, gluon, nd, nn


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


def test_the_first_call_while_training_compiles_the_whole_net_and_no_layer_of_it():
    net = nn.HybridSequential()
    net.add(nn.Dense(3), nn.Dropout(0.5), nn.Dense(2))
    net.initialize()
    net.hybridize()
    for _ in range(2):
        with autograd.record():
            net(X)
        assert "backward" in net.program.source
    for layer in (net[0], net[2]):
        with pytest.raises(RuntimeError, match="no program yet"):
            print(layer.program)


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
