"""Names for content: the same content has the same name, and other content another one."""

from __future__ import annotations

import hashlib
import json


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def digest(*parts: object) -> str:
    """Return a short name for plain data."""
    packed = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return sha256(packed.encode())[:32]
