"""Ground truth in the Detect widget: figures are Python's, a file that does not fit has its sentence."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import detect_page
from tests.browser.detect_page import candidates, move
from vision.core import truth
from vision.core.results_detect import DetectView
from vision.core.sift import sift


def coco(boxes, file_name="blocks.jpg"):
    rows = [
        {"id": n, "image_id": 7, "category_id": 3, "iscrowd": crowd, "bbox": [x0, y0, x1 - x0, y1 - y0]}
        for n, ((x0, y0, x1, y1), crowd) in enumerate(boxes, start=1)
    ]
    image = {"id": 7, "file_name": file_name, "width": 640, "height": 480}
    return {"images": [image], "annotations": rows, "categories": [{"id": 3, "name": "Dog"}]}


def test_ground_truth_figures_are_python_s(widget):
    panel = detect_page.panel(120, seed=3)
    panel["classes"] = [1, 2] * 60
    found = candidates(panel)
    dogs = [i for i in range(120) if panel["classes"][i] == 1][:6]
    boxes = [(np.add(panel["xyxy"][i], [6, -4, 9, 5]).round().tolist(), 0) for i in dogs[:3]] + [
        ([5, 5, 40, 40], 0),
        ([500, 300, 640, 480], 1),
    ]
    page = widget(panel)
    page.check("input[value=truth]", force=True)
    file = {"name": "truth.json", "mimeType": "application/json", "buffer": json.dumps(coco(boxes)).encode()}
    page.set_input_files(".gb-truth input[type=file]", file)
    expect(page.locator(".gb-bench [role=status]")).to_contain_text("5 boxes read")
    for score, matching in ((0.3, 0.5), (0.05, 0.5), (0.3, 0.8), (0.9, 0.3)):
        move(page, "score", score)
        move(page, "matching", matching)
        shown = sift(found, DetectView(score, 0.5)).shown
        real = [box for box, _ in boxes]
        partners = truth.match(real, [1] * 5, [c for _, c in boxes], found.xyxy[shown], found.classes[shown], min_iou=matching)
        tp, fp = sum(p >= 0 for p in partners), sum(p == truth.FALSE for p in partners)
        precision, recall = (tp / (tp + fp) if tp + fp else 0.0), tp / 4
        said = page.inner_text(".gb-photo-detail")
        assert f"{tp} right" in said
        assert f"{fp} wrong" in said
        assert f"{4 - tp} missed" in said
        figures = page.inner_text(".gb-figures")
        expected = (
            f"precision {precision:.2f}, recall {recall:.2f}, F1 {truth.f1(precision, recall):.2f}, with matches from IoU {matching:.2f}"
        )
        assert expected in figures
        everything = sift(found, DetectView(0.0, 0.5, limit=10**6)).verdicts.kept
        partners = truth.match(real, [1] * 5, [c for _, c in boxes], found.xyxy[everything], found.classes[everything], min_iou=0.5)
        hits = [p >= 0 for i, p in zip(everything, partners, strict=True) if panel["classes"][i] == 1 and p != truth.IGNORED]
        assert f"AP50 {truth.average(*truth.curve(hits, 4)):.3f}" in figures


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "This file is not JSON"),
        ('{"images": 3}', "not in COCO’s form"),
        (json.dumps({**coco([([0, 0, 9, 9], 0)], "x.jpg"), "images": [{"id": 1, "file_name": "a"}, {"id": 2}]}), "is not in the file"),
        (json.dumps(coco([])), "has no boxes for it"),
    ],
)
def test_a_truth_file_that_does_not_fit_has_its_sentence(widget, content, sentence):
    page = widget(detect_page.panel(20))
    page.check("input[value=truth]", force=True)
    file = {"name": "truth.json", "mimeType": "application/json", "buffer": content.encode()}
    page.set_input_files(".gb-truth input[type=file]", file)
    expect(page.locator(".gb-bench [role=status]")).to_contain_text(sentence)


def test_truth_is_drawn_taken_over_and_removed(widget):
    page = widget(detect_page.panel(60))
    page.check("input[value=truth]", force=True)
    frame = page.locator(".gb-photo canvas").bounding_box()
    page.mouse.move(frame["x"] + 50, frame["y"] + 50)
    page.mouse.down()
    page.mouse.move(frame["x"] + 150, frame["y"] + 130)
    page.mouse.up()
    expect(page.locator(".gb-photo-detail")).to_contain_text("1 missed")
    page.click("text=Take the shown boxes")
    expect(page.locator(".gb-photo-detail")).to_contain_text("0 wrong (FP, orange, dashed), 0 missed")
    kept = int(page.locator(".gb-detect").get_attribute("data-kept"))
    page.click("text=Boxes of the ground truth")
    page.click(".gb-truth-rows .gb-button >> nth=0")
    expect(page.locator(".gb-photo-detail")).to_contain_text(f"{kept - 1} right (TP, green, solid), 1 wrong")


def test_a_truth_file_may_be_dropped_on_the_photo(widget):
    page = widget(detect_page.panel(20))
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.items.add(new File([text], "truth.json", { type: "application/json" }));
          const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
          document.querySelector(".gb-photo canvas").dispatchEvent(drop);
        }""",
        json.dumps(coco([([0, 0, 50, 50], 0)])),
    )
    expect(page.locator(".gb-bench [role=status]")).to_contain_text("1 boxes read")
    assert page.is_checked("input[value=truth]")
    assert page.evaluate("window.emitted") == []
