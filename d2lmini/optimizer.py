"""Optimizers: how a trainer updates a parameter from its gradient."""

import warnings
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from inspect import signature
from typing import Any

import numpy as np

from .registry import Registry
from .streams import Array

State = dict[str, Array]


@dataclass(eq=False)
class Optimizer:
    """The base of all optimizers; they work on NumPy arrays, in place.

    A subclass defines `update`, and `create_state` if it keeps a state.

    Args:
        learning_rate: the step size, by default 0.01, or what the scheduler says.
        wd: the weight decay, added to the gradient as ``wd * weight``.
        rescale_grad: a factor applied to the gradient.
        clip_gradient: the largest absolute value of an element of the rescaled gradient.
        lr_scheduler: a function of the number of updates that returns the learning rate, such as
            one of `lr_scheduler`; ``learning_rate``, if given too, replaces its ``base_lr``.
        begin_num_update: the number of updates to start counting from.
        multi_precision: accepted for compatibility with Gluon, like ``lazy_update``.
    """

    learning_rate: Any = None  # a number once the optimizer is made
    _: KW_ONLY
    wd: float = 0.0
    rescale_grad: float = 1.0
    clip_gradient: float | None = None
    lr_scheduler: Any = None
    begin_num_update: int = 0
    multi_precision: bool = False
    lazy_update: bool = True
    _scratch: dict[Any, Array] = field(default_factory=dict, init=False, repr=False)
    _clips_decay = False  # whether weight decay is added before the gradient is clipped

    def __init_subclass__(cls) -> None:
        for method in (cls.create_state, cls.update):
            if "index" in signature(method).parameters:
                raise TypeError(
                    f"{cls.__name__} is written for Gluon's optimizers: here it defines "
                    "create_state(self, weight), which returns a dict of NumPy arrays, and "
                    "update(self, weight, grad, state, lr, wd), which changes weight in place"
                )
        registry.register(cls)

    def __post_init__(self) -> None:
        self.num_update = self.begin_num_update
        rate, scheduler = self.learning_rate, self.lr_scheduler
        if isinstance(scheduler, type) or not (scheduler is None or callable(scheduler)):
            raise TypeError(
                "lr_scheduler must be a function of the number of updates, such as "
                f"lr_scheduler.CosineScheduler(max_update=100), not {scheduler!r}"
            )
        start = getattr(scheduler, "base_lr", rate)
        if rate is not None and start != rate:
            scheduler.base_lr = rate
            warnings.warn(
                f"learning_rate={rate} replaces base_lr={start} of the lr_scheduler, which may "
                "have planned its way with the old one: give both the same value",
                stacklevel=6,  # where the trainer was made
            )
        self.learning_rate = float(0.01 if rate is None else rate)

    @property
    def lr(self) -> float:
        """The learning rate at the current number of updates."""
        if self.lr_scheduler is not None:
            self.learning_rate = float(self.lr_scheduler(self.num_update))
        return float(self.learning_rate)

    @lr.setter
    def lr(self, rate: float) -> None:
        self.set_learning_rate(rate)

    def set_learning_rate(self, lr: float) -> None:
        """Change the learning rate.

        Args:
            lr: the new learning rate.

        Raises:
            UserWarning: there is a scheduler, which determines the learning rate.
        """
        if self.lr_scheduler is not None:
            raise UserWarning(
                "the lr_scheduler determines the learning rate, so it cannot be set: first set "
                "trainer.optimizer.lr_scheduler to None"
            )
        self.learning_rate = float(lr)

    def create_state(self, weight: Array) -> State:
        """Return the state kept for a weight from step to step; scratch space is not part of it.

        Args:
            weight: the weight.
        """
        return {}

    def update(self, weight: Array, grad: Array, state: State, lr: float, wd: float) -> None:
        """Take a step.

        Args:
            weight: the weight, which is updated in place.
            grad: its gradient.
            state: the result of `create_state`, which is updated in place.
            lr: the learning rate for this weight.
            wd: its weight decay.
        """
        raise NotImplementedError

    def _prepared(self, weight: Array, grad: Array, wd: float, factor: float = 1.0) -> Array:
        """Return the gradient, rescaled, clipped, with weight decay added, times a factor.

        The result is a scratch array, which the next call overwrites. It has at least 32 bits: in
        16, small factors would be zero.
        """
        kind = (weight.shape, weight.dtype)
        if kind not in self._scratch:
            self._scratch[kind] = np.empty_like(weight, _wide(weight))
        ready = self._scratch[kind]
        exact = ready.dtype
        if self.clip_gradient is None and not wd:
            return np.multiply(grad, self.rescale_grad * factor, out=ready, dtype=exact)
        np.multiply(grad, self.rescale_grad, out=ready, dtype=exact)
        decay = np.multiply(weight, wd, dtype=exact)
        if self._clips_decay:
            ready += decay
        if self.clip_gradient is not None:
            np.clip(ready, -self.clip_gradient, self.clip_gradient, out=ready)
        if not self._clips_decay:
            ready += decay
        ready *= factor
        return ready


def _wide(weight: Array) -> Any:
    """Return the type to compute in: the weight's own, but at least float32."""
    return np.promote_types(weight.dtype, np.float32)


registry = Registry(Optimizer, "optimizer", ValueError)
register = registry.register


@dataclass(eq=False)
class SGD(Optimizer):
    """Stochastic gradient descent: ``weight -= learning_rate * gradient``.

    It also accepts all settings of `Optimizer`.

    Args:
        momentum: the fraction of the previous step to add to this one.
    """

    momentum: float = 0.0

    def create_state(self, weight: Array) -> State:
        """Keep the previous step if there is momentum."""
        return {"momentum": np.zeros_like(weight)} if self.momentum else {}

    def update(self, weight: Array, grad: Array, state: State, lr: float, wd: float) -> None:
        """Take a step along the negative gradient."""
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
    https://arxiv.org/abs/1412.6980. It also accepts all settings of `Optimizer`.

    Args:
        beta1: the decay rate of the average of the gradient.
        beta2: the decay rate of the average of its square.
        epsilon: added to the root of the second average.
    """

    learning_rate: Any = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    _clips_decay = True

    def create_state(self, weight: Array) -> State:
        """Keep both averages and the number of updates; 16 bits are too few for squares."""
        zeros = np.zeros_like(weight, _wide(weight))
        return {"mean": zeros, "variance": zeros.copy(), "count": np.zeros(1, np.int64)}

    def update(self, weight: Array, grad: Array, state: State, lr: float, wd: float) -> None:
        """Take a step of about the learning rate in each direction."""
        mean, variance, count = state["mean"], state["variance"], state["count"]
        slope = self._prepared(weight, grad, wd)
        mean += (1 - self.beta1) * (slope - mean)
        variance *= self.beta2  # the square may be infinite, and a difference then not a number
        variance += (1 - self.beta2) * (slope * slope)
        count += 1
        steps = int(count[0])
        # Both averages start at zero; this corrects their bias.
        lr *= float(np.sqrt(1 - self.beta2**steps)) / (1 - self.beta1**steps)
        weight -= lr * mean / (np.sqrt(variance) + self.epsilon)


def create(
    optimizer: str | Optimizer, settings: dict[str, Any] | None = None, **named: Any
) -> Optimizer:
    """Return a new optimizer by name, or the given instance.

    Args:
        optimizer: the name, such as ``'adam'``, or an instance.
        settings: the arguments for the optimizer's class, as a dict.
        named: the same, as keyword arguments.

    Raises:
        ValueError: there is no optimizer of that name.
        TypeError: ``settings`` is not a dict, or the optimizer does not accept them.
    """
    if not isinstance(settings, Mapping | None):
        raise TypeError(
            f"optimizer settings must be a dict such as {{'learning_rate': 0.1}}, not {settings!r}"
        )
    return registry.create(optimizer, {**(settings or {}), **named})
