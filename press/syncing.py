"""Which passages were last confirmed as each other's translation, and which have changed since.

`chapters/synced/<language>.toml` holds, per chapter, a hash of each English passage and of its
translation at the time someone confirmed the two: one line per passage, in the order of the
chapter, so that branches merge. Only `press synced` writes it. Passages with nothing to translate
are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from press.alignment import align
from press.book import Book, Key
from press.errors import BookError, guess, raise_all, shown
from press.files import write_whole
from press.hashing import sha256
from press.history import earlier
from press.numbers import unlike_numbers
from press.opposites import unlike_sense
from press.parity import compare, unlike_words
from press.passages import Passage, anchors, split_all
from press.programs import comments
from press.tables import line_of, read_source, read_table
from press.texts import Text

Record = Mapping[str, str]  # "English translation", hashes by anchor, in the order of the chapter

_HEAD = """\
# The English that each passage of this translation was last matched to, and the passage: hashes.
# `press synced` writes this file, `press stale` compares it with the English of today.
"""


@dataclass(frozen=True)
class Stale:
    """A passage of a translation that has changed since it was matched, or whose English has."""

    text: Text
    passage: Passage
    source_text: Text
    source: Passage
    anchor: str
    matched_to: str | None
    """The hash that its English had when they were matched, or None if they never were."""
    was: str = ""
    """The hash that it had when they were matched, if its English is still the same."""

    def note(self, earlier: str | None) -> BookError:
        """Return the message for a translator; `earlier` is what has changed, if known."""
        if self.matched_to is None:
            return self._error("not yet matched with its English", [])
        if self.was:
            lines = _difference(earlier, self.passage.source) if earlier else []
            return self._error("it has changed since it was matched with its English", lines)
        lines = _difference(earlier, self.source.source)
        return self._error("its English has changed since the two were matched", lines)

    def fault(self) -> BookError | None:
        """Return an error if it has other numbers than its English, or says the opposite."""
        languages = self.source_text.language, self.text.language
        words = self.source.text, self.passage.text
        unlike = unlike_numbers(*words, languages) or unlike_sense(*words, languages)
        return self._error(unlike, []) if unlike else None

    def _error(self, message: str, lines: Sequence[str]) -> BookError:
        place = f"{shown(self.source_text.path)}:{self.source.line}"
        command = f"press synced {self.text.language} {self.text.slug}#{self.anchor}"
        hint = "\n".join([*lines, f"When the translation is right, run: {command}"])
        path, line = self.text.path, self.passage.line
        return BookError(f"{message} ({place})", path=path, line=line, hint=hint)


def _difference(old: str | None, new: str) -> list[str]:
    if old is None:
        return ["Its earlier English is not in the available history. It now reads:", new]
    _, _, *lines = unified_diff(old.splitlines(), new.splitlines(), "old", "new", lineterm="", n=0)
    return [line for line in lines if not line.startswith("@@")]


def read_synced(book: Book, language: str) -> dict[str, Record]:
    """Return the record of a translation, by chapter; raise BookError if it is not valid."""
    file = book.synced_path(language)
    if not file.exists():
        return {}
    try:
        records = read_table(file)
    except BookError as error:
        error.hint = "After a merge, keep the lines of either side, and run press stale."
        raise
    for slug, record in records.items():
        if not isinstance(record, dict) or not all(isinstance(h, str) for h in record.values()):
            hint = f"Rewrite it with: press synced {language} {slug}"
            source = read_source(file)
            hashes = record if isinstance(record, dict) else {}
            odd = next((anchor for anchor, h in hashes.items() if not isinstance(h, str)), "")
            line = line_of(source, odd, line_of(source, slug)) if odd else line_of(source, slug)
            raise BookError(f"{slug}: not a table of hashes", path=file, line=line, hint=hint)
    return records


def write_synced(book: Book, language: str, records: Mapping[str, Record]) -> None:
    """Write the record of a translation, with chapters in the order of the book."""
    tables = [
        "".join([f"\n[{slug}]\n", *(f'{anchor} = "{h}"\n' for anchor, h in records[slug].items())])
        for slug in book.chapters
        if slug in records
    ]
    write_whole(book.synced_path(language), _HEAD + "".join(tables))


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


def matched(source: Sequence[Passage], record: Record) -> list[str | None]:
    """Return what is recorded of each English passage, or None where there is nothing.

    Passages are found by their content, so that inserting, removing or moving one affects no other.
    """
    hashes = [fingerprint(passage) for passage in source]
    worded = [place for place, one in enumerate(hashes) if one]
    entries, now = list(record.values()), [hashes[place] for place in worded]
    known = [_english(entry) for entry in entries]
    found: list[str | None] = [None if one else "" for one in hashes]
    for _, i1, i2, j1, j2 in SequenceMatcher(None, known, now, autojunk=False).get_opcodes():
        for i, j in zip(range(i1, i2), range(j1, j2), strict=False):
            found[worded[j]] = entries[i]
    moved = dict(zip(known, entries, strict=True))
    for place in worded:
        if _english(found[place]) != hashes[place]:
            found[place] = moved.get(hashes[place], found[place])
    return found


def _english(entry: str | None) -> str:
    return (entry or "").partition(" ")[0]


def stale_anchors(source: Sequence[Passage], record: Record) -> frozenset[str]:
    """Return the anchors of the English passages that differ from the record."""
    places = zip(source, anchors(source), matched(source, record), strict=True)
    return frozenset(anchor for p, anchor, known in places if _english(known) != fingerprint(p))


def synced_lines(source: Sequence[Passage], record: Record) -> set[int]:
    """Return where the English passages begin that a translation is known to match."""
    behind = stale_anchors(source, record)
    places = zip(source, anchors(source), strict=True)
    return {passage.line for passage, anchor in places if anchor not in behind}


def stale(text: Text, source_text: Text, record: Record) -> Iterator[Stale]:
    """Yield the passages of a translation that have changed since the record, or their English."""
    source = split_all(source_text)
    sisters = {one.line: other for one, other in align(source, split_all(text)) if one and other}
    for one, anchor, known in zip(source, anchors(source), matched(source, record), strict=True):
        english, _, was = (known or "").partition(" ")
        if sister := sisters.get(one.line):
            if english != fingerprint(one):
                yield Stale(text, sister, source_text, one, anchor, english or None)
            elif was and was != fingerprint(sister):
                yield Stale(text, sister, source_text, one, anchor, english, was)


def stale_notes(
    book: Book, texts: Mapping[Key, Text], is_wanted: Callable[[Key], bool]
) -> list[BookError]:
    """Return the messages for translators of the wanted texts; `texts` includes the source."""
    notes = []
    for (language, slug), text in texts.items():
        if language == book.source or not is_wanted((language, slug)):
            continue
        record, source_text = read_synced(book, language).get(slug), texts[book.source, slug]
        if not record:
            hint = f"When the translation is right, run: press synced {language} {slug}"
            message = f"not yet matched with {shown(source_text.path)}"
            notes.append(BookError(message, path=text.path, line=1, hint=hint))
            notes += filter(None, (each.fault() for each in stale(text, source_text, {})))
            continue
        found = list(stale(text, source_text, record))
        wanted = {each.matched_to for each in found if each.matched_to and not each.was}
        known = earlier(source_text, wanted, fingerprint)
        known |= earlier(text, {each.was for each in found if each.was}, fingerprint)
        notes += [each.note(known.get(each.was or each.matched_to or "")) for each in found]
    return notes


def mark_synced(book: Book, language: str, places: Iterable[str], texts: Mapping[Key, Text]) -> int:
    """Record that the passages at `places` match their English; return how many had changed.

    A place is a chapter, or the anchor of a passage in it: `layers-and-blocks#why-blocks`. Raises
    BookError for an unknown anchor, and for a translation that lacks passages.
    """
    records, count = read_synced(book, language), 0
    for place in places:
        slug, _, anchor = place.partition("#")
        source_text, text = texts[book.source, slug], texts[language, slug]
        source = split_all(source_text)
        named = zip(source, anchors(source), strict=True)
        lines = [passage.line for passage, name in named if anchor in ("", name)]
        raise_all([*compare(source_text, text), *unlike_words(source_text, text, lines)])
        if anchor:
            _check_anchor(anchor, source, source_text.path)
        record = records.get(slug, {})
        count += sum(anchor in ("", each.anchor) for each in stale(text, source_text, record))
        records[slug] = _marked(source, split_all(text), record, anchor)
    write_synced(book, language, records)
    return count


def _marked(
    source: Sequence[Passage], translated: Sequence[Passage], record: Record, chosen: str
) -> Record:
    """Return the record with the chosen passage, or all of them, as they are now."""
    names = anchors(source)
    places = zip(source, translated, names, matched(source, record), strict=True)
    now = {
        anchor: f"{english} {fingerprint(other)}".strip() if chosen in ("", anchor) else known
        for one, other, anchor, known in places
        if (english := fingerprint(one))
    }
    return {anchor: entry for anchor, entry in now.items() if entry}


def _check_anchor(anchor: str, source: Sequence[Passage], path: Path) -> None:
    known = anchors(source)
    if anchor not in known:
        hint = f"{guess(anchor, known)}press stale lists those to review."
        raise BookError(f"no passage has the anchor {anchor!r}", path=path, hint=hint)
