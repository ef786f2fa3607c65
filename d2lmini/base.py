"""Where Gluon programs look for the error class."""

from .errors import MXNetError

__all__ = ["MXNetError"]
