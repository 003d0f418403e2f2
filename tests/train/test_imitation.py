from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from tests.train.samples import pack
from tests.train.stops import stop
from vision.train import detector, imitation
from vision.train.checkpoint import NAME
from vision.train.data import Packed

pytestmark = pytest.mark.usefixtures("backbone")
SIDE = 96


@pytest.fixture(scope="module")
def boxes(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("boxes"), "coco_mini", train=6, val=2, side=SIDE)


def config(data: Path, out: Path, **given) -> detector.Config:
    return detector.Config(data, out, **{"classes": 3, "side": SIDE, "batch": 2, "epochs": 1, "precision": "no", "imitate": 1.0, **given})


def test_unlike_is_one_less_correlation_whatever_scale_and_offset():
    rng = np.random.default_rng(0)
    mine, wanted = rng.normal(size=(50, 4)), rng.normal(size=(50, 4))
    truth = 1 - np.mean([np.corrcoef(mine[:, at], wanted[:, at])[0, 1] for at in range(4)])
    one, other = torch.tensor(mine), torch.tensor(wanted)
    assert float(imitation.unlike(one, other)) == pytest.approx(truth, abs=1e-3)
    assert float(imitation.unlike(one, 7 * one - 3)) == pytest.approx(0, abs=1e-3)
    assert float(imitation.unlike(one, -one)) == pytest.approx(2, abs=1e-3)


def ramps(side: int = 8) -> torch.Tensor:
    """A map whose two channels are the picture's own coordinates, so that a sample says where it was taken."""
    ramp = (torch.arange(side) + 0.5) / side
    return torch.stack(torch.meshgrid(ramp, ramp, indexing="xy"))  # [x, y]


def test_a_view_is_sampled_where_it_lies():
    across, down = torch.tensor([0.125, 0.375, 0.625, 0.875]), torch.tensor([0.1, 0.5, 0.9])
    for view in ([0.25, 0.25, 0.75, 0.875], [0.75, 0.25, 0.25, 0.875]):  # as it is, and mirrored
        found = imitation.sampled(ramps(), torch.tensor(view), across, down)
        assert found.shape == (3, 4, 2)
        np.testing.assert_allclose(found[1, :, 0], view[0] + (view[2] - view[0]) * across, atol=1e-5)
        np.testing.assert_allclose(found[:, 2, 1], view[1] + (view[3] - view[1]) * down, atol=1e-5)


def test_parts_of_four_pictures_are_each_taken_from_their_own():
    maps = np.stack([np.concatenate([ramps().numpy(), np.full((1, 8, 8), number, np.float32)]) for number in range(5)])
    net = SimpleNamespace(backbone=torch.nn.Identity(), transform=torch.nn.Identity())
    net.backbone.out_channels = 4
    learner = imitation.Imitating(net, {"fine": maps, "coarse": maps}, 1.0)
    target = {
        "picture": torch.tensor([4, 2]),
        "view": torch.tensor([[0.2, 0.2, 0.6, 0.8], [0.8, 0.2, 0.4, 0.8]]),
        "place": torch.tensor([[0.0, 0, 0.25, 1], [0.25, 0, 1, 1]]),
    }
    places = (torch.arange(8) + 0.5) / 8
    found = learner._wanted("fine", target, places, places).view(8, 8, 3)
    assert found[0, :, 2].tolist() == pytest.approx([4, 4, 2, 2, 2, 2, 2, 2])
    np.testing.assert_allclose(found[0, :2, 0], 0.2 + 0.4 * places[:2] / 0.25, atol=1e-5)
    np.testing.assert_allclose(found[0, 2:, 0], 0.8 - 0.4 * (places[2:] - 0.25) / 0.75, atol=1e-5)


def test_the_kept_maps_are_the_teachers_own(boxes, tmp_path):
    pictures = Packed(boxes, "coco_mini")
    rows = pictures.split("train")
    maps = imitation.harvest(pictures, rows, tmp_path, Accelerator(cpu=True))
    assert {name: one.shape for name, one in maps.items()} == {"fine": (6, 256, 26, 26), "coarse": (6, 512, 13, 13)}
    net = imitation.loaders.load(imitation.Catalog.read()["yolov4-tiny"], "cpu", {}).module
    square = torch.nn.functional.interpolate(
        torch.from_numpy(np.array(pictures.image(int(rows[2])))).permute(2, 0, 1)[None].float(), (416, 416), mode="bilinear"
    )
    with torch.no_grad():
        whole = net(square / 255)[1]
        last = net.coarse[1](torch.from_numpy(np.asarray(maps["coarse"][2], np.float32))[None])
    scores = last.view(1, 3, 85, 13, 13).permute(0, 1, 3, 4, 2).sigmoid()
    np.testing.assert_allclose((scores[..., 4:5] * scores[..., 5:]).reshape(-1, 80), whole[0, : 3 * 13 * 13], atol=0.01)


def test_maps_of_fewer_pictures_do_not_serve_for_more(boxes, tmp_path, monkeypatch):
    pictures = Packed(boxes, "coco_mini")
    rows = pictures.split("train")
    looked = []
    monkeypatch.setattr(imitation, "_fill", lambda _maps, _pictures, rows, _accelerator: looked.append(len(rows)))
    for count in (2, 6, 6, 4):
        assert len(imitation.harvest(pictures, rows[:count], tmp_path, Accelerator(cpu=True))["fine"]) >= count
    assert looked == [2, 6]


def test_maps_become_like_the_teachers(boxes, tmp_path):
    training = detector.Training(config(boxes, tmp_path, frozen=0, mosaic=0.2, colour=0.3, zoom=0.3, share=0.3))
    batch = [training._changed(row, flip) for row, flip in ((0, False), (1, True))]
    training.net.train()
    losses = [training._learn(batch, 2e-3) for _ in range(40)]
    assert 0.7 < losses[0]["loss_imitation"] < 1.3
    assert losses[-1]["loss_imitation"] < 0.6 * losses[0]["loss_imitation"]
    assert [group["lr"] for group in training.optimizer.param_groups] == pytest.approx([6e-4, 2e-3])


def test_resumed_is_as_if_never_stopped(boxes, tmp_path):
    detector.run(config(boxes, tmp_path / "whole", epochs=2, zoom=0.4, mosaic=0.5, colour=0.2))
    training = detector.Training(config(boxes, tmp_path / "parts", epochs=2, zoom=0.4, mosaic=0.5, colour=0.2))
    stop(training, "_epoch", lambda: training.epoch == 1)
    detector.run(config(boxes, tmp_path / "parts", epochs=2, zoom=0.4, mosaic=0.5, colour=0.2))
    one, two = (torch.load(tmp_path / name / NAME, weights_only=True)["parts"] for name in ("whole", "parts"))
    assert all(torch.equal(one[part][name], two[part][name]) for part in ("net", "follow") for name in one[part])
