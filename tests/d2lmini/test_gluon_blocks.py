"""Blocks as programs of Gluon nest, name, print and save them."""

import numpy
import pytest
from programs import mlp, same

import d2lmini as mx
from d2lmini import init, nd
from d2lmini.gluon import loss as gloss, nn


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
