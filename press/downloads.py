"""A chapter as a file to download: a notebook, Markdown, or a Python script."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from html import escape

import nbformat

from press.plain import plain
from press.readings import Reading
from press.rendering import Page


def notebook(reading: Reading, page: Page) -> str:
    """Return a text as a self-contained notebook, with the outputs of its cells."""
    made = nbformat.v4.new_notebook(
        metadata=reading.text.notebook.metadata,
        cells=plain(reading, page, _embedded).cells,
        nbformat_minor=5,
    )
    # JupyterLite puts commas between the lines of outputs that are split, as nbformat writes them
    return nbformat.v4.writes(made, split_lines=False) + "\n"


def markdown(reading: Reading, page: Page) -> str:
    """Return the Markdown of a text unchanged."""
    return reading.text.source


def script(reading: Reading, page: Page) -> str:
    """Return a text as a program, with its prose as comments between lines `# %%`."""
    import jupytext

    made = nbformat.v4.new_notebook(
        metadata={"jupytext": {"notebook_metadata_filter": "-all", "cell_metadata_filter": "-all"}},
        cells=plain(reading, page, lambda name, svg, alt: f"[{alt}]").cells,
    )
    return jupytext.writes(made, fmt="py:percent")


def carried(files: Mapping[str, str]) -> str:
    """Return the downloads in a script: a page opened from a file cannot read anything else."""
    return f"self.bookFiles = {json.dumps(files, ensure_ascii=False)};\n"


WRITERS: Mapping[str, Callable[[Reading, Page], str]] = {  # by the suffix of what they write
    ".ipynb": notebook,
    ".md": markdown,
    ".py": script,
}
CARRIED = ".files.js"


def _embedded(name: str, svg: str, alt: str) -> str:
    """Return a picture inside the cell, as HTML: Jupyter does not show attached SVGs."""
    data = base64.b64encode(svg.encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(alt)}">'
