"""Detections as files: pycocotools reads and scores the JSON; the CSV has the settings and nothing a spreadsheet would run."""

import csv
import io
import json
from contextlib import redirect_stdout

import pytest

from vision.core.coco import OFFICIAL, category_ids, to_coco, to_csv
from vision.core.results import PictureFacts
from vision.core.results_detect import Box, Counts, Detection, DetectView
from vision.models import labels

COUNTS = Counts(1, 0, 0, 1, 0, 0, 0, 0)


def detection(*boxes, size=(200, 100)):
    return Detection(model="m", revision="r", device="cpu", ms=1.0, picture=PictureFacts(*size, "d"), boxes=boxes, counts=COUNTS)


def test_official_numbers_are_torchvision_s_indices_of_the_same_names():
    eighty, ninety = labels.read("coco80"), labels.read("coco91")
    assert [ninety[number] for number in category_ids(eighty)] == list(eighty)
    assert category_ids(ninety) == list(range(91))
    assert len(OFFICIAL) == len(set(eighty)) == 80
    assert {name for name in ninety if not name.startswith("unused")} == {"background", *eighty}


def test_pycocotools_reads_and_scores_the_json(tmp_path):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    names = labels.read("coco80")
    found = [
        (f"{n}.jpg", detection(Box((10.0 + n, 10, 60, 80), "dog", 0.9), Box((100, 20, 150, 90), "cup", 0.4 + n / 100))) for n in range(20)
    ]
    data = to_coco(found, names, DetectView())
    file = tmp_path / "found.json"
    file.write_text(json.dumps(data))
    with redirect_stdout(io.StringIO()):
        truth = COCO(str(file))
        judge = COCOeval(truth, truth.loadRes(json.loads(file.read_text())["annotations"]), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    assert judge.stats[0] == pytest.approx(1)
    assert len(truth.getImgIds()) == 20
    assert truth.loadCats(truth.getCatIds(catNms=["dog"]))[0]["id"] == 18
    assert data["annotations"][0]["bbox"] == [10, 10, 50, 70]
    assert data["info"]["settings"]["iou"] == 0.5
    assert (data["info"]["model"], data["info"]["revision"]) == ("m", "r")


def test_nothing_found_is_still_a_file_of_its_form():
    data = to_coco([("a", detection())], ("cat",), DetectView())
    assert (data["annotations"], len(data["images"])) == ([], 1)
    assert to_coco([], ("cat",), DetectView())["images"] == []


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", 'a,"b"\n.png'])
def test_a_hostile_name_is_text_in_the_csv(name):
    rows = list(csv.DictReader(io.StringIO(to_csv([(name, detection(Box((0, 0, 9, 9), "cat", 0.5)))], DetectView(0.25)))))
    assert len(rows) == 1
    assert rows[0]["picture"].removeprefix("'") == name
    assert not rows[0]["picture"].startswith(("=", "+", "-", "@", "\t"))
    assert (rows[0]["score_above"], rows[0]["nms_iou"], rows[0]["model"]) == ("0.25", "0.5", "m")
