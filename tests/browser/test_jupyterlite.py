"""A chapter as a notebook in JupyterLite; skipped unless `make lite` has added it to the book."""

from __future__ import annotations

import json
import re

import pytest
from built import CHAPTER, LANGUAGES, WIDE, until

from press.lite import FILES, address as place

CHAPTER_WITH_CHECKS, LANGUAGE = "layers-and-blocks", "ko"
PATIENCE = 240  # seconds: all cells of a chapter, Python's start among them
PRINTED = """() => [...document.querySelectorAll('.jp-CodeCell')].map((cell) => [
  cell.querySelector('.jp-InputPrompt').textContent,
  ...['application/vnd.jupyter.stdout', 'text/plain'].map((kind) =>
    [...cell.querySelectorAll(`[data-mime-type="${kind}"] pre`)]
      .map((part) => part.textContent).join('')),
])"""


@pytest.fixture
def lab(html, browser):
    """A page that notes what fails on it and what it asks of other hosts."""
    if not (html / place(LANGUAGE, CHAPTER).partition("?")[0]).is_file():
        pytest.skip("JupyterLite is not in this book: make lite")
    context = browser.new_context(viewport={"width": WIDE, "height": 900}, locale="en-US")
    page, noted = context.new_page(), []
    page.on("pageerror", lambda error: noted.append(str(error)))
    page.on(
        "console",
        lambda message: noted.append(message.text) if "Content Security" in message.text else None,
    )
    context.on("request", lambda request: noted.append(request.url))
    yield page, noted
    context.close()


def test_every_cell_of_a_chapter_prints_there_what_it_prints_in_the_book(lab, html, address):
    page, noted = lab
    page.goto(f"{address}{LANGUAGE}/{CHAPTER_WITH_CHECKS}.html")
    page.get_by_role("link", name="노트북으로 열기").click()
    until(page, "() => document.querySelector('.jp-Notebook .jp-CodeCell') && true")
    until(page, "() => document.querySelector('.jp-OutputArea-output')?.textContent")
    assert "\n," not in "".join(
        value for _, *printed in page.evaluate(PRINTED) for value in printed
    )
    choose(page, "Edit", "Clear Outputs of All Cells")
    choose(page, "Run", "Run All Cells")
    for _ in range(PATIENCE):
        page.wait_for_timeout(1000)
        found = page.evaluate(PRINTED)
        if all(prompt.strip("[]: ").isdigit() for prompt, *_ in found):
            break
    notebook = json.loads((html / f"{FILES}{LANGUAGE}/{CHAPTER_WITH_CHECKS}.ipynb").read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [prompt for prompt, *_ in found] == [f"[{n}]:" for n in range(1, len(cells) + 1)]
    for cell, (_, *printed) in zip(cells, found, strict=True):
        if "measures-time" not in cell["metadata"].get("tags", ()):
            assert unnumbered(printed) == unnumbered(recorded(cell)), cell["source"]
    assert "연습 문제 확인: parallel" in "".join(printed for _, printed, _ in found)
    assert [each for each in noted if not each.startswith((address, "data:", "blob:"))] == []


def recorded(cell):
    """Return what a cell printed in the book, and its value where text is all it has."""
    printed = [each["text"] for each in cell["outputs"] if "text" in each]
    forms = [each["data"] for each in cell["outputs"] if "data" in each]
    values = [each["text/plain"] for each in forms if len(each) == 1]
    return ["".join(map("".join, parts)) for parts in (printed, values)]


def unnumbered(texts):
    """Leave out what counts blocks: the notebook has no solutions, which the book counts too."""
    return [re.sub(r"(?<=[a-z])\d+", "", text) for text in texts]


def choose(page, menu, item):
    """Choose an item of JupyterLab's menu."""
    page.get_by_role("menuitem", name=menu, exact=True).first.click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def test_link_is_there_only_where_a_server_delivers_the_book(lab, html, address):
    page, _ = lab
    for code in LANGUAGES:
        for home, is_shown in ((address, True), (html.as_uri() + "/", False)):
            page.goto(f"{home}{code}/{CHAPTER}.html")
            assert page.locator(f"a[href='../{place(code, CHAPTER)}']").is_visible() == is_shown
