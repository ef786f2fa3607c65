"""The bibliography: how the text refers to works, where it cites them, and which it never cites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase

from press.errors import BookError
from press.passages import Passage, words
from press.works import Work


def citation_labels(works: Iterable[Work], interface: Mapping[str, str]) -> dict[str, str]:
    """Return how the text refers to each work, by key: "He et al., 2016" in a language's words.

    Works with the same name and year get a letter after the year.
    """
    called = {work.key: (_called(work, interface), str(work.year)) for work in works}
    several, seen = Counter(called.values()), Counter[tuple[str, str]]()
    result = {}
    for key, (authors, year) in called.items():
        letter = ascii_lowercase[seen[authors, year]] if several[authors, year] > 1 else ""
        seen[authors, year] += 1
        result[key] = interface["cited_work"].format(authors=authors, year=year + letter)
    return result


def _called(work: Work, interface: Mapping[str, str]) -> str:
    family = [name.split(", ", 1)[0] for name in work.authors]
    if len(family) == 1:
        return family[0]
    form = interface["two_authors"] if len(family) == 2 else interface["more_authors"]
    return form.format(first=family[0], second=family[1])


def cited(passages: Iterable[Passage]) -> set[str]:
    """Return the keys of the works that passages cite."""
    return {key for p in passages for role, key in p.references if role == "cite"}


def citing(
    chapters: Mapping[str, tuple[Sequence[Passage], Sequence[str]]],
) -> dict[str, list[dict[str, str]]]:
    """Return the sections that cite each work, by key: their titles, and the first passage there.

    `chapters` holds the passages and their anchors by slug.
    """
    found: dict[str, dict[str, dict[str, str]]] = {}
    for slug, (passages, anchors) in chapters.items():
        section = title = ""
        for passage, anchor in zip(passages, anchors, strict=True):
            if passage.kind == "heading":
                section, title = f"{slug}#{anchor}", words(passage)
            for key in cited([passage]):
                place = {"href": f"{slug}.html#{anchor}", "title": title}
                found.setdefault(key, {}).setdefault(section, place)
    return {key: list(places.values()) for key, places in found.items()}


def uncited(works: Iterable[Work], keys: Collection[str], file: Path) -> Iterator[BookError]:
    """Yield an error for every work that the book does not cite."""
    for work in works:
        if work.key not in keys:
            hint = f"Cite it with {{cite}}`{work.key}`, or remove it."
            message = f"no chapter cites the work {work.key!r}"
            yield BookError(message, path=file, line=work.line, hint=hint)
