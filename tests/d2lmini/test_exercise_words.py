"""Checks of exercises speak the language of the page, and English where it has no words."""

from __future__ import annotations

import pytest

from d2lmini.exercises import words


@pytest.mark.parametrize(
    ("stated", "system", "expected"),
    [("ko", "ja_JP.UTF-8", "ko"), ("", "ja_JP.UTF-8", "ja"), ("eo", "ja_JP.UTF-8", "en")],
)
def test_what_is_stated_decides(monkeypatch, stated, system, expected):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("D2LMINI_LANGUAGE", stated)
    monkeypatch.setenv("LANG", system)
    assert words.language() == expected
