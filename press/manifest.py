"""The files of the site that are made from the texts: what each depends on, and how it is made.

A build makes only those that depend on something new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property, partial
from posixpath import join
from typing import Any

from press import autodoc, downloads, lite, packages
from press.book import PREFACE, REFERENCE, Key
from press.contexts import LOST, SITEMAP
from press.hashing import digest
from press.interface import interface
from press.pages import Pages

PASSAGES = "passages.js"
ROBOTS = "robots.txt"


@dataclass(frozen=True)
class File:
    """A file of the site: what it is made from, how it is made, and the text that it shows, if any.

    Raises:
        BookError: a formula or a listing cannot be shown, when it is made.
    """

    made_from: Callable[[], object]
    make: Callable[[], str]
    text: Key | None = None

    @property
    def key(self) -> str:
        """A name for everything it depends on: the same name means the same content."""
        return digest(packages.version("press"), self.made_from())


def manifest(pages: Pages) -> dict[str, File]:
    """Return the files of the site that are made from the texts, by name.

    There is one script per language, `ko/passages.js`, with what the search finds, and each chapter
    has files to download. A book with an address also has `sitemap.xml` and `robots.txt`.
    """
    return _Manifest(pages).files()


class _Manifest:
    def __init__(self, pages: Pages) -> None:
        self.pages, self.book, self.contexts = pages, pages.book, pages.contexts

    def files(self) -> dict[str, File]:
        chapters = [place for place in self.pages.readings if place[1] != PREFACE]
        places = [("", "index")]
        for language in self.pages.languages:
            places += [(language, slug) for slug in ("index", *self.contexts.extras)]
            places += [place for place in chapters if place[0] == language]
        files = {join(code, f"{slug}.html"): self._page(code, slug) for code, slug in places}
        for place in chapters:
            files |= self._downloads(*place)
        files |= {f"{code}/{PASSAGES}": self._search(code) for code in self.pages.languages}
        if self.contexts.has_lite:
            files |= _lite_files({name: files[name] for name in files if name.endswith(".ipynb")})
        files |= {f"{LOST}.html": self._page("", LOST)}
        if self.book.address:
            files |= {name: self._site_map(name, places) for name in (SITEMAP, ROBOTS)}
        return files

    def _page(self, language: str, slug: str) -> File:
        def made_from() -> list[Any]:
            sources: list[Any] = []
            if slug in self.book.chapters:
                sources = [self._sources[code, slug] for code in self.contexts.having(slug)]
            elif slug == REFERENCE:
                sources = autodoc.versions(self.book.reference)
            return [self.contexts.of(language, slug), sources]

        text = (language, slug) if language and slug in self.book.chapters else None
        return File(made_from, partial(self.pages.html, language, slug), text)

    def _downloads(self, language: str, slug: str) -> dict[str, File]:
        """Return what a chapter is offered as, and the script that carries all of it."""
        key = language, slug

        def made_from() -> list[Any]:
            terms = self.contexts.terms(*key)
            return [self.book.number(slug), dict(interface(language)), terms, self._sources[key]]

        def make(suffix: str) -> str:
            return downloads.WRITERS[suffix](self.pages.readings[key], self.pages.page(*key))

        files = {
            f"{slug}{suffix}": File(made_from, cache(partial(make, suffix)), key)
            for suffix in downloads.WRITERS
        }

        def carried() -> str:
            return downloads.carried({name: file.make() for name, file in files.items()})

        script = {f"{slug}{downloads.CARRIED}": File(made_from, carried, key)}
        return {join(language, name): file for name, file in (files | script).items()}

    def _search(self, language: str) -> File:
        def made_from() -> list[Any]:
            slugs = self.contexts.slugs(language)
            readings = [(slug, self.pages.readings[language, slug]) for slug in slugs]
            found = ((slug, self.pages.references(language, slug)) for slug in slugs)
            terms = self.book.terms
            return [
                [(slug, each.anchors, each.text.source) for slug, each in readings],
                [(slug, label, at.text) for slug, all_ in found for label, at in all_.items()],
                [[term.forms, term.definition, term.wrong, term.readings] for term in terms],
                [asdict(work) for work in self.book.works],
                dict(interface(language)),
                autodoc.versions(self.book.reference),
            ]

        return File(made_from, partial(self.pages.search_script, language))

    def _site_map(self, name: str, places: Sequence[Key]) -> File:
        made_from = partial(self.contexts.sitemap, places)
        return File(made_from, partial(self.pages.site_map, name, places))

    @cached_property
    def _sources(self) -> dict[Key, str]:
        """A name for what the passages of each text depend on, by language and slug."""
        return {key: digest(*self._made_from(*key)) for key in self.pages.readings}

    def _made_from(self, language: str, slug: str) -> list[Any]:
        """Return everything that the passages of a text depend on."""
        reading = self.pages.readings[language, slug]
        pictures = [p.variant for p in reading.passages if p.kind == "figure"]
        found = self.pages.references(language, slug)
        return [
            reading.text.source,
            [cell.get("outputs", []) for cell in reading.text.notebook.cells],
            [(reading.text.path.parent / name).read_text(encoding="utf-8") for name in pictures],
            [(label, found[label].href, found[label].text) for label in sorted(found)],
            [[p.source for p in told] for _, _, told in self.pages.leads(language, slug)],
            sorted(reading.stale),
        ]


def _lite_files(notebooks: Mapping[str, File]) -> dict[str, File]:
    """Return the files that offer notebooks to JupyterLite."""
    files = {lite.FILES + name: file for name, file in notebooks.items()}
    listings = lite.listings(list(notebooks))
    return files | {name: _fixed(listing) for name, listing in listings.items()}


def _fixed(content: str) -> File:
    return File(lambda: content, lambda: content)
