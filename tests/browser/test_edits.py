"""What a reader wrote in a cell is found again when the book around it has changed."""

from __future__ import annotations

import json
import threading

import nbformat
import pytest
from built import until

from press.book import EVERYTHING, Book
from press.building import read_texts
from press.serving import Server
from press.site import build_site

BOOK = """cell_timeout = 30
[languages]
en = "English"
[title]
en = "Sample"
[subtitle]
en = "A book for tests"
[[parts]]
chapters = ["sums"]
title.en = "Numbers"
"""
FIRST = "total = 0\nfor number in range(4):\n    total += number"
SECOND = "mean = total / 4\nprint('mean', mean)"
CHAPTER = f"""---
description: How to add numbers.
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

# Sums

A sum adds.

```{{code-cell}} ipython3
{FIRST}
```

A mean divides.

```{{code-cell}} ipython3
{SECOND}
```

## Exercises

"""


def exercise(name, *problem):
    """Return the source of an exercise whose starter assigns None."""
    check = f'check("{name}", {name})'
    cells = [("exercise", f"{name} = None"), ("check", check), None]
    cells += [("solution", f"{name} = 1"), ("solution, check", check)]
    parts = [f"(ex-{name})=\n### The {name}", *problem]
    for cell in cells:
        tags, program = cell or ("", "")
        fence = f"```{{code-cell}} ipython3\n:tags: [{tags}]\n\n{program}\n```"
        parts.append(fence if cell else ":::{solution}\nIt is one.\n:::")
    return "\n\n".join(parts) + "\n\n"


OLD = CHAPTER + exercise("count", "Count them.", "All.") + exercise("size", "Measure it.")


@pytest.fixture
def read(visit, tmp_path):
    """Read a chapter, as its author has it now; the browser keeps what was written before."""
    (tmp_path / "chapters" / "en").mkdir(parents=True)
    (tmp_path / "chapters" / "book.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "build" / "html").mkdir(parents=True)
    with Server(tmp_path / "build" / "html", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened = []

        def build(source):
            for each in opened:
                each.page.goto("about:blank")  # it may still be loading what is replaced now
            (tmp_path / "chapters" / "en" / "sums.md").write_text(source, encoding="utf-8")
            book = Book.load(tmp_path)
            build_site(book, read_texts(book, EVERYTHING))
            if opened:
                return opened[0].go("en/sums.html")
            opened.append(visit("en/sums.html", home=server.address))
            return opened[0].page

        yield build
        server.shutdown()


def write(page, program, text):
    """Write a text into the first cell that shows a program."""
    cell = page.locator(".text .cell", has_text=program).first
    cell.locator(".edit").click()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def shown(page):
    """Return the program that each cell shows, once the stored ones are there."""
    until(page, "() => document.querySelector('.cell.edited, .former')")
    return page.locator(".text .cell > .input > pre").evaluate_all(
        "all => all.map(({ textContent }) => textContent.trim())"
    )


def keep(page, **texts):
    """Store texts as earlier books did, by anchors."""
    for anchor, (base, text) in texts.items():
        key, value = f"cell en/sums#{anchor}", json.dumps({"text": text, "base": base})
        page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, value])


def keys(page):
    return page.evaluate("() => Object.keys(localStorage).filter((key) => /^cell /.test(key))")


def test_texts_stay_in_their_cells_when_passages_come_and_go(read):
    page = read(OLD)
    before = page.locator(".text .cell > .input > pre").all_text_contents()
    assert [program.strip() for program in before[:4]] == [
        FIRST, SECOND, "count = None", 'check("count", count)',
    ]  # fmt: skip
    write(page, SECOND.splitlines()[1], "my mean")
    write(page, "count = None", "count = 5")
    write(page, 'check("size"', "my check")
    newer = OLD.replace(
        "A sum adds.", "A sum adds.\n\nNothing more.\n\n```{code-cell} ipython3\n1 + 1\n```"
    )
    page = read(newer.replace("Count them.\n\nAll.", "Count them all."))
    programs = shown(page)
    wanted = ["1 + 1", FIRST, "my mean", "count = 5", 'check("count", count)', "count = 1"]
    wanted += ['check("count", count)', "size = None", "my check", "size = 1"]
    assert programs == [*wanted, 'check("size", size)']
    assert page.locator(".remark").count() == 0


def test_changed_cells_keep_an_answer_and_are_offered_another_text(read):
    page = read(OLD)
    write(page, "mean', mean", "my mean")
    write(page, "count = None", "count = 5")
    write(page, "size = None", "size = 6")
    newer = OLD.replace("print('mean', mean)", "print('the mean', mean)")
    newer = newer.replace("count = None", "count = 0  # how many?")
    page = read(newer.replace(exercise("size", "Measure it."), ""))
    programs = shown(page)
    assert programs[1:3] == [SECOND.replace("'mean'", "'the mean'"), "count = 5"]
    assert len(programs) == 6, "the text of a lost exercise is in no cell"
    assert "has changed" in page.locator(".exercise > .remark.changed").inner_text()
    lost = page.locator(".text > .former")
    assert lost.locator("code").inner_text() == "size = 6"
    assert lost.locator("button").all_inner_texts() == ["Discard it"]
    with page.expect_download() as found:
        page.locator(".answers .download").click()
    notebook = nbformat.read(found.value.path(), as_version=4)
    assert {"my mean", "count = 5", "size = 6"} <= {cell.source for cell in notebook.cells}
    offered = page.locator(".cell > .former")
    assert offered.locator("code").inner_text() == "my mean"
    offered.locator("[data-live=take]").click()
    offered.wait_for(state="detached")
    page = read(OLD)
    assert shown(page)[:3] == [FIRST, SECOND, "count = 5"]
    assert "size = 6" in shown(page), "an exercise that is back has its answer"
    assert page.locator(".text > .former").count() == 0
    assert page.locator(".cell > .former code").inner_text() == "my mean"
    former = page.locator(".cell > .former")
    former.locator("[data-live=drop]").click()
    assert len(keys(page)) == 2
    assert former.inner_text().split("\n")[0].startswith("You discarded this text.")
    page.keyboard.press("Enter")  # on the button that brings it back
    assert former.locator("code").inner_text() == "my mean"
    assert len(keys(page)) == 3
    former.locator("[data-live=drop]").click()
    page = read(OLD)
    assert shown(page)[1] == SECOND
    assert page.locator(".former").count() == 0


def test_texts_kept_by_anchors_are_taken_over_only_by_their_cells(read):
    page = read(OLD)
    check = 'check("count", count)'
    keep(
        page,
        **{
            "sums-7": (SECOND, "my mean"),  # it was farther down
            "sums-4": ("total = 9", "nowhere"),  # not this program
            "ex-count-4": ("count = None", "count = 5"),  # now the place of its check
            "ex-count-8": (check, "one of two"),  # its check, or that of its solution
            "ex-former-2": ("former = None", "former = 7"),
            "ex-size": ("size = None", "size = 6"),
        },
    )
    page.evaluate("() => localStorage.setItem('cell en/sums#sums-2', '{spoilt')")
    page = read(OLD)
    programs = shown(page)
    assert programs[:4] == [FIRST, "my mean", "count = 5", check]
    assert programs[5:7] == [check, "size = 6"]
    assert page.locator(".check > .former code").all_inner_texts() == ["one of two"]
    lost = page.locator(".text > .former code").all_inner_texts()
    assert sorted(lost) == ["former = 7", "nowhere"]
    left = {key.partition("#")[2] for key in keys(page)}
    assert {"sums-2", "sums-4", "ex-count-8", "ex-former-2"} <= left
    assert len(left) == 7 and not {"sums-7", "ex-count-4"} & left


def test_equal_programs_have_a_text_each(read):
    twice = f"{OLD.partition('## Exercises')[0]}```{{code-cell}} ipython3\n{FIRST}\n```\n"
    page = read(twice)
    cell = page.locator(".text .cell").nth(2)
    cell.locator(".edit").click()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text("again = 1\n")
    page = read(twice)
    assert [program[:5] for program in shown(page)] == ["total", "mean ", "again"]


def test_cell_that_was_reset_follows_the_book(read):
    """The reader's text, which another had replaced before, is offered on."""
    page = read(OLD)
    for name, program in (("ex-count", "count = None"), (f"\n{SECOND}", SECOND)):
        kept = json.dumps({"text": program, "base": program, "before": [f"my {name}"]})
        page.evaluate(
            "([key, kept]) => localStorage.setItem(key, kept)", [f"cell en/sums#{name}", kept]
        )
    page = read(OLD.replace("count = None", "count = 0").replace("'mean'", "'the mean'"))
    page.locator(".former").wait_for()
    assert page.locator(".former code").inner_text() == f"my \n{SECOND}"
    assert page.locator(".edited").count() == 0
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert page.locator(".remark.other").count() == 0
    cell = page.locator(".cell.exercise").first
    assert cell.locator(".input code").inner_text().strip() == "count = 0"
    cell.locator(".remark.replaced button").click()
    assert cell.locator(".cm-content").inner_text() == "my ex-count"
