"""Layers as programs of Gluon write and use them, eager and hybridized."""

import numpy
import pytest
from programs import same

import d2lmini as mx
from d2lmini import autograd, gluon, init, nd, np, npx
from d2lmini.gluon import nn


def test_a_layer_without_and_one_with_parameters():
    class CenteredLayer(nn.Block):
        def forward(self, x):
            return x - x.mean()

    class MyDense(nn.Block):
        def __init__(self, units, in_units, **kwargs):
            super().__init__(**kwargs)
            self.weight = self.params.get("weight", shape=(in_units, units))
            self.bias = self.params.get("bias", shape=(units,))

        def forward(self, x):
            linear = nd.dot(x, self.weight.data()) + self.bias.data()
            return nd.relu(linear)

    assert abs(CenteredLayer()(nd.array([1, 2, 3, 4, 5])).sum().asscalar()) < 1e-6
    net = nn.Sequential()
    net.add(MyDense(8, in_units=64), MyDense(1, in_units=8), CenteredLayer())
    net.initialize()
    assert net(nd.random.uniform(shape=(2, 64))).shape == (2, 1)
    assert net[0].params.keys() == {net[0].prefix + "weight", net[0].prefix + "bias"}
    assert repr(net[0]) == "MyDense(\n\n)"


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_hybrid_layer_learns_its_shape_from_an_operation(hybrid):
    class MyDense(nn.HybridBlock):
        def __init__(self, units, in_units=0, **kwargs):
            super().__init__(**kwargs)
            self._units = units
            with self.name_scope():
                self.weight = self.params.get(
                    "weight", shape=(units, in_units), init=init.One(), allow_deferred_init=True
                )
                self.bias = self.params.get("bias", shape=(units,), init="zeros")

        def hybrid_forward(self, F, x, weight, bias):
            return F.Activation(
                F.FullyConnected(x, weight, bias, num_hidden=self._units), act_type="relu"
            )

    net = nn.HybridSequential()
    net.add(MyDense(4), MyDense(2))
    net.initialize()
    if hybrid:
        net.hybridize()
    for _ in range(3):
        with autograd.record():
            y = net(nd.ones((2, 3)))
        y.backward()
        same(y, numpy.full((2, 2), 12))
        same(net[0].weight.grad(), numpy.full((4, 3), 4))
    assert net[0].weight.shape == (4, 3)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize(
    "product",
    [
        lambda F, x, weight: F.FullyConnected(x, weight, no_bias=True, num_hidden=4),
        lambda F, x, weight: F.dot(x, weight.T),
        lambda F, x, weight: F.dot(x, weight, transpose_b=True),
        lambda F, x, weight: np.dot(x, weight.T),
    ],
)
def test_a_hybrid_layer_learns_the_shape_of_a_weight_it_computes_with_first(product, hybrid):
    class Noisy(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            new = {"shape": (4, 0), "allow_deferred_init": True}
            self.mean = self.params.get("mean", init=init.One(), **new)
            self.spread = self.params.get("spread", init="zeros", **new)
            self.gain = self.params.get("gain", shape=(4, 1), init=init.Constant(2))

        def hybrid_forward(self, F, x, mean, spread, gain):
            weight = F.broadcast_mul(mean - 3 * F.exp(spread), gain)  # -4 everywhere
            weight = F.where(gain > 0, weight, 0 * weight)
            binary = F.BlockGrad(F.sign(weight) - weight) + weight.clip(-9, 9)
            weight = F.where(weight < 0, binary - 3, weight.astype("float32")) * (mean > 0)
            noise = F.random_normal_like(spread) + F.random.uniform_like(mean)
            weight = weight * F.broadcast_equal(lhs=noise, rhs=noise)
            weight = weight + F.Activation(spread, act_type="softrelu") * 0 * noise
            y = product(F, x, weight)
            return y, F.dot(x, weight.T), -weight, weight.sum()

    layer = Noisy()
    layer.initialize()
    if hybrid:
        layer.hybridize()
    for _ in range(3):
        with autograd.record():
            found = layer(nd.ones((2, 3)))
        autograd.backward(found)
        for y, wanted in zip(
            found, ([[-12] * 4] * 2, [[-12] * 4] * 2, [[4] * 3] * 4, [-48]), strict=True
        ):
            same(y, wanted)
        same(layer.mean.grad(), numpy.full((4, 3), 8))
        same(layer.spread.grad(), numpy.full((4, 3), -24))
        same(layer.gain.grad(), numpy.full((4, 1), -24))
    assert layer.mean.shape == layer.spread.shape == (4, 3)


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_hybrid_layer_with_a_forward_infers_its_shape(modern, hybrid):
    class Projection(nn.HybridBlock):
        def __init__(self, units):
            super().__init__()
            self.weight = gluon.Parameter("weight", shape=(units, -1), allow_deferred_init=True)
            self.bias = gluon.Parameter("bias", init="zeros", allow_deferred_init=True)

        def forward(self, x):
            weight, bias = self.weight.data(x.ctx), self.bias.data(x.ctx)
            return npx.fully_connected(x, weight, bias, num_hidden=weight.shape[0])

        def infer_shape(self, x, *args):
            self.weight.shape = (self.weight.shape[0], x.shape[1])
            self.bias.shape = self.weight.shape[:1]

    net = nn.HybridSequential()
    net.add(Projection(4))
    net.initialize(init.One())
    net.hybridize(hybrid)
    log = []
    net[0].register_forward_pre_hook(lambda block, inputs: log.append("before"))
    net[0].register_forward_hook(lambda block, inputs, output: log.append("after"))
    for i in range(3):
        with autograd.record():
            y = net(np.ones((2, 3)))
        y.backward()
        same(y, [[3] * 4] * 2)
        same(net[0].weight.grad(), [[2] * 3] * 4)
        if i == 0:  # later ones may be replayed without the layer
            assert log == ["before", "after"]
    with pytest.raises(mx.MXNetError):
        net(np.ones((2, 5)))
    waiting = Projection(2)
    waiting.infer_shape = lambda x: None
    waiting.initialize()
    with pytest.raises(gluon.parameter.DeferredInitializationError):
        waiting(np.ones((2, 3)))


def test_what_is_written_into_an_array_needs_its_shape_at_once():
    class Doubled(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.weight = self.params.get("weight", shape=(2, 0), allow_deferred_init=True)
            self.double = nd.zeros((2, 3))

        def hybrid_forward(self, F, x, weight):
            F.broadcast_add(weight, weight, out=self.double)
            return F.dot(x, self.double.T)

    layer = Doubled()
    layer.initialize()
    with pytest.raises(
        gluon.parameter.DeferredInitializationError, match=r"define Doubled\.infer_shape"
    ):
        layer(nd.ones((1, 3)))


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("in_units", [0, 4])
def test_a_layer_of_the_package_is_changed_by_a_class_made_from_it(hybrid, in_units):
    class NormDense(nn.Dense):
        def hybrid_forward(self, F, x, weight, bias=None):
            weight = F.broadcast_div(weight, F.norm(weight, axis=1, keepdims=True))
            return super().hybrid_forward(F, x, weight, bias)

    class Scaled(nn.Embedding):
        def hybrid_forward(self, F, x, weight):
            return super().hybrid_forward(F, x, weight) * 3

    class Shifted(nn.LayerNorm):
        def hybrid_forward(self, F, x, gamma, beta):
            return super().hybrid_forward(F, x, gamma, beta=beta) + 4

    class Doubled(nn.LayerNorm):
        def __init__(self):
            super().__init__()
            self.twice = self.params.get("twice", shape=(1,), init=init.Constant(2))

        def hybrid_forward(self, F, x, gamma, beta, twice):
            return super().hybrid_forward(F, x, twice * gamma, beta)

    class SideBySide(nn.HybridSequential):
        def hybrid_forward(self, F, x):
            return F.Concat(*[child(x) for child in self._children.values()], dim=1)

    net = SideBySide()
    net.add(NormDense(3, "relu", in_units=in_units), nn.Dense(2, in_units=in_units))
    net.add(nn.HybridLambda(lambda F, x: F.identity(x)))
    net.initialize(init.Constant(2))
    table, shifted, doubled = Scaled(3, 1), Shifted(), Doubled()
    table.initialize(init.One())
    shifted.initialize()
    doubled.initialize()
    if hybrid:
        net.hybridize()
        table.hybridize()
        shifted.hybridize()
        doubled.hybridize()
    for _ in range(3):
        same(doubled(nd.array([[1, 3]])), [[-2, 2]])
        same(shifted(nd.array([[1, 3]])), [[3, 5]])
        same(net(nd.ones((1, 4))), [[2, 2, 2, 8, 8, 1, 1, 1, 1]])
        same(table(nd.array([2])), [[3]])


def test_a_hybrid_net_gives_the_same_when_hybridized():
    class Net(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.hidden = nn.Dense(6)
                self.out = nn.Dense(2)
                self.scale = self.params.get("scale", shape=(6,), init=init.Constant(2))

        def hybrid_forward(self, F, x, scale):
            h = F.relu(self.hidden(x))
            h = F.broadcast_mul(h, scale) + F.mean(h, axis=1, keepdims=True)
            left, right = F.split(h, num_outputs=2, axis=1)
            h = F.concat(
                left, F.flip(right, axis=1), F.slice_axis(h, axis=1, begin=0, end=1), dim=1
            )
            return self.out(F.reshape(h, shape=(0, -1)))

    net = Net()
    net.initialize(init.Normal(0.5))
    x = nd.random.normal(shape=(4, 3))
    eager = net(x).asnumpy()
    net.hybridize()
    for _ in range(2):
        same(net(x), eager)
    assert net(x[:2]).shape == (2, 2)  # another batch size
    net.hybridize(active=False)
    same(net(x), eager)
    assert "(scale)" not in repr(net)


def test_a_hybrid_block_has_hybrid_children():
    net = nn.HybridSequential()
    with pytest.raises(ValueError, match="HybridBlock"):
        net.add(nn.Sequential())
    with pytest.raises(TypeError, match="Lambda"):
        net.add(nd.relu)


def test_functions_as_layers():
    net = nn.Sequential()
    net.add(
        nn.Lambda(lambda x: x * 2),
        nn.Lambda("tanh"),
        nn.HybridLambda(lambda F, x: F.square(x)),
        nn.HybridLambda("relu"),
        nn.Identity(),
    )
    net.initialize()
    same(net(nd.array([[0.5]])), [[numpy.tanh(1) ** 2]])


def test_layers_side_by_side():
    from d2lmini.gluon.contrib.nn import Concurrent, HybridConcurrent, Identity

    for kind in (Concurrent, HybridConcurrent):
        net = kind(axis=1)
        net.add(nn.Dense(2), Identity(), nn.Dense(3))
        net.initialize()
        if kind is Concurrent:
            with pytest.warns(UserWarning, match=rf"all blocks in {net.name} are hybrid.*Hybrid"):
                net.hybridize()
        net.hybridize(kind is HybridConcurrent)
        assert net(nd.ones((4, 5))).shape == (4, 10)


def test_dropout_only_while_training():
    layer = nn.Dropout(0.5)
    layer.initialize()
    x = nd.ones((100, 100))
    same(layer(x), x.asnumpy())
    with autograd.record():
        dropped = layer(x)
    assert set(numpy.unique(dropped.asnumpy())) == {0, 2}
    assert abs(dropped.mean().asscalar() - 1) < 0.1
    with autograd.record(train_mode=False):
        same(layer(x), x.asnumpy())
    with autograd.train_mode():
        assert (layer(x) == 0).sum().asscalar() > 0
    same(nd.Dropout(x, p=0.5), x.asnumpy())
    assert nd.Dropout(x, p=0.5, mode="always").asnumpy().max() == 2


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("layer", [nn.Dropout(0.5), nn.HybridLambda("stop_gradient")])
def test_what_a_layer_leaves_as_it_is_can_be_changed_in_place(layer, hybrid):
    class Twice(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def hybrid_forward(self, F, x):
            y = self.layer(x)
            y += 1
            return x + y

    net, x = Twice(), nd.ones((2,))
    net.hybridize(hybrid)
    layer.hybridize(hybrid)
    for _ in range(2):
        same(net(x), [3, 3])
        layer(x)[:] = 5
        same(x, [1, 1])


def test_batch_normalization_keeps_running_averages():
    layer = nn.BatchNorm(momentum=0.5)
    layer.initialize()
    x = nd.array([[0.0, 10.0], [2.0, 30.0]])
    with autograd.record():
        y = layer(x)
    same(y, [[-1, -1], [1, 1]], 1e-3)
    same(layer.running_mean.data(), [0.5, 10])
    same(layer.running_var.data(), [0.5 + 0.5, 0.5 + 50])
    same(layer(x)[0], (numpy.array([0, 10]) - [0.5, 10]) / numpy.sqrt([1, 50.5]), 1e-3)
    assert list(layer.collect_params()) == [
        layer.prefix + name for name in ("gamma", "beta", "running_mean", "running_var")
    ]
    assert layer.running_mean.grad_req == "null"


def test_layer_norm_embedding_and_flatten():
    norm = nn.LayerNorm()
    norm.initialize()
    same(norm(nd.array([[1, 2, 3]])), [[-1.2247356, 0, 1.2247356]], 1e-4)
    embedding = nn.Embedding(5, 3, weight_initializer=init.Uniform(1))
    embedding.initialize()
    words = nd.array([[1, 2], [4, 1]])
    with autograd.record():
        vectors = embedding(words)
    vectors.backward()
    assert vectors.shape == (2, 2, 3)
    same(vectors[0, 0], embedding.weight.data()[1].asnumpy())
    same(embedding.weight.grad().sum(axis=1), [0, 6, 3, 0, 3])
    assert nn.Flatten()(nd.ones((2, 3, 4))).shape == (2, 12)
    dense = nn.Dense(5, flatten=False)
    dense.initialize()
    assert dense(nd.ones((2, 3, 4))).shape == (2, 3, 5)


def test_a_residual_block_keeps_its_layers_in_a_list_of_children():
    class Residual(nn.Block):
        def __init__(self, depth, **kwargs):
            super().__init__(**kwargs)
            self.layers = [nn.Dense(3, in_units=3) for _ in range(depth)]
            for layer in self.layers:
                self.register_child(layer)

        def forward(self, x):
            for layer in self.layers:
                x = x + nd.relu(layer(x))
            return x

    net = Residual(2)
    net.initialize(init.Zero())
    same(net(nd.array([[1, 2, 3]])), [[1, 2, 3]])
    assert len(net.collect_params()) == 4
    assert repr(net).startswith("Residual(\n  (0): Dense(3 -> 3, linear)\n  (1): Dense")


def test_attention_in_a_hybrid_block():
    class Attention(nn.HybridBlock):
        def __init__(self, width, **kwargs):
            super().__init__(**kwargs)
            self._width = width
            with self.name_scope():
                self.query = nn.Dense(width, flatten=False, use_bias=False)
                self.key = nn.Dense(width, flatten=False, use_bias=False)
                self.value = nn.Dense(width, flatten=False)
                self.norm = nn.LayerNorm()

        def hybrid_forward(self, F, x):
            scores = F.batch_dot(self.query(x), self.key(x), transpose_b=True)
            weights = F.softmax(scores / numpy.sqrt(self._width), axis=-1)
            return self.norm(x + F.batch_dot(weights, self.value(x)))

    net = Attention(8, prefix="att_")
    net.initialize(init.Xavier())
    x = nd.random.normal(shape=(2, 5, 8))
    eager = net(x).asnumpy()
    assert eager.dtype == numpy.float32
    net.hybridize()
    for _ in range(2):
        same(net(x), eager)
    assert list(net.collect_params(".*weight")) == [f"att_dense{i}_weight" for i in range(3)]


def test_a_hybrid_block_of_the_modern_dialect_draws_anew(modern):
    class Noisy(nn.HybridBlock):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self._units = units
            self.weight = self.params.get("weight", shape=(units, -1), allow_deferred_init=True)
            self.bias = self.params.get("bias", shape=(units,), init="zeros")

        def hybrid_forward(self, F, x, weight, bias):
            y = F.npx.fully_connected(x, weight, bias, num_hidden=self._units)
            return F.np.exp(y) + F.random.normal(0, 1, shape=(1, self._units))

    net = Noisy(4)
    net.initialize()
    net.hybridize()
    x = np.ones((2, 3))
    first, second, third = (net(x).asnumpy() for _ in range(3))
    assert net.weight.shape == (4, 3)
    assert (first != second).any()
    assert (second != third).any()
    same((second - third)[0], (second - third)[1])  # one draw for all rows


def test_a_hybrid_block_asks_what_it_computes_with():
    kinds = []

    class Shifted(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            kinds.append(type(x).__name__)
            if F is mx.ndarray:
                return x + F.ones((x.shape[0], 1)) * F.sparse.sum(x)
            assert F is mx.sym and isinstance(x, mx.symbol.Symbol)
            return x + F.np.sum(x)

    net = Shifted()
    same(net(nd.array([[1, 2]])), [[4, 5]])
    net.hybridize()
    same(net(nd.array([[1, 2]])), [[4, 5]])
    assert kinds == ["NDArray", "Symbol"]
    net = nn.HybridLambda(lambda F, x: x * 2 if F is mx.nd else F.square(x))
    same(net(nd.array([3])), [6])
    net.hybridize()
    same(net(nd.array([3])), [9])


def test_a_class_beside_a_layer_brings_its_hybrid_forward():
    class Negative:
        def hybrid_forward(self, F, x, weight, bias):
            return super().hybrid_forward(F, x, -weight, bias)

    class NegativeDense(Negative, nn.Dense):
        pass

    layer = NegativeDense(1, weight_initializer="ones")
    layer.initialize()
    for _ in range(2):
        same(layer(nd.ones((1, 2))), [[-2]])


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_layer_with_noisy_weights_extends_dense(hybrid):
    class NoisyDense(nn.Dense):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            shape = (self._units, self._in_units)
            self.spread = self.params.get("spread", shape=shape, init="ones")

        def hybrid_forward(self, F, x, weight, spread, bias=None):
            noisy = weight + F.random.normal(shape=(2, 3)) * spread
            return super().hybrid_forward(F, x, weight=noisy, bias=bias)

    net = NoisyDense(2, in_units=3)
    net.initialize("zeros")
    net.hybridize(hybrid)
    mx.random.seed(1)
    drawn = [net(nd.array([[1, 0, 0]])) for _ in range(2)]
    mx.random.seed(1)
    same(nd.concat(*drawn, dim=0), [nd.random.normal(shape=(2, 3))[:, 0].asnumpy() for _ in drawn])


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_layer_of_cosines(hybrid):
    class Cosine(nn.HybridBlock):
        def __init__(self, units, in_units):
            super().__init__()
            self.weight = self.params.get("weight", shape=(units, in_units))

        def hybrid_forward(self, F, x, weight):
            x = F.L2Normalization(F.Flatten(x), mode="instance")
            w = F.L2Normalization(weight)
            y = F.FullyConnected(x, w, no_bias=True, num_hidden=2, name="cosine")
            return F.sum(F.concat(F.relu(y), -y, dim=1), axis=1)

    net = Cosine(2, 6)
    net.initialize()
    net.hybridize(hybrid)
    x = nd.random.uniform(shape=(3, 2, 3))
    a, b = x.asnumpy().reshape(3, 6), net.weight.data().asnumpy()
    a, b = (each / numpy.linalg.norm(each, axis=1, keepdims=True) for each in (a, b))
    for _ in range(2):
        same(net(x), (numpy.maximum(a @ b.T, 0) - a @ b.T).sum(1))
    channel = nd.L2Normalization(x, mode="channel")
    same((channel**2).sum(axis=1), numpy.ones((3, 3)))
    same((nd.L2Normalization(x, mode="spatial") ** 2).sum(axis=2), numpy.ones((3, 2)))
