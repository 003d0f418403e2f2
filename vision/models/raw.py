"""What a detector says before threshold and suppression, in one shape for all families."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

FLOOR = 0.01  # scores at or below are noise that no slider needs; a softmax over 91 classes starts at 0.011


@dataclass(frozen=True)
class Raw:
    """Candidates of one picture.

    xyxy        float64 [N, 4]  pixels of the upright picture, clipped to it
    scores      float64 [N]     > floor
    classes     int64 [N]       index into the model's labels
    sources     int64 [N]       the proposal (R-CNN), anchor or place (one-stage) or query (DETR) each came from
    proposals   float64 [P, 4]  boxes of the region proposal network, else None
    objectness  float64 [P]     their scores in 0..1, else None
    hidden      how many above the floor the model's own top-k dropped before they could be seen
    """

    xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]
    sources: NDArray[np.int64]
    proposals: NDArray[np.float64] | None = None
    objectness: NDArray[np.float64] | None = None
    hidden: int = 0


def array(value: "Tensor") -> NDArray[np.float64]:
    """Return a tensor as float64 on the CPU."""
    return value.detach().double().cpu().numpy()


def indices(value: "Tensor") -> NDArray[np.int64]:
    """Return a tensor of indices as int64 on the CPU."""
    return value.detach().long().cpu().numpy()
