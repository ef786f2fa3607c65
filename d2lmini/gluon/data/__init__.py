"""Data sets, the orders in which their examples are taken, and the loader that makes batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np

from ... import nd, streams
from ...arrays import array
from ...errors import one_of
from ...ndarray import NDArray, unwrap

__all__ = ["ArrayDataset", "DataLoader", "Dataset", "SimpleDataset", "default_batchify_fn"]
__all__ += ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "vision"]


# Data sets -------------------------------------------------------------------------------------
class Dataset:
    """The base of all data sets; a subclass defines ``__getitem__`` and ``__len__``."""

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index)")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self)")

    def __iter__(self) -> Iterator[Any]:  # without it, Python would end at an IndexError
        return (self[i] for i in range(len(self)))

    def transform(self, function: Callable[..., Any], lazy: bool = True) -> "Dataset":
        """Return the data set with ``function`` applied to each example.

        Args:
            function: a function of the parts of an example.
            lazy: call it on each access to an example; otherwise once for all, now.
        """
        transformed = _Transformed(self, function)
        return transformed if lazy else SimpleDataset(list(transformed))

    def transform_first(self, function: Callable[..., Any], lazy: bool = True) -> "Dataset":
        """Return the data set with ``function`` applied to the first part of each example.

        Args:
            function: a function of the first part.
            lazy: call it on each access to an example; otherwise once for all, now.
        """

        def apply(first: Any, *others: Any) -> Any:
            return (function(first), *others) if others else function(first)

        return self.transform(apply, lazy)

    def filter(self, fn: Callable[[Any], Any]) -> "Dataset":
        """Return the data set of the examples for which a function is true.

        Args:
            fn: a function of an example.
        """
        return _Chosen(self, [i for i in range(len(self)) if fn(self[i])])

    def take(self, count: int | None) -> "Dataset":
        """Return the data set of the first examples.

        Args:
            count: how many; None for all.
        """
        return _Chosen(self, range(len(self))[:count])

    def shard(self, num_shards: int, index: int) -> "Dataset":
        """Return one of several parts, whose lengths differ by one at most.

        Args:
            num_shards: the number of parts.
            index: which one, counted from 0.

        Raises:
            ValueError: there is no such part.
        """
        if not 0 <= index < num_shards:
            raise ValueError(f"there is no part {index} of {num_shards}: count them from 0")
        return _Chosen(self, np.array_split(np.arange(len(self)), num_shards)[index].tolist())

    def sample(self, sampler: Iterable[int]) -> "Dataset":
        """Return the data set of the examples in the order of a sampler, drawn now.

        Args:
            sampler: the numbers of the examples.
        """
        return _Chosen(self, list(sampler))


class SimpleDataset(Dataset):
    """A list, or anything like a list, as a data set.

    Args:
        data: the examples.
    """

    def __init__(self, data: Sequence[Any] | Dataset) -> None:
        self._data = data

    def __getitem__(self, index: int) -> Any:
        return self._data[index]

    def __len__(self) -> int:
        return len(self._data)


class _Transformed(SimpleDataset):
    """A data set seen through a function."""

    def __init__(self, dataset: Dataset, function: Callable[..., Any]) -> None:
        super().__init__(dataset)
        self._function = function

    def __getitem__(self, index: int) -> Any:
        example = super().__getitem__(index)
        return self._function(*example) if isinstance(example, tuple) else self._function(example)


class _Chosen(SimpleDataset):
    """Some examples of a data set, by their numbers."""

    def __init__(self, dataset: Dataset, numbers: Sequence[int]) -> None:
        super().__init__(numbers)
        self._dataset = dataset

    def __getitem__(self, index: int) -> Any:
        return self._dataset[super().__getitem__(index)]


class ArrayDataset(Dataset):
    """Arrays or lists of equal length, whose elements belong together.

    Args:
        args: usually the inputs and the labels. With several arrays an example is a tuple, with
            one it is an element.

    Raises:
        AssertionError: there are no arrays, or their lengths differ.
    """

    def __init__(self, *args: Any) -> None:
        lengths = [len(part) for part in args]
        if len(set(lengths)) != 1:
            raise AssertionError(f"a data set needs arrays of equal length, not of {lengths}")
        self._length = lengths[0]
        # A vector becomes NumPy's, so that a label is a number, not an array of one element.
        self._parts = [x.asnumpy() if isinstance(x, NDArray) and x.ndim == 1 else x for x in args]

    def __getitem__(self, index: Any) -> Any:
        found = tuple(part[index] for part in self._parts)
        return found if len(found) > 1 else found[0]

    def __len__(self) -> int:
        return self._length


# Orders ----------------------------------------------------------------------------------------
class Sampler:
    """The base of all samplers: an order in which to take examples.

    A subclass defines ``__iter__`` and ``__len__``. A list or a range of numbers works as well.
    """


class SequentialSampler(Sampler):
    """``length`` numbers from ``start``, in ascending order.

    Args:
        length: how many.
        start: the first number.
    """

    def __init__(self, length: int, start: int = 0) -> None:
        self._length, self._start = length, start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._start, self._start + self._length))

    def __len__(self) -> int:
        return self._length


class RandomSampler(SequentialSampler):
    """The numbers below ``length``, in a new random order each time.

    `random.seed` determines the orders too, but they take nothing from the streams of other draws.

    Args:
        length: how many.
    """

    def __init__(self, length: int) -> None:
        super().__init__(length)

    def __iter__(self) -> Iterator[int]:
        return iter(streams.order(self._length).tolist())


class BatchSampler(Sampler):
    """Lists of ``batch_size`` numbers.

    Args:
        sampler: the order of the numbers.
        batch_size: the length of a list.
        last_batch: what to do with a shorter last list: ``'keep'`` it, ``'discard'`` it, or use it
            as the beginning of the next round (``'rollover'``).

    Raises:
        ValueError: ``last_batch`` is none of these.
    """

    def __init__(self, sampler: Any, batch_size: int, last_batch: str = "keep") -> None:
        self._sampler = sampler
        self._batch_size = batch_size
        self._last_batch = one_of("last_batch", last_batch, "keep", "discard", "rollover")
        self._left: list[int] = []

    def __iter__(self) -> Iterator[list[int]]:
        left, self._left = self._left, []
        numbers = chain(left, self._sampler)
        while batch := [*islice(numbers, self._batch_size)]:
            if len(batch) == self._batch_size or self._last_batch == "keep":
                yield batch
            elif self._last_batch == "rollover":
                self._left = batch

    def __len__(self) -> int:
        count = len(self._sampler) + len(self._left)
        rest = self._last_batch == "keep" and count % self._batch_size > 0
        return count // self._batch_size + rest


# Batches ---------------------------------------------------------------------------------------
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
                others = "batch_size, shuffle, sampler and last_batch"
                raise ValueError(f"batch_sampler determines the batches: leave out {others}")
        elif not isinstance(batch_size, int | np.integer) or batch_size < 1:
            wanted = "a positive integer if there is no batch_sampler"
            raise ValueError(f"batch_size must be {wanted}, not {batch_size!r}")
        elif shuffle and sampler is not None:
            raise ValueError("sampler determines the order of the examples: leave out shuffle")
        else:
            if sampler is None:
                sampler = RandomSampler(len(dataset)) if shuffle else range(len(dataset))
            batch_sampler = BatchSampler(sampler, batch_size, last_batch or "keep")
        for numbers in (sampler, batch_sampler):  # a class of one's own may start afresh each time
            if isinstance(numbers, Iterator) and type(numbers).__module__ == "builtins":
                raise ValueError("a generator gives its numbers only once: pass a list of them")
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


def _gathers_at_once(dataset: Any) -> bool:
    """Tell whether indexing each array once gives many examples of a data set."""
    inherits = getattr(type(dataset), "__getitem__", None) is ArrayDataset.__getitem__
    return inherits and all(isinstance(part, NDArray | np.ndarray) for part in dataset._parts)


def default_batchify_fn(data: list[Any]) -> Any:
    """Stack examples along a new first axis, or tuples part by part.

    Args:
        data: the examples.

    Raises:
        ValueError: the examples are tuples or arrays of different lengths.
    """
    try:
        if isinstance(data[0], NDArray):
            return nd.stack(*data)
        if isinstance(data[0], tuple):
            return [default_batchify_fn(list(part)) for part in zip(*data, strict=True)]
        return _own(np.asarray(unwrap(data)))
    except ValueError as error:
        way = "pass batchify_fn, which pads them, or let transform() give tuples of equal lengths"
        raise ValueError(f"examples of different lengths cannot form a batch: {way}") from error


def _own(values: Any) -> NDArray:
    """Return an array of the values; labels and pixels do not need 64 bits."""
    if isinstance(values, NDArray):
        return values
    if values.dtype.kind not in "biuf":
        way = "pass batchify_fn, or turn them into numbers with transform() of the data set"
        raise TypeError(f"examples such as {values.flat[0]!r} cannot form an array: {way}")
    narrow = {"float64": "float32", "int64": "int32"}.get(values.dtype.name, values.dtype)
    fits = narrow != "int32" or (values.astype(narrow) == values).all()
    return array(values, dtype=narrow if fits else values.dtype)


# At the end, because its data sets are of the classes above.
from . import vision  # noqa: E402
