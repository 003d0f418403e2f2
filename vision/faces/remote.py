"""Nets elsewhere: the manners of a ModelCache over replicas on Ray Serve, each of which has a cache and a budget of its own.

An Engine over such a cache has all of an Engine's methods: pictures are read, arguments checked and results kept in this process; only
the work with a net is pickled and done where that net is.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from vision.core.errors import ModelError, UserError
from vision.core.results import CardStatus
from vision.engine import Engine
from vision.models.catalog import Catalog
from vision.models.line import POLL_S, stay, visitor

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ray.serve.handle import DeploymentHandle, DeploymentResponse

    from vision.models.catalog import Card
    from vision.models.net import Net

T = TypeVar("T")

log = logging.getLogger("glassbox")
TRIES = 2  # every request is a question, so one whose replica was lost is asked once more
FRESH_S = 1.0  # how long what the replicas said of themselves is believed
ANSWERS_S = 5.0  # how long a cluster at an address is waited for
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])  # and no settings of our own
SETTINGS = b"\x04"  # a frame's type, after three bytes of its length
PATIENCE_S = 10.0  # how long they are waited for when they are asked about themselves


def pack(value: object) -> bytes:
    """Return a value on its way to another process of the same program: work, or a frozen result with its arrays."""
    from ray import cloudpickle

    return cloudpickle.dumps(value, protocol=5)  # type: ignore[no-any-return]


class Replicas:
    """The way to the replicas: a request goes to one that already holds its model; of one that was lost, to another."""

    def __init__(self, handle: DeploymentHandle) -> None:
        self.handle = handle

    def ask(self, key: str, method: str, *arguments: Any) -> Any:
        """Return what a replica's method answers; `key`: the model it needs, "" for none. A person's mistake is the UserError it was."""
        from ray.exceptions import RayActorError
        from ray.serve.exceptions import BackPressureError

        asked = self.handle.options(method_name=method, multiplexed_model_id=key)
        for _ in range(TRIES):
            try:
                answer, mistake = self._wait(asked.remote(visitor(), *arguments))
            except RayActorError as lost:
                log.warning("a replica was lost while it worked on %s: %s", method, type(lost).__name__)
                continue
            except BackPressureError:
                raise UserError("server.full") from None
            if mistake is not None:
                raise mistake
            return answer
        raise ModelError("serve.lost")

    @staticmethod
    def _wait(response: DeploymentResponse) -> Any:
        while True:
            try:
                return response.result(timeout_s=POLL_S)
            except TimeoutError:
                try:
                    stay()
                except ModelError:
                    response.cancel()
                    raise

    def everywhere(self, method: str, *arguments: Any) -> list[Any]:
        """Return what each replica answers; one that is lost meanwhile, or does not answer in time, is left out."""
        found = self.handle.broadcast(method, *arguments).results(timeout_s=PATIENCE_S, return_exceptions=True)
        return [one for one in found if not isinstance(one, Exception)]


@dataclass(frozen=True)
class Budget:
    """What stands in the place of a Machine: the replicas' budgets together, in bytes."""

    budget_bytes: int


class RemoteCache:
    """A ModelCache whose nets are lent to work that travels to them."""

    def __init__(self, catalog: Catalog, replicas: Replicas, clock: Callable[[], float] = time.monotonic) -> None:
        self.catalog = catalog
        self.replicas = replicas
        self._clock = clock
        self._told: tuple[float, list[Any]] = (-FRESH_S, [])

    def run(self, key: str, work: Callable[[Net], T]) -> T:
        """Return `work(net)`, done by a replica; `work` and what it returns have to be picklable, and it keeps nothing for later."""
        return pickle.loads(self.replicas.ask(self.catalog[key].key, "run", pack(work)))  # type: ignore[no-any-return]

    def look(self, key: str, work: Callable[[Net], T]) -> T:
        """Return what `work` reads off a net, which is where the net is."""
        return self.run(key, work)

    @contextmanager
    def lease(self, key: str) -> Iterator[None]:
        """Have a replica load a model; ModelError if it cannot be had. The net itself stays where it is."""
        self.replicas.ask(self.catalog[key].key, "bring")
        yield

    def room(self, key: str) -> AbstractContextManager[None]:
        """Do as `lease` does: a copy that work makes lives for that work alone, in the replica's memory, and is not counted there."""
        return self.lease(key)

    def unload(self, key: str) -> bool:
        """Drop a model wherever it is and return whether it was anywhere; in use on every replica is a ModelError."""
        answers = self.replicas.everywhere("unload", self.catalog[key].key)
        mistakes = [mistake for _, mistake in answers if mistake is not None]
        if mistakes and len(mistakes) == len(answers):
            raise mistakes[0]
        self._told = (-FRESH_S, [])
        return any(dropped for dropped, _ in answers)

    def statuses(self, cards: Sequence[Card]) -> list[CardStatus]:
        """Return what the caches of all replicas together know of each card."""
        every = [{row.key: row for row in rows} for _, rows in self._states()]
        return [together([rows[card.key] for rows in every], card, self.catalog) for card in cards]

    @property
    def machine(self) -> Budget:
        """The memory for models, over all replicas."""
        return Budget(sum(budget for budget, _ in self._states()))

    def _states(self) -> list[tuple[int, list[CardStatus]]]:
        since, states = self._told
        if self._clock() - since >= FRESH_S:  # the page asks once per photo; the replicas are asked once a second at most
            states = self.replicas.everywhere("state")
            self._told = (self._clock(), states)
        return states


def together(rows: list[CardStatus], card: Card, catalog: Catalog) -> CardStatus:
    """Return one row for the rows that the replicas have of a card: counts and bytes added up; here if it is anywhere."""
    if not rows:
        return CardStatus(
            key=card.key, task=card.task, name=card.name, source=card.source, licence=card.licence, paper=card.paper, params=card.params,
            bytes=0, local=catalog.local(card), resident=False, leases=0, device="", hits=0, loads=0, evictions=0, note="",
        )  # fmt: skip
    return replace(
        rows[0],
        **{name: sum(getattr(row, name) for row in rows) for name in ("bytes", "leases", "hits", "loads", "evictions")},
        local=any(row.local for row in rows),
        resident=any(row.resident for row in rows),
        device=", ".join(sorted({row.device for row in rows if row.device})),
        note=next((row.note for row in rows if row.note), ""),
    )


def engine(handle: DeploymentHandle, catalog: Catalog | None = None) -> Engine:
    """Return an engine whose nets are on replicas."""
    catalog = catalog or Catalog.read()
    return Engine(catalog, RemoteCache(catalog, Replicas(handle)))  # type: ignore[arg-type]


def found() -> Engine:
    """Return an engine over the replicas of a `serve run` on this machine or at RAY_ADDRESS; UserError where there is none.

    Ray puts its own handler of SIGTERM in place; who has another one sets it after this.
    """
    if find_spec("ray") is None:
        raise UserError("serve.missing")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # before the import: nothing is told to anybody
    address = os.environ.get("RAY_ADDRESS", "")
    if address and not answers(address):  # Ray would try for two minutes and then end the process without a word
        raise UserError("serve.nobody")
    import ray
    from ray import serve

    from vision.faces.serve import REPLICA

    try:
        ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError):
        raise UserError("serve.nobody") from None
    for name, running in serve.status().applications.items():
        if REPLICA in running.deployments:
            return engine(serve.get_deployment_handle(REPLICA, name))
    ray.shutdown()
    raise UserError("serve.nobody")


def answers(address: str) -> bool:
    """Say whether something at `host:port` speaks HTTP/2, as Ray does: it answers the preface by its settings (RFC 9113, 3.4).

    >>> answers("nonsense"), answers("127.0.0.1:1")
    (False, False)
    """
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), ANSWERS_S) as there:
            there.sendall(PREFACE)
            return there.recv(9)[3:4] == SETTINGS
    except (OSError, ValueError, OverflowError):
        return False
