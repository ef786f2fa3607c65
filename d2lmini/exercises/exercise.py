"""An exercise: a class whose methods are tests, which are run on an answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from .. import npx, random
from ..errors import UninitializedError
from . import guard, state
from .expect import Wrong

LIMIT = 5.0  # seconds that a test may take
_HINTS = {  # the type of an error, and what its message contains: the first that fits is given
    "endless": (guard.TimeUpError, ""),
    "recursion": (RecursionError, ""),
    "exits": (SystemExit, ""),
    "input": (EOFError, ""),
    "missing_super": (AttributeError, r"super\(\)\.__init__"),
    "no_forward": (NotImplementedError, "forward"),
    "no_init": (TypeError, "^the prefix of a "),
    "hybrid_arguments": (TypeError, r"hybrid_forward\(.*\bargument"),
    "signature": (TypeError, r"\bargument"),
}


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
    they are written; `limit` is the number of seconds that each of them may take. `errors`
    gives hints on the exceptions of this exercise: the type, and what the message contains.
    """

    chapter: ClassVar[str]
    limit: ClassVar[float] = LIMIT
    wants_list: ClassVar[bool] = False  # of blocks, which elsewhere is a mistake
    errors: ClassVar[Mapping[str, tuple[type, str]]] = {}
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
            hint = guard.run(partial(self._hint, outcome), 1).value or ""
            result.verdicts.append(Verdict(name, outcome.error, hint, outcome.printed))
            if isinstance(outcome.error, guard.TimeUpError | KeyboardInterrupt):
                break
        result.changed = list(dict.fromkeys(result.changed))
        return result

    def _hint(self, outcome: guard.Outcome) -> str:
        """Return the key of the most specific hint for an error, or an empty string."""
        error, message = outcome.error, str(outcome.error)
        hides = any("unregistered container" in warning for warning in outcome.warned)
        if hides and not self.wants_list and isinstance(error, Wrong | UninitializedError):
            return "children_in_list"
        if isinstance(error, Wrong):
            return error.hint
        # A call that the reader wrote, unlike one by the test, says nothing about a signature.
        by_reader = isinstance(error, TypeError) and guard.readers_lines(error)
        passed_on = "Block.__init__() got an unexpected keyword" in message
        hints = self.errors if by_reader and not passed_on else {**self.errors, **_HINTS}
        found = (
            hint
            for hint, (kind, text) in hints.items()
            if isinstance(error, kind) and re.search(text, message)
        )
        return next(found, "")
