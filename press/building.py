"""Builds the book: pair, run, check, render; one build at a time."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from press import autodoc, packages
from press.book import Book, Choice, Key
from press.checking import check, told_once
from press.errors import BookError, flat, noted, raise_all
from press.files import inside, write_atomic
from press.fragments import Fragments, made_before
from press.hashing import sha256
from press.interface import interface
from press.inventory import check_files
from press.pairing import remove_all, remove_orphans
from press.progress import Progress, half, no_progress
from press.running import outputs_known, run
from press.site import build_site
from press.texts import Text, first_difference, read_text

_READERS = ("jupytext", "markdown-it-py", "mdit-py-plugins", "Pygments")


def build(
    book: Book, choice: Choice, *, jobs: int, force: bool = False, progress: Progress = no_progress
) -> list[str]:
    """Bring notebooks and site up to date with the texts of `choice`; return the files written.

    `jobs` programs run at once; `force` also runs, checks and writes what is up to date; `progress`
    is called for each text and each page written.

    Raises:
        BookError: something is wrong in the book; the last good site stays in place.
    """
    everything = read_texts(book, choice, keep=True)
    wanted = [text for key, text in everything.items() if choice.has(key)]
    texts = {key: text for key, text in everything.items() if _is_part(book, choice, key)}
    others = {key: text for key, text in everything.items() if key not in texts}
    fragments = made_before(book, anew=force)
    try:
        executed = run(book, wanted, jobs=jobs, force=force, progress=half(progress))
    except BookError as failure:
        causes = _causes(failure, check(book, texts, {}, others, fragments), book)
        raise_all(told_once(book, list(causes)))
    executed |= outputs_known(book, [text for key, text in texts.items() if key not in executed])
    raise_all(told_once(book, _errors(book, texts, executed, others, fragments)))
    written = build_site(
        book,
        everything | executed,
        choice,
        fragments=fragments,
        force=force,
        progress=half(progress),
    )
    remove_orphans(book, everything.values())
    return written


def check_only(book: Book, choice: Choice) -> dict[Key, Text]:
    """Return all texts, without running or writing anything.

    Raises:
        BookError: a build would reject texts of `choice`, or they are not in Jupytext's form.
    """
    texts = read_texts(book, choice)
    known: dict[Key, Text] = {}
    errors: list[BookError] = []
    with noted(errors):  # code that does not parse
        known = outputs_known(book, texts.values())
    errors += _errors(book, texts, known, {}, made_before(book))
    wrong = {error.path for error in errors}
    tidy = (text for text in texts.values() if text.path not in wrong)
    errors += filter(None, map(first_difference, tidy))
    others = {text.path for key, text in texts.items() if not choice.has(key)}
    raise_all(told_once(book, [error for error in errors if error.path not in others]))
    return texts


def _errors(
    book: Book,
    texts: Mapping[Key, Text],
    executed: Mapping[Key, Text],
    others: Mapping[Key, Text],
    fragments: Fragments,
) -> list[BookError]:
    """Return what `check` does; nothing is checked again that was in order and has not changed."""
    errors: list[BookError] = []

    def checked() -> str:
        errors.extend(check(book, texts, executed, others, fragments))
        return "" if errors else "in order"

    # what was read may have changed on disk since, while cells ran
    read = [[(*key, text.source) for key, text in some.items()] for some in (texts, others)]
    folders = [inside(book.root / "chapters" / name) for name in ("figures", "synced")]
    fragments.get(
        checked,
        version=[
            platform.python_version(),
            [importlib.metadata.version(name) for name in _READERS],
            packages.version("press"),
            autodoc.versions(book.reference),
            [replace(book, root=Path()), read],
            [(n, sha256(file.read_bytes())) for files in folders for n, file in files.items()],
            [
                (*key, [cell.get("outputs") for cell in text.notebook.cells])
                for key, text in executed.items()
            ],
        ],
    )
    return errors


def _causes(failure: BookError, faults: list[BookError], book: Book) -> Iterator[BookError]:
    """Yield why cells failed: in a translation, what differs from the source further up."""
    sources = {book.text_path(book.source, slug) for slug in book.chapters}
    for error in flat(failure):
        above = [
            fault
            for fault in faults
            if fault.path == error.path and (fault.line or 0) < (error.line or 0)
        ]
        yield from [error] if error.path in sources or not above else above


def _is_part(book: Book, choice: Choice, key: Key) -> bool:
    """Tell whether a build needs a text: wanted, on the site, or the source of such a text."""
    language, slug = key
    keys = [(code, slug) for code in book.languages] if language == book.source else [key]
    pages = [book.html_dir / code / f"{slug}.html" for code, slug in keys]
    return any(map(choice.has, keys)) or any(page.exists() for page in pages)


def read_texts(book: Book, choice: Choice, *, keep: bool = False) -> dict[Key, Text]:
    """Return all existing texts, the source language first.

    What was read before is in a file of the cache, which `keep` updates.

    Raises:
        BookError: texts cannot be read, or files of `choice` are missing.
    """
    languages = [
        code
        for code in book.languages
        if code == book.source or choice.languages is None or code in choice.languages
    ]
    errors = _wordless(book) + check_files(book, languages)
    texts: dict[Key, Text] = {}
    kept = Fragments(book.cache_dir / "texts.json")
    for language in book.languages:
        for slug in book.chapters:
            path = book.text_path(language, slug)
            with noted(errors):
                if path.is_file():
                    texts[language, slug] = read_text(path, kept)
    raise_all(errors)
    if keep:
        kept.save(prune=True)
    return texts


def _wordless(book: Book) -> list[BookError]:
    """Return errors for missing interface words, before anything that needs them is run."""
    found: list[BookError] = []
    for language in book.languages:
        with noted(found):
            interface(language)
    return list({str(error): error for error in found}.values())  # English ones come up in all


def clean(book: Book) -> list[Path]:
    """Remove generated files; return those kept among the notebooks because someone wrote them."""
    kept = remove_all(book)
    edited = {folder for file in kept for folder in file.parents}
    for path in sorted(book.build_dir.rglob("*"), reverse=True):
        stays = path in edited or path in kept or path == book.build_dir / "README.md"
        if not stays and (path.is_symlink() or not path.is_dir()):
            path.unlink()
        elif not stays:
            path.rmdir()
    return kept


@contextmanager
def only_one(book: Book) -> Iterator[None]:
    """Hold the lock on this book; wait for another build to finish first, and say which."""
    holder = book.build_dir / ".building"
    book.build_dir.mkdir(exist_ok=True)
    lock = FileLock(book.build_dir / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        who = holder.read_text(encoding="utf-8").strip() if holder.exists() else "another process"
        print(f"press: {who} is building this book; waiting for it to finish", file=sys.stderr)
        lock.acquire()
    try:
        write_atomic(holder, f"process {os.getpid()} (since {time.strftime('%H:%M:%S')})\n")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
