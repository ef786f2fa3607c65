"""The errors of the package, each a RuntimeError as in Gluon."""


class MXNetError(RuntimeError):
    """An operation, a shape or a use of the tape that cannot work; the name is Gluon's."""


class ShapeError(MXNetError, ValueError):
    """Arrays whose shapes do not go together; NumPy's users may catch it as a ValueError."""


class MissingFileError(MXNetError, FileNotFoundError):
    """There is no such file, or no folder for it; Python's users catch a FileNotFoundError."""


class SurplusError(ValueError, AssertionError):
    """A file holds more than there is to load: Gluon has an error for blocks, one for dicts."""


class UninitializedError(RuntimeError):
    """A parameter is read before ``initialize()`` was called."""


class DeferredInitializationError(MXNetError):
    """A parameter is read before its shape is known: the first forward has yet to come."""


class HybridizeError(MXNetError):
    """A hybridized block looks at a value or a shape while it is being recorded."""
