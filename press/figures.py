"""Figures: one SVG for all languages, put into a page with its labels and unique names."""

from __future__ import annotations

import re
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
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
