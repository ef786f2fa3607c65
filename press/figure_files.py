"""Reads the SVG files of figures: their labels, and what a figure may not have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from press.characters import read_clean
from press.errors import BookError, Fault, guess
from press.figures import SVG

_WORDED = ("text", "tspan", "title", "desc")
_CODE = "fig-code"  # the class of labels that are code, the same in every language
_ACTIVE = (
    *("script", "foreignObject", "iframe", "object", "embed", "audio", "video"),
    *("set", "animate", "animateMotion", "animateTransform"),  # may turn a link into a script
)
_ELSEWHERE = re.compile(r"@import|url\(\s*[\"']?\s*(?!#)[^\s\"')]+|image-set|\\")
_SELECTOR = re.compile(r"([^{};,]+)(?=[^{};]*\{)")
_CLASS = re.compile(r"\.(fig-[\w-]+)")
_FONT = re.compile(r"font(?:-size)?:[^;}]*?(\d+(?:\.\d+)?)px")
_LEGIBLE = 13
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_VIEW_BOX = re.compile(r"\s*(?:-?[\d.]+[\s,]+){2}0*[1-9.][\d.]*[\s,]+0*[1-9.][\d.]*\s*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FIXED = re.compile(
    r"(?<![\w-])(?:fill|stroke|color|stop-color)\s*:\s*"
    r"(#[0-9a-f]{3,8}|rgba?\([^)]*\)|black\b|white\b)",
    re.I,
)
_HARMLESS = ("xmlns", "data-", "aria-")  # prefixes of attributes that contain only words
_OWN = re.compile(r"url\(\s*[\"']?#([^\s\"')]+)")


@dataclass(frozen=True)
class Label:
    """Words in a figure, with their translations in attributes such as `data-ko`."""

    line: int
    words: str
    attributes: Mapping[str, str]

    def translated(self, language: str) -> str:
        """Return the words in a language, or an empty string."""
        return self.attributes.get(f"data-{language}", "").strip()


@dataclass
class _Element:
    """An element of a figure, with the words right inside it."""

    line: int
    name: str
    attributes: Mapping[str, str]
    words: str = ""


def read_labels(path: Path) -> list[Label]:
    """Return the labels of a figure, except code.

    Raises:
        BookError: the file is not SVG, or would do more in a page than be looked at.
    """
    elements = _elements(path)
    for fault in _faults(elements):
        raise fault.in_file(path)
    return [
        Label(each.line, each.words.strip(), each.attributes)
        for each in elements
        if each.name in _WORDED and _CODE not in each.attributes.get("class", "")
    ]


def untranslated(labels: Iterable[Label], languages: Collection[str]) -> Iterator[Fault]:
    """Yield each label without a translation in one of `languages`."""
    for label in labels:
        absent = [f"data-{language}" for language in languages if not label.translated(language)]
        if not label.words and len(absent) < len(languages):
            message = "a label without words, though it is translated"
            yield Fault(label.line, message, "Write it in English.")
        copied = [code for code in languages if label.translated(code) == label.words]
        if copied and re.search(r"\b[a-z]{2}", label.words):  # Python may be Python
            message = f"the label {label.words!r} is not translated in data-{copied[0]}"
            yield Fault(label.line, message)
        if absent and re.search(r"[^\W\d_]{2}", label.words):
            message = f"the label {label.words!r} has no {' and no '.join(absent)}"
            hint = f'Translate it in the figure, or give it class="{_CODE}" if it is code.'
            yield Fault(label.line, message, hint)


def _elements(path: Path) -> list[_Element]:
    """Return the elements of a figure in their order; raise BookError if it is not XML."""
    found: list[_Element] = []
    inside: list[_Element] = []  # those that are open
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append(_Element(parser.CurrentLineNumber, name, attributes))
        inside.append(found[-1])

    def read(words: str) -> None:
        inside[-1].words += words

    def refuse(*_: object) -> None:
        message, hint = "a figure may not have a <!DOCTYPE>", "Remove it: SVG does not need one."
        raise BookError(message, path=path, line=parser.CurrentLineNumber, hint=hint)

    parser.StartElementHandler, parser.EndElementHandler = start, lambda name: inside.pop()
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = read, refuse
    svg = read_clean(path)
    try:
        parser.Parse(svg, True)
        ElementTree.fromstring(svg)  # ElementTree checks namespaces too
    except ElementTree.ParseError as error:
        reason = str(error).partition(":")[0]
        raise BookError(f"not valid SVG: {reason}", path=path, line=error.position[0]) from None
    except expat.ExpatError as error:
        message = f"not valid SVG: {expat.ErrorString(error.code)}"
        raise BookError(message, path=path, line=error.lineno) from None
    return found


def _faults(elements: Sequence[_Element]) -> Iterator[Fault]:
    """Yield what a figure may not have; each search relies on those before it."""
    styles = [each for each in elements if each.name == "style"]
    for element in elements:
        yield from _active(element)
        yield from _fixed_color(element)
    yield from _not_drawing(elements[0])
    yield from _wrong_names(elements)
    for style in styles:
        yield from _far_reaching(style)
    yield from _unstyled(elements, _CLASS.findall("".join(map(_css, styles))))
    if not any(map(_moves, elements[1:])):
        yield from _outside(elements)


def _active(element: _Element) -> Iterator[Fault]:
    """Yield what would run in the page or fetch something from elsewhere."""
    fault = f"<{element.name}>" if element.name.rpartition(":")[2] in _ACTIVE else ""
    for key, value in element.attributes.items():
        if re.match(r"on[a-z]+$", key, re.IGNORECASE):
            fault = f"the handler {key}"
        elif key in ("href", "xlink:href", "src") and not value.startswith("#"):
            fault = f'{key}="{value}"'
        elif not key.startswith(_HARMLESS) and (found := _ELSEWHERE.search(value)):
            fault = found[0]
    if element.name == "style" and (found := _ELSEWHERE.search(element.words)):
        fault = found[0]
    if fault:
        hint = 'A figure is drawn with shapes and text, and refers only to itself: href="#name".'
        yield Fault(element.line, f"a figure may not have {fault}", hint)


def _fixed_color(element: _Element) -> Iterator[Fault]:
    """Yield the first color of an element that is the same on light and dark pages."""
    written = "; ".join(
        f"{key}: {value}"
        for key, value in element.attributes.items()
        if not key.startswith(_HARMLESS)
    )
    for words in (written, _css(element) if element.name == "style" else ""):
        if found := _FIXED.search(words):
            message = f"the color {found[1]} does not change in the dark theme"
            hint = f"Give it a name, with the color behind it: var(--fig-ink, {found[1]})"
            yield Fault(element.line + words.count("\n", 0, found.start()), message, hint)


def _not_drawing(root: _Element) -> Iterator[Fault]:
    """Yield why the first element is not that of a drawing with a size."""
    hint = 'Give <svg> the size of the drawing: viewBox="0 0 480 300".'
    box = root.attributes.get("viewBox")
    if (root.name, root.attributes.get("xmlns")) != ("svg", SVG):
        message = f"not SVG: the file begins with <{root.name}>"
        yield Fault(root.line, message, f'Begin it with <svg xmlns="{SVG}" …>.')
    elif box is None:
        message = "the figure has no viewBox, so it cannot shrink with the page"
        yield Fault(root.line, message, hint)
    elif not _VIEW_BOX.fullmatch(box):
        message = f"the viewBox {box!r} lacks a position or size"
        hint = 'Write four numbers, the last two above 0: viewBox="0 0 480 300".'
        yield Fault(root.line, message, hint)


def _wrong_names(elements: Sequence[_Element]) -> Iterator[Fault]:
    """Yield each name of a part that is given twice, or used but not given."""
    given: dict[str, int] = {}
    for element in elements:
        name = element.attributes.get("id")
        if name is not None and name in given:
            hint = f"It first appears in line {given[name]}."
            yield Fault(element.line, f"the id {name!r} appears twice", hint)
        if name is not None:
            given[name] = element.line
    for element in elements:
        for key, value in element.attributes.items():
            for name in [value[1:]] if key.endswith("href") else _OWN.findall(value):
                if name not in given:
                    hint = f'{guess(name, given)}Write id="{name}" in the element that is meant.'
                    yield Fault(element.line, f"nothing in the figure has the id {name!r}", hint)


def _far_reaching(style: _Element) -> Iterator[Fault]:
    """Yield what in a style reaches the page around the figure, or cannot be read there."""
    css = _css(style)
    if small := next((each for each in _FONT.findall(css) if float(each) < _LEGIBLE), ""):
        message = f"a font of {small}px is too small to read on a phone"
        yield Fault(style.line, message, f"Make it at least {_LEGIBLE}px.")
    for match in _SELECTOR.finditer(css):
        selector = match[1].strip()
        if not selector.startswith((".fig-", "@media")):
            line = style.line + css.count("\n", 0, match.end(1) - len(match[1].lstrip()))
            message = f"the style of {selector!r} would reach beyond the figure"
            hint = "Begin each selector with a class of figures, such as .fig-box."
            yield Fault(line, message, hint)


def _css(style: _Element) -> str:
    """Return a style without its comments, on the same lines."""
    return _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), style.words)


def _unstyled(elements: Sequence[_Element], styled: Sequence[str]) -> Iterator[Fault]:
    """Yield each class without a style, unless the figure has no classes of its own."""
    for element in elements if styled else ():
        for name in element.attributes.get("class", "").split():
            if name not in styled:
                hint = f"{guess(name, styled)}Write its rule in <style>."
                yield Fault(element.line, f"the class {name!r} has no style", hint)


def _moves(element: _Element) -> bool:
    """Tell whether an element may move what it contains or styles, or itself."""
    style = element.words if element.name == "style" else element.attributes.get("style", "")
    return (
        element.name in ("pattern", "symbol", "use", "svg")
        or bool({"dx", "dy", "dominant-baseline", "transform"} & element.attributes.keys())
        or "transform" in style
    )


def _outside(elements: Sequence[_Element]) -> Iterator[Fault]:
    """Yield each text that begins outside the viewBox."""
    box = re.split(r"[\s,]+", elements[0].attributes["viewBox"].strip())
    for element in elements if all(map(_NUMBER.fullmatch, box)) else ():
        spot = x, y = element.attributes.get("x", ""), element.attributes.get("y", "")
        if element.name == "text" and all(map(_NUMBER.fullmatch, spot)):
            left, top, width, height = map(float, box)
            if not 0 <= float(x) - left <= width or not 0 <= float(y) - top <= height:
                message = f"the text at {x}, {y} is outside the viewBox"
                yield Fault(element.line, message, "Move it, or make the viewBox larger.")
