"""Loading of models asked for on the Models tab: each in a thread of its own, seen by every visitor, cancelled by its starter."""

from __future__ import annotations

import logging
import threading
from contextvars import copy_context

from vision.core.errors import ModelError, UserError
from vision.engine import Engine
from vision.models.line import Listener, listening

log = logging.getLogger("glassbox")

AT_A_TIME = 3  # loadings and downloads together, over all visitors


class Job:
    """One model on its way into memory; the fields are read by any thread and written by the job's own."""

    def __init__(self, key: str, session: str | None) -> None:
        self.key = key
        self.session = session
        self.done_bytes = 0
        self.total_bytes = 0
        self.error: UserError | None = None
        self.finished = threading.Event()
        self.left = threading.Event()

    def run(self, engine: Engine) -> None:
        """Lease the model once; it is downloaded where it is not on this machine, and stays in memory afterwards."""
        try:
            with listening(Listener(progress=self._progress, cancelled=self.left.is_set)), engine.cache.lease(self.key):
                pass
        except UserError as error:
            self.error = error
        except Exception:  # whatever broke, a person waits for a sentence; the log has the rest
            log.exception("loading %s failed", self.key)
            self.error = ModelError("models.broken", key=self.key)
        finally:
            self.finished.set()

    def _progress(self, done: int, total: int) -> None:
        self.done_bytes, self.total_bytes = done, total


class Jobs:
    """The jobs that run now, one per model."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lock = threading.Lock()  # guards the table
        self._table: dict[str, Job] = {}

    def start(self, key: str, session: str | None) -> Job:
        """Return the running job of a model, or start one; UserError for an unknown model, or where too many run already."""
        key = self.engine.catalog[key].key
        with self._lock:
            self._table = {name: job for name, job in self._table.items() if not job.finished.is_set()}
            if key in self._table:
                return self._table[key]
            if len(self._table) >= AT_A_TIME:
                raise ModelError("models.busy", count=AT_A_TIME)
            job = self._table[key] = Job(key, session)
        threading.Thread(target=copy_context().run, args=(job.run, self.engine), name=f"load {key}", daemon=True).start()
        return job

    def of(self, key: str) -> Job | None:
        """Return the job that runs for a model, if one does."""
        job = self._table.get(key)
        return None if job is None or job.finished.is_set() else job

    def cancel(self, key: str, session: str | None) -> None:
        """Ask the job of a model to end, if this visitor started it."""
        job = self.of(key)
        if job is not None and session is not None and job.session == session:
            job.left.set()
