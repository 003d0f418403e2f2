import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from tests.train.samples import pack
from tests.train.stops import stop
from tests.train.test_marked import drawn, told, write
from vision.core.picture import read
from vision.models import rcnn
from vision.models.everyday import EverydayRCNN
from vision.train import detector
from vision.train.checkpoint import NAME
from vision.train.data import Packed

pytestmark = pytest.mark.usefixtures("backbone")
SIDE = 96


@pytest.fixture(scope="module")
def boxes(tmp_path_factory) -> Path:
    return pack(tmp_path_factory.mktemp("boxes"), "coco_mini", train=12, val=3, side=SIDE)


def config(data: Path, out: Path, **given) -> detector.Config:
    return detector.Config(data, out, **{"classes": 3, "side": SIDE, "batch": 4, "epochs": 1, "precision": "no", **given})


def test_overfits_one_batch_and_its_boxes_come_out_of_the_products_reader(boxes, tmp_path):
    training = detector.Training(config(boxes, tmp_path, frozen=0, batch=2, limit=2))
    batch = [detector.example(training.pictures, int(index), training.known) for index in training.train]
    training.net.train()
    losses = [sum(training._learn(batch, 1e-3).values()) for _ in range(60)]
    assert losses[-1] < 0.35 * losses[0]
    found = rcnn.read(training.plain.eval(), read(training.pictures.raw(0)).rgb, "cpu")
    best = int(np.argmax(found.scores))
    truth = training.pictures.boxes(0)
    assert training.names[found.classes[best] - 1] == training.pictures.names[truth.labels[0]]
    corner, end = np.maximum(found.xyxy[best, :2], truth.xyxy[0, :2]), np.minimum(found.xyxy[best, 2:], truth.xyxy[0, 2:])
    assert np.prod(np.maximum(0, end - corner)) > 0.4 * np.prod(truth.xyxy[0, 2:] - truth.xyxy[0, :2])


def test_resumed_is_as_if_never_stopped(boxes, tmp_path):
    whole = config(boxes, tmp_path / "whole", epochs=2, limit=4)
    detector.run(whole)
    training = detector.Training(config(boxes, tmp_path / "parts", epochs=2, limit=4))
    stop(training, "_epoch", lambda: training.epoch == 1)
    detector.run(config(boxes, tmp_path / "parts", epochs=2, limit=4))
    one, two = (torch.load(tmp_path / name / NAME, weights_only=True)["parts"]["net"] for name in ("whole", "parts"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_coco_json_is_learnt_and_judged(tmp_path):
    for name, indices in (("train", range(4)), ("val", range(4, 6))):
        write(tmp_path / "own" / f"{name}.json", told(indices))
        drawn(tmp_path / "own", indices)
    out = tmp_path / "out"
    detector.run(config(tmp_path, out, name="own", batch=2))
    assert (out / "names.txt").read_text().split() == ["square", "disc"]
    found = json.loads((out / "report.json").read_text())
    assert found["pictures"] == 2 and set(found["classes"]) == {"square", "disc"}
    assert all((out / name).read_bytes().startswith(b"\x89PNG") for name in ("curves.png", "precision_recall.png"))


def test_commonest_counts_pictures_of_train_only(boxes):
    pictures = Packed(boxes, "coco_mini")
    pictures.arrays["box_label"] = np.array([2] * 7 + [1] * 5 + [0] * 3)  # the zeros are all in val
    assert detector.commonest(pictures, 2) == [2, 1]


def test_backbone_starts_with_the_cnns_weights_and_frozen_stages_stay(boxes, tmp_path, backbone):
    detector.run(config(boxes, tmp_path, limit=8, frozen=3))  # two steps: the first has rate 0
    state = torch.load(tmp_path / NAME, weights_only=True)["parts"]["net"]
    wanted = backbone.state_dict()
    assert torch.equal(state["backbone.body.conv_stem.weight"], wanted["conv_stem.weight"])
    assert torch.equal(state["backbone.body.blocks.2.0.conv_pw.weight"], wanted["blocks.2.0.conv_pw.weight"])
    assert torch.equal(state["backbone.body.blocks.5.0.bn1.running_mean"], wanted["blocks.5.0.bn1.running_mean"])
    assert not torch.equal(state["backbone.body.blocks.5.0.conv_pw.weight"], wanted["blocks.5.0.conv_pw.weight"])


def test_shapes_of_the_shipped_size():
    net = EverydayRCNN(20).eval()
    assert sum(one.numel() for one in net.parameters()) < 7e6


def test_bfloat16_keeps_boxes_that_it_could_not_tell_apart(boxes, tmp_path):
    """256.3 and 257.1 are one number in bfloat16: a box between them would have no width, and its logarithm would spoil all weights."""
    training = detector.Training(config(boxes, tmp_path, precision="bf16", side=320))
    pixels = torch.rand(3, 320, 320)
    thin = {"boxes": torch.tensor([[256.3, 10.0, 257.1, 300.0], [200.0, 256.2, 310.0, 256.9]]), "labels": torch.tensor([1, 2])}
    training.net.train()
    for _ in range(3):
        assert all(np.isfinite(list(training._learn([(pixels, thin)] * 2, 1e-3).values())))


def test_goes_on_from_a_shipped_detector(boxes, tmp_path, monkeypatch):
    torch.manual_seed(7)
    shipped = EverydayRCNN(3, SIDE).state_dict()
    monkeypatch.setattr(detector.loaders, "state", lambda card, _module: shipped if card.key == "rcnn-everyday" else {})
    training = detector.Training(config(boxes, tmp_path, start="rcnn-everyday", zoom=0.5))
    assert all(torch.equal(one, shipped[name]) for name, one in training.plain.state_dict().items())
    assert all(len(batch) == 4 for batch in training._batches())


def test_processes_share_out_every_epoch_whatever_each_has_drawn(boxes, tmp_path, monkeypatch):
    training = detector.Training(config(boxes, tmp_path))
    training.epoch = 1
    monkeypatch.setattr(detector, "example", lambda _pictures, index, *_: (index, {}))
    seen = []
    for part in (0, 1):
        torch.manual_seed(part)  # the losses' samplers leave each process somewhere else
        monkeypatch.setattr(training, "accelerator", SimpleNamespace(process_index=part, num_processes=2))
        seen += [index for batch in training._batches() for index, _ in batch]
    assert sorted(seen) == sorted(training.train.tolist())


def test_pictures_of_one_shape_share_a_batch(boxes, tmp_path):
    training = detector.Training(config(boxes, tmp_path))
    training.upright = torch.tensor([True, False] * 6)
    picked = [[int(target["picture"]) % 2 for _, target in batch] for batch in training._batches()]
    assert sorted(sum(batch) for batch in picked) == [0, 2, 4]  # twelve pictures in fours: one batch cannot help mixing
    wide = Packed(boxes, "coco_mini")
    wide.raw = lambda row: png(40, 30) if row else png(30, 40)
    assert detector.upright(wide, np.array([0, 1])).tolist() == [True, False]


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()
