"""Feature maps and teachers' answers for fresh crops, kept on disk: decoding and two CNNs cost far more than the attention that is trained.

A pass shows every training picture once, each in a crop, flip and tint of its own; student and teachers see the same crop, as in
Beyer et al. 2022 (Knowledge distillation: a good teacher is patient and consistent, arXiv 2106.05237).
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torchvision.transforms as T
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from vision.models import loaders
from vision.models.catalog import Catalog
from vision.models.hybrid import HALF
from vision.train import report
from vision.train.data import Packed

BATCH = 16
log = logging.getLogger("glassbox")
Item = tuple[Packed, int]


@dataclass(frozen=True)
class Pass:
    """One crop of every picture.

    maps     float16 [n, places, channels]  the trunk after its last block, row by row
    teacher  float16 [n, 1000]              logits of EfficientNet-Lite2 at its own 260 px
    own      float16 [n, 1000]              logits of the trunk's own CNN, EfficientNet-Lite0
    labels   int64 [n]                      -1: a picture without a name
    """

    maps: Tensor
    teacher: Tensor
    own: Tensor
    labels: Tensor

    @classmethod
    def read(cls, paths: Sequence[Path]) -> "Pass":
        """Return the parts of one pass as one."""
        parts = [load_file(path) for path in paths]
        return cls(*(torch.cat([part[name] for part in parts]) for name in ("maps", "teacher", "own", "labels")))


def cnn(key: str) -> nn.Module:
    """Return a CNN of the catalogue, frozen."""
    return loaders.load(Catalog.read()[key], "cpu", {}).module


def crops(side: int) -> Callable[[Image.Image], Tensor]:
    """Return the random view of a picture that training sees."""
    cut = T.RandomResizedCrop(side, scale=(0.25, 1), interpolation=T.InterpolationMode.BICUBIC)
    return T.Compose([cut, T.RandomHorizontalFlip(), T.ColorJitter(0.2, 0.2, 0.2), T.ToTensor(), T.Normalize(HALF, HALF)])


def plain(side: int) -> Callable[[Image.Image], Tensor]:
    """Return the middle of a picture, as it is shown when the model is used."""
    whole = T.Resize(int(side / 0.875), interpolation=T.InterpolationMode.BICUBIC)
    return T.Compose([whole, T.CenterCrop(side), T.ToTensor(), T.Normalize(HALF, HALF)])


@dataclass(frozen=True)
class Config:
    """What to make.

    part, parts  this process and how many share the work, each with one thread: decoding does not use more
    """

    data: Path
    out: Path
    passes: int = 6
    part: int = 0
    parts: int = 1
    side: int = 320
    seed: int = 0


class Harvest:
    """Runs the frozen CNNs over pictures; one process of several takes every `parts`-th picture."""

    def __init__(self, config: Config) -> None:
        self.config, data, folder = config, config.data, config.out
        folder.mkdir(parents=True, exist_ok=True)
        self.trunk, self.big = (cnn(f"efficientnet-lite{size}").to(memory_format=torch.channels_last) for size in (0, 2))
        sharp, coco = Packed(data, "imagenet_sharp"), Packed(data, "coco_mini")
        self.train: list[Item] = [(one, int(i)) for one in (sharp, coco) for i in one.split("train")]
        self.val: list[Item] = [(sharp, int(i)) for i in sharp.split("val")]

    def path(self, name: str) -> Path:
        """Return the file of this process's share of a pass."""
        return self.config.out / f"{name}.{self.config.part}of{self.config.parts}.safetensors"

    def run(self) -> None:
        """Make the pass of the validation pictures, then the training passes; what is there already is left."""
        config = self.config
        self._pass("val", self.val, plain(config.side))
        for number in range(config.passes):
            torch.manual_seed(config.seed + 100 * number + config.part)
            self._pass(f"train{number:02d}", self.train, crops(config.side))

    def _pass(self, name: str, items: list[Item], view: Callable[[Image.Image], Tensor]) -> None:
        path = self.path(name)
        if path.exists():
            return
        start, mine, kept = time.perf_counter(), items[self.config.part :: self.config.parts], []
        for at in report.bar(range(0, len(mine), BATCH), -(-len(mine) // BATCH), name):
            kept.append(self._see(torch.stack([view(one.image(index)) for one, index in mine[at : at + BATCH]])))
        maps, teacher, own = (torch.cat(column) for column in zip(*kept, strict=True))
        labels = torch.from_numpy(np.array([one.label(index) for one, index in mine], np.int64))
        partial = path.with_suffix(".partial")
        save_file({"maps": maps, "teacher": teacher, "own": own, "labels": labels}, partial)
        partial.rename(path)
        log.info("%s: %d pictures in %.0f s", path.name, len(mine), time.perf_counter() - start)

    @torch.inference_mode()
    def _see(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = x.contiguous(memory_format=torch.channels_last)
        small = functional.interpolate(x, size=260, mode="bilinear", antialias=True, align_corners=False)
        with torch.autocast("cpu", torch.bfloat16):
            last = blocks(self.trunk, x)
            own = self.trunk.forward_head(head(self.trunk, last))
            teacher = self.big(small.contiguous(memory_format=torch.channels_last))
        return last.flatten(2).transpose(1, 2).half().contiguous(), teacher.half(), own.half()


def run(config: Config) -> None:
    """Make what is missing."""
    Harvest(config).run()


def blocks(trunk: nn.Module, x: Tensor) -> Tensor:
    """Return the map after the last block [n, 320, h, w]: four times smaller on disk than the one after the head's convolution."""
    x = trunk.bn1(trunk.conv_stem(x))
    for stage in trunk.blocks:
        x = stage(x)
    return x


def head(trunk: nn.Module, last: Tensor) -> Tensor:
    """Return the last map before the pool [n, 1280, h, w]; `blocks` and `head` together are the trunk's `forward_features`."""
    return trunk.bn2(trunk.conv_head(last))
