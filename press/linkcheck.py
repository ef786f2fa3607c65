"""Checks whether every web address that the book links to still exists."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from press.book import Book
from press.errors import BookError
from press.progress import Progress, no_progress

AT_ONCE = 8
TRIES = 3
TIMEOUT = 20.0  # seconds
_LINK = re.compile(r'<a\s[^>]*?href="(https?://[^"]+)"')
_REFUSES_HEAD = (403, 404, 405, 406, 501)  # some hosts answer a request without a body this way
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_REFUSES_PROGRAMS = (401, 403, 429, 451)
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; press linkcheck)", "Accept": "*/*"}


@dataclass(frozen=True)
class Answer:
    """What is known about an address: its status, or None and why there is no answer."""

    status: int | None
    reason: str = ""

    @property
    def is_dead(self) -> bool:
        """Whether a reader would find nothing there; a host that rejects programs does not tell."""
        return self.status is None or (self.status >= 400 and self.status not in _REFUSES_PROGRAMS)

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".strip() if self.status else self.reason


def addresses(book: Book) -> dict[str, list[tuple[Path, int | None]]]:
    """Return the addresses that the built pages link to, each with the source lines that have it.

    Links to the book's own site are left out.

    Raises:
        BookError: the book has not been built.
    """
    found: dict[str, Path] = {}
    for page in sorted(book.built_site().rglob("*.html")):
        for link in _LINK.findall(page.read_text(encoding="utf-8")):
            found.setdefault(html.unescape(link), page)
    folders = (book.root / "chapters", book.root / "d2lmini", Path(__file__).parent)
    suffixes = ("md", "toml", "py")
    files = [f for folder in folders for end in suffixes for f in sorted(folder.rglob(f"*.{end}"))]
    lines = [
        (file, number, line)
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if "://" in line
    ]
    return {
        link: list(_places(link, lines)) or [(page, None)]
        for link, page in sorted(found.items())
        if not (book.address and link.startswith(book.address))
    }


def _places(link: str, lines: list[tuple[Path, int, str]]) -> Iterator[tuple[Path, int]]:
    whole = re.compile(re.escape(link) + r"(?![\w/#?=&%~+-])")
    return ((file, number) for file, number, line in lines if whole.search(line))


def ask_all(
    links: Mapping[str, object], *, pause: float = 1.0, progress: Progress = no_progress
) -> dict[str, Answer]:
    """Return what is found out about each address, checking a few at a time."""
    answers = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = pool.map(partial(ask, pause=pause), links)
        for link, answer in zip(links, asked, strict=True):
            answers[link] = answer
            progress(link, 1 / len(links))
    return answers


def ask(link: str, *, timeout: float = TIMEOUT, pause: float = 1.0) -> Answer:
    """Return what is found out about an address; temporary errors are retried after a pause."""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(pause * attempt)
        answer = _request(link, "HEAD", timeout)
        if answer.status in _REFUSES_HEAD:
            answer = _request(link, "GET", timeout)
        if answer.status is not None and answer.status not in _PASSING:
            break
    return answer


def _request(link: str, method: str, timeout: float) -> Answer:
    try:
        request = Request(link.partition("#")[0], method=method, headers=_HEADERS)
        with urlopen(request, timeout=timeout) as response:
            return Answer(response.status)
    except HTTPError as error:
        return Answer(error.code, str(error.reason))
    except URLError as error:
        return Answer(None, f"no answer: {error.reason}")
    except (OSError, HTTPException, ValueError) as error:
        return Answer(None, f"no answer: {error or type(error).__name__}")


def faults(
    links: Mapping[str, list[tuple[Path, int | None]]], answers: Mapping[str, Answer]
) -> list[BookError]:
    """Return an error for every dead link, or a single one if no address answered at all."""
    if answers and all(answer.status is None for answer in answers.values()):
        first = next(iter(answers))
        message = f"none of {len(answers)} addresses answered; {first}: {answers[first]}"
        hint = "This machine seems to be offline, so no link could be checked; try again online."
        return [BookError(message, hint=hint)]
    hint = "Correct the address, or link to the page's new address."
    return [
        BookError(f"{link} is dead: {answers[link]}", path=path, line=line, hint=hint)
        for link, places in links.items()
        if answers[link].is_dead
        for path, line in places
    ]
