"""Pictures as files: PNG without loss, JPEG for a moment, GIF for moving ones. No metadata of any source goes along."""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]
AFTER_HEADER = 33  # where the chunks after a PNG's signature and IHDR begin


def png(pixels: Bytes, effort: int = 1, text: Mapping[str, str] | None = None) -> bytes:
    """Return a PNG of uint8 [H, W, 3] (RGB) or [H, W] (grey), lossless, sRGB by convention; effort 0..9 of the packing.

    text  what the file says of itself, as international text chunks: keyword (Title, Description, Software or another one of 1 to 79
          printable Latin-1 characters, else ValueError) to any words
    """
    order = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else np.ascontiguousarray(pixels)
    done, found = cv2.imencode(".png", order, [cv2.IMWRITE_PNG_COMPRESSION, effort])
    if not done:
        raise ValueError(f"no PNG of {pixels.shape}")
    plain = found.tobytes()
    chunks = b"".join(_text(keyword, words) for keyword, words in (text or {}).items())
    return plain[:AFTER_HEADER] + chunks + plain[AFTER_HEADER:] if chunks else plain


def jpeg(pixels: Bytes, quality: int = 85) -> bytes:
    """Return a JPEG of uint8 [H, W, 3] (RGB), for pictures that are looked at for a moment."""
    done, found = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"no JPEG of {pixels.shape}")
    return found.tobytes()


def _text(keyword: str, words: str) -> bytes:
    """Return one iTXt chunk, not compressed."""
    name = keyword.encode("latin-1")
    if not 1 <= len(name) <= 79 or keyword != keyword.strip() or not keyword.isprintable():
        raise ValueError(f"{keyword!r} is no keyword of a PNG text")
    body = b"iTXt" + name + b"\0\0\0\0\0" + words.replace("\0", "").encode("utf-8", "replace")
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def gif(frames: Sequence[Bytes], frame_ms: int) -> bytes:
    """Return a GIF that runs for ever; frames uint8 [H, W, 3] of one size, at most 256 colours each, dithered by Pillow."""
    pictures = [
        Image.fromarray(frame).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG) for frame in frames
    ]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=frame_ms, loop=0, disposal=1)
    return out.getvalue()
