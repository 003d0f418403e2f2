"""The header decides: what is too large or made to keep a decoder busy is refused before any decoder sees it."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.core import samples
from tests.core.samples import FILES, chunk, encoded, four
from vision.core import decoder, header
from vision.core.errors import PictureError
from vision.core.picture import read

SIDE = 50_000


def gif(width, height, blocks=b"", frame=None):
    """Return a GIF whose screen and first frame have these sizes, with one pixel's worth of data."""
    wide, tall = frame or (width, height)
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + blocks + b"," + struct.pack("<HHHHB", 0, 0, wide, tall, 0) + b"\x02\x02\x44\x01\0;"


def jpeg(width, height, segments=b"", scans=1):
    """Return the head of a JPEG with this size, and scans without content."""
    data = encoded(np.zeros((8, 8, 3), np.uint8), "JPEG", progressive=scans > 1)
    at = data.index(b"\xff\xc2" if scans > 1 else b"\xff\xc0") + 5
    data = data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]
    return data[:2] + segments + data[2:-2] + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\0" * (scans - 1) + b"\xff\xd9"


def page(**more):
    tags = {256: (4, [SIDE]), 257: (4, [SIDE]), 258: (3, [8]), 259: (3, [8]), 262: (3, [1]), 277: (3, [1]), 278: (4, [SIDE])}
    return samples.tiff({**tags, **more}, strip=zlib.compress(bytes(1000)))


def webp(width, height):
    body = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body += b"VP8L" + struct.pack("<I", 6) + b"\x2f\0\0\0\0\0"
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def resized(data, width, height):
    """Return a HEIC or an AVIF whose header (`ispe`) says another size; that of the HEIC is cut down to 64 x 48 (`clap`)."""
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def bmp(width, height):
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 60, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(6)


BOMBS = {
    "PNG": samples.png(SIDE, SIDE, 1, 0, b"").replace(zlib.compress(b""), zlib.compress(bytes(20_000_000))),
    "GIF": gif(SIDE, SIDE),
    "GIF whose first frame is larger than its screen": gif(10, 10, frame=(SIDE, SIDE)),
    "TIFF": page(),
    "JPEG": jpeg(SIDE, SIDE),
    "BMP": bmp(SIDE, SIDE),
    "BMP from the top": bmp(SIDE, -SIDE),
    "WebP": webp(SIDE, SIDE),
    "TIFF of one pixel in a huge tile": samples.tiff(
        {256: (4, [1]), 257: (4, [1]), 258: (3, [8]), 262: (3, [1]), 322: (4, [SIDE]), 323: (4, [SIDE]), 324: (4, [8]), 325: (4, [8])}
    ),
    "HEIC": resized((FILES / "plain.heic").read_bytes(), SIDE, SIDE),
    "AVIF": resized(encoded(four(), "AVIF"), SIDE, SIDE),
    "too many pixels though no side is too long": samples.png(19_000, 5_000, 8, 2, b""),
    "one side too long": samples.png(20_001, 1, 8, 2, b""),
}


@pytest.fixture
def no_decoder(monkeypatch):
    """Take every decoder away: what still answers has asked none."""
    monkeypatch.setattr(decoder, "OPENERS", {})
    monkeypatch.setattr(decoder, "of_deep", None)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_its_header(name, no_decoder):
    with pytest.raises(PictureError) as caught:
        held(lambda: read(BOMBS[name]))
    assert caught.value.key == "picture.too_large"
    assert "at most 20,000 a side and 80 million" in str(caught.value)


def held(work):
    """Run and return the highest memory that Python's own allocator reached, which 20 MB is the limit of."""
    tracemalloc.start()
    try:
        return work()
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20_000_000, f"{peak / 1e6:.0f} MB"


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG", "BMP", "AVIF"])
def test_what_the_decoder_makes_of_a_header_is_checked_again(form, monkeypatch):
    """Where our own parser missed a size, the decoder's word still counts, before a pixel is asked for."""
    monkeypatch.setitem(header.PARSERS, form, lambda data: header.Header(form))
    monkeypatch.setattr(decoder, "_pixels", None)
    with pytest.raises(PictureError):
        held(lambda: read(BOMBS[form]))


def packed(name, size):
    text = zlib.compress(bytes(size), 9)
    return chunk(name, b"k\0\0" + text if name != b"iTXt" else b"k\0\1\0\0\0" + text)


STUFFED = {
    "zTXt": samples.png(1, 1, 8, 2, b"\1\2\3", packed(b"zTXt", 200_000_000)),
    "iTXt": samples.png(1, 1, 8, 2, b"\1\2\3", packed(b"iTXt", 200_000_000)),
    "iCCP": samples.png(1, 1, 8, 2, b"\1\2\3", packed(b"iCCP", 200_000_000)),
    "zTXt in small bites": samples.png(1, 1, 8, 2, b"\1\2\3", packed(b"zTXt", 1_000_000) * 60),
    "chunks": samples.png(1, 1, 8, 2, b"\1\2\3", chunk(b"tEXt", b"") * 50_001),
    "segments": jpeg(8, 8, b"\xff\xfe\0\2" * 5_001),
    "bytes between segments": jpeg(8, 8, b"\xff\xfe\0\2" + bytes(70_000)),
    "scans": jpeg(8_000, 8_000, scans=40),
    "a comment": gif(1, 1, b"!\xfe" + b"\xff" + b"c" * 255 + (b"\xff" + b"c" * 255) * 300 + b"\0"),
    "blocks": gif(1, 1, b"!\xfd" + b"\1c" * 300_001 + b"\0"),
    "bytes between blocks": gif(1, 1, b"\1" * 300_001),
    "strips": samples.tiff({256: (3, [1]), 257: (3, [1]), 258: (3, [8]), 262: (3, [1]), 273: (4, [8] * 100_001), 279: (4, [1])}),
    "pages": b"II*\0\x08\0\0\0" + b"".join(b"\0\0" + struct.pack("<I", 14 + 6 * n) for n in range(10_001)) + bytes(6),
}


@pytest.mark.parametrize("name", STUFFED)
def test_what_would_keep_a_decoder_busy_is_refused(name, no_decoder):
    with pytest.raises(PictureError) as caught:
        held(lambda: read(STUFFED[name])) if len(STUFFED[name]) < 300_000 else read(STUFFED[name])  # tracing slows long loops
    assert caught.value.key == "picture.stuffed"


def test_ordinary_text_profiles_and_scans_pass():
    text = [packed(b"zTXt", 300_000), packed(b"iTXt", 300_000), chunk(b"tEXt", b"k\0" + b"t" * 3_000_000)]
    assert read(samples.png(1, 1, 8, 2, b"\1\2\3", *text)).rgb.tolist() == [[[1, 2, 3]]]
    assert read(samples.png(1, 1, 8, 2, b"\1\2\3", chunk(b"zTXt", b"k\0\0nonsense"))).rgb.tolist() == [[[1, 2, 3]]]
    assert read(encoded(four(), "JPEG", progressive=True, comment=b"c" * 60_000)).width == 64
    assert read(encoded(four(), "GIF", comment=b"c" * 10_000)).width == 64


def test_a_ring_of_pages_ends():
    tags = {256: (3, [2]), 257: (3, [1]), 258: (3, [8]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1]), 278: (3, [1])}
    assert read(samples.tiff(tags, strip=b"\1\2", following=8)).rgb[0, :, 0].tolist() == [1, 2]


@pytest.mark.parametrize(("width", "height"), [(20_000, 300), (1, 1), (1, 5_000), (300, 20_000)])
def test_sizes_that_are_fine(width, height):
    pixels = np.arange(width * height, dtype=np.uint64).reshape(height, width, 1).repeat(3, 2).astype(np.uint8)
    assert np.array_equal(read(encoded(pixels, "PNG", compress_level=1)).rgb, pixels)
    assert read(encoded(pixels, "JPEG")).rgb.shape == (height, width, 3)


# Damage


def every_format():
    files = {form: encoded(four(), form) for form in ("JPEG", "PNG", "WebP", "AVIF", "GIF", "BMP", "TIFF")}
    return {
        **files,
        "HEIC": (FILES / "plain.heic").read_bytes(),
        "JPEG progressive": encoded(four(), "JPEG", progressive=True),
        "PNG deep": samples.png(4, 4, 16, 6, bytes(range(128))),
        "PNG palette": encoded(Image.fromarray(four()).quantize(4), "PNG"),
        "TIFF packed": encoded(four(), "TIFF", compression="tiff_lzw"),
        "TIFF JPEG": encoded(four(), "TIFF", compression="jpeg"),
        "JPEG ink": encoded(Image.fromarray(four()).convert("CMYK"), "JPEG"),
        "GIF moving": encoded(Image.fromarray(four()), "GIF", save_all=True, append_images=[Image.new("RGB", (64, 48))]),
    }


EVERY = every_format()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_was_cut_off_is_refused(name, share):
    with pytest.raises(PictureError) as caught:
        read(EVERY[name][: min(int(len(EVERY[name]) * share), len(EVERY[name]) - 16)])
    assert caught.value.key in ("picture.damaged", "picture.no_pixels", "picture.not_unknown", "picture.not_text")


def test_a_jpeg_without_its_last_bytes_is_cut_off_and_one_with_more_is_fine():
    data = encoded(four(), "JPEG")
    with pytest.raises(PictureError, match="cut off"):
        read(data[:-2])
    assert np.array_equal(read(data + b"a film that the phone put behind").rgb, read(data).rgb)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(EVERY)),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=5)), max_size=6),
    st.booleans(),
)
def test_damaged_bytes_give_a_picture_or_one_sentence(name, changes, longer):
    data = bytearray(EVERY[name])
    for at, piece in changes:
        at %= len(data)
        data[at : at + (0 if longer else len(piece))] = piece
    try:
        picture = read(bytes(data))
    except PictureError as error:
        assert str(error).count("{") == 0 and str(error).endswith(".")
    else:
        assert picture.rgb.dtype == np.uint8 and picture.rgb.ndim == 3 and picture.rgb.size <= 3 * 80_000_000


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=64),
    st.sampled_from([b"", b"\xff\xd8\xff", b"GIF89a", b"II*\0\x08\0\0\0", b"RIFF    WEBPVP8X", b"\0\0\0\x18ftypheic", b"BM"]),
)
def test_short_garbage_is_one_sentence(tail, start):
    with pytest.raises(PictureError):
        read(start + tail)


def test_names_are_never_believed():
    data = io.BytesIO(b"this is no photo, whatever it is called")
    with pytest.raises(PictureError, match="text"):
        read(data.getvalue(), "holiday.jpg")
    assert read(encoded(four(), "PNG"), "holiday.jpg").width == 64
