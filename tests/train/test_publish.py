"""Every room's result becomes a folder of assets/models that the catalogue's loader reads, and that can be measured."""

import json

import pytest
import timm
import torch
from safetensors.torch import load_file

from tests.train.samples import pack
from vision.core.errors import UserError
from vision.models.catalog import Catalog
from vision.models.gan import Gan
from vision.models.net import Net
from vision.train import classifier, commands, detector, gan, publish, samples, ship

TOLD = {"command": "c", "hardware": "h", "hours": 0.1}


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(ship.ship, "__defaults__", (tmp_path / "models",))
    return tmp_path / "models"


def test_a_classifier_is_published_as_it_ended(data, tmp_path, shelf):
    classifier.run(classifier.Config(data, tmp_path / "run", "shapes", epochs=1, batch=8))
    publish.run(publish.Config(key="cnn-cifar10", run=tmp_path / "run", **TOLD))
    found = load_file(shelf / "cnn-cifar10" / "model.safetensors")
    kept = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["parts"]["net"]
    assert {name: tuple(one.shape) for name, one in found.items()} == {name: tuple(one.shape) for name, one in kept.items()}
    assert all(torch.equal(found[name], one.half()) for name, one in kept.items())
    card = json.loads((shelf / "cnn-cifar10" / "card.json").read_text())
    assert card["params"] == sum(one.numel() for one in kept.values())


def test_a_detector_is_published(tmp_path, shelf, monkeypatch):
    folder = pack(tmp_path / "boxes", "coco_mini", train=4, val=1, side=96)
    trunk = timm.create_model("tf_efficientnet_lite0").eval()
    monkeypatch.setattr(detector, "cnn", lambda _key: trunk)
    detector.run(detector.Config(folder, tmp_path / "run", classes=3, side=96, epochs=1, precision="no"))
    publish.run(publish.Config(key="rcnn-everyday", run=tmp_path / "run", **TOLD))
    assert (shelf / "rcnn-everyday" / "model.safetensors").stat().st_size > 1e6


def test_a_gan_is_published_and_measured(tmp_path, shelf, monkeypatch):
    folder = pack(tmp_path / "sets", "fruits64", train=24, val=12, side=64)
    gan.run(gan.Config(folder, tmp_path / "run", steps=2, batch=8, latent=8, width=4, precision="no"))
    publish.run(publish.Config(key="gan-fruits", run=tmp_path / "run", **TOLD))
    module = Gan(3, 8, 4)
    module.load_state_dict(load_file(shelf / "gan-fruits" / "model.safetensors"))
    net = Net(Catalog.read().cards[0], module.eval(), (), "cpu", None)
    monkeypatch.delenv("VISION_JUDGE", raising=False)
    with pytest.raises(UserError, match="VISION_JUDGE"):
        samples.generate(net, folder)
    classifier.run(classifier.Config(folder, tmp_path / "judge", "fruits64", side=64, epochs=2, batch=8))
    monkeypatch.setenv("VISION_JUDGE", str(tmp_path / "judge"))
    figures = samples.generate(net, folder, limit=15)
    assert set(figures) == {"recognised", "judge", "frechet", "frechet_real", "kernel", "kernel_real", "repeats"}
    assert 0 <= figures["recognised"] <= 1
    assert figures["frechet"] > figures["frechet_real"]  # two steps of training do not paint shapes
    assert figures["repeats"] == 0


def test_an_unknown_key_is_one_sentence(tmp_path, capsys):
    given = ["train", "publish", "--key", "x", "--run", str(tmp_path), "--command", "c", "--hardware", "h", "--hours", "1"]
    assert commands.main(given) == 1
    assert "vit-hybrid" in capsys.readouterr().err
