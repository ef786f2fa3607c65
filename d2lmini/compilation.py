"""Compilation: the operations that a block was seen to compute become one NumPy program.

The texts of the table are taken apart into lines of one NumPy call each. A line writes into a
buffer wherever NumPy can; a buffer is used again as soon as nobody needs what is in it.
"""

import ast
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np

from .functions import plain
from .kernels import sum_to
from .ndarray import NDArray
from .operations import NUMPY
from .tracing import Step

Array = np.ndarray[Any, Any]

_OPERATORS: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.Eq: "equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
}
_REDUCTIONS = ("sum", "mean", "prod", "max", "min")
_CHANCE = ("dropout_mask", "blend", "random_uniform", "random_normal")  # never the same twice
_VARIABLE = re.compile(r"\bv\d+\b")


class Name(str):
    """The name of a value that the program computes or is given."""

    __slots__ = ()


class Line:
    """One line of a program: ``target = text``, or the text with ``out=`` a buffer.

    Attributes:
        target: the name of the result.
        text: the expression.
        reads: the names of its operands.
        fills: whether NumPy can write the result into a buffer.
        overwrites: whether that buffer may be the one of an operand.
        note: the block that the line comes from.
    """

    __slots__ = ("fills", "note", "overwrites", "reads", "target", "text")

    def __init__(
        self,
        target: Name,
        text: str,
        reads: tuple[Name, ...],
        fills: bool,
        overwrites: bool,
        note: str,
    ) -> None:
        self.target = target
        self.text = text
        self.reads = reads
        self.fills = fills
        self.overwrites = overwrites
        self.note = note


class Listing:
    """A program in the making: its lines, and a value of each name to tell shapes and types."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.values: dict[str, Any] = {}
        self.bound: dict[str, Any] = {}  # what the program is given once: parameters, constants
        self.origin: dict[str, Name] = {}  # whose memory a name looks into
        self.note = ""
        self.apart = False  # whether the same text would be another value
        self._known: dict[str, Name] = {}

    # -- Names ----------------------------------------------------------------------------------
    def bind(self, name: str, value: Any, again: bool = False) -> Name:
        """Give the program a value that stays the same; ``again``: it may have it already."""
        name = re.sub(r"\W", "_", name)
        if again and name in self.bound:
            return Name(name)
        while name in self.values and self.values[name] is not value:
            name += "_"
        self.bound[name] = self.values[name] = value
        self.origin[name] = Name(name)
        return Name(name)

    def take(self, name: str, value: Any) -> Name:
        """Name an argument of the program."""
        self.values[name] = value
        self.origin[name] = Name(name)
        return Name(name)

    def emit(
        self,
        text: str,
        operands: Iterable[Any],
        fills: bool = False,
        overwrites: bool = False,
        value: Any = None,
    ) -> Name:
        """Add a line, unless the same text was computed before.

        Args:
            text: the expression.
            operands: the names that it reads, among others.
            fills: whether NumPy can write the result into a buffer.
            overwrites: whether that buffer may be the one of an operand.
            value: the value, where it is known.
        """
        if text in self._known and not self.apart:
            return self._known[text]
        if value is None:
            value = eval(text, {**NUMPY, **self.bound}, self.values)
        target = Name(f"v{len(self.values)}")
        reads = tuple(operand for operand in operands if isinstance(operand, Name))
        self.values[target] = value
        self.origin[target] = target
        if not fills:
            for name in reads:
                if np.may_share_memory(self.values[name], value):
                    self.origin[target] = self.origin[name]
        self.lines.append(Line(target, text, reads, fills, overwrites, self.note))
        if not self.apart:
            self._known[text] = target
        return target

    # -- From the texts of the table to lines ---------------------------------------------------
    def compute(
        self, text: str, names: dict[str, Any], value: Any = None, apart: bool = False
    ) -> Any:
        """Add the lines of an expression and return the name of its value.

        Args:
            text: the expression.
            names: what its names stand for: names of the program, or constants.
            value: its value, where it is known.
            apart: compute it even if the same text was computed before.
        """
        self.apart = apart
        try:
            return Lowering(self, names).lower(_parsed(text), value)
        finally:
            self.apart = False

    def constant(self, value: Any) -> str:
        """Write a constant into the program."""
        if isinstance(value, Name):
            return value
        if isinstance(value, tuple):
            return "(" + "".join(f"{self.constant(part)}, " for part in value) + ")"
        if value is None or isinstance(value, bool | int | float | str | slice):
            return repr(value)
        if value is Ellipsis:
            return "..."
        if isinstance(value, np.dtype) or (
            isinstance(value, type) and issubclass(value, np.generic)
        ):
            return f"np.{np.dtype(value).name}"
        return self.bind(f"k{len(self.bound)}", value)


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class Lowering:
    """Takes one expression apart into lines."""

    def __init__(self, listing: Listing, names: dict[str, Any]) -> None:
        self.listing = listing
        self.names = names

    def lower(self, node: ast.expr, value: Any = None) -> Any:
        """Return the name of the expression's value, or the value itself if it is a constant."""
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return self.names[node.id]
            case ast.Tuple():
                return tuple(self.lower(part) for part in node.elts)
            case ast.UnaryOp():
                operand = self.lower(node.operand)
                return (
                    self.ufunc("negative", [operand], value)
                    if isinstance(operand, Name)
                    else -operand
                )
            case ast.BinOp():
                pair = [self.lower(node.left), self.lower(node.right)]
                return self.binary(type(node.op), pair, value)
            case ast.Compare():
                pair = [self.lower(node.left), self.lower(node.comparators[0])]
                return self.binary(type(node.ops[0]), pair, value)
            case ast.Attribute():
                return self.attribute(self.lower(node.value), node.attr)
            case ast.Subscript():
                array, key = self.lower(node.value), self.lower(node.slice)
                if not isinstance(array, Name):
                    return array[key]
                return self.plain("{}[{}]", [array, key], value)
            case ast.Call():
                return self.call(node, value)
        raise NotImplementedError(
            f"the table has an expression that is not known: {ast.dump(node)}"
        )

    def binary(self, kind: type, pair: list[Any], value: Any) -> Any:
        """A binary operator, folded if both sides are constants."""
        name = _OPERATORS[kind]
        if not any(isinstance(side, Name) for side in pair):
            return getattr(np, name)(*pair).item()
        if kind is ast.Pow and pair[1] == 2 and not isinstance(pair[1], Name):
            return self.ufunc("square", pair[:1], value)
        return self.ufunc(name, pair, value)

    def ufunc(self, name: str, operands: list[Any], value: Any) -> Name:
        """A NumPy ufunc, which can write into a buffer."""
        operands = self._typed(operands)
        text = f"np.{name}({', '.join(map(self.listing.constant, operands))})"
        return self.listing.emit(text, operands, True, name != "matmul", value)

    def _typed(self, operands: list[Any]) -> list[Any]:
        """Numbers beside a float array become arrays of its type, which NumPy handles faster."""
        types = {self.listing.values[o].dtype for o in operands if isinstance(o, Name)}
        if len(types) != 1 or (dtype := types.pop()).kind != "f":
            return operands
        return [
            self.listing.bind(f"c_{o}", _scalar(o, dtype)) if isinstance(o, int | float) else o
            for o in operands
        ]

    def attribute(self, owner: Any, name: str) -> Any:
        """Shapes and types are constants; a parameter is transposed once and for all."""
        if not isinstance(owner, Name):
            return getattr(owner, name)
        value = self.listing.values[owner]
        if name != "T":
            return getattr(value, name)
        if owner in self.listing.bound:
            return self.listing.bind(f"{owner}_T", value.T, again=True)
        return self.plain("{}.T", [owner], None)

    def call(self, node: ast.Call, value: Any) -> Any:
        """A function of NumPy, a method or a kernel."""
        arguments = [self.lower(argument) for argument in node.args]
        named = {str(k.arg): self.lower(k.value) for k in node.keywords}
        if isinstance(node.func, ast.Name):
            return self.function(node.func.id, NUMPY[node.func.id], arguments, named, value)
        assert isinstance(node.func, ast.Attribute)
        name = node.func.attr
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "np":
            if isinstance(getattr(np, name), np.ufunc):
                return self.ufunc(name, arguments, value)
            if name not in _REDUCTIONS:
                return self.function(f"np.{name}", getattr(np, name), arguments, named, value)
        else:
            arguments = [self.lower(node.func.value), *arguments]
        return self.method(name, arguments, named, value)

    def function(
        self,
        name: str,
        function: Callable[..., Any],
        arguments: list[Any],
        named: dict[str, Any],
        value: Any,
    ) -> Any:
        """A function that makes its own result, computed now if its arguments are constants."""
        flat = [part for a in arguments for part in (a if isinstance(a, tuple) else (a,))]
        if not self.listing.apart and not any(isinstance(part, Name) for part in flat):
            return function(*arguments, **named)
        text = f"{name}({self._arguments(arguments, named)})"
        return self.listing.emit(text, flat, value=value)

    def method(self, name: str, arguments: list[Any], named: dict[str, Any], value: Any) -> Name:
        """A method of an array; products and reductions can write into a buffer."""
        text = f"{arguments[0]}.{name}({self._arguments(arguments[1:], named)})"
        fills = name in (*_REDUCTIONS, "dot")
        return self.listing.emit(text, arguments, fills, False, value)

    def plain(self, form: str, operands: list[Any], value: Any) -> Name:
        """Whatever NumPy answers with a view."""
        return self.listing.emit(
            form.format(*map(self.listing.constant, operands)), operands, value=value
        )

    def _arguments(self, arguments: list[Any], named: dict[str, Any]) -> str:
        texts = [self.listing.constant(argument) for argument in arguments]
        return ", ".join(texts + [f"{k}={self.listing.constant(v)}" for k, v in named.items()])


@cache
def _scalar(number: float, dtype: Any) -> Array:
    return np.asarray(number, dtype)


class Program:
    """A compiled block: the way forward and, if it was recorded, the way back.

    Attributes:
        source: the program as text.
        forward: ``forward(*inputs, buffers)`` returns the outputs and what the way back needs.
        backward: ``backward(*gradients, *inputs, buffers, kept)`` returns the gradients of the
            inputs and of the parameters.
        buffers: the shape and type of each buffer.
        read_back: the parameters and constants that ``backward`` reads.
    """

    def __init__(self, source: str, bound: dict[str, Any], buffers: list[tuple[Any, Any]]) -> None:
        self.source = source
        self.buffers = buffers
        namespace = {**NUMPY, **bound}
        exec(compile(source, "<d2lmini program>", "exec"), namespace)
        self.forward: Callable[..., Any] = namespace["forward"]
        self.backward: Callable[..., Any] = namespace.get("backward", _no_way_back)
        self.read_back = [bound[name] for name in self.backward.__code__.co_names if name in bound]
        self._free: list[tuple[Array, ...]] = []

    def __str__(self) -> str:
        return self.source

    def borrow(self) -> tuple[Array, ...]:
        """Take a set of buffers that nobody uses."""
        try:
            return self._free.pop()
        except IndexError:
            return tuple(np.empty(shape, dtype) for shape, dtype in self.buffers)

    def give_back(self, buffers: tuple[Array, ...]) -> None:
        """Let others use a set of buffers."""
        self._free.append(buffers)


def _no_way_back(*arguments: Any) -> Any:
    raise AssertionError("the program was compiled without its way back")


class Compiler:
    """Makes a program of the steps that were seen.

    Args:
        steps: the operations, in order.
        inputs: the arrays that change from call to call.
        outputs: the results.
        parameters: arrays that the program may be given once, with their names.
        wanted: the arrays whose gradients are to be computed, inputs and parameters; empty if
            there is no way back.
        static_alloc: let the outputs be buffers too.
    """

    def __init__(
        self,
        steps: list[Step],
        inputs: list[NDArray],
        outputs: list[NDArray],
        parameters: dict[str, NDArray],
        wanted: list[NDArray],
        static_alloc: bool = False,
    ) -> None:
        self.listing = Listing()
        self.wanted = wanted
        self.static_alloc = static_alloc
        # Arrays are told apart by identity; `alive` keeps the identities from being used again.
        self.alive: list[Any] = [steps, inputs, outputs, parameters]
        self.names: dict[int, Name] = {}
        self.inputs = [self._take(f"x{i}" if i else "x", x) for i, x in enumerate(inputs)]
        for name, parameter in parameters.items():
            self.names[id(parameter)] = self.listing.bind(name, parameter._data)
        for step in steps:
            self._forward(step)
        self.outputs = [self._name(output) for output in outputs]
        self.way_there = len(self.listing.lines)
        self.heads: list[Name] = []
        self.gradients: list[Name | None] = []
        if wanted:
            self._backward(steps)

    def _take(self, name: str, x: NDArray) -> Name:
        self.names[id(x)] = taken = self.listing.take(name, x._data)
        return taken

    def _name(self, x: Any) -> Any:
        """The name of an array; a number stays a number, and a foreign array is a constant."""
        data = x._data if isinstance(x, NDArray) else plain(x)
        if not isinstance(data, np.ndarray):
            return data
        if id(x) not in self.names:
            self.alive.append(x)
            self.names[id(x)] = self.listing.bind(f"k{len(self.listing.bound)}", data)
        return self.names[id(x)]

    def _arguments(self, step: Step) -> dict[str, Any]:
        rule = step.rule
        arrays = dict(zip(rule.arrays, map(self._name, step.arrays), strict=True))
        return {**arrays, **dict(zip(rule.settings, step.settings, strict=True))}

    def _forward(self, step: Step) -> None:
        self.listing.note = step.block
        # What is not recorded is computed apart from the same text that is.
        apart = step.rule.name in _CHANCE or (bool(self.wanted) and not step.recorded)
        self.names[id(step.result)] = self.listing.compute(
            step.rule.forward, self._arguments(step), step.result._data, apart
        )

    # -- The way back ---------------------------------------------------------------------------
    def _backward(self, steps: list[Step]) -> None:
        """Add the lines of the gradients, from the last step to the first."""
        listing = self.listing
        reached = {self.names[id(x)] for x in self.wanted if id(x) in self.names}
        steps = [step for step in steps if step.recorded]
        for step in steps:
            parts = zip(step.arrays, step.rule.derivatives, strict=True)
            if any(text and self._name(x) in reached for x, text in parts):
                reached.add(self.names[id(step.result)])
        gradients: dict[Name, Name] = {}
        for i, output in enumerate(self.outputs):
            head = listing.take(f"g{i}" if i else "g", np.ones_like(listing.values[output]))
            self.heads.append(head)
            self._arrive(gradients, output, head)
        for step in reversed(steps):
            result = self.names[id(step.result)]
            gradient = gradients.pop(result, None) if result in reached else None
            if gradient is None:
                continue
            listing.note = step.block
            names = {"g": gradient, "y": result, **self._arguments(step)}
            for array, text in zip(step.arrays, step.rule.derivatives, strict=True):
                name = self._name(array)
                if text and name in reached:
                    share = listing.compute(text, names)
                    self._arrive(gradients, name, self._fit(share, name))
        self.gradients = [gradients.get(self.names.get(id(x), Name(""))) for x in self.wanted]

    def _arrive(self, gradients: dict[Name, Name], name: Name, share: Name) -> None:
        if name in gradients:
            both = [gradients[name], share]
            share = self.listing.emit(f"np.add({both[0]}, {both[1]})", both, True, True)
        gradients[name] = share

    def _fit(self, share: Name, name: Name) -> Name:
        """Do what `tape.fit` does."""
        there, value = self.listing.values[share], self.listing.values[name]
        if there.shape != value.shape:
            share = self.listing.emit(
                f"sum_to({share}, {value.shape})", [share], value=sum_to(there, value.shape)
            )
        if there.dtype != value.dtype:
            share = self.listing.emit(f"{share}.astype(np.{value.dtype.name})", [share])
        return share

    # -- The text -------------------------------------------------------------------------------
    def program(self) -> Program:
        """Choose the buffers and write the program."""
        layout = Layout(self)
        return Program(layout.text(), self.listing.bound, layout.buffers)


class Layout:
    """Decides which line writes into which buffer, and writes the lines down."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.listing = compiler.listing
        self.lines = self.listing.lines
        self.buffers: list[tuple[Any, Any]] = []
        self.written: dict[str, str] = {}  # the buffer or the variable of each name
        self._idle: dict[Any, list[str]] = {}
        self._content: dict[str, str] = {}  # the buffer of an origin
        self._last = self._last_uses()
        self._fresh = self._fresh_ones()
        self.body = [self._place(i, line) for i, line in enumerate(self.lines)]

    def _last_uses(self) -> dict[str, int]:
        """For each origin the last line that reads it; what the way back reads stays for ever."""
        last: dict[str, int] = {}
        born = {line.target: i for i, line in enumerate(self.lines)}
        for i, line in enumerate(self.lines):
            last.setdefault(self.listing.origin[line.target], i)
            for name in line.reads:
                origin = self.listing.origin[name]
                crosses = born.get(origin, -1) < self.compiler.way_there <= i
                last[origin] = len(self.lines) if crosses else max(i, last.get(origin, 0))
        results = [*self.compiler.outputs, *filter(None, self.compiler.gradients)]
        return {**last, **{self.listing.origin[name]: len(self.lines) for name in results}}

    def _fresh_ones(self) -> set[str]:
        """The origins that leave the program, which must not be overwritten by the next call."""
        leaving = [] if self.compiler.static_alloc else self.compiler.outputs
        return {
            self.listing.origin[name] for name in (*leaving, *filter(None, self.compiler.gradients))
        }

    def _place(self, i: int, line: Line) -> str:
        """The text of a line, with a buffer if it can have one."""
        text = _VARIABLE.sub(lambda match: self.written[match[0]], line.text)
        target = self.listing.origin[line.target]
        if text.endswith(".T"):  # reads best where it is used
            self.written[line.target] = text
            return ""
        if line.fills and target not in self._fresh:
            buffer = self._buffer(i, line)
            self._content[target] = self.written[line.target] = buffer
            text = f"{text[:-1]}, out={buffer})".replace("(, ", "(")
        else:
            self.written[line.target] = f"t{line.target[1:]}"
            text = f"{self.written[line.target]} = {text}"
        self._free(i, line)
        return text

    def _buffer(self, i: int, line: Line) -> str:
        """An operand's buffer, an idle one or a new one."""
        value = self.listing.values[line.target]
        kind = (value.shape, value.dtype)
        if line.overwrites:
            for name in line.reads:
                there = self.listing.values[name]
                own = self.listing.origin[name] == name and name in self._content
                if own and self._last[name] == i and (there.shape, there.dtype) == kind:
                    return self._content.pop(name)
        if self._idle.get(kind):
            return self._idle[kind].pop()
        self.buffers.append(kind)
        return f"b{len(self.buffers) - 1}"

    def _free(self, i: int, line: Line) -> None:
        """Let the buffers be used again whose contents nobody reads any more."""
        for name in {*line.reads, line.target}:
            origin = self.listing.origin[name]
            if origin in self._content and self._last[origin] == i:
                value = self.listing.values[origin]
                self._idle.setdefault((value.shape, value.dtype), []).append(
                    self._content.pop(origin)
                )

    def text(self) -> str:
        """The program: ``forward``, and ``backward`` if there are gradients."""
        compiler = self.compiler
        there, back = self.body[: compiler.way_there], self.body[compiler.way_there :]
        kept = self._kept()
        buffers = "".join(f"b{i}, " for i in range(len(self.buffers)))
        take = [f"{buffers}= buffers"] if buffers else []
        outputs = "".join(f"{self._final(name)}, " for name in compiler.outputs)
        lines = [f"def forward({', '.join((*compiler.inputs, 'buffers'))}):"]
        lines += [f"    {line}" for line in (*take, *self._noted(there, 0))]
        lines += [f"    return ({outputs}), ({''.join(f'{name}, ' for name in kept)})"]
        if compiler.wanted:
            arguments = (*compiler.heads, *compiler.inputs, "buffers", "kept")
            unpack = [f"{''.join(f'{name}, ' for name in kept)}= kept"] if kept else []
            gradients = "".join(f"{g and self._final(g)}, " for g in compiler.gradients)
            lines += ["", "", f"def backward({', '.join(arguments)}):"]
            lines += [f"    {line}" for line in (*take, *unpack, *self._noted(back, len(there)))]
            lines += [f"    return ({gradients})"]
        return "\n".join(lines) + "\n"

    def _final(self, name: Name) -> str:
        return self.written.get(name, name)

    def _kept(self) -> list[str]:
        """The variables of the way forward that the way back reads, apart from buffers."""
        way_there = self.compiler.way_there
        made = {line.target for line in self.lines[:way_there]}
        read = [name for line in self.lines[way_there:] for name in line.reads if name in made]
        read += [name for name in self.compiler.gradients if name in made]
        variables = dict.fromkeys(self.written[name].removesuffix(".T") for name in read)
        return [variable for variable in variables if variable.startswith("t")]

    def _noted(self, body: list[str], first: int) -> Iterable[str]:
        """The lines, with the name of the block where another one begins."""
        note = ""
        for line, text in zip(self.lines[first:], body, strict=False):
            if text and line.note and line.note != note:
                yield f"# {line.note}"
            if text:
                note = line.note
                yield text
