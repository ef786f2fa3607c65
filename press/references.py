"""References: what each label of a language stands for, and which references have no target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from press.errors import BookError, guess, raise_all
from press.passages import Passage, title
from press.tokens import lines_of
from press.works import WORKS_FILE


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
    own: Mapping[str, Collection[str]] = {"term": set(terms), "cite": works}
    errors = []
    for passage in passages:
        for line, role, target, text in references(passage):
            targets = own.get(role, known)
            if target not in targets:
                message, hint = _unknown(role, target, targets)
                cause = message if targets else f"no {role}"
            elif role not in own and (unfit := _unfit(role, known[target], text)):
                message, hint = unfit
                cause = message
            else:
                continue
            errors.append(BookError(message, path=path, line=line, hint=hint, cause=cause))
    return errors


def _unknown(role: str, target: str, targets: Collection[str]) -> tuple[str, str]:
    """Return the message and the hint for a reference to what does not exist."""
    if role == "term":
        message = f"{target!r} is not a term of the glossary"
        hint = "Write `words <the term in English>`, and list the term in chapters/terms.toml."
        hint += "" if targets else " There are no terms in it."
    elif role == "cite":
        message = f"{{cite}} names {target!r}, which is not a known work"
        hint = "" if targets else "There are no works. "
        hint += f"The works are in {WORKS_FILE.as_posix()}."
    else:
        message = f"{{{role}}} refers to {target!r}, which no chapter defines"
        hint = f"Write ({target})= before its target, or correct the name."
    return message, guess(target, targets) + hint


def _unfit(role: str, target: Target, text: str) -> tuple[str, str] | None:
    """Return the message and the hint for a reference by a role that is not for its target."""
    name, kind = target.label, target.passage.kind
    a_kind = f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
    at = f"{target.path.name}:{target.passage.line}"
    if role == "numref" and kind not in ("figure", "table"):
        return f"{{numref}} refers to {name!r}, {a_kind} ({at})", "Refer to it with {ref}."
    if role == "eq" and name not in _equation_labels(target.passage):
        return f"{{eq}} refers to {name!r}, {a_kind} ({at})", "Refer to it with {ref}."
    if role == "ref" and kind != "heading" and not text:
        by = {"figure": "numref", "table": "numref", "equation": "eq"}.get(kind)
        way = f"Refer to it with {{{by}}}" if by else f"Put ({name})= before the intended heading"
        hint = f"{way}, or refer to it in words: {{ref}}`words <{name}>`."
        return f"{{ref}} refers to {name!r}, {a_kind} without a title ({at})", hint
    return None


def _equation_labels(passage: Passage) -> set[str]:
    return {token.info for token in passage.tokens if token.type == "math_block_label"}
