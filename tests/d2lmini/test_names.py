"""Names, prefixes, reprs and pattern matching are Gluon's."""

import subprocess
import sys

import pytest

from d2lmini import gluon, nd, nn, np
from d2lmini.models import FixedHiddenMLP, NestMLP


def in_a_fresh_process(program):
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_counters_are_kept_for_each_class():
    printed = in_a_fresh_process(
        "from d2lmini import nn\n"
        "class MyDense(nn.Block): pass\n"
        "print(nn.Dense(1).name, MyDense().name, nn.Dense(1).prefix, MyDense().prefix)\n"
        "print(nn.Dense(2, in_units=3).weight)\n"
    )
    assert printed.splitlines() == [
        "dense0 mydense0 dense1_ mydense1_",
        "Parameter dense2_weight (shape=(2, 3), dtype=float32)",
    ]


def test_dense_repr_before_and_after_the_first_input():
    layer = nn.Dense(256, activation="relu")
    assert repr(layer) == "Dense(None -> 256, Activation(relu))"
    layer.initialize()
    layer(nd.ones((1, 20)))
    assert repr(layer) == "Dense(20 -> 256, Activation(relu))"
    assert repr(nn.Dense(10, in_units=256)) == "Dense(256 -> 10, linear)"


def test_nested_repr():
    class MyDense(nn.Block):
        pass

    assert repr(MyDense()) == "MyDense(\n\n)"
    net = nn.Sequential()
    net.add(NestMLP(), MyDense())
    assert repr(net) == (
        "Sequential(\n"
        "  (0): NestMLP(\n"
        "    (net): Sequential(\n"
        "      (0): Dense(None -> 64, Activation(relu))\n"
        "      (1): Dense(None -> 32, Activation(relu))\n"
        "    )\n"
        "    (dense): Dense(None -> 16, Activation(relu))\n"
        "  )\n"
        "  (1): MyDense(\n"
        "  \n"
        "  )\n"
        ")"
    )


def test_parameter_dict_repr():
    params = gluon.ParameterDict("block1_")
    assert repr(params) == "block1_ (\n\n)"
    params.get("param2", shape=(2, 3))
    params.get_constant("c", [1])
    assert repr(params) == (
        "block1_ (\n"
        "  Parameter block1_param2 (shape=(2, 3), dtype=float32)\n"
        "  Constant block1_c (shape=(1,), dtype=float32)\n"
        ")"
    )
    assert repr(gluon.ParameterDict()) == "(\n\n)"


def test_an_unknown_length_is_zero_in_the_legacy_dialect_and_minus_one_in_the_modern(request):
    weight = nn.Dense(5).weight
    assert weight.shape == (5, 0)
    request.getfixturevalue("modern")
    assert weight.shape == (5, -1)


def test_name_scope_nests_prefixes():
    class Net(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.a = nn.Dense(2, in_units=2)
                self.b = nn.Dense(2, in_units=2)
            self.c = nn.Dense(2, in_units=2, prefix="c_")

    net = Net(prefix="model_")
    assert list(net.collect_params()) == [
        *("model_dense0_weight", "model_dense0_bias"),
        *("model_dense1_weight", "model_dense1_bias"),
        *("c_weight", "c_bias"),
    ]
    assert net.name == "model"


def test_an_empty_prefix_opens_no_scope():
    net = nn.Sequential(prefix="")
    with net.name_scope():
        net.add(nn.Dense(2, in_units=2, prefix="only_"))
    assert list(net.collect_params()) == ["only_weight", "only_bias"]


def test_collect_params_matches_from_the_beginning():
    net = FixedHiddenMLP(prefix="fixed_")
    assert [name.split("_", 1)[1] for name in net.collect_params(".*weight")] == [
        "rand_weight",
        "weight",
    ]
    assert list(net.collect_params("weight")) == []
    assert list(net.collect_params("fixed_|nothing")) == ["fixed_rand_weight"]


def test_shared_params_are_the_same_objects():
    shared = nn.Dense(8, in_units=8)
    net = nn.Sequential()
    net.add(nn.Dense(8, in_units=8), shared, nn.Dense(8, params=shared.params))
    assert net[1].weight is net[2].weight
    assert net[1].bias is net[2].bias
    assert len(net.collect_params()) == 4
    net.initialize()
    net[1].weight.data()[0, 0] = 100
    assert net[2].weight.data()[0, 0].asscalar() == 100


def test_a_parameter_asked_for_again_must_agree():
    params = gluon.ParameterDict()
    weight = params.get("w", shape=(2, 0), allow_deferred_init=True)
    assert params.get("w", shape=(2, 5)) is weight
    assert weight.shape == (2, 5)
    with pytest.raises(AssertionError, match="w"):
        params.get("w", shape=(3, 5))
    with pytest.raises(AssertionError, match="dtype"):
        params.get("w", dtype="float64")


def test_legacy_arrays_print_with_their_shape():
    assert repr(nd.ones((2, 3))) == "\n[[1. 1. 1.]\n [1. 1. 1.]]\n<NDArray 2x3 @cpu(0)>"
    assert str(nd.ones((1,))) == "\n[1.]\n<NDArray 1 @cpu(0)>"


def test_modern_arrays_print_as_in_numpy(modern):
    assert repr(np.ones((2,))) == "array([1., 1.])"
    assert str(np.ones((2,))) == "[1. 1.]"
    assert repr(np.ones((2,), dtype="float64")) == "array([1., 1.], dtype=float64)"
    assert repr(np.arange(3, dtype="int32")) == "array([0, 1, 2], dtype=int32)"
    assert repr(np.arange(3, dtype="int64")) == "array([0, 1, 2], dtype=int64)"
    assert repr(np.ones((2,)) > 0) == "array([ True,  True])"
    assert repr(np.ones((2,)).sum()) == "array(2.)"


def test_layer_reprs():
    assert repr(nn.Dropout(0.5)) == "Dropout(p = 0.5, axes=())"
    assert repr(nn.Activation("tanh")) == "Activation(tanh)"
    assert repr(nn.Flatten()) == "Flatten"
    assert repr(nn.Embedding(4, 2)) == "Embedding(4 -> 2, float32)"
    assert repr(nn.Lambda("relu")) == "Lambda(relu)"
    assert repr(nn.BatchNorm()) == (
        "BatchNorm(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False, use_global_stats=False, "
        "in_channels=None)"
    )
    assert repr(nn.LayerNorm(in_channels=4)) == (
        "LayerNorm(eps=1e-05, axis=-1, center=True, scale=True, in_channels=4)"
    )
    assert repr(gluon.loss.L2Loss()) == "L2Loss(batch_axis=0, w=1.0)"


def test_blocks_of_an_empty_prefix_go_on_with_the_numbers_around_them():
    outer = nn.HybridSequential(prefix="net_")
    with outer.name_scope():
        inner = nn.HybridSequential(prefix="")
        outer.add(nn.Dense(2), inner)
        with inner.name_scope():
            inner.add(nn.Dense(3), nn.Dense(2, prefix="out_"))
        outer.add(nn.Dense(1))
    assert inner.prefix == "net_"
    assert list(outer.collect_params(".*weight")) == [
        *("net_dense0_weight", "net_dense1_weight", "net_out_weight", "net_dense2_weight"),
    ]
