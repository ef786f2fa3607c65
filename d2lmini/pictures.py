"""Pictures of blocks: a nested diagram for notebooks, and a table of layers for the terminal."""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .ndarray import NDArray
from .parameter import Constant, Parameter

if TYPE_CHECKING:
    from .block import Block

_ROW, _GAP, _PAD, _CHAR = 22, 14, 10, 7.4  # lengths in pixels
_STYLE = Path(__file__).with_suffix(".css")


class Box:
    """A block in the picture: its heading, its parameters, and the boxes inside.

    Attributes:
        heading: its place in the tree and its kind.
        count: the number of elements of all its parameters.
        lines: a line for each of its own parameters, and the CSS class that colors it.
        children: the boxes inside.
        chained: whether each child feeds the next one.
    """

    def __init__(self, blocks: "list[Block]", place: str, uses: Counter[Parameter]) -> None:
        block, times = blocks[0], len(blocks)
        leaf = not any(child._children or child.params for child in block._children.values())
        label = repr(block) if leaf and "\n" not in repr(block) else type(block).__name__
        self.heading = " ".join(filter(None, (place, label, f"×{times}" if times > 1 else "")))
        self.lines = [_described(p, uses[p]) for p in block._own_parameters()]
        self.children: list[Box] = [] if leaf else list(_boxes(block, uses))
        self.chained = hasattr(block, "add") and len(self.children) > 1
        parameters = {p for block in blocks for p in block.collect_params().values()}
        known = all(p.is_known for p in parameters)
        self.count = f"{count(parameters):,}" if known and parameters else ""
        texts = [f"{self.heading}    {self.count}", *(text for text, _ in self.lines)]
        widest = max(len(text) for text in texts) * _CHAR
        self.width: float = max([widest, *(child.width for child in self.children)]) + 2 * _PAD
        inner = sum(child.height + _GAP for child in self.children) - _GAP / 2
        self.height: float = _ROW * len(texts) + _PAD + (inner if self.children else 0)

    def draw(self, x: float, y: float, width: float) -> Iterator[str]:
        """Yield the box's SVG elements at a position, as wide as its neighbors."""
        outer = ' class="d2l-outer"' if self.children else ""
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{self.height:g}"'
        yield f'<rect{outer} {place} rx="6"/>'
        yield f'<text x="{x + _PAD:g}" y="{y + 18:g}">{escape(self.heading)}</text>'
        right = f'x="{x + width - _PAD:g}" y="{y + 18:g}" text-anchor="end"'
        yield f'<text class="d2l-muted" {right}>{self.count}</text>'
        below = y + _ROW
        for text, kind in self.lines:
            yield f'<text class="{kind}" x="{x + _PAD:g}" y="{below + 16:g}">{escape(text)}</text>'
            below += _ROW
        below += _PAD / 2
        for i, child in enumerate(self.children):
            if i and self.chained:
                yield f'<path d="M{x + width / 2:g} {below - _GAP:g}v{_GAP}"/>'
            yield from child.draw(x + _PAD, below, width - 2 * _PAD)
            below += child.height + _GAP


def _boxes(block: "Block", uses: Counter[Parameter]) -> Iterator[Box]:
    """Yield the boxes of the children; equal neighbors are merged into one."""

    def look(item: "tuple[str, Block]") -> Any:
        child = item[1]
        return type(child), repr(child), [uses[p] for p in child.collect_params().values()]

    for _, group in groupby(block._children.items(), key=look):
        members = list(group)
        if len(members) < 3:
            yield from (Box([child], f"({name})", uses) for name, child in members)
        else:
            first, last = members[0][0], members[-1][0]
            yield Box([child for _, child in members], f"({first}–{last})", uses)


def _described(parameter: Parameter, uses: int) -> tuple[str, str]:
    """Return the line for a parameter, and the CSS class that colors it."""
    shape = " × ".join(str(n or "?") for n in parameter._shape or ("?",))
    kind = "constant " if isinstance(parameter, Constant) else ""
    text = f"{kind}{parameter.name}: {shape}"
    return (f"{text} — shared by {uses}", "d2l-shared") if uses > 1 else (text, "d2l-muted")


def count(parameters: Any) -> int:
    """Return the number of elements in parameters; those of unknown shape do not count."""
    return sum(math.prod(p._shape or (0,)) for p in parameters)


def parts(block: "Block") -> "list[Block]":
    """Return a block and all its descendants, each as many times as it appears."""
    found: list[Block] = []
    block.apply(found.append)
    return found


def svg(block: "Block") -> str:
    """Draw a block as a nested diagram: names, shapes and shared parameters, repeats merged.

    The drawing takes its colors from the page, by custom properties such as ``--fig-ink``. Where
    the page does not define them, it has its own colors for light and dark mode.
    """
    uses = Counter(p for part in parts(block) for p in part._own_parameters())
    box = Box([block], "", uses)
    total = f"{type(block).__name__} with {count(uses):,} parameters"
    width, height = math.ceil(box.width) + 2, math.ceil(box.height) + 2
    style = _STYLE.read_text("utf-8").strip()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="d2l-block" role="img" width="{width}" '
        f'height="{height}" viewBox="-1 -1 {width} {height}" aria-label="{escape(total)}">'
        f"<style>{style}</style><title>{escape(total)}</title><desc>{escape(repr(block))}</desc>"
        f"{''.join(box.draw(0, 0, box.width))}</svg>"
    )


def summary(block: "Block", inputs: tuple[Any, ...]) -> str:
    """Return a table of the layers an input passes: output shapes and numbers of parameters.

    Args:
        block: the block.
        inputs: what the block is called with.
    """
    rows = [("Layer (type)", "Output shape", "Parameters"), ("Input", _shapes(inputs), "0")]
    seen: set[Parameter] = set()

    def note(part: "Block", _: Any, output: Any) -> None:
        own = part._own_parameters()
        fresh = [parameter for parameter in own if parameter not in seen]
        seen.update(fresh)
        shared = "" if len(fresh) == len(own) else " (shared)"
        label = f"{part.name} ({type(part).__name__})"
        rows.append((label, _shapes(output), f"{count(fresh):,}{shared}"))

    with ExitStack() as ending:
        for part in dict.fromkeys(parts(block)):  # once, even if it appears in several places
            ending.enter_context(part.register_forward_hook(note))
        block(*inputs)
    first, second, third = (max(map(len, column)) for column in zip(*rows, strict=True))
    lines = [f"{a:<{first}}  {b:>{second}}  {c:>{third}}" for a, b, c in rows]
    rule = "-" * len(lines[0])
    parameters = block.collect_params().values()
    total, learned = count(parameters), count(p for p in parameters if p.grad_req != "null")
    totals = f"Parameters: {total:,}, learned: {learned:,}, fixed: {total - learned:,}"
    return "\n".join([lines[0], rule, *lines[1:], rule, totals])


def _shapes(value: Any) -> str:
    if isinstance(value, NDArray):
        return str(value._data.shape)
    if isinstance(value, list | tuple):
        return ", ".join(map(_shapes, value))
    return type(value).__name__
