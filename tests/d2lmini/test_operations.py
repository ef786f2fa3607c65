"""Every row of the table of operations against finite differences, in float64.

The rows are read from the table: a new row of arrays alone is tested without a word here, and a
new row with settings fails until it gets a case.
"""

import hypothesis
import numpy as np
import pytest
from hypothesis import given, strategies as st

from d2lmini import autograd, functions, nd, operations
from d2lmini.lifting import lift
from d2lmini.ndarray import NDArray
from d2lmini.operations import TABLE

ROWS = {
    **TABLE,
    **{
        f"{row.name}{len(row.arrays)}": row
        for family in (operations.concatenate, operations.stack, operations.einsum)
        for row in (family(1), family(2), family(3))
    },
}
# Where a row is defined, if not everywhere between 0.2 and 0.9.
DOMAINS = {
    "arccosh": (1.2, 3.0),
    "relu": (-1.0, 1.0),
    "absolute": (-1.0, 1.0),
    "leaky_relu": (-1.0, 1.0),
    "sign": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "tanh": (-2.0, 2.0),
    "sigmoid": (-3.0, 3.0),
    "softrelu": (-3.0, 3.0),
    "sinh": (-2.0, 2.0),
    "cbrt": (-1.0, -0.1),
    "square": (-1.0, 1.0),
    "exp": (-2.0, 2.0),
}
ROUNDING = {"floor", "ceil", "trunc", "rint", "round", "around", "sign", "floor_divide"}

INDEX = np.array([[1, 0, 2], [2, 2, 0]])
REDUCTIONS = [
    ((2, 3), {}),
    ((2, 3), {"axis": 1}),
    ((2, 3, 2), {"axis": (0, 2), "keepdims": True}),
    ((2, 3), {"axis": -1}),
]
# For each row with settings, or with arrays that are not numbers: arrays (or shapes) and settings.
CASES = {
    "where": [([INDEX > 0, (2, 3), (2, 3)], {}), ([INDEX > 0, (2, 1), (3,)], {})],
    "clip": [([(2, 3)], {"a_min": 0.4, "a_max": 0.7}), ([(2, 3)], {"a_min": 0.5})],
    "leaky_relu": [([(2, 3)], {}), ([(2, 3)], {"slope": 0.1})],
    **{name: [([shape], settings) for shape, settings in REDUCTIONS]
       for name in ("sum", "mean", "prod", "max", "min", "norm")},
    "others": [([(2, 3)], {}), ([(2, 3)], {"axis": -1}), ([(2, 3, 2)], {"axis": (0, 2)})],
    "cumsum": [([(2, 3)], {"axis": 0}), ([(2, 3)], {"axis": -1}), ([(2, 3)], {})],
    "any": [([(2, 3)], {})], "all": [([(2, 3)], {"axis": 1})],
    "argmax": [([(2, 3)], {})], "argmin": [([(2, 3)], {"axis": 1})], "argsort": [([(2, 3)], {})],
    "sort": [([(2, 3)], {}), ([(2, 3)], {"axis": None}),
             ([(2, 3)], {"axis": 0, "is_ascend": False})],
    "around": [([(2, 3)], {"decimals": 1})],
    "softmax": [([(2, 3)], {}), ([(2, 3)], {"axis": 0})],
    "log_softmax": [([(2, 3)], {}), ([(2, 3)], {"axis": 0})],
    "reshape": [([(2, 3)], {"shape": (3, 2)}), ([(2, 3)], {"shape": (-1,)})],
    "transpose": [([(2, 3)], {}), ([(2, 3, 4)], {"axes": (2, 0, 1)})],
    "swapaxes": [([(2, 3, 4)], {"dim1": 0, "dim2": -1})],
    "expand_dims": [([(2, 3)], {"axis": 1})],
    "squeeze": [([(1, 3, 1)], {}), ([(1, 3)], {"axis": 0})],
    "moveaxis": [([(2, 3, 4)], {"source": 0, "destination": -1})],
    "broadcast_to": [([(3,)], {"shape": (2, 3)}), ([(2, 1)], {"shape": (4, 2, 3)})],
    "sum_to": [([(2, 3)], {"shape": (3,)}), ([(4, 2, 3)], {"shape": (2, 1)})],
    "spread": [([(2,)], {"shape": (2, 3), "axis": 1}), ([()], {"shape": (2, 3), "axis": None})],
    "flip": [([(2, 3)], {}), ([(2, 3)], {"axis": 1})],
    "astype": [([(2, 3)], {"dtype": np.float64})],
    "crop": [([(2, 3)], {"key": (slice(None), slice(1, 3))})],
    "getitem": [([(2, 3)], {"key": 1}), ([(2, 3)], {"key": (slice(None), slice(0, 2))}),
                ([(2, 3)], {"key": np.array([1, 1, 0])}), ([(2, 3)], {"key": INDEX > 1}),
                ([(2, 3)], {"key": (np.array([0, 0]), np.array([2, 2]))}),
                ([(2, 3)], {"key": (None, ..., 1)})],
    "scatter": [([(3,)], {"key": 1, "shape": (2, 3)}),
                ([(3, 3)], {"key": np.array([1, 1, 0]), "shape": (2, 3)})],
    "take": [([(4, 2), INDEX], {}), ([(2, 4), INDEX], {"axis": -1})],
    "untake": [([(2, 3, 2), INDEX], {"shape": (4, 2), "axis": 0}),
               ([(2, 2, 3), INDEX], {"shape": (2, 4), "axis": 1})],
    "pick": [([(2, 3), np.array([2, 0])], {}), ([(2, 3), np.array([1, 0, 1])], {"axis": 0})],
    "unpick": [([(2,), np.array([2, 0])], {"shape": (2, 3), "axis": -1})],
    "take_along_axis": [([(2, 3), INDEX], {"axis": 1})],
    "put_along_axis": [([(2, 3), INDEX], {"shape": (2, 3), "axis": 1})],
    "one_hot": [([np.array([1, 2])], {"depth": 3})],
    "indicator": [([np.array([1, 2]), (2, 3)], {})],
    "random_uniform": [([(), ()], {"shape": (2, 3)})],
    "random_normal": [([(), ()], {"shape": (2, 3)})],
    "random_integers": [([np.array(2), np.array(9)], {"shape": (2, 3)})],
    "random_order": [([np.array(6)], {"backward": True})],
    "random_places": [([np.array(6)], {"shape": (2, 3)})],
    "dropout_mask": [([(2, 3)], {"rate": 0.5})],
    "blend": [([(2, 3), (2, 3)], {"momentum": 0.9})],
    "dot": [([(2, 3), (3, 4)], {})],
    "matmul": [([(2, 3), (3, 4)], {}), ([(5, 2, 3), (5, 3, 4)], {}), ([(5, 2, 3), (3, 4)], {})],
    "linear": [([(2, 3), (4, 3), (4,)], {})],
    "unbiased": [([(2, 3), (4, 3)], {})],
    "cross_entropy": [([(2, 3), np.array([2, 0])], {}),
                      ([(2, 2, 3), np.array([[2, 0], [1, 1]])], {})],
    "concatenate1": [([(2, 3)], {})],
    "concatenate2": [([(2, 3), (4, 3)], {}), ([(2, 1), (2, 3)], {"axis": -1})],
    "concatenate3": [([(2, 3), (1, 3), (2, 3)], {}), ([(2, 1), (2, 3), (2, 2)], {"axis": 1})],
    "stack1": [([(2, 3)], {})],
    "stack2": [([(2, 3), (2, 3)], {}), ([(2, 3), (2, 3)], {"axis": -1})],
    "stack3": [([(2,), (2,), (2,)], {"axis": 1})],
    "einsum1": [([(2, 3)], {"subscripts": "ij->j"}), ([(2, 3)], {"subscripts": "ij->ji"}),
                ([(3, 3)], {"subscripts": "ii->"}), ([(3, 3)], {"subscripts": "ii->i"})],
    "einsum2": [([(2, 3), (3, 4)], {"subscripts": "ij,jk->ik"}),
                ([(3, 3, 2), (3, 4)], {"subscripts": "iij,ik->ijk"}),
                ([(2, 3), (4,)], {"subscripts": "ij,k->"})],
    "einsum3": [([(2, 3), (3, 4, 5), (2, 4)], {"subscripts": "bi,ijk,bj->bk"})],
}  # fmt: skip


def cases_of(row):
    several = CASES.get(f"{row.name}{len(row.arrays)}", [([(2, 3)] * len(row.arrays), {})])
    return CASES.get(row.name, several)


EVERY_CASE = [
    pytest.param(row, arrays, settings, id=f"{row.name}-{settings}")
    for row in ROWS.values()
    for arrays, settings in cases_of(row)
]


TWICE_DIFFERENTIABLE = [
    case
    for case in EVERY_CASE
    if any(case.values[0].derivatives) and case.values[0].name not in ROUNDING
]


def drawn(row, arrays, seed=1):
    random = np.random.default_rng(seed)
    low, high = DOMAINS.get(row.name, (0.2, 0.9))
    return [random.uniform(low, high, a) if isinstance(a, tuple) else a for a in arrays]


def variables(row, values):
    """Arrays for the values, with a gradient where the row has a derivative."""
    arrays = [NDArray(np.array(value)) for value in values]
    for array, derivative in zip(arrays, row.derivatives, strict=True):
        if derivative:
            array.attach_grad()
    return arrays


def weighted(y, seed=2):
    """A scalar that depends on every element of y differently."""
    weights = np.random.default_rng(seed).uniform(0.5, 1.5, y.shape)
    return functions.sum(functions.multiply(y, weights))


def slope(function, value, place, step=1e-6):
    """The central difference of a function of an array, in one element."""
    there, back = value.copy(), value.copy()
    there[place] += step
    back[place] -= step
    return (function(there) - function(back)) / (2 * step)


@pytest.mark.parametrize("row, arrays, settings", EVERY_CASE)
def test_gradient_is_the_limit_of_finite_differences(row, arrays, settings):
    values = drawn(row, arrays)
    operation = lift(row)
    inputs = variables(row, values)
    with autograd.record():
        y = operation(*inputs, **settings)
        if not any(row.derivatives):
            assert y._node is None
            return
        loss = weighted(y)
    loss.backward()
    for i, derivative in enumerate(row.derivatives):
        if not derivative:
            continue

        def loss_at(value, i=i):
            changed = [*values[:i], value, *values[i + 1 :]]
            return weighted(operation(*map(NDArray, changed), **settings)).item()

        assert inputs[i].grad.shape == values[i].shape
        for place in np.ndindex(values[i].shape):
            expected = slope(loss_at, values[i], place)
            assert inputs[i].grad._data[place] == pytest.approx(expected, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("row, arrays, settings", TWICE_DIFFERENTIABLE)
def test_second_derivative_is_the_limit_of_finite_differences(row, arrays, settings):
    values = drawn(row, arrays)
    operation = lift(row)
    wanted = [i for i, derivative in enumerate(row.derivatives) if derivative]

    def gradient_sum(changed):
        """A weighted sum of all first derivatives, recorded if it is to be differentiated."""
        inputs = variables(row, changed)
        with autograd.record():
            # The square makes every row's derivative depend on its arguments.
            loss = weighted(functions.square(operation(*inputs, **settings)))
            grads = autograd.grad(loss, [inputs[i] for i in wanted], create_graph=True)
            total = nd.concatenate([weighted(g, 3).reshape(1) for g in grads])
            total = functions.sum(total)
        return inputs, total

    inputs, total = gradient_sum(values)
    total.backward()
    for i in wanted:

        def total_at(value, i=i):
            return gradient_sum([*values[:i], value, *values[i + 1 :]])[1].item()

        for place in np.ndindex(values[i].shape):
            expected = slope(total_at, values[i], place)
            assert inputs[i].grad._data[place] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_every_row_with_settings_has_a_case():
    missing = [name for name, row in ROWS.items() if row.settings and name not in CASES]
    assert not missing, f"add cases for {missing}"


SHAPES = st.sampled_from([(), (1,), (3,), (2, 1), (1, 3), (2, 3), (4, 1, 3)])
BINARY = [row for row in ROWS.values() if row.arrays == ("a", "b") and row.name not in CASES]


@hypothesis.settings(deadline=None)
@given(st.sampled_from(BINARY), SHAPES, SHAPES)
def test_gradient_of_a_broadcast_array_has_its_shape_and_sums_its_uses(row, left, right):
    values = drawn(row, [left, right])
    if not any(row.derivatives):
        return
    small, large = variables(row, values), variables(row, np.broadcast_arrays(*values))
    for inputs in (small, large):
        with autograd.record():
            y = lift(row)(*inputs)
        y.backward(NDArray(np.random.default_rng(4).uniform(size=y.shape)))
    for one, many in zip(small, large, strict=True):
        assert one.grad.shape == one.shape
        summed = functions.sum_to(many.grad, one.shape)
        np.testing.assert_allclose(one.grad._data, summed._data)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_float32_stays_float32(row):
    for arrays, settings in cases_of(row):
        if row.name in ("astype", "argmax", "argmin", "argsort"):
            continue
        values = drawn(row, arrays)
        inputs = variables(
            row, [v.astype("f") if d else v for v, d in zip(values, row.derivatives, strict=True)]
        )
        if not any(row.derivatives):
            continue
        with autograd.record():
            y = lift(row)(*inputs, **settings)
        assert y.dtype == np.float32
        y.backward()
        assert all(x.grad is None or x.grad.dtype == np.float32 for x in inputs)


@pytest.mark.parametrize("exponent, slope", [(0, 0), (0.0, 0), (1, 1), (2, 0), (2.5, 0)])
def test_the_gradient_of_a_power_of_zero(exponent, slope):
    x, power = NDArray(np.zeros(1)), NDArray(np.full(1, float(exponent)))
    for given_power in (exponent, power):
        x.attach_grad()
        power.attach_grad()
        with autograd.record():
            y = x**given_power
        y.backward()
        assert x.grad.item() == slope and power.grad.item() == 0


@pytest.mark.parametrize("shape", [(3,), (0, 4), (3, 1), (5, 63), (5, 64), (2, 3, 4), (2, 0, 3)])
def test_softmax_of_rows_of_any_length_along_any_axis(shape):
    x = np.random.default_rng(5).uniform(-100, 100, shape)
    for axis in (axis for axis in range(-x.ndim, x.ndim) if shape[axis]):
        powers = np.exp(x - x.max(axis, keepdims=True))
        expected = powers / powers.sum(axis, keepdims=True)
        y = functions.softmax(NDArray(x), axis)._data
        np.testing.assert_allclose(y, expected)
        logarithms = functions.log_softmax(NDArray(x), axis)._data
        np.testing.assert_allclose(np.exp(logarithms), expected, atol=1e-300)
