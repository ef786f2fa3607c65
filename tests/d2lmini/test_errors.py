"""Misuse is answered by the error type of Gluon and a message that names the way out."""

import numpy
import pytest
from d2lmini.gluon.parameter import DeferredInitializationError

import d2lmini
from d2lmini import MXNetError, autograd, gluon, init, nd, nn, np, optimizer
from d2lmini.errors import ShapeError
from d2lmini.models import MLP


def test_forward_before_initialize_names_the_parameter_and_the_call():
    net = MLP()
    with pytest.raises(RuntimeError, match=rf"{net.hidden.weight.name} .*initialize\(\)"):
        net(nd.ones((2, 20)))


def test_data_before_initialize():
    with pytest.raises(RuntimeError, match="initialize"):
        gluon.Parameter("weight", shape=(2, 3)).data()


def test_a_bias_whose_initializer_failed_is_named_again_at_the_call():
    layer = nn.Dense(3, in_units=2, bias_initializer="xavier")
    for attempt in (layer.initialize, lambda: layer(nd.ones((1, 2)))):
        with pytest.raises(ValueError, match=rf"{layer.bias.name} .*needs at least 2 axes"):
            attempt()


def test_an_empty_batch_cannot_be_averaged_over():
    layer = nn.BatchNorm(in_channels=3)
    layer.initialize()
    assert layer(nd.ones((0, 3))).shape == (0, 3)
    parameters = [parameter.data() for parameter in layer.collect_params().values()]
    with autograd.record():
        with pytest.raises(ShapeError, match=rf"\(0, 3\).* empty.*\nin {layer.name}$"):
            layer(nd.ones((0, 3)))
        with pytest.raises(ShapeError, match=r"BatchNorm .*\(0, 3\).* empty"):
            nd.BatchNorm(nd.ones((0, 3)), *parameters)
    assert layer.running_var.data().asnumpy().tolist() == [1.0] * 3


@pytest.mark.parametrize("base", [nn.Block, nn.HybridBlock])
def test_a_forward_that_cannot_complete_a_shape_says_what_can(base):
    class Product(base):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.w = self.params.get("w", shape=(0, 3), allow_deferred_init=True)

        def forward(self, x):
            return nd.dot(x, self.w.data())

    net = nn.Sequential()
    net.add(Product())
    net.initialize()
    with pytest.raises(
        DeferredInitializationError, match=r"define Product\.infer_shape\(self, x\)"
    ):
        net(nd.ones((2, 5)))


def test_data_comes_into_being_when_a_forward_completes_the_shape():
    class Product(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.w = self.params.get("w", shape=(0, 3), allow_deferred_init=True)

        def forward(self, x):
            self.w.shape = (x.shape[1], 3)
            return nd.dot(x, self.w.data())

    net = Product()
    net.initialize(init.One())
    assert net(nd.ones((2, 5))).asnumpy().tolist() == [[5.0] * 3] * 2
    assert net.w.grad().shape == (5, 3)


@pytest.mark.parametrize(
    "compute, message",
    [
        (lambda x: nd.dot(x, x), "as many columns as b has rows"),
        (lambda x: x + nd.ones((3,)), "from the last axis back, two lengths must be equal"),
        (lambda x: x.reshape((3, 3)), r"shape = \(3, 3\): .* as many elements"),
        (lambda x: nd.concat(x, nd.ones((3, 1))), "the same lengths, except along the axis"),
        (lambda x: nd.stack(x, nd.ones((3, 1))), "the same shape"),
        (lambda x: x.sum(axis=4), "no axis 4, only 2 axes"),
        (lambda x: x.transpose((0, 0)), "every axis of x once"),
    ],
)
def test_shapes_that_do_not_fit_are_explained_in_our_words(compute, message):
    hybrid = nn.HybridLambda(lambda F, x: compute(x))
    hybrid.hybridize()
    for call in (compute, hybrid):
        with pytest.raises(ShapeError, match=r"of shape \(2, 8\).*" + message) as caught:
            call(nd.ones((2, 8)))
        assert isinstance(caught.value.__cause__, ValueError)
        assert str(caught.value.__cause__) not in str(caught.value)


@pytest.mark.parametrize(
    "compute, kind, message",
    [
        (lambda x: x.reshape((0, 0, -3)), ShapeError, "code for an axis that does not exist"),
        (lambda x: x.reshape((2.5, -1)), TypeError, "'float' .* integer"),
        (lambda x: x.expand_dims(5), ValueError, r"expand_dims cannot .* there is no axis 5"),
        (lambda x: nd.pick(x, nd.ones((3,))), ShapeError, "one position for each element"),
        (lambda x: nd.pick(x, nd.ones((1,)), 0), ShapeError, "one position for each element"),
        (lambda x: nd.ones(2, 3), TypeError, r"one argument, as in \(2, 3\)"),
        (lambda x: nd.concat(dim=0), ValueError, "no arrays were given"),
        (lambda x: np.einsum("ab,bd->ad", x, x), ShapeError, r"^einsum .* 'ab,bd->ad'"),
        (lambda x: np.einsum(x, "ij->ji"), TypeError, "einsum takes the subscripts first"),
        (lambda x: np.tensordot(x, x, 1), ShapeError, r"axes=1 .* with the same lengths"),
        (lambda x: np.tensordot(x, x, 3), ShapeError, r"axes=3 .* as many axes of b as of a"),
        (lambda x: np.tensordot(x, x, ([0, 1], [0])), ShapeError, "as many axes of b as of a"),
        (lambda x: nd.split(x, 0), ValueError, "into 0 equal parts"),
        (lambda x: nd.Activation(x, "sum"), ValueError, "no activation 'sum': use one of relu"),
        (lambda x: autograd.mark_variables([x], []), ValueError, "1 variables, 0 gradients and 1"),
        (lambda x: autograd.mark_variables(x, x, "sum"), ValueError, "grad_req must be .* 'sum'"),
        (lambda x: nd.broadcast_to(x, (8,)), ShapeError, "only along axes of length 1"),
        (lambda x: autograd.backward([x, x], [x]), MXNetError, "1 head gradients for 2 heads"),
        (lambda x: x.backward(numpy.ones((2, 8))), TypeError, "convert it with nd.array"),
        (lambda x: nd.Dropout(x, p=2), ValueError, "dropout rate must be .* 0 to 1, not 2"),
        (lambda x: nn.Dropout(-0.5), ValueError, "dropout rate must be .* 0 to 1, not -0.5"),
        (lambda x: nd.Dropout(x, mode="never"), ValueError, "'training' or 'always', not 'never'"),
        (lambda x: nd.L2Normalization(x, mode="row"), ValueError, "mode must be .* not 'row'"),
        (lambda x: nd.relu(None), TypeError, "relu cannot be .* x = None: does the function"),
        (lambda x: x + None, TypeError, "add cannot be .* b = None: does the function"),
        (lambda x: nd.concat(x, None), TypeError, "x1 = None, axis = 1: does the function"),
    ],
)
def test_what_an_operation_cannot_take_is_named(compute, kind, message):
    with pytest.raises(kind, match=message):
        compute(nd.ones((2, 8)))


@pytest.mark.parametrize("label", [numpy.array([0, 1]), [0, 1]])
@pytest.mark.parametrize("loss", [gluon.loss.SoftmaxCrossEntropyLoss(), gluon.loss.L2Loss()])
def test_what_is_no_array_of_ours_is_named_with_the_way_out(loss, label):
    with pytest.raises(TypeError, match=rf"{loss.name} .* {type(label).__name__}: .* nd.array"):
        loss(nd.ones((2, 1)), label)


@pytest.mark.parametrize("wrong", ["abc", {"a": 1}, 1j, nn.Identity(), print])
def test_what_is_no_number_is_no_operand(wrong):
    x = nd.ones((2, 2))
    for compute in (nd.relu, nd.argsort, nd.sum, nd.copy, x.__add__, x.__radd__, nd.dot, x.__eq__):
        arguments = (x, wrong) if compute is nd.dot else (wrong,)
        with pytest.raises(TypeError, match=f"not a value of type {type(wrong).__name__}: convert"):
            compute(*arguments)
    with pytest.raises(TypeError, match="out must be a d2lmini array, not a value of type"):
        nd.add(x, x, wrong)


@pytest.mark.parametrize("wrong", [None, {"a": 1}, {1}, "x", ["x"], 1j, [[1], [1, 2]]])
def test_what_makes_no_array(wrong):
    for make in (nd.array, np.array, *[nd.sum, np.mean] * (wrong is None)):
        with pytest.raises((TypeError, ValueError), match="an array needs numbers, in lists of eq"):
            make(wrong)


@pytest.mark.parametrize("wrong", ["flota32", str, object, complex, "datetime64"])
def test_what_is_no_type_of_numbers(wrong):
    layer, x = nn.Dense(2, in_units=2), nd.ones((2,))
    calls = [lambda: nd.array([1], dtype=wrong), lambda: nd.zeros(2, dtype=wrong)]
    calls += [lambda: nd.full(2, 1, wrong), lambda: nd.arange(2, dtype=wrong)]
    calls += [lambda: np.linspace(0, 1, dtype=wrong), lambda: nd.eye(2, dtype=wrong)]
    calls += [lambda: nd.ones_like(x, dtype=wrong)]
    calls += [lambda: x.astype(wrong), lambda: layer.cast(wrong), lambda: nn.Dense(2, dtype=wrong)]
    for call in calls:
        with pytest.raises(TypeError, match="is no type of numbers: use one such as 'float32'"):
            call()
    with pytest.raises(TypeError, match="None is no type of numbers"):
        x.astype(None)


@pytest.mark.parametrize("hybrid", [False, True])
@pytest.mark.parametrize("layer", [nn.Dense(2, in_units=3), nn.LayerNorm(in_channels=3)])
def test_a_layer_that_is_called_with_an_array_of_numpy_is_named(layer, hybrid):
    layer.initialize(force_reinit=True)
    layer.hybridize(hybrid)
    with pytest.raises(TypeError, match=rf"{layer.name} .* d2lmini arrays, .*ndarray"):
        layer(numpy.ones((2, 3)))


def test_a_function_that_returns_an_array_of_numpy_is_told():
    class Double(autograd.Function):
        def forward(self, x):
            return x.asnumpy() * 2

    with (
        autograd.record(),
        pytest.raises(TypeError, match=r"type (ndarray|float32): convert it with nd\.array"),
    ):
        Double()(nd.ones((2,)))


@pytest.mark.parametrize("layer", [nn.LayerNorm(in_channels=4), nn.BatchNorm(in_channels=4)])
def test_a_normalization_of_another_width_is_named_with_both_shapes(layer):
    layer.initialize()
    expected = rf"\(4,\) do not fit .*\(2, 3\): axis 1 needs 3; .*\nin {layer.name}$"
    for hybridize in (False, True):
        layer.hybridize(hybridize)
        with pytest.raises(ShapeError, match=expected):
            layer(nd.ones((2, 3)))


def test_an_attribute_that_is_missing_for_another_reason_is_left_to_python():
    class Wrong(nn.Block):
        def forward(self, x):
            return self.missing(x) if x.ndim > 1 else [x].sum()

    for shape in ((2, 2), (2,)):
        with pytest.raises(AttributeError, match=r"'(missing|sum)'"):
            Wrong()(nd.ones(shape))


def test_labels_that_do_not_fit_the_predictions_are_named():
    scores = nd.ones((2, 3))
    with pytest.raises(ShapeError, match=r"label for each .* \(2, 3\) and the labels \(4,\)"):
        gluon.loss.L1Loss()(scores, nd.ones((4,)))
    with pytest.raises(ShapeError, match="one class number for each row"):
        gluon.loss.SoftmaxCrossEntropyLoss()(scores, nd.ones((4,)))


@pytest.mark.parametrize("operand", [0.5, nd.array([0.5, 1])])
def test_integers_cannot_hold_the_result_of_an_operation_in_place(operand):
    x = nd.array([1, 2], dtype="int32")
    with pytest.raises(TypeError, match=r"int32 .* result of add, float32 .*write x = x"):
        x += operand
    with pytest.raises(TypeError, match=r"add cannot be computed .* b = None"):
        x += None
    x += 1
    assert x.asnumpy().tolist() == [2, 3]


def test_an_operand_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match=r"add cannot be computed for a of shape .* b = 'x'"):
        nd.ones((2,)) + "x"


@pytest.mark.parametrize("access", ["data", "grad"])
def test_access_while_the_shape_is_deferred(access):
    layer = nn.Dense(3)
    layer.initialize()
    with pytest.raises(DeferredInitializationError, match=layer.weight.name):
        getattr(layer.weight, access)()


def test_wrong_input_width_names_the_layer_and_both_shapes():
    net = nn.Sequential()
    net.add(nn.Dense(4, in_units=20))
    net.initialize()
    with pytest.raises(MXNetError) as caught:
        net(nd.ones((2, 30)))
    for part in (net[0].name, net[0].weight.name, "(4, 20)", "(2, 30)", "in_units=30"):
        assert part in str(caught.value)
    assert isinstance(caught.value, RuntimeError)
    assert d2lmini.MXNetError is d2lmini.base.MXNetError


def test_unknown_shape_without_deferral():
    parameter = gluon.Parameter("weight", shape=(2, 0))
    with pytest.raises(ValueError, match="allow_deferred_init"):
        parameter.initialize()


def test_gradient_of_a_constant_and_without_request():
    constant = gluon.Constant("c", [[1, 2]])
    constant.initialize()
    with pytest.raises(RuntimeError, match=r"c has no gradient.*Constant"):
        constant.grad()
    parameter = gluon.Parameter("w", shape=(2,), grad_req="null")
    parameter.initialize()
    with pytest.raises(RuntimeError, match="grad_req"):
        parameter.grad()


def test_get_constant():
    params = gluon.ParameterDict("net_")
    with pytest.raises(KeyError, match="net_c"):
        params.get_constant("c")
    made = params.get_constant("c", [1, 2])
    assert params.get_constant("c") is made
    assert params.get_constant("c", nd.array([1, 2])) is made
    with pytest.raises(AssertionError, match="another value"):
        params.get_constant("c", [1, 3])
    params.get("w", shape=(2,))
    with pytest.raises(AssertionError, match="not a constant"):
        params.get_constant("w")


def test_a_block_attribute_cannot_become_something_else():
    net = MLP()
    with pytest.raises(TypeError, match=r"hidden is a Block .* int"):
        net.hidden = 3
    with pytest.raises(TypeError, match="is a Parameter"):
        net.hidden.weight = None
    net.hidden = nn.Dense(8)
    assert net._children["hidden"] is net.hidden


def test_missing_super_init_names_the_call():
    class Net(nn.Block):
        def __init__(self):
            self.layer = nn.Dense(2)

    with pytest.raises(AttributeError, match=r"Net.__init__ must be super\(\).__init__"):
        Net()


def test_a_missing_attribute_is_reported_as_usual():
    with pytest.raises(AttributeError, match="'MLP' object has no attribute 'hiden'"):
        MLP().hiden  # noqa: B018
    with pytest.raises(AttributeError, match="'backward': call the block to get an array"):
        gluon.loss.L2Loss(nd.ones((2,)), nd.ones((2,))).backward()


def test_what_gluon_2_calls_otherwise_is_named():
    with pytest.raises(AttributeError, match=r"params=other\.params"):
        nn.Dense(2).share_parameters(nn.Dense(2).collect_params())
    with pytest.raises(AttributeError, match=r"collect_params\(\)\.setattr"):
        nn.Dense(2).setattr("grad_req", "add")


@pytest.mark.parametrize("container", [list, tuple, lambda blocks: dict(enumerate(blocks))])
def test_blocks_in_a_container_are_warned_of_and_stay_uninitialized(container):
    class Net(nn.Block):
        def __init__(self):
            super().__init__()
            self.layers = container([nn.Dense(2), nn.Dense(3)])

        def forward(self, x):
            return self.layers[0](x)

    net = Net()
    with pytest.warns(UserWarning, match="layers is an unregistered container"):
        net.initialize()
    with (
        pytest.warns(UserWarning, match="unregistered container"),
        pytest.raises(RuntimeError, match="initialize"),
    ):
        net(nd.ones((1, 2)))


def test_a_list_of_blocks_that_have_their_place_in_the_tree_is_fine(recwarn):
    net = nn.Sequential()
    net.body = nn.Sequential()
    net.body.add(nn.Dense(2), nn.Dense(3))
    net.shortcuts = {"last": [net.body[-1]]}
    net.initialize()
    assert net(nd.ones((1, 2))).shape == (1, 3)
    assert not recwarn


def test_a_hybrid_block_refuses_a_child_that_is_none():
    net = nn.HybridSequential()
    with pytest.raises(ValueError, match="Sequential: derive it from HybridBlock"):
        net.add(nn.Sequential())


def test_backward_without_a_recorded_history():
    with pytest.raises(MXNetError, match="record"):
        nd.ones((2,)).backward()


def test_backward_twice_needs_retain_graph():
    x = nd.array([1.0, 2.0])
    x.attach_grad()
    with autograd.record():
        y = x * x
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(MXNetError, match="retain_graph=True"):
        y.backward()


def test_a_comparison_is_no_key_for_a_matrix_in_the_legacy_dialect():
    x = nd.array([[1, 7], [8, 2], [3, 3]])
    for matrix in x, x.astype("int32"):
        with pytest.raises(IndexError, match=r"x\[condition\.astype\(bool\)\] = value"):
            matrix[matrix > 5] = 0
        matrix[(matrix > 5).astype(bool)] = 0
        assert matrix.tolist() == [[1, 0], [0, 2], [3, 3]]


def test_none_is_not_assigned():
    x = nd.ones((2,))
    with pytest.raises(TypeError, match="None was assigned to an array: does the function"):
        x[:] = None
    assert x.tolist() == [1, 1]


def test_a_leaf_cannot_be_overwritten_while_recording():
    x = nd.ones((2,))
    x.attach_grad()
    with autograd.record():
        with pytest.raises(MXNetError, match="overwritten while recording"):
            x += 1
        with pytest.raises(MXNetError, match="overwritten while recording"):
            x[0] = 5
        y = x * 2
        with pytest.raises(MXNetError, match="overwritten while recording"):
            y[:] = 0


def test_what_a_parameter_keeps_without_gradient_is_changed_or_the_change_refused():
    count = gluon.Parameter("count", shape=(1,), init="zeros", grad_req="null")
    count.initialize()
    x, w = count.data(), nd.ones((1,))
    w.attach_grad()
    x += 1
    with autograd.record():
        with autograd.pause():
            x += 1
        y = 2 * w
        x *= 3
        x += y.detach()
        with pytest.raises(MXNetError, match="overwritten while recording"):
            x += y  # a new array would be lost
    y.backward()
    assert count.data().asscalar() == 8 and w.grad.asscalar() == 2


def test_unknown_initializer_and_xavier_on_a_vector():
    layer = nn.Dense(2, in_units=2)
    with pytest.raises(AssertionError, match="xavier"):
        layer.initialize(init="xaver")
    vector = gluon.Parameter("gain", shape=(3,))
    with pytest.raises(ValueError, match="gain of shape"):
        vector.initialize(init=init.Xavier())


def test_initializing_twice_warns_and_changes_nothing():
    layer = nn.Dense(2, in_units=2, use_bias=False)
    layer.initialize()
    before = layer.weight.data().asnumpy()
    with pytest.warns(UserWarning, match=rf"{layer.weight.name}.*force_reinit=True"):
        layer.initialize()
    numpy.testing.assert_array_equal(layer.weight.data().asnumpy(), before)
    layer.initialize(force_reinit=True)
    assert (layer.weight.data().asnumpy() != before).any()


def test_two_parameters_of_one_name():
    net = nn.Sequential()
    net.add(nn.Dense(2, prefix="same_"), nn.Dense(2, prefix="same_"))
    with pytest.raises(AssertionError, match=r"same_weight: make them with self\.params\.get\(\)"):
        net.collect_params()


def test_shapes_that_do_not_go_together_name_the_operation():
    with pytest.raises(MXNetError, match=r"add .*a of shape \(2, 3\), b of shape \(4,\)"):
        nd.ones((2, 3)) + nd.ones((4,))
    with pytest.raises(ValueError, match="dot"):
        nd.dot(nd.ones((2, 3)), nd.ones((4, 2)))


def test_stale_gradient():
    layer = nn.Dense(1, in_units=2)
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 0.1})
    with pytest.raises(UserWarning, match=rf"{layer.weight.name}.*ignore_stale_grad"):
        trainer.step(1)
    trainer.step(1, ignore_stale_grad=True)
    with autograd.record():
        loss = nd.dot(nd.ones((1, 2)), layer.weight.data().T)  # without the bias
    loss.backward()
    before = layer.weight.data().asnumpy()
    with pytest.raises(UserWarning, match=layer.bias.name):
        trainer.step(1)
    assert (layer.weight.data().asnumpy() == before).all()
    trainer.step(1, ignore_stale_grad=True)
    assert (layer.weight.data().asnumpy() != before).all()


def test_steps_and_settings_that_make_no_sense():
    layer = nn.Dense(1, in_units=2)
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), "sgd")
    for batch_size in (0, -1, None, "8", numpy.nan, numpy.inf):
        with pytest.raises(ValueError, match=f"positive number, not {batch_size!r}"):
            trainer.step(batch_size)
    with pytest.raises(TypeError, match=r"a dict such as .*, not 0\.1"):
        gluon.Trainer(layer.collect_params(), "sgd", 0.1)
    with pytest.raises(TypeError, match=r"momentum must be a number, not '0\.9'"):
        gluon.Trainer(layer.collect_params(), "sgd", {"momentum": "0.9"})
    for wrong in ({"batch_size": 2, "sampler": iter([1])}, {"batch_sampler": iter([[1]])}):
        with pytest.raises(ValueError, match="a generator gives its numbers only once"):
            gluon.data.DataLoader([1, 2], **wrong)
    with pytest.raises(TypeError, match=r"float32 into an array of int32(.|\n)*initialized by Uni"):
        nn.Dense(1, in_units=2, dtype="int32").initialize()
    with pytest.raises(ValueError, match="max_norm must not be negative, but is -1"):
        gluon.utils.clip_global_norm([nd.ones((2,))], -1)
    with pytest.raises(ValueError, match="cannot be split into 0 slices"):
        gluon.utils.split_data(nd.ones((2,)), 0)
    with pytest.raises(TypeError, match=r"must be a string, not \(3, 2\)"):
        gluon.Parameter((3, 2))
    for blocks in [nn.Dense(1)], [nn.Dense(1), nn.Dense(2), nn.Dense(3)]:
        with pytest.raises(TypeError, match=r"sequence, call add\(\*blocks\)"):
            nn.Sequential(*blocks)
    with pytest.raises(TypeError, match="float"):
        nd.random.uniform(shape=(2.5, 2))
    with pytest.raises(TypeError, match=r"depth = 2\.5.* integer"):
        nd.one_hot(nd.array([0, 1]), 2.5)
    with pytest.raises(ValueError, match=r"not a scalar: its shape is \(2,\)"):
        nd.random.randint(nd.array([0, 1]), 5)
    for arrays in (), ([],):
        with pytest.raises(ValueError, match="add_n needs at least one array"):
            nd.add_n(*arrays)


def test_what_cannot_be_saved_and_where(tmp_path):
    for data, match in (
        (3, "'0' is a int"),
        ([1], "'0' is a int"),
        ({1: nd.ones(1)}, "1 is a int"),
    ):
        with pytest.raises(TypeError, match=match):
            nd.save(tmp_path / "x", data)
    with pytest.raises(MXNetError, match=r"'__metadata__' for itself: .*another name"):
        nd.save(tmp_path / "x", {"__metadata__": nd.ones(1)})
    for kind in (FileNotFoundError, MXNetError):
        with pytest.raises(kind, match=r"no folder .*missing for x"):
            nd.save(tmp_path / "missing" / "x", nd.ones(1))


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("nn.Conv2D", "use nn.Dense"),
        ("gluon.nn.GELU", "use nn.HybridLambda"),
        ("gluon.rnn", "for each step"),
        ("optimizer.RMSProp", "use optimizer.SGD with momentum"),
        ("optimizer.AdamW", "a subclass of optimizer.Optimizer"),
        ("init.Orthogonal", "use init.Xavier"),
        ("gluon.loss.KLDivLoss", "use a subclass of gluon.loss.Loss"),
        ("metric.F1", "use a subclass of metric.EvalMetric"),
        ("gluon.data.vision.MNIST", "use gluon.data.vision.Digits"),
        ("gluon.data.bucketing", r"dir\(d2lmini.gluon.data\)"),
        ("random.poisson", "use numpy.random"),
        ("npx.convolution", "use nn.Dense"),
        ("nd.Convolution", "use nn.Dense"),
        ("nd.sgd_update", "use gluon.Trainer, with"),
        ("symbol.FullyConnected", r"use hybridize\(\)"),
        ("nd.adam_update", "use gluon.Trainer, with"),
        ("nd.LinearRegressionOutput", "use a subclass of gluon.loss.Loss"),
        ("nn.Module", r"use nn\.Block"),
        ("autograd.no_grad", r"use autograd\.pause\(\)"),
        ("nd.cat", "use concat"),
    ],
)
def test_what_gluon_has_and_d2lmini_has_not_is_said_to_be_missing(name, instead):
    module, _, last = f"d2lmini.{name}".rpartition(".")
    with pytest.raises(AttributeError, match=instead):
        eval(f"{module}.{last}")
    if not module.endswith(".nd"):
        with pytest.raises(ImportError, match=instead):
            exec(f"from {module} import {last}")


def test_the_way_round_a_missing_method_or_setting():
    with pytest.raises(AttributeError, match=r"'export': use save_parameters\(\)"):
        nn.Dense(1).export("net")
    with pytest.raises(AttributeError, match=r"'copy': use copy\.deepcopy"):
        nn.Dense(1).copy()
    with pytest.raises(AttributeError, match=r"'optimize_for': use hybridize\(\)"):
        nn.Dense(1).optimize_for(nd.ones((1, 1)))
    with pytest.raises(AttributeError, match=r"use register_forward_hook\(\) on a child"):
        nn.Dense(1).register_op_hook(print)
    with pytest.raises(TypeError, match=r"'profiler': use cProfile"):
        gluon.Trainer({}, "sgd", {"profiler": None})


def test_an_array_of_several_numbers_is_neither_true_nor_a_scalar():
    x = nd.ones((2,))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)
    with pytest.raises(ValueError, match="not a scalar"):
        x.asscalar()
    with pytest.raises(TypeError, match="shape is"):
        len(nd.array([[3.0]]).reshape(()))


@pytest.mark.parametrize(
    "use",
    [
        lambda gpu: nd.ones((1,), ctx=gpu),
        lambda gpu: nd.zeros((1,), gpu),
        lambda gpu: nd.random.uniform(shape=(1,), ctx=gpu),
        lambda gpu: nd.ones((1,)).as_in_context(gpu),
        lambda gpu: nd.ones((1,)).copyto(gpu),
        lambda gpu: nn.Dense(1).initialize(ctx=[gpu]),
        lambda gpu: nn.Dense(1).load_parameters("any", ctx=gpu),
        lambda gpu: nn.Dense(1).collect_params().reset_ctx(gpu),
        lambda gpu: nn.Dense(1).weight.reset_ctx([gpu]),
        lambda gpu: gluon.utils.split_and_load(nd.ones((2, 1)), [gpu]),
        lambda gpu: gpu.__enter__(),
    ],
)
def test_a_gpu_is_named_but_not_used(use):
    assert d2lmini.num_gpus() == 0
    assert repr(d2lmini.gpu(1)) == "gpu(1)"
    assert d2lmini.gpu() != d2lmini.cpu()
    with pytest.raises(d2lmini.MXNetError, match=r"gpu\(0\).*CPU"):
        use(d2lmini.gpu())


def test_a_net_is_not_pickled():
    import pickle

    with pytest.raises(TypeError, match="save_parameters"):
        pickle.dumps(MLP())


@pytest.mark.parametrize("in_units", [0, 3])
def test_a_layer_of_no_units_can_be_made_but_not_called(in_units):
    layer = nn.Dense(0, in_units=in_units)
    layer.initialize()
    with pytest.raises(ValueError, match=f"{layer.name} cannot compute with units=0"):
        layer(nd.ones((2, 3)))


@pytest.mark.parametrize("units", [-1, 2.5, "256"])
def test_units_that_are_no_number_of_units(units):
    with pytest.raises(ValueError, match=f"0 or a positive integer, not {units!r}"):
        nn.Dense(units)


def test_a_lambda_of_no_function():
    with pytest.raises(ValueError, match="a function or the name of one, not 3"):
        nn.Lambda(3)


def test_blocks_in_the_wrong_places():
    with pytest.raises(TypeError, match=r"prefix .* string, not a Dense: .*add\("):
        nn.Sequential(nn.Dense(2), nn.Dense(3))
    with pytest.raises(TypeError, match="not a list: pass blocks one by one"):
        nn.Sequential().add([nn.Dense(2)])


def test_a_block_cannot_contain_itself():
    class Child(nn.Block):
        def __init__(self, parent):
            super().__init__()
            self.parent = parent

    class Parent(nn.Block):
        def __init__(self):
            super().__init__()
            self.child = nn.Sequential()
            self.child.add(nn.Dense(2), Child(self))

    net = nn.HybridSequential()
    for wrong in (Parent, lambda: net.add(net)):
        with pytest.raises(ValueError, match=r"would contain itself if .* became its child"):
            wrong()
    assert len(net) == 0


def test_inputs_that_a_forward_does_not_take_are_told_by_the_layer():
    class Scaled(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.scale = self.params.get("scale", shape=(1,))

        def hybrid_forward(self, F, x):
            return x * self.scale.data()

    scaled, dense = Scaled(prefix="s_"), nn.Dense(2, prefix="d_")
    scaled.initialize()
    x = nd.ones((1, 2))
    with pytest.raises(
        TypeError,
        match=r"s calls Scaled.hybrid_forward\(F, input, scale=scale\), but that takes "
        r"\(F, x\): got an unexpected keyword argument 'scale'",
    ):
        scaled(x)
    with pytest.raises(TypeError, match=r"d calls Dense.forward\(input, input\), .*: too many"):
        dense(x, x)


@pytest.mark.parametrize(
    "compute",
    [
        lambda x, w: nd.dot(x, w),
        lambda x, w: x * w,
        lambda x, w: nd.relu(w),
        lambda x, w: nd.concat(x, w),
        lambda x, w: w.sum(),
        lambda x, w: w.T,
        lambda x, w: autograd.grad(x, [w]),
        lambda x, w: gluon.utils.clip_global_norm([w], 1),
        lambda x, w: nd.array(w),
    ],
)
def test_a_parameter_is_not_an_array(compute):
    w = gluon.Parameter("w", shape=(2, 3))
    x = nd.ones((2, 2))
    x.attach_grad()
    with pytest.raises((TypeError, AttributeError), match=r"Parameter.* data\(\)"):
        compute(x, w)


@pytest.mark.parametrize(
    "compute",
    [
        *(np.mean, nd.sum, nd.relu, np.sort, np.cumsum, np.transpose, np.round, np.asarray),
        *(nd.array, np.array),
        *(lambda xs: xs[0] + xs, lambda xs: np.dot(xs, xs[0]), lambda xs: np.clip(xs, 0, 1)),
        *(lambda xs: np.reshape(xs, (4,)), lambda xs: np.broadcast_to(xs, (3, 2, 2))),
    ],
)
def test_gradients_do_not_get_lost_in_a_list(compute):
    x = nd.array([1, 2])
    x.attach_grad()
    compute([x, x * 2])  # no gradient is wanted
    with autograd.record(), pytest.raises(TypeError, match=r"list of recorded .* nd\.stack"):
        compute([x, x * 2])


def test_gradients_do_not_get_lost_in_an_array_filled_with_a_number():
    x = nd.array([1])
    x.attach_grad()
    for fill in (lambda: nd.full((2,), x), lambda: np.full_like(nd.ones((2,)), x)):
        fill()
        with autograd.record(), pytest.raises(TypeError, match=r"full.* is not recorded"):
            fill()


def test_gradients_do_not_get_lost_in_an_assignment():
    x, y = nd.array([1, 2]), nd.zeros((2, 2))
    x.attach_grad()
    with autograd.record():
        for value in (x, [x, x * 2]):
            with pytest.raises(MXNetError, match=r"\(2,\) was assigned .* nd\.stack"):
                y[:] = value
        y[:] = [x.detach(), nd.ones((2,))]
    assert y.asnumpy().tolist() == [[1, 2], [1, 1]]


@pytest.mark.parametrize("params", [nn.Dense(2), {"weight": 3}])
def test_what_holds_no_parameters_to_share(params):
    with pytest.raises(TypeError, match=f"other.params, not a {type(params).__name__}"):
        nn.Dense(2, params=params)


@pytest.mark.parametrize("axis", [2, -3])
def test_an_axis_that_an_array_has_not(axis):
    x = nd.ones((2, 3))
    for layer in (nn.LayerNorm(axis), nn.BatchNorm(axis)):
        layer.initialize()
        with pytest.raises(ShapeError, match=rf"no axis {axis} in an array of shape \(2, 3\)"):
            layer(x)
    for compute in (
        lambda: nd.slice_axis(x, axis, 0, 1),
        lambda: np.moveaxis(x, axis, 0),
        lambda: nd.split(x, 1, axis),
        lambda: nd.repeat(x, 2, axis),
        lambda: gluon.loss.L2Loss(batch_axis=axis)(x, x),
        lambda: x.mean(axis, exclude=True),
        lambda: nd.sum(x, axis=(0, axis), exclude=True),
    ):
        with pytest.raises(ShapeError, match=f"no axis {axis}"):
            compute()


@pytest.mark.parametrize("wrong", [3, nd.ones((2, 2)), nd.ones((1,))])
def test_what_is_no_initializer(wrong):
    layer = nn.Dense(2, in_units=2)
    for initialize in (
        lambda: layer.initialize(wrong),
        lambda: layer.weight.initialize(wrong),
        lambda: nn.Dense(2, in_units=2, weight_initializer=wrong).initialize(),
    ):
        with pytest.raises(AssertionError, match=rf"not a {type(wrong).__name__}: .*Constant"):
            initialize()


def test_an_initializer_that_fails_is_told_with_its_parameter():
    values = init.Constant(nd.ones((3, 3)))
    layer = nn.Dense(2, in_units=2, weight_initializer=values)
    with pytest.raises(ValueError, match=rf"\(3,3\).*\nwhile .*{layer.weight.name} .*Constant"):
        layer.initialize()
    layer = nn.Dense(2, weight_initializer=values)
    layer.initialize()
    with pytest.raises(ValueError, match=rf"\(3,3\).*\nwhile .*{layer.weight.name} .*Constant"):
        layer(nd.ones((1, 2)))


@pytest.mark.parametrize("pattern", ["*weight", ["weight"]])
def test_a_pattern_that_is_none_is_named_with_one_that_is(pattern):
    with pytest.raises(ValueError, match=r"expression such as '\.\*weight', not .*weight"):
        nn.Dense(2).collect_params(pattern)


def test_an_attribute_that_parameters_have_not_is_set_on_none():
    params = nn.Dense(2, in_units=2).collect_params()
    with pytest.raises(AttributeError, match="weight has no 'gradreq'"):
        params.setattr("gradreq", "null")
    assert all("gradreq" not in vars(parameter) for parameter in params.values())


@pytest.mark.parametrize(
    "compute",
    [lambda w: -w, lambda w: w * 2, lambda w: 2 - w, lambda w: w[0], lambda w: w @ nd.ones((3,))],
)
def test_a_parameter_taken_for_an_array_says_where_its_array_is(compute):
    weight = nn.Dense(2, in_units=3).weight
    with pytest.raises(TypeError, match=r"_weight .* is not an array: compute with its data\(\)"):
        compute(weight)


@pytest.mark.parametrize("rows", [[[1, 2], [3]], [1, "a"], "numbers"])
def test_lists_that_are_no_array_say_what_an_array_needs(rows):
    for make in (nd.array, np.array):
        with pytest.raises(ValueError, match="needs numbers, in lists of equal lengths: "):
            make(rows)


def test_what_replaces_a_method_of_a_parameter_is_told_the_way():
    layer = nn.Dense(1, in_units=1)
    layer.initialize()
    for method in ("data", "grad"):
        with pytest.raises(AttributeError, match=rf"weight\.{method} is a method .* set_data"):
            setattr(layer.weight, method, nd.zeros((1, 1)))


def test_what_replaces_a_block_is_named_by_its_type():
    net = nn.Sequential()
    net.layer = nn.Dense(2)
    with pytest.raises(
        TypeError, match=r"\.layer is a Block and cannot become a value of type int"
    ):
        net.layer = 3


@pytest.mark.parametrize("shape", ["33", (2.0, 3), (2, None), 1.5, (2, -3)])
def test_a_shape_that_is_none_is_named(shape):
    kind = ValueError if shape == (2, -3) else TypeError
    with pytest.raises(kind, match=r"_rate got the shape .*: it must be positive integers, 0 "):
        nn.Dense(2).params.get("rate", shape=shape)


@pytest.mark.parametrize(
    "make, known",
    [
        (lambda: nn.Dense(2, activations="relu"), "Dense accepts units, activation, .*, params"),
        (lambda: nn.Sequential(units=2), "Sequential accepts prefix, params$"),
        (lambda: gluon.Trainer({}, "sgd", {"lr": 1}), "SGD accepts learning_rate, momentum"),
        (lambda: nn.Dense(2).hybridize(static_aloc=True), "it has static_alloc, static_shape"),
    ],
)
def test_an_argument_that_is_mistyped_is_told_with_those_that_are_known(make, known):
    with pytest.raises(TypeError, match=rf" '\w+'; (?!.*kwargs){known}"):
        make()


def test_a_trainer_of_nothing_is_told_why_a_pattern_may_match_nothing():
    for empty in (nn.Dense(2).collect_params("weight"), nn.Sequential().params):
        with pytest.raises(ValueError, match=r"pass net.collect_params\(\), .* as '\.\*weight'"):
            gluon.Trainer(empty, "sgd")


def test_settings_for_an_optimizer_that_has_its_own_are_not_ignored():
    params, made = nn.Dense(2).collect_params(), optimizer.SGD(learning_rate=0.1)
    assert gluon.Trainer(params, made, {}).learning_rate == 0.1
    with pytest.raises(AssertionError, match=r"optimizer SGD\(.*=0.1.* cannot take .*momentum"):
        gluon.Trainer(params, made, {"momentum": 0.9})


def test_a_missing_gradient_is_told_where_no_gradient_may_be_missing():
    with pytest.raises(TypeError, match="NoneType"):
        gluon.utils.clip_global_norm([nd.ones((2,)), nd.ones((2,)).grad], 1)


def test_examples_that_make_no_array():
    for examples in ([{"a": 1}, {"a": 2}], ["a", "b"], [(1, "a"), (2, "b")]):
        with pytest.raises(TypeError, match="cannot form an array: pass batchify_fn"):
            next(iter(gluon.data.DataLoader(gluon.data.SimpleDataset(examples), 2)))
    ones = [f(n) for f in (nd.ones, numpy.ones) for n in (2, 3)]
    for pair in ([[1, 2], [3]], ones[:2], ones[2:], [(ones[0], 1), (ones[1], 1)], [1, [2]]):
        with pytest.raises(ValueError, match="lengths cannot form a batch: pass batchify_fn"):
            next(iter(gluon.data.DataLoader(pair, 2)))
    for index in (3, -1):
        with pytest.raises(ValueError, match=f"there is no part {index} of 3"):
            gluon.data.SimpleDataset([1, 2, 3, 4]).shard(3, index)
    with pytest.raises(TypeError, match="drop_last"):
        gluon.data.DataLoader([1, 2], 2, drop_last=True)


def test_operations_in_place_refuse_shapes_as_others_do():
    x = nd.ones((2,))
    with pytest.raises(ShapeError, match=r"add cannot be computed for a of shape \(2,\), b of sha"):
        x += nd.ones((3,))
    with pytest.raises(ShapeError, match=r"\(2,\) cannot be overwritten .* of shape \(3, 2\)"):
        x *= nd.ones((3, 2))
    with pytest.raises(ShapeError, match=r"\(2,\) was assigned to: .*\(3,\)"):
        x[:] = [1, 2, 3]
    with pytest.raises(ValueError, match="could not convert") as caught:
        x[0] = "abc"
    assert not isinstance(caught.value, ShapeError)
    assert x.tolist() == [1, 1]


def test_pick_knows_two_modes():
    with pytest.raises(ValueError, match="mode must be 'clip' or 'wrap', not 'clipp'"):
        nd.pick(nd.ones((2, 3)), nd.array([7, -1]), mode="clipp")


@pytest.mark.parametrize("draw", [nd.random.uniform, nd.random.normal])
def test_random_numbers_need_a_shape(draw):
    with pytest.raises(ValueError, match=r"shape \(2, -1\).*negative"):
        draw(shape=(2, -1))
    with pytest.raises(TypeError, match="integer"):
        draw(shape=(5 / 2,))
