"""(net, picture) -> all candidates of a detector, before threshold and suppression."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from vision.core.boxes import finite
from vision.core.errors import ModelError
from vision.core.results_detect import Candidates
from vision.models.raw import FLOOR, Raw

if TYPE_CHECKING:
    from vision.core.picture import Picture
    from vision.models.net import Net

CAP = 2500  # candidates kept of one picture, best first: what a browser suppresses within a frame
WITHOUT_SUPPRESSION = ("detr",)


def reader(family: str) -> Callable[..., Raw]:
    """Return the function that reads a family's candidates; ModelError for a family that none knows."""
    from vision.models import dense, detr, rcnn, yolo

    readers: dict[str, Callable[..., Raw]] = {
        "yolo": yolo.read,
        "rcnn": rcnn.read,
        "retinanet": dense.retina,
        "fcos": dense.fcos,
        "ssd": dense.ssd,
        "detr": detr.read,
    }
    if family not in readers:
        raise ModelError("detect.unknown_family", family=family, known=", ".join(readers))
    return readers[family]


def candidates(net: Net, picture: Picture, floor: float = FLOOR, cap: int = CAP) -> Candidates:
    """Run a detector once and return its candidates above the floor, sorted by score, at most `cap`; the rest is counted."""
    import torch

    start = time.perf_counter()
    with torch.inference_mode():
        found = reader(net.card.family)(net.module, picture.rgb, net.device, floor)
    scale = picture.width / picture.rgb.shape[1]  # not 1 where the picture was reduced on its way in
    usable = finite(found.xyxy, found.scores)
    usable &= (found.xyxy[:, 2:] >= found.xyxy[:, :2]).all(axis=1)  # an empty box at the picture's edge stays, as in torchvision
    order = np.flatnonzero(usable)
    order = order[np.argsort(-found.scores[order], kind="stable")]
    kept = order[:cap]
    fields: dict[str, Any] = {name: getattr(found, name)[kept] for name in ("scores", "classes", "sources")}
    return Candidates(
        model=net.card.key,
        revision=net.card.revision,
        device=str(net.device),
        ms=(time.perf_counter() - start) * 1000,
        picture=picture.facts,
        xyxy=found.xyxy[kept] * scale,
        proposals=None if found.proposals is None else found.proposals * scale,
        objectness=found.objectness,
        names=tuple(net.labels),
        capped=found.hidden + len(order) - len(kept),
        invalid=int((~usable).sum()),
        suppresses=net.card.family not in WITHOUT_SUPPRESSION,
        **fields,
    )
