"""The nets that ship say of kept numbers what they said when they were measured."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.train.shipped import halved, sampled_detector, sampled_gan
from vision.models import loaders
from vision.models.catalog import Catalog


def sample(key):
    found = np.load(Path(__file__).parent / "files" / f"{key}.npz")
    assert Catalog.read()[key].sha256 == str(found["sha256"]), "the sample is of other weights: run tests/train/make_sample.py"
    return found


@pytest.mark.parametrize("key", ["cnn-cifar10", "cnn-tiny200"])
def test_a_cnn_names_the_maps_of_its_first_half(key):
    kept = sample(key)
    with torch.inference_mode():
        logits = halved(key)[1](torch.from_numpy(kept["maps"]).float())
    best = logits.topk(5, 1).indices
    assert best[:, 0].tolist() == kept["best"].tolist()
    assert np.allclose(logits.gather(1, best).numpy(), kept["logits"], atol=2e-3)
    assert (best[:, 0].numpy() == kept["labels"]).mean() == pytest.approx(float(kept["top1"]))


def test_the_rcnn_finds_in_the_maps_of_its_pyramid():
    kept = sample("rcnn-everyday")
    net = loaders.load(Catalog.read()["rcnn-everyday"], "cpu", {})
    found = sampled_detector(kept, net.module, net.labels)
    assert found["pictures"] == 2 and found["recall"] > 0
    for name in ("ap50", "ap", "recall"):
        assert found[name] == pytest.approx(float(kept[name]), abs=1e-3)


def test_the_gan_paints_and_scores():
    kept = sample("gan-fruits")
    means, scores = sampled_gan(loaders.load(Catalog.read()["gan-fruits"], "cpu", {}).module)
    np.testing.assert_allclose(means, kept["means"], atol=2e-3)
    np.testing.assert_allclose(scores, kept["scores"], atol=2e-2)
