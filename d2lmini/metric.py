"""Metrics: how well predictions match labels, over all batches since the last reset."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from .ndarray import NDArray
from .registry import Registry

Arrays: TypeAlias = NDArray | Sequence[NDArray]

__all__ = ["MAE", "MSE", "RMSE", "Accuracy", "EvalMetric", "Loss", "create"]
__all__ += ["alias", "check_label_shapes", "register"]


class EvalMetric:
    """The base of all metrics: a mean that is updated with each batch.

    A subclass defines `measure`.

    Args:
        name: what `get` calls the metric, by default the name of its class.
        names: accepted for compatibility with Gluon, like ``settings``.
    """

    def __init_subclass__(cls) -> None:
        registry.add(cls)

    def __init__(self, name: str | None = None, *names: Any, **settings: Any) -> None:
        self.name = name or type(self).__name__.lower()
        self.reset()

    def reset(self) -> None:
        """Forget all batches."""
        self.sum_metric = self.global_sum_metric = 0.0
        self.num_inst = self.global_num_inst = 0

    def measure(self, label: Any, prediction: Any) -> tuple[float, int]:
        """Return the sum of the measure over one batch, and the number of values in that sum.

        Args:
            label: the labels, a NumPy array; None for a metric that needs none.
            prediction: the predictions, a NumPy array.
        """
        raise NotImplementedError(f"{type(self).__name__} must define measure(label, prediction)")

    def _check(self, label: Any, prediction: Any, count: int) -> None:
        if label is None:
            raise ValueError(f"{self.name} needs labels, one for each example, but got None")
        if label.size != count:
            found = f"{label.size} labels of shape {label.shape} for predictions of shape"
            way = "there must be one label for each example"
            raise ValueError(f"{self.name} got {found} {prediction.shape}: {way}")

    def update(self, labels: Arrays | None, preds: Arrays) -> None:
        """Add the predictions for one batch, or for each batch in a list.

        Args:
            labels: an array of labels, or a list of arrays.
            preds: an array of predictions, or a list of as many arrays.

        Raises:
            ValueError: the lists have different lengths.
        """
        pairs = check_label_shapes(preds if labels is None else labels, preds, wrap=True)
        for label, prediction in zip(*pairs, strict=True):
            known = None if labels is None else np.asarray(label)
            total, count = self.measure(known, np.asarray(prediction))
            self.sum_metric += float(total)
            self.global_sum_metric += float(total)
            self.num_inst += count
            self.global_num_inst += count

    def get(self) -> tuple[str, float]:
        """Return the name and the mean of everything measured so far, or nan if nothing was."""
        return self.name, float(self.sum_metric / self.num_inst if self.num_inst else "nan")

    def get_name_value(self) -> list[tuple[str, float]]:
        """Return the result of `get` in a list."""
        return [self.get()]

    def __str__(self) -> str:
        return f"EvalMetric: {dict(self.get_name_value())}"


registry = Registry(EvalMetric, "metric", ValueError)
register, alias = registry.register, registry.alias


@alias("acc")
class Accuracy(EvalMetric):
    """The fraction of examples whose largest output belongs to the label's class.

    Args:
        axis: the axis of the classes in the predictions.
        name: what `get` calls the metric.
        output_names: accepted for compatibility with Gluon, like ``label_names``.
    """

    def __init__(
        self,
        axis: int = 1,
        name: str | None = None,
        output_names: Any = None,
        label_names: Any = None,
    ) -> None:
        super().__init__(name)
        self.axis = axis

    def measure(self, label: Any, prediction: Any) -> tuple[float, int]:
        """Count the correct predictions.

        Args:
            label: the classes of n examples, in any shape.
            prediction: an output for each class, of shape (n, classes), or the classes.

        Raises:
            ValueError: the numbers of labels and examples differ, or fractions stand for classes.
        """
        scores = prediction.ndim > 1 and prediction.size != np.size(label)
        classes = prediction.argmax(self.axis) if scores else prediction
        self._check(label, prediction, classes.size)
        if (classes % 1).any():
            problem = f"{self.name} got fractions, one for each label, which are no classes"
            raise ValueError(f"{problem}: pass an output for each class, or, say, p > 0.5")
        right = classes.astype(np.int64).ravel() == label.astype(np.int64).ravel()
        return right.sum(), right.size


class _Regression(EvalMetric):
    """The base of metrics that compare numbers: a subclass says how to measure a difference."""

    _size: Callable[[Any], Any]

    def measure(self, label: Any, prediction: Any) -> tuple[float, int]:
        """Average the measured differences over a batch.

        Args:
            label: the correct numbers.
            prediction: as many numbers; a column can be compared with a row.

        Raises:
            ValueError: the sizes differ.
        """
        self._check(label, prediction, prediction.size)
        # As float64, since a difference of unsigned integers would never be negative.
        error = np.subtract(prediction.reshape(label.shape), label, dtype=np.float64)
        return self._size(error).mean(), 1


class MSE(_Regression):
    """The mean squared error: the mean over the batches of each batch's mean."""

    _size = staticmethod(np.square)


class RMSE(_Regression):
    """The root mean squared error: the mean over the batches of each batch's root."""

    _size = staticmethod(lambda error: np.sqrt(np.square(error).mean()))


class MAE(_Regression):
    """The mean absolute error: the mean over the batches of each batch's mean."""

    _size = staticmethod(np.abs)


class Loss(EvalMetric):
    """The mean of a loss; labels are ignored."""

    def measure(self, label: Any, prediction: Any) -> tuple[float, int]:
        """Add up a loss.

        Args:
            label: ignored.
            prediction: the loss of each example.
        """
        return prediction.sum(dtype=np.float64), prediction.size


def create(metric: str | EvalMetric, **settings: Any) -> EvalMetric:
    """Return the metric with a name, such as ``'accuracy'`` or ``'mse'``.

    Args:
        metric: the name; a metric is returned unchanged.
        settings: arguments for the metric.

    Raises:
        ValueError: there is no metric of this name.
    """
    return registry.create(metric, settings)


def check_label_shapes(
    labels: Any, preds: Any, wrap: bool = False, shape: bool = False
) -> tuple[Any, Any]:
    """Return labels and predictions if their numbers, or their shapes, agree.

    Args:
        labels: a list of arrays of labels, or one such array.
        preds: a list of arrays of predictions, or one such array.
        wrap: put a single array into a list.
        shape: compare the shapes of two arrays instead of their lengths.

    Raises:
        ValueError: the numbers or shapes differ.
    """
    if wrap:
        labels, preds = (list(x) if isinstance(x, list | tuple) else [x] for x in (labels, preds))
    found, wanted = (x.shape if shape else len(x) for x in (labels, preds))
    if found != wanted:
        problem = f"got {found} arrays of labels and {wanted} of predictions: give one per batch"
        if shape:
            problem = f"labels of shape {found} and predictions of shape {wanted} must be equal"
        raise ValueError(problem)
    return labels, preds
