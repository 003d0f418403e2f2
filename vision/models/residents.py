"""The ledger of the model cache: who is resident, who is lent, who is on the way, and who left why. Never over its budget."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vision.core.errors import ModelError, UserError
from vision.core.results import CardStatus, Fact
from vision.core.words import say
from vision.models.catalog import Card
from vision.models.labels import Label
from vision.models.line import POLL_S, stay

if TYPE_CHECKING:
    from vision.models.devices import Machine
    from vision.models.net import Net

FLOAT32 = 4  # bytes a parameter is thought to take before the model has been measured


@dataclass(eq=False)
class Kept:
    """A resident model; `needs` are given back when it leaves."""

    card: Card
    net: Net
    bytes: int
    leases: int
    used_at: float
    needs: ExitStack


@dataclass(eq=False)
class Loading:
    """A model on the way in the thread `owner`; `bytes` are reserved for it, `waiting` callers get a lease when it is there."""

    card: Card
    owner: int
    bytes: int = 0
    waiting: int = 0
    done: threading.Event = field(default_factory=threading.Event)
    kept: Kept | None = None
    failure: UserError | None = None


@dataclass
class Count:
    """What is remembered of a model whether it is resident or not."""

    hits: int = 0
    loads: int = 0
    evictions: int = 0
    measured: int = 0
    note: Fact | None = None


class Residents:
    """Thread-safe; every method holds the one lock only for the bookkeeping, never while a model loads or computes."""

    def __init__(self, budget_bytes: Callable[[], int], clock: Callable[[], float], idle_s: float | None) -> None:
        self._budget_bytes = budget_bytes
        self._clock = clock
        self._idle_s = idle_s
        self._changed = threading.Condition()  # its lock can be taken again by its thread: who leaves gives its leases back
        self._kept: dict[str, Kept] = {}
        self._loading: dict[str, Loading] = {}
        self._aside_bytes = 0  # of copies
        self._counts: defaultdict[str, Count] = defaultdict(Count)

    @property
    def held_bytes(self) -> int:
        """Bytes of the resident models, of those on the way, and of copies."""
        with self._changed:
            loading = sum(one.bytes for one in self._loading.values())
            return sum(one.bytes for one in self._kept.values()) + loading + self._aside_bytes

    def has(self, key: str) -> bool:
        """Say whether a model is resident."""
        with self._changed:
            return key in self._kept

    def known_bytes(self, card: Card) -> int:
        """Return what a model was found to take when it was last loaded, 0 if it never was."""
        with self._changed:
            return self._counts[card.key].measured

    def take(self, card: Card) -> Kept | Loading:
        """Lend a resident model; else join its load, or begin one, which then has this thread for its owner."""
        with self._changed:
            self._drop_forgotten()
            kept = self._kept.get(card.key)
            if kept is not None:
                kept.leases += 1
                self._counts[card.key].hits += 1
                return kept
            loading = self._loading.get(card.key)
            if loading is None:
                loading = self._loading[card.key] = Loading(card, threading.get_ident())
            else:
                loading.waiting += 1
            return loading

    def wait(self, loading: Loading) -> Kept | None:
        """Return the lease that the load of another thread ends in; its failure as an error of this caller's own; None if that one left."""
        try:
            while not loading.done.wait(POLL_S):
                stay()
        except BaseException:
            with self._changed:
                loading.waiting -= 1
                if loading.kept is not None:  # it came in the very moment
                    self.give(loading.kept)
            raise
        if loading.failure is None or loading.failure.key == "model.cancelled":
            return loading.kept
        raise type(loading.failure)(loading.failure.key, **loading.failure.values)

    def give(self, kept: Kept) -> None:
        """Take a lease back."""
        with self._changed:
            kept.leases -= 1
            kept.used_at = self._clock()
            self._changed.notify_all()

    def reserve(self, card: Card, loading: Loading) -> bool:
        """Set the bytes of a load aside, evicting idle models; False while models in use fill the memory; ModelError if it never fits."""
        with self._changed:
            self._drop_forgotten()
            size = self._counts[card.key].measured or card.params * FLOAT32
            needed = sum(self._kept[key].bytes for key in card.needs)
            if size + needed > self._budget_bytes():
                raise too_large(card, size + needed, self._budget_bytes())
            if not self._fit(size - loading.bytes, card):
                return False
            loading.bytes = size
            return True

    def settle(self, loading: Loading, net: Net, size: int, needs: ExitStack) -> Kept | None:
        """Enter a loaded model with its true size; None, with the reservation given up, where there is no room for that."""
        with self._changed:
            count = self._counts[loading.card.key]
            count.measured = size
            if not self._fit(size - loading.bytes, loading.card):
                loading.bytes = 0
                return None
            kept = Kept(loading.card, net, size, 1 + loading.waiting, self._clock(), needs.pop_all())
            del self._loading[loading.card.key]
            self._kept[loading.card.key] = loading.kept = kept
            count.loads += 1
            count.hits += loading.waiting
            count.note = None
            loading.done.set()
            self._changed.notify_all()
            return kept

    def failed(self, loading: Loading, failure: UserError) -> None:
        """End a load that came to nothing; the next caller begins anew."""
        with self._changed:
            del self._loading[loading.card.key]
            loading.failure = failure
            loading.done.set()
            self._changed.notify_all()

    @contextmanager
    def aside(self, card: Card) -> Iterator[None]:
        """Set the bytes of a copy of a lent model and of those it needs aside, evicting idle models; ModelError where there is no room."""
        with self._changed:
            size = sum(self._kept[key].bytes for key in (card.key, *card.needs))
            if not self._fit(size, card):
                raise ModelError("model.no_copy", name=card.name)
            self._aside_bytes += size
        try:
            yield
        finally:
            with self._changed:
                self._aside_bytes -= size
                self._changed.notify_all()

    def wait_for_change(self, seconds: float) -> None:
        """Wait until a lease, a load or a model has ended, at most so long."""
        with self._changed:
            self._changed.wait(seconds)

    def drop_idle(self) -> None:
        """Drop every model that nobody uses."""
        with self._changed:
            while self._drop_oldest(("model.left_out_of_memory", {})):
                pass

    def unload(self, card: Card) -> bool:
        """Drop a model and the idle ones that need it; False where it was not resident; ModelError where it is in use."""
        with self._changed:
            kept = self._kept.get(card.key)
            if kept is None:
                return False
            dependants = [other for other in self._kept.values() if card.key in other.card.needs]
            if kept.leases > len(dependants) or any(other.leases for other in dependants):
                raise ModelError("model.in_use", name=card.name)
            for other in (*dependants, kept):
                self._drop(other, ("model.left_by_hand", {}))
            return True

    def status(self, card: Card, local: bool, machine: Machine) -> CardStatus:
        """Return one row of the Models panel; `bytes` is the memory held now, 0 where it is not resident."""
        with self._changed:
            self._drop_forgotten()
            kept, loading, count = self._kept.get(card.key), self._loading.get(card.key), self._counts[card.key]
            note = ("model.loading", {}) if loading else count.note
            return CardStatus(
                key=card.key,
                task=card.task,
                name=card.name,
                source=card.source,
                licence=card.licence,
                paper=card.paper,
                params=card.params,
                bytes=kept.bytes if kept else 0,
                local=local,
                resident=kept is not None,
                leases=kept.leases if kept else 0,
                device=machine.device if kept else "",
                hits=count.hits,
                loads=count.loads,
                evictions=count.evictions,
                note=say(note[0], **note[1]) if note else Label(card.note, "catalogue").say(),
            )

    def _fit(self, more: int, reason: Card) -> bool:
        """Evict idle models until `more` bytes fit; False where those in use leave no room, and then nobody is evicted in vain."""
        budget = self._budget_bytes()
        idle = self._idle_bytes()
        if self.held_bytes + more - idle > budget:
            return False
        while self.held_bytes + more > budget:
            self._drop_oldest(("model.left_for", {"name": reason.name}))
        return True

    def _idle_bytes(self) -> int:
        """Return what leaves if every idle model leaves, and then those that only the idle ones needed."""
        leases = {key: kept.leases for key, kept in self._kept.items()}
        gone: list[str] = []
        while idle := [key for key, count in leases.items() if not count]:
            for key in idle:
                del leases[key]
                gone.append(key)
                for need in self._kept[key].card.needs:
                    leases[need] -= 1
        return sum(self._kept[key].bytes for key in gone)

    def _drop_oldest(self, why: Fact) -> bool:
        idle = [kept for kept in self._kept.values() if not kept.leases]
        if idle:
            self._drop(min(idle, key=lambda kept: kept.used_at), why)
        return bool(idle)

    def _drop_forgotten(self) -> None:
        if self._idle_s is None:
            return
        before = self._clock() - self._idle_s
        for kept in [one for one in self._kept.values() if not one.leases and one.used_at <= before]:
            self._drop(kept, ("model.left_idle", {"minutes": f"{self._idle_s / 60:.0f}"}))

    def _drop(self, kept: Kept, why: Fact) -> None:
        del self._kept[kept.card.key]
        count = self._counts[kept.card.key]
        count.evictions += 1
        count.note = why
        kept.needs.close()
        self._changed.notify_all()


def too_large(card: Card, size: int, budget: int) -> ModelError:
    """Return the sentence for a model that does not fit even alone."""
    return ModelError("model.too_large", name=card.name, size=gigabytes(size), budget=gigabytes(budget))


def gigabytes(size: int) -> str:
    """Return bytes as a number with its unit.

    >>> gigabytes(3 << 29), gigabytes(5 << 20)
    ('1.5 GB', '5 MB')
    """
    return f"{size / (1 << 30):.1f} GB" if size >= 1 << 30 else f"{size / (1 << 20):.0f} MB"
