"""What fusing returns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.core.measures import Measures
from vision.core.results import Answer, Fact, PictureFacts, raw
from vision.core.words import say


@dataclass(frozen=True, kw_only=True)
class Fusion(Answer):
    """Two pictures made one.

    picture   A, whose shape the canvas has; other: B
    rgb       uint8 [H, W, 3]  the fused picture
    share     uint8 [H, W]     how much of A won at each place, 255: all; None where the method knows no places
    """

    picture: PictureFacts
    other: PictureFacts
    method: str
    width: int
    height: int
    measures: Measures
    rgb: NDArray[np.uint8] = raw()
    share: NDArray[np.uint8] | None = raw()
    facts: tuple[Fact, ...] = field(default=(), metadata={"raw": True})

    @property
    def words(self) -> tuple[str, ...]:
        """The computed sentences, in the language that is spoken."""
        return tuple(say(key, **values) for key, values in self.facts)
