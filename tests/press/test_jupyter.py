"""JupyterLab for readers and authors: the right language, the right folder, both files saved."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from press.jupyter import reader_language

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LANGUAGE": "fr:ko:en"}, "ko"),
        ({"LANG": "ja_JP.UTF-8", "LANGUAGE": ""}, "ja"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "fr"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": ""}, "ko"),
        ({"LANG": "C", "LANGUAGE": "ko"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "ko"}, "ko"),
        ({"LANGUAGE": "ko"}, "en"),
        ({"LANG": "ko_KR@hanja"}, "ko"),
        ({}, "en"),
    ],
)
def test_reader_reads_in_the_language_of_the_system(sample, environment, language):
    assert reader_language(sample.book, environment) == language


def test_language_of_a_region_is_known_by_both(sample):
    book = replace(sample.book, languages={"en": "English", "pt-BR": "Português", "zh": "中文"})
    assert reader_language(book, {"LANG": "pt_BR.UTF-8"}) == "pt-BR"
    assert reader_language(book, {"LANG": "zh_TW.UTF-8"}) == "zh"
    assert reader_language(book, {"LANG": "pt_PT.UTF-8"}) == "en"


def test_lab_opens_the_readers_own_copies_without_a_home_too(sample, monkeypatch):
    monkeypatch.setenv("HOME", str(sample.root / "absent"))
    assert sample.press("build").returncode == 0
    with jupyter(sample, "lab", "--lang", "ko") as ask:
        names = {entry["name"] for entry in ask("GET", "ko")["content"]}
        assert names == {"sums.ipynb", "figures"}
    assert not (sample.root / "absent").exists()
    assert (sample.book.cache_dir / "home").is_dir()


def test_save_in_edit_reaches_the_markdown_and_the_next_build_takes_it(sample):
    assert sample.press("build").returncode == 0
    with jupyter(sample, "edit") as ask:
        place = "build/notebooks/ko/sums.ipynb"
        notebook = ask("GET", place)["content"]
        last = notebook["cells"][-1]
        last["source"] = last["source"].replace("마지막 줄이", "끝줄이")
        ask("PUT", place, {"type": "notebook", "format": "json", "content": notebook})
    assert "끝줄이" in sample.path("ko/sums.md").read_text(encoding="utf-8")
    sample.edit("ko/sums.md", "끝줄이", "맨 끝줄이")  # by hand, after the save
    built = sample.press("build")
    assert built.returncode == 0, built.stderr
    notebook = nbformat.read(sample.book.notebook_path("ko", "sums"), as_version=4)
    assert "맨 끝줄이" in notebook.cells[-1].source


def test_save_in_edit_loses_no_edit_of_the_markdown(sample):
    assert sample.press("build").returncode == 0
    with jupyter(sample, "edit") as ask:
        place = "build/notebooks/ko/sums.ipynb"
        notebook = ask("GET", place)["content"]
        saved = {"type": "notebook", "format": "json", "content": notebook}
        last, whole = notebook["cells"][-1], notebook["cells"][-1]["source"]
        for words in (" \u200b", " 더\u200b", ""):  # the first two cannot be read
            last["source"] = whole + words
            ask("PUT", place, saved)
        sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
        by_hand = sample.path("ko/sums.md").read_text(encoding="utf-8")
        last["source"] += " 한 줄 더."
        ask("PUT", place, saved)
        ask("PUT", place, saved)
    assert "한 줄 더." in sample.path("ko/sums.md").read_text(encoding="utf-8")
    [kept] = (sample.root / "work" / "backup" / "ko").iterdir()
    assert kept.read_text(encoding="utf-8") == by_hand


@pytest.mark.parametrize("saves", [0, 1])
def test_save_in_edit_loses_no_edit_that_a_build_has_taken_in(sample, saves):
    """The notebook was open before, and may have been saved."""
    assert sample.press("build").returncode == 0
    with jupyter(sample, "edit") as ask:
        place = "build/notebooks/ko/sums.ipynb"
        notebook = ask("GET", place)["content"]
        saved = {"type": "notebook", "format": "json", "content": notebook}
        for _ in range(saves):
            ask("PUT", place, saved)
        sample.edit("ko/sums.md", "마지막 줄이", "끝줄이")
        by_hand = sample.path("ko/sums.md").read_text(encoding="utf-8")
        assert sample.press("pair").returncode == 0
        for _ in range(2):
            notebook["cells"][-1]["source"] += " 한 줄 더."
            ask("PUT", place, saved)
            assert sample.press("pair").returncode == 0
    [kept] = (sample.root / "work" / "backup" / "ko").iterdir()
    assert kept.read_text(encoding="utf-8") == by_hand


@contextmanager
def jupyter(sample, *command: str) -> Iterator:
    """Run JupyterLab by press; yield a function that asks for the contents of a path."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=t"]
    server = subprocess.Popen(
        sample.command(*command, "--", *options),
        cwd=sample.root,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def ask(verb: str, path: str, body: object = None) -> dict:
        request = urllib.request.Request(
            f"http://localhost:{port}/api/contents/{path}",
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": "token t"},
            method=verb,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    try:
        wait_for(port, server)
        yield ask
    finally:
        server.terminate()
        server.wait(30)


def wait_for(port: int, server: subprocess.Popen) -> None:
    """Return when the server listens."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start (exit code {server.returncode})")
