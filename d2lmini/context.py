"""Devices, for programs that name them: everything is computed on the CPU."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from .errors import MXNetError

__all__ = ["Context", "cpu", "current_context", "gpu", "num_gpus"]


@dataclass(frozen=True)
class Context(AbstractContextManager["Context"]):
    """A device. There is one, ``cpu(0)``; another is refused as soon as it is asked for.

    Args:
        device_type: ``'cpu'``.
        device_id: its number.

    Raises:
        MXNetError: it is not the CPU.
    """

    device_type: str = "cpu"
    device_id: int = 0

    def __post_init__(self) -> None:
        if self.device_type not in ("cpu", "cpu_pinned", "cpu_shared"):
            raise MXNetError(f"d2lmini has no device {self.device_type!r}: it computes on the CPU")

    def __repr__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    def __exit__(self, *exception: Any) -> None:
        pass


def cpu(device_id: int = 0) -> Context:
    """Return the CPU.

    Args:
        device_id: its number.
    """
    return Context("cpu", device_id)


def gpu(device_id: int = 0) -> Context:
    """Raise an MXNetError: d2lmini has no GPU. Ask `num_gpus` first, as portable programs do.

    Args:
        device_id: its number.
    """
    return Context("gpu", device_id)


def num_gpus() -> int:
    """Return 0."""
    return 0


def check_single(devices: Any) -> None:
    """Refuse a list of several devices: each would need a copy of the parameters.

    Raises:
        MXNetError: there are several.
    """
    if isinstance(devices, list | tuple) and len(set(devices)) > 1:
        raise MXNetError(
            f"d2lmini computes on one device, but parameters were to be put on {list(devices)}: "
            "give one of them"
        )


def current_context() -> Context:
    """Return the device in force, always ``cpu(0)``."""
    return cpu()
