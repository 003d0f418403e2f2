from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from vision.models import labels, loaders
from vision.train import report, tail
from vision.train.checkpoint import NAME

NETS = {
    "cnn": ("tf_efficientnet_lite0", {"num_classes": 10}, 5),
    "vit": ("vit_tiny_patch16_224", {"num_classes": 10, "img_size": 32, "embed_dim": 24, "num_heads": 2, "depth": 3}, 2),
}


def built(kind: str) -> torch.nn.Module:
    torch.manual_seed(0)
    name, options, _ = NETS[kind]
    return timm.create_model(name, **options).eval().requires_grad_(False)


def config(data: Path, out: Path, kind: str = "vit", **given) -> tail.Config:
    own = {"names": "cifar10", "frozen": NETS[kind][2], "side": 32, "batch": 8, "epochs": 2, "precision": "no", "smoothing": 0.0}
    return tail.Config(data, out, "shapes", **{**own, **given})


@pytest.fixture(params=NETS)
def kind(request, monkeypatch) -> str:
    monkeypatch.setattr(tail, "started", lambda _config: (built(request.param), (0.5,) * 3, (0.5,) * 3))
    return request.param


def test_both_halves_together_are_the_net(kind):
    x = torch.randn(2, 3, 32, 32)
    net, frozen = built(kind), NETS[kind][2]
    maps = tail.frozen_half(net, frozen, x)
    assert torch.allclose(tail.Tail(net, frozen).eval()(maps), net(x), atol=1e-5)


def test_learns_the_pictures_by_heart_and_the_frozen_half_stays(data, tmp_path, kind):
    tail.run(config(data, tmp_path, kind, epochs=25, rate=3e-3, decay=0.0))
    losses = [row["loss"] for row in report.rows(tmp_path / "curve.csv")]
    assert np.isnan(losses[0])  # before the first step there is no loss, but an accuracy
    assert losses[-1] < 0.5 * losses[1]
    net, before = tail.whole(torch.load(tmp_path / NAME, weights_only=True)), built(kind)
    moved = {name for name, one in net.state_dict().items() if not torch.equal(one, before.state_dict()[name])}
    assert moved
    assert not [name for name in moved if name.startswith(("conv_stem", "bn1.", "patch_embed", "blocks.0.", "blocks.1."))]


def test_resumed_is_as_if_never_stopped(data, tmp_path, kind):
    whole = config(data, tmp_path / "whole", kind, epochs=4, views=2)
    tail.run(whole)
    training = tail.Training(replace(whole, out=tmp_path / "parts"))
    epoch = training._epoch

    class StoppedError(Exception):
        pass

    def twice(maps):
        if training.epoch == 2:
            raise StoppedError
        return epoch(maps)

    training._epoch = twice
    with pytest.raises(StoppedError):
        training.run()
    tail.run(replace(whole, out=tmp_path / "parts"))
    one, two = (torch.load(tmp_path / name / NAME, weights_only=True)["parts"]["tail"] for name in ("whole", "parts"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_two_views_are_two_crops_and_the_val_pictures_are_whole(data, tmp_path, kind):
    training = tail.Training(config(data, tmp_path, kind, views=2))
    tmp_path.mkdir(exist_ok=True)
    first, second, val = training._maps("train", 0), training._maps("train", 1), training._maps("val", 0)
    assert first.shape == second.shape and len(val) == len(training.y["val"])
    assert not np.array_equal(first, second)
    x = torch.from_numpy(np.array(training.pictures.image(int(training.rows["val"][0])))).permute(2, 0, 1)[None] / 127.5 - 1
    assert np.allclose(val[:1], tail.frozen_half(training.whole.eval(), NETS[kind][2], x).numpy(), atol=0.02)


def test_names_that_the_net_knows_begin_with_its_weights(data, tmp_path):
    net, mean, _ = tail.started(tail.Config(data, tmp_path))
    assert mean == (0.5, 0.5, 0.5)
    known = loaders.load(tail.Catalog.read()["efficientnet-lite0"], "cpu", {})
    at, was = labels.read("tiny200").index("espresso"), known.labels.index("espresso")
    assert torch.equal(net.get_classifier().weight[at], known.module.get_classifier().weight[was])
    assert net.get_classifier().weight.shape == (200, 1280)
