"""An engine whose nets are elsewhere: every method of an Engine answers as the local one does, and everything that travels is pickled."""

import inspect
import pickle
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from tests import networks
from tests.fakes import Clock
from vision.core.change import Change
from vision.core.errors import ModelError, UserError
from vision.core.picture import read
from vision.engine import Engine
from vision.faces import remote as faces_remote
from vision.faces.cli import main
from vision.faces.remote import RemoteCache, Replicas, pack
from vision.faces.web import page
from vision.models.cache import ModelCache
from vision.models.catalog import Card, Catalog
from vision.models.line import Listener, listening

ROW = {"source": "random", "revision": "1"}
CATALOG = Catalog(
    [
        Card(key="cnn", task="classify", family="cnn", name="A CNN", arch="resnet10t", names="imagenet-1k", methods=("gradcam",), **ROW),
        Card(key="vit", task="classify", family="vit", name="A ViT", arch="vit_tiny_patch16_224", names="imagenet-1k",
             methods=("rollout", "attention", "relevance"), options={"depth": 2}, **ROW),
        Card(key="yolo", task="detect", family="yolo", name="A YOLO", arch="darknet:Yolov4Tiny", names="coco80", **ROW),
        Card(key="gan", task="generate", family="gan", name="A GAN", arch="gan:Gan",
             options={"classes": 3, "latent": 16, "width": 8, "directions": 4}, **ROW),
    ]
)  # fmt: skip
A = networks.picture()
B = read(np.full((40, 50, 3), 90, np.uint8))
BLUR = Change("blur", 4)
TERMS = ((0, 0, 1.0),)
ASKED = {  # every method of an Engine that has to do with nets
    "models": lambda engine: [row.key for row in engine.models("classify")],
    "card": lambda engine: engine.card("classify", "vit"),
    "forward": lambda engine: engine.forward(A, "vit"),
    "classify": lambda engine: engine.classify(A, "cnn", top=3),
    "explain": lambda engine: [engine.explain(A, "cnn", target="5", against="6"), engine.explain(A, "vit", method="relevance")],
    "maps": lambda engine: engine.maps(A, "cnn", "gradcam", ("1", "2")),
    "deletion": lambda engine: list(engine.deletion(A, "cnn", steps=4)),
    "changed": lambda engine: engine.changed(A, BLUR),
    "whatif": lambda engine: engine.whatif(A, BLUR, "cnn"),
    "randomise": lambda engine: list(islice(engine.randomise(A, "cnn"), 3)),
    "layers": lambda engine: engine.layers(A, "cnn"),
    "tokens": lambda engine: engine.tokens(A, "vit"),
    "candidates": lambda engine: engine.candidates(A, "yolo"),
    "detect": lambda engine: engine.detect(A, "yolo", score=0.3, candidates=True),
    "fuse": lambda engine: [engine.fuse(A, B), engine.fuse(A, B, "features")],
    "sample": lambda engine: engine.sample(seed=4, count=3, truncation=0.7),
    "places": lambda engine: engine.places(TERMS, "1"),
    "labels": lambda engine: engine.labels(),
    "paint": lambda engine: engine.paint(engine.places(TERMS)),
    "walk": lambda engine: list(engine.walk(engine.places((*TERMS, (1, 0, 1.0))), frames=5)),
    "stages": lambda engine: engine.stages(engine.places(TERMS)[0]),
    "judge": lambda engine: engine.judge(A),
}


class Wire:
    """Replicas that are one cache in this process; whatever goes in or out is pickled as Ray does it."""

    def __init__(self, cache):
        self.cache = cache
        self.asked = []

    def ask(self, key, method, *arguments):
        self.asked.append((key, method))
        arguments = pickle.loads(pickle.dumps(arguments))
        if method == "run":
            return pack(self.cache.run(key, pickle.loads(arguments[0])))
        with self.cache.lease(key):
            return None

    def everywhere(self, method, *arguments):
        self.asked.append(("", method))
        if method == "unload":
            return [(self.cache.unload(*arguments), None), (False, ModelError("model.cancelled"))]
        return [(10, self.cache.statuses(CATALOG.cards)), (32, [replace(row, bytes=7) for row in self.cache.statuses(CATALOG.cards)])]


@pytest.fixture(scope="module")
def cache():
    return ModelCache.of(CATALOG)


@pytest.fixture
def wire(cache):
    return Wire(cache)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def remote(wire, clock):
    return Engine(CATALOG, RemoteCache(CATALOG, wire, clock))


def plain(value):
    """Return a result without the times it took."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__ if name != "ms"}
    return value


def test_every_method_is_asked_here():
    methods = {name for name, _ in inspect.getmembers(Engine, inspect.isfunction) if not name.startswith("_")}
    assert set(ASKED) >= methods


@pytest.mark.parametrize("method", sorted(set(ASKED) & set(vars(Engine))))
def test_a_remote_engine_answers_as_the_local_one(method, cache, remote):
    assert plain(ASKED[method](remote)) == plain(ASKED[method](Engine(CATALOG, cache)))


def test_a_kept_pass_is_not_asked_for_again(wire, remote):
    remote.classify(A, "vit")
    remote.explain(A, "vit", method="rollout", layer=1)
    remote.classify(A, "vit", top=2)
    assert wire.asked == [("vit", "run")]


def test_a_mistake_needs_no_replica(wire, remote):
    with pytest.raises(ModelError, match="nothing"):
        remote.classify(A, "nothing")
    with pytest.raises(ModelError):
        remote.detect(A, "cnn")
    assert wire.asked == []


def test_the_replicas_are_one_cache_to_the_models_tab(cache, wire, remote, clock):
    with remote.cache.lease("cnn"):
        pass
    row = next(row for row in remote.models() if row.key == "cnn")
    one = cache.statuses([CATALOG["cnn"]])[0]
    assert row.resident and row.bytes == one.bytes + 7 and row.hits == 2 * one.hits and row.device == "cpu"
    assert remote.cache.machine.budget_bytes == 42
    assert wire.asked.count(("", "state")) == 1  # whoever asks within the same second
    clock.now = 2
    remote.models()
    assert wire.asked.count(("", "state")) == 2
    assert remote.cache.unload("cnn") is True  # in use on one replica, gone from the other
    assert not next(row for row in remote.models() if row.key == "cnn").resident


def test_no_replica_at_all_is_an_empty_cache(clock):
    class Nobody:
        def everywhere(self, method, *arguments):
            return []

    empty = Engine(CATALOG, RemoteCache(CATALOG, Nobody(), clock))
    assert [row.key for row in empty.models()] == [card.key for card in CATALOG.cards]
    assert not any(row.resident for row in empty.models())
    assert empty.cache.machine.budget_bytes == 0
    assert empty.cache.unload("cnn") is False


class Answer:
    """What a handle gives for one request: a value, an error, or nothing for ever."""

    def __init__(self, value):
        self.value = value
        self.cancelled = False

    def result(self, timeout_s):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def cancel(self):
        self.cancelled = True


class Handle:
    """A handle of Ray Serve with answers made up."""

    def __init__(self, *answers):
        self.answers = [Answer(value) for value in answers]
        self.asked = []
        self.count = -1  # of the last answer that was given

    def options(self, **options):
        self.asked.append(options)
        return self

    def remote(self, *arguments):
        self.count += 1
        return self.answers[self.count]


def lost():
    from ray.exceptions import ActorDiedError

    return ActorDiedError()


def test_a_lost_replica_is_made_up_by_asking_once_more(caplog):
    assert Replicas(Handle(lost(), ("fine", None))).ask("cnn", "run") == "fine"
    assert "lost" in caplog.text
    with pytest.raises(ModelError) as two:
        Replicas(Handle(lost(), lost(), ("too late", None))).ask("cnn", "run")
    assert two.value.key == "serve.lost"


def test_the_request_says_which_model_it_needs():
    handle = Handle((1, None))
    Replicas(handle).ask("vit", "run")
    assert handle.asked == [{"method_name": "run", "multiplexed_model_id": "vit"}]


def test_a_mistake_at_the_other_end_is_raised_here_and_not_asked_twice():
    handle = Handle((None, UserError("server.full")), ("never", None))
    with pytest.raises(UserError) as mistake:
        Replicas(handle).ask("cnn", "run")
    assert mistake.value.key == "server.full" and handle.count == 0


def test_a_full_queue_is_a_sentence():
    from ray.serve.exceptions import BackPressureError

    with pytest.raises(UserError) as full:
        Replicas(Handle(BackPressureError(5, 4))).ask("cnn", "run")
    assert full.value.key == "server.full"


def test_who_leaves_takes_the_question_back():
    handle = Handle(TimeoutError())
    with listening(Listener(cancelled=lambda: True)), pytest.raises(ModelError) as left:
        Replicas(handle).ask("cnn", "run")
    assert left.value.key == "model.cancelled" and handle.answers[0].cancelled


def test_the_command_opens_a_page_whose_nets_are_elsewhere(remote, wire, monkeypatch):
    seen = []

    class Blocks:
        local_url = "http://here"

        def block_thread(self):
            seen.append("served")

    monkeypatch.setattr(faces_remote, "found", lambda: seen.append("found") or remote)
    monkeypatch.setattr(page, "build", lambda engine, home: seen.append(engine) or Blocks())
    monkeypatch.setattr(page, "launch", lambda blocks, home, warmup, tools: seen.append(warmup) or warmup.finish())
    monkeypatch.setattr(page.signal, "signal", lambda number, handler: seen.append(handler))
    monkeypatch.setattr(page, "end", lambda: seen.append("ended"))
    assert main(["app", "--engine", "ray"]) == 0
    warmup = seen.pop(3)
    assert seen == ["found", page.stop, remote, "served", "ended"]  # Ray's handler of SIGTERM is there before ours
    assert warmup.status()["done"] and not warmup.status()["failed"]
    assert wire.asked == [("cnn", "bring"), ("vit", "bring")]  # both are loaded where nets are, and nothing here
