"""What if and randomised weights through the engine: the same numbers as /classify on the exported picture; the lent net never changes."""

import numpy as np
import pytest
import torch

from tests import networks
from vision.core.change import KINDS, SIDE, Change, working
from vision.core.encode import png
from vision.core.errors import ModelError, UserError
from vision.core.picture import read
from vision.engine import Engine
from vision.faces import api
from vision.models.catalog import Card, Catalog

DISC = ((0.5, 0.5, 0.25, 0.0),)
ROW = {"task": "classify", "source": "random", "names": "imagenet-1k", "revision": "1"}
CARDS = [
    Card(key="cnn", family="cnn", name="A CNN", arch="resnet10t", methods=("gradcam",), **ROW),
    Card(key="vit", family="vit", name="A ViT", arch="vit_tiny_patch16_224", methods=("attention", "rollout", "relevance"),
         options={"depth": 2}, **ROW),
    Card(key="hybrid", family="vit", name="A hybrid", arch="hybrid:HybridViT", needs=("cnn",), methods=("attention",),
         options={"width": 40, "depth": 1, "heads": 2, "side": 224}, **ROW),
]  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    torch.manual_seed(0)
    return Engine(Catalog(CARDS))


@pytest.fixture(scope="module")
def photo():
    return networks.picture(3, 200, 320)


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_those_of_classify_on_the_exported_picture(engine, photo, kind):
    change = Change(kind, KINDS[kind][len(KINDS[kind]) // 2], seed=2, strokes=DISC, fill="patch")
    other = networks.picture(8)
    file = read(png(engine.changed(photo, change, other).rgb), "export.png")  # another digest: nothing kept is asked
    for model in ("cnn", "vit", "hybrid"):
        found = engine.whatif(photo, change, model, other=other)
        answer = api.classify(engine, file, model, 100)
        assert [(one.index, one.score) for one in found.top] == [(one["index"], one["score"]) for one in answer["top"][:3]]
        assert found.first.score == engine.forward(file, model).scores[found.first.index]
        first = engine.classify(photo, model).top[0]
        assert (found.first.index, found.first.label, found.before) == (first.index, first.label, first.score)
        assert found.holds is (found.top[0].index == first.index)


def test_unchanged_is_the_first_answer(engine, photo):
    found = engine.whatif(photo, Change("rotate", 0), family="cnn")
    assert found.model == "cnn" and found.first.score == found.before and found.holds
    assert engine.changed(photo, Change("blur", 0)) is photo


def test_a_large_photo_is_changed_as_a_copy(engine):
    large = networks.picture(1, 900, 1300)
    found = engine.changed(large, Change("grey", 0))
    assert found.rgb.shape == (443, SIDE, 3) and np.array_equal(found.rgb, working(large.rgb))
    assert engine.whatif(large, Change("grey", 0), "cnn").before == engine.classify(read(png(found.rgb)), "cnn").top[0].score


def weights(engine, key):
    with engine.cache.lease(key) as net:
        return [one.clone() for one in net.module.state_dict().values()]


@pytest.mark.parametrize(
    ("model", "method"), [("cnn", "gradcam"), ("vit", "attention"), ("vit", "rollout"), ("vit", "relevance"), ("hybrid", "attention")]
)
def test_a_copy_forgets_and_the_lent_net_does_not(engine, photo, model, method):
    keys = [model, *engine.catalog[model].needs]
    before = {key: weights(engine, key) for key in keys}
    found = list(engine.randomise(photo, model, method=method))
    first = engine.explain(photo, model, method=method)
    assert np.array_equal(found[0].grid, first.grid) and (found[0].rank, found[0].ssim, found[0].part) == (1.0, 1.0, "")
    assert [one.step for one in found] == list(range(len(found))) and found[-1].done and not found[-2].done
    assert found[-1].words and not found[0].words and all(one.target == first.target for one in found)
    assert not np.array_equal(found[-1].grid, first.grid)
    for key in keys:
        assert all(torch.equal(a, b) for a, b in zip(before[key], weights(engine, key), strict=True))
    fresh = read(photo.rgb + 0, "again")
    assert np.array_equal(engine.forward(fresh, model).logits, engine.forward(photo, model).logits)


def test_attention_does_not_know_the_head(engine, photo):
    found = list(engine.randomise(photo, "vit", method="rollout"))
    assert [one.part for one in found[1:3]] == ["head", "norm"]
    assert all(np.array_equal(one.grid, found[0].grid) for one in found[1:3])
    assert found[3].part == "blocks.1" and not np.array_equal(found[3].grid, found[0].grid)


def test_one_seed_one_way(engine, photo):
    one, same, other = ([step.grid for step in engine.randomise(photo, "cnn", seed=seed)] for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_leaving_in_the_middle_gives_the_memory_back(engine, photo):
    engine.explain(photo, "vit")
    held = engine.cache._residents.held_bytes
    going = engine.randomise(photo, "vit")
    next(going)
    next(going)
    assert engine.cache._residents.held_bytes > held and engine.cache.statuses([engine.catalog["vit"]])[0].leases
    going.close()
    assert engine.cache._residents.held_bytes == held and not engine.cache.statuses([engine.catalog["vit"]])[0].leases


def test_no_room_for_a_copy_is_a_sentence(photo, monkeypatch):
    one = Engine(Catalog(CARDS))
    one.explain(photo, "cnn")
    monkeypatch.setitem(one.cache.machine.__dict__, "budget_bytes", one.cache._residents.held_bytes + 1000)
    with pytest.raises(ModelError) as caught:
        list(one.randomise(photo, "cnn"))
    assert caught.value.key == "model.no_copy"
    assert one.classify(photo, "cnn").top


def test_what_cannot_be_is_a_sentence(engine, photo):
    for model, method in (("cnn", "rollout"), ("vit", "gradcam")):
        with pytest.raises(UserError) as caught:
            next(engine.randomise(photo, model, method=method))
        assert caught.value.key == "explain.no_method"
