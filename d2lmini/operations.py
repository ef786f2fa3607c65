"""The table of operations: what each one computes and how its gradient flows back.

A row reads ``name(arrays; settings)``, then the value, then one derivative per array. In a
derivative, ``g`` is the gradient of the loss with respect to the result and ``y`` is the result::

    rule("square(x)", "x * x", x="2 * g * x")
    rule("tanh(x)", x="g * (1 - y * y)")

A row without a value calls the kernel of that name, or else NumPy's function, on all its arguments.

Rows are text because three parts of the package read them. Eager mode compiles a row into a
function on NumPy arrays, second derivatives compile the same derivative for recorded arrays, and
``hybridize()`` writes it as a line of its program. So adding an operation means adding a row.

A derivative may ignore broadcasting: the tape sums a gradient over the axes along which its array
was stretched. An array without a derivative (an index, a condition) gets no gradient.
"""

import re
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import numpy as np

from . import kernels

TABLE: dict[str, "Rule"] = {}


class Rule:
    """One operation: its name, its value and its derivatives, as text and as functions.

    Attributes:
        name: the name of the operation.
        arrays: names of the arguments that are arrays.
        settings: names of the arguments that are not, such as ``axis``.
        declared: the settings with their default values, as written in the signature.
        forward: the expression of the value.
        derivatives: for each array, the expression of its gradient, or None.
    """

    def __init__(self, signature: str, forward: str, derivatives: dict[str, str]) -> None:
        name, _, arguments = signature.removesuffix(")").partition("(")
        arrays, _, settings = arguments.partition(";")
        self.name = name
        self.arrays = tuple(array.strip() for array in arrays.split(","))
        self.declared = tuple(s.strip() for s in settings.split(",") if s)
        self.settings = tuple(setting.partition("=")[0] for setting in self.declared)
        home = "" if hasattr(kernels, name) else "np."
        self.forward = forward or f"{home}{name}({', '.join(self.arrays + self.settings)})"
        self.derivatives = tuple(derivatives.get(array) for array in self.arrays)
        self.reads_result = any(re.search(r"\by\b", text) for text in derivatives.values())
        if unknown := derivatives.keys() - set(self.arrays):
            raise ValueError(f"{name} has a derivative for {unknown}, which is none of its arrays")

    @cached_property
    def reads(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the arrays whose values, not just shapes, each derivative reads."""
        patterns = [rf"(?<!ones_like\(){x}\b(?!\.(shape|size|dtype))" for x in self.arrays]
        return tuple(
            tuple(i for i, pattern in enumerate(patterns) if re.search(rf"\b{pattern}", text or ""))
            for text in self.derivatives
        )

    @cached_property
    def pull(self) -> Callable[[Any, Any], list[tuple[Any, Any]]]:
        """Passes a node's gradient to its parents, as NumPy arrays; see `way_back`."""
        return self.way_back({**NUMPY, "fit": kernels.fit})

    def way_back(self, namespace: dict[str, Any]) -> Callable[[Any, Any], list[tuple[Any, Any]]]:
        """Write the function ``pull(node, g)``, which pairs each parent with its share of ``g``.

        Args:
            namespace: where the function finds ``np``, the kernels, and ``fit``, which gives a
                share the shape and type of its array.
        """
        parts = zip(self.arrays, self.derivatives, strict=True)
        source = _WAY_BACK.format(
            arguments=", ".join(self.arrays + self.settings),
            parents=", ".join(f"{array}_node" for array in self.arrays),
            shares="".join(_SHARE.format(x=array, text=text) for array, text in parts if text),
        )
        exec(compile(source, f"<d2lmini way back of {self.name}>", "exec"), namespace)
        return namespace["pull"]


_WAY_BACK = """\
def pull(node, g):
    {arguments}, = node.arguments
    {parents}, = node.parents
    y = node.result
    shares = []
{shares}    return shares
"""
_SHARE = """\
    if {x}_node is not None:
        share = {text}
        if share.shape != {x}.shape or share.dtype is not {x}.dtype:
            share = fit(share, {x})
        shares.append(({x}_node, share))
"""
NUMPY: dict[str, Any] = {"np": np, "inf": np.inf, "nan": np.nan, **vars(kernels)}


def rule(signature: str, forward: str = "", **derivatives: str) -> Rule:
    """Add a row to the table."""
    row = Rule(signature, forward, derivatives)
    TABLE[row.name] = row
    return row


# ---------------------------------------------------------------------------------------------
# One array, element by element
# ---------------------------------------------------------------------------------------------
rule("negative(x)", "-x", x="-g")
rule("absolute(x)", x="g * np.sign(x)")
rule("sign(x)", x="0 * g")
rule("exp(x)", x="g * y")
rule("expm1(x)", x="g * np.exp(x)")
rule("log(x)", x="g / x")
rule("log1p(x)", x="g / (1 + x)")
rule("log2(x)", x="g / (x * 0.6931471805599453)")
rule("log10(x)", x="g / (x * 2.302585092994046)")
rule("sqrt(x)", x="g / (2 * y)")
rule("rsqrt(x)", "1 / np.sqrt(x)", x="-0.5 * g * y / x")
rule("cbrt(x)", x="g / (3 * y * y)")
rule("square(x)", "x * x", x="2 * g * x")
rule("reciprocal(x)", "1 / x", x="-g * y * y")
rule("sin(x)", x="g * np.cos(x)")
rule("cos(x)", x="-g * np.sin(x)")
rule("tan(x)", x="g * (1 + y * y)")
rule("arcsin(x)", x="g / np.sqrt(1 - x * x)")
rule("arccos(x)", x="-g / np.sqrt(1 - x * x)")
rule("arctan(x)", x="g / (1 + x * x)")
rule("sinh(x)", x="g * np.cosh(x)")
rule("cosh(x)", x="g * np.sinh(x)")
rule("tanh(x)", x="g * (1 - y * y)")
rule("arcsinh(x)", x="g / np.hypot(x, 1)")
rule("arccosh(x)", x="g / (np.sqrt(x - 1) * np.sqrt(x + 1))")
rule("arctanh(x)", x="g / (1 - x * x)")
for name in ("floor", "ceil", "trunc"):
    rule(f"{name}(x)", x="0 * g")
# Halves go down, as in Gluon.
rule("rint(x)", "np.where(x - np.floor(x) > 0.5, np.ceil(x), np.floor(x))", x="0 * g")
rule("round(x)", x="0 * g")
rule("around(x; decimals=0)", "np.round(x, decimals)", x="0 * g")

# Activations: most derivatives read only the result, so that it may overwrite the input.
rule("relu(x)", "np.maximum(x, zero(x.dtype))", x="g * np.sign(y)")
rule("leaky_relu(x; slope=0.25)", "np.maximum(x, slope * x)", x="g * np.where(y > 0, 1, slope)")
# Exact for every number: no exponential overflows, and nothing is rounded away beside 1.
sigmoid = "np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(0.0 - np.absolute(x)))"
rule("sigmoid(x)", sigmoid, x="g * y * (1 - y)")
rule("softrelu(x)", "np.logaddexp(x, 0)", x="-g * np.expm1(-y)")
rule("softsign(x)", "x / (1 + np.absolute(x))", x="g * np.square(1 / (1 + np.absolute(x)))")

# ---------------------------------------------------------------------------------------------
# Two arrays, element by element
# ---------------------------------------------------------------------------------------------
rule("add(a, b)", "a + b", a="g", b="g")
rule("subtract(a, b)", "a - b", a="g", b="-g")
rule("multiply(a, b)", "a * b", a="g * b", b="g * a")
rule("divide(a, b)", "a / b", a="g / b", b="-g * y / b")
# The comparisons keep 0 ** -1 and the logarithm of 0 out of derivatives that are 0.
rule("power(a, b)", "a**b", a="g * b * a ** (b - (b != 0))", b="g * y * np.log(a + (a == 0))")
rule("mod(a, b)", "a % b", a="g", b="-g * np.floor(a / b)")
rule("floor_divide(a, b)", "a // b", a="0 * g", b="0 * g")
rule("maximum(a, b)", a="g * (a >= b)", b="g * (b > a)")
rule("minimum(a, b)", a="g * (a <= b)", b="g * (b < a)")
rule("hypot(a, b)", a="g * a / y", b="g * b / y")
rule("arctan2(a, b)", a="g * b / (a * a + b * b)", b="-g * a / (a * a + b * b)")

# Comparisons have no derivative.
for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal"):
    rule(f"{name}(a, b)")
for name in ("logical_and", "logical_or", "logical_xor"):
    rule(f"{name}(a, b)")
for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    rule(f"{name}(a, b)", f"combined(a, b, np.{name}, np.{name.replace('bitwise', 'logical')})")
for name in ("logical_not", "isnan", "isinf", "isfinite"):
    rule(f"{name}(x)")
rule("bitwise_not(x)", "inverted(x)")
COMPARISONS = frozenset(name for name, row in TABLE.items() if not any(row.derivatives))


@cache
def numeric(comparison: Rule) -> Rule:
    """Return the row of a comparison that gives ones and zeros if the dialect is legacy."""
    arrays = ", ".join(comparison.arrays)
    return Rule(f"{comparison.name}({arrays})", f"numbers({comparison.forward}, {arrays})", {})


rule("where(condition, a, b)", a="np.where(condition, g, 0)", b="np.where(condition, 0, g)")

ELEMENTWISE = frozenset(TABLE)
rule("clip(x; a_min=None, a_max=None)", x="g * (y == x)")

# ---------------------------------------------------------------------------------------------
# Along axes: the way back is spread(), which gives every summand the gradient of its sum
# ---------------------------------------------------------------------------------------------
axes = "axis=None, keepdims=False"
rule(f"sum(x; {axes})", x="spread(g, x.shape, axis)")
back = "spread(g * (y.size / (x.size or 1)), x.shape, axis)"
rule(f"mean(x; {axes})", "x.mean(axis, keepdims=keepdims)", x=back)
rule(f"prod(x; {axes})", x="spread(g, x.shape, axis) * others(x, axis)")
back = "spread(g, x.shape, axis) * (x == spread(y, x.shape, axis))"
for name in ("max", "min"):
    rule(f"{name}(x; {axes})", f"x.{name}(axis, keepdims=keepdims)", x=back)
back = "spread(g, x.shape, axis) * (x / spread(np.where(y == 0, 1, y), x.shape, axis))"
rule(f"norm(x; {axes})", x=back)
rule("cumsum(x; axis=None)", x="np.reshape(np.flip(cumsum(np.flip(g, axis), axis), axis), x.shape)")
for name in ("any", "all", "argmax", "argmin"):
    rule(f"{name}(x; {axes})", f"np.{name}(x, axis, keepdims=keepdims)")
rule("argsort(x; axis=-1, is_ascend=True)")
ordered = "np.take_along_axis(x, argsort(x, axis, is_ascend), axis)"
back = "put_along_axis(g, argsort(x, axis, is_ascend), x.shape, axis)"
rule("sort(x; axis=-1, is_ascend=True)", ordered, x=back)
rule("softmax(x; axis=-1)", x="y * (g - sum(g * y, axis, True))")
rule("log_softmax(x; axis=-1)", x="g - np.exp(y) * sum(g, axis, True)")

# ---------------------------------------------------------------------------------------------
# Shapes
# ---------------------------------------------------------------------------------------------
rule("reshape(x; shape)", "x.reshape(shape)", x="np.reshape(g, x.shape)")
rule("expand_dims(x; axis)", "np.expand_dims(x, axis).copy()", x="np.reshape(g, x.shape)")
rule("squeeze(x; axis=None)", "np.squeeze(x, axis).copy()", x="np.reshape(g, x.shape)")
rule("ravel(x)", "x.reshape(-1).copy()", x="np.reshape(g, x.shape)")
# Copies, as in Gluon; that of a turned matrix is stored by columns, which takes least time.
back = "g.transpose(inverse(axes))"
rule("transpose(x; axes=None)", "x.transpose(axes or None).copy('A')", x=back)
rule("swapaxes(x; dim1=0, dim2=0)", "x.swapaxes(dim1, dim2).copy('A')", x="g.swapaxes(dim1, dim2)")
turned, back = "np.moveaxis(x, source, destination)", "np.moveaxis(g, destination, source)"
rule("moveaxis(x; source, destination)", f"{turned}.copy('A')", x=back)
rule("broadcast_to(x; shape)", "np.broadcast_to(x, shape).copy()", x="sum_to(g, x.shape)")
rule("sum_to(x; shape)", x="np.broadcast_to(g, x.shape)")
rule("column_sums(x)", x="np.broadcast_to(g, x.shape)")
rule("spread(x; shape, axis)", x="np.reshape(sum(g, axis, False), x.shape)")
rule("flip(x; axis=None)", "np.flip(x, axis).copy()", x="np.flip(g, axis)")
rule("astype(x; dtype)", "x.astype(dtype)", x="g.astype(x.dtype)")
rule("copy(x)", "x.copy()", x="g")
rule("ones_like(x)")
rule("stop_gradient(x)", "x.view()")

# ---------------------------------------------------------------------------------------------
# Indexing: the ways back are scatter() and untake(), which add up all gradients of an element
# ---------------------------------------------------------------------------------------------
rule("getitem(x; key)", "x[key]", x="scatter(g, key, x.shape)")
rule("crop(x; key)", "x[key].copy()", x="scatter(g, key, x.shape)")
rule("scatter(x; key, shape)", x="g[key]")
rule("take(x, index; axis=0, mode='clip')", x="untake(g, index, x.shape, axis, mode)")
rule("untake(x, index; shape, axis, mode='clip')", x="take(g, index, axis, mode)")
rule("pick(x, index; axis=-1, mode='clip')", x="unpick(g, index, x.shape, axis, mode)")
rule("unpick(x, index; shape, axis, mode='clip')", x="pick(g, index, axis, mode)")
rule("take_along_axis(x, index; axis)", x="put_along_axis(g, index, x.shape, axis)")
rule("put_along_axis(x, index; shape, axis)", x="np.take_along_axis(g, index, axis)")
rule("one_hot(index; depth, on=1.0, off=0.0)")

# ---------------------------------------------------------------------------------------------
# Linear algebra
# ---------------------------------------------------------------------------------------------
rule("dot(a, b)", "a.dot(b)", a="g.dot(b.T)", b="a.T.dot(g)")
rule("matmul(a, b)", a="g @ b.swapaxes(-1, -2)", b="a.swapaxes(-1, -2) @ g")
rule("unbiased(x, w)", "x.dot(w.T)", x="g.dot(w)", w="outer_sum(g, x)")
rule("linear(x, w, b)", x="g.dot(w)", w="outer_sum(g, x)", b="column_sums(g)")  # x.dot(w.T) + b
# a.T.dot(b), in the order of a weight
rule("outer_sum(a, b)", "b.T.dot(a).T", a="b.dot(g.T)", b="a.dot(g)")

# ---------------------------------------------------------------------------------------------
# Classification: softmax and negative log likelihood at once, along the last axis
# ---------------------------------------------------------------------------------------------
rule("indicator(index, like)")
rule("cross_entropy(x, label)", x="g[..., None] * (softmax(x, -1) - indicator(label, x))")

# Random: drawn again on each call
rule("random_uniform(low, high; shape)")
rule("random_normal(loc, scale; shape)")
rule("random_integers(low, high; shape)")
rule("random_order(count; backward)")
rule("random_places(count; shape)")
rule("dropout_mask(like; rate, axes=())")

# A running average, updated in place
rule("blend(average, value; momentum)")


# ---------------------------------------------------------------------------------------------
# Any number of arrays: one row for each number, written on first use
# ---------------------------------------------------------------------------------------------
def _numbered(count: int) -> tuple[list[str], str]:
    """Return names for a number of arrays, and the text that lists them."""
    if not count:
        raise ValueError("no arrays were given: pass at least one")
    names = [f"x{i}" for i in range(count)]
    return names, ", ".join(names)


@cache
def concatenate(count: int) -> Rule:
    """Return the row that joins ``count`` arrays along an existing axis."""
    names, joined = _numbered(count)
    edges = [" + ".join(f"{x}.shape[axis]" for x in names[:i]) or "0" for i in range(count + 1)]
    ways_back = {x: f"g[span(axis, {edges[i]}, {edges[i + 1]})]" for i, x in enumerate(names)}
    return Rule(f"concatenate({joined}; axis=0)", f"np.concatenate(({joined},), axis)", ways_back)


@cache
def stack(count: int) -> Rule:
    """Return the row that stacks ``count`` arrays along a new axis."""
    names, joined = _numbered(count)
    ways_back = {x: f"np.take(g, {i}, axis)" for i, x in enumerate(names)}
    return Rule(f"stack({joined}; axis=0)", f"np.stack(({joined},), axis)", ways_back)


@cache
def einsum(count: int) -> Rule:
    """Return the row for sums of products of ``count`` arrays, by subscripts like ``ij,jk->ik``."""
    names, joined = _numbered(count)
    # Ones stand for the array itself, to spread the gradient along indices that only it has.
    ones = {x: ", ".join(f"np.ones_like({x})" if y == x else y for y in names) for x in names}
    ways_back = {x: f"einsum(turned(subscripts, {i}), g, {ones[x]})" for i, x in enumerate(names)}
    return Rule(f"einsum({joined}; subscripts)", f"einsum(subscripts, {joined})", ways_back)
