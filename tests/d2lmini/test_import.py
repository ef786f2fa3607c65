"""Importing the package is cheap, and offers Gluon's names in Gluon's places."""

import subprocess
import sys

import pytest


def test_only_numpy_is_imported():
    program = (
        "import sys, numpy\n"
        "before = set(sys.modules)\n"
        "import d2lmini\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(new - set(sys.stdlib_module_names)))\n"
        "print(*sorted(new & {'ast', 'tempfile', 'urllib', 'random'}))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    packages, heavy = run.stdout.splitlines()
    assert {name for name in packages.split() if "editable" not in name} <= {"d2lmini", "numpy"}
    assert heavy == ""


@pytest.mark.parametrize(
    "line",
    [
        "import d2lmini as mx; mx.nd, mx.np, mx.npx, mx.init, mx.gluon.nn, mx.autograd, mx.cpu()",
        "from d2lmini import autograd, gluon, init, nd, nn, np, npx",
        "from d2lmini.gluon import Block, HybridBlock, Parameter, Trainer, data, loss, nn, utils",
        "from d2lmini.gluon.nn import Dense, HybridSequential",
        "from d2lmini.gluon.block import Block",
        "from d2lmini.gluon.parameter import DeferredInitializationError, Parameter",
        "from d2lmini.gluon.data.vision import Digits",
        "from d2lmini.gluon.data import dataset; from d2lmini.gluon.data.dataset import Dataset",
        "from d2lmini.gluon.data.dataloader import DataLoader; import d2lmini.gluon.data.sampler",
        "import d2lmini.gluon.nn; import d2lmini.gluon.loss",
        "from d2lmini.ndarray import NDArray, random; import d2lmini.ndarray as nd; nd.ones((2,))",
        "import d2lmini.numpy as np; import d2lmini.numpy_extension as npx; npx.relu(np.ones(2))",
        "from d2lmini.gluon.nn.basic_layers import BatchNorm, Dense, Sequential",
        "from d2lmini.ndarray.ndarray import NDArray; from d2lmini.ndarray.random import uniform",
        "from d2lmini.numpy.linalg import norm; from d2lmini.numpy.random import normal",
        "from d2lmini.util import use_np; import d2lmini; assert d2lmini.use_np is use_np",
        "from d2lmini.test_utils import assert_almost_equal, use_np",
        "import d2lmini as mx; assert mx.ndarray.ndarray.NDArray is mx.nd.ndarray.NDArray",
        "import d2lmini as mx; mx.gluon.nn.basic_layers.Dense(2), mx.optimizer.optimizer.SGD()",
        "from d2lmini.base import MXNetError",
        "from d2lmini.initializer import Xavier",
        "import d2lmini; assert d2lmini.gluon.nn is d2lmini.nn",
        "import d2lmini; assert d2lmini.context.num_gpus() == d2lmini.num_gpus() == 0",
        "import d2lmini as mx; mx.random.seed(1); mx.nd.random.seed(1); mx.np.random.seed(1)",
    ],
)
def test_names_are_where_gluon_has_them(line):
    run = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_the_imaginary_part_of_a_number_is_not_dropped_in_silence():
    line = "import numpy; from d2lmini import nd; nd.array(numpy.fft.fft([1, 2]))"
    run = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True)
    assert "ComplexWarning: Casting complex values to real discards" in run.stderr
    assert run.returncode
