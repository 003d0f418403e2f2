"""The Detect tab's handlers with the real detector: what the widget is sent, the files, many pictures, and what is refused."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vision.engine import Engine
from vision.faces import examples
from vision.faces.desks import many
from vision.faces.desks.detect import Desk
from vision.faces.desks.visitor import Visitor
from vision.faces.web.context import Context
from vision.faces.web.folders import Folders
from vision.faces.web.uploads import Uploads


@pytest.fixture(scope="module")
def engine():
    return Engine()


@pytest.fixture
def context(engine, tmp_path):
    root = tmp_path / "uploads"
    root.mkdir()
    return Context(engine, Uploads(root, set()), Folders(tmp_path / "files"))


def upload(context, name, rgb=None, content=None):
    """Put a file where an upload of this process would be, and return its path."""
    path = context.uploads.root / name
    if content is None:
        Image.fromarray(rgb).save(path)
    else:
        path.write_bytes(content)
    context.uploads._received.add(str(path))
    return str(path)


def ask(context, event, **detail):
    visitor = Visitor("visitor", context.folders.of("visitor").put, context.uploads.open)
    return Desk(context.engine).handler(event)(detail, visitor)


def album(context, **settings):
    """Return a function that asks the desk of many pictures, always in the same go."""
    desk = many.Desk(Desk(context.engine))
    visitor = Visitor("visitor", context.folders.of("visitor").put, context.uploads.open)
    how = {"go": 5, "model": "yolov4-tiny", "score": 0.3, "iou": 0.5, **settings}
    return lambda event, **detail: desk.handler(event)({"seq": 1, **how, **detail}, visitor)


def arrived(context, url):
    return (context.folders.root / Path(url).parent.name / Path(url).name).read_bytes()


def test_the_widget_gets_all_candidates_in_pixels_of_the_original(context, engine):
    answer = ask(context, "detect", seq=3, example="coffee")
    found = engine.candidates(examples.picture("coffee"))
    assert answer["seq"] == 3
    assert answer["source"] == {"example": "coffee"}
    [panel] = answer["panels"]
    sent = np.frombuffer(arrived(context, panel["xyxy"]["url"]), "<f8").reshape(panel["xyxy"]["shape"])
    np.testing.assert_array_equal(sent, found.xyxy)
    assert panel["xyxy"]["shape"] == [len(found.scores), 4]
    assert panel["names"][41] == "cup"
    assert found.names[int(found.classes[0])] == "cup"
    assert (answer["picture"]["width"], answer["picture"]["height"]) == (600, 400)
    json.dumps(answer)


def test_a_large_photo_is_shown_smaller_and_its_boxes_are_not(context, engine):
    big = np.array(Image.fromarray(examples.picture("coffee").rgb).resize((2400, 1600)))
    path = upload(context, "big.png", big)
    answer = ask(context, "detect", seq=1, path=path, name="big.png")
    assert (answer["picture"]["width"], answer["picture"]["height"]) == (2400, 1600)
    assert Image.open(io.BytesIO(arrived(context, answer["picture"]["url"]))).size == (1600, 1067)
    box = np.frombuffer(arrived(context, answer["panels"][0]["xyxy"]["url"]), "<f8")[:4]
    assert box[2] > 1600
    again = ask(context, "detect", seq=2, source=answer["source"])
    assert again["picture"]["digest"] == answer["picture"]["digest"]


def test_two_detectors_are_two_panels(context):
    answer = ask(context, "detect", seq=1, models=["yolov4-tiny", "yolov4-tiny", "yolov4-tiny"], example="coffee")
    assert [panel["title"] for panel in answer["panels"]] == ["YOLOv4-tiny"] * 2


@pytest.mark.parametrize("kind", ["png", "coco", "csv"])
def test_files_hold_what_the_sliders_show(context, engine, kind):
    view = {"score": 0.2, "iou": 0.5, "agnostic": False, "soft": False, "limit": 2, "classes": None, "ghosts": True}
    answer = ask(context, "export", seq=1, kind=kind, source={"example": "coffee"}, models=["yolov4-tiny"], views=[view])
    [file] = answer["downloads"]
    content = arrived(context, file["url"])
    boxes = engine.detect(examples.picture("coffee"), score=0.2, iou=0.5, limit=2).boxes
    assert len(boxes) == 2
    if kind == "png":
        assert Image.open(io.BytesIO(content)).size == (600, 400)
    elif kind == "coco":
        assert [row["score"] for row in json.loads(content)["annotations"]] == [box.score for box in boxes]
    else:
        assert content.decode().count("\n") == 3


def test_each_of_two_detectors_has_a_file_with_its_own_classes(context, engine):
    names = {key: engine.candidates(examples.picture("coffee"), key).names for key in ("yolov4-tiny", "rcnn-everyday")}
    views = [{"score": 0.05, "iou": 0.5, "limit": 5, "classes": [names[key].index("cup")]} for key in names]
    answer = ask(context, "export", seq=1, kind="coco", source={"example": "coffee"}, models=list(names), views=views)
    assert [file["name"] for file in answer["downloads"]] == [f"glassbox-detect-{key}.json" for key in names]
    for key, file in zip(names, answer["downloads"], strict=True):
        coco = json.loads(arrived(context, file["url"]))
        called = {row["id"]: row["name"] for row in coco["categories"]}
        assert coco["info"]["model"] == key and coco["annotations"]
        assert {called[row["category_id"]] for row in coco["annotations"]} == {"cup"}


@pytest.mark.parametrize(
    ("event", "detail", "sentence"),
    [
        ("detect", {"path": "/etc/hostname"}, "uploaded file only"),
        ("detect", {"path": 7}, "uploaded file only"),
        ("detect", {}, "uploaded file only"),
        ("detect", {"example": "../../etc"}, "no such example"),
        ("detect", {"example": "coffee", "models": ["nobody"]}, "no model called"),
        ("detect", {"example": "coffee", "models": ["efficientnet-lite0"]}, "another task"),
        ("detect", {"example": "coffee", "models": [{"a": 1}]}, "has to be a text"),
        ("export", {"example": "coffee", "kind": "exe"}, "has to be one of"),
        ("export", {"example": "coffee", "kind": "csv", "views": [{"score": float("nan")}]}, "has to be a number"),
        ("export", {"example": "coffee", "kind": "csv", "views": [{"limit": 10**9}]}, "has to be a whole number"),
        ("export", {"example": "coffee", "kind": "csv", "views": [{"classes": ["a"]}]}, "has to be a whole number"),
        ("export", {"example": "coffee", "kind": "csv", "views": [{"soft": "yes"}]}, "has to be true or false"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(context, event, detail, sentence):
    answer = ask(context, event, seq=5, **detail)
    assert sentence in answer["said"]
    assert answer["seq"] == 5


def test_twenty_pictures_give_a_file_that_pycocotools_scores(context, tmp_path):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    rgb = examples.picture("coffee").rgb
    paths = [upload(context, f"{n:02}.png", np.ascontiguousarray(rgb[:, n : n + 560])) for n in range(19)]
    paths.append(upload(context, "broken.png", content=b"no picture"))
    asked, rows = album(context), []
    for step, path in enumerate(paths, start=1):
        rows.append(asked("picture", path=path, name=Path(path).name, first=step == 1)["row"])
        kept = asked("save", kind="json")["download"]["url"]
        data = json.loads(arrived(context, kept))  # whoever stops here keeps what is done
        assert len(data["images"]) == min(step, 19)
    assert rows[0][0] == "00.png"
    assert rows[0][1] >= 1
    assert "cup" in rows[0][2]
    assert rows[19][1] == 0
    assert "picture" in rows[19][2].lower()
    with redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = data
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(data["annotations"]), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    assert judge.stats[0] == pytest.approx(1)


def test_a_path_that_was_not_uploaded_is_a_row_with_a_sentence(context):
    rows = [album(context)("picture", path="/etc/hostname", name="hostname", first=True)["row"]]
    assert "uploaded file only" in rows[0][2]
