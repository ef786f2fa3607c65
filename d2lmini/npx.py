"""The modern dialect's extension: what neural networks need and NumPy lacks."""

from collections.abc import Callable
from typing import Any

from . import nd, random
from .arrays import load, save
from .context import cpu, current_context, gpu, num_gpus
from .dialect import dialect
from .functions import leaky_relu, log_softmax, relu, sigmoid, softmax
from .random import seed

activation = nd.Activation
batch_dot = nd.batch_dot
dropout = nd.Dropout
embedding = nd.Embedding
fully_connected = nd.FullyConnected
one_hot = nd.one_hot
pick = nd.pick
stop_gradient = nd.stop_gradient
topk = nd.topk
waitall = nd.waitall


def set_np(shape: bool = True, array: bool = True, dtype: bool = False) -> None:
    """Switch the process to the modern dialect, or with ``array=False`` back.

    Args:
        shape: accepted for Gluon's sake.
        array: whether the modern dialect is in force from now on.
        dtype: accepted for Gluon's sake: float32 stays the default type.
    """
    dialect.modern = array


def reset_np() -> None:
    """Switch the process back to the legacy dialect."""
    dialect.modern = False


def is_np_array() -> bool:
    """Tell whether the modern dialect is in force."""
    return dialect.modern


is_np_shape = is_np_array


def use_np(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function or class as it is: one array class serves both dialects.

    Args:
        function: the function or class.
    """
    return function


__all__ = [
    "activation",
    "batch_dot",
    "cpu",
    "current_context",
    "dropout",
    "embedding",
    "fully_connected",
    "gpu",
    "is_np_array",
    "is_np_shape",
    "leaky_relu",
    "load",
    "log_softmax",
    "num_gpus",
    "one_hot",
    "pick",
    "random",
    "relu",
    "reset_np",
    "save",
    "seed",
    "set_np",
    "sigmoid",
    "softmax",
    "stop_gradient",
    "topk",
    "use_np",
    "waitall",
]
