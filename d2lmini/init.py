"""The face of the initializers: `d2lmini.init` is also `d2lmini.initializer`."""

from .initializer import (
    Constant,
    InitDesc,
    Initializer,
    Mixed,
    MSRAPrelu,
    Normal,
    One,
    Orthogonal,
    Uniform,
    Xavier,
    Zero,
    register,
)

__all__ = [
    "Constant",
    "InitDesc",
    "Initializer",
    "MSRAPrelu",
    "Mixed",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
    "register",
]
