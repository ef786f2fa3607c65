"""What the tape records, and the ways back through it."""

import gc
import math
import threading
import time
import tracemalloc
import weakref
from functools import reduce
from operator import mul

import numpy
import pytest

from d2lmini import MXNetError, autograd, gluon, nd, nn, np, npx, overwriting
from d2lmini.models import FancyMLP, FixedHiddenMLP


def variable(*numbers, **settings):
    x = nd.array(numbers, **settings)
    x.attach_grad()
    return x


def test_gradient_of_a_sum_of_squares():
    x = variable(1, 2, 3)
    with autograd.record():
        y = 2 * nd.dot(x, x)
    y.backward()
    assert x.grad.tolist() == [4, 8, 12]


def test_a_head_gradient_weighs_the_result():
    x = variable(1, 2)
    with autograd.record():
        y = x * x
    y.backward(nd.array([10, 100]))
    assert x.grad.tolist() == [20, 400]
    with autograd.record():
        y = x * x
    with pytest.raises(MXNetError, match=r"\(3,\).*\(2,\)"):
        y.backward(nd.ones((3,)))


def test_write_replaces_and_add_adds():
    x, z = variable(1.0), nd.array([1.0])
    z.attach_grad(grad_req="add")
    for _ in range(3):
        with autograd.record():
            y = (x + z) * 2
        y.backward()
    assert (x.grad.item(), z.grad.item()) == (2, 6)
    z.zero_grad()
    assert z.grad.item() == 0
    with pytest.raises(ValueError, match="grad_req"):
        x.attach_grad("sum")


def test_null_keeps_no_gradient():
    x = nd.ones((2,))
    x.attach_grad("null")
    assert x.grad is None
    with autograd.record():
        y = x * 2
    with pytest.raises(MXNetError):
        y.backward()


def test_gradient_is_written_into_the_same_buffer():
    x = variable(1, 2)
    buffer = numpy.asarray(x.grad)
    with autograd.record():
        y = x * 3
    y.backward()
    assert buffer.tolist() == [3, 3]


def wide_layer(dtype="float32"):
    layer = nn.Dense(300, in_units=400)
    layer.initialize()
    layer.cast(dtype)
    return layer, nd.random.normal(shape=(4, 400), dtype=dtype)


def test_backward_makes_no_second_array_of_a_weights_size():
    layer, x = wide_layer()
    with autograd.record():
        y = layer(x)
    tracemalloc.start()
    y.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < layer.weight.data().asnumpy().nbytes / 2


class ReusingTanh(autograd.Function):
    def forward(self, x):
        self.y = x.tanh()
        return self.y

    def backward(self, dy):
        self.y[:] = 1 - self.y * self.y  # nobody needs the old values any more
        return dy * self.y


def test_a_backward_that_overwrites_the_input_of_a_wide_layer():
    layer, x = wide_layer()
    x.attach_grad()
    with autograd.record():
        y = layer(ReusingTanh()(x)).sum()
    y.backward()
    expected = numpy.tile(numpy.tanh(x.asnumpy()).sum(0), (300, 1))
    numpy.testing.assert_allclose(layer.weight.grad().asnumpy(), expected, rtol=1e-4, atol=1e-5)


def test_a_penalty_on_the_gradient_of_a_wide_layer():
    layer, x = wide_layer()
    x.attach_grad()
    with autograd.record():
        (slope,) = autograd.grad(nd.tanh(layer(x)), [x], create_graph=True)
        loss = (slope * slope).sum() + layer(x).sum()
    loss.backward()
    assert numpy.abs(layer.weight.grad().asnumpy()).min() > 0


def test_a_weight_that_learns_from_the_gradient_of_another():
    """One backward reads the old gradient and replaces it."""
    first, second = wide_layer()[0], nn.Dense(300, in_units=400)
    second.initialize()
    first.weight.grad()[:] = 2
    with autograd.record():
        loss = second(first.weight.grad()).sum() + first(nd.ones((4, 400))).sum()
    loss.backward()
    assert (first.weight.grad().asnumpy() == 4).all()
    assert (second.weight.grad().asnumpy() == 2 * 300).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("request_", ["write", "add"])
def test_the_gradient_of_a_weight_wherever_it_goes(dtype, order, request_):
    """To an array of any order and another type, alone or added to what other uses contribute."""
    layer, x = wide_layer(dtype)
    weight, bias = (nd.array(p.data().asnumpy(), dtype="float32") for p in layer.params.values())
    gradient = nd.array(numpy.ones(weight.shape))
    gradient._data = numpy.asarray(gradient._data, order=order)
    autograd.mark_variables(weight, gradient, request_)

    def loss(w):
        return nd.FullyConnected(x, w, bias, num_hidden=300).sum()

    with autograd.record():
        once = loss(weight)
        often = loss(weight) + (weight * 3).sum() + loss(weight) + loss(weight * 1)
    slope = numpy.tile(x.asnumpy().astype("float64").sum(0), (300, 1))
    close = {"rtol": 2e-2, "atol": 2e-2} if dtype == "float16" else {"rtol": 1e-4, "atol": 1e-5}
    (returned,) = autograd.grad(often, [weight], retain_graph=True)
    assert returned.dtype == numpy.float32
    numpy.testing.assert_allclose(returned.asnumpy(), 3 * slope + 3, **close)
    once.backward()
    total = slope + (request_ == "add")
    numpy.testing.assert_allclose(gradient.asnumpy(), total, **close)
    often.backward()
    total = total * (request_ == "add") + 3 * slope + 3
    numpy.testing.assert_allclose(gradient.asnumpy(), total, **close)


def test_detach_and_pause_leave_out_of_the_record():
    x = variable(2.0, 3.0)
    with autograd.record():
        y = x * x
        z = y.detach() * x
        with autograd.pause():
            w = x * 5
    assert w._node is None
    z.backward()
    assert x.grad.tolist() == [4, 9]


@pytest.mark.parametrize("dtype", [None, "float64"])
def test_the_gradient_flows_back_through_an_array_made_of_another(dtype):
    x = variable(2.0, 3.0)
    with autograd.record():
        y = nd.array(x * x, dtype=dtype)
        z = nd.array(x) * y
    z.backward()
    assert z.tolist() == [8, 27]
    assert x.grad.tolist() == [12, 27]


def test_control_flow_is_recorded_as_it_ran():
    def f(a):
        b = a * 2
        while b.norm().asscalar() < 1000:
            b = b * 2
        return b if b.sum().asscalar() > 0 else 100 * b

    for start in (0.3, -0.7):
        a = variable(start)
        with autograd.record():
            d = f(a)
        d.backward()
        assert a.grad.item() == pytest.approx(d.item() / a.item())


def test_modes():
    assert not autograd.is_recording() and not autograd.is_training()
    with autograd.record():
        assert autograd.is_recording() and autograd.is_training()
        with autograd.predict_mode():
            assert autograd.is_recording() and not autograd.is_training()
        with autograd.pause(train_mode=True):
            assert not autograd.is_recording() and autograd.is_training()
    with autograd.train_mode():
        assert autograd.is_training() and not autograd.is_recording()
    with autograd.record(train_mode=False):
        assert not autograd.is_training()
    assert autograd.set_recording(True) is False
    assert autograd.set_recording(False) is True
    assert autograd.set_training(True) is False
    assert autograd.set_training(False) is True


def test_one_record_is_entered_twice():
    recording = autograd.record()
    with recording, recording:
        pass
    assert not autograd.is_recording() and not autograd.is_training()


def test_an_exception_ends_the_record():
    with pytest.raises(ZeroDivisionError), autograd.record():
        1 / 0  # noqa: B018
    assert not autograd.is_recording()


def test_recording_is_a_matter_of_each_thread():
    seen = []
    with autograd.record():
        thread = threading.Thread(target=lambda: seen.append(autograd.is_recording()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_backward_of_several_heads():
    x = variable(1, 2)
    with autograd.record():
        y, z = x * 2, x * 3
    autograd.backward([y, z], [nd.ones((2,)), nd.array([10, 10])])
    assert x.grad.tolist() == [32, 32]


def test_a_variable_of_integers_warns_that_its_gradient_is_rounded():
    x = nd.array([1, 2], dtype="int64")
    with pytest.warns(UserWarning, match=r"array of int64 is rounded to that type.*astype"):
        x.attach_grad()
    with autograd.record():
        y = 1.5 * x
    y.backward()
    assert x.grad.tolist() == [1, 1]
    x.attach_grad("null")  # tests fail for a warning that they do not expect


def test_mark_variables():
    x, gradient = nd.array([2.0]), nd.zeros((1,))
    autograd.mark_variables([x], [gradient])
    with autograd.record():
        y = x * x
    y.backward()
    assert gradient.item() == 4
    autograd.mark_variables(x, gradient, "null")
    assert x.grad is None
    with pytest.raises(MXNetError, match=r"gradient of shape \(2, 1\) for the variable of shape"):
        autograd.mark_variables(x, nd.zeros((2, 1)))


def test_grad_returns_gradients_and_leaves_the_buffers_alone():
    x, z = variable(2.0), variable(5.0)
    with autograd.record():
        y = x * x * z
    dx, dz = autograd.grad(y, [x, z], retain_graph=True)
    assert (dx.item(), dz.item()) == (20, 4)
    (dx,) = autograd.grad(y, x, head_grads=nd.array([3.0]))  # a list for one variable, too
    assert dx.item() == 60
    assert x.grad.item() == 0


def test_what_grad_returns_can_be_changed():
    x, y = variable(1, 2), variable(3, 4)
    with autograd.record():
        total = (x + y).sum()
    dx, dy = autograd.grad(total, [x, y])
    dx *= 10
    assert (dx.tolist(), dy.tolist()) == ([10, 10], [1, 1])


def test_grad_with_respect_to_a_result_on_the_way():
    x = variable(3.0)
    with autograd.record():
        y = x * x
        z = y * y
    assert autograd.grad(z, [y, x])[0].item() == 18


def test_grad_of_a_stranger_says_so():
    x, stranger = variable(2.0), variable(1.0)
    with autograd.record():
        y = x * 2
    with pytest.raises(MXNetError, match=r"variable 0.*attach_grad"):
        autograd.grad(y, stranger)


def test_third_derivative():
    x = variable(2.0)
    with autograd.record():
        y = x**4
        (first,) = autograd.grad(y, [x], create_graph=True)
        (second,) = autograd.grad(first, [x], create_graph=True)
        (third,) = autograd.grad(second, [x], create_graph=True)
    assert [first.item(), second.item(), third.item()] == pytest.approx([32, 48, 48])
    third.backward()
    assert x.grad.item() == pytest.approx(24)


def test_the_derivative_of_a_constant_gradient_is_zero():
    x, other = variable(1.0, 2.0), variable(3.0)
    with autograd.record():
        y = 3 * x
        (first,) = autograd.grad(y, [x], create_graph=True)
        (second,) = autograd.grad(first, [x], create_graph=True)
        (third,) = autograd.grad(second, [x])
    assert [g.tolist() for g in (first, second, third)] == [[3, 3], [0, 0], [0, 0]]
    first.backward()
    assert x.grad.tolist() == [0, 0]
    with autograd.record(), pytest.raises(MXNetError, match="variable 0"):
        autograd.grad(3 * x, other)


def test_constant_gradients_of_any_shapes_can_be_differentiated_together():
    x, other = variable(1.0, 2.0), variable(3.0, 4.0, 5.0)
    with autograd.record():
        firsts = autograd.grad([3 * x, 2 * other], [x, other], create_graph=True)
        seconds = autograd.grad(firsts, [x, other], create_graph=True)
    autograd.backward(seconds)
    assert [x.grad.tolist(), other.grad.tolist()] == [[0, 0], [0, 0, 0]]


def test_the_zeros_after_a_constant_gradient_are_an_ordinary_array():
    x = variable(1.0, 2.0)
    with autograd.record():
        (first,) = autograd.grad(3 * x, [x], create_graph=True)
        (second,) = autograd.grad(first, [x])
        second[0] = 5  # it is not recorded, so it can be written to
    assert second.tolist() == [5, 0]


def test_a_recorded_head_gradient_can_be_differentiated():
    x, v = variable(1.0, 2.0), variable(3.0, 4.0)
    with autograd.record():
        (first,) = autograd.grad(x**3, [x], head_grads=v * v, create_graph=True)
        assert first.tolist() == [3 * 9, 12 * 16]
        (forward,) = autograd.grad(first, [v], head_grads=nd.array([1, 10]), retain_graph=True)
    assert forward.tolist() == [3 * 6, 10 * 12 * 8]
    first.backward()
    assert [x.grad.tolist(), v.grad.tolist()] == [[6 * 9, 12 * 16], [3 * 6, 12 * 8]]


def test_a_constant_gradient_from_a_recorded_head_gradient_has_derivatives_too():
    x, v = variable(1.0, 2.0), variable(3.0, 4.0)
    with autograd.record():
        (first,) = autograd.grad(2 * x, [x], head_grads=v, create_graph=True)
        second = autograd.grad(first, [x, v], create_graph=True)
    assert [array.tolist() for array in second] == [[0, 0], [2, 2]]


def test_a_product_in_numpy_with_a_vector_is_recorded():
    x, matrix = variable(1.0, 2.0), numpy.array([[1.0, 2.0]], "f")
    with autograd.record():
        y = numpy.matmul(x, x) + matrix @ x + (x @ matrix.T) * 2
    y.backward()
    assert x.grad.tolist() == [2 + 3 * 1, 4 + 3 * 2]


def test_gradients_that_are_no_floats_become_floats():
    class Straight(autograd.Function):
        def forward(self, x):
            return x.sign()

        def backward(self, dy):
            return nd.array([1, 3]).astype("uint8") > 0

    x = variable(1.0, 2.0)
    with autograd.record():
        y = 3 - Straight()(x) - Straight()(-x)
    with npx.np_array():
        y.backward(nd.array([1, 3], dtype="uint8"))
        assert x.grad.tolist() == [0, 0]
    with autograd.record():
        y = Straight()(x) + Straight()(2 * x)
    with npx.np_array():
        y.backward(nd.array([1, 0], dtype="bool"))
    assert x.grad.tolist() == [3, 3]


@pytest.mark.parametrize("hybrid", [False, True])
def test_no_gradient_flows_through_booleans(hybrid):
    masked = nn.HybridLambda(lambda F, x: x * x.astype("bool"))
    masked.hybridize(hybrid)
    x = variable(0.5, 0.0, -3.0)
    with autograd.record():
        y = masked(x)
    y.backward()
    assert x.grad.tolist() == [1, 0, 1]


class Sigmoid(autograd.Function):
    def forward(self, x):
        y = 1 / (1 + nd.exp(-x))
        self.save_for_backward(y)
        return y

    def backward(self, dy):
        (y,) = self.saved_tensors
        return dy * y * (1 - y)


def test_a_function_with_its_own_way_back():
    x = variable(0.3, -2.0)
    with autograd.record():
        y = Sigmoid()(x) * 2
    y.backward()
    expected = 2 * x.sigmoid() * (1 - x.sigmoid())
    numpy.testing.assert_allclose(x.grad.asnumpy(), expected.asnumpy(), rtol=1e-6)
    assert Sigmoid()(nd.array([0.0])).item() == 0.5


class Doubled(autograd.Function):
    def forward(self, x):
        return 2 * x

    def backward(self, dy):
        dy *= 2  # in place
        return dy


@pytest.mark.parametrize("join", [lambda y: Doubled()(y) + y, lambda y: y + Doubled()(y)])
def test_a_backward_may_overwrite_the_gradient_it_is_given(join):
    x, head = variable(1.0, 2.0), nd.ones((2,))
    with autograd.record():
        z = join(x * 1)
    z.backward(head)
    assert (x.grad.tolist(), head.tolist()) == ([3, 3], [1, 1])


class SumAndDifference(autograd.Function):
    def forward(self, a, b):
        return a + b, a - b

    def backward(self, d_sum, d_difference):
        return d_sum + d_difference, d_sum - d_difference


def test_a_function_of_several_inputs_and_outputs():
    a, b = variable(1.0, 2.0), variable(3.0, 4.0)
    with autograd.record():
        total, difference = SumAndDifference()(a, b)
        loss = 3 * total + 5 * difference
    loss.backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([8, 8], [-2, -2])
    with autograd.record():
        total, difference = SumAndDifference()(a, b)
    total.backward(retain_graph=True)
    assert b.grad.tolist() == [1, 1]
    difference.backward()
    assert b.grad.tolist() == [-1, -1]


class Cube(autograd.Function):
    def forward(self, x):
        self.save_for_backward(x)
        return x * x * x

    def backward(self, dy):
        (x,) = self.saved_tensors
        return 3 * x * x * dy


class ProductAndExponential(autograd.Function):
    def forward(self, a, b):
        self.a, self.outputs = a, [{"product": a * b}, nd.exp(b)]
        return self.outputs[0]["product"], self.outputs[1]

    def backward(self, dp, de):
        product, exponential = self.outputs[0]["product"], self.outputs[1]
        return dp * product / self.a, dp * self.a + de * exponential


@pytest.mark.parametrize(
    ("function", "plain"),
    [
        (lambda x, _: Sigmoid()(Sigmoid()(x)) * x, lambda x, _: nd.sigmoid(nd.sigmoid(x)) * x),
        (lambda *x: math.prod(ProductAndExponential()(*x)), lambda a, b: a * b * nd.exp(b)),
    ],
)
def test_what_a_function_keeps_of_its_outputs_can_be_differentiated(function, plain):
    found = []
    for compute in (function, plain):
        x, other = variable(0.5, dtype="float64"), variable(0.7, dtype="float64")
        with autograd.record():
            (first,) = autograd.grad(compute(x, other), [x], create_graph=True)
            (second,) = autograd.grad(first * first, [x], create_graph=True)
        second.backward()
        found.append([first.item(), second.item(), x.grad.item(), other.grad.item()])
    assert found[0] == pytest.approx(found[1])


def test_what_a_function_keeps_as_integers_is_constant():
    class Rectified(autograd.Function):
        def forward(self, x):
            self.positive = (x > 0).astype("int32")
            return x * self.positive

        def backward(self, dy):
            return dy * self.positive

    x = variable(-1.0, 2.0)
    with autograd.record():
        (first,) = autograd.grad(Rectified()(x) ** 2, [x], create_graph=True)
    first.backward()
    assert first.tolist() == [0, 4] and x.grad.tolist() == [0, 2]


def test_what_a_function_keeps_of_its_computation_cannot_be_differentiated():
    class Exponential(autograd.Function):
        def forward(self, x):
            self.half = nd.exp(x / 2)
            return self.half * self.half

        def backward(self, dy):
            return dy * self.half * self.half

    x = variable(1.0)
    with autograd.record():
        y = Exponential()(x)
        with pytest.raises(MXNetError, match=r"Exponential.forward kept .* \(1,\) .* keep inputs"):
            autograd.grad(y, [x], create_graph=True)
    y.backward()
    assert x.grad.item() == pytest.approx(math.e)


def test_a_function_whose_backward_can_be_differentiated():
    x = variable(2.0)
    with autograd.record():
        (first,) = autograd.grad(Cube()(x), [x], create_graph=True)
    assert first.item() == 12
    first.backward()
    assert x.grad.item() == 12


def test_a_function_is_called_once():
    cube, x = Cube(), variable(2.0)
    with autograd.record():
        y = cube(x)
    with pytest.raises(AssertionError, match=r"Cube was called before.*create a new one .*Cube"):
        cube(y)  # would overwrite what the first call saved
    y.backward()
    assert x.grad.item() == 12


def test_a_function_that_returns_too_few_gradients():
    class Wrong(SumAndDifference):
        def backward(self, d_sum, d_difference):
            return d_sum

    a, b = variable(1.0), variable(2.0)
    with autograd.record():
        total, _ = Wrong()(a, b)
    with pytest.raises(MXNetError, match="returned 1 gradients for 2 inputs"):
        total.backward()

    class Misshapen(SumAndDifference):
        def backward(self, d_sum, d_difference):
            return None, d_sum.reshape((1, 1))  # None stands for no gradient

    with autograd.record():
        total, _ = Misshapen()(a, b)
    with pytest.raises(MXNetError, match=r"Misshapen.*\(1, 1\) for the input of shape"):
        total.backward()
    with pytest.raises(NotImplementedError, match="forward"):
        autograd.Function()(a)
    with pytest.raises(NotImplementedError, match="backward"):
        autograd.Function().backward(a)


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_that_are_equal_share_no_memory(create_graph):
    x, z = variable(1, 2), variable(3, 4)
    with autograd.record():
        y = x + z
    first, second = autograd.grad(y, [x, z], create_graph=create_graph)
    first[:] = 9
    assert second.tolist() == [1, 1]


def test_augmented_assignment_on_what_no_gradient_needs_changes_it_while_recording():
    x, averages, rows = variable(1, 2), [nd.ones((2,))], nd.zeros((2, 2))
    with autograd.record():
        y = (x * x).sum()
        for average in averages:
            average *= 0.5
            average += x.detach()
        row = rows[1]
        row += 3
    y.backward()
    assert averages[0].tolist() == [1.5, 2.5] and rows.tolist() == [[0, 0], [3, 3]]
    with autograd.record():
        y = averages[0] * x
        average += 1
    with pytest.raises(MXNetError, match="overwritten after multiply had been recorded"):
        y.backward()


def test_augmented_assignment_on_a_recorded_array_makes_a_new_one():
    x = variable(3.0)
    with autograd.record():
        y = x * x
        kept = y
        y /= 2
        y += x
    assert (kept.item(), y.item()) == (9, 7.5)
    y.backward()
    assert x.grad.item() == 4
    y += 1
    assert y.item() == 8.5


def add_in_place(x):
    x += 10


def write_an_element(x):
    x[0] = 100


def write_through_a_view(x):
    x.detach().reshape((2, 1))[0] = 100


def let_numpy_write(x):
    numpy.add(x, 1, out=x)


def let_numpy_add_at_an_index(x):
    numpy.add.at(x, [0, 0], 1)


WRITES = [add_in_place, write_an_element, write_through_a_view, let_numpy_write]
WRITES.append(let_numpy_add_at_an_index)


@pytest.mark.parametrize("write", WRITES)
def test_backward_refuses_values_that_were_overwritten(write):
    x = variable(1, 2)
    with autograd.record():
        y = (x * x).sum()
    write(x)
    with pytest.raises(MXNetError, match=r"shape \(2,\) was overwritten after multiply .*copy"):
        y.backward()
    assert x.grad.tolist() == [0, 0]
    with autograd.record():
        y = (x * x).sum()
    y.backward()
    assert x.grad.tolist() == (2 * x).tolist()


def test_backward_refuses_a_constant_a_result_and_an_index_that_were_overwritten():
    x, constant, index = variable(1, 2), nd.array([3, 4]), nd.array([1, 1], dtype="int64")
    with autograd.record():
        scaled, raised, chosen = (x * constant).sum(), x.exp(), x[index].sum()
        constant[0] = 100.0
    raised.detach()[:] = 0
    index[:] = 0
    for y in (scaled, raised, chosen):
        with pytest.raises(MXNetError, match="was overwritten"):
            y.backward()


def test_what_no_derivative_reads_may_be_overwritten():
    x, constant = variable(1, 2), nd.array([3, 4])
    with autograd.record():
        y = (x + constant).sum() + x.mean() + nd.concat(x, constant, dim=0).sum()
    x += 1
    constant[:] = 0
    y.backward()
    assert x.grad.tolist() == [2.5, 2.5]


def test_overwriting_between_two_backwards_of_one_record_is_refused():
    x = variable(1, 2)
    with autograd.record():
        y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    x -= 0.1 * x.grad
    with pytest.raises(MXNetError, match="was overwritten"):
        y.backward()


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_loop_goes_on_from_the_state_that_an_earlier_backward_freed(hybridize):
    cell = nn.Dense(1, in_units=1, use_bias=False, weight_initializer="one")
    if hybridize:
        cell.hybridize()
    cell.initialize()
    state, gradients = nd.array([[3]]), []
    for _ in range(3):
        with autograd.record():
            state = cell(state) * 2
        state.backward()
        gradients.append(cell.weight.grad().asscalar())
    assert gradients == [6, 12, 24]  # each step's own: its state counts as a constant

    with autograd.record():
        y = state * 2  # of nothing but freed results
    with pytest.raises(MXNetError, match="retain_graph"):
        y.backward()


@pytest.mark.parametrize("hybridize", [False, True])
def test_all_results_of_one_call_are_constants_once_one_is_freed(hybridize):
    class Both(autograd.Function):
        def forward(self, x):
            return x * 2, x * 3

        def backward(self, first, second):
            return first * 2 + second * 3

    x, both = variable(1, 2), lambda x: Both()(x)
    if hybridize:
        both = nn.HybridLambda(lambda F, x: [x * 2, x * 3])
        both.hybridize()
    with autograd.record():
        both(x)  # which compiles it
        first, second = both(x)
    first.backward()
    assert x.grad.tolist() == [2, 2]
    with autograd.record():
        y = second * x
    y.backward()
    assert x.grad.tolist() == [3, 6]
    with pytest.raises(MXNetError, match="retain_graph"):
        second.backward()


def test_what_was_recorded_before_a_backward_freed_part_of_it_is_refused():
    x = variable(1, 2)
    with autograd.record():
        shared = x * x
        first, second = shared.sum(), (shared * x).sum()
    first.backward()
    with pytest.raises(MXNetError, match="retain_graph"):
        second.backward()


@pytest.mark.parametrize("hybridize", [False, True])
def test_parameters_may_be_overwritten_after_backward_and_not_before(hybridize):
    net = nn.Dense(1, in_units=2)
    net.initialize()
    if hybridize:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    x = variable(1, 2).reshape((1, 2))
    x.attach_grad()
    weight = net.weight.data()

    def write_all():
        weight[:] = weight - 0.1 * weight.grad

    for write in (write_all, lambda: trainer.step(1), lambda: net.weight.set_data([[1, 2]])) * 2:
        with autograd.record():
            first, second = net(x) ** 2, net(x)
        first.backward()
        write()
        with pytest.raises(MXNetError, match=r"\(1, 2\) was overwritten"):
            second.backward()


def test_a_function_notices_that_what_it_saved_was_overwritten():
    x = variable(0.5)
    with autograd.record():
        y = Sigmoid()(x)
    y.detach()[:] = 0
    with pytest.raises(MXNetError, match="after Sigmoid had been recorded"):
        y.backward()


def test_times_are_forgotten_with_their_arrays():
    before = len(overwriting._times)
    x = nd.zeros((2,))
    x[0] = 1
    assert len(overwriting._times) == before + 1
    del x
    assert len(overwriting._times) == before


def test_a_recorded_value_is_not_lost_in_an_unrecorded_array():
    x, buffer = variable(1, 2), nd.zeros((2,))
    with autograd.record():
        with pytest.raises(MXNetError, match=r"shape \(1,\) .* of shape \(2,\) .*nd.concat"):
            buffer[0:1] = x[0:1] * 3
        buffer[0:1] = x[0:1].detach()
    buffer[1:] = x[1:]
    assert buffer.tolist() == [1, 2]


def test_a_write_after_recording_does_not_spoil_the_gradient():
    x = variable(3.0)
    with autograd.record():
        y = x.exp()
        z = y * 2
    y[:] = 0
    z.backward()
    assert x.grad.item() == pytest.approx(2 * numpy.exp(3))


@pytest.mark.parametrize("model", [FancyMLP, FixedHiddenMLP])
def test_a_net_that_scales_in_a_loop_can_be_trained(model):
    net = model()
    net.initialize()
    x = nd.random.uniform(shape=(2, 20))
    before = None
    for _ in range(5):
        with autograd.record():
            loss = (net(x) - 0.5) ** 2
        loss.backward()
        assert net.dense.weight.grad().asnumpy().any()
        for parameter in net.collect_params(".*dense").values():
            parameter.set_data(parameter.data() - 1e-5 * parameter.grad())
        assert before is None or loss.item() < before
        before = loss.item()
    with pytest.raises(RuntimeError):
        net.rand_weight.grad()


def test_a_deep_graph_neither_recurses_nor_slows_down():
    def time_of(depth):
        x = variable(1.0)
        start = time.process_time()
        with autograd.record():
            y = x
            for _ in range(depth):
                y = y + 1
        y.backward()
        assert x.grad.item() == 1
        return (time.process_time() - start) / depth

    time_of(100)
    assert min(time_of(20_000) for _ in range(3)) < 4 * min(time_of(2_000) for _ in range(3))


def test_a_dropped_graph_is_freed_at_once():
    gc.collect()
    gc.disable()
    try:
        x = variable(1.0)
        with autograd.record():
            y = (x * 2).exp()
            z = y.sum()
        watched = weakref.ref(y)
        del y, z
        assert watched() is None
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_nothing_is_recorded_that_no_gradient_reaches():
    x = nd.ones((2,))
    with autograd.record():
        y = x * 2 + np.ones((2,))
    assert y._node is None


@pytest.mark.parametrize("axis", [None, 0, -1, (2, 0), ()])
def test_a_product_is_differentiated_twice_where_factors_are_zero(axis):
    values = numpy.arange(1, 13, dtype="f").reshape((3, 2, 2)) / 5
    values[[0, 2], 0, 0] = 0
    kept = [] if axis is None else [i for i in range(3) if i not in numpy.atleast_1d(axis) % 3]
    x = nd.array(values)
    x.attach_grad()
    found = []
    for product in (lambda x: x.prod(axis), lambda x: _product(x, kept)):
        with npx.np_array(axis == ()), autograd.record():  # in the legacy dialect, () is None
            (first,) = autograd.grad(product(x).sum(), [x], create_graph=True)
            loss = (first * (first + nd.arange(12).reshape((3, 2, 2)))).sum()
        loss.backward()
        found += [first.asnumpy(), x.grad.asnumpy()]
    numpy.testing.assert_allclose(found[:2], found[2:], rtol=1e-5)
    assert found[1].any() == (axis != ())


def _product(x, kept):
    """Multiply one element after the other, except along the axes that are kept."""
    others = [i for i in range(x.ndim) if i not in kept]
    rows = x.transpose((*others, *kept)).reshape((-1, *(x.shape[i] for i in kept)))
    return reduce(mul, rows)


def test_second_derivative_sees_both_factors_of_a_product_with_a_constant_matrix():
    weight = np.array([[1.0, 2.0, 0.0], [4.0, 3.0, 1.0], [0.0, 5.0, 2.0]])
    direction = np.array([1.0, 0.0, -2.0])
    x = variable(1, 2, 3)
    with autograd.record():
        (first,) = autograd.grad((x * np.dot(weight, x)).sum(), [x], create_graph=True)
    first.backward(direction)
    assert x.grad.tolist() == np.dot(weight + weight.T, direction).tolist()


def test_a_way_back_that_returns_nothing_is_named():
    class Silent(autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, dy):
            dy * 2

    x = nd.ones((3,))
    x.attach_grad()
    with autograd.record():
        y = Silent()(x)
    with pytest.raises(MXNetError, match=r"Silent.backward returned 0 gradients for 1 inputs"):
        y.backward()


@pytest.mark.parametrize(
    "write",
    [
        lambda x: gluon.utils.clip_global_norm([x], 0.1),
        lambda x: np.put(x, [0], [5]),
        lambda x: numpy.copyto(x, numpy.zeros(3)),
        lambda x: numpy.sum(numpy.ones((2, 3), "f"), 0, out=x),
        lambda x: numpy.clip(x, 2, 3, x),
        lambda x: numpy.dot(numpy.ones((3, 3), "f"), numpy.ones(3, "f"), x),
        lambda x: numpy.nan_to_num(x, copy=False),
        lambda x: numpy.copyto(dst=x, src=numpy.zeros(3)),
        lambda x: numpy.sum(nd.ones((2, 3)), 0, out=numpy.asarray(x)),
    ],
)
def test_an_array_that_a_function_overwrote_is_not_differentiated_wrongly(write):
    x = nd.ones((3,))
    x.attach_grad()
    with autograd.record():
        y = x * x
    write(x)
    with pytest.raises(MXNetError, match="overwritten after multiply"):
        y.backward()


@pytest.mark.parametrize(
    "read",
    [
        lambda x: numpy.astype(x, "float32", copy=False),
        lambda x: numpy.real_if_close(x, 100),
        lambda x: numpy.nan_to_num(x),
        lambda x: numpy.atleast_1d(x),
    ],
)
def test_a_function_that_returns_its_argument_has_not_overwritten_it(read):
    x = nd.ones((3,))
    x.attach_grad()
    with autograd.record():
        y = x * x
    read(x)
    y.backward()
    assert x.grad.asnumpy().tolist() == [2, 2, 2]
