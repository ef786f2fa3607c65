"""Earlier versions of a text, from its git history if that is available."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Iterator

from press.errors import BookError
from press.passages import Passage, split_all
from press.texts import Text, text_of

_REVISIONS = 40  # how far back to look


def earlier(text: Text, wanted: Collection[str], name: Callable[[Passage], str]) -> dict[str, str]:
    """Return the Markdown of a text's former passages, by name: the wanted ones it finds."""
    found: dict[str, str] = {}
    for source in _revisions(text) if wanted else ():
        if found.keys() >= set(wanted):
            break
        try:
            passages = split_all(text_of(text.path, source))
        except BookError:
            continue  # written for another version of press
        for passage in passages:
            found.setdefault(name(passage), passage.source)
    return found


def _revisions(text: Text) -> Iterator[str]:
    """Yield the committed versions of a text's Markdown, the latest first; none without git."""
    name = f"./{text.path.name}"
    for commit in _git(text, "log", f"--max-count={_REVISIONS}", "--format=%H", "--", name).split():
        yield _git(text, "show", f"{commit}:{name}")


def _git(text: Text, *arguments: str) -> str:
    try:
        command = ["git", "-C", str(text.path.parent), *arguments]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except (OSError, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""
