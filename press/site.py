"""The site: writes the new pages next to the old ones, checks every link, and swaps them in."""

from __future__ import annotations

import filecmp
import html
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from posixpath import normpath
from typing import Any

from press import lite, wheel
from press.book import EVERYTHING, Book, Choice, Key
from press.contexts import RUNTIME, WHEELS
from press.errors import BookError, raise_all
from press.files import inside, read_sealed, write_changed, write_sealed
from press.fragments import Fragments, made_before
from press.hashing import sha256
from press.manifest import manifest
from press.pages import Pages
from press.paths import STATIC
from press.progress import Progress, no_progress
from press.runtime import present, runtime
from press.texts import Text

Links = tuple[set[str], set[str]]  # anchors, and addresses of links

ISOLATION = "isolation.js"
# these serve the build, not the reader
_NOT_SERVED = ("manifest.json", "katex.min.js", ".py")
_ID = re.compile(r'\sid="([^"]*)"')
_LINK = re.compile(r'\s(?:href|src)="([^"]*)"')
_TEMPLATE = re.compile(r"<template\b.*?</template>", re.DOTALL)


def build_site(
    book: Book,
    texts: Mapping[Key, Text],
    choice: Choice = EVERYTHING,
    *,
    fragments: Fragments | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> list[str]:
    """Update `build/html` from the texts, completely or not at all; return the files written.

    Args:
        book: The book.
        texts: All its texts by language and slug, with executed notebooks for the wanted pages.
        choice: The texts whose pages are wanted, while others stay as they are.
        fragments: What earlier builds have made.
        force: Write unchanged pages too.
        progress: Called for each page written.

    Raises:
        BookError: the texts have errors, or links are broken.
        OSError: a folder cannot be written.
    """
    shelf = _Shelf(book)
    shelf.recover()
    shown = {key for key in texts if choice.has(key) or shelf.has(*key)}
    fragments = fragments or made_before(book)
    copied = _Copies(book)
    files = manifest(Pages(book, texts, fragments, copied.addresses, shown))
    keys, wanted = {}, {}
    for name, file in files.items():
        is_chosen = file.text is None or choice.has(file.text)
        keys[name] = file.key if is_chosen else shelf.key(name)
        if is_chosen and (force or not shelf.holds(name, keys[name])):
            wanted[name] = file
    written = {}
    for name, file in wanted.items():
        written[name] = file.make()
        progress(f"page {name}", 1 / len(wanted))
    try:
        fragments.save(prune=len(written) == len(files))
        shelf.replace(list(files), written, keys, copied.files)
    except OSError as error:
        error.filename = error.filename or str(book.html_dir)  # a full disk's error names no file
        shelf.recover()
        raise
    return list(written)


class _Shelf:
    """The folders of the site: the present one, the draft, and a record of the pages."""

    def __init__(self, book: Book) -> None:
        self.html = book.html_dir
        self.draft = self.html.with_name("html.new")
        self.past = self.html.with_name("html.old")
        self.record = book.cache_dir / "site.json"
        self.known: dict[str, dict[str, Any]] = read_sealed(self.record) or {}

    def recover(self) -> None:
        """Clean up after an interrupted build."""
        if self.past.exists() and not self.html.exists():
            self.past.rename(self.html)
        self.clear()

    def clear(self) -> None:
        """Remove everything that is not the site."""
        shutil.rmtree(self.draft, ignore_errors=True)
        shutil.rmtree(self.past, ignore_errors=True)

    def has(self, language: str, slug: str) -> bool:
        """Tell whether the site has a page of a chapter."""
        return (self.html / language / f"{slug}.html").is_file()

    def key(self, file: str) -> str:
        """Return the key that a page was built from."""
        return self.known.get(file, {}).get("key", "")

    def holds(self, file: str, key: str) -> bool:
        """Tell whether the site has a page unchanged since it was written for a key."""
        known = self.known.get(file)
        if not known or known["key"] != key:
            return False
        try:
            content = (self.html / file).read_bytes()
        except OSError:
            return False
        return sha256(content) == known["sha256"]

    def replace(
        self,
        files: list[str],
        written: Mapping[str, str],
        keys: Mapping[str, str],
        copied: Mapping[str, Path],
    ) -> None:
        """Swap in a site of `files`, new ones as written and others unchanged, and of copies."""
        if not written and self._is_complete(files, copied):
            return
        for file in files:
            target = self.draft / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if file in written:
                target.write_text(written[file], encoding="utf-8")
            else:
                shutil.copy2(self.html / file, target)
        for name, source in copied.items():
            target = self.draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        record = {file: self._describe(file, written, keys[file]) for file in files}
        self._check(record, copied)
        write_sealed(self.record, record)  # a page that does not match the record will be rewritten
        if self.html.exists():
            self.html.rename(self.past)
        self.draft.rename(self.html)
        self.clear()

    def _is_complete(self, files: list[str], copied: Mapping[str, Path]) -> bool:
        """Tell whether the site has these pages and copies, unchanged, and nothing else."""
        return (
            inside(self.html).keys() == {*files, *copied}
            and set(self.known) == set(files)
            and all(filecmp.cmp(self.html / name, source) for name, source in copied.items())
        )

    def _describe(self, file: str, written: Mapping[str, str], key: str) -> dict[str, Any]:
        """Return what the next build needs to know about a page in the draft."""
        known = self.known.get(file)
        if file not in written and known and known["key"] == key:
            return known
        content = (self.draft / file).read_bytes()
        ids, found = links(content.decode()) if file.endswith(".html") else (set(), set())
        return {"key": key, "sha256": sha256(content), "ids": sorted(ids), "links": sorted(found)}

    def _check(self, record: Mapping[str, dict[str, Any]], copied: Mapping[str, Path]) -> None:
        found = {file: (set(each["ids"]), set(each["links"])) for file, each in record.items()}
        errors = [BookError(message) for message in broken(found, copied.keys())]
        if errors:
            self.clear()
        raise_all(errors)


def links(content: str) -> Links:
    """Return the anchors of a page and its links, except those to other sites."""
    ids = set(_ID.findall(_TEMPLATE.sub("", content)))
    found = {html.unescape(link) for link in _LINK.findall(content)}
    return ids, {link for link in found if not re.match(r"[a-z]+:", link)}


def broken(pages: Mapping[str, Links], others: Collection[str] = ()) -> Iterator[str]:
    """Yield a sentence for every link without a page, anchor or file as its target.

    `pages` holds what `links` found, by file name; `others` are the files that are not pages.
    """
    for file, (_, found) in pages.items():
        folder = file.rpartition("/")[0]
        for link in sorted(found):
            address, _, anchor = link.partition("#")
            path = address.partition("?")[0]
            target = normpath(f"{folder}/{path}".lstrip("/")) if path else file
            if target not in pages and target not in others:
                yield f"{file} links to {link}, but there is no {target}"
            elif anchor and anchor not in pages.get(target, (set(), set()))[0]:
                yield f"{file} links to {link}, but {target} has no anchor {anchor}"


class _Copies:
    """The files to copy into the site: static files, d2lmini, Python for cells, JupyterLite.

    `files` has them by their place, `addresses` by name those that pages link to. An address ends
    with a hash of the content, so that no old one is used.
    """

    def __init__(self, book: Book) -> None:
        self.files = {f"static/{name}": STATIC / name for name in _served()}
        # a service worker controls the folder that contains it
        self.files[ISOLATION] = self.files.pop(f"static/live/{ISOLATION}")
        self.addresses = dict(_assets())
        contents = {wheel.name(): wheel.wheel(), wheel.LIVE: wheel.live(book.languages)}
        for name, (file, content) in zip(WHEELS, contents.items(), strict=True):
            write_changed(book.cache_dir / file, content)
            self.files[f"static/{file}"] = book.cache_dir / file
            self.addresses[name] = _address(file, content)
        python = present(book)
        self.files |= {f"runtime/{name}": file for name, file in python.items()}
        self.addresses[RUNTIME] = "runtime/" if python else runtime().address
        if lab := lite.present(book):
            self.files |= {lite.PLACE + name: file for name, file in lab.items()}
            self.files[lite.LOCK] = lite.lock(book, book.cache_dir / wheel.name())
            self.addresses[lite.LOCK] = lite.LOCK


@cache
def _served() -> tuple[str, ...]:
    return tuple(name for name in inside(STATIC) if not name.endswith(_NOT_SERVED))


@cache
def _assets() -> dict[str, str]:
    return {
        name: _address(name, (STATIC / name).read_bytes())
        for name in _served()
        if not name.endswith((".woff2", "LICENSE"))
    }


def _address(name: str, content: bytes) -> str:
    return f"static/{name}?{sha256(content)[:8]}"
