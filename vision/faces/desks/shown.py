"""The photo as a page shows it: small enough for a screen, on its way in a moment."""

import io

from PIL import Image

from vision.core.picture import Picture
from vision.core.place import resized

SIDE = 1200  # long side in pixels: sharp on a column of half a screen with two pixels per point


def webp(picture: Picture, side: int = SIDE) -> bytes:
    """Return the picture as WebP, its long side at most `side` pixels, at least 1 px a side."""
    scale = min(1.0, side / max(picture.width, picture.height))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    out = io.BytesIO()
    Image.fromarray(resized(picture.rgb, size)).save(out, "WEBP", quality=88, method=2)
    return out.getvalue()
