"""The face of the layers: `d2lmini.nn` is `d2lmini.gluon.nn`."""

from typing import TYPE_CHECKING

from .absent import names
from .block import Block, HybridBlock
from .layers import (
    Activation,
    Concurrent,
    Dense,
    Dropout,
    Flatten,
    HybridConcurrent,
    HybridLambda,
    HybridSequential,
    Identity,
    Lambda,
    LeakyReLU,
    Sequential,
)
from .normalization import BatchNorm, Embedding, LayerNorm

if not TYPE_CHECKING:
    __getattr__ = names(__name__)

__all__ = [
    "Activation",
    "BatchNorm",
    "Block",
    "Concurrent",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "HybridBlock",
    "HybridConcurrent",
    "HybridLambda",
    "HybridSequential",
    "Identity",
    "Lambda",
    "LayerNorm",
    "LeakyReLU",
    "Sequential",
]
