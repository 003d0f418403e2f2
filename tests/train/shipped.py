"""What the shipped nets say of kept numbers: the second half of each, on the maps that its first half made once."""

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from vision.models import loaders, rcnn
from vision.models.catalog import Catalog
from vision.train.data import Boxes
from vision.train.evaluate_detector import FLOOR, Found, evaluate_detector
from vision.train.halves import Tail, frozen_half
from vision.train.samples import samples

FROZEN = 5


def halved(key: str) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    """Return a shipped classifier in two: pictures -1..1 to maps, maps to logits."""
    module = loaders.load(Catalog.read()[key], "cpu", {}).module.eval()
    if key == "cnn-cifar10":
        return module.forward_features, module.forward_head
    return (lambda x: frozen_half(module, FROZEN, x)), Tail(module, FROZEN).eval()


def sampled_gan(gan: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    """Return the first picture of each class in 4 x 4 means [n, 3, 4, 4], and the critic's scores [n]."""
    made, labels = samples(gan, gan.generator.classes)
    with torch.inference_mode():
        scores = gan.critic(made, functional.one_hot(labels, gan.generator.classes).float())
    return functional.adaptive_avg_pool2d(made, 4).numpy(), scores.flatten().numpy()


class Kept:
    """Two pictures with boxes of which only the pyramid's maps are kept: each is black, of the right size."""

    def __init__(self, sample: Mapping[str, np.ndarray]) -> None:
        self.sample, self.names = sample, tuple(str(name) for name in sample["names"])

    def split(self, _which: str) -> np.ndarray:
        return np.arange(2)

    def raw(self, index: int) -> bytes:
        height, width = (int(side) for side in self.sample[f"size{index}"])
        file = io.BytesIO()
        Image.new("RGB", (width, height)).save(file, "PNG")
        return file.getvalue()

    def boxes(self, index: int) -> Boxes:
        return Boxes(*(self.sample[f"{name}{index}"] for name in ("boxes", "labels", "flags")))


class Pyramid(nn.Module):
    """Stands for a detector's backbone and answers with kept maps, whatever it is shown."""

    def __init__(self, sample: Mapping[str, np.ndarray], index: int) -> None:
        super().__init__()
        self.maps = {level: torch.from_numpy(sample[f"map{index}.{level}"])[None].float() for level in "012"}

    def forward(self, _x: Tensor) -> dict[str, Tensor]:
        return self.maps


def sampled_detector(sample: Mapping[str, np.ndarray], module: nn.Module, labels: Sequence[str]) -> dict:
    """Return the figures of the R-CNN's two stages on kept maps of its pyramid."""

    def look(picture):
        module.backbone = Pyramid(sample, int(picture.name))
        with torch.inference_mode():
            seen = rcnn.read(module, picture.rgb, "cpu", FLOOR)
        return Found(seen.xyxy, seen.scores, seen.classes, labels)

    return evaluate_detector(look, Kept(sample), names=labels)
