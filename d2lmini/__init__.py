"""The Gluon model of neural-network blocks on NumPy.

Programs written for Gluon run with their imports changed, in the legacy dialect (`nd`) and in the
modern one (`np`, `npx`).
"""

import sys
import warnings
from functools import partial

from . import (
    autograd,
    context,
    errors,
    gluon,
    init,
    lr_scheduler,
    metric,
    models,
    nd,
    nn,
    np,
    npx,
    optimizer,
    random,
    test_utils,
)
from .absent import explain
from .context import Context, cpu, current_context, gpu, num_gpus
from .errors import MXNetError
from .ndarray import NDArray

__version__ = "0.1.0"

# As in Gluon, a result that is infinite or not a number is no reason for a warning.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=rf"{__name__}\.")

# Gluon's other names.
initializer = sys.modules[f"{__name__}.initializer"] = init
base = sys.modules[f"{__name__}.base"] = errors
numpy = sys.modules[f"{__name__}.numpy"] = np
numpy_extension = sys.modules[f"{__name__}.numpy_extension"] = npx
util = sys.modules[f"{__name__}.util"] = npx
vars(sys.modules[f"{__name__}.ndarray"])["__getattr__"] = partial(getattr, nd)
ndarray = nd  # a hybrid_forward may ask whether `F is mx.ndarray`

explain(__name__)

__all__ = ["Context", "MXNetError", "NDArray", "cpu", "current_context", "gpu", "num_gpus"]
__all__ += ["autograd", "context", "gluon", "init", "initializer", "lr_scheduler", "metric"]
__all__ += ["models", "nd", "nn", "np", "npx", "optimizer", "random", "test_utils"]
