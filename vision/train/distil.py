"""The hybrid ViT learns from two CNNs: it answers on each crop as they do (Beyer et al. 2022, arXiv 2106.05237).

It does not start from nothing. The first projection keeps the directions in which the CNN's own answers vary most, the last block passes
what it attends to as it is, and the head starts as the ridge regression from there to the teachers' answers: the net begins as a CNN
whose mean over places is replaced by attention, and learns where to look.
"""

import copy
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional

from vision.models.hybrid import HybridViT
from vision.train import report
from vision.train.checkpoint import NAME, keep, kept
from vision.train.harvest import Pass, cnn
from vision.train.pace import Pace, cosine

log = logging.getLogger("glassbox")


@dataclass(frozen=True)
class Config:
    """One training of the hybrid ViT.

    harvest      folder of the passes that `vision.train.harvest` made
    minutes      work to spend; 0: by epochs
    seen         places of the hundred that a training step shows, all of them in the last tenth: cheaper, and no place may be relied on
    mix          share of batches in which two pictures are blended, maps and answers alike
    own_share    weight of the trunk's own answers beside the teacher's
    label_share  weight of the true name where a picture has one
    """

    harvest: Path
    out: Path
    minutes: float = 0.0
    epochs: int = 10
    width: int = 320
    depth: int = 4
    heads: int = 5
    mlp_ratio: float = 2.0
    batch: int = 128
    rate: float = 1e-3
    decay: float = 0.1
    dropout: float = 0.1
    drop_path: float = 0.1
    seen: int = 60
    mix: float = 0.6
    own_share: float = 0.5
    label_share: float = 0.2
    average: float = 0.998
    precision: str = "bf16"
    seed: int = 0


def passes(folder: Path) -> list[list[Path]]:
    """Return the files of every complete training pass, in order; more may come while a training runs."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("train*.safetensors")):
        found.setdefault(path.name.split(".")[0], []).append(path)
    return [paths for paths in found.values() if len(paths) == int(paths[0].name.split(".")[1].split("of")[1])]


def answers(one: Pass, rows: Tensor, config: Config) -> Tensor:
    """Return what the student should answer on some crops: float32 [rows, 1000], rows sum to 1."""
    teacher, own = one.teacher[rows].float().softmax(1), one.own[rows].float().softmax(1)
    soft = teacher.lerp(own, config.own_share)
    labels = one.labels[rows]
    hard = functional.one_hot(labels.clamp(min=0), soft.shape[1]).float()
    return torch.where((labels >= 0)[:, None], soft.lerp(hard, config.label_share), soft)


class LastMap:
    """The trunk's last convolution, normalisation and rectifier as one matrix: it looks at one place at a time, so any places will do."""

    def __init__(self, trunk: nn.Module, device: torch.device | str = "cpu") -> None:
        conv, norm = trunk.conv_head, trunk.bn2
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        self.weight = (conv.weight[:, :, 0, 0] * gain[:, None]).to(device)
        self.bias = (norm.bias - norm.running_mean * gain).to(device)

    @torch.no_grad()
    def __call__(self, maps: Tensor) -> Tensor:
        """Turn kept maps [n, k, 320] into places of the trunk's last map [n, k, 1280]."""
        return functional.relu6(functional.linear(maps.float(), self.weight, self.bias))


@torch.no_grad()
def begin(net: HybridViT, one: Pass, config: Config, rows: int = 3000) -> None:
    """Start the net near the CNN it looks through, as the module's first lines say."""
    trunk, last_map = net.trunk[0], LastMap(net.trunk[0])
    chosen = torch.randperm(len(one.maps))[:rows]
    places = torch.cat([last_map(one.maps[part]).mean(1, keepdim=True) for part in chosen.split(256)])  # [rows, 1, channels]
    sample = last_map(one.maps[chosen[:256]]).flatten(0, 1)
    net.mean.copy_(sample.mean(0))
    net.std.copy_(sample.std(0) + 1e-3)
    logits = trunk.classifier(places[:, 0])
    directions = torch.linalg.svd(logits - logits.mean(0), full_matrices=False)[2][: config.width]  # [width, classes]
    weight = directions @ trunk.classifier.weight * net.std  # [width, channels], for normalised places
    spread = functional.linear((sample - net.mean) / net.std, weight).std()
    net.embed.weight.copy_(weight / spread)
    net.embed.bias.zero_()
    last = net.blocks[-1]
    width = config.width
    last.attn.qkv.weight[2 * width :].copy_(torch.eye(width))
    last.attn.proj.weight.copy_(torch.eye(width))
    last.ls1.gamma.fill_(1.0)
    net.eval()
    tokens = torch.cat([net.attend(last_map(one.maps[part]))[:, 0] for part in chosen.split(256)])
    wanted = torch.log(answers(one, chosen, config).clamp(min=1e-5))
    wanted = wanted - wanted.mean(1, keepdim=True)
    middle, mean = tokens.mean(0), wanted.mean(0)
    centred = tokens - middle
    ridge = centred.T @ centred + 1e-2 * len(tokens) * torch.eye(width)
    net.head.weight.copy_(torch.linalg.solve(ridge, centred.T @ (wanted - mean)).T)
    net.head.bias.copy_(mean - net.head.weight @ middle)


def mirror(maps: Tensor) -> Tensor:
    """Flip maps left to right: nearly the map of the flipped picture."""
    side = round(maps.shape[1] ** 0.5)
    return maps.unflatten(1, (side, side)).flip(2).flatten(1, 2)


def batches(one: Pass, config: Config, seen: int, share: tuple[int, int]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield (maps of `seen` random places, answers, where these places are) for one epoch; `share` is (this process, of how many)."""
    for rows in torch.randperm(len(one.maps)).split(config.batch):
        if len(rows) < config.batch:
            continue
        rows = rows[share[0] :: share[1]]
        maps, wanted = one.maps[rows].float(), answers(one, rows, config)
        if torch.rand(()) < 0.5:
            maps = mirror(maps)
        if torch.rand(()) < config.mix:
            weight = float(torch.distributions.Beta(0.8, 0.8).sample())
            other = torch.randperm(len(rows))
            maps, wanted = maps.lerp(maps[other], 1 - weight), wanted.lerp(wanted[other], 1 - weight)
        places = maps.shape[1]
        at = torch.rand(len(rows), places).argsort(1)[:, :seen]
        yield maps.gather(1, at[:, :, None].expand(-1, -1, maps.shape[2])), wanted, at


@torch.inference_mode()
def accuracy(net: HybridViT, one: Pass) -> tuple[float, float]:
    """Return top-1 and top-5 shares on a pass whose pictures all have names."""
    net.eval()
    last_map = LastMap(net.trunk[0])
    with torch.autocast("cpu", torch.bfloat16):
        logits = [net.forward_head(net.attend(last_map(one.maps[rows]))) for rows in torch.arange(len(one.maps)).split(128)]
    hits = torch.cat(logits).topk(5, 1).indices == one.labels[:, None]
    return hits[:, 0].float().mean().item(), hits.any(1).float().mean().item()


def groups(net: nn.Module, decay: float) -> list[dict]:
    """Return parameters in two groups: matrices decay, vectors and positions do not."""
    named = [(name, one) for name, one in net.named_parameters() if one.requires_grad]
    shrink = [one for name, one in named if one.ndim > 1 and name not in ("cls_token", "pos_embed")]
    rest = [one for name, one in named if not (one.ndim > 1 and name not in ("cls_token", "pos_embed"))]
    return [{"params": shrink, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


class Student(nn.Module):
    """The net as training calls it, so that gradients of several processes meet."""

    def __init__(self, net: HybridViT) -> None:
        super().__init__()
        self.net = net

    def forward(self, places: Tensor, at: Tensor) -> Tensor:
        return self.net.forward_head(self.net.attend(places, at))


class Training:
    """The state of one training: net, moving average, optimizer, where it stands; saved after each epoch."""

    def __init__(self, config: Config) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.accelerator = Accelerator(mixed_precision=config.precision)
        self.trunk = cnn("efficientnet-lite0").to(self.accelerator.device)
        shape = (config.width, config.depth, config.heads, config.mlp_ratio)
        net = HybridViT(self.trunk, *shape, dropout=config.dropout, drop_path=config.drop_path)
        self.last_map = LastMap(self.trunk, self.accelerator.device)
        if not (config.out / NAME).exists():
            begin(net, Pass.read(passes(config.harvest)[0]), config)
        self.average = copy.deepcopy(net).requires_grad_(False).to(self.accelerator.device)
        optimizer = torch.optim.AdamW(groups(net, config.decay), lr=config.rate, betas=(0.9, 0.98))
        self.parts = {"net": net, "average": self.average, "optimizer": optimizer}
        state = kept(config.out, self.parts)
        self.step, self.epoch, self.spent_s = state.get("step", 0), state.get("epoch", 0), state.get("spent_s", 0.0)
        self.net = net
        self.student, self.optimizer = self.accelerator.prepare(Student(net), optimizer)

    def run(self) -> None:
        """Train to the end of the schedule; leaves checkpoint and curves in `out`."""
        config = self.config
        config.out.mkdir(parents=True, exist_ok=True)
        val = Pass.read(sorted(config.harvest.glob("val.*.safetensors")))
        if not self.epoch:
            log.info("before training: top-1 %.3f, top-5 %.3f", *accuracy(self.average, val))
        found = passes(config.harvest)
        steps = config.epochs * (len(Pass.read(found[0]).maps) // config.batch)
        self.pace = Pace(steps, config.minutes, self.spent_s, self.accelerator)
        while self.pace.progress(self.step) < 1:
            found = passes(config.harvest)  # passes that came meanwhile take part
            loss = self._epoch(Pass.read(found[self.epoch % len(found)]))
            self.epoch += 1
            self._report(loss, val, len(found))
            keep(config.out, self.parts, {"step": self.step, "epoch": self.epoch, "spent_s": self.pace.spent_s}, config)
        report.learning(config.out)

    def _epoch(self, one: Pass) -> float:
        self.student.train()
        share = (self.accelerator.process_index, self.accelerator.num_processes)
        losses = []
        seen = one.maps.shape[1] if self.pace.progress(self.step) > 0.9 else self.config.seen  # the last part sees every place, as in use
        steps = batches(one, self.config, seen, share)
        for maps, wanted, at in report.bar(steps, len(one.maps) // self.config.batch, f"epoch {self.epoch + 1}", share[0] == 0):
            progress = self.pace.progress(self.step)
            if progress >= 1:
                break
            for group in self.optimizer.param_groups:
                group["lr"] = self.config.rate * cosine(progress)
            losses.append(self._learn(maps, wanted, at))
            self.step += 1
        return sum(losses) / max(1, len(losses))

    def _learn(self, maps: Tensor, wanted: Tensor, at: Tensor) -> float:
        device = self.accelerator.device
        with self.accelerator.autocast():
            logits = self.student(self.last_map(maps.to(device)), at.to(device))
        loss = functional.kl_div(logits.float().log_softmax(1), wanted.to(device), reduction="batchmean")
        self.optimizer.zero_grad()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.student.parameters(), 1.0)
        self.optimizer.step()
        rate = min(self.config.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.average.parameters(), self.net.parameters(), strict=True):
                slow.lerp_(fast, 1 - rate)
        return loss.item()

    def _report(self, loss: float, val: Pass, count: int) -> None:
        row = {"epoch": self.epoch, "passes": count, "loss": loss}
        row["top1"], row["top5"] = accuracy(self.average, val)
        row["minutes"] = self.pace.spent_s / 60
        report.row(self.config.out / "curve.csv", row)


def run(config: Config) -> None:
    """Train as configured, from where an earlier run stopped."""
    Training(config).run()
