"""The models that load behind the page: what is loading, what is ready, what failed, said in one sentence."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable, Sequence

from vision.core.errors import UserError
from vision.core.words import Sentence, said, say
from vision.engine import Engine

log = logging.getLogger("glassbox")

HEAD_START_S = 3.0  # for the first page: importing torch would slow it down

Step = tuple[str, Callable[[], object]]  # a name for people (a Sentence where languages have their own), and the work


def default_steps(engine: Engine) -> list[Step]:
    """Return the steps that make the two default classifiers ready: torch first, then each net."""
    return [(Sentence("page.torch"), lambda: importlib.import_module("torch")), *loading_steps(engine)]


def loading_steps(engine: Engine) -> list[Step]:
    """Return the steps that load the two default classifiers wherever nets are."""
    return [
        (Sentence("page.default_cnn"), lambda: bring(engine, engine.card("classify", family="cnn").key)),
        (Sentence("page.default_vit"), lambda: bring(engine, engine.card("classify", family="vit").key)),
    ]


def bring(engine: Engine, key: str) -> None:
    """Bring a model into memory."""
    with engine.cache.lease(key):
        pass


class Warmup:
    """Runs its steps one after the other in a thread of its own; `status()` may be asked from any thread at any time.

    It begins when a page that has arrived asks for the status, or after `head_start_s`, whichever comes first.
    """

    def __init__(self, steps: Sequence[Step], head_start_s: float = HEAD_START_S) -> None:
        self.steps = tuple(steps)
        self.head_start_s = head_start_s
        self._asked = threading.Event()
        self._lock = threading.Lock()  # guards the three below
        self._now = ""
        self._failed: list[Sentence] = []
        self._done = not steps
        self._thread = threading.Thread(target=self._run, name="warmup", daemon=True)

    def start(self) -> None:
        """Begin; called once, when the page is up."""
        if not self._done:
            self._thread.start()

    def finish(self) -> None:
        """Run all steps in this thread, before there is a page; `start` then does nothing."""
        self._asked.set()
        self._run()

    def status(self) -> dict[str, object]:
        """Return {done, failed, text}: `text` is the sentence of the page's status line, in the language that is spoken."""
        self._asked.set()
        with self._lock:
            text = " ".join(map(said, self._failed))
            if not self._done:
                text = say("page.loading", name=self._now or self.steps[0][0])
            return {"done": self._done, "failed": bool(self._failed), "text": text or say("page.ready")}

    def _run(self) -> None:
        self._asked.wait(self.head_start_s)
        for name, work in self.steps:
            with self._lock:
                self._now = name
            try:
                work()
            except UserError as error:
                self._fail(name, Sentence(error.key, **error.values))
            except Exception:  # the page must say that a model is missing whatever broke it; the log has the rest
                log.exception("loading %s in the background failed", name)
                self._fail(name, Sentence("page.load_broken", name=name))
        with self._lock:
            self._done = True

    def _fail(self, name: str, sentence: Sentence) -> None:
        with self._lock:
            self._failed.append(Sentence("page.load_failed", name=name, sentence=sentence))
