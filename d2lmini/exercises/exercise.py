"""An exercise: a class whose methods are tests, which are run on an answer."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from .. import npx, random
from ..errors import UninitializedError
from . import guard, state
from .expect import Wrong

LIMIT = 5.0  # seconds that a test may take


@dataclass
class Verdict:
    """The result of one test: passed if there is no `error`."""

    test: str
    error: BaseException | None = None
    hint: str = ""
    printed: str = ""


@dataclass
class Result:
    """The results of the tests, up to one that never ended; `changed` names what was restored."""

    exercise: "Exercise"
    verdicts: list[Verdict] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


class Exercise:
    """The base of all exercises.

    The class name, in lower case with hyphens, is the name of the exercise. Each public method is a
    test: it gets the answer, and fails with an exception. The methods run in the order in which
    they are written; `limit` is the number of seconds that each of them may take.
    """

    chapter: ClassVar[str]
    limit: ClassVar[float] = LIMIT
    wants_list: ClassVar[bool] = False  # of blocks, which elsewhere is a mistake
    known: ClassVar[dict[str, "Exercise"]] = {}

    def __init_subclass__(cls) -> None:
        cls.chapter = cls.__module__.rpartition(".")[2]
        exercise = cls()
        Exercise.known[exercise.name] = exercise

    @property
    def name(self) -> str:
        """The name for its check, such as `missing-super`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def tests(self) -> dict[str, Callable[[Any], None]]:
        """The tests by name, in order."""
        names = (name for name in vars(type(self)) if not name.startswith("_"))
        return {name: getattr(self, name) for name in names if callable(getattr(self, name))}

    def check(self, answer: Any) -> Result:
        """Run the tests on an answer; whatever it does, nothing is raised and no trace remains."""
        result = Result(self, changed=state.mend())
        for name, test in self.tests.items():
            with state.preserved() as changed:
                npx.set_np()
                random.seed(0)
                outcome = guard.run(partial(test, answer), self.limit)
            result.changed += changed
            hint = guard.run(partial(_hint, outcome, self.wants_list), 1).value or ""
            result.verdicts.append(Verdict(name, outcome.error, hint, outcome.printed))
            if isinstance(outcome.error, guard.TimeUpError | KeyboardInterrupt):
                break
        result.changed = list(dict.fromkeys(result.changed))
        return result


def _hint(outcome: guard.Outcome, wants_list: bool) -> str:
    """Return the key of the hint for an error, if there is one."""
    return "" if outcome.error is None else next(_hints(outcome, wants_list), "")


def _hints(outcome: guard.Outcome, wants_list: bool) -> Iterator[str]:
    """Yield the keys of all suitable hints, the most specific first."""
    error, message = outcome.error, str(outcome.error)
    hides = any("unregistered container" in warning for warning in outcome.warned)
    if hides and not wants_list and isinstance(error, Wrong | UninitializedError):
        yield "children_in_list"
    if isinstance(error, Wrong) and error.hint:
        yield error.hint
    if isinstance(error, guard.TimeUpError):
        yield "endless"
    if isinstance(error, RecursionError):
        yield "recursion"
    if isinstance(error, SystemExit):
        yield "exits"
    if isinstance(error, EOFError):
        yield "input"
    if isinstance(error, AttributeError) and "super().__init__" in message:
        yield "missing_super"
    if isinstance(error, NotImplementedError) and "forward" in message:
        yield "no_forward"
    if isinstance(error, TypeError) and _is_call(error):
        if message.startswith("the prefix of a "):
            yield "no_init"
        if re.search(r"hybrid_forward\(\).*\bargument", message):
            yield "hybrid_arguments"
        if re.search(r"\bargument", message):
            yield "signature"


def _is_call(error: TypeError) -> bool:
    """Tell whether a call by the test went wrong, and not one that the reader wrote."""
    return not guard.readers_lines(error) or "Block.__init__()" in str(error)
