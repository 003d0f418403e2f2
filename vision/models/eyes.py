"""A conditional DCGAN of painted eyes, 128 pixels, as the package omniart-eye-generator has it: a generator without a critic.

Sources: Radford et al. 2016 (DCGAN, arXiv 1511.06434); Mirza and Osindero 2014 (conditional GANs, arXiv 1411.1784).
"""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

WIDE = (1024, 512, 256, 128, 64, 3)  # channels at 4, 8, 16, 32, 64 and 128 pixels
DIRECTIONS = 8


class Painter(nn.Module):
    """Latent and class in, picture out."""

    def __init__(self, classes: int, latent: int) -> None:
        super().__init__()
        self.latent, self.classes = latent, classes
        self.grow = nn.ModuleList(
            [nn.ConvTranspose2d(latent + classes, WIDE[0], 4, bias=False)]
            + [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False) for a, b in pairwise(WIDE)]
        )
        self.norm = nn.ModuleList([nn.BatchNorm2d(wide) for wide in WIDE[:-1]])

    def maps(self, z: Tensor, label: Tensor) -> list[Tensor]:
        """Return the feature maps of every stage, [n, c, 4, 4] to [n, c, 64, 64], the picture -1..1 [n, 3, 128, 128] last."""
        x = torch.cat([z, label], 1)[:, :, None, None]
        made = []
        for grow, norm in zip(self.grow, self.norm, strict=False):
            x = norm(grow(x)).relu()
            made.append(x)
        return [*made, self.grow[-1](x).tanh()]

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        return self.maps(z, label)[-1]


class Eyes(nn.Module):
    """The generator with its latent directions.

    directions  float32 [8, latent]  unit vectors; one step along them is one standard deviation of the latent
    """

    def __init__(self, classes: int = 8, latent: int = 100) -> None:
        super().__init__()
        self.generator = Painter(classes, latent)
        self.register_buffer("directions", torch.eye(DIRECTIONS, latent))
        self.to(memory_format=torch.channels_last)

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        return self.generator(z, label)  # type: ignore[no-any-return]

    def example(self) -> tuple[Tensor, Tensor]:
        """Return inputs of one forward pass."""
        return torch.zeros(1, self.generator.latent), torch.eye(self.generator.classes)[:1]


def principal(first: Tensor, latent: int) -> Tensor:
    """Return the latent directions [8, latent] that move the first layer's output most, the strongest first.

    That layer is linear and latents are standard normal, so GANSpace's components (Härkönen et al. 2020, arXiv 2004.02546) are its left
    singular vectors. first  float32 [latent + classes, c, h, w]; each vector's largest part is positive.
    """
    vectors = torch.linalg.svd(first[:latent].flatten(1).double(), full_matrices=False).U[:, :DIRECTIONS].T
    sign = vectors.gather(1, vectors.abs().argmax(1, keepdim=True)).sign()
    return (vectors * sign).float()


def renamed(source: dict[str, Any], module: Any) -> dict[str, Any]:
    """Return the package's weights under the names of Eyes, with the directions."""
    spots = {0: "grow.0", 1: "norm.0"}  # the package's one long list; its dropout after the first stage does nothing here
    for stage in range(1, len(WIDE)):
        spots |= {3 * stage + 1: f"grow.{stage}", 3 * stage + 2: f"norm.{stage}"}
    state = {}
    for name, value in source.items():
        _, at, part = name.split(".")
        state[f"generator.{spots[int(at)]}.{part}"] = value
    return {**state, "directions": principal(source["main.0.weight"], module.generator.latent)}
