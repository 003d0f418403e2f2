"""Colours as sRGB: ICC profiles by LittleCMS, inks and Lab without one by rule."""

import io
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from vision.core.levels import Bytes, strips

SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}  # Pillow's mode: the colour space an ICC profile names
MAX_PROFILE = 8 << 20  # bytes


def to_srgb(pixels: Bytes, mode: str, profile: bytes | None = None) -> tuple[Bytes, bool]:
    """Return a picture as sRGB, uint8 [H, W, 3], and whether its profile was good; the pixels themselves where they are sRGB.

    pixels  uint8 [H, W] (mode L) or [H, W, C] (RGB, CMYK with 255 full ink, LAB as Pillow packs it)
    A profile that is broken or made for another kind of pixels is left out. Without one, CMYK is (1 - C)(1 - K), Lab has white D50.
    """
    change, good = None, True
    if mode == "LAB":
        change = _lab()
    elif profile is not None:
        if mode == "L" and _space(profile) == "RGB":  # a grey picture saved beside colour ones: grey is R = G = B
            pixels, mode = _grey(pixels), "RGB"
        change = _change(profile, mode) if len(profile) <= MAX_PROFILE else None
        good = change is not None
    if mode != "CMYK" and (change is None or _changes_nothing(change, mode)):
        return (_grey(pixels) if mode == "L" else pixels), good
    height, width = pixels.shape[:2]
    out = np.empty((height, width, 3), np.uint8)
    for rows in strips(height, width):
        strip = pixels[rows]
        image = Image.frombuffer(mode, (width, len(strip)), strip.tobytes(), "raw", mode, 0, 1)
        out[rows] = np.asarray(image.convert("RGB") if change is None else change.apply(image))
    return out, good


def _grey(pixels: Bytes) -> Bytes:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)


def _open(profile: bytes) -> ImageCms.ImageCmsProfile | None:
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except OSError:  # LittleCMS cannot read it
        return None


def _space(profile: bytes) -> str:
    found = _open(profile)
    return found.profile.xcolor_space.strip() if found else ""


@lru_cache(maxsize=4)  # the photos of one camera carry one profile
def _change(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the way from a profile to sRGB by the profile's own intent for pictures, or None where there is none."""
    source = _open(profile)
    if source is None or source.profile.xcolor_space.strip() != SPACES[mode]:
        return None
    try:
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except ImageCms.PyCMSError:
        return None


@lru_cache(maxsize=1)
def _lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")


def _changes_nothing(change: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Say whether colours all over the cube stay within one level, as with each of the many profiles that are sRGB."""
    if mode not in ("L", "RGB"):
        return False
    levels = np.linspace(0, 255, 18).astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(18, -1, 3)
    probe: NDArray[np.uint8] = np.ascontiguousarray(cube[..., 0]) if mode == "L" else cube
    found = np.asarray(change.apply(Image.fromarray(probe))).astype(np.int16)
    return bool(np.abs(found - (probe[..., None] if mode == "L" else probe)).max() <= 1)
