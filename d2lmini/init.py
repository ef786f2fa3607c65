"""Initializers: how the first values of parameters are chosen."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from . import random
from .errors import one_of
from .ndarray import NDArray, unwrap
from .registry import Registry


class InitDesc(str):
    """A parameter's name with attributes.

    Args:
        name: the name.
        attrs: the attributes, of which ``__init__`` is the initializer to use.
        global_init: the initializer to fall back on.
    """

    def __new__(cls, name: str, attrs: Any = None, global_init: Any = None) -> Self:
        """Make a string that has attributes."""
        made = super().__new__(cls, name)
        vars(made).update(attrs=attrs or {}, global_init=global_init)
        return made


class Initializer:
    """The base of all initializers.

    A subclass defines ``_init_weight(self, name, array)``, which writes the values into ``array``.

    Args:
        kwargs: the settings that `repr` shows.
    """

    def __init_subclass__(cls) -> None:
        registry.add(cls)

    def __init__(self, **kwargs: Any) -> None:
        self._settings = kwargs

    def __call__(self, name: str, array: NDArray) -> None:
        """Fill ``array``, the data of the parameter ``name``, as its own initializer does."""
        chosen = create(getattr(name, "attrs", {}).get("__init__") or self)
        # The bare name, since it may be handed on to other initializers.
        found = getattr(chosen, "_init_weight", chosen)(str(name), array)
        if found is not None and found is not array:
            problem = f"{type(chosen).__name__}._init_weight returned a {type(found).__name__}"
            way = "write into the array it is given, for example array[:] = 0"
            raise TypeError(f"{problem}: {way}")

    def _init_weight(self, name: str, array: NDArray) -> Any:
        way = "_init_weight(self, name, array), which writes into array: for example array[:] = 0"
        raise NotImplementedError(f"{type(self).__name__} must define {way}")

    def __repr__(self) -> str:
        given = getattr(self, "_settings", {})  # a subclass may not call super().__init__()
        settings = ", ".join(f"{key}={value!r}" for key, value in given.items())
        return f"{type(self).__name__}({settings})"

    def dumps(self) -> str:
        """Return the name and the settings in JSON."""
        return json.dumps([type(self).__name__.lower(), getattr(self, "_settings", vars(self))])


registry = Registry(Initializer, "initializer", AssertionError)
register, alias = registry.register, registry.alias


def create(
    init: "str | Initializer | type[Initializer] | Callable[..., Any]", **settings: Any
) -> Any:
    """Return an initializer from its name, its class or an instance.

    Args:
        init: the name, class or instance.
        settings: arguments for the class.

    Raises:
        AssertionError: there is no initializer of that name.
    """
    if callable(init) and not isinstance(init, type):
        return init
    if not isinstance(init, str | type):
        known, kind = "a name, a class or an instance", type(init).__name__
        way = "for fixed values, use init.Constant(values)"
        raise AssertionError(f"an initializer must be {known}, not a {kind}: {way}")
    return registry.create(init, settings)


@alias("zeros")
class Zero(Initializer):
    """All zeros."""

    def _init_weight(self, name: str, array: NDArray) -> None:
        array[...] = 0


@alias("ones")
class One(Initializer):
    """All ones."""

    def _init_weight(self, name: str, array: NDArray) -> None:
        array[...] = 1


@dataclass(eq=False)
class Constant(Initializer):
    """The same value everywhere, or the values of an array.

    Args:
        value: the value, or an array of the parameter's shape.
    """

    value: Any = 0.0

    def _init_weight(self, name: str, array: NDArray) -> None:
        array[...] = unwrap(self.value)


@dataclass(eq=False)
class Uniform(Initializer):
    """Uniformly distributed from ``-scale`` to ``scale``.

    Args:
        scale: the largest absolute value.
    """

    scale: float = 0.07

    def _init_weight(self, name: str, array: NDArray) -> None:
        random.uniform(-self.scale, self.scale, out=array)


@dataclass(eq=False)
class Normal(Initializer):
    """Normally distributed around 0 with standard deviation ``sigma``.

    Args:
        sigma: the standard deviation.
    """

    sigma: float = 0.01

    def _init_weight(self, name: str, array: NDArray) -> None:
        random.normal(0, self.sigma, out=array)


@dataclass(eq=False)
class Xavier(Initializer):
    """Random values whose spread preserves the size of the signal from layer to layer.

    The spread is ``sqrt(magnitude / factor)``, where the factor counts the layer's inputs and
    outputs (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, https://proceedings.mlr.press/v9/glorot10a.html).

    Args:
        rnd_type: ``'uniform'`` or ``'gaussian'``.
        factor_type: ``'avg'`` of inputs and outputs, ``'in'`` or ``'out'``.
        magnitude: a factor applied to the variance.

    Raises:
        ValueError: ``rnd_type`` or ``factor_type`` is none of these.
    """

    rnd_type: str = "uniform"
    factor_type: str = "avg"
    magnitude: float = 3

    def __post_init__(self) -> None:
        one_of("rnd_type", self.rnd_type, "uniform", "gaussian")
        one_of("factor_type", self.factor_type, "avg", "in", "out")

    def _init_weight(self, name: str, array: NDArray) -> None:
        shape = array.shape
        if len(shape) < 2:
            problem = f"Xavier cannot initialize {name} of shape {shape}: it needs at least 2 axes"
            raise ValueError(f"{problem}; give it its own initializer, such as init='zeros'")
        area = math.prod(shape[2:])
        ways: dict[str, float] = {"in": shape[1] * area, "out": shape[0] * area}
        ways["avg"] = (ways["in"] + ways["out"]) / 2
        scale = math.sqrt(self.magnitude / ways[self.factor_type])
        kind = Uniform if self.rnd_type == "uniform" else Normal
        kind(scale)(name, array)


class MSRAPrelu(Xavier):
    """Random values with Xavier's spread, adjusted for layers followed by a (leaky) ReLU.

    He et al., "Delving deep into rectifiers", 2015, https://arxiv.org/abs/1502.01852.

    Args:
        factor_type: ``'avg'``, ``'in'`` or ``'out'``.
        slope: the slope of the ReLU for negative inputs.
    """

    __repr__ = Initializer.__repr__

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2 / (1 + slope**2))
        self._settings = {"factor_type": factor_type, "slope": slope}


@dataclass(eq=False)
class Mixed(Initializer):
    """Initializes each parameter with the first initializer whose pattern matches its name.

    Args:
        patterns: regular expressions.
        initializers: one for each pattern.

    Raises:
        ValueError: the numbers of patterns and initializers differ.
    """

    patterns: list[str]
    initializers: list[Initializer]

    def __post_init__(self) -> None:
        if len(self.patterns) != len(self.initializers):
            counts = f"{len(self.patterns)} patterns for {len(self.initializers)} initializers"
            raise ValueError(f"got {counts}: give one initializer for each pattern")
        self.map = list(zip(self.patterns, map(create, self.initializers), strict=True))

    def _init_weight(self, name: str, array: NDArray) -> None:
        for pattern, initializer in self.map:
            if re.match(pattern, name):
                initializer(name, array)
                return
        raise ValueError(f"no pattern matches {name}: end with '.*' and a default initializer")
