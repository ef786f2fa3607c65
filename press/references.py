"""References: what each label of a language stands for, and which references have no target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from press.errors import BookError, a, guess, raise_all
from press.passages import Passage, split, title
from press.texts import Text
from press.tokens import lines_of
from press.works import WORKS_FILE


@dataclass(frozen=True)
class Target:
    """What a label stands for: a passage of a chapter."""

    slug: str
    label: str
    passage: Passage
    path: Path


def labels(texts: Mapping[str, Text]) -> dict[str, Target]:
    """Return what each label of one language's texts stands for; `texts` are by slug.

    A chapter's slug is also a label, of its title.

    Raises:
        BookError: a label appears twice.
    """
    found: dict[str, Target] = {}
    errors = []
    for slug, text in texts.items():
        passages = split(text)
        own = [(label, passage) for passage in passages for label in passage.labels]
        for label, passage in [(slug, title(passages)), *own]:
            target = Target(slug, label, passage, text.path)
            first = found.setdefault(label, target)
            if first.passage is not passage:
                hint = f"It first appears in {first.path.name}:{first.passage.line}."
                errors.append(text.error(passage.line, f"the label {label!r} appears twice", hint))
    raise_all(errors)
    return found


def references(passage: Passage) -> Iterator[tuple[int, str, str, str]]:
    """Yield the line, role, target and words of every reference in a passage."""
    for token in passage.tokens:
        for line, child in lines_of(token):
            if child.type == "myst_role":
                for target in child.meta["targets"]:
                    yield line, child.meta["name"], target, child.meta["text"]


def unused_footnotes(text: Text) -> Iterator[BookError]:
    """Yield an error for every footnote that nothing refers to."""
    used = {name for p in split(text) for role, name in p.references if role == "footnote"}
    for passage in split(text):
        if passage.kind == "footnote" and passage.variant not in used:
            yield text.error(passage.line, f"nothing refers to the footnote [^{passage.variant}]")


def unresolved(
    text: Text, known: Mapping[str, Target], terms: Iterable[str], works: Sequence[str] = ()
) -> list[BookError]:
    """Return an error for every reference without a target.

    Targets are the labels in `known`, terms in English, and the keys of works.
    """
    own: Mapping[str, Collection[str]] = {"term": set(terms), "cite": works}
    errors = []
    for passage in split(text):
        for line, role, target, words in references(passage):
            targets = own.get(role, known)
            if target not in targets:
                message, hint = _unknown(role, target, targets)
                cause = message if targets else f"no {role}"
            elif role not in own and (unfit := _unfit(role, known[target], words)):
                message, hint = unfit
                cause = message
            else:
                continue
            errors.append(text.error(line, message, hint, cause=cause))
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


def _unfit(role: str, target: Target, words: str) -> tuple[str, str] | None:
    """Return the message and the hint for a reference by a role that is not for its target."""
    name, kind = target.label, target.passage.kind
    at = f"{target.path.name}:{target.passage.line}"
    if role == "numref" and kind not in ("figure", "table"):
        return f"{{numref}} refers to {name!r}, {a(kind)} ({at})", "Refer to it with {ref}."
    if role == "eq" and name not in _equation_labels(target.passage):
        return f"{{eq}} refers to {name!r}, {a(kind)} ({at})", "Refer to it with {ref}."
    if role == "ref" and kind != "heading" and not words:
        by = {"figure": "numref", "table": "numref", "equation": "eq"}.get(kind)
        way = f"Refer to it with {{{by}}}" if by else f"Put ({name})= before the intended heading"
        hint = f"{way}, or refer to it in words: {{ref}}`words <{name}>`."
        return f"{{ref}} refers to {name!r}, {a(kind)} without a title ({at})", hint
    return None


def _equation_labels(passage: Passage) -> set[str]:
    return {token.info for token in passage.tokens if token.type == "math_block_label"}
