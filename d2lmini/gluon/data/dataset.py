"""Data sets: examples by their numbers."""

from collections.abc import Callable, Sequence
from typing import Any

from ...ndarray import NDArray


class Dataset:
    """The base of all data sets; a subclass defines ``__getitem__`` and ``__len__``."""

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index)")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self)")

    def transform(self, function: Callable[..., Any], lazy: bool = True) -> "Dataset":
        """Return the data set with ``function`` applied to each example.

        Args:
            function: a function of the parts of an example.
            lazy: call it on each access to an example; otherwise once for all, now.
        """
        transformed = _Transformed(self, function)
        if lazy:
            return transformed
        return SimpleDataset([transformed[i] for i in range(len(self))])

    def transform_first(self, function: Callable[..., Any], lazy: bool = True) -> "Dataset":
        """Return the data set with ``function`` applied to the first part of each example.

        Args:
            function: a function of the first part.
            lazy: call it on each access to an example; otherwise once for all, now.
        """

        def apply(first: Any, *others: Any) -> Any:
            return (function(first), *others) if others else function(first)

        return self.transform(apply, lazy)


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
        self._parts = [_rows(part) for part in args]

    def __getitem__(self, index: Any) -> Any:
        found = tuple(part[index] for part in self._parts)
        return found if len(found) > 1 else found[0]

    def __len__(self) -> int:
        return self._length


def _rows(part: Any) -> Any:
    """Convert a vector to NumPy, so that a label is a number, not an array of one element."""
    return part.asnumpy() if isinstance(part, NDArray) and part.ndim == 1 else part
