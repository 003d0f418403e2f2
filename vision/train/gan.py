"""A class-conditional GAN learns to paint one packed set, such as the fruits.

Losses: the DCGAN paper's (the tutorials'), non-saturating (Goodfellow et al. 2014) or hinge (Lim and Ye 2017); the critic is kept smooth
by spectral normalisation (Miyato et al. 2018) or R1 (Mescheder et al. 2018); both nets see pictures through the same differentiable
augmentation (Zhao et al. 2020), so that the critic cannot learn the training pictures by heart; samples come from a moving average.
"""

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import remove_parametrizations

from vision.models.gan import Critic, Gan, Generator
from vision.train import report
from vision.train.checkpoint import NAME, keep, kept
from vision.train.data import Packed
from vision.train.pace import Pace

log = logging.getLogger("glassbox")


@dataclass(frozen=True)
class Config:
    """One training of the GAN.

    name       the packed set; all its pictures, both splits: what is made new is checked against every one of them
    minutes    work to spend; 0: by steps
    loss       "hinge", "nonsaturating" or "dcgan" (the critic's labels 0.9 and 0: one-sided smoothing)
    r1         weight of R1, every 16th step; 0 with spectral normalisation, 0.1 or so without
    augment    differentiable augmentation on both sides of the critic
    average    half-life of the moving average in pictures
    """

    data: Path
    out: Path
    name: str = "fruits64"
    minutes: float = 0.0
    steps: int = 20_000
    batch: int = 32
    latent: int = 64
    width: int = 32
    loss: str = "hinge"
    spectral: bool = True
    r1: float = 0.0
    augment: bool = True
    rate: float = 2e-4
    critic_rate: float = 4e-4
    average: int = 10_000
    precision: str = "bf16"
    report_steps: int = 250
    seed: int = 0


def tensor(pictures: Packed) -> tuple[Tensor, Tensor]:
    """Return all pictures of a set, uint8 [n, 3, h, w], and their classes, int64 [n]."""
    stack = np.stack([np.asarray(pictures.image(index)) for index in range(len(pictures))])
    labels = [pictures.label(index) for index in range(len(pictures))]
    return torch.from_numpy(stack).permute(0, 3, 1, 2).contiguous(), torch.tensor(labels)


def latents(n: int, classes: int, latent: int) -> tuple[Tensor, Tensor]:
    """Return random latents [n, latent] and classes as rows with a single 1 [n, classes]."""
    return torch.randn(n, latent), functional.one_hot(torch.randint(classes, (n,)), classes).float()


def augment(x: Tensor) -> Tensor:
    """Return pictures flipped, shifted by up to an eighth, with a hole, brighter or darker; differentiable, new for each picture."""
    n, _, height, width = x.shape
    device = x.device
    flip = torch.rand(n, 1, 1, 1, device=device) < 0.5
    x = torch.where(flip, x.flip(3), x)
    x = x + (torch.rand(n, 1, 1, 1, device=device) - 0.5) * 0.4
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * (0.6 + 0.8 * torch.rand(n, 1, 1, 1, device=device))
    reach = height // 8
    padded = functional.pad(x, (reach,) * 4, mode="replicate")  # white stays white at the edge
    rows, columns = (torch.arange(side, device=device) for side in (height, width))
    down, right = (torch.randint(0, 2 * reach + 1, (n, 1, 1), device=device) for _ in range(2))
    at = torch.arange(n, device=device)[:, None, None]
    x = padded.permute(0, 2, 3, 1)[at, rows[None, :, None] + down, columns[None, None, :] + right].permute(0, 3, 1, 2)
    top, left = (torch.randint(-height // 8, height, (n, 1), device=device) for _ in range(2))
    hole = height * 3 // 8
    inside = ((rows >= top) & (rows < top + hole))[:, :, None] & ((columns >= left) & (columns < left + hole))[:, None, :]
    return x * (~inside)[:, None]


def critic_loss(kind: str, real: Tensor, fake: Tensor) -> Tensor:
    """Return what the critic makes small, from its scores of real and generated pictures [n]."""
    if kind == "hinge":
        return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
    smooth = 0.9 if kind == "dcgan" else 1.0
    right = functional.binary_cross_entropy_with_logits(real, torch.full_like(real, smooth))
    return right + functional.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


def generator_loss(kind: str, fake: Tensor) -> Tensor:
    """Return what the generator makes small, from the critic's scores of its pictures [n]."""
    return -fake.mean() if kind == "hinge" else functional.softplus(-fake).mean()


def slope(critic: Callable[[Tensor, Tensor], Tensor], real: Tensor, label: Tensor) -> Tensor:
    """Return R1: the mean squared gradient of the critic's score at real pictures."""
    real = real.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(real, label).sum(), real, create_graph=True)
    return gradient.pow(2).sum((1, 2, 3)).mean()


def smooth(critic: Critic) -> Critic:
    """Put spectral normalisation on every layer of the critic."""
    for layer in critic.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            spectral_norm(layer)
    return critic


class Training:
    """The state of one training: generator, its moving average, critic, optimizers; resumed from `out` where it was stopped."""

    def __init__(self, config: Config) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.accelerator = Accelerator(mixed_precision=config.precision)
        pictures = Packed(config.data, config.name)
        self.classes = len(pictures.names)
        self.real, self.labels = tensor(pictures)
        generator = Generator(self.classes, config.latent, config.width).to(memory_format=torch.channels_last)
        critic = Critic(self.classes, config.width).to(memory_format=torch.channels_last)
        critic = smooth(critic) if config.spectral else critic
        self.average = copy.deepcopy(generator).requires_grad_(False).eval().to(self.accelerator.device)
        self.step, self.spent_s = 0, 0.0
        optimizers = [torch.optim.Adam(net.parameters(), rate, betas=(0.0, 0.99))
                      for net, rate in ((generator, config.rate), (critic, config.critic_rate))]  # fmt: skip
        parts = {"generator": generator, "critic": critic, "average": self.average, "paint": optimizers[0], "judge": optimizers[1]}
        if state := kept(config.out, parts):
            self.step, self.spent_s = state["step"], state["spent_s"]
        self.parts = parts
        self.generator, self.critic, *self.optimizers = self.accelerator.prepare(generator, critic, *optimizers)
        self.seen = functional.one_hot(torch.arange(self.classes).repeat_interleave(4), self.classes).float()
        self.fixed = torch.randn(len(self.seen), config.latent, generator=torch.Generator().manual_seed(1))

    def run(self) -> None:
        """Train to the end of the schedule; leaves checkpoint, curves and sample grids in `out`."""
        config = self.config
        config.out.mkdir(parents=True, exist_ok=True)
        self.pace = Pace(config.steps, config.minutes, self.spent_s)
        done: list[dict[str, float]] = []  # losses of the steps since the last row
        bar = report.bar(None, config.report_steps, "steps to the next picture")
        while (progress := self.pace.progress(self.step)) < 1:
            for optimizer, rate in zip(self.optimizers, (config.rate, config.critic_rate), strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = rate * min(1.0, 4 * (1 - progress))  # straight down over the last quarter
            done.append(self._step())
            self.step += 1
            bar.update()
            if self.step % config.report_steps == 0:
                self._report(done)
                bar.reset()
                done = []
        bar.close()
        if done:
            self._report(done)
        report.learning(config.out)

    def _batch(self) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(self.real), (self.config.batch,))
        device = self.accelerator.device
        label = functional.one_hot(self.labels[rows], self.classes).float()
        return self.real[rows].to(device).float() / 127.5 - 1, label.to(device)

    def _step(self) -> dict[str, float]:
        config, device = self.config, self.accelerator.device
        change = augment if config.augment else lambda x: x
        judge: Callable[[Tensor, Tensor], Tensor] = lambda x, label: self.critic(change(x), label).float()  # noqa: E731
        real, label = self._batch()
        z, wanted = (one.to(device) for one in latents(config.batch, self.classes, config.latent))
        paint, learn = self.optimizers
        with self.accelerator.autocast():
            with torch.no_grad():
                fake = self.generator(z, wanted)
            loss = critic_loss(config.loss, judge(real, label), judge(fake.float(), wanted))
            if config.r1 and self.step % 16 == 0:
                loss = loss + 16 * config.r1 / 2 * slope(judge, real, label)
        learn.zero_grad()
        self.accelerator.backward(loss)
        learn.step()
        z, wanted = (one.to(device) for one in latents(config.batch, self.classes, config.latent))
        self.critic.requires_grad_(False)
        with self.accelerator.autocast():
            made = generator_loss(config.loss, judge(self.generator(z, wanted).float(), wanted))
        paint.zero_grad()
        self.accelerator.backward(made)
        paint.step()
        self.critic.requires_grad_(True)
        self._follow()
        return {"critic_loss": loss.item(), "generator_loss": made.item()}

    @torch.no_grad()
    def _follow(self) -> None:
        share = min(0.5 ** (self.config.batch / self.config.average), (1 + self.step) / (10 + self.step))
        net = self.accelerator.unwrap_model(self.generator)
        for slow, fast in zip(self.average.parameters(), net.parameters(), strict=True):
            slow.lerp_(fast, 1 - share)
        for slow, fast in zip(self.average.buffers(), net.buffers(), strict=True):  # of batch normalisation
            slow.lerp_(fast, 1 - share) if slow.is_floating_point() else slow.copy_(fast)

    def _report(self, done: list[dict[str, float]]) -> None:
        config = self.config
        means = {name: sum(one[name] for one in done) / len(done) for name in done[0]}
        report.row(config.out / "curve.csv", {"step": self.step, **means, "minutes": self.pace.spent_s / 60})
        with torch.inference_mode():
            grid = self.average(self.fixed.to(self.accelerator.device), self.seen.to(self.accelerator.device))
        report.grid(config.out / f"samples{self.step:06d}.png", grid.float().cpu(), columns=self.classes)
        keep(config.out, self.parts, {"step": self.step, "spent_s": self.pace.spent_s}, config)


@torch.inference_mode()
def directions(generator: Generator, count: int, n: int = 2048) -> Tensor:
    """Return the latent directions that move the first stage's map most: unit vectors [count, latent], the strongest first.

    Principal components of the map after the first stage, carried back to the latent by least squares (Härkönen et al. 2020, section 2.2).
    The class is the same mixture for all, so that the components are of the latent alone. Sign: the largest part is positive.
    """
    random = torch.Generator().manual_seed(0)
    z = torch.randn(n, generator.latent, generator=random)
    label = torch.full((n, generator.classes), 1 / generator.classes)
    maps = torch.cat([generator.maps(a, b)[1].flatten(1) for a, b in zip(z.split(256), label.split(256), strict=True)])
    maps = maps - maps.mean(0)
    strength, vectors = torch.linalg.eigh(maps @ maps.T)  # there are fewer samples than numbers in a map
    coordinates = (vectors * strength.clamp(min=0).sqrt()).flip(1)[:, :count]  # [n, count], the strongest first
    back = torch.linalg.lstsq(coordinates, z).solution  # [count, latent]
    back = functional.normalize(back, dim=1)
    return back * back.gather(1, back.abs().argmax(1, keepdim=True)).sign()


def finished(run: Path, count: int = 8) -> Gan:
    """Return what ships from a training's folder: the averaged generator, the critic with its normalised weights, the directions."""
    state = torch.load(run / NAME, weights_only=True, map_location="cpu")
    parts, config = state["parts"], state["config"]
    classes = parts["average"]["norm.scale.weight"].shape[1]
    critic = Critic(classes, config["width"])
    critic = smooth(critic) if config["spectral"] else critic
    critic.load_state_dict(parts["critic"])
    for layer in critic.eval().modules():
        if hasattr(layer, "parametrizations"):
            remove_parametrizations(layer, "weight")
    gan = Gan(classes, config["latent"], config["width"], count)
    gan.generator.load_state_dict(parts["average"])
    gan.critic.load_state_dict(critic.state_dict())
    gan.directions.copy_(directions(gan.generator.eval(), count))
    return gan.eval()


def run(config: Config) -> None:
    """Train as configured, from where an earlier run stopped."""
    Training(config).run()
