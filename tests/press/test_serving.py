"""The local server: what it sends, and which port it takes."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from press.serving import Server, serve


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "index.html").write_text("<title>Book</title>", encoding="utf-8")
    (tmp_path / "worker.mjs").write_text("1", encoding="utf-8")
    (tmp_path / "python.wasm").write_bytes(b"\0asm")
    (tmp_path / "lite").mkdir()
    (tmp_path / "lite/comlink.worker.0a1b.js").write_text("1", encoding="utf-8")
    return tmp_path


@contextmanager
def running(folder, port=0):
    with Server(folder, port) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_pages_are_cross_origin_isolated_and_never_stale(folder, capsys):
    with running(folder) as server, urlopen(server.address) as answer:
        assert answer.read() == b"<title>Book</title>"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert answer.headers["Cache-Control"] == "no-cache"
    assert capsys.readouterr().err == ""


def test_page_counts_as_unchanged_only_if_it_is(folder):
    page = folder / "index.html"
    with running(folder) as server:
        with urlopen(server.address) as answer:
            known = {"If-None-Match": answer.headers["ETag"]}
            known["If-Modified-Since"] = answer.headers["Last-Modified"]
        with pytest.raises(HTTPError) as caught:
            urlopen(Request(server.address, headers=known))
        assert (caught.value.code, caught.value.headers["ETag"]) == (304, known["If-None-Match"])
        page.write_text("<title>Newer</title>", encoding="utf-8")
        os.utime(page, (0, 0))  # the clock was wrong
        with urlopen(Request(server.address, headers=known)) as answer:
            assert answer.read() == b"<title>Newer</title>"


def test_unknown_address_shows_the_page_of_the_site(folder):
    with running(folder) as server:
        for page, shown in ((None, b"Error code: 404"), ("<p>Lost</p>", b"<p>Lost</p>")):
            if page:
                (folder / "404.html").write_text(page, encoding="utf-8")
            with pytest.raises(HTTPError) as caught:
                urlopen(f"{server.address}ko/absent.html")
            assert caught.value.code == 404 and shown in caught.value.read()


@pytest.mark.parametrize(
    ("name", "kind"), [("worker.mjs", "text/javascript"), ("python.wasm", "application/wasm")]
)
def test_types_that_browsers_insist_on(folder, name, kind):
    with running(folder) as server, urlopen(server.address + name) as answer:
        assert answer.headers["Content-Type"] == kind


@pytest.mark.parametrize("name", ["worker.mjs", "lite/comlink.worker.0a1b.js?v=1"])
def test_workers_are_held_to_what_python_needs(folder, name):
    with running(folder) as server, urlopen(server.address + name) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_jupyterlite_is_not_isolated(folder):
    with running(folder) as server:
        answer = urlopen(server.address + "lite/comlink.worker.0a1b.js")
        assert answer.headers["Cross-Origin-Opener-Policy"] is None
        assert answer.headers["Cross-Origin-Embedder-Policy"] is None


def test_taken_port_gives_way_to_a_free_one(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with running(folder, port) as server, urlopen(server.address) as answer:
            assert server.server_port != port
            assert answer.status == 200


def test_taken_port_is_named_since_what_was_written_there_is_not_seen_here(
    folder, monkeypatch, capsys
):
    monkeypatch.setattr(Server, "serve_forever", lambda server: None)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        serve(folder, port)
    assert f"Port {port} is in use;" in capsys.readouterr().out
    serve(folder, 0)
    assert "taken" not in capsys.readouterr().out


def test_reader_who_leaves_is_no_error(folder, capsys):
    with Server(folder, 0) as server:
        for error in (BrokenPipeError("gone"), ConnectionResetError("gone"), OSError("disk")):
            try:
                raise error
            except OSError:
                server.handle_error(None, ("127.0.0.1", 1))
    said = capsys.readouterr().err
    assert "disk" in said and "gone" not in said


def test_only_this_machine_is_served(folder):
    with Server(folder, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_book_that_is_not_built(sample):
    done = sample.press("serve")
    assert done.returncode == 1
    assert done.stderr.startswith("build/html: the book has not been built yet")
    assert "make book" in done.stderr
