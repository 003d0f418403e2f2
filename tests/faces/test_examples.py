"""Example pictures: found in packages, credited, named, refused when unknown."""

import io
import tomllib

import pytest
from PIL import Image

from vision.core.errors import PictureError
from vision.core.words import words
from vision.faces.examples import TABLE, THUMBNAIL_PX, examples, picture, thumbnail, tiles
from vision.models.naming import meant

ROWS = tomllib.loads(TABLE.read_text("utf-8"))
RUNTIME = {"skimage", "gradio"}  # packages of requirements.txt; others may be missing, and then so are their pictures


def test_every_row_says_where_from_and_under_which_licence():
    for key, row in ROWS.items():
        assert set(row) - {"what"} == {"package", "file", "credit", "licence", "source"}
        assert "what" not in row or meant("imagenet-1k", row["what"])
        assert all(row.values())
        assert f"examples.{key}" in words()


def test_all_of_the_runtime_packages_are_there_in_order():
    expected = [key for key, row in ROWS.items() if row["package"] in RUNTIME]
    assert [key for key in examples() if ROWS[key]["package"] in RUNTIME] == expected
    assert len(expected) >= 8


@pytest.mark.parametrize("key", list(examples()))
def test_each_is_a_picture_with_a_small_one(key):
    found = picture(key)
    assert min(found.rgb.shape[:2]) > 0
    with Image.open(io.BytesIO(thumbnail(key))) as small:
        assert small.format == "WEBP"
        assert max(small.size) <= THUMBNAIL_PX


@pytest.mark.parametrize("key", ["", "nothing", "../chelsea", None, 3, ["chelsea"]])
def test_an_unknown_one_is_a_sentence(key):
    with pytest.raises(PictureError):
        picture(key)


def test_a_package_that_is_not_there_takes_its_pictures_with_it(tmp_path):
    table = tmp_path / "examples.toml"
    table.write_text('[ghost]\npackage = "no_such_package_here"\nfile = "x.png"\ncredit = "a"\nlicence = "b"\nsource = "c"\n')
    assert examples(table) == {}


def test_tiles_have_all_that_a_widget_shows():
    for tile in tiles():
        assert tile["title"] and tile["credit"].startswith("Photo: ")
        assert tile["url"] == f"glassbox/examples/{tile['key']}.webp"
