"""Rows, layers and losses in float32, compared relatively: also where results are tiny or huge."""

import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from d2lmini import autograd, functions, gluon, metric, nd, nn, np as mnp, optimizer
from d2lmini.lifting import lift
from d2lmini.operations import ELEMENTWISE, TABLE

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

LARGE = [1e10, 1e20, 1e30]
# Where a row is to be exact, its value, and its derivative there, computed otherwise.
EXACT = {
    "expm1": ([-80, -17, -8, -1e-10, 1e-30, 1, 80], math.expm1, math.exp),
    "log1p": ([-0.99, 1e-30, 1e-8, 1, *LARGE], math.log1p, lambda x: 1 / (1 + x)),
    "sqrt": ([1e-30, 1e-10, *LARGE], math.sqrt, lambda x: 0.5 / math.sqrt(x)),
    "sinh": ([-80, -1e-10, 1e-30, 2, 80], math.sinh, math.cosh),
    "arctan": ([-1e10, -1e-10, 1e-30, 1, 1e15], math.atan, lambda x: 1 / (1 + x * x)),
    "arcsinh": ([-1e30, -1e-10, 1e-30, 1, *LARGE], math.asinh, lambda x: 1 / math.hypot(x, 1)),
    "arccosh": ([1.001, 2, *LARGE], math.acosh, lambda x: 1 / math.sqrt((x - 1) * (x + 1))),
    "sigmoid": (
        [-80, -30, -8, -1e-10, 1e-30, 3],
        lambda x: 1 / (1 + math.exp(-x)),
        lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2,
    ),
    "tanh": ([-3, -1e-10, 1e-30, 2], math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    "softrelu": (
        [-80, -30, -1e-10, 1e-30, 3, 80],
        lambda x: max(x, 0) + math.log1p(math.exp(-abs(x))),
        lambda x: 1 / (1 + math.exp(-x)),
    ),
    "softsign": (
        [-1e15, -1e6, -1e-10, 1e-30, 1, 1e10],
        lambda x: x / (1 + abs(x)),
        lambda x: 1 / (1 + abs(x)) ** 2,
    ),
}


def relatively(expected):
    return pytest.approx(expected, rel=5e-6, abs=0)


def with_gradient(function, values):
    """The value of a function in float32, and the gradient of the sum of its elements."""
    x = nd.array(values)
    x.attach_grad()
    with autograd.record():
        y = function(x)
    y.backward()
    return y.asnumpy(), x.grad.asnumpy()


@pytest.mark.parametrize("name", EXACT)
def test_a_row_is_exact_relatively_and_so_is_its_derivative(name):
    points, value, slope = EXACT[name]
    x = np.array(points, "f")
    y, gradient = with_gradient(lift(TABLE[name]), x)
    assert y.tolist() == relatively([value(float(p)) for p in x])
    assert gradient.tolist() == relatively([slope(float(p)) for p in x])


@pytest.mark.parametrize("scale", [1e-41, 1e-30, 1e-12, 1, 1e20, 1e37])
@pytest.mark.parametrize("axis", [None, 0])
def test_the_norm_of_tiny_and_huge_numbers(scale, axis):
    rough = 1e-3 if scale < 1e-38 else 5e-6  # subnormal numbers have fewer digits
    length, gradient = with_gradient(lambda x: x.norm(axis=axis), [3 * scale, 0, -4 * scale])
    assert length.item() == pytest.approx(5 * scale, rel=rough, abs=0)
    assert gradient.tolist() == pytest.approx([0.6, 0, -0.8], rel=rough, abs=0)
    deviation, gradient = with_gradient(mnp.std, [scale, 3 * scale])
    assert deviation.item() == pytest.approx(scale, rel=rough, abs=0)
    assert gradient.tolist() == pytest.approx([-0.5, 0.5], rel=rough, abs=0)


@pytest.mark.parametrize("scale", [1e-4, 1, 1e4])
def test_the_norm_of_half_precision_numbers(scale):
    x = nd.array([3 * scale, -4 * scale], dtype="float16")
    assert x.norm().item() == pytest.approx(5 * scale, rel=2e-3)


def test_the_slope_of_the_norm_and_of_the_standard_deviation_where_they_are_zero():
    for function in (functions.norm, mnp.std):
        assert with_gradient(function, [0, 0, 0])[1].tolist() == [0, 0, 0]
    x = nd.array([[1, 3], [2, 2]])
    assert mnp.std(x, axis=1, ddof=1).asnumpy() == relatively([2**0.5, 0])
    assert mnp.std(x, axis=1, ddof=3).asnumpy()[0] == mnp.var(x, axis=1, ddof=3)[0] == math.inf


@pytest.mark.parametrize("error", [1e-25, 0.3, 0.5, 2, 1e20, 1e30, math.inf])
def test_huber_loss_of_tiny_and_huge_differences(error):
    for sign in (1, -1):
        loss, gradient = with_gradient(
            lambda x: gluon.loss.HuberLoss(rho=0.5)(x, nd.zeros(1)), [sign * error]
        )
        # The square of 1e-25 is no float32.
        assert loss.item() == relatively(error**2 if 1e-9 < error < 0.5 else max(error - 0.25, 0))
        assert gradient.item() == relatively(sign * min(2 * error, 1))


def test_results_that_are_not_finite_print_no_warning():
    program = """
from d2lmini import autograd, gluon, nd, nn
import numpy
x = nd.array([-numpy.inf, -1, 0, 1, 1e30, numpy.inf, numpy.nan])
x.attach_grad()
net = nn.HybridSequential()
net.add(nn.Activation('softrelu'), nn.HybridLambda(lambda F, x: F.log(x) * F.exp(x) / x))
net.initialize()
for _ in range(2):
    with autograd.record():
        y = net(x) + nd.log(x) + nd.sqrt(x) + x ** -1 + nd.softmax(x) + x * x
    y.backward()
    net.hybridize()
x *= 1e30
numpy.array([1.0]) / 0
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    warned = [line for line in done.stderr.splitlines() if "Warning" in line]
    assert done.returncode == 0 and len(warned) == 1 and "<string>:15" in warned[0]


@pytest.mark.parametrize("dtype", ["uint8", "int8", "bool", "int32"])
def test_small_integers_are_added_up_and_sorted_as_numbers(dtype):
    plain = np.array([[120, 100, 127], [0, 1, 127]]).astype(dtype)
    if dtype == "int8":
        plain -= 127
        plain[1, 0] = -128  # it has no negative
    x, numbers = nd.array(plain, dtype=dtype), plain.astype(int)
    for found, expected in (
        (x.sum(axis=1), numbers.sum(1)),
        (x.prod(axis=1), numbers.prod(1)),
        (mnp.cumsum(x, 1), numbers.cumsum(1)),
        (nd.argsort(x, is_ascend=False), np.argsort(-numbers, 1, kind="stable")),
        (nd.sort(x, is_ascend=False), np.sort(numbers, 1)[:, ::-1]),
        (nd.topk(x, k=2, ret_typ="value"), np.sort(numbers, 1)[:, :0:-1]),
    ):
        assert found.asnumpy().astype(int).tolist() == expected.tolist()
    if dtype != "bool":
        y = nd.log_softmax(x)
        assert y.dtype == np.float32
        assert y.asnumpy() == relatively(nd.log_softmax(x.astype("float32")).asnumpy())


def test_numbers_that_only_integers_tell_apart_are_sorted():
    x = nd.array([2**60, 2**60 + 1, 2**60], dtype="int64")
    assert nd.sort(x, is_ascend=False).tolist() == [2**60 + 1, 2**60, 2**60]
    assert nd.topk(x, k=2).tolist() == [1, 0]


def test_a_number_that_does_not_fit_is_refused_with_the_operation():
    with pytest.raises(TypeError, match=r"add cannot .* b = 300: .* out of bounds for uint8"):
        nd.array([1], dtype="uint8") + 300


@pytest.mark.parametrize("name, mean", [("mae", 128), ("mse", (200**2 + 56**2) / 2)])
def test_a_metric_of_unsigned_integers(name, mean):
    measured = metric.create(name)
    labels, predictions = nd.array([200, 0], dtype="uint8"), nd.array([0, 56], dtype="uint8")
    measured.update([labels], [predictions])
    assert measured.get()[1] == mean


def test_the_mean_of_losses_whose_sum_has_no_float16():
    measured = metric.Loss()
    measured.update(None, [nd.full((100,), 1000, dtype="float16")])
    assert measured.get()[1] == 1000


def test_the_cumulative_sum_of_a_million_numbers():
    sums, gradient = with_gradient(lambda x: mnp.cumsum(x, 0), np.full(10**6, 0.1, "f"))
    assert sums[-1] == relatively(10**6 * float(np.float32(0.1)))
    assert gradient[0] == 10**6


def test_a_range_far_from_zero_does_not_add_up_rounding_errors():
    assert nd.arange(1000, 1001, 0.1).asnumpy() == pytest.approx(np.arange(1000, 1001, 0.1), 1e-7)


@pytest.mark.parametrize("dtype, huge", [("float16", 300), ("float32", 1e25)])
def test_adam_survives_gradients_whose_squares_are_zero_or_infinite(dtype, huge):
    adam = optimizer.Adam(learning_rate=0.25)
    weight = nd.ones(4, dtype=dtype)
    state = adam.create_state(0, weight)
    for _ in range(3):
        adam.update(0, weight, nd.array([0, 1e-6, 1, huge], dtype=dtype), state)
    roots = [math.sqrt(1 - adam.beta2**t) for t in (1, 2, 3)]
    left = 1 - sum(0.25 * root / (root + adam.epsilon / 1e-6) for root in roots)
    found = weight.asnumpy()
    assert found[:3] == pytest.approx([1, left, 0.25], rel=5e-3 if dtype == "float16" else 1e-5)
    assert found[3] == (1 if dtype == "float32" else 0.25)  # the step is zero, but a number


@pytest.mark.parametrize("settings", [{}, {"wd": 1e-30}, {"momentum": 0.5}])
def test_a_rate_too_small_for_float16_still_takes_steps(settings):
    sgd = optimizer.SGD(1e-8, **settings)
    weight = nd.zeros(1, dtype="float16")
    sgd.update(0, weight, nd.array([60000], dtype="float16"), sgd.create_state(0, weight))
    assert weight.dtype == np.float16 and weight.item() == pytest.approx(-6e-4, rel=1e-3)


SPECIAL = [0.0, 1e-45, 1e-30, 1e-3, 0.49999997, 1, 1.5, 3, 17, 89, 1e4, 1e20, math.inf, math.nan]
SPECIAL += [-x for x in SPECIAL]
UNARY = [name for name in sorted(ELEMENTWISE) if TABLE[name].arrays == ("x",)]
BINARY = ["add", "subtract", "multiply", "divide", "power", "mod", "maximum", "minimum", "hypot"]
REDUCED = ["sum", "mean", "prod", "max", "min", "var", "std"]


def twice(function, *values):
    """What a block computes before and after it is hybridized, each with its gradients."""
    for hybridize in (False, True):
        net = nn.HybridLambda(lambda F, *arrays: function(*arrays))
        net.hybridize(hybridize)
        for _ in range(2):
            arrays = [nd.array(x, dtype=x.dtype) for x in values]
            for x in arrays:
                x.attach_grad()
            with autograd.record():
                y = net(*arrays)
            if y._node is not None:
                y.backward(nd.array(np.linspace(-1, 2, y.size).reshape(y.shape), dtype=y.dtype))
        yield [x.asnumpy() for x in (y, *(x.grad for x in arrays))]


def assert_twins(function, *values):
    for eager, compiled in zip(*twice(function, *values), strict=True):
        assert eager.dtype == compiled.dtype
        np.testing.assert_array_equal(compiled, eager)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("name", UNARY + BINARY)
def test_a_program_computes_the_same_for_special_numbers(name, dtype):
    with np.errstate(over="ignore", under="ignore"):
        x = np.array(SPECIAL).astype(dtype)
    row = lift(TABLE[name])
    if name in UNARY:
        assert_twins(row, x)
        return
    assert_twins(row, *(part.ravel() for part in np.meshgrid(x, x)))
    for number in (0, 2, -1, 0.5):
        assert_twins(partial(row, number), x)
        assert_twins(lambda x, number=number: row(x, number), x)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("name", REDUCED)
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_a_program_reduces_to_the_same(name, dtype, axis):
    x = np.random.default_rng(6).normal(size=(7, 9)).astype(dtype)
    assert_twins(lambda x: getattr(mnp, name)(x, axis=axis), x)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: nd.where(x > 0, x, -math.inf),
        lambda x: nd.softmax(nd.where(x > 0, x, -math.inf)),
        lambda x: nd.clip(x, 0, math.inf),
        lambda x: nd.one_hot(x, 3, math.inf, -math.inf),
        lambda x: nd.LeakyReLU(x, slope=math.nan),
    ],
)
def test_a_program_may_contain_infinite_numbers(function):
    assert_twins(function, np.array([1, 2, 0], "f"))


@pytest.mark.parametrize("decimals", [-4, -3, -2, -1, 0, 1, 2, 3])
def test_rounding_to_decimals_gives_the_float_nearest_to_the_rounded_number(decimals):
    steps = np.arange(-300, 300)
    x = nd.array((steps + 0.4) / 10.0**decimals)
    expected = (steps / 10.0**decimals).astype("f")
    assert mnp.round(x, decimals).asnumpy().tolist() == expected.tolist()
