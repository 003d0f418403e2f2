import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from tests.train.samples import pack
from tests.train.stops import stop
from vision.models.hybrid import HybridViT
from vision.train import distil, harvest
from vision.train.checkpoint import NAME
from vision.train.distil import Config, LastMap, Training, answers, batches, mirror
from vision.train.harvest import Pass
from vision.train.pace import Pace

CLASSES, CHANNELS, PLACES = 1000, 320, 100


@pytest.fixture(scope="module")
def trunk() -> nn.Module:
    torch.manual_seed(0)
    return timm.create_model("tf_efficientnet_lite0").eval().requires_grad_(False)


def crops(n: int, seed: int) -> dict[str, torch.Tensor]:
    """Maps whose class can be read off them: one channel per class is strong."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 4
    maps = torch.randn(n, PLACES, CHANNELS, generator=random) * 0.3
    maps[torch.arange(n), :, labels * 7] += 3
    logits = torch.full((n, CLASSES), -4.0)
    logits[torch.arange(n), labels] = 6.0
    return {"maps": maps.half(), "teacher": logits.half(), "own": logits.half(), "labels": labels}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "harvest"
    folder.mkdir()
    for name, seed in (("val", 9), ("train00", 0), ("train01", 1)):
        save_file(crops(32, seed), folder / f"{name}.0of1.safetensors")
    return folder


def config(kept: Path, out: Path, **given) -> Config:
    shape = {"width": 32, "depth": 2, "heads": 2, "epochs": 3, "batch": 16, "seen": 10, "precision": "no"}
    return Config(kept, out, **{**shape, **given})


def test_blocks_and_head_are_the_trunks_last_map(trunk):
    x = torch.randn(2, 3, 96, 96)
    with torch.inference_mode():
        last = harvest.blocks(trunk, x)
        wanted = trunk.forward_features(x)
        assert torch.allclose(harvest.head(trunk, last), wanted, atol=1e-5)
        places = LastMap(trunk)(last.flatten(2).transpose(1, 2))
    assert torch.allclose(places, wanted.flatten(2).transpose(1, 2), atol=1e-4)


def test_hybrid_from_a_picture_equals_hybrid_from_kept_maps(trunk):
    torch.manual_seed(1)
    net = HybridViT(trunk, width=32, depth=2, heads=2).eval()
    x = torch.randn(1, 3, 320, 320)
    with torch.inference_mode():
        maps = harvest.blocks(trunk, x).flatten(2).transpose(1, 2)
        some = torch.randperm(PLACES)
        from_maps = net.forward_head(net.attend(LastMap(trunk)(maps)))
        shuffled = net.forward_head(net.attend(LastMap(trunk)(maps[:, some]), some[None]))
        assert torch.allclose(net(x), from_maps, atol=1e-4)
        assert torch.allclose(shuffled, from_maps, atol=1e-4)  # places carry their position with them
    assert not any(name.startswith("trunk") for name in net.state_dict())


def test_mirror_turns_columns_only():
    maps = torch.arange(PLACES).float()[None, :, None]
    assert mirror(maps)[0, :10, 0].tolist() == list(range(9, -1, -1))
    assert torch.equal(mirror(mirror(maps)), maps)


def test_answers_are_shares_and_lean_on_the_name():
    one = Pass(**crops(8, 0))
    nameless = Pass(one.maps, one.teacher, one.own, torch.full((8,), -1))
    rows = torch.arange(8)
    config = Config(Path(), Path(), label_share=0.5)
    assert torch.allclose(answers(one, rows, config).sum(1), torch.ones(8), atol=1e-5)
    assert answers(one, rows, config)[0, 0] > answers(nameless, rows, config)[0, 0]


def test_batches_show_the_places_they_name():
    one = Pass(**crops(16, 0))
    torch.manual_seed(0)
    for maps, wanted, at in batches(one, Config(Path(), Path(), batch=16, mix=0.0), 10, (0, 1)):
        assert maps.shape == (16, 10, CHANNELS) and at.shape == (16, 10)
        assert all(len(set(row.tolist())) == 10 for row in at)
        assert wanted.argmax(1).bincount().tolist() == [4, 4, 4, 4]


def test_training_learns_and_resumed_is_as_if_never_stopped(kept, tmp_path, trunk, monkeypatch):
    monkeypatch.setattr(distil, "cnn", lambda _key: trunk)
    whole = config(kept, tmp_path / "whole")
    Training(whole).run()
    rows = (tmp_path / "whole" / "curve.csv").read_text().splitlines()
    assert len(rows) == 4
    assert float(rows[-1].split(",")[3]) > 0.9  # four classes that a linear map could tell
    training = Training(config(kept, tmp_path / "parts"))
    stop(training, "_epoch", lambda: training.epoch == 1)
    Training(config(kept, tmp_path / "parts")).run()
    one, two = (torch.load(tmp_path / name / NAME, weights_only=True)["parts"]["average"] for name in ("whole", "parts"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_harvest_keeps_what_is_there(data, tmp_path, trunk, monkeypatch):
    folder = tmp_path / "sets"
    for name in ("imagenet_sharp", "coco_mini"):
        pack(folder, name, train=4, val=2)
    monkeypatch.setattr(harvest, "cnn", lambda _key: trunk)
    out = tmp_path / "kept"
    harvest.run(harvest.Config(folder, out, passes=1, side=64))
    one = Pass.read([out / "train00.0of1.safetensors"])
    assert one.maps.shape == (8, 4, CHANNELS)
    assert np.isfinite(one.maps.float().numpy()).all()
    before = (out / "train00.0of1.safetensors").stat().st_mtime_ns
    harvest.run(harvest.Config(folder, out, passes=1, side=64))
    assert (out / "train00.0of1.safetensors").stat().st_mtime_ns == before


def test_pace_follows_steps_or_the_clock():
    assert Pace(10).progress(5) == 0.5
    assert Pace(10, minutes=1, spent_s=30).progress(0) == pytest.approx(0.5, abs=0.01)
    assert Pace(10, minutes=1, spent_s=300).progress(0) == 1.0


def test_card_of_the_shipped_hybrid_tells_its_file():
    home = Path(__file__).parents[2] / "assets" / "models" / "vit-hybrid"
    card = json.loads((home / "card.json").read_text())
    content = (home / "model.safetensors").read_bytes()
    assert card["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["bytes"] == len(content)
    assert card["figures"]["top1"] >= 0.66
