"""Uploads: only what this process received, and deleted when nobody has used it for a while."""

import os

import pytest

from tests.faces.pictures import png
from vision.core.errors import PictureError
from vision.core.words import say
from vision.faces.web.uploads import Uploads, sweep


@pytest.fixture
def photo(tmp_path):
    file = tmp_path / "hash" / "photo.png"
    file.parent.mkdir()
    file.write_bytes(png(6, 4))
    return file


def test_a_received_file_is_read_by_its_path(tmp_path, photo):
    uploads = Uploads(tmp_path, {str(photo)})
    for found in (uploads.open(str(photo)), uploads.take({"path": str(photo)})):
        assert (found.width, found.height, found.name) == (6, 4, "photo.png")
    assert uploads.take({"path": str(photo), "orig_name": "my <b>cat.png"}).name == "my <b>cat.png"
    assert len(uploads.take({"path": str(photo), "orig_name": "x" * 999}).name) <= 120


@pytest.mark.parametrize("value", [None, 3, "", "photo.png", {}, {"path": None}, {"path": 3}, [], b"photo.png"], ids=str)
def test_what_is_no_upload_is_never_opened(tmp_path, photo, value):
    uploads = Uploads(tmp_path, {str(photo)})
    for door in (uploads.take, uploads.open):
        with pytest.raises(PictureError) as found:
            door(value)
        assert str(found.value) == say("server.not_an_upload")


def test_a_plain_string_is_no_upload_even_of_an_upload(tmp_path, photo):
    with pytest.raises(PictureError):
        Uploads(tmp_path, {str(photo)}).take(str(photo))


def test_a_file_outside_and_a_link_are_refused_though_received(tmp_path, photo):
    inside, outside = tmp_path / "inside", tmp_path / "outside.png"
    inside.mkdir()
    outside.write_bytes(png(2, 2))
    link = inside / "link.png"
    link.symlink_to(outside)
    uploads = Uploads(inside, {str(outside), str(link)})
    for path in (outside, link):
        with pytest.raises(PictureError, match="uploaded file only"):
            uploads.open(str(path))


def test_an_upload_that_is_gone_says_so(tmp_path, photo):
    uploads = Uploads(tmp_path, {str(photo)})
    photo.unlink()
    with pytest.raises(PictureError) as found:
        uploads.open(str(photo))
    assert str(found.value) == say("server.upload_gone")


def test_old_files_go_and_used_ones_stay(tmp_path, photo):
    half = tmp_path / "tmp_half_an_upload"
    half.write_bytes(b"x")
    for file in (photo, half):
        os.utime(file, (100, 100))
    Uploads(tmp_path, {str(photo)}).open(str(photo))  # used just now
    sweep(tmp_path, before=1000)
    assert photo.is_file()
    assert not half.exists()
    os.utime(photo, (100, 100))
    sweep(tmp_path, before=1000)
    assert list(tmp_path.iterdir()) == []


def test_others_open_it_by_a_name_until_it_is_forgotten(tmp_path, photo):
    uploads = Uploads(tmp_path, {str(photo)})
    name = uploads.share(str(photo))
    assert uploads.open(name, "cat.png").name == "cat.png"
    assert uploads.share(name) == name  # shown on by somebody who was shown it
    uploads._shared.clear()
    with pytest.raises(PictureError) as found:
        uploads.open(name)
    assert str(found.value) == say("server.upload_gone")
