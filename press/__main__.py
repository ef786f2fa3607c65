"""The command `press`: builds, checks and serves the book.

A command is a function whose docstring is its help. It prints what it did, and returns an exit code
only where that may be other than 0. Modules that are slow to import are imported by the commands
that need them.
"""

from __future__ import annotations

import codecs
import os
import re
import shutil
import sys
import time
from argparse import (
    ArgumentError,
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from press.book import EVERYTHING, PREFACE, Book, Choice, Key
from press.errors import BookError, BookErrors, nearest, raise_all, trouble
from press.paths import shown

if TYPE_CHECKING:
    from press.texts import Text
    from press.workbooks import Workbook

    Command = Callable[[Book, Namespace], int | None]
    Option = tuple[str, dict[str, Any]]  # what `add_argument` takes

EPILOG = """\
How a chapter is built: chapters/ko/x.md is paired with build/notebooks/ko/x.ipynb. The notebook is
run, checked against the English text and the glossary, and rendered to build/html/ko/x.html.

Errors go to stderr as file:line, with what was found, what was expected and what to do next.
Exit codes: 0 done, 1 something is wrong in the book, 2 unknown command or option, 130 Ctrl-C.
A failed build leaves the last good book in place. Only one build of a book runs at a time.
"""
PORT = 8000
# jsonschema, which nbformat needs, would spend 0.9 s on grammars of addresses and durations that no
# notebook has, and Jupytext 0.2 s on a server
_UNUSED = (
    *("rfc3987_syntax", "rfc3986_validator", "isoduration"),
    *("jupytext.sync_contentsmanager", "jupytext.async_contentsmanager"),
)
# in the order in which help lists them: the function, its options, and those of which it takes one
_COMMANDS: list[tuple[Command, Sequence[Option], Sequence[Option]]] = []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command given by `arguments` and return its exit code."""
    _write_any_script()
    parser = _parser()
    options = parser.parse_args(arguments)
    for unused in _UNUSED:
        sys.modules.setdefault(unused, None)  # type: ignore[arg-type]
    try:
        code = options.command(Book.load(), options) or 0
        sys.stdout.flush()
        return code
    except ArgumentError as error:  # the command line names what the book does not have
        parser.error(str(error))
    except BookError as error:
        print(error, file=sys.stderr)
        if isinstance(error, BookErrors):
            print(f"{len(error.errors)} errors", file=sys.stderr)
        if re.search(r"\bpress [a-z]", str(error)) and not shutil.which("press"):
            program = os.path.relpath(Path(sys.executable).with_name("press"))
            print(f"    Here press is {program}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("press: stopped; the last good book is still in place", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of the output has stopped reading: press check | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in ("d2lmini", "press"):
            raise
        way_out = 'in the folder of the book, run: pip install ".[book]"'
        print(f"press: {error.name} is not installed; {way_out}", file=sys.stderr)
        return 1
    except OSError as error:
        print(trouble(error), file=sys.stderr)
        return 1


def _write_any_script() -> None:
    """Write messages as UTF-8 if the locale names no encoding, and never fail on a character.

    Messages to a closed stream go nowhere.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # the next file opened would take its place
            setattr(sys, name, Path(os.devnull).open("r+"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            unnamed = codecs.lookup(stream.encoding).name == "ascii"
            encoding = "utf-8" if unnamed else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="press",
        description="Builds the book: chapters/ becomes notebooks and a web site under build/.",
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for function, options, exclusive in _COMMANDS:
        about = function.__doc__ or ""  # python -OO leaves it out
        first = about.partition("\n")[0].removesuffix(".")
        name, help = function.__name__.strip("_"), first[:1].lower() + first[1:]
        command = commands.add_parser(name, help=help, description=about)
        command.set_defaults(command=function)
        for name, settings in options:
            command.add_argument(name, **settings)
        if exclusive:  # argparse fails on an empty group
            group = command.add_mutually_exclusive_group()
            for name, settings in exclusive:
                group.add_argument(name, **settings)
    return parser


def _command(*options: Option, one_of: Sequence[Option] = ()) -> Callable[[Command], Command]:
    """Make a function a command that takes `options`: `_build` is called `build`."""

    def add(function: Command) -> Command:
        _COMMANDS.append((function, options, one_of))
        return function

    return add


def _option(name: str, **settings: Any) -> Option:
    """Return an option of a command, or an argument if its name has no dashes."""
    return name, settings


def _cores() -> int:
    """Return the number of cores that this process may use, if the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _number(text: str, least: int, most: int) -> int:
    """Return the number in an argument, which must be within bounds."""
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
    return int(text)


_LANGUAGES = _option(
    "--lang", metavar="CODE", action="append", help="only this language; may be repeated"
)
_CHAPTERS = _option(
    "--chapter", metavar="SLUG", action="append", help="only this chapter; may be repeated"
)
_JOBS = _option(
    "--jobs",
    metavar="N",
    type=partial(_number, least=1, most=1000),
    default=_cores(),
    help="run N notebooks at once (default: the number of cores)",
)


def _rest(program: str) -> Option:
    return _option("rest", metavar="OPTION", nargs="*", help=f"for {program}, after --")


def _what(place: str) -> Option:
    meaning = "such as ko/layers-and-blocks#parallel; LANG defaults to that of your notebooks"
    return _option("what", metavar=place, help=meaning)


@_command(
    _LANGUAGES,
    _CHAPTERS,
    _JOBS,
    _option("--force", action="store_true", help="run, check and write everything again"),
)
def _build(book: Book, options: Namespace) -> None:
    """Bring notebooks and pages up to date."""
    _build_site(book, _choice(options, book), options.jobs, force=options.force)


def _build_site(book: Book, choice: Choice, jobs: int, *, force: bool = False) -> None:
    from press.building import build, only_one
    from press.progress import progress

    started = time.monotonic()
    with only_one(book), progress() as step:
        written = build(book, choice, jobs=jobs, force=force, progress=step)
    took = time.monotonic() - started
    pages = f"{len(written)} files written" if written else "nothing changed"
    print(f"{shown(book.built_site() / 'index.html')} is up to date: {pages}, {took:.1f} s")


@_command(_LANGUAGES, _CHAPTERS)
def _check(book: Book, options: Namespace) -> None:
    """Find errors without running cells or writing files."""
    from press.building import check_only

    choice = _choice(options, book)
    texts = check_only(book, choice)
    count = _print_stale(book, texts, choice)
    behind = f"; translated passages to review: {count}" if count else ""
    print(f"{sum(map(choice.has, texts))} texts are in order{behind}")


@_command(
    one_of=[
        _option("--take", metavar="TEXT", help="copy the notebook's edits to the Markdown"),
        _option("--drop", metavar="TEXT", help="discard the notebook's edits, after saving a copy"),
        _option(
            "--normalize",
            metavar="TEXT",
            nargs="*",
            help="rewrite the Markdown in Jupytext's form (default: all texts)",
        ),
    ]
)
def _pair(book: Book, options: Namespace) -> None:
    """Update notebooks from the Markdown, or resolve a conflict.

    Without options, it updates all notebooks, but does not run them. A TEXT is a language and a
    chapter, such as ko/layers-and-blocks.
    """
    from press.building import only_one, read_texts
    from press.pairing import drop, take
    from press.texts import normalize

    if not options.take and not options.drop and options.normalize is None:
        print(f"{_pair_all(book)} notebooks are up to date with their Markdown")
        return
    with only_one(book):
        texts = read_texts(book, Choice(languages=()))
        if options.take:
            text = _named(options.take, texts)
            _print_resolved(text.path, "notebook", take(book, text))
        elif options.drop:
            text = _named(options.drop, texts)
            _print_resolved(book.notebook_path(*text.key), "Markdown", drop(book, text))
        else:
            named = [_named(name, texts) for name in options.normalize]
            for text in filter(normalize, named or texts.values()):
                print(f"{shown(text.path)} is now in Jupytext's form")


def _pair_all(book: Book) -> int:
    """Update all notebooks from their Markdown, and return their number."""
    from press.building import only_one, read_texts
    from press.pairing import check_conflicts, pair

    with only_one(book):
        texts = read_texts(book, Choice(languages=())).values()
        check_conflicts(book, texts)
        for text in texts:
            pair(book, text)
    return len(texts)


def _print_resolved(changed: Path, other: str, kept: Sequence[Path]) -> None:
    """Print which file of a pair now matches the other, and the copies kept of its content."""
    print(f"{shown(changed)} now matches its {other}")
    for copy in kept:
        print(f"the previous version is in {shown(copy)}")


@_command(
    _LANGUAGES,
    _CHAPTERS,
    _option("--strict", action="store_true", help="exit with 1 if there are any"),
)
def _stale(book: Book, options: Namespace) -> int:
    """List translated passages to review."""
    from press.building import read_texts

    choice = _choice(options, book)
    count = _print_stale(book, read_texts(book, choice), choice)
    print(f"translated passages to review: {count}")
    return int(options.strict and count > 0)


def _print_stale(book: Book, texts: Mapping[Key, Text], choice: Choice) -> int:
    """Print the stale passages in the chosen texts, and return their number."""
    from press.syncing import stale_notes

    notes = stale_notes(book, texts, choice.has)
    for note in notes:
        print(note)
    return len(notes)


@_command(
    _option("lang", metavar="CODE", help="the language of the translations"),
    _option("places", metavar="PLACE", nargs="+", help="what you have reviewed"),
)
def _synced(book: Book, options: Namespace) -> None:
    """Record that translations match the current English.

    A PLACE is a chapter or one passage, such as layers-and-blocks#why-blocks.
    """
    from press.building import only_one, read_texts
    from press.syncing import mark_synced

    _check_known([options.lang], list(book.languages)[1:], "translation")
    for place in options.places:
        _check_known([place.partition("#")[0]], book.chapters, "chapter")
    with only_one(book):
        texts = read_texts(book, Choice(languages=[options.lang]))
        count = mark_synced(book, options.lang, options.places, texts)
    file = shown(book.synced_path(options.lang))
    print(f"{file} is up to date; passages newly matched: {count}")


@_command(_LANGUAGES)
def _work(book: Book, options: Namespace) -> None:
    """Update the reader's own notebooks in work/.

    Cells that the reader changed or added stay as they are. If there are no notebooks yet, this
    makes them in the system's language.
    """
    from press.jupyter import reader_languages

    _check_known(options.lang, book.languages, "language")
    _update_work(book, options.lang or reader_languages(book))


def _update_work(book: Book, languages: list[str]) -> None:
    from press.building import only_one, read_texts
    from press.workbooks import update_all

    with only_one(book):
        texts = read_texts(book, Choice(languages=languages))
        for said in update_all(book, texts, languages):
            print(said, flush=True)


@_command(
    _option(
        "--port",
        type=partial(_number, least=0, most=65535),
        default=PORT,
        help=f"default: {PORT}; if it is in use, a free one",
    )
)
def _serve(book: Book, options: Namespace) -> None:
    """Serve the built book on this machine."""
    from press.serving import serve

    try:
        serve(book.built_site(), options.port)
    except KeyboardInterrupt:
        print()  # Ctrl-C is how to stop it


@_command()
def _runtime(book: Book, options: Namespace) -> None:
    """Fetch Python for live cells, so that they work offline.

    The next build adds it to the site.
    """
    from press.runtime import fetch, folder, runtime

    fetched = fetch(book, print)
    done = f"{len(fetched)} files fetched" if fetched else "all files were there already"
    print(f"Pyodide {runtime().version} is in {shown(folder(book))}: {done}")


@_command(_JOBS)
def _lite(book: Book, options: Namespace) -> None:
    """Add JupyterLite with all notebooks to the site.

    It fetches what JupyterLite needs, also Python, and builds the book.
    """
    from press.building import only_one
    from press.lite import folder, make
    from press.runtime import fetch

    with only_one(book):
        fetch(book, print)
        done = "newly made" if make(book, print) else "all files were there already"
    print(f"JupyterLite is in {shown(folder(book))}: {done}")
    _build_site(book, EVERYTHING, options.jobs)


@_command(
    _option("--lang", metavar="CODE", help="the language (default: the system's)"),
    _rest("JupyterLab"),
)
def _lab(book: Book, options: Namespace) -> None:
    """Open the reader's own notebooks in JupyterLab.

    It updates them first, as press work does.
    """
    from press.jupyter import lab, reader_language

    language = options.lang or reader_language(book)
    _check_known([language], book.languages, "language")
    _update_work(book, [language])
    lab(book, language, options.rest)


@_command(_rest("JupyterLab"))
def _edit(book: Book, options: Namespace) -> None:
    """Open the chapters in JupyterLab for writing.

    Each save writes the Markdown and the notebook together.
    """
    from press.jupyter import edit

    _pair_all(book)
    edit(book, options.rest)


@_command(_what("[LANG/]SLUG[#EXERCISE]"))
def _diff(book: Book, options: Namespace) -> None:
    """Show how the reader's answer differs from the book.

    Without an EXERCISE, it compares all cells of the notebook.
    """
    from press.answers import difference

    name, _, exercise = options.what.partition("#")
    workbook = _workbook(name, book)
    print(*difference(workbook, exercise) or ["there are no differences"], sep="\n")


@_command(_option("--run", action="store_true", help="run the notebooks first"))
def _progress(book: Book, options: Namespace) -> None:
    """Show which exercises the reader has done.

    An exercise is done if its check had passed when its notebook was saved.
    """
    from press.answers import overview
    from press.building import read_texts

    for line in overview(book, read_texts(book, EVERYTHING), rerun=options.run):
        print(line, flush=True)


@_command(_what("[LANG/]SLUG#EXERCISE"))
def _reset(book: Book, options: Namespace) -> None:
    """Restore a starter; saves the answer in work/backup."""
    from press.answers import reset
    from press.building import only_one

    name, _, exercise = options.what.partition("#")
    with only_one(book):
        print(*reset(_workbook(name, book), exercise), sep="\n")


def _workbook(name: str, book: Book) -> Workbook:
    from press.building import read_texts
    from press.jupyter import reader_languages
    from press.pairing import as_built
    from press.workbooks import workbooks

    texts = read_texts(book, EVERYTHING)
    named = name if "/" in name else f"{reader_languages(book)[0]}/{name}"
    text = _named(named, texts)
    return next(workbooks(book, texts | {text.key: as_built(book, text)}, [text.key]))


@_command(_JOBS)
def _golden(book: Book, options: Namespace) -> None:
    """Rewrite tests/book/golden from the cells' output."""
    from press.building import only_one, read_texts
    from press.golden import write_golden
    from press.progress import progress
    from press.running import run

    with only_one(book):
        texts = read_texts(book, EVERYTHING)
        with progress() as step:
            executed = run(book, texts.values(), jobs=options.jobs, progress=step)
        changed = write_golden(book, executed)
    for file in changed:
        print(f"{shown(file)} changed; review the diff before you commit it")
    if not changed:
        print("the golden outputs are up to date")


@_command(_rest("pytest"))
def _test(book: Book, options: Namespace) -> int:
    """Run all tests."""
    from press.testing import test

    return test(book.root, options.rest)


@_command()
def _zip(book: Book, options: Namespace) -> None:
    """Pack the built book into one file to read offline."""
    from press.building import only_one
    from press.packing import pack

    with only_one(book):
        file = pack(book)
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    print(f"{shown(file)}: the book in {size}; unpack it and open index.html")


@_command()
def _linkcheck(book: Book, options: Namespace) -> None:
    """Check that every web page the book links to exists."""
    from press.linkcheck import addresses, ask_all, faults
    from press.progress import progress

    links = addresses(book)
    with progress() as step:
        answers = ask_all(links, progress=step)
    raise_all(faults(links, answers))
    for link, answer in answers.items():
        if (answer.status or 0) >= 400:
            print(f"{link} rejects automated requests ({answer}): check it in a browser")
    print(f"{len(links)} addresses answered")


@_command(_LANGUAGES, _CHAPTERS)
def _lighthouse(book: Book, options: Namespace) -> int:
    """Measure a chapter in each language (needs Node).

    By default, it is the first one. The reports are in build/lighthouse.
    """
    from press.building import read_texts
    from press.lighthouse import CATEGORIES, LEAST, measure
    from press.running import outputs_known

    choice = _choice(options, book)
    texts = read_texts(book, EVERYTHING)
    texts |= outputs_known(book, texts.values())
    slug = next(slug for slug in choice.chapters or book.chapters if slug != PREFACE)
    pages = [f"{code}/{slug}.html" for code in choice.languages or book.languages]
    low = 0
    for page, scores in measure(book, texts, pages):
        print(f"{page}:", ", ".join(f"{name} {scores[name]}" for name in CATEGORIES), flush=True)
        low += min(scores.values()) < LEAST
    if low:
        print(f"scores below {LEAST}: see the reports in build/lighthouse", file=sys.stderr)
    return int(low > 0)


@_command()
def _clean(book: Book, options: Namespace) -> None:
    """Remove generated files, but no one's edits."""
    from press.building import clean, only_one

    with only_one(book):
        kept = clean(book)
    for file in kept:
        print(f"{shown(file)} was kept: chapters/ does not have what is in it")


def _choice(options: Namespace, book: Book) -> Choice:
    _check_known(options.lang, book.languages, "language")
    _check_known(options.chapter, book.chapters, "chapter")
    chapters = options.chapter and [*options.chapter, PREFACE]  # which is on the first page
    return Choice(options.lang, chapters)


def _check_known(names: Iterable[str] | None, known: Collection[str], what: str) -> None:
    for name in names or ():
        if name not in known:
            message = f"there is no {what} {name!r} in this book. {nearest(name, known)}"
            raise ArgumentError(None, message)


def _named(name: str, texts: Mapping[Key, Text]) -> Text:
    """Return the text with a name such as ko/layers-and-blocks."""
    named = {text.name: text for text in texts.values()}
    if name not in named:
        raise ArgumentError(None, f"there is no text {name!r}. {nearest(name, list(named))}")
    return named[name]


if __name__ == "__main__":
    sys.exit(main())
