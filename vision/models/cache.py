"""The models in memory: a budget of bytes, leases, one load however many ask, the least recently used idle one leaves first.

The load function, the machine (device, memory, errors) and the clock are injected: the policy knows nothing of torch.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from vision.core.errors import ModelError, UserError
from vision.core.results import CardStatus
from vision.models.catalog import Card, Catalog
from vision.models.devices import Machine, Torch, idle_seconds
from vision.models.line import POLL_S, Line, stay
from vision.models.residents import Kept, Loading, Residents

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from vision.models.net import Net

T = TypeVar("T")
Load = Callable[[Card, str, Mapping[str, "Net"]], "Net"]  # card, device, the nets it needs by key
Door = Callable[["Net", Callable[["Net"], Any]], Any]  # does work with a net, here or where a GPU is

log = logging.getLogger("glassbox")
FAILED = object()  # what an attempt returns when memory ran out
ROOM_S = 60.0  # how long a load waits for leases to end before it says that memory is busy


def here(net: Net, work: Callable[[Net], T]) -> T:
    """Do work with a net in this thread."""
    return work(net)


def load(card: Card, device: str, needs: Mapping[str, Net]) -> Net:
    """Load a card, on a CPU with its normalisations folded; torch is imported when the first one is asked for."""
    from vision.models import folding, loaders

    net = loaders.load(card, device, needs)
    if device == "cpu" and card.task != "generate":  # a GAN's pictures are the same on every device
        folding.fold(net.module)
    return net


class ModelCache:
    """Lends resident models and loads them on demand; safe for many threads."""

    def __init__(
        self,
        catalog: Catalog,
        load: Load,
        machine: Machine,
        *,
        clock: Callable[[], float] = time.monotonic,
        idle_s: float | None = None,
        room_s: float = ROOM_S,
        door: Door = here,
    ) -> None:
        self.catalog = catalog
        self.machine = machine
        self.line = Line()
        self.room_s = room_s
        self._load = load
        self._door = door
        self._residents = Residents(lambda: machine.budget_bytes, clock, idle_s)

    @classmethod
    def of(cls, catalog: Catalog) -> ModelCache:
        """Return the cache of this machine; neither torch nor any model is loaded yet."""
        return cls(catalog, load, Torch(), idle_s=idle_seconds())

    @contextmanager
    def lease(self, key: str) -> Iterator[Net]:
        """Lend a model, loading it if need be; while it is lent it is not evicted. ModelError if it cannot be had.

        Within a turn to compute only what is resident is lent: the load of another would wait for that very turn to be measured.
        """
        if self.line.held and not self._residents.has(key):
            raise RuntimeError(f"{key} has to be leased before the turn to compute")
        kept = self._take(self.catalog[key])
        try:
            yield kept.net
        finally:
            self._residents.give(kept)

    @contextmanager
    def room(self, key: str) -> Iterator[None]:
        """Keep a model here, and room for one copy of it, which a work of `run` may make and change; it counts in the budget meanwhile.

        ModelError if the model cannot be had, or if the models in use leave no room for its copy.
        """
        with self.lease(key), self._residents.aside(self.catalog[key]):
            yield

    def run(self, key: str, work: Callable[[Net], T]) -> T:
        """Return `work(net)`; on a CPU one at a time, the visitors in turn. Memory that runs out is emptied and the work tried once more.

        work  a function of a module, or a `partial` of one, and what it returns holds no tensor: a GPU may be in another process
        """
        answer = self._attempt(key, work)
        if answer is FAILED:
            self._empty()
            answer = self._attempt(key, work)
        if answer is FAILED:
            raise ModelError("model.out_of_memory", name=self.catalog[key].name)
        return answer  # type: ignore[return-value]

    def look(self, key: str, work: Callable[[Net], T]) -> T:
        """Return what `work` reads off a net without computing: there is no turn to wait for, and no GPU is lent."""
        with self.lease(key) as net:
            return work(net)

    def unload(self, key: str) -> bool:
        """Drop a model, and idle ones that need it; return whether it was there. One that is in use is a ModelError."""
        dropped = self._residents.unload(self.catalog[key])
        self._empty_device()
        return dropped

    def statuses(self, cards: Sequence[Card]) -> list[CardStatus]:
        """Return what the cache knows of each card; torch is not needed for it."""
        return [self._residents.status(card, self.catalog.local(card), self.machine) for card in cards]

    def _attempt(self, key: str, work: Callable[[Net], T]) -> T | object:
        with self.lease(key) as net, self._turn():
            self.machine.enter()
            try:
                return self._door(net, work)
            except Exception as error:
                if not self.machine.out_of_memory(error):
                    raise
        return FAILED  # outside the except block: the error's traceback, which holds the work's tensors, is gone

    def _turn(self) -> AbstractContextManager[None]:
        return self.line.turn() if self.machine.one_at_a_time else nullcontext()

    def _empty(self) -> None:
        self._residents.drop_idle()
        self._empty_device()

    def _empty_device(self) -> None:
        self.machine.empty()

    def _take(self, card: Card) -> Kept:
        while True:
            found = self._residents.take(card)
            if isinstance(found, Kept):
                return found
            if found.owner == threading.get_ident():
                return self._begin(card, found)
            kept = self._residents.wait(found)
            if kept is not None:
                return kept

    def _begin(self, card: Card, found: Loading) -> Kept:
        failure: UserError
        try:
            return self._bring(card, found)
        except UserError as error:
            failure = type(error)(error.key, **error.values)
        except Exception:  # whatever broke, all who wait for the net get a sentence; the log has the rest
            log.exception("loading %s failed", card.key)
            failure = ModelError("model.broken", name=card.name)
        except BaseException:
            self._residents.failed(found, ModelError("model.cancelled"))
            raise
        self._residents.failed(found, failure)  # outside the except block, so that no traceback keeps what was half loaded
        raise failure

    def _bring(self, card: Card, loading: Loading) -> Kept:
        """Load a card within the budget and enter it among the residents."""
        with ExitStack() as stack:
            needs = {key: stack.enter_context(self.lease(key)) for key in card.needs}
            while True:
                self._reserve(card, loading)
                net = self._load_twice(card, needs)
                size = self._residents.known_bytes(card)
                if not size:
                    with self._turn():
                        size = self.machine.measure(net, needs)
                kept = self._residents.settle(loading, net, size, stack)
                if kept is not None:
                    return kept
                del net  # larger than thought, and no room beside those in use: wait for room of its true size

    def _reserve(self, card: Card, loading: Loading) -> None:
        deadline = time.monotonic() + self.room_s
        while not self._residents.reserve(card, loading):
            stay()
            if time.monotonic() >= deadline:
                raise ModelError("model.memory_busy", name=card.name)
            self._residents.wait_for_change(POLL_S)

    def _load_twice(self, card: Card, needs: Mapping[str, Net]) -> Net:
        for _ in range(2):
            try:
                return self._load(card, self.machine.device, needs)
            except Exception as error:
                if not self.machine.out_of_memory(error):
                    raise
            self._empty()
        raise ModelError("model.out_of_memory", name=card.name)
