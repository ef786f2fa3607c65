"""The book as its authors describe it: languages, parts, chapters, terms, works, and its files."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

from press.errors import BookError, raise_all
from press.paths import BOOK_FILE, find_root
from press.tables import Table, all_text, read_table
from press.terms import TERMS_FILE, Term, read_terms
from press.works import WORKS_FILE, Work, read_works

KEYS = ("title", "subtitle", "languages", "parts", "cell_timeout", "address", "reference")
PREFACE = "index"  # a text of this name appears on the first page, below the contents
BIBLIOGRAPHY, GLOSSARY, REFERENCE = "bibliography", "glossary", "reference"
RESERVED = (PREFACE, BIBLIOGRAPHY, GLOSSARY, REFERENCE)  # pages of every book
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_ADDRESS = r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(/[\w.~%+-]+)*/?"

Key = tuple[str, str]  # names a text: its language and its chapter


@dataclass(frozen=True)
class Part:
    """A part of the book: its title in every language and the slugs of its chapters."""

    title: Mapping[str, str]
    chapters: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """Some texts of a book: those in the languages and of the chapters; None stands for all."""

    languages: Collection[str] | None = None
    chapters: Collection[str] | None = None

    def has(self, key: Key) -> bool:
        """Tell whether a text is one of them."""
        language, slug = key
        return (self.languages is None or language in self.languages) and (
            self.chapters is None or slug in self.chapters
        )


EVERYTHING = Choice()


@dataclass(frozen=True)
class Book:
    """What the TOML files in `chapters/` say, and the paths that follow from it.

    `languages` maps codes to names, the source first; `chapters` are slugs in reading order, the
    preface first if there is one; `cell_timeout` is in seconds; `address` is where the site is
    published, if anywhere; `reference` lists the modules that the API reference documents.
    """

    root: Path
    title: Mapping[str, str]
    subtitle: Mapping[str, str]
    languages: Mapping[str, str]
    parts: tuple[Part, ...]
    chapters: tuple[str, ...]
    terms: tuple[Term, ...]
    cell_timeout: float
    address: str = ""
    reference: tuple[str, ...] = ()
    works: tuple[Work, ...] = ()

    @classmethod
    def load(cls, path: Path | str = ".") -> Book:
        """Read the book that `path` lies in.

        Raises:
            BookError: there is no book, or its TOML files have errors.
        """
        root = find_root(Path(path))
        if root is None:
            raise BookError(
                f"no book at or above {Path(path).absolute()}: found no {BOOK_FILE.as_posix()}",
                hint="Change to the folder of the book, and run the command again.",
            )
        reader = _Reader(read_table(root / BOOK_FILE))
        languages = reader.languages()
        parts = reader.parts()
        source = next(iter(languages))
        chapters = [slug for part in parts for slug in part.chapters]
        if (root / "chapters" / source / f"{PREFACE}.md").is_file():
            chapters.insert(0, PREFACE)
        title, subtitle = reader.words("title"), reader.words("subtitle")
        cell_timeout = reader.seconds("cell_timeout")
        address, reference = reader.address("address"), reader.modules("reference")
        reader.finish()  # the terms depend on the languages
        return cls(
            root=root,
            title=title,
            subtitle=subtitle,
            languages=languages,
            parts=parts,
            chapters=tuple(chapters),
            terms=read_terms(root / TERMS_FILE, tuple(languages)),
            cell_timeout=cell_timeout,
            address=address,
            reference=reference,
            works=read_works(root / WORKS_FILE),
        )

    @property
    def source(self) -> str:
        """The code of the language that the others are translated from."""
        return next(iter(self.languages))

    def number(self, slug: str) -> int:
        """Return the number of a chapter, counted from 1; the preface has 0."""
        return self.chapters.index(slug) + (PREFACE not in self.chapters)

    @property
    def build_dir(self) -> Path:
        """Where everything generated goes."""
        return self.root / "build"

    @property
    def html_dir(self) -> Path:
        """The finished site."""
        return self.build_dir / "html"

    def built_site(self) -> Path:
        """Return the folder of the finished site; raise BookError if there is none yet."""
        if not (self.html_dir / "index.html").is_file():
            message = "the book has not been built yet: there is no index.html"
            raise BookError(message, path=self.html_dir, hint="Run: make book")
        return self.html_dir

    @property
    def cache_dir(self) -> Path:
        """What need not be computed twice; may be deleted at any time."""
        return self.build_dir / "cache"

    @property
    def work_dir(self) -> Path:
        """What readers keep: their own notebooks, and backups of what was replaced."""
        return self.root / "work"

    def text_path(self, language: str, slug: str) -> Path:
        """Return the Markdown file of a chapter in a language."""
        return self.root / "chapters" / language / f"{slug}.md"

    def notebook_path(self, language: str, slug: str) -> Path:
        """Return the built notebook of a chapter in a language."""
        return self.build_dir / "notebooks" / language / f"{slug}.ipynb"

    def work_path(self, language: str, slug: str) -> Path:
        """Return the reader's own copy of a chapter's notebook."""
        return self.work_dir / language / f"{slug}.ipynb"

    def synced_path(self, language: str) -> Path:
        """Return the file that records the state of a translation."""
        return self.root / "chapters" / "synced" / f"{language}.toml"


class _Reader:
    """Reads and checks the values in book.toml, and collects what is wrong with them."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.codes: tuple[str, ...] = ()
        self.strange: set[str] = set()  # what is listed like a language but is none
        self.slugs: set[str] = set()  # of the parts read so far
        self.titles: set[tuple[str, str]] = set()  # theirs, with their languages
        self.errors: list[BookError] = []

    def languages(self) -> dict[str, str]:
        """Return language codes with their names, the source first."""
        languages: Any = self.table.content.get("languages")
        if not languages or not all_text(languages, languages):
            self._expected("languages", languages, "a table of language codes and their names")
            self.finish()  # nothing else can be checked without them
        self.codes = tuple(languages)
        for code in self.codes:
            if not LANGUAGE.fullmatch(code):
                self._expected(code, code, "a language code such as ko or pt-BR")
        if self.errors:
            self.finish()
        return dict(languages)

    def words(self, key: str, table: Table | None = None) -> dict[str, str]:
        """Return a string in every language, from the file or a table in it."""
        table = table or self.table
        value = table.content.get(key)
        if not isinstance(value, dict) or not all_text(value, {*self.codes, *value}):
            expected = f"text in every language: {', '.join(self.codes)}"
            self._expected(key, value, expected, table)
            return {}
        for code in sorted(value.keys() - {*self.codes} - self.strange):
            self.strange.add(code)  # reported once, since every title may have it
            self._expected(key, code, f"only the languages {', '.join(self.codes)}", table)
        return dict(value)

    def parts(self) -> tuple[Part, ...]:
        """Return the parts, each with a title in every language and its chapters."""
        parts = self.table.content.get("parts")
        if not isinstance(parts, list) or not parts or not all(isinstance(p, dict) for p in parts):
            self._expected("parts", parts, "at least one [[parts]] with chapters and a title")
            return ()
        heads = self.table.heads("parts")
        heads = heads if len(heads) == len(parts) else [0] * len(parts)
        return tuple(map(self._part, map(self.table.inner, repeat("a part"), heads, parts)))

    def _part(self, table: Table) -> Part:
        """Return the part that a table describes."""
        if unknown := table.unknown(("title", "chapters")):
            self.errors += unknown.values()
            return Part({}, ())  # what is missing may be there under this name
        title, slugs = self.words("title", table), self._slugs(table)
        for code, words in title.items():
            if (code, words) in self.titles:
                self._expected(f"title.{code}", words, "one of its own", table)
            self.titles.add((code, words))
        return Part(title, slugs)

    def _slugs(self, table: Table) -> tuple[str, ...]:
        """Return the chapters of a part."""
        slugs = table.content.get("chapters")
        if slugs == []:
            self._expected("chapters", slugs, "the chapters of the part, or no such part", table)
        if not isinstance(slugs, list) or not all(isinstance(slug, str) for slug in slugs):
            expected = 'a list of slugs such as ["layers-and-blocks"]'
            self._expected("chapters", slugs, expected, table)
            return ()
        for slug in slugs:
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
                self._expected(f'"{slug}"', slug, "lower-case letters, digits and hyphens")
            if slug in RESERVED:
                self._expected(f'"{slug}"', slug, "another name: the book has a page of this name")
            if slug in self.slugs:
                self._expected(f'"{slug}"', "the chapter a second time", "each chapter once")
            self.slugs.add(slug)
        return tuple(slugs)

    def seconds(self, key: str) -> float:
        """Return a positive number of seconds."""
        value: Any = self.table.content.get(key)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 0 < value < float("inf"):
            return float(value)
        self._expected(key, value, "a positive number of seconds")
        return 0.0

    def address(self, key: str) -> str:
        """Return a web address that ends with a slash, or an empty string if there is none."""
        value = self.table.content.get(key, "")
        if isinstance(value, str) and re.fullmatch(f"({_ADDRESS})?", value, re.I | re.A):
            return value and value.rstrip("/") + "/"
        self._expected(key, value, 'where the site is published, "https://…", or no such line')
        return ""

    def modules(self, key: str) -> tuple[str, ...]:
        """Return the names of Python modules, if there are any."""
        value = self.table.content.get(key, [])
        names = value if isinstance(value, list) else [value]
        if all(isinstance(name, str) and re.fullmatch(r"\w+(\.\w+)*", name) for name in names):
            if twice := next((name for name in names if names.count(name) > 1), ""):
                self._expected(key, f"{twice} twice", "each module once")
            return tuple(names)
        self._expected(key, value, 'a list of Python modules, ["package", "package.module"]')
        return ()

    def finish(self) -> None:
        """Raise errors for unknown keys, which may cause the others, or else those collected."""
        raise_all(self.table.unknown(KEYS).values() or self.errors)

    def _expected(self, key: str, found: object, expected: str, table: Table | None = None) -> None:
        self.errors.append((table or self.table).expected(key, found, expected))
