"""Every test starts in the legacy dialect, not recording, with fresh random streams."""

import pytest
from hybridizing import net_of

from d2lmini import nd, npx, random
from d2lmini.tape import state, tracers


@pytest.fixture(autouse=True)
def fresh_state():
    npx.reset_np()
    random.seed(0)
    yield
    npx.reset_np()
    assert state.recorder is None and not tracers


@pytest.fixture
def modern():
    npx.set_np()


@pytest.fixture
def net():
    """A hybridized net that has been called."""
    net = net_of(["relu dense", "dense"])
    net.initialize()
    net(nd.ones((2, 5)))
    net.hybridize()
    net(nd.ones((2, 5)))
    return net
