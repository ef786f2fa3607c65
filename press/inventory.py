"""Compares the files in chapters/ with the list in book.toml: none may be missing or useless."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from press.book import LANGUAGE, PREFACE, Book
from press.errors import BookError
from press.paths import BOOK_FILE, shown
from press.tables import read_table
from press.terms import TERMS_FILE
from press.works import WORKS_FILE


def check_files(book: Book, languages: Iterable[str] | None = None) -> list[BookError]:
    """Return an error for every listed chapter without a file and every file not listed."""
    codes = tuple(book.languages if languages is None else languages)
    folderless = [code for code in codes if not book.text_path(code, PREFACE).parent.is_dir()]
    codes = tuple(code for code in codes if code not in folderless)
    strays = {file.stem: file for code in codes[::-1] for file in _texts(book, code)}
    for slug in book.chapters:
        strays.pop(slug, None)
    errors = [*_unknown_languages(book), *_translated_source(book)]
    errors += map(partial(_folderless, book), folderless)
    for slug in book.chapters:
        files = [book.text_path(code, slug) for code in codes]
        if absent := [file for file in files if not file.is_file()]:
            stems = {stem.casefold(): stem for stem in strays}
            misnamed = [stems[name] for name in get_close_matches(slug, stems, n=1)]
            moved = [f"{shown(strays.pop(stem))} is there; rename one. " for stem in misnamed]
            errors.append(_absent(book, slug, absent, "".join(moved)))
    errors += map(partial(_unlisted, book), strays.values())
    return [*errors, *_useless(book)]


def _folderless(book: Book, language: str) -> BookError:
    """Return the error for a language without a folder of texts."""
    folder = shown(book.text_path(language, PREFACE).parent)
    message = f"{language} is a language of the book, but there is no folder {folder}"
    hint = f"Write its texts in {folder}, or remove the language from the list."
    return _in_list(book, language, message, hint)


def _absent(book: Book, slug: str, absent: Sequence[Path], hint: str) -> BookError:
    """Return the error for a chapter some of whose files are absent."""
    files = ", ".join(map(shown, absent))
    is_blocked = any(map(os.path.lexists, absent))
    blocked = ", or what is there is not a file" if is_blocked else ""
    if slug == PREFACE:
        path = book.text_path(book.source, PREFACE)
        message = f"the preface is in {book.source}, but there is no {files}{blocked}"
        return BookError(message, path=path, line=1, hint=f"{hint}Write {files}.")
    message = f'chapter "{slug}" is listed, but there is no {files}{blocked}'
    hint += f"Write {files}, or remove the chapter from the list."
    if book.text_path(book.source, slug) not in absent:
        hint += f"\nTo see what is there, run: press build --lang {book.source} --chapter {slug}"
    return _in_list(book, f'"{slug}"', message, hint)


def _unlisted(book: Book, file: Path) -> BookError:
    """Return the error for a file that is not a chapter; it may exist in several languages."""
    if file.stem == PREFACE:
        source = shown(book.text_path(book.source, PREFACE))
        message = f"this preface should be a translation of {source}, which does not exist"
        hint = f"Write {source}, or move this file away."
    else:
        message = f'chapter "{file.stem}" is not listed in {BOOK_FILE.as_posix()}'
        hint = f"List it under a part in {BOOK_FILE.as_posix()}, or move it away."
    return BookError(message, path=file, line=1, hint=hint)


def _unknown_languages(book: Book) -> Iterator[BookError]:
    """Yield an error for each folder of texts in a language that the book does not have."""
    for folder in sorted((book.root / "chapters").iterdir()):
        files = _texts(book, folder.name)
        if files and LANGUAGE.fullmatch(folder.name) and folder.name not in book.languages:
            message = f"{folder.name} is not a language of the book"
            hint = f"List it under [languages] in {BOOK_FILE.as_posix()}, or move it away."
            yield BookError(message, path=files[0], line=1, hint=hint)


def _translated_source(book: Book) -> Iterator[BookError]:
    """Yield an error if the first language has the record of a translation."""
    record = book.synced_path(book.source)
    if record.exists():
        message = f"{book.source} is listed first, as the source of the translations, but"
        message += f" {shown(record)} records it as a translation"
        hint = f"List the source first. If it is {book.source} from now on, remove that record."
        yield _in_list(book, book.source, message, hint)


def _useless(book: Book) -> Iterator[BookError]:
    """Yield an error for each folder with files that no part of press reads."""
    chapters = book.root / "chapters"
    read = {BOOK_FILE.name, TERMS_FILE.name, WORKS_FILE.name, "README.md"}
    read |= {f"synced/{code}.toml" for code in book.languages}
    in_folder = re.compile(rf"figures/[^/]+\.svg|{LANGUAGE.pattern}/[^/]+\.md")
    folders: dict[Path, list[Path]] = {}
    for file in sorted(path for path in chapters.rglob("*") if not path.is_dir()):
        inside = file.relative_to(chapters)
        is_hidden = file.name.endswith("~") or any(part[0] in ".#" for part in inside.parts)
        is_read = inside.as_posix() in read or in_folder.fullmatch(inside.as_posix())
        if not is_hidden and not (is_read and file.exists()):
            folders.setdefault(file.parent, []).append(file)
    for first, *others in folders.values():
        more = f" and {len(others)} more beside it are" if others else " is"
        hint = "Move what you want to keep out of chapters/, and remove the rest."
        yield BookError(f"this file{more} no part of the book", path=first, hint=hint)


def _in_list(book: Book, key: str, message: str, hint: str) -> BookError:
    """Return an error at the line of book.toml that gives `key`."""
    return read_table(book.root / BOOK_FILE).error(key, message, hint)


def _texts(book: Book, language: str) -> list[Path]:
    files = (book.root / "chapters" / language).glob("*.md")
    return sorted(file for file in files if file.name[0] != ".")  # Emacs locks by .#x.md
