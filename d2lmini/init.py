"""Initializers: how the first values of parameters are chosen."""

import math
import re
from collections.abc import Callable
from typing import Any, ClassVar

from . import random
from .ndarray import NDArray, unwrap


class Initializer:
    """The base of all initializers.

    A subclass defines ``_init_weight(self, name, array)``, which writes the values into ``array``.

    Args:
        kwargs: what `repr` shows of it.
    """

    registry: ClassVar[dict[str, type["Initializer"]]] = {}

    def __init_subclass__(cls) -> None:
        Initializer.registry[cls.__name__.lower()] = cls

    def __init__(self, **kwargs: Any) -> None:
        self._settings = kwargs

    def __call__(self, name: str, array: NDArray) -> None:
        """Fill ``array``, the data of the parameter ``name``."""
        self._init_weight(name, array)

    def _init_weight(self, name: str, array: NDArray) -> None:
        raise NotImplementedError(
            f"{type(self).__name__} must define _init_weight(self, name, array) and write the "
            "values into array, for example array[:] = 0"
        )

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in self._settings.items())
        return f"{type(self).__name__}({settings})"


def register(klass: type[Initializer]) -> type[Initializer]:
    """Return the class ``klass`` as it is: every initializer is known by its lower-case name."""
    return klass


def create(
    init: "str | Initializer | type[Initializer] | Callable[..., Any]", **settings: Any
) -> Any:
    """Return the initializer that a name, a class or an instance stands for.

    Args:
        init: the name, class or instance.
        settings: what a class, or that of a name, is called with.

    Raises:
        AssertionError: there is no initializer of that name.
    """
    if isinstance(init, type):
        return init(**settings)
    if callable(init):
        return init
    if not isinstance(init, str):
        raise AssertionError(
            f"an initializer is a name, a class or an instance, but not a {type(init).__name__}: "
            "for fixed values take init.Constant(values)"
        )
    klass = Initializer.registry.get(init.lower())
    if klass is None:
        known = ", ".join(sorted(Initializer.registry))
        raise AssertionError(f"there is no initializer {init!r}; known are {known}")
    return klass(**settings)


class Zero(Initializer):
    """All zeros."""

    def _init_weight(self, name: str, array: NDArray) -> None:
        array[:] = 0


class One(Initializer):
    """All ones."""

    def _init_weight(self, name: str, array: NDArray) -> None:
        array[:] = 1


Initializer.registry |= {"zeros": Zero, "ones": One}


class Constant(Initializer):
    """The same value everywhere, or the values of an array.

    Args:
        value: the value, or an array of the parameter's shape.
    """

    def __init__(self, value: Any = 0.0) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, name: str, array: NDArray) -> None:
        array[:] = unwrap(self.value)


class Uniform(Initializer):
    """Equally likely anywhere from ``-scale`` to ``scale``.

    Args:
        scale: the greatest absolute value.
    """

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, name: str, array: NDArray) -> None:
        random.uniform(-self.scale, self.scale, out=array)


class Normal(Initializer):
    """Normally distributed around 0 with standard deviation ``sigma``.

    Args:
        sigma: the standard deviation.
    """

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, name: str, array: NDArray) -> None:
        random.normal(0, self.sigma, out=array)


class Xavier(Initializer):
    """Values whose spread keeps the signal's size from layer to layer.

    The spread is ``sqrt(magnitude / factor)``, where the factor counts the layer's inputs and
    outputs (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, https://proceedings.mlr.press/v9/glorot10a.html).

    Args:
        rnd_type: ``'uniform'`` or ``'gaussian'``.
        factor_type: ``'avg'`` of inputs and outputs, ``'in'`` or ``'out'``.
        magnitude: a factor of the variance.

    Raises:
        ValueError: there is no such ``rnd_type`` or ``factor_type``.
    """

    def __init__(
        self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3
    ) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        if rnd_type not in ("uniform", "gaussian"):
            raise ValueError(f"rnd_type must be 'uniform' or 'gaussian', not {rnd_type!r}")
        if factor_type not in ("avg", "in", "out"):
            raise ValueError(f"factor_type must be 'avg', 'in' or 'out', not {factor_type!r}")
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

    def _init_weight(self, name: str, array: NDArray) -> None:
        shape = array.shape
        if len(shape) < 2:
            raise ValueError(
                f"Xavier cannot initialize {name} of shape {shape}: it needs at least 2 axes; "
                "give that parameter an init of its own, such as init='zeros'"
            )
        area = math.prod(shape[2:])
        ways: dict[str, float] = {"in": shape[1] * area, "out": shape[0] * area}
        ways["avg"] = (ways["in"] + ways["out"]) / 2
        scale = math.sqrt(self.magnitude / ways[self.factor_type])
        if self.rnd_type == "uniform":
            random.uniform(-scale, scale, out=array)
        else:
            random.normal(0, scale, out=array)


class MSRAPrelu(Xavier):
    """Xavier's spread for layers followed by a (leaky) ReLU.

    He et al., "Delving deep into rectifiers", 2015, https://arxiv.org/abs/1502.01852.

    Args:
        factor_type: ``'avg'``, ``'in'`` or ``'out'``.
        slope: the slope of the ReLU for negative inputs.
    """

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2 / (1 + slope**2))
        self._settings = {"factor_type": factor_type, "slope": slope}


class Mixed(Initializer):
    """The first initializer whose pattern matches the parameter's name.

    Args:
        patterns: regular expressions.
        initializers: one for each pattern.

    Raises:
        ValueError: there are more patterns than initializers, or fewer.
    """

    def __init__(self, patterns: list[str], initializers: list[Initializer]) -> None:
        super().__init__(patterns=patterns, initializers=initializers)
        if len(patterns) != len(initializers):
            raise ValueError(f"{len(patterns)} patterns for {len(initializers)} initializers")
        self.map = list(zip(patterns, map(create, initializers), strict=True))

    def _init_weight(self, name: str, array: NDArray) -> None:
        for pattern, initializer in self.map:
            if re.match(pattern, name):
                initializer._init_weight(name, array)
                return
        raise ValueError(f"no pattern matches {name}: add '.*' with a default at the end")
