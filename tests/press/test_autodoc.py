"""The API reference: every public name of a package, once, with what its docstring says."""

from __future__ import annotations

import json
import re
import sys
from html import unescape

import pytest

from press import autodoc, packages
from press.checking import check
from press.errors import BookError
from press.site import build_site

PACKAGE = {
    "__init__.py": '''
"""Shapes to draw. See `face.circle`."""
__all__ = ["Shape"]
from .shapes import Shape
''',
    "shapes.py": '''
"""Where shapes are defined."""
from .others import copy


class _Named:
    def name(self):
        """Return the name."""


class Shape(_Named):
    """Something with an area, drawn by `area`.

    Args:
        scale: how large; see `face.circle`.

    Example:
        >>> Shape(scale=2)
    """

    def __init__(self, scale: "int | None" = 1) -> None:
        self.scale = scale

    @property
    def edge(self) -> int:
        """The length of an edge (see https://example.org/edge)."""
        return 1

    def area(self, unit=float) -> float:
        """Measure the area.

        Returns:
            The area in ``unit``.

        Raises:
            ValueError: the scale is
                negative.
        """

    def _hidden(self):
        pass

    surface = area
    copy = copy


def circle(radius: int, *, filled: bool = False):
    """Return a circle of a radius: a `Shape`."""
    return Shape()
''',
    "others.py": '''
"""What is not told by itself."""


def copy(shape):
    """Return the same shape."""
''',
    "face.py": '''
"""Names handed on."""
import math
from .shapes import Shape, circle

round_one = circle
pi = 3.14


def _private():
    pass


def __dir__():
    return ["Shape", "circle", "round_one", "pi", "_private", "math"]
''',
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package that can be imported in this test."""
    folder = tmp_path / "elsewhere" / "tiny"
    folder.mkdir(parents=True)
    for name, source in PACKAGE.items():
        (folder / name).write_text(source.lstrip(), encoding="utf-8")
    monkeypatch.syspath_prepend(folder.parent)
    forget()
    yield folder
    forget()


def forget():
    """Let the package be read anew, as by a new process."""
    packages.version.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "tiny"]:
        del sys.modules[name]


def collect(*names):
    return json.loads(autodoc._packed(names))


def entries(module):
    return {entry["name"]: entry for entry in module["members"]}


def plain(html):
    return unescape(re.sub(r"<[^>]+>", "", html)).strip()


def test_every_public_name_is_told_once(package):
    first, face = collect("tiny", "tiny.face")
    assert list(entries(first)) == ["Shape"]
    assert list(entries(face)) == ["face.circle", "face.pi"]
    assert entries(first)["Shape"]["also"] == ["face.Shape"]
    assert entries(face)["face.circle"]["also"] == ["face.round_one"]
    assert plain(entries(face)["face.pi"]["signature"]) == "= 3.14"


def test_a_property_that_only_reads_an_attribute_is_told_too(package):
    shapes = package / "shapes.py"
    told = 'property(attrgetter("scale.real"), doc="How large it is.")'
    source = shapes.read_text(encoding="utf-8").replace(
        "    @property", f"    size = {told}\n\n    @property"
    )
    shapes.write_text(f"from operator import attrgetter\n{source}", encoding="utf-8")
    members = entries(entries(collect("tiny")[0])["Shape"])
    size = members["Shape.size"]
    assert (size["kind"], plain(size["text"])) == ("property", "How large it is.")
    line = int(size["source"].removeprefix("tiny/shapes.py:"))
    assert shapes.read_text(encoding="utf-8").splitlines()[line - 1].strip() == f"size = {told}"


def test_entry_says_what_the_source_says(package):
    shape = entries(collect("tiny", "tiny.face")[0])["Shape"]
    assert plain(shape["signature"]) == "(scale=1)"
    assert shape["source"] == "tiny/shapes.py:10"
    assert [(name, kind) for name, kind, _ in shape["parameters"]] == [("scale", "int | None")]
    assert plain(shape["example"]) == ">>> Shape(scale=2)"
    assert shape["words"] == "Something with an area, drawn by area."
    assert shape["bases"] == []
    name, edge, area, copy = shape["members"]
    assert (copy["name"], copy["source"]) == ("Shape.copy", "tiny/others.py:4")
    assert (name["name"], plain(name["text"])) == ("Shape.name", "Return the name.")
    assert (edge["name"], edge["kind"], edge["signature"]) == ("Shape.edge", "property", "")
    assert '(see <a href="https://example.org/edge">' in edge["text"]
    assert plain(area["signature"]) == "(unit=float)"
    assert area["also"] == ["Shape.surface"]
    assert plain(area["returns"]) == "The area in unit."
    assert [(name, plain(said)) for name, _, said in area["raises"]] == [
        ("ValueError", "the scale is\nnegative.")
    ]


def test_names_in_a_docstring_lead_to_their_entries(package):
    module, face = collect("tiny", "tiny.face")
    shape = entries(module)["Shape"]
    assert 'href="#face.circle"' in module["text"]
    assert 'href="#Shape.area"' in shape["text"]
    assert 'href="#face.circle"' in shape["parameters"][0][2]
    assert 'href="#Shape"' in entries(face)["face.circle"]["text"]
    assert "href" not in shape["members"][2]["returns"], "``unit`` is code, not a name"


def test_page_stands_in_every_language(package, sample):
    sample.edit("book.toml", "cell_timeout", 'reference = ["tiny", "tiny.face"]\ncell_timeout')
    written = set(build_site(sample.book, sample.texts))
    assert {f"{code}/reference.html" for code in sample.book.languages} <= written
    for code, label in (("en", "Arguments"), ("ko", "인수"), ("ja", "引数")):
        html = (sample.book.html_dir / code / "reference.html").read_text(encoding="utf-8")
        anchors = set(re.findall(r'\sid="([^"]+)"', html))
        assert {"tiny", "Shape", "Shape.area", "face", "face.circle", "face.pi"} <= anchors
        assert f'<p class="label">{label}</p>' in html
        assert '<div lang="en"><p>Something with an area' in html
        index = (sample.book.html_dir / code / "index.html").read_text(encoding="utf-8")
        assert 'href="reference.html"' in index


def test_search_knows_the_names(package, sample):
    sample.edit("book.toml", "cell_timeout", 'reference = ["tiny", "tiny.face"]\ncell_timeout')
    build_site(sample.book, sample.texts)
    script = (sample.book.html_dir / "ko" / "passages.js").read_text(encoding="utf-8")
    chapter = json.loads(script.partition(" = ")[2].removesuffix(";\n"))["chapters"][-1]
    found = {
        passage["anchor"]: passage["title"]
        for section in chapter["sections"][1:]
        for passage in section["passages"]
    }
    assert found["Shape"] == "Shape, face.Shape"
    assert found["Shape.area"] == "Shape.area, Shape.surface"


def test_page_follows_the_package_and_nothing_else(package, sample):
    sample.edit("book.toml", "cell_timeout", 'reference = ["tiny"]\ncell_timeout')
    build_site(sample.book, sample.texts)
    assert build_site(sample.book, sample.texts) == []
    source = package / "shapes.py"
    source.write_text(source.read_text().replace("Measure the area.", "Weigh it."))
    forget()
    written = set(build_site(sample.book, sample.texts))
    assert written == {
        f"{code}/{file}"
        for code in ("en", "ko", "ja")
        for file in ("reference.html", "passages.js")
    }
    html = (sample.book.html_dir / "en" / "reference.html").read_text(encoding="utf-8")
    assert "Weigh it." in html


@pytest.mark.parametrize(
    ("docstring", "message"),
    [
        ("Return<br>.", r"shapes\.py:\d+: raw HTML"),
        ("See {ref}`shapes`.", r"shapes\.py:\d+: a docstring may not use the role \{ref\}"),
        ("Return a *star.", r"shapes\.py:\d+: '\*' marks nothing here"),
    ],
)
def test_docstring_is_the_markdown_of_the_book(package, docstring, message):
    source = package / "shapes.py"
    source.write_text(source.read_text().replace("Measure the area.", docstring))
    with pytest.raises(BookError, match=message):
        collect("tiny")


def test_module_that_is_not_there(package, sample):
    assert autodoc.versions(["tiny"]) != autodoc.versions(["tiny", "tiny.absent"])
    for name in ("tiny.absent", "no_such_package"):
        sample.edit("book.toml", "cell_timeout", f'reference = [\n"tiny",\n"{name}"]\ncell_timeout')
        [error] = check(sample.book, sample.texts, {})
        assert error.place == "chapters/book.toml:5"
        assert error.message.startswith(f"reference: cannot import {name}: ModuleNotFoundError: ")
        sample.edit("book.toml", f'reference = [\n"tiny",\n"{name}"]\n', "")
    sample.edit("book.toml", "cell_timeout", "reference = [1]\ncell_timeout")
    with pytest.raises(BookError, match=r"book\.toml:\d+: reference: found \[1\]"):
        _ = sample.book
