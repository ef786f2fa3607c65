"""Arrays in both dialects: making, indexing, shapes, reductions, and NumPy beside them."""

import copy
import pickle
import threading
from functools import partial

import numpy
import pytest
from hypothesis import given, settings, strategies as st

from d2lmini import NDArray, autograd, cpu, nd, nn, np, npx
from d2lmini.errors import MXNetError, ShapeError
from d2lmini.ndarray import resolve_shape


def same(array, expected, dtype=None):
    numpy.testing.assert_allclose(numpy.asarray(array), expected, rtol=1e-6)
    assert array.shape == numpy.shape(expected)
    if dtype:
        assert array.dtype == dtype
    return True


A = nd.array([[1, 2, 3], [4, 5, 6]])


def test_numbers_become_float32_unless_asked_otherwise():
    for made in (nd.array([1, 2]), np.array([1, 2]), nd.array(numpy.array([1.0, 2.0]))):
        same(made, [1, 2], numpy.float32)
    same(nd.array([1, 2], dtype="int32"), [1, 2], numpy.int32)
    same(nd.array(nd.ones((2,), dtype="float64")), [1, 1], numpy.float64)
    same(nd.zeros((2, 3)), numpy.zeros((2, 3)), numpy.float32)
    same(nd.ones(3), [1, 1, 1], numpy.float32)
    same(np.zeros((2,), "int64"), [0, 0], numpy.int64)
    same(nd.full((2,), 7), [7, 7], numpy.float32)
    same(nd.arange(1, 7, 2), [1, 3, 5], numpy.float32)
    same(nd.arange(2, repeat=2), [0, 0, 1, 1])
    same(np.linspace(0, 1, 3), [0, 0.5, 1])
    same(nd.eye(2), [[1, 0], [0, 1]])
    same(nd.empty((2,)), [0, 0])


def test_numbers_of_the_wanted_type_are_not_rounded_to_float32_first():
    assert np.asarray([2**31 - 1], dtype="int32").tolist() == [2**31 - 1]
    assert np.asarray([0.1], dtype="float64").tolist() == [0.1]


def test_an_array_is_made_like_one_of_numpy():
    other = numpy.ones((1, 2), "int32")
    same(nd.zeros_like(other), [[0, 0]], numpy.float32)
    same(np.ones_like([3, 4]), [1, 1])
    same(np.full_like(other, 7), [[7, 7]])
    same(nd.reshape_like(nd.ones((2,)), other), [[1, 1]])
    same(nd.broadcast_like(nd.ones((1, 1)), other), [[1, 1]])
    same(nd.zeros_like(A), numpy.zeros((2, 3)))
    same(np.ones_like(A), numpy.ones((2, 3)))
    same(np.full_like(nd.ones((2,), dtype="int32"), 2.5), [2, 2], numpy.int32)
    same(np.full_like(A, 2, dtype="float64"), numpy.full((2, 3), 2), numpy.float64)


TYPES = {kind: nd.array([1, 2], dtype=kind) for kind in (
    "bool", "int8", "uint8", "int32", "int64", "float16", "float32", "float64"
)}  # fmt: skip


@pytest.mark.parametrize(
    "expected, results",
    {
        "int32": lambda t: [
            t["int32"] + t["int32"],
            t["int32"] * 2,
            t["int32"] // 2,
            t["int32"] ** 2,
            t["int32"] + t["int8"],
            t["int32"].sum(),
            t["int32"].prod(axis=0),
            np.cumsum(t["int32"]),
            nd.relu(t["int32"]),
            t["int32"].clip(0, None),
            nd.square(t["int32"]),
            t["float32"].sum(dtype="int32"),
        ],
        "float32": lambda t: [
            t["int32"] / 2,
            t["int8"] / t["int8"],
            2.5 - t["int64"],
            t["int64"] + t["float32"],
            t["float32"] * numpy.arange(2),
            t["float32"] + [1, 2],
            nd.exp([1.0, 2.0]),
            np.sort([2, 1]),
            np.clip(1.5, 0, 1),
            t["float32"] * numpy.float64(2),
            t["int32"] * numpy.float64(2),
            numpy.exp(t["int8"]),
            nd.sqrt(t["bool"]),
            nd.sigmoid(t["uint8"]),
            nd.softmax(t["int32"]),
            t["int32"].mean(),
            t["int32"].var(),
            t["int32"].norm(),
            nd.dot(t["int32"], t["float32"]),
            nd.where(t["int32"], t["int32"], t["float32"]),
            t["float16"] + t["float32"],
            t["int32"].mean(dtype="float32"),
        ],
        "float16": lambda t: [
            t["float16"] + t["int32"],
            t["float16"] * 1.5,
            t["float16"].sum(),
            nd.exp(t["float16"]),
        ],
        "float64": lambda t: [
            t["float64"] + t["int8"],
            t["float32"] + t["float64"],
            t["float32"] + numpy.ones(2),
            t["int32"].mean(dtype="float64"),
            t["int32"].astype("float64"),
        ],
        "int64": lambda t: [t["bool"].sum(), t["int64"] + t["int32"]],
    }.items(),
)
def test_integers_take_the_type_of_floats_and_float32_where_floats_are_needed(expected, results):
    assert [found.dtype.__name__ for found in results(TYPES)] == [expected] * len(results(TYPES))


def test_a_gradient_flows_through_what_was_converted():
    x, whole = nd.array([2.0, 3.0]), nd.array([4, 5], dtype="int32")
    x.attach_grad()
    with autograd.record():
        y = (whole * x / (whole + 1)).sum()
    y.backward()
    same(x.grad, [4 / 5, 5 / 6], numpy.float32)


def test_a_reduction_minds_dtype_and_out_and_refuses_what_it_cannot_do():
    whole, out = nd.array([[1, 2], [3, 4]], dtype="int32"), nd.zeros((2,))
    assert nd.sum(whole, axis=0, out=out) is out
    same(out, [4, 6], numpy.float32)
    assert np.mean(whole, axis=1, out=out) is out and np.std(whole, 1, out=out) is out
    same(out, [0.5, 0.5])
    same(np.var(whole, axis=1, dtype="float64"), [0.25, 0.25], numpy.float64)
    same(np.clip(whole, 2, None, out=whole), [[2, 2], [3, 4]], numpy.int32)
    same(np.any(np.array([[0, 1], [0, 0]]), axis=1), [True, False])
    assert nd.argmax(whole, axis=1, keepdims=True).shape == (2, 1)
    for function in (np.sum, np.max, nd.mean, nd.argmax):
        with pytest.raises(TypeError, match="where"):
            function(whole, where=whole > 1)
    with pytest.raises(ValueError, match="ord must be 1 or 2, not 3"):
        whole.norm(ord=3)
    with pytest.raises(ValueError, match="order"):
        whole.reshape(4, order="F")
    with pytest.raises(MXNetError, match="stype"):
        nd.zeros((2,), stype="csr")


def test_out_must_have_the_shape_of_the_result_and_may_be_a_list_of_several():
    x, parts = nd.array([[1, 2], [3, 4]]), [nd.zeros((2, 1)), nd.zeros((2, 1))]
    assert nd.split(x, 2, out=parts)[0] is parts[0]
    same(parts[1], [[2], [4]])
    for function in (partial(nd.dot, x, x), partial(nd.relu, x), partial(np.std, x)):
        with pytest.raises(ShapeError, match=r"the shape of the result, \(.*\), not \(3, 2, 2\)"):
            function(out=nd.zeros((3, 2, 2)))
    for out in (parts[0], parts * 2):
        with pytest.raises(ShapeError, match="a list of 2 arrays"):
            nd.topk(x, ret_typ="both", out=out)


def test_what_an_array_tells_of_itself():
    assert (A.shape, A.size, A.ndim, len(A), A.dtype) == ((2, 3), 6, 2, 2, numpy.float32)
    assert A.context == A.ctx == cpu()
    assert A.itemsize == 4
    assert A.as_in_context(cpu()) is A
    assert nd.array([5]).asscalar() == 5 and float(nd.array([5])) == 5.0
    assert int(nd.array([5])) == 5 and A.item(1, 2) == 6
    assert [10, 11][nd.array([1], dtype="int32")] == 11
    with pytest.raises(TypeError, match="integer"):
        [10, 11][nd.array([1.0])]
    assert 5 in A and 7 not in A
    assert bool(nd.array([1])) and not bool(nd.array([0]))


def test_copies_and_views():
    x = nd.array([[1, 2], [3, 4]])
    x[0][:] = 9
    x.reshape((4,))[3] = 8
    same(x, [[9, 9], [3, 8]])
    y = x.copy()
    y[:] = 0
    x.asnumpy()[:] = 0
    same(x, [[9, 9], [3, 8]])
    target = nd.zeros((2, 2))
    x.copyto(target)
    same(target, [[9, 9], [3, 8]])
    same(x.astype("int32"), [[9, 9], [3, 8]], numpy.int32)
    assert x.astype("float32", copy=False) is x
    assert x.as_np_ndarray() is x
    assert pickle.loads(pickle.dumps(x)).tolist() == x.tolist()
    assert copy.deepcopy(x).tolist() == x.tolist()
    y = copy.copy(x)
    y[:] = 0
    same(x, [[9, 9], [3, 8]])


def test_indexing():
    same(A[1], [4, 5, 6])
    same(A[:, 1], [2, 5])
    same(A[-1, ::2], [4, 6])
    same(A[nd.array([1, 0, 1])], [[4, 5, 6], [1, 2, 3], [4, 5, 6]])
    same(A[[1, 1]], [[4, 5, 6], [4, 5, 6]])
    same(A[None].squeeze(), A.asnumpy())
    x = A.copy()
    x[0, 1] = 10
    x[1] = nd.array([7, 8, 9])
    same(x, [[1, 10, 3], [7, 8, 9]])
    x[:, 0:2] += 1
    same(x, [[2, 11, 3], [8, 9, 9]])
    x[0, 0] = [1]
    x[1][2] = nd.array([4]).asnumpy()
    same(x, [[1, 11, 3], [8, 9, 4]])
    assert [row.tolist() for row in A] == [[1, 2, 3], [4, 5, 6]]
    with pytest.raises(IndexError, match="getitem"):
        A[5]


def test_boolean_indexing_in_the_modern_dialect(modern):
    x = np.array([1, -2, 3])
    same(x[x > 0], [1, 3])
    x[x < 0] = 0
    same(x, [1, 0, 3])


def test_operators():
    x, y = nd.array([1, 2, 4]), nd.array([2, 2, 2])
    same(x + y, [3, 4, 6]) and same(1 + x, [2, 3, 5])
    same(x - y, [-1, 0, 2]) and same(1 - x, [0, -1, -3])
    same(x * y, [2, 4, 8]) and same(2 * x, [2, 4, 8])
    same(x / y, [0.5, 1, 2]) and same(4 / x, [4, 2, 1])
    same(x**y, [1, 4, 16]) and same(2**x, [2, 4, 16])
    same(x % 3, [1, 2, 1]) and same(5 % x, [0, 1, 1])
    same(x // 2, [0, 1, 2]) and same(5 // x, [5, 2, 1])
    same(-x, [-1, -2, -4]) and same(+x, [1, 2, 4]) and same(abs(-x), [1, 2, 4])
    same(A @ A.T, [[14, 32], [32, 77]])
    same(numpy.ones((1, 2), "f") @ A, [[5, 7, 9]])


def test_augmented_assignment_outside_record_writes_in_place():
    x = nd.array([1.0, 2.0])
    alias = x
    x += 1
    x -= 3
    x *= -4
    x /= 2
    x **= 2
    x //= 3
    x %= 4
    assert alias is x
    same(x, numpy.array([2, 0]) ** 2 // 3 % 4)


def test_a_result_can_be_written_into_an_array():
    x, y = nd.array([1.0, 2.0]), nd.zeros((2,))
    assert nd.elemwise_add(x, x, out=y) is y
    same(y, [2, 4])
    same(nd.exp(x, out=y), numpy.exp([1, 2]))
    y.attach_grad()
    with autograd.record(), pytest.raises(MXNetError, match="overwritten"):
        nd.exp(x, out=y)


def test_comparisons_are_floats_in_the_legacy_dialect():
    x = nd.array([1, 2, 3])
    same(x > 2, [0, 0, 1], numpy.float32)
    same(x == 2, [0, 1, 0], numpy.float32)
    same(x != nd.array([1, 0, 3]), [0, 1, 0], numpy.float32)
    same((x >= 2) * (x <= 2) + (x < 2), [1, 1, 0])
    assert (nd.array([1, 2]).argmax(axis=0)).dtype == numpy.float32


def test_comparisons_are_booleans_in_the_modern_dialect(modern):
    x = np.array([1, 2, 3])
    same(x > 2, [False, False, True], numpy.bool_)
    same((x > 1) & ~(x > 2), [False, True, False])
    same((x > 2) | (x < 2), [True, False, True])
    same((x > 2) ^ (x > 1), [False, True, False])
    assert x.argmax().dtype == numpy.int64
    assert not np.all(x > 2) and np.any(x > 2)


def test_a_full_reduction_has_one_element_in_the_legacy_dialect_and_no_axis_in_the_modern():
    assert A.sum().shape == nd.dot(A[0], A[1]).shape == A[0, 0].shape == (1,)
    npx.set_np()
    assert A.sum().shape == np.dot(A[0], A[1]).shape == A[0, 0].shape == ()


def test_reductions():
    same(nd.sum(A, axis=0), [5, 7, 9])
    same(nd.sum(A, axis=0, exclude=True), [6, 15])
    same(nd.sum(A, exclude=True), [21])
    same(nd.sum(A, axis=(0, -1), exclude=True), A)
    same(A.mean(axis=1, keepdims=True), [[2], [5]])
    same(nd.max(A, axis=[0, 1]), [6])
    same(A.min(axis=0), [1, 2, 3])
    same(nd.prod(A, axis=1), [6, 120])
    same(A.norm(), [91**0.5]) and same(nd.norm(A, ord=1), [21]) and same(
        A.norm(axis=1), [14**0.5, 77**0.5]
    )
    same(nd.argmax(A, axis=1), [2, 2]) and same(nd.argmin(A, axis=0, keepdims=True), [[0, 0, 0]])
    same(A.var(axis=0), [2.25] * 3) and same(np.std(A, axis=0), [1.5] * 3)
    same(np.var(A, ddof=1), [3.5])
    same(np.cumsum(A), [1, 3, 6, 10, 15, 21]) and same(A.cumsum(1), [[1, 3, 6], [4, 9, 15]])
    same(nd.array([1, 2], dtype="int32").mean(), [1.5], numpy.float32)


def test_a_product_with_a_zero_has_a_gradient():
    x = nd.array([[1, 0, 3], [2, 5, 7], [0, 0, 4]])
    x.attach_grad()
    for axis, expected in (
        (None, numpy.zeros((3, 3))),
        (0, [[0, 0, 28], [0, 0, 12], [2, 0, 21]]),
        ((1,), [[0, 3, 0], [35, 14, 10], [0, 0, 0]]),
    ):
        with autograd.record():
            product = x.prod(axis=axis)
        product.backward()
        same(x.grad, expected)


def test_rint_rounds_halves_down():
    x = nd.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 8388609])
    same(nd.rint(x), [-3, -2, -1, 0, 1, 2, 0, 8388609])
    same(nd.rint(nd.array([1, 2], dtype="int32")), [1, 2])


def test_no_axes_are_all_axes_in_the_legacy_dialect():
    out = nd.zeros((1,))
    same(nd.sum(A, axis=(), out=out), [21]) and same(A.max(axis=[]), [6])
    same(out, [21])
    npx.set_np()
    same(A.sum(axis=()), A)
    same(np.sum(A, axis=[]), A)


def test_rounding_to_decimals():
    x = np.array([1.234, 2.5, -2.5, 1250])
    same(np.round(x), [1, 2, -2, 1250])
    same(nd.round(x), [1, 3, -3, 1250])
    same(x.round(), [1, 3, -3, 1250])
    with npx.np_array():
        same(x.round(), [1, 2, -2, 1250])
    same(np.round(x, 2), [1.23, 2.5, -2.5, 1250])
    same(np.around(x, decimals=-2), [0, 0, 0, 1200])
    hard = [0.49999997, 2**23 + 1, -(2**23) - 1, numpy.inf]  # where adding 0.5 goes wrong
    assert nd.round(np.array(hard)).tolist() == [0, 2**23 + 1, -(2**23) - 1, numpy.inf]
    out = np.zeros(4)
    assert np.round(x, 1, out=out) is out
    same(out, [1.2, 2.5, -2.5, 1250])


def test_arrays_of_numpy_are_taken_like_those_of_the_package():
    x = numpy.arange(6, dtype="f").reshape((2, 3))
    for compute in (np.var, np.std, lambda x: np.split(x, 2)[1], lambda x: np.outer(x, x)):
        same(compute(x), compute(np.array(x)).asnumpy())
    for compute in (lambda x: np.take(x, [1, 0]), lambda x: np.repeat(x, 2, 0)):
        same(compute(x), compute(np.array(x)).asnumpy())


def test_products_over_several_axes():
    a, b = np.arange(24).reshape((2, 3, 4)), np.arange(60).reshape((4, 3, 5))
    for axes in (1, 0, (2, 0), ([1, 2], [1, 0]), ([-1], [0])):
        same(np.tensordot(a, b, axes), numpy.tensordot(a.asnumpy(), b.asnumpy(), axes))
    same(nd.dot(a, b), np.tensordot(a, b, 1).asnumpy())


def test_products():
    same(nd.dot(A, A, transpose_b=True), [[14, 32], [32, 77]])
    same(nd.dot(A, A, transpose_a=True), A.asnumpy().T @ A.asnumpy())
    same(nd.dot(A, nd.array([1, 0, 1])), [4, 10])
    same(nd.dot(nd.array([1, 1]), A), [5, 7, 9])
    cube = nd.arange(24).reshape((2, 3, 4))
    same(nd.dot(A, nd.ones((3, 2, 2))), numpy.tensordot(A.asnumpy(), numpy.ones((3, 2, 2)), 1))
    same(np.dot(cube, np.ones((4, 2))), cube.asnumpy() @ numpy.ones((4, 2)))
    same(nd.batch_dot(cube, cube, transpose_b=True), cube.asnumpy() @ cube.asnumpy().swapaxes(1, 2))
    same(nd.batch_dot(cube, cube, transpose_a=True), cube.asnumpy().swapaxes(1, 2) @ cube.asnumpy())
    same(np.matmul(cube, np.ones((4,))), cube.asnumpy() @ numpy.ones(4))
    same(np.matmul(np.ones((3,)), cube), numpy.ones(3) @ cube.asnumpy())
    same(np.outer(A[0], A[1]), numpy.outer([1, 2, 3], [4, 5, 6]))
    same(np.einsum("ij,ij->i", A, A), [14, 77])
    same(np.dot(2, A), 2 * A.asnumpy())
    same(np.linalg.norm(A), [91**0.5]) and same(np.linalg.norm(A, 1), [9])


@pytest.mark.parametrize("order", [None, 1, 2, -1, -2, 3, "fro", "nuc", numpy.inf, -numpy.inf])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
def test_the_modern_norm_is_that_of_numpy(order, axis, modern):
    for x in (numpy.array([[1, -2, 3], [4, 5, 6]], "f"), numpy.array([3, 1, -4], "f")):
        for keepdims in (False, True):
            try:
                expected = numpy.linalg.norm(x, order, axis, keepdims)
            except ValueError as error:  # also for an axis that does not exist
                with pytest.raises(ValueError, match=None if x.ndim < 2 else str(error)):
                    np.linalg.norm(np.array(x), order, axis, keepdims)
            else:
                same(np.linalg.norm(np.array(x), order, axis, keepdims), expected)


def test_gradients_flow_through_norms_of_vectors_and_refuse_those_of_other_matrices():
    x = np.array([[3, 4], [-1, 0]])
    x.attach_grad()
    with autograd.record():
        y = np.linalg.norm(x, 2, 1).sum() + np.linalg.norm(x, 1, axis=1).sum()
        with pytest.raises(TypeError, match=r"numpy\.linalg\.norm is not recorded"):
            np.linalg.norm(x, 2)
    y.backward()
    same(x.grad, [[1.6, 1.8], [-2, 0]])


def test_the_legacy_norm_treats_a_matrix_as_a_vector():
    same(nd.norm(A, ord=1), [21]) and same(nd.norm(A, ord=2), [91**0.5])


def test_shapes():
    same(nd.reshape(A, (3, -1)), [[1, 2], [3, 4], [5, 6]])
    same(A.reshape(-1), [1, 2, 3, 4, 5, 6]) and same(A.reshape(3, 2), A.reshape((3, 2)).asnumpy())
    same(A.reshape(shape=(0, 1, -1)), [[[1, 2, 3]], [[4, 5, 6]]])
    same(A.reshape_like(nd.ones((6,))), [1, 2, 3, 4, 5, 6])
    same(A.T, A.asnumpy().T) and same(nd.transpose(A), A.asnumpy().T) and same(
        A.transpose(1, 0), A.asnumpy().T
    )
    same(nd.expand_dims(A, axis=1)[:, 0], A.asnumpy())
    same(nd.squeeze(nd.ones((1, 2, 1)), axis=0), [[1], [1]])
    same(A.swapaxes(0, 1), A.asnumpy().T) and same(np.moveaxis(A, 0, 1), A.asnumpy().T)
    same(nd.flatten(nd.ones((2, 3, 4))), numpy.ones((2, 12))) and same(A.flatten(), A.asnumpy())
    same(nd.broadcast_to(nd.array([[1], [2]]), (0, 3)), [[1, 1, 1], [2, 2, 2]])
    same(nd.array([1, 2, 3]).broadcast_like(A), [[1, 2, 3], [1, 2, 3]])
    repeated = np.broadcast_to(np.array([1, 2]), (2, 2))
    repeated[0] = 0
    same(repeated, [[0, 0], [1, 2]])
    same(nd.tile(nd.array([1, 2]), 2), [1, 2, 1, 2]) and same(nd.flip(A, axis=1)[0], [3, 2, 1])
    same(nd.repeat(A, 2, axis=0)[:3], [[1, 2, 3], [1, 2, 3], [4, 5, 6]])
    same(nd.repeat(nd.array([1, 2]), 2), [1, 1, 2, 2])
    same(A.slice_axis(1, 0, 2), [[1, 2], [4, 5]]) and same(
        nd.slice_axis(A, axis=-1, begin=1, end=None), [[2, 3], [5, 6]]
    )
    same(nd.slice(A, (0, 1), (1, 3)), [[2, 3]])
    npx.set_np()
    assert A.flatten().shape == (6,)


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ((2, 3, 4), (4, 0, 2), (4, 3, 2)),
        ((2, 3, 4), (-1, 0, 0), (-1, 3, 4)),
        ((2, 3, 4), (2, -2), (2, 3, 4)),
        ((2, 3, 4), (-3, 4), (6, 4)),
        ((2, 3, 4), (-4, 1, 2, -2), (1, 2, 3, 4)),
        ((2, 3, 4), (2, -4, -1, 3, -2), (2, 1, 3, 4)),
    ],
)
def test_legacy_reshape_codes(old, new, expected):
    assert resolve_shape(old, new) == expected
    assert nd.ones(old).reshape(new).size == 24


@pytest.mark.parametrize("lengths", [(2, 4), (4, 2), (-1, 4), (4, -1), (-1, -1)])
def test_an_axis_is_split_into_lengths_of_which_it_is_the_product(lengths):
    with pytest.raises(ValueError, match="the new shape must hold as many elements as x"):
        nd.ones((6,)).reshape((-4, *lengths))


def test_reshape_from_the_right():
    assert nd.ones((10, 5, 4)).reshape((-1, 0), reverse=True).shape == (50, 4)


def test_appending_is_recorded():
    x = nd.array([[1, 2]])
    x.attach_grad()
    with autograd.record():
        row, matrix = np.append(x, [3]), np.append(x, nd.zeros((2, 2)), axis=0)
        y = (row * row).sum() + matrix[0, 1]
    y.backward()
    same(row, [1, 2, 3])
    assert matrix.shape == (3, 2)
    same(x.grad, [[2, 5]])


def test_joining_and_splitting():
    same(nd.concat(A, A), numpy.hstack([A.asnumpy()] * 2)) and same(
        nd.concat(A, A, dim=0)[2:], A.asnumpy()
    )
    same(nd.stack(A, A)[1], A.asnumpy()) and same(nd.stack([A, A], axis=1)[:, 0], A.asnumpy())
    same(np.concatenate([A, A], axis=-1)[:, 3:], A.asnumpy()) and same(
        nd.concatenate([A, A])[:2], A.asnumpy()
    )
    same(np.vstack([A[0], A[1]]), A.asnumpy()) and same(np.hstack([A, A])[:, :3], A.asnumpy())
    _, second, _ = nd.split(A, 3)
    same(second, [[2], [5]])
    assert nd.split(A, 3, squeeze_axis=True)[0].shape == (2,)
    same(nd.split(A, 1), A.asnumpy())
    same(np.split(A, [1, 2], axis=1)[2], [[3], [6]])
    with pytest.raises(ValueError, match="5 equal parts"):
        np.split(A, 5)


def test_numpy_names_the_ends_of_clip_and_lets_where_find_places():
    x = np.array([-1.0, 0.5, 3.0])
    same(np.clip(x, min=0, max=2), [0, 0.5, 2])
    same(np.clip(x, max=2), [-1, 0.5, 2])
    same(np.where(condition=x > 0, x=x, y=0), [0, 0.5, 3])
    assert np.where(x > 0)[0].tolist() == [1, 2]
    for one in ({"x": x}, {"y": x}):
        with pytest.raises(ValueError, match="both x and y, or only the condition"):
            np.where(x > 0, **one)


def test_choosing():
    same(nd.take(A, nd.array([1, 1])), [[4, 5, 6], [4, 5, 6]]) and same(
        nd.take(A, nd.array([7])), [[4, 5, 6]]
    )
    same(np.take(A, np.array([0, 5])), [1, 6]) and same(A.take(nd.array([2]), axis=1), [[3], [6]])
    same(nd.pick(A, nd.array([0, 2])), [1, 6]) and same(
        nd.pick(A, nd.array([0, 2]), keepdims=True), [[1], [6]]
    )
    same(nd.one_hot(nd.array([0, 2]), 3), [[1, 0, 0], [0, 0, 1]])
    same(nd.one_hot(nd.array([1]), 2, on_value=5, off_value=-5), [[-5, 5]])
    same(nd.where(A > 3, A, -A), [[-1, -2, -3], [4, 5, 6]])
    same(nd.clip(A, 2, 5), [[2, 2, 3], [4, 5, 5]]) and same(np.clip(A, None, 2)[0], [1, 2, 2])
    same(nd.sort(nd.array([3, 1, 2])), [1, 2, 3]) and same(
        nd.sort(nd.array([3, 1, 2]), is_ascend=False), [3, 2, 1]
    )
    same(nd.argsort(nd.array([3, 1, 2])), [1, 2, 0], numpy.float32) and same(
        np.argsort(np.array([3, 1, 2])), [1, 2, 0]
    )
    same(np.sort(np.array([[3, 1]])), [[1, 3]])


ONE_BY_ONE = (
    "sign square sqrt rsqrt cbrt exp expm1 reciprocal log log1p log2 log10 sin cos tan arcsin "
    "arccos arctan sinh cosh tanh arcsinh arctanh floor ceil trunc fix rint round sigmoid relu abs "
    "softmax log_softmax ravel copy sort argsort topk squeeze"
)


@pytest.mark.parametrize("name", ONE_BY_ONE.split())
def test_a_method_is_the_function_of_its_name(name):
    x = nd.array([[0.1, 0.5], [0.9, 0.3]])
    assert getattr(nd.NDArray, name).__name__ == name
    same(getattr(x, name)(), getattr(nd if hasattr(nd, name) else np, name)(x).asnumpy())


def test_methods_take_the_arguments_of_the_dialect():
    same(A.tile(reps=(2, 1)), numpy.tile(A.asnumpy(), (2, 1)))
    same(A.split(num_outputs=3)[1], [[2], [5]])
    same(A.dot(A, transpose_b=True), A.asnumpy() @ A.asnumpy().T)
    same(A.take(nd.array([3]), mode="wrap"), [[4, 5, 6]])
    same(A[0:1].broadcast_axes(axis=0, size=2), [[1, 2, 3]] * 2)
    same(A.topk(k=2, ret_typ="value"), [[3, 2], [6, 5]])
    same(A.take(indices=nd.array([1])), [[4, 5, 6]])
    for turned in (A.transpose(axes=(1, 0)), A.swapaxes(dim1=0, dim2=1), A.transpose(1, 0)):
        same(turned, A.asnumpy().T)
    assert A.tostype("default") is A
    with pytest.raises(RuntimeError, match="dense"):
        A.tostype("csr")


def test_methods_of_the_legacy_dialect_take_its_arguments_in_order():
    same(A.sum(1, True), [[6], [15]])
    same(A.max(0, False, True), [3, 6])


def test_methods_of_the_modern_dialect(modern):
    same(A.split(2)[1], [[4, 5, 6]])
    same(A.take(np.array([0, 5])), [1, 6])
    same(np.take(A, np.array([0, 7, -1]), mode="wrap"), [1, 2, 6])
    same(np.take(A, [7], mode="wrap"), [2])
    with pytest.raises(IndexError, match="index 6 is out of bounds"):
        np.take(A, np.array([6]), mode="raise")
    with pytest.raises(ValueError, match="'clip', 'wrap' or 'raise', not 'round'"):
        np.take(A, np.array([6]), mode="round")
    same(A.cumsum(), [1, 3, 6, 10, 15, 21])
    assert A.argsort().dtype == numpy.int64


def test_one_number_can_be_assigned_to_one_place():
    x = nd.zeros((3, 3))
    x[2, 1] += 3
    x[0, 0] = nd.ones((4,)).mean()
    x[1] = nd.array([7])
    x[0, 1:2] = nd.array([[5]])
    same(x, [[1, 5, 0], [7, 7, 7], [0, 3, 0]])


def test_coordinates_of_a_grid():
    columns, rows = np.meshgrid(np.arange(2), np.arange(3))
    same(columns, [[0, 1]] * 3) and same(rows, [[0, 0], [1, 1], [2, 2]])


def test_functions_of_networks():
    x = nd.array([[-1.0, 0.0, 2.0]])
    same(nd.relu(x), [[0, 0, 2]]) and same(nd.Activation(x, act_type="relu"), [[0, 0, 2]])
    same(nd.sigmoid(x), 1 / (1 + numpy.exp([[1.0, 0, -2]])))
    same(nd.softmax(x).sum(axis=1), [1]) and same(
        nd.exp(nd.log_softmax(x)), nd.softmax(x).asnumpy()
    )
    same(nd.FullyConnected(x, nd.ones((2, 3)), nd.array([1, 2]), num_hidden=2), [[2, 3]])
    same(
        nd.FullyConnected(nd.ones((2, 3, 4)), nd.ones((5, 12)), no_bias=True),
        numpy.full((2, 5), 12),
    )
    same(
        nd.FullyConnected(nd.ones((2, 3, 4)), nd.ones((5, 4)), flatten=False),
        numpy.full((2, 3, 5), 4),
        None,
    )
    same(nd.Embedding(nd.array([1, 0]), nd.array([[1, 2], [3, 4]]), 2, 2), [[3, 4], [1, 2]])
    same(npx.leaky_relu(x, slope=0.1), [[-0.1, 0, 2]]) and same(
        npx.activation(x, "tanh"), numpy.tanh(x.asnumpy())
    )
    same(nd.Dropout(x, p=0.5), x)
    same(nd.sigmoid(nd.array([-200.0, 200.0])), [0, 1])
    grid = numpy.arange(-80, 80, 0.125)
    exact = 1 / (1 + numpy.exp(-grid))
    numpy.testing.assert_allclose(nd.sigmoid(nd.array(grid)).asnumpy(), exact, rtol=1e-6)
    same(nd.softmax(nd.array([1000.0, 0.0])), [1, 0])
    assert nd.stop_gradient(x).tolist() == x.tolist()


def test_dropout_in_training_keeps_the_mean():
    x = nd.ones((100, 100))
    with autograd.train_mode():
        dropped = nd.Dropout(x, p=0.25)
    assert set(dropped.asnumpy().ravel().tolist()) == {0.0, numpy.float32(1 / 0.75)}
    assert dropped.mean().asscalar() == pytest.approx(1, abs=0.05)
    assert nd.Dropout(x, p=0.5, mode="always").asnumpy().min() == 0
    assert not nd.Dropout(x, p=1, mode="always").asnumpy().any()
    with autograd.train_mode():
        rows = nd.Dropout(x, p=0.5, axes=(1,)).asnumpy()
    assert all(len(set(row)) == 1 for row in rows)


def test_unknown_names_are_refused_with_a_hint():
    for module, name in ((np, "fft"), (np, "foo"), (np.linalg, "foo"), (np, "_core")):
        with pytest.raises(AttributeError, match=f"neither d2lmini nor numpy.* {name!r}"):
            getattr(module, name)
    with pytest.raises(AttributeError, match="nd has no 'foo'"):
        nd.foo  # noqa: B018
    assert "tanh" in dir(nd) and "tanh" in dir(np) and "concat" in dir(nd)


def test_a_name_that_numpy_has_is_never_a_helper_of_the_package():
    def hidden(face):
        return (vars(face).keys() & set(dir(numpy))) - {*dir(face), *dir(object)}

    same(np.unwrap([0, 1, 7, 8]), numpy.unwrap([0, 1, 7, 8]))
    array = np.ones((3,))
    np.put(array, [0, 2], [5, 6])
    same(array, [5, 1, 6])
    for name in filter(str.isidentifier, hidden(np)):
        found = getattr(np, name)
        assert name[0] == "_" or getattr(found, "__wrapped__", found) is getattr(numpy, name), name
    assert {name for name in hidden(nd) if name[0] != "_"} == {"ndarray"}  # as Gluon's module


def test_the_lists_of_names_are_public_and_complete():
    for face in (nd, np):
        assert not [name for name in dir(face) if name[0] == "_"]
    assert {"normal", "uniform", "random_normal", "random_uniform"} <= set(dir(nd))
    assert {"broadcast_sub", "elemwise_div", "broadcast_lesser", "fix"} <= set(dir(nd))


# NumPy beside it ------------------------------------------------------------------------------
def test_asarray_shares_memory():
    x = nd.zeros((2,))
    numpy.asarray(x)[0] = 5
    assert x.tolist() == [5, 0]
    assert numpy.array(x) is not numpy.asarray(x)
    assert numpy.asarray(x, dtype="float64").dtype == numpy.float64


def test_arrays_of_the_same_shape_can_be_made_while_recording():
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        for made in (np.full_like(x, 2.0), 2 * numpy.ones_like(x), 2 + numpy.zeros_like(x)):
            (made * x).sum().backward()
            same(x.grad, [2, 2])
        with pytest.raises(TypeError, match=r"numpy\.diff is not recorded.*dir\(d2lmini\.np\)"):
            np.diff(x)
    assert "diff" not in dir(np) and "full_like" in dir(np)


def test_a_numpy_function_of_the_table_is_recorded():
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        y = numpy.exp(x) + numpy.array([1, 1], "f") * x + numpy.float32(2) * x
    assert isinstance(y, NDArray)
    y.backward()
    numpy.testing.assert_allclose(x.grad.asnumpy(), numpy.exp([1, 2]) + 3, rtol=1e-6)


def test_a_numpy_function_that_would_lose_the_gradient_is_refused_while_recording():
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    same(numpy.concatenate([x, x]), [1, 2, 1, 2])
    same(numpy.spacing(x), numpy.spacing(numpy.array([1, 2], "f")))
    with autograd.record():
        assert numpy.shape(x) == (2,)
        with pytest.raises(TypeError, match=r"numpy.concatenate is not recorded.*d2lmini.np"):
            numpy.concatenate([x, x])
        with pytest.raises(TypeError, match=r"numpy.spacing"):
            numpy.spacing(x)


def test_numpy_can_write_into_an_array():
    x = nd.zeros((2,))
    assert numpy.add(numpy.ones(2, "f"), nd.ones((2,)), out=x) is x
    assert x.tolist() == [2, 2]
    where = nd.array([True, False], dtype=bool)
    assert numpy.subtract(x, 1, out=x, where=where).tolist() == [1, 2]
    whole = nd.zeros((2,))
    assert numpy.modf(x + 0.5, out=(None, whole))[0].tolist() == [0.5, 0.5] == [*(x + 0.5 - whole)]
    assert numpy.add.reduce(nd.ones((3,))) == 3
    assert numpy.allclose(nd.ones((2,)), 1) and np.allclose(nd.ones((2,)), nd.ones((2,)))
    assert np.array_equal(nd.ones((2,)), numpy.ones(2))
    assert numpy.allclose(nd.ones((2,)), 1, equal_nan=True) and numpy.size(nd.ones((2, 1)), 1) == 1
    assert np.asarray([1, 2]).tolist() == [1, 2] and np.asnumpy(nd.ones((1,))).tolist() == [1]


SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


@settings(deadline=None)
@given(SHAPES, st.randoms(use_true_random=False))
def test_reshape_and_transpose_can_be_undone(shape, random):
    x = nd.arange(int(numpy.prod(shape))).reshape(shape)
    order = list(range(len(shape)))
    random.shuffle(order)
    back = numpy.argsort(order)
    assert x.transpose(order).transpose([int(i) for i in back]).tolist() == x.tolist()
    assert x.reshape(-1).reshape(shape).tolist() == x.tolist()
    assert nd.concat(*nd.split(x, shape[0], axis=0), dim=0).tolist() == x.tolist() or shape[0] == 1


def test_einsum_without_arrow_and_wrong_shapes():
    with pytest.raises(MXNetError, match="einsum"):
        np.einsum("ij,jk->ik", A, A)
    x = A.copy()
    x.attach_grad()
    with autograd.record():
        y = np.einsum("ij, jk", x, A.T)
    same(y, A.asnumpy() @ A.asnumpy().T)
    y.backward()
    same(x.grad, numpy.ones((2, 2)) @ A.asnumpy())


def test_logical_operators_follow_the_dialect_whenever_it_changes():
    x = nd.array([1, 0])
    npx.set_np()
    assert (x & x).dtype == numpy.bool_
    npx.reset_np()
    assert (x & x).dtype == numpy.float32


def test_integers_are_combined_bit_by_bit_and_floats_as_truth_values(modern):
    x, y = nd.array([5, 2], dtype="int32"), nd.array([3, 1], dtype="int32")
    assert [(x & y).tolist(), (x | 8).tolist(), (7 ^ x).tolist()] == [[1, 0], [13, 10], [2, 5]]
    assert (x & y).dtype == numpy.int32 and np.bitwise_and(x, 1).tolist() == [1, 0]
    assert ((x > 2) & (y > 2)).tolist() == [True, False] == (nd.array([2, 0]) & 1.0).tolist()
    assert (x & ~y).tolist() == [4, 2] and (~(x > 2)).tolist() == [False, True]


def test_what_a_legacy_comparison_of_integers_gives_is_inverted_as_truth_values():
    x = nd.array([5, 2], dtype="int32")
    assert (~(x > 2)).tolist() == [0, 1] and (~(x > 2)).dtype == numpy.int32


def test_functions_of_np_take_its_name_of_the_array():
    x = np.array([[3, 1], [2, 4]])
    same(np.transpose(a=x), [[3, 2], [1, 4]])
    same(np.sort(a=x, axis=0), [[2, 1], [3, 4]])
    same(np.argsort(a=x, axis=0), [[1, 0], [0, 1]])
    same(np.cumsum(a=x, axis=0), [[3, 1], [5, 5]])
    assert np.expand_dims(a=x, axis=0).shape == (1, 2, 2)
    assert np.moveaxis(a=x, source=0, destination=1).shape == (2, 2)


def test_tile_takes_what_numpy_takes():
    x = np.array([[3, 1], [2, 4]])
    same(np.tile([1, 2], 2), [1, 2, 1, 2])
    same(np.tile(x, numpy.int64(2)), [[3, 1, 3, 1], [2, 4, 2, 4]])
    assert np.tile(x, 0).shape == (2, 0)
    assert np.tile(x, (2, 0)).shape == (4, 0)


def test_sorting_in_np_takes_the_arguments_of_numpy():
    x = np.array([3, 1, 2])
    same(np.sort(x, -1, None, None), [1, 2, 3])
    same(np.sort(x, kind="stable"), [1, 2, 3])
    same(np.argsort(x, -1, None, None), [1, 2, 0])


def test_a_dialect_for_a_while_is_that_of_one_thread():
    entered, left = threading.Event(), threading.Event()

    def wait():
        with npx.np_array():
            entered.set()
            left.wait()

    thread = threading.Thread(target=wait)
    thread.start()
    entered.wait()
    with npx.np_array():
        assert npx.is_np_array()
        left.set()
        thread.join()
        assert npx.is_np_array()
    assert not npx.is_np_array()
    with npx.np_array():
        npx.reset_np()
        assert not npx.is_np_array()


def test_use_np_leaves_the_way_from_forward_to_hybrid_forward():
    @npx.use_np
    class Scaled(nn.Dense):
        def hybrid_forward(self, F, x, weight, bias=None):
            assert npx.is_np_array()
            return 2 * super().hybrid_forward(F, x, weight, bias)

    @npx.use_np
    class Misnamed(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.scale = self.params.get("w", shape=(2,))

        def hybrid_forward(self, F, x, w):
            return x * w

    layer = Scaled(3, in_units=2)
    layer.initialize()
    x = nd.ones((1, 2))
    same(layer(x), 2 * numpy.asarray(nn.Dense.forward(layer, x)))
    misnamed = Misnamed()
    misnamed.initialize()
    with pytest.raises(TypeError, match=r"calls .*hybrid_forward\(F, input, scale=scale\)"):
        misnamed(x)


def test_modern_arrays_keep_numpys_integers_and_truth_values(modern):
    rows = np.arange(6.0).reshape(3, 2)
    chosen = np.array(numpy.array([True, False, True]))
    assert rows[chosen].tolist() == [[0, 1], [4, 5]]
    assert str(np.array(numpy.arange(3))) == "[0 1 2]"
    assert np.array(numpy.array([1, 2], "uint8")).dtype == numpy.uint8
    assert np.array(numpy.arange(3), dtype="float32").dtype == numpy.float32
    assert np.array(numpy.arange(3.0)).dtype == np.array([1, 2]).dtype == numpy.float32


def test_a_single_number_shares_memory_in_the_modern_dialect_too(modern):
    x = np.arange(4.0).reshape(2, 2)
    for position in (1, numpy.int64(1)):
        y = x[0, position]
        y += 5
    for number in x[1]:
        number *= 2
    assert x.tolist() == [[0, 11], [4, 6]] and y.shape == ()


def test_legacy_arrays_of_numpys_integers_are_float32():
    arrays = nd.array(numpy.arange(3)), nd.array(numpy.array([True]))
    assert arrays[0].dtype == arrays[1].dtype == numpy.float32


def test_a_type_is_numpys_class_in_the_legacy_dialect_and_its_dtype_in_the_modern():
    x = nd.ones((2,))
    assert str(x.dtype) == "<class 'numpy.float32'>"
    npx.set_np()
    assert str(x.dtype) == "float32"
    assert str((x > 0).dtype) == "bool"
    assert x.dtype == "float32" == np.zeros(2, dtype=x.dtype).dtype
