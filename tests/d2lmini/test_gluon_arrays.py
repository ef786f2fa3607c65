"""Arrays as programs of Gluon make, index, join and save them, in both dialects."""

import numpy
import pytest
from programs import same

import d2lmini as mx
from d2lmini import autograd, gluon, init, nd, np, npx
from d2lmini.gluon import nn


# Arrays ----------------------------------------------------------------------------------------
def test_legacy_arrays_print_with_their_device():
    assert repr(nd.array([[1, 2], [3, 4]])) == "\n[[1. 2.]\n [3. 4.]]\n<NDArray 2x2 @cpu(0)>"
    assert str(nd.arange(3)) == "\n[0. 1. 2.]\n<NDArray 3 @cpu(0)>"
    assert repr(nd.array([1, 2]).sum()) == "\n[3.]\n<NDArray 1 @cpu(0)>"
    assert repr(nd.ones((2,), dtype="int32")) == "\n[1 1]\n<NDArray 2 @cpu(0)>"
    assert nd.array([[1, 2], [3, 4]])[1, 0].shape == (1,)
    assert nd.array(3.5).shape == (1,)
    assert nd.array(numpy.arange(3)).dtype == numpy.float32


def test_modern_arrays_print_as_numpy_does(modern):
    assert repr(np.array([1, 2])) == "array([1., 2.])"
    assert str(np.arange(3)) == "[0. 1. 2.]"
    assert repr(np.ones((2,), dtype="int32")) == "array([1, 1], dtype=int32)"
    assert np.array([[1, 2], [3, 4]])[1, 0].shape == ()
    assert np.ones((2, 3)).sum().item() == 6
    assert np.array(3.5).shape == ()


def test_indexing_and_assignment():
    x = nd.arange(12).reshape((3, 4))
    same(x[-1], [8, 9, 10, 11])
    same(x[1:3, 0], [4, 8])
    assert x[1, 2].asscalar() == 6
    x[1, 2] = 9
    x[0:2, :] = 12
    x[2] = nd.array([1, 2, 3, 4])
    x[:, 3] = numpy.array([7, 8, 9])
    same(x, [[12, 12, 12, 7], [12, 12, 12, 8], [1, 2, 3, 9]])
    same(x[nd.array([2, 0])][:, 0], [1, 12])
    x[:] = 0
    assert x.sum().asscalar() == 0
    same([row.sum().asscalar() for row in nd.ones((2, 3))], [3, 3])
    with pytest.raises(IndexError):
        x[3]


def test_memory_in_place():
    x, y = nd.ones((2, 2)), nd.ones((2, 2))
    before = id(y)
    y[:] = x + y
    y += x
    y *= 2
    y -= 1
    y /= 5
    assert id(y) == before
    same(y, numpy.ones((2, 2)))
    z = y.zeros_like()
    z[:] = x + y
    nd.elemwise_add(x, y, out=z)
    same(z, numpy.full((2, 2), 2))
    assert nd.dot(x, y, out=z) is z
    nd.concat(x[:, :1], y[:, 1:] * 3, dim=1, out=z)
    nd.clip(z, 0, 2, out=z)
    same(z, [[1, 2], [1, 2]])
    same(z.copyto(nd.zeros((2, 2))), z.asnumpy())
    assert nd.softmax(x, out=z) is z
    nd.batch_dot(z.expand_dims(0), x.expand_dims(0), out=x.reshape((1, 2, 2)))
    nd.FullyConnected(x, y, no_bias=True, num_hidden=2, out=z)
    same(z, [[2, 2], [2, 2]])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.T,
        lambda x: x.swapaxes(0, 1),
        lambda x: mx.np.moveaxis(x, 0, 1),
        lambda x: x.expand_dims(0),
        lambda x: x.squeeze(),
        lambda x: x.flip(axis=0),
        lambda x: x.flatten(),
        lambda x: x.ravel(),
        lambda x: x.split(3, axis=1)[0],
        lambda x: x.slice_axis(0, 0, 1),
        lambda x: nd.slice(x, (0, 0), (1, 2)),
        lambda x: x[:, 1],
        lambda x: x[::-1],
        nd.SequenceMask,
        nn.Flatten(),
        nd.add_n,
        lambda x: nd.reshape(x, (3, 2)),
        lambda x: x.reshape_like(nd.zeros((3, 2))),
        lambda x: mx.np.einsum("ij->ji", x),
    ],
)
def test_what_turns_or_cuts_an_array_copies_it(function):
    x = nd.arange(6).reshape((2, 3))
    before = x.asnumpy()
    y = function(x)
    row = y[:1]
    row[:] = 7
    y += 1
    same(y[:1], numpy.full(row.shape, 8))
    gluon.utils.clip_global_norm([function(x)], 0.1)
    y = function(x)
    numpy.negative(y, out=y)
    y = function(x)
    mx.optimizer.SGD(0.1).update(0, y, y.copy(), None)
    same(x, before)
    y = function(x)
    kept = y.asnumpy()
    x += 1
    same(y, kept)
    x -= 1
    with autograd.record():
        x.attach_grad()
        loss = (function(x) ** 2).sum()
    loss.backward()
    assert set(numpy.unique(x.grad.asnumpy())) <= set(numpy.unique(2 * before))


def test_what_shares_memory():
    x = nd.zeros((2, 3))
    for part in x[1], x[:1], x[0:1, 1:2], x.reshape((-1,)), x.detach(), x[None]:
        part += 1
    same(x, [[4, 5, 4], [4, 4, 4]])
    layer = nn.Dense(2, in_units=3)  # its matrix is stored by columns
    layer.initialize("zeros")
    weight = layer.weight.data()
    weight[0][1:] = 2
    weight[1:] += 1
    weight[:, 0][:] = 9
    flat = weight.reshape((-1,))
    flat[3] = 7
    flat += 1
    same(weight, [[1, 3, 3], [8, 2, 2]])
    layer.weight.set_data(nd.zeros((2, 3)))
    same(flat, numpy.zeros(6))
    flat[3] += 7
    same(weight, [[0, 0, 0], [7, 0, 0]])
    for i, part in enumerate((flat[:2], flat.reshape((3, 2))[2], flat.detach()[2:4], flat[5])):
        part += i + 1
    same(weight, [[1, 1, 3], [10, 2, 6]])
    same(part, [6])
    numpy.add(flat[:2], 1, flat[:2])
    assert numpy.subtract.at(flat, [0, 1], 1) is None
    numpy.copyto(flat[1:2], 1)
    numpy.cumsum(flat[:1], out=flat[:1])
    mx.optimizer.SGD(1).update(0, flat, nd.ones((6,)), None)
    mx.optimizer.SGD(1).update(0, flat, -nd.ones((6,)), None)
    slopes = layer.weight.grad().reshape((-1,))
    with autograd.record():
        y = layer(nd.ones((1, 3)))
    y.backward()
    same(slopes, numpy.ones(6))
    weight[:, 1:].reshape((-1,))[0] += 1  # a slice with gaps is a copy
    weight[1:].reshape((-1,))[0] += 1
    same(weight, [[1, 1, 3], [11, 2, 6]])
    same(x[0, 1:], [5, 4])
    x[0, 1] += 1
    number = x[0, 1]
    number += 1
    same(x[0], [4, 7, 4])


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_reshaped_array_is_a_copy_in_the_modern_dialect(modern, hybrid):
    rows = nn.HybridLambda(lambda F, x: x.reshape(-1))
    rows.hybridize(hybrid)
    x = np.zeros((2, 3))
    for y in x.reshape(3, 2), np.reshape(x, -1), x.T.reshape(-1), rows(x), rows(x):
        y += 1
    same(x, numpy.zeros((2, 3)))
    x += 1
    x.attach_grad()
    with autograd.record():
        y = (rows(x * x)[1:] * 3).sum()
    y.backward()
    same(x.grad, [[0, 6, 6], [6, 6, 6]])


@pytest.mark.parametrize("axes", [(2, 1, 0), (0, 2, 1)])
def test_a_turned_array_shares_memory_with_its_own_parts_only(axes):
    x = nd.zeros((2, 3, 4))
    turned = x.transpose(axes)
    flat = turned.reshape((-1,))
    x += 1
    same(flat, numpy.zeros(24))
    flat[:] = 2
    same(turned, numpy.full(turned.shape, 2))
    same(x, numpy.ones(x.shape))
    gradient = nd.zeros(turned.shape).transpose((2, 1, 0) if axes[0] else axes)
    autograd.mark_variables([x], [gradient])
    with autograd.record():
        y = (3 * x).sum()
    y.backward()
    same(gradient, numpy.full(x.shape, 3))


def test_products_and_broadcasting():
    a, b = nd.arange(6).reshape((2, 3)), nd.ones((2, 3))
    same(nd.dot(a, b, transpose_b=True), [[3, 3], [12, 12]])
    same(nd.dot(a, b.T), [[3, 3], [12, 12]])
    same(nd.dot(nd.array([1, 2]), nd.array([3, 4])), [11])
    stacked = nd.stack(a, b)
    assert nd.batch_dot(stacked, stacked, transpose_b=True).shape == (2, 2, 2)
    column = nd.array([[1], [2]])
    same(nd.broadcast_add(a, column), [[1, 2, 3], [5, 6, 7]])
    same(nd.broadcast_div(a, column), a.asnumpy() / [[1], [2]])
    same(nd.broadcast_greater(a, column), a.asnumpy() > [[1], [2]])
    same(nd.broadcast_to(column, shape=(2, 3)), [[1] * 3, [2] * 3])
    same(nd.broadcast_axis(column, axis=1, size=2), [[1, 1], [2, 2]])
    same(nd.add_n(b, b, b), numpy.full((2, 3), 3))
    same(nd.equal(a, 1), [[0, 1, 0], [0, 0, 0]])
    with pytest.raises(mx.MXNetError, match=r"\(2, 3\)"):
        nd.dot(a, b)


def test_arguments_by_name():
    x = nd.array([[1.0, -2.0]])
    same(nd.norm(data=x, ord=1, axis=1, keepdims=True), [[3]])
    same(nd.softmax(x * 4, axis=1, temperature=4), nd.softmax(data=x))
    same(nd.log_softmax(x * 4, temperature=4), nd.log_softmax(x))
    with numpy.errstate(all="ignore"):
        assert nd.isnan(nd.softmax(x, temperature=0)).sum() == 2
    same(nd.pick(x, nd.array([3]), mode="wrap"), [-2])
    same(nd.pick(x, nd.array([3]), mode="clip"), [-2])
    same(nd.pick(x, nd.array([-2]), mode="wrap"), [1])
    same(nd.eye(N=1, M=2), [[1, 0]])
    same(nd.cumsum(x, axis=1), [[1, -1]])
    same(nd.FullyConnected(x, nd.ones((1, 2)), no_bias=True, num_hidden=1, name="fc"), [[-1]])
    assert repr(init.create("constant", value=2)) == "Constant(value=2)"
    for leaky in (
        nd.LeakyReLU(data=x, act_type="leaky", slope=0.1),
        npx.leaky_relu(x, slope=0.1),
        nn.LeakyReLU(0.1)(x),
    ):
        same(leaky, [[1, -0.2]])
    assert repr(nn.LeakyReLU(0.1)) == "LeakyReLU(0.1)"
    with pytest.raises(ValueError, match="slope="):
        nd.LeakyReLU(x, 0.1)
    with pytest.raises(AssertionError, match="from 0 to 1, not -1"):
        nn.LeakyReLU(-1)
    with pytest.raises(ValueError, match=r"from 0 to 1.* slope=-0.1"):
        nd.LeakyReLU(x, slope=-0.1)
    with pytest.raises(ValueError, match="slope="):
        nd.LeakyReLU(x, slope=nd.array([0.1]))
    same(nd.relu(data=x), [[1, 0]])
    same(nd.broadcast_sub(lhs=x, rhs=nd.ones((1, 2))), [[0, -3]])
    same(nd.maximum(lhs=x, rhs=0), [[1, 0]])
    same(nd.softmax(data=x, axis=0), [[1, 1]])
    assert nd.expand_dims(data=x, axis=0).shape == (1, 1, 2)
    assert nd.swapaxes(x, dim1=0, dim2=1).shape == (2, 1)
    assert nd.repeat(data=x, repeats=3, axis=0).shape == (3, 2)
    assert nd.one_hot(indices=nd.array([1]), depth=3, dtype="int32").dtype == numpy.int32
    assert nd.Activation(data=x, act_type="relu").shape == (1, 2)
    same(nd.sum(data=x, axis=1), [-1])


def test_joining_and_cutting():
    x, y = nd.arange(6).reshape((2, 3)), nd.zeros((2, 3))
    assert nd.concat(x, y).shape == (2, 6)
    assert nd.concat(x, y, dim=0).shape == (4, 3)
    assert nd.stack(x, y, axis=1).shape == (2, 2, 3)
    assert nd.concat([x, y], dim=0).shape == (4, 3)
    same(nd.add_n([x, x]), x * 2)
    parts = nd.split(x, num_outputs=3, axis=1)
    same(parts[1], [[1], [4]])
    assert nd.split(x, 3, axis=1, squeeze_axis=True)[0].shape == (2,)
    with pytest.raises(mx.MXNetError, match="into 2 equal parts"):
        nd.split(x, 2, axis=1)
    same(nd.slice(x, begin=(0, 1), end=(1, 3)), [[1, 2]])
    same(nd.slice_axis(x, axis=1, begin=-1, end=None), [[2], [5]])
    same(x.reshape((3, -1)), [[0, 1], [2, 3], [4, 5]])
    assert x.reshape((0, -1, 1)).shape == (2, 3, 1)
    assert nd.reshape(x, shape=(-1,)).shape == (6,)
    assert x.expand_dims(0).shape == (1, 2, 3)
    assert nd.transpose(nd.ones((2, 3, 4)), axes=(1, 0, 2)).shape == (3, 2, 4)
    assert nd.tile(x, reps=(2, 1)).shape == (4, 3)
    same(nd.flip(x, axis=1)[0], [2, 1, 0])
    same(nd.repeat(nd.array([1, 2]), repeats=2), [1, 1, 2, 2])


@pytest.mark.parametrize("hybrid", [False, True])
def test_sequences_of_unequal_length_are_masked(hybrid):
    class Masked(nn.HybridBlock):
        def hybrid_forward(self, F, x, lengths):
            return F.SequenceMask(x, lengths, True, value=-1), npx.sequence_mask(
                x, lengths, use_sequence_length=True, axis=1
            )

    net = Masked()
    net.hybridize(hybrid)
    x, lengths = nd.ones((2, 2, 2)), nd.array([1, 2])
    x.attach_grad()
    for _ in range(2):
        with autograd.record():
            first, second = net(x, lengths)
        autograd.backward([first, second])
        same(first, [[[1, 1], [1, 1]], [[-1, -1], [1, 1]]])
        same(second, [[[1, 1], [0, 0]], [[1, 1], [1, 1]]])
        same(x.grad, [[[2, 2], [1, 1]], [[1, 1], [2, 2]]])
    same(nd.SequenceMask(x), x.asnumpy())


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize(
    ("function", "gradient"),
    [
        (lambda F, x: F.pick(x, F.array([1])) * 2, [0, 2, 0]),
        (lambda F, x: F.squeeze(F.expand_dims(F.sum(x * x), axis=0)), [2, 4, 6]),
        (lambda F, x: x.expand_dims(0).slice_axis(axis=1, begin=2, end=3).squeeze(), [0, 0, 1]),
        (lambda F, x: F.split(x, 3, axis=0, squeeze_axis=True)[0], [1, 0, 0]),
    ],
)
def test_one_number_of_the_legacy_dialect_has_an_axis(function, gradient, hybrid):
    net = nn.HybridLambda(function)
    net.hybridize(hybrid)
    x = nd.array([1, 2, 3])
    x.attach_grad()
    for _ in range(2):
        with autograd.record():
            y = net(x)
        assert y.shape == (1,)
        y.backward()
        same(x.grad, gradient)


def test_choosing_elements():
    x = nd.array([[3, 1, 2], [6, 5, 4]])
    same(nd.pick(x, nd.array([0, 2])), [3, 4])
    same(nd.pick(x, nd.array([[0], [2]]), keepdims=True), [[3], [4]])
    same(nd.take(x, nd.array([1, 0])), [[6, 5, 4], [3, 1, 2]])
    same(nd.take(nd.array([1, 2, 3]), nd.array([-1, 3])), [1, 3])
    same(nd.take(nd.array([1, 2, 3]), nd.array([-1, 3]), mode="wrap"), [3, 1])
    same(nd.one_hot(nd.array([0, 2]), 3), [[1, 0, 0], [0, 0, 1]])
    same(nd.argmax(x, axis=1), [0, 0])
    same(x.argmin(axis=0), [0, 0, 0])
    same(nd.topk(x, k=2), [[0, 2], [0, 1]])
    same(nd.topk(x, k=0), nd.topk(x, k=3))
    same(nd.topk(x, k=1, ret_typ="value", is_ascend=True), [[1], [4]])
    values, places = nd.topk(x, axis=0, k=1, ret_typ="both")
    same(values, [[6, 5, 4]])
    same(places, [[1, 1, 1]])
    same(nd.topk(x, k=1, ret_typ="mask"), [[1, 0, 0], [1, 0, 0]])
    assert nd.topk(x.astype("int32"), k=1, ret_typ="mask").dtype == numpy.int32
    same(nd.sort(x, axis=None, is_ascend=False), [6, 5, 4, 3, 2, 1])
    same(nd.argsort(x, axis=None, is_ascend=False), [3, 4, 5, 0, 2, 1])
    same(nd.sort(x), [[1, 2, 3], [4, 5, 6]])
    same(nd.argsort(x, is_ascend=False), [[0, 2, 1], [0, 1, 2]])
    same(nd.where(x > 3, x, nd.zeros_like(x)), [[0, 0, 0], [6, 5, 4]])
    same(nd.where(nd.array([1, 0]), x, -x), [[3, 1, 2], [-6, -5, -4]])  # by rows
    same(nd.clip(x, 2, 5), [[3, 2, 2], [5, 5, 4]])
    same(nd.norm(nd.array([3, 4])), [5])


def test_making_arrays():
    same(nd.arange(1, 7, 2), [1, 3, 5])
    same(nd.arange(2, repeat=2), [0, 0, 1, 1])
    same(nd.linspace(0, 1, 3), [0, 0.5, 1])
    same(nd.full((2,), 7), [7, 7])
    same(nd.eye(2), [[1, 0], [0, 1]])
    assert nd.zeros(3).shape == (3,)
    assert nd.zeros((1, 2), ctx=mx.cpu(), dtype="float64").dtype == numpy.float64
    assert nd.zeros((1, 2), mx.cpu(), "float64").dtype == numpy.float64  # by place
    assert nd.full((2,), 7, mx.cpu()).tolist() == nd.arange(7, 8, ctx=mx.cpu(), repeat=2).tolist()
    assert nd.empty((2, 2)).shape == (2, 2)
    assert nd.array([1.5]).astype("int32").asscalar() == 1


def test_arrays_are_saved_as_lists_and_dictionaries(tmp_path):
    file = str(tmp_path / "arrays")
    nd.save(file, nd.arange(3))
    (loaded,) = nd.load(file)
    same(loaded, [0, 1, 2])
    nd.save(file, [nd.ones((2,)), nd.zeros((1,))])
    first, second = nd.load(file)
    assert (first.shape, second.shape) == ((2,), (1,))
    nd.save(file, {"weight": nd.ones((2, 2)), "bias": nd.zeros((2,))})
    loaded = nd.load(file)
    assert sorted(loaded) == ["bias", "weight"]
    npx.save(file, {"w": np.ones((1,))})
    assert set(npx.load(file)) == {"w"}
    nd.waitall()


def test_numbers_of_numpy_leave_the_type_of_an_array_alone():
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        y = numpy.sqrt(2.0) * x / numpy.float64(2) - numpy.int64(1)
    y.backward()
    assert y.dtype == numpy.float32
    assert x.grad.dtype == numpy.float32
    assert nd.where(x > 1, x, numpy.float64(0)).dtype == numpy.float32
    assert nd.maximum(numpy.float64(0), x).dtype == numpy.float32
    assert (nd.ones((2,), dtype="float16") + numpy.float32(1)).dtype == numpy.float16

    class Scaled(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x * numpy.sqrt(2.0)

    net = Scaled()
    net.hybridize()
    assert [net(x).dtype for _ in range(2)] == [numpy.float32] * 2


def test_numpy_and_arrays_go_together():
    x = nd.array([[1, 2], [3, 4]])
    plain = x.asnumpy()
    assert type(plain) is numpy.ndarray
    plain[0, 0] = 9
    assert x[0, 0].asscalar() == 1
    same(x + numpy.ones((2, 2)), [[2, 3], [4, 5]])
    same(numpy.exp(x), numpy.exp(x.asnumpy()))
    assert float(x.sum()) == 10
    assert len(x) == 2
    assert x.size == 4
    assert x.asnumpy().mean() == x.mean().asscalar()
    with pytest.raises(ValueError, match="scalar"):
        x.asscalar()
    with pytest.raises(ValueError):
        bool(x)


def test_single_numbers_out_of_an_array_are_formatted():
    assert f"{nd.ones((1,)):.2f} {nd.array([1, 2])}".startswith("1.00 \n[1. 2.]")
    with pytest.raises(ValueError, match="not a scalar"):
        f"{nd.ones((2,)):.2f}"
    for x in (nd.ones((2, 2)).mean(), nd.ones((1, 1))):
        plain = x.asnumpy()
        assert f"{float(plain):.1f} %.1f %d" % (plain / 2, plain) == "1.0 0.5 1"
        assert (repr(nd.ones((1,)).asnumpy()), type(plain.sum())) == (
            "array([1.], dtype=float32)",
            numpy.float32,
        )
        assert type(plain + numpy.ones(3)) is type(numpy.array([plain])) is numpy.ndarray


def test_functions_of_numpy_that_are_not_recorded(modern):
    same(np.tril(np.ones((2, 2))), [[1, 0], [1, 1]])
    same(np.linalg.inv(2 * np.eye(2)), [[0.5, 0], [0, 0.5]])
    values, counts = np.unique(np.array([3, 1, 3]), return_counts=True)
    assert (values.tolist(), counts.tolist()) == ([1, 3], [1, 2])
    assert isinstance(values, np.ndarray)
    assert np.identity(2).dtype == np.float32  # in NumPy float64
    assert np.identity(2, dtype="float64").dtype == np.float64
    assert np.column_stack([np.ones(2, dtype="float64")] * 2).dtype == np.float64
    assert np.shape(np.ones((2, 3))) == (2, 3)
    x = np.ones((2,))
    x.attach_grad()
    with autograd.record(), pytest.raises(TypeError, match="diff is not recorded"):
        np.diff(x * 2)


@pytest.mark.parametrize("hybrid", [False, True])
def test_weights_are_made_of_parts_of_a_matrix(modern, hybrid):
    class Symmetric(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.weight = self.params.get("weight", shape=(2, 2))

        def hybrid_forward(self, F, x, weight):
            symmetric = F.np.triu(weight) + F.np.triu(weight, k=1).T
            return F.np.dot(x, np.roll(symmetric, 1, axis=0)) + F.np.diag(weight)

    net = Symmetric()
    net.initialize()
    net.weight.set_data(np.array([[1, 2], [3, 4]]))
    net.hybridize(hybrid)
    for _ in range(2):
        with autograd.record():
            y = net(np.array([[1, 10]]))
        same(y, [[2 + 10 + 1, 4 + 20 + 4]])
        y.backward()
        same(net.weight.grad(), [[11, 11], [0, 2]])
    with autograd.record():
        halves = np.hsplit(net.weight.data(), 2)
    same(halves[1], [[2], [4]])
    assert np.tril(np.ones((2, 2), dtype="int32")).dtype == numpy.int32


def test_sums_can_leave_out_what_is_not_a_number():
    w = nd.array([[2.0, 3.0], [4.0, 5.0]])
    w.attach_grad()
    with autograd.record():
        y = nd.nansum(w * nd.array([[1, numpy.nan], [3, 0]]), axis=1)
    same(y, [2, 12])
    y.backward()
    assert w.grad[1, 0].asscalar() == 3
    assert nd.nansum(w, axis=0, keepdims=True).shape == (1, 2)


def test_operations_under_the_names_of_older_programs():
    x = nd.array([[1, numpy.nan], [numpy.inf, 4]])
    same(nd.contrib.isnan(x) + nd.contrib.isinf(x), [[0, 1], [1, 0]])
    assert nd.isfinite(x).dtype == numpy.float32
    same(nd.reverse(nd.arange(4), axis=0), [3, 2, 1, 0])
    same(nd.max_axis(nd.array([[1, 2], [4, 3]]), axis=1), [2, 4])
    same(nd.elemwise_sum(nd.ones(2), nd.ones(2), nd.ones(2)), [3, 3])
    same(nd.MakeLoss(nd.ones(2)), [1, 1])
    same(nd.smooth_l1(nd.array([-3, 0.5, 1]), scalar=1.0), [2.5, 0.125, 0.5])
    same(nd.smooth_l1(nd.array([-3, 0.1]), scalar=2), [2.875, 0.02])
    with pytest.raises(AttributeError, match="'SoftmaxActivation': use softmax"):
        nd.SoftmaxActivation(x)
    with pytest.raises(AttributeError, match=r"'nothing'; dir\(d2lmini.nd\) lists"):
        nd.contrib.nothing(x)


def test_functions_are_called_as_the_layers_of_gluon_call_them():
    x = nd.array([[1, -2]])
    same(nd.SliceChannel(x, num_outputs=2, name="parts")[1], [[-2]])
    same(nd.LeakyReLU(x, act_type="leaky", slope=0.5, name="fwd"), [[1, -1]])
    same(nd.Dropout(x, p=0.5, axes=(), name="fwd", cudnn_off=False), x)
    sizes = {"input_dim": 1, "output_dim": 2, "dtype": "float32", "sparse_grad": False}
    same(nd.Embedding(nd.array([0]), x, name="fwd", **sizes), x)
    total = nd.add_n(x, nd.relu(x, name="positive"), name="total")
    both = nd.concat(total, nd.expand_dims(x[0], axis=0, name="row"), dim=0, name="both")
    same(nd.sum(nd.dot(both, x.T, name="products"), axis=0, name="sum"), [11])
    same(nd.broadcast_greater(x, nd.zeros((1, 1)), name="positive"), [[1, 0]])
    same(npx.fully_connected(x, x, no_bias=True, name="fwd"), [[5]])


def test_functions_of_numbers_are_numbers(modern):
    root = np.sqrt(16)
    assert (type(root), root) == (float, 4)
    assert np.maximum(2, numpy.int64(3)) == 3
    assert np.log(2) + 0 == pytest.approx(0.6931471805599453, abs=1e-15)
    x = np.array([8, 4])
    assert repr(x / np.sqrt(16)) == "array([2., 1.])"
    assert repr(x.sum() * np.exp(0)) == "array(12.)"
    assert repr(np.sqrt(16, out=np.zeros(()))) == "array(4.)"
    assert repr(np.sqrt(np.array(16))) == "array(4.)"


def test_arrays_without_axes_keep_their_shape_in_files(modern, tmp_path):
    npx.save(tmp_path / "x", np.array(2))
    assert repr(npx.load(tmp_path / "x")) == "[array(2.)]"


# Chance ----------------------------------------------------------------------------------------
def test_random_numbers_are_repeated_by_their_seed():
    def drawn():
        return [
            nd.random.uniform(shape=(2, 2)),
            nd.random.normal(0, 1, shape=(3,)),
            nd.random.randint(0, 10, shape=(5,)),
            nd.random.shuffle(nd.arange(5)),
            nd.random.randn(2, 2, ctx=mx.cpu()),
        ]

    mx.random.seed(7)
    first = drawn()
    mx.random.seed(7)
    for a, b in zip(first, drawn(), strict=True):
        same(a, b.asnumpy())
    uniform, normal, integers, shuffled, _ = first
    assert (uniform.dtype, integers.dtype) == (numpy.float32, numpy.int32)
    assert normal.shape == (3,)
    assert sorted(shuffled.asnumpy()) == [0, 1, 2, 3, 4]
    spread = nd.random.normal(nd.array([0, 100]), nd.array([1, 1]), shape=(50,))
    assert spread.shape == (2, 50)  # 50 numbers for each of the two distributions
    same(spread.mean(axis=1) > 50, [0, 1])


def test_random_numbers_of_the_modern_dialect(modern):
    np.random.seed(1)
    assert np.random.uniform(size=(2, 3)).shape == (2, 3)
    assert np.random.normal(0, 1, (2, 3)).shape == (2, 3)
    assert np.random.rand(2, 3).shape == (2, 3)
    x = np.arange(5)
    assert np.random.shuffle(x) is None
    assert sorted(x.asnumpy()) == [0, 1, 2, 3, 4]
    assert np.random.randint(0, 3, size=(4,)).shape == (4,)


@pytest.mark.parametrize("hybrid", [False, True])
def test_gradients_flow_through_normal_numbers_of_the_modern_dialect(modern, hybrid):
    class Sample(nn.HybridBlock):
        def hybrid_forward(self, F, mean, deviation):
            return F.np.random.normal(mean, deviation)

    sample, mean, deviation = Sample(), np.array([1, 2, 3]), np.array([1, 4, 9])
    for parameter in (mean, deviation):
        parameter.attach_grad()
    sample.hybridize(hybrid)
    np.random.seed(3)
    with autograd.record():
        drawn = sample(mean, deviation)
    drawn.backward()
    np.random.seed(3)
    noise = np.random.normal(size=3)
    same(drawn, mean.asnumpy() + deviation.asnumpy() * noise.asnumpy())
    same(mean.grad, [1, 1, 1])
    same(deviation.grad, noise)
    npx.reset_np()
    with autograd.record():
        constant = nd.random.normal(mean, deviation)
    with pytest.raises(mx.MXNetError, match="no recorded history"):
        constant.backward()
