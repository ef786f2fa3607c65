"""The terms of the glossary, as `chapters/terms.toml` lists them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from press.errors import BookError, brief, raise_all
from press.tables import Table, all_text, read_table

TERMS_FILE = Path("chapters", "terms.toml")
_KANA = re.compile("[ぁ-ヿ]+")
_VOICED = re.compile("[\u3099\u309a]")  # the marks of が and ぱ
_LONG = re.compile("([ぁ-ん])ー")
_LARGE = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
_KANJI = re.compile("[一-鿿]")
_KEYS = ("definition", "other", "reading", "reason", "wrong")  # of a term, besides the languages


@dataclass(frozen=True, eq=False)  # so that terms can be the key of a cache
class Term:
    """A glossary entry: the term in every language, its definition, and the wrong forms.

    `readings` say how a form is pronounced in a language whose writing does not show it; `other`
    words contain a wrong form, but mean something else. A term may have a reason to be the same
    word as another one in some language.
    """

    forms: Mapping[str, str]
    definition: Mapping[str, str]
    wrong: Mapping[str, tuple[str, ...]]
    line: int
    readings: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_reason: bool = False

    @property
    def name(self) -> str:
        """The term in the source language."""
        return next(iter(self.forms.values()))

    def order(self, language: str) -> tuple[str, str]:
        """Return what the term is sorted by in a language: its reading, katakana as hiragana.

        As in Japanese dictionaries, が counts as か, ょ as よ, and ー as the vowel before it; only
        terms that are then equal are sorted by these.
        """
        reading = self.readings.get(language, self.forms[language]).casefold()
        kana = _hiragana(reading)
        plain = _VOICED.sub("", unicodedata.normalize("NFD", kana)).translate(_LARGE)
        return _LONG.sub(lambda m: m[1] + _vowel(m[1]), plain), kana


def _hiragana(words: str) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in words)


def _vowel(kana: str) -> str:
    """Return the vowel that a hiragana ends with: え for て."""
    return unicodedata.lookup(f"HIRAGANA LETTER {unicodedata.name(kana)[-1]}")


def term_anchor(english: str) -> str:
    """Return the anchor of a term in the glossary."""
    return "term-" + re.sub(r"[^a-z0-9]+", "-", english.lower()).strip("-")


def read_terms(file: Path, languages: tuple[str, ...]) -> tuple[Term, ...]:
    """Return the terms in a file, none if it does not exist; raise BookError for errors in it."""
    known = (*languages, *_KEYS)
    strange: dict[str, BookError] = {}  # told once, since every term may have them
    terms: list[Term] = []
    errors: list[BookError] = []
    table = read_table(file)
    raise_all(table.unknown(["term"]).values())
    for entry in _entries(table, languages[0]):
        if unknown := entry.unknown(known):  # what the entry lacks may be there under this key
            strange = unknown | strange
        elif fault := next(_faults(entry.content, languages), None):
            errors.append(entry.error(*fault))
        else:
            terms.append(_term(entry.content, languages, entry.head))
    for term, key, message in (*_repetitions(terms), *_contradictions(terms)):
        errors.append(table.inner(term.name, term.line, {}).error(key, message))
    raise_all([*strange.values(), *errors])
    return tuple(terms)


def _entries(table: Table, source: str) -> Iterator[Table]:
    """Yield the glossary entries; their names are the terms in the source language."""
    heads, entries = table.heads("term"), table.content.get("term", [])
    if not isinstance(entries, list) or len(entries) != len(heads):
        hint = "Write each term as a table, with [[term]] on a line of its own."
        raise table.error("term", "cannot tell where each term begins", hint)
    for head, entry in zip(heads, entries, strict=True):
        yield table.inner(brief(entry.get(source, "a term")).strip("'"), head, entry)


def _faults(entry: Mapping[str, Any], languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield which key of a glossary entry is wrong, and why; each check relies on those before."""
    expected = f"text in every language: {', '.join(languages)}"
    for code in languages:
        if not all_text(entry, [code]):
            yield code, f"expected the term as {expected}"
    for key in ("definition", "reading", "wrong", "other"):
        given = entry.get(key, {})
        if not isinstance(given, dict):
            yield key, f"expected its {key} by language, such as {key}.{languages[0]} = …"
        for code in sorted(given.keys() - {*languages}):
            known = f"the languages are {', '.join(languages)}"
            yield f"{key}.{code}", f"{key} for the unknown language {code!r}; {known}"
    if "definition" in entry and not all_text(entry["definition"], languages):
        yield "definition", f"expected its definition as {expected}"
    yield from _wrong_reading(entry)
    yield from _wrong_lists(entry)


def _wrong_reading(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    readings, form = entry.get("reading", {}), entry.get("ja", "")
    if not all_text(readings, readings):
        yield "reading", "expected its reading as text in some of the languages"
    if "ja" not in readings:
        if _KANJI.search(form):
            yield "ja", "expected its reading too, in hiragana: reading.ja = …"
        return
    reading = readings["ja"]
    if not _KANA.fullmatch(reading):
        yield "reading.ja", f"found the reading {reading!r}, expected hiragana"
    if not re.fullmatch(_readable(form), _hiragana(reading)):
        yield "reading.ja", f"found the reading {reading!r}, expected that of {form}"


def _wrong_lists(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("wrong", "other"):
        for code, forms in entry.get(kind, {}).items():
            key = f"{kind}.{code}"
            is_list = isinstance(forms, list)
            if not is_list or not all_text(dict(enumerate(forms)), range(len(forms))):
                yield key, f"expected its {kind} forms in {code} as a list of texts"
            if entry[code] in forms:
                yield key, f"{entry[code]!r} is listed as right and as {kind} in {code}"
    for code, forms in entry.get("other", {}).items():
        for both in sorted({*forms}.intersection(entry.get("wrong", {}).get(code, ()))):
            yield f"other.{code}", f"{both!r} is listed as wrong and as other in {code}"


def _readable(form: str) -> str:
    """Return a pattern for the readings of a Japanese form, whose kana are read as written."""
    return _KANJI.sub(".{1,5}", re.sub("[^ぁ-ゔ一-鿿]+", ".*", _hiragana(form)))


def _term(entry: Mapping[str, Any], languages: tuple[str, ...], line: int) -> Term:
    wrong, other = (
        {code: tuple(entry.get(key, {}).get(code, ())) for code in languages}
        for key in ("wrong", "other")
    )
    forms = {code: entry[code] for code in languages}
    definition, readings = entry.get("definition", {}), entry.get("reading", {})
    return Term(forms, definition, wrong, line, readings, other, "reason" in entry)


def _repetitions(terms: Iterable[Term]) -> Iterator[tuple[Term, str, str]]:
    """Yield each term that says under some key what another says there, and the fault.

    Two terms may be one word in some language, if the entry gives a `reason`.
    """
    first: dict[tuple[str, str], Term] = {}
    for term in terms:
        source = next(iter(term.forms))
        definitions = {f"definition.{code}": words for code, words in term.definition.items()}
        for key, words in (*term.forms.items(), *definitions.items()):
            other = first.setdefault((key, words), term)
            if other is term or (term.has_reason and key not in (source, *definitions)):
                continue
            if key == source:
                fault = f"the term is already defined in line {other.line}"
            elif key in definitions:
                fault = f"the term in line {other.line} has the same {key}"
            else:
                fault = f"{words!r} is also the {key} term in line {other.line}; write another,"
                fault += " or the reason: reason = …"
            yield term, key, fault
            break


def _contradictions(terms: Sequence[Term]) -> Iterator[tuple[Term, str, str]]:
    """Yield each term with a wrong form that is right for another, its key, and the fault."""
    rights = {(code, form): term for term in terms for code, form in term.forms.items()}
    for term in terms:
        for code, forms in term.wrong.items():
            for form in (form for form in forms if (code, form) in rights):
                other = rights[code, form].name
                fault = f"{form!r} is listed as wrong, but as right for {other} in {code}"
                yield term, f"wrong.{code}", fault
