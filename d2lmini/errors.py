"""The errors that the package raises, by Gluon's names where Gluon has one."""


class MXNetError(RuntimeError):
    """An operation, a shape or a use of the tape that cannot work; the name is Gluon's."""


class ShapeError(MXNetError, ValueError):
    """Arrays whose shapes do not fit together; as with NumPy, it can be caught as a ValueError."""


class MissingFileError(MXNetError, FileNotFoundError):
    """A file or its folder does not exist; it can also be caught as a FileNotFoundError."""


class SurplusError(ValueError, AssertionError):
    """A file holds more than a net can load: what Gluon raises for blocks and for dictionaries."""


class UninitializedError(RuntimeError):
    """A parameter was read before ``initialize()`` was called."""


class DeferredInitializationError(MXNetError):
    """A parameter was read before the first forward completed its shape."""


class HybridizeError(MXNetError):
    """A hybridized block looked at a value or a shape while it was being recorded."""


def one_of(name: str, value: str, *choices: str) -> str:
    """Return the value of an argument if it is one of the choices.

    Raises:
        ValueError: it is not.
    """
    if value not in choices:
        first, last = ", ".join(map(repr, choices[:-1])), repr(choices[-1])
        raise ValueError(f"{name} must be {first} or {last}, not {value!r}")
    return value
