"""Names of blocks: ``dense0``, ``dense1``, and nested ones inside ``name_scope()``."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from .parameter import ParameterDict


@dataclass
class Scope:
    """Names blocks: holds what their prefixes begin with, and counts the blocks of each kind.

    Attributes:
        prefix: the prefix of the block that the scope belongs to.
        params: that block's parameters.
        counts: how many blocks of each kind have been named in the scope.
    """

    prefix: str = ""
    params: ParameterDict = field(default_factory=ParameterDict)
    counts: Counter[str] = field(default_factory=Counter)


top = Scope()
current = ContextVar("current", default=top)  # each thread has its own


@contextmanager
def inside(scope: Scope) -> Iterator[None]:
    """Name blocks in a scope."""
    before = current.set(scope)
    try:
        yield
    finally:
        current.reset(before)


def name(kind: str, prefix: str | None, shared: ParameterDict | None) -> tuple[str, ParameterDict]:
    """Choose the prefix of a new block and make its dictionary of parameters.

    Args:
        kind: the lower-case name of the block's class.
        prefix: the requested prefix; None for a numbered one.
        shared: the parameters of another block to share.

    Raises:
        TypeError: the prefix is not a string, or the parameters are not in a ParameterDict.
    """
    scope = current.get()
    if prefix is None:
        prefix = f"{kind}{scope.counts[kind]}_"
        scope.counts[kind] += 1
    elif not isinstance(prefix, str):
        problem = f"the prefix of a {kind} must be a string, not a {type(prefix).__name__}"
        raise TypeError(f"{problem}: to put blocks into a sequence, call add(*blocks)")
    if not isinstance(shared, ParameterDict | None):
        raise TypeError(f"params must be such as other.params, not a {type(shared).__name__}")
    own = ParameterDict(scope.params.prefix + prefix, scope.params._shared)
    return scope.prefix + prefix, own if shared is None else ParameterDict(shared.prefix, shared)
