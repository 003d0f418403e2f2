"""What making pictures returns, and the latent places it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.core import latent
from vision.core.latent import Floats
from vision.core.results import Answer, PictureFacts, raw

Term = tuple[int, int, float]  # seed, index, weight


@dataclass(frozen=True)
class Place:
    """A place in latent space: weighted draws, pulled in, slid along directions, for a class or a mixture of two.

    terms       one draw of weight 1, or latent arithmetic such as A - B + C as three
    label       index of the class; other: of a second one, of which `share` is mixed in, 0..1
    truncation  1 leaves the draw, 0 is the centre
    sliders     standard deviations along the principal directions, the strongest first
    """

    terms: tuple[Term, ...]
    label: int = 0
    other: int = 0
    share: float = 0.0
    truncation: float = 1.0
    sliders: tuple[float, ...] = ()

    def z(self, directions: NDArray) -> Floats:
        """Return the latent of the place; directions  [k, n]."""
        size = np.asarray(directions).shape[1]
        drawn = sum((weight * latent.draw(seed, index, size) for seed, index, weight in self.terms), np.zeros(size))
        return latent.slide(latent.truncate(drawn, self.truncation), directions, self.sliders)

    def classes(self, count: int) -> NDArray[np.float32]:
        """Return the shares of the classes, float32 [count], sum 1."""
        found = np.zeros(count, np.float32)
        found[self.other] += np.float32(self.share)
        found[self.label] += np.float32(1 - self.share)
        return found


@dataclass(frozen=True, kw_only=True)
class Samples(Answer):
    """Pictures made.

    seeds   "seed:index" of each, or the terms of its arithmetic; label: the class asked for, "" for all in turn; labels: of each
    norms   of the latents; shell: mean and standard deviation of the norms of typical ones
    critic  a logit of "looks like the training pictures of this class", not a probability of being real; empty without a critic
    rgb     uint8 [n, h, w, 3]
    """

    seeds: tuple[str, ...]
    label: str
    labels: tuple[str, ...]
    norms: tuple[float, ...]
    shell: tuple[float, float]
    critic: tuple[float, ...]
    rgb: NDArray[np.uint8] = raw()


@dataclass(frozen=True, kw_only=True)
class Stages(Answer):
    """The feature maps of one picture on its way through the generator: per stage uint8 [channels, h, w], each channel by its own range."""

    maps: tuple[NDArray[np.uint8], ...] = raw()
    shapes: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Judgement(Answer):
    """The critic's score of somebody's own picture, per class; out of its training pictures' kind it says little."""

    picture: PictureFacts
    labels: tuple[str, ...]
    scores: tuple[float, ...]
