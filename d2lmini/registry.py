"""Classes that can be chosen by name: initializers, optimizers and metrics."""

from collections.abc import Callable
from inspect import signature
from typing import Any

from .absent import remedy


class Registry(dict[str, type[Any]]):
    """The subclasses of a class, by their names in lower case.

    Args:
        base: the class.
        kind: what messages call an instance of it.
        error: what is raised for an unknown name.
    """

    def __init__(self, base: type[Any], kind: str, error: type[Exception]) -> None:
        self._base, self._kind, self._error = base, kind, error

    def add(self, klass: type[Any]) -> None:
        """Register a subclass that is being defined, unless its name stands for one of ours."""
        known = self.get(klass.__name__.lower())
        if known is None or not known.__module__.startswith(f"{__package__}."):
            self.register(klass)

    def register(self, klass: type[Any], *names: str) -> type[Any]:
        """Make a class available by its name, unless that is private, and by other names.

        Args:
            klass: the class, which is returned.
            names: the other names.
        """
        known = (klass.__name__, *names)
        self.update({name.lower(): klass for name in known if name[0] != "_"})
        return klass

    def alias(self, *names: str) -> Callable[[type[Any]], type[Any]]:
        """Return a decorator that makes a class available by other names, too.

        Args:
            names: the names.
        """
        return lambda klass: self.register(klass, *names)

    def create(self, wanted: Any, settings: dict[str, Any]) -> Any:
        """Return an instance made from a name or a class with settings, or the given instance.

        Raises:
            TypeError: the class does not accept one of the settings.
            AssertionError: there are settings for an instance, which has its own.
        """
        if isinstance(wanted, self._base):
            if settings:
                made = f"the {self._kind} {wanted!r} is already made and cannot take"
                raise AssertionError(f"{made} {settings}: pass them when you make it")
            return wanted
        found = self.get(wanted.lower()) if isinstance(wanted, str) else wanted
        if not isinstance(found, type):
            known = ", ".join(sorted(self))
            raise self._error(f"there is no {self._kind} {wanted!r}: use one of {known}")
        try:
            signature(found).bind(**settings)
        except TypeError as error:
            problem = f"{found.__name__} {error}{''.join(map(remedy, settings))}"
            raise TypeError(f"{problem}; {accepted_by(found)}") from None
        return found(**settings)


def accepted_by(kind: type[Any], *others: str) -> str:
    """Tell which arguments a class accepts: its own and some others."""
    parameters = signature(kind).parameters.values()
    own = [x.name for x in parameters if x.kind not in (x.VAR_POSITIONAL, x.VAR_KEYWORD)]
    return f"{kind.__name__} accepts {', '.join(dict.fromkeys((*own, *others)))}"
