"""PNG files for downloads, with words about them inside."""

import struct
import zlib
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

AFTER_HEADER = 33  # signature and IHDR


def encode_png(rgb: NDArray[np.uint8], text: Mapping[str, str] | None = None) -> bytes:
    """Return an RGB picture, uint8 [H, W, 3], as a PNG file.

    text  international text chunks: keyword (1 to 79 printable Latin-1 characters, else ValueError) to any text, for example
          {"Title": "Grad-CAM of a cat"}; the standard's own keywords are Title, Author, Description, Copyright, Software, Source
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"uint8 [H, W, 3] expected, not {rgb.dtype} {rgb.shape}")
    done, buffer = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))  # its default is the fast one of its levels
    if not done:
        raise ValueError(f"OpenCV writes no PNG of {rgb.shape}")
    plain = buffer.tobytes()
    chunks = b"".join(_text(keyword, words) for keyword, words in (text or {}).items())
    return plain[:AFTER_HEADER] + chunks + plain[AFTER_HEADER:]


def _text(keyword: str, words: str) -> bytes:
    """Return one iTXt chunk, not compressed."""
    name = keyword.encode("latin-1")
    if not 1 <= len(name) <= 79 or keyword != keyword.strip() or not keyword.isprintable():
        raise ValueError(f"{keyword!r} is no keyword of a PNG text")
    body = b"iTXt" + name + b"\0\0\0\0\0" + words.replace("\0", "").encode("utf-8", "replace")
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
