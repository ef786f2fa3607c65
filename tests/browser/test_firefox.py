"""The pages in Firefox, where the machine has it: what readers do works there too, from files.

Playwright drives only a Firefox of its own; this one is spoken to as browsers agree on (WebDriver
BiDi), over the connection that Jupyter brings along.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator

import pytest
from built import CHAPTER, HTML, LANGUAGES, PATIENCE

FIREFOX = shutil.which("firefox") or shutil.which("firefox-esr")
pytestmark = pytest.mark.skipif(not FIREFOX, reason="no Firefox was found")
ENTER, SHIFT, CONTROL = "\ue007", "\ue008", "\ue009"  # as WebDriver names these keys


class Firefox:
    """One window of Firefox."""

    def __init__(self, address: str) -> None:
        from websocket import create_connection

        self.socket = create_connection(
            f"{address}/session", timeout=PATIENCE, suppress_origin=True
        )
        self.ids = itertools.count(1)
        self.send("session.new", capabilities={})
        self.window = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.faults: list[str] = []
        self.send("session.subscribe", events=["log.entryAdded"])

    def send(self, method: str, **params: object) -> dict:
        """Send a command and return its result; keep the errors that pages report meanwhile."""
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]
            entry = message.get("params", {})
            if entry.get("level") == "error":
                self.faults.append(entry["text"])

    def go(self, file: str, home: str = f"{HTML.as_uri()}/") -> None:
        """Open a page of the book and wait until it is there."""
        url = home + file
        self.send("browsingContext.navigate", context=self.window, url=url, wait="complete")

    def press(self, *keys: str) -> None:
        """Press keys, one while those before it are held."""
        held = [{"type": "keyDown", "value": key} for key in keys]
        freed = [{"type": "keyUp", "value": key} for key in reversed(keys)]
        actions = [{"type": "key", "id": "keyboard", "actions": held + freed}]
        self.send("input.performActions", context=self.window, actions=actions)

    def ask(self, expression: str) -> object:
        """Return what an expression gives in the page, as JSON has it."""
        result = self.send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression}) ?? null))()",
            target={"context": self.window},
            awaitPromise=True,
        )
        assert result["type"] == "success", result
        return json.loads(result["result"]["value"])

    def until(self, condition: str) -> None:
        """Wait until an expression gives something true."""
        look = f"const look = () => ({condition}) ? done() : setTimeout(look, 20); look();"
        self.ask(f"new Promise((done) => {{ {look} }})")


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """Firefox without a window on the screen, with nothing remembered."""
    profile = tmp_path_factory.mktemp("firefox")
    process = subprocess.Popen(
        [FIREFOX, "--headless", "--remote-debugging-port=0", "--no-remote", "--profile", profile],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        heard = (re.search(r"BiDi listening on (ws://\S+)", line) for line in process.stderr)
        address = next(filter(None, heard))[1]
        threading.Thread(target=process.stderr.read, daemon=True).start()  # so that it never fills
        yield Firefox(address)
    finally:
        process.terminate()
        process.wait(PATIENCE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_chapter_reads_as_it_should(firefox, language):
    firefox.go(f"{language}/{CHAPTER}.html")
    assert firefox.ask("document.documentElement.lang") == language
    assert firefox.ask("document.documentElement.scrollWidth <= innerWidth")
    assert firefox.ask("document.querySelector('.text .katex-html').checkVisibility()")
    assert firefox.ask("document.querySelector('#contents').checkVisibility()"), "wide enough"
    dark = (
        "(document.documentElement.dataset.theme = 'dark', getComputedStyle(document.body).color)"
    )
    light = firefox.ask("getComputedStyle(document.body).color")
    assert firefox.ask(dark) != light
    assert firefox.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_finds_and_previews_tell(firefox, language):
    firefox.go(f"{language}/{CHAPTER}.html")
    firefox.ask("document.querySelector('.open-search').click()")
    firefox.until("window.bookSearch")
    word = {"en": "hidden layer", "ko": "순전파", "ja": "順伝播"}[language]
    found = f"bookSearch.shelf('{language}').then((shelf) => bookSearch.find(shelf, '{word}'))"
    assert firefox.ask(f"{found}.then(({{ hits }}) => hits.length)") > 2
    firefox.ask("document.querySelector('#search').close()")
    firefox.ask(
        "document.querySelector('.text a.term').dispatchEvent("
        "new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))"
    )
    firefox.until("document.querySelector('#preview').matches(':popover-open')")
    assert firefox.faults == []


def test_second_language_stands_beside(firefox):
    firefox.go(f"en/{CHAPTER}.html?with=ko")
    assert firefox.ask("document.querySelectorAll('.sister').length") > 20
    first, second = firefox.ask(
        "[...document.querySelectorAll('.text > p.paired')].slice(0, 1).flatMap((p) =>"
        " [p, p.nextElementSibling].map((e) => e.getBoundingClientRect().x))"
    )
    assert second > first
    assert firefox.faults == []


def test_names_of_the_reference_are_not_broken(firefox):
    firefox.go("en/reference.html")
    broken = "(link) => link.firstChild.getClientRects().length > 1"
    names = "[...document.querySelectorAll('.names a')]"
    assert firefox.ask(f"{names}.length") > 300
    assert firefox.ask(f"{names}.filter({broken}).map((link) => link.textContent)") == []


# Lays a page out in columns, which break as sheets do, and returns what is torn
SHEETS = """(() => {
  for (const rule of [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules])) {
    if (rule.media?.mediaText === 'print') rule.media.mediaText = 'all';
    else if (rule.media?.mediaText.startsWith('screen')) rule.media.mediaText = 'not all';
  }
  const sheet = { width: '700px', height: '1000px', columns: '1', columnFill: 'auto' };
  Object.assign(document.querySelector('.text').style, sheet);
  const left = (part) => part.getClientRects()[0].left;
  const isShort = (part) => part.offsetHeight < 900;
  const isTorn = (part) => part.matches('.cell')
    ? isShort(part) && part.getClientRects().length > 1
    : left(part) !== left(part.nextElementSibling) && isShort(part.nextElementSibling);
  return [...document.querySelectorAll('.text > :is(.cell, h2, h3)')].filter(isTorn)
    .map((part) => part.textContent);
})()"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_cell_and_heading_are_not_torn_over_two_sheets(firefox, address, language):
    firefox.go(f"{language}/compilation.html", address)
    assert firefox.ask(SHEETS) == []


RUNTIME = HTML / "runtime" / "pyodide.mjs"


def write(firefox: Firefox, text: str) -> None:
    """Put a text into the editor of the first exercise."""
    firefox.ask("document.querySelector('.cell.exercise .edit').click()")
    firefox.until("document.activeElement.matches('.exercise .cm-content')")
    firefox.press(CONTROL, "a")
    firefox.ask(f"document.execCommand('insertText', false, {json.dumps(text)})")


@pytest.mark.skipif(not RUNTIME.is_file(), reason="make runtime has not been run")
def test_answer_is_checked_stopped_and_kept(firefox, address):
    """Right, without an end, and wrong; Python starts once, and the text survives a reload."""
    click = "document.querySelector('{}').click()".format
    said = "document.querySelector('{}')?.textContent.trim() ?? ''".format
    error, report = said(".exercise .error"), said(".check .live .stdout")
    firefox.go(f"en/{CHAPTER}.html", address)
    solution = firefox.ask(said(".solution code"))
    write(firefox, solution)
    firefox.ask(click(".cell.check .run"))
    firefox.until(f"/passed$/.test({report})")
    done, of = re.search(r"(\d+)/(\d+) tests passed$", firefox.ask(report)).groups()
    assert done == of
    write(firefox, "while True: pass")
    firefox.ask(click(".cell.exercise .run"))
    firefox.until("document.querySelector('.runtime').dataset.state === 'running'")
    firefox.ask(click(".runtime .stop"))
    firefox.until(error)
    assert "KeyboardInterrupt" in firefox.ask(error)
    write(firefox, "np")  # from a cell above, which did not run again
    firefox.press(SHIFT, ENTER)
    value = said(".exercise .live .value")
    firefox.until(value)
    assert "d2lmini" in firefox.ask(value)
    firefox.go(f"en/{CHAPTER}.html", address)
    firefox.until("document.querySelector('.exercise .reset')")
    assert firefox.ask(said(".exercise .input code")) == "np"
    assert firefox.ask(said(".contents .done")).startswith("1 of")
    assert firefox.faults == []
