"""Third-party files in the repository: where they come from, and whether they are unchanged.

`python -m press.vendor` compares them with the manifest next to them; with `--refresh` it fetches
the versions named there with npm, and rewrites the files and their sha256. It also takes another
folder: `python -m press.vendor tests/browser/vendor`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from press.files import inside
from press.hashing import sha256
from press.paths import STATIC

VENDOR = STATIC / "vendor"
MANIFEST = "manifest.json"


def faults(folder: Path = VENDOR) -> list[str]:
    """Return a sentence for each file that is missing, changed or not in the manifest."""
    found = []
    for name, package in _manifest(folder).items():
        known, there = package["sha256"], _sums(folder / name)
        for file in sorted(known.keys() | there.keys()):
            if file not in there:
                found.append(f"{name}/{file} is missing")
            elif file not in known:
                found.append(f"{name}/{file} is not in the manifest")
            elif known[file] != there[file]:
                found.append(f"{name}/{file} differs from {name} {package['version']}")
    return found


def refresh(folder: Path = VENDOR) -> None:
    """Fetch every package at the version in the manifest, and record the files."""
    manifest = _manifest(folder)
    for name, package in manifest.items():
        shutil.rmtree(folder / name, ignore_errors=True)
        with tempfile.TemporaryDirectory() as scratch:
            if "bundle" in package:
                _bundle(Path(scratch), name, package["bundle"], folder / name)
            else:
                packed = _run(scratch, "npm", "pack", "--silent", f"{name}@{package['version']}")
                with tarfile.open(Path(scratch, packed.split()[-1])) as archive:
                    _take(archive, package["take"], folder / name)
        package["sha256"] = _sums(folder / name)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _run(folder: str | Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def _bundle(scratch: Path, name: str, bundle: dict[str, Any], target: Path) -> None:
    """Make one module from several packages, with only what the pages import."""
    versions = [f"{package}@{version}" for package, version in bundle["packages"].items()]
    _run(scratch, "npm", "install", "--silent", "--no-save", bundle["bundler"], *versions)
    exports = bundle["exports"].items()
    lines = [f"export {{ {', '.join(names)} }} from '{package}';" for package, names in exports]
    (scratch / "entry.mjs").write_text("\n".join(lines), encoding="utf-8")
    bundler = bundle["bundler"].partition("@")[0]
    options = ("--bundle", "--minify", "--format=esm", "--legal-comments=none")
    target.mkdir(parents=True)
    _run(scratch, "npx", bundler, "entry.mjs", *options, f"--outfile={target / name}.mjs")
    first = next(iter(bundle["packages"]))
    shutil.copyfile(scratch / "node_modules" / first / "LICENSE", target / "LICENSE")


def _take(archive: tarfile.TarFile, wanted: dict[str, str], target: Path) -> None:
    for member in archive.getmembers():
        inside = member.name.removeprefix("package/")
        for pattern, place in wanted.items():
            content = archive.extractfile(member) if fnmatch(inside, pattern) else None
            if content:
                name = Path(place, Path(inside).name) if "*" in pattern else Path(place)
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (target / name).write_bytes(content.read())


def _manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


def _sums(folder: Path) -> dict[str, str]:
    return {name: sha256(file.read_bytes()) for name, file in inside(folder).items()}


def main() -> int:
    """Check the files, after fetching them again on request."""
    parser = argparse.ArgumentParser(prog="python -m press.vendor", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=VENDOR, help="the folder to check")
    parser.add_argument("--refresh", action="store_true", help="fetch the files again with npm")
    options = parser.parse_args()
    if options.refresh:
        refresh(options.folder)
    found = faults(options.folder)
    print("\n".join(found) or "All files match the manifest.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
