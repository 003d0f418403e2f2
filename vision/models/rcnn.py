"""Candidates of torchvision's Faster R-CNN family, with the proposals they came from.

The module's own parts are called in its own order, up to but without its score threshold and suppression, and nothing of it is changed.
Source: Ren et al. 2015 (Faster R-CNN); torchvision's generalized_rcnn, rpn and roi_heads.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vision.models.raw import FLOOR, Raw, array, indices

LEAST = 1e-2  # pixels of the resized picture; torchvision drops thinner boxes before suppression


def features(module: Any, rgb: NDArray[np.uint8], device: Any) -> tuple[Any, dict[str, Tensor], NDArray[np.float64]]:
    """Return the resized picture (an ImageList), the pyramid's maps, and what turns its pixels into the original's, float64 [4]."""
    x = torch.tensor(rgb).to(device).permute(2, 0, 1).float() / 255  # [3, H, W]
    images, _ = module.transform([x])
    maps = module.backbone(images.tensors)
    height, width = images.image_sizes[0]
    ratio = np.array([rgb.shape[1] / width, rgb.shape[0] / height], np.float64)
    return images, maps if isinstance(maps, dict) else {"0": maps}, np.tile(ratio, 2)


def clip(boxes: Tensor, size_hw: tuple[int, int]) -> Tensor:
    """Clip boxes [..., 4] to a picture."""
    height, width = size_hw
    return torch.stack([boxes[..., i].clamp(0, (width, height)[i % 2]) for i in range(4)], -1)


def propose(rpn: Any, images: Any, maps: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return the region proposals [P, 4] in pixels of the resized picture and their objectness [P] in 0..1, best first."""
    levels = list(maps.values())
    logits, deltas = rpn.head(levels)
    anchors = rpn.anchor_generator(images, levels)
    counts = [level[0].numel() for level in logits]
    flat = torch.cat([level.permute(0, 2, 3, 1).reshape(-1, 1) for level in logits])
    shifts = torch.cat([_rows(level) for level in deltas])
    boxes = rpn.box_coder.decode(shifts, anchors).view(1, -1, 4)
    found, scores = rpn.filter_proposals(boxes, flat, images.image_sizes, counts)
    return found[0], scores[0]


def _rows(level: Tensor) -> Tensor:
    """[1, anchors * 4, h, w] -> [h * w * anchors, 4], in the order of the anchors."""
    _, wide, h, w = level.shape
    return level.view(1, wide // 4, 4, h, w).permute(0, 3, 4, 1, 2).reshape(-1, 4)


def read(module: Any, rgb: NDArray[np.uint8], device: Any, floor: float = FLOOR) -> Raw:
    """Return each pair of proposal and class above the floor; background (class 0) is none."""
    images, maps, ratio = features(module, rgb, device)
    proposals, objectness = propose(module.rpn, images, maps)
    heads = module.roi_heads
    pooled = heads.box_roi_pool(maps, [proposals], images.image_sizes)
    logits, deltas = heads.box_predictor(heads.box_head(pooled))  # [P, classes], [P, classes * 4]
    boxes = clip(heads.box_coder.decode(deltas, [proposals]), images.image_sizes[0])  # [P, classes, 4]
    scores = logits.softmax(-1)
    sides = boxes[..., 2:] - boxes[..., :2]
    usable = (scores > floor) & (sides >= LEAST).all(-1)
    usable[:, 0] = False
    sources, classes = torch.nonzero(usable, as_tuple=True)
    xyxy = array(boxes[sources, classes]) * ratio
    return Raw(xyxy, array(scores[sources, classes]), indices(classes), indices(sources), array(proposals) * ratio, array(objectness))
