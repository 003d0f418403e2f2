"""A fair line: the visitors take turns, however much one of them asks for, and each waiter is told its place.

In front of a CPU one net computes at a time: two share the same thread pools and fight for the cores; measured, a pair then takes longer
than one after the other.
"""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from vision.core.errors import ModelError, UserError

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
_visitor: ContextVar[str] = ContextVar("visitor", default="")


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


def visitor() -> str:
    """Return whose work the present context does; empty where no face has said."""
    return _visitor.get()


@contextmanager
def visiting(name: str) -> Iterator[None]:
    """Say whose work is done inside, in this thread's context only: lines let visitors take turns."""
    token = _visitor.set(name)
    try:
        yield
    finally:
        _visitor.reset(token)


def stay() -> None:
    """Raise ModelError if the listening person has left."""
    if listener().cancelled():
        raise ModelError("model.cancelled")


@dataclass(eq=False)
class Ticket:
    """A place in a line; `round` is when it is due: everybody's first, then everybody's second."""

    visitor: str
    round: int


class Line:
    """Lets `width` in at a time: the visitors in turn, each one's own in order of arrival. A thread that has its turn may take it again.

    A ticket's round is one after the newest round that was let in, or one after its visitor's last ticket: with twenty tickets of one
    visitor waiting, another one's first comes after one of them (start-time fair queueing, Goyal et al. 1996, with equal weights).

    each  how many of one visitor may wait, 0 for any number; one more is a UserError
    """

    def __init__(self, width: int = 1, each: int = 0) -> None:
        self.width = width
        self.each = each
        self._moved = threading.Condition()  # guards the four below
        self._waiting: list[Ticket] = []  # in the order of rounds; equal rounds in order of arrival
        self._inside: list[Ticket] = []
        self._threads: set[int] = set()  # that hold a turn
        self._round = 0  # the newest that was let in

    def __len__(self) -> int:
        return len(self._inside) + len(self._waiting)

    @property
    def held(self) -> bool:
        """Whether this thread has its turn."""
        return threading.get_ident() in self._threads

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn, telling the listener the place, and hold it; ModelError if the listener leaves."""
        if self.held:
            yield
            return
        ticket = self.enter()
        self._threads.add(threading.get_ident())
        try:
            yield
        finally:
            self._threads.discard(threading.get_ident())
            self.leave(ticket)

    def enter(self) -> Ticket:
        """Wait for the turn as `turn` does, and hold it until `leave`, whatever thread that comes from."""
        with self._moved:
            ticket = self._join(visitor())
        try:
            self._wait(ticket)
        except BaseException:
            self.leave(ticket)
            raise
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """End a turn, or the waiting for it."""
        with self._moved:
            (self._inside if ticket in self._inside else self._waiting).remove(ticket)
            self._moved.notify_all()

    def _join(self, name: str) -> Ticket:
        if self.each and sum(one.visitor == name for one in self._waiting) >= self.each:
            raise UserError("server.many_waiting", count=self.each)
        own = [one.round for one in (*self._inside, *self._waiting) if one.visitor == name]
        ticket = Ticket(name, max([self._round, *own]) + 1)
        insort(self._waiting, ticket, key=lambda one: one.round)
        self._moved.notify_all()  # who stands behind it now is told so
        return ticket

    def _place(self, ticket: Ticket) -> int:
        """Return how many have to leave before a ticket is let in, and let it in where that is none."""
        place = self._waiting.index(ticket) + 1 + len(self._inside) - self.width
        if place > 0:
            return place
        self._waiting.remove(ticket)
        self._inside.append(ticket)
        self._round = max(self._round, ticket.round)
        return 0

    def _wait(self, ticket: Ticket) -> None:
        told = 0
        while True:
            with self._moved:
                place = self._place(ticket)
                if place and place == told:
                    self._moved.wait(POLL_S)
                    place = self._place(ticket)
            if not place:
                return
            stay()
            if place != told:  # outside the lock: a listener may be slow
                listener().place(place)
                told = place
