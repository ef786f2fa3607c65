"""The report of a check as text: a line for each test, and why a failed one failed."""

import linecache
from collections.abc import Iterator, Sequence

from . import guard
from .exercise import Exercise, Result, Verdict
from .expect import Wrong, shortened, told
from .words import find, word

PASSED, FAILED = "✓", "✗"
_PRINTED_LINES = 5


def report(result: Result) -> str:
    """Return the report. Its last line begins with the tests passed and all tests, as `2/3`."""
    exercise = result.exercise
    lines = [word("title").format(name=exercise.name)]
    seen: list[list[str]] = []
    for verdict in result.verdicts:
        test = find(exercise.chapter, exercise.name, verdict.test) or verdict.test
        lines.append(f"{FAILED if verdict.error else PASSED} {test}")
        if verdict.error:
            details = list(_details(exercise, verdict, verdict.error))
            lines += ["    " + line for line in ([word("again")] if details in seen else details)]
            seen.append(details)
    if len(result.verdicts) < len(exercise.tests):
        lines.append(word("skipped"))
    if result.changed:
        lines.append(word("mended").format(names=", ".join(result.changed)))
    passed = sum(verdict.error is None for verdict in result.verdicts)
    lines.append(word("sum").format(passed=passed, all=len(exercise.tests)))
    return "\n".join(lines)


def unknown(name: str, similar: Sequence[str]) -> str:
    """Return the message for an unknown exercise."""
    guess = word("similar").format(names=", ".join(similar)) if similar else ""
    return word("unknown").format(name=name) + guess


def _details(exercise: Exercise, verdict: Verdict, error: BaseException) -> Iterator[str]:
    if isinstance(error, Wrong):
        own = find(exercise.chapter, exercise.name, "expected", error.expected)
        expected, found = own or error.expected, error.found
    elif isinstance(error, guard.TimeUpError):
        expected = word("value", "time").format(limit=f"{exercise.limit:g}")
        found = word("value", "late")
    else:
        expected, found = word("value", "answer"), _told(error)
    yield f"{word('expected')}: {expected}"
    yield f"{word('found')}: {found}"
    if place := _place(error):
        yield place
    if verdict.hint:
        own = find(exercise.chapter, exercise.name, "hints", verdict.hint)
        yield f"{word('hint')}: {own or word('hints', verdict.hint)}"
    if printed := verdict.printed.strip():
        first = [shortened(line) for line in printed.splitlines()[:_PRINTED_LINES]]
        yield f"{word('printed')}: {' | '.join(first)}"


def _told(error: BaseException) -> str:
    """Return the message of an exception, which may run the reader's code too."""
    return guard.run(lambda: told(error), 1).value or type(error).__name__


def _place(error: BaseException) -> str:
    """Return the line of the reader's code where an error occurred, if there is one."""
    lines = guard.readers_lines(error)
    if not lines or isinstance(error, Wrong):
        return ""
    frame, number = lines[-1]
    code = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
    return word("line").format(number=number) + (f": {shortened(code)}" if code else "")
