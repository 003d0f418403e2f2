"""The one door for pictures: bytes, a file or an array become upright 8-bit sRGB, or one sentence says what to do instead."""

import hashlib
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.core import header
from vision.core.decoder import Decoded, decode
from vision.core.errors import PictureError
from vision.core.limits import MAX_BYTES, check_bytes, check_size
from vision.core.results import PictureFacts

NAME_LENGTH = 80  # characters that are shown of a name
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)  # two letters or more: C:/ is a drive


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright picture, safe to share between threads.

    rgb      uint8 [H, W, 3]  sRGB, read-only
    name     plain text to show, never a path and never markup
    digest   sha256 hex of what it was made from (the file's bytes, an array's pixels): one source, one digest, whatever its name
    notes    what the decoder did that one may want to know, in English; each a `Sentence` that knows other languages
    full_wh  upright size of the whole picture where rgb is a reduction of it (`at_most_px`), else None

    `width` and `height` are always those of the whole picture, and so are all coordinates. `eq` is identity; compare digests.
    """

    rgb: NDArray[np.uint8]
    name: str
    digest: str
    notes: tuple[str, ...] = ()
    full_wh: tuple[int, int] | None = None

    @property
    def width(self) -> int:
        """The upright width of the whole picture in pixels."""
        return self.full_wh[0] if self.full_wh else self.rgb.shape[1]

    @property
    def height(self) -> int:
        """The upright height of the whole picture in pixels."""
        return self.full_wh[1] if self.full_wh else self.rgb.shape[0]

    @property
    def facts(self) -> PictureFacts:
        """What an answer says about this picture."""
        return PictureFacts(self.width, self.height, self.digest, self.notes)

    def whole(self, part: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Return a part (xyxy) of the kept pixels in pixels of the whole picture, of which they may be a reduction."""
        x, y = self.width / self.rgb.shape[1], self.height / self.rgb.shape[0]
        return part[0] * x, part[1] * y, part[2] * x, part[3] * y


def read(source: bytes | Path | np.ndarray, name: str = "", *, at_most_px: int | None = None) -> Picture:
    """Return a picture from an encoded file, its path, or an array; everything else is a PictureError.

    source      bytes or a Path: JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP, TIFF, at most 64 MB, 20,000 px a side and 80 megapixels.
                An array: uint8 [H, W, 3] in the order R, G, B, of any strides, copied. Nothing is guessed: floats, greys and four
                channels are refused, and OpenCV's B, G, R cannot be told from R, G, B: turn it with `bgr[..., ::-1]`.
                A plain string is never opened, so that no text from outside becomes a path or an address.
    name        what to call it; a path's own name where empty
    at_most_px  for thumbnails: rgb is reduced to this longest side (a JPEG is decoded at a reduced scale, which saves most of
                the time), while width and height still tell the whole picture's size
    """
    if isinstance(source, np.ndarray):
        rgb = _checked(source)
        digest = hashlib.sha256(f"{rgb.shape}".encode())
        digest.update(rgb.data)
        decoded = Decoded(rgb, (rgb.shape[1], rgb.shape[0]), ())
    else:
        data = _content(source)
        decoded = decode(data, header.read(data), at_most_px)
        digest = hashlib.sha256(data)
    rgb, full_wh = decoded.rgb, None
    if at_most_px is not None and max(decoded.wh) > at_most_px:
        rgb, full_wh = _reduced(rgb, decoded.wh, at_most_px), decoded.wh
        digest.update(f"\n{at_most_px}".encode())
    rgb = np.ascontiguousarray(rgb)
    rgb.flags.writeable = False
    return Picture(rgb, plain(name or (source.name if isinstance(source, Path) else "")), digest.hexdigest(), decoded.notes, full_wh)


def plain(name: str) -> str:
    """Return a name to show: the last part of a path, without control or direction signs, its middle left out where it is long.

    >>> plain("../../secret/a\\nb.png")
    'a b.png'
    """
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(" " if char.isspace() else char for char in last if char.isspace() or not _invisible(char))
    shown = " ".join(shown.split())
    return shown if len(shown) <= NAME_LENGTH else f"{shown[: NAME_LENGTH - 21].rstrip()}…{shown[-20:]}"


def _invisible(char: str) -> bool:
    """Say whether a character is a control, half of a pair, or turns the direction of the text around it."""
    return unicodedata.category(char) in ("Cc", "Cs") or "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"


def _content(source: object) -> bytes:
    """Return the bytes of an encoded file, none of them decoded."""
    if isinstance(source, bytes | bytearray | memoryview):
        check_bytes(memoryview(source).nbytes)
        return bytes(source)
    if isinstance(source, str):
        raise PictureError("picture.address" if ADDRESS.match(source) else "picture.string")
    if not isinstance(source, Path):
        raise PictureError("picture.not_a_source", type=type(source).__name__)
    if ADDRESS.match(source.as_posix()):
        raise PictureError("picture.address")
    try:
        mode = source.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PictureError("picture.folder")
        if not stat.S_ISREG(mode):  # a pipe or a device would be read for ever
            raise PictureError("picture.no_file")
        with source.open("rb") as file:
            check_bytes(os.fstat(file.fileno()).st_size)
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise PictureError("picture.missing") from error
    except OSError as error:
        raise PictureError("picture.unreadable", reason=error.strerror or type(error).__name__) from error
    except ValueError as error:  # a NUL in the name
        raise PictureError("picture.missing") from error
    check_bytes(len(data))
    return data


def _checked(array: np.ndarray) -> NDArray[np.uint8]:
    """Return a copy of an array that is a picture; PictureError otherwise."""
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not array.size:
        raise PictureError("picture.array", dtype=array.dtype, shape=" x ".join(map(str, array.shape)) or "0")
    check_size(array.shape[1], array.shape[0])
    return np.array(array, np.uint8, order="C", copy=True)


def _reduced(rgb: NDArray[np.uint8], wh: tuple[int, int], longest: int) -> NDArray[np.uint8]:
    """Return a picture reduced by area averages to a longest side, every side at least one pixel."""
    width, height = (max(1, int(side * longest / max(wh) + 0.5)) for side in wh)
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
