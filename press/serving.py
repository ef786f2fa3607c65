"""Serves the built book on this machine, with the headers that live cells need."""

from __future__ import annotations

import re
import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from press.contexts import LOST
from press.lite import PLACE
from press.runtime import runtime

# what a cell may reach: this site, and the host that Python comes from if it is not here
_SOURCES = f"'self' {'/'.join(runtime().address.split('/')[:3])}"
_LIVE = f"default-src 'none'; script-src {_SOURCES} 'wasm-unsafe-eval'; connect-src {_SOURCES}"
_LITE = "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self' data:"
_POLICIES = {r"/worker\.mjs$": _LIVE, rf"^/{PLACE}.+\.worker\.\w+\.js$": _LITE}


class Server(ThreadingHTTPServer):
    """Serves the files of one folder to this machine only."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        """Listen on `port`, or on a free one if it is in use or 0."""
        handler = partial(_Handler, directory=str(folder))
        try:
            super().__init__(("127.0.0.1", port), handler)
        except OSError:
            super().__init__(("127.0.0.1", 0), handler)

    @property
    def address(self) -> str:
        """The address to open in a browser."""
        return f"http://localhost:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a reader who left while a file was on its way."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(SimpleHTTPRequestHandler):
    # browsers reject wheels and WebAssembly with the types that some systems give them
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    tag = ""

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Answer that a file is unchanged only if it is the same file, to the nanosecond.

        A date counts whole seconds, and goes back with the clock.
        """
        file = Path(self.translate_path(self.path))
        is_folder = self.path.partition("?")[0].endswith("/")
        file = file / "index.html" if is_folder else file
        about = file.stat() if file.is_file() else None
        self.tag = f'"{about.st_mtime_ns:x}-{about.st_size:x}"' if about else ""
        if not about or self.headers["If-None-Match"] != self.tag:
            del self.headers["If-Modified-Since"]
            return super().send_head()
        self.send_response(HTTPStatus.NOT_MODIFIED)
        self.end_headers()
        return None

    def end_headers(self) -> None:
        """Add headers for cross-origin isolation, and for always showing the newest build."""
        if self.tag:
            self.send_header("ETag", self.tag)
        # JupyterLite loses responses of its kernel on an isolated page, and does not need isolation
        if not self.path.startswith(f"/{PLACE}"):
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cache-Control", "no-cache")
        for pattern, policy in _POLICIES.items():
            if re.search(pattern, self.path.partition("?")[0]):
                self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with the page of the site for unknown addresses, if that is the error."""
        page = Path(self.directory, f"{LOST}.html")
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            return super().send_error(code, message, explain)
        content = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the terminal shows only the address."""


def serve(folder: Path, port: int) -> None:
    """Serve `folder` until Ctrl-C."""
    with Server(folder, port) as server:
        if server.server_port != port != 0:
            print(f"Port {port} is in use; pages at another port do not show what you wrote there.")
        print(f"The book is at {server.address} (Ctrl-C stops)", flush=True)
        server.serve_forever()
