"""How often one address may ask: so many requests at once, then so many a second."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

ADDRESSES = 10_000  # remembered at a time; the one that was silent longest is forgotten first


class Rate:
    """A leaky bucket for each address.

    burst  requests at once; per_s: requests a second after that; clock: seconds, injected
    """

    def __init__(self, burst: int, per_s: float, clock: Callable[[], float] = time.monotonic, addresses: int = ADDRESSES) -> None:
        self.burst = burst
        self.per_s = per_s
        self.clock = clock
        self.addresses = addresses
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how full, and when that was

    def wait_s(self, address: str) -> float:
        """Count one request of an address and return 0; or count none and return in how many seconds there is room for one."""
        now = self.clock()
        level, then = self._buckets.get(address, (0.0, now))
        level = max(0.0, level - (now - then) * self.per_s)
        if level + 1 > self.burst:
            return (level + 1 - self.burst) / self.per_s
        self._buckets[address] = (level + 1, now)
        self._buckets.move_to_end(address)
        if len(self._buckets) > self.addresses:
            self._buckets.popitem(last=False)
        return 0.0
