"""YOLOv4-tiny written out, and the reader of its original darknet weights.

Batch normalisation is folded into the convolutions when the weights are converted, so a layer is one convolution with a bias.
Sources: Wang, Bochkovskiy and Liao 2021 (Scaled-YOLOv4, arXiv 2011.08036); the network file yolov4-tiny.cfg.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 416  # pixels of the square that a picture is squashed to
CLASSES = 80
ANCHORS = (  # width and height in pixels of the SIDE square, per head: coarse, fine
    ((81, 82), (135, 169), (344, 319)),
    ((23, 27), (37, 58), (81, 82)),  # the network file really names 81,82 twice and never uses 10,14
)
STRETCH = 1.05  # "scale_x_y": lets a centre reach the edge of its cell


class Conv(nn.Module):
    """A same-size convolution with a leaky rectifier."""

    def __init__(self, wide_in: int, wide: int, side: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(wide_in, wide, side, stride, side // 2)

    def forward(self, x: Tensor) -> Tensor:
        return functional.leaky_relu(self.conv(x), 0.1)


class Partial(nn.Module):
    """A cross-stage partial block: only half of the channels go through the two inner convolutions."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.enter = Conv(wide, wide, 3)
        self.first = Conv(wide // 2, wide // 2, 3)
        self.second = Conv(wide // 2, wide // 2, 3)
        self.leave = Conv(wide, wide, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        whole = self.enter(x)  # [n, c, h, w]
        first = self.first(whole.chunk(2, 1)[1])  # [n, c/2, h, w]
        left = self.leave(torch.cat([self.second(first), first], 1))  # [n, c, h, w]
        return left, torch.cat([whole, left], 1)  # the second: [n, 2c, h, w]


class Yolov4Tiny(nn.Module):
    """The network: a picture in, one box and 80 class scores for each of 3 anchors at every place of two grids."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Conv(3, 32, 3, 2), Conv(32, 64, 3, 2))
        self.stage1, self.stage2, self.stage3 = Partial(64), Partial(128), Partial(256)
        self.top = Conv(512, 512, 3)
        self.neck = Conv(512, 256, 1)
        self.coarse = nn.Sequential(Conv(256, 512, 3), nn.Conv2d(512, 3 * (5 + CLASSES), 1))
        self.bridge = Conv(256, 128, 1)
        self.fine = nn.Sequential(Conv(384, 256, 3), nn.Conv2d(256, 3 * (5 + CLASSES), 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return boxes float32 [n, places, 4] xyxy in 0..1 of the input and scores [n, places, 80]: objectness times class.

        x  float32 [n, 3, h, w], RGB in 0..1, sides divisible by 32; 416 x 416 gives 2,535 places
        """
        x = functional.max_pool2d(self.stage1(self.stem(x))[1], 2)
        x = functional.max_pool2d(self.stage2(x)[1], 2)
        lateral, x = self.stage3(x)
        neck = self.neck(self.top(functional.max_pool2d(x, 2)))
        up = functional.interpolate(self.bridge(neck), scale_factor=2.0, mode="nearest")
        heads = (self.coarse(neck), self.fine(torch.cat([up, lateral], 1)))
        boxes, scores = zip(*[decode(head, anchors) for head, anchors in zip(heads, ANCHORS, strict=True)], strict=True)
        return torch.cat(boxes, 1), torch.cat(scores, 1)


def decode(head: Tensor, anchors: tuple[tuple[int, int], ...]) -> tuple[Tensor, Tensor]:
    """Turn one head's output [n, 3 * 85, h, w] into boxes [n, 3 * h * w, 4] (xyxy, 0..1) and scores [n, 3 * h * w, 80]."""
    n, _, h, w = head.shape
    z = head.view(n, len(anchors), 5 + CLASSES, h, w).permute(0, 1, 3, 4, 2)  # [n, anchor, h, w, 85]
    rows, columns = torch.meshgrid(torch.arange(h, device=z.device), torch.arange(w, device=z.device), indexing="ij")
    cell = torch.stack([columns, rows], -1)  # [h, w, 2]
    grid = torch.tensor([w, h], device=z.device)
    middle = (z[..., :2].sigmoid() * STRETCH - (STRETCH - 1) / 2 + cell) / grid
    size = z[..., 2:4].exp() * torch.tensor(anchors, device=z.device, dtype=z.dtype)[:, None, None] / SIDE
    boxes = torch.cat([middle - size / 2, middle + size / 2], -1)
    scores = z[..., 4:5].sigmoid() * z[..., 5:].sigmoid()
    return boxes.reshape(n, -1, 4), scores.reshape(n, -1, CLASSES)


def fold(buffer: bytes) -> dict[str, Tensor]:
    """Return the state of `Yolov4Tiny`, float32, from the bytes of yolov4-tiny.weights, batch normalisation folded in.

    Order in the file, for each convolution of the network file: bias, then if normalised scale, mean, variance; then the kernel.
    Raises ValueError where the length is not that of this network.
    """
    major, minor = np.frombuffer(buffer, np.int32, 2)
    values = np.frombuffer(buffer, np.float32, offset=20 if major * 10 + minor >= 2 else 16).astype(np.float64)
    heads = {"coarse.1", "fine.1"}  # the only convolutions without normalisation
    state, at = {}, 0
    for name, layer in Yolov4Tiny().named_modules():
        if not isinstance(layer, nn.Conv2d):
            continue
        wide, inside = layer.out_channels, layer.weight.numel()
        parts = 1 if name in heads else 4
        if at + parts * wide + inside > len(values):
            raise ValueError("The file ends before the last convolution of yolov4-tiny.")
        bias, *normal = values[at : at + parts * wide].reshape(parts, wide)
        kernel = values[at + parts * wide : at + parts * wide + inside].reshape(layer.weight.shape)
        at += parts * wide + inside
        if normal:
            scale, mean, variance = normal
            gain = scale / np.sqrt(variance + 1e-6)
            kernel, bias = kernel * gain[:, None, None, None], bias - mean * gain
        state[f"{name}.weight"] = torch.from_numpy(kernel.astype(np.float32))
        state[f"{name}.bias"] = torch.from_numpy(bias.astype(np.float32))
    if at != len(values):
        raise ValueError(f"The file holds {len(values) - at} numbers more than yolov4-tiny has.")
    return state
