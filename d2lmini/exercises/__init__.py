"""Exercises that check answers: `check("parallel", Parallel)` reports what is right in an answer.

How to write one
----------------
The tests of a chapter's exercises are in a module of this package, which is named after the
chapter and listed in `CHAPTERS` below. An exercise is a class, and each of its methods is a test::

    class Parallel(Exercise):
        def joins_the_outputs(self, answer):
            x, one, other = expect.numbers(2, 20), nn.Dense(3), nn.Dense(3)
            block = expect.ready(answer(one, other))
            expect.equal(
                expect.pure(block, x),
                np.concatenate([one(x), other(x)], axis=-1),
                wrong_axis=np.concatenate([one(x), other(x)], axis=0),
            )

`class Parallel` is the exercise `parallel`, `class MissingSuper` is `missing-super`. A test gets
the answer, and fails if there is an exception, from a function of `expect` or from the reader's
code. Whatever that code does, a check reports it and leaves no trace. Each test starts in the
modern dialect with the same random numbers, outside `autograd.record`, and may take 5 seconds;
`limit = 20` in the class allows more. Order the tests from coarse to fine: first that the answer
is a class, then that a shape is right, and at last the values.

`expect` has what most tests need: `equal`, `shape`, `true`, `secret`, `block`, `block_class`,
`function`, `entry`, `error`, `parameters`, `separate`, `pure`; `numbers` makes an input, `ready`
initializes a block, and `backward` computes the gradients of a call. Pass typical wrong answers as
keyword arguments: the result is compared with them too, and the name of the argument is the hint to
give. Hints on children in a list, a missing `super().__init__`, an endless loop, an overwritten
input and the like are given automatically; `wants_list = True` in the class leaves out the first.
`errors` in the class gives others on exceptions: the type, and what the message contains.
Accept what readers may reasonably write in an entry: `listed`, `name`, `array` and `number` bring
it to one form.

The words are in `words/LANGUAGE/CHAPTER.toml`, one table per exercise: a line for each test says
what holds if it passes, and `hints` has the hints that `words/LANGUAGE/report.toml` lacks::

    [parallel]
    joins_the_outputs = "The outputs are joined along the last axis"
    hints.chained = "The second net gets the output of the first. Give both the input."

`tests/book/wrong_answers/CHAPTER.toml` lists wrong answers, each with the hint it must get.
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
        name: the name of the exercise, as given in the book.
        answer: what the exercise asks for: a class, a function, or a dictionary of findings.
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
    """Return the exercise with a name, or None."""
    for chapter in CHAPTERS:
        import_module(f"{__name__}.{chapter}")
    return Exercise.known.get(name)
