"""A browser, and pages that watch themselves: nothing may fail, warn or leave the site."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from built import HTML, PATIENCE, WIDE
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from press.serving import Server

# Debian's Chromium without windows needs half the time of the one with them.
SYSTEM_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
SYSTEM_BROWSERS += ("google-chrome", "google-chrome-stable")
NO_BROWSER = "no browser was found"  # the terminal summary counts the tests skipped for this


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder; each test has a second try, which the summary tells."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))  # a busy machine may starve a browser


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder of the built book."""
    if not (HTML / "index.html").is_file():
        pytest.fail(f"there is no book in {HTML}. Run: make book", pytrace=False)
    return HTML


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of browsers."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium, else the one that Playwright has downloaded."""
    paths = [path for name in SYSTEM_BROWSERS if (path := shutil.which(name))]
    for path in [*paths, None]:
        try:
            found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error:
            continue
        yield found
        found.close()
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{NO_BROWSER}, and CI=true asks for one", pytrace=False)
    pytest.skip(NO_BROWSER)


@pytest.fixture(scope="session")
def address(html: Path) -> Iterator[str]:
    """The address of the book as the local server serves it."""
    with Server(html, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.address
        server.shutdown()


@dataclass
class Opened:
    """A page of the book in the browser, with what went wrong on it."""

    page: Page
    home: str
    faults: list[str] = field(default_factory=list)

    def go(self, file: str) -> Page:
        """Open another page of the book in the same window."""
        self.page.goto(self.home + file)
        return self.page


Open = Callable[..., Opened]


@pytest.fixture
def visit(browser: Browser, html: Path) -> Iterator[Open]:
    """Open a page of the book; at the end nothing may have failed, warned or left the site.

    Each has a browser context of its own, unless it is given one, which remains.
    """
    visits: list[Opened] = []
    lasting: list[BrowserContext] = []

    def open_page(
        file: str,
        *,
        width: int = WIDE,
        scheme: str = "light",
        locale: str = "en-US",
        scripts: bool = True,
        home: str = html.as_uri() + "/",
        context: BrowserContext | None = None,
        **options: object,
    ) -> Opened:
        if context:
            lasting.append(context)
        context = context or browser.new_context(
            viewport={"width": width, "height": 844 if width < 500 else 900},
            color_scheme=scheme,
            locale=locale,
            java_script_enabled=scripts,
            **options,
        )
        context.set_default_timeout(PATIENCE * 1000)
        opened = Opened(context.new_page(), home)
        visits.append(opened)
        _watch(opened)
        opened.go(file)
        return opened

    yield open_page
    for opened in visits:
        context = opened.page.context
        for each in context.pages if context in lasting else [context]:
            each.close()
    faults = [fault for opened in visits for fault in opened.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def look(browser: Browser, html: Path) -> Iterator[Callable[[str, str], object]]:
    """Look at a page as it is written, which takes a tenth of the time of opening it.

    `look(file, function)` returns what a function of the document gives.
    """
    page = browser.new_page()
    parsed = "new DOMParser().parseFromString(text, 'text/html')"
    yield lambda file, function: page.evaluate(
        f"(text) => ({function})({parsed})", (html / file).read_text(encoding="utf-8")
    )
    page.close()


def _watch(opened: Opened) -> None:
    page, note = opened.page, opened.faults.append
    page.on("pageerror", lambda error: note(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            note(f"{page.url}: {message.text}") if message.type in ("error", "warning") else None
        ),
    )
    page.on(
        "requestfailed",
        lambda request: (
            None  # an icon still on its way when the next page is opened
            if request.failure == "net::ERR_ABORTED"
            else note(f"{page.url}: {request.url} failed: {request.failure}")
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((opened.home, "data:"))
            else note(f"{page.url}: asked for {request.url}")
        ),
    )
