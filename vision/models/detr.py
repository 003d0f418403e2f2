"""Candidates of the DETR family through `transformers`: one box per query, none suppressed by another.

Source: Carion et al. 2020 (DETR, arXiv 2005.12872).
"""

import re
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vision.core.errors import ModelError
from vision.models.raw import FLOOR, Raw, array, indices

SHORT, LONG = 800, 1333  # pixels of the resized picture, as the model was trained
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


# The names in the hub's files, older than those of the library's modules
RENAMED = (
    (r"backbone\.conv_encoder", "backbone"),
    (r"out_proj", "o_proj"),
    (r"layers\.(\d+)\.fc(\d)", r"layers.\1.mlp.fc\2"),
)


def detr(**options: Any) -> Any:
    """Return a DETR of `transformers` with random weights; options: fields of its DetrConfig; ModelError without that package."""
    try:
        from transformers import DetrConfig, DetrForObjectDetection
    except ImportError:
        raise ModelError("detect.needs_transformers") from None
    return DetrForObjectDetection(DetrConfig(**{"use_pretrained_backbone": False, **options}))


def renamed(source: dict[str, Any]) -> dict[str, Any]:
    """Return a state of the hub's files under the names of the module."""
    out = {}
    for name, value in source.items():
        for old, new in RENAMED:
            name = re.sub(old, new, name)
        out[name] = value
    return out


def prepare(rgb: NDArray[np.uint8], device: Any) -> torch.Tensor:
    """Return float32 [1, 3, h, w]: resized to the trained size, normalised."""
    x = torch.tensor(rgb).to(device).permute(2, 0, 1)[None].float() / 255
    height, width = rgb.shape[:2]
    scale = min(SHORT / min(height, width), LONG / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    x = torch.nn.functional.interpolate(x, size=size, mode="bilinear", antialias=True, align_corners=False)
    mean, std = (torch.tensor(values, device=device)[:, None, None] for values in (MEAN, STD))
    return (x - mean) / std


def read(module: Any, rgb: NDArray[np.uint8], device: Any, floor: float = FLOOR) -> Raw:
    """Return each pair of query and class above the floor; the last class, "no object", is none."""
    height, width = rgb.shape[:2]
    out = module(pixel_values=prepare(rgb, device))
    scores = out.logits[0].softmax(-1)[:, :-1]  # [queries, classes]
    middle, size = out.pred_boxes[0].split(2, -1)  # 0..1 of the picture
    boxes = torch.cat([middle - size / 2, middle + size / 2], -1).clamp(0, 1)
    queries, classes = torch.nonzero(scores > floor, as_tuple=True)
    xyxy = array(boxes[queries]) * np.array([width, height, width, height], np.float64)
    return Raw(xyxy, array(scores[queries, classes]), indices(classes), indices(queries))
