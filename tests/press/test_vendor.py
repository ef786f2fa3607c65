"""Third-party files are those of the manifest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from press.vendor import MANIFEST, VENDOR, faults

FOLDERS = [VENDOR, Path(__file__).parent.parent / "browser" / "vendor"]


@pytest.mark.parametrize("folder", FOLDERS, ids=["served", "tests"])
def test_files_are_as_the_manifest_says(folder):
    assert faults(folder) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=["served", "tests"])
def test_every_package_says_where_it_comes_from(folder):
    for name, package in json.loads((folder / MANIFEST).read_text()).items():
        assert {"version", "licence", "home", "sha256"} <= package.keys()
        assert ("take" in package) != ("bundle" in package)
        assert "LICENSE" in package["sha256"], f"{name} comes without its licence"


def test_change_is_found(tmp_path):
    folder = tmp_path / "vendor"
    shutil.copytree(VENDOR, folder)
    (folder / "katex" / "katex.min.css").write_text("")
    (folder / "katex" / "LICENSE").unlink()
    (folder / "katex" / "extra.js").write_text("")
    assert faults(folder) == [
        "katex/LICENSE is missing",
        "katex/extra.js is not in the manifest",
        "katex/katex.min.css differs from katex 0.19.1",
    ]
