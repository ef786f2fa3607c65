"""Optimizers: what a trainer does with a parameter and its gradient."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, TypeAlias

import numpy as np

from .registry import Registry

Array: TypeAlias = Any  # a NumPy array
State = dict[str, Array]


@dataclass(eq=False)
class Optimizer:
    """The base of all optimizers; they work on NumPy arrays, in place.

    Args:
        learning_rate: the length of a step.
        wd: the weight decay, added to the gradient as ``wd * weight``.
        rescale_grad: a factor of the gradient.
        clip_gradient: the greatest absolute value of an element of the rescaled gradient.
        multi_precision: accepted for Gluon's sake, like ``lazy_update``.
    """

    learning_rate: float = 0.01
    _: KW_ONLY
    wd: float = 0.0
    rescale_grad: float = 1.0
    clip_gradient: float | None = None
    multi_precision: bool = False
    lazy_update: bool = True
    _scratch: dict[Any, Array] = field(default_factory=dict, init=False, repr=False)

    def __init_subclass__(cls) -> None:
        registry.add(cls)

    @property
    def lr(self) -> float:
        """The learning rate, by Gluon's other name for it."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: float) -> None:
        self.learning_rate = value

    def set_learning_rate(self, lr: float) -> None:
        """Change the length of a step.

        Args:
            lr: the new length.
        """
        self.learning_rate = lr

    def create_state(self, weight: Array) -> State:
        """Return what is kept for a weight from step to step; the scratch space is not saved.

        Args:
            weight: the weight.
        """
        return {}

    def update(self, weight: Array, grad: Array, state: State, lr: float, wd: float) -> None:
        """Take a step.

        Args:
            weight: the weight, which is changed.
            grad: its gradient.
            state: what `create_state` returned, which is changed.
            lr: the learning rate of this weight.
            wd: its weight decay.
        """
        raise NotImplementedError

    def _prepared(self, weight: Array, grad: Array, wd: float, factor: float = 1.0) -> Array:
        """The gradient rescaled, clipped, with the weight decay added, times a factor.

        It stands in a scratch array, which the next call overwrites.
        """
        kind = (weight.shape, weight.dtype)
        if kind not in self._scratch:
            self._scratch[kind] = np.empty_like(weight)
        ready = self._scratch[kind]
        if self.clip_gradient is None and not wd:
            return np.multiply(grad, self.rescale_grad * factor, out=ready)
        np.multiply(grad, self.rescale_grad, out=ready)
        if self.clip_gradient is not None:
            np.clip(ready, -self.clip_gradient, self.clip_gradient, out=ready)
        ready += wd * weight
        ready *= factor
        return ready


registry = Registry(Optimizer, "optimizer", ValueError)


@dataclass(eq=False)
class SGD(Optimizer):
    """Stochastic gradient descent: ``weight -= learning_rate * gradient``.

    All settings of `Optimizer` are settings of this one too.

    Args:
        momentum: the share of the previous step that is taken again.
    """

    momentum: float = 0.0

    def create_state(self, weight: Array) -> State:
        """Keep the previous step if there is momentum."""
        return {"momentum": np.zeros_like(weight)} if self.momentum else {}

    def update(self, weight: Array, grad: Array, state: State, lr: float, wd: float) -> None:
        """Go down the slope."""
        step = self._prepared(weight, grad, wd, lr)
        if self.momentum:
            velocity = state["momentum"]
            velocity *= self.momentum
            velocity -= step
            weight += velocity
        else:
            weight -= step


@dataclass(eq=False)
class Adam(Optimizer):
    """Steps scaled by running averages of the gradient and of its square.

    Kingma and Ba, "Adam: a method for stochastic optimization", 2015,
    https://arxiv.org/abs/1412.6980. All settings of `Optimizer` are settings of this one too.

    Args:
        beta1: the share of the old value in the average of the gradient.
        beta2: the share of the old value in the average of its square.
        epsilon: added to the root of the second average.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def create_state(self, weight: Array) -> State:
        """Keep both averages, and how often they were updated."""
        zeros = np.zeros_like(weight)
        return {"mean": zeros, "variance": zeros.copy(), "count": np.zeros(1, np.int64)}

    def update(self, weight: Array, grad: Array, state: State, lr: float, wd: float) -> None:
        """Take a step of about the learning rate in each direction."""
        slope = self._prepared(weight, grad, wd)
        mean, variance, count = state["mean"], state["variance"], state["count"]
        mean += (1 - self.beta1) * (slope - mean)
        variance += (1 - self.beta2) * (slope * slope - variance)
        count += 1
        steps = int(count[0])
        # Both averages start at zero; this makes up for it.
        lr *= float(np.sqrt(1 - self.beta2**steps)) / (1 - self.beta1**steps)
        weight -= lr * mean / (np.sqrt(variance) + self.epsilon)


def create(
    optimizer: str | Optimizer, settings: dict[str, Any] | None = None, **named: Any
) -> Optimizer:
    """Return the optimizer of a name, made with settings, or the instance that is given.

    Args:
        optimizer: the name, such as ``'adam'``.
        settings: what the optimizer's class is called with.
        named: the same, one by one.

    Raises:
        ValueError: there is no optimizer of that name.
        TypeError: the settings are no dict, or not what it knows.
    """
    if not isinstance(settings, Mapping | None):
        raise TypeError(
            f"an optimizer's settings are a dict such as {{'learning_rate': 0.1}}, not {settings!r}"
        )
    return registry.create(optimizer, {**(settings or {}), **named})
