import json
from pathlib import Path

import numpy as np
import pytest

from tests.train.samples import draw, pack
from vision.core.errors import UserError
from vision.train.data import CROWD, Packed
from vision.train.marked import CocoFolder, open_marked

SIDE = 48
CATEGORIES = [{"id": 7, "name": "disc"}, {"id": 3, "name": "square"}]  # neither from 1 nor in order, as exports are


def told(indices: range, names: str = "{}.png") -> dict:
    """Return COCO JSON of drawn pictures, a square and a disc in turn; every fourth is a crowd."""
    images, annotations = [], []
    for index in indices:
        x0, y0, x1, y1 = draw(index % 2, index, SIDE)[1]
        images.append({"id": 100 + index, "file_name": names.format(index), "width": SIDE, "height": SIDE})
        row = {"image_id": 100 + index, "category_id": (3, 7)[index % 2], "bbox": [x0, y0, x1 - x0, y1 - y0]}
        annotations.append({"id": index + 1, "area": 1, "iscrowd": int(index % 4 == 3), **row})
    return {"images": images, "annotations": annotations, "categories": CATEGORIES}


def drawn(folder: Path, indices: range) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for index in indices:
        draw(index % 2, index, SIDE)[0].save(folder / f"{index}.png")
    return folder


def write(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize("place", ["", "images", "{}"])
def test_two_files_give_their_own_pictures_and_boxes(tmp_path, place):
    for name, indices in (("train", range(6)), ("val", range(6, 8))):
        write(tmp_path / f"{name}.json", told(indices))
        drawn(tmp_path / place.format(name), indices)
    found = open_marked(tmp_path, ".")
    assert found.names == ("square", "disc")
    assert found.split("train").tolist() == [0, 1, 2, 3, 4, 5] and found.split("val").tolist() == [6, 7]
    for index in range(8):
        picture, box = draw(index % 2, index, SIDE)
        assert np.array_equal(found.image(index), picture)
        marked = found.boxes(index)
        assert marked.xyxy.tolist() == [list(box)] and marked.labels.tolist() == [index % 2]
        assert marked.flags.tolist() == [CROWD * (index % 4 == 3)]


def test_cocos_own_layout(tmp_path):
    for name, indices in (("train2017", range(3)), ("val2017", range(3, 5))):
        write(tmp_path / "coco" / "annotations" / f"instances_{name}.json", told(indices))
        drawn(tmp_path / "coco" / name, indices)
    found = open_marked(tmp_path, "coco")
    assert len(found.split("train")) == 3 and len(found.split("val")) == 2
    assert found.raw(4) == (tmp_path / "coco" / "val2017" / "4.png").read_bytes()


def test_one_file_is_split_four_to_one_and_the_same_every_time(tmp_path):
    write(drawn(tmp_path, range(10)) / "boxes.json", told(range(10)))
    first, again = CocoFolder(tmp_path), CocoFolder(tmp_path)
    assert len(first.split("val")) == 2 and first.splits.tolist() == again.splits.tolist()
    assert sorted([*first.split("train"), *first.split("val")]) == list(range(10))


def test_a_packed_set_of_that_name_comes_first(tmp_path):
    assert isinstance(open_marked(pack(tmp_path, "shapes", train=2, val=1), "shapes"), Packed)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "no COCO JSON"),
        ("[]", "no COCO JSON"),
        ('{"images": [], "annotations": [], "categories": []}', "no COCO JSON"),
        ('{"images": [{"id": 1}], "annotations": [], "categories": [{"id": 1, "name": "a"}]}', "no COCO JSON"),
        (json.dumps(told(range(1))).replace('"bbox": [', '"bbox": [0, '), "no COCO JSON"),
        (json.dumps(told(range(1), "gone{}.png")), "gone0.png"),
        (json.dumps(told(range(1), "../{}.png")), "0.png"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(tmp_path, content, sentence):
    drawn(tmp_path, range(1))  # one folder above: not the set's own
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "boxes.json").write_text(content, "utf-8")
    with pytest.raises(UserError, match=sentence):
        CocoFolder(tmp_path / "set")


def test_a_folder_without_boxes_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match=r"train\.json"):
        open_marked(tmp_path, "nothing")
