"""The memory of hybridized blocks: what is kept, written into again, shared and freed."""

import gc
import weakref
from contextlib import nullcontext

import numpy
import pytest
from hybridizing import X, assert_same, net_of

from d2lmini import autograd, gluon, nd, nn, np
from d2lmini.errors import MXNetError

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


def test_a_single_number_is_an_array_that_can_be_written_to(modern):
    net = nn.HybridLambda(lambda F, x: [F.np.sum(x), 2 * x[0]])
    net.hybridize()
    for _ in range(2):
        for y in net(np.ones((3,))):
            before = repr(y)
            y += 1
            assert before.startswith("array(") and y.asscalar() == int(before[6]) + 1


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
