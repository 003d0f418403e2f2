"""The last blocks of a known net learn other names: what its first blocks make of each picture is computed once and kept.

Most of the work of a forward pass lies in the early, general layers, which hardly change when names do (Yosinski et al. 2014, How
transferable are features, arXiv 1411.1792). With them frozen and their maps kept on disk, an epoch pays for the last blocks only.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision.transforms as T
from accelerate import Accelerator
from safetensors.torch import load_file
from timm.layers import resample_abs_pos_embed
from torch import Tensor, nn
from torch.nn import functional

from vision.models import labels, loaders
from vision.models.catalog import Catalog
from vision.train import report
from vision.train.augment import Augment, blend
from vision.train.checkpoint import keep, kept
from vision.train.classifier import finish
from vision.train.data import Joined, Packed
from vision.train.halves import Tail, frozen_half
from vision.train.pace import Pace, cosine
from vision.train.teacher import Teacher

log = logging.getLogger("glassbox")
HARVEST = 64  # pictures in one forward pass of the frozen part


@dataclass(frozen=True)
class Config:
    """One training of a net's last blocks.

    start    key of the catalogue's classifier to begin with: an EfficientNet or a plain vision transformer of timm
    weights  file to begin with instead of that classifier's own: .safetensors (a head may be missing), or a checkpoint of this room
    also     a second packed set, whose pictures of the same classes are learnt too, `repeat` crops of each
    teacher  key of a classifier whose answers to the same crops are learnt too (Hinton 2015); empty: none
    trust    share of the teacher's answer in what is to be learnt
    names    the set of labels of the answers, in the order of the packed set's classes; names that `start` knows begin with its weights
    frozen   stages (of a CNN) or blocks (of a transformer) that stay as they are
    views    crops of every picture that are kept; each epoch takes the next
    minutes  work to spend after the maps are made; 0: by epochs
    skip     leave out that many pictures of the first set, which an earlier training has learnt
    limit    train on that many pictures of the first set only, after `skip`; 0: all
    judged   val pictures that tell how far it is after each epoch; 0: all, or `limit`
    """

    data: Path
    out: Path
    name: str = "tinyimagenet"
    names: str = "tiny200"
    start: str = "efficientnet-lite0"
    weights: str = ""
    also: str = ""
    repeat: int = 1
    teacher: str = ""
    trust: float = 0.5
    frozen: int = 5
    side: int = 160
    views: int = 1
    epochs: int = 4
    minutes: float = 0.0
    batch: int = 128
    rate: float = 1e-3
    decay: float = 0.05
    smoothing: float = 0.1
    mixup: float = 0.0
    skip: int = 0
    limit: int = 0
    judged: int = 0
    precision: str = "bf16"
    seed: int = 0


def started(config: Config) -> tuple[nn.Module, tuple[float, ...], tuple[float, ...]]:
    """Return the net to begin with, its head made new for the wanted names; and the mean and deviation of its input."""
    if config.weights:
        return given(config)
    net = loaders.load(Catalog.read()[config.start], "cpu", {})
    module: Any = net.module.requires_grad_(False)
    known, wanted = {name: at for at, name in enumerate(net.labels)}, labels.read(config.names)
    old: Any = module.get_classifier()
    module.reset_classifier(len(wanted))
    new = module.get_classifier()
    for at, name in enumerate(wanted):
        if name in known:
            new.weight.data[at], new.bias.data[at] = old.weight[known[name]], old.bias[known[name]]
    assert net.preprocessing is not None  # every classifier has one
    return module, net.preprocessing.mean, net.preprocessing.std


def given(config: Config) -> tuple[nn.Module, tuple[float, ...], tuple[float, ...]]:
    """Return the net that the file `weights` holds, for pictures of any side; ValueError where it is not this architecture."""
    card = Catalog.read()[config.start]
    module = loaders.build(replace(card, options={**card.options, "dynamic_img_size": True})).requires_grad_(False)
    path = Path(config.weights)
    state = (
        load_file(path) if path.suffix == ".safetensors" else whole(torch.load(path, weights_only=True, map_location="cpu")).state_dict()
    )
    net: Any = module
    if "pos_embed" in state and state["pos_embed"].shape != net.pos_embed.shape:  # of another side
        state["pos_embed"] = resample_abs_pos_embed(state["pos_embed"], list(net.patch_embed.grid_size))
    missing, unknown = module.load_state_dict(state, strict=False)
    if unknown or any(not name.startswith("head.") for name in missing):
        raise ValueError(f"{path.name} does not fit {config.start}: {[*missing, *unknown][:4]}")
    how = loaders.preprocessing(card, module)
    assert how is not None
    return module, how.mean, how.std


class Training:
    """The state of one training; maps are kept beside the checkpoint, which is saved after each epoch."""

    def __init__(self, config: Config) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.accelerator = Accelerator(mixed_precision=config.precision)
        self.rank, self.processes = self.accelerator.process_index, self.accelerator.num_processes
        first = Packed(config.data, config.name)
        self.pictures = Joined(first, Packed(config.data, config.also), config.repeat) if config.also else first
        self.teacher = Teacher(config.teacher, config.names) if config.teacher else None
        self.whole, self.mean, self.std = started(config)
        self.tail = Tail(self.whole, config.frozen).requires_grad_(True).to(memory_format=torch.channels_last)
        limit, own = config.limit or None, len(first.split("train"))
        train = self.pictures.split("train")
        self.rows = {
            "train": np.concatenate([train[:own][config.skip :][:limit], train[own:]]),
            "val": self.pictures.split("val")[: config.judged or limit],
        }
        self.y = {split: torch.tensor([self.pictures.label(int(i)) for i in rows]) for split, rows in self.rows.items()}
        self.parts = {"tail": self.tail, "optimizer": torch.optim.AdamW(self.tail.parameters(), config.rate, weight_decay=config.decay)}
        state = kept(config.out, self.parts)
        self.step, self.epoch, self.spent_s = state.get("step", 0), state.get("epoch", 0), state.get("spent_s", 0.0)
        self.net, self.optimizer = self.accelerator.prepare(self.tail, self.parts["optimizer"])

    def run(self) -> None:
        """Make the maps that are missing, then train to the end of the schedule."""
        config = self.config
        config.out.mkdir(parents=True, exist_ok=True)
        self.val = self._maps("val", 0)
        for view in range(config.views):
            self._maps("train", view)
        self.pace = Pace(config.epochs * max(1, len(self.y["train"]) // config.batch), config.minutes, self.spent_s, self.accelerator)
        if not self.epoch:
            self._tell(float("nan"))  # no loss yet; how far the old names alone come
        while self.pace.progress(self.step) < 1:
            loss = self._epoch(self.epoch % config.views)
            self.epoch += 1
            self._tell(loss)
            if self.accelerator.is_main_process:
                keep(config.out, self.parts, {"step": self.step, "epoch": self.epoch, "spent_s": self.pace.spent_s}, config)
        if self.accelerator.is_main_process:
            finish(config.out, *self.judge(), labels.read(config.names))

    def _tell(self, loss: float) -> None:
        self.accelerator.wait_for_everyone()
        if not self.accelerator.is_main_process:
            return
        truth, guess = self.judge()
        accuracy = float((truth == guess).mean())
        report.row(self.config.out / "curve.csv",
                   {"epoch": self.epoch, "loss": loss, "accuracy": accuracy, "minutes": self.pace.spent_s / 60})  # fmt: skip

    def _maps(self, split: str, view: int) -> np.ndarray:
        """Return the kept maps of one view, float16 [n, ...], mapped from disk; made first where they are not there."""
        path = self.config.out / f"{split}{view}.npy"
        if not path.exists():
            with torch.random.fork_rng():
                self._harvest(split, view, path)
        return np.load(path, mmap_mode="r")

    def _harvest(self, split: str, view: int, path: Path) -> None:
        """Make the maps of one view, each process its share; what is cut at random hangs on the seed only, not on how many work."""
        rows, partial, side = self.rows[split], path.with_suffix(".partial"), self.config.side
        files = {partial: self._shared(partial, (len(rows), *self._see(torch.zeros(1, 3, side, side)).shape[1:]))}
        if self.teacher and split == "train":
            files[self._answers(view)] = self._shared(self._answers(view), (len(rows), len(labels.read(self.config.names))))
        for at in range(0, len(rows), HARVEST)[self.rank :: self.processes]:
            torch.manual_seed(int(np.random.SeedSequence((self.config.seed, view, at)).generate_state(1)[0]))
            pixels = self._pixels([int(row) for row in rows[at : at + HARVEST]], split == "train")
            files[partial][at : at + len(pixels)] = self._see(pixels)
            if self.teacher and split == "train":
                with torch.inference_mode(), self.accelerator.autocast():
                    files[self._answers(view)][at : at + len(pixels)] = self.teacher(pixels).half().cpu().numpy()
            if self.accelerator.is_main_process and at % (HARVEST * 100) == 0:
                log.info("%s: %d of %d", path.name, at, len(rows))
        for file in files.values():
            file.flush()
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            partial.rename(path)
        self.accelerator.wait_for_everyone()

    def _shared(self, path: Path, shape: tuple[int, ...]) -> np.ndarray:
        """Return an array on disk, float16, that all processes write to."""
        if self.accelerator.is_main_process:
            np.lib.format.open_memmap(path, "w+", np.float16, shape).flush()
        self.accelerator.wait_for_everyone()
        return np.lib.format.open_memmap(path, "r+")

    def _answers(self, view: int) -> Path:
        return self.config.out / f"teacher{view}.npy"

    def _pixels(self, rows: list[int], changed: bool) -> Tensor:
        side = self.config.side
        size = T.Resize((side, side), T.InterpolationMode.BICUBIC)
        cut = T.RandomResizedCrop(side, scale=(0.5, 1), interpolation=T.InterpolationMode.BICUBIC)
        view = T.Compose([cut, T.RandomHorizontalFlip()]) if changed else size
        return torch.stack([T.functional.to_tensor(view(self.pictures.image(row))) for row in rows])

    @torch.inference_mode()
    def _see(self, pixels: Tensor) -> np.ndarray:
        x = T.functional.normalize(pixels, self.mean, self.std).to(self.accelerator.device)
        with self.accelerator.autocast():
            maps = frozen_half(self.whole.eval(), self.config.frozen, x.contiguous(memory_format=torch.channels_last))
        return maps.half().cpu().contiguous().numpy()

    def _tensor(self, maps: np.ndarray) -> Tensor:
        x = torch.from_numpy(maps).to(self.accelerator.device).float()
        return x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x

    def _batches(self, view: int) -> Iterator[tuple[Tensor, Tensor]]:
        config, device = self.config, self.accelerator.device
        classes, maps = len(labels.read(config.names)), self._maps("train", view)
        answers = np.load(self._answers(view), mmap_mode="r") if self.teacher else None
        for rows in torch.randperm(len(maps)).split(config.batch):
            if len(rows) == min(config.batch, len(maps)):
                order = rows[self.rank :: self.processes].sort().values  # neighbours on disk are read together
                x = self._tensor(maps[order.numpy()])
                wanted = functional.one_hot(self.y["train"][order], classes).float()
                wanted = wanted * (1 - config.smoothing) + config.smoothing / classes
                if answers is not None:
                    wanted = wanted.lerp(torch.from_numpy(answers[order.numpy()]).float(), config.trust)
                yield blend(x, wanted.to(device), Augment(mixup=config.mixup))

    def _epoch(self, view: int) -> float:
        self.net.train()
        found = []
        total = len(self.y["train"]) // self.config.batch
        for x, wanted in report.bar(self._batches(view), total, f"epoch {self.epoch + 1}", self.accelerator.is_main_process):
            if (progress := self.pace.progress(self.step)) >= 1:
                break
            with self.accelerator.autocast():
                logits = self.net(x)
            loss = functional.cross_entropy(logits.float(), wanted)
            found.append(self.accelerator.reduce(loss.detach(), "mean").item())
            for group in self.optimizer.param_groups:
                group["lr"] = self.config.rate * cosine(progress)
            self.optimizer.zero_grad()
            self.accelerator.backward(loss)
            self.accelerator.clip_grad_norm_(self.tail.parameters(), 5.0)
            self.optimizer.step()
            self.step += 1
        return sum(found) / max(1, len(found))

    @torch.inference_mode()
    def judge(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the true and the guessed classes of the val pictures."""
        self.tail.eval()
        with self.accelerator.autocast():
            parts = np.array_split(self.val, max(1, len(self.val) // 256))
            guess = [self.tail(self._tensor(part.copy())).argmax(1).cpu() for part in parts]
        return self.y["val"].numpy(), torch.cat(guess).numpy()


def whole(state: dict[str, Any]) -> nn.Module:
    """Return the net of a finished training, both halves together, from its checkpoint."""
    settings = {name: Path(value) if name in ("data", "out") else value for name, value in state["config"].items()}
    config = Config(**settings)
    module, _, _ = started(config)
    Tail(module, config.frozen).load_state_dict(state["parts"]["tail"])
    return module.eval()


def run(config: Config) -> None:
    """Train as configured, from where an earlier run stopped."""
    Training(config).run()
