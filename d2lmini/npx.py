"""The modern dialect's extension: what neural networks need and NumPy lacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from . import arrays, context, functions, nd, random as random
from .dialect import dialect

activation, dropout, embedding = nd.Activation, nd.Dropout, nd.Embedding
batch_dot, fully_connected, stop_gradient = nd.batch_dot, nd.FullyConnected, nd.stop_gradient
batch_norm, layer_norm = nd.BatchNorm, nd.LayerNorm
one_hot, pick, topk, waitall = nd.one_hot, nd.pick, nd.topk, nd.waitall
sequence_mask, batch_flatten = nd.SequenceMask, nd.Flatten
reshape_like, smooth_l1 = nd.reshape_like, nd.smooth_l1
relu, leaky_relu, sigmoid = functions.relu, nd.LeakyReLU, functions.sigmoid
softmax, log_softmax = nd.softmax, nd.log_softmax
cpu, current_context, gpu = context.cpu, context.current_context, context.gpu
num_gpus, load, save, seed = context.num_gpus, arrays.load, arrays.save, random.seed


def set_np(shape: bool = True, array: bool = True, dtype: bool = False) -> None:
    """Switch the process to the modern dialect or, with ``array=False``, back to the legacy one.

    Args:
        shape: accepted for compatibility with Gluon.
        array: whether the modern dialect is active from now on.
        dtype: accepted for compatibility with Gluon: float32 stays the default type.
    """
    type(dialect).modern = array
    vars(dialect).pop("modern", None)


def reset_np() -> None:
    """Switch the process back to the legacy dialect."""
    set_np(array=False)


def is_np_array() -> bool:
    """Tell whether the modern dialect is active."""
    return dialect.modern


is_np_shape = is_np_array


@contextmanager
def np_array(active: bool = True) -> Iterator[None]:
    """Switch this thread to the modern dialect, or with False to the legacy one, inside ``with``.

    Args:
        active: whether the modern dialect is active inside.
    """
    own, before = vars(dialect), vars(dialect).copy()  # of this thread
    own["modern"] = active
    try:
        yield
    finally:
        own.clear()
        own.update(before)


def use_np(function: Any) -> Any:
    """Make a function, or the methods that a class defines, run in the modern dialect.

    Args:
        function: the function or class.
    """
    if not isinstance(function, type):
        return np_array()(function)
    for name, method in list(vars(function).items()):
        # not `HybridBlock.forward`, which a class with a `hybrid_forward` has as its own
        if isinstance(method, FunctionType) and method.__module__ == function.__module__:
            setattr(function, name, use_np(method))
    return function


def __dir__() -> list[str]:
    own = {name: x for name, x in globals().items() if callable(x)}
    return [name for name, x in own.items() if x.__module__.startswith(f"{__package__}.")]
