"""Every format, depth, colour space and way up becomes the same upright sRGB."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.core import samples
from tests.core.samples import FILES, as_tiff, big, close, encoded, exif, four
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
