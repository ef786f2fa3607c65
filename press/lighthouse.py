"""Measures pages with Lighthouse, as a reader on a slow phone gets them from a web host.

Only this needs Node: Lighthouse is run by npx.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from press.book import Book, Key
from press.errors import BookError
from press.site import build_site
from press.texts import Text

PACKAGE = "lighthouse@12.8.2"  # the last version that runs on Node 18 and 20
LEAST = 95
TRIES = 3  # a busy machine lowers scores, but never raises them
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TEXT = (".html", ".css", ".js", ".svg", ".txt", ".xml")


class _Host(SimpleHTTPRequestHandler):
    """Serves files as web hosts do: compresses text, and lets versioned files be cached."""

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Send the headers and return what follows them."""
        file = Path(self.translate_path(self.path))
        if file.suffix not in _TEXT or not file.is_file():
            return super().send_head()
        content = gzip.compress(file.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=31536000" if "?" in self.path else "no-cache")
        self.end_headers()
        return BytesIO(content)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the terminal shows only scores."""


def measure(
    book: Book, texts: Mapping[Key, Text], pages: list[str]
) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each page with its scores, 0 to 100 by category; reports go to `build/lighthouse`.

    Raises:
        BookError: npx is missing or Lighthouse fails.
    """
    npx = shutil.which("npx")
    if npx is None:
        hint = "Install Node 18 or newer (nodejs.org); only this check needs it."
        raise BookError("npx was not found: Lighthouse needs Node", hint=hint)
    reports = book.build_dir / "lighthouse"
    reports.mkdir(parents=True, exist_ok=True)
    with _published(book, texts) as address:
        for page in pages:
            report = reports / page.replace("/", "-").removesuffix(".html")
            yield page, _best(npx, address + page, report)


@contextmanager
def _published(book: Book, texts: Mapping[Key, Text]) -> Iterator[str]:
    """Serve the book as it would be published, and yield its address."""
    with TemporaryDirectory() as folder:
        host = partial(_Host, directory=str(Path(folder, "build", "html")))
        with ThreadingHTTPServer(("127.0.0.1", 0), host) as server:
            address = f"http://localhost:{server.server_port}/"
            build_site(replace(book, root=Path(folder), address=address), texts)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield address
            finally:
                server.shutdown()


def _best(npx: str, address: str, report: Path) -> dict[str, int]:
    """Measure until no score is too low, a few times at most; return the best of each score."""
    best = dict.fromkeys(CATEGORIES, 0)
    for _ in range(TRIES):
        scores = _scores(npx, address, report)
        best = {name: max(best[name], scores[name]) for name in CATEGORIES}
        if min(best.values()) >= LEAST:
            break
    return best


def _scores(npx: str, address: str, report: Path) -> dict[str, int]:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    done = subprocess.run(
        [
            *(npx, "--yes", PACKAGE, address, "--quiet", "--output=json", "--output=html"),
            f"--output-path={report}",
            f"--only-categories={','.join(CATEGORIES)}",
            "--chrome-flags=--headless=new --no-sandbox",
        ],
        env=os.environ | ({"CHROME_PATH": browser} if browser else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    result = report.with_name(f"{report.name}.report.json")
    if done.returncode or not result.is_file():
        hint = (done.stderr or done.stdout).strip() or "It printed no message."
        raise BookError(f"Lighthouse could not measure {address}", hint=hint[-2000:])
    found = json.loads(result.read_text(encoding="utf-8"))["categories"]
    return {name: round(100 * (found[name]["score"] or 0)) for name in CATEGORIES}
