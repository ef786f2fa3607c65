"""The API reference of the book leaves out no public name, and each has something to say."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

from press import reference
from press.book import Book
from press.fragments import Fragments

BOOK = Book.load(Path(__file__).parent.parent.parent)


@cache
def entries():
    """All entries but those of values, by all their names."""
    found = {}
    for module in reference.modules(BOOK.reference, Fragments()):
        for member in module["members"]:
            for entry in (member, *member["members"]):
                for name in (entry["name"], *entry["also"]):
                    found[name] = entry
    return found


def modules(name, seen=()):
    """The names of a module and of all public modules that it has."""
    yield name
    module = importlib.import_module(name)
    for each in reference.public(module):
        value = getattr(module, each)
        if isinstance(value, ModuleType) and value.__name__ not in seen:
            yield from modules(value.__name__, (*seen, name))


def test_every_public_name_is_there():
    missing = []
    for name in sorted(set(modules("d2lmini"))):
        module = importlib.import_module(name)
        for each in reference.public(module):
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
