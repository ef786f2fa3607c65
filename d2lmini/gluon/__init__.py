"""The face of Gluon: blocks, parameters and what trains them."""

import sys

from .. import block, nn, parameter
from ..block import Block, HybridBlock
from ..errors import DeferredInitializationError
from ..parameter import Constant, Parameter, ParameterDict
from . import contrib, data, loss, utils
from .trainer import Trainer

__all__ = [
    "Block",
    "Constant",
    "DeferredInitializationError",
    "HybridBlock",
    "Parameter",
    "ParameterDict",
    "Trainer",
    "block",
    "contrib",
    "data",
    "loss",
    "nn",
    "parameter",
    "utils",
]

# So that `from d2lmini.gluon.nn import Dense` and the like find the modules under Gluon's names.
sys.modules.update({f"{__name__}.{m.__name__.split('.')[-1]}": m for m in (nn, block, parameter)})
sys.modules[f"{__name__}.contrib.nn"] = nn
