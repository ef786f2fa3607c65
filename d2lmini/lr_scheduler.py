"""Learning-rate schedulers: the rate as a function of the number of updates so far.

An optimizer with the setting ``lr_scheduler`` asks it before every update; training loops may also
call one themselves and pass its result to ``trainer.set_learning_rate``.
"""

import math
from collections.abc import Sequence
from typing import Any

from .errors import one_of


class LRScheduler:
    """The base of all schedulers: warms up to a rate and keeps it.

    A subclass defines ``__call__(self, num_update)``, which returns the rate. All schedulers accept
    the arguments for warming up.

    Args:
        base_lr: the rate to start from, after warming up.
        warmup_steps: the number of updates to warm up for.
        warmup_begin_lr: the rate that warming up starts from.
        warmup_mode: ``'linear'`` to rise steadily, ``'constant'`` to stay at ``warmup_begin_lr``.

    Raises:
        ValueError: warming up would not raise the rate, or its mode is unknown.
    """

    def __init__(
        self,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0.0,
        warmup_mode: str = "linear",
    ) -> None:
        if warmup_steps < 0 or warmup_begin_lr > base_lr:
            span = f"for {warmup_steps} updates from {warmup_begin_lr} to base_lr={base_lr}"
            raise ValueError(f"warming up {span} would not raise the rate")
        self.base_lr = self.warmup_final_lr = base_lr
        self.warmup_steps, self.warmup_begin_lr = warmup_steps, warmup_begin_lr
        self.warmup_mode = one_of("warmup_mode", warmup_mode, "linear", "constant")

    def get_warmup_lr(self, num_update: int) -> float:
        """Return the rate while warming up.

        Args:
            num_update: the number of updates, less than ``warmup_steps``.
        """
        done = num_update / self.warmup_steps if self.warmup_mode == "linear" else 0
        return self.warmup_begin_lr + (self.warmup_final_lr - self.warmup_begin_lr) * done

    def __call__(self, num_update: int) -> float:
        """Return the rate.

        Args:
            num_update: the number of updates, counting the one that the rate is for.
        """
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        return self._rate(num_update)

    def _rate(self, num_update: int) -> float:
        """Return the rate after warming up; it depends on nothing that was asked before."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, num_update)")


class _Stepwise(LRScheduler):
    """The base of schedulers that multiply the rate by a factor now and then."""

    def __init__(self, step: Any, factor: float, base_lr: float, **warmup: Any) -> None:
        super().__init__(base_lr, **warmup)
        if factor > 1:
            raise ValueError(f"factor must be at most 1, to lower the rate, but is {factor}")
        self.step, self.factor = step, factor


class FactorScheduler(_Stepwise):
    """Multiplies the rate by a factor after every ``step`` updates.

    Args:
        step: the number of updates.
        factor: the factor.
        stop_factor_lr: the lowest rate.
        base_lr: the rate to start from.
        warmup: see `LRScheduler`.

    Raises:
        ValueError: ``step`` is below 1, or ``factor`` above 1.
    """

    def __init__(
        self,
        step: int,
        factor: float = 1.0,
        stop_factor_lr: float = 1e-8,
        base_lr: float = 0.01,
        **warmup: Any,
    ) -> None:
        super().__init__(step, factor, base_lr, **warmup)
        if step < 1:
            raise ValueError(f"step must be at least 1 update, but is {step}")
        self.stop_factor_lr = stop_factor_lr

    def _rate(self, num_update: int) -> float:
        times = max(num_update - 1, 0) // self.step
        return max(self.base_lr * self.factor**times, self.stop_factor_lr)


class MultiFactorScheduler(_Stepwise):
    """Multiplies the rate by a factor after each of several numbers of updates.

    Args:
        step: the numbers of updates, in ascending order.
        factor: the factor.
        base_lr: the rate to start from.
        warmup: see `LRScheduler`.

    Raises:
        ValueError: ``step`` is not ascending or not above 0, or ``factor`` is above 1.
    """

    def __init__(
        self, step: Sequence[int], factor: float = 1.0, base_lr: float = 0.01, **warmup: Any
    ) -> None:
        super().__init__(step, factor, base_lr, **warmup)
        if not isinstance(step, Sequence) or [0, *step] != sorted({0, *step}) or not step:
            raise ValueError(f"step must be ascending numbers of updates above 0, but is {step!r}")

    def _rate(self, num_update: int) -> float:
        return self.base_lr * self.factor ** sum(num_update > step for step in self.step)


class _Falling(LRScheduler):
    """The base of schedulers that fall to a final rate: a subclass says along which curve."""

    def __init__(
        self, max_update: int, base_lr: float = 0.01, final_lr: float = 0.0, **warmup: Any
    ) -> None:
        super().__init__(base_lr, **warmup)
        if max_update < 1:
            raise ValueError(f"max_update must be at least 1, but is {max_update}")
        self.max_update, self.max_steps = max_update, max_update - self.warmup_steps
        self.base_lr_orig, self.final_lr = base_lr, final_lr

    def _rate(self, num_update: int) -> float:
        done = (min(num_update, self.max_update) - self.warmup_steps) / (self.max_steps or 1)
        return self.final_lr + (self.base_lr_orig - self.final_lr) * self._left(done)

    def _left(self, done: float) -> float:
        """Return which part of the way down is left when a part of the updates is done."""
        raise NotImplementedError


class PolyScheduler(_Falling):
    """Lowers the rate along a power of the updates that are left.

    Args:
        max_update: the number of updates at which the rate reaches ``final_lr``.
        base_lr: the rate to start from.
        pwr: the power.
        final_lr: the last rate.
        warmup: see `LRScheduler`.

    Raises:
        ValueError: ``max_update`` is below 1.
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        pwr: float = 2,
        final_lr: float = 0.0,
        **warmup: Any,
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, **warmup)
        self.power = pwr

    def _left(self, done: float) -> float:
        return (1 - done) ** self.power


class CosineScheduler(_Falling):
    """Lowers the rate along half a wave of the cosine.

    Args:
        max_update: the number of updates at which the rate reaches ``final_lr``.
        base_lr: the rate to start from.
        final_lr: the last rate.
        warmup: see `LRScheduler`.

    Raises:
        ValueError: ``max_update`` is below 1.
    """

    def _left(self, done: float) -> float:
        return (1 + math.cos(math.pi * done)) / 2
