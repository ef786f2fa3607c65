"""Devices, for programs that name them: everything is computed on the CPU."""

from dataclasses import dataclass
from typing import Any

from .errors import MXNetError

__all__ = ["Context", "cpu", "current_context", "gpu", "num_gpus"]


@dataclass(frozen=True)
class Context:
    """A device. Any can be named, but to use another one than the CPU raises an MXNetError.

    Args:
        device_type: ``'cpu'``.
        device_id: its number.
    """

    device_type: str = "cpu"
    device_id: int = 0

    def __post_init__(self) -> None:
        kind = getattr(self.device_type, "device_type", self.device_type)  # of another context
        object.__setattr__(self, "device_type", kind)

    def __repr__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    def __enter__(self) -> "Context":
        check_devices(self)
        return self

    def __exit__(self, *exception: Any) -> None:
        pass


def cpu(device_id: int = 0) -> Context:
    """Return the CPU.

    Args:
        device_id: its number.
    """
    return Context("cpu", device_id)


def gpu(device_id: int = 0) -> Context:
    """Name a GPU, which d2lmini cannot use. Portable programs check `num_gpus` first.

    Args:
        device_id: its number.
    """
    return Context("gpu", device_id)


def num_gpus() -> int:
    """Return 0."""
    return 0


def check_devices(devices: Any) -> None:
    """Reject a device other than the CPU, or several: each would need a copy of the parameters.

    Raises:
        MXNetError: one is not the CPU, or there is more than one.
    """
    several = devices if isinstance(devices, list | tuple) else [devices]
    for device in several:
        if isinstance(device, Context) and not device.device_type.startswith("cpu"):
            raise MXNetError(f"d2lmini has no device {device}: it computes on the CPU")
    if len(set(several)) > 1:
        problem = f"but parameters were requested on {devices}: pass only one of them"
        raise MXNetError(f"d2lmini computes on one device, {problem}")


def current_context() -> Context:
    """Return the current device, always ``cpu(0)``."""
    return cpu()
