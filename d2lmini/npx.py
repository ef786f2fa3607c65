"""The modern dialect's extension: what neural networks need and NumPy lacks."""

from collections.abc import Callable
from typing import Any

from . import nd
from .arrays import load, save
from .context import cpu, current_context, gpu, num_gpus
from .dialect import dialect
from .functions import leaky_relu, log_softmax, relu, sigmoid, softmax
from .ndarray import NDArray
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

_CODES = {-1: (-1,), -2: (0,), -4: (-2,), -5: (-3,), -6: (-4,)}  # the modern codes in legacy ones


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
    """Return a function or class as it is: one array class serves both dialects."""
    return function


def reshape(a: NDArray, newshape: Any, reverse: bool = False) -> NDArray:
    """Return the elements in another shape.

    Args:
        a: the array.
        newshape: lengths, where ``-1`` is inferred, ``-2`` keeps the length of that axis, ``-3``
            drops an axis of length 1, ``-4`` keeps all further axes, ``-5`` merges two axes and
            ``-6`` splits one into the two lengths that follow.
        reverse: match the codes from the right.
    """
    lengths = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    legacy: list[int] = []
    for place, code in enumerate(lengths):
        if code == -3:
            a = a.squeeze(place if not reverse else place - len(lengths))
        else:
            legacy += _CODES.get(code, (code,))
    return a.reshape(tuple(legacy), reverse=reverse)


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
    "relu",
    "reset_np",
    "reshape",
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
