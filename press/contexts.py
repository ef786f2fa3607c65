"""What a page contains besides its passages, as plain data for the templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from posixpath import join
from typing import Any

from press import downloads, lite
from press.bibliography import citation_labels, cited, citing
from press.book import BIBLIOGRAPHY, GLOSSARY, PREFACE, REFERENCE, Book, Key
from press.exercises import exercises
from press.hashing import digest
from press.interface import interface
from press.outputs import VERDICTS
from press.passages import words
from press.readings import Reading
from press.runtime import first_size
from press.terms import term_anchor

# the names of their addresses in the assets
RUNTIME, WHEELS = "runtime/", ("d2lmini.whl", "live.whl")
# the words that scripts of live cells show; a template has the others
_SAID = (
    *("loading", "unloaded", "running", "ready", "above", "stubborn", "restarted", "failed"),
    *("unsaved", "taken", "no_answers", "check", "editor", "cell"),
)
SITEMAP = "sitemap.xml"
LOST = "404"  # the page that a web host shows for unknown addresses
# what only the page of a text has
_LISTS = ("sections", "sisters", "passages", "footnotes", "previews", "terms", "works")
_EMPTY = {**dict.fromkeys(_LISTS, ()), "live": None}


class Contexts:
    """The contexts of all pages.

    Args:
        book: The book.
        readings: The texts that have a page, by language and slug.
        languages: The languages that have pages.
        assets: The addresses of the static files by name.
    """

    def __init__(
        self,
        book: Book,
        readings: Mapping[Key, Reading],
        languages: Sequence[str],
        assets: Mapping[str, str],
    ) -> None:
        self.book, self.readings = book, readings
        self.languages, self.assets = languages, assets

    @property
    def has_lite(self) -> bool:
        """Whether the site has JupyterLite."""
        return lite.LOCK in self.assets

    @cached_property
    def extras(self) -> list[str]:
        """The pages of a language that are not made from a text."""
        made = {
            GLOSSARY: self.book.terms,
            REFERENCE: self.book.reference,
            BIBLIOGRAPHY: self.book.works,
        }
        return [name for name, content in made.items() if content]

    def slugs(self, language: str) -> list[str]:
        """The chapters that a language has."""
        return [slug for slug in self.book.chapters if (language, slug) in self.readings]

    def having(self, slug: str) -> list[str]:
        """The languages that have a chapter."""
        return [language for language in self.languages if (language, slug) in self.readings]

    def of(self, language: str, slug: str) -> dict[str, Any]:
        """Return what a page contains besides its passages, as plain data."""
        common = self._common(language, slug)
        if slug == LOST:
            return common | self._lost()
        if not language:
            return common | {"choices": list(self._choices()), "lost": False}
        if slug == "index":
            return common | self._front(language)
        if slug in self.book.chapters:
            return common | self._place(language, slug)
        common["description"] = interface(language)[f"{slug}_about"]
        if slug == GLOSSARY:
            common["terms"] = self.terms(language)
        elif slug == BIBLIOGRAPHY:
            common["works"] = self.works(language)
        return common

    def _common(self, language: str, slug: str) -> dict[str, Any]:
        """What every page contains."""
        book = self.book
        at = language or book.source
        return {
            "language": at,
            "file": f"{slug}.html",
            "depth": 1 if language else 0,
            "root": "../" if language else "",
            "assets": dict(self.assets),
            "book_title": book.title[at],
            "subtitle": book.subtitle[at],
            "description": book.subtitle[at],
            "words": dict(interface(at)),
            "extras": self.extras,
            "has_formulas": False,
            "parts": self._contents(at, slug),
            "alternates": list(self._alternates(language, slug)),
            "others": [
                {"language": code, "name": book.languages[code]}
                for code in self.languages
                if code != at
            ],
            **_EMPTY,
            "address": book.address,
            "here": self._address(language, slug),
        }

    def _front(self, language: str) -> dict[str, Any]:
        """The content of a language's first page: where to begin, and the preface, if any."""
        slugs = self.slugs(language)
        front = {"first": self._turn(language, [slug for slug in slugs if slug != PREFACE])}
        if PREFACE not in slugs:
            return front
        text = self._text(language, PREFACE)
        return front | text | {"preface": self.readings[language, PREFACE].anchors[0]}

    def _place(self, language: str, slug: str) -> dict[str, Any]:
        """The place of a chapter in the book."""
        slugs = self.slugs(language)
        at = slugs.index(slug)
        part = next(part for part in self.book.parts if slug in part.chapters)
        return self._text(language, slug) | {
            "number": self.book.number(slug),
            "part": part.title[language],
            "downloads": [
                {"href": f"{slug}{suffix}", "name": interface(language)[f"download_{suffix[1:]}"]}
                for suffix in downloads.WRITERS
            ],
            "lab": lite.address(language, slug) if self.has_lite else "",
            "has_exercises": any(exercises(self.readings[language, slug].passages)),
            "before": self._turn(language, slugs[:at][::-1]),
            "after": self._turn(language, slugs[at + 1 :]),
        }

    def _text(self, language: str, slug: str) -> dict[str, Any]:
        """What a text says about itself."""
        reading = self.readings[language, slug]
        return {
            "title": reading.title,
            "description": reading.text.description,
            "has_formulas": any(passage.math for passage in reading.passages),
            "terms": self.terms(language, slug),
            "works": self.works(language, slug),
            "live": self._live(language, slug),
            "sections": [
                {"level": passage.level, "anchor": anchor, "title": words(passage)}
                for passage, anchor in zip(reading.passages, reading.anchors, strict=True)
                if passage.kind == "heading" and passage.level > 1
            ],
        }

    def _live(self, language: str, slug: str) -> dict[str, Any] | None:
        """Return what the page needs to run its cells, with places relative to the site's root."""
        programs = [p.source for p in self.readings[language, slug].passages if p.kind == "code"]
        if not self.assets or not programs:
            return None
        lock, wheels = self.assets["live/pyodide-lock.json"], [self.assets[name] for name in WHEELS]
        return {
            "chapter": f"{language}/{slug}",
            "live": "../" + self.assets["live/live.mjs"],  # from the page, and from cells.js
            "place": {
                "language": language,
                "lock": lock,
                "plots": any("matplotlib" in program for program in programs),
                "runtime": self.assets[RUNTIME],
                "size": first_size(),
                "version": digest(lock, *wheels)[:8],
                "wheels": wheels,
            },
            "verdicts": VERDICTS,
            "words": {name: interface(language)[f"live_{name}"] for name in _SAID},
        }

    def _turn(self, language: str, slugs: list[str]) -> dict[str, str] | None:
        """Return the link to the first of some chapters, if there is one."""
        if not slugs:
            return None
        return {"href": f"{slugs[0]}.html", "title": self.readings[language, slugs[0]].title}

    def _contents(self, language: str, current: str) -> list[dict[str, Any]]:
        return [
            {
                "title": part.title[language],
                "chapters": [
                    self._entry(language, slug) | {"current": slug == current}
                    for slug in part.chapters
                    if (language, slug) in self.readings
                ],
            }
            for part in self.book.parts
        ]

    def _entry(self, language: str, slug: str) -> dict[str, Any]:
        """What the contents say about a chapter."""
        reading = self.readings[language, slug]
        return {
            "href": f"{slug}.html",
            "number": self.book.number(slug),
            "title": reading.title,
            "description": reading.text.description,
            "exercises": [exercise.name for exercise in exercises(reading.passages)],
        }

    def _alternates(self, language: str, slug: str) -> Iterator[dict[str, str]]:
        own = slug in self.book.chapters and slug != PREFACE
        known = [
            (code, code, self.book.languages[code])
            for code in (self.having(slug) if own else self.languages)
        ]
        if language and slug == "index":
            known.append(("x-default", "", ""))  # the page that offers all languages
        for tag, code, name in known:
            href = ("../" if language else "") + join(code, f"{slug}.html")
            published = self._address(code, slug) or href
            yield {"language": tag, "href": href, "published": published, "name": name}

    def _address(self, language: str, slug: str) -> str:
        """Return the web address of a page, or an empty string if the book has none."""
        address = self.book.address
        return address and address + join(language, f"{slug}.html").removesuffix("index.html")

    def sitemap(self, places: Iterable[Key]) -> dict[str, Any]:
        """Return the address of every page, with those of the same page in other languages."""
        pages = [
            {"address": self._address(*place), "alternates": list(self._alternates(*place))}
            for place in places
        ]
        return {"pages": pages, "sitemap": self.book.address + SITEMAP}

    def _choices(self) -> Iterator[dict[str, str]]:
        for code in self.languages:
            yield {
                "language": code,
                "href": f"{code}/index.html",
                "name": self.book.languages[code],
                "title": self.book.title[code],
                "subtitle": self.book.subtitle[code],
            }

    def _lost(self) -> dict[str, Any]:
        """The content of the page shown instead of a missing one, at any depth.

        Its links begin with the address of the site, or at the top of the host if none is known.
        """
        address = self.book.address or "/"
        choices = [
            each
            | {"href": address + each["href"], "subtitle": interface(each["language"])["missing"]}
            for each in self._choices()
        ]
        return {"root": address, "address": "", "alternates": [], "choices": choices, "lost": True}

    def terms(self, language: str, slug: str = "") -> list[dict[str, Any]]:
        """Return the terms of the book, or those that a chapter links to, in alphabetic order."""
        terms = sorted(self.book.terms, key=lambda term: term.order(language))
        if slug:
            passages = self.readings[language, slug].passages
            linked = {name for p in passages for role, name in p.references if role == "term"}
            terms = [term for term in terms if term.name in linked]
        return [
            {
                "anchor": term_anchor(term.name),
                "form": term.forms[language],
                "definition": term.definition.get(language, ""),
                "others": [
                    {"language": code, "form": form, "definition": term.definition.get(code, "")}
                    for code, form in term.forms.items()
                    if code != language
                ],
            }
            for term in terms
        ]

    def works(self, language: str, slug: str = "") -> list[dict[str, Any]]:
        """Return the works of the book and where it cites them, or those that a chapter cites."""
        places: Mapping[str, list[dict[str, str]]] = {}
        keys = {work.key for work in self.book.works}
        if slug:
            keys = cited(self.readings[language, slug].passages)
        else:
            readings = {s: self.readings[language, s] for s in self.slugs(language)}
            places = citing({s: (each.passages, each.anchors) for s, each in readings.items()})
        called = citation_labels(self.book.works, interface(language))
        return [
            {
                "anchor": work.anchor,
                "called": called[work.key],
                "names": work.names,
                "title": work.title,
                "published": work.published,
                "year": work.year,
                "url": work.url,
                "places": places.get(work.key, []),
            }
            for work in self.book.works
            if work.key in keys
        ]
