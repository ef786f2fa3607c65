"""The part of safetensors that d2lmini uses, in Python, for where the package is not available.

A file is the length of a header in eight bytes, the header in JSON, and the arrays one after
another; see https://github.com/huggingface/safetensors.
"""

import json
from pathlib import Path

import numpy as np

TYPES = {"BOOL": "?", "U8": "u1", "I8": "i1", "U16": "u2", "I16": "i2", "U32": "u4", "I32": "i4"}
TYPES |= {"U64": "u8", "I64": "i8", "F16": "f2", "F32": "f4", "F64": "f8"}


class SafetensorError(Exception):
    """A file that is not a safetensors file, or is incomplete."""


class safe_open:  # noqa: N801 - the name is that of the package
    """An open file: its names, arrays and metadata."""

    def __init__(self, path, framework="numpy"):
        content = Path(path).read_bytes()
        start = 8 + int.from_bytes(content[:8], "little")
        if len(content) < 8:
            raise SafetensorError("Error while deserializing header: header too small")
        if start > len(content):
            raise SafetensorError("Error while deserializing header: invalid header length")
        try:
            self.header = json.loads(content[8:start])
            self.about = self.header.pop("__metadata__", None)
            ends = [entry["data_offsets"][1] for entry in self.header.values()]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SafetensorError(f"Error while deserializing header: {error}") from None
        self.data = content[start:]
        if max(ends, default=0) != len(self.data):
            raise SafetensorError(
                "Error while deserializing header: incomplete metadata, file not fully covered"
            )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def keys(self):
        """Return the names of the arrays, in the order of the file."""
        return list(self.header)

    def metadata(self):
        """Return the metadata of the file."""
        return self.about

    def get_tensor(self, name):
        """Return an array."""
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        array = np.frombuffer(self.data[begin:end], TYPES[entry["dtype"]])
        return array.reshape(entry["shape"]).copy()
