"""Every exercise: its starter fails, its solution passes, typical wrong answers get their hints.

The programs of a chapter run once, up to each exercise and in place of its cell whatever is tried.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from notebooks import BOOK

from d2lmini.exercises import CHAPTERS, check, find
from d2lmini.exercises.words import FOLDER
from press.exercises import Exercise, exercises
from press.glossary import wrong_words
from press.passages import Passage, split
from press.prose import foreign_letters
from press.texts import read_text

WRONG = Path(__file__).with_name("wrong_answers")
RIGHT = Path(__file__).with_name("right_answers.toml")
RIGHT_ANSWERS = [
    pytest.param(name, table.get("before", "") + answer, id=f"{name}-{number}")
    for name, table in tomllib.loads(RIGHT.read_text("utf-8")).items()
    for number, answer in enumerate(table["answers"])
]
PASSAGES = {slug: split(read_text(BOOK.text_path(BOOK.source, slug))) for slug in BOOK.chapters}
FOUND = {
    exercise.name: (slug, exercise)
    for slug, passages in PASSAGES.items()
    for exercise in exercises(passages)
}
WRONG_ANSWERS = [
    pytest.param(name, table, answer, id=f"{name}-{number}-{answer['hint']}")
    for chapter in CHAPTERS
    for name, table in tomllib.loads((WRONG / f"{chapter}.toml").read_text("utf-8")).items()
    for number, answer in enumerate(table["answer"])
]
# what nobody asked for
NASTY = {
    "nothing": "None",
    "number": "3",
    "text": "'x'",
    "class": "object",
    "builtin": "print",
    "empty": "{}",
    "instance": "nn.Dense(3)",
    "array": "np.ones((2, 3))",
    "raises": "Nasty(lambda: 1 / 0)",
    "raises without a message": "Nasty(lambda: throw(Mute()))",
    "interrupts": "Nasty(lambda: throw(KeyboardInterrupt()))",
    "raises what is no exception": "Nasty(lambda: throw(BaseException('out')))",
    "exits": "Nasty(lambda: exit(3))",
    "recurses": "Nasty(recurse)",
    "asks": "Nasty(lambda: input('?'))",
    "prints": "Nasty(lambda: print('x' * 10**6))",
    "breaks classes": "Nasty(lambda: setattr(nn.Dense, 'forward', None))",
    "adds to classes": "Nasty(lambda: setattr(nn.Block, 'more', 1))",
    "breaks functions": "Nasty(lambda: setattr(np, 'concatenate', None))",
    "changes settings": "Nasty(lambda: np.set_printoptions(precision=1))",
    "leaves recording on": "Nasty(lambda: autograd.set_recording(True))",
    "seeds": "Nasty(lambda: np.random.seed(7))",
    "warns": "Nasty(lambda: warnings.warn('careful'))",
    "returns itself": "Nasty(lambda: Nasty)",
    "lies": "Lie()",
}  # fmt: skip
HELP = """
import sys
import warnings

from d2lmini import autograd, np
from d2lmini.gluon import nn


class Mute(Exception):
    def __str__(self):
        raise ValueError


def throw(error):
    raise error


def recurse():
    return recurse()


class Meta(type):
    def __call__(cls, *arguments, **keywords):
        return cls.act()


def Nasty(act):
    kind = Meta('Nasty', (nn.Block,), {'act': staticmethod(act), 'forward': lambda self, x: act()})
    return Table(kind)


class Table(dict):  # with the same class in every entry
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def __contains__(self, name):
        return True

    def __getitem__(self, name):
        return self.kind

    def __call__(self, *arguments, **keywords):
        return self.kind()


class Lie:
    def __getattribute__(self, name):
        raise RuntimeError('no')

    def __repr__(self):
        raise RuntimeError('no')

    def __eq__(self, other):
        raise RuntimeError('no')
"""


def names() -> list[str]:
    return list(FOUND)


def program(exercise: Exercise, variant: str) -> Passage:
    """Return the cell of an exercise that is what `variant` says."""
    return next(p for p in exercise.passages if p.kind == "code" and p.variant == variant)


def before(name: str) -> Mapping[str, Any]:
    """Return the names that a chapter has defined where an exercise begins."""
    return spaces(FOUND[name][0])[name]


@cache
def spaces(slug: str) -> Mapping[str, Mapping[str, Any]]:
    """Run the programs of a chapter; return what is defined where each exercise begins."""
    begin = {ex.passages[0].line: name for name, (where, ex) in FOUND.items() if where == slug}
    found = {}
    space: dict[str, Any] = {"__name__": "chapter"}
    for passage in PASSAGES[slug]:
        if passage.line in begin:
            found[begin[passage.line]] = dict(space)
        if passage.kind == "code" and not passage.variant:
            run(passage.source, space)
    if "plt" in space:
        space["plt"].close("all")
    return found


def run(source: str, space: dict[str, Any]) -> dict[str, Any]:
    exec(compile(source, "<cell>", "exec"), space)
    return space


def said(name: str, source: str, capsys: pytest.CaptureFixture[str], call: str = "") -> str:
    """Return what the check of an exercise says after a program."""
    space = run(source, dict(before(name)))
    capsys.readouterr()
    if call:
        check(name, eval(call, space))
    else:
        run(program(FOUND[name][1], "check").source, space)
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def passed(report: str) -> tuple[int, int]:
    """Return how many tests passed and how many there are: the beginning of the last line."""
    one, all_ = report.splitlines()[-1].partition(" ")[0].split("/")
    return int(one), int(all_)


@pytest.fixture(params=BOOK.languages)
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("D2LMINI_LANGUAGE", request.param)
    return request.param


def test_every_exercise_of_the_book_has_a_check_and_every_check_an_exercise():
    assert {name for name in FOUND if find(name) is None} == set()
    from d2lmini.exercises.exercise import Exercise as Checked

    left = {*Checked.known} - {*FOUND}
    assert not left, "No chapter has these: remove them, their words and their answers."
    for name, (slug, _) in FOUND.items():
        assert find(name).chapter == slug.replace("-", "_")


@pytest.mark.parametrize("name", names())
def test_starter_fails(name, capsys, language):
    done, all_ = passed(said(name, program(FOUND[name][1], "exercise").source, capsys))
    assert done < all_


@pytest.mark.parametrize("name", names())
def test_solution_passes(name, capsys, language):
    report = said(name, program(FOUND[name][1], "solution").source, capsys)
    done, all_ = passed(report)
    assert done == all_ == len(find(name).tests)
    assert "✗" not in report


@pytest.mark.parametrize(("name", "source"), RIGHT_ANSWERS)
def test_right_answer_in_another_form_passes(name, source, capsys):
    report = said(name, source, capsys)
    done, all_ = passed(report)
    assert done == all_, report


@pytest.mark.parametrize(("name", "table", "answer"), WRONG_ANSWERS)
def test_typical_wrong_answer_gets_its_hint(name, table, answer, capsys, language):
    hint = words(language, find(name).chapter, name, "hints", answer["hint"])
    hint = hint or words(language, "report", "hints", answer["hint"])
    source = table.get("before", "") + answer["code"]
    report = said(name, source, capsys, table["call"])
    assert f": {hint}\n" in report
    if "unsaid" in answer:
        assert words(language, find(name).chapter, name, "hints", answer["unsaid"]) not in report


def words(language: str, file: str, *keys: str) -> str:
    """Return what a language itself says, without English in its place."""
    found: Any = tomllib.loads((FOLDER / language / f"{file}.toml").read_text("utf-8"))
    for key in keys:
        found = found.get(key, {})
    return found if isinstance(found, str) else ""


@pytest.mark.parametrize("file", ["report", *CHAPTERS])
def test_every_language_has_the_same_words(file, language):
    here, source = (
        keys(tomllib.loads((FOLDER / code / f"{file}.toml").read_text("utf-8")))
        for code in (language, BOOK.source)
    )
    assert here == source


@pytest.mark.parametrize("file", ["report", *CHAPTERS])
def test_words_are_in_their_language_and_use_its_terms(file, language):
    said = (FOLDER / language / f"{file}.toml").read_text("utf-8")
    assert foreign_letters(language, said) is None
    assert [*wrong_words(BOOK.terms, language, said)] == []


def keys(table: Mapping[str, Any], prefix: str = "") -> set[str]:
    found = set()
    for key, value in table.items():
        found |= keys(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return found


@pytest.mark.parametrize("name", names())
def test_words_are_those_of_the_tests(name):
    exercise = find(name)
    table = tomllib.loads((FOLDER / "en" / f"{exercise.chapter}.toml").read_text("utf-8"))[name]
    assert set(exercise.tests) == {key for key, value in table.items() if isinstance(value, str)}


@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize(("language_code", "ending"), [("ko", "야 합니다"), ("ja", "こと")])
def test_line_of_a_test_says_what_must_hold(chapter, language_code, ending):
    table = tomllib.loads((FOLDER / language_code / f"{chapter}.toml").read_text("utf-8"))
    lines = [line for of in table.values() for line in of.values() if isinstance(line, str)]
    assert [line for line in lines if not line.endswith(ending)] == []


@pytest.mark.parametrize("name", names())
def test_every_hint_of_an_exercise_is_given_to_some_wrong_answer(name):
    exercise = find(name)
    table = tomllib.loads((FOLDER / "en" / f"{exercise.chapter}.toml").read_text("utf-8"))[name]
    wrong = (parameter.values for parameter in WRONG_ANSWERS)
    tried = {answer["hint"] for tried_name, _, answer in wrong if tried_name == name}
    assert set(table.get("hints", {})) <= tried


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("name", names())
def test_whatever_the_answer_is_the_check_reports_and_leaves_no_trace(name, nasty, capsys):
    space = run(HELP, dict(before(name)))
    answer = eval(NASTY[nasty], space)
    traces = watched(space)
    capsys.readouterr()
    check(name, answer)
    report = capsys.readouterr().out
    done, all_ = passed(report)
    assert done < all_
    assert len(report) < 5000
    assert "0x" not in report
    assert watched(space) == traces


def watched(space: Mapping[str, Any]) -> list[Any]:
    """Return what no check may change."""
    np, nn, autograd = space["np"], space["nn"], space["autograd"]
    from d2lmini import naming, streams

    return [
        str(np.array([0.123456])),
        np.concatenate,
        dict(vars(nn.Dense)),
        dict(vars(nn.Block)),
        autograd.is_recording(),
        str([streams.start, *((i, e.twister.state) for i, e in streams.engines.items())]),
        dict(naming.top.counts),
    ]


def test_method_that_finds_its_function_is_not_called_changed():
    program = """
from d2lmini.exercises import check, state
from d2lmini import np
from d2lmini.ndarray import NDArray
del NDArray.mean
print(state.mend())
np.ones(3).mean() * 2 / 3
print(state.mend())
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == "['NDArray.mean']\n[]\n", run.stderr


ENDLESS = {
    "loops": "while True: pass",
    "loops and catches all": "while True:\n        try: list(range(9))\n        except: pass",
    "loops and goes on in spite": "while True:\n        try: 1\n        finally: continue",
    "sleeps": "__import__('time').sleep(60)",
    "prints without end": "while True: print(1)",
}


@pytest.mark.parametrize("endless", ENDLESS)
@pytest.mark.parametrize("name", names())
def test_answer_that_never_ends_is_stopped(name, endless, capsys, monkeypatch):
    monkeypatch.setattr(type(find(name)), "limit", 0.1)
    # pytest's hook is code in Python, which the clock may stop before it is done.
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    space = run(f"{HELP}\n\ndef endless():\n    {ENDLESS[endless]}\n", dict(before(name)))
    started = time.monotonic()
    check(name, eval("Nasty(endless)", space))
    assert time.monotonic() - started < 30  # a busy machine is slow
    report = capsys.readouterr().out
    done, all_ = passed(report)
    assert done < all_
    if name in ("parallel", "factory"):  # which call what they are given
        assert words("en", "report", "hints", "endless") in report
        assert words("en", "report", "skipped") in report


def test_unknown_name_gets_the_nearest_ones(capsys):
    check("paralel", None)
    assert "“paralel”" in capsys.readouterr().out
    check(3, None)
    check("paralel", None)
    assert "parallel" in capsys.readouterr().out


def test_exercise_on_a_list_of_blocks_gives_no_hint_against_it(capsys):
    source = program(FOUND["nest-list"][1], "solution").source
    report = said("nest-list", source.replace("return self.dense(x)", "return x"), capsys)
    assert "✗" in report
    assert words("en", "report", "hints", "children_in_list") not in report


def test_call_that_readers_write_themselves_gives_no_hint_on_the_starter(capsys):
    source = program(FOUND["parallel"][1], "solution").source
    report = said("parallel", source.replace("axis=-1", "axis=-1, out=3, to=4"), capsys)
    assert "TypeError" in report
    assert words("en", "report", "hints", "signature") not in report
    source = "repeat = lambda block, count: nn.Sequential(*(block() for _ in range(count)))"
    report = said("factory", source, capsys)
    assert "call add(*blocks)" in report
    assert words("en", "report", "hints", "signature") not in report


def test_refusal_to_record_is_shown(capsys):
    source = """
refused = None
class Chosen(nn.HybridBlock):
    def forward(self, x):
        return np.where(x.sum() > 0, 2 * x, -x).reshape(x.shape)
"""
    report = said("branch-as-where", source, capsys)
    assert "the shape of an array is read" in report
    assert words("en", "compilation", "branch-as-where", "hints", "still_asks") not in report


def test_deep_copy_changes_nothing(capsys):
    source = "from copy import deepcopy\nrepeat = lambda block, count: deepcopy(block())"
    report = said("factory", source, capsys)
    assert words("en", "report", "mended").partition("{")[0] not in report


def test_one_maximum_for_all_rows_is_not_called_an_overflow(capsys):
    source = """
def stable_softmax(outputs):
    powers = np.exp(outputs - outputs.max())
    return powers / powers.sum(axis=1, keepdims=True)
"""
    report = said("stable-softmax", source, capsys)
    assert words("en", "mlp", "stable-softmax", "hints", "one_for_all_rows") in report
    assert words("en", "mlp", "stable-softmax", "hints", "overflow") not in report


def test_products_are_counted_in_the_program_and_not_by_layers(capsys):
    source = """
predicted = [(3, 5), (3, 6)]
def products(net, x):
    return len(net), 2 * len(net) - (x.grad is None)
"""
    assert "✗" in said("count-products", source, capsys)


def test_tuple_that_a_net_returns_is_not_called_unrecorded(capsys):
    source = program(FOUND["parallel"][1], "solution").source
    source = source.replace("np.concatenate([self.one(x), self.other(x)], axis=-1)", "x, x")
    report = said("parallel", source, capsys)
    assert words("en", "report", "hints", "a_list") in report
    assert words("en", "report", "hints", "not_recorded") not in report
