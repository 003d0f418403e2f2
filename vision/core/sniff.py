"""Which format a file has, by its first bytes and never by its name."""

from vision.core.errors import PictureError

SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"II\x2a\x00", "TIFF"),
    (b"MM\x00\x2a", "TIFF"),
    (b"II\x2b\x00", "TIFF"),
    (b"MM\x00\x2b", "TIFF"),
)
FOREIGN = (  # what people drop by mistake, as the last part of a words key
    (b"%PDF", "pdf"),
    (b"8BPS", "photoshop"),
    (b"\xff\x0a", "jpeg_xl"),
    (b"\0\0\0\x0cJXL ", "jpeg_xl"),
    (b"\0\0\0\x0cjP  ", "jpeg_2000"),
    (b"\0\0\1\0", "icon"),
    (b"PK\3\4", "archive"),
    (b"\x1aE\xdf\xa3", "video"),
)
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}


def sniff(data: bytes) -> str:
    """Return the format of a file by its first bytes; what is not taken is a PictureError that says what it is."""
    for start, kind in SIGNATURES:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF":
        if data[8:12] == b"WEBP":
            return "WebP"
        raise refusal("video")
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124):
        return "BMP"
    if data[4:8] == b"ftyp":
        return _brand(data)
    for start, kind in FOREIGN:
        if data.startswith(start):
            raise refusal(kind)
    raise refusal(_text(data[:4096]))


def _brand(data: bytes) -> str:
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, min(int.from_bytes(data[:4], "big"), 256), 4))]
    if brands[0] == b"crx ":
        raise refusal("raw")
    if brands[0] in (b"avif", b"avis") or (brands[0] in (b"mif1", b"msf1") and {b"avif", b"avis"} & set(brands)):
        return "AVIF"
    if HEIC_BRANDS & set(brands):
        return "HEIC"
    raise refusal("video")


def _text(start: bytes) -> str:
    """Return what a file is that begins like no picture: svg, web_page, text or unknown."""
    try:
        text = start.decode("utf-8", "strict" if len(start) < 4096 else "ignore").lower()
    except UnicodeDecodeError:
        return "unknown"
    if "<svg" in text:
        return "svg"
    if "<html" in text or "<!doctype html" in text:
        return "web_page"
    return "text" if all(char.isprintable() or char.isspace() for char in text) else "unknown"


def refusal(kind: str) -> PictureError:
    """Return the error for a file of a kind that is not taken."""
    return PictureError(f"picture.not_{kind}")
