"""nbval as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest
from notebooks import Nbval


@pytest.fixture
def nbval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nbval:
    """Run nbval on a notebook: `nbval(notebook, language)`."""
    return Nbval(tmp_path, monkeypatch)
