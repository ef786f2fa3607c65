"""Third-party files are those of the manifest."""

from __future__ import annotations

import json
import shutil

from press.vendor import MANIFEST, VENDOR, faults


def test_files_are_as_the_manifest_says():
    assert faults() == []


def test_every_package_says_where_it_comes_from():
    for name, package in json.loads(MANIFEST.read_text()).items():
        assert {"version", "licence", "home", "take", "sha256"} <= package.keys()
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
        "katex/katex.min.css is not as katex 0.19.1 has it",
    ]
