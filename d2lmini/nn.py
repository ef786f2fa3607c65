"""Layers, and the containers that combine them; also available as `d2lmini.gluon.nn`."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from . import functions, nd
from .block import Block, HybridBlock
from .errors import MXNetError, ShapeError
from .functions import linear, unbiased
from .ndarray import NDArray, from_front
from .parameter import Init, Parameter

__all__ = ["Block", "Concurrent", "HybridBlock", "HybridConcurrent"]
__all__ += ["HybridSequential", "Sequential"]
__all__ += ["Activation", "Dense", "Dropout", "Embedding", "Flatten", "Identity", "LeakyReLU"]
__all__ += ["BatchNorm", "HybridLambda", "Lambda", "LayerNorm"]


# Containers ------------------------------------------------------------------------------------
class Sequential(Block):
    """Blocks in a sequence: the output of each is the input of the next.

    Args:
        prefix: see `Block`, like ``params``.
        blocks: rejected, since `add` takes them.

    Example:
        >>> net = nn.Sequential()
        >>> net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
    """

    def __init__(self, prefix: Any = None, params: Any = None, *blocks: Any, **kwargs: Any) -> None:
        if blocks:  # they are no prefix, so the error tells where they belong
            prefix = blocks
        super().__init__(prefix, params, **kwargs)

    def add(self, *blocks: Block) -> None:
        """Append blocks at the end.

        Args:
            blocks: the blocks.
        """
        for block in blocks:
            self.register_child(block)

    def forward(self, x: Any, *args: Any) -> Any:
        """Pass the inputs through all blocks in order.

        A block that returns a list or a tuple passes on its parts as inputs, one by one.
        """
        inputs: Sequence[Any] = (x, *args)
        for block in self._children.values():
            x = block(*inputs)
            # Nearly always an array, and to ask this first takes less time.
            inputs = (x,) if type(x) is NDArray or not isinstance(x, list | tuple) else x
        return inputs[0] if len(inputs) == 1 else tuple(inputs)

    def hybridize(self, active: bool = True, static_alloc: bool = False, **flags: Any) -> None:
        """Hybridize the hybrid blocks among the descendants; see `HybridBlock.hybridize`.

        Args:
            active: False returns to ordinary execution.
            static_alloc: let a call write into an earlier output that nobody holds any more.
            flags: see `HybridBlock.hybridize`.
        """
        hybrid = [isinstance(block, HybridBlock) for block in (self, *self)]
        if active and self and not hybrid[0] and all(hybrid[1:]):
            problem = f"all blocks in {self.name} are hybrid, but each gets a program of its own"
            way = "a hybrid container, such as nn.HybridSequential, compiles them as one"
            warnings.warn(f"{problem}: {way}", stacklevel=2)
        super().hybridize(active, static_alloc=static_alloc, **flags)

    def __len__(self) -> int:
        return len(self._children)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._children.values())

    def __getitem__(self, key: int | slice) -> Any:
        blocks = list(self._children.values())
        if not isinstance(key, slice):
            return blocks[key]
        part = type(self)(prefix=self._prefix)
        part._children.clear()  # a subclass may have added its own
        part.add(*blocks[key])
        return part


class HybridSequential(Sequential, HybridBlock):
    """Hybrid blocks in a sequence, which ``hybridize()`` compiles into one program."""


class Concurrent(Sequential):
    """Blocks side by side: all receive the same input, and their outputs are joined.

    Args:
        axis: the axis along which the outputs are joined.
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def __getitem__(self, key: int | slice) -> Any:
        found = super().__getitem__(key)
        if isinstance(key, slice):
            found.axis = self.axis
        return found

    def forward(self, x: Any) -> NDArray:
        """Call all blocks on the input, and join their outputs."""
        return nd.concatenate([block(x) for block in self], self.axis)


class HybridConcurrent(Concurrent, HybridBlock):
    """Hybrid blocks side by side."""


# Layers ----------------------------------------------------------------------------------------
class Dense(HybridBlock):
    """A fully connected layer: ``activation(x . weight.T + bias)``.

    Args:
        units: the length of the output.
        activation: the name of an activation function, such as ``'relu'``, or None.
        use_bias: whether to add a bias.
        flatten: whether to merge all axes but the first; otherwise the layer works on the last
            axis.
        dtype: the type of the parameters.
        weight_initializer: the weight's initializer.
        bias_initializer: the bias's initializer.
        in_units: the length of the input; by default taken from the first input.

    Shapes: the input ``(batch, in_units)``, the output ``(batch, units)``, the weight
    ``(units, in_units)``, the bias ``(units,)``.

    Raises:
        ValueError: ``units`` is negative or not an integer.
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        flatten: bool = True,
        dtype: Any = np.float32,
        weight_initializer: Init = None,
        bias_initializer: Init = "zeros",
        in_units: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(units, int | np.integer) or units < 0:
            raise ValueError(f"units must be 0 or a positive integer, not {units!r}")
        self._units = units
        self._in_units = in_units
        self._flatten = flatten
        with self.name_scope():
            new = partial(self.params.get, dtype=dtype, allow_deferred_init=True)
            self.weight = new("weight", shape=(units, in_units), init=weight_initializer)
            self.bias = new("bias", shape=(units,), init=bias_initializer) if use_bias else None
            self.act = Activation(activation, prefix=f"{activation}_") if activation else None
        computed = any(type(p).data is not Parameter.data for p in self._reg_params.values())
        self._direct = None if computed else 2  # the axes of inputs that need no detour

    def forward(self, x: NDArray) -> NDArray:
        """Compute the output from an input of shape ``(batch, ..., in_units)``."""
        weight, bias, act = self.weight._array, self.bias, self.act  # look each one up only once
        try:
            if weight is None or x._data.ndim != self._direct:
                return super().forward(x)  # it completes shapes and merges axes
            y = linear(x, weight, bias._array) if bias else unbiased(x, weight)
        except ShapeError:
            if self.weight.accepts((self._units, self._width(x))):
                raise  # an initializer failed
            raise self._wrong_width(x) from None
        except TypeError:
            if bias:
                bias.data()  # without data, it raises an error that says why
            raise
        if act is None:
            return y
        # Only hooks need a call, which takes a twentieth of a small net's time.
        return act(y) if act._hooks else act.forward(y)

    def hybrid_forward(
        self, F: Any, x: NDArray, weight: NDArray, bias: NDArray | None = None
    ) -> NDArray:
        """Compute the output with the given parameters; a subclass may call or override this.

        Args:
            F: the functions to compute with, `d2lmini.nd`.
            x: the input.
            weight: the weight, ``(units, in_units)``.
            bias: the bias, ``(units,)``.
        """
        y = F.FullyConnected(x, weight, bias, self._units, flatten=self._flatten)
        return y if self.act is None else self.act(y)

    def infer_shape(self, x: NDArray) -> None:
        """Complete the shape of the weight from an input.

        Args:
            x: the input.

        Raises:
            ValueError: the layer was made with 0 units.
        """
        if not self._units:
            raise ValueError(f"{self.name} cannot compute with units=0: create it with more")
        self.weight.shape = (self._units, self._width(x))

    def _width(self, x: NDArray) -> int:
        return math.prod(x._data.shape[1 if self._flatten else -1 :])

    def _wrong_width(self, x: NDArray) -> MXNetError:
        expected = self.weight._shape
        wanted = f"{self.name} expects inputs of width {expected and expected[1]}"
        why = f"its weight {self.weight.name} has shape {expected}"
        found = f"the input has shape {x._data.shape}"
        way = f"change the input, or create the layer again with in_units={self._width(x)}"
        return ShapeError(f"{wanted}, because {why}, but {found}: {way}")

    def __repr__(self) -> str:
        in_units = (self.weight._shape or (0, 0))[1] or None
        return f"{type(self).__name__}({in_units} -> {self._units}, {self.act or 'linear'})"


class Activation(HybridBlock):
    """An activation function as a layer.

    Args:
        activation: ``'relu'``, ``'sigmoid'``, ``'tanh'``, ``'softrelu'`` or ``'softsign'``.

    Raises:
        ValueError: there is no activation function of that name.
    """

    def __init__(self, activation: str, **kwargs: Any) -> None:
        self._act_type, self._function = activation, functions.activation(activation)
        super().__init__(**kwargs)

    def _alias(self) -> str:
        return self._act_type

    def forward(self, x: NDArray) -> NDArray:
        """Apply the function to every element."""
        return self._function(x)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._act_type})"


class LeakyReLU(HybridBlock):
    """A rectifier that scales negative numbers instead of dropping them: ``max(x, alpha * x)``.

    Args:
        alpha: the factor for negative numbers, from 0 to 1.

    Raises:
        AssertionError: ``alpha`` is not between 0 and 1.
    """

    def __init__(self, alpha: float, **kwargs: Any) -> None:
        if not 0 <= alpha <= 1:
            raise AssertionError(f"alpha must be a number from 0 to 1, not {alpha!r}")
        super().__init__(**kwargs)
        self._alpha = alpha

    def forward(self, x: NDArray) -> NDArray:
        """Apply the function to every element."""
        return functions.leaky_relu(x, self._alpha)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._alpha})"


class Dropout(HybridBlock):
    """Sets elements to zero at random while training, and scales the others up to compensate.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014,
    https://jmlr.org/papers/v15/srivastava14a.html.

    Args:
        rate: the probability that an element is set to zero.
        axes: axes along which elements are dropped or kept together.

    Raises:
        ValueError: the rate is not a probability.
    """

    def __init__(self, rate: float, axes: tuple[int, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rate = functions.drop_rate(rate)
        self._axes = axes

    def forward(self, x: NDArray) -> NDArray:
        """Drop elements while training; otherwise return a copy of the input."""
        return functions.dropout(x, self._rate, self._axes)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p = {self._rate}, axes={self._axes})"


class Embedding(HybridBlock):
    """A table of vectors: replaces each integer by the row with that number.

    Args:
        input_dim: the number of rows.
        output_dim: the length of a row.
        dtype: the type of the elements.
        weight_initializer: the table's initializer.
        sparse_grad: accepted for compatibility with Gluon; gradients are dense.

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
        new = partial(self.params.get, dtype=dtype, allow_deferred_init=True)
        self.weight = new("weight", shape=(input_dim, output_dim), init=weight_initializer)

    def hybrid_forward(self, F: Any, x: NDArray, weight: NDArray) -> NDArray:
        """Look up the rows.

        Args:
            F: the functions to compute with, `d2lmini.nd`.
            x: the row numbers.
            weight: the table.
        """
        return F.take(weight, x)

    def __repr__(self) -> str:
        rows, length = self.weight._shape or (0, 0)
        return f"{type(self).__name__}({rows} -> {length}, {self.weight.dtype})"


class Flatten(HybridBlock):
    """Merges all axes but the first: ``(batch, a, b)`` becomes ``(batch, a * b)``."""

    def forward(self, x: NDArray) -> NDArray:
        """Return the input as a matrix."""
        return nd.Flatten(x)

    def __repr__(self) -> str:
        return type(self).__name__


class Identity(HybridBlock):
    """Returns its input unchanged."""

    def forward(self, x: Any) -> Any:
        """Return the input."""
        return x


class Lambda(Block):
    """A function as a block.

    Args:
        function: a function of the inputs, or the name of one in `d2lmini.nd`.
        prefix: see `Block`.

    Raises:
        AssertionError: there is no function of that name.
        ValueError: ``function`` is neither a function nor a name.
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        if isinstance(function, str) and not hasattr(nd, function):
            raise AssertionError(f"d2lmini.nd has no function {function!r}")
        if not isinstance(function, str) and not callable(function):
            raise ValueError(f"nn.Lambda needs a function or the name of one, not {function!r}")
        self._named = function if isinstance(function, str) else ""
        self._function = getattr(nd, function) if isinstance(function, str) else function

    def forward(self, *args: Any) -> Any:
        """Call the function."""
        return self._function(*args)

    def __repr__(self) -> str:
        name = self._named or getattr(self._function, "__name__", repr(self._function))
        return f"{type(self).__name__}({name})"


class HybridLambda(Lambda, HybridBlock):
    """A function ``function(F, x, ...)`` as a hybrid block, where ``F`` is `d2lmini.nd`.

    Args:
        function: the function, or the name of one in `d2lmini.nd`.
        prefix: see `Block`.
    """

    def hybrid_forward(self, F: Any, *args: Any) -> Any:
        """Call the function."""
        return self._function(*args) if self._named else self._function(F, *args)


# Normalization ---------------------------------------------------------------------------------
class _Normalization(HybridBlock):
    """The base of layers with a scale ``gamma`` and a shift ``beta`` per position on an axis."""

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

    def infer_shape(self, x: NDArray) -> None:
        """Complete the shapes of the parameters from an input.

        Args:
            x: the input.
        """
        for parameter in self._reg_params.values():
            if not parameter.is_known:  # a subclass may have others
                parameter.shape = x._data.shape[from_front(self._axis, x)]


class BatchNorm(_Normalization):
    """Normalizes each channel over the batch, then scales and shifts it.

    While training, it uses the mean and variance of the batch and keeps running averages of them;
    in prediction, it uses the running averages. Ioffe and Szegedy, "Batch normalization", 2015,
    https://arxiv.org/abs/1502.03167.

    Args:
        axis: the axis of the channels.
        momentum: the fraction of the running averages that each batch keeps.
        epsilon: added to the variance before its root is taken.
        center: whether to add a shift ``beta``.
        scale: whether to multiply by a scale ``gamma``.
        use_global_stats: use the running averages while training too.
        beta_initializer: the shift's initializer.
        gamma_initializer: the scale's initializer.
        running_mean_initializer: the running mean's initializer.
        running_variance_initializer: the running variance's initializer.
        in_channels: the number of channels; by default taken from the first input.
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
        initializers = beta_initializer, gamma_initializer
        super().__init__(axis, epsilon, center, scale, *initializers, in_channels, **kwargs)
        self._momentum = momentum
        self._use_global_stats = use_global_stats
        new = partial(self.params.get, shape=(in_channels,), allow_deferred_init=True)
        average = partial(new, differentiable=False)
        self.running_mean = average("running_mean", init=running_mean_initializer)
        self.running_var = average("running_var", init=running_variance_initializer)

    def hybrid_forward(
        self, F: Any, x: NDArray, gamma: Any, beta: Any, running_mean: Any, running_var: Any
    ) -> Any:
        """Normalize an input of any shape that has the channel axis.

        Args:
            F: the functions to compute with, `d2lmini.nd`.
            x: the input.
            gamma: the scale.
            beta: the shift.
            running_mean: the running mean, which is updated in place while training.
            running_var: the running variance, likewise.
        """
        fixed, averages = not self._scale, self._use_global_stats
        settings = self._epsilon, self._momentum, fixed, averages, False, self._axis
        return F.BatchNorm(x, gamma, beta, running_mean, running_var, *settings)

    def cast(self, dtype: Any) -> None:
        """Convert the parameters; since 16 bits are too few for averages, float16 stays float32.

        Args:
            dtype: the type.
        """
        super().cast("float32" if np.dtype(dtype) == np.float16 else dtype)

    def __repr__(self) -> str:
        settings = f"axis={self._axis}, eps={self._epsilon}, momentum={self._momentum}"
        flags = f"fix_gamma={not self._scale}, use_global_stats={self._use_global_stats}"
        channels = (self.gamma._shape or (0,))[0] or None
        return f"{type(self).__name__}({settings}, {flags}, in_channels={channels})"


class LayerNorm(_Normalization):
    """Normalizes each example along one axis, then scales and shifts it.

    Ba, Kiros and Hinton, "Layer normalization", 2016, https://arxiv.org/abs/1607.06450.

    Args:
        axis: the axis to normalize along.
        epsilon: added to the variance before its root is taken.
        center: whether to add a shift ``beta``.
        scale: whether to multiply by a scale ``gamma``.
        beta_initializer: the shift's initializer.
        gamma_initializer: the scale's initializer.
        in_channels: the length of the axis; by default taken from the first input.
    """

    def hybrid_forward(self, F: Any, x: NDArray, gamma: NDArray, beta: NDArray) -> Any:
        """Normalize an input of any shape that has the axis.

        Args:
            F: the functions to compute with, `d2lmini.nd`.
            x: the input.
            gamma: the scale.
            beta: the shift.
        """
        return F.LayerNorm(x, gamma, beta, self._axis, self._epsilon)

    def __repr__(self) -> str:
        settings = f"eps={self._epsilon}, axis={self._axis}, center={self._center}"
        channels = (self.gamma.shape or (0,))[0]
        return f"{type(self).__name__}({settings}, scale={self._scale}, in_channels={channels})"
