"""What the browser paints is what Python computes, to one level of 255; and no View control ever asks the server."""

import base64
import io
import itertools

import numpy as np
import pytest
from PIL import Image

from tests.browser.classify_stage import CNN_SEEN, PHOTO_WH, VIT_HW, VIT_SEEN, Stage, bump, drawn_attention
from tests.browser.conftest import watched
from vision.core import heat, paint_maps, rollout
from vision.core.paint_maps import MapLook, Values

BASE = """async (canvas) => {
  const answer = await fetch("/photo.png");
  const base = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  const pen = base.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(await createImageBitmap(await answer.blob()), 0, 0, canvas.width, canvas.height);
  return base.toDataURL();
}"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    one = Stage(tmp_path_factory.mktemp("stage"))
    yield one
    one.end()


@pytest.fixture
def staged(page, stage):
    page.goto(stage.url)
    page.locator(".gb-thumbnail").first.wait_for()
    settle(page)
    return page


def settle(page):
    """Wait until what was asked of the next frame is painted."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def decoded(url):
    """The pixels of a PNG as a data address, uint8 [h, w, 3]."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))


def pixels(page, family):
    """What a column shows and the photo under it at that size, uint8 [h, w, 3] each."""
    canvas = page.locator(f".gb-{family} canvas.gb-map")
    return decoded(canvas.evaluate("(canvas) => canvas.toDataURL()")), decoded(canvas.evaluate(BASE))


def difference(page, family, values, seen, look, top=0.0, evidence=False):
    """The largest difference between the column's pixels and Python's, in levels of 255."""
    shown, photo = pixels(page, family)
    sx, sy = shown.shape[1] / PHOTO_WH[0], shown.shape[0] / PHOTO_WH[1]
    placed = seen[0] * sx, seen[1] * sy, seen[2] * sx, seen[3] * sy
    one = Values(values, placed, 0.0 if evidence else float(values.min()), float(values.max()))
    want = paint_maps.paint(photo, one, look, top)
    assert want.std() > 10  # a map that is one colour would prove nothing
    return int(np.abs(shown.astype(int) - want.astype(int)).max())


def slide(page, name, value):
    page.get_by_label(name, exact=True).fill(str(value))


def pick(page, name):
    page.get_by_role("radio", name=name, exact=True).check(force=True)  # the button lies under its own label's frame


def test_every_layer_head_fusion_and_discard(staged):
    attention, scale = drawn_attention()
    tokens = {"layer": (-1, 0, 4), "head": (-1, 2), "fusion": ("mean", "max", "min")}
    for method, discard in (("attention", 0.0), ("rollout", 0.6)):
        pick(staged, method.title())
        for layer, head, fusion in itertools.product(*tokens.values()):
            slide(staged, "Layer" if method == "attention" else "Up to layer", layer + 1)
            slide(staged, "Head", head + 1)
            if head < 0:
                pick(staged, {"mean": "mean", "max": "maximum", "min": "minimum"}[fusion])
            elif fusion != "mean":
                continue
            if method == "rollout":
                slide(staged, "Weakest left out", discard)
            settle(staged)
            view = {"layer": layer, "head": head, "fusion": fusion}
            if method == "attention":
                if head >= 0 > layer:
                    continue  # its fusion is the one chosen before
                row = rollout.attend(attention, scale, (0, 1), **view)
            else:
                row = rollout.roll(attention, scale, 1, (0, 1), **view, discard=discard)
            assert difference(staged, "vit", row[1:].reshape(VIT_HW), VIT_SEEN, MapLook()) <= 1, (method, view, discard)


@pytest.mark.parametrize("method", ["attention", "rollout"])
def test_the_patch_that_is_pointed_at(staged, method):
    attention, scale = drawn_attention()
    pick(staged, method.title())
    canvas = staged.locator(".gb-vit canvas.gb-map")
    canvas.focus()
    canvas.press("ArrowLeft")  # from the middle, row 6, column 6
    settle(staged)
    place = 5 * 10 + 4
    shown, photo = pixels(staged, "vit")
    reads = (1 + place, 2 + place)
    row = rollout.attend(attention, scale, reads) if method == "attention" else rollout.roll(attention, scale, 1, reads)
    sx, sy = shown.shape[1] / PHOTO_WH[0], shown.shape[0] / PHOTO_WH[1]
    placed = VIT_SEEN[0] * sx, VIT_SEEN[1] * sy, VIT_SEEN[2] * sx, VIT_SEEN[3] * sy
    one = Values(row[1:].reshape(VIT_HW), placed, float(row[1:].min()), float(row[1:].max()))
    off = np.abs(shown.astype(int) - paint_maps.paint(photo, one, MapLook()).astype(int)).max(-1) > 1
    rows, columns = np.nonzero(off)  # the outline, and nothing else
    cell = (placed[2] - placed[0]) / 10, (placed[3] - placed[1]) / 10
    box = placed[0] + 4 * cell[0], placed[1] + 5 * cell[1], placed[0] + 5 * cell[0], placed[1] + 6 * cell[1]
    assert off.any()
    assert columns.min() >= box[0] - 3 and columns.max() <= box[2] + 3 and rows.min() >= box[1] - 3 and rows.max() <= box[3] + 3
    assert not off[round(box[1]) + 4 : round(box[3]) - 4, round(box[0]) + 4 : round(box[2]) - 4].any()
    canvas.press("Escape")
    settle(staged)
    back = (rollout.attend(attention, scale, (0, 1)) if method == "attention" else rollout.roll(attention, scale, 1, (0, 1)))[1:]
    assert difference(staged, "vit", back.reshape(VIT_HW), VIT_SEEN, MapLook()) <= 1


def test_opacity_colours_and_the_common_scale(staged):
    attention, scale = drawn_attention()
    vit = rollout.attend(attention, scale, (0, 1))[1:].reshape(VIT_HW)
    cnn = 3.2 * bump(7, 7, 0.5, 0.6, 0.15)
    top = max(float(heat.relative(cnn).max()), float(heat.relative(vit).max()))
    for opacity, colours, shared in itertools.product((0.0, 0.35, 1.0), ("viridis", "inferno"), (False, True)):
        slide(staged, "Opacity", opacity)
        pick(staged, colours)
        staged.get_by_label("One scale for both").set_checked(shared)
        settle(staged)
        look = MapLook(opacity, colours, shared)
        used = top if shared else 0.0
        assert difference(staged, "cnn", cnn, CNN_SEEN, look, used, evidence=True) <= 1, look
        assert difference(staged, "vit", vit, VIT_SEEN, look, used) <= 1, look


def test_on_a_screen_with_two_pixels_a_point(browser, stage):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, device_scale_factor=2)
    page = watched(context)
    page.goto(stage.url)
    page.locator(".gb-thumbnail").first.wait_for()
    settle(page)
    assert page.locator(".gb-cnn canvas.gb-map").evaluate("(c) => c.width / c.clientWidth") == pytest.approx(2, abs=0.01)
    assert difference(page, "cnn", 3.2 * bump(7, 7, 0.5, 0.6, 0.15), CNN_SEEN, MapLook(), evidence=True) <= 1
    context.close()


def press_through(page, method, moved):
    """Move every control that a method shows, by keys, and pick every choice."""
    pick(page, method)
    moved()
    for name in ("Layer", "Up to layer", "Head", "Weakest left out", "Opacity"):
        control = page.get_by_label(name, exact=True)
        if not control.is_visible():
            continue
        control.focus()
        for key in ("ArrowRight", "ArrowRight", "End", "Home"):
            control.press(key)
            moved()
    slide(page, "Opacity", 0.6)
    for name in ("maximum", "minimum", "mean", "inferno", "viridis"):
        if not page.get_by_role("radio", name=name, exact=True).is_visible():
            continue  # one layer and one head have nothing to put together
        pick(page, name)
        moved()


def point_over(page, canvas, moved):
    """Point at places of a map with the mouse and with keys, and stop pointing."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for step in range(8):
        page.mouse.move(box["x"] + box["width"] * (0.2 + 0.07 * step), box["y"] + box["height"] * (0.1 + 0.1 * step))
        moved()
    canvas.click()
    canvas.press("ArrowUp")
    moved()
    canvas.press("Escape")


def test_no_control_of_the_view_asks_for_anything(staged):
    before = len(staged.requests)
    shots = set()

    def moved():
        settle(staged)
        shots.add(hash(tuple(staged.locator("canvas.gb-map").evaluate_all("(all) => all.map((c) => c.toDataURL())"))))

    for method in ("Attention", "Rollout"):
        press_through(staged, method, moved)
    for thumbnail in staged.locator(".gb-thumbnail").all()[::7]:
        thumbnail.click()
        moved()
    for family in ("cnn", "vit"):
        point_over(staged, staged.locator(f".gb-{family} canvas.gb-map"), moved)
    staged.get_by_label("One scale for both").check()
    moved()
    staged.locator(".gb-cnn .gb-bar").nth(1).click()  # its map came along
    moved()
    assert len(shots) > 40  # the maps did change
    assert len(staged.requests) == before, staged.requests[before:]
    assert staged.evaluate("window.emitted") == []
