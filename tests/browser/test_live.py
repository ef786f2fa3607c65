"""Live cells: run, edited, stopped and kept in the page, with Python from build/runtime."""

from __future__ import annotations

import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

import nbformat
import pytest
from built import BOOK, CHAPTERS, HTML, LANGUAGES, PHONE, WIDE, faults, picture, until

from press.interface import interface
from press.tags import tags

CHAPTER = "layers-and-blocks"

pytestmark = pytest.mark.skipif(
    not (HTML / "runtime" / "pyodide.mjs").is_file(), reason="make runtime has not been run"
)


@pytest.fixture(scope="module")
def lasting(browser):
    """A browser that has been here before: it need not compile Python's library for each test."""
    context = browser.new_context(viewport={"width": WIDE, "height": 900})
    yield context
    context.close()


@pytest.fixture
def served(visit, address, lasting):
    """Open a page of the book as a server delivers it, where no text is kept yet.

    It is a browser that has never been here where `is_new`, or where it has options.
    """

    def open_page(file, *, is_new=False, **options):
        if not (is_new or options):
            kept = {"origin": address, "storageTypes": "local_storage"}
            lasting.new_cdp_session(lasting.new_page()).send("Storage.clearDataForOrigin", kept)
            options["context"] = lasting
        return visit(file, home=address, **options).page

    return open_page


def run(cell):
    """Press Run (or Check) and return the live output once the cell has ended."""
    cell.locator(".run").click()
    return finished(cell)


def finished(cell):
    shown = cell.locator(".outputs.live")
    shown.wait_for()
    until(cell.page, "() => !document.querySelector('.cell.running')")
    return shown


def write(cell, text):
    """Put a text into the editor of a cell."""
    if not cell.locator(".cm-editor").count():
        cell.locator(".edit").click()
    cell.locator(".cm-content").click()
    cell.page.keyboard.press("Control+a")
    cell.page.keyboard.insert_text(text)


def text_of(outputs):
    """Return what a cell has given as text, without the line above it."""
    parts = outputs.locator("> .output").all()
    return "".join(part.inner_text() for part in parts)


# each chapter in one translation: test_exercise_answers has what every check says in all of them
TRANSLATED = list(zip(CHAPTERS, cycle(LANGUAGES[1:]), strict=False))


@pytest.mark.parametrize(("slug", "language"), TRANSLATED)
def test_every_cell_gives_what_is_recorded_and_checks_speak_the_language(served, slug, language):
    page = served(f"{language}/{slug}.html")
    notebook = nbformat.read(BOOK.notebook_path(language, slug), as_version=4)
    recorded = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells = page.locator(".text .cell")
    assert cells.count() == len(recorded)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for number, cell in enumerate(recorded):
        shown = run(cells.nth(number))
        if "measures-time" in tags(cell):
            assert shown.locator(".error").count() == 0
            continue
        assert said(shown) == expected(cell), f"{slug}, cell {number + 1}:\n{cell.source}"


def said(shown):
    """Return the outputs of a live cell: text, and a mark for each picture and each HTML."""
    found = []
    for output in shown.locator("> .output").all():
        kind = output.get_attribute("class").split()[1]
        found.append(kind if kind in ("html", "plot") else output.text_content().rstrip("\n"))
    return found


def expected(cell):
    """Return the same of a recorded cell."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "stream":
            found.append(output.text.rstrip("\n"))
        elif "text/html" in data or "image/svg+xml" in data:
            found.append("html" if "text/html" in data else "plot")
        else:
            found.append(data["text/plain"].rstrip("\n"))
    return found


UNLOADED = "() => document.querySelector('.runtime[data-state=unloaded]')"
KEPT = "() => caches.open('python').then((shelf) => shelf.keys()).then((all) => all.length)"


def test_python_starts_from_what_it_compiled_before(served, address):
    """Kept by a worker that runs nothing of the reader's; another book would not use it."""
    page = served(f"en/{CHAPTER}.html", is_new=True)
    page.evaluate(
        "() => caches.open('python').then((shelf) => shelf.put('/older', new Response()))"
    )
    cell = page.locator(".text .cell").nth(0)
    look = "import zipfile\nnames = zipfile.ZipFile('/lib/python314.zip').namelist()\n"
    look += "print([name for name in ('ast.pyc', 'nothing.pyc') if name in names])\n"
    look += "import d2lmini, numpy\nprint(numpy.__spec__.loader.get_code('numpy').co_filename)"
    write(cell, look)
    assert said(run(cell))[0].startswith("[]\n")
    until(page, "() => caches.match('/older').then((older) => !older)")
    until(page, KEPT)
    page.reload()
    cell.locator(".reset").wait_for()
    assert said(run(cell)) == ["['ast.pyc']\n/lib/python3.14/site-packages/numpy/__init__.py"]


def test_what_plots_need_is_kept_with_the_first_page_that_draws(served, address):
    page = served(f"en/{CHAPTER}.html", is_new=True)
    run(page.locator(".text .cell").nth(0))
    until(page, KEPT)
    page.goto(f"{address}en/mlp.html")
    cell = page.locator(".text .cell").nth(0)
    run(cell)
    full = "([one, ...others]) => one?.url.endsWith('&plots') && !others.length"
    shelf = "() => caches.open('python').then((shelf) => shelf.keys())"
    until(page, f"{shelf}.then({full})")
    page.reload()
    write(cell, "import matplotlib as m\nm.__spec__.loader.get_code('matplotlib').co_filename")
    assert said(run(cell)) == ["'/lib/python3.14/site-packages/matplotlib/__init__.py'"]
    look = "from pathlib import Path\n"
    look += "len(list(Path(m.__file__).with_name('__pycache__').glob('*.pyc'))) > 20"
    write(cell, look)
    assert said(run(cell)) == ["True"]


def test_python_that_does_not_start_from_what_was_kept_starts_without_it(visit, address):
    opened = visit(f"en/{CHAPTER}.html", home=address)
    page = opened.page
    cell = page.locator(".text .cell").nth(0)
    recorded = cell.locator(".outputs").inner_text().strip()
    run(cell)
    until(page, KEPT)
    page.evaluate(
        """() => caches.open('python').then((shelf) =>
          shelf.keys().then(([name]) => shelf.put(name, new Response('spoilt'))))"""
    )
    page.reload()
    cell.locator(".run").click()
    until(page, UNLOADED)
    assert text_of(run(cell)).strip() == recorded
    assert "encodings" in "".join(opened.faults)
    opened.faults.clear()  # Python tells the console why it did not start


def test_run_brings_the_cells_above_and_the_recorded_output_comes_back(served):
    page = served(f"en/{CHAPTER}.html")
    cells = page.locator(".text .cell")
    before = cells.nth(2).locator("> .outputs").inner_text()
    shown = run(cells.nth(2))
    assert [cells.nth(n).locator(".outputs.live").count() for n in range(4)] == [1, 1, 1, 0]
    assert text_of(shown).strip() == before.strip()
    page.emulate_media(media="print")
    assert shown.is_visible()
    assert page.locator("button:visible").count() == 0
    page.emulate_media(media="screen")
    shown.locator(".recorded").click()
    assert cells.nth(2).locator("> .outputs").inner_text() == before
    assert page.locator(".runtime[hidden]").inner_text() == "Cell 3 is done.", "to be heard"


def test_edit_runs_completes_and_marks_the_wrong_line(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(cell, "import math\nprint('out')\nhalf = 1 / 2\nhalf")
    page.keyboard.press("Shift+Enter")
    assert said(finished(cell)) == ["out", "0.5"]
    page.keyboard.insert_text("\nmath.fact")
    page.keyboard.press("Control+Space")
    page.locator(".cm-tooltip-autocomplete li").first.wait_for()
    assert "math.factorial" in page.locator(".cm-tooltip-autocomplete").inner_text()
    page.keyboard.press("Escape")
    write(cell, "x = 1\n\nx / 0\n")
    page.keyboard.press("Control+Enter")
    until(page, "() => document.querySelector('.outputs.live .error')")
    error = cell.locator(".error").inner_text()
    assert error.endswith("ZeroDivisionError: division by zero\n") or "division by zero" in error
    assert "line 3" in error and "kernel" not in error and "pyodide" not in error
    assert f"<{cell.get_by_role('group').first.get_attribute('title')}>".lower() in error
    assert cell.locator(".wrong-line").inner_text() == "x / 0"
    page.keyboard.press("Escape")  # closes a list of names, if one is open
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "run"
    page.keyboard.press("Tab")  # leads on, not back into the editor
    assert page.evaluate("document.activeElement.className") == "recorded"


def test_values_are_shown_where_display_asks_for_them(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(cell, "display(1, 'two')\nprint('three')\n4")
    assert said(run(cell)) == ["1", "'two'", "three", "4"]
    write(cell, "display(1)")
    assert said(run(cell)) == ["1"]


def test_what_a_program_draws_has_the_colors_that_the_reader_has_chosen(served):
    page = served(f"ko/{CHAPTER}.html", scheme="light")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    shown = run(page.locator(".text .cell").nth(3))
    frame = shown.locator("iframe").element_handle().content_frame()
    frame.wait_for_selector("svg")
    colors = "() => ['color', 'fontFamily'].map((name) => getComputedStyle(document.body)[name])"
    until(frame, "() => getComputedStyle(document.body).marginTop === '0px'")
    assert frame.evaluate(colors) == page.evaluate(colors)
    fits = "(frame) => frame.clientHeight >= frame.contentDocument.documentElement.scrollHeight"
    assert shown.locator("iframe").evaluate(fits)
    for theme in ("light", "system", "dark"):  # also if it is chosen later
        page.evaluate(f"document.querySelector('[name=theme][value={theme}]').click()")
        assert frame.evaluate(colors) == page.evaluate(colors), theme


def test_report_on_an_answer_goes_where_the_answer_fails_before_it_is_checked(served):
    page = served(f"en/{CHAPTER}.html")
    answer, check = (page.locator(f".cell.{kind}").first for kind in ("exercise", "check"))
    before = check.locator("> .outputs").inner_text()
    write(answer, "seen = {'error': None, 'assigned': 'hidden', 'prepared': []}")
    assert "✓" in text_of(run(check))
    write(answer, "seen =")
    check.locator(".run").click()
    until(page, "() => document.querySelector('.exercise .error')")
    until(page, "() => !document.querySelector('.check .outputs.live')")
    assert check.locator("> .outputs").inner_text() == before


def test_long_output_says_that_it_is_cut_and_nobody_is_asked(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(cell, "print('a' * 150_000)\nprint('b')")
    shown = run(cell)
    assert text_of(shown).rstrip()[-3:] == "a\n…"
    box = shown.locator(".stdout")
    assert box.bounding_box()["height"] <= page.viewport_size["height"]
    assert box.evaluate("(output) => output.tabIndex") == 0, "the keyboard scrolls it"
    write(cell, "list(range(10**6))")
    assert text_of(run(cell)).split()[-2:] == ["999,", "...]"], "as Jupyter shows it"
    write(cell, "input('name')")
    error = run(cell).locator(".error").inner_text()
    assert "does not work in the page" in error
    assert "kernel" not in error


def test_colors_and_controls_are_left_out_as_in_recorded_outputs(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(
        cell,
        "class Red:\n    def __repr__(self): return '\\x1b[1;31mred\\x1b[0m'\n"
        "print(f'{Red()}\\tand\\x07\\x1b[?25l', '\\x1b]8;;a\\x1b\\\\link\\x1b]8;;\\x07')\n"
        "display(Red())\nraise ValueError(Red())",
    )
    printed, value, error = said(run(cell))
    assert (printed, value) == ("red\tand link", "red")
    assert error.endswith("ValueError: red")


# Programs that run elsewhere, and the words that say why they fail in a page
ELSEWHERE = {
    "%matplotlib inline\nimport numpy": "command",
    "x = 1\n%timeit x": "command",
    "!pip install torch": "command",
    "pip install torch": "command",
    "len?": "command",
    "get_ipython().run_line_magic('matplotlib', 'inline')": "command",
    "import pandas as pd": "package",
    "from pandas.core import api": "package",
    "import mxnet as mx": "mxnet",
    "from mxnet.gluon import nn": "mxnet",
    "import threading\nthreading.Thread(target=print).start()": "system",
    "import subprocess\nsubprocess.run(['ls'])": "system",
    "import socket\nsocket.create_server(('', 8000))": "system",
    "import urllib.request\nurllib.request.urlopen('http://127.0.0.1')": "system",
    "zeros = [0] * 10**9": "memory",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_program_that_runs_only_elsewhere_says_why(served, language):
    words = interface(language)
    page = served(f"{language}/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    for program, why in ELSEWHERE.items():
        write(cell, program)
        _, reason = said(run(cell))
        assert reason == words[f"cell_{why}"].format(name="pandas"), program
    write(cell, "import sys\nsys.stdin.read()")
    assert said(run(cell))[1] == words["cell_input"]
    for program in ("input('name')", "breakpoint()"):
        write(cell, program)
        assert said(run(cell))[-1].endswith(f"RuntimeError: {words['cell_input']}"), program
    for program in ("x = ", "x = 1 if 2 ? 3", "import numpy.nothing", "open('nothing')"):
        write(cell, program)
        assert len(said(run(cell))) == 1, program


def test_warning_names_its_place_only_in_a_cell(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    library = "compile('warnings.warn(\"theirs\")', '/lib/library.py', 'exec')"
    write(cell, f"import warnings\nwarnings.warn('mine')\nexec({library})")
    assert said(run(cell)) == ["<cell 1>:2: UserWarning: mine\nUserWarning: theirs"]


def test_line_that_a_program_writes_again_is_shown_once(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(
        cell,
        "import time\nprint('begun')\nfor part in range(0, 101, 20):\n"
        "    print(f'\\r{part:3} %', end='')\n    time.sleep(0.1)\nprint('\\nend\\r\\n')\n"
        "print('one\\r\\n\\rtwo\\r', end='')",
    )
    assert text_of(run(cell)).split() == ["begun", "100", "%", "end", "one", "two"]


# Calls without end, each through another part of Python written in C
DEEP = [
    "class Net(nn.Block):\n    def forward(self, x): return self(x)\nNet()(np.ones(2))",
    "class A:\n    def __call__(self): return self()\nA()()",
    "class A:\n    def __repr__(self): return repr(self)\nA()",
    "class A:\n    def __str__(self): return f'{self}'\nprint(A())",
    "class A:\n    def __getattr__(self, name): return getattr(self, 'x')\nA().name",
    "f = lambda x: sorted([1], key=f)\nf(1)",
    "from functools import partial\ndef f(n, k=1): return partial(f, k=2)(n)\nf(1)",
]


def test_calls_without_end_are_an_error_and_names_are_kept(served):
    page = served(f"en/{CHAPTER}.html")
    cells = page.locator(".text .cell")
    write(cells.nth(0), "from d2lmini import np\nfrom d2lmini.gluon import nn\nkept = 5")
    run(cells.nth(0))
    for program in DEEP:
        write(cells.nth(1), program)
        assert "RecursionError" in said(run(cells.nth(1)))[-1], program
    write(cells.nth(1), "kept")
    assert said(run(cells.nth(1))) == ["5"]


def test_object_that_claims_to_have_every_attribute_is_shown_as_text(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    claims = "class Bag(dict):\n    def __getattr__(self, name): return {}\nBag(a=1)"
    for answer in ("self[name]", "lambda: 'not HTML'", "5"):
        write(cell, claims.format(answer))
        assert said(run(cell)) == ["{'a': 1}"], answer


def test_what_a_task_prints_between_two_cells_is_shown_with_the_second(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(
        cell,
        "import asyncio\nasync def late():\n    await asyncio.sleep(0.1)\n"
        "    print('late')\n    1 / 0\ntask = asyncio.create_task(late());",
    )
    assert said(run(cell)) == []
    page.wait_for_timeout(500)
    write(cell, "'next'")
    printed, error, value = said(run(cell))
    assert (printed, value) == ("late", "'next'")
    assert "ZeroDivisionError" in error


def test_edits_are_kept_and_can_be_undone(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    original = cell.locator(".input > pre").text_content()
    write(cell, "mine = 1")
    page.reload()
    cell.locator(".reset").wait_for()
    assert cell.locator(".input > pre").text_content() == "mine = 1"
    cell.locator(".reset").click()
    cell.locator(".remark.replaced").wait_for()
    assert cell.locator(".input > pre").text_content().strip() == original.strip()
    page.reload()
    assert cell.locator(".reset").count() == 0


def test_text_that_was_replaced_comes_back(served):
    """Also without the keyboard that undoes, until the reader writes something else."""
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(cell, "mine = 1")
    page.reload()
    cell.locator(".reset").click()
    cell.locator(".remark button").click()
    assert cell.locator(".cm-content").inner_text() == "mine = 1"
    cell.locator(".remark button").wait_for()
    write(cell, "mine = 2")
    assert cell.locator(".remark").count() == 0


def test_button_says_why_it_does_nothing_where_the_server_is_gone(visit, address):
    opened = visit(f"en/{CHAPTER}.html", home=address)
    page = opened.page
    page.route("**/live/*.mjs", lambda route: route.abort())
    cell = page.locator(".text .cell").nth(0)
    cell.locator(".run").click()
    assert "does not answer" in cell.locator(".remark").inner_text()
    page.unroute("**/live/*.mjs")
    cell.locator(".run").click()
    cell.locator(".outputs.live").wait_for()
    assert cell.locator(".remark").count() == 0, "the server answers again"
    page.route("**/live/editor.mjs", lambda route: route.abort())
    cell.locator(".edit").click()
    cell.locator(".remark").wait_for()
    page.unroute("**/live/editor.mjs")
    cell.locator(".edit").click()
    cell.locator(".cm-content").wait_for()
    assert any("live.mjs" in fault for fault in opened.faults)
    opened.faults.clear()  # the browser tells the console too


# Lets the one stored text look as if the program of the book had been another, or it another text
OLDER = """() => {
  const key = Object.keys(localStorage).find((key) => key.startsWith('cell '));
  localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage[key]), base: 'older' }));
}"""
OTHER = OLDER.replace("base: 'older'", "text: 'two'")


def test_answer_in_another_language_is_offered(served):
    """It is never taken unasked, and no longer offered once the reader writes."""
    page = served(f"ko/{CHAPTER}.html")
    first, second = (page.locator(".cell.exercise").nth(number) for number in (0, 1))
    write(first, "first = 1")
    write(second, "second = 2")
    page.goto(page.url.replace("/ko/", "/ja/"))
    first.scroll_into_view_if_needed()
    first.locator(".remark.translated button").click()
    assert first.locator(".cm-content").inner_text() == "first = 1"
    first.locator(".remark.replaced").wait_for()
    second.locator(".remark.translated").wait_for()
    write(second, "mine = 2")
    assert second.locator(".remark").count() == 0
    page.reload()
    first.locator(".reset").wait_for()
    assert first.locator(".input > pre").text_content() == "first = 1"
    assert second.locator(".input > pre").text_content() == "mine = 2"
    assert page.locator(".remark.translated").count() == 0


def test_text_is_kept_where_the_book_has_changed(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".cell.exercise").first
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").wait_for()
    original = cell.locator(".input > pre").text_content()
    write(cell, "mine")
    page.evaluate(OLDER)
    page.reload()
    cell.locator(".remark").wait_for()
    assert cell.locator(".input > pre").text_content() == "mine"
    cell.locator(".remark button").click()
    cell.locator(".cm-editor").wait_for()
    assert cell.locator(".input > pre").text_content().strip() == original.strip()


def test_text_follows_its_cell_when_the_book_grows(served, tmp_path):
    """Places shift where passages are added: texts go along, an answer with its exercise."""
    page = served(f"en/{CHAPTER}.html")
    first, second, third = (page.locator(".text .cell").nth(n) for n in range(3))
    answer, by_place = (page.locator(".cell.exercise").nth(n) for n in range(2))
    moved = (second, third, by_place)
    programs = [cell.locator(".input > pre").text_content().strip() for cell in moved]
    name = re.sub(r"-\d+$", "", answer.get_attribute("id"))
    before = {
        first.get_attribute("id"): {"text": "'the second'", "base": programs[0]},
        second.get_attribute("id"): {"text": "'the third'", "base": programs[1]},
        third.get_attribute("id"): {"text": "'of a cell that is gone'", "base": "gone"},
        name: {"text": "'the answer'", "base": "an older book"},
        by_place.get_attribute("id"): {"text": "'no name yet'", "base": programs[2]},
    }
    page.evaluate(
        """([chapter, before]) => Object.entries(before).forEach(([id, edit]) =>
          localStorage.setItem(`cell ${chapter}#${id}`, JSON.stringify(edit)))""",
        [f"en/{CHAPTER}", before],
    )
    for _ in range(2):
        page.reload()
        third.locator(".reset").wait_for()
        texts = [each.locator(".input > pre").text_content() for each in (*moved, answer)]
        assert texts == ["'the second'", "'the third'", "'no name yet'", "'the answer'"]
        assert page.locator(".cell.edited").count() == 4
    assert "has changed" in answer.locator(".remark").inner_text()
    with page.expect_download() as found:
        page.locator(".answers .download").click()
    found.value.save_as(tmp_path / "answers.ipynb")
    cells = nbformat.read(tmp_path / "answers.ipynb", as_version=4).cells
    assert cells[-1].source == "'of a cell that is gone'"


def test_another_tab_never_overwrites_unasked(served, address):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(cell, "one")
    other = page.context.new_page()
    other.goto(page.url)
    second = other.locator(".text .cell").nth(0)
    second.locator(".reset").wait_for()
    second.locator(".edit").click()
    second.locator(".cm-content").click()
    other.keyboard.press("Control+a")
    other.keyboard.insert_text("two")
    cell.locator(".remark").wait_for()
    assert cell.locator(".cm-content").inner_text() == "one"
    cell.locator(".remark button").click()
    assert cell.locator(".cm-content").inner_text() == "two"


def test_text_that_another_tab_or_a_notebook_replaced_is_still_offered_later(served, tmp_path):
    """Until the reader writes on: pages are reloaded, and tabs closed, in between."""
    page = served(f"en/{CHAPTER}.html")
    other = page.context.new_page()
    other.goto(page.url)
    here, there = (each.locator(".cell.exercise").first for each in (page, other))
    there.locator(".edit").click()
    write(here, "mine = 1")
    there.locator(".remark.other").wait_for()
    write(there, "mine = 2")
    page.close()
    there.locator(".reset").click()
    other.reload()
    assert there.locator(".reset").count() == 0
    there.locator(".remark.replaced button").click()
    assert there.locator(".cm-content").inner_text() == "mine = 1"
    name = other.locator("[data-exercises~=parallel]").first.get_attribute("data-exercises")
    metadata = {"tags": ["exercise"], "exercise": name.split()[0]}
    for loaded in ("mine = 3", "mine = 4"):
        answer = nbformat.v4.new_code_cell(loaded, metadata=metadata)
        nbformat.write(nbformat.v4.new_notebook(cells=[answer]), tmp_path / "mine.ipynb")
        other.locator(".answers input[type=file]").set_input_files(tmp_path / "mine.ipynb")
        other.locator(".runtime .close").click()
        other.reload()
    for offered in ("mine = 3", "mine = 1", "mine = 4"):
        there.locator(".remark.replaced button").click()
        assert there.locator(".cm-content").inner_text() == offered
    write(there, "mine = 5")
    other.reload()
    there.locator(".reset").wait_for()
    assert there.locator(".remark").count() == 0


def test_page_that_comes_back_has_missed_nothing(served):
    """A page put aside hears of no other tab; shown again, it must not overwrite what they kept."""
    page = served(f"en/{CHAPTER}.html")
    cell, unsaved = (page.locator(".text .cell").nth(number) for number in (0, 1))
    write(cell, "one")
    page.evaluate(OTHER)
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }"
    )
    write(unsaved, "mine")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    cell.locator(".remark.other button").click()
    assert cell.locator(".cm-content").inner_text() == "two"
    assert unsaved.locator(".remark").count() == 0, (
        "it was called another tab's that there was none"
    )


def test_browser_that_keeps_nothing_says_so(served):
    """And it asks before the page is left, as long as that is so."""
    page = served(f"en/{CHAPTER}.html")
    full = "() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }"
    cell = page.locator(".text .cell").nth(0)
    page.evaluate("() => { self.setItem = Storage.prototype.setItem; }")
    page.evaluate(full)
    write(cell, "yours")
    page.locator(".runtime .close").wait_for()
    page.evaluate("() => { Storage.prototype.setItem = self.setItem; }")
    write(cell, "ours")
    assert page.evaluate("onbeforeunload") is None
    page.evaluate(full)
    write(cell, "mine")
    page.locator(".runtime .close").wait_for()
    assert "download them" in page.locator(".runtime").inner_text()
    write(cell, "while True: pass")
    page.keyboard.press("Shift+Enter")
    until(page, "() => document.querySelector('.runtime').dataset.state === 'running'")
    page.keyboard.insert_text("#")
    until(page, "() => document.querySelector('.runtime').dataset.state === 'unsaved'")
    page.locator(".runtime .stop").click()
    assert "KeyboardInterrupt" in said(finished(cell))[-1], "what is said left no way to stop it"
    write(cell, "mine")
    with page.expect_event("dialog") as leaving:
        page.close(run_before_unload=True)
    assert leaving.value.type == "beforeunload"
    leaving.value.dismiss()
    with page.expect_download():
        page.locator(".answers .download").click()
    assert page.evaluate("onbeforeunload") is None


LOOPS = [
    "while True: pass",
    "while True: print('again')",
    "import sys\nwhile True: print('out'), print('err', file=sys.stderr)",
    "class Bold:\n    def _repr_html_(self): return '<b>'\nwhile True: display(Bold())",
    "import time\nprint('soon')\ntime.sleep(600)",
    "import asyncio\nawait asyncio.sleep(600)",
    "import asyncio\nwhile True: await asyncio.sleep(0)",
]


def test_endless_loop_is_stopped_and_names_are_kept(served):
    """Also where it shows more and more, sleeps or waits."""
    page = served(f"en/{CHAPTER}.html")
    assert page.evaluate("crossOriginIsolated")
    cells = page.locator(".text .cell")
    write(cells.nth(0), "kept = 5")
    run(cells.nth(0))
    stop = page.locator(".runtime .stop")
    for loop in LOOPS:
        write(cells.nth(1), loop)
        page.keyboard.press("Shift+Enter")
        stop.wait_for()
        page.wait_for_timeout(500)
        stop.click()
        assert "KeyboardInterrupt" in said(finished(cells.nth(1)))[-1], loop
        assert cells.nth(1).locator(".output").count() < 1010, loop
        assert cells.nth(1).locator("iframe").count() <= 50, loop
    write(cells.nth(1), "kept")
    assert said(run(cells.nth(1))) == ["5"]


def test_focus_stays_with_the_cell_whose_button_is_gone(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(cell, "while True: pass")
    page.keyboard.press("Shift+Enter")
    page.locator(".runtime .stop").wait_for()
    page.keyboard.press("Escape")  # closes a list of names, if one is open
    page.keyboard.press("Escape")
    until(page, "() => document.querySelector('.runtime').dataset.state === 'running'")
    page.keyboard.press("s")
    assert "KeyboardInterrupt" in said(finished(cell))[-1]
    for button in (".recorded", ".reset", ".remark.replaced button"):
        cell.locator(button).press("Enter")
        until(page, "() => document.activeElement.matches('.cell .run')")


def test_stop_restarts_python_in_a_browser_without_shared_memory(served):
    page = served(f"en/{CHAPTER}.html")
    page.add_init_script("delete self.SharedArrayBuffer")  # as in WebKit on Linux
    page.reload()
    assert page.evaluate("crossOriginIsolated && !self.SharedArrayBuffer")
    cell = page.locator(".text .cell").nth(0)
    write(cell, "while True: pass")
    page.keyboard.press("Shift+Enter")
    until(page, "() => document.querySelector('.runtime').innerText.startsWith('Running')")
    page.locator(".runtime .stop").click()
    until(page, "() => document.querySelector('.runtime').innerText.includes('stopped')")
    write(cell, "6 * 7")
    assert said(run(cell)) == ["42"]


def test_package_that_cannot_be_loaded_says_why_and_is_tried_again(visit, address):
    opened = visit(f"en/{CHAPTER}.html", home=address)
    page = opened.page
    cell = page.locator(".text .cell").nth(0)
    write(cell, "import six\nsix.__name__")
    page.context.route("**/six-*.whl", lambda route: route.abort())
    why, error = said(run(cell))
    assert "loading six" in why and "Failed to fetch" in why
    assert "No module named 'six'" in error
    page.context.unroute("**/six-*.whl")
    assert said(run(cell)) == ["'six'"]
    opened.faults.clear()  # the browser tells the console too


def test_cell_that_breaks_what_shows_it_leaves_the_names_alone(served):
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(cell, "import sys\nkept = 5\nsys.stdout = None")
    run(cell)
    write(cell, "import matplotlib.pyplot as plt\nplt.title(r'$\\frac{$');")
    assert "Expected \\frac" in run(cell).locator(".error").inner_text()
    write(cell, "for n in range(2000): display(n)\nraise ValueError('x' * 200_000)")
    *values, error = said(run(cell))
    assert values == [*map(str, range(1000)), "…"] and error.endswith("x\n…")
    write(cell, "print(kept)")
    assert said(run(cell)) == ["5"]


def test_names_are_lost_only_where_the_reader_is_told_before(visit, address):
    opened = visit(f"en/{CHAPTER}.html", home=address)
    page = opened.page
    cell, status = page.locator(".text .cell").nth(0), page.locator(".runtime")
    loop = "print('begun')\nwhile True:\n    try:\n        while True: pass\n"
    write(cell, f"{loop}    except KeyboardInterrupt: pass")
    cell.locator(".run").click()
    cell.locator(".live .stdout").wait_for()
    status.locator(".stop").evaluate("(button) => { button.click(); button.click(); }")
    until(page, "() => document.querySelector('.runtime[data-state=stubborn]')")
    assert "will be lost" in status.inner_text()
    status.locator(".stop").click()
    until(page, "() => document.querySelector('.runtime[data-state=restarted]')")
    write(cell, "import os\nos._exit(1)")
    cell.locator(".run").click()
    until(page, "() => document.querySelector('.runtime[data-state=failed]')")
    assert "exit(1)" in status.inner_text()
    assert "exit(1)" in "".join(opened.faults)
    opened.faults.clear()  # Python tells the console too


def test_lines_that_wrap_continue_farther_right(served):
    page = served(f"en/{CHAPTER}.html", width=PHONE)
    cell = page.locator(".text .cell").nth(0)
    write(cell, f"if True:\n    {'long + ' * 12}")
    left, indent = page.evaluate(
        """() => {
          const line = document.querySelectorAll('.cm-line')[1];
          const range = document.createRange();
          range.selectNodeContents(line);
          const starts = [...range.getClientRects()].map(({ left }) => left);
          return [Math.min(...starts), starts[0]];
        }"""
    )
    first = page.evaluate("document.querySelector('.cm-line span').getBoundingClientRect().left")
    assert left == indent == pytest.approx(first, abs=1)


class _Plain(SimpleHTTPRequestHandler):
    """Delivers files as a static host does, without headers of its own."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def log_message(self, *args):
        """Stay silent."""


def test_stop_restarts_python_on_a_plain_host_and_a_service_worker_mends_that(visit, html):
    handler = partial(_Plain, directory=str(html))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # of a page that is left while it loads
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = visit(f"en/{CHAPTER}.html", home=f"http://localhost:{server.server_port}/").page
        assert not page.evaluate("crossOriginIsolated")
        cells = page.locator(".text .cell")
        write(cells.nth(0), "while True: pass")
        page.keyboard.press("Shift+Enter")
        until(page, "() => document.querySelector('.runtime').innerText.startsWith('Running')")
        page.locator(".runtime .stop").click()
        until(page, "() => document.querySelector('.runtime').innerText.includes('stopped')")
        write(cells.nth(0), "6 * 7")
        assert said(run(cells.nth(0))) == ["42"]
        until(page, "() => navigator.serviceWorker.controller !== null")
        page.reload()
        assert page.evaluate("crossOriginIsolated")
        cells.nth(0).locator(".reset").wait_for()  # the page has found the edit
        assert cells.nth(0).locator(".input > pre").text_content() == "6 * 7"
        assert said(run(cells.nth(0))) == ["42"]
        server.shutdown()


class _Incomplete(_Plain):
    """Delivers what makes Python start only once it is there."""

    is_there = False

    def do_GET(self):
        if self.path.startswith("/runtime/") and not self.is_there:
            self.send_error(404)
        else:
            super().do_GET()


def test_python_that_cannot_be_loaded_is_asked_for_again(visit, html, monkeypatch):
    handler = partial(_Incomplete, directory=str(html))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"localhost:{server.server_port}"
        page = visit(f"en/{CHAPTER}.html", home=f"http://{host}/", width=PHONE).page
        status = page.locator(".runtime")
        cell = page.locator(".text .cell").nth(0)
        cell.locator(".run").click()
        until(page, UNLOADED)
        said = status.locator("[role=status]").inner_text()
        assert said.startswith(f"Python could not be loaded from {host} (")
        assert "make runtime" in said and "variables" not in said
        assert status.locator("button:visible").all_inner_texts() == ["Close"]
        close = status.locator(".close").bounding_box()
        assert close["x"] + close["width"] <= PHONE, "the address of the file is long"
        monkeypatch.setattr(_Incomplete, "is_there", True)
        run(cell)
        server.shutdown()


def test_hostile_cell_reaches_nothing_of_the_page(visit, address):
    opened = visit(f"en/{CHAPTER}.html", home=address)
    page = opened.page
    cell = page.locator(".text .cell").nth(0)
    names = "indexedDB caches cookieStore XMLHttpRequest WebSocket document localStorage"
    write(cell, f"import js\nprint([hasattr(js, name) for name in '{names}'.split()])")
    assert said(run(cell)) == [str([False] * 7)]
    write(
        cell,
        "class Page:\n    def _repr_html_(self):\n"
        '        return \'<script>parent.hacked = 1</script><svg onload="parent.hacked=1"></svg>'
        "<b>shown</b>'\nPage()",
    )
    shown = run(cell)
    frame = shown.locator("iframe").element_handle().content_frame()
    assert frame.locator("b").inner_text() == "shown"
    assert page.evaluate("window.hacked") is None
    assert all("Blocked script execution" in fault for fault in opened.faults)
    opened.faults.clear()  # the browser says that it ran no script, which is what we want


def test_cell_cannot_speak_for_the_page(served):
    """What is kept for the next start is made only where nothing of the reader's has run."""
    page = served(f"en/{CHAPTER}.html")
    cell = page.locator(".text .cell").nth(0)
    write(
        cell,
        "import asyncio, js\nfrom pyodide.ffi import to_js\n"
        "asked = {'data': {'ask': 'complete', 'source': 'pri'}}\n"
        "asked = to_js(asked, dict_converter=js.Object.fromEntries)\n"
        "js.dispatchEvent(js.MessageEvent.new('message', asked))\n"
        "await asyncio.sleep(0.5)\nprint('nobody answers')",
    )
    assert said(run(cell)) == ["nobody answers"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_live_cells_are_accessible(served, scheme, width):
    """axe-core finds nothing with an editor open, outputs, a failed check and an error."""
    page = served(f"ko/{CHAPTER}.html", scheme=scheme, width=width, bypass_csp=True)
    run(page.locator(".cell.check").first)
    write(page.locator(".text .cell").nth(4), "1 / 0")
    page.keyboard.press("Shift+Enter")
    until(page, "() => document.querySelector('.outputs.live .error')")
    page.locator(".text .cell").nth(6).locator(".run").click()
    said = "셀 5에서 오류가 나서 그다음 셀은 실행하지 않았습니다."
    until(page, f"() => document.querySelector('.runtime [role=status]').innerText === '{said}'")
    picture(page, f"ko-live-{width}-{scheme}")
    assert faults(page, ".text") == [] == faults(page, ".runtime")
    page.mouse.wheel(0, 5000)  # the cell is no longer in sight
    page.locator(".runtime .find").click()
    page.locator(".text .cell.edited .run:focus").wait_for()
    assert page.locator(".text .cell.edited").evaluate(
        "(cell) => cell.getBoundingClientRect().top > 0 && cell.getBoundingClientRect().top < 700"
    )


def test_answers_go_out_as_a_notebook_and_come_back(served, tmp_path):
    page = served(f"en/{CHAPTER}.html")
    exercise = page.locator(".cell.exercise").first
    exercise.scroll_into_view_if_needed()
    exercise.locator(".cm-editor").wait_for()
    write(exercise, "answer = 'mine'")
    page.locator(".text details:has(.solution) > summary").first.click()
    write(page.locator(".cell.solution").first, "tried = 'in the solution'")
    with page.expect_download() as found:
        page.locator(".answers .download").click()
    file = tmp_path / found.value.suggested_filename
    found.value.save_as(file)
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    [tried] = [cell for cell in notebook.cells if cell.source == "tried = 'in the solution'"]
    assert not tried.metadata
    [answer] = [cell for cell in notebook.cells if cell.source == "answer = 'mine'"]
    assert answer.metadata.tags == ["exercise"] and answer.metadata.exercise
    assert not any("solution" in cell.metadata.get("tags", ()) for cell in notebook.cells)
    write(exercise, "another = 1")
    page.locator(".answers input[type=file]").set_input_files(file)
    until(
        page,
        "() => document.querySelector('.cell.exercise .cm-content').innerText.includes('mine')",
    )
    for name, content in (("foreign", "{}"), ("half", '{"cells": [null]}'), ("spoilt", "{")):
        (tmp_path / f"{name}.ipynb").write_text(content)
        page.locator(".answers input[type=file]").set_input_files(tmp_path / f"{name}.ipynb")
        until(page, f"() => document.querySelector('.runtime').innerText.includes('{name}.ipynb')")
    assert page.locator(".runtime button:visible").all_inner_texts() == ["Close"]
    page.locator(".runtime .close").click()
    assert page.locator(".runtime[hidden]").inner_text() == ""


def test_notebook_brings_its_answers_only(served, tmp_path):
    """Starters and empty cells replace no answer, nor does a copy further down a part of one."""
    page = served(f"en/{CHAPTER}.html")
    first, second, third = (page.locator(".cell.exercise").nth(number) for number in range(3))
    starter = second.locator(".input > pre").text_content().rstrip("\n")
    link = page.locator("[data-exercises~=parallel]").first
    one, other, last, *_ = link.get_attribute("data-exercises").split()
    write(second, "mine = 2")
    write(third, "mine = 3")
    sources = [(one, "a = 1"), (one, "b = 2"), (other, starter), ("", "c = 3"), (one, "copy = 4")]
    sources.append((last, "\n"))
    cells = [
        nbformat.v4.new_code_cell(
            source, metadata={"tags": ["exercise"], "exercise": name} if name else {}
        )
        for name, source in sources
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "mine.ipynb")
    page.locator(".answers input[type=file]").set_input_files(tmp_path / "mine.ipynb")
    until(page, "() => document.querySelector('.runtime').innerText.includes(': 1')")
    assert first.locator(".input > pre").text_content() == "a = 1\nb = 2"
    assert second.locator(".input > pre").text_content() == "mine = 2"
    assert third.locator(".input > pre").text_content() == "mine = 3"


def test_notebook_that_cannot_be_loaded_is_told(visit, address, tmp_path):
    opened = visit(f"en/{CHAPTER}.html", home=address)
    opened.page.route("**/live/*.mjs", lambda route: route.abort())
    (tmp_path / "mine.ipynb").write_text("{}")
    opened.page.locator(".answers input[type=file]").set_input_files(tmp_path / "mine.ipynb")
    assert "does not answer" in opened.page.locator(".answers .remark").inner_text()
    opened.faults.clear()  # the browser tells the console too


def test_progress_is_shown_in_the_contents(served):
    page = served(f"en/{CHAPTER}.html")
    name = page.locator("[data-exercises]").first.get_attribute("data-exercises").split()[0]
    page.evaluate(
        "([name, kept]) => localStorage.setItem(`exercise ${name}`, kept)",
        [name, json.dumps({"text": "done", "base": ""})],
    )
    page.reload()
    assert re.match(r"1 of \d+ done", page.locator(".contents .done").first.inner_text())


def test_opened_from_a_file_the_buttons_explain(visit):
    page = visit(f"en/{CHAPTER}.html").page
    page.locator(".text .cell").nth(0).locator(".run").click()
    assert "make serve" in page.locator(".remark").inner_text()


def test_nothing_of_it_is_loaded_before_the_first_press(visit, address):
    asked = []
    opened = visit("en/index.html", home=address)
    opened.page.on("request", lambda request: asked.append(request.url))
    opened.go(f"en/{CHAPTER}.html")
    assert not [
        url for url in asked if "/live/" in url or "/runtime/" in url or "codemirror" in url
    ]
    cells = (HTML / "static" / "cells.js").stat().st_size
    html = (HTML / "en" / f"{CHAPTER}.html").read_text("utf-8")
    words = len(re.search(r'<script type="application/json" id="live">.*?</script>', html)[0])
    assert cells + words < 6500
