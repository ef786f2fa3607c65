"""The API reference of the book leaves out no public name, and each has something to say."""

from __future__ import annotations

import ast
import importlib
import inspect
import operator
import textwrap
from functools import cache
from pathlib import Path
from types import ModuleType

import d2lmini
from press import autodoc
from press.book import Book
from press.fragments import Fragments

BOOK = Book.load(Path(__file__).parent.parent.parent)


@cache
def entries():
    """All entries but those of values, by all their names."""
    found = {}
    for module in autodoc.modules(BOOK, Fragments()):
        for member in module["members"]:
            for entry in (member, *member["members"]):
                for name in (entry["name"], *entry["also"]):
                    found[name] = entry
    return found


def modules(name, seen=()):
    """The names of a module and of all public modules that it has."""
    yield name
    module = importlib.import_module(name)
    for each in autodoc.public(module):
        value = getattr(module, each)
        if isinstance(value, ModuleType) and value.__name__ not in seen:
            yield from modules(value.__name__, (*seen, name))


def test_every_public_name_is_there():
    missing = []
    for name in sorted(set(modules("d2lmini"))):
        module = importlib.import_module(name)
        for each in autodoc.public(module):
            full = f"{name}.{each}".partition(".")[2]
            if not isinstance(getattr(module, each), ModuleType) and full not in entries():
                told = [entry for entry in entries() if entry.rpartition(".")[2] == each]
                missing += [] if told else [full]
    assert missing == []


def test_every_name_says_what_it_is():
    silent = [
        name for name, entry in entries().items() if entry["kind"] != "value" and not entry["text"]
    ]
    assert silent == []


def test_a_row_of_the_table_is_told_as_readers_know_it_and_found_at_its_line():
    table = Path(d2lmini.__file__).with_name("operations.py").read_text().splitlines()
    rows = {"exp": "exp(x)", "square": "square(x)", "sort": "sort(x;", "ceil": '"ceil"'}
    for name, text in {**rows, "isnan": '"isnan"', "bitwise_or": '"bitwise_or"'}.items():
        path, _, line = entries()[f"nd.{name}"]["source"].partition(":")
        assert path == "d2lmini/operations.py"
        assert text in table[int(line) - 1] and not table[int(line) - 1].startswith("    rule")
    for name in ("equal", "bitwise_and", "isnan"):
        for face in (d2lmini.nd, d2lmini.np):
            assert getattr(face, name).__doc__.startswith(f"Compute ``np.{name}(")


def definitions():
    """Each function or class of the package by its name; of errors the names say it all."""
    for name, entry in entries().items():
        if entry["kind"] in ("function", "class") and entry["name"] == name:
            value = operator.attrgetter(name)(d2lmini)
            if not (isinstance(value, type) and issubclass(value, Exception)):
                yield name, value


def docstrings(name, value):
    """What is said of a name: by itself, and by the classes that its class is derived from."""
    owner = operator.attrgetter(name.rpartition(".")[0])(d2lmini) if "." in name else None
    if isinstance(value, type):
        found = value.__mro__
    elif isinstance(owner, type):
        found = [vars(kind).get(value.__name__) for kind in owner.__mro__]
    else:
        found = [value]
    return "\n".join(each.__doc__ or "" for each in found if each)


def is_told(name, docstring):
    return f"{name}: " in docstring or f"``{name}``" in docstring or f"``{name}=" in docstring


def test_every_argument_is_told():
    """What a `forward` is called with is told by its first line; ``**kwargs`` go to the base."""
    missing = []
    for name, value in definitions():
        docstring = docstrings(name, value)
        for each in inspect.signature(value).parameters.values():
            is_input = name.endswith(".forward") and each.name in ("x", "args")
            if each.name == "self" or is_input or each.kind == each.VAR_KEYWORD:
                continue
            if not is_told(each.name, docstring):
                missing.append(f"{name}({each.name})")
    assert missing == []


def raised(function):
    """The errors that a function raises by name."""
    function = inspect.unwrap(function)
    if function.__code__.co_filename.startswith("<"):
        return set()  # made of a row: what all of them raise is told once
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    calls = (node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise))
    return {
        node.func.id
        for node in calls
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    } - {"NotImplementedError"}


def test_every_error_is_told():
    missing = []
    for name, value in definitions():
        docstring = docstrings(name, value)
        functions = [value.__init__] if isinstance(value, type) else [value]
        for function in functions:
            if inspect.isfunction(function):
                missing += [f"{name}: {kind}" for kind in raised(function) if kind not in docstring]
    assert missing == []
