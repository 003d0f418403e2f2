"""The Generate tab in a real browser, over discs drawn by formula: known ground asks nobody, the newest wins, an address brings it back."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import choose, watched
from tests.browser.contrast import contrasts
from tests.faces.live import Live
from vision.core import latent
from vision.core.words import say

READ = """(name) => { const c = document.querySelector(name);
  const copy = new OffscreenCanvas(c.width, c.height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(c, 0, 0);
  return Array.from(copy.getImageData(0, 0, c.width, c.height).data) }"""


@pytest.fixture(scope="module")
def url(chromium):
    live = Live("tests/browser/generate_page.py")
    yield live.url
    live.end()


def opened(page, url):
    page.goto(url)
    choose(page, say("page.tab_generate"))
    page.locator(".gb-gen-tile").first.wait_for()
    quiet(page)
    return page


def quiet(page):
    """Wait until what lies around was computed ahead, and no request has gone out for a while."""
    before = -1
    while before != len(page.requests):
        before = len(page.requests)
        page.wait_for_timeout(700)


def shown(page):
    return np.array(page.evaluate(READ, ".gb-gen-picture"), np.uint8).reshape(256, 256, 4)[..., :3]


def disc(page):
    """Centre of the disc on the bench, in -1..1."""
    rows, columns = np.nonzero(np.abs(shown(page).astype(int) - shown(page)[0, 0]).max(axis=2) > 60)
    return columns.mean() / 127.5 - 1, rows.mean() / 127.5 - 1


def test_a_drag_over_known_ground_asks_nobody_and_moves_the_picture(page, url):
    opened(page, url)
    z = latent.draw(0, 0, 8)
    assert disc(page)[0] == pytest.approx(0.25 * z[0], abs=0.03)
    before = len(page.requests)
    first = page.locator(".gb-gen-slider input").first
    for step in range(1, 5):  # a drag: the hand has not let go yet
        first.evaluate("(input, value) => { input.value = value; input.dispatchEvent(new Event('input')) }", str(0.25 * step))
        assert disc(page)[0] == pytest.approx(0.25 * (z[0] + 0.25 * step), abs=0.03)
    assert len(page.requests) == before
    first.evaluate("(input) => input.dispatchEvent(new Event('change'))")
    quiet(page)
    assert len(page.requests) > before  # then what lies around the new place is fetched


def test_unknown_ground_ends_at_the_last_value(page, url):
    opened(page, url)
    z = latent.draw(0, 0, 8)
    page.locator(".gb-gen-pad").focus()
    for key in ("ArrowRight", "ArrowDown") * 4:
        page.keyboard.press(key)
    quiet(page)
    assert disc(page) == pytest.approx((0.25 * (z[0] + 1), 0.25 * (z[1] + 1)), abs=0.03)


def test_the_same_address_gives_the_same_picture(browser, page, url):
    opened(page, url)
    page.locator(".gb-gen-tile").nth(6).click()
    quiet(page)
    page.locator(".gb-gen-slider input").nth(1).focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    quiet(page)
    picture, place = shown(page), "#" + page.url.partition("#")[2]
    context = browser.new_context()
    other = watched(context)
    other.goto(url + place)  # the address opens the tab, too
    other.locator(".gb-gen-tile").first.wait_for()
    quiet(other)
    assert np.abs(shown(other).astype(int) - picture).max() <= 1
    context.close()


def test_walk_plays_and_is_saved(page, url):
    opened(page, url)
    for tile in (0, 4):
        page.locator(".gb-gen-tile").nth(tile).click()
        quiet(page)
        page.get_by_role("button", name=say("generate.to_walk")).click()
    page.get_by_role("button", name=say("generate.walk_start"), exact=True).click()
    page.wait_for_timeout(1500)
    assert set(page.evaluate(READ, ".gb-gen-screen")[3::4]) == {255}  # something was painted
    with page.expect_download() as kept:
        page.get_by_role("button", name=say("generate.save"), exact=True).click()
    with Image.open(kept.value.path()) as file:
        assert file.format == "GIF" and file.n_frames > 10 and file.size == (64, 64)


def test_sorting_stages_and_own_picture(page, url):
    opened(page, url)
    page.get_by_role("button", name=say("generate.sort")).click()
    scores = [float(text.split()[-1]) for text in page.locator(".gb-gen-tile span").all_inner_texts()]
    assert len(scores) == 16 and scores == sorted(scores, reverse=True)
    page.get_by_text(say("generate.how")).click()
    page.locator(".gb-gen-stages figure").nth(1).wait_for()
    out = io.BytesIO()
    Image.fromarray(np.full((40, 90, 3), 200, np.uint8)).save(out, "PNG")
    page.locator(".gb-gen-judge input").set_input_files({"name": "own.png", "mimeType": "image/png", "buffer": out.getvalue()})
    page.wait_for_function("document.querySelector('.gb-gen-judged').textContent.includes('red')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser, url, scheme):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    page = opened(watched(context), url)
    assert page.locator(".gb-gen-picture").bounding_box()["y"] + 256 <= 768
    measured = contrasts(page)
    assert measured[0][0] >= 4.5, measured[:5]
    context.close()


def test_nothing_is_wider_than_a_phone(browser, url):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = opened(watched(context), url)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
