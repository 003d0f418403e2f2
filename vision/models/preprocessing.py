"""A photo as a classifier's input, equal to timm's evaluation transform, and the part of the photo that the net saw.

Source: timm.data.transforms_factory.transforms_imagenet_eval (timm 1.0.31) on torchvision's Resize and CenterCrop.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    import torch

Box = tuple[float, float, float, float]
MODES = ("center", "squash", "border")
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
EXACT_PX = 2_000_000  # up to here the whole photo is resampled, as timm does; beyond, only what the crop keeps


@dataclass(frozen=True)
class Preprocessing:
    """How a classifier wants its photo: resize, crop, scale to 0..1, normalise by channel (RGB).

    input_hw   pixels of the input, height and width
    crop_pct   share of the resized side that the crop keeps
    crop_mode  center: the short side fits, the rest is cut; squash: both sides fit; border: the long side fits, the rest is mean colour
    """

    input_hw: tuple[int, int]
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    interpolation: str = "bicubic"
    crop_pct: float = 0.875
    crop_mode: str = "center"

    def __post_init__(self) -> None:
        if self.crop_mode not in MODES or self.interpolation not in FILTERS:
            raise ValueError(f"unknown crop mode or interpolation: {self.crop_mode}, {self.interpolation}")

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Preprocessing:
        """Return it from a timm data config (`timm.data.resolve_model_data_config`)."""
        height, width = config["input_size"][1:]
        return cls((height, width), tuple(config["mean"]), tuple(config["std"]), config["interpolation"],
                   config["crop_pct"], config["crop_mode"])  # fmt: skip

    def prepare(self, rgb: NDArray[np.uint8]) -> tuple[torch.Tensor, Box]:
        """Return the input and what of the photo it shows.

        rgb      uint8 [H, W, 3]          the upright photo
        returns  float32 [1, 3, h, w]     on the CPU
                 seen xyxy                pixels of the photo; with crop_mode border it reaches beyond the photo, as the input does
        """
        import torch

        pixels, seen = self.crop(rgb)
        tensor = torch.from_numpy(pixels).permute(2, 0, 1).contiguous().to(torch.float32).div_(255)
        mean, std = (torch.tensor(values, dtype=torch.float32)[:, None, None] for values in (self.mean, self.std))
        return tensor.sub_(mean).div_(std).unsqueeze(0), seen

    def crop(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Box]:
        """Return the input before scaling, uint8 [h, w, 3], and what of the photo it shows, xyxy."""
        height, width = rgb.shape[:2]
        resized_h, resized_w = self._resized(height, width)
        inner_h, inner_w = (min(a, b) for a, b in zip(self.input_hw, (resized_h, resized_w), strict=True))
        top, left = (_middle(full, part) for full, part in ((resized_h, inner_h), (resized_w, inner_w)))
        pixels = _resample(rgb, (resized_w, resized_h), (left, top, left + inner_w, top + inner_h), FILTERS[self.interpolation])
        above, before = ((full - part) // 2 for full, part in zip(self.input_hw, (inner_h, inner_w), strict=True))
        if (inner_h, inner_w) != self.input_hw:
            pixels = self._pad(pixels, above, before)
        x, y = width / resized_w, height / resized_h
        x0, y0 = left - before, top - above
        return pixels, (x0 * x, y0 * y, (x0 + self.input_hw[1]) * x, (y0 + self.input_hw[0]) * y)

    def _resized(self, height: int, width: int) -> tuple[int, int]:
        target = [math.floor(side / self.crop_pct) for side in self.input_hw]
        if self.crop_mode == "squash":
            return target[0], target[1]
        if self.crop_mode == "center" and target[0] == target[1]:  # torchvision's Resize of the short side: the long one is cut to an int
            short, long = sorted((height, width))
            size = (target[0], int(target[0] * long / short))
            return size if height <= width else size[::-1]
        ratios = (height / target[0], width / target[1])  # timm's ResizeKeepRatio: rounded
        ratio = max(ratios) if self.crop_mode == "border" else min(ratios)
        return max(1, round(height / ratio)), max(1, round(width / ratio))

    def _pad(self, pixels: NDArray[np.uint8], above: int, before: int) -> NDArray[np.uint8]:
        fill = [round(255 * value) for value in self.mean] if self.crop_mode == "border" else [0, 0, 0]
        padded = np.empty((*self.input_hw, 3), np.uint8)
        padded[:] = fill
        padded[above : above + pixels.shape[0], before : before + pixels.shape[1]] = pixels
        return padded


def _middle(full: int, part: int) -> int:
    return round((full - part) / 2.0)  # half to even, as torchvision's CenterCrop


def _resample(rgb: NDArray[np.uint8], size: tuple[int, int], box: tuple[int, int, int, int], resample: int) -> NDArray[np.uint8]:
    """Resize the photo to `size` (w, h) and cut `box` (of the resized) out, without making what the cut throws away.

    Where the photo or the resized one is large, Pillow resamples only the box: its box is float32, so a few values in 10,000 differ by one
    of 255 from resizing all of it.
    """
    height, width = rgb.shape[:2]
    if max(height * width, size[0] * size[1]) <= EXACT_PX:
        return np.array(Image.fromarray(rgb).resize(size, resample).crop(box))
    x, y = width / size[0], height / size[1]
    wanted = (box[0] * x, box[1] * y, box[2] * x, box[3] * y)
    margin = [math.ceil(3 * max(1.0, scale)) + 1 for scale in (x, y)]  # 3: the widest filter, Lanczos
    left, top = max(0, math.floor(wanted[0]) - margin[0]), max(0, math.floor(wanted[1]) - margin[1])
    right, bottom = min(width, math.ceil(wanted[2]) + margin[0]), min(height, math.ceil(wanted[3]) + margin[1])
    part = Image.fromarray(np.ascontiguousarray(rgb[top:bottom, left:right]))
    inside = (wanted[0] - left, wanted[1] - top, min(wanted[2], width) - left, min(wanted[3], height) - top)
    return np.array(part.resize((box[2] - box[0], box[3] - box[1]), resample, box=inside))
