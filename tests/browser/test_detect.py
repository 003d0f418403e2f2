"""The Detect widget in Chromium, without an engine: everything it says about boxes is checked against Python's answer."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import detect_page
from vision.core import truth
from vision.core.boxes import iou
from vision.core.results import PictureFacts
from vision.core.results_detect import Candidates, DetectView
from vision.core.sift import sift

MOVE = """([name, value]) => {
  const input = document.querySelector(`[data-name="${name}"]`);
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def opened(page):
    """Open the widget with panels; returns the page once the boxes are drawn."""
    stops = []

    def open_page(*panels, query="", data=None, **facts):
        url, stop = detect_page.serve(data or detect_page.value(*panels, **facts))
        stops.append(stop)
        page.goto(url + query)
        if panels:
            page.wait_for_selector(".gb-detect[data-kept]")
        return page

    yield open_page
    for stop in stops:
        stop()


def move(page, name, value):
    page.evaluate(MOVE, [name, value])
    page.evaluate(SETTLED)


def candidates(panel):
    arrays = {key: np.array(panel[key]) for key in ("xyxy", "scores", "classes", "sources")}
    given = {"names": tuple(panel["names"]), "proposals": None, "objectness": None, "suppresses": panel["suppresses"]}
    return Candidates(model="", revision="", device="", ms=0.0, picture=PictureFacts(640, 480, ""), **arrays, **given)


def name(panel, i):
    return f"{panel['names'][panel['classes'][i]]} {panel['scores'][i]:.2f}"


def test_sliders_redraw_what_python_would_show_and_ask_nobody(opened):
    panel = detect_page.panel(400)
    page = opened(panel)
    asked = len(page.requests)
    for score, max_iou, limit in ((0.3, 0.5, 100), (0.05, 0.5, 300), (0.05, 0.1, 300), (0.6, 0.9, 7), (0.99, 0.5, 7)):
        for slider, value in (("score", score), ("iou", max_iou), ("limit", limit)):
            move(page, slider, value)
        counts = sift(candidates(panel), DetectView(score, max_iou, limit=limit)).counts
        assert page.locator(".gb-detect").get_attribute("data-kept") == str(counts.kept)
        assert f"{counts.below} are below the score, {counts.suppressed} were suppressed" in page.inner_text(".gb-photo-detail")
    assert len(page.requests) == asked
    assert page.evaluate("window.emitted") == []


def test_every_ghost_says_who_suppressed_it(opened):
    panel = detect_page.panel(120)
    page = opened(panel)
    page.check("[data-name=ghosts]")
    sifted = sift(candidates(panel), DetectView(0.3, 0.5))
    shown = sifted.shown
    dead = [i for i in range(120) if panel["scores"][i] > 0.3 and i not in sifted.verdicts.kept]
    assert len(dead) > 5
    page.focus(".gb-photo canvas")
    for i in shown:
        page.keyboard.press("ArrowRight")
        expect(page.locator(".gb-photo-detail")).to_contain_text(name(panel, i))
    for i in dead[:5]:
        page.keyboard.press("ArrowRight")
        by = int(sifted.verdicts.by[i])
        sentence = f"{name(panel, i)}, from"
        expect(page.locator(".gb-photo-detail")).to_contain_text(sentence)
        killer = f"Suppressed by {name(panel, by)}, IoU {sifted.verdicts.overlap[i]:.2f}"
        expect(page.locator(".gb-photo-detail")).to_contain_text(killer)


def test_the_pointer_finds_the_smallest_box_under_it(opened):
    panel = detect_page.panel(1)
    panel["xyxy"], panel["scores"] = [[100, 100, 300, 300]], [0.9]
    page = opened(panel)
    frame = page.locator(".gb-photo canvas").bounding_box()
    page.mouse.move(frame["x"] + 200 / 640 * frame["width"], frame["y"] + 200 / 480 * frame["height"])
    expect(page.locator(".gb-photo-detail")).to_contain_text("from (100, 100) to (300, 300)")
    page.mouse.move(frame["x"] + 5, frame["y"] + 5)
    expect(page.locator(".gb-photo-detail")).not_to_contain_text("from (100")


def test_steps_tell_suppression_in_its_order(opened):
    panel = detect_page.panel(80)
    page = opened(panel)
    page.check("input[value=steps]", force=True)
    sifted = sift(candidates(panel), DetectView(0.3, 0.5))
    order = [i for i in range(80) if panel["scores"][i] > 0.3]
    expect(page.locator(".gb-sentence")).to_contain_text(f"{len(order)} boxes wait")
    for at, i in enumerate(order[:12], start=1):
        page.click("text=Next")
        said = page.locator(".gb-sentence")
        expect(said).to_contain_text(f"{at} of {len(order)}: {name(panel, i)}")
        by = int(sifted.verdicts.by[i])
        expect(said).to_contain_text("is kept" if by < 0 else f"the better {name(panel, by)} with IoU {sifted.verdicts.overlap[i]:.2f}")
    page.click("text=Back")
    expect(page.locator(".gb-sentence")).to_contain_text(f"11 of {len(order)}")
    page.click("text=Play")
    expect(page.locator(".gb-sentence")).to_contain_text(f"13 of {len(order)}", timeout=5000)
    page.click("text=Pause")
    page.click("text=End")
    expect(page.locator(".gb-sentence")).to_contain_text(f"{len(order)} of {len(order)}")


def test_soft_suppression_is_bodla_s(opened):
    panel = detect_page.panel(100)
    page = opened(panel)
    page.check("text=Soft-NMS")
    page.evaluate(SETTLED)
    counts = sift(candidates(panel), DetectView(0.3, 0.5, soft=True)).counts
    assert counts.kept > sift(candidates(panel), DetectView(0.3, 0.5)).counts.kept
    assert page.locator(".gb-detect").get_attribute("data-kept") == str(counts.kept)


def test_a_class_filter_takes_part_before_suppression(opened):
    panel = detect_page.panel(150)
    page = opened(panel)
    page.click(".gb-classes summary")
    page.click(".gb-classes >> text=None")
    expect(page.locator(".gb-photo-said")).to_contain_text("No class is chosen")
    page.locator(".gb-classes-list input[value=dog]").check()
    page.evaluate(SETTLED)
    counts = sift(candidates(panel), DetectView(0.3, 0.5, classes=(1,))).counts
    assert page.locator(".gb-detect").get_attribute("data-kept") == str(counts.kept)


def test_stages_of_an_rcnn_each_have_their_sentence(opened):
    page = opened(detect_page.panel(150, stages=True))
    page.check("input[value=stages]", force=True)
    for stage, words in (("proposals", "50 places"), ("refined", "150 pairs"), ("above", "have a score above 0.30"), ("kept", "leaves")):
        page.check(f"input[value={stage}]", force=True)
        expect(page.locator(".gb-photo-detail")).to_contain_text(words)


def test_another_detector_has_no_stages_and_says_so(opened):
    page = opened(detect_page.panel(20))
    assert page.locator("input[value=stages]").is_disabled()


def test_a_model_without_suppression_switches_the_iou_off_and_says_why(opened):
    panel = detect_page.panel(100, suppresses=False)
    page = opened(panel)
    assert page.locator("[data-name=iou]").is_disabled()
    expect(page.locator("#gb-why-no-iou")).to_be_visible()
    assert page.locator("[data-name=iou]").get_attribute("aria-describedby") == "gb-why-no-iou"
    move(page, "limit", 300)
    assert page.locator(".gb-detect").get_attribute("data-kept") == str(sum(score > 0.3 for score in panel["scores"]))


def coco(boxes, file_name="blocks.jpg"):
    rows = [
        {"id": n, "image_id": 7, "category_id": 3, "iscrowd": crowd, "bbox": [x0, y0, x1 - x0, y1 - y0]}
        for n, ((x0, y0, x1, y1), crowd) in enumerate(boxes, start=1)
    ]
    image = {"id": 7, "file_name": file_name, "width": 640, "height": 480}
    return {"images": [image], "annotations": rows, "categories": [{"id": 3, "name": "Dog"}]}


def test_ground_truth_figures_are_python_s(opened):
    panel = detect_page.panel(120, seed=3)
    panel["classes"] = [1, 2] * 60
    found = candidates(panel)
    dogs = [i for i in range(120) if panel["classes"][i] == 1][:6]
    boxes = [(np.add(panel["xyxy"][i], [6, -4, 9, 5]).round().tolist(), 0) for i in dogs[:3]] + [
        ([5, 5, 40, 40], 0),
        ([500, 300, 640, 480], 1),
    ]
    page = opened(panel)
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
def test_a_truth_file_that_does_not_fit_has_its_sentence(opened, content, sentence):
    page = opened(detect_page.panel(20))
    page.check("input[value=truth]", force=True)
    file = {"name": "truth.json", "mimeType": "application/json", "buffer": content.encode()}
    page.set_input_files(".gb-truth input[type=file]", file)
    expect(page.locator(".gb-bench [role=status]")).to_contain_text(sentence)


def test_truth_is_drawn_taken_over_and_removed(opened):
    page = opened(detect_page.panel(60))
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


def test_a_truth_file_may_be_dropped_on_the_photo(opened):
    page = opened(detect_page.panel(20))
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


def test_two_boxes_by_hand(opened):
    panel = detect_page.panel(60)
    page = opened(panel)
    page.check("input[value=pair]", force=True)
    expect(page.locator(".gb-photo-detail")).to_contain_text("Click a box")
    shown = sift(candidates(panel), DetectView(0.3, 0.5)).shown
    page.focus(".gb-photo canvas")
    for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
        page.evaluate(SETTLED)
    value = iou(panel["xyxy"][shown[0]], panel["xyxy"][shown[1]])
    expect(page.locator(".gb-photo-detail")).to_contain_text(f"IoU {value:.2f}")


def test_two_detectors_share_the_sliders(opened):
    panels = detect_page.panel(100), detect_page.panel(90, seed=1)
    page = opened(*panels)
    move(page, "score", 0.6)
    for at, panel in enumerate(panels):
        counts = sift(candidates(panel), DetectView(0.6, 0.5)).counts
        said = page.locator(".gb-photo-said").nth(at).inner_text()
        assert said.startswith(f"{counts.kept} of {counts.candidates} candidates") or counts.kept == 0


def test_no_candidates_and_none_above_are_sentences(opened):
    page = opened(detect_page.panel(0))
    expect(page.locator(".gb-photo-said")).to_have_text("The model proposes nothing on this photo.")
    page = opened(detect_page.panel(30))
    move(page, "score", 1)
    expect(page.locator(".gb-photo-said")).to_contain_text("Nothing of 30 candidates is above the threshold")


def test_odd_boxes_are_drawn_without_a_crash(opened):
    panel = detect_page.panel(5)
    panel["xyxy"] = [[-50, -50, 900, 900], [10, 10, 10, 10], [10, 10, 11, 11], [639, 479, 640, 480], [300, 200, 200, 100]]
    panel["scores"] = [0.9, 0.8, 0.7, 0.6, 0.5]
    page = opened(panel)
    page.check("[data-name=ghosts]")
    assert page.locator(".gb-detect").get_attribute("data-kept") == "5"


def test_a_hostile_name_is_text(opened):
    name = "<img src=x onerror=alert(1)>${alert(2)}{{x}}.png"
    page = opened(detect_page.panel(20), name=name)
    assert name in page.locator(".gb-photo canvas").get_attribute("aria-label")
    assert page.locator("img[src=x]").count() == 0


def test_the_newest_answer_wins(opened):
    page = opened(detect_page.panel(20))
    page.click(".gb-tile")
    page.click(".gb-tile")
    assert [detail["seq"] for _, detail in page.evaluate("window.emitted")] == [1, 2]
    new, old = detect_page.answer(detect_page.panel(33), seq=2), detect_page.answer(detect_page.panel(44), seq=1)
    page.evaluate("async ([a, b]) => { await widget.update(a); await widget.update(b); }", [new, old])
    expect(page.locator(".gb-photo-said")).to_contain_text("33 candidates")


def test_an_error_leaves_the_old_result_and_says_what_to_do(opened):
    page = opened(detect_page.panel(20))
    page.click(".gb-tile")
    page.evaluate("widget.update({ seq: 1, said: 'This is not a picture.' })")
    expect(page.locator(".gb-said")).to_have_text("This is not a picture.")
    expect(page.locator(".gb-photo-said")).to_contain_text("20 candidates")
    assert page.locator(".gb-detect").get_attribute("data-busy") is None


def test_twenty_pictures_in_a_row_leave_one_canvas_and_one_plot(opened):
    page = opened(detect_page.panel(20))
    for seq in range(1, 21):
        page.evaluate("(data) => widget.update(data)", detect_page.answer(detect_page.panel(10 + seq), seq=seq))
    expect(page.locator(".gb-photo-said")).to_contain_text("30 candidates")
    assert page.locator(".gb-photo canvas").count() == 1
    assert page.locator(".gb-detect canvas").count() == 2


def test_the_address_carries_model_and_sliders(opened):
    page = opened(detect_page.panel(50))
    move(page, "score", 0.42)
    move(page, "iou", 0.7)
    page.select_option(".gb-models-row select >> nth=1", "made-up-1")
    page.wait_for_function("location.search.includes('score=0.42') && location.search.includes('iou=0.7')")
    page.wait_for_function("location.search.includes('detector=made-up-1')")
    page.reload()
    page.wait_for_selector(".gb-detect[data-kept]")
    assert page.input_value("[data-name=score]") == "0.42"
    assert page.input_value("[data-name=iou]") == "0.7"
    assert page.input_value(".gb-models-row select >> nth=1") == "made-up-1"


def test_nonsense_in_the_address_is_the_default(opened):
    page = opened(detect_page.panel(20), query="?score=abc&iou=7&limit=-3&detector=%3Cscript%3E")
    assert page.input_value("[data-name=score]") == "0.3"
    assert page.input_value("[data-name=iou]") == "0.5"


def test_an_export_sends_the_view_and_nothing_else(opened):
    page = opened(detect_page.panel(50))
    move(page, "score", 0.7)
    page.click("text=CSV")
    [[event, detail]] = page.evaluate("window.emitted")
    assert event == "export"
    assert detail["kind"] == "csv"
    assert detail["views"] == [{"score": 0.7, "iou": 0.5, "agnostic": False, "soft": False, "limit": 100, "classes": None, "ghosts": False}]
    assert detail["source"] == {"example": "x"}


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1024, 768), (1366, 768), (1920, 1080)])
@pytest.mark.parametrize("mode", ["boxes", "truth"])
def test_nothing_sticks_out_sideways(opened, width, height, mode):
    page = opened(detect_page.panel(80, stages=True), detect_page.panel(80, seed=1))
    page.set_viewport_size({"width": width, "height": height})
    page.check(f"input[value={mode}]", force=True)
    page.evaluate(SETTLED)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1366, 768)])
def test_photo_and_sliders_need_no_scroll(opened, width, height):
    page = opened(detect_page.panel(80))
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(SETTLED)
    for part in (".gb-photo-frame", ".gb-photo-said", "[data-name=score]", "[data-name=iou]", "[data-name=limit]"):
        edge = page.locator(part).bounding_box()
        assert edge["y"] + edge["height"] < height - 130, part  # the page's head and tabs stand above


def test_the_canvas_is_sharp_on_a_dense_screen(browser):
    url, stop = detect_page.serve(detect_page.value(detect_page.panel(20)))
    context = browser.new_context(device_scale_factor=2)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".gb-detect[data-kept]")
    ratio = page.evaluate("() => { const c = document.querySelector('.gb-photo canvas'); return c.width / c.clientWidth; }")
    context.close()
    stop()
    assert ratio == pytest.approx(2, abs=0.01)


def test_every_control_has_a_name(opened):
    page = opened(detect_page.panel(50, stages=True))
    for mode in ("steps", "stages", "truth", "pair"):
        page.check(f"input[value={mode}]", force=True)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, canvas")].filter((one) => {
                 const image = one.querySelector("img");
                 return !(one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent || image?.alt)?.trim();
               }).map((one) => one.outerHTML)"""
        )
        assert nameless == []
