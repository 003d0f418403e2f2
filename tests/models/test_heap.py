"""Free memory is given back now and then, and only where the C library can."""

import sys

import pytest

from tests.fakes import Clock
from vision.models import heap
from vision.models.devices import Torch


class Library:
    def __init__(self):
        self.calls = []

    def mallopt(self, name, value):
        self.calls.append(("mallopt", name, value))

    def malloc_trim(self, pad):
        self.calls.append(("trim", pad))


def test_heaps_are_few_and_tidied_at_most_every_five_seconds():
    clock, library = Clock(), Library()
    one = heap.Heap(library, clock)
    assert library.calls == [("mallopt", -8, 2)]
    for _ in range(50):  # seconds
        clock.now += 1
        one.tidy()
        one.tidy()
    assert library.calls[1:] == [("trim", 0)] * 10


def test_another_c_library_is_left_alone():
    clock = Clock()
    one = heap.Heap(None, clock)
    clock.now += 100
    one.tidy()


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")
def test_the_machine_gives_memory_back(monkeypatch):
    clock, library = Clock(), heap.glibc()
    assert library is not None
    asked = []
    monkeypatch.setattr(heap.Heap, "tidy", lambda self: asked.append(self))
    Torch().enter()
    assert len(asked) == 1
    monkeypatch.undo()
    one = heap.Heap(library, clock)
    clock.now += 11
    one.tidy()  # the real one, once
