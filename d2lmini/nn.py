"""The face of the layers: `d2lmini.nn` is `d2lmini.gluon.nn`."""

from .block import Block, HybridBlock
from .layers import (
    Activation,
    Dense,
    Dropout,
    Flatten,
    HybridLambda,
    HybridSequential,
    Identity,
    Lambda,
    Sequential,
)

__all__ = [
    "Activation",
    "Block",
    "Dense",
    "Dropout",
    "Flatten",
    "HybridBlock",
    "HybridLambda",
    "HybridSequential",
    "Identity",
    "Lambda",
    "Sequential",
]
