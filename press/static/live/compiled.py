"""Keeps what Python compiles at its start, so that the next page starts in half the time.

The compiled modules go into the archive of the standard library: its own next to their sources,
those of packages in order to be unpacked again where Python looks for them.
"""

import importlib.util
import marshal
import sys
import zipfile
from pathlib import Path

LIBRARY = Path("/lib/python314.zip")
PACKAGES = Path("/lib/python3.14")
UNCHECKED = (1).to_bytes(4, "little") + bytes(8)  # these always match their sources


def pack():
    """Return the archive with every module that has been imported so far."""
    with zipfile.ZipFile(LIBRARY, "a") as archive:
        known = set(archive.namelist())
        for module in list(sys.modules.values()):
            spec = getattr(module, "__spec__", None)
            if not (spec and spec.origin and spec.origin.endswith(".py")):
                continue
            source = Path(spec.origin)
            if source.is_relative_to(LIBRARY):
                place = f"{source.relative_to(LIBRARY)}c"
            elif source.is_relative_to(PACKAGES):
                place = str(Path(spec.cached).relative_to(PACKAGES))
            else:
                continue
            if place not in known:
                code = marshal.dumps(spec.loader.get_code(spec.name))
                archive.writestr(place, importlib.util.MAGIC_NUMBER + UNCHECKED + code)
    return LIBRARY.read_bytes()


def unpack():
    """Unpack the compiled modules of the packages, if the archive has any."""
    with zipfile.ZipFile(LIBRARY) as archive:
        names = [name for name in archive.namelist() if name.startswith("site-packages/")]
        archive.extractall(PACKAGES, names)
