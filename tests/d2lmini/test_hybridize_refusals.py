"""What cannot be hybridized is refused, with the line and a way out."""

import threading

import numpy
import pytest
from hybridizing import X

from d2lmini import autograd, nd, nn, np
from d2lmini.errors import HybridizeError, MXNetError


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


def test_a_gradient_is_refused_before_the_shapes_are_known_too():
    class Slope(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(2)

        def forward(self, x):
            return autograd.grad(self.dense(x), [x], create_graph=True)[0]

    net, x = Slope(), nd.ones((1, 3))
    net.initialize()
    net.hybridize()
    x.attach_grad()
    with autograd.record(), pytest.raises(HybridizeError, match="a gradient is computed"):
        net(x)


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


def test_a_forward_without_its_hybridized_net_says_what_is_missing():
    def forward(hybrid):
        net = nn.HybridLambda("relu")
        net.hybridize(hybrid)
        return net.forward

    assert forward(False)(X).shape == X.shape
    with pytest.raises(ReferenceError, match=r"block no longer exists: keep the block"):
        forward(True)(X)


def test_an_object_whose_changes_nobody_would_notice_is_refused():
    class State:
        offset = nd.array([1])

    net = nn.HybridLambda(lambda F, x, state: x + state.offset)
    assert net(nd.array([2]), State()).tolist() == [3]
    net.hybridize()
    with pytest.raises(TypeError, match="not with a value of type State"):
        net(nd.array([2]), State())
