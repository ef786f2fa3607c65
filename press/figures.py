"""Figures: one SVG for all languages, put into a page with its labels and unique names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from press.errors import BookError, guess, not_utf8

SVG = "http://www.w3.org/2000/svg"
_WORDED = ("text", "tspan", "title", "desc")
_CODE = "fig-code"  # the class of labels that are code, the same in every language
_ACTIVE = ("script", "foreignObject", "iframe", "object", "embed", "audio", "video")
_ACTIVE += ("set", "animate", "animateMotion", "animateTransform")  # may turn a link into a script
_ELSEWHERE = re.compile(r"@import|url\(\s*[\"']?\s*(?!#)[^\s\"')]+|image-set|\\")
_SELECTOR = re.compile(r"([^{};,]+)(?=[^{};]*\{)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_VIEW_BOX = re.compile(r"\s*(?:-?[\d.]+[\s,]+){2}0*[1-9.][\d.]*[\s,]+0*[1-9.][\d.]*\s*")
_HARMLESS = ("xmlns", "data-", "aria-")  # prefixes of attributes that contain only words
_OWN = re.compile(r"url\(\s*[\"']?#([^\s\"')]+)")
_NAME = re.compile(r"""(\bid=["']|url\(#|href=["']#)""")

ElementTree.register_namespace("", SVG)


def inline(svg: str, prefix: str, *, language: str, alt: str) -> str:
    """Return an SVG as an element of a page in `language`, described by `alt`.

    Its labels are replaced by their translations (`data-ko`, `data-ja`), its names get `prefix`,
    so that two figures on a page do not clash, and it becomes an image with a title and a
    description for screen readers.
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        translated = element.get(f"data-{language}")
        if translated is not None:
            element.text = translated
        for name in [name for name in element.attrib if name.startswith("data-")]:
            del element.attrib[name]
    _describe(root, prefix, alt)
    return unique_names(ElementTree.tostring(root, encoding="unicode"), f"{prefix}-").strip()


def unique_names(svg: str, prefix: str) -> str:
    """Return an SVG whose ids, and the references to them, begin with `prefix`."""
    return _NAME.sub(lambda match: match[1] + prefix, svg)


def plot(svg: str, prefix: str) -> str:
    """Return a plot as an element of a page: its names get `prefix`, its style stays inside."""
    svg = svg[svg.index("<svg") :].replace('<style type="text/css">*', "<style>.plot *")
    return unique_names(svg, prefix)


def missing_words(path: Path, languages: Iterable[str]) -> list[BookError]:
    """Return an error for every label of a figure without a translation in one of `languages`."""
    wanted = [f"data-{language}" for language in languages]
    errors = []
    for line, attributes, words in labels(path):
        absent = [name for name in wanted if not attributes.get(name, "").strip()]
        if not words and len(absent) < len(wanted):
            message = "a label without words, though it is translated"
            errors.append(BookError(message, path=path, line=line, hint="Write it in English."))
        if absent and re.search(r"[^\W\d_]{2}", words):
            message = f"the label {words!r} has no {' and no '.join(absent)}"
            hint = f'Translate it in the figure, or give it class="{_CODE}" if it is code.'
            errors.append(BookError(message, path=path, line=line, hint=hint))
    return errors


def _describe(root: ElementTree.Element, prefix: str, alt: str) -> None:
    title, desc = root.find(f"{{{SVG}}}title"), root.find(f"{{{SVG}}}desc")
    if title is None:
        title = ElementTree.Element(f"{{{SVG}}}title")
        title.text = alt
        root.insert(0, title)
    elif desc is None:
        desc = ElementTree.Element(f"{{{SVG}}}desc")
        root.insert(1, desc)
    if desc is not None:
        desc.text = alt
        desc.set("id", "desc")
        root.set("aria-describedby", f"{prefix}-desc")
    title.set("id", "title")
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}-title")


def _refuse(path: Path, line: int, name: str, attributes: Mapping[str, str]) -> None:
    """Raise BookError for anything that would run in the page or fetch something from elsewhere."""
    fault = f"<{name}>" if name.rpartition(":")[2] in _ACTIVE else ""
    for key, value in attributes.items():
        if re.match(r"on[a-z]+$", key, re.IGNORECASE):
            fault = f"the handler {key}"
        elif key in ("href", "xlink:href", "src") and not value.startswith("#"):
            fault = f'{key}="{value}"'
        elif not key.startswith(_HARMLESS) and (found := _ELSEWHERE.search(value)):
            fault = found[0]
    if fault:
        hint = 'A figure is drawn with shapes and text, and refers only to itself: href="#name".'
        raise BookError(f"a figure may not have {fault}", path=path, line=line, hint=hint)


def _check_style(path: Path, line: int, css: str) -> None:
    """Raise BookError for a style, begun in a line, that fetches something or reaches the page."""
    _refuse(path, line, "style", {"": css})
    plain = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), css)
    for match in _SELECTOR.finditer(plain):
        if not match[1].lstrip().startswith((".fig-", "@media")):
            line += plain.count("\n", 0, match.end(1) - len(match[1].lstrip()))
            message = f"the style of {match[1].strip()!r} would reach beyond the figure"
            hint = "Begin each selector with a class of figures, such as .fig-box."
            raise BookError(message, path=path, line=line, hint=hint)


def labels(path: Path) -> Iterator[tuple[int, dict[str, str], str]]:
    """Yield the line, attributes and words of every label of a figure."""
    open_labels: list[tuple[int, dict[str, str], list[str]]] = []
    found: list[tuple[int, dict[str, str], str]] = []
    names: list[str] = []
    roots: list[tuple[int, str, dict[str, str]]] = []
    own = _Names(path)
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        hint = "Remove it: SVG does not need one."
        line = parser.CurrentLineNumber
        raise BookError("a figure may not have a <!DOCTYPE>", path=path, line=line, hint=hint)

    def start(name: str, attributes: dict[str, str]) -> None:
        _refuse(path, parser.CurrentLineNumber, name, attributes)
        own.add(parser.CurrentLineNumber, attributes)
        if not names:
            roots.append((parser.CurrentLineNumber, name, attributes))
        names.append(name)
        if name in (*_WORDED, "style"):
            open_labels.append((parser.CurrentLineNumber, attributes, []))

    def end(name: str) -> None:
        names.pop()
        if name == "style":
            line, _, words = open_labels.pop()
            _check_style(path, line, "".join(words))
        elif name in _WORDED:
            line, attributes, words = open_labels.pop()
            if _CODE not in attributes.get("class", ""):
                found.append((line, attributes, "".join(words).strip()))

    def data(words: str) -> None:
        if names and names[-1] in (*_WORDED, "style"):
            open_labels[-1][2].append(words)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = data, doctype
    try:
        svg = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
        parser.Parse(svg, True)
        ElementTree.fromstring(svg)  # ElementTree checks namespaces too
    except ElementTree.ParseError as error:
        reason = str(error).partition(":")[0]
        raise BookError(f"not valid SVG: {reason}", path=path, line=error.position[0]) from None
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from None
    except expat.ExpatError as error:
        message = f"not valid SVG: {expat.ErrorString(error.code)}"
        raise BookError(message, path=path, line=error.lineno) from None
    ((line, name, attributes),) = roots
    if (name, attributes.get("xmlns")) != ("svg", SVG):
        message = f"not SVG: the file begins with <{name}>"
        hint = f'Begin it with <svg xmlns="{SVG}" …>.'
        raise BookError(message, path=path, line=line, hint=hint)
    if "viewBox" not in attributes:
        message = "the figure has no viewBox, so it cannot shrink with the page"
        hint = 'Give <svg> the size of the drawing: viewBox="0 0 480 300".'
        raise BookError(message, path=path, line=line, hint=hint)
    if not _VIEW_BOX.fullmatch(attributes["viewBox"]):
        message = f"the viewBox {attributes['viewBox']!r} lacks a position or size"
        hint = 'Write four numbers, the last two above 0: viewBox="0 0 480 300".'
        raise BookError(message, path=path, line=line, hint=hint)
    own.check()
    yield from found


class _Names:
    """The names that a figure gives to its parts, and its references to them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.given: dict[str, int] = {}
        self.used: list[tuple[int, str]] = []

    def add(self, line: int, attributes: Mapping[str, str]) -> None:
        """Add an element; raise BookError for a duplicate name."""
        name = attributes.get("id")
        if name is not None and name in self.given:
            message = f"the id {name!r} appears twice"
            hint = f"It first appears in line {self.given[name]}."
            raise BookError(message, path=self.path, line=line, hint=hint)
        if name is not None:
            self.given[name] = line
        for key, value in attributes.items():
            found = [value[1:]] if key.endswith("href") else _OWN.findall(value)
            self.used += [(line, each) for each in found]

    def check(self) -> None:
        """Raise BookError for a reference to a name that the figure does not have."""
        for line, name in self.used:
            if name not in self.given:
                hint = guess(name, self.given) + f'Write id="{name}" in the element that is meant.'
                message = f"nothing in the figure has the id {name!r}"
                raise BookError(message, path=self.path, line=line, hint=hint)
