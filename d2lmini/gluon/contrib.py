"""The layers that Gluon keeps apart as contributed; here they are ordinary layers."""

from .. import nn

__all__ = ["nn"]
