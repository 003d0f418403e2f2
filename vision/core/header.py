"""What a file says of itself before any pixel is decoded: format, size, frames; read by ourselves with bounded work.

The parsers know only as much of each format as that takes. They refuse what would keep a decoder busy without giving pixels: text
that unfolds a thousandfold, a million empty parts, a picture larger than the limits. What they let pass, the decoder judges.
"""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from vision.core.errors import PictureError
from vision.core.limits import check_size
from vision.core.sniff import refusal, sniff

MAX_UNFOLDED = 4 << 20  # bytes that all packed text and profiles of a PNG may unfold to
MAX_PACKED = 1 << 20  # of one chunk: what Pillow itself takes
MAX_CHUNKS = 50_000  # of a PNG; encoders write 8 kB or more into each
MAX_SEGMENTS = 5_000  # of a JPEG before its pixels
MAX_SCANS = 20  # of a progressive JPEG whose scans redraw more than the pixels below
MAX_REDRAWN = 2_000_000_000
MAX_BLOCKS = 300_000  # of a GIF; encoders fill their 255 bytes
MAX_COMMENT = 1 << 16  # bytes of a GIF's comments
MAX_PAGES = 10_000  # of a TIFF
MAX_STRIPS = 100_000  # strips or tiles of a TIFF

Tags = dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Header:
    """What is known of a file before it is decoded.

    kind    JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF
    frames  of an animation, or pages; 1 where only the decoder knows
    depth   bits of one channel, where that can be more than 8 (PNG, TIFF)
    tags    of a TIFF's first page: the first values of each tag of whole numbers
    """

    kind: str
    frames: int = 1
    depth: int = 8
    tags: Tags = field(default_factory=dict)

    def first(self, tag: int, default: int) -> int:
        """Return the first value of a TIFF's tag, or the default that the format or the caller gives it."""
        return self.tags.get(tag, (default,))[0]


def read(data: bytes) -> Header:
    """Return what a file's header says; PictureError where it is no picture, too large, stuffed or cut off."""
    kind = sniff(data)
    try:
        return PARSERS[kind](data)
    except (struct.error, IndexError) as error:  # the file ends inside its own header
        raise PictureError("picture.damaged", kind=kind) from error


def _png(data: bytes) -> Header:
    width, height, depth = struct.unpack_from(">IIB", data, 16)
    check_size(width, height)
    at, frames, unfolded = 8, 1, 0
    for _ in range(MAX_CHUNKS):
        if at == len(data):
            break
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise PictureError("picture.damaged", kind="PNG")
        chunk = data[at + 8 : at + 8 + length] if name in (b"zTXt", b"iTXt", b"iCCP", b"acTL") else b""
        if name == b"IEND":
            break
        if name == b"acTL":
            frames = max(1, int.from_bytes(chunk[:4], "big"))
        elif chunk:
            unfolded += _unfolded(name, chunk)
            if unfolded > MAX_UNFOLDED:
                raise PictureError("picture.stuffed")
        at += 12 + length
    else:
        raise PictureError("picture.stuffed")
    return Header("PNG", frames, depth)


def _unfolded(name: bytes, chunk: bytes) -> int:
    """Return how many bytes a packed chunk of a PNG unfolds to; PictureError where they are too many."""
    packed = chunk.partition(b"\0")[2]
    if name == b"iTXt":
        if packed[:1] != b"\1":  # plain text
            return 0
        packed = packed[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        packed = packed[1:]
    try:
        found = len(zlib.decompressobj().decompress(packed, MAX_PACKED + 1))
    except zlib.error:  # unreadable text is no reason to refuse the pixels, and it unfolds to nothing
        return 0
    if found > MAX_PACKED:
        raise PictureError("picture.stuffed")
    return found


MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers that start a frame
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length


def _jpeg(data: bytes) -> Header:
    at, gaps, size = 2, 0, None
    for _ in range(MAX_SEGMENTS):
        found = MARKER.search(data, at)
        if found is None or found[1][0] == 0xD9:
            raise PictureError("picture.damaged", kind="JPEG")
        gaps += found.end() - at - 2
        at, code = found.end(), found[1][0]
        if code == 0xDA:
            break
        if code in ALONE:
            continue
        if code in SIZES:
            height, width = size = struct.unpack_from(">HH", data, at + 3)
            check_size(width, height)
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
    else:
        raise PictureError("picture.stuffed")
    if size is None:
        raise PictureError("picture.damaged", kind="JPEG")
    scans = data.count(b"\xff\xda", at)
    if gaps > 1 << 16 or (scans > MAX_SCANS and scans * size[0] * size[1] > MAX_REDRAWN):
        raise PictureError("picture.stuffed")
    return Header("JPEG")


def _gif(data: bytes) -> Header:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    check_size(width, height)
    at = 13 + _table(flags)
    frames = comment = blocks = 0
    while at < len(data) and data[at] != 0x3B:
        code, start = data[at], at
        if code == 0x2C:
            left, top, wide, tall, flags = struct.unpack_from("<HHHHB", data, at + 1)
            if not frames:
                check_size(max(width, left + wide), max(height, top + tall))
            frames += 1
            at += 11 + _table(flags)
        elif code == 0x21:
            at += 2
        while code in (0x2C, 0x21) and data[at]:
            at += data[at] + 1
            blocks += 1
        at += 1  # the empty block at the end, or a stray byte between blocks, which decoders skip
        blocks += 1
        comment += at - start if data[start : start + 2] == b"\x21\xfe" else 0
        if blocks > MAX_BLOCKS or comment > MAX_COMMENT:
            raise PictureError("picture.stuffed")
    if not frames:
        raise PictureError("picture.damaged", kind="GIF")
    return Header("GIF", frames)


def _table(flags: int) -> int:
    """Return the bytes of the colour table that a GIF's flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> Header:
    chunk = data[12:16]
    if chunk == b"VP8X":
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    elif chunk == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif chunk == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        raise PictureError("picture.damaged", kind="WebP")
    check_size(width, height)
    return Header("WebP")


def _bmp(data: bytes) -> Header:
    old = int.from_bytes(data[14:18], "little") == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    check_size(width, abs(height))  # a negative height: rows from the top
    return Header("BMP")


def _boxes(kind: str) -> Callable[[bytes], Header]:
    """Return the parser of HEIC or AVIF: every size that the file names, also of what is cut away or put together before it is shown."""

    def parse(data: bytes) -> Header:
        at = -1
        while (at := data.find(b"ispe", at + 1)) >= 0:
            length = int.from_bytes(data[at - 4 : at], "big")
            if length == 1 or 20 <= length < 256:  # else four bytes that only look like the box; 1: its length is written behind
                check_size(*struct.unpack_from(">II", data, at + (16 if length == 1 else 8)))
        return Header(kind)

    return parse


WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES, PLANAR, TILE_WIDTH, TILE_HEIGHT, EXTRA, FORMAT = 256, 257, 258, 262, 277, 284, 322, 323, 338, 339
STRIP_TAGS = {273, 279, 324, 325}  # offsets and byte counts of strips and tiles
DNG_VERSION, SUBFILE = 50706, 254
WHOLE = {1: "B", 3: "H", 4: "I", 16: "Q"}  # TIFF types of whole numbers


def _tiff(data: bytes) -> Header:
    order = "<" if data[:2] == b"II" else ">"
    big = 0x2B in data[2:4]
    count, entry, offset = ("Q", 20, "Q") if big else ("H", 12, "I")
    at = struct.unpack_from(order + offset, data, 8 if big else 4)[0]
    tags: Tags = {}
    seen: set[int] = set()
    while at and at not in seen and at < len(data):
        seen.add(at)
        entries = struct.unpack_from(order + count, data, at)[0]
        at += struct.calcsize(order + count)
        if len(seen) == 1:
            tags = _tags(data, order, at, min(entries, 1 << 16), entry)
        if len(seen) > MAX_PAGES:
            raise PictureError("picture.stuffed")
        at += entries * entry
        at = struct.unpack_from(order + offset, data, at)[0] if at + struct.calcsize(order + offset) <= len(data) else 0
    if data[8:10] == b"CR" or DNG_VERSION in tags or tags.get(SUBFILE, (0,))[0] & 1:
        raise refusal("raw")
    check_size(tags.get(WIDTH, (0,))[0], tags.get(HEIGHT, (0,))[0])
    if TILE_WIDTH in tags:  # the decoder makes room for a whole tile, however small the picture is
        check_size(tags[TILE_WIDTH][0], tags.get(TILE_HEIGHT, (0,))[0])
    return Header("TIFF", len(seen), tags.get(BITS, (1,))[0], tags)


def _tags(data: bytes, order: str, at: int, entries: int, entry: int) -> Tags:
    """Return the first values of each tag of whole numbers in one directory of a TIFF."""
    tags: Tags = {}
    for place in range(at, at + entries * entry, entry):
        tag, kind = struct.unpack_from(order + "HH", data, place)
        wide = entry == 20
        count = struct.unpack_from(order + ("Q" if wide else "I"), data, place + 4)[0]
        if tag in STRIP_TAGS and count > MAX_STRIPS:
            raise PictureError("picture.stuffed")
        if kind not in WHOLE or not count:
            continue
        form = order + WHOLE[kind] * min(count, 8)
        inline = struct.calcsize(WHOLE[kind]) * count <= (8 if wide else 4)
        start = place + (12 if wide else 8)
        where = start if inline else struct.unpack_from(order + ("Q" if wide else "I"), data, start)[0]
        if where + struct.calcsize(form) <= len(data):
            tags[tag] = struct.unpack_from(form, data, where)
    return tags


PARSERS: dict[str, Callable[[bytes], Header]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "GIF": _gif,
    "WebP": _webp,
    "BMP": _bmp,
    "TIFF": _tiff,
    "HEIC": _boxes("HEIC"),
    "AVIF": _boxes("AVIF"),
}
