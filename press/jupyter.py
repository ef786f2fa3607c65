"""Opens JupyterLab: for readers with their own notebooks, for authors with the chapters."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from d2lmini.exercises.words import system_language
from press.book import Book
from press.kernels import has_home

# JupyterLab contacts no third party: no news, no check for newer versions
SETTINGS = Path(__file__).parent / "jupyterlab"


def lab(book: Book, language: str, options: Sequence[str] = ()) -> None:
    """Replace this process by JupyterLab with a reader's notebooks in `work/`; does not return."""
    where = f"--LabApp.default_url=/lab/tree/{language}"
    _become(book, book.work_dir, where, *options)


def edit(book: Book, options: Sequence[str] = ()) -> None:
    """Replace this process by JupyterLab with the paired notebooks; saves write Markdown too."""
    where = f"--LabApp.default_url=/lab/tree/build/notebooks/{book.source}"
    check = "--FileContentsManager.pre_save_hook=press.pairing.keep_overwritten"
    note = "--FileContentsManager.post_save_hook=press.pairing.record_save"
    _become(book, book.root, where, check, note, *options)


def reader_language(book: Book, environment: Mapping[str, str] = os.environ) -> str:
    """Return the book's language that matches the system's, or else the source language."""
    return system_language(book.languages, environment) or book.source


def reader_languages(book: Book) -> list[str]:
    """Return the languages of the notebooks in `work/`, the system's first; or else only that."""
    system = reader_language(book)
    there = [code for code in book.languages if (book.work_dir / code).is_dir()]
    return sorted(there, key=lambda code: code != system) or [system]


def _become(book: Book, folder: Path, *options: str) -> None:
    # terminals in JupyterLab find the command press; checks report in the language of the
    # notebook's folder, so that two languages can be open at once
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = os.environ | {"PATH": path}
    environment.pop("D2LMINI_LANGUAGE", None)
    if not has_home():  # Jupyter ends if it cannot write there
        environment["HOME"] = str(book.cache_dir / "home")
    command = ["-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    command += [f"--LabApp.app_settings_dir={SETTINGS}", *options]
    os.execve(sys.executable, [sys.executable, *command], environment)
