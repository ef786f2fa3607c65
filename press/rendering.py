"""Renders passages as HTML, one by one, with the same anchors in every language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from press import figures
from press.coloring import PLAIN, colored
from press.errors import BookError
from press.fragments import Fragments
from press.katex import formula
from press.outputs import outputs, report
from press.passages import Passage, footnote_anchor, words
from press.phrases import phrased
from press.references import Target
from press.tags import CHECK, EXERCISE, TIMED, tags
from press.terms import term_anchor
from press.tokens import lines_of
from press.works import work_anchor

SILENT = ("equation", "listing", "code")  # kinds that are the same in every language
SHORT = 16  # code of fewer letters stays on one line
UNSPACED = ("ja", "zh")  # languages that do not separate words by spaces
WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"  # Kana, Han and their punctuation
_WORD_JOINER = "\u2060"  # invisible; keeps what is before and after it on one line
_BASE = '<span class="katex-base">'  # a part of a formula that stays on one line
_MARK = '<sup class="mark"'
_CLOSING = re.compile(r"[、。，．！？：；・）」』】,.!?:;)\]]+")
_UNSPACED = re.compile(r"[^\s(]+")
_LAST_LETTERS = re.compile(rf"{WIDE}{{4}}$")
# where code in narrow columns may break: between names, and inside long ones
_JOINT = re.compile(r"(?<=[(=,])(?=['\w])|(?<=[^.\s]{3})(?=\['|\.[A-Za-z_])")
_LONG_NAME = re.compile(r"\w{20,}")
_HUMP = re.compile(r"(?<=[^_]_)(?=[^_])|(?<=[a-z])(?=[A-Z])")
_PARTICLE = re.compile(r"([)\]’”]|(?:_|[^\w\s>])(?:</\w+>)+)(?=[가-힣])")  # 층(layer)을, `f()`는


@dataclass(frozen=True)
class Reference:
    """Where a label leads from a page, empty if nowhere, and how the page refers to it."""

    href: str
    text: str


@dataclass(frozen=True)
class Page:
    """What a passage needs to know about the page that it is rendered for."""

    language: str
    """The language of the passage; for a sister it is not the page's language."""
    path: Path
    """The Markdown file that the passage comes from."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The interface words of the language."""
    references: Mapping[str, Reference] = field(default_factory=dict)
    """By label."""
    terms: Mapping[str, str] = field(default_factory=dict)
    """The form of each term, by its English name."""
    works: Mapping[str, Reference] = field(default_factory=dict)
    """How the text refers to each work, and its web address, by key."""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Of figures, tables and equations, by anchor."""
    footnotes: Mapping[str, int] = field(default_factory=dict)
    """By name."""
    fragments: Fragments = field(default_factory=Fragments)
    """Formulas and colored code made before."""

    @property
    def is_unspaced(self) -> bool:
        """Whether the language writes words without spaces."""
        return self.language.partition("-")[0] in UNSPACED

    def called(self, role: str, target: str) -> str:
        """Return what the text calls the target of a role, except a work's."""
        return self.terms[target] if role == "term" else self.references[target].text


def render(
    passage: Passage, anchor: str, page: Page, cell: Any = None, *, named: bool = True
) -> str:
    """Return a passage as HTML.

    Args:
        passage: The passage.
        anchor: Its anchor.
        page: Its page.
        cell: The executed cell, for a code cell.
        named: False for a sister, whose anchors are already on the page.

    Raises:
        BookError: KaTeX cannot read a formula, or a listing is in an unknown language.
    """
    writer = _Writer(passage, anchor, page, cell, named)
    try:
        return writer.html(passage.tokens).strip()
    except BookError as error:
        raise replace(error, path=page.path, line=writer.line) from None


def reference(
    target: Target, number: str | None, from_slug: str, interface: Mapping[str, str]
) -> Reference:
    """Return how a page of the chapter `from_slug` refers to a target, and the link."""
    file = "" if target.slug == from_slug else f"{target.slug}.html"
    is_chapter = target.label == target.slug
    href = f"{target.slug}.html" if is_chapter else f"{file}#{target.label}"
    kind = target.passage.kind
    if number and kind in ("figure", "table"):
        return Reference(href, interface[f"numbered_{kind}"].format(number=number))
    if number:
        return Reference(href, f"({number})")
    return Reference(href, words(target.passage))


def breakable(code: str) -> str:
    """Return code, as HTML, that may break between names and inside long ones."""
    code = _LONG_NAME.sub(lambda name: _HUMP.sub("<wbr>", name[0]), code)
    return _JOINT.sub("<wbr>", code)


def citation(keys: Sequence[str], text: str, page: Page, link: Callable[[str, str], str]) -> str:
    """Return the text of a citation; `link` makes a link from a work's key and its name."""
    if text:
        return link(keys[0], text)
    works = page.words["cited_between"].join(link(key, page.works[key].text) for key in keys)
    return page.words["cited"].format(works=works)


class _Writer:
    """Writes the tokens of one passage; a method `_x` writes tokens of type x."""

    def __init__(self, passage: Passage, anchor: str, page: Page, cell: Any, named: bool) -> None:
        self.passage, self.anchor, self.page, self.cell = passage, anchor, page, cell
        self.named = named
        self.line = passage.line
        self.written = 0  # characters of the next text that are already written

    def html(self, tokens: Iterable[Token]) -> str:
        """Return block tokens as HTML."""
        return "".join(self._write(token) for token in tokens)

    def _write(self, token: Token) -> str:
        if token.map:
            self.line = token.map[0] + 1
        if token.hidden:  # the paragraphs of a list without blank lines
            return ""
        if token.type == "inline":
            return self._inline(token)
        if method := getattr(self, f"_{token.type}", None):
            return method(token)
        if token.nesting < 0:
            return f"</{token.tag}>" + "\n" * token.block
        return self._open(token.tag, token) if token.nesting else f"<{token.tag}>"

    def _open(self, tag: str, token: Token, kind: str = "", **attributes: str) -> str:
        """Return a start tag with the anchor of what the token opens."""
        given = dict(attributes)
        first = token is self.passage.tokens[0]
        name = self.anchor if first else token.meta.get("label", "")
        if self.named and name:
            given["id"] = name
        if kind:
            given["class"] = kind
        if "start" in token.attrs:
            given["start"] = str(token.attrs["start"])
        return f"<{tag}{_attributes(given)}>"

    def _inline(self, token: Token) -> str:
        parts: list[str] = []
        children = token.children or []
        for position, (line, child) in enumerate(lines_of(token)):
            self.line = line
            if child.type == "softbreak":
                parts.append(self._line_break(children, position))
                continue
            if child.type == "footnote_ref" and parts:
                self._keep_to(parts)
            parts.append(self._write(child))
            if child.type == "math_inline" and position + 1 < len(children):
                parts[-1] = self._joined(parts[-1], children[position + 1])
        written = "".join(parts)
        if self.page.language == "ko":  # no line may begin with a particle
            written = _PARTICLE.sub(rf"\1{_WORD_JOINER}", written)
        elif self.page.is_unspaced and self.passage.kind not in ("heading", "table"):
            # a single letter on the last line looks lost, and few browsers prevent it
            written = _LAST_LETTERS.sub(r'<span class="joined">\g<0></span>', written)
        return written

    def _keep_to(self, parts: list[str]) -> None:
        """Prepare for a footnote mark: keep it with what it marks, and apart from other marks."""
        parts[-1] = parts[-1].rstrip()
        if not parts[-1] and len(parts) > 1:
            parts.pop()
        between = '<sup class="mark">,</sup>' if parts[-1].startswith(_MARK) else ""
        parts[-1] += between + _WORD_JOINER

    def _joined(self, formula: str, after: Token) -> str:
        """Return a formula with the punctuation or particle after it, which must not begin a line.

        A word joiner is not enough: browsers break next to the boxes of a formula unless told
        where.
        """
        follows = _CLOSING if self.page.is_unspaced else _UNSPACED
        joined = follows.match(after.content) if after.type == "text" else None
        if not joined:
            return formula
        self.written = joined.end()
        formula = formula.replace(f"</span>{_BASE}", f"</span><wbr>{_BASE}")
        return f'<span class="joined">{formula}{escape(joined[0], quote=False)}</span>'

    def _line_break(self, children: list[Token], position: int) -> str:
        """A line break is a space, except next to characters that are set without spaces."""
        if not self.page.is_unspaced:
            return "\n"
        before = next((t for t in reversed(children[:position]) if not t.nesting), None)
        after = next((t for t in children[position + 1 :] if not t.nesting), None)
        edges = (before.content[-1:] if before else "") + (after.content[:1] if after else "")
        return "" if re.search(WIDE, edges) else "\n"

    # Words

    def _text(self, token: Token) -> str:
        text = token.content[self.written :]
        self.written = 0
        if self.passage.kind == "heading":
            return phrased(text, self.page.language)
        return escape(text, quote=False)

    def _code_inline(self, token: Token) -> str:
        shown = escape(token.content, quote=False)
        if self.passage.kind == "table":
            shown = breakable(shown)
        elif " " in shown and len(token.content) < SHORT:
            return f'<code class="joined" translate="no">{shown}</code>'
        return f'<code translate="no">{shown}</code>'

    def _math_inline(self, token: Token) -> str:
        return formula(self.page.fragments, token.content)

    def _link_open(self, token: Token) -> str:
        return f'<a href="{escape(str(token.attrs["href"]))}">'

    def _myst_role(self, token: Token) -> str:
        role, targets, text = (token.meta[key] for key in ("name", "targets", "text"))
        if role == "cite":
            return citation(targets, text, self.page, self._work_link)
        shown = escape(text or self.page.called(role, targets[0]), quote=False)
        if role == "term":
            return f'<a class="term" href="glossary.html#{term_anchor(targets[0])}">{shown}</a>'
        if role == "numref" and not text:
            shown = f'<span class="joined">{shown}</span>'  # a number stays with its name
        href = self.page.references[targets[0]].href
        return f'<a class="reference" href="{href}">{shown}</a>' if href else shown

    def _work_link(self, key: str, called: str) -> str:
        href = f"bibliography.html#{work_anchor(key)}"
        return f'<a class="work" href="{href}">{escape(called, quote=False)}</a>'

    def _footnote_ref(self, token: Token) -> str:
        name = token.meta["label"]
        number = self.page.footnotes[name]
        count = token.meta["subId"]
        anchor = footnote_anchor(name, "mark") + (f"-{count + 1}" if count else "")
        mark = f' id="{anchor}"' if self.named else ""
        label = escape(self.page.words["footnote"].format(number=number))
        link = f'<a href="#{footnote_anchor(name)}" aria-label="{label}">{number}</a>'
        return f'<sup class="mark"{mark}>{link}</sup>'

    # Blocks

    def _heading_close(self, token: Token) -> str:
        if token.tag == "h1" or not self.named:
            return f"</{token.tag}>\n"
        label = escape(self.page.words["link_here"])
        return (
            f' <a class="anchor" href="#{self.anchor}" aria-label="{label}">#</a></{token.tag}>\n'
        )

    def _td_open(self, token: Token) -> str:
        side = str(token.attrs.get("style", "")).removeprefix("text-align:")
        side = f' class="{side}"' if side in ("right", "center") else ""
        return f"<{token.tag}{side}>"

    _th_open = _td_open

    def _table_open(self, token: Token) -> str:
        number = self.page.numbers.get(self.anchor) if token is self.passage.tokens[0] else None
        caption = ""
        if number and self.named:
            shown = escape(self.page.words["numbered_table"].format(number=number))
            caption = f'<caption><span class="number">{shown}</span></caption>'
        return self._open("div", token, "table") + f"<table>{caption}\n"

    def _table_close(self, token: Token) -> str:
        return "</table></div>\n"

    def _math_block(self, token: Token) -> str:
        body = formula(self.page.fragments, token.content, display=True)
        number = self.page.numbers.get(token.meta.get("label", ""))
        shown = f'<span class="number">({number})</span>' if number else ""
        return f"{self._open('div', token, 'equation')}{body}{shown}</div>\n"

    _math_block_label = _math_block

    def _note_open(self, token: Token) -> str:
        name = escape(self.page.words[token.meta["variant"]])
        opening = self._open("div", token, f"note {token.meta['variant']}", role="note")
        return f'{opening}<p class="name">{name}</p>\n'

    def _footnote_reference_open(self, token: Token) -> str:
        if not self.named:
            return "<div>"
        return self._open("li", token, value=str(self.page.footnotes[token.meta["label"]]))

    def _footnote_reference_close(self, token: Token) -> str:
        if not self.named:
            return "</div>\n"
        label = escape(self.page.words["back"])
        href = "#" + footnote_anchor(self.passage.variant, "mark")
        return f'<a class="back" href="{href}" aria-label="{label}">\u21a9\ufe0e</a></li>\n'

    def _figure_open(self, token: Token) -> str:
        number = self.page.numbers.get(self.anchor, "")
        shown = escape(self.page.words["numbered_figure"].format(number=number))
        number = f'<span class="number">{shown}</span> '
        if not self.named:  # the picture is already there: a sister adds the caption
            return f'<div class="caption">{number}'
        return f"{self._open('figure', token)}{self._picture(token)}\n<figcaption>{number}"

    def _figure_close(self, token: Token) -> str:
        return "</figcaption></figure>\n" if self.named else "</div>\n"

    def _paragraph_open(self, token: Token) -> str:
        return "" if self.passage.kind == "figure" else self._open("p", token)

    def _paragraph_close(self, token: Token) -> str:
        return "" if self.passage.kind == "figure" else "</p>\n"

    def _picture(self, token: Token) -> str:
        file = self.page.path.parent / token.meta["path"]
        svg = file.read_text(encoding="utf-8")
        width = token.meta["width"]
        style = f' style="width:{width}"' if width else ""
        shown = figures.inline(svg, self.anchor, language=self.page.language, alt=token.meta["alt"])
        return f'<div class="picture"{style}>{shown}</div>'

    def _fence(self, token: Token) -> str:
        language = token.info.strip()
        code = colored(self.page.fragments, token.content, language)
        is_plain = language in PLAIN
        label = "" if is_plain else f'<span class="language">{escape(language)}</span>'
        opening = self._open("div", token, "listing")
        return f"{opening}{label}<pre><code>{code}</code></pre></div>\n"

    def _code_cell(self, token: Token) -> str:
        program = colored(self.page.fragments, token.content, "python")
        shown = outputs(self.cell.get("outputs", ()) if self.cell else (), self.anchor)
        if self.passage.variant.endswith(CHECK):
            shown = report(shown)
        result = ""
        if shown:
            label = escape(self.page.words["output"])
            result = f'<div class="outputs" role="group" aria-label="{label}">{shown}</div>'
        timed = TIMED if self.cell and TIMED in tags(self.cell) else ""
        kinds = " ".join(filter(None, ("cell", self.passage.variant, timed)))
        opening = self._open("div", token, kinds, translate="no")
        shown_program = f'<div class="input"><pre><code>{program}</code></pre></div>'
        return f"{opening}{self._cell_name()}{shown_program}{result}</div>\n"

    def _cell_name(self) -> str:
        """Return the heading above the cell of an answer, and above that of its check."""
        is_check = self.passage.variant.endswith(CHECK)
        key = "check" if is_check else "answer" if self.passage.variant == EXERCISE else ""
        return f'<p class="name">{escape(self.page.words[key])}</p>' if key else ""


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
