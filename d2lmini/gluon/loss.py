"""Losses: how far predictions are from labels, as one number for each example."""

from typing import Any, TypeAlias

from .. import functions, nd
from ..block import HybridBlock
from ..errors import ShapeError
from ..ndarray import NDArray, from_front, shape_of

Factor: TypeAlias = float | NDArray | None  # applied to a whole loss, or to its elements


def _apply_weighting(
    F: Any, loss: NDArray, weight: Factor = None, sample_weight: Factor = None
) -> NDArray:
    """Weight the elements of a loss; user-defined losses call this function by Gluon's name."""
    if sample_weight is not None:
        loss = F.broadcast_mul(loss, sample_weight)
    return loss if weight is None else loss * weight


def _reshape_like(F: Any, x: NDArray, y: NDArray) -> NDArray:
    """Return ``x`` in the shape of ``y``; user-defined losses call this too."""
    return F.reshape_like(x, y)


class Loss(HybridBlock):
    """The base of all losses.

    Args:
        weight: a factor applied to the loss.
        batch_axis: the axis of the examples; the loss is averaged over all others.
    """

    def __init__(self, weight: Factor = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._weight = weight
        self._batch_axis = batch_axis

    def _labels(self, label: NDArray, pred: NDArray) -> NDArray:
        """Return the labels in the shape of the predictions."""
        if label._data.size != pred._data.size:
            shapes = f"predictions have shape {pred._data.shape} and the labels {label._data.shape}"
            raise ShapeError(f"{self.name} expects a label for each prediction, but the {shapes}")
        return label.reshape_like(pred)

    def _finish(self, loss: NDArray, sample_weight: Factor) -> NDArray:
        """Weight the elements, and average them for each example."""
        shape = loss._data.shape
        loss = _apply_weighting(nd, loss, self._weight, sample_weight)
        axis = from_front(self._batch_axis, loss)
        if loss._data.shape != shape:  # NumPy would pair each example with each factor
            problem = f"{self.name} got factors that stretch losses of shape {shape}"
            each = tuple(n if i == axis else 1 for i, n in enumerate(shape))
            way = f"give each example one factor, in the shape {each}"
            raise ShapeError(f"{problem} to {loss._data.shape}: {way}")
        others = tuple(i for i in range(loss._data.ndim) if i != axis)
        return functions.mean(loss, others) if others else loss

    def __repr__(self) -> str:
        return f"{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})"


class _Regression(Loss):
    """A loss of numbers: a subclass says what each difference costs."""

    def forward(self, pred: NDArray, label: NDArray, sample_weight: Factor = None) -> NDArray:
        """Return the loss of each example, shape ``(batch,)``.

        Args:
            pred: the predictions.
            label: the correct values, in the same shape or one with as many elements.
            sample_weight: a factor for each element.
        """
        return self._finish(self._cost(self._labels(label, pred) - pred), sample_weight)

    def _cost(self, error: NDArray) -> NDArray:
        raise NotImplementedError


class L2Loss(_Regression):
    """Half the squared difference: ``weight / 2 * (label - pred) ** 2``.

    Args:
        weight: a factor applied to the loss.
        batch_axis: the axis of the examples.
    """

    def __init__(self, weight: Factor = 1.0, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def _cost(self, error: NDArray) -> NDArray:
        return functions.square(error) * 0.5


class L1Loss(_Regression):
    """The absolute difference: ``weight * |label - pred|``.

    Args:
        weight: a factor applied to the loss.
        batch_axis: the axis of the examples.
    """

    def _cost(self, error: NDArray) -> NDArray:
        return functions.absolute(error)


class HuberLoss(_Regression):
    """Squared for differences up to ``rho``, and absolute beyond it.

    Args:
        rho: the difference at which the two meet.
        weight: a factor applied to the loss.
        batch_axis: the axis of the examples.

    Raises:
        ValueError: ``rho`` is not positive.
    """

    def __init__(
        self, rho: float = 1, weight: Factor = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        if not rho > 0:
            raise ValueError(f"rho must be a positive number, not {rho!r}")
        self._rho = rho

    def _cost(self, error: NDArray) -> NDArray:
        return nd.smooth_l1(error, self._rho**-0.5)


class SigmoidBinaryCrossEntropyLoss(Loss):
    """The cross entropy of yes-or-no labels.

    Args:
        from_sigmoid: whether predictions are probabilities; otherwise, they are logits.
        weight: a factor applied to the loss.
        batch_axis: the axis of the examples.
    """

    def __init__(
        self, from_sigmoid: bool = False, weight: Factor = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_sigmoid = from_sigmoid

    def forward(
        self, pred: NDArray, label: NDArray, sample_weight: Factor = None, pos_weight: Factor = None
    ) -> NDArray:
        """Return the loss of each example, shape ``(batch,)``.

        Args:
            pred: logits or probabilities.
            label: ones and zeros, in the shape of ``pred``.
            sample_weight: a factor for each element.
            pos_weight: an additional factor for the yes-labels.
        """
        label = self._labels(label, pred)
        if self._from_sigmoid:
            yes, no = functions.log(pred + 1e-12), functions.log(1 - pred + 1e-12)
        else:
            yes, no = -functions.softrelu(-pred), -functions.softrelu(pred)
        if pos_weight is not None:
            yes = yes * pos_weight
        return self._finish(-(yes * label + no * (1 - label)), sample_weight)


class SoftmaxCrossEntropyLoss(Loss):
    """The cross entropy of labels from several classes.

    Args:
        axis: the axis of the classes.
        sparse_label: whether labels are class numbers; otherwise, they are distributions.
        from_logits: whether predictions are log-probabilities; otherwise, they are logits.
        weight: a factor applied to the loss.
        batch_axis: the axis of the examples.
    """

    def __init__(
        self,
        axis: int = -1,
        sparse_label: bool = True,
        from_logits: bool = False,
        weight: Factor = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._axis = axis
        self._sparse_label = sparse_label
        self._from_logits = from_logits

    def forward(self, pred: NDArray, label: NDArray, sample_weight: Factor = None) -> NDArray:
        """Return the loss of each example, shape ``(batch,)``.

        Args:
            pred: the scores of the classes, along the axis of the classes.
            label: class numbers, or distributions in the shape of ``pred``.
            sample_weight: a factor for each element.
        """
        axis = from_front(self._axis, pred)
        column = label._data.ndim == pred._data.ndim and label._data.shape[axis] == 1
        if self._sparse_label and column:
            label = nd.squeeze(label, axis)
        if self._sparse_label and not self._from_logits and axis == pred._data.ndim - 1:
            loss = functions.cross_entropy(pred, label)
        else:
            scores = pred if self._from_logits else functions.log_softmax(pred, axis)
            if self._sparse_label:
                loss = -functions.pick(scores, label, axis)
            else:
                loss = -functions.sum(scores * self._labels(label, scores), axis)
        # Other axes of examples than the first, and weights, count the axis of the classes.
        if self._batch_axis or len(shape_of(sample_weight)) > loss._data.ndim:
            loss = nd.expand_dims(loss, axis)
        return self._finish(loss, sample_weight)


SoftmaxCELoss = SoftmaxCrossEntropyLoss
SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss
