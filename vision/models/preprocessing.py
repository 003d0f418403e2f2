"""A photo as a classifier's input, equal to timm's evaluation transform, and the part of the photo that the net saw.

Source: timm.data.transforms_factory.transforms_imagenet_eval (timm 1.0.31) on torchvision's Resize and CenterCrop.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    import torch

Box = tuple[float, float, float, float]
MODES = ("center", "squash", "border")
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
EXACT_PX = 2_000_000  # up to here the photo is resampled by Pillow, as timm does
HUGE_PX = 8_000_000  # a panorama's resized form beyond this is not made, only what the crop keeps of it


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
        pixels = _resample(rgb, (resized_w, resized_h), (left, top, left + inner_w, top + inner_h), self.interpolation)
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


def _resample(rgb: NDArray[np.uint8], size: tuple[int, int], box: tuple[int, int, int, int], filter_name: str) -> NDArray[np.uint8]:
    """Resize the photo to `size` (w, h) and cut `box` (of the resized) out.

    Up to EXACT_PX by Pillow, as timm does. A larger photo by torch: several times as fast, and its coarser fixed-point weights
    move a few values in a thousand by one of 255. What would grow beyond HUGE_PX is never made: Pillow resamples the box alone.
    """
    height, width = rgb.shape[:2]
    if size[0] * size[1] > HUGE_PX:
        return _boxed(rgb, size, box, FILTERS[filter_name])
    if height * width > EXACT_PX and filter_name in ("bilinear", "bicubic"):
        return _by_torch(rgb, size, filter_name)[box[1] : box[3], box[0] : box[2]]
    return np.array(Image.fromarray(rgb).resize(size, FILTERS[filter_name]).crop(box))


def _by_torch(rgb: NDArray[np.uint8], size: tuple[int, int], filter_name: str) -> NDArray[np.uint8]:
    import torch

    pixels = torch.from_numpy(_writable(np.ascontiguousarray(rgb))).permute(2, 0, 1)[None]
    resized = torch.nn.functional.interpolate(pixels, size[::-1], mode=filter_name, antialias=True, align_corners=False)
    return resized[0].permute(1, 2, 0).contiguous().numpy()  # type: ignore[no-any-return]


def _writable(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the same memory with leave to write, as torch warns of arrays without; nothing here writes into it."""
    if array.flags.writeable:
        return array
    leave = SimpleNamespace(__array_interface__={**array.__array_interface__, "data": (array.ctypes.data, False)}, of=array)
    return np.asarray(leave)


def _boxed(rgb: NDArray[np.uint8], size: tuple[int, int], box: tuple[int, int, int, int], resample: int) -> NDArray[np.uint8]:
    height, width = rgb.shape[:2]
    x, y = width / size[0], height / size[1]
    inside = (box[0] * x, box[1] * y, min(box[2] * x, width), min(box[3] * y, height))
    return np.array(Image.fromarray(rgb).resize((box[2] - box[0], box[3] - box[1]), resample, box=inside))
