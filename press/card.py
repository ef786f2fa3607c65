"""The picture shown with links to the book on other sites: its icon and cover, without words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from press.files import write_whole
from press.hashing import digest

if TYPE_CHECKING:
    from matplotlib.patches import Patch

SIZE = WIDTH, HEIGHT = 1200, 630  # the size that social networks recommend
_HERE = Path(__file__).parent
_SIGN, _COVER = _HERE / "static" / "icon.svg", _HERE / "templates" / "cover.svg"
_STYLE = _HERE / "static" / "book.css"
_PLACES = {_SIGN: (130, 195, 240), _COVER: (560, 55, 520)}  # left, top, width
_PAINT = {  # fill and line of the parts of the cover, as on the page
    "model": ("none", "fig-line"),
    "block": ("fig-accent-fill", "accent"),
    "layer": ("fig-fill", "fig-line"),
    "neuron": ("paper", "fig-line"),
}


def card(folder: Path) -> Path:
    """Return the picture as a file in `folder`, redrawn if its sources have changed."""
    sources = [path.read_text(encoding="utf-8") for path in (Path(__file__), *_PLACES, _STYLE)]
    file = folder / f"card-{digest(*sources)[:16]}.png"
    if not file.is_file():
        for old in folder.glob("card-*.png"):
            old.unlink()
        write_whole(file, _drawn())
    return file


def _drawn() -> bytes:
    """Return the picture as PNG, the same bytes each time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    colors = dict(re.findall(r"--([\w-]+): light-dark\((#\w+)", _STYLE.read_text("utf-8")))
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=colors["paper"])
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.set_axis_off()
    for path, (left, top, width) in _PLACES.items():
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        scale = width / float(root.get("viewBox", "").split()[2])
        for shape, x, y in _shapes(root, 0, 0):
            axes.add_patch(_patch(shape, left + x * scale, top + y * scale, scale, colors))
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor=colors["paper"], metadata={"Software": None})
    return picture.getvalue()


def _shapes(
    element: ElementTree.Element, x: float, y: float
) -> Iterator[tuple[ElementTree.Element, float, float]]:
    """Yield the rectangles and circles of an SVG with their positions."""
    if moved := re.search(r"translate\((\S+) (\S+)\)", element.get("transform", "")):
        x, y = x + float(moved[1]), y + float(moved[2])
    for child in element:
        yield from _shapes(child, x, y)
    place = {"rect": ("x", "y"), "circle": ("cx", "cy")}.get(element.tag.rpartition("}")[2])
    if place:
        yield element, x + float(element.get(place[0], 0)), y + float(element.get(place[1], 0))


def _patch(
    shape: ElementTree.Element, x: float, y: float, scale: float, colors: dict[str, str]
) -> Patch:
    from matplotlib.patches import Circle, FancyBboxPatch

    fill, line = _PAINT.get(shape.get("class", ""), (shape.get("fill"), shape.get("stroke")))
    thick = float(shape.get("stroke-width", 1.5)) * scale * 0.72  # in points, 72 to 100 pixels
    look: dict[str, Any] = {
        "facecolor": colors.get(str(fill), fill),
        "edgecolor": colors.get(str(line), line or "none"),
        "linewidth": thick if line else 0,
    }

    def length(name: str) -> float:
        return float(shape.get(name, 0)) * scale

    if shape.get("r"):
        return Circle((x, y), length("r"), **look)
    corner = f"round,pad=0,rounding_size={length('rx')}"
    return FancyBboxPatch((x, y), length("width"), length("height"), boxstyle=corner, **look)
