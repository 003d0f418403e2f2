"""A class-conditional GAN for 64-pixel pictures: generator, critic, and the latent directions that change pictures most.

Sources: Radford et al. 2016 (DCGAN, arXiv 1511.06434); Miyato and Koyama 2018 (projection critic, arXiv 1802.05637);
Dumoulin et al. 2017 and Brock et al. 2019 (normalisation conditioned on the class); Härkönen et al. 2020 (GANSpace, directions).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


class ConditionalNorm(nn.Module):
    """Batch normalisation whose scale and shift are read from the class."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale = nn.Linear(classes, channels, bias=False)
        self.shift = nn.Linear(classes, channels, bias=False)
        nn.init.ones_(self.scale.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        return self.norm(x) * self.scale(label)[:, :, None, None] + self.shift(label)[:, :, None, None]  # type: ignore[no-any-return]


class Stage(nn.Module):
    """Doubles the side of a map: transposed convolution, normalisation by class, rectifier."""

    def __init__(self, wide_in: int, wide: int, classes: int) -> None:
        super().__init__()
        self.grow = nn.ConvTranspose2d(wide_in, wide, 4, 2, 1, bias=False)
        self.norm = ConditionalNorm(wide, classes)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        return functional.relu(self.norm(self.grow(x), label))


class Generator(nn.Module):
    """Latent and class in, picture out.

    label  float32 [n, classes]  shares of the classes, rows sum to 1: one class is a row with a single 1, a blend has several
    """

    def __init__(self, classes: int, latent: int = 64, width: int = 32) -> None:
        super().__init__()
        wide = (8 * width, 6 * width, 4 * width, 2 * width, width)  # at 4, 8, 16, 32, 64 pixels
        self.latent, self.classes = latent, classes
        self.first = nn.Linear(latent + classes, wide[0] * 16)
        self.norm = ConditionalNorm(wide[0], classes)
        self.stages = nn.ModuleList([Stage(a, b, classes) for a, b in pairwise(wide)])
        self.paint = nn.Conv2d(wide[-1], 3, 3, 1, 1)

    def maps(self, z: Tensor, label: Tensor) -> list[Tensor]:
        """Return the feature maps of every stage, [n, c, 4, 4] to [n, c, 64, 64], the picture -1..1 [n, 3, 64, 64] last."""
        x = self.first(torch.cat([z, label], 1)).unflatten(1, (-1, 4, 4))
        made = [functional.relu(self.norm(x, label))]
        for stage in self.stages:
            made.append(stage(made[-1], label))
        return [*made, torch.tanh(self.paint(made[-1]))]

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        return self.maps(z, label)[-1]


class Critic(nn.Module):
    """Scores how much a picture looks like the training pictures of a class: a logit, not a probability of being real."""

    def __init__(self, classes: int, width: int = 32) -> None:
        super().__init__()
        wide = (3, width, 2 * width, 4 * width, 8 * width)
        self.shrink = nn.ModuleList([nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(wide)])
        self.last = nn.Conv2d(wide[-1], wide[-1], 3, 1, 1)
        self.score = nn.Linear(wide[-1], 1)
        self.project = nn.Linear(classes, wide[-1], bias=False)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Return scores [n] of pictures [n, 3, 64, 64] in -1..1."""
        for conv in self.shrink:
            x = functional.leaky_relu(conv(x), 0.2)
        x = functional.leaky_relu(self.last(x), 0.2).sum((2, 3))  # [n, c]; a sum, as Miyato's: with a mean the hinge is never reached
        return self.score(x)[:, 0] + (x * self.project(label)).sum(1)  # type: ignore[no-any-return]


class Gan(nn.Module):
    """What ships: generator, critic and latent directions in one file.

    directions  float32 [8, latent]  unit vectors; one step along them is one standard deviation of the latent
    """

    def __init__(self, classes: int = 17, latent: int = 64, width: int = 32, directions: int = 8) -> None:
        super().__init__()
        self.generator = Generator(classes, latent, width)
        self.critic = Critic(classes, width)
        self.register_buffer("directions", torch.zeros(directions, latent))
        self.to(memory_format=torch.channels_last)  # convolutions of a CPU are faster so

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        return self.generator(z, label)  # type: ignore[no-any-return]

    def example(self) -> tuple[Tensor, Tensor]:
        """Return inputs of one forward pass."""
        return torch.zeros(1, self.generator.latent), torch.eye(self.generator.classes)[:1]
