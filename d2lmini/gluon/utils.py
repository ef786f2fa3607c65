"""Small helpers for training loops."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import array
from ..context import Context
from ..ndarray import NDArray, listed
from ..np import split


def split_data(
    data: NDArray, num_slice: int, batch_axis: int = 0, even_split: bool = True
) -> list[NDArray]:
    """Split a batch into slices.

    Args:
        data: the batch.
        num_slice: the number of slices.
        batch_axis: the axis of the examples.
        even_split: insist on slices of equal length; otherwise, the first ones may be longer by 1.

    Raises:
        ValueError: the batch has fewer examples than slices, or cannot be split evenly.
    """
    length = data.shape[batch_axis]
    batch = f"a batch of {length} examples (shape {data.shape}, axis {batch_axis}) cannot be split"
    if not 1 <= num_slice <= length:
        raise ValueError(f"{batch} into {num_slice} slices")
    if even_split and length % num_slice:
        way = f"choose a batch size divisible by {num_slice}, or pass even_split=False"
        raise ValueError(f"{batch} evenly into {num_slice} slices: {way}")
    each, rest = divmod(length, num_slice)
    edges = [i * each + min(i, rest) for i in range(1, num_slice)]
    return split(data, edges, batch_axis) if edges else [data]


def split_and_load(
    data: Any, ctx_list: Context | Sequence[Context], batch_axis: int = 0, even_split: bool = True
) -> list[NDArray]:
    """Split a batch into one slice for each device.

    Args:
        data: the batch, as an array or anything that `nd.array` accepts.
        ctx_list: the devices, or one device.
        batch_axis: the axis of the examples.
        even_split: insist on slices of equal length.
    """
    batch = data if isinstance(data, NDArray) else array(data)
    devices = [ctx_list] if isinstance(ctx_list, Context) else ctx_list
    parts = split_data(batch, len(devices), batch_axis, even_split)
    return [part.as_in_context(device) for part, device in zip(parts, devices, strict=True)]


def clip_global_norm(
    arrays: Sequence[NDArray], max_norm: float, check_isfinite: bool = True
) -> float | NDArray:
    """Scale arrays in place so that their joint Euclidean norm is at most ``max_norm``.

    Args:
        arrays: the arrays, usually gradients.
        max_norm: the largest norm allowed.
        check_isfinite: warn about a norm that is not finite.

    Returns:
        The norm before scaling.

    Raises:
        ValueError: ``max_norm`` is negative.
    """
    if max_norm < 0:
        raise ValueError(f"max_norm must not be negative, but is {max_norm!r}")
    arrays = listed(arrays)
    length = math.sqrt(sum(float(np.square(x._data, dtype=np.float64).sum()) for x in arrays))
    if check_isfinite and not math.isfinite(length):
        problem = "some are not finite, and clipping cannot fix that"
        warnings.warn(f"the norm of the gradients is {length}: {problem}", stacklevel=2)
    if max_norm < length < math.inf:
        for x in arrays:
            x[...] = x._data * (max_norm / (length + 1e-8))
    return length if check_isfinite else array([length])
