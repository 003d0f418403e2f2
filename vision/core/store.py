"""Results kept under a budget of bytes, each computed once however many ask at the same time."""

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

import numpy as np


def weight(value: Any) -> int:
    """Return about how many bytes a result holds: its arrays and texts to the byte, a flat sum for each object around them."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return 512 + sum(weight(getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, tuple | list):
        return 64 + sum(weight(item) for item in value)
    if isinstance(value, dict):
        return 64 + sum(weight(key) + weight(item) for key, item in value.items())
    return len(value) if isinstance(value, bytes | str) else 64


class ResultStore:
    """A least-recently-used store of frozen results; a failed computation is not kept, its error goes to those who waited."""

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self.held_bytes = 0
        self._lock = threading.Lock()  # guards the three below
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._weights: dict[Hashable, int] = {}
        self._running: dict[Hashable, Future[Any]] = {}

    def once(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return the kept result of `key`, or wait for the one who computes it, or compute it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            waiting = self._running.get(key)
            if waiting is None:
                mine: Future[Any] = Future()
                self._running[key] = mine
        if waiting is not None:
            try:
                return waiting.result()
            finally:
                del waiting  # an error knows this frame: without this line the two would keep each other, and all tensors between
        try:
            value = compute()
            size = weight(value)
        except BaseException as error:
            with self._lock:
                del self._running[key]
            mine.set_exception(error)
            del mine  # as above
            raise
        self._keep(key, value, size)
        mine.set_result(value)
        return value

    def _keep(self, key: Hashable, value: Any, size: int) -> None:
        with self._lock:
            del self._running[key]
            if size > self.budget_bytes:
                return
            self._kept[key] = value
            self._weights[key] = size
            self.held_bytes += size
            while self.held_bytes > self.budget_bytes:
                oldest, _ = self._kept.popitem(last=False)
                self.held_bytes -= self._weights.pop(oldest)
