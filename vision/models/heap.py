"""Freed memory goes back to the system: the C library would keep it, a heap for every thread.

Thirty visitors' threads each get a heap of their own (glibc: eight a core), which keeps the most that thread ever needed. With two
heaps and what is free given back now and then, 1,000 requests cost 4 to 5 % more memory instead of 15 %, at the same speed
(bench/load.py). Source: the manual pages mallopt(3) and malloc_trim(3). Other C libraries are left alone.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from typing import Any

HEAPS = 2
ARENA_MAX = -8  # its number in malloc.h
EVERY_S = 5.0


def glibc() -> Any | None:
    """Return the C library of this process where it is the one that is meant."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # not Linux
        return None
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


class Heap:
    """The C library's heap; `tidy` may be called as often as one likes, and from any thread."""

    def __init__(self, library: Any | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._library, self._clock, self._due = library, clock, clock() + EVERY_S
        if library is not None:
            library.mallopt(ARENA_MAX, HEAPS)

    def tidy(self) -> None:
        """Give free memory back, where that was not done lately."""
        if self._library is not None and self._clock() >= self._due:
            self._due = self._clock() + EVERY_S
            self._library.malloc_trim(0)
