"""Drawn pictures for requests."""

import io

import numpy as np
from PIL import Image


def png(width: int, height: int) -> bytes:
    """Return a PNG with a gradient."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0] = np.linspace(0, 255, width, dtype=np.uint8)
    rgb[..., 1] = np.linspace(0, 255, height, dtype=np.uint8)[:, None]
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "PNG")
    return out.getvalue()
