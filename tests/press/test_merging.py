"""What becomes of a reader's cells when the book moves on: one case a behaviour."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from press.merging import REMOVED, merge

WORDS = {"exercise_changed": "{exercise} changed", "exercises_removed": "## Former"}


def cells(*sources):
    """Cells as the book writes them, numbered; `name: code` is an exercise, `check` a check."""
    made = []
    for number, source in enumerate(sources, 1):
        id = f"sums-{number:03d}"
        name, _, code = source.partition(": ")
        if code:
            metadata = {"tags": ["exercise"], "exercise": name}
            made.append(new_code_cell(code, id=id, metadata=metadata))
        elif "check" in source:
            made.append(new_code_cell(source, id=id, metadata={"tags": ["check"]}))
        else:
            made.append(new_markdown_cell(source, id=id))
    return made


def own(source, **more):
    return new_code_cell(source, id=f"own-{source}", **more)


def edited(cell, source):
    return cell | {"source": source}


def sources(merged):
    return [cell.source for cell in merged.cells]


A, B, C, D = "a passage", "begin with this", "come to an end", "do it differently"


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        # the book: unchanged, changed, longer, shorter, in another order
        ([0, 1, 2], [A, B, C], [A, B, C]),
        ([0, 1, 2], [A, B + "!", C], [A, B + "!", C]),
        ([0, 1, 2], [A, D, B, C], [A, D, B, C]),
        ([0, 1, 2], [A, C], [A, C]),
        ([0, 1, 2], [C, A, B], [C, A, B]),
        # an edit of the reader stays, wherever the passage goes and whatever becomes of it
        ([0, "1", 2], [A, B, C], [A, "1", C]),
        ([0, "1", 2], [A, B + "!", C], [A, "1", C]),
        ([0, "1", 2], [A, C], [A, "1", C]),
        ([0, "1", 2], [C, B, A], [C, "1", A]),
        ([0, "1", 2], [A, D, C], [A, "1", D, C]),
        # what the reader adds stays behind its neighbour, also where that changes or goes
        ([0, "mine", 1, 2], [A, B, C], [A, "mine", B, C]),
        (["mine", 0, 1, 2], [D, A, B, C], ["mine", D, A, B, C]),
        ([0, 1, 2, "mine"], [A, B, C, D], [A, B, C, "mine", D]),
        ([0, 1, "mine", 2], [A, B + "!", C], [A, B + "!", "mine", C]),
        ([0, 1, "mine", 2], [A, D, C], [A, D, "mine", C]),
        ([0, 1, "mine", 2], [A, C], [A, "mine", C]),
        ([0, 1, "mine", 2], [B, C, A], [B, "mine", C, A]),
        # what the reader deletes stays away until the book changes it
        ([0, 2], [A, B, C], [A, C]),
        ([0, 2], [C, B, A], [C, A]),
        ([0, 2], [A, B + "!", C], [A, B + "!", C]),
        # what the reader moves stays there, and follows the book
        ([1, 0, 2], [A, B, C], [B, A, C]),
        ([2, 0, 1], [A, B, C + "!"], [C + "!", A, B]),
        ([0, 2, 1], [A, C], [A, C]),
    ],
)
def test_passages(mine, theirs, expected):
    """`mine` has numbers for cells as the book wrote them, "1" for an edited one, else own ones."""
    base = cells(A, B, C)
    made: dict = dict(enumerate(base))
    made["1"] = edited(base[1], "1")
    merged = merge(base, [made.get(cell) or own(cell) for cell in mine], cells(*theirs), WORDS)
    assert sources(merged) == expected
    again = merge(merged.base, merged.cells, cells(*theirs), WORDS)
    assert again.cells == merged.cells


def test_change_of_both_to_the_same_is_no_edit():
    base = cells(A, B)
    merged = merge(base, [base[0], edited(base[1], D)], cells(A, D), WORDS)
    assert sources(merge(merged.base, merged.cells, cells(A, C), WORDS)) == [A, C]


def exercise(merged_or_cells, name):
    cells = getattr(merged_or_cells, "cells", merged_or_cells)
    return next(cell for cell in cells if cell.metadata.get("exercise") == name)


def test_answer_is_kept_and_its_reader_told_that_the_exercise_has_changed():
    base = cells(A, "sum: pass", "check(sum)")
    mine = [base[0], edited(base[1], "answer"), base[2]]
    merged = merge(base, mine, cells(A, "sum: ...", "check(sum)"), WORDS)
    assert sources(merged) == [A, "sum changed", "answer", "check(sum)"]
    assert merged.changed == ["sum"]
    merged = merge(merged.base, merged.cells, cells(B, "sum: 1", "check(sum)"), WORDS)
    assert sources(merged) == [B, "sum changed", "answer", "check(sum)"]
    merged = merge(merged.base, merged.cells, cells(B, "sum: 1", "check(sum)"), WORDS)
    assert (sources(merged), merged.changed) == ([B, "sum changed", "answer", "check(sum)"], [])


def test_note_that_was_deleted_comes_back_with_the_next_change():
    base = cells("sum: pass")
    merged = merge(base, [edited(base[0], "answer")], cells("sum: ..."), WORDS)
    merged = merge(merged.base, merged.cells[1:], cells("sum: ..."), WORDS)
    assert sources(merged) == ["answer"]
    merged = merge(merged.base, merged.cells, cells("sum: 1"), WORDS)
    assert sources(merged) == ["sum changed", "answer"]


def test_answers_without_exercise_come_last_under_a_heading():
    base = cells("one: pass", "check(one)", "two: pass", "check(two)", "three: pass", A)
    mine = [edited(base[0], "1"), base[1], edited(base[2], "2"), own("mine"), *base[3:]]
    merged = merge(base, mine, cells("two: pass", "check(two)", A), WORDS)
    assert sources(merged) == ["2", "mine", "check(two)", A, "## Former", "1"]
    assert merged.removed == ["one"]
    merged = merge(merged.base, merged.cells, cells(A, B), WORDS)
    assert sources(merged) == ["mine", A, B, "## Former", "1", "2"]
    assert [cell.id for cell in merged.cells].count(REMOVED) == 1


def test_answer_goes_back_when_its_exercise_comes_back():
    base = cells("one: pass", "two: pass", A)
    mine = [edited(base[0], "1"), edited(base[1], "2"), base[2]]
    merged = merge(base, mine, cells(A), WORDS)
    merged = merge(merged.base, merged.cells, cells(B, "one: 0", "check(one)", A), WORDS)
    assert sources(merged) == [B, "1", "check(one)", A, "## Former", "2"]


def test_renamed_exercise_loses_no_answer():
    base = cells("one: pass", "check(one)")
    mine = [edited(base[0], "1"), base[1]]
    merged = merge(base, mine, cells("uno: pass", "check(uno)"), WORDS)
    assert sources(merged) == ["pass", "check(uno)", "## Former", "1"]


def test_deleted_exercise_and_its_check_come_back():
    base = cells(A, "one: pass", "check(one)", B)
    assert sources(merge(base, [base[3]], base, WORDS)) == ["pass", "check(one)", B]


@pytest.mark.parametrize("known", [True, False])
def test_starter_comes_back_before_the_answer_that_was_written_in_its_place(known):
    base = cells(A, "sum: pass", "check(sum)")
    mine = [base[0], own("answer"), base[2]]
    merged = merge(base if known else None, mine, cells(A, "sum: pass", "check(sum)"), WORDS)
    assert sources(merged) == [A, "pass", "answer", "check(sum)"]
    again = merge(merged.base, merged.cells, cells(A, B, "sum: pass", "check(sum)"), WORDS)
    assert sources(again) == [A, B, "pass", "answer", "check(sum)"]


def test_copy_of_an_answer_is_the_readers_own():
    base = cells("one: pass", A)
    answered = edited(base[0], "1")
    for id in (base[0].id, "other"):
        mine = [answered, answered | {"id": id, "source": "older"}, base[1]]
        merged = merge(base, mine, cells("one: 0", B), WORDS)
        assert sources(merged) == ["one changed", "1", "older", B]
        assert len({cell.id for cell in merged.cells}) == 4


def test_copy_takes_the_place_of_an_answer_that_was_deleted():
    base = cells(A, "one: pass", B)
    copy = base[1] | {"id": "other", "source": "1"}
    assert sources(merge(base, [base[0], copy, base[2]], base, WORDS)) == [A, "1", B]


def test_nothing_is_known_of_the_book():
    base = cells(A, "one: pass", B, C)
    mine = [base[0], edited(base[1], "1"), own("mine"), edited(base[2], "B"), base[3]]
    merged = merge(None, mine, cells(A, "one: 0", B, C + "!"), WORDS)
    assert sources(merged) == [A, "1", "mine", "B", C, B, C + "!"]
    assert merge(merged.base, merged.cells, cells(A, "one: 0", B, C + "!"), WORDS).changed == []


def test_ids_that_a_program_dropped_or_gave_twice():
    base = cells(A, "one: pass", B)
    mine = [base[0], edited(base[1], "1"), own("mine"), base[2]]
    for cell in mine:
        del cell["id"]
    merged = merge(base, mine, cells(A, "one: 0", B + "!"), WORDS)
    assert sources(merged) == [A, "one changed", "1", "mine", B + "!"]
    assert len({cell.id for cell in merged.cells}) == 5
    for cell in merged.cells:
        cell.id = "same"
    again = merge(merged.base, merged.cells, cells(A, "one: 0", B), WORDS)
    assert sources(again) == [A, "one changed", "1", "mine", B]


def test_line_ends_are_no_edit():
    base = cells("one\ntwo")
    mine = [edited(base[0], "one\r\ntwo")]
    assert sources(merge(base, mine, cells("one\nthree"), WORDS)) == ["one\nthree"]


def test_metadata_and_attachments():
    base = cells("one: pass", A)
    mine = [edited(base[0], "1"), edited(base[1], "![](attachment:x.png)")]
    mine[0]["metadata"] = base[0].metadata | {"collapsed": True, "tags": ["exercise", "mine"]}
    mine[1]["attachments"] = {"x.png": {"image/png": "eA=="}}
    theirs = cells("one: pass", A)
    theirs[0].metadata["new"] = 1
    first, second = merge(base, mine, theirs, WORDS).cells
    assert first.metadata == {
        "exercise": "one", "collapsed": True, "tags": ["exercise", "mine"], "new": 1
    }  # fmt: skip
    assert second.attachments == {"x.png": {"image/png": "eA=="}}


def test_exercise_is_known_though_a_program_dropped_its_metadata():
    base = cells("one: pass")
    mine = [edited(base[0], "1") | {"metadata": {}}]
    assert exercise(merge(base, mine, base, WORDS), "one").source == "1"


def printed(text):
    return [new_output("stream", text=text)]


@pytest.mark.parametrize(
    ("reader", "source", "book", "expected"),
    [
        (None, "f()", "new", "new"),  # not run by the reader
        ("mine", "f()", "old", "mine"),
        ("old", "f()", "new", "old"),  # run by the reader, and it came out as in the book
        ("mine", "f()", "new", "mine"),
        ("mine", "g()", "new", "new"),  # what the reader saw belongs to another program
        ("", "f()", "new", ""),  # outputs cleared
    ],
)
def test_outputs(reader, source, book, expected):
    def code(source, text, count=1):
        cell = new_code_cell(source, id="a", execution_count=count)
        cell.outputs = printed(text) if text else []
        return [cell]

    base = code("f()", "old")
    mine = base if reader is None else code("f()", reader, 2)
    known = merge([], [], base, WORDS).base  # as it is recorded
    merged = merge(known, mine, code(source, book), WORDS)
    assert merged.cells[0].outputs == (printed(expected) if expected else [])
    assert merged.cells[0].execution_count == (1 if expected == "new" else 2)
