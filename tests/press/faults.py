"""What the checks find in the sample book."""

from __future__ import annotations

from press.checking import check, told_once


def errors_of(sample, executed=None):
    return list(told_once(sample.book, check(sample.book, sample.texts, executed or {})))


def place(error):
    """The file of an error without chapters/, and its line."""
    return error.place.removeprefix("chapters/")
