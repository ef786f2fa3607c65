"""The legacy dialect: Gluon's functions on arrays, by the names they had before NumPy's.

Operators that compute with arrays also take ``out``, an array to write the result into, and Gluon's
``name``, ``cudnn_off`` and ``sparse_grad``, which have no effect. Comparisons give ones and zeros
in the type of the first array.

Shapes that do not fit together raise an `MXNetError` that is also a ``ValueError``; an unsupported
type raises a ``TypeError``. Both messages name the operation and the shapes.
"""

import builtins
import math
import sys
from collections.abc import Callable, Sequence
from functools import reduce, wraps
from typing import Any

from . import arrays, functions, np as np, random as random
from .absent import missing
from .arrays import *  # noqa: F403
from .errors import ShapeError, one_of
from .kernels import span
from .lifting import LEGACY, Out, lift, stored
from .ndarray import NDArray as NDArray, Pending, at_least_1d, completed, from_front, shape_of
from .operations import COMPARISONS, TABLE, numeric
from .reductions import REDUCTIONS, norm as norm, reduction
from .tape import state

# Functions with Gluon's other names for them.
_OTHER_NAMES = """\
add=broadcast_add=broadcast_plus=elemwise_add subtract=broadcast_sub=broadcast_minus=elemwise_sub
multiply=broadcast_mul=elemwise_mul divide=broadcast_div=elemwise_div mod=broadcast_mod=modulo
less=broadcast_lesser=lesser less_equal=broadcast_lesser_equal=lesser_equal
add_n=ElementWiseSum=elemwise_sum broadcast_axis=broadcast_axes sum=sum_axis max=max_axis
min=min_axis copy=identity=make_loss=MakeLoss stop_gradient=BlockGrad cast=Cast flip=reverse
concat=Concat split=SliceChannel reshape=Reshape Flatten=flatten swapaxes=SwapAxis
random_normal=normal random_uniform=uniform=sample_uniform
"""
# Functions that are also called `broadcast_power` and so on.
_BROADCAST = ["power", "hypot", "maximum", "minimum", "equal", "not_equal", "greater"]
_BROADCAST += ["greater_equal", "logical_and", "logical_or", "logical_xor"]
_RENAMED = functions.RENAMED | {f"broadcast_{name}": name for name in _BROADCAST}
for _name, *_others in (_equals.split("=") for _equals in _OTHER_NAMES.split()):
    _RENAMED |= dict.fromkeys(_others, _name)


def __getattr__(name):  # type: ignore[no-untyped-def] # with types, mypy fails on import cycles
    """Pass on the functions that are not written out here, such as `exp`, on first access."""
    if name in _RENAMED:
        function = getattr(op, _RENAMED[name])
    elif name in REDUCTIONS:
        function = _named(reduction(name, "nd"))
    elif name not in functions.SHARED:
        raise missing(__name__, name)
    elif row := TABLE.get(name):
        function = lift(numeric(row) if name in COMPARISONS else row, LEGACY[len(row.arrays)])
    else:
        function = _named(getattr(np, name))
    globals()[name] = function
    return function


def _named(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function take what all of Gluon's operators do."""

    @wraps(function)
    def operator(
        *arrays: Any,
        out: Out = None,
        name: Any = None,
        cudnn_off: Any = None,
        sparse_grad: Any = None,
        **own: Any,
    ) -> Any:
        result = function(*arrays, **own)
        return result if out is None else stored(result, out)

    return operator


def __dir__() -> list[str]:
    return functions.names_of(globals(), "NDArray", "random", *_RENAMED)


# Products --------------------------------------------------------------------------------------
def dot(lhs: Any, rhs: Any, transpose_a: bool = False, transpose_b: bool = False) -> NDArray:
    """Sum products over the last axis of ``lhs`` and the first axis of ``rhs``.

    Args:
        lhs: a vector, a matrix, or an array with more axes.
        rhs: another one.
        transpose_a: reverse the axes of ``lhs`` first.
        transpose_b: reverse the axes of ``rhs`` first.
    """
    left = lhs.T if transpose_a else lhs
    right = rhs.T if transpose_b else rhs
    right = completed(right, *shape_of(left)[-1:], None)
    if (axes := len(shape_of(right))) > 2:  # NumPy's dot would take the second-to-last axis
        right = functions.transpose(right, (*range(1, axes - 1), 0, axes - 1))
    return at_least_1d(np.dot(left, right))


def batch_dot(
    lhs: NDArray, rhs: NDArray, transpose_a: bool = False, transpose_b: bool = False
) -> NDArray:
    """Multiply two stacks of matrices, of shapes ``(n, a, b)`` and ``(n, b, c)``, pair by pair.

    Args:
        lhs: the first stack.
        rhs: the second stack.
        transpose_a: exchange the last two axes of ``lhs`` first.
        transpose_b: exchange the last two axes of ``rhs`` first.
    """
    left = functions.swapaxes(lhs, -1, -2) if transpose_a else lhs
    right = functions.swapaxes(rhs, -1, -2) if transpose_b else rhs
    return functions.matmul(left, right)


def FullyConnected(  # noqa: N802 - Gluon's name
    data: NDArray,
    weight: NDArray,
    bias: NDArray | None = None,
    num_hidden: int | None = None,
    no_bias: bool = False,
    flatten: bool = True,
) -> NDArray:
    """Compute ``data . weight.T + bias``, as `nn.Dense` does.

    Args:
        data: the input, ``(batch, ..., in_units)``.
        weight: ``(units, in_units)``.
        bias: ``(units,)``.
        num_hidden: the number of units; optional, since the weight determines it.
        no_bias: leave the bias out.
        flatten: merge all axes but the first.
    """
    rows = data._data.shape[:1] if flatten else data._data.shape[:-1]
    width = math.prod(data._data.shape[len(rows) :])
    weight = completed(weight, num_hidden, width)
    bias = bias if bias is None else completed(bias, weight._data.shape[0])
    x = data if data.ndim == 2 else functions.reshape(data, (-1, width))
    unbiased = bias is None or no_bias
    y = functions.unbiased(x, weight) if unbiased else functions.linear(x, weight, bias)
    return functions.reshape(y, (*rows, weight._data.shape[0]))


def add_n(*args: NDArray) -> NDArray:
    """Add up arrays of the same shape.

    Args:
        args: the arrays, one by one or in a list.

    Raises:
        ValueError: there are none.
    """
    arrays = _each(args)
    if not arrays:
        raise ValueError("add_n needs at least one array")
    return reduce(functions.add, arrays[1:], arrays[0].copy())


def _each(arrays: Sequence[Any]) -> Sequence[Any]:
    """Return arrays that were given one by one or in a list."""
    in_list = len(arrays) == 1 and isinstance(arrays[0], list | tuple)
    return arrays[0] if in_list else arrays


def cast(data: NDArray, dtype: Any) -> NDArray:
    """Return the array with elements of another type.

    Args:
        data: the array.
        dtype: the type, such as ``'float64'``.
    """
    return data.astype(dtype)


# Layers as functions ---------------------------------------------------------------------------
def Activation(data: NDArray, act_type: str) -> NDArray:  # noqa: N802 - Gluon's name
    """Apply an activation function.

    Args:
        data: the array.
        act_type: the function's name, such as ``'relu'``.

    Raises:
        ValueError: there is no activation function of that name.
    """
    return functions.activation(act_type)(data)


def LeakyReLU(  # noqa: N802 - Gluon's name
    data: NDArray, gamma: None = None, act_type: str = "leaky", slope: float = 0.25
) -> NDArray:
    """Return ``max(x, slope * x)`` for every element.

    Args:
        data: the array.
        gamma: None, since the slope is not learned.
        act_type: ``'leaky'``, the only supported kind.
        slope: the factor for negative numbers, from 0 to 1.

    Raises:
        ValueError: ``act_type`` is another kind, or the slope is not from 0 to 1, or is passed as
            ``gamma``.
    """
    wrong = isinstance(slope, NDArray) or slope < 0 or slope > 1
    if act_type != "leaky" or gamma is not None or wrong:
        known = "supports only act_type='leaky', with a slope=... from 0 to 1, not act_type"
        raise ValueError(f"LeakyReLU {known}={act_type!r} with gamma={gamma!r}, slope={slope!r}")
    return functions.leaky_relu(data, slope)


def softmax(data: NDArray, axis: int = -1, temperature: float | None = None) -> NDArray:
    """Turn scores into probabilities: positive numbers that sum to 1 along an axis.

    Args:
        data: the scores.
        axis: the axis.
        temperature: a divisor of the scores; the higher it is, the more even the probabilities.
    """
    return functions.softmax(data if temperature is None else data / temperature, axis)


def log_softmax(data: NDArray, axis: int = -1, temperature: float | None = None) -> NDArray:
    """Return the logarithm of `softmax`, exact even where `softmax` rounds to 0.

    Args:
        data: the scores.
        axis: the axis.
        temperature: a divisor of the scores.
    """
    return functions.log_softmax(data if temperature is None else data / temperature, axis)


def Dropout(data: NDArray, p: float = 0.5, mode: str = "training", axes: Any = ()) -> NDArray:  # noqa: N802
    """Set elements to zero with probability ``p`` while training, or always with that ``mode``.

    Args:
        data: the array.
        p: the probability.
        mode: ``'training'`` or ``'always'``.
        axes: axes along which elements are dropped or kept together.

    Raises:
        ValueError: ``p`` is not a probability, or ``mode`` is neither of the two.
    """
    always = one_of("mode", mode, "training", "always") == "always"
    return functions.dropout(data, p, axes, always)


def Flatten(data: NDArray) -> NDArray:  # noqa: N802 - Gluon's name
    """Merge all axes but the first.

    Args:
        data: an array ``(batch, ...)``.
    """
    return data._reshaped((0, -1)).copy()


def Embedding(  # noqa: N802 - Gluon's name
    data: Any, weight: NDArray, input_dim: int = 0, output_dim: int = 0, dtype: Any = None
) -> NDArray:
    """Look up rows of ``weight`` by the row numbers in ``data``.

    Args:
        data: the row numbers, in any shape.
        weight: the table, ``(input_dim, output_dim)``.
        input_dim: the number of rows; optional if the weight's shape is known.
        output_dim: the length of a row; optional likewise.
        dtype: accepted for compatibility with Gluon.
    """
    return functions.take(completed(weight, input_dim, output_dim), data, 0)


def LayerNorm(  # noqa: N802 - Gluon's name
    data: NDArray, gamma: NDArray, beta: NDArray, axis: int = -1, eps: float = 1e-5
) -> NDArray:
    """Normalize each example along an axis, then scale and shift it, as `nn.LayerNorm` does.

    Args:
        data: the examples.
        gamma: the scale, one for each position on the axis.
        beta: the shift, likewise.
        axis: the axis.
        eps: added to the variance before its root is taken.
    """
    axis = from_front(axis, data)
    gamma, beta = (completed(x, data._data.shape[axis]) for x in (gamma, beta))
    centered = data - functions.mean(data, axis, True)
    variance = functions.mean(functions.square(centered), axis, True)
    normal = centered * functions.rsqrt(variance + eps)
    return normal * _across(gamma, data, axis) + _across(beta, data, axis)


def BatchNorm(  # noqa: N802 - Gluon's name
    data: NDArray,
    gamma: NDArray,
    beta: NDArray,
    moving_mean: NDArray,
    moving_var: NDArray,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
) -> Any:
    """Normalize each channel over the batch, then scale and shift it, as `nn.BatchNorm` does.

    Args:
        data: the batch.
        gamma: the scale, one for each channel.
        beta: the shift, likewise.
        moving_mean: the running mean, which is updated in place while training.
        moving_var: the running variance, likewise.
        eps: added to the variance before its root is taken.
        momentum: the fraction of the running averages that each batch keeps.
        fix_gamma: scale by 1 instead of ``gamma``.
        use_global_stats: use the running averages while training too.
        output_mean_var: also return, in a list, the mean and the inverse standard deviation.
        axis: the axis of the channels.

    Raises:
        ShapeError: the batch is empty while training, or has other channels than the scale.
    """
    axis = from_front(axis, data)
    channels, averages = data._data.shape[axis], (moving_mean, moving_var)
    gamma, beta, mean, variance = (completed(x, channels) for x in (gamma, beta, *averages))
    if state.training and not use_global_stats:
        if not data._data.size:
            problem = f"BatchNorm cannot average over an empty batch of shape {data._data.shape}"
            raise ShapeError(f"{problem}: skip empty batches while training")
        others = tuple(i for i in range(data._data.ndim) if i != axis)
        mean = functions.mean(data, others)
        variance = functions.mean(functions.square(data - _across(mean, data, axis)), others)
        functions.blend(moving_mean, mean, momentum)
        functions.blend(moving_var, variance, momentum)
    gamma = gamma * 0 + 1 if fix_gamma else gamma  # a gradient of 0 is one that a trainer expects
    rate = functions.rsqrt(variance + eps)
    scale = _across(gamma * rate, data, axis)
    y = (data - _across(mean, data, axis)) * scale + _across(beta, data, axis)
    if data._data.dtype.kind == "f":
        y = y.astype(data._data.dtype, copy=False)
    return [y, mean.detach(), rate.detach()] if output_mean_var else y


def _across(values: NDArray, x: NDArray, axis: int) -> NDArray:
    """Reshape values, one for each position on an axis, to broadcast with ``x``."""
    found, shape = values._data.shape, x._data.shape
    if found != shape[axis : axis + 1]:
        problem = f"values of shape {found} do not fit an array of shape {shape}"
        way = f"axis {axis} needs {shape[axis]}; change the input, or create the layer again"
        raise ShapeError(f"{problem}: {way}")
    after = len(shape) - 1 - axis
    return functions.reshape(values, (-1, *(1,) * after)) if after else values


def stop_gradient(data: NDArray) -> NDArray:
    """Return the same values as a constant.

    Args:
        data: the array.
    """
    return data.detach().copy()  # which may be changed in place


# Along axes ------------------------------------------------------------------------------------
def nansum(data: NDArray, axis: Any = None, **settings: Any) -> NDArray:
    """Add up the elements along axes, but leave out those that are not a number.

    Args:
        data: the array.
        axis: an axis or several; None for all.
        settings: ``keepdims`` and ``exclude``, as in `sum`.
    """
    return where(data == data, data, 0).sum(axis, **settings)


def L2Normalization(data: NDArray, eps: float = 1e-10, mode: str = "instance") -> NDArray:  # noqa: N802
    """Divide every example by its Euclidean norm.

    Args:
        data: the examples, along the first axis.
        eps: added to the squared norm.
        mode: the axes of the norm: ``'instance'`` for all but the first, ``'channel'`` for the
            second, ``'spatial'`` for those after it.

    Raises:
        ValueError: ``mode`` is none of these.
    """
    one_of("mode", mode, "instance", "channel", "spatial")
    axes = {"instance": range(1, data.ndim), "channel": (1,), "spatial": range(2, data.ndim)}[mode]
    return data / functions.sqrt(functions.sum(data * data, tuple(axes), True) + eps)


def smooth_l1(data: NDArray, scalar: float = 1.0) -> NDArray:
    """Return squares of small numbers and absolute values of large ones, joined smoothly.

    Args:
        data: the array.
        scalar: the result is quadratic where ``|x| < 1 / scalar**2``, and linear beyond.
    """
    size, end = functions.absolute(data), 1 / scalar**2
    small = functions.minimum(size, end)  # the square of a large number might be infinite
    return functions.where(functions.less(size, end), small * small / (2 * end), size - end / 2)


def softmax_cross_entropy(data: NDArray, label: NDArray) -> NDArray:
    """Add up the cross entropies of all examples.

    Args:
        data: the scores of the classes, ``(batch, classes)``.
        label: the class numbers, ``(batch,)``.
    """
    return functions.cross_entropy(data, label).sum()


# Shapes ----------------------------------------------------------------------------------------
def reshape(data: NDArray, shape: Any, reverse: bool = False) -> NDArray:
    """Return a copy in another shape; see `NDArray.reshape` for the codes 0 to -4.

    Args:
        data: the array.
        shape: the new shape.
        reverse: match the codes from the right.
    """
    return data._reshaped((shape,), reverse).copy()


def reshape_like(lhs: NDArray, rhs: NDArray) -> NDArray:
    """Return the elements of ``lhs`` in the shape of ``rhs``.

    Args:
        lhs: the array.
        rhs: the array of the wanted shape.
    """
    return functions.reshape(lhs, shape_of(rhs)).copy()


def broadcast_like(lhs: NDArray, rhs: NDArray) -> NDArray:
    """Repeat ``lhs`` up to the shape of ``rhs``.

    Args:
        lhs: the array.
        rhs: the array of the wanted shape.
    """
    return functions.broadcast_to(lhs, shape_of(rhs))


def broadcast_axis(data: NDArray, axis: Any, size: Any) -> NDArray:
    """Repeat axes of length 1 until they have the lengths ``size``.

    Args:
        data: the array.
        axis: one axis or several.
        size: a length for each axis.
    """
    lengths = list(data._data.shape)
    axes, sizes = ([axis], [size]) if isinstance(axis, int) else (axis, size)
    for i, length in zip(axes, sizes, strict=True):
        lengths[i] = length
    return functions.broadcast_to(data, tuple(lengths))


def broadcast_to(data: NDArray, shape: Any) -> NDArray:
    """Repeat the array up to a shape; 0 keeps the length of that axis.

    Args:
        data: the array.
        shape: the new shape.
    """
    old = (1,) * (len(shape) - data._data.ndim) + data._data.shape
    return functions.broadcast_to(data, tuple(n or k for n, k in zip(shape, old, strict=False)))


def squeeze(data: NDArray, axis: Any = None) -> NDArray:
    """Drop axes of length 1.

    Args:
        data: the array.
        axis: one axis or several; None for all that have length 1.
    """
    return at_least_1d(functions.squeeze(data, axis))


concatenate = np.concatenate


def concat(*data: NDArray, dim: int = 1) -> NDArray:
    """Join arrays along the axis ``dim``.

    Args:
        data: the arrays, one by one or in a list.
        dim: the axis.
    """
    return np.concatenate(_each(data), dim)


def stack(*data: NDArray, axis: int = 0) -> NDArray:
    """Join arrays of equal shape along a new axis.

    Args:
        data: the arrays, one by one or in a list.
        axis: the place of the new axis.
    """
    return np.stack(_each(data), axis)


def split(data: NDArray, num_outputs: int, axis: int = 1, squeeze_axis: bool = False) -> Any:
    """Cut an array into equal parts; a single part is returned as it is.

    Args:
        data: the array.
        num_outputs: the number of parts.
        axis: the axis to cut.
        squeeze_axis: drop the axis, which has length 1 in each part.
    """
    parts = np.split(data, num_outputs, axis)
    if squeeze_axis:
        parts = [squeeze(part, axis) for part in parts]
    return parts if num_outputs > 1 else parts[0]


def slice_axis(data: NDArray, axis: int, begin: int, end: int | None) -> NDArray:
    """Return the elements from ``begin`` up to, but not including, ``end`` along ``axis``.

    Args:
        data: the array.
        axis: the axis.
        begin: the first position.
        end: the position to stop before; None for the end.
    """
    return functions.crop(data, span(from_front(axis, data), begin, end))


def slice(data: NDArray, begin: Any, end: Any, step: Any = ()) -> NDArray:
    """Return the elements from ``begin`` up to, but not including, ``end`` along each axis.

    Args:
        data: the array.
        begin: the first position for each axis, or None.
        end: the position to stop before for each axis, or None.
        step: the step between positions for each axis.
    """
    steps = (*(step or ()), *(None,) * (len(begin) - len(step or ())))
    return functions.crop(data, tuple(map(builtins.slice, begin, end, steps)))


# Choosing --------------------------------------------------------------------------------------
def take(a: NDArray, indices: Any, axis: int = 0, mode: str = "clip") -> NDArray:
    """Take the elements at ``indices`` along ``axis``.

    Args:
        a: the array.
        indices: the positions, in any shape.
        axis: the axis to take them from.
        mode: what to do with a position outside the axis: ``'clip'`` takes the nearest one,
            ``'wrap'`` counts on from the other end, ``'raise'`` raises an IndexError.
    """
    return np.take(a, indices, axis, mode)


def pick(
    data: NDArray, index: Any, axis: int = -1, keepdims: bool = False, mode: str = "clip"
) -> NDArray:
    """Pick one element along ``axis`` for each position of the other axes.

    Args:
        data: the array.
        index: the positions; their shape is that of ``data`` without ``axis``, or with 1 there.
        axis: the axis to pick from.
        keepdims: keep the axis with length 1.
        mode: what to do with a position outside the axis: ``'clip'`` takes the nearest one,
            ``'wrap'`` counts on from the other end.
    """
    whole = isinstance(index, NDArray) and index._data.ndim == data._data.ndim
    if whole and index._data.shape[axis] == 1:
        index = np.squeeze(index, axis)
    picked = functions.pick(data, index, axis, one_of("mode", mode, "clip", "wrap"))
    return np.expand_dims(picked, axis) if keepdims else at_least_1d(picked)


def where(condition: NDArray, x: Any, y: Any) -> NDArray:
    """Return the elements of ``x`` where the condition holds, and those of ``y`` elsewhere.

    Args:
        condition: an array of the shape of ``x``, or one number for each of its rows.
        x: the array to choose from where the condition is not zero.
        y: the array to choose from where the condition is zero.
    """
    rows = () if isinstance(condition, Pending) else shape_of(condition)
    if len(rows) == 1 and rows == shape_of(x)[:1] and (others := len(shape_of(x)) - 1):
        condition = functions.reshape(condition, (-1, *(1,) * others))
    return functions.where(condition, x, y)


def SequenceMask(  # noqa: N802 - Gluon's name
    data: NDArray,
    sequence_length: NDArray | None = None,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> NDArray:
    """Set everything after the end of each sequence to ``value``.

    Args:
        data: sequences, ``(steps, batch, ...)``.
        sequence_length: the length of each sequence.
        use_sequence_length: whether to use the lengths; False leaves all steps as they are.
        value: the value for steps after the end.
        axis: the axis of the steps; 1 for an array ``(batch, steps, ...)``.
    """
    if sequence_length is None or not use_sequence_length:
        return data.copy()  # which may be changed in place
    others = (1,) * (data.ndim - 2)
    down, across = (-1, 1, *others), (1, -1, *others)
    steps = arrays.arange(data._data.shape[axis]).reshape(across if axis else down)
    lengths = functions.reshape(sequence_length, down if axis else across)
    return functions.where(functions.less(steps, lengths), data, value)


def one_hot(
    indices: Any, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: Any = "float32"
) -> NDArray:
    """Return vectors of length ``depth`` with ``on_value`` at the given positions.

    Args:
        indices: the positions, in any shape.
        depth: the length of a vector.
        on_value: the value at the given position.
        off_value: the value of all other elements.
        dtype: the type of the elements.
    """
    return functions.one_hot(indices, depth, on_value, off_value).astype(dtype, copy=False)


def argsort(
    data: NDArray, axis: int | None = -1, is_ascend: bool = True, dtype: Any = "float32"
) -> NDArray:
    """Return the positions that would sort the elements in ascending order.

    Args:
        data: the array.
        axis: the axis to sort along; None for all elements in one row.
        is_ascend: False sorts in descending order.
        dtype: the type of the positions.
    """
    return functions.argsort(data, axis, is_ascend).astype(dtype)


def topk(
    data: NDArray,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: str = "indices",
    is_ascend: bool = False,
    dtype: Any = "float32",
) -> Any:
    """Return the ``k`` largest elements along ``axis``, the largest first.

    Args:
        data: the array.
        axis: the axis; None for all elements in one row.
        k: how many elements; below 1, all of them.
        ret_typ: ``'indices'`` for their positions, ``'value'`` for the elements, ``'both'`` for
            a list of elements and positions, ``'mask'`` for ones at their positions.
        is_ascend: return the smallest elements instead.
        dtype: the type of the positions.

    Raises:
        ValueError: ``ret_typ`` is none of these.
    """
    one_of("ret_typ", ret_typ, "indices", "value", "both", "mask")
    data, axis = functions.in_one_row(data, axis)
    order = functions.argsort(data, axis, is_ascend).slice_axis(axis, 0, k if k > 0 else None)
    if ret_typ == "mask":
        mask = functions.ones_like(order)
        return functions.put_along_axis(mask, order, data._data.shape, axis).astype(data.dtype)
    if ret_typ == "indices":
        return order.astype(dtype)
    values = functions.take_along_axis(data, order, axis)
    return values if ret_typ == "value" else [values, order.astype(dtype)]


def shuffle(data: NDArray) -> NDArray:
    """Return the array shuffled along its first axis.

    Args:
        data: the array.
    """
    return random.permutation(data)


def sample_normal(mu: Any, sigma: Any, shape: Any = None, dtype: Any = None) -> NDArray:
    """Draw normally distributed numbers for each pair of elements of ``mu`` and ``sigma``.

    Args:
        mu: the means.
        sigma: the standard deviations.
        shape: the shape of the numbers for each pair; None for one number.
        dtype: the type of the elements, by default float32.
    """
    return random.normal(mu, sigma, shape, dtype)


random_normal, random_uniform = random.normal, random.uniform
random_normal_like, random_uniform_like = random.normal_like, random.uniform_like


def waitall() -> None:
    """Do nothing: results are ready when a function returns."""


op = contrib = sparse = sys.modules[__name__]  # what Gluon keeps apart

_homes = (__name__, norm.__module__)
_own = [name for name in __dir__() if getattr(globals().get(name), "__module__", "") in _homes]
globals().update({name: _named(globals()[name]) for name in _own})

# At the end, because npx passes on functions of this module. Hybrid blocks reach it as F.npx.
from . import npx as npx  # noqa: E402
