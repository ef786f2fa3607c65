"""Formulas are made once, by KaTeX, and are readable by screen readers."""

from __future__ import annotations

import asyncio

import pytest

from press import katex
from press.errors import BookError
from press.fragments import Fragments
from press.katex import formula


def test_formula_has_letters_to_see_and_mathml_to_hear():
    html = formula(Fragments(), r"\mathbf{c} \cdot x", display=True)
    assert 'class="katex-display"' in html
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in html
    assert 'aria-hidden="true"' in html and "mathbf" in html


def test_known_formula_starts_nothing(tmp_path, monkeypatch):
    kept = tmp_path / "fragments.json"
    first = Fragments(kept)
    html = formula(first, "x^2")
    first.save()

    def start():
        raise AssertionError("V8 was started")

    monkeypatch.setattr(katex, "_engine", start)
    assert formula(Fragments(kept), "x^2") == html
    with pytest.raises(AssertionError, match="V8 was started"):
        formula(Fragments(kept), "x^2", display=True)


def test_spoilt_cache_is_made_anew(tmp_path):
    kept = tmp_path / "fragments.json"
    kept.write_text("{")
    assert "katex" in formula(Fragments(kept), "x")


def test_save_writes_only_what_changed_and_prunes(tmp_path):
    kept = tmp_path / "fragments.json"
    first = Fragments(kept)
    first.get(str.upper, "a")
    first.save()
    before = kept.stat().st_mtime_ns
    second = Fragments(kept)
    assert second.get(str.upper, "a") == "A"
    second.save(prune=True)
    assert kept.stat().st_mtime_ns == before
    third = Fragments(kept)
    third.get(str.upper, "b")
    third.save(prune=True)
    assert kept.read_text().count(":") == 1


@pytest.mark.parametrize("tex", [r"\frac{a}", r"\unknown", "層_i", r"\href{https://a.example}{x}"])
def test_what_is_not_tex_is_an_error(tex):
    with pytest.raises(BookError, match="KaTeX cannot read the formula") as caught:
        formula(Fragments(), tex)
    assert str(caught.value).count("KaTeX") == 1


def test_formulas_wait_for_no_event_loop_of_their_caller():
    async def first():
        return formula(Fragments(), "x")

    katex._engine.cache_clear()
    assert "katex" in asyncio.run(first())
    assert "katex" in formula(Fragments(), "y")  # that loop has ended
