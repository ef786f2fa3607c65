"""Exercises: sections made of a problem, a starter, its check, hints and a solution."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nbformat import NotebookNode

from press.errors import Fault
from press.outputs import printed
from press.passages import Passage
from press.programs import tree_of
from press.tags import CHECK, EXERCISE
from press.tokens import first_line

PREFIX = "ex-"
_SUM = re.compile(r"^(\d+)/(\d+)\b", re.MULTILINE)  # the end of a report from d2lmini.exercises
LEVEL = 3
_FOLDED = ("hint_open", "solution_open")
_CELL = "```{{code-cell}} ipython3\n:tags: [{}]"


class _Stage(NamedTuple):
    """A part of an exercise: its name, how to write it, and the kind and variant of its passage."""

    name: str
    form: str
    kind: tuple[str, str]


_STAGES = (  # in order
    _Stage("problem", "Describe the task in a paragraph.", ("paragraph", "")),
    _Stage("starter cell", _CELL.format("exercise"), ("code", "exercise")),
    _Stage("check cell", _CELL.format("check"), ("code", "check")),
    _Stage("hint", ":::{hint}", ("hint", "")),
    _Stage("solution", "Explain it in a directive :::{solution}.", ("solution", "")),
    _Stage("cell with the solution", _CELL.format("solution"), ("code", "solution")),
    _Stage("check of the solution", _CELL.format("solution, check"), ("code", "solution check")),
)
_STAGE_OF = {stage.kind: number for number, stage in enumerate(_STAGES)}
_STARTER, _HINT = _STAGE_OF["code", EXERCISE], _STAGE_OF["hint", ""]


@dataclass(frozen=True)
class Exercise:
    """A section of a chapter that is an exercise; its first passage is the heading."""

    passages: Sequence[Passage]

    @property
    def name(self) -> str:
        """The name for its check, which is in its label."""
        return self.passages[0].label.removeprefix(PREFIX)

    @property
    def checks(self) -> list[Passage]:
        """Its check cells: that of the reader's answer, and that of the solution."""
        return [p for p in self.passages if p.kind == "code" and p.variant.endswith(CHECK)]


def exercises(passages: Sequence[Passage]) -> Iterator[Exercise]:
    """Yield the exercises of a chapter."""
    for section in _sections(passages):
        if any(is_part(passage) for passage in section):
            yield Exercise(section)


def names_by_cell(passages: Sequence[Passage]) -> dict[int, str]:
    """Return the names of the exercises, by the notebook cell that holds their starter."""
    return {
        passage.cell: exercise.name
        for exercise in exercises(passages)
        for passage in exercise.passages
        if passage.kind == "code" and passage.variant == EXERCISE
    }


def titles(passages: Sequence[Passage], words: Mapping[str, str]) -> dict[int, str]:
    """Return the titles of hints and solutions, by line; several hints are numbered."""
    found = {}
    for exercise in exercises(passages):
        hints = [passage.line for passage in exercise.passages if passage.kind == "hint"]
        for number, line in enumerate(hints, 1):
            several = len(hints) > 1
            found[line] = words["numbered_hint"].format(number=number) if several else words["hint"]
        solved = (passage.line for passage in exercise.passages if passage.kind == "solution")
        found |= dict.fromkeys(solved, words["solution"])
    return found


def is_part(passage: Passage) -> bool:
    """Tell whether a passage can only be part of an exercise."""
    return passage.kind in ("hint", "solution") or (
        passage.kind == "code" and bool(passage.variant)
    )


def is_solution(passage: Passage) -> bool:
    """Tell whether a passage belongs to a solution: its prose, its cells, its check."""
    return passage.kind == "solution" or (
        passage.kind == "code" and passage.variant.startswith("solution")
    )


def check_exercises(passages: Sequence[Passage]) -> Iterator[Fault]:
    """Yield an error for each exercise that lacks a part, has one twice, or out of order."""
    found = list(exercises(passages))
    yield from _misplaced_folds(passages)
    for exercise in found:
        yield from _check_exercise(exercise)
    headings = [exercise.passages[0] for exercise in found]
    yield from _misnumbered(headings)
    for passage in passages if found else ():
        if passage.kind == "heading" and _is_named(passage) and passage not in headings:
            message = f"the exercise {passage.label.removeprefix(PREFIX)!r} has no starter cell"
            yield Fault(passage.line, message, f"Write\n{_STAGES[_STARTER].form}")


def _misplaced_folds(passages: Sequence[Passage]) -> Iterator[Fault]:
    """Yield an error for each hint or solution inside something else."""
    for passage in passages:
        for inner in (token for token in passage.tokens[1:] if token.type in _FOLDED):
            message = f"a {inner.type.removesuffix('_open')} inside a {passage.kind}"
            line = first_line(inner) or passage.line
            yield Fault(line, message, "Start its fence at the left margin.")


def _check_exercise(exercise: Exercise) -> Iterator[Fault]:
    """Yield what is wrong with the heading of an exercise, or else with its parts."""
    heading = exercise.passages[0]
    odd = [passage for passage in exercise.passages if is_part(passage) and not _stage(passage)]
    if heading.level not in (0, LEVEL) and _is_named(heading):
        message = f"the heading of the exercise {exercise.name!r} has level {heading.level}"
        hint = f"Give it level {LEVEL}: {'#' * LEVEL}."
        yield Fault(heading.line, message, hint)
    elif heading.level != LEVEL or not _is_named(heading):
        first = next(filter(is_part, exercise.passages))
        message = f"a {_named(first)} outside an exercise"
        hint = f"An exercise is a section ({PREFIX}NAME)= with a level-{LEVEL} heading, ###."
        yield Fault(first.line, message, hint)
    elif odd:
        for passage in odd:
            message = f"the tags {passage.variant.split()} on one cell"
            hint = "Tag it [exercise], [check], [solution] or [solution, check]."
            yield Fault(passage.line, message, hint)
    else:
        yield from _check_parts(exercise)
        faults = list(_check_names(exercise))
        yield from faults or _check_sameness(exercise)


def _is_named(heading: Passage) -> bool:
    """Tell whether the label of a heading is that of an exercise."""
    return heading.label.startswith(PREFIX)


def _misnumbered(headings: Sequence[Passage]) -> Iterator[Fault]:
    """Yield the first heading whose number is not its place, if any of them has a number."""
    have_numbers = any(heading.number for heading in headings)
    for place, heading in enumerate(headings, 1):
        if have_numbers and int(heading.number or 0) != place:
            yield Fault(heading.line, f"the exercise has {heading.numbered}, expected {place}")
            return


def _sections(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    section: list[Passage] = []
    for passage in passages:
        if passage.kind == "heading" and section:
            yield section
            section = []
        section.append(passage)
    if section:
        yield section


def _check_parts(exercise: Exercise) -> Iterator[Fault]:
    reached, seen = 0, set[int]()
    for passage in exercise.passages[1:]:
        if passage.kind == "footnote":
            continue
        stage = _stage(passage)
        if stage < reached:
            message = f"the {_named(passage)} of an exercise after its {_STAGES[reached].name}"
            hint = f"The order is: {', '.join(stage.name for stage in _STAGES)}."
            yield Fault(passage.line, message, hint)
            return  # what follows is out of order for the same reason
        if stage in seen - {0, _HINT}:
            message = f"a second {_STAGES[stage].name} in an exercise"
            hint = "Merge the two, or make an exercise for each."
            yield Fault(passage.line, message, hint)
        reached = max(stage, reached)
        seen.add(stage)
    for stage, (name, form, _) in enumerate(_STAGES):
        if stage not in seen | {_HINT}:
            message = f"the exercise {exercise.name!r} has no {name}"
            line = exercise.passages[0].line
            hint = f"Write after its {_STAGES[stage - 1].name}:\n{form}" if stage else form
            yield Fault(line, message, hint)


def _check_names(exercise: Exercise) -> Iterator[Fault]:
    told: list[str] = []
    wanted = f'check("{exercise.name}", …)'
    for passage in exercise.checks:
        name = checked(passage.source)
        if name is None:
            message = "a check cell that does not call check()"
            yield Fault(passage.line, message, f"Write {wanted}.")
        elif name != exercise.name and name not in told:
            told.append(name)  # the check of the solution has the same name
            message = f"the check names {name!r}, but its exercise is {exercise.name!r}"
            hint = f"Write {wanted}, or ({PREFIX}{name})= before the heading of the exercise."
            yield Fault(passage.line, message, hint)


def _check_sameness(exercise: Exercise) -> Iterator[Fault]:
    """Yield an error if the solution is not checked as the reader's answer is."""
    checks = exercise.checks
    if len(checks) == 2 and len({" ".join(check.source.split()) for check in checks}) == 2:
        message = f"the check of the solution differs from the check in line {checks[0].line}"
        yield Fault(checks[1].line, message, f"Write {checks[0].source}")


def checked(program: str) -> str | None:
    """Return the name that a program passes to `check`, or None if it does not call it."""
    try:
        tree = tree_of(program)
    except SyntaxError:
        return None  # running the program reports this too
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check" and node.args:
            name = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            return name if isinstance(name, str) else None
    return None


def passed(cell: NotebookNode) -> bool:
    """Tell whether a check reported, when it last ran, that all tests passed."""
    sums = _SUM.findall("".join(str(output.get("text", "")) for output in cell.outputs))
    return bool(sums) and sums[-1][0] == sums[-1][1]


def check_answers(passages: Sequence[Passage], notebook: NotebookNode) -> Iterator[Fault]:
    """Yield an error for each solution that fails its check, and for each starter that passes.

    `passages` and `notebook` belong to one chapter, which has been run.
    """
    for exercise in exercises(passages):
        for passage in exercise.checks:
            cell = notebook.cells[passage.cell]
            is_solved = is_solution(passage)
            if passed(cell) != is_solved:
                fault = "solution does not pass" if is_solved else "starter passes"
                message = f"the {fault} the check {exercise.name!r}"
                hint = f"Its tests are in d2lmini/exercises. It reports:\n{printed(cell)}"
                yield Fault(passage.line, message, hint)


def _named(passage: Passage) -> str:
    if not is_part(passage):
        return "code cell without a tag" if passage.kind == "code" else passage.kind
    stage = _stage(passage)
    return _STAGES[stage].name if stage else f"cell tagged {passage.variant.replace(' ', ' and ')}"


def _stage(passage: Passage) -> int:
    """Return the stage of a passage in an exercise, or 0 if it has no stage of its own."""
    return _STAGE_OF.get((passage.kind, passage.variant), 0)
