"""Devices, for programs that name them: everything is computed on the CPU."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from .errors import MXNetError

__all__ = ["Context", "cpu", "current_context", "gpu", "num_gpus"]


@dataclass(frozen=True)
class Context(AbstractContextManager["Context"]):
    """A device. There is only one, ``cpu(0)``; requesting any other raises an error.

    Args:
        device_type: ``'cpu'``.
        device_id: its number.

    Raises:
        MXNetError: ``device_type`` is not the CPU.
    """

    device_type: str = "cpu"
    device_id: int = 0

    def __post_init__(self) -> None:
        kind = getattr(self.device_type, "device_type", self.device_type)  # of another context
        object.__setattr__(self, "device_type", kind)
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
    """Raise an MXNetError: d2lmini has no GPU. Portable programs check `num_gpus` first.

    Args:
        device_id: its number.
    """
    return Context("gpu", device_id)


def num_gpus() -> int:
    """Return 0."""
    return 0


def check_single(devices: Any) -> None:
    """Reject a list of several devices: each would need a copy of the parameters.

    Raises:
        MXNetError: there is more than one device.
    """
    if isinstance(devices, list | tuple) and len(set(devices)) > 1:
        problem = f"but parameters were requested on {list(devices)}: pass only one of them"
        raise MXNetError(f"d2lmini computes on one device, {problem}")


def current_context() -> Context:
    """Return the current device, always ``cpu(0)``."""
    return cpu()
