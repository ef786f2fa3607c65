"""Shows the progress of a build: a bar on a terminal, one line per step in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str], None]  # is called with the name of each step that is done


def untold(done: str) -> None:
    """Show no progress."""


@contextmanager
def progress(total: int) -> Iterator[Progress]:
    """Yield a function to call with the name of each step; `total` is the most there can be."""
    if not sys.stderr.isatty():
        yield lambda done: print(done, flush=True)
        return
    from tqdm import tqdm

    shape = "{percentage:3.0f}% {bar:30} {postfix}"
    with tqdm(total=total, leave=False, mininterval=0, bar_format=shape) as bar:

        def step(done: str) -> None:
            bar.set_postfix_str(done, refresh=False)
            bar.update()

        yield step
