"""Gluon's interface: blocks, parameters, and what trains them."""

import sys

from .. import block, nn, parameter
from ..block import Block, HybridBlock
from ..errors import DeferredInitializationError
from ..parameter import Constant, Parameter, ParameterDict
from . import contrib, data, loss, utils
from .trainer import Trainer

__all__ = ["block", "contrib", "data", "loss", "nn", "parameter", "utils"]
__all__ += ["Block", "HybridBlock", "Trainer"]
__all__ += ["Constant", "DeferredInitializationError", "Parameter", "ParameterDict"]

# Imports such as `from d2lmini.gluon.nn import Dense` find the modules under Gluon's names.
sys.modules.update({f"{__name__}.{m.__name__.split('.')[-1]}": m for m in (nn, block, parameter)})
sys.modules[f"{__name__}.contrib.nn"] = nn
