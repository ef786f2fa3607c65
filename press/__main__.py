"""The command `press`: builds, checks and serves the book.

Modules that are slow to import are imported by the commands that need them. A command prints what
it did, and returns an exit code only where that may be other than 0.
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
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from press.book import EVERYTHING, PREFACE, Book, Choice, Key
from press.errors import BookError, BookErrors, nearest, raise_all, shown, trouble

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from press.texts import Text
    from press.workbooks import Workbook

    Command = Callable[[Book, Namespace], int | None]
    Commands = _SubParsersAction[ArgumentParser]

EPILOG = """\
How a chapter is built: chapters/ko/x.md is paired with build/notebooks/ko/x.ipynb. The notebook is
run, checked against the English text and the glossary, and rendered to build/html/ko/x.html.

Errors go to stderr as file:line, with what was found, what was expected and what to do next.
Exit codes: 0 done, 1 something is wrong in the book, 2 unknown command or option, 130 Ctrl-C.
A failed build leaves the last good book in place. Only one build of a book runs at a time.
"""
PORT = 8000
_WHAT = "such as ko/layers-and-blocks#parallel; LANG defaults to that of your notebooks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command given by `arguments` and return its exit code."""
    _write_any_script()
    parser = _parser()
    options = parser.parse_args(arguments)
    # jsonschema, which nbformat needs, would spend 0.9 s on a grammar of addresses no notebook has
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        code = options.command(Book.load(), options) or 0
        sys.stdout.flush()
        return code
    except ArgumentError as error:  # the command line names what the book does not have
        parser.error(str(error))
    except (BookError, BookErrors) as error:
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

    _add_builders(commands)
    _add_translators(commands)
    _add_openers(commands)
    _add_readers(commands)
    _add_keepers(commands)
    return parser


def _add(commands: Commands, command: Command, help: str, description: str = "") -> ArgumentParser:
    """Add a command; `_build` is called `build`."""
    name = command.__name__.strip("_")
    about = f"{help[0].upper()}{help[1:]}. {description}"
    parser = commands.add_parser(name, help=help, description=about)
    parser.set_defaults(command=command)
    return parser


def _add_builders(commands: Commands) -> None:
    build = _add(commands, _build, help="bring notebooks and pages up to date")
    _add_choice(build)
    _add_jobs(build)
    build.add_argument("--force", action="store_true", help="run and write everything again")

    check = _add(commands, _check, help="find errors without running cells or writing files")
    _add_choice(check)

    pair = _add(
        commands,
        _pair,
        help="update notebooks from the Markdown, or resolve a conflict",
        description="Without options, it updates all notebooks, but does not run them."
        " A TEXT is a language and a chapter, such as ko/layers-and-blocks.",
    )
    which = pair.add_mutually_exclusive_group()
    which.add_argument("--take", metavar="TEXT", help="copy the notebook's edits to the Markdown")
    which.add_argument(
        "--drop", metavar="TEXT", help="discard the notebook's edits, after saving a copy"
    )
    which.add_argument(
        "--normalize",
        metavar="TEXT",
        nargs="*",
        help="rewrite the Markdown in Jupytext's form (default: all texts)",
    )


def _add_openers(commands: Commands) -> None:
    work = _add(
        commands,
        _work,
        help="update the reader's own notebooks in work/",
        description="Cells that the reader changed or added stay as they are. If there are no "
        "notebooks yet, this makes them in the system's language.",
    )
    _add_languages(work)

    serve = _add(commands, _serve, help="serve the built book on this machine")
    serve.add_argument(
        "--port", type=_port, default=PORT, help=f"default: {PORT}; if it is in use, a free one"
    )

    _add(
        commands,
        _runtime,
        help="fetch Python for live cells, so that they work offline",
        description="The next build adds it to the site.",
    )

    lite = _add(
        commands,
        _lite,
        help="add JupyterLite with all notebooks to the site",
        description="It fetches what JupyterLite needs, also Python, and builds the book.",
    )
    _add_jobs(lite)

    lab = _add(
        commands,
        _lab,
        help="open the reader's own notebooks in JupyterLab",
        description="It updates them first, as press work does.",
    )
    lab.add_argument("--lang", metavar="CODE", help="the language (default: the system's)")
    _add_rest(lab, "JupyterLab")

    edit = _add(
        commands,
        _edit,
        help="open the chapters in JupyterLab for writing",
        description="Each save writes the Markdown and the notebook together.",
    )
    _add_rest(edit, "JupyterLab")


def _add_readers(commands: Commands) -> None:
    diff = _add(
        commands,
        _diff,
        help="show how the reader's answer differs from the book",
        description="Without an EXERCISE, it compares all cells of the notebook.",
    )
    diff.add_argument("what", metavar="[LANG/]SLUG[#EXERCISE]", help=_WHAT)

    progress = _add(
        commands,
        _progress,
        help="show which exercises the reader has done",
        description="An exercise is done if its check had passed when its notebook was saved.",
    )
    progress.add_argument("--run", action="store_true", help="run the notebooks first")

    reset = _add(commands, _reset, help="restore a starter; saves the answer in work/backup")
    reset.add_argument("what", metavar="[LANG/]SLUG#EXERCISE", help=_WHAT)


def _add_keepers(commands: Commands) -> None:
    golden = _add(commands, _golden, help="rewrite tests/book/golden from the cells' output")
    _add_jobs(golden)

    test = _add(commands, _test, help="run all tests")
    _add_rest(test, "pytest")

    _add(commands, _zip, help="pack the built book into one file to read offline")

    _add(commands, _linkcheck, help="check that every web page the book links to exists")

    score = _add(
        commands,
        _lighthouse,
        help="measure a chapter in each language (needs Node)",
        description="By default, it is the first one. The reports are in build/lighthouse.",
    )
    _add_choice(score)

    _add(commands, _clean, help="remove generated files, but no one's edits")


def _add_translators(commands: Commands) -> None:
    stale = _add(commands, _stale, help="list translated passages to review")
    _add_choice(stale)
    stale.add_argument("--strict", action="store_true", help="exit with 1 if there are any")

    synced = _add(
        commands,
        _synced,
        help="record that translations match the current English",
        description="A PLACE is a chapter or one passage, such as layers-and-blocks#why-blocks.",
    )
    synced.add_argument("lang", metavar="CODE", help="the language of the translations")
    synced.add_argument("places", metavar="PLACE", nargs="+", help="what you have reviewed")


def _add_rest(parser: ArgumentParser, program: str) -> None:
    parser.add_argument("rest", metavar="OPTION", nargs="*", help=f"for {program}, after --")


def _add_languages(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--lang", metavar="CODE", action="append", help="only this language; may be repeated"
    )


def _add_choice(parser: ArgumentParser) -> None:
    _add_languages(parser)
    parser.add_argument(
        "--chapter", metavar="SLUG", action="append", help="only this chapter; may be repeated"
    )


def _add_jobs(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_positive,
        default=_cores(),
        help="run N notebooks at once (default: the number of cores)",
    )


def _cores() -> int:
    """Return the number of cores that this process may use, if the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _port(text: str) -> int:
    return _number(text, 0, 65535)


def _positive(text: str) -> int:
    return _number(text, 1, 1000)


def _number(text: str, least: int, most: int) -> int:
    """Return the number in an argument, which must be within bounds."""
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
    return int(text)


def _build(book: Book, options: Namespace) -> None:
    _build_site(book, _choice(options, book), options.jobs, force=options.force)


def _build_site(book: Book, choice: Choice, jobs: int, *, force: bool = False) -> None:
    from press.building import build, only_one
    from press.progress import progress

    started = time.monotonic()
    with only_one(book), progress() as step:
        site = build(book, choice, jobs=jobs, force=force, progress=step)
    took = time.monotonic() - started
    pages = f"{len(site.written)} files written" if site.written else "nothing changed"
    print(f"{shown(site.index)} is up to date: {pages}, {took:.1f} s")


def _check(book: Book, options: Namespace) -> None:
    from press.building import check_only

    choice = _choice(options, book)
    texts = check_only(book, choice)
    count = _print_stale(book, texts, choice)
    behind = f"; translated passages to review: {count}" if count else ""
    print(f"{sum(map(choice.has, texts))} texts are in order{behind}")


def _stale(book: Book, options: Namespace) -> int:
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


def _synced(book: Book, options: Namespace) -> None:
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


def _pair(book: Book, options: Namespace) -> None:
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


def _golden(book: Book, options: Namespace) -> None:
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


def _work(book: Book, options: Namespace) -> None:
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


def _diff(book: Book, options: Namespace) -> None:
    from press.answers import difference

    name, _, exercise = options.what.partition("#")
    workbook = _workbook(name, book)
    print(*difference(workbook, exercise) or ["there are no differences"], sep="\n")


def _progress(book: Book, options: Namespace) -> None:
    from press.answers import overview
    from press.building import read_texts

    for line in overview(book, read_texts(book, EVERYTHING), rerun=options.run):
        print(line, flush=True)


def _reset(book: Book, options: Namespace) -> None:
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


def _runtime(book: Book, options: Namespace) -> None:
    from press.runtime import fetch, folder, runtime

    fetched = fetch(book, print)
    done = f"{len(fetched)} files fetched" if fetched else "all files were there already"
    print(f"Pyodide {runtime().version} is in {shown(folder(book))}: {done}")


def _lite(book: Book, options: Namespace) -> None:
    from press.building import only_one
    from press.lite import folder, make
    from press.runtime import fetch

    with only_one(book):
        fetch(book, print)
        done = "newly made" if make(book, print) else "all files were there already"
    print(f"JupyterLite is in {shown(folder(book))}: {done}")
    _build_site(book, EVERYTHING, options.jobs)


def _serve(book: Book, options: Namespace) -> None:
    from press.serving import serve

    try:
        serve(book.built_site(), options.port)
    except KeyboardInterrupt:
        print()  # Ctrl-C is how to stop it


def _lab(book: Book, options: Namespace) -> None:
    from press.jupyter import lab, reader_language

    language = options.lang or reader_language(book)
    _check_known([language], book.languages, "language")
    _update_work(book, [language])
    lab(book, language, options.rest)


def _edit(book: Book, options: Namespace) -> None:
    from press.jupyter import edit

    _pair_all(book)
    edit(book, options.rest)


def _test(book: Book, options: Namespace) -> int:
    from press.testing import test

    return test(book.root, options.rest)


def _zip(book: Book, options: Namespace) -> None:
    from press.building import only_one
    from press.packing import pack

    with only_one(book):
        file = pack(book)
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    print(f"{shown(file)}: the book in {size}; unpack it and open index.html")


def _linkcheck(book: Book, options: Namespace) -> None:
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


def _lighthouse(book: Book, options: Namespace) -> int:
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


def _clean(book: Book, options: Namespace) -> None:
    from press.building import clean, only_one

    with only_one(book):
        kept = clean(book)
    for file in kept:
        print(f"{shown(file)} was kept: it has an edit that its Markdown does not have")


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
