"""Candidates of YOLOv4-tiny: every pair of place and class above the floor."""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from vision.models.darknet import SIDE
from vision.models.raw import FLOOR, Raw, array, indices


def read(module: Any, rgb: NDArray[np.uint8], device: Any, floor: float = FLOOR) -> Raw:
    """Squash a picture to the square as darknet does (bilinear, no letterbox) and return all candidates.

    module  a `Yolov4Tiny` in evaluation mode; rgb  uint8 [H, W, 3]
    """
    height, width = rgb.shape[:2]
    square = cv2.resize(np.ascontiguousarray(rgb), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    x = torch.from_numpy(square).to(device).permute(2, 0, 1)[None].float() / 255  # [1, 3, 416, 416]
    boxes, scores = module(x)
    places, classes = torch.nonzero(scores[0] > floor, as_tuple=True)
    xyxy = array(boxes[0, places].clamp(0, 1)) * np.array([width, height, width, height], np.float64)
    return Raw(xyxy, array(scores[0, places, classes]), indices(classes), indices(places))
