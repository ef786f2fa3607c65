"""Exercises that answer back: `check("parallel", Parallel)` says what is right in an answer.

How to write one
----------------
The tests of a chapter's exercises stand in a module of this package that is named after the
chapter and listed in `CHAPTERS` below. An exercise is a class, and each method of it is a test::

    class Parallel(Exercise):
        def joins_the_outputs(self, answer):
            x, one, other = expect.numbers(2, 20), nn.Dense(3), nn.Dense(3)
            block = expect.ready(answer(one, other))
            with expect.unchanged(x):
                y = block(x)
            expect.equal(
                y,
                np.concatenate([one(x), other(x)], axis=-1),
                wrong_axis=np.concatenate([one(x), other(x)], axis=0),
            )

`class Parallel` is the exercise `parallel`, `class MissingSuper` is `missing-super`. A test gets
the answer and fails by an exception, whoever raises it: a function of `expect` or the reader's
code. Whatever that code does, a check reports it and leaves no trace. Each test starts in the
modern dialect with the same random numbers, outside `autograd.record`, and may take 5 seconds;
`limit = 20` in the class gives it more. Write the tests from the coarse to the fine: that a class
is one, that a shape is right, and at last the values.

`expect` has what most tests need: `equal`, `shape`, `true`, `block`, `block_class`, `function`,
`entry`, `error`, `parameters`, `separate`, `unchanged`; `numbers` makes an input, `ready`
initializes a block, and `backward` computes the gradients of a call. A typical wrong answer is a
keyword argument: what came is compared with it too, and its name is the hint that is given. Hints
on children in a list, a missing `super().__init__`, an endless loop, an input that is written into
and the like come by themselves.

The words stand in `words/LANGUAGE/CHAPTER.toml`, one table an exercise: a line for each test says
what holds when it passes, and `hints` has what `words/LANGUAGE/report.toml` does not have::

    [parallel]
    joins_the_outputs = "The outputs are joined along the last axis"
    hints.chained = "The second net gets the output of the first. Give both the input."

`tests/book/wrong_answers/CHAPTER.toml` lists wrong answers with the hint that each must get.
"""

from difflib import get_close_matches
from importlib import import_module
from typing import Any

from . import report, state
from .exercise import Exercise

__all__ = ["CHAPTERS", "check", "find"]

CHAPTERS = ("layers_and_blocks", "parameters", "compilation", "custom_layers", "autograd", "mlp")


def check(name: str, answer: Any) -> None:
    """Print what is right and wrong in the answer to an exercise.

    Args:
        name: the name of the exercise, as the book gives it.
        answer: what the exercise asks for: a class, a function, a dictionary of findings.
    """
    exercise = find(name)
    if exercise is None:
        similar = get_close_matches(str(name), Exercise.known, n=3)
        print(report.unknown(str(name), similar))
        return
    result = exercise.check(answer)
    with state.preserved():
        print(report.report(result))


def find(name: str) -> Exercise | None:
    """Return the exercise of a name, or None."""
    for chapter in CHAPTERS:
        import_module(f"{__name__}.{chapter}")
    return Exercise.known.get(name)
