"""Gluon's interface: blocks, parameters, and what trains them."""

from .. import block, metric, nn, parameter
from ..block import Block, HybridBlock
from ..errors import DeferredInitializationError
from ..parameter import Constant, Parameter, ParameterDict
from . import data, loss, utils
from .trainer import Trainer

__all__ = ["block", "data", "loss", "metric", "nn", "parameter", "utils"]
__all__ += ["Block", "HybridBlock", "Trainer"]
__all__ += ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict"]
