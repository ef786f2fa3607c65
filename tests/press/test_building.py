"""Building: what was in order is not checked again, and whatever has changed is."""

from __future__ import annotations

import pytest

from press import building


@pytest.fixture
def checked(monkeypatch):
    """What is checked: the texts of each time."""
    times = []
    real = building.check

    def check(book, texts, *others):
        times.append(texts)
        return real(book, texts, *others)

    monkeypatch.setattr(building, "check", check)
    return times


def test_book_in_order_is_not_checked_again(built, checked):
    for command in ("build", "check"):
        assert built.press(command).returncode == 0
    assert not checked


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("ko/sums.md", "---\n\n", "---\n\n% A remark.\n\n"),
        ("terms.toml", "[[term]]", "# A remark.\n[[term]]"),
        ("book.toml", "cell_timeout = 30", "cell_timeout = 31"),
        ("figures/sum.svg", "<svg", "\n<svg"),
    ],
)
def test_whatever_changes_is_checked(built, checked, file, old, new):
    built.edit(file, old, new)
    built.press("check")
    assert len(checked) == 1


def test_whatever_is_forced_is_checked(built, checked):
    built.press("build", "--force")
    assert len(checked) == 1


def test_errors_are_told_each_time(built, checked):
    built.edit("terms.toml", "[[term]]", "# A remark.\n[[term]]")
    built.edit("ko/sums.md", "---\n\n", "---\n\n{ref}`nothing`\n\n")
    first, second = built.press("check"), built.press("check")
    assert (first.returncode, first.stderr) == (second.returncode, second.stderr)
    assert "nothing" in first.stderr and len(checked) == 2


def test_edit_while_cells_run_is_checked_next_time(built, monkeypatch):
    real = building.run

    def run(*arguments, **options):
        executed = real(*arguments, **options)
        built.edit("ko/sums.md", "---\n\n", "---\n\n{ref}`nothing`\n\n")
        built.edit("terms.toml", 'ko = "층"', 'ko = "층 "')
        return executed

    built.edit("book.toml", "cell_timeout = 30", "cell_timeout = 31")
    with monkeypatch.context() as patch:
        patch.setattr(building, "run", run)
        assert built.press("build").returncode == 0
    said = built.press("check").stderr
    assert "nothing" in said and "a space around '층 '" in said


def test_part_of_the_book_in_order_is_no_sign_that_the_rest_is(built, checked):
    built.edit("ja/sums.md", "---\n\n", "---\n\n{ref}`nothing`\n\n")
    built.press("build", "--lang", "ko")
    assert built.press("check").returncode == 1
    assert len(checked) == 2


def test_other_outputs_are_checked(built, checked, monkeypatch):
    known = building.outputs_known

    def others(book, texts):
        found = known(book, texts)
        for text in found.values():
            cell = next(cell for cell in text.notebook.cells if cell.get("outputs"))
            cell.outputs[0].text = "another\n"
        return found

    monkeypatch.setattr(building, "outputs_known", others)
    built.press("check")
    assert len(checked) == 1
