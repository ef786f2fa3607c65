"""Compilation: turns the operations that a block was seen to compute into one NumPy program.

The table's expressions are evaluated on symbols, which write a line for each call to NumPy. A line
writes into a buffer wherever NumPy allows it; a buffer is reused as soon as its contents are no
longer needed.
"""

import builtins
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby
from keyword import iskeyword
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from . import kernels
from .lifting import plain
from .ndarray import NDArray
from .operations import NUMPY
from .overwriting import owner
from .tape import state
from .tracing import Step, Tracer

_POWERS = {2: "square", 0.5: "sqrt"}
_FILLING = ("dot", "mean", "max", "min")  # methods that can write into a buffer
_CHANCE = ["dropout_mask", "blend"]  # differ at each call
_CHANCE += ["random_uniform", "random_normal", "random_integers", "random_order", "random_places"]
_INLINE = {  # kernels that are written out, with their arguments
    "column_sums": ("x", "ones(x.shape[0], x.dtype).dot(x)"),
    "outer_sum": ("ab", "b.T.dot(a).T"),
    "linear": ("xwb", "x.dot(w.T) + b"),
}
_NAME = re.compile(r"\w+")
_TEMPORARY = re.compile(r"\bt\d+\b")
_VARIABLE = re.compile(r"\bv\d+\b")
_OWN = re.compile(r"[a-z]?\d*|\d.*|buffers|kept|forward|backward")  # not for parameters


class Line(NamedTuple):
    """One line of a program: ``target = text``, or the text with ``out=`` a buffer.

    Attributes:
        target: the name of the result.
        text: the expression.
        reads: the names of its operands.
        out: where NumPy can write the result: nowhere (``""``), into a separate ``"buffer"``, or
            also into the buffer of an ``"operand"``.
        note: the block that the line comes from.
    """

    target: str
    text: str
    reads: tuple[str, ...]
    out: str
    note: str


class Listing:
    """A program being written: its lines, and a sample value for each name's shape and type."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.values: dict[str, Any] = {}
        self.bound: dict[str, Any] = {}  # values the program receives once: parameters, constants
        self.origin: dict[str, str] = {}  # whose memory a name looks into
        # What is written down; gradients are added up even where a block computes nothing.
        self.step: Any = SimpleNamespace(block="", recorded=True)
        self._known: dict[Any, Symbol] = {}
        own = {name: partial(self.kernel, name) for name, x in vars(kernels).items() if callable(x)}
        self._functions = {**own, "np": np}
        self._numpy = {**NUMPY}  # a copy, because eval() adds to it

    def take(self, name: str, value: Any) -> "Symbol":
        """Name an argument of the program."""
        self.values[name] = value
        self.origin[name] = name
        return Symbol(self, name)

    def bind(self, name: str, value: Any) -> "Symbol":
        """Give the program a value that never changes."""
        name = re.sub(r"\W", "_", name)
        while name in self.values and self.values[name] is not value:
            name += "_"
        self.bound[name] = value
        return self.take(name, value)

    def constant(self, key: str, name: str, value: Any) -> "Symbol":
        """Give the program a value computed from a constant, once for each key."""
        if key not in self._known:
            self._known[key] = self.bind(name, value)
        return self._known[key]

    def emit(self, text: str, out: str = "", value: Any = None) -> "Symbol":
        """Add a line, unless a step with the same recording has already computed the same text.

        Args:
            text: the expression.
            out: where NumPy can write the result; see `Line`.
            value: the value, if evaluating the text again would give a different one.
        """
        key = text, self.step.recorded
        if value is None:
            if key in self._known:
                return self._known[key]
            found = eval(text, self._numpy, self.values)
            value = np.asarray(found) if isinstance(found, np.generic) else found
        reads = tuple(name for name in _NAME.findall(text) if name in self.values)
        result = self._known[key] = self.take(f"v{len(self.values)}", value)
        for name in () if out else reads:
            # Whether reshape() copies depends on the order in memory, which may differ in a buffer.
            if "reshape(" in text or np.may_share_memory(self.values[name], value):
                self.origin[result.name] = self.origin[name]
        self.lines.append(Line(result.name, text, reads, out, self.step.block))
        return result

    # -- From the table's expressions to lines --------------------------------------------------
    def compute(self, text: str, names: dict[str, Any]) -> Any:
        """Add the lines of an expression and return its value.

        Args:
            text: the expression.
            names: what its names stand for: symbols or constants.
        """
        return eval(text, {**self._functions, **names})

    def ufunc(self, name: str, operands: Sequence[Any]) -> "Symbol":
        """Call a ufunc; numbers combined with floats become arrays of their type, for speed."""
        if name == "power" and isinstance(operands[1], int | float) and operands[1] in _POWERS:
            name, operands = _POWERS[operands[1]], operands[:1]
        types = {x.dtype for x in operands if isinstance(x, Symbol)}
        if len(types) == 1 and (dtype := types.pop()).kind == "f":
            operands = [  # the text of a number, unlike the number, tells 0.0 from -0.0
                self.constant(f"{x!r} {dtype}", f"c_{x}", np.asarray(x, dtype))
                if type(x) in (int, float)  # NumPy's own numbers keep their type
                else x
                for x in operands
            ]
        return self.write(f"np.{name}", operands, {}, "buffer" if name == "matmul" else "operand")

    def kernel(self, name: str, *arguments: Any) -> Any:
        """Call a kernel; if all arguments are constants, compute it now."""
        if name in _INLINE:
            names, text = _INLINE[name]
            return self.compute(text, dict(zip(names, arguments, strict=True)))
        if name in _CHANCE or any(isinstance(x, Symbol) for x in arguments):
            return self.write(name, arguments, {})
        result = NUMPY[name](*arguments)
        if not isinstance(result, np.ndarray):
            return result
        return self.bind("_".join(map(str, (name, *arguments))), result)

    def write(
        self, function: str, arguments: Sequence[Any], named: dict[str, Any], out: str = ""
    ) -> "Symbol":
        """Add the line of a call to a function, or to a method of an array."""
        texts = [self.text(x) for x in arguments]
        texts += [f"{name}={self.text(x)}" for name, x in named.items()]
        value = self.step.result._data if function in _CHANCE else None
        if function == "blend":  # what was computed from the average is out of date
            known = self._known.items()
            self._known = {key: y for key, y in known if texts[0] not in _NAME.findall(str(key))}
        return self.emit(f"{function}({', '.join(texts)})", out, value)

    def text(self, value: Any) -> str:
        """Write a value or a constant into the program."""
        if isinstance(value, Symbol):
            return value.name
        if isinstance(value, tuple):
            return _tuple(map(self.text, value))
        if value is None or isinstance(value, bool | int | float | str | slice):
            return repr(value)
        if value is Ellipsis:
            return "..."
        if isinstance(value, np.dtype | type):
            return f"np.{np.dtype(value).name}"
        return self.bind(f"k{len(self.bound)}", value).name


class Symbol(NDArrayOperatorsMixin):
    """A value in the program: whatever NumPy does with it becomes a line.

    Args:
        listing: the program.
        name: the value's name in it.
    """

    def __init__(self, listing: Listing, name: str) -> None:
        self.listing = listing
        self.name = name

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any) -> "Symbol":
        return self.listing.ufunc(ufunc.__name__, operands)

    def __array_function__(self, function: Any, types: Any, args: Any, named: Any) -> "Symbol":
        return self.listing.write(f"np.{function.__name__}", args, named)

    def __getitem__(self, key: Any) -> "Symbol":
        parts = key if isinstance(key, tuple) and key else (key,)
        texts = [_span(x) if isinstance(x, slice) else self.listing.text(x) for x in parts]
        return self.listing.emit(f"{self.name}[{', '.join(texts)}]")

    def __getattr__(self, name: str) -> Any:
        """Return a method that writes a line, or the shape or type, which are constants."""
        found = getattr(self.listing.values[self.name], name)
        return partial(self._method, name) if callable(found) else found

    @property
    def T(self) -> "Symbol":  # noqa: N802 - NumPy's name
        """The transpose; a parameter is transposed only once."""
        text, listing = f"{self.name}.T", self.listing
        if self.name in listing.bound:
            turned = listing.constant(text, f"{self.name}_T", listing.values[self.name].T)
            listing.origin[turned.name] = self.name
            return turned
        return listing.emit(text)

    def _method(self, name: str, *arguments: Any, **named: Any) -> "Symbol":
        exact = name != "mean" or self.dtype != np.float16  # a float16 buffer would hold the sum
        out = "buffer" if name in _FILLING and exact else ""
        return self.listing.write(f"{self.name}.{name}", arguments, named, out)


def _variable(name: str) -> str:
    """Return a variable for a parameter of that name, which nothing else in a program has."""
    name = re.sub(r"\W", "_", name)
    taken = _OWN.fullmatch(name) or iskeyword(name) or hasattr(builtins, name) or name in NUMPY
    return f"p_{name}" if taken else name


def _span(key: slice) -> str:
    """Return the text of a slice between brackets, such as ``1:`` or ``::2``."""
    ends = ("" if end is None else repr(end) for end in (key.start, key.stop, key.step))
    return ":".join(ends).removesuffix(":")


def _tuple(parts: Iterable[str]) -> str:
    """Return the text of a tuple."""
    listed = list(parts)
    return f"({', '.join(listed)}{',' * (len(listed) == 1)})"


def _function(head: str, packed: dict[str, list[str]], body: list[str]) -> str:
    """Return the text of a function, which first unpacks those parts of arguments that it uses."""
    used = {*_NAME.findall("\n".join(body))}
    for argument, parts in packed.items():
        if not used.isdisjoint(parts):
            names = _tuple(part if part in used else "_" for part in parts)
            body = [f"{names[1:-1]} = {argument}", *body]
    return f"def {head}:\n" + "".join(f"    {line}\n" for line in body)


class Compiler:
    """Makes the text of a program from the recorded steps.

    Args:
        tracer: the operations in order, and the inputs.
        outputs: the results.
        parameters: arrays that the program may receive once, with their names.
        static: put the outputs into buffers too.

    Attributes:
        wanted: the inputs and parameters whose gradients to compute; empty without a backward
            pass.
        wanted_inputs: the numbers of the inputs among them.
        leaves: the parameters among them.
        source: the text: ``forward``, and ``backward`` if there are gradients.
        buffers: the shape and type of each buffer.
        outgoing: the numbers of those that outputs stand in.
        bound: the parameters and constants that the program reads, by their names in it.
        linked: by the number of an output, the gradients it contributes to, one bit for each.
        chance: the first random operation, which never gives the same result twice, or None.
    """

    def __init__(
        self, tracer: Tracer, outputs: list[NDArray], parameters: dict[str, NDArray], static: bool
    ) -> None:
        steps, inputs, recording = tracer.steps, tracer.inputs, state.recording
        self.listing = Listing()
        self.static = static
        self.wanted_inputs = [i for i, x in enumerate(inputs) if recording and x._node is not None]
        self.leaves = [x for x in parameters.values() if recording and x._node is not None]
        self.wanted = [*(inputs[i] for i in self.wanted_inputs), *self.leaves]
        self.chance = next((s.rule.name for s in steps if s.rule.name in _CHANCE), None)
        # Arrays are told apart by identity; `alive` keeps identities from being reused.
        self.alive: list[Any] = [tracer, outputs, parameters]
        self.symbols: dict[int, Any] = {}
        for i, x in enumerate(inputs):
            self.symbols[id(x)] = self.listing.take(f"x{i}" if i else "x", x._data)
        self.inputs = [self.symbols[id(x)].name for x in inputs]
        for name, parameter in parameters.items():
            self.symbols[id(parameter)] = self.listing.bind(_variable(name), parameter._data)
        for step in steps:
            self.listing.step = step
            value = self.listing.compute(step.rule.forward, self._arguments(step))
            self.symbols[id(step.result)] = value
        self.outputs: list[str] = [self._symbol(output).name for output in outputs]
        self.forms = self._forms(outputs, (*inputs, *parameters.values()))
        self.way_there = len(self.listing.lines)
        self.heads: list[str] = []
        self.gradients: list[str | None] = []
        self.linked: dict[int, int] = {}
        if self.wanted:
            self._backward([step for step in steps if step.recorded])
        layout = Layout(self)
        self.source, self.buffers, self.bound = layout.text(), layout.buffers, self.listing.bound
        self.outgoing = layout.outgoing
        vars(self.listing).clear()  # its symbols refer to it: no cycle, so all are freed at once

    def _symbol(self, x: Any) -> Any:
        """Return the symbol of an array; numbers stay numbers, unknown arrays become constants."""
        data = x._data if isinstance(x, NDArray) else plain(x)
        if not isinstance(data, np.ndarray):
            return data
        if id(x) not in self.symbols:
            self.alive.append(x)
            self.symbols[id(x)] = self.listing.bind(f"k{len(self.listing.bound)}", data)
        return self.symbols[id(x)]

    def name(self, x: Any) -> str:
        """Return the name of an array in the program."""
        return getattr(self._symbol(x), "name", "")

    def _arguments(self, step: Step) -> dict[str, Any]:
        values = (*map(self._symbol, step.arrays), *step.settings)
        return dict(zip(step.rule.arrays + step.rule.settings, values, strict=True))

    def _forms(self, outputs: list[NDArray], known: tuple[NDArray, ...]) -> list[str]:
        """Return what the program returns for each output: it, or a copy.

        The caller may write into an output, also into those of this first run: that must not
        change a constant, nor another output unless both shared memory when they were computed.
        """
        lasting = {self.name(x): id(owner(x._data)) for x in known}
        memory = {**dict.fromkeys(self.listing.bound), **lasting}
        forms = []
        for name, output in zip(self.outputs, outputs, strict=True):
            origin, place = self.listing.origin[name], id(owner(output._data))
            form = "{}" if memory.setdefault(origin, place) == place else "{}.copy()"
            # Of arrays without axes NumPy computes numbers, which cannot be written to.
            forms.append(form if output._data.ndim else f"np.asarray({form})")
            if memory[origin] is None:
                self.listing.bound[origin] = self.listing.bound[origin].copy()
        return forms

    def _backward(self, steps: list[Step]) -> None:
        """Add the lines of the gradients, from the last step to the first."""
        listing = self.listing
        reached = {self.name(x): 1 << i for i, x in enumerate(self.wanted)}  # from which ones
        for step in steps:
            for x, text in zip(step.arrays, step.rule.derivatives, strict=True):
                if text and (origins := reached.get(self.name(x))):
                    result = self.name(step.result)
                    reached[result] = reached.get(result, 0) | origins
        self.linked = {i: reached[y] for i, y in enumerate(self.outputs) if y in reached}
        gradients: dict[str, Any] = {}
        for i, output in enumerate(self.outputs):
            head = listing.take(f"g{i}" if i else "g", np.ones_like(listing.values[output]))
            self.heads.append(head.name)
            gradients[output] = gradients[output] + head if output in gradients else head
        for step in reversed(steps):
            name = self.name(step.result)
            gradient = gradients.pop(name, None) if name in reached else None
            if gradient is None:
                continue
            listing.step = step
            names = {"g": gradient, "y": self._symbol(step.result), **self._arguments(step)}
            for array, text in zip(step.arrays, step.rule.derivatives, strict=True):
                name = self.name(array)
                if text and name in reached:
                    share, x = listing.compute(text, names), self._symbol(array)
                    if share.shape != x.shape or share.dtype != x.dtype:
                        share = listing.kernel("fit", share, x)
                    gradients[name] = gradients[name] + share if name in gradients else share
        found = [gradients.get(self.name(x)) for x in self.wanted]
        self.gradients = [gradient and gradient.name for gradient in found]


class Layout:
    """Decides which line writes into which buffer, and writes the lines down."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.listing = compiler.listing
        self.lines = self.listing.lines
        self.buffers: list[tuple[Any, Any]] = []
        self.written: dict[str, str] = {}  # the buffer or the variable of each name
        self._idle: defaultdict[Any, list[str]] = defaultdict(list)
        self._content: dict[str, str] = {}  # the buffer of an origin
        self._results = [*compiler.outputs, *filter(None, compiler.gradients)]
        self._last = self._last_uses()
        # The next call must not overwrite outputs and gradients of inputs. Those of parameters
        # may stand in buffers: the tape copies them before it lets others write there.
        lasting = [] if compiler.static else [*compiler.outputs]
        pairs = zip(compiler.wanted, compiler.gradients, strict=False)
        lasting += [g for x, g in pairs if g and compiler.name(x) in compiler.inputs]
        self._fresh = {self.listing.origin[name] for name in lasting}
        self.body = [self._place(i, line) for i, line in enumerate(self.lines)]
        origins = {self.listing.origin[name] for name in compiler.outputs}
        self.outgoing = [int(b[1:]) for x, b in self._content.items() if x in origins]

    def _last_uses(self) -> dict[str, int]:
        """Return the last line that reads each origin; what backward reads is never released."""
        last: dict[str, int] = {}
        born = {line.target: i for i, line in enumerate(self.lines)}
        for i, line in enumerate(self.lines):
            last.setdefault(self.listing.origin[line.target], i)
            for name in line.reads:
                origin = self.listing.origin[name]
                crosses = born.get(origin, -1) < self.compiler.way_there <= i
                last[origin] = len(self.lines) if crosses else max(i, last.get(origin, 0))
        return {**last, **{self.listing.origin[name]: len(self.lines) for name in self._results}}

    def _kind(self, name: str) -> tuple[Any, Any]:
        return self.listing.values[name].shape, self.listing.values[name].dtype

    def _place(self, i: int, line: Line) -> str:
        """Return the text of a line, with a buffer if it can have one."""
        text = _VARIABLE.sub(lambda match: self.written[match[0]], line.text)
        target = self.listing.origin[line.target]
        if text.endswith(".T"):  # easiest to read where it is used
            self.written[line.target] = text
            return ""
        if line.out == "operand":
            self._release(i, line.reads[::-1])
        if line.out and target not in self._fresh:
            buffer = self._content[target] = self.written[line.target] = self._buffer(line.target)
            text = f"{text[:-1]}, out={buffer})".replace("(, ", "(")
        else:
            self.written[line.target] = f"t{line.target[1:]}"
            text = f"{self.written[line.target]} = {text}"
        self._release(i, (*line.reads, line.target))
        return text

    def _buffer(self, name: str) -> str:
        """Return a buffer for a value: the one that became idle last, or a new one."""
        kind = self._kind(name)
        if not self._idle[kind]:
            self._idle[kind].append(f"b{len(self.buffers)}")
            self.buffers.append(kind)
        return self._idle[kind].pop()

    def _release(self, i: int, names: Iterable[str]) -> None:
        """Release buffers whose contents nobody reads after line ``i``."""
        for origin in map(self.listing.origin.__getitem__, names):
            if origin in self._content and self._last[origin] == i:
                self._idle[self._kind(origin)].append(self._content.pop(origin))

    def text(self) -> str:
        """Return the program: ``forward``, and ``backward`` if there are gradients."""
        compiler = self.compiler
        there, back = self.body[: compiler.way_there], self.body[compiler.way_there :]
        buffers = [f"b{i}" for i in range(len(self.buffers))]
        pairs = zip(compiler.outputs, compiler.forms, strict=True)
        outputs = _tuple(form.format(self.written.get(y, y)) for y, form in pairs)
        gradients = _tuple(str(g and self.written.get(g, g)) for g in compiler.gradients)
        # Whatever backward reads from forward is passed on, except for buffers.
        made = {line.partition(" = ")[0] for line in there}
        read = dict.fromkeys(_TEMPORARY.findall("\n".join((*back, gradients))))
        kept = [name for name in read if name in made]
        arguments = ", ".join((*compiler.inputs, "buffers"))
        body = [*self._noted(there, 0), f"return {outputs}, {_tuple(kept)}"]
        text = _function(f"forward({arguments})", {"buffers": buffers}, body)
        if compiler.wanted:
            arguments = ", ".join((*compiler.heads, arguments, "kept"))
            body = [*self._noted(back, len(there)), f"return {gradients}"]
            packed = {"kept": kept, "buffers": buffers}
            text += "\n\n" + _function(f"backward({arguments})", packed, body)
        return text

    def _noted(self, body: Sequence[str], first: int) -> Iterable[str]:
        """Yield the lines, with the name of the block wherever another one begins."""
        noted = zip((line.note for line in self.lines[first:]), body, strict=False)
        for note, lines in groupby((pair for pair in noted if pair[1]), itemgetter(0)):
            if note:
                yield f"# {note}"
            yield from (text for _, text in lines)
