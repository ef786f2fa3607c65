"""What a kernel sees besides the code: our own settings, and none of the author's.

The build and the tests that execute the notebooks again use the same environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from press.files import write_changed

# On a new machine Matplotlib writes to stderr that it collects fonts or cannot write to the home
# folder; readers need to know neither.
_IPYTHON = """\
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
c.HistoryManager.enabled = False
c.InteractiveShellApp.exec_lines = [
    "import logging",
    "logging.getLogger('matplotlib').setLevel(logging.ERROR)",
    "del logging",
]
"""
SETTINGS: Mapping[str, str] = {
    "ipython/profile_default/ipython_kernel_config.py": _IPYTHON,
    "matplotlibrc": "svg.hashsalt: d2lmini\n",
}

ONE_THREAD: Mapping[str, str] = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)

# settings that change what Python does, such as PYTHONWARNINGS; but not where its modules are
_BEHAVIOR = re.compile("PYTHON(?!HOME$|PATH$)")


def environment(folder: Path, language: str) -> dict[str, str]:
    """Return the environment of a kernel for cells in `language`, with settings in `folder`."""
    for name, content in SETTINGS.items():
        write_changed(folder / name, content)
    theirs = {name: value for name, value in os.environ.items() if not _BEHAVIOR.match(name)}
    if not has_home():
        theirs["HOME"] = str(folder)
    return {
        **theirs,
        **ONE_THREAD,  # otherwise the last digits of a product would depend on the number of cores
        "D2LMINI_LANGUAGE": language,
        "IPYTHONDIR": str(folder / "ipython"),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # otherwise the debugger writes to the terminal
    }


def has_home() -> bool:
    """Tell whether there is a home that can be written to."""
    try:
        return os.access(Path.home(), os.W_OK)
    except RuntimeError:  # neither the variable HOME nor the system names one
        return False
