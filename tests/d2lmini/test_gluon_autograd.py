"""Recording and gradients as programs of Gluon use them."""

import pytest
from programs import same

import d2lmini as mx
from d2lmini import autograd, nd


def test_gradients_of_expressions():
    x = nd.arange(4).reshape((4, 1))
    x.attach_grad()
    with autograd.record():
        y = 2 * nd.dot(x.T, x)
    y.backward()
    same(x.grad, 4 * x.asnumpy())
    with autograd.record():
        z = (x * x).detach() * x
    z.backward(nd.array([[1], [2], [3], [4]]))
    same(x.grad, x.asnumpy() ** 2 * [[1], [2], [3], [4]])
    assert nd.ones((1,)).grad is None


def test_recording_and_training_modes():
    assert not autograd.is_recording()
    with autograd.record():
        assert autograd.is_recording()
        assert autograd.is_training()
        with autograd.pause():
            assert not autograd.is_recording()
            assert not autograd.is_training()
        with autograd.predict_mode():
            assert autograd.is_recording()
            assert not autograd.is_training()
    with autograd.record(train_mode=False):
        assert not autograd.is_training()
    with autograd.train_mode():
        assert autograd.is_training()
        assert not autograd.is_recording()


def test_control_flow_is_differentiated():
    def f(a):
        b = a * 2
        while b.norm().asscalar() < 1000:
            b = b * 2
        return b if b.sum().asscalar() > 0 else 100 * b

    a = nd.random.normal(shape=1)
    a.attach_grad()
    with autograd.record():
        c = f(a)
    c.backward()
    same(a.grad, (c / a).asnumpy())


def test_gradients_are_returned_and_differentiated_again():
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        y = x**3
        (first,) = autograd.grad(y, [x], create_graph=True, retain_graph=True)
        z = (first * first).sum()
    z.backward()
    same(first, [3, 12])
    same(x.grad, 36 * x.asnumpy() ** 3)


def test_variables_are_marked_and_several_heads_go_back():
    x, gradient = nd.array([1.0, 2.0]), nd.zeros((2,))
    autograd.mark_variables([x], [gradient])
    with autograd.record():
        y, z = x * 2, x * x
    autograd.backward([y, z], [nd.ones((2,)), nd.array([10.0, 0.0])])
    same(gradient, [22, 2])
    same(x.grad, [22, 2])


def test_a_function_with_its_own_backward():
    class Clipped(autograd.Function):
        def __init__(self, limit):
            super().__init__()
            self.limit = limit

        def forward(self, x, y):
            self.save_for_backward(x, y)
            return x * y

        def backward(self, dz):
            x, y = self.saved_tensors
            return nd.clip(dz * y, -self.limit, self.limit), dz * x

    x, y = nd.array([1.0, 2.0]), nd.array([3.0, 0.5])
    x.attach_grad()
    y.attach_grad()
    with autograd.record():
        z = Clipped(1)(x, y)
    z.backward()
    same(z, [3, 1])
    same(x.grad, [1, 0.5])
    same(y.grad, [1, 2])


def test_errors_of_the_tape():
    x = nd.ones((2,))
    x.attach_grad()
    y = x * 2
    with pytest.raises(mx.base.MXNetError, match="record"):
        y.backward()
    with autograd.record():
        y = x * 2
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(mx.MXNetError, match="retain_graph"):
        y.backward()
    with autograd.record(), pytest.raises(mx.MXNetError, match="overwritten"):
        x += 1
    with autograd.record():
        y = x * 2
    with pytest.raises(mx.MXNetError, match=r"\(3,\).*\(2,\)"):
        y.backward(nd.ones((3,)))


def test_an_intermediate_result_becomes_a_variable():
    x = nd.array([3.0])
    x.attach_grad()
    with autograd.record():
        y = x * 2
        y.attach_grad()  # cuts y off from x
        z = y * y
    z.backward()
    same(y.grad, [12])
    same(x.grad, [0])
