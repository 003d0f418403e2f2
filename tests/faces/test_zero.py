"""A Space with a lent GPU (ZeroGPU): one function carries spaces.GPU, plain data crosses, looking costs no call, refusals are sentences."""

import pickle
import sys
import threading
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from tests import networks
from tests.faces.lending import installed, modules
from vision.core.change import Change
from vision.core.errors import ModelError, UserError
from vision.core.results_generate import Place
from vision.engine import Engine
from vision.faces.web import page, zero
from vision.models import lent, loaders
from vision.models.cache import ModelCache
from vision.models.catalog import Card, Catalog
from vision.models.devices import Torch

ROW = {"source": "random", "revision": "1"}
BLUR = Change("blur", 4)
CARDS = (
    Card(key="cnn", task="classify", family="cnn", name="A CNN", arch="tf_efficientnet_lite0",
         methods=("gradcam",), names="imagenet-1k", **ROW),
    Card(key="vit", task="classify", family="vit", name="A ViT", arch="vit_tiny_patch16_224", options={"depth": 2},
         methods=("rollout", "attention", "relevance"), names="imagenet-1k", **ROW),
    Card(key="yolo", task="detect", family="yolo", name="A YOLO", arch="darknet:Yolov4Tiny", names="coco80", **ROW),
    Card(key="gan", task="generate", family="gan", name="A GAN", arch="gan:Gan",
         options={"classes": 3, "latent": 16, "width": 8, "directions": 4}, **ROW),
)  # fmt: skip


@pytest.fixture
def spaces(monkeypatch):
    """ZeroGPU whose lent device is this machine's CPU."""
    monkeypatch.setenv("VISION_DEVICE", "cpu")
    return installed(monkeypatch)


@pytest.fixture
def engine(spaces):
    return zero.engine(Catalog(CARDS))


def test_the_one_function_that_computes_is_decorated_before_the_page_opens(engine, spaces):
    assert list(spaces.decorated) == [lent.compute]
    assert 0 < spaces.decorated[lent.compute] <= 60
    assert isinstance(engine.cache.machine, lent.Lent)


def test_everything_the_engine_computes_crosses_and_is_what_it_is_elsewhere(engine, spaces):
    def same(card, device, needs):
        with engine.cache.lease(card.key) as net:
            return net

    here, picture, other = Engine(Catalog(CARDS), ModelCache(Catalog(CARDS), same, Torch())), networks.picture(), networks.picture(1)
    for one in (here, engine):
        one.kept = {
            "forward": [one.forward(picture, "cnn").logits, one.forward(picture, "vit").attention],
            "classify": one.classify(picture, "cnn").top,
            "explain": [one.explain(picture, "cnn").grid, one.explain(picture, "vit", method="relevance").grid],
            "maps": [found.grid for found in one.maps(picture, "cnn", "gradcam", ("1", "2"))],
            "changed": one.changed(picture, BLUR).rgb,
            "whatif": one.whatif(picture, BLUR, "cnn").top,
            "randomise": [step.grid for step in islice(one.randomise(picture, "cnn"), 3)],
            "layers": [one.layers(picture, "cnn").pixels],
            "tokens": [one.tokens(picture, "vit").lens],
            "deletion": list(one.deletion(picture, "cnn", steps=3))[-1].map,
            "candidates": one.candidates(picture).scores,
            "fuse": one.fuse(picture, other, "features").rgb,
            "sample": one.sample(seed=1, count=2).rgb,
            "paint": one.paint((Place(((0, 0, 1.0),)),)).rgb,
            "walk": list(one.walk(one.places(((0, 0, 1.0), (0, 1, 1.0))), frames=20)),
            "stages": one.stages(Place(((0, 0, 1.0),))).maps[0],
            "judge": one.judge(picture).scores,
        }
    assert set(here.kept) == {name for name in vars(Engine) if not name.startswith("_")} - {"models", "card", "labels", "places", "detect"}
    for name, value in here.kept.items():
        for mine, theirs in zip(value, engine.kept[name], strict=True):
            assert np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs, name
    asked = 2 + 0 + 2 + 1 + 0 + 2 + 2 + 1 + 1 + 2 + 1 + 1 + 1 + 1 + 2 + 1 + 1  # in the order above; 20 pictures are two batches
    assert spaces.calls == asked


def test_looking_costs_no_call(engine, spaces):
    picture = networks.picture()
    engine.classify(picture, "vit")
    engine.candidates(picture)
    before = spaces.calls
    for view in ({}, {"layer": 1}, {"head": 2, "fusion": "max"}, {"query": 5}):
        engine.explain(picture, "vit", method="attention", **view)
        engine.explain(picture, "vit", method="rollout", discard=0.5, **view)
    for score in (0.1, 0.5, 0.9):
        engine.detect(picture, score=score, iou=score, candidates=True)
    assert engine.labels() == ("1", "2", "3") and len(engine.places(((0, 0, 1.0),))) == 1
    engine.classify(picture, "vit", top=9)
    assert spaces.calls == before


def mistaken(net):
    raise UserError("explain.no_map", model=net.card.name)


def broken(net):
    raise RuntimeError("/home/user/secret")


def test_a_mistake_comes_back_as_its_sentence_and_a_bug_as_its_name(engine):
    with pytest.raises(UserError) as found:
        engine.cache.run("cnn", mistaken)
    assert (found.value.key, found.value.values) == ("explain.no_map", {"model": "A CNN"})
    with pytest.raises(ModelError, match="RuntimeError") as found:
        engine.cache.run("cnn", broken)
    assert "secret" not in str(found.value)


def test_a_refusal_is_a_sentence_without_markup(engine, spaces):
    spaces.refusal = 'Quota used up. <a href="https://example.com">More</a>'
    with pytest.raises(ModelError, match=r"did not do this: Quota used up. More\. Try again"):
        engine.classify(networks.picture(), "cnn")
    spaces.refusal = ""
    assert engine.classify(networks.picture(), "cnn").top


def test_a_model_that_came_after_the_fork_is_loaded_there(engine, monkeypatch):
    catalog = Catalog(CARDS)
    monkeypatch.setattr(Catalog, "read", classmethod(lambda cls: catalog))
    expected = engine.classify(networks.picture(), "vit").top
    monkeypatch.setattr(lent, "_held", {})
    monkeypatch.setattr(lent, "_brought", {})
    found, mistake = lent.compute(catalog["vit"], "cpu", lambda net: (net.card.key, net.device))
    assert (found, mistake) == (("vit", "cpu"), None) and list(lent._brought) == ["vit"]
    kept = lent._brought["vit"]
    assert lent.compute(catalog["vit"], "cpu", lambda net: net is kept) == (True, None)
    assert expected


def test_a_net_that_waits_elsewhere_is_moved_to_the_lent_device(engine, monkeypatch):
    moved = []

    class Module:
        def to(self, device):
            moved.append(device)

    with engine.cache.lease("cnn") as net:
        waiting = replace(net, module=Module())
    monkeypatch.setattr(lent, "_held", {"cnn": waiting})
    assert lent.compute(waiting.card, "cuda:0", lambda net: net.device) == ("cuda:0", None)
    assert lent.compute(waiting.card, "cpu", lambda net: net.device) == ("cpu", None)
    assert moved == ["cuda:0"]


def test_what_leaves_the_memory_is_not_held(engine):
    engine.classify(networks.picture(), "vit")
    assert "vit" in lent._held
    engine.cache.unload("vit")
    assert "vit" not in lent._held


def test_models_are_placed_on_the_imitated_device_in_the_main_thread_alone(monkeypatch):
    devices = []
    monkeypatch.setattr(loaders, "load", lambda card, device, needs: devices.append(device))
    lent.load(CARDS[0], "cuda:0", {})
    other = threading.Thread(target=lent.load, args=(CARDS[0], "cuda:0", {}))
    other.start()
    other.join()
    assert devices == ["cuda:0", "cpu"]


def test_every_local_model_has_its_place_before_the_page_opens(engine, monkeypatch):
    seen = {}

    class Blocks:
        local_url = "http://here"

        def block_thread(self):
            seen["served"] = True

    def launch(blocks, home, warmup, tools):
        seen["resident"] = [row.key for row in engine.models() if row.resident]
        seen["status"] = warmup.status()

    monkeypatch.setattr(zero, "engine", lambda: engine)
    monkeypatch.setattr(page, "build", lambda engine, home: Blocks())
    monkeypatch.setattr(page, "launch", launch)
    monkeypatch.setattr(page.signal, "signal", lambda *_: None)
    monkeypatch.setattr(page, "end", lambda: None)
    page.serve()
    assert seen["resident"] == [card.key for card in CARDS] and seen["served"]
    assert seen["status"]["done"] and not seen["status"]["failed"]


def test_outside_of_zerogpu_the_package_changes_nothing(monkeypatch):
    spaces = installed(monkeypatch, zero=False)
    engine = zero.engine(Catalog(CARDS))
    assert list(spaces.decorated) == [lent.compute] and isinstance(engine.cache.machine, Torch)
    assert engine.classify(networks.picture(), "cnn").top == Engine(Catalog(CARDS)).classify(networks.picture(), "cnn").top


def test_without_the_package_it_is_the_plain_engine(monkeypatch):
    monkeypatch.setattr(zero, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    assert isinstance(zero.engine(Catalog(CARDS)).cache.machine, Torch)
    assert "spaces" not in sys.modules


def test_the_stand_in_sees_a_tensor():
    import torch

    assert any(name.startswith("torch") for name in modules(pickle.dumps(torch.zeros(1))))
    assert not any(name.startswith("torch") for name in modules(pickle.dumps(np.zeros(1))))
