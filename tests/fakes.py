"""Stand-ins for the machine, the clock and the loading of models, so that a policy is tested without torch."""

import threading
from collections import Counter

import pytest

from vision.models.cache import ModelCache
from vision.models.catalog import Card, Catalog
from vision.models.net import Net


class Clock:
    """A clock that goes when it is told."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class OutOfMemoryError(RuntimeError):
    """What the fake device raises when its memory is gone."""


class Machine:
    """A device with a budget; a net's size is its card's `bytes`."""

    device = "cpu"

    def __init__(self, budget_bytes=100, one_at_a_time=True):
        self.budget_bytes = budget_bytes
        self.one_at_a_time = one_at_a_time
        self.emptied = 0

    def measure(self, net, needs):
        return net.card.bytes

    def enter(self):
        """Nothing to prepare."""

    def out_of_memory(self, error):
        return isinstance(error, OutOfMemoryError)

    def empty(self):
        self.emptied += 1


class Loader:
    """Makes nets of nothing and counts them.

    failures  key -> errors raised by the next loads, one each
    gate      an event that every load waits for
    """

    def __init__(self):
        self.loads = Counter()
        self.now = Counter()
        self.most = Counter()
        self.failures = {}
        self.gate = None
        self._lock = threading.Lock()

    def __call__(self, card, device, needs):
        assert set(needs) == set(card.needs)
        with self._lock:
            self.loads[card.key] += 1
            self.now[card.key] += 1
            self.most[card.key] = max(self.most[card.key], self.now[card.key])
        try:
            if self.gate is not None:
                assert self.gate.wait(30)
            if self.failures.get(card.key):
                raise self.failures[card.key].pop(0)
            return Net(card, object(), (), device, None)
        finally:
            with self._lock:
                self.now[card.key] -= 1


def row(key, size=10, guess=None, needs=(), **other):
    """Return a card of a model that takes `size` bytes and is thought to take `guess`."""
    guess = size if guess is None else guess
    return Card(key=key, task="classify", family="cnn", name=key.upper(), source="random", arch="none", bytes=size, params=guess // 4,
                needs=tuple(needs), **other)  # fmt: skip


def cache(*rows, budget=100, **other):
    """Return a cache over rows, with its fake loader and machine as attributes `loader` and `machine`."""
    loader = Loader()
    machine = Machine(budget, other.pop("one_at_a_time", True))
    made = ModelCache(Catalog(rows), loader, machine, room_s=other.pop("room_s", 0.0), **other)
    made.loader = loader
    return made


def status(made, key):
    """Return the cache's row of one model."""
    return made.statuses([made.catalog[key]])[0]


def use(made, *keys):
    for key in keys:
        with made.lease(key):
            pass


def resident(made):
    return {one.key for one in made.statuses(made.catalog.cards) if one.resident}


def soon(true):
    """Wait until something is so."""
    for _ in range(2000):
        if true():
            return
        threading.Event().wait(0.005)
    pytest.fail("it never came to be so")
