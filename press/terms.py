"""The terms of the glossary, as `chapters/terms.toml` lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from press.errors import BookError, brief, raise_all
from press.tables import all_text, line_of, read_source, read_table

TERMS_FILE = Path("chapters", "terms.toml")
_KANA = re.compile("[ぁ-ヿ]+")
_KEYS = ("definition", "other", "reading", "reason", "wrong")  # of a term, besides the languages


@dataclass(frozen=True)
class Term:
    """A glossary entry: the term in every language, its definition, and the wrong forms.

    `readings` say how a form is pronounced in a language whose writing does not show it; `other`
    words contain a wrong form, but mean something else.
    """

    forms: Mapping[str, str]
    definition: Mapping[str, str]
    wrong: Mapping[str, tuple[str, ...]]
    line: int
    readings: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def order(self, language: str) -> str:
        """Return what the term is sorted by in a language: its reading, katakana as hiragana."""
        reading = self.readings.get(language, self.forms[language]).casefold()
        return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in reading)


def term_anchor(english: str) -> str:
    """Return the anchor of a term in the glossary."""
    return "term-" + re.sub(r"[^a-z0-9]+", "-", english.lower()).strip("-")


def read_terms(file: Path, languages: tuple[str, ...]) -> tuple[Term, ...]:
    """Return the terms in a file, none if it does not exist; raise BookError for errors in it."""
    if not file.exists():
        return ()
    source = read_source(file)
    errors: list[BookError] = []
    seen: dict[tuple[str, str], int] = {}
    known = {*languages, *_KEYS}
    strange: set[str] = set()  # unknown keys; every term may have them
    terms = []
    for line, entry in _term_tables(file, source):
        if unknown := sorted(entry.keys() - known - strange):
            strange |= {*unknown}
            key, expected = unknown[0], ", ".join(sorted(known))
            fault = f"{_named(entry, languages)}: unknown key {key!r}, expected one of {expected}"
        elif entry.keys() <= known:
            key, fault = _term_fault(entry, languages)
            if not fault:
                key, fault = _repetition(entry, languages, line, seen)
        else:
            continue  # what it lacks may be there under the unknown key
        if fault:
            errors.append(BookError(fault, path=file, line=line_of(source, key, line)))
            continue
        wrong, other = (
            {code: tuple(entry.get(key, {}).get(code, ())) for code in languages}
            for key in ("wrong", "other")
        )
        forms = {code: entry[code] for code in languages}
        definition, readings = entry.get("definition", {}), entry.get("reading", {})
        terms.append(Term(forms, definition, wrong, line, readings, other))
    for line, key, fault in _contradictions(terms):
        errors.append(BookError(fault, path=file, line=line_of(source, key, line)))
    raise_all(errors)
    return tuple(terms)


def _term_tables(file: Path, source: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the line of each glossary entry, and its keys with their values."""
    heads = [n for n, line in enumerate(source.splitlines(), 1) if line.strip() == "[[term]]"]
    table = read_table(file)
    if unknown := sorted(table.keys() - {"term"}):
        message = f"unknown key {unknown[0]!r}, expected [[term]]"
        raise BookError(message, path=file, line=line_of(source, unknown[0]))
    entries = table.get("term", [])
    if not isinstance(entries, list) or len(entries) != len(heads):
        hint = "Write each term as a table, with [[term]] on a line of its own."
        raise BookError("cannot tell where each term begins", path=file, line=1, hint=hint)
    yield from zip(heads, entries, strict=True)


def _repetition(
    entry: Mapping[str, Any],
    languages: tuple[str, ...],
    line: int,
    seen: dict[tuple[str, str], int],
) -> tuple[str, str]:
    """Return which key of an entry says what another entry says, and how; `seen` has their lines.

    Two terms may be one word in some language, if the entry gives a `reason`.
    """
    given = {code: entry[code] for code in languages}
    given |= {f"definition.{code}": words for code, words in entry.get("definition", {}).items()}
    name = entry[languages[0]]
    for key, words in given.items():
        if (first := seen.setdefault((key, words), line)) == line:
            continue
        if key == languages[0]:
            return key, f"{name}: the term is already defined in line {first}"
        if key not in languages:
            return key, f"{name}: the term in line {first} has the same {key}"
        if "reason" not in entry:
            fault = f"{name}: {words!r} is also the {key} term in line {first}"
            return key, f"{fault}; write another, or the reason: reason = …"
    return "", ""


def _contradictions(terms: Iterable[Term]) -> Iterator[tuple[int, str, str]]:
    """Yield the line and key of each form that is wrong for one term and right for another."""
    terms = list(terms)
    rights = {(code, form): term for term in terms for code, form in term.forms.items()}
    for term in terms:
        for code, forms in term.wrong.items():
            for form in (form for form in forms if (code, form) in rights):
                here, there = (next(iter(t.forms.values())) for t in (term, rights[code, form]))
                fault = f"{here}: {form!r} is listed as wrong, but as right for {there} in {code}"
                yield term.line, f"wrong.{code}", fault


def _named(entry: Mapping[str, Any], languages: tuple[str, ...]) -> str:
    return brief(entry.get(languages[0], "a term")).strip("'")


def _term_fault(entry: dict[str, Any], languages: tuple[str, ...]) -> tuple[str, str]:
    """Return which key of a glossary entry is wrong, and why; nothing if none is."""
    expected = f"text in every language: {', '.join(languages)}"
    name = _named(entry, languages)
    for code in languages:
        if not all_text(entry, [code]):
            return code, f"{name}: expected the term as {expected}"
    for key, needed in (("definition", languages), ("reading", ())):
        words = entry.get(key, {})
        if strange := sorted(words.keys() - {*languages}) if isinstance(words, dict) else []:
            return f"{key}.{strange[0]}", f"{name}: a {key} for the unknown language {strange[0]!r}"
        if key in entry and not all_text(words, {*needed, *words}):
            some = expected if needed else "text in some of the languages"
            return key, f"{name}: expected its {key} as {some}"
    if not _KANA.fullmatch(reading := entry.get("reading", {}).get("ja", "あ")):
        return "reading.ja", f"{name}: found the reading {reading!r}, expected hiragana"
    for kind in ("wrong", "other"):
        if not isinstance(given := entry.get(kind, {}), dict):
            such = f"{kind}.{languages[0]} = […]"
            return kind, f"{name}: expected its {kind} forms by language, such as {such}"
        for code, forms in given.items():
            key = f"{kind}.{code}"
            if code not in languages:
                return key, f"{name}: {kind} forms for the unknown language {code!r}"
            is_list = isinstance(forms, list)
            if not is_list or not all_text(dict(enumerate(forms)), range(len(forms))):
                return key, f"{name}: expected its {kind} forms in {code} as a list of texts"
            if entry[code] in forms:
                return key, f"{name}: {entry[code]!r} is listed as right and as {kind} in {code}"
    return "", ""
