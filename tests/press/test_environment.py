"""Setting up: what would fail later, with a message of others, is said before."""

from __future__ import annotations

from pathlib import Path

import pytest

from press.environment import SetupError, check_name


def test_folder_named_like_a_variable_that_is_not_set(monkeypatch):
    monkeypatch.setenv("PRICE", "set")
    check_name(Path("/my books/100$ $ $PRICE"))
    monkeypatch.delenv("PRICE")
    with pytest.raises(SetupError, match=r"^/my books/\$PRICE: .*; rename the folder"):
        check_name(Path("/my books/$PRICE"))
