"""The outputs of cells: as HTML for the pages, as text to compare, and which of them are valid."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

from nbformat import NotebookNode
from nbformat.validator import isvalid

from press import figures

RICH = {"text/html", "image/svg+xml", "image/png"}  # what pages show instead of text
VERDICTS = {"✓": "passed", "✗": "failed", " ": "detail"}  # how lines in a check's report begin
_REPORT = re.compile(rf"^([{''.join(VERDICTS)}]) .*\n", re.MULTILINE)
# What a line replaces after a carriage return, and what is for terminals: colors, links and others
_UNSHOWN = re.compile(
    r"^.*\r(?!$)|\x1b(\[[0-?]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\))|[\x00-\x08\x0b-\x1f\x7f]",
    re.MULTILINE,
)
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")


def valid(cell: Any) -> list[Any]:
    """Return those outputs of a cell that are in the format of notebooks and can be saved."""
    kept = cell.get("outputs")
    return [
        output
        for output in (kept if isinstance(kept, list) else [])
        if isinstance(output, dict)
        and isvalid(output, ref="output", version=4, version_minor=5)  # as nbformat itself asks
    ]


def printed(cell: NotebookNode) -> str:
    """Return what a cell shows as text: streams, values, and the types of other outputs."""
    lines = []
    for output in cell.outputs:
        if output.output_type == "stream":
            content = output.text
        else:
            data = output.data
            content = data.get("text/plain", "")
            kinds = sorted(kind for kind in data if kind != "text/plain")
            content += "".join(f"\n[{kind}]" for kind in kinds)
        lines.append(_ADDRESS.sub("0x…", content).rstrip("\n"))
    return "".join(f"{line}\n" for line in lines)


def report(html: str) -> str:
    """Return the outputs of a check with a class for each line of its report."""
    return _REPORT.sub(lambda line: f'<span class="{VERDICTS[line[1]]}">{line[0]}</span>', html)


def outputs(found: Iterable[Any], prefix: str) -> str:
    """Return the outputs of a cell as HTML; `prefix` keeps the names in their pictures unique."""
    parts: list[tuple[str, str]] = []
    for position, output in enumerate(found):
        kind, shown = _output(output, f"{prefix}-output-{position}-")
        if kind in ("stdout", "stderr") and parts and parts[-1][0] == kind:
            shown = parts.pop()[1] + shown  # a stream arrives in pieces
        parts.append((kind, shown))
    return "".join(_shown(kind, content) for kind, content in parts)


def _output(output: Any, prefix: str) -> tuple[str, str]:
    """Return the kind of an output and its content as HTML."""
    if output["output_type"] == "stream":
        return output["name"], escape(_plain(output["text"]), quote=False)
    if output["output_type"] == "error":
        lines = output["traceback"] or [f"{output['ename']}: {output['evalue']}"]
        return "error", escape(_plain("\n".join(lines)), quote=False)
    data = output["data"]
    if "text/html" in data:
        return "html", figures.unique_names("".join(data["text/html"]), prefix)
    if "image/svg+xml" in data:
        return "plot", figures.plot("".join(data["image/svg+xml"]), prefix)
    if "image/png" in data:
        alt = escape("".join(data.get("text/plain", "")))
        png = "".join(data["image/png"]).replace("\n", "")
        return "plot", f'<img src="data:image/png;base64,{png}" alt="{alt}">'
    value = _UNSHOWN.sub("", "".join(data.get("text/plain", "")))
    return "value", escape(value, quote=False)


def _shown(kind: str, content: str) -> str:
    if kind in ("html", "plot"):
        return f'<div class="output {kind}">{content}</div>'
    return f'<pre class="output {kind}">{content}</pre>'


def _plain(text: str | list[str]) -> str:
    return _UNSHOWN.sub("", "".join(text)).rstrip("\n") + "\n"
