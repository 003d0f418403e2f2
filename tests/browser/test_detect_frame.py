"""Around the boxes of the Detect widget: addresses, exports, room on every screen, names for every control."""

import pytest

from tests.browser import detect_page
from tests.browser.detect_page import SETTLED, move


def test_the_address_carries_model_and_sliders(widget):
    page = widget(detect_page.panel(50))
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


def test_nonsense_in_the_address_is_the_default(widget):
    page = widget(detect_page.panel(20), query="?score=abc&iou=7&limit=-3&detector=%3Cscript%3E")
    assert page.input_value("[data-name=score]") == "0.3"
    assert page.input_value("[data-name=iou]") == "0.5"


def test_an_export_sends_the_view_and_nothing_else(widget):
    page = widget(detect_page.panel(50))
    move(page, "score", 0.7)
    page.click("text=CSV")
    [[event, detail]] = page.evaluate("window.emitted")
    assert event == "export"
    assert detail["kind"] == "csv"
    assert detail["views"] == [{"score": 0.7, "iou": 0.5, "agnostic": False, "soft": False, "limit": 100, "classes": None, "ghosts": False}]
    assert detail["source"] == {"example": "x"}


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1024, 768), (1366, 768), (1920, 1080)])
@pytest.mark.parametrize("mode", ["boxes", "truth"])
def test_nothing_sticks_out_sideways(widget, width, height, mode):
    page = widget(detect_page.panel(80, stages=True), detect_page.panel(80, seed=1))
    page.set_viewport_size({"width": width, "height": height})
    page.check(f"input[value={mode}]", force=True)
    page.evaluate(SETTLED)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1366, 768)])
def test_photo_and_sliders_need_no_scroll(widget, width, height):
    page = widget(detect_page.panel(80))
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


def test_every_control_has_a_name(widget):
    page = widget(detect_page.panel(50, stages=True))
    for mode in ("steps", "stages", "truth", "pair"):
        page.check(f"input[value={mode}]", force=True)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, canvas")].filter((one) => {
                 const image = one.querySelector("img");
                 return !(one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent || image?.alt)?.trim();
               }).map((one) => one.outerHTML)"""
        )
        assert nameless == []
