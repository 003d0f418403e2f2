"""Faster R-CNN learns to find the commonest things of a set with boxes: torchvision's parts, a timm backbone, a pyramid.

Sources: Ren et al. 2015 (arXiv 1506.01497); Lin et al. 2017 (feature pyramids, arXiv 1612.03144).
"""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from vision.core.picture import Picture
from vision.models import loaders, rcnn
from vision.models.catalog import Catalog
from vision.models.everyday import EverydayRCNN
from vision.train import report
from vision.train.checkpoint import keep, kept
from vision.train.evaluate_detector import FLOOR, Found, evaluate_detector, written
from vision.train.examples import Target, coloured, cropped, example, mosaic
from vision.train.harvest import cnn
from vision.train.imitation import Imitating, harvest
from vision.train.marked import Marked, open_marked
from vision.train.pace import Pace, cosine

log = logging.getLogger("glassbox")


@dataclass(frozen=True)
class Config:
    """One training of the detector.

    name     packed set in `data`, or a folder in it with COCO JSON ("." is `data` itself)
    start    key of a shipped detector of the same shape to go on from; empty: ImageNet's backbone under new heads
    imitate  weight of the likeness to the maps of YOLOv4-tiny, which has seen all of COCO; 0: none
    zoom     share by which a crop of a train picture may be smaller than it, either side, in the beginning; it falls to 0
    mosaic   share of pictures that are parts of four, in the beginning; it falls to 0
    colour   share by which brightness, contrast and saturation are changed, either way
    share    of the rate that the backbone learns with
    classes  how many of the commonest classes; the others' boxes are left out
    frozen   stages of the backbone that stay as they are, the stem included; 7: all
    minutes  work to spend; 0: by epochs
    limit    train on that many pictures only; 0: all
    """

    data: Path
    out: Path
    name: str = "coco_mini"
    start: str = ""
    imitate: float = 0.0
    zoom: float = 0.0
    mosaic: float = 0.0
    colour: float = 0.0
    share: float = 1.0
    classes: int = 20
    side: int = 320
    frozen: int = 3
    batch: int = 4
    rate: float = 4e-4
    decay: float = 1e-4
    epochs: int = 12
    minutes: float = 0.0
    limit: int = 0
    precision: str = "bf16"
    seed: int = 0


def commonest(pictures: Marked, count: int) -> list[int]:
    """Return the classes with boxes in the most train pictures, the commonest first."""
    found = np.zeros(len(pictures.names), np.int64)
    for row in pictures.split("train").tolist():
        found[np.unique(pictures.boxes(row).labels)] += 1
    return [int(c) for c in np.argsort(-found, kind="stable")[:count]]


def upright(pictures: Marked, rows: NDArray[np.int64]) -> Tensor:
    """Return which pictures are higher than wide, bool [n]."""
    sizes = [Image.open(io.BytesIO(pictures.raw(int(row)))).size for row in rows]  # of the file's head: nothing is decoded
    return torch.tensor([height > width for width, height in sizes])


class Training:
    """The state of one training; saved after each epoch, resumed from `out`."""

    def __init__(self, config: Config) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.accelerator = Accelerator(mixed_precision=config.precision)
        self.pictures = open_marked(config.data, config.name)
        classes = commonest(self.pictures, config.classes)
        self.known = {label: at + 1 for at, label in enumerate(classes)}  # 0 is the background
        self.names = [self.pictures.names[label] for label in classes]
        self.train = self.pictures.split("train")[: config.limit or None]
        self.upright = upright(self.pictures, self.train)
        self.plain = self._begun()
        learner: Any = self.plain
        self.parts: dict[str, Any] = {"net": self.plain}
        if config.imitate:
            learner = Imitating(self.plain, harvest(self.pictures, self.train, config.out, self.accelerator), config.imitate)
            self.parts["follow"] = learner.follow
        self.parts["optimizer"] = optimizer = self._optimizer(learner)
        state = kept(config.out, self.parts)
        self.step, self.epoch, self.spent_s = state.get("step", 0), state.get("epoch", 0), state.get("spent_s", 0.0)
        self.progress = 0.0
        self.net, self.optimizer = self.accelerator.prepare(learner, optimizer)

    def _begun(self) -> EverydayRCNN:
        net = EverydayRCNN(len(self.names), self.config.side)
        if self.config.start:
            net.load_state_dict(loaders.state(Catalog.read()[self.config.start], net))
        else:
            net.begin(cnn("efficientnet-lite0").state_dict())
        net.freeze(self.config.frozen)
        return net.to(memory_format=torch.channels_last)  # a fifth faster on a CPU

    def _optimizer(self, learner: torch.nn.Module) -> torch.optim.Optimizer:
        """Return AdamW over what is not frozen; "share" of a group says how much of the rate it gets."""
        body: Any = self.plain.backbone.body
        slow = {one for one in body.parameters() if one.requires_grad}
        rest = [one for one in learner.parameters() if one.requires_grad and one not in slow]
        groups = [{"params": [one for one in body.parameters() if one in slow], "share": self.config.share}, {"params": rest, "share": 1.0}]
        return torch.optim.AdamW(groups, self.config.rate, weight_decay=self.config.decay, fused=True)

    def run(self) -> None:
        """Train to the end of the schedule; leaves checkpoint, names, curves and figures in `out`."""
        config = self.config
        config.out.mkdir(parents=True, exist_ok=True)
        (config.out / "names.txt").write_text("\n".join(self.names) + "\n", "utf-8")
        self.pace = Pace(config.epochs * (len(self.train) // config.batch), config.minutes, self.spent_s, self.accelerator)
        while self.pace.progress(self.step) < 1:
            losses = self._epoch()
            self.epoch += 1
            if self.accelerator.is_main_process:
                report.row(config.out / "curve.csv", {"epoch": self.epoch, **losses, "minutes": self.pace.spent_s / 60})
                keep(config.out, self.parts, {"step": self.step, "epoch": self.epoch, "spent_s": self.pace.spent_s}, config)
            self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            self._finish()

    def _finish(self) -> None:
        """Draw the curves and measure the val pictures: curves.png, report.json, precision_recall.png."""
        report.learning(self.config.out)
        names, net, device = ("background", *self.names), self.plain.eval(), self.accelerator.device

        @torch.inference_mode()
        def look(picture: Picture) -> Found:
            seen = rcnn.read(net, picture.rgb, device, FLOOR)
            return Found(seen.xyxy, seen.scores, seen.classes, names)

        written(evaluate_detector(look, self.pictures, names=self.names), self.config.out)

    def _batches(self) -> Iterator[list[tuple[Tensor, Target]]]:
        part, parts = self.accelerator.process_index, self.accelerator.num_processes
        same = torch.Generator().manual_seed(self.config.seed + 1000 * self.epoch)  # processes share the order, not what the losses draw
        order = torch.randperm(len(self.train), generator=same)
        shaped = order[self.upright[order].int().argsort(stable=True)]  # a batch is padded to its largest picture, so it holds one shape
        batches = shaped.split(self.config.batch)
        for at in torch.randperm(len(batches), generator=same).tolist():
            rows = batches[at]
            if len(rows) == min(self.config.batch, len(self.train)):
                flips = (torch.rand(len(rows), generator=same) < 0.5).tolist()
                chosen = list(zip(rows.tolist(), flips, strict=True))[part::parts]
                yield [self._changed(row, flip) for row, flip in chosen]

    def _changed(self, row: int, flip: bool) -> tuple[Tensor, Target]:
        """Return a picture as it is learnt this time; at the end of the training as it will be seen."""
        config, left = self.config, 1 - self.progress
        found = self._example(row, flip)
        if config.mosaic and float(torch.rand(())) < config.mosaic * left:
            others = torch.randint(len(self.train), (3,)).tolist()
            found = mosaic([found, *(self._example(other, bool(torch.rand(()) < 0.5)) for other in others)])
        elif config.zoom and left:
            found = cropped(*found, config.zoom * left)
        return (coloured(found[0], config.colour), found[1]) if config.colour else found

    def _example(self, row: int, flip: bool) -> tuple[Tensor, Target]:
        pixels, target = example(self.pictures, int(self.train[row]), self.known, flip)
        return pixels, target | {"picture": torch.tensor([row])}

    def _epoch(self) -> dict[str, float]:
        self.net.train()
        sums: dict[str, float] = {}
        steps = 0
        self.progress = self.pace.progress(self.step)
        total, show = len(self.train) // self.config.batch, self.accelerator.is_main_process
        for batch in report.bar(self._batches(), total, f"epoch {self.epoch + 1}", show):
            self.progress = self.pace.progress(self.step)
            if self.progress >= 1:
                break
            losses = self._learn(batch, self.config.rate * cosine(self.progress))
            sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
            self.step += 1
            steps += 1
        return {name: value / max(1, steps) for name, value in sums.items()}

    def _learn(self, batch: list[tuple[Tensor, Target]], rate: float) -> dict[str, float]:
        device = self.accelerator.device
        pictures = [picture.to(device) for picture, _ in batch]
        targets = [{name: value.to(device) for name, value in target.items()} for _, target in batch]
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"]
        with self.accelerator.autocast():
            losses = self.net(pictures, targets)
        total = torch.stack([loss.float() for loss in losses.values()]).sum()
        self.optimizer.zero_grad()
        self.accelerator.backward(total)
        self.accelerator.clip_grad_norm_(self.net.parameters(), 10.0)
        self.optimizer.step()
        return {name: loss.item() for name, loss in losses.items()}


def run(config: Config) -> None:
    """Train as configured, from where an earlier run stopped."""
    Training(config).run()
