"""From an encoded file to upright sRGB pixels, with what is worth saying about the way."""

import io
import pkgutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL.ImageFile import ImageFile

from vision.core.colour import to_srgb
from vision.core.errors import PictureError
from vision.core.header import Header
from vision.core.levels import Bytes, on_white
from vision.core.limits import check_size
from vision.core.pixels import Pixels, is_deep, is_float, of_deep, of_image, of_jpeg
from vision.core.words import Sentence

OPENERS = {  # named by us, so that no other format's code ever sees the bytes
    "JPEG": "PIL.JpegImagePlugin:JpegImageFile",
    "PNG": "PIL.PngImagePlugin:PngImageFile",
    "WebP": "PIL.WebPImagePlugin:WebPImageFile",
    "AVIF": "PIL.AvifImagePlugin:AvifImageFile",
    "HEIC": "pi_heif:HeifImageFile",
    "GIF": "PIL.GifImagePlugin:GifImageFile",
    "BMP": "PIL.BmpImagePlugin:BmpImageFile",
    "TIFF": "PIL.TiffImagePlugin:TiffImageFile",
}
BROKEN = (  # what decoders raise on bytes that are not what they should be
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    MemoryError,
    RuntimeError,
    struct.error,
)
ORIENTATION = 274  # the EXIF tag
TURNED = ("TIFF", "HEIC")  # come upright from their decoders
UPRIGHT: dict[int, Callable[[Bytes], Any]] = {  # EXIF orientation: what turns it upright
    2: lambda rgb: cv2.flip(rgb, 1),
    3: lambda rgb: cv2.rotate(rgb, cv2.ROTATE_180),
    4: lambda rgb: cv2.flip(rgb, 0),
    5: lambda rgb: cv2.transpose(rgb),
    6: lambda rgb: cv2.rotate(rgb, cv2.ROTATE_90_CLOCKWISE),
    7: lambda rgb: cv2.rotate(cv2.transpose(rgb), cv2.ROTATE_180),
    8: lambda rgb: cv2.rotate(rgb, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


@dataclass(frozen=True)
class Decoded:
    """Upright sRGB, uint8 [H, W, 3]; wh: upright size of the whole picture, larger than rgb where that was decoded reduced."""

    rgb: Bytes
    wh: tuple[int, int]
    notes: tuple[str, ...]


def decode(data: bytes, header: Header, at_most_px: int | None = None) -> Decoded:
    """Return the first frame of a file as upright sRGB on white; PictureError where it is damaged, cut off or too large.

    at_most_px  the longest side that is wanted; a JPEG is then decoded at a reduced scale of at least that
    """
    image = None if is_float(header) else _open(data, header.kind)
    pixels = of_deep(data, header) if image is None else _pixels(image, data, header, at_most_px)
    info = {} if image is None else image.info
    notes = [*_frames(image, header), *pixels.notes]
    profile = info["icc_profile"] or b"" if "icc_profile" in info else None
    rgb, good = to_srgb(pixels.values, pixels.mode, profile)
    if not good:
        notes.append(Sentence("picture.profile_ignored"))
    if pixels.alpha is not None and pixels.alpha.min() < 255:
        rgb = on_white(rgb, pixels.alpha)
        notes.append(Sentence("picture.on_white"))
    height, width = rgb.shape[:2]
    if image is not None and header.kind == "JPEG":
        width, height = image.size
    turn = 1 if image is None or header.kind in TURNED else _orientation(image, notes)
    if turn in UPRIGHT:
        rgb = np.asarray(UPRIGHT[turn](rgb), np.uint8)
        width, height = (height, width) if turn > 4 else (width, height)
    return Decoded(rgb, (width, height), tuple(notes))


def _open(data: bytes, kind: str) -> ImageFile:
    """Return a file whose header its decoder has read, with no pixel decoded yet."""
    try:
        opener = pkgutil.resolve_name(OPENERS[kind])
    except ImportError as error:
        raise PictureError("picture.no_decoder", kind=kind) from error
    try:
        image: ImageFile = opener(io.BytesIO(data), "")
    except BROKEN as error:
        raise PictureError("picture.damaged", kind=kind) from error
    check_size(*image.size)  # the file's own word was checked before; this is what its decoder made of it
    return image


def _pixels(image: ImageFile, data: bytes, header: Header, at_most_px: int | None) -> Pixels:
    if header.kind == "JPEG" and image.mode in ("L", "RGB"):
        return of_jpeg(data, image, at_most_px)
    if is_deep(image, header):
        return of_deep(data, header)
    try:
        image.load()
        return of_image(image, header)
    except BROKEN as error:
        raise PictureError("picture.damaged", kind=header.kind) from error


def _frames(image: ImageFile | None, header: Header) -> tuple[str, ...]:
    """Return the note about the frames or pages that are not shown; the decoders of WebP and AVIF know them without looking."""
    frames = int(getattr(image, "n_frames", 1)) if header.kind in ("WebP", "AVIF") else header.frames
    return (Sentence("picture.first_frame", count=f"{frames:,}"),) if frames > 1 else ()


def _orientation(image: ImageFile, notes: list[str]) -> int:
    """Return the EXIF orientation, 1 to 8; where the EXIF block is broken, 1 and a note."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except BROKEN:
        notes.append(Sentence("picture.exif_ignored"))
        return 1
