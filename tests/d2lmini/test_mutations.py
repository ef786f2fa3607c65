"""A derivative with one sign, operator or transpose flipped does not pass its test."""

import re

import numpy as np
import pytest
from test_operations import (
    ROUNDING,
    ROWS,
    cases_of,
    test_gradient_is_the_limit_of_finite_differences as check,
)

from d2lmini.operations import Rule

FLIPS = {"+": "-", "-": "+", "*": "/", "/": "*", "**": "*", ".T": "", ">": "<", "<": ">",
         ">=": "<", "<=": ">", "==": "!=", "-1, -2": "-1, -1"}  # fmt: skip
SIGNS = re.compile(r"-1, -2|\*\*|>=|<=|==|[-+*/<>]|\.T\b")
SAME = {"g / np.sign(x)"}  # dividing by ±1 is multiplying by it


def mutants():
    for row in ROWS.values():
        for array, text in zip(row.arrays, row.derivatives, strict=True):
            if text is None or row.name in ROUNDING:  # zero has no sign
                continue
            flipped = {f"-({text})"} | {
                text[: sign.start()] + FLIPS[sign[0]] + text[sign.end() :]
                for sign in SIGNS.finditer(text)
            }
            yield from ((row, array, mutant) for mutant in flipped - {text} - SAME)


def passes(row, array, mutant):
    derivatives = dict(zip(row.arrays, row.derivatives, strict=True))
    signature = f"{row.name}({', '.join(row.arrays)}; {', '.join(row.declared)})"
    kept = {name: text for name, text in {**derivatives, array: mutant}.items() if text}
    mutated = Rule(signature, row.forward, kept)
    try:
        for arrays, settings in cases_of(row):
            check(mutated, arrays, settings)
    except Exception:
        return False
    return True


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_mutant_of_the_table_is_noticed():
    every = list(mutants())
    with np.errstate(all="ignore"):
        survivors = [
            (row.name, mutant) for row, array, mutant in every if passes(row, array, mutant)
        ]
    assert len(every) > 150
    assert not survivors
