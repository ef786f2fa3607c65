"""What the programs of the tests share: how arrays are compared, and a small net."""

import numpy

from d2lmini.gluon import nn


def same(array, expected, tolerance=1e-5):
    """Compare shape and values; lists and numbers stand for arrays."""
    found, wanted = numpy.asarray(array), numpy.asarray(expected)
    assert found.shape == wanted.shape
    numpy.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance / 10)


def mlp(**settings):
    net = nn.Sequential(**settings)
    with net.name_scope():
        net.add(nn.Dense(8, activation="relu"), nn.Dense(3))
    return net
