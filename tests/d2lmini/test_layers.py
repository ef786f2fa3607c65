"""Layers, parameters and initializers: what they compute, and when their shapes are fixed."""

import threading
from functools import partial
from unittest import mock

import numpy
import pytest
from d2lmini.gluon.parameter import DeferredInitializationError

from d2lmini import autograd, gluon, init, models, nd, nn, np, npx


def initialized(layer, *args):
    layer.initialize()
    return layer, layer(*args) if args else None


def test_dense_computes_the_affine_map():
    layer, y = initialized(nn.Dense(3, activation="sigmoid"), nd.ones((2, 4)))
    w, b = layer.weight.data().asnumpy(), layer.bias.data().asnumpy()
    expected = 1 / (1 + numpy.exp(-(numpy.ones((2, 4)) @ w.T + b)))
    numpy.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-6)


def test_dense_flattens_or_works_on_the_last_axis():
    x = nd.ones((2, 3, 4))
    assert initialized(nn.Dense(5), x)[1].shape == (2, 5)
    layer, y = initialized(nn.Dense(5, flatten=False), x)
    assert (y.shape, layer.weight.shape) == ((2, 3, 5), (5, 4))
    layer, y = initialized(nn.Dense(5, use_bias=False, in_units=12), x)
    assert layer.bias is None and y.shape == (2, 5)
    assert initialized(nn.Dense(2), nd.ones((3,)))[1].shape == (3, 2)


def test_a_matrix_is_stored_by_columns():
    layer, _ = initialized(nn.Dense(3, in_units=4))
    layer.cast("float64")
    for array in (layer.weight.data(), layer.weight.grad()):
        assert numpy.asarray(array).flags.f_contiguous
        assert not numpy.asarray(array).flags.c_contiguous


def test_a_deferred_parameter_is_created_at_the_first_forward():
    layer, _ = initialized(nn.Dense(3))
    with pytest.raises(DeferredInitializationError):
        layer.weight.data()
    layer.bias.data()  # its shape is known
    layer(nd.ones((2, 7)))
    assert layer.weight.shape == (3, 7)
    assert layer.weight.data().shape == layer.weight.grad().shape == (3, 7)


def test_setting_a_deferred_parameter_fixes_its_shape():
    layer, _ = initialized(nn.Dense(2))
    layer.weight.set_data(nd.ones((2, 3)))
    assert layer(nd.ones((1, 3))).tolist() == [[3, 3]]
    with pytest.raises(AssertionError, match=r"\(2, 3\)"):
        layer.weight.set_data(nd.ones((3, 3)))
    with pytest.raises(AssertionError, match="initialize"):
        gluon.Parameter("w", shape=(2,)).set_data(nd.ones((2,)))


def test_an_interrupted_initialization_is_done_again(monkeypatch):
    layer = nn.Dense(1, in_units=2)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(nd.NDArray, "attach_grad", mock.Mock(side_effect=KeyboardInterrupt))
        layer.initialize()
    layer.initialize()
    assert layer.weight.grad().shape == (1, 2)


def test_whose_initializer_wins():
    net = nn.Sequential()
    net.add(nn.Dense(1, in_units=1, weight_initializer=init.Constant(7)), nn.Dense(1, in_units=1))
    net.initialize(init=init.Constant(3))
    assert [layer.weight.data().item() for layer in net] == [7, 3]
    assert net[1].bias.data().item() == 0
    net[0].weight.initialize(init=init.Constant(5), force_reinit=True)
    assert net[0].weight.data().item() == 5


def test_own_initializer_is_called_with_name_and_array():
    seen = []

    class Mine(init.Initializer):
        def _init_weight(self, name, array):
            seen.append((name, array.shape))
            array[:] = nd.random.uniform(-10, 10, array.shape)
            array *= array.abs() >= 5

    net = nn.Sequential()
    net.add(nn.Dense(4, in_units=3), nn.Dense(2))
    net.initialize(Mine())
    assert seen == [(net[0].weight.name, (4, 3))]
    net(nd.ones((1, 3)))
    assert seen[1:] == [(net[1].weight.name, (2, 4))]
    values = numpy.abs(net[0].weight.data().asnumpy())
    assert ((values == 0) | (values >= 5)).all()


def test_initializers_have_the_spread_they_promise():
    def drawn(initializer, shape=(200, 300)):
        parameter = gluon.Parameter("w", shape=shape)
        parameter.initialize(init=initializer)
        return parameter.data().asnumpy()

    assert numpy.abs(drawn(init.Uniform(0.5))).max() == pytest.approx(0.5, rel=1e-3)
    assert drawn(init.Normal(2)).std() == pytest.approx(2, rel=0.02)
    bound = (3 * 2 / 500) ** 0.5
    assert numpy.abs(drawn("xavier")).max() == pytest.approx(bound, rel=1e-3)
    gaussian = init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2)
    assert drawn(gaussian).std() == pytest.approx((2 / 300) ** 0.5, rel=0.02)
    assert drawn(init.MSRAPrelu(slope=0)).std() == pytest.approx((2 / 250) ** 0.5, rel=0.02)
    assert (drawn("ones") == 1).all() and (drawn(init.Zero) == 0).all()
    assert drawn(init.Constant([1, 2]), (2,)).tolist() == [1, 2]


def test_mixed_initializers_and_reprs():
    mixed = init.Mixed(["bias", ".*"], [init.One(), "zeros"])
    for name, expected in (("bias", 1), ("weight", 0)):
        parameter = gluon.Parameter(name, shape=(1,))
        parameter.initialize(init=mixed)
        assert parameter.data().item() == expected
    with pytest.raises(ValueError, match="no pattern"):
        init.Mixed(["bias"], ["ones"])("weight", nd.ones((1,)))
    with pytest.raises(ValueError, match="2 patterns"):
        init.Mixed(["a", "b"], ["ones"])
    assert repr(init.Normal(0.5)) == "Normal(sigma=0.5)"
    with pytest.raises(NotImplementedError, match="_init_weight"):
        init.Initializer()("w", nd.ones((1,)))

    class Returning(init.Initializer):
        def _init_weight(self, name, array):
            return nd.ones(array.shape)

    for given in (Returning(), init.Mixed([".*"], [Returning()])):
        with pytest.raises(TypeError, match=r"Returning._init_weight returned a NDArray: write"):
            nn.Dense(1, in_units=2, weight_initializer=given).initialize()
    with pytest.raises(ValueError, match="rnd_type"):
        init.Xavier("cauchy")
    with pytest.raises(ValueError, match="factor_type"):
        init.Xavier(factor_type="sum")


def test_dropout_only_while_training():
    layer = nn.Dropout(0.5)
    x = nd.ones((100,))
    assert layer(x).tolist() == x.tolist()
    with autograd.record():
        assert set(layer(x).tolist()) == {0, 2}
        integers = layer(nd.ones((100,), dtype="int32"))
        assert set(nn.Dropout(1)(x).tolist()) == {0}
    assert set(integers.tolist()) == {0, 2} and integers.dtype == numpy.float32
    for wrong in (1.1, "0.5", None):
        with pytest.raises(ValueError, match=f"rate must be from 0 to 1, not {wrong!r}"):
            nn.Dropout(wrong)


@pytest.mark.parametrize("axes", [1, (1,), [-1], numpy.int64(1)])
def test_dropout_keeps_or_drops_what_lies_along_an_axis(axes):
    with autograd.record():
        assert {*map(tuple, nn.Dropout(0.5, axes)(nd.ones((100, 2))).tolist())} == {(0, 0), (2, 2)}
        with pytest.raises(ValueError, match=r"no axis 2 in .* \(3, 2\)"):
            nn.Dropout(0.5, axes=2)(nd.ones((3, 2)))


def test_a_layer_that_two_threads_call_at_once_is_initialized_once():
    started, threads = [], []

    class Slow(init.Initializer):
        def _init_weight(self, name, array):
            started.append(name)
            if len(started) == 1:
                threads.append(threading.Thread(target=layer, args=(nd.ones((1, 3)),)))
                threads[0].start()
                threads[0].join(0.1)

    layer = nn.Dense(2, weight_initializer=Slow())
    layer.initialize()
    layer(nd.ones((1, 3)))
    threads[0].join()
    assert started == [layer.weight.name]


def test_batch_norm_does_not_round_to_the_integers_it_is_given():
    layer = nn.BatchNorm(in_channels=2)
    layer.initialize()
    pixels = nd.array([[0, 200], [100, 0]], dtype="uint8")
    for hybrid in (False, True, True):
        layer.hybridize(hybrid)
        with autograd.record():
            y = layer(pixels)
        numpy.testing.assert_allclose(y.asnumpy(), [[-1, 1], [1, -1]], rtol=1e-3)


def test_batch_norm_uses_the_batch_in_training_and_averages_otherwise():
    layer = nn.BatchNorm(momentum=0.5)
    x = nd.random.normal(3, 2, (64, 4))
    layer.initialize()
    layer(x)
    with autograd.record():
        y = layer(x)
    numpy.testing.assert_allclose(y.mean(axis=0).asnumpy(), 0, atol=1e-5)
    numpy.testing.assert_allclose(y.asnumpy().std(0), 1, atol=1e-4)
    mean, var = layer.running_mean.data().asnumpy(), layer.running_var.data().asnumpy()
    numpy.testing.assert_allclose(mean, 0.5 * x.asnumpy().mean(0), rtol=1e-5)
    numpy.testing.assert_allclose(var, 0.5 + 0.5 * x.asnumpy().var(0), rtol=1e-5)
    expected = (x.asnumpy() - mean) / numpy.sqrt(var + 1e-5)
    numpy.testing.assert_allclose(layer(x).asnumpy(), expected, rtol=1e-4, atol=1e-5)
    assert [p.grad_req for p in layer.collect_params().values()] == ["write"] * 2 + ["null"] * 2
    layer.cast("float16")
    assert layer.gamma.dtype == numpy.float32
    assert layer(x.astype("float16")).dtype == numpy.float16


def test_batch_norm_on_another_axis_and_without_scale():
    layer = nn.BatchNorm(axis=-1, scale=False, center=False, in_channels=3)
    layer.initialize()
    with autograd.record():
        y = layer(nd.random.uniform(shape=(4, 5, 3)))
    numpy.testing.assert_allclose(y.mean(axis=(0, 1)).asnumpy(), 0, atol=1e-5)
    assert layer.gamma.grad_req == layer.beta.grad_req == "null"
    before = layer(y).asnumpy()
    layer.gamma.set_data([5, 6, 7])  # as from a file that a net with a scale has saved
    for _ in range(2):
        numpy.testing.assert_allclose(layer(y).asnumpy(), before, rtol=1e-6)
        layer.hybridize()
    frozen = nn.BatchNorm(use_global_stats=True)
    frozen.initialize()
    with autograd.record():
        assert frozen(nd.ones((2, 3, 4))).asnumpy()[0, 0, 0] == pytest.approx(1, abs=1e-4)


def test_layer_norm():
    layer, y = initialized(nn.LayerNorm(), nd.random.uniform(shape=(3, 8)))
    numpy.testing.assert_allclose(y.mean(axis=1).asnumpy(), 0, atol=1e-6)
    assert layer.gamma.shape == (8,)
    _, y = initialized(nn.LayerNorm(axis=1, scale=False), nd.random.uniform(shape=(3, 8, 2)))
    numpy.testing.assert_allclose(y.mean(axis=1).asnumpy(), 0, atol=1e-6)


class OwnNorm(nn.HybridBlock):
    """A normalization of one's own, by one of Gluon's operators."""

    def __init__(self, operator, **settings):
        super().__init__()
        self.operator, self.settings = operator, settings
        new = partial(self.params.get, shape=(0,), allow_deferred_init=True)
        self.gamma, self.beta = new("gamma", init="ones"), new("beta", init="zeros")
        if operator == "BatchNorm":
            self.moving_mean = new("mean", init="zeros", differentiable=False)
            self.moving_var = new("var", init="ones", differentiable=False)

    def hybrid_forward(self, F, x, **parameters):
        return getattr(F, self.operator)(x, **parameters, **self.settings)


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("axis", [1, -1])
@pytest.mark.parametrize("training", [False, True])
def test_normalizations_by_operators_are_those_of_the_layers(training, axis, hybridize):
    layers = {
        OwnNorm("LayerNorm", axis=axis): nn.LayerNorm(axis),
        OwnNorm("BatchNorm", fix_gamma=False, axis=axis, eps=1e-5): nn.BatchNorm(axis),
        OwnNorm("BatchNorm", axis=axis, eps=1e-5): nn.BatchNorm(axis, scale=False),
    }
    for own, layer in layers.items():
        x = nd.random.normal(3, 2, (6, 4, 5))
        for block in (own, layer):
            block.initialize()
            block(x)
            if hybridize:
                block.hybridize()
        own.gamma.set_data(nd.arange(own.gamma.shape[0]))
        if layer.gamma.grad_req == "write":
            layer.gamma.set_data(own.gamma.data())
        for _ in range(3):
            with autograd.record(training):
                found, wanted = own(x), layer(x)
            found.backward(x)
            wanted.backward(x)
            assert found.tolist() == wanted.tolist()
            assert own.beta.grad().tolist() == layer.beta.grad().tolist()
        if own.operator == "BatchNorm":
            mean, var = own.moving_mean.data(), own.moving_var.data()
            assert mean.tolist() == layer.running_mean.data().tolist()
            assert var.tolist() == layer.running_var.data().tolist()


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_gamma_that_stays_fixed_does_not_stop_the_trainer(hybridize):
    own = OwnNorm("BatchNorm")
    own.initialize()
    if hybridize:
        own.hybridize()
    trainer = gluon.Trainer(own.collect_params(), "sgd")
    for _ in range(3):
        with autograd.record():
            y = own(nd.random.normal(shape=(4, 2)))
        y.backward()
        trainer.step(4)
    assert own.gamma.grad().tolist() == [0, 0]
    assert own.gamma.data().tolist() == [1, 1]


def test_embedding_looks_rows_up_and_adds_their_gradients():
    layer, y = initialized(nn.Embedding(5, 2), nd.array([[0, 4], [4, 4]]))
    assert y.shape == (2, 2, 2)
    with autograd.record():
        layer(nd.array([4, 4, 1])).backward()
    assert layer.weight.grad().asnumpy().sum(1).tolist() == [0, 2, 0, 0, 4]


def test_containers():
    net = nn.Sequential()
    layers = [nn.Dense(i + 1) for i in range(4)]
    net.add(*layers)
    assert len(net) == 4 and list(net) == layers and net[-1] is layers[3]
    assert isinstance(net[1:3], nn.Sequential) and list(net[1:3]) == layers[1:3]
    net.initialize()
    assert net(nd.ones((2, 3))).shape == (2, 4)
    side = nn.Concurrent(axis=1)
    side.add(nn.Dense(2), nn.Identity(), nn.Flatten())
    side.initialize()
    assert side(nd.ones((2, 3))).shape == (2, 8)
    side = nn.HybridConcurrent(axis=0)
    side.add(nn.Identity(), nn.Identity(), nn.Identity())
    assert side[:2](nd.ones((2, 3))).shape == (4, 3)
    with pytest.raises(TypeError, match=r"forward\(input, input\), but that takes \(x\)"):
        side(nd.ones((2, 3)), nd.ones((2, 3)))


def test_a_layer_added_after_another_was_removed_replaces_none():
    net = nn.Sequential()
    first, second, third = (nn.Dense(units) for units in (1, 2, 3))
    net.add(first)
    net.other = nn.Dense(4)
    net.add(second)
    del net.other
    net.add(third)
    assert list(net) == [first, second, third]


def test_a_slice_has_no_more_layers_than_were_asked_for():
    class Two(nn.HybridSequential):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.add(nn.Dense(3), nn.Dense(2))

    net = Two()
    assert list(net[1:]) == [net[1]]


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_sequence_passes_on_several_outputs_as_inputs(hybridize):
    net = nn.HybridSequential()
    net.add(
        nn.HybridLambda(lambda F, x, y: (x + y, [x, y])),
        nn.HybridLambda(lambda F, total, pair: [total, pair[0] - pair[1]]),
    )
    if hybridize:
        net.hybridize()
    for _ in range(2):
        outputs = net(nd.array([5.0]), nd.array([2.0]))
        assert isinstance(outputs, tuple) and [y.asscalar() for y in outputs] == [7, 3]
    net.add(nn.HybridLambda(lambda F, x, y: [x * y]))
    assert net(nd.array([5.0]), nd.array([2.0])).tolist() == [21]
    net.add(nn.Dense(1))
    net.add(nn.Dense(1))
    net.initialize()
    with pytest.raises(TypeError, match=r"Dense.forward\(input, input\), but that takes \(x\)"):
        net[3:](nd.ones((1, 2)), nd.ones((1, 2)))


@pytest.mark.parametrize("shape", [(2, 4), (2, 2, 2)])
def test_hooks_of_an_activation_run_for_inputs_of_any_shape(shape, capsys):
    layer, seen = nn.Dense(3, activation="relu"), []
    layer.initialize()
    before = layer.act.register_forward_pre_hook(lambda block, inputs: seen.append("before"))
    layer.act.register_forward_hook(lambda block, inputs, output: seen.append(output.shape))
    layer(nd.ones(shape))
    before.detach()
    layer(nd.ones(shape))
    assert seen == ["before", (2, 3), (2, 3)]
    layer.summary(nd.ones(shape))
    assert "(Activation)" in capsys.readouterr().out


def test_lambda_blocks():
    x = nd.array([-1.0, 2.0])
    assert nn.Lambda("relu")(x).tolist() == nn.HybridLambda("relu")(x).tolist() == [0, 2]
    assert nn.Lambda(lambda x: x * 2)(x).tolist() == [-2, 4]
    assert nn.HybridLambda(lambda F, x: F.abs(x))(x).tolist() == [1, 2]
    with pytest.raises(AssertionError, match="no function 'rely'"):
        nn.Lambda("rely")
    with pytest.raises(ValueError, match="no activation 'rely'"):
        nn.Activation("rely")


def test_hooks_run_in_order_and_can_be_detached():
    log = []
    net = nn.Dense(2, in_units=2)
    net.initialize()
    after = net.register_forward_hook(lambda block, inputs, output: log.append(output.shape))
    before = net.register_forward_pre_hook(lambda block, inputs: log.append(inputs[0].shape))
    net(nd.ones((1, 2)))
    before.detach()
    net(nd.ones((3, 2)))
    with after:
        pass
    net(nd.ones((5, 2)))
    assert log == [(1, 2), (1, 2), (3, 2)]


def test_hooks_whose_handles_nobody_keeps_are_all_called():
    net, log = nn.Identity(), []
    for i in range(4):
        net.register_forward_pre_hook(lambda block, inputs, i=i: log.append(f"before {i}"))
        net.register_forward_hook(lambda block, inputs, output, i=i: log.append(f"after {i}"))
    net(nd.ones(1))
    assert log == [f"{when} {i}" for when in ("before", "after") for i in range(4)]
    handle = net.register_forward_hook(lambda block, inputs, output: log.append("last"))
    handle.detach()
    net.register_forward_pre_hook(lambda block, inputs: log.append("one more"))
    handle.detach()
    net(nd.ones(1))
    assert log[8:] == [*log[:4], "one more", *log[4:8]]


def test_apply_visits_children_first():
    seen = []
    net = models.NestMLP()
    assert net.apply(lambda block: seen.append(type(block).__name__)) is net
    assert seen[-1] == "NestMLP" and seen[-3:] == ["Activation", "Dense", "NestMLP"]


def test_cast_converts_data_gradients_and_what_is_computed():
    net = models.MLP()
    net.initialize()
    net(nd.ones((1, 4)))
    net.cast("float64")
    x = nd.ones((2, 4), dtype="float64")
    with autograd.record():
        y = net(x)
    y.backward()
    assert y.dtype == net.hidden.weight.grad().dtype == numpy.float64


def test_a_cast_and_a_new_dtype_keep_data_and_gradient():
    layer, _ = initialized(nn.Dense(1, in_units=2))
    with autograd.record():
        y = layer(nd.array([[2, 3]]))
    y.backward()
    layer.cast("float64")
    layer.collect_params().setattr("dtype", "float16")
    for array in (layer.weight.data(), layer.weight.grad()):
        assert array.dtype == numpy.float16
    assert layer.weight.grad().tolist() == [[2, 3]]


def test_zero_grad_and_setattr_and_zero_shapes():
    net = models.MLP()
    net.initialize()
    with autograd.record():
        net(nd.ones((1, 4))).backward()
    net.zero_grad()
    assert not net.output.weight.grad().asnumpy().any()
    net.collect_params().setattr("lr_mult", 0.5)
    assert {p.lr_mult for p in net.collect_params().values()} == {0.5}
    net.collect_params().zero_grad()
    net.collect_params().reset_ctx(None)
    assert net.output.bias.list_data()[0] is net.output.bias.data()
    assert net.output.bias.list_grad()[0] is net.output.bias.grad()
    assert len(net.output.bias.list_ctx()) == 1
    with pytest.raises(KeyError, match="there is no parameter"):
        net.collect_params()["foo"]
    with pytest.raises(AssertionError, match="grad_req"):
        net.output.bias.grad_req = "sum"


def test_a_tied_layer_may_bring_the_initializer_but_not_another_one():
    first = nn.Dense(2, in_units=2)
    second = nn.Dense(2, params=first.params, weight_initializer=init.Constant(3))
    nn.Dense(2, params=first.params, weight_initializer=init.Constant(3))
    second.initialize()
    assert first.weight.data().tolist() == [[3, 3], [3, 3]]
    with pytest.raises(AssertionError, match="already exists with init"):
        nn.Dense(2, params=first.params, weight_initializer="ones")


def test_tied_layers_add_their_gradients():
    shared = nn.Dense(3, in_units=3, use_bias=False)
    net = nn.Sequential()
    net.add(shared, nn.Dense(3, use_bias=False, params=shared.params))
    net.initialize()
    x = nd.array([[1.0, 2.0, 3.0]])
    with autograd.record():
        y = net(x)
    y.backward()
    w, g = shared.weight.data().asnumpy(), numpy.ones((1, 3))
    expected = g.T @ (x.asnumpy() @ w.T) + (g @ w).T @ x.asnumpy()
    numpy.testing.assert_allclose(shared.weight.grad().asnumpy(), expected, rtol=1e-5)


def test_hybrid_forward_gets_the_parameters_by_name():
    class Scale(nn.HybridBlock):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.gain = self.params.get("gain", shape=(units,), init="ones")
                self.shift = self.params.get_constant("shift", [1, 2, 3])

        def hybrid_forward(self, F, x, *, gain, shift):
            return F.broadcast_add(x * gain, shift)

    layer, y = initialized(Scale(3), nd.zeros((2, 3)))
    assert y.tolist() == [[1, 2, 3]] * 2
    assert list(layer.collect_params()) == [layer.prefix + "gain", layer.prefix + "shift"]


def test_a_hybrid_block_can_infer_its_shape():
    class Scale(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.gain = self.params.get("gain", shape=(0,), init="ones", allow_deferred_init=True)

        def infer_shape(self, x):
            self.gain.shape = (x.shape[1],)

        def hybrid_forward(self, F, x, gain):
            return x * gain

    assert initialized(Scale(), nd.ones((2, 4)))[1].shape == (2, 4)

    class Unsure(Scale):
        infer_shape = nn.HybridBlock.infer_shape

    unsure, _ = initialized(Unsure())
    with pytest.raises(DeferredInitializationError, match=r"Unsure.infer_shape"):
        unsure(nd.ones((2, 4)))


def test_a_layer_can_finish_its_initialization_at_each_forward():
    class Scale(nn.Block):
        def __init__(self):
            super().__init__()
            self.gain = self.params.get("gain", shape=(0,), init="ones", allow_deferred_init=True)

        def forward(self, x):
            self.gain.shape = (x.shape[1],)
            self.gain._finish_deferred_init()
            return x * self.gain.data()

    layer, y = initialized(Scale(), nd.ones((2, 4)))
    assert (layer(nd.ones((2, 4))) == y).asnumpy().all()


def test_blocks_without_forward_say_what_to_define():
    with pytest.raises(NotImplementedError, match="forward"):
        nn.Block()(1)
    with pytest.raises(NotImplementedError, match="hybrid_forward"):
        nn.HybridBlock()(1)


def test_a_constant_may_be_asked_for_again_with_its_value():
    params = gluon.ParameterDict()
    numbers = params.get_constant("numbers", [0.1, 0.2])
    assert params.get_constant("numbers", [0.1, 0.2]) is numbers
    with pytest.raises(AssertionError, match="another value"):
        params.get_constant("numbers", [0.1, 0.3])


def test_data_outlives_an_initializer_that_cannot_be_used():
    bias = gluon.Parameter("bias", shape=(2,))
    bias.initialize("ones")
    for wrong, kind in (("xavier", ValueError), ("onse", AssertionError)):
        with pytest.raises(kind):
            bias.initialize(wrong, force_reinit=True)
        assert bias.data().tolist() == [1, 1]


def test_a_parameter_assigned_directly_is_found():
    class Gain(nn.Block):
        def __init__(self):
            super().__init__()
            self.gain = gluon.Parameter("gain", shape=(2,), init="ones")

        def forward(self, x):
            return x * self.gain.data()

    layer, y = initialized(Gain(), nd.array([3.0, 4.0]))
    assert y.tolist() == [3, 4]
    layer.cast("float64")
    assert layer.gain.data().dtype == numpy.float64
    layer.other = gluon.Parameter("gain", shape=(2,))
    with pytest.raises(AssertionError, match="two different parameters are called gain"):
        layer.collect_params()
    del layer.gain, layer.other
    assert len(layer.collect_params()) == 0


def test_models():
    x = nd.ones((2, 20))
    assert initialized(models.MLP(), x)[1].shape == (2, 10)
    assert initialized(models.NestMLP(), x)[1].shape == (2, 16)
    assert initialized(models.FixedHiddenMLP(), x)[1].shape == (1,)
    layer = models.CenteredLayer()
    assert layer(nd.array([1, 2, 3, 4, 5])).tolist() == [-2, -1, 0, 1, 2]
    net = nn.Sequential()
    net.add(models.MyDense(8, in_units=64), models.MyDense(1, in_units=8))
    assert initialized(net, nd.ones((2, 64)))[1].shape == (2, 1)
    assert list(net[0].params) == [net[0].prefix + "weight", net[0].prefix + "bias"]


def test_dialects():
    assert not npx.is_np_array()
    npx.set_np()
    assert npx.is_np_array() and npx.is_np_shape()
    npx.reset_np()
    npx.waitall(), nd.waitall(), np.ones((1,)).wait_to_read()


@pytest.mark.parametrize("flatten", [True, False])
@pytest.mark.parametrize("shape", [(0, 4), (0, 3, 2)])
def test_the_first_batch_may_be_empty(shape, flatten):
    layer = nn.Dense(5, flatten=flatten)
    layer.initialize()
    width = numpy.prod(shape[1:]) if flatten else shape[-1]
    assert layer(nd.ones(shape)).shape == ((0, 5) if flatten else (*shape[:-1], 5))
    assert layer.weight.shape == (5, width)
    weight = layer.weight.data()
    assert nd.FullyConnected(nd.ones(shape), weight, no_bias=True, flatten=flatten).shape[-1] == 5


def test_broadcast_to_takes_further_axes_and_keeps_a_length_for_zero():
    x = nd.array([[1], [2]])
    assert nd.broadcast_to(x, (3, 0, 2)).asnumpy().tolist() == [[[1, 1], [2, 2]]] * 3
