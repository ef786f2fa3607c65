"""Optimizers: how a trainer updates a parameter from its gradient."""

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .errors import MXNetError
from .ndarray import NDArray
from .registry import Registry
from .streams import Array


@dataclass(eq=False)
class Optimizer:
    """The base of all optimizers.

    A subclass defines `update`, and `create_state` if it keeps a state. Its `update` begins with
    ``self._update_count(index)``; ``self._get_lr(index)`` and ``self._get_wd(index)`` are then the
    learning rate and the weight decay of that weight.

    Args:
        learning_rate: the step size, by default 0.01, or what the scheduler says.
        wd: the weight decay, added to the gradient as ``wd * weight``.
        rescale_grad: a factor applied to the gradient.
        clip_gradient: the largest absolute value of an element of the rescaled gradient; None,
            like 0 or less, for no limit.
        lr_scheduler: a function of the number of updates that returns the learning rate, such as
            one of `lr_scheduler`; ``learning_rate``, if given too, replaces its ``base_lr``.
        begin_num_update: the number of updates to start counting from.
        param_dict: the parameters by index, which a trainer sets: their ``lr_mult`` and ``wd_mult``
            are factors of the learning rate and the weight decay.
        multi_precision: keep a copy of each weight of 16 bits in 32, which adds up small steps.
        lazy_update: accepted for compatibility with Gluon.
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
    param_dict: dict[Any, Any] = field(default_factory=dict, repr=False)
    _index_update_count: dict[Any, int] = field(default_factory=dict, init=False, repr=False)
    _scratch: dict[Any, Array] = field(default_factory=dict, init=False, repr=False)
    register: ClassVar[Callable[[type[Any]], type[Any]]]  # Gluon's other way to reach the function
    _clips_decay = False  # whether weight decay is added before the gradient is clipped

    def __init_subclass__(cls) -> None:
        registry.add(cls)

    def __post_init__(self) -> None:
        self.num_update = self.begin_num_update
        rate, scheduler = self.learning_rate, self.lr_scheduler
        if isinstance(scheduler, type) or not (scheduler is None or callable(scheduler)):
            known = "such as lr_scheduler.CosineScheduler(max_update=100)"
            wanted = f"a function of the number of updates, {known}"
            raise TypeError(f"lr_scheduler must be {wanted}, not {scheduler!r}")
        start = getattr(scheduler, "base_lr", rate)
        if scheduler is not None and rate is not None and start != rate:
            scheduler.base_lr = rate
            change = f"learning_rate={rate} replaces base_lr={start} of the lr_scheduler"
            problem = f"{change}, which may have planned its way with the old one"
            # The level is that of the line where the trainer was made.
            warnings.warn(f"{problem}: give both the same value", stacklevel=6)
        self.learning_rate = float(0.01 if rate is None else rate)
        for name in (x.name for x in fields(self) if isinstance(x.default, float)):
            if not isinstance(value := getattr(self, name), int | float | np.number):
                raise TypeError(f"{name} must be a number, not {value!r}")

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
            problem = "the lr_scheduler determines the learning rate, so it cannot be set"
            raise UserWarning(f"{problem}: first set trainer.optimizer.lr_scheduler to None")
        self.learning_rate = float(lr)

    def create_state(self, index: Any, weight: NDArray) -> Any:
        """Return what is kept for a weight from step to step: None, an array, or a tuple of them.

        Args:
            index: the number of the weight.
            weight: the weight.
        """

    def update(self, index: Any, weight: NDArray, grad: NDArray, state: Any) -> None:
        """Take a step.

        Args:
            index: the number of the weight.
            weight: the weight, which is updated in place.
            grad: its gradient.
            state: the result of `create_state`, which is updated in place.
        """
        way = "update(self, index, weight, grad, state), which changes weight in place: for example"
        example = "weight[:] -= self._get_lr(index) * grad"
        raise NotImplementedError(f"{type(self).__name__} must define {way} {example}")

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> Any:
        """Return the copy of a weight of 16 bits, if there is to be one, with the state.

        Args:
            index: the number of the weight.
            weight: the weight.
        """
        if not self.multi_precision or weight.dtype != np.float16:
            return self.create_state(index, weight)
        exact = NDArray(weight._data.astype(np.float32))
        return _Precise(exact, self.create_state(index, exact))

    def update_multi_precision(
        self, index: Any, weight: NDArray, grad: NDArray, state: Any
    ) -> None:
        """Take a step, in the copy of the weight if there is one.

        Args:
            index: the number of the weight.
            weight: the weight, which is updated in place.
            grad: its gradient.
            state: the result of `create_state_multi_precision`, which is updated in place.

        Raises:
            MXNetError: the weight has been cast since its state was made.
        """
        half = self.multi_precision and weight.dtype == np.float16
        if isinstance(state, _Precise) != half:
            problem = f"weight {index} has become {weight._data.dtype} after its first step"
            raise MXNetError(f"{problem}: with multi_precision, make a new Trainer after a cast")
        if not half:
            self.update(index, weight, grad, state)
            return
        exact, own = state
        moved = exact._data.astype(np.float16) != weight._data  # by set_data(), for example
        np.copyto(exact._data, weight._data, where=moved)
        self.update(index, exact, grad.astype(np.float32), own)
        weight._own()[...] = exact._data

    def _update_count(self, index: Any) -> None:
        """Count an update of a weight."""
        count = self._index_update_count.get(index, self.begin_num_update) + 1
        self._index_update_count[index] = count
        self.num_update = max(self.num_update, count)

    def _get_lr(self, index: Any) -> float:
        """Return the learning rate for a weight."""
        return self.lr * float(getattr(self.param_dict.get(index), "lr_mult", 1))

    def _get_wd(self, index: Any) -> float:
        """Return the weight decay of a weight."""
        return self.wd * float(getattr(self.param_dict.get(index), "wd_mult", 1))

    def _prepared(self, weight: NDArray, grad: NDArray, wd: float, factor: float = 1.0) -> Array:
        """Return the gradient, rescaled, clipped, with weight decay added, times a factor.

        The result is a scratch array, which the next call overwrites. It has at least 32 bits: in
        16, small factors would be zero.
        """
        old, slope = weight._own(), grad._data
        kind = (old.shape, old.dtype)
        if kind not in self._scratch:
            self._scratch[kind] = np.empty_like(old, _wide(old))
        ready = self._scratch[kind]
        exact = ready.dtype
        limit = self.clip_gradient or 0
        if limit <= 0 and not wd:
            return np.multiply(slope, self.rescale_grad * factor, out=ready, dtype=exact)
        np.multiply(slope, self.rescale_grad, out=ready, dtype=exact)
        decay = np.multiply(old, wd, dtype=exact)
        if self._clips_decay:
            ready += decay
        if limit > 0:
            np.clip(ready, -limit, limit, out=ready)
        if not self._clips_decay:
            ready += decay
        ready *= factor
        return ready


class _Precise(NamedTuple):
    """The state of a weight of 16 bits: a copy of the weight in 32, and its state."""

    weight: NDArray
    state: Any


def _wide(weight: Array) -> Any:
    """Return the type to compute in: the weight's own, but at least float32."""
    return np.promote_types(weight.dtype, np.float32)


registry = Registry(Optimizer, "optimizer", ValueError)
register = Optimizer.register = registry.register


@dataclass(eq=False)
class SGD(Optimizer):
    """Stochastic gradient descent: ``weight -= learning_rate * gradient``.

    It also accepts all settings of `Optimizer`.

    Args:
        momentum: the fraction of the previous step to add to this one.
    """

    momentum: float = 0.0

    def create_state(self, index: Any, weight: NDArray) -> NDArray | None:
        """Keep the previous step if there is momentum."""
        return NDArray(np.zeros_like(weight._data)) if self.momentum else None

    def update(self, index: Any, weight: NDArray, grad: NDArray, state: NDArray | None) -> None:
        """Take a step along the negative gradient."""
        self._update_count(index)
        step = self._prepared(weight, grad, self._get_wd(index), self._get_lr(index))
        if state is None:
            weight._data -= step
        else:
            state._data *= self.momentum
            state._data -= step
            weight._data += state._data


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

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:
        """Keep both averages; 16 bits are too few for squares."""
        zeros = np.zeros_like(weight._data, _wide(weight._data))
        return NDArray(zeros), NDArray(zeros.copy())

    def update(self, index: Any, weight: NDArray, grad: NDArray, state: Any) -> None:
        """Take a step of about the learning rate in each direction."""
        self._update_count(index)
        mean, variance = (x._data for x in state)
        slope = self._prepared(weight, grad, self._get_wd(index))
        mean += (1 - self.beta1) * (slope - mean)
        variance *= self.beta2  # the square may be infinite, and a difference then not a number
        variance += (1 - self.beta2) * (slope * slope)
        steps = self._index_update_count[index]
        # Both averages start at zero; this corrects their bias.
        lr = self._get_lr(index) * math.sqrt(1 - self.beta2**steps) / (1 - self.beta1**steps)
        weight._data -= lr * mean / (np.sqrt(variance) + self.epsilon)


class Updater:
    """An optimizer with the states of the weights that it updates.

    Args:
        optimizer: the optimizer.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}

    def __call__(self, index: Any, grad: NDArray, weight: NDArray) -> None:
        """Update a weight in place."""
        if index not in self.states:
            self.states[index] = self.optimizer.create_state_multi_precision(index, weight)
        self.optimizer.update_multi_precision(index, weight, grad, self.states[index])


get_updater = Updater


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
        known = "a dict such as {'learning_rate': 0.1}"
        raise TypeError(f"optimizer settings must be {known}, not {settings!r}")
    return registry.create(optimizer, {**(settings or {}), **named})
