"""A fusion written down: how B lies on A and how the two are mixed. Frozen and hashable, so that each is computed once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vision.core import mask
from vision.core.blend import MODES
from vision.core.mask import Share, Stroke
from vision.core.place import Move

BLENDS = ("alpha", "channels", *(mode for mode in MODES if mode != "normal"))  # tables of two bytes: the browser does them too
METHODS = (*BLENDS, "pyramid", "hybrid", "poisson", "mertens", "features")
MASKED = ("pyramid", "poisson")
MASKS = ("gradient", "oval", "brush")
RULES = ("li", "lahoud")


@dataclass(frozen=True)
class Mask:
    """Where A wins. gradient: angle, at, width; oval: size; brush: strokes on a ground of A (1) or B (0)."""

    kind: str = "gradient"
    angle: float = 0.0
    at: float = 0.5
    width: float = 0.2
    size: float = 0.6
    ground: float = 1.0
    strokes: tuple[Stroke, ...] = ()

    def paint(self, wh: tuple[int, int]) -> Share:
        """Return the share of A for a canvas: float32 [H, W]."""
        if self.kind == "gradient":
            return mask.gradient(wh, self.angle, self.at, self.width)
        if self.kind == "oval":
            return mask.oval(wh, self.size)
        return mask.brush(wh, self.strokes, self.ground)


@dataclass(frozen=True)
class Recipe:
    """Every choice of one fusion; what the method does not use is ignored.

    alpha       share of A, 0..1; of the blend modes: how much of A stays as it is
    light       "srgb" or "linear", of alpha, channels and modes
    weights     share of A in red, green, blue (channels)
    levels      of the pyramid
    sigma       of the hybrid's two Gaussians, in percent of the canvas's long side: A is blurred by the first, B sharpened by the second
    clone       "normal" or "mixed" gradients (poisson)
    exposure    exponents of contrast, saturation, well-exposedness (mertens)
    rule        "li" or "lahoud"; layer: the net's stage, -1: all (features)
    side        long side of the canvas in pixels, 0: A's own
    """

    method: str = "alpha"
    alpha: float = 0.5
    light: str = "srgb"
    fit: str = "fit"
    move: Move = field(default_factory=Move)
    weights: tuple[float, float, float] = (0.8, 0.5, 0.2)
    mask: Mask = field(default_factory=Mask)
    levels: int = 6
    sigma: tuple[float, float] = (1.2, 0.6)
    clone: str = "normal"
    exposure: tuple[float, float, float] = (1.0, 1.0, 1.0)
    rule: str = "lahoud"
    layer: int = -1
    side: int = 0

    @property
    def mode(self) -> str:
        """The blend mode of the tables."""
        return self.method if self.method in MODES else "normal"

    @property
    def shares(self) -> tuple[float, float, float]:
        """The share of A per channel."""
        return self.weights if self.method == "channels" else (self.alpha, self.alpha, self.alpha)

    def pixels(self, sigma: float, wh: tuple[int, int]) -> float:
        """Return a sigma of the recipe in pixels of a canvas."""
        return float(np.float64(sigma) / 100 * max(wh))
