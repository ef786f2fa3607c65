"""Python for the browser: fetched whole and verified, from the address or out of a package."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest

from press import runtime, wheel
from press.errors import BookError
from press.runtime import Runtime, fetch, folder, present

FILES = {"pyodide.mjs": b"export const a = 1;", "pyodide.asm.wasm": bytes(range(200))}


@pytest.fixture
def source(tmp_path):
    """A server that has the files."""
    place = tmp_path / "source"
    place.mkdir()
    for name, content in FILES.items():
        (place / name).write_bytes(content)
    handler = partial(SimpleHTTPRequestHandler, directory=str(place))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield place, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def wanted(monkeypatch, source):
    """Make the manifest name the files of the server, and a package that does not exist."""
    known = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in FILES.items()
    }
    made = Runtime("1.2", source[1], "no-such-package-of-ours==0", "inside", known)
    monkeypatch.setattr(runtime, "runtime", lambda: made)
    return made


def test_files_are_fetched_once_and_mended(sample, wanted):
    told = []
    assert present(sample.book) == {}
    assert fetch(sample.book, told.append) == list(FILES) == told
    assert fetch(sample.book, told.append) == []
    (folder(sample.book) / "pyodide.mjs").write_bytes(b"spoilt")
    assert present(sample.book) == {}
    assert fetch(sample.book, told.append) == ["pyodide.mjs"]
    assert present(sample.book)["pyodide.mjs"].read_bytes() == FILES["pyodide.mjs"]


def test_file_that_was_changed_on_the_way_is_refused(sample, wanted, source):
    (source[0] / "pyodide.mjs").write_bytes(b"export const a = 2;")
    with pytest.raises(BookError, match=r"pyodide\.mjs was fetched with sha256"):
        fetch(sample.book, lambda told: None)
    assert not (folder(sample.book) / "pyodide.mjs").exists()


def test_files_come_out_of_the_package_where_the_address_fails(
    sample, wanted, source, tmp_path, monkeypatch
):
    (source[0] / "pyodide.asm.wasm").unlink()

    def download(command, **options):
        with zipfile.ZipFile(f"{command[command.index('--dest') + 1]}/p.whl", "w") as archive:
            for name, content in FILES.items():
                archive.writestr(f"inside/{name}", content)
        return type("Done", (), {"returncode": 0, "stderr": ""})

    monkeypatch.setattr(runtime.subprocess, "run", download)
    told = []
    assert fetch(sample.book, told.append) == list(FILES)
    assert "cannot be reached" in "".join(told)
    assert set(present(sample.book)) == set(FILES)


def test_without_any_source_the_message_names_both(sample, wanted, source, monkeypatch):
    monkeypatch.setattr(
        runtime.subprocess, "run", lambda *a, **o: type("D", (), {"returncode": 1, "stderr": "x"})
    )
    (source[0] / "pyodide.mjs").unlink()
    with pytest.raises(BookError, match=r"neither from http.* nor by pip as no-such-package"):
        fetch(sample.book, lambda told: None)


def test_manifest_and_lock_file_agree():
    lock = json.loads((runtime.MANIFEST.parent / "static/live/pyodide-lock.json").read_text())
    packages = {package["file_name"]: package["sha256"] for package in lock["packages"].values()}
    known = {name: file["sha256"] for name, file in runtime.runtime().files.items()}
    assert packages.items() <= known.items()
    for package in lock["packages"].values():
        assert set(package["depends"]) <= lock["packages"].keys()


def test_wheel_is_whole_and_the_same_each_time():
    content = wheel.wheel()
    assert content == wheel.wheel()
    archive = zipfile.ZipFile(BytesIO(content))
    record = next(name for name in archive.namelist() if name.endswith("/RECORD"))
    lines = [line.rsplit(",", 2) for line in archive.read(record).decode().splitlines()]
    assert [name for name, _, _ in lines] == archive.namelist()
    for name, known, size in lines[:-1]:
        inside = archive.read(name)
        found = base64.urlsafe_b64encode(hashlib.sha256(inside).digest()).decode().rstrip("=")
        assert (known, int(size)) == (f"sha256={found}", len(inside))
    assert "d2lmini/__init__.py" in archive.namelist()
    assert not any("__pycache__" in name for name in archive.namelist())
