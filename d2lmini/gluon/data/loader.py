"""The loader: batches of a data set, in order or shuffled."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ... import functions, random
from ...arrays import array
from ...ndarray import NDArray, unwrap
from .dataset import gathers_at_once


class Sampler:
    """The base of all samplers: an order in which examples are taken.

    A subclass defines ``__iter__`` and ``__len__``. A list or a range of numbers serves as well.
    """


class SequentialSampler(Sampler):
    """The numbers below ``length`` in their order.

    Args:
        length: how many.
    """

    def __init__(self, length: int) -> None:
        self._length = length

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._length))

    def __len__(self) -> int:
        return self._length


class RandomSampler(SequentialSampler):
    """The numbers below ``length``, in a new random order each time.

    Args:
        length: how many.
    """

    def __iter__(self) -> Iterator[int]:
        return iter(random.permutation(self._length).tolist())


class BatchSampler(Sampler):
    """Lists of ``batch_size`` numbers.

    Args:
        sampler: the order.
        batch_size: the length of a list.
        last_batch: what happens to a shorter last one: ``'keep'`` it, ``'discard'`` it, or let it
            be the beginning of the next round (``'rollover'``).

    Raises:
        ValueError: there is no such ``last_batch``.
    """

    def __init__(self, sampler: Any, batch_size: int, last_batch: str = "keep") -> None:
        if last_batch not in ("keep", "discard", "rollover"):
            raise ValueError(
                f"last_batch must be 'keep', 'discard' or 'rollover', not {last_batch!r}"
            )
        self._sampler = sampler
        self._batch_size = batch_size
        self._last_batch = last_batch
        self._left: list[int] = []

    def __iter__(self) -> Iterator[list[int]]:
        batch, self._left = self._left, []
        for i in self._sampler:
            batch.append(i)
            if len(batch) == self._batch_size:
                yield batch
                batch = []
        if batch and self._last_batch == "keep":
            yield batch
        elif self._last_batch == "rollover":
            self._left = batch

    def __len__(self) -> int:
        count = len(self._sampler) + len(self._left)
        rest = self._last_batch == "keep" and count % self._batch_size > 0
        return count // self._batch_size + rest


class DataLoader:
    """Batches of a data set.

    Numbers that NumPy keeps in 64 bits by default come as float32 and int32, so that they go
    together with parameters.

    Args:
        dataset: the examples.
        batch_size: how many of them make a batch.
        shuffle: take them in a new random order each time.
        sampler: the order, in place of ``shuffle``.
        last_batch: what happens to a shorter last batch: ``'keep'``, ``'discard'`` or
            ``'rollover'``.
        batch_sampler: the lists of numbers, in place of all these.
        batchify_fn: makes a batch of a list of examples; by default they are stacked.
        num_workers: accepted for Gluon's sake, like all that follow: batches are made in turn.

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
        **others: Any,
    ) -> None:
        self._dataset = dataset
        self._batchify = batchify_fn
        if batch_sampler is not None:
            if batch_size is not None or shuffle or sampler is not None or last_batch is not None:
                raise ValueError(
                    "batch_sampler says how batches are made: leave out batch_size, shuffle, "
                    "sampler and last_batch"
                )
        elif not isinstance(batch_size, int | np.integer) or batch_size < 1:
            raise ValueError(
                "batch_size must be a positive integer, unless there is a batch_sampler, "
                f"not {batch_size!r}"
            )
        elif shuffle and sampler is not None:
            raise ValueError("sampler says in which order examples are taken: leave out shuffle")
        else:
            if sampler is None:
                sampler = RandomSampler(len(dataset)) if shuffle else range(len(dataset))
            batch_sampler = BatchSampler(sampler, batch_size, last_batch or "keep")
        self._batches: Any = batch_sampler

    def __iter__(self) -> Iterator[Any]:
        at_once = self._batchify is None and gathers_at_once(self._dataset)
        batchify = self._batchify or default_batchify_fn
        for batch in self._batches:
            if at_once:
                found = self._dataset[np.asarray(batch)]
                yield [_own(part) for part in found] if isinstance(found, tuple) else _own(found)
            else:
                yield batchify([self._dataset[i] for i in batch])

    def __len__(self) -> int:
        return len(self._batches)


def default_batchify_fn(data: list[Any]) -> Any:
    """Stack examples along a new first axis; tuples part by part."""
    if isinstance(data[0], NDArray):
        return functions.stack(data)
    if isinstance(data[0], tuple | list):
        return [default_batchify_fn(list(part)) for part in zip(*data, strict=True)]
    return _own(np.asarray(unwrap(data)))


def _own(values: Any) -> NDArray:
    """An array of values; 64 bits are more than labels and pixels need."""
    if isinstance(values, NDArray):
        return values
    if values.dtype.kind not in "biuf":
        raise TypeError(
            f"examples such as {values.flat[0]!r} make no array: pass batchify_fn, or a data set "
            "whose transform() makes numbers or arrays of them"
        )
    narrow = {"float64": "float32", "int64": "int32"}.get(values.dtype.name, values.dtype)
    return array(values, dtype=narrow)
