"""JupyterLite in the site: made once, found whole, with the notebooks of each build."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from press import lite, runtime, wheel
from press.book import Choice
from press.building import build
from press.errors import BookError
from press.runtime import Runtime

PAGE = '<html><head><script type="application/json">{}</script><script>run()</script></head></html>'


@pytest.fixture
def tools(sample, monkeypatch):
    """Stand for pip and JupyterLite, and for a runtime that has been fetched."""
    monkeypatch.setattr(runtime, "runtime", lambda: Runtime("1", "https://cdn.test/a/", "", "", {}))
    monkeypatch.setattr(runtime, "present", lambda book: {"pyodide.mjs": Path(__file__)})
    calls = []

    def run(module, arguments, settings, place=None):
        calls.append(module)
        options = dict(pairwise(arguments))
        if "--dest" in options:
            options["--dest"].mkdir()
            for name in ("ipython-9.1-py3-none-any.whl", "pure_eval-0.2-py3-none-any.whl"):
                (options["--dest"] / name).write_bytes(name.encode())
        elif "--target" in options:
            about = options["--target"] / "jupyterlite_core-1.dist-info/licenses"
            about.mkdir(parents=True)
            (about / "LICENSE").write_text("BSD")
        elif module == "jupyterlite_core":
            config = json.loads((place / "jupyter_lite_config.json").read_text())["LiteBuildConfig"]
            assert config["no_sourcemaps"]
            site = Path(config["output_dir"])
            for name in ("lab/index.html", "doc/tree/index.html", "build/fa-solid-900.svg"):
                (site / name).parent.mkdir(parents=True, exist_ok=True)
                (site / name).write_text(PAGE)
            (site / "jupyter-lite.json").write_text('{"jupyter-config-data": {"appUrl": "./lab"}}')

    monkeypatch.setattr(lite, "_run", run)
    return calls


def test_it_is_made_once_and_again_when_a_file_is_gone(sample, tools):
    assert lite.present(sample.book) == {}
    assert lite.make(sample.book, print)
    assert tools == ["pip", "pip", "jupyterlite_core"]
    assert not lite.make(sample.book, print)
    lite.present(sample.book)["lab/index.html"].unlink()
    assert lite.present(sample.book) == {}
    assert lite.make(sample.book, print)
    assert set(lite.present(sample.book)) == {
        "LICENSE",
        "jupyter-lite.json",
        "lab/index.html",
        "wheels/ipython-9.1-py3-none-any.whl",
        "wheels/one_context-1-py3-none-any.whl",
        "wheels/pure_eval-0.2-py3-none-any.whl",
    }
    assert [path.name for path in sample.book.build_dir.glob(".lite*")] == []


def test_without_python_for_the_browser_there_is_none(sample, tools, monkeypatch):
    lite.make(sample.book, print)
    monkeypatch.setattr(runtime, "present", lambda book: {})
    assert lite.present(sample.book) == {}


def test_a_part_that_cannot_be_fetched_ends_it_and_leaves_what_was_there(
    sample, tools, monkeypatch
):
    lite.make(sample.book, print)
    before = lite.present(sample.book)

    def fail(module, *rest):
        raise BookError(f"{module} has failed")

    monkeypatch.setattr(lite, "_run", fail)
    monkeypatch.setattr(lite, "KERNEL", lite.TOOLS)
    with pytest.raises(BookError, match="pip has failed"):
        lite.make(sample.book, print)
    assert lite.present(sample.book) == before


def test_a_program_that_fails_is_told_of_with_its_last_words():
    with pytest.raises(BookError, match="python -m no_such_module build failed") as raised:
        lite._run("no_such_module", ["build"], {})
    assert "No module named no_such_module" in raised.value.hint
    assert raised.value.hint.endswith("make book works without JupyterLite.")


def test_pages_run_only_their_own_scripts_and_reach_only_the_site(sample, tools):
    lite.make(sample.book, print)
    page = lite.present(sample.book)["lab/index.html"].read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    digest = base64.b64encode(hashlib.sha256(b"run()").digest()).decode()
    assert f"'unsafe-eval' 'sha256-{digest}';" in policy
    assert "http" not in policy and "*" not in policy


def test_the_kernel_asks_this_site_for_everything(sample, tools):
    lite.make(sample.book, print)
    config = json.loads(lite.present(sample.book)["jupyter-lite.json"].read_text())
    (kernel,) = config["jupyter-config-data"]["litePluginSettings"].values()
    assert kernel["disablePyPIFallback"]
    assert kernel["loadPyodideOptions"]["packages"] == ["ipython", "one-context", "pure-eval"]
    start = Path(kernel["loadPyodideOptions"]["env"]["PYTHONSTARTUP"]).name
    own = lite.present(sample.book)["wheels/one_context-1-py3-none-any.whl"]
    assert start in zipfile.ZipFile(own).namelist()
    assert config["jupyter-config-data"]["appUrl"] == "./lab"


def test_numpy_prints_in_one_cell_as_another_has_set_it():
    program = """
import contextvars, runpy, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
runpy.run_path(sys.argv[1])
for cell in (
    "import numpy as np; np.set_printoptions(precision=2)",
    "print(np.array([1 / 3]))",
    "_ = get_ipython().run_cell('print(np.array([2 / 3]))')",
):
    contextvars.copy_context().run(shell.run_cell, cell)
"""
    command = [sys.executable, "-c", program, lite.HERE / "jupyterlite/one_context.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[0.33]\n[0.67]\n"


def test_lock_file_has_the_packages_of_live_cells_of_the_kernel_and_d2lmini(
    sample, tools, tmp_path
):
    lite.make(sample.book, print)
    own = tmp_path / wheel.name()
    own.write_bytes(wheel.wheel())
    known = json.loads(lite.lock(sample.book, own).read_text())["packages"]
    assert known["d2lmini"]["sha256"] == hashlib.sha256(own.read_bytes()).hexdigest()
    assert known["d2lmini"]["file_name"] == f"../static/{own.name}"
    assert known["d2lmini"]["depends"] == ["numpy"]
    assert known["numpy"]["file_name"].startswith("../runtime/numpy-")
    assert known["pure-eval"]["file_name"] == "wheels/pure_eval-0.2-py3-none-any.whl"
    assert "safetensors.py" in zipfile.ZipFile(own).namelist()


def test_each_build_brings_the_notebooks_of_its_own(sample, tools):
    site = sample.book.html_dir
    build(sample.book, Choice(), jobs=1)
    assert not (site / "lite").exists()
    assert "lite/" not in (site / "ko/sums.html").read_text(encoding="utf-8")
    lite.make(sample.book, print)
    build(sample.book, Choice(), jobs=1)
    page = (site / "ko/sums.html").read_text(encoding="utf-8")
    assert '<a href="../lite/lab/index.html?path=ko/sums.ipynb">노트북으로 열기</a>' in page
    top = json.loads((site / "lite/api/contents/all.json").read_text())
    assert [each["path"] for each in top["content"]] == list(sample.book.languages)
    folder = json.loads((site / "lite/api/contents/ko/all.json").read_text())
    assert [each["path"] for each in folder["content"]] == ["ko/sums.ipynb"]
    assert folder["content"][0]["type"] == "notebook"

    sample.edit("ko/sums.md", "# ", "# 새 ")
    build(sample.book, Choice(languages=["ko"]), jobs=1)
    assert "새 " in (site / "lite/files/ko/sums.ipynb").read_text(encoding="utf-8")
    for code in sample.book.languages:
        notebook = (site / f"lite/files/{code}/sums.ipynb").read_bytes()
        assert notebook == (site / f"{code}/sums.ipynb").read_bytes()
    build(sample.book, Choice(), jobs=1)
    assert build(sample.book, Choice(), jobs=1) == []


def test_links_lead_to_a_notebook_that_is_listed():
    notebooks = ["ko/sums.ipynb", "ko/more.ipynb", "pt-BR/sums.ipynb"]
    listings = lite.listings(notebooks)
    folders = ("", "ko/", "pt-BR/")
    assert list(listings) == [f"lite/api/contents/{folder}all.json" for folder in folders]
    listed = [each["path"] for file in listings.values() for each in json.loads(file)["content"]]
    assert listed == ["ko", "pt-BR", *notebooks]
    assert lite.address("pt-BR", "sums").endswith("?path=pt-BR/sums.ipynb")
