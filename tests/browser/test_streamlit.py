"""The Streamlit page as visitors meet it: the same widgets, redrawn in the browser, with nobody asked meanwhile."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import watched
from tests.browser.contrast import contrasts
from tests.faces.live import Live, free_port
from vision.core.words import say
from vision.engine import Engine
from vision.faces import examples
from vision.faces.desks.table import tabs

KEYS = tabs(Engine())
WAIT_MS = 240_000  # until cold nets have answered on a busy machine


def served(script):
    port = free_port()
    live = Live("-m", "streamlit", "run", script, "--server.port", str(port), port=port)
    yield live.url
    live.end()


@pytest.fixture(scope="module")
def url(chromium):
    yield from served("app.py")


@pytest.fixture(scope="module")  # so that it outlives the page
def drawn(chromium):
    yield from served("tests/browser/streamlit_generate.py")


def opened(page, url):
    """Open the page; `page.frames` counts what goes over its websocket in either direction."""
    page.sent = []

    def listen(socket):
        socket.on("framesent", lambda frame: page.sent.append(("out", len(frame))))
        socket.on("framereceived", lambda frame: page.sent.append(("in", len(frame))))

    page.on("websocket", listen)
    page.goto(url)
    page.get_by_role("heading", name=say("page.title")).wait_for()
    page.locator(".st-key-gb-classify .gb-tile").first.wait_for()
    page.wait_for_function("['done', 'failed'].includes(document.querySelector('.gb-status').dataset.state)", timeout=WAIT_MS)
    return page


def quiet(page):
    """Wait until a second passes in which nothing goes to or comes from the server."""
    for _ in range(60):
        before = len(page.requests), len(page.sent)
        page.wait_for_timeout(1000)
        if (len(page.requests), len(page.sent)) == before:
            return before
    raise AssertionError("a page that never rests")


def asked_since(page, rest):
    """Return what went to or came from the server since `quiet` returned; where an address changes, Chromium looks for its icon itself."""
    return [one for one in page.requests[rest[0] :] if one != "GET /favicon.png"] + page.sent[rest[1] :]


def painted(page, selector):
    """Return the pixels of a canvas."""
    script = """c => { const copy = new OffscreenCanvas(c.width, c.height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(c, 0, 0);
      return Array.from(copy.getImageData(0, 0, c.width, c.height).data) }"""
    return np.array(page.locator(selector).first.evaluate(script), np.uint8)


def answered(page):
    for family in ("cnn", "vit"):
        page.locator(f".st-key-gb-classify .gb-{family} .gb-colourbar").first.wait_for(timeout=WAIT_MS)
        page.wait_for_function(
            f"document.querySelector('.st-key-gb-classify .gb-{family}').getAttribute('aria-busy') === 'false'", timeout=WAIT_MS
        )


def test_a_photo_is_painted_twice_and_sliders_ask_nobody(page, url, tmp_path):
    opened(page, url)
    file = tmp_path / "<img src=x onerror=alert(1)>.png"
    rng = np.random.default_rng(5)
    Image.fromarray(rng.integers(0, 255, (6, 9, 3), dtype=np.uint8)).resize((640, 420), Image.BICUBIC).save(file)
    page.locator(".st-key-gb-classify input[type=file]").set_input_files(file)
    answered(page)
    assert page.inner_text(".st-key-gb-classify .gb-intake-lead") == file.name
    before = {family: painted(page, f".st-key-gb-classify .gb-{family} canvas.gb-map") for family in ("cnn", "vit")}
    assert all(len(np.unique(pixels)) > 50 for pixels in before.values())
    rest = quiet(page)
    slider = page.locator(".st-key-gb-classify").get_by_role("slider", name=say("classify.opacity"))
    slider.focus()
    for _ in range(20):
        slider.press("ArrowLeft")
    page.locator(".st-key-gb-classify").get_by_role("radio", name=say("classify.method_rollout")).check(force=True)
    page.wait_for_timeout(500)
    asked = asked_since(page, rest)
    assert asked == [], asked
    for family, pixels in before.items():
        assert not np.array_equal(painted(page, f".st-key-gb-classify .gb-{family} canvas.gb-map"), pixels), family


def test_boxes_follow_their_sliders_without_the_server(page, url):
    opened(page, url)
    page.get_by_role("tab", name=say("page.tab_detect")).click()
    page.locator(f'.gb-detect .gb-tile[title*="{say("examples.coffee")}"]').click()
    page.wait_for_function("document.querySelector('.gb-detect').dataset.kept > 0", timeout=WAIT_MS)
    rest = quiet(page)
    kept = int(page.locator(".gb-detect").get_attribute("data-kept"))
    slider = page.get_by_role("slider", name=re.compile(re.escape(say("detect.score"))))
    slider.focus()
    slider.press("Home")
    page.wait_for_timeout(300)
    assert int(page.locator(".gb-detect").get_attribute("data-kept")) > kept
    asked = asked_since(page, rest)
    assert asked == [], asked
    with page.expect_download() as download:
        page.get_by_role("button", name=say("detect.export_csv")).first.click()
    assert download.value.suggested_filename == "glassbox-detect.csv"
    assert download.value.path().read_text("utf-8").count("\n") > kept


def test_two_pictures_are_mixed_in_the_browser(page, url):
    opened(page, url)
    page.get_by_role("tab", name=say("page.tab_fuse")).click()
    page.locator(".gb-fuse-tile").filter(has_text=say("fuse.pair_alpha")).click()
    page.wait_for_function("!document.querySelector('.gb-fuse').classList.contains('gb-empty')", timeout=WAIT_MS)
    rest = quiet(page)
    before = painted(page, ".gb-fuse-picture")
    slider = page.get_by_role("slider", name=re.compile(re.escape(say("fuse.alpha"))))
    slider.focus()
    slider.press("Home")
    page.wait_for_timeout(300)
    assert not np.array_equal(painted(page, ".gb-fuse-picture"), before)
    asked = asked_since(page, rest)
    assert asked == [], asked


def test_a_lesson_sets_the_page_and_many_pictures_go_into_one_file(page, url, tmp_path):
    opened(page, url)
    page.locator(".gb-lessons-switch").click()  # beside the menu of Streamlit, whose bar lies over it
    page.locator(".gb-guide-lesson").filter(has_text=say("lessons.nms_title")).click()
    page.locator(".gb-guide-set").click()
    page.wait_for_function("document.querySelector('.gb-detect').dataset.kept > 0", timeout=WAIT_MS)
    assert page.locator("[role=tab][aria-selected=true]").inner_text() == say("page.tab_detect")
    slider = page.locator(".gb-detect").get_by_role("slider", name=re.compile(re.escape(say("detect.score"))))
    assert float(slider.input_value()) == 0.05
    page.locator(".gb-guide").get_by_role("button", name=say("guide.close")).click()
    Image.fromarray(examples.picture("coffee").rgb).save(tmp_path / "a.png")
    (tmp_path / "<img src=x onerror=alert(1)>.jpg").write_text("no picture")
    many = page.locator(".gb-many")
    many.locator("summary").click()
    many.locator("input[webkitdirectory]").set_input_files(tmp_path)
    many.get_by_role("button", name=say("detect.batch_start")).click()
    page.wait_for_function("(said) => document.querySelector('.gb-many [role=status]').textContent === said",
                           arg=say("detect.batch_done", done=2, of=2), timeout=WAIT_MS)  # fmt: skip
    rows = {row[0]: row[1:] for row in (line.split("\t") for line in many.locator("tbody").inner_text().splitlines())}
    assert rows["a.png"][1] == "1 cup" and rows["<img src=x onerror=alert(1)>.jpg"][0] == "0"
    with page.expect_download() as download:
        many.get_by_role("button", name=say("detect.export_coco")).click()
    assert [one["file_name"] for one in json.loads(download.value.path().read_text("utf-8"))["images"]] == ["a.png"]


def test_the_models_are_told_when_they_are_looked_at(page, url):
    opened(page, url)
    page.get_by_role("tab", name=say("page.tab_models")).click()
    page.locator(".gb-models tbody tr").first.wait_for()
    assert page.locator(".gb-models .gb-resident").count() >= 2  # those that load behind the page


def test_a_generator_is_sampled_and_known_ground_asks_nobody(page, drawn):
    page.goto(drawn)
    page.get_by_role("tab", name=say("page.tab_generate")).click()
    page.locator(".gb-gen-tile").first.wait_for(timeout=WAIT_MS)
    assert page.locator(".gb-gen-tile").count() == 16
    while not painted(page, ".gb-gen-strip").any():  # what lies around is not there yet: a busy machine takes its time over it
        page.wait_for_timeout(200)
    page.sent = []
    asked = quiet(page)
    before = painted(page, ".gb-gen-picture")
    slider = page.locator(".gb-gen-slider input").first
    slider.evaluate("(input) => { input.value = 1; input.dispatchEvent(new Event('input')) }")  # a drag: the hand has not let go yet
    page.wait_for_timeout(300)
    assert not np.array_equal(painted(page, ".gb-gen-picture"), before)
    assert asked_since(page, asked) == []


@pytest.mark.parametrize("scheme, width", [("light", 1366), ("dark", 1366), ("light", 360)])
def test_both_themes_can_be_read_and_fit(browser, url, scheme, width):
    context = browser.new_context(viewport={"width": width, "height": 768}, color_scheme=scheme)
    page = opened(watched(context), url)
    assert page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")
    for key in KEYS:
        page.get_by_role("tab", name=say(f"page.tab_{key}")).click()
        page.wait_for_timeout(500)
        measured = contrasts(page)
        assert len(measured) > 5 and measured[0][0] >= 4.5, (key, measured[:5])
        if key == "inside":  # filled: the tiles become a row that scrolls by itself
            page.locator(".st-key-gb-inside .gb-tile").first.click()
            page.locator(".st-key-gb-inside canvas").first.wait_for(timeout=WAIT_MS)
        room = "document.querySelector('[data-testid=stMain]')"  # what scrolls in Streamlit
        assert page.evaluate(f"Math.max(document.documentElement.scrollWidth, {room}.scrollWidth) <= innerWidth"), key
    assert page.errors == [] and page.outside == []
    context.close()
