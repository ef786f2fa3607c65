"""Programs as users of Gluon write them, in both dialects: they run with their imports changed."""

import copy
import json
from contextlib import contextmanager

import numpy
import pytest

import d2lmini as mx
from d2lmini import autograd, gluon, init, nd, np, npx
from d2lmini.gluon import data as gdata, loss as gloss, nn, utils


def same(array, expected, tolerance=1e-5):
    """Compare shape and values; lists and numbers stand for arrays."""
    found, wanted = numpy.asarray(array), numpy.asarray(expected)
    assert found.shape == wanted.shape
    numpy.testing.assert_allclose(found, wanted, rtol=tolerance, atol=1e-6)


def mlp(**settings):
    net = nn.Sequential(**settings)
    with net.name_scope():
        net.add(nn.Dense(8, activation="relu"), nn.Dense(3))
    return net


# Parameters ------------------------------------------------------------------------------------
def test_parameters_are_reached_through_the_layers():
    net = mlp(prefix="mlp_")
    net.initialize()
    net(nd.ones((2, 5)))
    assert net[0].weight.data().shape == (8, 5)
    assert net[-1].bias.data().sum().asscalar() == 0
    assert net[0].params["mlp_dense0_weight"] is net[0].weight
    assert net[1].params.get("bias") is net[1].bias
    assert net.collect_params()["mlp_dense1_bias"] is net[1].bias
    assert list(net.params) == []
    assert net[0].name == "mlp_dense0"
    assert net[0].prefix == "mlp_dense0_"


def test_regular_expressions_select_parameters():
    net = mlp(prefix="m_")
    assert list(net.collect_params(".*weight")) == ["m_dense0_weight", "m_dense1_weight"]
    assert list(net.collect_params("m_dense1_.*|.*0_bias")) == [
        *("m_dense0_bias", "m_dense1_weight", "m_dense1_bias"),
    ]
    assert len(net.collect_params("dense")) == 0  # matched from the beginning of the name
    net.collect_params(".*bias").setattr("grad_req", "null")
    assert net[0].bias.grad_req == "null"
    assert net[0].weight.grad_req == "write"


def test_a_parameter_dict_prints_its_parameters():
    net = nn.Dense(2, in_units=3, prefix="fc_")
    assert repr(net.collect_params()) == (
        "fc_ (\n"
        "  Parameter fc_weight (shape=(2, 3), dtype=float32)\n"
        "  Parameter fc_bias (shape=(2,), dtype=float32)\n"
        ")"
    )
    assert repr(gluon.ParameterDict()) == "(\n\n)"
    assert repr(net.collect_params().keys()) == "dict_keys(['fc_weight', 'fc_bias'])"
    assert repr(net.params.values()).startswith("dict_values([Parameter fc_weight")


def test_values_are_set_and_listed_by_device():
    layer = nn.Dense(2, in_units=2)
    layer.initialize(ctx=mx.cpu())
    layer.weight.set_data(nd.array([[1, 2], [3, 4]]))
    layer.bias.set_data(numpy.array([5, 6]))
    same(layer(nd.array([[1, 1]])), [[8, 13]])
    (data,) = layer.weight.list_data()
    (gradient,) = layer.weight.list_grad()
    assert data is layer.weight.data(mx.cpu(0))
    assert gradient is layer.weight.grad(mx.cpu())
    assert layer.weight.list_ctx() == [mx.cpu(0)]
    assert layer.collect_params().list_ctx() == [mx.cpu()]
    with pytest.raises(AssertionError, match="shape"):
        layer.weight.set_data(nd.ones((3, 3)))
    same(layer.weight.data(), [[1, 2], [3, 4]])


@pytest.mark.parametrize("hybridize", [False, True])
def test_an_array_put_into_the_list_of_data_is_computed_with(hybridize):
    """Weights that are drawn anew in every step, so that their distribution is learned."""
    net = nn.Dense(1, in_units=2, use_bias=False, weight_initializer="one")
    if hybridize:
        net.hybridize()
    net.initialize()
    x, center = nd.array([[1, 2]]), gluon.Parameter("center", shape=(1, 2), init="one")
    same(net(x), [[3]])
    center.initialize()
    for factor in (5, 7):
        with autograd.record():
            net.weight._data[0] = center.data() * factor
            y = net(x)
        y.backward()
        same(y, [[3 * factor]])
        same(center.grad(), [[factor, 2 * factor]])


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_deep_copy_of_a_net_is_a_net_of_its_own(hybridize):
    net = nn.HybridSequential()
    net.add(nn.Dense(3, activation="relu"), nn.BatchNorm(), nn.Dense(3, in_units=3))
    net.add(nn.Dense(3, in_units=3, params=net[2].params))
    waiting, x = copy.deepcopy(net), nd.random.normal(shape=(4, 2))
    if hybridize:
        net.hybridize()
    net.initialize()
    wanted = net(x) + net(x) - net(x)
    target = copy.deepcopy(net)
    same(target(x), wanted)
    assert target[2].weight is target[3].weight
    assert list(target.collect_params()) == list(net.collect_params())

    trainer = gluon.Trainer(target.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        loss = target(x).sum()
    loss.backward()
    trainer.step(1)
    same(net(x), wanted)
    assert (target(x) != wanted).sum().asscalar()
    if hybridize:
        assert "dense" in str(target.program)

    waiting.initialize()
    assert waiting(x).shape == (4, 3)
    frozen, weight = copy.deepcopy(net[1].running_mean), copy.copy(net[2].weight)
    same(frozen.data(), net[1].running_mean.data())
    assert frozen.grad_req == "null"
    assert weight.data() is net[2].weight.data()


@pytest.mark.parametrize("training", [False, True])
def test_batch_normalization_also_returns_what_it_normalized_with(training):
    x, mean, variance = nd.array([[1, 2], [3, 6]]), nd.array([1, 0]), nd.array([4, 4])
    x.attach_grad()
    with autograd.record(training):
        found = nd.BatchNorm(
            x, nd.ones(2), nd.zeros(2), mean, variance, eps=0, output_mean_var=True, cudnn_off=True
        )
        total = nd.add_n(*(y.sum() for y in found))
    same(found[1], [2, 4] if training else [1, 0])
    same(found[2], [1, 0.5] if training else [0.5, 0.5])
    same(found[0], (x - found[1]) * found[2])
    total.backward()
    same(x.grad, [[0, 0]] * 2 if training else [[0.5, 0.5]] * 2)  # none through the mean


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_layer_adds_noise_in_the_shape_of_its_input(hybridize):
    class Noise(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            ones = F.ones_like(x)
            drawn = [F.random.normal_like(x, scale=2), F.random_normal_like(x, loc=1)]
            drawn += [F.random.uniform_like(x, 3, 4), F.random_uniform_like(data=x, high=5)]
            return [x + noise for noise in (*drawn, F.sample_normal(mu=ones, sigma=2 * ones))]

    layer = Noise()
    if hybridize:
        layer.hybridize()
    for shape, dtype in (((2, 3), "float32"), ((4,), "float64")):
        x = nd.zeros(shape, dtype=dtype)
        for seed in (1, 2):
            mx.random.seed(seed)
            found = layer(x)
            mx.random.seed(seed)
            same(found[0], nd.random.normal(0, 2, shape))
            same(found[1], nd.random.normal(1, 1, shape))
            same(found[2], nd.random.uniform(3, 4, shape))
            same(found[3], nd.random.uniform(0, 5, shape))
            same(found[4], nd.random.normal(1, 2, shape))
            assert all(noise.dtype == numpy.dtype(dtype) for noise in found[:4])


@contextmanager
def switched_off():
    autograd.set_recording(False)
    yield
    autograd.set_recording(True)


@pytest.mark.parametrize("pause", [autograd.pause, switched_off])
def test_a_forward_replaces_a_state_that_it_has_computed_with(pause):
    """As spectral normalization does with its estimate of a singular vector."""

    class Following(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.scale = self.params.get("scale", shape=(2,), init="ones", differentiable=False)

        def forward(self, x):
            y = x * self.scale.data()
            with pause():
                self.scale.set_data(y + 1)
            return y

    net, x = Following(), nd.array([2, 3])
    net.initialize()
    state = net.scale.data()
    x.attach_grad()
    with autograd.record():
        y = net(x) + net(x)
    y.backward()
    same(x.grad, [4, 5])  # the first scale and the second
    same(state, [7, 13])


def test_a_hybridized_block_computes_with_a_frozen_weight_that_was_replaced():
    layer, x = nn.Dense(1, in_units=2, use_bias=False, weight_initializer="one"), nd.ones((1, 2))
    layer.initialize()
    layer.collect_params().setattr("grad_req", "null")
    layer.hybridize()
    array = numpy.asarray(layer.weight.data())
    for weight in ([[1, 1]], [[2, 3]], [[4, 5]]):
        layer.weight.set_data(weight)
        for _ in range(2):
            same(layer(x), [[sum(weight[0])]])
        assert array.tolist() == weight  # written into, so that nothing is compiled again


def test_data_is_changed_in_place():
    layer = nn.Dense(2, in_units=2, use_bias=False)
    layer.initialize(init.One())
    layer.weight.data()[0, 1] = 42
    layer.weight.data()[:] += 1
    same(layer.weight.data(), [[2, 43], [2, 2]])


def test_a_parameter_of_its_own():
    weight = gluon.Parameter("weight", shape=(2, 2), init="ones", lr_mult=2, wd_mult=0.5)
    with pytest.raises(RuntimeError, match=r"weight.*initialize"):
        weight.data()
    weight.initialize(ctx=mx.cpu())
    with autograd.record():
        loss = (weight.data() * nd.array([[1, 2], [3, 4]])).sum()
    loss.backward()
    same(weight.grad(), [[1, 2], [3, 4]])
    weight.zero_grad()
    same(weight.grad(), numpy.zeros((2, 2)))
    weight.cast("float64")
    assert weight.data().dtype == numpy.float64
    assert repr(weight) == "Parameter weight (shape=(2, 2), dtype=float64)"
    with pytest.raises(AssertionError, match="grad_req"):
        weight.grad_req = "sometimes"


def test_a_parameter_without_a_type_holds_float32():
    class Scale(nn.HybridBlock):
        def __init__(self, dtype=None):
            super().__init__()
            self.rate = self.params.get("rate", shape=(2,), init="ones", dtype=dtype)

        def hybrid_forward(self, F, x, rate):
            return x * rate

    net = Scale()
    net.initialize()
    assert net.rate.dtype == numpy.float32
    assert net(nd.ones((3, 2))).dtype == numpy.float32


def test_a_dictionary_of_parameters_makes_shares_and_saves(tmp_path):
    params = gluon.ParameterDict("net_")
    weight = params.get("w", shape=(2, 3), init="ones")
    assert params.get("w", shape=(2, 3)) is weight
    with pytest.raises(AssertionError, match="net_w"):
        params.get("w", shape=(3, 3))
    mean = params.get_constant("mean", nd.array([1, 2]))
    assert params.get_constant("mean") is mean
    params.initialize()
    assert "net_w" in params
    assert set(params.keys()) == {"net_w", "net_mean"}
    params.save(tmp_path / "p", strip_prefix="net_")

    other = gluon.ParameterDict("other_")
    other.get("w", shape=(2, 3))
    other.get("mean", shape=(2,))
    other.load(tmp_path / "p", ctx=mx.cpu(), restore_prefix="other_")
    same(other["other_w"].data(), numpy.ones((2, 3)))
    same(other["other_mean"].data(), [1, 2])

    small = gluon.ParameterDict("small_")
    small.get("w", shape=(2, 3))
    with pytest.raises(AssertionError, match=r"mean.*ignore_extra"):
        small.load(tmp_path / "p", restore_prefix="small_")
    small.load(tmp_path / "p", restore_prefix="small_", ignore_extra=True)
    with pytest.raises(KeyError, match="missing"):
        params["missing"]


def test_parameters_in_a_list_are_saved_by_their_names(tmp_path):
    class Powers(nn.Block):
        def __init__(self, count, **kwargs):
            super().__init__(**kwargs)
            self.factors = [self.params.get(f"c{i}", shape=(1,)) for i in range(count)]

        def forward(self, x):
            return nd.add_n(*(c.data() * x**i for i, c in enumerate(self.factors)))

    net, other, x = Powers(3), Powers(3), nd.array([1, 2])
    net.initialize(init.One())
    same(net(x), [3, 7])
    net.save_parameters(tmp_path / "powers")
    assert sorted(nd.load(tmp_path / "powers")) == ["c0", "c1", "c2"]
    other.load_parameters(tmp_path / "powers")
    same(other(x), [3, 7])

    layer = nn.Dense(1, in_units=2)
    del layer.weight
    layer.weight = layer.params.get("replacement", shape=(1, 2), init="ones")
    layer.initialize()
    layer.save_parameters(tmp_path / "layer")
    same(nd.load(tmp_path / "layer")["weight"], [[1, 1]])


def test_a_constant_is_made_of_a_number(modern):
    for shape in ((), (1,)):
        one = gluon.Constant("one", 1)
        one.initialize()
        assert one.data().shape == one.shape == shape
        assert one.data().item() == 1
        npx.reset_np()


def test_constants_are_saved_but_never_trained():
    class Centered(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.mean = self.params.get_constant("mean", nd.array([[1.0, 2.0]]))

        def forward(self, x):
            return x - self.mean.data()

    net = Centered()
    net.initialize()
    same(net(nd.array([[3, 3]])), [[2, 1]])
    assert isinstance(net.mean, gluon.Constant)
    with pytest.warns(UserWarning, match="mean is a Constant"):
        net.collect_params().setattr("grad_req", "add")
    assert net.mean.grad_req == "null"
    with pytest.raises(RuntimeError, match="mean"):
        net.mean.grad()
    with pytest.raises(KeyError):
        net.params.get_constant("variance")
    with pytest.raises(AssertionError):
        net.params.get_constant("mean", nd.array([[0.0, 0.0]]))
    gluon.Trainer(net.collect_params(), "sgd").step(1)


# Initialization --------------------------------------------------------------------------------
def test_initializers_by_name_class_and_instance():
    mx.random.seed(3)
    for given, check in {
        "zeros": lambda w: (w == 0).all(),
        "ones": lambda w: (w == 1).all(),
        "normal": lambda w: 0 < abs(w).max() < 0.1,
        "uniform": lambda w: 0.03 < abs(w).max() <= 0.07,
        "xavier": lambda w: 0.1 < abs(w).max() <= (3 / 20) ** 0.5,
        init.Zero: lambda w: (w == 0).all(),
        init.Constant(7): lambda w: (w == 7).all(),
        init.Normal(sigma=5): lambda w: abs(w).max() > 5,
        init.Uniform(scale=2): lambda w: 1 < abs(w).max() <= 2,
        init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2): lambda w: w.std() < 0.5,
        mx.init.MSRAPrelu(): lambda w: w.std() > 0.1,
    }.items():
        layer = nn.Dense(20, in_units=20)
        layer.initialize(given)
        assert check(layer.weight.data().asnumpy()), given
        assert layer.bias.data().asnumpy().tolist() == [0] * 20
    with pytest.raises(AssertionError, match="nonsense"):
        nn.Dense(2, in_units=2).initialize("nonsense")
    with pytest.raises(ValueError, match="Xavier"):
        gluon.Parameter("b", shape=(2,)).initialize(init.Xavier())


def test_an_initializer_is_written_as_json_and_made_again():
    assert init.Uniform(0.5).dumps() == '["uniform", {"scale": 0.5}]'
    for made in (init.Zero(), init.Xavier("gaussian"), mx.init.MSRAPrelu(slope=0.1)):
        name, settings = json.loads(made.dumps())
        assert repr(init.create(name, **settings)) == repr(made)


def test_an_initializer_of_ones_own():
    class Large(init.Initializer):
        def _init_weight(self, name, data):
            names.append((str(name), data.shape))
            data[:] = nd.random.uniform(low=-10, high=10, shape=data.shape)
            data *= data.abs() >= 5

    names = []
    net = mlp(prefix="my_")
    net.initialize(Large())
    assert names == []  # the shapes are not known before the first forward
    net(nd.ones((1, 4)))
    assert names == [("my_dense0_weight", (8, 4)), ("my_dense1_weight", (3, 8))]
    values = net[0].weight.data().abs().asnumpy()
    assert ((values == 0) | (values >= 5)).all()
    assert values.max() > 5


def test_an_initializer_is_called_by_hand():
    array = nd.zeros((2, 3))
    for name in ("fc_weight", init.InitDesc("fc_weight", attrs={"lr_mult": "2"})):
        init.Constant(3)(name, array)
        same(array, [[3] * 3] * 2)
        array[:] = 0
    assert (name, name.attrs) == ("fc_weight", {"lr_mult": "2"})


def test_a_registered_initializer_is_known_by_name():
    @init.register
    class Fives(init.Initializer):
        def _init_weight(self, _, array):
            array[:] = 5

    layer = nn.Dense(1, in_units=2, weight_initializer="fives", bias_initializer=init.One())
    layer.initialize(init.Zero())
    same(layer(nd.array([[1, 1]])), [[11]])


def test_a_class_of_ones_own_does_not_take_the_place_of_one_of_ours():
    class Zeros(init.Initializer):
        def _init_weight(self, _, array):
            array[:] = 5

    class SGD(mx.optimizer.Optimizer):
        pass

    class Accuracy(mx.metric.EvalMetric):
        pass

    layer = nn.Dense(1, in_units=2, weight_initializer=Zeros())
    layer.initialize()
    same(layer(nd.array([[1, 1]])), [[10]])  # the bias is zero
    assert type(mx.optimizer.create("sgd")) is mx.optimizer.SGD
    assert type(mx.metric.create("accuracy")) is mx.metric.Accuracy


def test_mixed_initializers_go_by_name():
    net = mlp(prefix="net_")
    net.initialize(init.Mixed([".*dense0_weight", ".*"], [init.One(), init.Constant(2)]))
    net(nd.ones((1, 2)))
    assert net[0].weight.data().asnumpy().max() == 1
    assert net[1].weight.data().asnumpy().min() == 2


def test_the_order_of_precedence_of_initializers():
    layer = nn.Dense(2, in_units=2, weight_initializer=init.Constant(1))
    layer.initialize(init.Constant(2))
    assert layer.weight.data()[0, 0].asscalar() == 1
    layer.weight.initialize(init.Constant(3), force_reinit=True)
    assert layer.weight.data()[0, 0].asscalar() == 3
    net = mlp()
    net.initialize()
    net[0].weight.initialize(init=init.Xavier(), force_reinit=True)
    net[1].initialize(init=init.Constant(42), force_reinit=True)
    net(nd.ones((1, 4)))
    assert net[1].weight.data()[0, 0].asscalar() == 42


def test_shapes_are_deferred_until_the_first_forward():
    net = mlp(prefix="d_")
    assert net[0].weight.shape == (8, 0)
    assert repr(net[0]) == "Dense(None -> 8, Activation(relu))"
    with pytest.raises(RuntimeError, match="d_dense0_weight"):
        net(nd.ones((1, 4)))
    net.initialize()
    with pytest.raises(gluon.parameter.DeferredInitializationError, match="d_dense0_weight"):
        net[0].weight.data()
    with pytest.raises(gluon.parameter.DeferredInitializationError):
        net[0].weight.grad()
    assert net[0].weight.list_ctx() == [mx.cpu()]
    net(nd.ones((1, 4)))
    assert net[0].weight.shape == (8, 4)
    assert repr(net[0]) == "Dense(4 -> 8, Activation(relu))"
    with pytest.raises(mx.base.MXNetError, match=r"\(8, 4\).*\(1, 5\)"):
        net(nd.ones((1, 5)))
    with pytest.raises(ValueError, match="shape"):
        gluon.Parameter("w", shape=(2, 0)).initialize()


def test_initializing_twice_warns_and_changes_nothing():
    layer = nn.Dense(2, in_units=2, use_bias=False)
    layer.initialize(init.One())
    with pytest.warns(UserWarning, match="weight.*force_reinit=True"):
        layer.initialize(init.Constant(2))
    assert layer.weight.data()[0, 0].asscalar() == 1
    layer.initialize(init.Constant(2), force_reinit=True)
    assert layer.weight.data()[0, 0].asscalar() == 2
    layer.collect_params().initialize(init=init.Constant(3), ctx=mx.cpu(), force_reinit=True)
    assert layer.weight.data()[0, 0].asscalar() == 3


# Sharing ---------------------------------------------------------------------------------------
def test_tied_layers_have_one_parameter():
    shared = nn.Dense(8, activation="relu")
    net = nn.Sequential()
    net.add(nn.Dense(8), shared, nn.Dense(8, activation="relu", params=shared.params), nn.Dense(2))
    net.initialize()
    x = nd.random.uniform(shape=(2, 20))
    net(x)
    assert net[1].weight is net[2].weight
    net[1].weight.data()[0, 0] = 100
    same(net[1].weight.data() == net[2].weight.data(), numpy.ones((8, 8)))
    assert len(net.collect_params()) == 6
    with autograd.record():
        loss = net(x).sum()
    loss.backward()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    before = net[1].weight.data().copy()
    gradient = net[1].weight.grad().copy()
    trainer.step(1)  # once, although the parameter stands in two layers
    same(net[2].weight.data(), before - 0.1 * gradient, 1e-4)
    listed = [net[1].weight, net[2].weight]  # nor when it is listed twice
    with autograd.record():
        loss = net(x).sum()
    loss.backward()
    before, gradient = net[1].weight.data().copy(), net[1].weight.grad().copy()
    gluon.Trainer(listed, "sgd", {"learning_rate": 0.1}).step(1)
    same(net[2].weight.data(), before - 0.1 * gradient, 1e-4)


def test_a_layer_that_is_used_twice_adds_its_gradients():
    layer = nn.Dense(1, in_units=1, use_bias=False, weight_initializer=init.Constant(3))
    layer.initialize()
    with autograd.record():
        y = layer(layer(nd.array([[2]])))
    y.backward()
    same(layer.weight.grad(), [[12]])


def test_a_net_takes_the_parameters_of_another():
    first = mlp(prefix="net_")
    first.initialize()
    second = mlp(prefix="net_", params=first.collect_params())
    x = nd.ones((1, 4))
    same(first(x), second(x).asnumpy())
    assert second[1].bias is first[1].bias


# Blocks ----------------------------------------------------------------------------------------
def test_names_in_nested_scopes():
    class Net(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.body = nn.Sequential()
                with self.body.name_scope():
                    self.body.add(nn.Dense(2), nn.Dense(2))
                self.head = nn.Dense(1)
            self.outside = nn.Dense(1, prefix="outside_")

        def forward(self, x):
            return self.outside(self.head(self.body(x)))

    net = Net(prefix="model_")
    assert list(net.collect_params(".*weight")) == [
        "model_sequential0_dense0_weight",
        "model_sequential0_dense1_weight",
        "model_dense0_weight",
        "outside_weight",
    ]
    assert list(nn.Dense(1, prefix="").collect_params()) == ["weight", "bias"]


def test_blocks_print_as_a_tree():
    class Net(nn.Block):
        def __init__(self):
            super().__init__()
            self.hidden = nn.Dense(4, activation="tanh", in_units=3)
            self.rest = nn.HybridSequential()
            self.rest.add(nn.Dropout(0.5), nn.Flatten(), nn.BatchNorm())

    assert repr(Net()) == (
        "Net(\n"
        "  (hidden): Dense(3 -> 4, Activation(tanh))\n"
        "  (rest): HybridSequential(\n"
        "    (0): Dropout(p = 0.5, axes=())\n"
        "    (1): Flatten\n"
        "    (2): BatchNorm(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, "
        "use_global_stats=False, in_channels=None)\n"
        "  )\n"
        ")"
    )
    assert repr(nn.Sequential()) == "Sequential(\n\n)"
    assert repr(nn.LayerNorm(scale=False)) == (
        "LayerNorm(eps=1e-05, axis=-1, center=True, scale=False, in_channels=0)"
    )
    assert repr(nn.Embedding(10, 4)) == "Embedding(10 -> 4, float32)"
    assert repr(gloss.L2Loss()) == "L2Loss(batch_axis=0, w=1.0)"
    assert repr(nn.Lambda("tanh")) == "Lambda(tanh)"


def test_sequences_are_indexed_sliced_and_nested():
    inner = nn.Sequential()
    inner.add(nn.Dense(4, activation="relu"), nn.Dense(4))
    net = nn.Sequential()
    net.add(inner)
    net.add(nn.Dense(2), nn.Dense(1))
    net.initialize()
    x = nd.random.normal(shape=(3, 5))
    assert net(x).shape == (3, 1)
    assert len(net) == 3
    assert [type(block).__name__ for block in net] == ["Sequential", "Dense", "Dense"]
    assert net[0][1] is inner[1]
    tail = net[1:]
    assert isinstance(tail, nn.Sequential)
    assert tail[0] is net[1]
    same(tail(inner(x)), net(x).asnumpy())
    with pytest.raises(IndexError):
        net[3]


def test_attributes_and_children():
    class Net(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.layer = nn.Dense(2)
            self.register_child(nn.Dense(3), "extra")

    net = Net()
    assert len(net.collect_params()) == 4
    with pytest.raises(TypeError, match="layer"):
        net.layer = 5

    class Forgetful(nn.Block):
        def __init__(self):
            self.layer = nn.Dense(2)

    with pytest.raises(AttributeError, match="super"):
        Forgetful()

    class Listed(nn.Block):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Dense(2), nn.Dense(2)]

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    listed = Listed()
    with pytest.warns(UserWarning, match="unregistered container"):
        listed.initialize()
    with pytest.warns(UserWarning, match="layers"), pytest.raises(RuntimeError):
        listed(nd.ones((1, 2)))


def test_a_parameter_of_a_block_is_not_replaced():
    layer, other = nn.Dense(2, in_units=2), nn.Dense(2, in_units=2)
    with pytest.raises(AssertionError, match=r"weight.*params="):
        layer.weight = other.weight
    layer.weight = layer.params.get("weight")  # the same one


def test_hooks_see_inputs_and_outputs_until_detached():
    net = mlp()
    net.initialize()
    seen = []
    before = net[0].register_forward_pre_hook(lambda block, inputs: seen.append(inputs[0].shape))
    after = net[1].register_forward_hook(lambda block, inputs, output: seen.append(output.shape))
    net(nd.ones((2, 4)))
    assert seen == [(2, 4), (2, 3)]
    before.detach()
    after.detach()
    net(nd.ones((2, 4)))
    assert len(seen) == 2


def test_apply_visits_children_first():
    names = []
    net = mlp(prefix="a_")
    assert net.apply(lambda block: names.append(block.name)) is net
    assert names == ["a_dense0_relu", "a_dense0", "a_dense1", "a"]

    def freeze(block):
        if isinstance(block, nn.Dense):
            block.bias.grad_req = "null"

    net.apply(freeze)
    assert net[0].bias.grad_req == "null"


def test_a_net_is_cast():
    net = mlp()
    net.initialize()
    net.cast("float64")
    y = net(nd.ones((1, 4), dtype="float64"))
    assert y.dtype == numpy.float64
    net.cast(numpy.float32)
    assert net(nd.ones((1, 4))).dtype == numpy.float32


def test_a_summary_counts_parameters(capsys):
    net = mlp()
    net.initialize()
    net.summary(nd.ones((2, 4)))
    text = capsys.readouterr().out
    assert "(2, 8)" in text
    assert "Dense" in text
    assert str(4 * 8 + 8 + 8 * 3 + 3) in text


def test_saving_and_loading(tmp_path):
    file = str(tmp_path / "net.params")
    net = mlp()
    net.initialize(init.Normal(1))
    x = nd.random.uniform(shape=(2, 4))
    y = net(x)
    net.save_parameters(file)
    clone = mlp()
    clone.load_parameters(file, ctx=mx.cpu())  # shapes come from the file
    same(clone(x), y.asnumpy())
    deeper = mlp()
    deeper.add(nn.Dense(1, in_units=3))
    with pytest.raises(AssertionError, match=r"2\.weight"):
        deeper.load_parameters(file)
    deeper.load_parameters(file, allow_missing=True)
    with pytest.raises(ValueError, match=r"1\.weight"):
        net[0:1].load_parameters(file)
    wide = nn.Sequential()
    wide.add(nn.Dense(9, in_units=4), nn.Dense(3, in_units=9))
    wide.initialize(init.One())
    with pytest.raises(AssertionError, match=r"\(8, 4\).*\(9, 4\)"):
        wide.load_parameters(file)
    assert wide[1].weight.data().asnumpy().min() == 1


# Custom layers ---------------------------------------------------------------------------------
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


# Losses and training ---------------------------------------------------------------------------
def test_losses_with_weights():
    pred, label = nd.array([[1.0, 2.0], [3.0, 4.0]]), nd.array([[0.0, 0.0], [3.0, 2.0]])
    same(gloss.L2Loss()(pred, label), [1.25, 1])
    same(gloss.L2Loss(weight=2)(pred, label), [2.5, 2])
    same(gloss.L2Loss()(pred, label, nd.array([[1], [0]])), [1.25, 0])
    same(gloss.L2Loss(batch_axis=1)(pred, label), [0.25, 2])
    same(gloss.L1Loss()(pred, label), [1.5, 1])
    same(gloss.HuberLoss(rho=1)(pred, label), [1, 0.75])
    same(gloss.L2Loss()(pred.reshape((-1,)), label), [0.5, 2, 0, 2])
    cross = gloss.SoftmaxCrossEntropyLoss()
    expected = -nd.log_softmax(pred).pick(nd.array([0, 1])).asnumpy()
    same(cross(pred, nd.array([0, 1])), expected)
    same(cross(pred, nd.array([0, 1]), nd.array([2, 0])), expected * [2, 0])
    same(cross(pred, nd.array([[0], [1]])), expected)  # labels in a column
    dense = gloss.SoftmaxCrossEntropyLoss(sparse_label=False)
    same(dense(pred, nd.one_hot(nd.array([0, 1]), 2)), expected)
    sigmoid = gloss.SigmoidBinaryCrossEntropyLoss()
    same(sigmoid(nd.array([[0.0]]), nd.array([[1.0]])), [numpy.log(2)])


def test_losses_made_from_those_of_the_package():
    class Doubled(gloss.L2Loss):
        def hybrid_forward(self, F, pred, label, sample_weight=None):
            return 2 * super().hybrid_forward(F, pred, label, sample_weight)

    class LogCosh(gloss.Loss):
        def hybrid_forward(self, F, pred, label, sample_weight=None):
            label = gloss._reshape_like(F, label, pred)
            loss = F.log(F.cosh(pred - label))
            loss = gloss._apply_weighting(F, loss, self._weight, sample_weight)
            return F.mean(loss, axis=self._batch_axis, exclude=True)

    pred, label = nd.array([[1, 2], [3, 4]]), nd.array([1, 2, 3, 5])
    doubled, log_cosh = Doubled(), LogCosh(weight=3)
    for i in range(3):
        same(doubled(pred, label), [0, 0.5])
        same(log_cosh(pred, label, nd.array([[1], [2]])), [0, 3 * numpy.log(numpy.cosh(1))])
        if i == 0:
            doubled.hybridize()
            log_cosh.hybridize()


def test_linear_regression_from_scratch():
    true_w, true_b = nd.array([2, -3.4]), 4.2
    features = nd.random.normal(scale=1, shape=(500, 2))
    labels = true_w[0] * features[:, 0] + true_w[1] * features[:, 1] + true_b
    labels += nd.random.normal(scale=0.01, shape=labels.shape)

    w = nd.random.normal(scale=0.01, shape=(2, 1))
    b = nd.zeros(shape=(1,))
    w.attach_grad()
    b.attach_grad()

    def batches(size):
        order = numpy.random.RandomState(0).permutation(len(features))
        for i in range(0, len(order), size):
            chosen = nd.array(order[i : i + size])
            yield features.take(chosen), labels.take(chosen)

    for _ in range(4):
        for x, y in batches(10):
            with autograd.record():
                y_hat = nd.dot(x, w) + b
                loss = (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
            loss.backward()
            for param in [w, b]:
                param[:] = param - 0.03 * param.grad / 10
    same(w, true_w.reshape((2, 1)).asnumpy(), 0.02)
    same(b, [true_b], 0.02)
    final = ((nd.dot(features, w) + b - labels.reshape((-1, 1))) ** 2).mean().asscalar()
    assert final < 1e-3


def test_softmax_regression_and_a_recurrent_net_from_scratch():
    weight = nd.random.normal(scale=0.01, shape=(4, 3))
    weight.attach_grad()
    x, y = nd.random.normal(shape=(6, 4)), nd.array([0, 1, 2, 0, 1, 2])

    def loss():
        scores = nd.dot(x, weight).exp()
        return -nd.pick(scores / scores.sum(axis=1, keepdims=True), y).log()

    before = loss().mean().asscalar()
    for _ in range(20):
        with autograd.record():
            batch = loss()
            batch.backward()  # inside the scope is as good as after it
        weight[:] -= 0.1 * weight.grad
    assert loss().mean().asscalar() < before

    w_x, w_h, b = nd.random.normal(shape=(4, 3)), nd.random.normal(shape=(3, 3)), nd.zeros(3)
    for parameter in (w_x, w_h, b):
        parameter.attach_grad()
    with autograd.record():
        h, outputs = nd.zeros((1, 3)), []
        for row in x:
            h = nd.tanh(nd.dot(row.reshape((1, -1)), w_x) + nd.dot(h, w_h) + b)
            outputs.append(h)
        total = (nd.concat(*outputs, dim=0) ** 2).sum()
    total.backward()
    assert all(parameter.grad.norm().asscalar() > 0 for parameter in (w_x, w_h, b))


def test_frozen_layers_stay_as_they_are():
    net = mlp()
    net.initialize()
    net(nd.ones((1, 4)))
    net[0].collect_params().setattr("grad_req", "null")
    frozen, trained = net[0].weight.data().copy(), net[1].weight.data().copy()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1})
    with autograd.record():
        losses = [net(nd.ones((1, 4)) * i) for i in range(1, 3)]
    autograd.backward(losses)
    trainer.step(1)
    same(net[0].weight.data(), frozen.asnumpy())
    assert (net[1].weight.data() != trained).sum().asscalar() > 0


def test_linear_regression_in_few_lines():
    features = nd.random.normal(scale=1, shape=(300, 2))
    labels = nd.dot(features, nd.array([[2.0], [-3.4]])) + 4.2
    loader = gdata.DataLoader(gdata.ArrayDataset(features, labels), 10, shuffle=True)
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize(init.Normal(sigma=0.01))
    loss = gloss.L2Loss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.03})
    for _ in range(5):
        for x, y in loader:
            with autograd.record():
                batch_loss = loss(net(x), y)
            batch_loss.backward()
            trainer.step(10)
    assert loss(net(features), labels).mean().asnumpy() < 1e-3
    same(net[0].weight.data(), [[2, -3.4]], 0.02)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_softmax_regression_learns(optimizer):
    x = nd.random.normal(shape=(200, 4))
    y = nd.argmax(nd.dot(x, nd.random.normal(shape=(4, 3))), axis=1)
    net = nn.HybridSequential()
    net.add(nn.Dense(3))
    net.initialize(init=init.Normal(sigma=0.01))
    net.hybridize()
    loss = gloss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), optimizer, {"learning_rate": 0.1, "wd": 1e-4})
    for _ in range(15):
        total = 0.0
        for features, labels in gdata.DataLoader(gdata.ArrayDataset(x, y), batch_size=20):
            with autograd.record():
                batch = loss(net(features), labels).sum()
            batch.backward()
            trainer.step(features.shape[0])
            total += batch.asscalar()
    accuracy = (net(x).argmax(axis=1) == y.astype("float32")).mean().asscalar()
    assert accuracy > 0.9
    assert total / 200 < 0.5


def test_a_trainer_changes_its_rate_and_keeps_its_state(tmp_path):
    def trained(steps, trainer, layer):
        for _ in range(steps):
            with autograd.record():
                loss = (layer(nd.array([[1.0, 2.0]])) - 3) ** 2
            loss.backward()
            trainer.step(1)
        return layer.weight.data().asnumpy()

    settings = {"learning_rate": 0.01, "momentum": 0.9, "multi_precision": False}
    layer = nn.Dense(1, in_units=2, weight_initializer="ones")
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), "sgd", settings)
    assert trainer.learning_rate == 0.01
    trainer.set_learning_rate(0.02)
    assert trainer.learning_rate == 0.02
    trained(3, trainer, layer)
    trainer.save_states(str(tmp_path / "trainer"))
    layer.save_parameters(str(tmp_path / "layer"))
    expected = trained(2, trainer, layer)

    again = nn.Dense(1, in_units=2)
    again.load_parameters(str(tmp_path / "layer"))
    resumed = gluon.Trainer(again.collect_params(), "sgd", settings)
    resumed.load_states(str(tmp_path / "trainer"))
    assert resumed.learning_rate == 0.02
    same(trained(2, resumed, again), expected)


def test_what_a_trainer_is_given():
    net = mlp()
    with pytest.raises(ValueError, match="collect_params"):
        gluon.Trainer(nn.Dense(2), "sgd")
    with pytest.raises(ValueError, match="nonsense"):
        gluon.Trainer(net.collect_params(), "nonsense")
    assert gluon.Trainer(net.collect_params(), "sgd").learning_rate == 0.01
    assert gluon.Trainer(net.collect_params(), "adam").learning_rate == 0.001
    typed = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": "0.5"})
    assert typed.learning_rate == 0.5  # as from a command line
    sgd = mx.optimizer.SGD(learning_rate=0.5, momentum=0.9)
    assert gluon.Trainer(net.collect_params(), sgd).learning_rate == 0.5
    adam = mx.optimizer.create("adam", learning_rate=0.25)
    assert gluon.Trainer(net.collect_params(), adam).optimizer is adam


def test_stale_gradients_and_multipliers():
    used, unused = nn.Dense(1, in_units=1), nn.Dense(1, in_units=1)
    for layer in (used, unused):
        layer.initialize(init.One())
    parameters = used.collect_params()
    parameters.update(unused.collect_params())
    trainer = gluon.Trainer(parameters, "sgd", {"learning_rate": 1})
    used.bias.lr_mult = 0
    with autograd.record():
        y = used(nd.array([[2.0]]))
    y.backward()
    with pytest.raises(UserWarning, match=unused.weight.name):
        trainer.step(1)
    y = None
    with autograd.record():
        y = used(nd.array([[2.0]]))
    y.backward()
    before = used.weight.data().asscalar()
    trainer.step(2, ignore_stale_grad=True)
    assert used.weight.data().asscalar() == before - 1
    assert used.bias.data().asscalar() == 0
    assert unused.weight.data().asscalar() == 1


def test_gradients_add_up_over_batches():
    net = mlp()
    net.initialize()
    net(nd.ones((1, 4)))
    for parameter in net.collect_params().values():
        parameter.grad_req = "add"
    x = nd.random.normal(shape=(2, 4))
    for _ in range(2):
        with autograd.record():
            loss = net(x).sum()
        loss.backward()
    twice = net[1].bias.grad().copy()
    same(twice, [4, 4, 4])
    net.collect_params().zero_grad()
    same(net[1].bias.grad(), [0, 0, 0])


def test_gradients_are_clipped_and_batches_split():
    arrays = [nd.array([3.0]), nd.array([[4.0]])]
    assert utils.clip_global_norm(arrays, 1) == pytest.approx(5)
    same(arrays[1], [[0.8]])
    assert utils.clip_global_norm(arrays, 2, check_isfinite=False).asscalar() == pytest.approx(1)
    halves = utils.split_data(nd.arange(6).reshape((6, 1)), 2)
    same(halves[1], [[3], [4], [5]])
    for devices in ([mx.cpu()], mx.cpu()):
        (batch,) = utils.split_and_load(nd.ones((4, 2)), devices)
        assert batch.shape == (4, 2)
    with pytest.raises(ValueError, match="evenly"):
        utils.split_data(nd.ones((5, 1)), 2)


def test_shapes_are_inferred_without_a_forward():
    net = nn.HybridSequential()
    net.add(nn.Dense(3), nn.BatchNorm(), nn.Dense(2))
    net.initialize()
    net.infer_shape(nd.ones((2, 5)))
    assert net[0].weight.data().shape == (3, 5)
    assert net[2].weight.shape == (2, 3)
    same(net[1].running_mean.data(), [0, 0, 0])


def test_data_sets_and_loaders():
    x, y = nd.arange(10).reshape((5, 2)), nd.arange(5)
    dataset = gdata.ArrayDataset(x, y)
    assert len(dataset) == 5
    features, label = dataset[1]
    same(features, [2, 3])
    assert float(label) == 1
    loader = gdata.DataLoader(dataset, batch_size=2, shuffle=False, last_batch="keep")
    assert [len(batch[0]) for batch in loader] == [2, 2, 1]
    assert len(loader) == 3
    assert len(gdata.DataLoader(dataset, 2, last_batch="discard")) == 2
    seen = sorted(v for _, b in gdata.DataLoader(dataset, 2, shuffle=True) for v in b.asnumpy())
    assert seen == [0, 1, 2, 3, 4]
    doubled = dataset.transform_first(lambda features: features * 2)
    same(doubled[1][0], [4, 6])
    odd = doubled.filter(lambda example: example[1] % 2)
    assert [float(label) for _, label in odd] == [1, 3]
    assert [list(dataset.shard(3, i).transform(lambda _, y: y)) for i in range(3)] == [
        [0, 1],
        [2, 3],
        [4],
    ]
    assert len(dataset.take(9)) == len(dataset.take(None)) == 5
    (first,) = gdata.DataLoader(dataset.take(3).sample([2, 0]), 2)
    same(first[0], [[4, 5], [0, 1]])
    with pytest.raises(IndexError):
        list(dataset.sample([7]))
    (ids,) = gdata.DataLoader(gdata.SimpleDataset([3_000_000_000, 1]), 2)
    assert ids.tolist() == [3_000_000_000, 1]


# Autograd --------------------------------------------------------------------------------------
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


# The modern dialect and the rest ---------------------------------------------------------------
def test_a_program_of_the_modern_dialect(modern):
    class MLP(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.hidden = nn.Dense(16)
            self.out = nn.Dense(2)

        def forward(self, x):
            return self.out(npx.relu(self.hidden(x)))

    net = MLP()
    net.initialize()
    x = np.random.uniform(size=(8, 4))
    y = np.argmax(np.concatenate([x[:, :1], x[:, 1:2]], axis=1), axis=1)
    assert net.hidden.weight.shape == (16, -1)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.05})
    loss = gloss.SoftmaxCrossEntropyLoss()
    for _ in range(40):
        with autograd.record():
            batch = loss(net(x), y)
        batch.backward()
        trainer.step(8)
    assert float(batch.mean()) < 0.3
    assert npx.softmax(net(x)).sum(axis=1).shape == (8,)
    assert npx.is_np_array()


def test_devices_are_named_and_a_missing_one_is_found_out():
    assert npx.random.seed is mx.random.seed
    assert repr(mx.cpu()) == "cpu(0)"
    assert mx.cpu() == mx.cpu(0) == mx.Context("cpu")
    assert mx.context.num_gpus() == 0
    assert mx.current_context() == mx.cpu()
    with mx.cpu(0):
        x = nd.ones((1,))
    assert x.context == mx.cpu()
    assert x.as_in_context(mx.cpu()) is x
    try:
        device = mx.gpu()
        nd.zeros((1,), ctx=device)
    except mx.base.MXNetError:
        device = mx.cpu()
    assert device == mx.cpu()
    nn.Dense(1).initialize(ctx=[mx.cpu()])
    with pytest.raises(mx.MXNetError, match="one device"):
        nn.Dense(1).initialize(ctx=[mx.cpu(0), mx.cpu(1)])


def test_helpers_for_tests_compare_arrays_and_find_no_gpu():
    device = mx.gpu() if mx.test_utils.list_gpus() else mx.cpu()
    x = nd.arange(3, ctx=device)
    mx.test_utils.assert_almost_equal(x, x.asnumpy() + 1e-6)
    assert mx.test_utils.almost_equal(x.asnumpy(), x, rtol=0, atol=0)
    assert mx.test_utils.same(x, nd.array([0, 1, 2])) and not mx.test_utils.same(x, x + 1)
    with pytest.raises(AssertionError, match="ours and theirs"):
        mx.test_utils.assert_almost_equal(x, x + 0.01, names=("ours", "theirs"))
    with pytest.raises(AttributeError, match=r"'get_mnist': use gluon\.data\.vision\.Digits"):
        mx.test_utils.get_mnist()


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


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_parameter_of_ones_own_computes_its_data(hybrid):
    class Positive(gluon.Parameter):
        def data(self, ctx=None):
            return super().data(ctx).abs()

    class Scaled(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.scale = Positive("scale", shape=(2,), init=init.Constant(-2))

        def hybrid_forward(self, F, x, scale):
            weight = self.scale.data() if F is mx.nd else self.scale.var()
            return x * scale + 0 * weight

    net = Scaled()
    net.initialize()
    net.hybridize(hybrid)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1})
    with autograd.record():
        loss = net(nd.array([1, 3]))
    same(loss, [2, 6])
    loss.backward()
    same(net.scale.grad(), [-1, -3])
    trainer.step(1)
    same(net.scale._data[0], [-1, 1])

    shared = gluon.ParameterDict("dense_")
    shared["dense_weight"] = Positive("dense_weight", shape=(1, 2), init=init.Constant(-1))
    layer = nn.Dense(1, params=shared)
    layer.initialize()
    layer.hybridize(hybrid)
    for shape in ((1, 2), (1, 2), (1, 2, 1)):
        same(layer(nd.ones(shape)), [[2]])


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


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("from d2lmini.symbol import Variable", "hybridize()"),
        ("from d2lmini.gluon import rnn", "calls its layers once for each step"),
        ("from d2lmini import kv", "gluon.Trainer"),
        ("from d2lmini.util import np_shape", "set_np"),
        ("from d2lmini.gluon.data import batchify", "batchify_fn"),
        ("from d2lmini.ndarray import softmin", "softmax"),
        ("from d2lmini.npx import masked_softmax", "where"),
        ("from d2lmini.numpy_extension import reshape", r"x\.reshape"),
        ("import d2lmini.viz", r"d2lmini has no 'viz': use net\.summary"),
        ("from d2lmini.gluon.model_zoo.vision import alexnet", "a net of your own"),
        ("from d2lmini.gluon.data.vision.transforms import ToTensor", "transform_first"),
        ("from d2lmini.nn import Linear", r"nn\.Dense"),
    ],
)
def test_an_import_of_what_is_left_out_tells_what_to_use(line, instead):
    with pytest.raises(ImportError, match=instead):
        exec(line)


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


def test_a_program_copies_weights_by_their_place_in_the_net(tmp_path):
    net, other = mlp(), mlp()
    for each in net, other:
        each.initialize()
    net(nd.ones((1, 4)))
    places = net._collect_params_with_prefix()
    assert list(places) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert places.get("1.bias") is net[1].bias
    assert places.get("2.bias") is None
    values = {place: parameter._reduce() for place, parameter in places.items()}
    for place, parameter in other._collect_params_with_prefix().items():
        parameter._load_init(values[place], ctx=mx.cpu())
    same(other(nd.ones((1, 4))), net(nd.ones((1, 4))))
    assert other[0].weight.data() is not net[0].weight.data()
    nd.save(tmp_path / "p", values)
    other.load_parameters(tmp_path / "p")


def test_a_metric_as_gluon_subclasses_it():
    @mx.metric.register
    @mx.metric.alias("hits")
    class HitsOf(mx.metric.EvalMetric):
        def __init__(self, name="hits", output_names=None, label_names=None):
            super().__init__(name, output_names, label_names=label_names, k=1)

        def update(self, labels, preds):
            labels, preds = mx.metric.check_label_shapes(labels, preds, True)
            for label, pred in zip(labels, preds, strict=True):
                mx.metric.check_label_shapes(label, pred, shape=True)
                self.sum_metric += (label == pred).sum().asscalar()
                self.num_inst += label.size

    hits = mx.metric.create("hits")
    hits.update(nd.array([1, 2]), nd.array([1, 3]))
    hits.update([nd.array([1, 2])], [nd.array([1, 2])])
    assert hits.get() == ("hits", 0.75)
    assert isinstance(mx.metric.create("hitsof"), HitsOf)
    with pytest.raises(ValueError, match=r"labels of shape \(2,\) and predictions of shape \(1,\)"):
        hits.update(nd.array([1, 2]), nd.array([1]))
    with pytest.raises(ValueError, match="got 0 arrays of labels and 1 of"):
        mx.metric.check_label_shapes([], [nd.ones(2)])


def test_arrays_without_axes_keep_their_shape_in_files(modern, tmp_path):
    npx.save(tmp_path / "x", np.array(2))
    assert repr(npx.load(tmp_path / "x")) == "[array(2.)]"


def test_a_program_computes_in_a_context_made_of_another():
    with mx.Context(mx.cpu()) as ctx:
        assert nd.ones(2).context == ctx == mx.cpu()
    with pytest.raises(AttributeError, match=r"'gather_nd': use x\[rows, columns\]"):
        nd.gather_nd(nd.ones((2, 2)), nd.array([[0], [1]]))
    with pytest.raises(AttributeError, match=r"'datasets': use gluon\.data\.vision\.Digits"):
        gdata.vision.datasets.FashionMNIST(train=True)
    with pytest.raises(AttributeError, match=r"'pad': use nd\.concat with zeros"):
        nd.pad(nd.ones((1, 1, 1, 2)), mode="constant", pad_width=(0, 0, 0, 0, 0, 0, 0, 1))


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
