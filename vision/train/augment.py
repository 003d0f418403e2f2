"""Changing pictures a little, a batch at a time, so that a net cannot learn them by heart; and blending them in pairs."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Augment:
    """How pictures are changed; zeros and False: not at all.

    rotate  degrees, either way
    shift   share of the side, either way
    zoom    share by which a crop may be smaller than the picture
    mixup, cutmix  share of batches in which pictures are blended, or a rectangle is taken from another
    """

    rotate: float = 15.0
    shift: float = 0.1
    zoom: float = 0.0
    flip: bool = True
    mixup: float = 0.0
    cutmix: float = 0.0


def move(x: Tensor, how: Augment) -> Tensor:
    """Return pictures [n, 3, h, w] rotated, shifted, zoomed and flipped, each in its own way; edges are repeated."""
    if not (how.rotate or how.shift or how.zoom or how.flip):
        return x
    n, device = len(x), x.device
    angle = (torch.rand(n, device=device) * 2 - 1) * math.radians(how.rotate)
    scale = 1 - torch.rand(n, device=device) * how.zoom
    side = torch.where(torch.rand(n, device=device) < 0.5, -1.0, 1.0) if how.flip else torch.ones(n, device=device)
    offset = (torch.rand(n, 2, device=device) * 2 - 1) * 2 * how.shift  # the picture spans -1..1
    cos, sin = angle.cos() * scale, angle.sin() * scale
    matrix = torch.stack([torch.stack([cos * side, -sin, offset[:, 0]], 1), torch.stack([sin * side, cos, offset[:, 1]], 1)], 1)
    grid = functional.affine_grid(matrix, list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)


def blend(x: Tensor, wanted: Tensor, how: Augment) -> tuple[Tensor, Tensor]:
    """Return pictures [n, 3, h, w] and answers [n, classes], in some batches mixed up (Zhang 2018) or cut and mixed (Yun 2019)."""
    draw = float(torch.rand(()))
    if draw >= how.mixup + how.cutmix:
        return x, wanted
    other = torch.randperm(len(x), device=x.device)
    share = float(torch.rand(()))
    if draw < how.mixup:
        return x.lerp(x[other], 1 - share), wanted.lerp(wanted[other], 1 - share)
    height, width = x.shape[2:]
    tall, wide = round(height * math.sqrt(1 - share)), round(width * math.sqrt(1 - share))
    top, left = int(torch.randint(height - tall + 1, ())), int(torch.randint(width - wide + 1, ()))
    x = x.clone()
    x[:, :, top : top + tall, left : left + wide] = x[other, :, top : top + tall, left : left + wide]
    return x, wanted.lerp(wanted[other], tall * wide / (height * width))
