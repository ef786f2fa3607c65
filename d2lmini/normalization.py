"""Layers that normalize their input, and the layer that looks up vectors."""

from functools import partial
from typing import Any

import numpy as np

from . import functions
from .block import HybridBlock
from .errors import ShapeError
from .ndarray import NDArray
from .parameter import Init, Parameter
from .tape import state


class BatchNorm(HybridBlock):
    """Normalizes each channel over the batch, then scales and shifts it.

    While training the mean and variance are those of the batch, and running averages of them are
    kept, which are used otherwise. Ioffe and Szegedy, "Batch normalization", 2015,
    https://arxiv.org/abs/1502.03167.

    Args:
        axis: the axis of the channels.
        momentum: the share of the old value in the running averages.
        epsilon: added to the variance before its root is taken.
        center: whether there is a shift ``beta``.
        scale: whether there is a scale ``gamma``.
        use_global_stats: use the running averages while training too.
        beta_initializer: the shift's initializer.
        gamma_initializer: the scale's initializer.
        running_mean_initializer: the running mean's initializer.
        running_variance_initializer: the running variance's initializer.
        in_channels: the number of channels; by default the first input tells it.
    """

    def __init__(
        self,
        axis: int = 1,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        running_mean_initializer: Init = "zeros",
        running_variance_initializer: Init = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._axis = axis
        self._momentum = momentum
        self._epsilon = epsilon
        self._scale = scale
        self._use_global_stats = use_global_stats
        new = partial(self.params.get, shape=(in_channels,), allow_deferred_init=True)
        self.gamma = new("gamma", init=gamma_initializer, differentiable=scale)
        self.beta = new("beta", init=beta_initializer, differentiable=center)
        self.running_mean = new("running_mean", init=running_mean_initializer, differentiable=False)
        self.running_var = new(
            "running_var", init=running_variance_initializer, differentiable=False
        )

    def forward(self, x: NDArray) -> NDArray:
        """Normalize an input of any shape that has the axis of the channels.

        Raises:
            ShapeError: the input is empty while training.
        """
        axis = self._axis % x._data.ndim
        mean, variance, gamma, beta = (
            p.data_for(x._data.shape[axis])
            for p in (self.running_mean, self.running_var, self.gamma, self.beta)
        )
        if state.training and not self._use_global_stats:
            if not x._data.size:
                raise ShapeError(
                    f"{self.name} cannot average over a batch of shape {x._data.shape}, which is "
                    "empty: leave such a batch out while training"
                )
            running = mean, variance
            others = tuple(i for i in range(x._data.ndim) if i != axis)
            mean = functions.mean(x, others)
            kept = _across(mean, x, axis)
            variance = functions.mean(functions.square(x - kept), others)
            for average, now in zip(running, (mean, variance), strict=True):
                functions.blend(average, now, self._momentum)
        scale = gamma * functions.rsqrt(variance + self._epsilon)
        return (x - _across(mean, x, axis)) * _across(scale, x, axis) + _across(beta, x, axis)

    def cast(self, dtype: Any) -> None:
        """Convert the parameters, except that 16 bits are too few for averages.

        Args:
            dtype: the type.
        """
        super().cast("float32" if np.dtype(dtype) == np.float16 else dtype)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(axis={self._axis}, eps={self._epsilon}, "
            f"momentum={self._momentum}, fix_gamma={not self._scale}, "
            f"use_global_stats={self._use_global_stats}, in_channels={_known(self.gamma)})"
        )


class LayerNorm(HybridBlock):
    """Normalizes each example along one axis, then scales and shifts it.

    Ba, Kiros and Hinton, "Layer normalization", 2016, https://arxiv.org/abs/1607.06450.

    Args:
        axis: the axis to normalize along.
        epsilon: added to the variance before its root is taken.
        center: whether there is a shift ``beta``.
        scale: whether there is a scale ``gamma``.
        beta_initializer: the shift's initializer.
        gamma_initializer: the scale's initializer.
        in_channels: the length of the axis; by default the first input tells it.
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._axis = axis
        self._epsilon = epsilon
        self._center = center
        self._scale = scale
        new = partial(self.params.get, shape=(in_channels,), allow_deferred_init=True)
        self.gamma = new("gamma", init=gamma_initializer, differentiable=scale)
        self.beta = new("beta", init=beta_initializer, differentiable=center)

    def forward(self, x: NDArray) -> NDArray:
        """Normalize an input of any shape that has the axis."""
        axis = self._axis % x._data.ndim
        gamma, beta = (p.data_for(x._data.shape[axis]) for p in (self.gamma, self.beta))
        centered = x - functions.mean(x, axis, True)
        variance = functions.mean(functions.square(centered), axis, True)
        normal = centered * functions.rsqrt(variance + self._epsilon)
        return normal * _across(gamma, x, axis) + _across(beta, x, axis)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(eps={self._epsilon}, axis={self._axis}, "
            f"center={self._center}, scale={self._scale}, "
            f"in_channels={(self.gamma.shape or (0,))[0]})"
        )


class Embedding(HybridBlock):
    """A table of vectors: an integer is replaced by the row that it counts.

    Args:
        input_dim: the number of rows.
        output_dim: the length of a row.
        dtype: the type of the elements.
        weight_initializer: the table's initializer.
        sparse_grad: accepted for Gluon's sake; gradients are dense.

    Shapes: an input of any shape ``s`` gives an output of shape ``(*s, output_dim)``.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        dtype: Any = np.float32,
        weight_initializer: Init = None,
        sparse_grad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.weight = self.params.get(
            "weight",
            shape=(input_dim, output_dim),
            init=weight_initializer,
            dtype=dtype,
            allow_deferred_init=True,
        )

    def forward(self, x: NDArray) -> NDArray:
        """Look the rows up."""
        return functions.take(self.weight.data(), x, 0)

    def hybrid_forward(self, F: Any, x: NDArray, weight: NDArray) -> NDArray:  # noqa: N803
        """Look the rows of a given table up, as a class made from this one may want.

        Args:
            F: the functions to compute with, `d2lmini.nd`.
            x: the numbers of the rows.
            weight: the table.
        """
        return F.take(weight, x)

    def __repr__(self) -> str:
        rows, length = self.weight._shape or (0, 0)
        return f"{type(self).__name__}({rows} -> {length}, {self.weight.dtype})"


def _across(values: NDArray, x: NDArray, axis: int) -> NDArray:
    """Shape values, one for each channel, so that they broadcast with ``x``."""
    if axis == x._data.ndim - 1:
        return values
    return functions.reshape(values, (-1, *(1,) * (x._data.ndim - 1 - axis)))


def _known(parameter: Parameter) -> int | None:
    return (parameter._shape or (0,))[0] or None
