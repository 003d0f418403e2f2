"""A fair line in front of a CPU: one net computes at a time, first come first served, and each waiter is told its place.

Two nets at once share the same thread pools and fight for the cores; measured, a pair then takes longer than one after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from vision.core.errors import ModelError

POLL_S = 0.25  # how often a waiter asks whether its person has left


def _nothing(*_: object) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Listener:
    """What a waiting person is told, and whether they have left; each is called in the waiting thread.

    place      how many computations are before this one (1: the next), whenever it changes
    progress   bytes here, bytes in all (0: unknown), of a download
    cancelled  True ends the waiting or the download with a sentence
    """

    place: Callable[[int], object] = _nothing
    progress: Callable[[int, int], object] = _nothing
    cancelled: Callable[[], bool] = bool


_silent = Listener()
_listener: ContextVar[Listener] = ContextVar("listener", default=_silent)


def listener() -> Listener:
    """Return who listens in the present context."""
    return _listener.get()


@contextmanager
def listening(to: Listener) -> Iterator[None]:
    """Tell `to` about every wait and download of the calls made inside, in this thread's context only."""
    token = _listener.set(to)
    try:
        yield
    finally:
        _listener.reset(token)


def stay() -> None:
    """Raise ModelError if the listening person has left."""
    if listener().cancelled():
        raise ModelError("model.cancelled")


class Line:
    """First come, first served; a thread that has its turn may take it again inside."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._tickets: list[object] = []  # the first computes
        self._inside: int | None = None  # the thread that computes

    def __len__(self) -> int:
        return len(self._tickets)

    @property
    def held(self) -> bool:
        """Whether this thread has its turn."""
        return self._inside == threading.get_ident()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, telling the listener the place, and hold it; ModelError if the listener leaves."""
        if self.held:
            yield
            return
        ticket = object()
        with self._moved:
            self._tickets.append(ticket)
        try:
            self._wait(ticket)
            self._inside = threading.get_ident()
            yield
        finally:
            with self._moved:
                if self._tickets[0] is ticket:
                    self._inside = None
                self._tickets.remove(ticket)
                self._moved.notify_all()

    def _wait(self, ticket: object) -> None:
        told = 0
        while True:
            with self._moved:
                place = self._tickets.index(ticket)
                if place and place == told:
                    self._moved.wait(POLL_S)
                    place = self._tickets.index(ticket)
            if not place:
                return
            stay()
            if place != told:  # outside the lock: a listener may be slow
                listener().place(place)
                told = place
