"""Which passages were last confirmed as each other's translation, and which have changed since.

`chapters/synced/<language>.toml` holds, per chapter, a hash of each English passage and of its
translation at the time someone confirmed the two: one line per passage, in the order of the
chapter, so that branches merge. Only `press synced` writes it. Passages with nothing to translate
are not in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, unified_diff

from press.alignment import Pair, align, letters
from press.book import Book, Key
from press.errors import BookError, guess, raise_all
from press.files import write_atomic
from press.hashing import sha256
from press.history import earlier
from press.numbers import unlike_numbers
from press.opposites import unlike_names, unlike_sense
from press.parity import compare
from press.passages import Passage, anchors, split_all
from press.paths import shown
from press.programs import comments
from press.tables import read_table
from press.texts import Text

_TERM = re.compile(r"\{term\}`([^`<]+)`")
_SOFT = 10  # letters more or less, which matter in short passages
Record = Mapping[str, str]  # "English translation", hashes by anchor, in the order of the chapter

_HEAD = """\
# The English that each passage of this translation was last matched to, and the passage: hashes.
# `press synced` writes this file, `press stale` compares it with the English of today.
"""


@dataclass(frozen=True)
class Match(Pair):
    """A passage and its English, with what is recorded of the two."""

    anchor: str
    english: str
    """The hash that its English had when they were matched, or "" if they never were."""
    own: str
    """The hash that it had then itself, or "" if that is not recorded."""
    length: float
    """The usual length of a translation, as a multiple of that of its English."""

    @property
    def is_behind(self) -> bool:
        """Whether its English has changed since they were matched, or they never were."""
        return self.english != fingerprint(self.source)

    @property
    def has_changed(self) -> bool:
        """Whether it is known to have changed itself since then."""
        return self.own not in ("", fingerprint(self.translated))

    @property
    def is_edited(self) -> bool:
        """Whether it has changed itself since then, and its English has not."""
        return self.has_changed and not self.is_behind

    def note(self, earlier: str | None) -> BookError:
        """Return the message for a translator; `earlier` is what has changed, if known."""
        if not self.english:
            return self._until_confirmed("not yet matched with its English")
        if self.is_edited:
            lines = _difference(earlier, self.translated.source) if earlier else []
            message = "it has changed since it was matched with its English"
            return self._until_confirmed(message, lines)
        lines = _difference(earlier, self.source.source)
        who = "it and its English have both" if self.has_changed else "its English has"
        return self._until_confirmed(f"{who} changed since the two were matched", lines)

    def fault(self) -> BookError | None:
        """Return an error if it has other numbers than its English, or far fewer words."""
        if fault := unlike_numbers(_prose(self.source), _prose(self.translated), self.languages):
            return self.error(fault, "Say the numbers of the source, in digits or in words.")
        expected, found = len(self.source.text) * self.length, len(self.translated.text)
        if 2 * found + _SOFT >= expected:
            return None
        share = round(100 * found / expected)
        what = self.translated.called
        message = f"the {what} has {share} % of the length that its source suggests"
        return self.error(message, f"Is something missing? The source begins: {self.source.start}")

    def doubt(self) -> BookError | None:
        """Return an error until someone confirms it if it seems to say something else."""
        source = " ".join([self.source.text, *_TERM.findall(self.source.source)])
        unlike = unlike_sense(source, self.translated.text, self.languages)
        marks_code = bool(self.source.tokens) and self.source.kind != "figure"
        unlike = unlike or unlike_names(
            self.source.source, self.translated.text, self.text.language, marks_code=marks_code
        )
        return self._until_confirmed(unlike) if unlike else None

    def _until_confirmed(self, message: str, lines: Sequence[str] = ()) -> BookError:
        command = f"press synced {self.text.language} {self.text.slug}#{self.anchor}"
        hint = "\n".join([*lines, f"When the translation is right, run: {command}"])
        return self.error(message, hint)


def _prose(passage: Passage) -> str:
    """Return the prose of a passage; of a program, the comments."""
    return passage.text if passage.program is None else "\n".join(comments(passage.program))


def _difference(old: str | None, new: str) -> list[str]:
    if old is None:
        return ["Its earlier English is not in the available history. It now reads:", new]
    _, _, *lines = unified_diff(old.splitlines(), new.splitlines(), "old", "new", lineterm="", n=0)
    return [line for line in lines if not line.startswith("@@")]


def read_synced(book: Book, language: str) -> dict[str, Record]:
    """Return the record of a translation, by chapter; raise BookError if it is not valid."""
    try:
        table = read_table(book.synced_path(language))
    except BookError as error:
        hint = "After a merge, keep the lines of either side, and run press stale."
        raise replace(error, hint=hint) from None
    for slug, record in table.content.items():
        hashes = record if isinstance(record, dict) else {slug: None}
        if odd := next((key for key, h in hashes.items() if not isinstance(h, str)), ""):
            hint = f"Rewrite it with: press synced {language} {slug}"
            raise table.inner(slug, table.line(slug), hashes).error(
                odd, "not a table of hashes", hint
            )
    return dict(table.content)


def removed_chapters(
    book: Book, language: str, records: Mapping[str, Record]
) -> Iterator[BookError]:
    """Yield an error for each chapter in a translation's records that the book no longer has."""
    for slug in sorted(records.keys() - book.chapters):
        table = read_table(book.synced_path(language))
        message = f"the book has no chapter {slug!r}, which is recorded as translated"
        hint = f"Remove [{slug}] and the lines below it, up to the next chapter."
        yield table.error(slug, message, hint, cause=f"record of {slug}")


def write_synced(book: Book, language: str, records: Mapping[str, Record]) -> None:
    """Write the record of a translation, with chapters in the order of the book."""
    content = _HEAD
    for slug in book.chapters:
        if slug in records:
            lines = (f'{anchor} = "{hashes}"\n' for anchor, hashes in records[slug].items())
            content += f"\n[{slug}]\n{''.join(lines)}"
    write_atomic(book.synced_path(language), content)


def fingerprint(passage: Passage) -> str:
    """Return a hash of the translatable part of an English passage, or "" if there is none.

    Line breaks do not affect the hash. In a program only the comments count: its statements are
    the same in every language.
    """
    if passage.kind == "equation":
        return ""
    is_prose = passage.program is None
    essence = passage.source if is_prose else "\n".join(comments(passage.program))
    words = " ".join(essence.split())
    return sha256(words.encode())[:16] if words else ""


def matched(source: Sequence[Passage], record: Record) -> list[str]:
    """Return what is recorded of each English passage, or "" where nothing is.

    Passages are found by their content, so that inserting, removing or moving one affects no other.
    """
    hashes = [fingerprint(passage) for passage in source]
    worded = [place for place, one in enumerate(hashes) if one]
    entries, now = list(record.values()), [hashes[place] for place in worded]
    known = [_english(entry) for entry in entries]
    found = [""] * len(hashes)
    for _, i1, i2, j1, j2 in SequenceMatcher(None, known, now, autojunk=False).get_opcodes():
        for i, j in zip(range(i1, i2), range(j1, j2), strict=False):
            found[worded[j]] = entries[i]
    moved = dict(zip(known, entries, strict=True))
    for place in worded:
        if _english(found[place]) != hashes[place]:
            found[place] = moved.get(hashes[place], found[place])
    return found


def _english(entry: str) -> str:
    return entry.partition(" ")[0]


def stale_anchors(source: Sequence[Passage], record: Record) -> frozenset[str]:
    """Return the anchors of the English passages that differ from the record."""
    places = zip(source, anchors(source), matched(source, record), strict=True)
    return frozenset(anchor for p, anchor, known in places if _english(known) != fingerprint(p))


def matches(source_text: Text, text: Text, record: Record) -> Iterator[Match]:
    """Yield the passages of a translation that have a counterpart, in the order of the source."""
    source, translated = split_all(source_text), split_all(text)
    length = letters(translated) / max(letters(source), 1)
    sisters = (other for one, other in align(source, translated) if one)
    places = zip(source, sisters, anchors(source), matched(source, record), strict=True)
    for one, sister, anchor, known in places:
        english, _, own = known.partition(" ")
        if sister:
            yield Match(source_text, one, text, sister, anchor, english, own, length)


def contradictions(source_text: Text, text: Text, record: Record) -> Iterator[BookError]:
    """Yield an error for each passage that was matched with its English and says something else."""
    for match in matches(source_text, text, record):
        if not match.is_behind:
            doubt = match.doubt() if match.is_edited else None
            if error := match.fault() or doubt:
                yield error


def stale_notes(
    book: Book, texts: Mapping[Key, Text], is_wanted: Callable[[Key], bool]
) -> list[BookError]:
    """Return the messages for translators of the wanted texts; `texts` includes the source."""
    notes: list[BookError] = []
    wanted = [key for key in texts if key[0] != book.source and is_wanted(key)]
    records = {code: read_synced(book, code) for code in {language for language, _ in wanted}}
    for language, slug in wanted:
        record = records[language].get(slug, {})
        notes += _notes(texts[book.source, slug], texts[language, slug], record)
    return notes


def _notes(source_text: Text, text: Text, record: Record) -> Iterator[BookError]:
    """Yield the messages for the translators of a text."""
    found = list(matches(source_text, text, record))
    if not record:
        hint = f"When the translation is right, run: press synced {text.language} {text.slug}"
        yield text.error(1, f"not yet matched with {shown(source_text.path)}", hint)
        yield from filter(None, (match.fault() or match.doubt() for match in found))
        return
    known = earlier(source_text, {m.english for m in found if m.is_behind} - {""}, fingerprint)
    known |= earlier(text, {m.own for m in found if m.is_edited}, fingerprint)
    for match in found:
        if match.is_edited:
            yield match.note(known.get(match.own))
        elif match.is_behind:
            yield match.note(known.get(match.english))


def mark_synced(book: Book, language: str, places: Iterable[str], texts: Mapping[Key, Text]) -> int:
    """Record that the passages at `places` match their English; return how many had changed.

    A place is a chapter, or the anchor of a passage in it: `layers-and-blocks#why-blocks`. Raises
    BookError for an unknown anchor, and for a translation that lacks passages.
    """
    records, count = read_synced(book, language), 0
    for place in places:
        slug, _, anchor = place.partition("#")
        source_text, text = texts[book.source, slug], texts[language, slug]
        raise_all(compare(source_text, text))
        found = list(matches(source_text, text, records.get(slug, {})))
        chosen = [match for match in found if anchor in ("", match.anchor)]
        if not chosen:
            known = [match.anchor for match in found]
            hint = f"{guess(anchor, known)}press stale lists those to review."
            message = f"no passage has the anchor {anchor!r}"
            raise BookError(message, path=source_text.path, hint=hint)
        raise_all(filter(None, (match.fault() for match in chosen)))
        count += sum(match.is_behind or match.is_edited for match in chosen)
        records[slug] = _marked(found, anchor)
    write_synced(book, language, records)
    return count


def _marked(found: Iterable[Match], chosen: str) -> Record:
    """Return the record of a chapter with the chosen passage, or all of them, as they are now."""
    record = {}
    for match in found:
        known = match.english, match.own
        if chosen in ("", match.anchor):
            known = fingerprint(match.source), fingerprint(match.translated)
        if known[0] and fingerprint(match.source):
            record[match.anchor] = " ".join(known).strip()
    return record
