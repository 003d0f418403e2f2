"""The engine's classify and explain: one forward pass per picture and model, no lease for what the kept pass can tell."""

import numpy as np
import pytest

from tests import networks
from vision.core.errors import ModelError, UserError
from vision.core.picture import read
from vision.engine import Engine
from vision.models.catalog import Card, Catalog


def engine(count=None):
    row = {"task": "classify", "source": "random", "names": "imagenet-1k", "revision": "1"}
    cards = [
        Card(key="cnn", family="cnn", name="A CNN", arch="resnet10t", methods=("gradcam",), **row),
        Card(key="vit", family="vit", name="A ViT", arch="vit_tiny_patch16_224", methods=("rollout", "attention", "relevance"),
             options={"depth": 2}, **row),
        Card(key="windows", family="vit", name="A Swin", arch="swin_tiny_patch4_window7_224", options={"depths": [1, 1, 1, 1]}, **row),
    ]  # fmt: skip
    made = Engine(Catalog(cards))
    if count is not None:
        run = made.cache.run
        made.cache.run = lambda key, work: (count.append(key), run(key, work))[1]
    return made


def test_every_map_of_attention_costs_no_second_pass():
    asked = []
    one, picture = engine(asked), networks.picture()
    answer = one.classify(picture, "vit", top=3)
    assert len(answer.top) == 3
    for view in ({}, {"layer": 1}, {"head": 2, "fusion": "max"}, {"query": 5}):
        assert one.explain(picture, "vit", method="attention", **view).grid.shape == (14, 14)
        assert one.explain(picture, "vit", method="rollout", discard=0.5, **view).grid.shape == (14, 14)
    assert asked == ["vit"]
    first = one.explain(picture, "vit", method="relevance")
    assert one.explain(picture, "vit", method="relevance", target=str(answer.top[0].index)) is first
    assert asked == ["vit", "vit"]


def test_a_cnn_answers_by_default_with_gradcam_of_its_best_class():
    asked = []
    one, picture = engine(asked), networks.picture()
    found = one.explain(picture)
    assert (found.model, found.method) == ("cnn", "gradcam")
    assert found.target == one.classify(picture).top[0]
    assert one.explain(picture, target=str(found.target.index)) is found
    other = one.explain(picture, target=one.catalog["cnn"].labels[3], against="17")
    assert (other.target.index, other.against.index) == (3, 17)
    assert not np.array_equal(other.grid, found.grid)
    assert asked == ["cnn"] * 3


def test_maps_of_several_classes_are_those_of_each_and_cost_one_turn():
    asked = []
    one, picture = engine(asked), networks.picture()
    best = [str(guess.index) for guess in one.classify(picture, "cnn", top=3).top]
    found = one.maps(picture, "cnn", "gradcam", tuple(best))
    assert asked == ["cnn"] * 2
    for target, map_ in zip(best, found, strict=True):
        assert np.array_equal(map_.grid, one.explain(picture, "cnn", target=target).grid) and str(map_.target.index) == target


def test_a_patch_as_query_is_its_own_row():
    one, picture = engine(), networks.picture()
    kept = one.forward(picture, "vit")
    found = one.explain(picture, "vit", method="attention", layer=0, head=1, query=6)
    row = kept.attention[0, 1, 7, 1:] * (float(kept.scale[0, 1, 7]) / 255)
    low, high = found.range
    assert np.allclose((found.grid * (high - low) + low).ravel(), row)


@pytest.mark.parametrize(
    ("model", "asked", "key"),
    [
        ("windows", {}, "explain.no_map"),
        ("cnn", {"method": "rollout"}, "explain.no_method"),
        ("vit", {"method": "gradcam"}, "explain.no_method"),
        ("vit", {"query": 196}, "explain.no_query"),
        ("vit", {"target": "no such thing"}, "explain.unknown_target"),
        ("cnn", {"against": "1000"}, "explain.unknown_target"),
    ],
)
def test_what_cannot_be_is_a_sentence(model, asked, key):
    with pytest.raises(UserError) as caught:
        engine().explain(networks.picture(), model, **asked)
    assert caught.value.key == key


def test_another_method_lists_what_the_model_has():
    with pytest.raises(UserError, match="rollout, attention, relevance"):
        engine().explain(networks.picture(), "vit", method="gradcam")
    with pytest.raises(ModelError):
        engine().explain(networks.picture(), "nothing")


def test_a_reduced_picture_is_answered_in_the_whole_ones_pixels():
    rgb = networks.picture(0, 300, 400).rgb
    whole, reduced = read(rgb), read(rgb, at_most_px=100)
    one = engine()
    seen, small = (one.classify(picture, "cnn").seen for picture in (whole, reduced))
    assert reduced.rgb.shape[1] == 100
    assert np.allclose(seen, small, atol=4)  # one pixel of the reduced one is four
