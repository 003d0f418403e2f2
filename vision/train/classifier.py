"""A classifier learns the names of a packed set, or of a folder of class folders.

Nets: the tutorials' three-conv CNN, a residual CNN, a ViT on raw patches, any architecture of timm, or a model of the catalogue to start
from. `python -m vision train compare` runs this room once per optimizer and loss.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from vision.core.errors import UserError
from vision.models import loaders
from vision.models.catalog import Catalog
from vision.models.tutorial import PatchViT, ResidualCNN, ThreeConv
from vision.train import report
from vision.train.augment import Augment, blend, move
from vision.train.checkpoint import keep, kept
from vision.train.data import Pictures, open_set
from vision.train.pace import Pace, cosine

log = logging.getLogger("glassbox")
OPTIMIZERS = ("gd", "sgd", "momentum", "rmsprop", "adam", "adamw")
LOSSES = ("crossentropy", "absolute")


@dataclass(frozen=True)
class Config:
    """One training of a classifier.

    name       packed set in `data`, a folder of class folders in it ("." is `data` itself), or torchvision-cifar10: fetched into `data`
    net        threeconv-64 | threeconv-128 | residual | vit | vit-sine | vit-stem | an architecture of timm
    start      key of a catalogue model whose weights to begin with (net is then ignored; its head is made new)
    teacher    key of a catalogue model whose answers to learn instead of the names; it must answer with as many names
    optimizer  gd takes one step per epoch, from all pictures; the others one per batch
    minutes    work to spend; 0: by epochs
    limit      train on that many pictures only; 0: all
    """

    data: Path
    out: Path
    name: str = "cifar10"
    net: str = "threeconv-128"
    start: str = ""
    teacher: str = ""
    side: int = 32
    optimizer: str = "adam"
    loss: str = "crossentropy"
    rate: float = 1e-3
    decay: float = 0.0
    batch: int = 64
    epochs: int = 20
    minutes: float = 0.0
    dropout: float = 0.3
    rotate: float = 15.0
    shift: float = 0.1
    zoom: float = 0.0
    flip: bool = True
    mixup: float = 0.0
    cutmix: float = 0.0
    limit: int = 0
    precision: str = "no"
    seed: int = 0

    @property
    def augment(self) -> Augment:
        """How pictures are changed."""
        return Augment(self.rotate, self.shift, self.zoom, self.flip, self.mixup, self.cutmix)


def build(config: Config, classes: int) -> nn.Module:
    """Return the untrained net, or the started one with a new head."""
    if config.start:
        module = loaders.load(Catalog.read()[config.start], "cpu", {}).module.requires_grad_(True)
        module.reset_classifier(classes)
        return module
    side, drop = config.side, config.dropout
    own = {
        "threeconv-64": lambda: ThreeConv(classes, (32, 64, 64), side, drop),
        "threeconv-128": lambda: ThreeConv(classes, (32, 64, 128), side, drop),
        "residual": lambda: ResidualCNN(classes, side=side),
        "vit": lambda: PatchViT(classes, side, max(4, side // 16), dropout=drop),
        "vit-sine": lambda: PatchViT(classes, side, max(4, side // 16), positions="sine", dropout=drop),
        "vit-stem": lambda: PatchViT(classes, side, max(4, side // 16), stem=True, dropout=drop),
    }
    if config.net in own:
        return own[config.net]()
    import timm

    return timm.create_model(config.net, num_classes=classes)


def optimizer(config: Config, parameters: list) -> torch.optim.Optimizer:
    """Return the optimizer that the config names."""
    made = {
        "gd": lambda: torch.optim.SGD(parameters, config.rate, weight_decay=config.decay),
        "sgd": lambda: torch.optim.SGD(parameters, config.rate, weight_decay=config.decay),
        "momentum": lambda: torch.optim.SGD(parameters, config.rate, momentum=0.9, weight_decay=config.decay),
        "rmsprop": lambda: torch.optim.RMSprop(parameters, config.rate, weight_decay=config.decay),
        "adam": lambda: torch.optim.Adam(parameters, config.rate, weight_decay=config.decay),
        "adamw": lambda: torch.optim.AdamW(parameters, config.rate, weight_decay=config.decay),
    }
    return made[config.optimizer]()


def losses(config: Config, logits: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean loss; wanted: rows that sum to 1 [n, classes]."""
    if config.loss == "absolute":
        return (logits.softmax(1) - wanted).abs().mean()
    return functional.cross_entropy(logits, wanted)


def tensor(pictures: Pictures, indices: np.ndarray, side: int) -> tuple[Tensor, Tensor]:
    """Return pictures squashed to `side`, uint8 [n, 3, side, side], and their classes, int64 [n]."""
    stack = np.empty((len(indices), side, side, 3), np.uint8)
    for at, index in enumerate(indices):
        picture = pictures.image(int(index))
        stack[at] = picture if picture.size == (side, side) else picture.resize((side, side), Image.Resampling.BICUBIC)
    labels = torch.tensor([pictures.label(int(index)) for index in indices])
    return torch.from_numpy(stack).permute(0, 3, 1, 2), labels


class Training:
    """The state of one training: pictures, net, optimizer, where it stands; saved after each epoch, resumed from `out`."""

    def __init__(self, config: Config) -> None:
        for name, known in (("optimizer", OPTIMIZERS), ("loss", LOSSES)):
            if getattr(config, name) not in known:
                raise UserError("train.bad_choice", name=name, choices=", ".join(known))
        torch.manual_seed(config.seed)
        self.config = config
        self.accelerator = Accelerator(mixed_precision=config.precision)
        pictures = open_set(config.data, config.name)
        self.names = pictures.names
        train = pictures.split("train")
        train = train[np.random.default_rng(config.seed).permutation(len(train))[: config.limit or None]]
        self.x, self.y = tensor(pictures, train, config.side)
        self.val_x, self.val_y = tensor(pictures, pictures.split("val"), config.side)
        self.teacher = self._teacher()
        net = build(config, len(self.names)).to(memory_format=torch.channels_last)  # twice as fast on a CPU with bf16
        self.plain = net
        self.parts = {"net": net, "optimizer": optimizer(config, list(net.parameters()))}
        state = kept(config.out, self.parts)
        self.step, self.epoch, self.spent_s = state.get("step", 0), state.get("epoch", 0), state.get("spent_s", 0.0)
        self.net, self.optimizer = self.accelerator.prepare(net, self.parts["optimizer"])

    def _teacher(self) -> nn.Module | None:
        if not self.config.teacher:
            return None
        net = loaders.load(Catalog.read()[self.config.teacher], str(self.accelerator.device), {})
        if len(net.labels) != len(self.names):
            raise UserError("train.other_names", teacher=self.config.teacher, has=len(net.labels), wants=len(self.names))
        return net.module

    def run(self) -> None:
        """Train to the end of the schedule; leaves checkpoint, curve and report in `out`."""
        config = self.config
        config.out.mkdir(parents=True, exist_ok=True)
        steps = config.epochs * (1 if config.optimizer == "gd" else max(1, len(self.x) // config.batch))
        self.pace = Pace(steps, config.minutes, self.spent_s, self.accelerator)
        while self.pace.progress(self.step) < 1:
            loss = self._epoch()
            self.epoch += 1
            if self.accelerator.is_main_process:
                truth, guess = self.judge()
                row = {"epoch": self.epoch, "loss": loss, "accuracy": float((truth == guess).mean()), "minutes": self.pace.spent_s / 60}
                report.row(config.out / "curve.csv", row)
                keep(config.out, self.parts, {"step": self.step, "epoch": self.epoch, "spent_s": self.pace.spent_s}, config)
            self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            finish(config.out, *self.judge(), self.names)

    def _batches(self) -> Iterator[tuple[Tensor, Tensor, float]]:
        """Yield this process's share of every batch, augmented, as (pictures, answers, share of the epoch that the batch is)."""
        config, device = self.config, self.accelerator.device
        part, parts = self.accelerator.process_index, self.accelerator.num_processes
        for rows in torch.randperm(len(self.x)).split(config.batch):
            if len(rows) < min(config.batch, len(self.x)):
                continue
            mine = rows[part::parts]
            x = move(self.x[mine].to(device).float() / 127.5 - 1, config.augment).contiguous(memory_format=torch.channels_last)
            yield *self._wanted(x, self.y[mine].to(device)), len(rows) / len(self.x)

    def _wanted(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        if self.teacher is not None:
            with torch.inference_mode():
                wanted = self.teacher(x).softmax(1)
        else:
            wanted = functional.one_hot(labels, len(self.names)).float()
        return blend(x, wanted.clone(), self.config.augment)

    def _epoch(self) -> float:
        """Train one epoch and return the mean loss; gd adds up the gradients of all batches and takes one step."""
        self.net.train()
        whole, found = self.config.optimizer == "gd", []
        self.optimizer.zero_grad()
        batches = report.bar(self._batches(), len(self.x) // self.config.batch, f"epoch {self.epoch + 1}", self.accelerator.is_main_process)
        for x, wanted, share in batches:
            progress = self.pace.progress(self.step)
            if progress >= 1:
                break
            with self.accelerator.autocast():
                logits = self.net(x)
            loss = losses(self.config, logits.float(), wanted)
            self.accelerator.backward(loss * share if whole else loss)
            found.append(self.accelerator.reduce(loss.detach(), "mean").item())
            if not whole:
                self._move(progress)
        if whole and found:
            self._move(self.pace.progress(self.step))
        return sum(found) / max(1, len(found))

    def _move(self, progress: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.rate * cosine(progress)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    @torch.inference_mode()
    def judge(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the true and the guessed classes of the val pictures."""
        self.plain.eval()
        device = self.accelerator.device
        guess = [self.plain(x.to(device).float() / 127.5 - 1).argmax(1).cpu() for x in self.val_x.split(256)]
        return self.val_y.numpy(), torch.cat(guess).numpy()


def finish(out: Path, truth: np.ndarray, guess: np.ndarray, names: tuple[str, ...]) -> dict:
    """Write report.json (accuracy, precision, recall, F1: macro and per class), confusion.png and curves.png; return the report."""
    from sklearn.metrics import classification_report

    found = classification_report(truth, guess, labels=range(len(names)), target_names=names, output_dict=True, zero_division=0)
    found["accuracy"] = float((truth == guess).mean())
    (out / "report.json").write_text(json.dumps(found, indent=1), "utf-8")
    report.confusion(out / "confusion.png", truth, guess, names)
    report.learning(out)
    log.info("accuracy %.4f, macro F1 %.4f", found["accuracy"], found["macro avg"]["f1-score"])
    return found


def run(config: Config) -> None:
    """Train as configured, from where an earlier run stopped."""
    Training(config).run()
