"""What the machine has: its device, how much memory models may take, what a model takes, and when memory ran out.

Settings: VISION_DEVICE (cpu, cuda, cuda:1, mps), VISION_CACHE_GB (memory for models), VISION_IDLE_MINUTES (unused models leave after so
many; unset: only when room is needed), VISION_THREADS (CPU threads of one computation).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vision.core.errors import ModelError
from vision.models.heap import Heap, glibc

if TYPE_CHECKING:
    from vision.models.net import Net

GB = 1 << 30
CPU_SHARE = 0.5  # of the memory that is available when the first model is asked for
GPU_SHARE = 0.7  # of the free memory; the rest is for pictures, maps and other programs
UNKNOWN_BYTES = 4 * GB  # where the system does not say what it has


class Machine(Protocol):
    """What the cache asks of the machine; injected, so that its policy is tested without torch."""

    @property
    def device(self) -> str:
        """Torch's name of the device."""

    @property
    def budget_bytes(self) -> int:
        """Memory that models may take together."""

    @property
    def one_at_a_time(self) -> bool:
        """Whether two nets may not compute at once."""

    def measure(self, net: Net, needs: Mapping[str, Net]) -> int:
        """Return the bytes a loaded net takes on top of those it needs."""

    def enter(self) -> None:
        """Prepare the calling thread for computing."""

    def out_of_memory(self, error: BaseException) -> bool:
        """Say whether an error means that the device's memory ran out."""

    def empty(self) -> None:
        """Give memory that is held but unused back to the device."""


class Torch:
    """The machine as torch sees it; torch is imported when the device is first asked for."""

    def __init__(self) -> None:
        self._prepared = threading.local()
        self._heap = Heap(glibc())

    @cached_property
    def device(self) -> str:
        """Torch's name of the device: VISION_DEVICE, else the first CUDA device, else Apple's, else the CPU."""
        import torch

        wanted = os.environ.get("VISION_DEVICE", "")
        if not wanted:
            wanted = "cuda:0" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        try:
            return str(torch.device(wanted))
        except RuntimeError:
            raise ModelError("model.bad_setting", name="VISION_DEVICE", value=wanted) from None

    @cached_property
    def budget_bytes(self) -> int:
        """Memory for models: VISION_CACHE_GB, else a share of what is free now."""
        wanted = os.environ.get("VISION_CACHE_GB", "")
        if wanted:
            return setting_bytes(wanted)
        if self.device.startswith("cuda"):
            import torch

            return int(torch.cuda.mem_get_info(self.device)[0] * GPU_SHARE)
        return int(available_bytes() * CPU_SHARE)

    @property
    def one_at_a_time(self) -> bool:
        """True where nets would fight for cores or for one queue of commands."""
        return not self.device.startswith("cuda")

    def measure(self, net: Net, needs: Mapping[str, Net]) -> int:
        """Return parameters, buffers and the peak of one forward pass, without what the needed nets hold themselves."""
        from vision.models import footprint

        return footprint.held(net.module, [other.module for other in needs.values()]) + footprint.peak(net)

    def enter(self) -> None:
        """Set the number of threads, which OpenMP keeps per calling thread; give back memory that earlier computations freed."""
        self._heap.tidy()
        wanted = os.environ.get("VISION_THREADS", "")
        if wanted and not getattr(self._prepared, "done", False):
            import torch

            if not wanted.isdecimal() or int(wanted) < 1:
                raise ModelError("model.bad_setting", name="VISION_THREADS", value=wanted)
            torch.set_num_threads(int(wanted))
            self._prepared.done = True

    def out_of_memory(self, error: BaseException) -> bool:
        """Say whether an error means that the device's memory ran out (CUDA's own class; Apple's by its text)."""
        import torch

        return isinstance(error, torch.OutOfMemoryError) or (isinstance(error, RuntimeError) and "out of memory" in str(error))

    def empty(self) -> None:
        """Give cached blocks back to the device."""
        import torch

        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()
        elif self.device == "mps":
            torch.mps.empty_cache()


def setting_bytes(text: str) -> int:
    """Return a number of gigabytes as bytes; anything but a positive number is a ModelError.

    >>> setting_bytes("0.5")
    536870912
    """
    return int(positive("VISION_CACHE_GB", text) * GB)


def idle_seconds() -> float | None:
    """Return after how many seconds without use a model leaves, or None for never."""
    wanted = os.environ.get("VISION_IDLE_MINUTES", "")
    return positive("VISION_IDLE_MINUTES", wanted) * 60 if wanted else None


def positive(name: str, text: str) -> float:
    """Return a setting's positive number; anything else is a ModelError."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise ModelError("model.bad_setting", name=name, value=text)
    return value


def available_bytes(proc: Path = Path("/proc/meminfo"), group: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the memory a new program could take: on Linux what is free, within the container's limit; else half of what is built in."""
    if proc.is_file():
        rows = dict(line.split(":", 1) for line in proc.read_text("ascii").splitlines())
        return min(int(rows["MemAvailable"].split()[0]) * 1024, _group_bytes(group))
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return _windows_bytes()


def _group_bytes(group: Path) -> int:
    try:
        limit, used = ((group / name).read_text("ascii").strip() for name in ("memory.max", "memory.current"))
    except OSError:  # no container, or an older kind
        return 1 << 62
    return 1 << 62 if limit == "max" else max(0, int(limit) - int(used))


def _windows_bytes() -> int:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [(f"q{i}", ctypes.c_ulonglong) for i in range(7)]

    status = Status(length=ctypes.sizeof(Status))
    kernel: Any = getattr(ctypes, "windll", None)
    if kernel is None or not kernel.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return UNKNOWN_BYTES
    return int(status.q1)  # ullAvailPhys
