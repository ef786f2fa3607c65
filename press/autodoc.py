"""The API reference: the public names of a package with their signatures, docstrings, sources."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from html import escape
from operator import attrgetter
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from press import packages
from press.book import Book
from press.coloring import colored
from press.errors import BookError
from press.fragments import Fragments
from press.markdown import parse_part
from press.passages import Passage
from press.paths import BOOK_FILE
from press.rendering import Page, render
from press.tables import read_table
from press.tokens import lines_of

Item = tuple[str, str, str]  # a name, its type, and its description as HTML

_SECTION = re.compile(r"(Args|Example|Raises|Returns):")
_ITEM = re.compile(r"([*\w]+): +(.*)", re.DOTALL)
_QUALIFIER = re.compile(r"\b(?:[a-z_]\w*\.)+(?=\w)")
_ADDRESS = re.compile(r"https?://[^\s<>]+[^\s<>.,;:)]")
_MENTION = re.compile(r"(?<!`)`([\w.]+)`(?!`)")  # in double backticks it is not a name but code
_CLASS = re.compile(r"<class '(?:\w+\.)*(\w+)'>")  # the repr of a parameter's default
_CODE = re.compile(r"<code\b[^>]*>([\w.]+)</code>")


@dataclass
class Entry:
    """A public name: a module, class, function, method, property or value."""

    name: str
    """Its first name, and its anchor."""
    kind: str
    signature: str = ""
    """HTML, without types; for a value, the value."""
    source: str = ""
    """Its file and line."""
    also: list[str] = field(default_factory=list)
    """Its other names."""
    bases: list[str] = field(default_factory=list)
    members: list[Entry] = field(default_factory=list)

    # the parts of the docstring, as HTML except for the first, which is for the search
    words: str = ""
    text: str = ""
    parameters: list[Item] = field(default_factory=list)
    returns: str = ""
    raises: list[Item] = field(default_factory=list)
    example: str = ""
    mentions: list[str] = field(default_factory=list)
    """The names in it that become links to their entries."""

    def all(self) -> Iterator[Entry]:
        """Yield the entry and all entries inside."""
        yield self
        for member in self.members:
            yield from member.all()


def versions(names: Sequence[str]) -> list[str]:
    """Return the names of modules, and hashes of everything that their entries depend on."""
    documented = dict.fromkeys(name.partition(".")[0] for name in names)
    return [*names, *map(packages.version, ["press", *documented])] if names else []


def modules(book: Book, fragments: Fragments) -> list[dict[str, Any]]:
    """Return the book's modules with all their public names, each under the first that has it.

    They are entries as plain data: the fields of `Entry`, by name.

    Raises:
        BookError: a module cannot be imported, or a docstring is not in the book's Markdown.
    """
    names = book.reference
    try:
        return json.loads(fragments.get(_packed, names, version=versions(names)))
    except ImportError as error:
        if error.name not in names:
            raise  # what press needs itself
        table = read_table(book.root / BOOK_FILE)
        hint = "Correct it, or leave it out."
        raise table.error(f'"{error.name}"', f"reference: {error}", hint) from None


def _packed(names: Sequence[str]) -> str:
    """Return the modules as text."""
    entries = _Collector(names).modules()
    return json.dumps([asdict(entry) for entry in entries], ensure_ascii=False)


def public(module: ModuleType) -> list[str]:
    """Return the public names of a module: those it declares, or else those it defines."""
    own = vars(module)
    told = own["__dir__"]() if "__dir__" in own else own.get("__all__")
    if told is None:
        told = [name for name in own if getattr(own[name], "__module__", "") == module.__name__]
    return sorted(name for name in told if not name.startswith("_"))


class _Collector:
    """Collects the entries of a package, and further names of what it has already collected."""

    def __init__(self, names: Sequence[str]) -> None:
        self.package = names[0].partition(".")[0]
        self.root = next((folder.parent for folder in packages.folders(self.package)), Path())
        self.names = names
        self.fragments = Fragments()
        self.met: dict[Any, Entry] = {}
        self.functions: dict[str, Entry] = {}  # by each of their names
        self.handed_on: list[tuple[Entry, str, Any]] = []  # classes, and methods that are functions

    def modules(self) -> list[Entry]:
        """Return all modules, with links between their docstrings."""
        found = [self._module(name) for name in self.names]
        for owner, name, method in self.handed_on:
            full = f"{owner.name}.{name}"
            if name in self.functions:
                self.functions[name].also.append(full)
            else:
                owner.members.append(self._entry(full, method))
        anchors = self._anchors(found)
        for entry in (entry for module in found for entry in module.all()):
            _link(entry, anchors)
        return found

    def _anchors(self, modules: Sequence[Entry]) -> dict[str, str]:
        """Return the anchor of each entry by what docstrings may call it."""
        anchors: dict[str, str] = {}
        for module in modules:
            for entry in module.all():
                for name in (entry.name, *entry.also):
                    short = name.removeprefix(f"{module.name}.")
                    for form in (f"{self.package}.{name}", name, short):
                        anchors.setdefault(form, entry.name)
        return anchors

    def _module(self, name: str) -> Entry:
        try:
            module = importlib.import_module(name)
        except Exception as error:  # an unfinished program may raise anything
            reason = f"{type(error).__name__}: {error}"
            raise ImportError(f"cannot import {name}: {reason}", name=name) from None
        label = name.partition(".")[2]
        path = Path(module.__file__ or "")
        entry = Entry(label or name, "module")
        self._describe(entry, module, path, 1, {})
        values = [(each, getattr(module, each)) for each in public(module)]
        values.sort(key=lambda item: getattr(item[1], "__name__", item[0]) != item[0])
        members = filter(None, (self._member(label, *item) for item in values))
        entry.members = sorted(members, key=lambda member: member.name)
        return entry

    def _member(self, owner: str, name: str, value: Any) -> Entry | None:
        """Return the entry of a name, unless its value has an entry under another name."""
        full = f"{owner}.{name}" if owner else name
        if isinstance(value, ModuleType):
            return None
        module = getattr(value, "__module__", None) or ""
        if module.partition(".")[0] != self.package or not callable(value):
            shown = getattr(value, "__name__", None) or repr(value)
            shown = f"{module}.{shown}" if isinstance(value, type) and module else shown
            return Entry(full, "value", escape(f" = {shown}"))
        key = (module, value.__qualname__, value.__doc__)
        if key in self.met:
            self.met[key].also.append(full)
            self.functions.setdefault(name, self.met[key])
            return None
        entry = self.met[key] = self._entry(full, value)
        if isinstance(value, type):
            entry.members += self._methods(entry, value)
        else:
            self.functions.setdefault(name, entry)
        return entry

    def _methods(self, owner: Entry, kind: type) -> Iterator[Entry]:
        """Yield the public methods and properties that a class and its private bases define."""
        met: dict[int, Entry] = {}
        classes = [each.__qualname__ for each in kind.__mro__]
        for name, value in _attributes(kind).items():
            full = f"{owner.name}.{name}"
            if isinstance(value, classmethod | staticmethod):
                value = value.__func__
            function = value.fget if isinstance(value, property) else value
            if name.startswith("_") or not isinstance(function, FunctionType | attrgetter):
                continue
            if isinstance(function, attrgetter):
                path = Path(inspect.getfile(kind))
                yield self._entry(full, value, (path, _line(path, rf"^    {name}\b.* = ")))
            elif id(function) in met:
                met[id(function)].also.append(full)
            elif function.__qualname__.rpartition(".")[0] not in classes:
                self.handed_on.append((owner, name, value))  # or it passes on such a function
            else:
                entry = met[id(function)] = self._entry(full, value)
                yield entry

    def _entry(self, full: str, value: Any, place: tuple[Path, int] | None = None) -> Entry:
        path, line = place or self._place(value)
        kind = "property" if isinstance(value, property) else "function"
        entry = Entry(full, kind, source=f"{path.relative_to(self.root).as_posix()}:{line}")
        if isinstance(value, type):
            entry.kind = "class"
            entry.bases = [base.__name__ for base in _bases(value) if base is not object]
        types: dict[str, str] = {}
        if not isinstance(value, property):
            shown, types = _signature(value)
            entry.signature = colored(self.fragments, shown, "python")
        self._describe(entry, value, path, line, types)
        return entry

    def _place(self, value: Any) -> tuple[Path, int]:
        """Return the file and line of a definition."""
        if isinstance(value, type):
            path = Path(inspect.getfile(value))
            return path, _line(path, rf"class {value.__name__}\b")
        function = inspect.unwrap(getattr(value, "fget", value))
        path = Path(function.__code__.co_filename)
        if self.root in path.parents:
            return path, function.__code__.co_firstlineno
        # generated: use the line of its module that names it
        module = inspect.getmodule(function) or importlib.import_module(function.__module__)
        path = Path(module.__file__ or "")
        return path, _line(path, rf'^(rule\(|for .*|    )"{function.__name__}\b')

    def _describe(
        self, entry: Entry, value: Any, path: Path, line: int, types: Mapping[str, str]
    ) -> None:
        """Add the content of a docstring."""
        docstring = inspect.cleandoc(value.__doc__ or "")
        text, sections = _sections(docstring)

        def html(source: str) -> str:
            return _html(source, path, line)

        def items(section: str) -> list[Item]:
            found = _items(sections.get(section, ""))
            return [(name, types.get(name.strip("*"), ""), html(x)) for name, x in found]

        entry.words = " ".join(text.partition("\n\n")[0].replace("`", "").split())
        entry.text = html(text)
        entry.parameters = items("Args")
        entry.returns = html(sections.get("Returns", ""))
        entry.raises = items("Raises")
        entry.example = colored(self.fragments, sections.get("Example", ""), "pycon")
        entry.mentions = _MENTION.findall(docstring)


def _bases(kind: type) -> Iterator[type]:
    """Yield the bases of a class, with private ones replaced by their own bases."""
    for base in kind.__bases__:
        yield from _bases(base) if base.__name__.startswith("_") else (base,)


def _attributes(kind: type) -> dict[str, Any]:
    """Return what a class defines, and what it inherits from private bases."""
    private = (base for base in kind.__bases__ if base.__name__.startswith("_"))
    found = {name: value for base in private for name, value in _attributes(base).items()}
    return found | dict(vars(kind))


def _line(path: Path, pattern: str) -> int:
    """Return the first line that matches a pattern."""
    numbered = enumerate(_lines(path), 1)
    return next((number for number, line in numbered if re.search(pattern, line)), 1)


@cache
def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _sections(docstring: str) -> tuple[str, dict[str, str]]:
    """Split a docstring into its text and its sections by heading."""
    texts: dict[str, list[str]] = {"": []}
    current = ""
    for line in docstring.splitlines():
        if heading := _SECTION.fullmatch(line):
            current = heading[1]
        elif line and not line.startswith(" ") and current:
            current = ""
            texts[""].append("")
        if not heading:
            texts.setdefault(current, []).append(line if not current else line[4:])
    return "\n".join(texts.pop("")).strip(), {k: "\n".join(v).strip() for k, v in texts.items()}


def _items(section: str) -> list[tuple[str, str]]:
    """Split a section into names and their descriptions."""
    starts = re.split(r"\n(?! )", section) if section else []
    matches = (_ITEM.fullmatch(start) for start in starts)
    return [(match[1], inspect.cleandoc(match[2])) for match in matches if match]


def _html(source: str, path: Path, line: int) -> str:
    if not source:
        return ""
    tokens = parse_part(_ADDRESS.sub(r"<\g<0>>", source), path, line)
    roles = (t for token in tokens for _, t in lines_of(token) if t.type == "myst_role")
    for role in (token.meta["name"] for token in roles):
        hint = "Put names in single backticks, such as `Block`."
        message = f"a docstring may not use the role {{{role}}}"
        raise BookError(message, path=path, line=line, hint=hint)
    page = Page("en", path)
    return render(Passage("paragraph", line, source, tuple(tokens), 0), "", page, named=False)


def _signature(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return a signature without types, and the types by parameter."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        return "()", {}
    parameters = [p for p in signature.parameters.values() if p.name != "self"]
    types = {p.name: _type(p.annotation) for p in parameters}
    shown = str(inspect.Signature([p.replace(annotation=p.empty) for p in parameters]))
    return _CLASS.sub(r"\1", shown), types


def _type(annotation: Any) -> str:
    if annotation in (inspect.Parameter.empty, Any):
        return ""
    is_text = isinstance(annotation, str)
    text = annotation if is_text else inspect.formatannotation(annotation)
    return _QUALIFIER.sub("", text)


def _link(entry: Entry, anchors: Mapping[str, str]) -> None:
    """Link each name of the package that the docstring mentions to its entry."""

    def leads(html: str) -> str:
        return _CODE.sub(linked, html)

    def linked(match: re.Match[str]) -> str:
        name = match[1]
        owner = entry.name.rpartition(".")[0]
        forms = (f"{entry.name}.{name}", f"{owner}.{name}", name)  # the nearest of that name
        target = next((anchors[form] for form in forms if form in anchors), entry.name)
        is_link = name in entry.mentions and target != entry.name
        return f'<a href="#{target}">{match[0]}</a>' if is_link else match[0]

    entry.text, entry.returns = leads(entry.text), leads(entry.returns)
    entry.parameters = [(name, kind, leads(said)) for name, kind, said in entry.parameters]
    entry.raises = [(name, kind, leads(said)) for name, kind, said in entry.raises]
