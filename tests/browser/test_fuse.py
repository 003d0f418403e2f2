"""The Fuse tab in a real browser: what it mixes itself asks nobody and equals the server; the rest comes once."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import choose, watched
from tests.browser.contrast import contrasts
from vision.core.blend import blend, table
from vision.core.words import say

READ = """() => { const c = document.querySelector('.gb-fuse-picture');
  return [c.width, c.height, Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)] }"""


def opened(page, url):
    page.goto(url)
    choose(page, say("page.tab_fuse"))
    page.locator(".gb-fuse-tile").first.wait_for()
    return page


def png(rgb):
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "PNG")
    return {"name": "drawn.png", "mimeType": "image/png", "buffer": out.getvalue()}


def noise(height, width, seed):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def load(page, a, b):
    for slot, picture in (("a", a), ("b", b)):
        page.locator(f".gb-fuse-slot[data-slot={slot}] input[type=file]").set_input_files(png(picture))
        page.locator(f".gb-fuse-slot[data-slot={slot}] canvas").filter(visible=True).wait_for()
    page.locator(".gb-fuse-area").filter(visible=True).wait_for()
    settle(page)


def asked(page):
    """Count what went to the server; the page's own line of what is loading may still be asking."""
    return sum(not request.endswith("/glassbox/status") for request in page.requests)


def settle(page):
    """Wait until nothing is asked for and two frames are drawn."""
    page.wait_for_function("document.querySelector('.gb-fuse-status').textContent === ''")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def slide(page, selector, value):
    page.locator(selector).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); input.dispatchEvent(new Event('change')) }",
        str(value),
    )
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def shown(page):
    width, height, data = page.evaluate(READ)
    rgba = np.array(data, np.uint8).reshape(height, width, 4)
    assert (rgba[..., 3] == 255).all()
    return rgba[..., :3]


METHOD = ".gb-fuse-method > .gb-choice select"
ALPHA = ".gb-fuse-alpha input"


def test_alpha_and_modes_in_both_lights_ask_nobody_and_equal_python(page, server_url):
    a, b = noise(60, 80, 1), noise(60, 80, 2)
    opened(page, server_url)
    load(page, a, b)
    before = asked(page)
    assert (shown(page) == blend(a, b, [table("normal", "srgb", 0.5)] * 3)).all()
    for light in ("linear", "srgb"):
        page.get_by_text(say(f"fuse.light_{light}"), exact=True).click()
        for method in ("alpha", "multiply", "soft-light", "color-burn"):
            page.locator(METHOD).select_option(method)
            for alpha in (0.0, 0.25, 1.0):
                slide(page, ALPHA, alpha)
                mode = "normal" if method == "alpha" else method
                assert (shown(page) == blend(a, b, [table(mode, light, alpha)] * 3)).all(), (light, method, alpha)
                if alpha == 1.0:
                    assert (shown(page) == a).all()
                if alpha == 0.0 and method == "alpha":
                    assert (shown(page) == b).all()
    assert asked(page) == before


def test_views_placing_and_probe_ask_nobody(page, server_url):
    a, b = noise(60, 80, 1), noise(60, 80, 2)
    opened(page, server_url)
    load(page, a, b)
    before = asked(page)
    page.get_by_text(say("fuse.view_difference"), exact=True).last.click()
    slide(page, ".gb-fuse-look .gb-slider input", 1)
    assert (shown(page) == np.abs(a.astype(int) - b)).all()
    page.get_by_text(say("fuse.view_wipe"), exact=True).click()
    slide(page, ".gb-fuse-look .gb-slider input", 0.5)
    assert (shown(page)[:, :40] == a[:, :40]).all() and (shown(page)[:, 40:] == b[:, 40:]).all()
    page.get_by_text(say("fuse.view_checker"), exact=True).click()
    slide(page, ".gb-fuse-look .gb-slider input", 2)
    assert (shown(page)[:40, :40] == a[:40, :40]).all() and (shown(page)[:40, 40:] == b[:40, 40:]).all()
    page.get_by_text(say("fuse.view_result"), exact=True).click()
    slide(page, ALPHA, 0)
    page.get_by_text(say("fuse.tool_move"), exact=True).click()
    page.locator(".gb-fuse-area").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_timeout(100)
    assert (shown(page)[10:, 3:] == b[:50, :77]).all()
    assert (shown(page)[:10] == a[:10]).all()
    page.get_by_text(say("fuse.tool_probe"), exact=True).click()
    slide(page, ALPHA, 0.25)
    page.locator(".gb-fuse-area").focus()
    page.keyboard.press("ArrowRight")
    said = page.inner_text(".gb-fuse-probe")
    assert say("fuse.probe_at", x=41, y=30) in said
    under, over = a[30, 41, 0], b[20, 38, 0]
    assert f"0.25 × {under} + 0.75 × {over} = {int(np.floor(0.25 * under + 0.75 * over + 0.5))}" in said
    assert asked(page) == before


@pytest.mark.parametrize("method", ["pyramid", "hybrid", "poisson", "mertens"])
def test_other_methods_come_once_and_are_kept(page, server_url, method):
    opened(page, server_url)
    load(page, noise(60, 80, 1), noise(60, 80, 2))
    page.locator(METHOD).select_option(method)
    page.wait_for_function("document.querySelector('.gb-fuse-said').textContent.includes('SSIM')")
    settle(page)
    picture = shown(page)
    before = asked(page)
    page.locator(METHOD).select_option("alpha")
    settle(page)
    assert (shown(page) != picture).any()
    page.locator(METHOD).select_option(method)
    page.wait_for_timeout(500)
    assert (shown(page) == picture).all()
    assert asked(page) == before


def test_the_saved_file_is_what_is_shown(page, server_url):
    a, b = noise(60, 80, 1), noise(45, 70, 2)
    opened(page, server_url)
    load(page, a, b)
    page.get_by_text(say("fuse.light_linear"), exact=True).click()
    slide(page, ALPHA, 0.3)
    slide(page, ".gb-fuse-where .gb-slider input >> nth=1", 20)
    with page.expect_download() as kept:
        page.get_by_role("button", name=say("fuse.save_png")).click()
    with Image.open(kept.value.path()) as file:
        assert file.format == "PNG"
        assert np.abs(np.asarray(file).astype(int) - shown(page)).max() <= 1
    with page.expect_download() as kept:
        page.get_by_role("button", name=say("fuse.save_gif")).click()
    with Image.open(kept.value.path()) as file:
        assert file.format == "GIF" and file.n_frames > 10


def test_a_broken_file_is_a_sentence_and_the_pictures_stay(page, server_url):
    opened(page, server_url)
    load(page, noise(30, 40, 1), noise(30, 40, 2))
    before = shown(page)
    broken = {"name": "<img src=x onerror=alert(1)>.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.locator(".gb-fuse-slot[data-slot=a] input[type=file]").set_input_files(broken)
    page.wait_for_function("document.querySelector('.gb-fuse-status').dataset.state === 'failed'")
    assert (shown(page) == before).all()
    assert page.locator(".gb-fuse img[src=x]").count() == 0


def test_alignment_that_fails_is_a_sentence_and_nothing_moves(page, server_url):
    opened(page, server_url)
    plain = np.full((40, 40, 3), 90, np.uint8)
    load(page, plain, plain + 50)
    before = shown(page)
    page.get_by_role("button", name=say("fuse.align_corners")).click()
    page.wait_for_function("document.querySelector('.gb-fuse-status').dataset.state === 'failed'")
    assert page.inner_text(".gb-fuse-status") == say("fuse.no_corners")
    assert (shown(page) == before).all()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_and_the_result_without_scrolling(browser, server_url, scheme):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    page = opened(watched(context), server_url)
    page.locator(".gb-fuse-tile").last.click()
    page.locator(".gb-fuse-area").filter(visible=True).wait_for()
    settle(page)
    slider = page.locator(ALPHA).bounding_box()
    assert slider["y"] + slider["height"] <= 768
    measured = contrasts(page)
    assert measured[0][0] >= 4.5, measured[:5]
    context.close()


def test_nothing_is_wider_than_a_phone(browser, server_url):
    context = browser.new_context(viewport={"width": 360, "height": 740}, device_scale_factor=3, is_mobile=True, has_touch=True)
    page = opened(watched(context), server_url)
    page.locator(".gb-fuse-tile").last.click()
    page.locator(".gb-fuse-area").filter(visible=True).wait_for()
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    over = page.evaluate("document.querySelector('.gb-fuse-overlay').width / document.querySelector('.gb-fuse-area').clientWidth")
    assert over == pytest.approx(3, abs=0.05)  # as sharp as the screen
    context.close()


def test_painting_a_mask_clones_b_there(page, server_url):
    a, b = np.full((60, 80, 3), 60, np.uint8), noise(60, 80, 2)
    opened(page, server_url)
    load(page, a, b)
    page.locator(METHOD).select_option("poisson")
    page.locator(".gb-fuse-own select").first.select_option("brush")
    box = page.locator(".gb-fuse-area").bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"], steps=8)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.gb-fuse-said').textContent.includes('SSIM')")
    page.wait_for_timeout(600)
    settle(page)
    picture = shown(page).astype(int)
    assert picture[28:32, 36:44].std() > 20  # B's gradients where the brush went
    assert np.abs(picture[:10] - 60).max() <= 1 and np.abs(picture[-10:] - 60).max() <= 1  # A elsewhere
