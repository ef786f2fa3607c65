"""Checks of exercises speak the language of the page, and English where it has no words."""

from __future__ import annotations

import pytest

from d2lmini import init, nn
from d2lmini.exercises import words
from d2lmini.exercises.expect import describe


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


def test_first_locale_that_is_set_decides(monkeypatch):
    for name in ("LANGUAGE", "LC_MESSAGES", "D2LMINI_LANGUAGE", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    monkeypatch.setenv("LC_ALL", "C")
    assert words.language() == "en"
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert words.language() == "ja"


@pytest.mark.parametrize(
    ("value", "described"),
    [(nn.Dense(3), "a Dense"), (init.Zero(), "a Zero"), (nn.Dense, "the class Dense"),
     (abs, "the function abs"), (nn.Dense(3).forward, "the function forward")],
)  # fmt: skip
def test_an_object_that_can_be_called_is_told_from_a_function(monkeypatch, value, described):
    monkeypatch.setenv("D2LMINI_LANGUAGE", "en")
    assert describe(value) == described


def test_in_the_browser_the_folder_of_the_notebook_decides(monkeypatch, tmp_path):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("D2LMINI_LANGUAGE", raising=False)
    (tmp_path / "ko").mkdir()
    monkeypatch.chdir(tmp_path / "ko")
    assert words.language() == "en"
    monkeypatch.setattr(words.sys, "platform", "emscripten")
    assert words.language() == "ko"
