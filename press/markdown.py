"""The book's Markdown: a small subset of MyST, parsed into tokens with their lines in the file.

Anything outside the subset is an error with file and line, so that nothing an author writes is
dropped or shown as raw text. The cases in tests/press/markdown.toml are the specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, text_join
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from press.errors import BookError, guess, raise_all
from press.paths import shown
from press.stray_markup import beginnings, marks, misleading
from press.tags import part
from press.texts import Text
from press.tokens import first_line, lines_of

ROLES = ("ref", "numref", "eq", "term", "cite")
NOTES = ("note", "tip", "warning")
DIRECTIVES: Mapping[str, Sequence[str]] = {  # with their options
    **dict.fromkeys(("hint", "solution", *NOTES), ()),
    "figure": ("alt", "name", "width"),
}
LABEL = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
WIDTH = re.compile(r"\d+(\.\d+)?(%|px|em|rem)")

_DIRECTIVE = re.compile(r"\{([^}]*)\}\s*(.*)")
_OPTION = re.compile(r":([\w-]+):(?:\s+(.*))?")
_TARGETED = re.compile(r"(.+?)\s*<([^<>]+)>", re.DOTALL)
_AT_MARGIN = {
    "colon_fence": ("a directive", ":::"),
    "myst_line_comment": ("a comment", "%"),
    "myst_target": ("a label", "("),
}
_PARAGRAPH = ["paragraph_open", "inline", "paragraph_close"]
_HOLLOW = ("heading", "note", "hint", "solution", "list_item", "blockquote", "footnote_reference")
_NO_HTML = "Write it in Markdown, a comment as % …; put code such as `<b>` in backticks."
_REFUSED = {
    "html_block": ("raw HTML", _NO_HTML),
    "html_inline": ("raw HTML", _NO_HTML),
    "image": ("an image outside a figure", "Use the figure directive, which numbers and names it."),
    "hr": ("a horizontal rule", "Start a section with a heading instead."),
    "code_block": ("indented code", "Fence the listing, and start the fence at the left margin."),
    "hardbreak": (
        "a line break",
        "Remove the spaces or the backslash at the end of the line before, or start a paragraph.",
    ),
}


@cache
def parser() -> MarkdownIt:
    """Return the parser of the subset; it has block and inline rules, `parse` does the rest."""
    # html is on, so that raw HTML is recognized and rejected instead of being shown as text
    md = MarkdownIt("commonmark", {"html": True, "typographer": True})
    md.enable(["table", "smartquotes"]).disable("lheading")  # one way to write a heading
    as_they_are = {"allow_space": False, "allow_digits": False, "allow_blank_lines": False}
    md.use(dollarmath_plugin, label_normalizer=str, **as_they_are)
    md.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    md.use(colon_fence_plugin).use(myst_block_plugin).use(myst_role_plugin)
    # normalize and block run before, cell by cell; text_join after the search for stray markup
    md.core.ruler.disable(["normalize", "block", "text_join"])
    return md


def parse(text: Text) -> list[Token]:
    """Return the tokens of a whole chapter; raise BookError for anything outside the subset.

    All cells are read as one document: a footnote defined in one cell holds in all. Each
    block token's `map` counts from 0 in the file of the text, and `meta["cell"]` is its cell. A
    code cell is one token of type `code_cell`. Labels are in `meta["label"]` of the token that
    opens what they name; roles carry `meta["text"]` and `meta["targets"]`, of which only a
    citation may have several.
    """
    reader = _Reader(text.path)
    for index, (cell, line) in enumerate(zip(text.notebook.cells, text.lines, strict=True)):
        if cell.cell_type == "code":
            place, meta = [line - 1, line - 1], {"variant": part(cell)}
            token = Token("code_cell", "", 0, content=cell.source, map=place, meta=meta)
            reader.add([token], index)
        elif cell.cell_type == "markdown":
            reader.add(reader.blocks(cell.source, line - 1), index)
        else:
            reader.refuse(line, f"a {cell.cell_type} cell", "Use Markdown and code cells only.")
    return reader.finish()


def parse_part(source: str, path: Path, line: int) -> list[Token]:
    """Return the tokens of Markdown at a line of another file, such as a docstring."""
    reader = _Reader(path)
    reader.add(reader.blocks(source, line - 1), 0)
    return reader.finish()


@dataclass
class _Reader:
    """Collects the tokens of a text and their errors, in the order of the file."""

    path: Path
    tokens: list[Token] = field(default_factory=list)
    problems: dict[tuple[int, str], BookError] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)  # the lines of the footnotes, by name
    labels: dict[str, int] = field(default_factory=dict)  # the first line of each label
    twice: list[tuple[int, str]] = field(default_factory=list)  # labels that appear again
    lost: float = inf  # the line of the first fence that is not closed

    def add(self, tokens: Iterable[Token], cell: int) -> None:
        """Append the tokens of one cell."""
        for token in tokens:
            token.meta["cell"] = cell
            self.tokens.append(token)

    def problem(self, line: int, message: str, hint: str = "") -> None:
        """Note an error at a line, counted from 1, once."""
        error = BookError(message, path=self.path, line=line, hint=hint)
        self.problems.setdefault((line, message), error)

    def refuse(self, line: int, what: str, hint: str) -> None:
        """Note something that is not in the subset."""
        self.problem(line, f"{what} is not part of the book's Markdown", hint)

    def blocks(self, source: str, offset: int) -> list[Token]:
        """Return the block tokens of `source`, whose first line is line `offset` of the file."""
        raw: list[Token] = []
        parser().block.parse(source, parser(), self.env, raw)
        for link in self.env.pop("references", {}).values():
            hint = "Write a link as [words](https://…)."
            self.refuse(link["map"][0] + offset + 1, "a link defined apart from its text", hint)
        lines = source.splitlines()
        for fault in misleading(raw, lines):
            self.problem(fault.place + offset, fault.message, fault.hint)
        kept: list[Token] = []
        for token in raw:
            line = first_line(token) + offset
            if token.type in ("fence", "colon_fence") and not _is_closed(token, lines):
                self._unclosed(token, line)
                continue
            self._check_beginning(token, line, lines)
            if token.map:
                token.map = [token.map[0] + offset, token.map[1] + offset]
            kept.append(token)
        return list(self._directives(kept))

    def _check_beginning(self, token: Token, line: int, lines: list[str]) -> None:
        """Note what is wrong with the first line of a block, and where a footnote begins."""
        if token.type == "fence" and token.markup.startswith("~"):
            self.refuse(line, "a fence of ~", "Write it with ```.")
        if what := _misplaced(token, lines):
            hint = "Start it there, outside lists, quotes and footnotes."
            self.problem(line, f"{what} away from the left margin", hint)
        if token.type == "footnote_reference_open":
            name = token.meta["label"]
            if name in self.notes:
                hint = f"The first one is in line {self.notes[name]}."
                self.problem(line, f"a second footnote [^{name}]", hint)
            self.notes.setdefault(name, line)
        if token.type == "code_block" and re.match(r"`{3}|:{3}", token.content.lstrip()):
            self.lost = min(self.lost, line)  # its end will look like a beginning

    def _unclosed(self, fence: Token, line: int) -> None:
        """Note a fence without an end, which may cause the errors after it."""
        self.lost = min(self.lost, line)
        if fence.type == "colon_fence" and not fence.info.strip():
            hint = "Remove the line, or begin what it ends: :::{note}."
            self.problem(line, f"{fence.markup} ends nothing: no block has begun", hint)
        else:
            hint = f"End it with a line {fence.markup} before a code cell or another fence begins."
            if fence.type == "colon_fence":
                hint += f" Around another fence, write {fence.markup}:."
            self.problem(line, "the fence is not closed", hint)

    def _directives(self, tokens: Iterable[Token]) -> Iterator[Token]:
        """Replace each fence with a directive by the tokens that the directive stands for."""
        for token in tokens:
            info = token.info.strip()
            if token.type == "colon_fence" and not info.startswith("{"):
                hint = f"Write {', '.join(f':::{{{name}}}' for name in sorted(DIRECTIVES))}."
                self.refuse(first_line(token), f"a fence of colons with {info!r}", hint)
            elif token.type in ("fence", "colon_fence") and info.startswith("{"):
                yield from self._directive(token, info)
            else:
                yield token

    def _directive(self, token: Token, info: str) -> list[Token]:
        line = first_line(token)
        match = _DIRECTIVE.fullmatch(info)
        name, argument = match.groups() if match else (info, "")
        if name == "code-cell":
            self.refuse(line, "a code cell in another block", "Start its fence at the left margin.")
            return []
        if name not in DIRECTIVES:
            known = (*DIRECTIVES, "code-cell")
            self.refuse(line, f"the directive {{{name}}}", _choices(name, known))
            return []
        options, body, skipped = self._options(token, name)
        inner = self.blocks(body, line + skipped)
        if name == "figure":
            return self._figure(token, argument, options, inner)
        if argument:
            hint = "Start its text on the next line."
            self.problem(line, f"{{{name}}} takes no title, found {argument!r}", hint)
        kind, meta = ("note", {"variant": name}) if name in NOTES else (name, {})
        opening = Token(f"{kind}_open", "div", 1, map=token.map, meta=meta)
        return [opening, *inner, Token(f"{kind}_close", "div", -1)]

    def _options(self, token: Token, name: str) -> tuple[dict[str, str], str, int]:
        """Split a directive's content into its options and its body."""
        lines = token.content.splitlines()
        options: dict[str, str] = {}
        last = max((n for n, text in enumerate(lines) if _option(text, name)), default=-1)
        for count, text in enumerate(lines):
            line = first_line(token) + 1 + count
            match = _OPTION.fullmatch(text.strip())
            if not match and count > last:
                return options, "\n".join(lines[count:]), count
            if not match:
                hint = "Write options first, one per line, such as :name: fig-blocks."
                self.problem(line, f"not an option of {{{name}}}: {text.strip()!r}", hint)
                continue
            key, value = match[1], (match[2] or "").strip()
            if key not in DIRECTIVES[name]:
                known = ", ".join(f":{key}:" for key in DIRECTIVES[name]) or "no options"
                self.problem(line, f"{{{name}}} has no option :{key}:", f"It takes {known}.")
            elif key in options:
                self.problem(line, f":{key}: appears twice", "Keep one of them.")
            options[key] = value
        return options, "", len(lines)

    def _figure(
        self, token: Token, path: str, options: dict[str, str], caption: list[Token]
    ) -> list[Token]:
        line = first_line(token)
        alt, width = options.get("alt", ""), options.get("width", "")
        self._check_picture(line, path)
        if not alt:
            hint = "Describe what the picture shows, in the language of the page: :alt: …"
            self.problem(line, "the figure has no description", hint)
        elif _is_cut(token.content):
            hint = "Write it on one line or end it with a period, and leave an empty line."
            self.problem(line, "the description of a figure ends in the middle of a sentence", hint)
        if caption and [token.type for token in caption] != _PARAGRAPH:
            message = "the caption of a figure must be one paragraph"
            self.problem(line, message, "Move the rest below the figure.")
        if width and not WIDTH.fullmatch(width):
            message = f"invalid width {width!r} of a figure"
            self.problem(line, message, "Write a percentage, such as :width: 60%.")
        stated = [text.strip().startswith(":alt:") for text in token.content.splitlines()]
        alt_line = line + 1 + stated.index(True) if True in stated else line
        meta = {"path": path, "alt": alt, "alt_line": alt_line, "width": width}
        if "name" in options:
            meta["label"] = options["name"]
        opening = Token("figure_open", "figure", 1, map=token.map, meta=meta)
        return [opening, *caption, Token("figure_close", "figure", -1)]

    def _check_picture(self, line: int, path: str) -> None:
        """Note what is wrong with the file of a figure, if it is not an SVG among the others."""
        file = self.path.parent / path
        names = [each.name for each in file.parent.glob("*") if each.is_file()]
        if not re.fullmatch(r"\.\./figures/[^/]+", path):
            message = f"a figure must be in chapters/figures, found {path or 'no path'}"
            self.problem(line, message, "Write ```{figure} ../figures/NAME.svg")
        elif file.name not in names:  # some systems ignore the case of file names
            hint = f"{guess(file.name, names)}Expected the file {shown(file.resolve())}."
            self.problem(line, f"the figure {path} does not exist", hint)
        elif file.suffix != ".svg":
            self.problem(line, f"the figure {path} is not an SVG file", "Draw it as SVG.")

    def finish(self) -> list[Token]:
        """Run the inline rules over everything, check it, and return it or raise the errors."""
        state = StateCore("", parser(), self.env, list(self._labelled()))
        parser().core.process(state)
        for token, following in pairwise([*state.tokens, Token("end", "", 0)]):
            self._check_block(token)
            self._check_words(token, following)
            for line, child in lines_of(token):
                self._check_inline(line, child)
        for line, label in self.twice[:1]:
            hint = f"It first appears in line {self.labels[label]}."
            more = ", ".join(f"{label!r} in line {line}" for line, label in self.twice[1:])
            hint += f" The same holds for {more}." if more else ""
            self.problem(line, f"the label {label!r} appears twice", hint)
        raise_all(error for (line, _), error in self.problems.items() if line <= self.lost)
        text_join(state)
        return state.tokens

    def _labelled(self) -> Iterator[Token]:
        """Give each target `(label)=` to the token that follows it; drop comments."""
        pending: Token | None = None
        for token in self.tokens:
            if token.type == "myst_target":
                if pending:
                    self._idle(pending)
                pending = token
            elif token.type not in ("myst_line_comment", "myst_block_break"):
                if pending and token.nesting < 0:
                    self._idle(pending)
                elif pending and "label" in token.meta:
                    message = f"two labels for the same thing: {pending.content} and "
                    self.problem(first_line(pending), message + str(token.meta["label"]))
                elif pending:
                    token.meta["label"] = pending.content
                pending = None
                yield token
        if pending:
            self._idle(pending)

    def _idle(self, target: Token) -> None:
        hint = "Put it right before what it names."
        self.problem(first_line(target), f"the label ({target.content})= names nothing", hint)

    def _check_block(self, token: Token) -> None:
        """Note what is refused, and the label."""
        if token.type == "math_block_label":
            token.meta["label"] = token.info
        if token.type in _REFUSED:
            self.refuse(first_line(token), *_REFUSED[token.type])
        label = token.meta.get("label")
        if label is None or token.type.startswith("footnote"):
            return
        line = first_line(token)
        if not LABEL.fullmatch(label):
            hint = "Use lower-case letters, digits and single hyphens, with a letter first."
            self.problem(line, f"the label {label!r} cannot be an anchor", hint)
        if label in self.labels:
            self.twice.append((line, label))
        self.labels.setdefault(label, line)

    def _check_words(self, token: Token, following: Token) -> None:
        """Note marks that would be shown literally, and blocks without words."""
        for (line, one), (_, other) in pairwise(lines_of(token)):
            if (one.type, other.type) == ("link_open", "link_close"):
                self.problem(line, "a link without words", "Write [words](https://…).")
        if token.type.startswith("math_block") and not token.content.strip():
            self.problem(first_line(token), "an equation without a formula", "Write it.")
        name = token.type.removesuffix("_open")
        is_empty = following.nesting < 0 or (following.type == "inline" and not following.content)
        if name in _HOLLOW and token.nesting > 0 and is_empty:
            named = name.removesuffix("_reference").replace("_", " ")
            self.problem(first_line(token), f"a {named} without words", "Write them, or remove it.")
        if name == "paragraph" and following.type == "inline":
            for fault in beginnings(following):
                self.problem(*fault)
        for fault in marks(token):
            self.problem(*fault)

    def _check_inline(self, line: int, token: Token) -> None:
        if token.type == "text" and "``" in token.content:
            self.lost = min(self.lost, line)  # perhaps a fence, whose end will seem to begin one
        if token.type in _REFUSED:
            self.refuse(line, *_REFUSED[token.type])
        elif token.info == "entity":
            self.refuse(line, f"the entity {token.markup}", "Write the character itself.")
        elif (token.type, token.markup) == ("strong_open", "__"):
            self.problem(line, "__ makes words bold", "Write code as `__init__`, stress as **so**.")
        elif token.markup in ("\\(", "\\)"):
            self.problem(line, f"{token.markup} does not mark a formula", "Write it as $x$.")
        elif token.type == "myst_role":
            self._check_role(line, token)
        elif token.type == "footnote_ref" and token.meta["label"] not in self.notes:
            name = token.meta["label"]
            hint = f"Write it as a paragraph: [^{name}]: …"
            self.problem(line, f"the footnote [^{name}] is not defined", hint)
        elif token.type == "link_open":
            href = str(token.attrs["href"])
            if not re.match(r"https?://\w|mailto:", href):
                hint = "To link inside the book, use {ref}, {numref} or {eq} with a label."
                self.problem(line, f"the link to {href!r} is not a web address", hint)

    def _check_role(self, line: int, token: Token) -> None:
        """Divide what a role contains into words and targets, and note what is wrong with them."""
        name = token.meta["name"]
        if name not in ROLES:
            self.refuse(line, f"the role {{{name}}}", _choices(name, ROLES))
        text, targets = read_role(name, token.content)
        if re.search("[<>]", text):
            hint = f"Write {{{name}}}`words <target>`, with no other < and >."
            self.problem(line, f"{{{name}}} has < or > in its words {text!r}", hint)
        token.meta.update(text=text, targets=targets)
        if twice := next((each for each in targets if targets.count(each) > 1), ""):
            self.problem(line, f"{{{name}}} names {twice!r} twice", "Name it once.")


def read_role(role: str, content: str) -> tuple[str, list[str]]:
    """Return the words of a role, if any, and its target.

    A citation without words may have several targets.
    """
    match = _TARGETED.fullmatch(content)
    words, target = (part.strip() for part in match.groups()) if match else ("", content.strip())
    several = role == "cite" and not words
    return words, [key.strip() for key in target.split(",")] if several else [target]


def _option(text: str, directive: str) -> bool:
    match = _OPTION.fullmatch(text.strip())
    return match is not None and match[1] in DIRECTIVES[directive]


def _is_cut(figure: str) -> bool:
    """Tell whether the description of a figure continues in the next line, as its caption."""
    lines = [line.strip() for line in figure.splitlines()]
    ends = ((one, next) for one, next in pairwise(lines) if one.startswith(":alt: "))
    return any(
        next and next[0] != ":" and not one.endswith((".", "。", "!", "?")) for one, next in ends
    )


def _is_closed(fence: Token, lines: list[str]) -> bool:
    first, after = fence.map or (0, 0)
    last = lines[after - 1].strip(" >") if after - first > 1 else ""
    others = any(line.startswith(fence.markup) for line in fence.content.splitlines())
    return last.startswith(fence.markup) and not last.strip(fence.markup[0]) and not others


def _misplaced(token: Token, lines: list[str]) -> str:
    """Return what a token is if it must be at the left margin, but is not."""
    what, mark = _AT_MARGIN.get(token.type, ("", ""))
    if token.type == "fence" and re.match(r"\{(?!code-cell)", token.info):
        what, mark = "a directive", token.markup
    return "" if not what or lines[first_line(token) - 1].startswith(mark) else what


def _choices(name: str, known: Iterable[str]) -> str:
    return f"{guess(name, known)}Choices: {', '.join(f'{{{each}}}' for each in sorted(known))}."
