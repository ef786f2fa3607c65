"""nbconvert makes a chapter's page from its notebook: `jupyter nbconvert --to book`."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbconvert.exporters import get_exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat.v4 import new_output


@pytest.fixture
def notebook(sample):
    """The Korean notebook of the sample book, with an output."""
    content = nbformat.from_dict(sample.text("ko").notebook)
    code = next(cell for cell in content.cells if cell.cell_type == "code")
    code.outputs = [new_output("stream", name="stdout", text="6\n")]
    path = sample.book.notebook_path("ko", "sums")
    path.parent.mkdir(parents=True)
    nbformat.write(content, path)
    return path


def test_page_stands_alone(notebook):
    html, resources = get_exporter("book")().from_filename(str(notebook))
    assert resources["output_extension"] == ".html"
    assert '<html lang="ko"' in html and "<title>합 · 견본</title>" in html
    assert '<pre class="output stdout">6\n</pre>' in html
    assert "<script" not in html and "<link" not in html and "url(fonts/" not in html
    links = re.findall(r'href="([^"]*)"', html)
    assert links and all(link.startswith(("#", "https://")) for link in links)
    anchors = re.findall(r' id="([^"]*)"', html)
    assert all(link[1:] in anchors for link in links if link.startswith("#"))
    assert "층</span>" in html, "a link to the glossary becomes a word"


def test_notebook_that_is_not_as_its_text_is_refused(notebook, sample):
    sample.edit("ko/sums.md", "합은 수를 더한", "합은 여러 수를 더한")
    with pytest.raises(ConversionException, match=r"ko/sums\.md: the notebook does not match"):
        get_exporter("book")().from_filename(str(notebook))


def test_notebook_of_no_chapter_is_refused(notebook):
    other = notebook.with_name("other.ipynb")
    notebook.rename(other)
    with pytest.raises(ConversionException, match="not the notebook of a chapter"):
        get_exporter("book")().from_filename(str(other))
