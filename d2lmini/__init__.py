"""The Gluon model of neural-network blocks on NumPy.

Programs written for Gluon run with their imports changed, in the legacy dialect (`nd`) and in the
modern one (`np`, `npx`).
"""

import sys

from . import (
    autograd,
    context,
    errors,
    gluon,
    init,
    metric,
    models,
    nd,
    nn,
    np,
    npx,
    optimizer,
    random,
)
from .absent import explain
from .context import Context, cpu, current_context, gpu, num_gpus
from .errors import MXNetError
from .ndarray import NDArray

__version__ = "0.1.0"

# Gluon's other names.
initializer = sys.modules[f"{__name__}.initializer"] = init
base = sys.modules[f"{__name__}.base"] = errors
numpy = sys.modules[f"{__name__}.numpy"] = np
numpy_extension = sys.modules[f"{__name__}.numpy_extension"] = npx
util = sys.modules[f"{__name__}.util"] = npx

explain(
    *(sys.modules[__name__], gluon, gluon.data, gluon.data.vision, gluon.loss),
    *(init, metric, nn, npx, random),
)

__all__ = [
    "Context",
    "MXNetError",
    "NDArray",
    "autograd",
    "context",
    "cpu",
    "current_context",
    "gluon",
    "gpu",
    "init",
    "initializer",
    "metric",
    "models",
    "nd",
    "nn",
    "np",
    "npx",
    "num_gpus",
    "optimizer",
    "random",
]
