"""The command `press`: builds, checks and serves the book.

Modules that are slow to import are imported by the commands that need them.
"""

from __future__ import annotations

import argparse
import codecs
import errno
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from press.errors import BookError, BookErrors, nearest, shown

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from press.book import Book
    from press.building import Choice
    from press.pairing import Text
    from press.workbooks import Workbook

    Command = Callable[[Book, argparse.Namespace, argparse.ArgumentParser], int]
    Commands = _SubParsersAction[argparse.ArgumentParser]

EPILOG = """\
How a chapter is built: chapters/ko/x.md is paired with build/notebooks/ko/x.ipynb. The notebook is
run, checked against the English text and the glossary, and rendered to build/html/ko/x.html.

Errors go to stderr as file:line, with what was found, what was expected and what to do next.
Exit codes: 0 done, 1 something is wrong in the book, 2 unknown command or option, 130 Ctrl-C.
A failed build leaves the last good book in place. Only one build of a book runs at a time.
"""


_WHAT = "such as ko/layers-and-blocks#parallel; LANG defaults to the system's language"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command given by `arguments` and return its exit code."""
    _write_any_script()
    parser = _parser()
    options = parser.parse_args(arguments)
    # jsonschema, which nbformat needs, would spend 0.9 s on a grammar of addresses no notebook has
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        from press.book import Book

        code = options.command(Book.load(), options, parser)
        sys.stdout.flush()
        return code
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
    except OSError as error:
        print(_trouble(error), file=sys.stderr)
        return 1


def _write_any_script() -> None:
    """Write messages as UTF-8 if the locale names no encoding, and never fail on a character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            unnamed = codecs.lookup(stream.encoding).name == "ascii"
            encoding = "utf-8" if unnamed else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="press",
        description="Builds the book: chapters/ becomes notebooks and a web site under build/.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    _add_builders(commands)
    _add_translators(commands)
    _add_openers(commands)
    _add_readers(commands)
    _add_keepers(commands)
    return parser


def _add(
    commands: Commands, command: Command, help: str, description: str = ""
) -> argparse.ArgumentParser:
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
        description="Cells that the reader changed or added stay as they are.",
    )
    work.add_argument(
        "--lang", metavar="CODE", action="append", help="only this language; may be repeated"
    )

    serve = _add(commands, _serve, help="serve the built book on this machine")
    serve.add_argument(
        "--port", type=_port, default=8000, help="default: 8000; if it is in use, a free one"
    )

    _add(commands, _runtime, help="fetch Python for live cells, so that they work offline")

    lite = _add(commands, _lite, help="add JupyterLite with all notebooks to the site")
    lite.set_defaults(lang=None, chapter=None, force=False)
    _add_jobs(lite)

    lab = _add(commands, _lab, help="open the reader's own notebooks in JupyterLab")
    lab.add_argument("--lang", metavar="CODE", help="the language (default: the system's)")
    _add_rest(lab, "JupyterLab")

    edit = _add(commands, _edit, help="open the chapters in JupyterLab for writing")
    _add_rest(edit, "JupyterLab")


def _add_readers(commands: Commands) -> None:
    diff = _add(commands, _diff, help="show how the reader's answer differs from the book")
    diff.add_argument("what", metavar="[LANG/]SLUG[#EXERCISE]", help=_WHAT)

    progress = _add(
        commands,
        _progress,
        help="show which exercises the reader has done",
        description="An exercise is done if its check had passed when its notebook was saved.",
    )
    progress.add_argument("--run", action="store_true", help="run the notebooks first")

    reset = _add(commands, _reset, help="restore the starter of an exercise; keeps the answer")
    reset.add_argument("what", metavar="[LANG/]SLUG#EXERCISE", help=_WHAT)


def _add_keepers(commands: Commands) -> None:
    golden = _add(commands, _golden, help="rewrite tests/book/golden from the cells' output")
    _add_jobs(golden)

    test = _add(commands, _test, help="run all tests")
    _add_rest(test, "pytest")

    _add(commands, _zip, help="pack the built book into one file to read offline")

    _add(commands, _linkcheck, help="check that every web page the book links to exists")

    score = _add(commands, _lighthouse, help="measure a chapter in each language (needs Node)")
    _add_choice(score)

    _add(commands, _clean, help="remove generated files, but no one's edits")


def _add_translators(commands: Commands) -> None:
    stale = _add(commands, _stale, help="list translated passages whose English has changed")
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


def _add_rest(parser: argparse.ArgumentParser, program: str) -> None:
    parser.add_argument("rest", metavar="OPTION", nargs="*", help=f"for {program}, after --")


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", metavar="CODE", action="append", help="only this language; may be repeated"
    )
    parser.add_argument(
        "--chapter", metavar="SLUG", action="append", help="only this chapter; may be repeated"
    )


def _add_jobs(parser: argparse.ArgumentParser) -> None:
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
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
    return int(text)


def _build(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import build, only_one
    from press.lite import present
    from press.progress import progress

    started = time.monotonic()
    choice = _choice(options, book, parser)
    texts = sum(choice.has((code, slug)) for code in book.languages for slug in book.chapters)
    steps = 5 * texts + 3 * len(book.languages) + 3
    steps += (texts + len(book.languages) + 1) * bool(present(book))
    with only_one(book), progress(steps) as step:
        site = build(book, choice, jobs=options.jobs, force=options.force, progress=step)
    took = time.monotonic() - started
    pages = f"{len(site.written)} files written" if site.written else "nothing changed"
    print(f"{shown(site.index)} is up to date: {pages}, {took:.1f} s")
    return 0


def _check(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import read_texts
    from press.checking import check, told_once
    from press.errors import flat, raise_all
    from press.pairing import first_difference
    from press.running import outputs_known

    choice = _choice(options, book, parser)
    texts = read_texts(book, choice)
    try:
        known, errors = outputs_known(book, texts.values()), []
    except (BookError, BookErrors) as error:  # code that does not parse
        known, errors = {}, flat(error)
    errors += check(book, texts, known)
    wrong = {error.path for error in errors}
    tidy = (text for text in texts.values() if text.path not in wrong)
    errors += filter(None, map(first_difference, tidy))
    others = {text.path for key, text in texts.items() if not choice.has(key)}
    raise_all(told_once(book, [error for error in errors if error.path not in others]))
    count = _print_stale(book, texts, choice)
    behind = f"; translated passages to review: {count}" if count else ""
    print(f"{len(texts) - len(others)} texts are in order{behind}")
    return 0


def _stale(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import read_texts

    choice = _choice(options, book, parser)
    count = _print_stale(book, read_texts(book, choice), choice)
    print(f"translated passages to review: {count}")
    return int(options.strict and count > 0)


def _print_stale(book: Book, texts: dict[tuple[str, str], Text], choice: Choice) -> int:
    """Print the stale passages in the chosen texts, and return their number."""
    from press.syncing import stale_notes

    notes = stale_notes(book, texts, choice.has)
    for note in notes:
        print(note)
    return len(notes)


def _synced(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import Choice, only_one, read_texts
    from press.syncing import mark_synced, synced_path

    _known([options.lang], list(book.languages)[1:], "translation", parser)
    for place in options.places:
        _known([place.partition("#")[0]], book.chapters, "chapter", parser)
    with only_one(book):
        texts = read_texts(book, Choice(languages=[options.lang]))
        count = mark_synced(book, options.lang, options.places, texts)
    file = shown(synced_path(book, options.lang))
    print(f"{file} is up to date; passages newly matched: {count}")
    return 0


def _pair(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import Choice, only_one, read_texts
    from press.pairing import drop, normalize, take

    if not options.take and not options.drop and options.normalize is None:
        print(f"{_pair_all(book)} notebooks are up to date with their Markdown")
        return 0
    with only_one(book):
        texts = read_texts(book, Choice(languages=()))
        if options.take or options.drop:
            text = _named(options.take or options.drop, book, texts, parser)
            kept = take(book, text) if options.take else drop(book, text)
            changed = text.path if options.take else book.notebook_path(text.language, text.slug)
            print(f"{shown(changed)} now matches its {'notebook' if options.take else 'Markdown'}")
            for copy in kept:
                print(f"the previous version is in {shown(copy)}")
            return 0
        names = options.normalize
        for text in [_named(name, book, texts, parser) for name in names] or texts.values():
            if normalize(text):
                print(f"{shown(text.path)} is now in Jupytext's form")
    return 0


def _pair_all(book: Book) -> int:
    """Update all notebooks from their Markdown, and return their number."""
    from press.building import Choice, only_one, read_texts
    from press.errors import raise_all
    from press.pairing import conflict, pair

    with only_one(book):
        texts = read_texts(book, Choice(languages=())).values()
        raise_all(error for text in texts if (error := conflict(book, text)))
        for text in texts:
            pair(book, text)
    return len(texts)


def _golden(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import Choice, only_one, read_texts
    from press.golden import write_golden
    from press.progress import progress
    from press.running import run

    with only_one(book):
        texts = read_texts(book, Choice())
        with progress(len(texts)) as step:
            executed = run(book, texts.values(), jobs=options.jobs, progress=step)
        changed = write_golden(book, executed)
    for file in changed:
        print(f"{shown(file)} changed; review the diff before you commit it")
    if not changed:
        print("the golden outputs are up to date")
    return 0


def _work(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    _known(options.lang, book.languages, "language", parser)
    _update_work(book, options.lang or list(book.languages))
    return 0


def _update_work(book: Book, languages: list[str]) -> None:
    from press.building import Choice, only_one, read_texts
    from press.errors import raise_all
    from press.pairing import as_built
    from press.workbooks import update, workbooks

    blocked = []
    with only_one(book):
        texts = read_texts(book, Choice(languages=languages))
        built = {key: as_built(book, texts[key]) for key in texts if key[0] in languages}
        for workbook in workbooks(book, texts | built, built):
            try:
                said = update(workbook)
            except OSError as error:
                blocked.append(_trouble(error))
            else:
                print(*said, sep="\n", flush=True)
    raise_all(blocked)


def _diff(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.answers import difference

    name, _, exercise = options.what.partition("#")
    workbook = _workbook(name, book, parser)
    print(*difference(workbook, exercise) or ["there are no differences"], sep="\n")
    return 0


def _progress(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    import asyncio

    from press.answers import opened, progress, table
    from press.building import Choice, read_texts
    from press.errors import raise_all
    from press.executing import attempt, check_kernel
    from press.workbooks import workbooks

    if options.run:
        check_kernel()
    found, spoilt = [], []
    texts = read_texts(book, Choice())
    for workbook in (each for each in workbooks(book, texts, texts) if each.file.exists()):
        try:
            mine = opened(workbook)
        except (BookError, OSError) as error:
            spoilt.append(error if isinstance(error, BookError) else _trouble(error))
            continue
        if options.run:
            settings, limit = book.cache_dir / "kernel", book.cell_timeout
            mine = asyncio.run(attempt(mine, workbook.language, settings, limit))
        if states := progress(workbook, mine):
            found.append((workbook.name, states))
    if found:
        print(*table(found), sep="\n")
    elif not spoilt:
        print("there are no notebooks with exercises in work/ yet: run make lab")
    raise_all(spoilt)
    return 0


def _reset(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.answers import reset
    from press.building import only_one

    name, _, exercise = options.what.partition("#")
    if not exercise:
        parser.error(f"name the exercise to reset, such as {name}#parallel")
    with only_one(book):
        print(*reset(_workbook(name, book, parser), exercise), sep="\n")
    return 0


def _workbook(name: str, book: Book, parser: argparse.ArgumentParser) -> Workbook:
    from press.building import Choice, read_texts
    from press.jupyter import reader_language
    from press.pairing import as_built
    from press.workbooks import workbooks

    texts = read_texts(book, Choice())
    named = name if "/" in name else f"{reader_language(book)}/{name}"
    text = _named(named, book, texts, parser)
    key = text.language, text.slug
    return next(workbooks(book, texts | {key: as_built(book, text)}, [key]))


def _runtime(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.runtime import fetch, folder, runtime

    fetched = fetch(book, print)
    done = f"{len(fetched)} files fetched" if fetched else "all files were there already"
    print(f"Pyodide {runtime().version} is in {shown(folder(book))}: {done}")
    return 0


def _lite(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import only_one
    from press.lite import folder, make
    from press.runtime import fetch

    with only_one(book):
        fetch(book, print)
        done = "newly made" if make(book, print) else "all files were there already"
    print(f"JupyterLite is in {shown(folder(book))}: {done}")
    return _build(book, options, parser)


def _serve(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.serving import serve

    try:
        serve(book.html_dir, options.port)
    except KeyboardInterrupt:
        print()  # Ctrl-C is how to stop it
    return 0


def _lab(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.jupyter import lab, reader_language

    language = options.lang or reader_language(book)
    _known([language], book.languages, "language", parser)
    _update_work(book, [language])
    lab(book, language, options.rest)
    return 0


def _edit(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.jupyter import edit

    _pair_all(book)
    edit(book, options.rest)
    return 0


def _test(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.testing import test

    return test(book.root, options.rest)


def _zip(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import only_one
    from press.packing import pack

    with only_one(book):
        file = pack(book)
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    print(f"{shown(file)}: the book in {size}; unpack it and open index.html")
    return 0


def _linkcheck(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.errors import raise_all
    from press.linkcheck import addresses, ask_all, faults
    from press.progress import progress

    links = addresses(book)
    with progress(len(links)) as step:
        answers = ask_all(links, progress=step)
    raise_all(faults(links, answers))
    for link, answer in answers.items():
        if (answer.status or 0) >= 400:
            print(f"{link} rejects automated requests ({answer}): check it in a browser")
    print(f"{len(links)} addresses answered")
    return 0


def _lighthouse(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.book import PREFACE
    from press.building import Choice, read_texts
    from press.lighthouse import CATEGORIES, LEAST, measure
    from press.running import outputs_known

    choice = _choice(options, book, parser)
    texts = read_texts(book, Choice())
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


def _clean(book: Book, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from press.building import clean, only_one

    with only_one(book):
        kept = clean(book)
    for file in kept:
        print(f"{shown(file)} was kept: it has an edit that its Markdown does not have")
    return 0


def _choice(options: argparse.Namespace, book: Book, parser: argparse.ArgumentParser) -> Choice:
    from press.book import PREFACE
    from press.building import Choice

    chapters = _known(options.chapter, book.chapters, "chapter", parser)
    return Choice(
        _known(options.lang, book.languages, "language", parser),
        chapters and [*chapters, PREFACE],  # the first page names every chapter
    )


def _known(
    names: list[str] | None, known: Sequence[str], what: str, parser: argparse.ArgumentParser
) -> list[str] | None:
    for name in names or ():
        if name not in known:
            parser.error(f"there is no {what} {name!r} in this book. {nearest(name, known)}")
    return names


def _named(
    name: str, book: Book, texts: dict[tuple[str, str], Text], parser: argparse.ArgumentParser
) -> Text:
    language, _, slug = name.partition("/")
    if (language, slug) not in texts:
        known = [f"{code}/{chapter}" for code, chapter in texts]
        parser.error(f"there is no text {name!r}. {nearest(name, known)}")
    return texts[language, slug]


def _trouble(error: OSError) -> BookError:
    """Return what to report about a problem with the machine rather than the book."""
    if error.errno is None:
        raise error
    path = Path(error.filename) if error.filename else None
    is_readers = path is not None and shown(path).startswith("work")
    kept = "Your notebooks are" if is_readers else "The last good book is"
    way_out = "Free some disk space, or make the folder writable."
    if path and os.access(path, os.F_OK) and not os.access(path, os.R_OK):
        way_out = "Make the file readable."
    if error.errno in (errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ELOOP):
        way_out = "Move away what is blocking it, and run the command again."
    message, hint = error.strerror or str(error), f"{kept} still in place. {way_out}"
    return BookError(message, path=path, hint=hint)


if __name__ == "__main__":
    sys.exit(main())
