"""The pixels of an opened file as arrays of 8 bits, still as the file stores them: its colour space, its transparency."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vision.core import header as parts
from vision.core.errors import PictureError
from vision.core.header import Header
from vision.core.levels import Bytes, eight_bits, spread
from vision.core.words import Sentence

SCALES = {1: 0, 2: cv2.IMREAD_REDUCED_GRAYSCALE_2, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4, 8: cv2.IMREAD_REDUCED_GRAYSCALE_8}


@dataclass(frozen=True)
class Pixels:
    """values: uint8 [H, W] (mode L) or [H, W, C] (RGB, CMYK, LAB); alpha: uint8 [H, W], not premultiplied, None where opaque."""

    values: Bytes
    mode: str
    alpha: Bytes | None = None
    notes: tuple[str, ...] = ()


def of_jpeg(data: bytes, image: Image.Image, at_most_px: int | None) -> Pixels:
    """Decode a JPEG of mode L or RGB straight into an array: what Pillow gives, bit for bit, without its two copies.

    A reduced scale (1/2, 1/4, 1/8), never below `at_most_px`, costs less: only the low frequencies of a block are transformed back.
    """
    scale = max(n for n in SCALES if n == 1 or (at_most_px is not None and max(image.size) >= n * at_most_px))
    colour = cv2.IMREAD_COLOR_RGB if image.mode == "RGB" else cv2.IMREAD_GRAYSCALE
    found = _by_opencv(data, SCALES[scale] | colour | cv2.IMREAD_IGNORE_ORIENTATION)
    if found is None:
        raise PictureError("picture.damaged", kind="JPEG")
    return Pixels(np.asarray(found, np.uint8), image.mode)


def _by_opencv(data: bytes, flags: int) -> NDArray[Any] | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None


def is_float(header: Header) -> bool:
    """Say whether a TIFF holds floating-point numbers, of which Pillow knows only grey ones of 32 bits."""
    return header.first(parts.FORMAT, 1) == 3 and header.first(parts.PHOTOMETRIC, 0) in (0, 1, 2)


def is_deep(image: Image.Image, header: Header) -> bool:
    """Say whether Pillow would keep only the high byte of each channel: 16-bit colour in a PNG or a TIFF.

    Premultiplied alpha stays with Pillow, as OpenCV does not say that it is.
    """
    straight = header.first(parts.PHOTOMETRIC, 2) == 2 and header.first(parts.EXTRA, 0) != 1
    return header.depth == 16 and image.mode in ("RGB", "RGBA") and straight


def of_deep(data: bytes, header: Header) -> Pixels:
    """Decode 16-bit colour or floats by OpenCV, which keeps all bits; a TIFF comes upright from it, a PNG as stored."""
    if header.first(parts.PLANAR, 1) != 1 and header.first(parts.SAMPLES, 1) != 1:  # OpenCV would mix the planes up
        raise PictureError("picture.not_planes")
    values = _by_opencv(data, cv2.IMREAD_UNCHANGED)
    if values is None:
        raise PictureError("picture.damaged", kind=header.kind)
    if values.dtype.kind == "f":
        eight, low, high = spread(values[..., :3] if values.ndim == 3 else values)
        notes: tuple[str, ...] = (Sentence("picture.spread", low=f"{low:g}", high=f"{high:g}"),)
    else:
        eight, notes = eight_bits(values), (Sentence("picture.depth", bits=header.depth),)
    if eight.ndim == 2:
        return Pixels(255 - eight if header.first(parts.PHOTOMETRIC, 1) == 0 else eight, "L", None, notes)
    opaque = eight.shape[2] == 3 or (header.kind == "TIFF" and header.first(parts.EXTRA, 0) != 2)
    alpha = None if opaque else np.ascontiguousarray(eight[..., 3])
    code = cv2.COLOR_BGR2RGB if eight.shape[2] == 3 else cv2.COLOR_BGRA2RGB
    return Pixels(np.asarray(cv2.cvtColor(eight, code), np.uint8), "RGB", alpha, notes)


def of_image(image: Image.Image, header: Header) -> Pixels:
    """Return the pixels of a picture that Pillow has decoded."""
    mode = image.mode
    if mode.startswith("I;16"):
        return _of_deep_grey(image, header)
    if mode in ("I", "F"):
        values, low, high = spread(np.asarray(image))
        values = 255 - values if header.first(parts.PHOTOMETRIC, 1) == 0 else values
        return Pixels(values, "L", None, (Sentence("picture.spread", low=f"{low:g}", high=f"{high:g}"),))
    if mode in ("CMYK", "LAB"):
        return Pixels(np.asarray(image), mode)
    if image.has_transparency_data:
        grey = mode in ("1", "L", "LA", "La")
        both = np.asarray(image.convert("LA" if grey else "RGBA"))
        alpha = np.ascontiguousarray(both[..., -1])
        return Pixels(np.ascontiguousarray(both[..., 0]), "L", alpha) if grey else Pixels(_drop_alpha(both), "RGB", alpha)
    target = "L" if mode in ("1", "L") else "RGB"
    return Pixels(np.asarray(image if mode == target else image.convert(target)), target)


def _of_deep_grey(image: Image.Image, header: Header) -> Pixels:
    values = np.asarray(image).astype(np.uint16, copy=False)  # of a big-endian file: into the machine's order
    clear = image.info.get("transparency")
    alpha = np.where(values == clear, 0, 255).astype(np.uint8) if isinstance(clear, int) else None
    grey = eight_bits(values, header.depth)
    if header.first(parts.PHOTOMETRIC, 1) == 0:  # white is zero, which Pillow leaves to the reader
        grey = 255 - grey
    return Pixels(grey, "L", alpha, (Sentence("picture.depth", bits=header.depth),))


def _drop_alpha(rgba: Bytes) -> Bytes:
    return np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), np.uint8)
