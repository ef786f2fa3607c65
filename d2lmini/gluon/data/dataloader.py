"""The loader that splits a data set into batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ... import nd
from ...arrays import array
from ...ndarray import NDArray, unwrap
from .dataset import ArrayDataset, Dataset
from .sampler import BatchSampler, RandomSampler


class DataLoader:
    """Splits a data set into batches.

    Numbers that NumPy keeps in 64 bits by default become float32 and int32, to match the type of
    parameters.

    Args:
        dataset: the examples.
        batch_size: how many of them make a batch.
        shuffle: take them in a new random order each time.
        sampler: the order, instead of ``shuffle``.
        last_batch: what to do with a shorter last batch: ``'keep'``, ``'discard'`` or
            ``'rollover'``.
        batch_sampler: lists of example numbers, instead of the four arguments above.
        batchify_fn: makes a batch from a list of examples; by default they are stacked.
        num_workers: accepted for compatibility with Gluon, like ``pin_memory``, ``pin_device_id``,
            ``prefetch``, ``thread_pool`` and ``timeout``: batches are made one after another.

    Raises:
        ValueError: the arguments contradict each other.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = None,
        shuffle: bool = False,
        sampler: Any = None,
        last_batch: str | None = None,
        batch_sampler: Iterable[Sequence[int]] | None = None,
        batchify_fn: Callable[[list[Any]], Any] | None = None,
        num_workers: int = 0,
        pin_memory: bool = False,
        pin_device_id: int = 0,
        prefetch: int | None = None,
        thread_pool: bool = False,
        timeout: int = 120,
    ) -> None:
        self._dataset = dataset
        self._batchify = batchify_fn
        if batch_sampler is not None:
            if batch_size is not None or shuffle or sampler is not None or last_batch is not None:
                raise ValueError(
                    "batch_sampler determines the batches: leave out batch_size, shuffle, "
                    "sampler and last_batch"
                )
        elif not isinstance(batch_size, int | np.integer) or batch_size < 1:
            raise ValueError(
                f"batch_size must be a positive integer, not {batch_size!r}, unless you pass a "
                "batch_sampler"
            )
        elif shuffle and sampler is not None:
            raise ValueError("sampler determines the order of the examples: leave out shuffle")
        else:
            if sampler is None:
                sampler = RandomSampler(len(dataset)) if shuffle else range(len(dataset))
            batch_sampler = BatchSampler(sampler, batch_size, last_batch or "keep")
        self._batches: Any = batch_sampler

    def __iter__(self) -> Iterator[Any]:
        at_once = self._batchify is None and _gathers_at_once(self._dataset)
        batchify = self._batchify or default_batchify_fn
        for batch in self._batches:
            if at_once:
                found = self._dataset[np.asarray(batch)]
                yield [_own(part) for part in found] if isinstance(found, tuple) else _own(found)
            else:
                yield batchify([self._dataset[i] for i in batch])

    def __len__(self) -> int:
        return len(self._batches)


def _gathers_at_once(dataset: Dataset) -> bool:
    """Tell whether indexing each array once gives many examples of a data set."""
    return (
        isinstance(dataset, ArrayDataset)
        and type(dataset).__getitem__ is ArrayDataset.__getitem__
        and all(isinstance(part, NDArray | np.ndarray) for part in dataset._parts)
    )


def default_batchify_fn(data: list[Any]) -> Any:
    """Stack examples along a new first axis, or tuples part by part.

    Args:
        data: the examples.

    Raises:
        ValueError: the examples are tuples of different lengths.
    """
    if isinstance(data[0], NDArray):
        return nd.stack(*data)
    if isinstance(data[0], tuple | list):
        if len({len(example) for example in data}) > 1:
            raise ValueError(
                "examples of different lengths cannot form a batch: pass batchify_fn, which pads "
                "them, or use transform() on the data set"
            )
        return [default_batchify_fn(list(part)) for part in zip(*data, strict=True)]
    return _own(np.asarray(unwrap(data)))


def _own(values: Any) -> NDArray:
    """Return an array of the values; labels and pixels do not need 64 bits."""
    if isinstance(values, NDArray):
        return values
    if values.dtype.kind not in "biuf":
        raise TypeError(
            f"examples such as {values.flat[0]!r} cannot form an array: pass batchify_fn, or use "
            "transform() on the data set to turn them into numbers or arrays"
        )
    narrow = {"float64": "float32", "int64": "int32"}.get(values.dtype.name, values.dtype)
    return array(values, dtype=narrow)
