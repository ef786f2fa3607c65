"""What a chapter is offered as: a notebook that needs no other file, its Markdown, a program."""

from __future__ import annotations

import base64
import json
import re

import jupytext
import nbformat
import pytest

from press.downloads import WRITERS
from press.pairing import as_built, pair
from press.site import build_site


@pytest.fixture
def downloads(built):
    """The files of a built book beside its pages, by language and suffix."""
    return {
        (language, suffix): (built.book.html_dir / language / f"sums{suffix}").read_text("utf-8")
        for language in ("en", "ko", "ja")
        for suffix in (".ipynb", ".md", ".py")
    }


def test_notebook_is_plain_whole_and_has_its_outputs(downloads):
    for language, title, alt in (
        ("en", "# Sums", "A box adds one and two."),
        ("ko", "# 합", "상자가 1과 2를 더합니다."),
        ("ja", "# 和", "箱が1と2を足します。"),
    ):
        notebook = nbformat.reads(downloads[language, ".ipynb"], as_version=4)
        nbformat.validate(notebook)
        source = "\n".join(cell.source for cell in notebook.cells)
        assert source.startswith(title)
        assert not re.search(r"\{(ref|numref|eq|term|figure)\}|^\(.*\)=$", source, re.MULTILINE)
        (data,) = re.findall(
            r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)">', source
        )
        assert base64.b64decode(data[0]).startswith(b"<svg ") and data[1] == alt
        outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
        assert outputs[0][0].data["text/plain"] == "np.int64(6)"


def test_outputs_are_not_split_into_lines(downloads):
    """JupyterLite would show them with commas between."""
    notebook = json.loads(downloads["en", ".ipynb"])
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    shown = [text for output in outputs for text in output.get("data", output).values()]
    assert shown and not [text for text in shown if isinstance(text, list)]


def test_markdown_is_the_source(downloads, built):
    for language in ("en", "ko", "ja"):
        source = built.path(f"{language}/sums.md").read_text("utf-8")
        assert downloads[language, ".md"] == source


def test_script_is_the_program_with_prose_as_comments(downloads, built):
    for language in ("en", "ko", "ja"):
        script = downloads[language, ".py"]
        compile(script, "sums.py", "exec")
        assert script.startswith("# %% [markdown]\n# # ")
        assert "base64" not in script and "jupytext" not in script
        cells = jupytext.reads(script, fmt="py:percent").cells
        theirs = [cell.source for cell in cells if cell.cell_type == "code"]
        ours = [c.source for c in built.text(language).notebook.cells if c.cell_type == "code"]
        assert theirs == ours
    namespace: dict[str, object] = {}
    exec(downloads["en", ".py"], namespace)
    assert namespace["numbers"].sum() == 6


def test_downloads_are_the_same_bytes_each_time(built, downloads):
    for text in built.texts.values():
        pair(built.book, text)
    texts = {key: as_built(built.book, text) for key, text in built.texts.items()}
    before = built.site()
    assert len(build_site(built.book, texts, force=True)) == len(before)
    assert built.site() == before


def test_download_is_made_once_also_for_the_script_that_carries_it(sample, monkeypatch):
    made = []

    def write(reading, page):
        made.append(reading.text.name)
        return "1 + 2"

    monkeypatch.setitem(WRITERS, ".py", write)
    build_site(sample.book, sample.texts)
    assert sorted(made) == ["en/sums", "ja/sums", "ko/sums"]
    assert '"sums.py": "1 + 2"' in (sample.book.html_dir / "ko" / "sums.files.js").read_text()


def test_page_links_to_its_downloads(built):
    for language, words in (
        ("en", ["Notebook", "Markdown", "Python"]),
        ("ko", ["노트북", "마크다운", "파이썬"]),
        ("ja", ["ノートブック", "Markdown", "Python"]),
    ):
        html = built.site()[f"{language}/sums.html"].decode()
        links = re.findall(r'<a href="sums(\.\w+)" download>([^<]+)</a>', html)
        assert links == list(zip([".ipynb", ".md", ".py"], words, strict=True))
