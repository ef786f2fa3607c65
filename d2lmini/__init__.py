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
    tracing,
)
from .absent import explain
from .context import Context, cpu, current_context, gpu, num_gpus
from .errors import MXNetError
from .ndarray import NDArray
from .npx import is_np_array, np_array, use_np

__version__ = "0.1.0"

# As in Gluon, a result that is infinite or not a number is no reason for a warning.
_own = rf"{__name__}\."
warnings.filterwarnings("ignore", category=RuntimeWarning, module=_own)
warnings.filterwarnings("error", "Casting complex values", category=RuntimeWarning, module=_own)

# Gluon's other names, and the modules that it divides what is one module here into.
initializer, base, numpy, numpy_extension, util, rnd = init, errors, np, npx, npx, random
sym = tracing  # where programs ask whether an input is a `mx.sym.Symbol`
_PLACES = """\
block=gluon.block errors=base gluon=gluon.contrib init=initializer np=numpy npx=numpy_extension=util
tracing=symbol gluon.data=gluon.data.dataloader=gluon.data.dataset=gluon.data.sampler
linalg=numpy.linalg nn=gluon.nn=gluon.nn.activations=gluon.nn.basic_layers=gluon.contrib.nn
parameter=gluon.parameter optimizer=optimizer.optimizer random=ndarray.random=numpy.random
ndarray=ndarray.ndarray
"""
for _own, *_places in (_equals.split("=") for _equals in _PLACES.split()):
    _module = sys.modules[f"{__name__}.{_own}"]
    for _place in _places:
        sys.modules[f"{__name__}.{_place}"] = _module
        _parent, _, _name = f"{__name__}.{_place}".rpartition(".")
        vars(nd if _name == "ndarray" else sys.modules[_parent]).setdefault(_name, _module)
vars(sys.modules[f"{__name__}.ndarray"])["__getattr__"] = partial(getattr, nd)
ndarray = nd  # a hybrid_forward may ask whether `F is mx.ndarray`

explain(__name__)

__all__ = ["Context", "MXNetError", "NDArray", "cpu", "current_context", "gpu", "num_gpus"]
__all__ += ["autograd", "context", "gluon", "init", "initializer", "lr_scheduler", "metric"]
__all__ += ["is_np_array", "models", "nd", "nn", "np", "np_array", "npx", "optimizer", "random"]
__all__ += ["test_utils", "use_np"]
