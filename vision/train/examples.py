"""Pictures with true boxes as a detector learns them: mirrored, recoloured, a part of one, parts of four in one.

A target's "view" and "place" say what is where, a row for each picture that is seen: xyxy of the part that is seen in 0..1 of the picture
as it is kept, from right to left where it is mirrored; and xyxy of where it is shown, in 0..1 of the whole. Source of the four in one:
Bochkovskiy et al. 2020 (YOLOv4, arXiv 2004.10934).
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vision.train.data import CROWD
from vision.train.marked import Marked

LEAST = 1.0  # pixels: thinner boxes are left out
GREY = (0.299, 0.587, 0.114)
Target = dict[str, Tensor]


def example(pictures: Marked, index: int, known: dict[int, int], flip: bool = False) -> tuple[Tensor, Target]:
    """Return a picture float32 [3, h, w] in 0..1 with its boxes; crowds, classes not in `known` and boxes under 1 px are left out."""
    pixels = torch.from_numpy(np.array(pictures.image(index))).permute(2, 0, 1).float() / 255
    xyxy, labels, flags = pictures.boxes(index)
    use = np.array([label in known and not flag & CROWD for label, flag in zip(labels.tolist(), flags.tolist(), strict=True)], bool)
    use &= ((xyxy[:, 2:] - xyxy[:, :2]) >= LEAST).all(1)
    boxes = torch.from_numpy(xyxy[use].astype(np.float32)).reshape(-1, 4)
    if flip:
        pixels = pixels.flip(2)
        boxes = torch.stack([pixels.shape[2] - boxes[:, 2], boxes[:, 1], pixels.shape[2] - boxes[:, 0], boxes[:, 3]], 1)
    named = torch.tensor([known[label] for label in labels[use].tolist()], dtype=torch.int64)
    view = torch.tensor([[1.0, 0, 0, 1] if flip else [0.0, 0, 1, 1]])
    return pixels, {"boxes": boxes, "labels": named, "view": view, "place": torch.tensor([[0.0, 0, 1, 1]])}


def cropped(pixels: Tensor, target: Target, zoom: float) -> tuple[Tensor, Target]:
    """Return a random part of a picture, up to `zoom` smaller and of its shape, with the boxes whose middle it has, cut at its edges."""
    height, width = pixels.shape[1:]
    scale = 1 - zoom * float(torch.rand(()))
    return _part(pixels, target, max(1, round(height * scale)), max(1, round(width * scale)))


def _part(pixels: Tensor, target: Target, tall: int, wide: int) -> tuple[Tensor, Target]:
    """Return a part of that size from a random place."""
    height, width = pixels.shape[1:]
    top, left = int(torch.randint(height - tall + 1, ())), int(torch.randint(width - wide + 1, ()))
    boxes = target["boxes"] - torch.tensor([left, top, left, top])
    size = torch.tensor([wide, tall])
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = ((middle >= 0) & (middle < size)).all(1)
    cut = torch.minimum(boxes.clamp(min=0), size.repeat(2))
    inside &= ((cut[:, 2:] - cut[:, :2]) >= LEAST).all(1)
    corners = torch.tensor([left, top, left + wide, top + tall]) / torch.tensor([width, height]).repeat(2)
    start, end = target["view"][:, :2].repeat(1, 2), target["view"][:, 2:].repeat(1, 2)
    seen = {"boxes": cut[inside], "labels": target["labels"][inside], "view": start + (end - start) * corners}
    return pixels[:, top : top + tall, left : left + wide], target | seen


def mosaic(four: list[tuple[Tensor, Target]]) -> tuple[Tensor, Target]:
    """Return parts of four pictures in one of the first one's size, around a random middle; each is shrunk to about a half."""
    height, width = four[0][0].shape[1:]
    across, down = (round(side * (0.35 + 0.3 * float(torch.rand(())))) for side in (width, height))
    quarters = ((0, 0, across, down), (across, 0, width, down), (0, down, across, height), (across, down, width, height))
    canvas, targets = torch.empty(3, height, width), []
    for (pixels, target), (left, top, right, bottom) in zip(four, quarters, strict=True):
        tall, wide = bottom - top, right - left
        scale = min(pixels.shape[1] / tall, pixels.shape[2] / wide) * (1 - 0.4 * float(torch.rand(())))
        part, seen = _part(pixels, target, max(1, int(tall * scale)), max(1, int(wide * scale)))
        ratio = torch.tensor([wide / part.shape[2], tall / part.shape[1]]).repeat(2)
        canvas[:, top:bottom, left:right] = functional.interpolate(part[None], (tall, wide), mode="bilinear", antialias=True)[0]
        boxes = seen["boxes"] * ratio + torch.tensor([left, top, left, top])
        use = ((boxes[:, 2:] - boxes[:, :2]) >= LEAST).all(1)
        place = torch.tensor([[left, top, right, bottom]]) / torch.tensor([width, height]).repeat(2)
        targets.append(seen | {"boxes": boxes[use], "labels": seen["labels"][use], "place": place})
    return canvas, {name: torch.cat([one[name] for one in targets]) for name in targets[0]}


def coloured(pixels: Tensor, amount: float) -> Tensor:
    """Return a picture with brightness, contrast and saturation changed by up to `amount` of themselves, each either way."""
    bright, contrast, colour = (1 + amount * (2 * torch.rand(3) - 1)).tolist()
    pixels = pixels * bright
    pixels = pixels.mean().lerp(pixels, torch.tensor(contrast))
    grey = (pixels * torch.tensor(GREY).view(3, 1, 1)).sum(0, keepdim=True)
    return grey.lerp(pixels, torch.tensor(colour)).clamp(0, 1)
