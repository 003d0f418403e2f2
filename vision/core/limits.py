"""How large a picture may be, decided before a pixel of it is decoded."""

from vision.core.errors import PictureError

MAX_BYTES = 64 << 20  # of an encoded file
MAX_SIDE = 20_000  # pixels
MAX_PIXELS = 80_000_000  # 240 MB as RGB; below Pillow's own alarm at 89 million


def check_bytes(count: int) -> None:
    """Raise PictureError for an encoded file of no bytes, or of more than MAX_BYTES."""
    if not count:
        raise PictureError("picture.empty")
    if count > MAX_BYTES:
        raise PictureError("picture.too_many_bytes", megabytes=f"{count / (1 << 20):,.0f}", limit=MAX_BYTES >> 20)


def check_size(width: int, height: int) -> None:
    """Raise PictureError for a size in pixels above MAX_SIDE or MAX_PIXELS, or of no pixel at all."""
    if width < 1 or height < 1:
        raise PictureError("picture.no_pixels")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise PictureError(
            "picture.too_large",
            width=f"{width:,}",
            height=f"{height:,}",
            side=f"{MAX_SIDE:,}",
            megapixels=MAX_PIXELS // 1_000_000,
        )
