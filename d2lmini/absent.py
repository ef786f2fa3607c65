"""What Gluon, or PyTorch, has and d2lmini leaves out, and what to use instead."""

import re
import sys
from dis import opmap
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn


@cache
def _instead() -> dict[str, str]:
    """Return advice, and a pattern of the names it is for."""
    from tomllib import loads  # here, because most programs never need it

    advice = loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {instead: "|".join(patterns.split()) for instead, patterns in advice.items()}


def remedy(name: str) -> str:
    """Return the end of a message about a missing Gluon name: what to use instead, if anything."""
    if not name.startswith("__"):  # Python itself asks for such names, even at the import
        for instead, pattern in _instead().items():
            if re.fullmatch(pattern, name):
                return f": use {instead}"
    return ""


def explain(package: str) -> None:
    """Make the modules of a package say what to use instead of a missing name.

    Args:
        package: its name; a module with a ``__getattr__`` of its own keeps that.
    """
    for name, module in list(sys.modules.items()):  # another thread may import
        if f"{name}.".startswith(f"{package}."):
            vars(module).setdefault("__getattr__", partial(_refuse, module.__name__))
            vars(module).setdefault("__path__", [])  # so that Python looks for parts of it
    sys.meta_path.append(_Absentees(package))


class _Absentees:
    """Says what to use instead of a missing module; Python asks it after all other finders."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        parent, _, name = fullname.rpartition(".")
        own = f"{parent}.".startswith(f"{self._package}.")
        if own and name not in vars(sys.modules[parent]) and (hint := remedy(name)):
            raise ModuleNotFoundError(f"{parent} has no {name!r}{hint}", name=fullname)


def _refuse(module: str, name: str) -> NoReturn:
    raise missing(module, name)


def missing(module: str, name: str) -> Exception:
    """Return the error for a name that a module lacks; its ``__getattr__`` raises it."""
    caller = sys._getframe(2)
    # For `from module import name`, Python would replace an AttributeError's message with its own.
    importing = caller.f_code.co_code[caller.f_lasti] == opmap["IMPORT_FROM"]
    kind = ImportError if importing else AttributeError
    own = remedy(module.rpartition(".")[2])  # of Gluon's module in the place of this one
    hint = remedy(name) or own or f"; dir({module}) lists what it has"
    return kind(f"{module} has no {name!r}{hint}")
