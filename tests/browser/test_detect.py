"""The Detect widget in Chromium, without an engine: everything it says about boxes is checked against Python's answer."""

from playwright.sync_api import expect

from tests.browser import detect_page
from tests.browser.detect_page import SETTLED, candidates, move, name
from vision.core.boxes import iou
from vision.core.results_detect import DetectView
from vision.core.sift import sift


def test_sliders_redraw_what_python_would_show_and_ask_nobody(widget):
    panel = detect_page.panel(400)
    page = widget(panel)
    asked = len(page.requests)
    for score, max_iou, limit in ((0.3, 0.5, 100), (0.05, 0.5, 300), (0.05, 0.1, 300), (0.6, 0.9, 7), (0.99, 0.5, 7)):
        for slider, value in (("score", score), ("iou", max_iou), ("limit", limit)):
            move(page, slider, value)
        counts = sift(candidates(panel), DetectView(score, max_iou, limit=limit)).counts
        assert page.locator(".gb-detect").get_attribute("data-kept") == str(counts.kept)
        assert f"{counts.below} below the score, {counts.suppressed} suppressed by" in page.inner_text(".gb-photo-detail")
    assert len(page.requests) == asked
    assert page.evaluate("window.emitted") == []


def test_every_ghost_says_who_suppressed_it(widget):
    panel = detect_page.panel(120)
    page = widget(panel)
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


def test_the_pointer_finds_the_smallest_box_under_it(widget):
    panel = detect_page.panel(1)
    panel["xyxy"], panel["scores"] = [[100, 100, 300, 300]], [0.9]
    page = widget(panel)
    frame = page.locator(".gb-photo canvas").bounding_box()
    page.mouse.move(frame["x"] + 200 / 640 * frame["width"], frame["y"] + 200 / 480 * frame["height"])
    expect(page.locator(".gb-photo-detail")).to_contain_text("from (100, 100) to (300, 300)")
    page.mouse.move(frame["x"] + 5, frame["y"] + 5)
    expect(page.locator(".gb-photo-detail")).not_to_contain_text("from (100")


def test_steps_tell_suppression_in_its_order(widget):
    panel = detect_page.panel(80)
    page = widget(panel)
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


def test_soft_suppression_is_bodla_s(widget):
    panel = detect_page.panel(100)
    page = widget(panel)
    page.check("text=Soft-NMS")
    page.evaluate(SETTLED)
    counts = sift(candidates(panel), DetectView(0.3, 0.5, soft=True)).counts
    assert counts.kept > sift(candidates(panel), DetectView(0.3, 0.5)).counts.kept
    assert page.locator(".gb-detect").get_attribute("data-kept") == str(counts.kept)


def test_a_class_filter_takes_part_before_suppression(widget):
    panel = detect_page.panel(150)
    page = widget(panel)
    page.click(".gb-classes summary")
    page.click(".gb-classes >> text=None")
    expect(page.locator(".gb-photo-said")).to_contain_text("No class is chosen")
    page.locator(".gb-classes-list input[value=dog]").check()
    page.evaluate(SETTLED)
    counts = sift(candidates(panel), DetectView(0.3, 0.5, classes=(1,))).counts
    assert page.locator(".gb-detect").get_attribute("data-kept") == str(counts.kept)


def test_stages_of_an_rcnn_each_have_their_sentence(widget):
    page = widget(detect_page.panel(150, stages=True))
    page.check("input[value=stages]", force=True)
    for stage, words in (("proposals", "50 places"), ("refined", "150 pairs"), ("above", "have a score above 0.30"), ("kept", "leaves")):
        page.check(f"input[value={stage}]", force=True)
        expect(page.locator(".gb-photo-detail")).to_contain_text(words)


def test_another_detector_has_no_stages_and_says_so(widget):
    page = widget(detect_page.panel(20))
    assert page.locator("input[value=stages]").is_disabled()


def test_a_model_without_suppression_switches_the_iou_off_and_says_why(widget):
    panel = detect_page.panel(100, suppresses=False)
    page = widget(panel)
    assert page.locator("[data-name=iou]").is_disabled()
    expect(page.locator("#gb-why-no-iou")).to_be_visible()
    assert page.locator("[data-name=iou]").get_attribute("aria-describedby") == "gb-why-no-iou"
    move(page, "limit", 300)
    assert page.locator(".gb-detect").get_attribute("data-kept") == str(sum(score > 0.3 for score in panel["scores"]))


def test_two_boxes_by_hand(widget):
    panel = detect_page.panel(60)
    page = widget(panel)
    page.check("input[value=pair]", force=True)
    expect(page.locator(".gb-photo-detail")).to_contain_text("Click a box")
    shown = sift(candidates(panel), DetectView(0.3, 0.5)).shown
    page.focus(".gb-photo canvas")
    for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
        page.evaluate(SETTLED)
    value = iou(panel["xyxy"][shown[0]], panel["xyxy"][shown[1]])
    expect(page.locator(".gb-photo-detail")).to_contain_text(f"IoU {value:.2f}")


def test_two_detectors_share_the_sliders(widget):
    panels = detect_page.panel(100), detect_page.panel(90, seed=1)
    page = widget(*panels)
    move(page, "score", 0.6)
    for at, panel in enumerate(panels):
        counts = sift(candidates(panel), DetectView(0.6, 0.5)).counts
        said = page.locator(".gb-photo-said").nth(at).inner_text()
        assert said.startswith(f"{counts.kept} of {counts.candidates} candidates") or counts.kept == 0


def test_no_candidates_and_none_above_are_sentences(widget):
    page = widget(detect_page.panel(0))
    expect(page.locator(".gb-photo-said")).to_have_text("The model proposes nothing on this photo.")
    page = widget(detect_page.panel(30))
    move(page, "score", 1)
    expect(page.locator(".gb-photo-said")).to_contain_text("Nothing of 30 candidates is above the threshold")


def test_odd_boxes_are_drawn_without_a_crash(widget):
    panel = detect_page.panel(5)
    panel["xyxy"] = [[-50, -50, 900, 900], [10, 10, 10, 10], [10, 10, 11, 11], [639, 479, 640, 480], [300, 200, 200, 100]]
    panel["scores"] = [0.9, 0.8, 0.7, 0.6, 0.5]
    page = widget(panel)
    page.check("[data-name=ghosts]")
    assert page.locator(".gb-detect").get_attribute("data-kept") == "5"


def test_a_hostile_name_is_text(widget):
    name = "<img src=x onerror=alert(1)>${alert(2)}{{x}}.png"
    page = widget(detect_page.panel(20), name=name)
    assert name in page.locator(".gb-photo canvas").get_attribute("aria-label")
    assert page.locator("img[src=x]").count() == 0


def test_the_newest_answer_wins(widget):
    page = widget(detect_page.panel(20))
    page.click(".gb-tile")
    page.click(".gb-tile")
    assert [detail["seq"] for _, detail in page.evaluate("window.emitted")] == [1, 2]
    new, old = detect_page.answer(detect_page.panel(33), seq=2), detect_page.answer(detect_page.panel(44), seq=1)
    page.evaluate("async ([a, b]) => { await widget.update(a); await widget.update(b); }", [new, old])
    expect(page.locator(".gb-photo-said")).to_contain_text("33 candidates")


def test_an_error_leaves_the_old_result_and_says_what_to_do(widget):
    page = widget(detect_page.panel(20))
    page.click(".gb-tile")
    page.evaluate("widget.update({ seq: 1, said: 'This is not a picture.' })")
    expect(page.locator(".gb-said")).to_have_text("This is not a picture.")
    expect(page.locator(".gb-photo-said")).to_contain_text("20 candidates")
    assert page.locator(".gb-detect").get_attribute("data-busy") is None


def test_twenty_pictures_in_a_row_leave_one_canvas_and_one_plot(widget):
    page = widget(detect_page.panel(20))
    for seq in range(1, 21):
        page.evaluate("(data) => widget.update(data)", detect_page.answer(detect_page.panel(10 + seq), seq=seq))
    expect(page.locator(".gb-photo-said")).to_contain_text("30 candidates")
    assert page.locator(".gb-photo canvas").count() == 1
    assert page.locator(".gb-detect canvas").count() == 2
