"""Every format, depth, colour space and way up becomes the same upright sRGB."""

import io
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from tests.core import samples
from tests.core.samples import FILES, encoded, exif, four
from vision.core.errors import PictureError
from vision.core.picture import read

EXACT = {"PNG": {}, "BMP": {}, "TIFF": {}, "TIFF lzw": {"compression": "tiff_lzw"}, "WebP": {"lossless": True}, "GIF": {}}
LOSSY = {"JPEG": {"quality": 95}, "WebP": {"quality": 95}, "AVIF": {"quality": 95}}


def stored(upright, orientation):
    """Return a picture as a camera of that EXIF orientation stores it, by the tag's definition: where row 0 and column 0 lie."""
    values = upright.transpose(1, 0, 2) if orientation > 4 else upright  # row 0 is left or right
    values = values[::-1] if orientation in (3, 4, 6, 7) else values  # row 0 is at the bottom, or right
    values = values[:, ::-1] if orientation in (2, 3, 7, 8) else values  # column 0 is right, or at the bottom
    return np.ascontiguousarray(values)


def test_the_definition_of_stored_agrees_with_pillow():
    from PIL import ImageOps

    for orientation in range(1, 9):
        image = Image.open(io.BytesIO(encoded(stored(four(), orientation), "PNG", exif=exif(orientation))))
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(image)), four()), orientation


@pytest.mark.parametrize("form", EXACT)
def test_lossless_formats_give_every_pixel(form):
    picture = read(encoded(four(), form.split()[0], **EXACT[form]))
    assert np.array_equal(picture.rgb, four())
    assert (picture.width, picture.height, picture.notes) == (64, 48, ())


@pytest.mark.parametrize("form", LOSSY)
def test_lossy_formats_give_the_colours(form):
    picture = read(encoded(four(), form, **LOSSY[form]))
    close(picture.rgb, four(), 12)
    assert picture.notes == ()


def close(found, wanted, levels):
    """Compare the middles of the four quarters, where no format rings."""
    assert found.shape == wanted.shape
    height, width = (side // 4 for side in wanted.shape[:2])
    for y in (height, 3 * height):
        for x in (width, 3 * width):
            assert np.abs(found[y, x].astype(int) - wanted[y, x]).max() <= levels, (found[y, x], wanted[y, x])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"optimize": True}])
def test_jpeg_is_bit_for_bit_what_pillow_decodes(drawn, options):
    for pixels in (drawn(67, 131), drawn(67, 131)[..., 0]):
        data = encoded(pixels, "JPEG", quality=88, **options)
        assert np.array_equal(read(data).rgb, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


def test_heic():
    close(read(FILES / "plain.heic").rgb, four(), 4)
    assert read(FILES / "alpha.heic").rgb[5, 5].tolist() == [255, 255, 255]


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "RGBA"])
def test_grey_palette_and_alpha_modes(mode):
    image = Image.fromarray(four()).convert("L" if mode in ("1", "L", "LA") else "RGB")
    image = image.convert("P", palette=Image.Palette.ADAPTIVE) if mode in ("P", "PA") else image
    image = image.convert(mode)
    data = encoded(image, "TIFF" if mode == "PA" else "PNG")
    assert np.array_equal(read(data).rgb, np.asarray(image.convert("RGB")))
    assert read(data).notes == ()  # opaque alpha is nothing to speak of


# Depth


LEVELS = np.array([[0, 1, 128, 129, 255, 256, 257], [511, 4095, 32767, 32768, 65279, 65407, 65535]], np.uint16)
NEAREST = np.rint(LEVELS / 257).astype(np.uint8)  # of 257 no level lies between two


def test_sixteen_bit_grey_is_scaled_not_clipped():
    for data in (encoded(LEVELS, "PNG"), encoded(LEVELS, "TIFF"), as_tiff(LEVELS, byteorder=">")):
        picture = read(data)
        assert np.array_equal(picture.rgb, np.repeat(NEAREST[..., None], 3, 2))
        assert picture.notes == ("Its 16 bits per channel were scaled to 8.",)


def as_tiff(values, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, values, **options)
    return out.getvalue()


def wide(channels):
    values = np.random.default_rng(3).integers(0, 1 << 16, (9, 11, channels), dtype=np.uint16)
    values[0, : len(LEVELS[0])] = LEVELS[0, :, None]
    values[1, : len(LEVELS[1])] = LEVELS[1, :, None]
    return values


def white_under(values):
    """Return 16-bit colours with alpha as 8-bit colours on white."""
    eight = np.rint(values / 257)
    share = eight[..., -1:] / 255
    colour = eight[..., :-1] * share + 255 * (1 - share)
    return np.repeat(colour, 3, 2) if colour.shape[2] == 1 else colour


def big(values):
    return values.astype(">u2").tobytes()


def test_sixteen_bit_colour_is_rounded_to_the_nearest_level():
    values = wide(3)
    for data in (
        samples.png(11, 9, 16, 2, big(values)),
        as_tiff(values, photometric="rgb"),
        as_tiff(values, photometric="rgb", byteorder=">"),
    ):
        assert np.array_equal(read(data).rgb, np.rint(values / 257).astype(np.uint8))
        assert read(data).notes == ("Its 16 bits per channel were scaled to 8.",)


@pytest.mark.parametrize(("channels", "colour"), [(4, 6), (2, 4)])
def test_sixteen_bit_alpha(channels, colour):
    values = wide(channels)
    found = read(samples.png(11, 9, 16, colour, big(values)))
    assert np.abs(found.rgb - white_under(values)).max() <= 0.51
    if channels == 4:
        found = read(as_tiff(values, photometric="rgb", extrasamples=["unassalpha"]))
        assert np.abs(found.rgb - white_under(values)).max() <= 0.51


def test_sixteen_bit_premultiplied_tiff():
    values = wide(4)
    values[..., 3] = 65535
    values[3:, :, 3] = 32896  # 128 of 255
    ahead = values.copy()
    ahead[..., :3] = values[..., :3].astype(np.uint32) * values[..., 3:] // 65535
    found = read(as_tiff(ahead, photometric="rgb", extrasamples=["assocalpha"]))
    assert np.abs(found.rgb - white_under(values)).max() <= 3  # Pillow keeps the high byte before it divides by alpha


def test_a_clear_level_of_sixteen_bit_grey():
    values = np.array([[0, 256, 65535]], np.uint16)
    data = samples.png(3, 1, 16, 0, big(values), samples.chunk(b"tRNS", b"\1\0"))
    assert read(data).rgb[0, :, 0].tolist() == [0, 255, 255]
    assert "Transparent parts are shown on white." in read(data).notes


def test_white_may_be_zero():
    assert np.array_equal(read(as_tiff(LEVELS, photometric="miniswhite")).rgb[..., 0], 255 - NEAREST)
    eight = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    assert np.array_equal(read(as_tiff(eight, photometric="miniswhite")).rgb[..., 0], 255 - eight)


def test_twelve_bits():
    tags = {256: (3, [2]), 257: (3, [1]), 258: (3, [12]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1]), 278: (3, [1])}
    found = read(samples.tiff(tags, strip=bytes([0x80, 0x0F, 0xFF])))  # 2048, 4095
    assert found.rgb[0, :, 0].tolist() == [128, 255]
    assert found.notes == ("Its 12 bits per channel were scaled to 8.",)


def test_planes_of_sixteen_bits_are_refused_not_mixed_up():
    with pytest.raises(PictureError, match="interleaved"):
        read(as_tiff(np.ascontiguousarray(wide(3).transpose(2, 0, 1)), photometric="rgb", planarconfig="separate"))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_are_spread_over_their_finite_range(kind):
    values = np.array([[-2.0, 0.0, 2.0], [np.nan, np.inf, -np.inf]], kind)
    found = read(as_tiff(values))
    assert found.rgb[..., 0].tolist() == [[0, 128, 255], [0, 255, 0]]
    assert found.notes == ("Its numbers from -2 to 2 were spread over 0 to 255.",)


def test_floats_without_a_range():
    assert not read(as_tiff(np.full((2, 3), np.nan, np.float32))).rgb.any()
    assert not read(as_tiff(np.full((2, 3), 7, np.float32))).rgb.any()
    ends = np.array([[-3.4e38, 3.4e38]], np.float32)  # their difference is no float32
    assert read(as_tiff(ends)).rgb[0, :, 0].tolist() == [0, 255]


def test_float_colours():
    values = np.random.default_rng(1).random((5, 7, 3)).astype(np.float32)
    wanted = np.floor((values - values.min()) / (values.max() - values.min()) * 255 + 0.5)
    assert np.abs(read(as_tiff(values, photometric="rgb")).rgb - wanted).max() <= 1


def test_signed_and_wide_whole_numbers_are_spread():
    for kind in (np.int16, np.int32):
        found = read(as_tiff(np.array([[-100, 0, 100]], kind)))
        assert found.rgb[0, :, 0].tolist() == [0, 128, 255]


# Which side is up


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "WebP", "TIFF", "JPEG", "AVIF"])
def test_exif_turns_upright_once(form, orientation):
    options = {**EXACT, **LOSSY}[form] if form != "WebP" else {"lossless": True}
    found = read(encoded(stored(four(), orientation), form, exif=exif(orientation), **options))
    assert (found.width, found.height) == (64, 48)
    close(found.rgb, four(), 12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_tiffs_turn_upright_once(orientation):
    values = four().astype(np.uint16) * 257
    turned = [(274, "H", 1, orientation, True)]
    assert np.array_equal(read(as_tiff(stored(values, orientation), photometric="rgb", extratags=turned)).rgb, four())
    grey = stored(values, orientation)[..., 0]
    assert np.array_equal(read(as_tiff(np.ascontiguousarray(grey), extratags=turned)).rgb[..., 0], four()[..., 0])


def test_a_sixteen_bit_png_turns_upright():
    values = stored(four().astype(np.uint16) * 257, 6)
    data = samples.png(48, 64, 16, 2, big(values), samples.chunk(b"eXIf", exif(6)[6:]))
    assert np.array_equal(read(data).rgb, four())


def test_heic_is_turned_by_its_decoder_only():
    found = read(FILES / "turned.heic")
    assert (found.width, found.height) == (48, 64)
    close(found.rgb, np.ascontiguousarray(np.rot90(four(), -1)), 4)


def test_the_first_picture_of_a_phones_mpo():
    other = Image.fromarray(np.zeros((48, 64, 3), np.uint8))
    data = encoded(Image.fromarray(stored(four(), 6)), "MPO", save_all=True, append_images=[other], exif=exif(6), quality=95)
    close(read(data).rgb, four(), 12)
    assert read(data).notes == ()


@pytest.mark.parametrize("block", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense", exif(9), exif(0)])
@pytest.mark.filterwarnings("ignore")
def test_a_broken_exif_block_or_an_unknown_way_up_leaves_the_picture_as_it_is(block):
    close(read(encoded(four(), "JPEG", exif=block, quality=95)).rgb, four(), 12)


def test_a_broken_exif_block_is_said():
    found = read(samples.png(1, 1, 8, 2, b"\1\2\3", samples.chunk(b"eXIf", b"nonsense")))
    assert found.notes == ("Its EXIF block is broken: which side is up could not be read.",)


# Transparency


CLEAR = "Transparent parts are shown on white."


def test_alpha_lies_on_white_without_dark_fringes():
    rgba = np.dstack([four(), np.full((48, 64), 255, np.uint8)])
    rgba[:, :10] = 0  # clear black, as drawing programs leave it
    rgba[:, 10:20, 3] = 128
    found = read(encoded(rgba, "PNG"))
    assert (found.rgb[:, :10] == 255).all()
    assert np.abs(found.rgb[:, 10:20] - (four()[:, 10:20] * (128 / 255) + 255 * (127 / 255))).max() <= 0.5
    assert np.array_equal(found.rgb[:, 20:], four()[:, 20:])
    assert found.notes == (CLEAR,)


def test_clear_colours_of_every_kind():
    grey = Image.fromarray(np.array([[0, 100, 200]], np.uint8))
    assert read(encoded(grey, "PNG", transparency=100)).rgb[0, :, 0].tolist() == [0, 255, 200]
    colour = Image.fromarray(np.array([[(9, 8, 7), (1, 2, 3)]], np.uint8))
    assert read(encoded(colour, "PNG", transparency=(9, 8, 7))).rgb[0].tolist() == [[255, 255, 255], [1, 2, 3]]
    palette = Image.frombytes("P", (3, 1), bytes([0, 1, 2]))
    palette.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    found = read(encoded(palette, "PNG", transparency=bytes([0, 255, 51]))).rgb[0].tolist()
    assert found == [[255, 255, 255], [40, 50, 60], [218, 220, 222]]
    two = np.array([[[80, 0], [80, 255]]], np.uint8)
    assert read(encoded(Image.frombytes("LA", (2, 1), two.tobytes()), "PNG")).rgb[0, :, 0].tolist() == [255, 80]
    assert read(encoded(palette, "GIF", transparency=1)).rgb[0].tolist() == [[10, 20, 30], [255, 255, 255], [70, 80, 90]]


def test_premultiplied_alpha():
    tags = {256: (3, [2]), 257: (3, [1]), 258: (3, [8] * 4), 259: (3, [1]), 262: (3, [2]), 277: (3, [4]), 278: (3, [1]), 338: (3, [1])}
    data = samples.tiff(tags, strip=bytes([100, 50, 0, 128, 0, 0, 0, 0]))  # (200, 100, 0) at half strength; nothing
    found = read(data).rgb[0].astype(int)
    assert np.abs(found[0] - [227, 177, 127]).max() <= 1
    assert found[1].tolist() == [255, 255, 255]


# Colour


def test_red_ink_is_red():
    """Adobe stores ink inverted; YCCK is the same with its colours turned into luma and chroma."""
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    data = encoded(ink, "JPEG", quality=100)
    assert b"Adobe" in data
    assert np.abs(read(data).rgb[8, 8].astype(int) - [255, 0, 0]).max() <= 3
    assert np.abs(read(encoded(ink, "TIFF")).rgb[8, 8].astype(int) - [255, 0, 0]).max() == 0


def test_ycck():
    red, green, blue = 0, 255, 255  # 255 minus what is stored of C, M, Y; and stored is, inverted, 255, 0, 0 for red
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    values = (luma, 128 + 0.5 * (blue - luma) / 0.886, 128 + 0.5 * (red - luma) / 0.701, 255)
    image = Image.new("CMYK", (16, 16), tuple(255 - min(255, round(value)) for value in values))  # Pillow inverts as it writes
    data = bytearray(encoded(image, "JPEG", quality=100))
    at = data.index(b"Adobe") + 11
    assert data[at] == 0
    data[at] = 2  # the file now says that it is YCCK
    assert np.abs(read(bytes(data)).rgb[8, 8].astype(int) - [255, 0, 0]).max() <= 4


def test_lab():
    values = np.zeros((1, 3, 3), np.uint8)
    values[0, 0] = (255, 0, 0)
    values[0, 1] = (round(53.585 * 2.55), 0, 0)  # L* of grey 128
    values[0, 2] = (round(54.29 * 2.55), 81, 70)  # Lindbloom: red of sRGB, adapted to D50
    found = read(as_tiff(values, photometric="cielab")).rgb[0].astype(int)
    assert np.abs(found - [[255, 255, 255], [128, 128, 128], [255, 0, 0]]).max() <= 6  # LittleCMS reads 8-bit a and b 0.4 % too strong


@pytest.mark.parametrize(("primaries", "gamma"), [(samples.P3, None), (samples.ADOBE, 2.19921875)])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WebP"])
def test_profiles_become_srgb(form, primaries, gamma):
    pixels = np.repeat(np.repeat(np.random.default_rng(5).integers(40, 200, (6, 8, 3)).astype(np.uint8), 16, 0), 16, 1)
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WebP": {"lossless": True}}.get(form, {})
    data = encoded(pixels, form, icc_profile=samples.profile(primaries, gamma), **options)
    values = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) / 255
    light = samples.linear(values) if gamma is None else values**gamma
    wanted = samples.coded(light @ np.array(primaries) @ np.linalg.inv(np.array(samples.SRGB)))
    found = read(data)
    assert np.abs(found.rgb.astype(int) - wanted).max() <= 2
    assert np.abs(pixels.astype(int) - wanted).max() > 8  # or the test would prove nothing
    assert found.notes == ()


def test_a_heic_of_a_wide_gamut():
    found, wanted = read(FILES / "p3.heic").rgb, four()
    change = np.array(samples.P3) @ np.linalg.inv(np.array(samples.SRGB))
    close(found, samples.coded(samples.linear(wanted / 255) @ change), 8)


def test_a_sixteen_bit_picture_with_a_profile():
    values = np.full((2, 2, 3), (100 * 257, 150 * 257, 60 * 257), np.uint16)
    block = samples.chunk(b"iCCP", b"p\0\0" + zlib.compress(samples.profile(samples.P3)))
    wanted = samples.coded(samples.linear(values / 65535) @ np.array(samples.P3) @ np.linalg.inv(np.array(samples.SRGB)))
    assert np.abs(read(samples.png(2, 2, 16, 2, big(values), block)).rgb.astype(int) - wanted).max() <= 2


def test_the_gamma_of_greys():
    pixels = np.arange(0, 256, 5, dtype=np.uint8).reshape(4, 13)
    for form in ("PNG", "TIFF"):
        found = read(encoded(pixels, form, icc_profile=samples.profile(None, 1.8)))
        assert np.abs(found.rgb[..., 0].astype(int) - samples.coded((pixels / 255) ** 1.8)).max() <= 1
        assert found.notes == ()


def test_greys_beside_a_colour_profile():
    pixels = np.arange(0, 256, 5, dtype=np.uint8).reshape(4, 13)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(read(encoded(pixels, "PNG", icc_profile=srgb)).rgb[..., 0], pixels)
    found = read(encoded(pixels, "PNG", icc_profile=samples.profile(samples.ADOBE, 2.19921875))).rgb
    assert np.abs(found[..., 0].astype(int) - samples.coded((pixels / 255) ** 2.19921875)).max() <= 1


def test_ink_by_its_profile():
    """A press whose full black is a dark green: only the profile knows."""

    def lab(c, m, y, k):
        if k:
            return (0, 0, 0) if c and m and y else (40, -30, 20)
        return (54.29, 80.81, 69.89) if (c, m, y) == (0, 1, 1) else (100 if not (c or m or y) else 60, 0, 0)

    profile = samples.ink_profile(lab)
    for ink, wanted in (((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 0), (255, 255, 255))):
        found = read(encoded(Image.new("CMYK", (8, 8), ink), "TIFF", icc_profile=profile))
        assert np.abs(found.rgb[4, 4].astype(int) - wanted).max() <= 4
        assert found.notes == ()
    black = read(encoded(Image.new("CMYK", (8, 8), (0, 0, 0, 255)), "TIFF", icc_profile=profile)).rgb[4, 4].astype(int)
    assert black[1] > black[0] + 20 and black[1] > black[2] + 20


IGNORED = "Its colour profile is broken and was ignored."


@pytest.mark.parametrize("block", [b"no profile at all", samples.profile(samples.P3)[:200], samples.profile(None, 1.8)])
def test_a_broken_or_alien_profile_is_ignored_and_said(block):
    found = read(encoded(four(), "PNG", icc_profile=block))
    assert np.array_equal(found.rgb, four())
    assert found.notes == (IGNORED,)


def test_a_profile_that_cannot_be_unpacked():
    found = read(samples.png(1, 1, 8, 2, b"\1\2\3", samples.chunk(b"iCCP", b"p\0\0nonsense")))
    assert (found.rgb.tolist(), found.notes) == ([[[1, 2, 3]]], (IGNORED,))


def test_a_profile_that_is_srgb_changes_no_pixel(drawn):
    pixels = drawn(60, 80)
    for block in (samples.profile(samples.SRGB), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()):
        assert np.array_equal(read(encoded(pixels, "PNG", icc_profile=block)).rgb, pixels)


# More than one frame


@pytest.mark.parametrize(
    ("form", "options"), [("GIF", {}), ("WebP", {"lossless": True}), ("PNG", {}), ("TIFF", {}), ("AVIF", {"quality": 95})]
)
def test_of_many_frames_the_first(form, options):
    rest = [Image.fromarray(np.full((48, 64, 3), 40 * n, np.uint8)) for n in range(1, 4)]
    found = read(encoded(Image.fromarray(four()), form, save_all=True, append_images=rest, **options))
    close(found.rgb, four(), 12)
    assert found.notes == ("First frame of 4.",)


def test_a_first_frame_smaller_than_the_screen():
    small = encoded(np.zeros((2, 2, 3), np.uint8), "GIF")
    data = small[:6] + (5).to_bytes(2, "little") + (4).to_bytes(2, "little") + small[10:]
    assert read(data).rgb.shape == (4, 5, 3)
