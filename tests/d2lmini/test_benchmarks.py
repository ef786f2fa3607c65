"""The contenders of a benchmark compute the same, so that their times can be compared."""

import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from benchmarks.work import contenders

WORK = contenders()


def arrays(result):
    return [numpy.asarray(part) for part in (result if isinstance(result, list) else [result])]


@pytest.mark.parametrize("work", WORK)
def test_contenders_agree(work):
    entrants = dict(WORK[work])
    expected = [array.copy() for array in arrays(entrants.pop("NumPy")())]
    for name, run in entrants.items():
        run() if "step" not in work else None  # a hybridized net compiles at its first call
        found = arrays(run())
        assert len(found) == len(expected)
        for ours, plain in zip(found, expected, strict=True):
            numpy.testing.assert_allclose(
                ours.reshape(plain.shape), plain, rtol=1e-3, atol=1e-4, err_msg=name
            )


def benchmarks(*arguments, cwd):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    path = str(Path(__file__).parents[2])
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )


@pytest.mark.parametrize("arguments", [["--help"], ["chart"], ["chart.txt"], ["--fast"]])
def test_benchmarks_are_measured_only_for_a_figure_that_can_be_drawn(tmp_path, arguments):
    run = benchmarks(*arguments, cwd=tmp_path)
    if arguments == ["--help"]:
        assert run.returncode == 0 and "figure" in run.stdout
    else:
        assert run.returncode == 2 and arguments[0] in run.stderr and "usage" in run.stderr
    assert "measuring" not in run.stderr
    assert not list(tmp_path.iterdir())
