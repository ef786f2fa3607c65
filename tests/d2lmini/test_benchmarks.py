"""The contenders of a benchmark compute the same, so that their times can be compared."""

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
