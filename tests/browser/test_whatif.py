"""The two experiments below the Classify tab as visitors meet them: the real page over real nets (see classify_page.py)."""

import base64
import io
import re
import zlib

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from tests.browser.conftest import watched
from tests.browser.contrast import contrasts
from tests.browser.test_classify import BOTH, drop, png, shown
from tests.faces.live import Live
from vision.core.change import KINDS
from vision.core.words import say, words

LAST = len(KINDS["blur"]) - 1


@pytest.fixture(scope="module")
def live(chromium):
    one = Live("tests/browser/classify_page.py")
    yield one
    one.end()


def laboratory(page, live):
    """Open the page with an example, and the what-if below it by keyboard."""
    page.goto(live.url)
    page.get_by_role("button", name=say("examples.lion")).click()
    page.wait_for_function(BOTH, timeout=120_000)
    page.wait_for_function("document.querySelector('.gb-step').textContent === ''", timeout=120_000)
    assert page.locator(".gb-lab-photo").is_hidden()  # closed by default
    page.locator(".gb-whatif > summary").focus()
    page.keyboard.press("Enter")
    page.locator(".gb-lab-photo").wait_for(timeout=120_000)
    return page


@pytest.fixture
def opened(page, live):
    return laboratory(page, live)


def pick(page, kind):
    page.get_by_role("radio", name=say(f"whatif.kind_{kind}"), exact=True).check(force=True)


def whole(page, kind):
    """Wait until the whole curve of a change is known, and return what is said of it."""
    key = re.compile(rf": {re.escape(say(f'whatif.kind_{kind}'))}\. The CNN .*The transformer ")
    page.get_by_role("img", name=key).wait_for(timeout=120_000)
    return page.locator(".gb-lab-verdict").inner_text()


def strength(page):
    return page.locator(".gb-whatif").get_by_label(say("whatif.strength"), exact=True)


def photo(page):
    """The pixels of the changed photo."""
    url = page.locator(".gb-lab-photo").evaluate("(canvas) => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")).astype(int)


def net(page, family):
    return page.locator(f".gb-lab-{family}").inner_text()


def settled(page):
    """Wait until nothing is asked any more."""
    page.locator('.gb-lab-body[aria-busy="false"]').wait_for(timeout=120_000)


def test_the_curve_is_drawn_and_said_and_known_ground_asks_nobody(opened):
    said = whole(opened, "shuffle")
    assert said.startswith(("The CNN gives “lion” up at", "The CNN keeps “lion”")) and "The transformer" in said
    settled(opened)
    before, unchanged = len(opened.requests), photo(opened)
    strength(opened).fill("7")
    opened.wait_for_timeout(300)
    assert np.abs(photo(opened) - unchanged).mean() > 10
    assert len(opened.requests) == before
    about = opened.locator(".gb-whatif").get_by_text("Naseer et al. 2021")
    assert about.is_visible()


def test_the_newest_value_wins_with_one_question_on_its_way(opened):
    settled(opened)
    pick(opened, "blur")
    before = len(opened.requests)
    slider = strength(opened)
    drag = "(input, last) => { for (let at = 1; at <= last; at++) { input.value = at; input.dispatchEvent(new Event('input')) } }"
    slider.evaluate(drag, LAST)  # faster than any net
    opened.wait_for_timeout(50)
    assert sum("queue/join" in one for one in opened.requests[before:]) <= 2
    opened.wait_for_function(
        "(text) => document.querySelector('.gb-lab-cnn').textContent.includes(text)", arg=say("whatif.now", label="", score="")[:12]
    )
    settled(opened)
    assert slider.input_value() == str(LAST)
    flat = photo(opened)
    assert np.abs(np.diff(flat, axis=1)).mean() < 2  # the last blur, not one on the way
    whole(opened, "blur")


def test_the_saved_picture_gives_the_same_numbers_by_the_endpoint(opened, live, tmp_path):
    pick(opened, "noise")
    strength(opened).fill("6")
    settled(opened)
    with opened.expect_download() as kept:
        opened.get_by_role("button", name=say("whatif.save")).click()
    file = tmp_path / "changed.png"
    kept.value.save_as(file)
    client = Client(live.url, verbose=False, download_files=str(tmp_path))
    for family, model in (("cnn", "efficientnet-lite0"), ("vit", "vit-random")):
        top = client.predict(handle_file(str(file)), model=model, top=100, api_name="/classify")["top"]
        label, percent = re.search(r"“(.+?)” (?:< )?([\d.]+)\s%", net(opened, family)).groups()
        score = next((one["score"] for one in top if one["label"].split(",")[0] == label), 0.0)
        assert f"{100 * score:.{0 if score >= 0.0995 else 1}f}" == percent or score < 0.0005


def test_the_brush_by_pointer_and_by_keys(opened):
    pick(opened, "brush")
    assert opened.locator(".gb-lab-verdict").inner_text() == say("whatif.brush_how")
    settled(opened)
    before = photo(opened)
    opened.locator(".gb-lab-photo").scroll_into_view_if_needed()
    box = opened.locator(".gb-lab-photo").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.mouse.move(*middle)
    opened.mouse.down()
    opened.mouse.move(middle[0] + 40, middle[1] + 20, steps=5)
    opened.mouse.up()
    opened.mouse.move(5, 5)
    settled(opened)
    painted = photo(opened)
    centre = painted.shape[0] // 2, painted.shape[1] // 2
    assert np.abs(painted[centre] - 128).max() < 12
    assert np.abs(painted[:20] - before[:20]).mean() < 6 and whole(opened, "brush")
    opened.get_by_role("button", name=say("whatif.clear")).click()
    settled(opened)
    assert np.abs(photo(opened) - before).max() < 3
    opened.locator(".gb-lab-photo").focus()
    for key in ("ArrowUp", "ArrowLeft", " "):
        opened.keyboard.press(key)
    opened.get_by_role("radio", name=say("whatif.fill_average"), exact=True).check(force=True)
    settled(opened)
    assert np.abs(photo(opened) - before).max() > 30


def test_another_photo_and_another_order(opened):
    settled(opened)
    strength(opened).fill("4")
    first = photo(opened)
    opened.get_by_role("button", name=say("whatif.again")).click()
    settled(opened)
    assert np.abs(photo(opened) - first).mean() > 5
    drop(opened, "drawn.png", png())
    shown(opened, "drawn.png")
    opened.wait_for_function("document.querySelector('.gb-lab-left > p').textContent.includes('360')", timeout=60_000)
    whole(opened, "shuffle")
    assert photo(opened).shape == (360, 480, 3)


def test_without_a_photo_it_says_so_and_comes_when_there_is_one(page, live):
    page.goto(live.url)
    page.locator(".gb-tile").first.wait_for()
    page.locator(".gb-whatif > summary").click()
    page.locator(".gb-whatif .gb-lab-said", has_text=say("classify.no_photo")).wait_for()
    page.get_by_role("button", name=say("examples.coffee")).click()
    page.locator(".gb-lab-photo").wait_for(timeout=120_000)
    assert page.locator(".gb-whatif .gb-lab-said").inner_text() == ""


def test_a_net_forgets_and_is_stopped(opened):
    below = opened.locator(".gb-randomise")
    below.locator("summary").click()
    cnn = below.get_by_role("region", name=say("randomise.region_cnn"), exact=True)
    cnn.get_by_role("button", name=say("randomise.start")).click()
    cnn.locator("li").nth(12).wait_for(timeout=180_000)
    cnn.get_by_role("button", name=say("randomise.start")).wait_for()
    assert cnn.locator("p").inner_text().startswith("EfficientNet-Lite0, Grad-CAM, “lion”.")
    assert re.search(r"SSIM −?\d\.\d\d", cnn.locator("li").last.inner_text())
    maps = [canvas.evaluate("(c) => c.toDataURL()") for canvas in cnn.locator("li canvas").all()]
    assert len(maps) == 13 and len({zlib.crc32(one.encode()) for one in maps}) > 5
    vit = below.get_by_role("region", name=say("randomise.region_vit"), exact=True)
    vit.get_by_role("radio", name=say("randomise.method_relevance")).check(force=True)
    vit.get_by_role("button", name=say("randomise.start")).click()
    vit.locator("li").nth(1).wait_for(timeout=60_000)
    vit.get_by_role("button", name=say("randomise.stop")).click()
    vit.get_by_text(say("randomise.stopped")).wait_for()
    opened.wait_for_timeout(1500)
    count = vit.locator("li").count()
    opened.wait_for_timeout(2500)
    assert vit.locator("li").count() == count < 15


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser, live, scheme):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    page = laboratory(watched(context), live)
    whole(page, "shuffle")
    pick(page, "brush")
    page.locator(".gb-randomise > summary").click()
    for root in (".gb-whatif", ".gb-randomise"):
        measured = contrasts(page, root)
        assert measured[0][0] >= 4.5, measured[:5]
    assert page.errors == []
    context.close()


def test_nothing_is_wider_than_a_phone(browser, live):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = laboratory(watched(context), live)
    for kind in ("shuffle", "brush"):
        pick(page, kind)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_every_kind_has_its_words():
    missing = [f"whatif.{part}_{kind}" for kind in KINDS for part in ("kind", "about", "amount") if f"whatif.{part}_{kind}" not in words()]
    assert missing == []
