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
from built import CHAPTER, HTML, LANGUAGES

FIREFOX = shutil.which("firefox") or shutil.which("firefox-esr")
pytestmark = pytest.mark.skipif(not FIREFOX, reason="no Firefox was found")


class Firefox:
    """One window of Firefox."""

    def __init__(self, address: str) -> None:
        from websocket import create_connection

        self.socket = create_connection(f"{address}/session", timeout=60, suppress_origin=True)
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

    def go(self, file: str) -> None:
        """Open a page of the book and wait until it is there."""
        url = f"{HTML.as_uri()}/{file}"
        self.send("browsingContext.navigate", context=self.window, url=url, wait="complete")

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
        process.wait(30)


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
