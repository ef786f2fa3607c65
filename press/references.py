"""References: what each label of a language stands for, and which references have no target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from press.errors import BookError, guess, raise_all
from press.passages import Passage, title
from press.tokens import lines_of
from press.works import unknown_work


@dataclass(frozen=True)
class Target:
    """What a label stands for: a passage of a chapter."""

    slug: str
    label: str
    passage: Passage
    path: Path


def labels(chapters: Mapping[str, tuple[Path, Sequence[Passage]]]) -> dict[str, Target]:
    """Return what each label of one language's texts stands for; `chapters` is by slug.

    A chapter's slug is also a label, of its title.

    Raises:
        BookError, BookErrors: a label appears twice.
    """
    found: dict[str, Target] = {}
    errors = []
    for slug, (path, passages) in chapters.items():
        first = [(slug, title(passages))] if passages else []
        own = [(label, passage) for passage in passages for label in passage.labels]
        for label, passage in first + own:
            other = found.get(label)
            if other and other.passage is not passage:
                message = f"the label {label!r} appears twice"
                hint = f"It first appears in {other.path.name}:{other.passage.line}."
                errors.append(BookError(message, path=path, line=passage.line, hint=hint))
            found.setdefault(label, Target(slug, label, passage, path))
    raise_all(errors)
    return found


def references(passage: Passage) -> Iterator[tuple[int, str, str, str]]:
    """Yield the line, role, target and words of every reference in a passage."""
    for token in passage.tokens:
        for line, child in lines_of(token):
            if child.type == "myst_role":
                for target in child.meta["targets"]:
                    yield line, child.meta["name"], target, child.meta["text"]


def unused_footnotes(passages: Sequence[Passage], path: Path) -> list[BookError]:
    """Return an error for every footnote that nothing refers to."""
    used = {name for p in passages for role, name in p.references if role == "footnote"}
    return [
        BookError(f"nothing refers to the footnote [^{p.variant}]", path=path, line=p.line)
        for p in passages
        if p.kind == "footnote" and p.variant not in used
    ]


def unresolved(
    passages: Sequence[Passage],
    path: Path,
    known: Mapping[str, Target],
    terms: Iterable[str],
    works: Sequence[str] = (),
) -> list[BookError]:
    """Return an error for every reference without a target.

    Targets are the labels in `known`, terms in English, and the keys of works.
    """
    glossary = set(terms)
    errors = []
    for passage in passages:
        for line, role, target, text in references(passage):
            fault = (
                unknown_work(target, works)
                if role == "cite"
                else _reference_fault(role, target, text, known, glossary)
            )
            if fault:
                message, hint = fault
                is_empty = not (glossary if role == "term" else works if role == "cite" else known)
                cause = f"no {role}" if is_empty else message
                errors.append(BookError(message, path=path, line=line, hint=hint, cause=cause))
    return errors


def _reference_fault(
    role: str, target: str, text: str, known: Mapping[str, Target], terms: set[str]
) -> tuple[str, str] | None:
    if role == "term":
        hint = "Write `words <the term in English>`, and list the term in chapters/terms.toml."
        hint += "" if terms else " There are no terms in it."
        message = f"{target!r} is not a term of the glossary"
        return None if target in terms else (message, guess(target, terms) + hint)
    if target not in known:
        hint = f"Write ({target})= before its target, or correct the name."
        message = f"{{{role}}} refers to {target!r}, which no chapter defines"
        return message, guess(target, known) + hint
    kind = known[target].passage.kind
    at = f"{known[target].path.name}:{known[target].passage.line}"
    if role == "numref" and kind not in ("figure", "table"):
        return f"{{numref}} refers to {target!r}, a {kind} ({at})", "Refer to it with {ref}."
    is_equation = target in _equation_labels(known[target].passage)
    if role == "eq" and not is_equation:
        return f"{{eq}} refers to {target!r}, a {kind} ({at})", "Refer to it with {ref}."
    if role == "ref" and kind != "heading" and not text:
        by = {"figure": "numref", "table": "numref", "equation": "eq"}.get(kind)
        way = f"Refer to it with {{{by}}}" if by else f"Put ({target})= before the intended heading"
        hint = f"{way}, or refer to it in words: {{ref}}`words <{target}>`."
        return f"{{ref}} refers to {target!r}, a {kind} without a title ({at})", hint
    return None


def _equation_labels(passage: Passage) -> set[str]:
    return {token.info for token in passage.tokens if token.type == "math_block_label"}
