"""The engine's fusing and making of pictures: each recipe computed once, models chosen by the catalogue, absent ones a sentence."""

import numpy as np
import pytest

from vision.core.errors import ModelError
from vision.core.picture import read
from vision.core.recipe import Mask
from vision.core.results_generate import Place
from vision.engine import Engine
from vision.models.catalog import Card, Catalog

CNN = Card(key="cnn", task="classify", family="cnn", name="C", source="random", arch="tf_efficientnet_lite0", revision="1", names="")
GAN = Card(key="gan", task="generate", family="gan", name="G", source="random", arch="gan:Gan", revision="1",
           options={"classes": 3, "latent": 16, "width": 8, "directions": 4})  # fmt: skip


@pytest.fixture(scope="module")
def pair():
    one, other = np.random.default_rng(0).integers(0, 256, (2, 48, 64, 3)).astype(np.uint8)
    return read(one, "a"), read(other, "b")


def test_a_recipe_is_computed_once(pair):
    engine = Engine(Catalog([]))
    a, b = pair
    first = engine.fuse(a, b, "pyramid", mask=Mask("oval"), levels=3)
    assert engine.fuse(a, b, "pyramid", mask=Mask("oval"), levels=3) is first
    assert engine.fuse(a, b, "pyramid", mask=Mask("oval"), levels=4) is not first
    assert engine.fuse(b, a, "pyramid", mask=Mask("oval"), levels=3) is not first
    assert (first.model, first.device) == ("", "cpu")


def test_features_take_the_catalogues_cnn(pair):
    with pytest.raises(ModelError):
        Engine(Catalog([])).fuse(*pair, "features")
    with pytest.raises(ModelError):
        Engine(Catalog([GAN])).fuse(*pair, "features", model="gan")
    found = Engine(Catalog([CNN])).fuse(*pair, "features")
    assert found.model == "cnn" and found.share.shape == (48, 64)


def test_pictures_are_made_once_and_walks_go_in_pieces():
    engine = Engine(Catalog([GAN]))
    first = engine.sample(seed=3, count=5)
    assert engine.sample(seed=3, count=5) is first and engine.sample(seed=4, count=5) is not first
    ends = engine.places(((3, 0, 1.0), (3, 1, 1.0)))
    assert [place.label for place in ends] == [0, 1] and engine.labels() == ("1", "2", "3")
    whole = list(engine.walk(ends, frames=40))
    pieces = [frame for start in (0, 16, 32) for frame in engine.walk(ends, frames=40, start=start, pieces=1)]
    assert len(whole) == len(pieces) == 40
    assert all((one == other).all() for one, other in zip(whole, pieces, strict=True))
    assert np.abs(whole[0].astype(int) - engine.paint((ends[0],)).rgb[0]).max() <= 1
    assert len(engine.stages(Place(((0, 0, 1.0),))).maps) == 5


def test_the_critic_takes_a_picture(pair):
    assert len(Engine(Catalog([GAN])).judge(pair[0]).scores) == 3
