"""Samplers: in which order examples are taken, and which ones make a batch."""

from collections.abc import Iterator
from typing import Any

from ... import random


class Sampler:
    """The base of all samplers: an order in which to take examples.

    A subclass defines ``__iter__`` and ``__len__``. A list or a range of numbers works as well.
    """


class SequentialSampler(Sampler):
    """The numbers below ``length``, in ascending order.

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
        sampler: the order of the numbers.
        batch_size: the length of a list.
        last_batch: what to do with a shorter last list: ``'keep'`` it, ``'discard'`` it, or use it
            as the beginning of the next round (``'rollover'``).

    Raises:
        ValueError: ``last_batch`` is none of these.
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
