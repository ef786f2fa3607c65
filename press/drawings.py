"""Reads the SVG files of figures: their labels, and what a figure may not have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from press.errors import BookError, guess, not_utf8
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


def read_labels(path: Path) -> list[Label]:
    """Return the labels of a figure, except code.

    Raises:
        BookError: the file is not SVG, or would do more in a page than be looked at.
    """
    reader = _Reader(path)
    try:
        svg = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
        reader.parser.Parse(svg, True)
        ElementTree.fromstring(svg)  # ElementTree checks namespaces too
    except ElementTree.ParseError as error:
        reason = str(error).partition(":")[0]
        raise BookError(f"not valid SVG: {reason}", path=path, line=error.position[0]) from None
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
    except expat.ExpatError as error:
        message = f"not valid SVG: {expat.ErrorString(error.code)}"
        raise BookError(message, path=path, line=error.lineno) from None
    return reader.finish()


def untranslated(
    path: Path, labels: Iterable[Label], languages: Iterable[str]
) -> Iterator[BookError]:
    """Yield an error for each label without a translation in one of `languages`."""
    wanted = list(languages)
    for label in labels:
        absent = [f"data-{language}" for language in wanted if not label.translated(language)]
        if not label.words and len(absent) < len(wanted):
            message = "a label without words, though it is translated"
            yield BookError(message, path=path, line=label.line, hint="Write it in English.")
        copied = [code for code in wanted if label.translated(code) == label.words]
        if copied and re.search(r"\b[a-z]{2}", label.words):  # Python may be Python
            message = f"the label {label.words!r} is not translated in data-{copied[0]}"
            yield BookError(message, path=path, line=label.line)
        if absent and re.search(r"[^\W\d_]{2}", label.words):
            message = f"the label {label.words!r} has no {' and no '.join(absent)}"
            hint = f'Translate it in the figure, or give it class="{_CODE}" if it is code.'
            yield BookError(message, path=path, line=label.line, hint=hint)


class _Reader:
    """Reads a figure element by element; raises BookError for what it may not have."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.labels: list[Label] = []
        self.root: tuple[int, str, Mapping[str, str]] = (0, "", {})
        self.elements: list[str] = []  # those that are open
        self.worded: list[tuple[int, Mapping[str, str], list[str]]] = []  # those of them with words
        self.given: dict[str, int] = {}  # names of parts, with their lines
        self.used: list[tuple[int, str]] = []  # references to them
        self.spots: list[tuple[int, str, str]] = []  # where texts begin, in user units
        self.is_moved = False  # whether something moves what it contains
        self.classes: list[tuple[int, str]] = []  # the classes of elements
        self.styled: list[str] = []  # those that have a style
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = self._data
        self.parser.EndElementHandler = self._end

    def finish(self) -> list[Label]:
        """Return the labels; raise BookError for what only the whole figure shows."""
        line, name, attributes = self.root
        if (name, attributes.get("xmlns")) != ("svg", SVG):
            hint = f'Begin it with <svg xmlns="{SVG}" …>.'
            raise self._error(f"not SVG: the file begins with <{name}>", hint, line)
        if "viewBox" not in attributes:
            message = "the figure has no viewBox, so it cannot shrink with the page"
            hint = 'Give <svg> the size of the drawing: viewBox="0 0 480 300".'
            raise self._error(message, hint, line)
        if not _VIEW_BOX.fullmatch(attributes["viewBox"]):
            message = f"the viewBox {attributes['viewBox']!r} lacks a position or size"
            hint = 'Write four numbers, the last two above 0: viewBox="0 0 480 300".'
            raise self._error(message, hint, line)
        box = re.split(r"[\s,]+", attributes["viewBox"].strip())
        self.is_moved |= any("transform" in part for *_, words in self.worded for part in words)
        if not self.is_moved and all(map(_NUMBER.fullmatch, box)):
            self._check_spots(*map(float, box))
        for line, name in self.classes if self.styled else ():
            if name not in self.styled:
                hint = f"{guess(name, self.styled)}Write its rule in <style>."
                raise self._error(f"the class {name!r} has no style", hint, line)
        for line, name in self.used:
            if name not in self.given:
                hint = guess(name, self.given) + f'Write id="{name}" in the element that is meant.'
                raise self._error(f"nothing in the figure has the id {name!r}", hint, line)
        return self.labels

    def _error(self, message: str, hint: str, line: int = 0) -> BookError:
        line = line or self.parser.CurrentLineNumber
        return BookError(message, path=self.path, line=line, hint=hint)

    def _check_spots(self, left: float, top: float, width: float, height: float) -> None:
        """Check that texts begin in the viewBox."""
        for line, x, y in self.spots:
            if not 0 <= float(x) - left <= width or not 0 <= float(y) - top <= height:
                hint = "Move it, or make the viewBox larger."
                raise self._error(f"the text at {x}, {y} is outside the viewBox", hint, line)

    def _doctype(self, *_: object) -> None:
        raise self._error("a figure may not have a <!DOCTYPE>", "Remove it: SVG does not need one.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        self._refuse(name, attributes)
        self._note_names(attributes)
        if not self.elements:
            self.root = (line, name, attributes)
        self.elements.append(name)
        if name in (*_WORDED, "style"):
            self.worded.append((line, attributes, []))
        is_inner = name in ("pattern", "symbol", "use") or (
            name == "svg" and len(self.elements) > 1
        )
        self.is_moved |= is_inner or bool({"dx", "dy", "dominant-baseline"} & attributes.keys())
        self.is_moved |= "transform" in attributes or "transform" in attributes.get("style", "")
        spot = attributes.get("x", ""), attributes.get("y", "")
        if name == "text" and all(map(_NUMBER.fullmatch, spot)):
            self.spots.append((line, *spot))

    def _data(self, words: str) -> None:
        if self.elements and self.elements[-1] in (*_WORDED, "style"):
            self.worded[-1][2].append(words)

    def _end(self, name: str) -> None:
        self.elements.pop()
        if name not in (*_WORDED, "style"):
            return
        line, attributes, parts = self.worded.pop()
        if name == "style":
            self._check_style(line, "".join(parts))
        elif _CODE not in attributes.get("class", ""):
            self.labels.append(Label(line, "".join(parts).strip(), attributes))

    def _refuse(self, name: str, attributes: Mapping[str, str], line: int = 0) -> None:
        """Refuse anything that would run in the page or fetch something from elsewhere."""
        fault = f"<{name}>" if name.rpartition(":")[2] in _ACTIVE else ""
        for key, value in attributes.items():
            if re.match(r"on[a-z]+$", key, re.IGNORECASE):
                fault = f"the handler {key}"
            elif key in ("href", "xlink:href", "src") and not value.startswith("#"):
                fault = f'{key}="{value}"'
            elif not key.startswith(_HARMLESS) and (found := _ELSEWHERE.search(value)):
                fault = found[0]
        if fault:
            hint = (
                'A figure is drawn with shapes and text, and refers only to itself: href="#name".'
            )
            raise self._error(f"a figure may not have {fault}", hint, line)

    def _note_names(self, attributes: Mapping[str, str]) -> None:
        classes = attributes.get("class", "").split()
        self.classes += [(self.parser.CurrentLineNumber, each) for each in classes]
        name = attributes.get("id")
        if name is not None and name in self.given:
            hint = f"It first appears in line {self.given[name]}."
            raise self._error(f"the id {name!r} appears twice", hint)
        if name is not None:
            self.given[name] = self.parser.CurrentLineNumber
        for key, value in attributes.items():
            found = [value[1:]] if key.endswith("href") else _OWN.findall(value)
            self.used += [(self.parser.CurrentLineNumber, each) for each in found]

    def _check_style(self, line: int, css: str) -> None:
        """Check a style, begun in a line: it may not fetch anything, nor reach the page."""
        self._refuse("style", {"": css}, line)
        plain = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), css)
        self.styled += _CLASS.findall(plain)
        if small := next((each for each in _FONT.findall(plain) if float(each) < _LEGIBLE), ""):
            message = f"a font of {small}px is too small to read on a phone"
            raise self._error(message, f"Make it at least {_LEGIBLE}px.", line)
        for match in _SELECTOR.finditer(plain):
            selector = match[1].strip()
            if not selector.startswith((".fig-", "@media")):
                line += plain.count("\n", 0, match.end(1) - len(match[1].lstrip()))
                message = f"the style of {selector!r} would reach beyond the figure"
                hint = "Begin each selector with a class of figures, such as .fig-box."
                raise self._error(message, hint, line)
