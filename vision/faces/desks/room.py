"""What one visitor's tab shows: a value that threads change in parts, each change numbered, and handlers follow.

A widget's value is replaced as a whole and may be skipped when the next one is quick, so every value says everything.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

POLL_S = 1.0  # how often a follower looks whether the work has ended although nothing changed
ROOMS = 500  # visitors at a time; the one who was silent longest is forgotten first


class Room:
    """One visitor's value, {part: content}, with `run` and `serial`; safe for many threads. A part called `_...` stays on the server."""

    def __init__(self, **parts: Any) -> None:
        self._changed = threading.Condition()  # guards the three below
        self._parts = dict(parts)
        self._serial = 0
        self._turns: dict[str, int] = {}
        self._run = secrets.token_hex(4)  # another server, another count

    def value(self) -> dict[str, Any]:
        """Return the value of the widget as it is now."""
        with self._changed:
            shown = {name: content for name, content in self._parts.items() if not name.startswith("_")}
            return {**shown, "run": self._run, "serial": self._serial}

    def part(self, name: str) -> Any:
        """Return one part; contents are replaced, never changed in place."""
        with self._changed:
            return self._parts[name]

    def begin(self, kind: str, unless: Callable[[], bool] = bool) -> Callable[[], bool]:
        """Begin work of a kind, which ends the work of that kind before it; return a test whether this one was ended so.

        unless  where it holds, nothing begins and nothing is ended: the work that wanted to is overtaken itself
        """
        with self._changed:
            if unless():
                return unless
            turn = self._turns[kind] = self._turns.get(kind, 0) + 1
        return lambda: self._turns[kind] != turn

    def change(self, parts: dict[str, Any], unless: Callable[[], bool] = bool) -> None:
        """Replace parts, except where `unless` holds: what an overtaken piece of work found is dropped."""
        self.update(lambda _: parts, unless)

    def update(self, make: Callable[[dict[str, Any]], dict[str, Any]], unless: Callable[[], bool] = bool) -> None:
        """Replace the parts that `make` returns, given those there are."""
        with self._changed:
            if unless():
                return
            self._parts.update(make(self._parts))
            self._serial += 1
            self._changed.notify_all()

    def follow(self, work: Callable[[], object]) -> Iterator[dict[str, Any]]:
        """Do `work` in a thread of its own, for the same visitor in his language; yield the value now, at every change, at the end."""
        ended = threading.Event()

        def run() -> None:
            try:
                work()
            finally:
                ended.set()
                with self._changed:
                    self._changed.notify_all()

        threading.Thread(target=copy_context().run, args=(run,), name="room", daemon=True).start()
        seen = -1
        while True:
            last = ended.is_set()  # before the value is read, so that the end's own change is in it
            with self._changed:
                if self._serial == seen and not last:
                    self._changed.wait(POLL_S)
                fresh, seen = self._serial != seen, self._serial
            if fresh or last:
                yield self.value()
            if last:
                return


class Rooms:
    """The rooms of all visitors, by session."""

    def __init__(self, make: Callable[[], Room], rooms: int = ROOMS) -> None:
        self.make = make
        self.rooms = rooms
        self._lock = threading.Lock()  # guards the table
        self._table: OrderedDict[str, Room] = OrderedDict()

    def of(self, session: str | None) -> Room:
        """Return a session's room; without a session a fresh one that nobody else gets."""
        if not session:
            return self.make()
        with self._lock:
            room = self._table.get(session) or self._table.setdefault(session, self.make())
            self._table.move_to_end(session)
            while len(self._table) > self.rooms:
                self._table.popitem(last=False)
        return room
