"""Shows the progress of a build: a bar on a terminal, one line per step in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# is called with the name of each step that is done, and with its share of the whole
Progress = Callable[[str, float], None]


def no_progress(done: str, share: float) -> None:
    """Show no progress."""


def half(progress: Progress) -> Progress:
    """Return what to call for the steps of one half of the work."""
    return lambda done, share: progress(done, share / 2)


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield a function to call with the name and the share of each step that is done."""
    if not sys.stderr.isatty():
        yield lambda done, share: print(done, flush=True)
        return
    from tqdm import tqdm

    shape = "{percentage:3.0f}% {bar:30} {postfix}"
    with tqdm(total=1, leave=False, mininterval=0, bar_format=shape) as bar:

        def step(done: str, share: float) -> None:
            bar.set_postfix_str(done, refresh=False)
            bar.update(share)

        yield step
