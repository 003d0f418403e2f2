"""Candidates of torchvision's one-stage detectors: RetinaNet, FCOS, SSD.

Their own top-k per level (SSD: per class) is kept, as it is part of what the model says; what it dropped is counted.
Sources: Lin et al. 2017 (RetinaNet), Tian et al. 2019 (FCOS), Liu et al. 2016 (SSD); torchvision's files of these names.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vision.models.raw import FLOOR, Raw, array, indices
from vision.models.rcnn import clip, features


def _outputs(module: Any, rgb: NDArray[np.uint8], device: Any) -> tuple[Any, list[Tensor], dict[str, Tensor], Tensor, NDArray[np.float64]]:
    images, maps, ratio = features(module, rgb, device)
    levels = list(maps.values())
    outputs = {name: value[0] for name, value in module.head(levels).items()}
    return images, levels, outputs, module.anchor_generator(images, levels)[0], ratio


def _best(scores: Tensor, floor: float, most: int) -> tuple[Tensor, int]:
    """Indices of the `most` best of scores [N] above the floor, best first, and how many above it were left out."""
    above = torch.nonzero(scores > floor).flatten()
    order = scores[above].topk(min(most, len(above))).indices
    return above[order], len(above) - len(order)


def _levels(module: Any, levels: list[Tensor], scores: Tensor, floor: float) -> tuple[Tensor, Tensor, int]:
    """Anchor and class indices of each level's best, and how many were left out; scores [anchors, classes]."""
    places = [level.shape[-2] * level.shape[-1] for level in levels]
    counts = [n * (len(scores) // sum(places)) for n in places]
    rows, columns, hidden, start = [], [], 0, 0
    for part in scores.split(counts):
        best, left = _best(part.flatten(), floor, module.topk_candidates)
        rows.append(torch.div(best, part.shape[1], rounding_mode="floor") + start)
        columns.append(best % part.shape[1])
        hidden += left
        start += len(part)
    return torch.cat(rows), torch.cat(columns), hidden


def retina(module: Any, rgb: NDArray[np.uint8], device: Any, floor: float = FLOOR) -> Raw:
    """Return RetinaNet's candidates: a sigmoid per class at each anchor."""
    images, levels, out, anchors, ratio = _outputs(module, rgb, device)
    scores = out["cls_logits"].sigmoid()
    at, classes, hidden = _levels(module, levels, scores, floor)
    boxes = clip(module.box_coder.decode_single(out["bbox_regression"][at], anchors[at]), images.image_sizes[0])
    return Raw(array(boxes) * ratio, array(scores[at, classes]), indices(classes), indices(at), hidden=hidden)


def fcos(module: Any, rgb: NDArray[np.uint8], device: Any, floor: float = FLOOR) -> Raw:
    """Return FCOS's candidates: the geometric mean of class score and centre-ness at each place."""
    images, levels, out, anchors, ratio = _outputs(module, rgb, device)
    scores = torch.sqrt(out["cls_logits"].sigmoid() * out["bbox_ctrness"].sigmoid())
    at, classes, hidden = _levels(module, levels, scores, floor)
    boxes = clip(module.box_coder.decode(out["bbox_regression"][at], anchors[at]), images.image_sizes[0])
    return Raw(array(boxes) * ratio, array(scores[at, classes]), indices(classes), indices(at), hidden=hidden)


def ssd(module: Any, rgb: NDArray[np.uint8], device: Any, floor: float = FLOOR) -> Raw:
    """Return SSD's candidates: a softmax over the classes and background (0) at each default box."""
    images, _, out, anchors, ratio = _outputs(module, rgb, device)
    scores = out["cls_logits"].softmax(-1)
    boxes = clip(module.box_coder.decode_single(out["bbox_regression"], anchors), images.image_sizes[0])
    rows, columns, hidden = [], [], 0
    for label in range(1, scores.shape[1]):
        best, left = _best(scores[:, label], floor, module.topk_candidates)
        rows.append(best)
        columns.append(torch.full_like(best, label))
        hidden += left
    at, classes = torch.cat(rows), torch.cat(columns)
    return Raw(array(boxes[at]) * ratio, array(scores[at, classes]), indices(classes), indices(at), hidden=hidden)
