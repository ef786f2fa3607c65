"""Rows, layers and losses in float32, compared relatively: also where results are tiny or huge."""

import math
import subprocess
import sys

import numpy as np
import pytest

from d2lmini import autograd, functions, gluon, metric, nd, np as mnp
from d2lmini.lifting import lift
from d2lmini.operations import TABLE

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


def test_the_slope_of_the_norm_and_of_the_standard_deviation_where_they_are_zero():
    for function in (functions.norm, mnp.std):
        assert with_gradient(function, [0, 0, 0])[1].tolist() == [0, 0, 0]
    assert mnp.std(nd.array([[1, 3], [2, 2]]), axis=1, ddof=1).asnumpy() == relatively([2**0.5, 0])


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
