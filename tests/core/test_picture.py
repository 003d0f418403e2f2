"""The door: what may come in, what it is called, and the sentence for everything else."""

import copy
import hashlib
import os
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.core.samples import ADOBE, P3, encoded, exif, four, profile, tiff
from vision.core import limits
from vision.core.errors import PictureError, UserError
from vision.core.picture import NAME_LENGTH, Picture, read
from vision.core.results import PictureFacts
from vision.core.words import Sentence, say

FILE = encoded(four(), "PNG")


def refused(source, **options):
    """Return the key of the one sentence that `read` answers with."""
    with pytest.raises(PictureError) as caught:
        read(source, **options)
    assert str(caught.value) == say(caught.value.key, **caught.value.values)
    return caught.value.key.removeprefix("picture.")


def test_bytes_and_files_give_the_same_picture(tmp_path):
    path = tmp_path / "four corners.png"
    path.write_bytes(FILE)
    a, b = read(FILE, "dropped.png"), read(path)
    assert np.array_equal(a.rgb, four()) and np.array_equal(b.rgb, four())
    assert a.digest == b.digest == read(bytearray(FILE)).digest == read(memoryview(FILE)).digest
    assert (a.name, b.name, read(FILE).name) == ("dropped.png", "four corners.png", "")


def test_facts():
    picture = read(encoded(four(), "PNG", exif=exif(6)))
    assert (picture.width, picture.height) == (48, 64) == picture.rgb.shape[1::-1]
    assert picture.facts == PictureFacts(48, 64, picture.digest, picture.notes)


def test_the_digest_is_of_the_source():
    assert read(FILE).digest == hashlib.sha256(FILE).hexdigest()
    assert read(FILE).digest != read(encoded(four(), "BMP")).digest
    assert read(four()).digest == read(four()[:, ::1].copy()).digest != read(four().transpose(1, 0, 2)).digest
    flat = np.zeros((4, 6, 3), np.uint8)
    assert read(flat).digest != read(flat.reshape(6, 4, 3)).digest  # the same bytes in another shape


def test_a_picture_cannot_be_changed():
    for picture in (read(FILE), read(four()), read(encoded(four(), "JPEG")), read(encoded(four(), "JPEG", exif=exif(6)), at_most_px=10)):
        with pytest.raises(ValueError, match="read-only"):
            picture.rgb[0, 0] = 0
        assert picture.rgb.flags.c_contiguous


def test_pictures_cross_between_processes():
    picture = read(encoded(four(), "GIF", save_all=True, append_images=[Image.new("RGB", (64, 48))]))
    again = pickle.loads(pickle.dumps(picture))
    assert np.array_equal(again.rgb, picture.rgb) and again.facts == picture.facts
    assert isinstance(again.notes[0], Sentence) and again.notes[0].say("en") == "First frame of 2."
    error = pickle.loads(pickle.dumps(PictureError("picture.damaged", kind="PNG")))
    assert isinstance(error, PictureError) and error.say("en") == str(PictureError("picture.damaged", kind="PNG"))
    assert str(copy.deepcopy(UserError("error.unknown_model", key="x"))) == say("error.unknown_model", key="x")


def test_many_threads_read_what_one_reads(drawn):
    files = [encoded(drawn(90, 120, seed), "JPEG", quality=90, exif=exif(seed % 8 + 1), icc_profile=profile(P3)) for seed in range(8)]
    files += [encoded(drawn(90, 120, seed), "PNG", icc_profile=profile(ADOBE, 1.8)) for seed in range(8)]
    files += [encoded(Image.new("CMYK", (50, 40), (seed, 200, 90, 9)), "TIFF") for seed in range(8)]
    alone = [read(data).rgb for data in files]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(4):
            assert all(np.array_equal(a.rgb, b) for a, b in zip(pool.map(read, files), alone, strict=True))


# Arrays


def test_arrays_of_any_strides_are_copied():
    rgb = four()
    locked = rgb.copy()
    locked.flags.writeable = False
    for array in (rgb, locked, np.asfortranarray(rgb), rgb[::-1][::-1], np.dstack([rgb, rgb])[..., :3]):
        assert np.array_equal(read(array).rgb, four())
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    assert np.array_equal(read(bgr[..., ::-1]).rgb, four())
    picture = read(rgb, "an array")
    rgb[:] = 0
    assert np.array_equal(picture.rgb, four()) and picture.name == "an array"


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((3, 4, 4), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.full((4, 4, 3), np.nan),
        np.zeros((4, 4, 3), np.int64),
        np.zeros((4, 4, 3), bool),
        np.zeros((0, 4, 3), np.uint8),
        np.array(3, np.uint8),
        np.array([["a"]], dtype=object),
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_nothing_is_guessed_about_an_array(array):
    with pytest.raises(PictureError, match="uint8 of shape height x width x 3") as caught:
        read(array)
    assert str(array.dtype) in str(caught.value)


def test_an_array_that_is_too_large():
    assert refused(np.broadcast_to(np.uint8(0), (20_001, 1, 3))) == "too_large"
    assert refused(np.broadcast_to(np.uint8(0), (10_000, 10_000, 3))) == "too_large"


# Everything else


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "empty"),
        (b"a letter to a friend", "not_text"),
        ("日本の手紙".encode() * 1000, "not_text"),
        (b"\x00\x01\x02 garbage \xff\xfe", "not_unknown"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "not_svg"),
        (b"<!DOCTYPE html><html>", "not_web_page"),
        (b"%PDF-1.7", "not_pdf"),
        (b"8BPS\0\1", "not_photoshop"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "not_jpeg_xl"),
        (b"\xff\x0a\0\0", "not_jpeg_xl"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "not_jpeg_2000"),
        (b"\0\0\1\0\1\0", "not_icon"),
        (b"PK\3\4", "not_archive"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "not_video"),
        (b"RIFF\0\0\0\0AVI LIST", "not_video"),
        (b"\x1aE\xdf\xa3", "not_video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "not_raw"),
        (b"II*\0\x10\0\0\0CR\2\0\0\0\0\0" + bytes(8), "not_raw"),
        (b"\xff\xd8\xff\xe0 not much of a photo", "damaged"),
    ],
)
def test_one_sentence_says_what_it_is_and_what_to_do(content, key):
    assert refused(content, name="photo.jpg") == key


def test_a_raw_file_of_a_camera_is_not_taken_for_its_thumbnail():
    small = {256: (3, [1]), 257: (3, [1]), 258: (3, [8]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1]), 278: (3, [1])}
    assert refused(tiff({**small, 50706: (1, [1, 4, 0, 0])}, strip=b"\0")) == "not_raw"
    assert refused(tiff({**small, 254: (4, [1])}, strip=b"\0")) == "not_raw"


def test_heic_without_a_decoder(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(PictureError, match="pip install pi-heif"):
        read(Path(__file__).with_name("files") / "plain.heic")


def test_places_that_are_no_picture_file(tmp_path):
    assert refused(tmp_path) == "folder"
    assert refused(tmp_path / "gone.png") == "missing"
    assert refused(tmp_path / "nul\0byte.png") == "missing"
    assert refused(tmp_path / ("long" * 200)) == "unreadable"
    os.mkfifo(tmp_path / "pipe.png")
    assert refused(tmp_path / "pipe.png") == "no_file"
    assert refused(Path("/dev/zero")) == "no_file"
    link = tmp_path / "loop.png"
    link.symlink_to(link)
    assert refused(link) == "unreadable"


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "secret.png"
    path.write_bytes(FILE)

    def closed(*_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(PictureError, match="Permission denied") as caught:
        read(path)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("source", ["/etc/hostname", "photo.png", "../photo.png", ""])
def test_a_plain_string_is_never_opened(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.png").write_bytes(FILE)
    assert refused(source) == "string"


@pytest.mark.parametrize("address", ["http://127.0.0.1/a.png", "https://example.org/a.png", "file:///etc/hostname", "FTP://host/a.png"])
def test_an_address_is_never_fetched(address, monkeypatch):
    import socket

    monkeypatch.setattr(socket, "socket", None)
    assert refused(address) == "address"
    assert refused(Path(address)) == "address"


def test_other_kinds_of_sources():
    assert {refused(source) for source in (None, 5, 1.5, [1], {"path": "/etc/hostname"}, open)} == {"not_a_source"}


def test_too_many_bytes(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    with path.open("wb") as file:  # a hole: nothing is on the disk
        file.truncate(limits.MAX_BYTES + 1)
    monkeypatch.setattr("vision.core.picture.header.read", None)  # not even its header is looked at
    with pytest.raises(PictureError, match=r"64 MB are taken"):
        read(path)
    assert refused(bytes(limits.MAX_BYTES + 1)) == "too_many_bytes"


# Names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("my photo.jpg", "my photo.jpg"),
        ("日本 ☂ é.png", "日本 ☂ é.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("\"quoted\" & 'single'.png", "\"quoted\" & 'single'.png"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
        ("${7*7}{{x}}{name}.png", "${7*7}{{x}}{name}.png"),
        ("a\nb\tc\r\n d.png", "a b c d.png"),
        ("bell\a\0\x1b[31m.png", "bell[31m.png"),
        ("cat\u202egpj.exe", "catgpj.exe"),  # would show as catexe.jpg
        ("half \udc80.png", "half .png"),
        ("..", ".."),
        ("/", ""),
    ],
)
def test_a_name_is_plain_text_and_no_path(name, shown):
    assert read(FILE, name).name == shown
    read(FILE, name).name.encode("utf-8")


def test_a_long_name_keeps_its_start_and_its_end():
    shown = read(FILE, "holiday " * 40 + "at the sea.jpg").name
    assert len(shown) <= NAME_LENGTH
    assert shown.startswith("holiday holiday") and shown.endswith("at the sea.jpg") and "…" in shown
    assert read(FILE, "x" * NAME_LENGTH).name == "x" * NAME_LENGTH


# Reduced pictures


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WebP"])
@pytest.mark.parametrize("at_most_px", [300, 201, 100, 50, 25, 24, 7, 1])
def test_a_reduced_picture_knows_its_true_size(drawn, form, at_most_px):
    data = encoded(drawn(150, 201), form, exif=exif(6))
    whole, small = read(data), read(data, at_most_px=at_most_px)
    assert (small.width, small.height) == (whole.width, whole.height) == (150, 201)
    if at_most_px >= 201:
        assert np.array_equal(small.rgb, whole.rgb) and small.digest == whole.digest and small.full_wh is None
    else:
        assert small.rgb.shape == (at_most_px, max(1, int(150 * at_most_px / 201 + 0.5)), 3)
        assert small.digest != whole.digest
        assert small.facts.width == 150


def test_a_reduced_jpeg_looks_like_the_whole_one(drawn):
    smooth = np.repeat(np.repeat(drawn(40, 60), 10, 0), 10, 1)
    data = encoded(smooth, "JPEG", quality=95)
    small = read(data, at_most_px=120).rgb.astype(int)
    means = read(data).rgb.reshape(80, 5, 120, 5, 3).mean((1, 3))
    assert np.abs(small - means).mean() < 4


@pytest.mark.parametrize(("size", "small"), [((20_000, 300), (100, 2)), ((20_000, 40), (100, 1)), ((1, 5_000), (1, 100)), ((1, 1), (1, 1))])
def test_a_reduced_panorama_keeps_a_pixel_a_side(size, small):
    flat = np.full((size[1], size[0], 3), (200, 100, 50), np.uint8)
    found = read(encoded(flat, "JPEG", quality=95), at_most_px=100)
    assert found.rgb.shape[1::-1] == small and (found.width, found.height) == size
    assert np.abs(found.rgb.astype(int) - [200, 100, 50]).max() <= 4


def test_arrays_can_be_reduced_too(drawn):
    small = read(drawn(100, 200), at_most_px=50)
    assert (small.rgb.shape, small.width, small.height) == ((25, 50, 3), 200, 100)


def test_a_picture_made_by_hand():
    picture = Picture(four(), "x", "0", ())
    assert (picture.width, picture.height, picture.facts.notes) == (64, 48, ())
