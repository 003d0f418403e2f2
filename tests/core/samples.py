"""Picture files made from scratch: one drawn picture in every format, and the chunks, tags and profiles that formats are made of.

`files/*.heic` are the same drawn picture, encoded once by libheif 1.23.6 with x265, as no encoder of HEIC is installed with the rest:
plain; turned (shown 48 x 64, by its own `irot`); alpha (upper left quarter clear); p3 (with `profile(P3)` below).
"""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

FILES = Path(__file__).with_name("files")
RED, GREEN, BLUE, PALE = (220, 30, 30), (30, 200, 40), (40, 60, 210), (240, 240, 230)
P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.0666, 0.78407))  # columns to XYZ, D50, as Apple has them
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))


def four(height=48, width=64):
    """Return four quarters of colour, uint8 [H, W, 3]."""
    rgb = np.empty((height, width, 3), np.uint8)
    middle, half = height // 2, width // 2
    rgb[:middle, :half], rgb[:middle, half:], rgb[middle:, :half], rgb[middle:, half:] = RED, GREEN, BLUE, PALE
    return rgb


def encoded(pixels, form, **options):
    """Return an array or a Pillow picture as a file."""
    out = io.BytesIO()
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(out, form, **options)
    return out.getvalue()


def exif(orientation):
    """Return an EXIF block that says which side is up."""
    block = Image.Exif()
    block[274] = orientation
    return block.tobytes()


def chunk(name, body):
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, depth, colour, rows, *chunks):
    """Return a PNG; rows: the bytes of the pixels, big endian, without filters; chunks: what goes between header and pixels."""
    stride = len(rows) // height
    lines = b"".join(b"\0" + rows[at : at + stride] for at in range(0, len(rows), stride)) if stride else b""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def tiff(tags, strip=b"", order="<", following=0):
    """Return a TIFF of one page; tags: {tag: (type, values)} of types 1, 3 and 4; its strip lies behind."""
    tags = {**tags, 273: (4, [0]), 279: (4, [len(strip)])} if strip else tags
    end = 8 + 2 + 12 * len(tags) + 4
    body, entries = b"", b""
    place = dict.fromkeys(sorted(tags))
    for tag in place:
        kind, values = tags[tag]
        data = struct.pack(order + {1: "B", 3: "H", 4: "I"}[kind] * len(values), *values)
        place[tag] = end + len(body)
        if len(data) > 4:
            body += data
    strip_at = end + len(body)
    for tag in place:
        kind, values = tags[tag]
        values = [strip_at] if tag == 273 and strip else values
        data = struct.pack(order + {1: "B", 3: "H", 4: "I"}[kind] * len(values), *values)
        entries += struct.pack(order + "HHI", tag, kind, len(values))
        entries += struct.pack(order + "I", place[tag]) if len(data) > 4 else data.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    return head + entries + struct.pack(order + "I", following) + body + strip


def fixed(*numbers):
    """Return numbers as ICC's s15Fixed16."""
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


BENT = b"para\0\0\0\0\0\3\0\0" + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # the curve of sRGB


def points(*values):
    """Return an ICC curve: none for a straight one, one for gamma as 1/256ths, more for a table of 16-bit numbers."""
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *values)


def profile(primaries=None, gamma=None, curve=None):
    """Return an ICC profile: of a display by its primaries, or of greys where there are none; the curve of sRGB where none is given."""
    curve = curve or (BENT if gamma is None else b"para\0\0\0\0\0\0\0\0" + fixed(gamma))
    tags = {b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249)}
    if primaries is None:
        tags[b"kTRC"] = curve
    else:
        tags |= {name: b"XYZ \0\0\0\0" + fixed(*axis) for name, axis in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _icc(tags, b"mntr", b"GRAY" if primaries is None else b"RGB ", b"XYZ ")


def ink_profile(lab):
    """Return an ICC profile of four inks: lab(c, m, y, k) gives L*, a*, b* of the sixteen mixtures of no ink and full ink."""
    corners = [lab(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    nodes = bytes(value for light, a, b in corners for value in (round(light * 2.55), round(a + 128), round(b + 128)))
    straight = bytes(range(256))
    table = b"mft1\0\0\0\0\4\3\2\0" + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + straight * 4 + nodes + straight * 3
    return _icc({b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249), b"A2B0": table}, b"prtr", b"CMYK", b"Lab ", version=2)


def _icc(tags, device, space, connection, version=4):
    said = b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", 4, 28) + "no".encode("utf-16-be")
    tags = {b"desc": said, b"cprt": said, **tags}
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    head = struct.pack(">I4sBBH4s4s4s", start + len(body), b"\0\0\0\0", version, 0, 0, device, space, connection)
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + table + body


def linear(values):
    """Return sRGB values 0..1 as light, IEC 61966-2-1."""
    values = np.asarray(values, np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def coded(light):
    """Return light as sRGB bytes, the inverse of `linear`, clipped."""
    light = np.clip(light, 0, 1)
    values = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.floor(values * 255 + 0.5).astype(np.uint8)


def as_tiff(values, **options):
    """Return an array as a TIFF by tifffile."""
    out = io.BytesIO()
    tifffile.imwrite(out, values, **options)
    return out.getvalue()


def big(values):
    """Return 16-bit numbers as the bytes of a PNG's rows."""
    return values.astype(">u2").tobytes()


def close(found, wanted, levels):
    """Compare the middles of the four quarters, where no format rings."""
    assert found.shape == wanted.shape
    height, width = (side // 4 for side in wanted.shape[:2])
    for y in (height, 3 * height):
        for x in (width, 3 * width):
            assert np.abs(found[y, x].astype(int) - wanted[y, x]).max() <= levels, (found[y, x], wanted[y, x])
