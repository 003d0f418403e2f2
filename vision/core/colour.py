"""Colours as sRGB: ICC profiles by LittleCMS, inks and Lab without one by rule."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageCms

from vision.core.levels import Bytes, strips
from vision.core.shaper import shaper

if TYPE_CHECKING:
    from PIL._imagingcms import CmsProfile

SPACES = {"L": b"GRAY", "RGB": b"RGB ", "CMYK": b"CMYK", "LAB": b"Lab "}  # Pillow's mode: what bytes 16 to 20 of an ICC profile say
MAX_PROFILE = 8 << 20  # bytes
LEVELS = np.arange(0, 256, 15, dtype=np.uint8)
CUBE = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), -1).reshape(len(LEVELS), -1, 3)  # colours all over: what a profile is judged by

Change = Callable[[Bytes], Bytes]  # uint8 [h, W] or [h, W, C] -> sRGB uint8 [h, W, 3]


@dataclass(frozen=True)
class Way:
    """What a profile asks for: a change, or None where its colours are sRGB or where it is no good."""

    change: Change | None
    good: bool = True


def to_srgb(pixels: Bytes, mode: str, profile: bytes | None = None) -> tuple[Bytes, bool]:
    """Return a picture as sRGB, uint8 [H, W, 3], and whether its profile was good; the pixels themselves where they are sRGB.

    pixels  uint8 [H, W] (mode L) or [H, W, C] (RGB, CMYK with 255 full ink, LAB as Pillow packs it)
    A profile that is broken or made for another kind of pixels is left out. Without one, CMYK is (1 - C)(1 - K), Lab has white D50.
    """
    if mode == "L" and profile is not None and profile[16:20] == SPACES["RGB"]:  # greys saved beside colours
        pixels, mode = _grey(pixels), "RGB"
    way = Way(None) if profile is None else _way(profile, mode)
    change = way.change
    if mode == "LAB":
        change = _by_littlecms(_lab(), mode)
    elif mode == "CMYK" and change is None:
        change = _by_rule
    if change is None:
        return (_grey(pixels) if mode == "L" else pixels), way.good
    height, width = pixels.shape[:2]
    out = np.empty((height, width, 3), np.uint8)
    for rows in strips(height, width):
        out[rows] = change(pixels[rows])
    return out, way.good


def _grey(pixels: Bytes) -> Bytes:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)


def _image(pixels: Bytes, mode: str) -> Image.Image:
    return Image.frombuffer(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes(), "raw", mode, 0, 1)


def _by_rule(ink: Bytes) -> Bytes:
    return np.asarray(_image(ink, "CMYK").convert("RGB"))


def _by_littlecms(transform: ImageCms.ImageCmsTransform, mode: str) -> Change:
    return lambda pixels: np.asarray(transform.apply(_image(pixels, mode)))


def _open(profile: bytes) -> CmsProfile | None:
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile if len(profile) <= MAX_PROFILE else None
    except OSError:  # LittleCMS cannot read it
        return None


@lru_cache(maxsize=4)  # the photos of one camera carry one profile
def _way(profile: bytes, mode: str) -> Way:
    """Return the way from a profile to sRGB, by the profile's own intent for pictures."""
    source = _open(profile)
    if source is None or profile[16:20] != SPACES[mode]:
        return Way(None, good=False)
    srgb = ImageCms.createProfile("sRGB")
    try:
        change = _by_littlecms(ImageCms.buildTransform(ImageCms.ImageCmsProfile(source), srgb, mode, "RGB"), mode)
    except ImageCms.PyCMSError:
        return Way(None, good=False)
    if mode not in ("L", "RGB"):
        return Way(change)
    probe = np.ascontiguousarray(CUBE[..., 0]) if mode == "L" else CUBE
    wanted = change(probe)
    if _near(_grey(probe) if mode == "L" else probe, wanted):  # one of the many profiles that are sRGB
        return Way(None)
    quick = shaper(profile, source, srgb) if mode == "RGB" else None
    return Way(quick if quick and _near(quick(CUBE), wanted) else change)


def _near(a: Bytes, b: Bytes) -> bool:
    return bool(np.abs(a.astype(np.int16) - b).max() <= 1)


@lru_cache(maxsize=1)
def _lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
