"""Creates .venv and installs the locked tools; run by `make` with a bare Python ≥ 3.11."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
# in place of settings of the user, in the environment or a file, that would make pip install
# something else, or somewhere else, or fail
SETTINGS = {
    "PIP_CONSTRAINT": os.devnull,
    "PIP_DRY_RUN": "0",
    "PIP_NO_BINARY": ":none:",
    "PIP_NO_DEPS": "0",
    "PIP_PREFIX": str(VENV),
    "PIP_PYTHON": str(VENV),
    "PIP_ROOT": "/",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_USER": "0",
    "PYTHONUTF8": "1",
    "PYTHONWARNINGS": "",
}
# Errors only: pip repeats its warnings for each package. No setting says “no target”.
OPTIONS = ("-qq", "--disable-pip-version-check", "--target=")


def main() -> int:
    """Create or repair the environment, one make at a time; return the exit code."""
    try:
        with LOCK.open(encoding="utf-8") as file:
            if is_first(file) or not (VENV / "installed").exists():
                install()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; run make again to continue.", file=sys.stderr)
        return 130
    return 0


def is_first(file: TextIO) -> bool:
    """Lock a file; if another make has locked it, wait until that is done, and return False."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another make is installing tools into .venv; waiting for it to finish.", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
        return False
    return True


def install() -> None:
    """Install everything, and record in `.venv/installed` that the environment is complete."""
    check_name(ROOT)
    stamp = VENV / "installed"
    try:
        stamp.unlink(missing_ok=True)
    except PermissionError:
        raise SetupError(
            f"{VENV} belongs to another user: run make in a copy of your own, or let chown give "
            "you this one."
        ) from None
    python = make_venv()
    for package in VENV.glob("lib/python*/site-packages/*.dist-info"):
        if not (package / "INSTALLER").exists():  # which pip writes when all else is in place
            shutil.rmtree(package)
    count = sum(line[:1].isalnum() for line in LOCK.read_text(encoding="utf-8").splitlines())
    print(f"Installing {count} packages into .venv; this takes a minute or two, once.", flush=True)
    pip(python, "--require-hashes", "--requirement", str(LOCK))
    pip(python, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp.write_bytes(os.fsencode(ROOT))


def check_name(folder: Path) -> None:
    """Raise SetupError if setuptools would look for a variable in the folder's name in vain."""
    for name in re.findall(r"\$([a-zA-Z_]\w*)", str(folder)):
        if name not in os.environ:
            raise SetupError(
                f"{folder}: setuptools takes ${name} in this name for a variable, but none is set; "
                "rename the folder, and run make again."
            )


class SetupError(Exception):
    """What went wrong, and what to do about it."""


def make_venv() -> Path:
    """Return the interpreter of `.venv`; recreate it unless it already runs this Python version."""
    python = VENV / "bin" / "python"
    if version_of(python) == sys.version_info[:2]:
        return python
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        major, minor = sys.version_info[:2]
        raise SetupError(
            f"{sys.executable} (Python {major}.{minor}) cannot make virtual environments: "
            "its modules venv and ensurepip are missing.\n"
            f"On Debian and Ubuntu: apt install python{major}.{minor}-venv, then run make again.\n"
            "Elsewhere: install Python from python.org, or use another: PYTHON=/path/to/python3."
        ) from None
    if VENV.exists() and not (VENV / "pyvenv.cfg").exists():
        raise SetupError(
            f"{VENV} exists but is not a virtual environment; move it away, and run make again."
        )
    print(f"Making .venv with Python {sys.version.split()[0]}.", flush=True)
    try:
        # by links: a copy of some interpreters does not find their library
        venv.create(VENV, clear=True, symlinks=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"Could not make {VENV}: {error}") from error
    return python


def version_of(python: Path) -> tuple[int, ...] | None:
    """Return (major, minor) of an interpreter that has pip, or None if there is none."""
    code = "import sys, pip; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(map(int, done.stdout.split()))


def pip(python: Path, *arguments: str) -> None:
    """Run `pip install` with the given arguments, regardless of the user's pip settings."""
    command = [str(python), "-m", "pip", "install", *OPTIONS, *arguments]
    if subprocess.run(command, env=os.environ | SETTINGS, cwd=ROOT).returncode != 0:
        raise SetupError(
            "pip could not install the tools (see its message above).\n"
            "They need a network connection and 1 GB of disk space; run make again to continue."
        )


if __name__ == "__main__":
    sys.exit(main())
