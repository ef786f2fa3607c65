"""The content of the book's pages: computes each page from the texts, without writing any."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from press import autodoc, searching
from press.bibliography import citation_labels
from press.book import BIBLIOGRAPHY, GLOSSARY, PREFACE, REFERENCE, Book, Key
from press.contexts import Contexts
from press.errors import raise_all
from press.exercises import is_solution, titles
from press.fragments import Fragments
from press.interface import interface
from press.passages import Passage, words
from press.paths import STATIC
from press.phrases import phrased
from press.readings import Reading, read
from press.references import Target, labels, unresolved
from press.rendering import SILENT, Page, Reference, breakable, reference, render
from press.texts import Text

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
_LINK = re.compile(r"</?a\b[^>]*>")
_LICENSES = {
    "text": ("https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0"),
    "code": ("https://opensource.org/license/mit", "MIT"),
}


class Pages:
    """The pages of a book, and what else of its site shows its texts.

    Args:
        book: The book.
        texts: Its texts by language and slug, including those of the source language.
        fragments: What earlier builds have made.
        assets: The addresses of the static files by name.
        shown: Which texts have a page, by default all.

    Raises:
        BookError: the texts have Markdown outside the book's subset, references without a target,
            or translations with a different number of passages.
    """

    def __init__(
        self,
        book: Book,
        texts: Mapping[Key, Text],
        fragments: Fragments,
        assets: Mapping[str, str],
        shown: Collection[Key] | None = None,
    ) -> None:
        self.book, self.fragments = book, fragments
        shown = texts.keys() if shown is None else shown
        self.languages = [code for code in book.languages if any(code == at[0] for at in shown)]
        everything = read(book, texts, shown)
        self.readings = {at: each for at, each in everything.items() if at in shown}
        # by language and slug, with the source instead of a translation that cannot be read yet
        self._known = {
            (code, slug): everything.get((code, slug)) or everything[book.source, slug]
            for code in self.languages
            for slug in book.chapters
            if (book.source, slug) in everything
        }
        self.contexts = Contexts(book, self.readings, self.languages, assets)
        self.labels = {code: self._labels(code) for code in self.languages}
        self._check()
        self._shown: dict[tuple[str, str, bool], list[tuple[Passage, str, str]]] = {}

    def html(self, language: str, slug: str, *, standalone: str = "") -> str:
        """Return a page; `standalone` is a style sheet to embed instead of links and scripts.

        Raises:
            BookError: a formula or a listing cannot be shown.
        """
        context = self.contexts.of(language, slug)
        if (language, slug) in self.readings:
            context |= self._chapter(language, slug)
        elif slug == REFERENCE:
            context["modules"] = self._modules
        context |= _html(context["words"]) | {"standalone": standalone}
        kind = "contents" if slug == "index" else "chapter"
        kind = slug if slug in self.contexts.extras else kind
        template = _templates().get_template(f"{kind if language else 'chooser'}.html.j2")
        return template.render(context)

    def site_map(self, name: str, places: Sequence[Key]) -> str:
        """Return a file that tells machines where the pages are, such as `robots.txt`."""
        template = _templates().get_template(f"{name}.j2")
        return template.render(self.contexts.sitemap(places)) + "\n"

    # What is known before anything is rendered

    @cached_property
    def _modules(self) -> list[dict[str, Any]]:
        return autodoc.modules(self.book, self.fragments)

    def _labels(self, language: str) -> dict[str, Target]:
        known = {slug: each for (code, slug), each in self._known.items() if code == language}
        return labels({slug: each.text for slug, each in known.items()})

    def _check(self) -> None:
        errors = []
        terms = [term.name for term in self.book.terms]
        works = [work.key for work in self.book.works]
        for (language, _), reading in self.readings.items():
            errors += unresolved(reading.text, self.labels[language], terms, works)
        raise_all(errors)

    # Search

    def search_script(self, language: str) -> str:
        """Return the script with everything that the search finds in a language."""
        known = interface(language)
        chapters = []
        for slug in self.contexts.slugs(language):
            reading, page = self.readings[language, slug], self.page(language, slug)
            number = self.book.number(slug)
            label = known["chapter"].format(number=number) if number else ""
            chapters.append(
                searching.chapter(f"{slug}.html", label, page, reading.passages, reading.anchors)
            )
        terms = self.book.terms
        if terms:
            title, file = known["glossary"], f"{GLOSSARY}.html"
            chapters.append(searching.glossary(file, title, terms, language))
        if works := self.book.works:
            title, file = known["bibliography"], f"{BIBLIOGRAPHY}.html"
            chapters.append(searching.bibliography(file, title, works))
        if self.book.reference:
            title, about = known["reference"], known["reference_about"]
            chapters.append(searching.reference(f"{REFERENCE}.html", title, about, self._modules))
        return searching.script(language, chapters, searching.names(terms, language))

    # Passages

    def _chapter(self, language: str, slug: str) -> dict[str, Any]:
        """Return the rendered passages of a chapter and of its translations.

        The preface has no title of its own, but the title of the book above it.
        """
        first = 1 if slug == PREFACE else 0
        shown = self._passages(language, slug, named=True)[first:]
        sisters = [
            {
                "language": code,
                "name": self.book.languages[code],
                "passages": [
                    (anchor, html)
                    for passage, anchor, html in self._passages(code, slug, named=False)[first:]
                ],
            }
            for code in self.contexts.having(slug)
            if code != language
        ]
        return {
            "passages": list(_folded(shown, interface(language))),
            "footnotes": [html for p, _, html in shown if p.kind == "footnote"],
            "sisters": sisters,
            "previews": [self._preview(language, *lead) for lead in self.leads(language, slug)],
        }

    def leads(self, language: str, slug: str) -> Iterator[tuple[str, str, Sequence[Passage]]]:
        """Yield a chapter's references to others: the address, the slug, and what to preview."""
        for label, found in self.references(language, slug).items():
            target = self.labels[language][label]
            if found.href and target.slug != slug:
                reading = self.readings[language, target.slug]
                at = reading.passages.index(target.passage)
                told = [target.passage]
                if target.passage.level > 1:  # with the paragraph that begins the section
                    after = reading.passages[at + 1 : at + 2]
                    told += [passage for passage in after if passage.kind == "paragraph"]
                yield found.href, target.slug, told

    def _preview(
        self, language: str, href: str, slug: str, told: Sequence[Passage]
    ) -> dict[str, Any]:
        """Return the preview of a passage in another chapter, without links."""
        reading, page = self.readings[language, slug], self.page(language, slug)
        first = told[0]
        return {
            "href": href,
            "chapter": interface(language)["chapter"].format(number=self.book.number(slug)),
            "of": reading.title if first.level != 1 else "",
            "title": words(first) if first.level else "",
            "words": reading.text.description if first.level == 1 else "",
            "passages": [
                _LINK.sub("", render(p, reading.anchor(p), page, reading.cell(p)))
                for p in told
                if not p.level
            ],
        }

    def _passages(self, language: str, slug: str, *, named: bool) -> list[tuple[Passage, str, str]]:
        """Return passages with anchors and HTML; for a sister, only what differs from the page."""
        known = (language, slug, named)
        if known not in self._shown:
            reading = self.readings[language, slug]
            page = self.page(language, slug)

            def shown(p: Passage, anchor: str) -> str:
                html = render(p, anchor, page, reading.cell(p), named=named)
                return self._badged(html, reading, anchor) if anchor in reading.stale else html

            self._shown[known] = [
                (p, anchor, shown(p, anchor))
                for p, anchor in zip(reading.passages, reading.anchors, strict=True)
                if named or p.kind not in SILENT
            ]
        return self._shown[known]

    def _badged(self, html: str, reading: Reading, anchor: str) -> str:
        """Return a passage whose English has changed, with a badge that links to the English."""
        language, slug, source = reading.text.language, reading.text.slug, self.book.source
        known = interface(language)
        label, about = escape(known["stale"]), escape(known["stale_about"])
        badge = f'<span title="{about}">{label}</span>'
        if (source, slug) in self.readings:
            href = f"../{source}/{slug}.html#{anchor}"
            badge = f'<a href="{href}" hreflang="{source}" title="{about}">{label}</a>'
        inner, end = (html[:-5], "</li>") if html.endswith("</li>") else (html, "")
        return f'{inner}\n<p class="stale">{badge}</p>{end}'

    def page(self, language: str, slug: str) -> Page:
        """Return what the passages of a chapter need to know about their page."""
        reading = self.readings[language, slug]
        called = citation_labels(self.book.works, interface(language))
        return Page(
            language=language,
            path=reading.text.path,
            words=interface(language),
            references=self.references(language, slug),
            terms={term.name: term.forms[language] for term in self.book.terms},
            works={work.key: Reference(work.url, called[work.key]) for work in self.book.works},
            numbers=reading.numbers,
            footnotes=reading.footnotes,
            fragments=self.fragments,
        )

    def references(self, language: str, slug: str) -> dict[str, Reference]:
        """Return the targets of a chapter's references."""
        found = {}
        for passage in self.readings[language, slug].passages:
            for role, label in passage.references:
                if role not in ("cite", "footnote", "term"):
                    found[label] = self._reference(language, slug, label)
        return found

    def _reference(self, language: str, slug: str, label: str) -> Reference:
        """Return where a label leads from a chapter: nowhere if there is no page yet."""
        target = self.labels[language][label]
        number = self._known[language, target.slug].numbers.get(label)
        found = reference(target, number, slug, interface(language))
        return found if (language, target.slug) in self.readings else replace(found, href="")


def _folded(shown: Sequence[tuple[Passage, str, str]], known: Mapping[str, str]) -> Iterator[str]:
    """Yield the HTML of passages, with a hint, or a solution and its cells, folded into one."""
    over = titles([passage for passage, _, _ in shown], known)
    fold: list[str] = []
    for passage, _, html in shown:
        if fold and not (is_solution(passage) and passage.line not in over):
            yield "".join([*fold, "</div></details>"])
            fold = []
        if passage.line in over:
            summary = f"<summary>{escape(over[passage.line])}</summary>"
            fold = [f'<details class="fold {passage.kind}">{summary}<div class="folded">', html]
        elif fold:
            fold.append(html)
        elif passage.kind != "footnote":
            yield html
    if fold:
        yield "".join([*fold, "</div></details>"])


def _html(words: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of every page that are made of HTML."""
    links = {
        name: f'<a rel="license" href="{address}">{license}</a>'
        for name, (address, license) in _LICENSES.items()
    }
    logo = (STATIC / "icon.svg").read_text(encoding="utf-8")
    return {
        "license": words["license"].format(**links),
        "logo": logo.replace("<svg ", '<svg aria-hidden="true" ', 1).strip(),
    }


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    environment.filters["phrased"] = phrased
    return environment
