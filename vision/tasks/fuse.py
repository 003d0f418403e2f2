"""(A, B, recipe) -> one picture: lay B on A's canvas, mix, measure, and say it in a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.core import photo, place, pyramid
from vision.core.blend import blend, table
from vision.core.mask import Share
from vision.core.measures import Measures, measure
from vision.core.recipe import BLENDS, Recipe
from vision.core.results import Fact
from vision.core.results_fuse import Fusion
from vision.tasks.activity import activity

if TYPE_CHECKING:
    from vision.core.picture import Picture
    from vision.models.net import Net

SIDE = 2048  # the longest canvas of the methods that need floats of the whole picture
BLEND_SIDE = 8192  # the longest canvas of all
BASE = 0.06  # of the long side: the box mean that parts a picture into base and detail
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Canvas:
    """A and B on one canvas: uint8 [H, W, 3] each, `covered` bool [H, W]: where B reaches; elsewhere b is a."""

    a: Bytes
    b: Bytes
    covered: NDArray[np.bool_]
    fitted: place.Fitted

    @property
    def wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.a.shape[1], self.a.shape[0]


Found = tuple[Bytes, Share | None]


def canvas(a: Bytes, b: Bytes, recipe: Recipe) -> Canvas:
    """Lay B on A: A keeps its size up to `recipe.side` (and the method's limit), B is fitted and moved.

    a, b  uint8 [h, w, 3] of any two sizes
    """
    limit = BLEND_SIDE if recipe.method in BLENDS else SIDE
    side = min(limit, recipe.side or limit)
    scale = min(1.0, side / max(a.shape[:2]))
    wh = (max(1, int(a.shape[1] * scale + 0.5)), max(1, int(a.shape[0] * scale + 0.5)))
    under = place.resized(a, wh)
    fitted = place.fitted(b, wh, recipe.fit)
    matrix = place.affine(wh, (fitted.rgb.shape[1], fitted.rgb.shape[0]), fitted.left, fitted.top, recipe.move)
    over, covered = place.place(fitted.rgb, matrix, wh)
    return Canvas(under, np.where(covered[..., None], over, under), covered, fitted)


def _blend(two: Canvas, recipe: Recipe, net: Net | None) -> Found:
    tables = [table(recipe.mode, recipe.light, share) for share in recipe.shares]
    return np.where(two.covered[..., None], blend(two.a, two.b, tables), two.a), None


def _pyramid(two: Canvas, recipe: Recipe, net: Net | None) -> Found:
    share = recipe.mask.paint(two.wh)
    return pyramid.seam(two.a, two.b, share, recipe.levels), share


def _hybrid(two: Canvas, recipe: Recipe, net: Net | None) -> Found:
    low, high = (recipe.pixels(sigma, two.wh) for sigma in recipe.sigma)
    return pyramid.hybrid(two.a, two.b, low, high), None


def _poisson(two: Canvas, recipe: Recipe, net: Net | None) -> Found:
    share = np.where(two.covered, recipe.mask.paint(two.wh), 1).astype(np.float32)
    return photo.clone(two.a, two.b, share, recipe.clone), (share >= 0.5).astype(np.float32)


def _mertens(two: Canvas, recipe: Recipe, net: Net | None) -> Found:
    return photo.expose(two.a, two.b, *recipe.exposure), None


def shares(one: list[NDArray[np.float32]], other: list[NDArray[np.float32]], wh: tuple[int, int]) -> list[Share]:
    """Return the share of A per stage from two lists of activity maps: float32 [H, W], A's part of the sum after a 3 x 3 mean.

    Where both are silent, 1/2. Source: Li, Wu and Kittler 2018, equations 7 and 8.
    """
    found = []
    for mine, theirs in zip(one, other, strict=True):
        a, b = (cv2.blur(each, (3, 3), borderType=cv2.BORDER_REPLICATE) for each in (mine, theirs))
        part = np.divide(a, a + b, out=np.full_like(a, 0.5), where=a + b > 0)
        found.append(np.asarray(cv2.resize(part, wh, interpolation=cv2.INTER_LINEAR), np.float32))
    return found


def _features(two: Canvas, recipe: Recipe, net: Net | None) -> Found:
    if net is None:
        raise ValueError("feature-level fusion needs a net")
    parts = shares(activity(net, two.a), activity(net, two.b), two.wh)
    if recipe.layer >= 0:
        parts = [parts[min(recipe.layer, len(parts) - 1)]]
    return (_li if recipe.rule == "li" else _lahoud)(two, parts)


def _split(rgb: Bytes, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return base (box mean) and detail, float32 [H, W, 3]."""
    values = rgb.astype(np.float32)
    base = np.asarray(cv2.blur(values, (size, size), borderType=cv2.BORDER_REPLICATE), np.float32)
    return base, values - base


def _li(two: Canvas, parts: list[Share]) -> Found:
    """Base averaged; each stage weighs the details, and of the stages' answers the strongest stays (Li, Wu and Kittler 2018)."""
    (base_a, fine_a), (base_b, fine_b) = (_split(rgb, _box(two)) for rgb in (two.a, two.b))
    best = parts[0][..., None] * fine_a + (1 - parts[0][..., None]) * fine_b
    share = parts[0]
    for part in parts[1:]:
        mixed = part[..., None] * fine_a + (1 - part[..., None]) * fine_b
        stronger = np.abs(mixed) > np.abs(best)
        best = np.where(stronger, mixed, best)
        share = np.where(stronger.any(axis=2), part, share)
    return pyramid.quantise((base_a + base_b) / 2 + best), share


def _lahoud(two: Canvas, parts: list[Share]) -> Found:
    """Who is more active wins, along the edges of A (guided filter), for base and detail (after Lahoud and Suesstrunk 2019)."""
    part = np.asarray(np.mean(parts, axis=0), np.float32)
    winners = [(part >= 0.5).astype(np.float32), (part < 0.5).astype(np.float32)]
    guides = [
        np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32).reshape(two.a.shape[:2]) / np.float32(255) for rgb in (two.a, two.b)
    ]

    def weights(radius: int, ease: float) -> Share:
        mine, theirs = (photo.guided(own, guide, radius, ease) for own, guide in zip(winners, guides, strict=True))
        mine, theirs = np.clip(mine, 0, 1) + 1e-6, np.clip(theirs, 0, 1) + 1e-6
        return np.asarray(mine / (mine + theirs), np.float32)

    (base_a, fine_a), (base_b, fine_b) = (_split(rgb, _box(two)) for rgb in (two.a, two.b))
    wide, narrow = (each[..., None] for each in (weights(_box(two), 0.01), weights(max(1, _box(two) // 6), 0.0001)))
    mixed = wide * base_a + (1 - wide) * base_b + narrow * fine_a + (1 - narrow) * fine_b
    return pyramid.quantise(mixed), narrow[..., 0]


def _box(two: Canvas) -> int:
    return max(1, int(BASE * max(two.wh)) | 1)


WORK: dict[str, Callable[[Canvas, Recipe, Net | None], Found]] = {
    **dict.fromkeys(BLENDS, _blend),
    "pyramid": _pyramid,
    "hybrid": _hybrid,
    "poisson": _poisson,
    "mertens": _mertens,
    "features": _features,
}


def fuse(a: Picture, b: Picture, recipe: Recipe, net: Net | None = None) -> Fusion:
    """Return the fused picture of a recipe with its figures; `net`: a CNN with stages, for feature-level fusion only."""
    start = time.perf_counter()
    two = canvas(a.rgb, b.rgb, recipe)
    rgb, share = WORK[recipe.method](two, recipe, net)
    found = measure(two.a, two.b, rgb)
    return Fusion(
        model=net.card.key if net else "",
        revision=net.card.revision if net else "",
        device=str(net.device) if net else "cpu",
        ms=(time.perf_counter() - start) * 1000,
        picture=a.facts,
        other=b.facts,
        method=recipe.method,
        width=two.wh[0],
        height=two.wh[1],
        measures=found,
        rgb=np.ascontiguousarray(rgb),
        share=None if share is None else pyramid.quantise(share * 255),
        facts=facts(two, found, (a.width, a.height)),
    )


def facts(two: Canvas, found: Measures, own_wh: tuple[int, int]) -> tuple[Fact, ...]:
    """Return what is to be said: whom the result resembles more, and what was resized or left uncovered."""
    said: list[Fact] = []
    figures = {"mutual": f"{found.mutual_information:.2f}", "entropy": f"{found.entropy:.2f}"}
    if found.ssim_a is None or found.ssim_b is None:
        said.append(("fuse.too_small", figures))
    else:
        figures |= {"a": f"{found.ssim_a:.2f}", "b": f"{found.ssim_b:.2f}"}
        apart = found.ssim_a - found.ssim_b
        said.append(("fuse.nearer_both" if abs(apart) < 0.02 else "fuse.nearer_a" if apart > 0 else "fuse.nearer_b", figures))
    if two.wh != own_wh:
        said.append(("fuse.reduced", {"width": str(two.wh[0]), "height": str(two.wh[1])}))
    if not two.covered.all():
        said.append(("fuse.uncovered", {"percent": f"{100 * (1 - float(two.covered.mean())):.0f}"}))
    return tuple(said)
