"""Every test starts in the legacy dialect, not recording, with fresh random streams."""

import pytest

from d2lmini import npx, random
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
