"""Exercises: their form, how they read on the page, in a reader's notebook and to the search."""

from __future__ import annotations

import re

import nbformat
import pytest

from press.book import Choice
from press.building import build
from press.checking import check
from press.errors import BookError
from press.exercises import exercises
from press.fragments import Fragments
from press.pages import Pages
from press.pairing import check_conflict, pair, take
from press.passages import split
from press.workbooks import workbook

NAMES = ("SECTION", "TITLE", "TASK", "VAGUE", "PLAIN", "REASON")  # what differs by language


def cell(tags, program):
    return f"```{{code-cell}} ipython3\n:tags: [{tags}]\n\n{program}\n```\n"


FORM = (
    "\n(ex-double)=\n### TITLE\n\nTASK\n",
    cell("exercise", "def double(x):\n    return x"),
    cell("check", 'check("double", double)'),
    ":::{hint}\nVAGUE\n:::\n",
    ":::{hint}\nPLAIN\n:::\n",
    ":::{solution}\nREASON\n:::\n",
    cell("solution", "def double(x):\n    return 2 * x"),
    cell("solution, check", 'check("double", double)'),
)
WORDS = {
    "en": ("Exercises", "Twice", "Write a function.", "Think.", "Add it.", "Two times."),
    "ko": (
        "연습 문제",
        "두 배",
        "함수를 쓰십시오.",
        "생각해 보십시오.",
        "더하십시오.",
        "두 번입니다.",
    ),
    "ja": ("演習", "2倍", "関数を書いてください。", "考えてください。", "足します。", "2回です。"),
}
HEAD = """
## SECTION

```{code-cell} ipython3
import os


def check(name, answer):
    print(f"{int(answer(2) == 4)}/1", name, os.environ["D2LMINI_LANGUAGE"])
```
"""


def written(language, form):
    text = "\n".join(form)
    for name, words in zip(NAMES, WORDS[language], strict=True):
        text = text.replace(name, words)
    return text


def add(sample, *forms):
    """Append exercises to the chapter in all languages."""
    for language in WORDS:
        file = sample.path(f"{language}/sums.md")
        added = "".join(written(language, form) for form in [[HEAD], *(forms or [FORM])])
        file.write_text(file.read_text(encoding="utf-8") + added, encoding="utf-8")
    return sample


def faults(sample):
    """What the check says of the English text: line by line, `part of the line: message`."""
    texts = sample.texts
    lines = texts["en", "sums"].source.splitlines()
    return [
        (lines[error.line - 1], error.message)
        for error in check(sample.book, texts, {})
        if error.path == texts["en", "sums"].path
    ]


def test_exercise_has_its_name_and_its_parts(sample):
    (exercise,) = exercises(split(add(sample).text("en")))
    assert exercise.name == "double"
    assert [passage.kind for passage in exercise.passages] == [
        *("heading", "paragraph", "code", "code", "hint", "hint", "solution", "code", "code")
    ]
    assert not check(sample.book, sample.texts, {})


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        (1, "the exercise 'double' has no starter cell"),
        (2, "the exercise 'double' has no check cell"),
        (5, "the exercise 'double' has no solution"),
        (6, "the exercise 'double' has no cell with the solution"),
        (7, "the exercise 'double' has no check of the solution"),
    ],
)
def test_missing_part_is_named_at_the_heading(sample, left_out, message):
    form = [part for number, part in enumerate(FORM) if number != left_out]
    assert faults(add(sample, form)) == [("### Twice", message)]


def test_exercise_without_a_problem_is_refused(sample):
    form = ["\n(ex-double)=\n### TITLE\n", *FORM[1:]]
    assert faults(add(sample, form)) == [("### Twice", "the exercise 'double' has no problem")]


def test_hints_are_not_obligatory(sample):
    assert faults(add(sample, [*FORM[:3], *FORM[5:]])) == []


@pytest.mark.parametrize(
    ("order", "place", "message"),
    [
        ("02134567", "def double(x):", "the starter cell of an exercise after its check cell"),
        ("01324567", 'check("double", double)', "the check cell of an exercise after its hint"),
        ("01253467", ":::{hint}", "the hint of an exercise after its solution"),
        ("01235567", ":::{solution}", "a second solution in an exercise"),
    ],
)
def test_parts_out_of_order_are_named_at_their_line(sample, order, place, message):
    assert (place, message) in faults(add(sample, [FORM[int(digit)] for digit in order]))


def test_text_after_the_starter_belongs_elsewhere(sample):
    form = [*FORM[:3], "One more thing.\n", *FORM[3:]]
    message = "the paragraph of an exercise after its check cell"
    assert faults(add(sample, form)) == [("One more thing.", message)]


def test_footnote_may_follow_the_last_exercise(sample):
    form = [FORM[0] + "\nSee here[^x].\n", *FORM[1:], "[^x]: There.\n"]
    assert faults(add(sample, form)) == []


def test_check_has_to_name_its_exercise(sample):
    form = [*FORM[:2], cell("check", 'check("triple", double)'), *FORM[3:]]
    message = "the check names 'triple', but its exercise is 'double'"
    assert faults(add(sample, form)) == [('check("triple", double)', message)]
    hint = 'Write check("double", …), or (ex-triple)= before the heading of the exercise.'
    assert check(sample.book, sample.texts, {})[0].hint == hint


def test_label_that_both_checks_contradict_is_told_once(sample):
    form = [part.replace('check("double"', 'check("triple"') for part in FORM]
    ((_, message),) = faults(add(sample, form))
    assert message == "the check names 'triple', but its exercise is 'double'"


def test_check_cell_has_to_check(sample):
    form = [*FORM[:2], cell("check", "print(double(1))"), *FORM[3:]]
    fault = "a check cell that does not call check()"
    assert faults(add(sample, form)) == [("print(double(1))", fault)]


@pytest.mark.parametrize("tags", ["exercise, check", "solution, exercise, check"])
def test_tags_that_are_no_part_of_an_exercise(sample, tags):
    form = [FORM[0], cell(tags, "def double(x):\n    return x"), *FORM[2:]]
    ((_, message),) = faults(add(sample, form))
    assert message == f"the tags {tags.split(', ')} on one cell"


def test_name_is_used_once(sample):
    messages = [message for _, message in faults(add(sample, FORM, FORM))]
    assert messages == ["the label 'ex-double' appears twice"]


def test_parts_belong_to_an_exercise(sample):
    sample.edit("en/sums.md", "The last line", ":::{hint}\nNo.\n:::\n\nThe last line")
    assert (":::{hint}", "a hint outside an exercise") in faults(sample)


def test_heading_of_another_level(sample):
    add(sample)
    sample.edit("en/sums.md", "### ", "## ")
    assert faults(sample) == [("## Twice", "the heading of the exercise 'double' has level 2")]


def test_hint_is_no_part_of_a_note(sample):
    form = [*FORM[:3], "::::{note}\n:::{hint}\nNo.\n:::\n::::\n", *FORM[3:]]
    assert (":::{hint}", "a hint inside a note") in faults(add(sample, form))


def test_every_exercise_of_a_chapter_has_a_starter(sample):
    add(sample, FORM, ["\n(ex-words)=\n### TITLE\n\nTASK\n"])
    message = "the exercise 'words' has no starter cell"
    assert faults(sample) == [("### Twice", message)]


def test_tags_are_the_same_in_every_language(sample):
    add(sample)
    sample.edit("ja/sums.md", ":tags: [check]", ":tags: [exercise]")
    (error, *_) = check(sample.book, sample.texts, {})
    assert error.message.startswith("found 'exercise', expected 'check'")


def pages(sample):
    return Pages(sample.book, sample.texts, Fragments(), {})


def test_page_folds_hints_and_the_solution_with_its_cells(sample):
    html = pages(add(sample)).html("en", "sums", standalone=" ")
    fold = r'<details class="fold (\w+)"><summary>(.*?)</summary>(.*?)</details>'
    folds = re.findall(fold, html, re.DOTALL)
    assert [fold[:2] for fold in folds] == [
        ("hint", "Hint 1"),
        ("hint", "Hint 2"),
        ("solution", "Solution"),
    ]
    assert "Two times." in folds[2][2] and folds[2][2].count('class="cell solution') == 2
    assert html.count('class="cell exercise"') == html.count('class="cell check"') == 1
    assert html.index("Your answer") < html.index(">Check<") < html.index("<details")


def test_single_hint_has_no_number(sample):
    html = pages(add(sample, [*FORM[:4], *FORM[5:]])).html("ja", "sums", standalone=" ")
    assert "<summary>ヒント</summary>" in html and "<summary>解答例</summary>" in html


def test_search_knows_the_problem_and_no_hint_or_solution(sample):
    script = pages(add(sample)).search_script("en")
    assert "Write a function." in script and "Twice" in script
    assert not any(words in script for words in ("Think.", "Two times.", "2 * x"))


def test_reader_gets_the_problem_folded_hints_and_a_named_cell(sample):
    add(sample, FORM, [part.replace("double", "again") for part in FORM])
    notebook = workbook(pages(sample), "ko", "sums").notebook
    nbformat.validate(notebook)
    everything = "\n".join(cell.source for cell in notebook.cells)
    assert "두 번입니다." not in everything and "2 * x" not in everything
    assert "<details><summary>힌트 1</summary>\n\n생각해 보십시오.\n\n</details>" in everything
    mine = [cell for cell in notebook.cells if "exercise" in cell.metadata]
    assert [cell.metadata for cell in mine] == [
        {"tags": ["exercise"], "exercise": name} for name in ("double", "again")
    ]
    checks = [cell.source for cell in notebook.cells if "check" in cell.metadata.get("tags", ())]
    assert checks == ['check("double", double)', 'check("again", again)']


def test_checks_speak_the_language_of_their_page_and_the_program_runs_once(sample):
    book = add(sample).book
    build(book, Choice(), jobs=2)
    assert len(list((book.cache_dir / "outputs").iterdir())) == 1
    for language in WORDS:
        html = (book.html_dir / language / "sums.html").read_text(encoding="utf-8")
        shown = re.findall(r"./1 double \w+", html)
        assert shown == [f"0/1 double {language}", f"1/1 double {language}"]


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("2 * x", "3 * x", "solution, check", "the solution does not pass the check 'double'"),
        ("    return x", "    return x + x", "[check]", "the starter passes the check 'double'"),
    ],
)
def test_a_check_has_to_tell_the_solution_from_the_starter(sample, old, new, place, message):
    add(sample)
    for language in WORDS:
        sample.edit(f"{language}/sums.md", old, new)
    with pytest.raises(BookError, match=message) as caught:
        build(sample.book, Choice(), jobs=2)
    assert caught.value.path == sample.path("en/sums.md")
    assert caught.value.line == sample.line("en/sums.md", place) + 2
    assert "/1 double en" in caught.value.hint


def test_notebook_of_an_author_has_its_solutions_collapsed_and_is_no_edit(sample):
    book, text = add(sample).book, sample.text("en")
    pair(book, text)
    file = book.notebook_path("en", "sums")
    notebook = nbformat.read(file, as_version=4)
    hidden = [c.metadata.get("tags") for c in notebook.cells if "jupyter" in c.metadata]
    assert hidden == [["solution"], ["solution", "check"]]
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text="mine")]
    nbformat.write(notebook, file)  # as Jupyter does when an author runs a cell
    check_conflict(book, text)
    assert take(book, text) == []


def test_solution_is_checked_as_answers_are(sample):
    form = [*FORM[:7], cell("solution, check", 'check("double", max)')]
    message = "the check of the solution differs from the check in line "
    ((place, said),) = faults(add(sample, form))
    assert place == 'check("double", max)' and said.startswith(message)


@pytest.mark.parametrize(
    ("number", "found"), [("3. ", "the number 3, expected 2"), ("", "no number, expected 2")]
)
def test_exercises_are_numbered_in_a_row(sample, number, found):
    def named(number, name):
        form = [FORM[0].replace("### ", f"### {number}"), *FORM[1:]]
        return [part.replace("double", name) for part in form]

    assert faults(add(sample, named("1. ", "double"), named(number, "twice"))) == [
        (f"### {number}Twice", f"the exercise has {found}")
    ]
