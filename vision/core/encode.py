"""Pictures as files: PNG without loss, GIF for moving ones. No metadata of any source goes along."""

import io
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]


def png(pixels: Bytes, effort: int = 1) -> bytes:
    """Return a PNG of uint8 [H, W, 3] (RGB) or [H, W] (grey), lossless, sRGB by convention; effort 0..9 of the packing."""
    order = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    done, found = cv2.imencode(".png", np.ascontiguousarray(order), [cv2.IMWRITE_PNG_COMPRESSION, effort])
    if not done:
        raise ValueError(f"no PNG of {pixels.shape}")
    return found.tobytes()


def gif(frames: Sequence[Bytes], frame_ms: int) -> bytes:
    """Return a GIF that runs for ever; frames uint8 [H, W, 3] of one size, at most 256 colours each, dithered by Pillow."""
    pictures = [
        Image.fromarray(frame).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG) for frame in frames
    ]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=frame_ms, loop=0, disposal=1)
    return out.getvalue()
