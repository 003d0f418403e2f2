"""What the experiments of the Classify tab return: a net's answer on a changed photo, and a map while the net is made to forget."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.core.results import Answer, Fact, Guess, PictureFacts
from vision.core.words import say


@dataclass(frozen=True, kw_only=True)
class WhatIf(Answer):
    """What a net makes of a changed picture, whose facts these are.

    first   its first answer on the unchanged picture, with the score that this class has now; before: the score it had then
    top     its best classes now, sorted
    """

    picture: PictureFacts
    first: Guess
    before: float
    top: tuple[Guess, ...]

    @property
    def holds(self) -> bool:
        """Whether the first answer is still the best one."""
        return self.top[0].index == self.first.index


@dataclass(frozen=True, kw_only=True)
class Randomised(Answer):
    """A map after one more part of the net, from the top down, has got random weights.

    part    the part's name in the net, "" before the first; step: how many are random, of `steps`
    grid    float64 [h, w] in 0..1 over `seen` (xyxy, pixels of the picture); range: the true numbers of 0 and 1
    rank    Spearman's correlation with the map of the trained net, -1..1; None where a map is the same everywhere
    ssim    structural similarity of both maps as they are drawn, at most 1
    """

    picture: PictureFacts
    method: str
    target: Guess
    part: str
    step: int
    steps: int
    grid: NDArray[np.float64]
    range: tuple[float, float]
    seen: tuple[float, float, float, float]
    rank: float | None
    ssim: float
    facts: tuple[Fact, ...] = field(default=(), metadata={"raw": True})

    @property
    def done(self) -> bool:
        """Whether nothing learned is left."""
        return self.step == self.steps

    @property
    def words(self) -> tuple[str, ...]:
        """What the figures mean, in English; nothing before the last step."""
        return tuple(say(key, **values) for key, values in self.facts)
