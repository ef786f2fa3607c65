"""Merges a reader's notebook with the book: keeps what the reader did, and updates the rest.

The input is three lists of cells: `base`, what the book wrote when the reader got it; `mine`, what
the reader made of it; and `theirs`, what the book says now. Cells in different lists are the same
cell if they have the same id, belong to the same exercise, or have the same text. Ids count only
between `mine` and `base`: the book renumbers its cells when one is inserted.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, count
from typing import Any

import nbformat
from nbformat import NotebookNode

from press.hashing import sha256
from press.tags import CHECK, EXERCISE, tags

Cells = Sequence[NotebookNode]
Pairs = dict[int, int]

REMOVED = "exercises-removed"  # the id of the heading above answers whose exercise is gone
NOTES = ("exercise_changed", "exercises_removed")  # what readers may have to be told
ALIKE = 0.4  # the fraction of three-letter parts that a passage and its new version have in common


@dataclass(frozen=True)
class Merged:
    """A merged notebook: its cells, and its `base` for the next merge.

    `changed` and `removed` name the exercises that the book changed or removed after the reader
    had answered them.
    """

    cells: list[NotebookNode]
    base: list[NotebookNode]
    changed: list[str]
    removed: list[str]


def merge(base: Cells | None, mine: Cells, theirs: Cells, words: Mapping[str, str]) -> Merged:
    """Return the updated cells of the reader, with notes in `words` where needed.

    Without `base`, everything that differs from the book counts as the reader's.
    """
    mine, theirs = _copies(mine), _copies(theirs)
    if base is None:
        agreed = _pairs(mine, theirs, exercise, content).values()
        base = [NotebookNode(theirs[j], id=None) for j in sorted(agreed)]
    return _Merger(base, mine, theirs, words).merged()


def exercise(cell: Mapping[str, Any]) -> str | None:
    """Return the name of the exercise that a cell answers, or None."""
    name = cell["metadata"].get("exercise")
    return name if isinstance(name, str) else None


def content(cell: Mapping[str, Any]) -> Hashable:
    """Return what readers edit in a cell: everything except metadata and outputs."""
    attachments = json.dumps(cell.get("attachments") or {}, sort_keys=True)
    return cell["cell_type"], cell["source"].replace("\r\n", "\n"), attachments


def ran(cell: Mapping[str, Any]) -> str:
    """Return a digest of what running changed in a cell; records keep it instead of the outputs."""
    outputs = cell.get("outputs") or []
    if isinstance(outputs, str):
        return outputs
    done = json.dumps([cell.get("execution_count"), outputs], sort_keys=True)
    return sha256(done.encode())


def note_of(name: str, words: Mapping[str, str]) -> NotebookNode:
    """Return the cell that tells readers that the book has changed an exercise."""
    text = words["exercise_changed"].replace("{exercise}", name)
    return _markdown(f"exercise-changed-{name}"[:64], text)


def three_way(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> NotebookNode:
    """Return the book's value of each key, or the reader's if the reader changed it."""
    changed = {key for key in base.keys() | mine.keys() if base.get(key) != mine.get(key)}
    kept = {key: value for key, value in theirs.items() if key not in changed}
    kept |= {key: value for key, value in mine.items() if key in changed}
    return nbformat.from_dict(kept)


class _Merger:
    """Merges three lists of cells; pairs of cells are kept by their positions in the lists."""

    def __init__(self, base: Cells, mine: Cells, theirs: Cells, words: Mapping[str, str]) -> None:
        self.base, self.mine, self.theirs, self.words = base, mine, theirs, words
        self.origin = _pairs(mine, base, lambda cell: cell.get("id"), exercise, content)
        self.edited = {i for i, b in self.origin.items() if content(mine[i]) != content(base[b])}
        self.fate = self._fate()
        still = {i: self.fate[b] for i, b in self.origin.items() if b in self.fate}
        self.place = _pairs(mine, theirs, exercise, _passage, known=still)
        in_order = _in_order([self.origin[i] for i in sorted(self.place) if i in self.origin])
        self.moved = {i for i in self.place if i in self.origin and self.origin[i] not in in_order}

    def _fate(self) -> Pairs:
        """Return what the cells of `base` became in `theirs`."""
        everything = set(range(len(self.base)))
        fate = _pairs(self.base, self.theirs, exercise, _passage)
        fate |= _rewritten(self.base, self.theirs, fate, everything, ALIKE)
        # anything may replace a passage that the reader left unchanged
        untouched = everything - {self.origin[i] for i in self.edited}
        return fate | _rewritten(self.base, self.theirs, fate, untouched, 0)

    def merged(self) -> Merged:
        """Put the notebook together in the order of the book.

        The reader's own cells stay after the cell that they follow, and after a starter that comes
        back there; answers whose exercise is gone come last.
        """
        self._give_ids()
        gone = [i for i in self.edited - self.place.keys() if exercise(self.base[self.origin[i]])]
        after, last = self._own(set(gone))
        cells, own = after[-1], len(after[-1])
        mine_at = {j: i for i, j in self.place.items() if i not in self.moved}
        elsewhere = {self.place[i] for i in self.moved} | self._deleted()
        for j, cell in enumerate(self.theirs):
            if j in elsewhere:
                continue
            if j in mine_at:
                cells += self._placed(mine_at[j])
            else:
                # what the reader wrote in the place of a starter may answer it, and must come later
                cells.insert(len(cells) - (own if exercise(cell) else 0), cell)
            cells += after[j]
            own = len(after[j])
        if gone and not any(cell.id == REMOVED for cell in last):
            last.append(_markdown(REMOVED, self.words["exercises_removed"]))
        last += [self.mine[i] for i in sorted(gone)]
        return Merged(
            cells + last,
            base=[NotebookNode(cell, outputs=ran(cell)) for cell in self.theirs],
            changed=list(filter(None, map(self._changed, sorted(self.place)))),
            removed=[str(exercise(self.base[self.origin[i]])) for i in sorted(gone)],
        )

    def _give_ids(self) -> None:
        """Let cells keep the ids that the reader's Jupyter knows, without duplicates."""
        for b, j in self.fate.items():
            self.theirs[j].id = self.base[b].get("id") or self.theirs[j].id
        for i, j in self.place.items():
            self.theirs[j].id = self.mine[i].get("id") or self.theirs[j].id
        placed = set(self.place.values())
        known = [cell for j, cell in enumerate(self.theirs) if j in placed]
        own = [cell for i, cell in enumerate(self.mine) if i not in self.place]
        new = [cell for j, cell in enumerate(self.theirs) if j not in placed]
        seen: set[str] = set()
        for cell in (*known, *own, *new):
            wish = cell.get("id") or "cell"
            ids = chain([wish], (f"{wish[:58]}-{number}" for number in count(2)))
            cell.id = next(id for id in ids if id not in seen)
            seen.add(cell.id)

    def _own(self, gone: set[int]) -> tuple[dict[int, list[NotebookNode]], list[NotebookNode]]:
        """Return the reader's own cells after each cell of the book, and those to put last."""
        after: dict[int, list[NotebookNode]] = defaultdict(list)
        last: list[NotebookNode] = []
        steady = [i for i in self.place if i in self.origin and i not in self.moved]
        end, here = max(steady, default=-1), after[-1]
        for i, cell in enumerate(self.mine):
            if cell.get("id") == REMOVED and i > end:
                here = last
            if i in self.moved:
                here += self._placed(i)
            elif i in self.place:
                here = after[self.place[i]] if i in self.origin else here
            elif i not in gone and (i in self.edited or i not in self.origin):
                here.append(cell)
        return after, last

    def _deleted(self) -> set[int]:
        """Return the book's cells that the reader deleted and does not need."""
        present = set(self.origin.values())
        return {
            j
            for b, j in self.fate.items()
            if b not in present
            and j not in self.place.values()
            and content(self.base[b]) == content(self.theirs[j])
            and not {EXERCISE, CHECK} & set(tags(self.theirs[j]))
        }

    def _placed(self, i: int) -> list[NotebookNode]:
        """Return what becomes of a reader's cell of the book: the cell, perhaps with a note."""
        mine, theirs = self.mine[i], self.theirs[self.place[i]]
        base = self.base[self.origin[i]] if i in self.origin else theirs
        metadata = three_way(base["metadata"], mine.metadata, theirs.metadata)
        if not self._is_edited(i):
            cell = NotebookNode(theirs, metadata=metadata)
            is_same = cell.cell_type == "code" and content(base) == content(theirs)
            if is_same and ran(mine) != ran(base):
                cell.outputs, cell.execution_count = mine.outputs, mine.execution_count
            return [cell]
        name = exercise(theirs)
        cell = NotebookNode(mine, id=theirs.id, metadata=metadata)
        if name:
            cell.metadata["exercise"] = name  # some programs drop metadata that they do not know
        if name and self._changed(i):
            note = note_of(name, self.words)
            if not any(other.get("id") == note.id for other in self.mine):
                return [note, cell]
        return [cell]

    def _is_edited(self, i: int) -> bool:
        """Tell whether a cell differs from both the old and the new version of the book."""
        now = content(self.mine[i]) == content(self.theirs[self.place[i]])
        return not now and (i in self.edited or i not in self.origin)

    def _changed(self, i: int) -> str | None:
        """Return the exercise's name if a cell answers an exercise that the book has changed."""
        if not self._is_edited(i) or i not in self.origin:
            return None
        base, theirs = self.base[self.origin[i]], self.theirs[self.place[i]]
        return exercise(theirs) if content(base) != content(theirs) else None


def _copies(cells: Cells) -> list[NotebookNode]:
    return [nbformat.from_dict(cell) for cell in cells]


def _markdown(id: str, text: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(text, id=id)


def _passage(cell: Mapping[str, Any]) -> Hashable:
    """Return the content of a cell that belongs to no exercise."""
    return None if exercise(cell) else content(cell)


def _pairs(
    left: Cells, right: Cells, *keys: Callable[[NotebookNode], Hashable], known: Pairs | None = None
) -> Pairs:
    """Pair cells that have a key in common, each cell once: by the first key, then by the next."""
    pairs = dict(known or {})
    for key in keys:
        free: dict[Hashable, deque[int]] = defaultdict(deque)
        taken = set(pairs.values())
        for j, cell in enumerate(right):
            if j not in taken and key(cell) is not None:
                free[key(cell)].append(j)
        for i, cell in enumerate(left):
            if i not in pairs and free[key(cell)]:
                pairs[i] = free[key(cell)].popleft()
    return pairs


def _rewritten(old: Cells, new: Cells, known: Pairs, which: Collection[int], alike: float) -> Pairs:
    """Pair `which` of the old cells with similar new ones in the same place."""
    pairs: Pairs = {}
    taken, start = set(known.values()), 0
    for i, cell in enumerate(old):
        if i in known:
            start = known[i] + 1
        elif i in which and not exercise(cell):
            end = next((j for j in range(start, len(new)) if j in taken), len(new))
            likeness = {
                j: _likeness(cell, new[j])
                for j in range(start, end)
                if j not in pairs.values()
                and new[j].cell_type == cell["cell_type"]
                and not exercise(new[j])
            }
            best = max(likeness, key=likeness.__getitem__, default=None)
            if best is not None and likeness[best] >= alike:
                pairs[i] = best
    return pairs


def _likeness(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return the similarity of two texts, between 0 and 1."""
    first, second = (
        {text[at : at + 3] for at in range(max(1, len(text) - 2))}
        for text in (one["source"], other["source"])
    )
    return len(first & second) / len(first | second)


def _in_order(numbers: list[int]) -> set[int]:
    """Return those of the distinct numbers that are in order."""
    blocks = SequenceMatcher(None, sorted(numbers), numbers, autojunk=False).get_matching_blocks()
    return {numbers[at] for block in blocks for at in range(block.b, block.b + block.size)}
