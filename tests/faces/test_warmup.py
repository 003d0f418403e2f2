"""What the status line says is what the thread does."""

import threading

from tests.faces.answers import SECRET, broken
from vision.core.errors import ModelError
from vision.core.words import say
from vision.faces.warmup import Warmup


def finished(warmup):
    warmup.start()
    warmup._thread.join(10)
    return warmup.status()


def test_the_page_goes_first():
    begun = threading.Event()
    warmup = Warmup([("first", begun.set)], head_start_s=3600)
    warmup.start()
    assert not begun.is_set()
    warmup.status()  # the page has arrived
    assert begun.wait(10)
    alone = threading.Event()
    Warmup([("first", alone.set)], head_start_s=0).start()
    assert alone.wait(10)


def test_it_names_the_step_that_runs_now():
    reached, go = threading.Event(), threading.Event()
    warmup = Warmup([("first", lambda: None), ("second", lambda: (reached.set(), go.wait(10)))])
    assert warmup.status() == {"done": False, "failed": False, "text": say("page.loading", name="first")}
    warmup.start()
    assert reached.wait(10)
    assert warmup.status()["text"] == say("page.loading", name="second")
    go.set()
    warmup._thread.join(10)
    assert warmup.status() == {"done": True, "failed": False, "text": say("page.ready")}


def test_a_failure_is_said_and_the_rest_goes_on():
    done = []

    def missing():
        raise ModelError("error.no_local_model")

    status = finished(Warmup([("the CNN", broken), ("the ViT", missing), ("last", lambda: done.append(1))]))
    assert status["done"] and status["failed"] and done
    assert say("page.load_failed", name="the CNN", sentence=say("page.load_broken")) in status["text"]
    assert say("page.load_failed", name="the ViT", sentence=say("error.no_local_model")) in status["text"]
    assert SECRET not in status["text"]


def test_nothing_to_load_is_ready_at_once():
    warmup = Warmup([])
    warmup.start()
    assert warmup.status() == {"done": True, "failed": False, "text": say("page.ready")}
