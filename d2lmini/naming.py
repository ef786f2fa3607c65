"""Names of blocks: ``dense0``, ``dense1``, and nested ones inside ``name_scope()``."""

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from .parameter import ParameterDict

if TYPE_CHECKING:
    from .block import Block


class _Current(threading.local):
    scope: "NameScope | None" = None


_current = _Current()
_top: Counter[str] = Counter()  # how many blocks of each kind were named outside any scope


class NameScope:
    """Blocks made inside ``with block.name_scope():`` carry the block's prefix.

    Where that was given as ``""`` they are named and numbered as if there were no such scope.
    """

    def __init__(self, block: "Block", named: bool) -> None:
        self._block = block
        self._named = named
        self._counter: Counter[str] = Counter()
        self._outer: list[NameScope | None] = []

    def __enter__(self) -> "NameScope":
        self._outer.append(_current.scope)
        if self._named:
            _current.scope = self
        return self

    def __exit__(self, *exception: Any) -> None:
        _current.scope = self._outer.pop()


def name(kind: str, prefix: str | None, shared: ParameterDict | None) -> tuple[str, ParameterDict]:
    """Choose the prefix of a new block and make its dictionary of parameters.

    Args:
        kind: the lower-case name of the block's class.
        prefix: what the caller wants; None for a numbered one.
        shared: the parameters of another block that are to be used too.

    Raises:
        TypeError: the prefix is no string.
    """
    scope = _current.scope
    counter = _top if scope is None else scope._counter
    if prefix is None:
        prefix = f"{kind}{counter[kind]}_"
        counter[kind] += 1
    elif not isinstance(prefix, str):
        raise TypeError(
            f"the prefix of a {kind} must be a string, not a {type(prefix).__name__}: blocks are "
            "put into a sequence by add(*blocks)"
        )
    outer = "" if scope is None else scope._block.prefix
    if shared is not None:
        return outer + prefix, ParameterDict(shared.prefix, shared)
    inherited = None if scope is None else scope._block.params._shared
    base = "" if scope is None else scope._block.params.prefix
    return outer + prefix, ParameterDict(base + prefix, inherited)
