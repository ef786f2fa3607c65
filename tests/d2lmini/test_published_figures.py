"""The figures that the web edition of 2022 and MXNet's documentation print."""

import subprocess
import sys

import pytest

from d2lmini import autograd, nd, nn, np, npx

FRESH_PROCESS = """
from d2lmini import nn, np, npx
from d2lmini.models import MLP, FixedHiddenMLP, MySequential, NestMLP

npx.set_np()

net = nn.Sequential()
net.add(nn.Dense(256, activation="relu"))
net.add(nn.Dense(10))
net.initialize()
x = np.random.uniform(size=(2, 20))
print(*net(x)[0, :3].tolist())

net = MLP()
net.initialize()
print(*net(x)[0, :3].tolist())

net = MySequential()
net.add(nn.Dense(256, activation="relu"))
net.add(nn.Dense(10))
net.initialize()
print(*net(x)[0, :3].tolist())

net = FixedHiddenMLP()
net.initialize()
print(net(x).item())

chimera = nn.Sequential()
chimera.add(NestMLP(), nn.Dense(20), FixedHiddenMLP())
chimera.initialize()
print(chimera(x).item())
"""


def test_the_five_figures_of_the_chapter_come_out_in_a_fresh_process():
    printed = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS], capture_output=True, text=True, check=True
    ).stdout
    rows = [[float(number) for number in line.split()] for line in printed.splitlines()]
    assert rows[0] == pytest.approx([0.06240274, -0.03268593, 0.02582653], rel=1e-6)
    assert rows[1] == pytest.approx([-0.03989595, -0.10414709, 0.06799038], rel=1e-6)
    assert rows[2] == pytest.approx([-0.0764568, -0.01130233, 0.04952145], rel=1e-6)
    assert rows[3] == pytest.approx([0.52637565], rel=1e-6)
    assert rows[4] == pytest.approx([0.9772054], rel=1e-6)


LEGACY_PROCESS = """
from d2lmini import init, nd, nn

class MyInit(init.Initializer):
    def _init_weight(self, name, array):
        array[:] = nd.random.uniform(low=-10, high=10, shape=array.shape)
        array *= array.abs() >= 5

net = nn.Sequential()
net.add(nn.Dense(256, activation="relu"))
net.add(nn.Dense(10))
net.initialize()
net(nd.random.uniform(shape=(2, 20)))

def show(count):
    print(*net[0].weight.data()[0, :count].asnumpy().tolist())

show(3)
net.initialize(init=init.Normal(sigma=0.01), force_reinit=True)
show(3)
net.initialize(init=init.Constant(1), force_reinit=True)
net[0].weight.initialize(init=init.Xavier(), force_reinit=True)
show(2)
net.initialize(init=MyInit(), force_reinit=True)
show(5)
"""


def test_the_figures_of_the_legacy_chapter_on_parameters_come_out():
    printed = subprocess.run(
        [sys.executable, "-c", LEGACY_PROCESS], capture_output=True, text=True, check=True
    ).stdout
    rows = [[float(number) for number in line.split()] for line in printed.splitlines()]
    assert rows[0] == pytest.approx([0.06700657, -0.00369488, 0.0418822], rel=1e-6)
    assert rows[1] == pytest.approx([0.01074176, 0.00066428, 0.00848699], rel=1e-5)
    assert rows[2] == pytest.approx([0.00512482, -0.06579044], rel=1e-6)
    assert rows[3] == pytest.approx([-5.3659673, 7.5773945, 8.986376, 0, 8.827555], rel=1e-6)


NORMAL = [2.2122064, 1.1630787, 0.7740038, 0.4838046, 1.0434403, 0.29956347, 1.1839255, 0.15302546]


def test_modern_normal_numbers_are_mxnets(modern):
    np.random.seed(0)
    assert np.random.normal(0, 1, size=8).tolist() == pytest.approx(NORMAL, rel=1e-6)


def test_legacy_normal_numbers_drop_every_second_one():
    nd.random.seed(0)
    assert nd.random.normal(0, 1, shape=(4,)).tolist() == pytest.approx(NORMAL[::2], rel=1e-6)


# What MXNet 1.9.1 draws.
def test_integers_are_mxnets():
    nd.random.seed(3)
    assert nd.random.randint(0, 10, shape=12).tolist() == [9, 1, 4, 3, 0, 1, 9, 9, 4, 6, 5, 9]
    nd.random.seed(3)
    assert nd.random.randint(-5, 1000, shape=70).tolist()[34:38] == [74, 734, 888, 779]


def test_orders_are_mxnets():
    nd.random.seed(3)
    assert nd.random.shuffle(nd.arange(12)).tolist() == [0, 10, 8, 9, 11, 4, 5, 3, 1, 2, 6, 7]
    rows = nd.random.shuffle(nd.arange(12).reshape((6, 2)))
    assert rows[:, 0].tolist() == [10, 2, 0, 8, 6, 4]
    assert nd.random.uniform(shape=1).tolist() == pytest.approx([0.5853022])


def test_modern_dropout_and_integers_leave_the_stream_of_other_numbers_alone(modern):
    np.random.seed(2)
    assert np.random.uniform(size=3).tolist() == pytest.approx([0.5121, 0.5768, 0.6401], abs=1e-4)
    with autograd.train_mode():
        assert npx.dropout(np.ones(10), 0.5).tolist() == [0, 0, 0, 0, 2, 2, 2, 2, 2, 0]
    assert np.random.uniform(size=3).tolist() == pytest.approx([0.6938, 0.16, 0.2647], abs=1e-4)
    assert np.random.normal(size=2).tolist() == pytest.approx([-1.239, -0.07746], abs=1e-3)
    assert np.random.randint(0, 100, size=5).tolist() == [2, 68, 89, 14, 86]


def test_modern_choices_take_a_word_each_from_the_stream_of_other_numbers(modern):
    np.random.seed(7)
    assert np.random.choice(5, 4).tolist() == [2, 3, 3, 2]
    assert np.random.uniform(size=2).tolist() == pytest.approx([0.7496, 0.2934], abs=1e-4)
    assert np.random.choice(np.array([10, 20, 30]), (2, 2)).tolist() == [[10, 10], [20, 10]]
    assert np.random.choice(1000) == 814


def test_masks_of_a_hybridized_net_are_drawn_after_all_weights():
    nd.random.seed(3)
    net = nn.HybridSequential()
    net.add(nn.Dense(3), nn.Dropout(0.5), nn.Dense(2))
    net.initialize()
    net.hybridize()
    with autograd.record():
        y = net(nd.ones((2, 4)))
    figures = [0.007492474, -0.00004888577, -0.003861038, -0.002134136]
    assert y.reshape(-1).tolist() == pytest.approx(figures, rel=1e-4)
