"""Parameters as programs of Gluon make, start, share and save them."""

import copy
import json
from contextlib import contextmanager

import numpy
import pytest
from programs import mlp, same

import d2lmini as mx
from d2lmini import autograd, gluon, init, nd, npx
from d2lmini.gluon import nn


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


def test_a_default_initializer_that_is_called_itself_fills_every_parameter():
    class Pretrained(init.Initializer):
        def __init__(self, known):
            super().__init__()
            self.known = known

        def __call__(self, name, array):
            if name in self.known:
                array[:] = self.known[name]
            else:
                super().__call__(name, array)

        def _init_weight(self, _, array):
            array[:] = 9

    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(2), nn.Dense(1, weight_initializer="ones"))
    net.initialize(Pretrained({"net_dense0_bias": 5, "net_dense1_weight": 7}))
    net(nd.ones((1, 3)))
    values = [data.data()[0].asnumpy().tolist() for data in net.collect_params().values()]
    assert values == [[9] * 3, [5], [7, 7], [0]]
    init.One()(init.InitDesc("weight", {"__init__": "zeros"}), net[0].weight.data())
    assert net[0].weight.data().sum() == 0


def test_a_default_initializer_that_is_called_itself_has_a_name_too():
    class Eights(init.Initializer):
        def __call__(self, name, array):
            array[:] = 8

    layer = nn.Dense(1, in_units=1, weight_initializer="ones")
    layer.initialize("eights")
    assert layer.weight.data().item() == layer.bias.data().item() == 8


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
