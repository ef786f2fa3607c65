"""The book as a JupyterLite site: JupyterLab in the browser, with the book's notebooks.

`press lite` builds JupyterLab and the packages for its kernel in build/lite; each build copies them
into the site, and adds the current notebooks and d2lmini. Pyodide, NumPy and matplotlib are shared
with live cells, in build/runtime.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from posixpath import join
from tempfile import TemporaryDirectory
from typing import Any

from press import runtime
from press.book import Book
from press.errors import BookError
from press.files import complete, inside, read_sealed, write_changed, write_sealed
from press.hashing import digest, sha256
from press.paths import STATIC
from press.wheel import packed

HERE = Path(__file__).parent
TOOLS, KERNEL = (HERE.parent / f"requirements-{name}.lock" for name in ("lite", "kernel"))
_START = HERE / "jupyterlite/one_context.py"
PLACE = "lite/"  # in the site
FILES, _LISTINGS = f"{PLACE}files/", f"{PLACE}api/contents/"
_LISTING = "all.json"  # lists what is in a folder
LOCK = f"{PLACE}pyodide-lock.json"
_LAB = f"{PLACE}lab/index.html"
_EXTENSION = "@jupyterlite/pyodide-kernel-extension"
# Fonts for browsers older than WebAssembly, pages of another app, a package for widgets, and what
# JupyterLite was bundled with.
_UNUSED = (
    *("build/fa-*.eot", "build/fa-*.svg", "build/fa-*.ttf", "build/fa-*.woff"),
    *("doc", "extensions/**/widgetsnbextension-*.whl", "rspack.*"),
)
# JupyterLab styles its elements inline and compiles schemas. Requests go only to this site, and of
# the scripts inside pages only JupyterLite's own run.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data:; "
    "frame-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'"
)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_SETTINGS = {
    # listings contain no times, so that the same book makes the same site
    "@jupyterlab/filebrowser-extension:browser": {"showLastModifiedColumn": False},
    # lets the browser find words in all cells
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
}
_TIME = "2000-01-01T00:00:00Z"


def folder(book: Book) -> Path:
    """Return where JupyterLite is kept between builds."""
    return book.build_dir / "lite"


def present(book: Book) -> dict[str, Path]:
    """Return the files of JupyterLite by name if all are complete, or else none of them."""
    return complete(folder(book), _made(book)["files"]) if runtime.present(book) else {}


def make(book: Book, tell: Callable[[str], None]) -> bool:
    """Build JupyterLite with its kernel unless it exists; return whether it was built.

    Raises:
        BookError: pip cannot fetch its parts, or JupyterLite's own build fails.
    """
    sources = (TOOLS, KERNEL, _START, Path(__file__))
    key = digest(*(file.read_text(encoding="utf-8") for file in sources))
    if present(book) and _made(book)["key"] == key:
        return False
    book.build_dir.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=book.build_dir, prefix=".lite") as scratch:
        site = _assembled(Path(scratch), tell)
        shutil.rmtree(folder(book), ignore_errors=True)
        site.rename(folder(book))
    sizes = {name: file.stat().st_size for name, file in inside(folder(book)).items()}
    write_sealed(_record(book), {"key": key, "files": sizes})
    return True


def _assembled(scratch: Path, tell: Callable[[str], None]) -> Path:
    """Return JupyterLite with the packages for its kernel, in a folder inside `scratch`."""
    tools, site, wheels = scratch / "tools", scratch / "site", scratch / "wheels"
    tell("fetching JupyterLite and the packages for its kernel")
    _pip("install", "--target", tools, "--requirement", TOOLS)
    pure = ("--platform", "any", "--abi", "none", "--implementation", "py")
    options = ("--python-version", "3.14", *pure, "--only-binary", ":all:")
    _pip("download", "--dest", wheels, "--requirement", KERNEL, *options)
    tell("building JupyterLite")
    _build(tools, site, scratch)
    own = f"{_START.stem}-1-py3-none-any.whl"
    (wheels / own).write_bytes(packed(own, {_START.name: _START.read_bytes()}))
    wheels.rename(site / wheels.name)
    (license,) = tools.glob("jupyterlite_core-*.dist-info/licenses/LICENSE")
    shutil.copy(license, site)
    _finish(site)
    return site


def lock(book: Book, wheel: Path) -> Path:
    """Write Pyodide's list of packages: those for live cells, the kernel's, and d2lmini."""
    known = json.loads((STATIC / "live/pyodide-lock.json").read_text(encoding="utf-8"))
    for package in known["packages"].values():
        package["file_name"] = f"../runtime/{package['file_name']}"
    for file in _wheels(folder(book)):
        place = file.relative_to(folder(book)).as_posix()
        known["packages"][_name(file)] = _package(file, place)
    own = {"imports": ["d2lmini"], "depends": ["numpy"]}
    known["packages"]["d2lmini"] = _package(wheel, f"../static/{wheel.name}") | own
    file = book.cache_dir / Path(LOCK).name
    write_changed(file, json.dumps(known, indent=1) + "\n")
    return file


def address(language: str, slug: str) -> str:
    """Return where a chapter opens in JupyterLab, relative to the top of the site."""
    return f"{_LAB}?path={language}/{slug}.ipynb"


def listings(notebooks: Sequence[str]) -> dict[str, str]:
    """Return the files that list folders of notebooks, such as `ko/sums.ipynb`, to JupyterLite."""
    folders = list(dict.fromkeys(name.partition("/")[0] for name in notebooks))
    inside = {"": [_model(folder, "directory", None) for folder in folders]}
    for folder in folders:
        own = (name for name in notebooks if name.startswith(f"{folder}/"))
        inside[folder] = [_model(name, "notebook", None) for name in own]
    models = {folder: _model(folder, "directory", found) for folder, found in inside.items()}
    return {
        join(_LISTINGS, folder, _LISTING): json.dumps(model, indent=1) + "\n"
        for folder, model in models.items()
    }


def _model(path: str, kind: str, content: object) -> dict[str, object]:
    times = {"created": _TIME, "last_modified": _TIME}
    about = {"name": path.rpartition("/")[2], "path": path, "type": kind, "format": "json"}
    return about | times | {"content": content, "mimetype": None, "size": None, "writable": True}


def _record(book: Book) -> Path:
    return book.cache_dir / "lite.json"


def _made(book: Book) -> dict[str, Any]:
    """Return the record of the last `make`: what it was made from, and its files."""
    return read_sealed(_record(book)) or {"key": "", "files": {}}


def _pip(*arguments: str | Path) -> None:
    """Run pip on a lock file, regardless of the user's own settings."""
    options = ("--no-deps", "--require-hashes", "-qq", "--disable-pip-version-check")
    _run("pip", [*arguments, *options], {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"})


def _build(tools: Path, site: Path, scratch: Path) -> None:
    """Let JupyterLite build its site: JupyterLab only, without source maps."""
    settings = {
        "apps": ["lab"],
        "cache_dir": str(scratch / "cache"),
        "federated_extensions": [str(tools / "share/jupyter/labextensions" / _EXTENSION)],
        "ignore_sys_prefix": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "output_dir": str(site),
    }
    work = scratch / "work"
    work.mkdir()
    (work / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": settings}))
    environment = {"PYTHONPATH": str(tools), "SOURCE_DATE_EPOCH": "946684800"}
    _run("jupyterlite_core", ["build"], environment, work)


def _run(
    module: str,
    arguments: Sequence[str | Path],
    settings: Mapping[str, str],
    place: Path | None = None,
) -> None:
    """Run a Python module in a folder; if it fails, raise BookError with its last output."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=place,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-5:]
        hint = "Run make lite again with a network connection; make book works without JupyterLite."
        raise BookError(
            f"JupyterLite could not be built: python -m {module} {arguments[0]} failed",
            hint="\n".join([*words, hint]),
        )


def _finish(site: Path) -> None:
    """Remove what is not needed, tell the kernel where its parts are, and secure the pages."""
    for path in [path for pattern in _UNUSED for path in site.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    file = site / "jupyter-lite.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["jupyter-config-data"] |= {
        "contentsAllJsonFile": _LISTING,
        "settingsOverrides": _SETTINGS,
        "litePluginSettings": {
            f"{_EXTENSION}:kernel": {
                "disablePyPIFallback": True,
                "loadPyodideOptions": {
                    "env": {"PYTHONSTARTUP": f"/lib/python3.14/site-packages/{_START.name}"},
                    "lockFileURL": Path(LOCK).name,
                    "packages": [_name(wheel) for wheel in _wheels(site)],
                },
                "pyodideUrl": "./../runtime/pyodide.mjs",
            }
        },
    }
    file.write_text(json.dumps(config, indent=1), encoding="utf-8")
    for page in site.rglob("*.html"):
        page.write_text(_closed(page.read_text(encoding="utf-8")), encoding="utf-8")


def _closed(page: str) -> str:
    """Return a page with a policy that restricts it to this site and its own scripts."""
    digests = [hashlib.sha256(script.encode()).digest() for script in _SCRIPT.findall(page)]
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    policy = _POLICY.format(scripts=scripts)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return page.replace("<head>", f"<head>\n    {meta}", 1)


def _wheels(site: Path) -> list[Path]:
    """Return the packages that the kernel starts with, from the wheels that JupyterLite has."""
    return sorted(site.rglob("*.whl"))


def _name(wheel: Path) -> str:
    return wheel.name.partition("-")[0].replace("_", "-").lower()


def _package(wheel: Path, place: str) -> dict[str, object]:
    """Return Pyodide's entry for a package that needs no other one."""
    return {
        "name": _name(wheel),
        "version": wheel.name.split("-")[1],
        "file_name": place,
        "install_dir": "site",
        "sha256": sha256(wheel.read_bytes()),
        "package_type": "package",
        "imports": [],
        "depends": [],
        "unvendored_tests": False,
    }
