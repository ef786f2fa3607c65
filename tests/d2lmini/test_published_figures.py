"""The figures that the web edition of 2022 and MXNet's documentation print."""

import subprocess
import sys

import pytest

from d2lmini import nd, np

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


NORMAL = [2.2122064, 1.1630787, 0.7740038, 0.4838046, 1.0434403, 0.29956347, 1.1839255, 0.15302546]


def test_modern_normal_numbers_are_mxnets(modern):
    np.random.seed(0)
    assert np.random.normal(0, 1, size=8).tolist() == pytest.approx(NORMAL, rel=1e-6)


def test_legacy_normal_numbers_drop_every_second_one():
    nd.random.seed(0)
    assert nd.random.normal(0, 1, shape=(4,)).tolist() == pytest.approx(NORMAL[::2], rel=1e-6)
