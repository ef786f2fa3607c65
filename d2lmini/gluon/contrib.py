"""The face of the layers that Gluon keeps apart as contributed: here they are layers like all."""

from .. import nn

__all__ = ["nn"]
