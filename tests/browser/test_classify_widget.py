"""The Classify widget by itself: what it shows, sends and survives, on drawn answers (see classify_stage.py)."""

import json
import re

import pytest

from tests.browser.classify_stage import Stage
from tests.browser.conftest import FLAGS, watched
from tests.browser.contrast import contrasts
from tests.browser.test_classify_parity import pick, settle
from vision.core.words import say

NAMELESS = """() => [...document.querySelectorAll('.gb-widget :is(button, input, select, summary, canvas[tabindex])')]
  .filter((one) => one.checkVisibility() && !one.disabled && !one.ariaHidden)
  .filter((one) => !(one.ariaLabel || one.labels?.[0]?.textContent.trim() || one.textContent.trim() || one.title))
  .map((one) => one.outerHTML)"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    one = Stage(tmp_path_factory.mktemp("stage"))
    yield one
    one.end()


@pytest.fixture
def staged(page, stage):
    return opened(page, stage)


def opened(page, stage):
    page.goto(stage.url)
    page.locator(".gb-thumbnail").first.wait_for()
    settle(page)
    return page


def update(page, **parts):
    page.evaluate("(parts) => window.widget.update({...window.data, serial: 9, ...parts})", parts)
    settle(page)


def emitted(page):
    return page.evaluate("window.emitted.map(([name, detail]) => [name, {...detail, file: detail.file?.name}])")


def test_what_is_said_is_computed_from_the_answers(staged):
    strip = staged.inner_text(".gb-strip")
    assert say("classify.disagree", a="tabby", cnn="43 %", b="Egyptian cat", vit="61 %") in strip
    assert say("classify.both_know", a="tabby", b="Egyptian cat", vit_place=2, cnn_place=3) in strip
    assert re.search(r"rank correlation .?0\.\d\d", staged.inner_text(".gb-strip-maps"))
    before = staged.inner_text(".gb-strip-maps")
    staged.locator(".gb-thumbnail").nth(7).click()
    settle(staged)
    assert staged.inner_text(".gb-strip-maps") != before  # the figure follows the view


def test_names_are_text_and_never_markup(staged):
    assert staged.locator(".gb-intake-lead").inner_text() == "<i>cat</i>.png"
    assert staged.locator(".gb-widget :is(i, b)").count() == 0
    assert "<b>hostile & name</b>" in staged.locator(".gb-vit .gb-bar").nth(2).inner_text()
    update(staged, said="<img src=x onerror=alert(1)>", said_serial=1)
    assert staged.inner_text(".gb-said") == "<img src=x onerror=alert(1)>"


def test_the_map_of_another_class_is_here_or_asked_for(staged):
    staged.locator(".gb-cnn .gb-bar").nth(1).click()
    settle(staged)
    assert say("classify.title_gradcam", label="tiger cat") in staged.inner_text(".gb-cnn .gb-caption")
    assert emitted(staged) == []
    minus = staged.locator(".gb-cnn").get_by_label(say("classify.against"), exact=True)
    minus.fill("Egyptian cat")
    minus.press("Enter")
    [(name, asked)] = emitted(staged)
    assert name == "explain"
    wanted = {"target": "1", "against": asked["against"]}
    assert (asked["family"], asked["method"], asked["target"]) == ("cnn", "gradcam", "1")
    maps = staged.evaluate("window.data.cnn.maps")
    minus_map = {**maps[1], "asked": wanted, "against": {"label": "Egyptian cat, x", "index": 2, "score": 0.05}, "grid": [[0, 1], [1, 0]]}
    update(staged, cnn={**staged.evaluate("window.data.cnn"), "maps": [*maps, minus_map]}, answered={"cnn": asked["ask"]})
    assert say("classify.title_minus", label="tiger cat", against="Egyptian cat") in staged.inner_text(".gb-cnn .gb-caption")


def test_a_class_that_nobody_knows_leaves_the_map(staged):
    title = staged.inner_text(".gb-cnn .gb-caption")
    field = staged.locator(".gb-cnn").get_by_label(say("classify.target"), exact=True)
    field.fill("unicorn")
    field.press("Enter")
    [(_, asked)] = emitted(staged)
    update(staged, answered={"cnn": asked["ask"]}, said="No class is called so.", said_serial=1)
    assert staged.inner_text(".gb-cnn .gb-caption") == title
    assert staged.inner_text(".gb-said") == "No class is called so."
    field.blur()
    settle(staged)
    assert field.input_value() == ""


def test_relevance_is_asked_once_and_refused_in_peace(staged):
    pick(staged, say("classify.method_relevance"))
    [(name, asked)] = emitted(staged)
    assert (name, asked["method"], asked["family"], asked["target"]) == ("explain", "relevance", "vit", "")
    update(staged, answered={"vit": asked["ask"]}, said="Not now.", said_serial=1)
    assert staged.get_by_role("radio", name="Attention").is_checked()  # what can be shown


def test_an_empty_map_and_a_net_without_maps_are_said(staged):
    staged.locator(".gb-cnn .gb-bar").nth(4).click()
    settle(staged)
    assert staged.inner_text(".gb-cnn .gb-caption") == say("classify.empty", label="Persian cat")
    vit = staged.evaluate("window.data.vit")
    update(staged, vit={**vit, "id": "swin", "methods": [], "refusal": "No map here.", "attention": None, "facts": []})
    assert staged.inner_text(".gb-vit .gb-caption") == "No map here."
    assert staged.locator(".gb-thumbnail").first.is_hidden() and staged.locator(".gb-vit .gb-controls").is_hidden()
    assert staged.locator(".gb-vit .gb-bar").first.is_disabled()


def test_an_older_value_is_ignored_and_a_newer_server_is_not(staged):
    update(staged, cnn=None)
    staged.evaluate("window.widget.update({...window.data, serial: 3})")
    settle(staged)
    assert staged.locator(".gb-cnn .gb-bar").first.is_hidden()
    staged.evaluate("window.widget.update({...window.data, run: 'b', serial: 3})")
    settle(staged)
    assert staged.locator(".gb-cnn .gb-bar").first.is_visible()


def test_twenty_pictures_in_a_row_and_each_click_counts_once(staged):
    cnn, vit, photo = (staged.evaluate(f"window.data.{name}") for name in ("cnn", "vit", "photo"))
    for turn in range(20):
        moved = {"photo": {**photo, "id": f"p{turn}"}, "cnn": {**cnn, "id": f"c{turn}"}, "vit": {**vit, "id": f"v{turn}"}}
        update(staged, serial=10 + turn, **moved)
    staged.get_by_role("button", name=say("classify.save_csv")).click()
    staged.locator(".gb-tile").first.click()
    assert [name for name, _ in emitted(staged)] == ["save", "example"]
    assert staged.locator(".gb-map").count() == 2 and staged.locator(".gb-thumbnail").count() == 30


def test_dropped_pasted_and_chosen_files_go_out(staged):
    script = """(kind) => {
      const files = new DataTransfer();
      files.items.add(new File(["x"], `${kind} <b>.png`, { type: "image/png" }));
      const root = document.querySelector(".gb-classify");
      if (kind === "drop") root.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
      else document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: files, bubbles: true }));
    }"""
    for kind in ("drop", "paste"):
        staged.evaluate(script, kind)
    with staged.expect_file_chooser() as chooser:
        staged.get_by_role("button", name=say("classify.another")).click()
    chooser.value.set_files({"name": "chosen.jpg", "mimeType": "image/jpeg", "buffer": b"x"})
    assert [(name, detail["file"]) for name, detail in emitted(staged)] == [
        ("picture", "drop <b>.png"), ("picture", "paste <b>.png"), ("picture", "chosen.jpg")
    ]  # fmt: skip
    assert staged.inner_text(".gb-step") == say("classify.sending", name="chosen.jpg")
    staged.evaluate("document.querySelector('.gb-widget').dispatchEvent(new CustomEvent('gb-say', {detail: 'Too large.'}))")
    assert staged.inner_text(".gb-said") == "Too large." and staged.locator(".gb-step").is_hidden()


def test_a_photo_from_the_camera(browser, chromium, stage):
    flags = [*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    other = browser.browser_type.launch(executable_path=chromium, args=flags)
    page = opened(watched(other.new_context()), stage)
    page.get_by_role("button", name=say("classify.webcam"), exact=True).click()
    page.wait_for_function("document.querySelector('.gb-webcam video')?.videoWidth > 0")
    page.get_by_role("button", name=say("classify.webcam_take")).click()
    page.wait_for_function("window.emitted.length === 1")
    [(name, detail)] = emitted(page)
    assert (name, detail["file"]) == ("picture", "webcam.jpg") and page.errors == []
    assert page.locator("dialog").count() == 0
    page.get_by_role("button", name=say("classify.webcam"), exact=True).click()
    page.get_by_role("button", name=say("classify.webcam_leave")).click()
    page.locator("dialog").wait_for(state="detached")
    assert len(emitted(page)) == 1
    other.close()


def test_without_a_camera_a_sentence(staged):
    staged.evaluate("void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotFoundError')))")
    staged.get_by_role("button", name=say("classify.webcam"), exact=True).click()
    staged.wait_for_function("document.querySelector('.gb-said').textContent")
    assert staged.inner_text(".gb-said") == say("classify.webcam_none")


def test_while_a_net_works_its_step_is_said_and_can_be_stopped(staged):
    update(staged, steps={"cnn": None, "vit": {"text": "Downloading.", "stop": True}}, vit=None)
    assert staged.locator(".gb-vit .gb-working").inner_text().startswith("Downloading.")
    assert staged.inner_text(".gb-step") == "Downloading."
    assert staged.get_by_role("region", name=say("classify.vit_region")).get_attribute("aria-busy") == "true"
    staged.locator(".gb-vit .gb-working").get_by_role("button").click()
    assert emitted(staged) == [["stop", {"family": "vit", "file": None}]]


def test_a_model_that_is_not_here_is_offered_with_its_size(staged):
    menu = staged.locator(".gb-vit").get_by_label(say("classify.model"))
    menu.select_option("vit-big")
    assert "98.0 MB" in staged.inner_text(".gb-vit .gb-offer") and emitted(staged) == []
    staged.get_by_role("button", name=say("classify.download")).click()
    menu.select_option("vit-default")
    assert [detail["key"] for name, detail in emitted(staged) if name == "model"] == ["vit-big", "vit-default"]


def test_the_deletion_curve_grows_and_is_judged(staged):
    staged.get_by_role("button", name=say("classify.curve_ask")).first.click()
    [(name, asked)] = emitted(staged)
    assert name == "honest" and asked["view"]["method"] == "gradcam"
    curve = {"label": "tabby, tabby cat", "map": [0.4, 0.1], "random": [0.4, 0.35], "steps": 11, "done": False, "stopped": False}
    update(staged, curves={"cnn": curve})
    assert say("classify.curve_step", step=2, steps=11) in staged.inner_text(".gb-cnn .gb-curve")
    blank = "(canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size < 3"
    assert not staged.locator(".gb-cnn .gb-curve canvas").evaluate(blank)
    staged.locator(".gb-cnn .gb-curve").get_by_role("button", name=say("classify.curve_stop")).click()
    assert emitted(staged)[-1][0] == "stop"
    update(staged, curves={"cnn": {**curve, "map": [0.4, 0.1, 0.0], "random": [0.4, 0.4, 0.0], "steps": 3, "done": True}})
    assert staged.inner_text(".gb-cnn .gb-curve figcaption") == say("classify.curve_better", label="tabby", map="15 %", random="30 %")


def test_the_keyboard_reaches_and_moves_everything(staged):
    assert staged.evaluate(NAMELESS) == []
    reached = set()
    staged.evaluate("document.body.focus()")
    for _ in range(60):
        staged.keyboard.press("Tab")
        reached.add(
            staged.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent || document.activeElement.type")
        )
    for name in ("cnn_map", "vit_map", "layer", "head", "opacity", "save_csv", "curve_ask"):
        assert any(say(f"classify.{name}") in one for one in reached), name
    first = staged.locator(".gb-thumbnail").first
    first.focus()
    staged.keyboard.press("ArrowDown")
    staged.keyboard.press("ArrowRight")
    assert staged.evaluate("document.activeElement.ariaLabel") == say("classify.thumb", layer=2, head=2)
    assert staged.get_by_label("Layer", exact=True).input_value() == "2"
    canvas = staged.locator(".gb-vit canvas.gb-map")
    canvas.focus()
    canvas.press("ArrowUp")
    settle(staged)
    assert say("classify.who_patch", row=5, column=6) in staged.locator(".gb-vit .gb-stage [role=status]").last.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser, stage, scheme):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    page = opened(watched(context), stage)
    measured = contrasts(page)
    assert len(measured) > 40 and measured[0][0] >= 4.5, measured[:5]
    context.close()


@pytest.mark.parametrize("present", [False, True])
@pytest.mark.parametrize("width", [360, 768, 1024, 1366])
def test_nothing_is_wider_than_the_screen(browser, stage, width, present):
    context = browser.new_context(viewport={"width": width, "height": 768})
    page = opened(watched(context), stage)
    page.evaluate("(on) => document.documentElement.classList.toggle('gb-present', on)", present)
    for view in ({}, {"photo": None}):
        update(page, **view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (20000, 300), (300, 1200)])
def test_photos_of_any_shape(staged, size):
    photo = {**json.loads(staged.evaluate("JSON.stringify(window.data.photo)")), "id": "odd", "width": size[0], "height": size[1]}
    seen = [0, 0, *size]
    answers = {name: {**staged.evaluate(f"window.data.{name}"), "id": f"{name}-odd", "seen": seen} for name in ("cnn", "vit")}
    update(staged, photo=photo, **answers)
    assert staged.evaluate("document.documentElement.scrollWidth") <= 1366
    canvas = staged.locator(".gb-vit canvas.gb-map")
    box = canvas.bounding_box()
    assert box["width"] >= 2 and box["height"] <= 768
    canvas.focus()
    canvas.press("ArrowRight")
    settle(staged)
