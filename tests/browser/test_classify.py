"""The Classify tab as visitors meet it: the real page over real nets (see classify_page.py)."""

import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from tests.browser.classify_stage import photo
from tests.browser.conftest import watched
from tests.browser.test_classify_parity import decoded, settle
from tests.faces.live import Live
from vision.core import heat
from vision.core.words import say

BOTH = "document.querySelector('.gb-strip').textContent && document.querySelectorAll('.gb-thumbnail').length"


@pytest.fixture(scope="module")
def live(chromium):
    one = Live("tests/browser/classify_page.py")
    yield one
    one.end()


@pytest.fixture
def opened(page, live):
    page.goto(live.url)
    page.locator(".gb-tile").first.wait_for()
    return page


def png(seed=0):
    out = io.BytesIO()
    Image.fromarray(np.roll(photo(480, 360), 40 * seed, axis=1)).save(out, "PNG")
    return out.getvalue()


def drop(page, name, content):
    page.locator(".gb-intake input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})


def shown(page, name):
    """Wait until both nets have answered about a photo of this name."""
    page.wait_for_function("(name) => document.querySelector('.gb-intake-lead').textContent === name", arg=name, timeout=120_000)
    page.wait_for_function(BOTH, timeout=120_000)
    page.wait_for_function("document.querySelector('.gb-step').textContent === ''", timeout=120_000)
    settle(page)


@pytest.fixture
def seen(opened):
    """A page with a photo that both nets have answered."""
    drop(opened, "drawn.png", png())
    shown(opened, "drawn.png")
    return opened


def test_an_example_is_one_click(opened):
    opened.get_by_role("button", name=say("examples.chelsea")).click()
    shown(opened, "chelsea.png")
    assert "cat" in opened.inner_text(".gb-cnn .gb-bars")
    for family in ("cnn", "vit"):
        assert opened.locator(f".gb-{family} .gb-bar").count() == 5
        canvas = opened.locator(f".gb-{family} canvas.gb-map")
        assert decoded(canvas.evaluate("(canvas) => canvas.toDataURL()")).std() > 10
        box = canvas.bounding_box()
        assert box["y"] + box["height"] < 768  # both maps are seen without a scroll
    assert opened.locator(".gb-vit .gb-sentences").inner_text()


def test_a_bad_file_is_one_sentence_and_the_old_result_stays(seen):
    before = seen.inner_text(".gb-strip")
    drop(seen, "notes.png", b"this is no picture")
    seen.wait_for_function("document.querySelector('.gb-said').textContent")
    sentence = seen.inner_text(".gb-said")
    assert sentence.endswith(".") and "Traceback" not in sentence and "/" not in sentence
    assert seen.inner_text(".gb-strip") == before and seen.inner_text(".gb-intake-lead") == "drawn.png"
    assert seen.locator(".gb-step").is_hidden()
    drop(seen, "again.png", png(1))
    shown(seen, "again.png")
    assert seen.locator(".gb-said").is_hidden()


def test_the_newest_of_many_photos_wins(opened):
    for turn in range(4):
        drop(opened, f"photo {turn}.png", png(turn))
        opened.wait_for_timeout(60)
    shown(opened, "photo 3.png")
    answers = opened.inner_text(".gb-cnn .gb-bars")
    opened.wait_for_timeout(1500)
    assert opened.inner_text(".gb-intake-lead") == "photo 3.png" and opened.inner_text(".gb-cnn .gb-bars") == answers


def test_another_class_by_name_and_one_minus_another(seen):
    target = seen.locator(".gb-cnn").get_by_label(say("classify.target"), exact=True)
    target.fill("teapot")
    target.press("Enter")
    title = say("classify.title_gradcam", label="teapot")
    seen.wait_for_function("(title) => document.querySelector('.gb-cnn .gb-caption').textContent.includes(title)", arg=title)
    against = seen.locator(".gb-cnn").get_by_label(say("classify.against"), exact=True)
    against.fill("beagle")
    against.press("Enter")
    title = say("classify.title_minus", label="teapot", against="beagle").split("”")[0]
    seen.wait_for_function("(title) => document.querySelector('.gb-cnn .gb-caption').textContent.includes(title)", arg=title)
    target.fill("unicorn of the north")
    target.press("Enter")
    seen.wait_for_function("document.querySelector('.gb-said').textContent.includes('unicorn')")
    assert title in seen.inner_text(".gb-cnn .gb-caption")


def test_relevance_of_a_class(seen):
    seen.locator(".gb-vit .gb-bar").nth(2).click()
    label = seen.locator(".gb-vit .gb-bar-label").nth(2).inner_text()
    wanted = re.compile(f"“{re.escape(label)}")
    seen.locator(".gb-vit .gb-caption").filter(has_text=wanted).wait_for()
    assert seen.get_by_role("radio", name="Relevance").is_checked()


def test_another_model_and_one_without_a_map_and_one_that_is_out_of_reach(seen):
    menu = seen.locator(".gb-vit").get_by_label(say("classify.model"))
    menu.select_option("vit-pooled")
    seen.locator(".gb-vit .gb-caption").filter(has_text=say("classify.who_mean")).wait_for()
    menu.select_option("swin-random")
    seen.locator(".gb-vit .gb-caption").filter(has_text=say("explain.no_map", model="Random Swin")).wait_for()
    menu.select_option("far")
    assert say("classify.offer", name="Far ViT", size="88.0 MB") in seen.inner_text(".gb-vit .gb-offer")
    assert seen.inner_text(".gb-cnn .gb-caption").startswith("Evidence")


def test_the_test_of_a_map_and_stopping_it(seen):
    curve = seen.locator(".gb-cnn .gb-curve")
    curve.get_by_role("button", name=say("classify.curve_ask")).click()
    seen.wait_for_function("document.querySelector('.gb-cnn .gb-curve figcaption').textContent", timeout=180_000)
    assert re.search(r"\d\s%", curve.locator("figcaption").inner_text())
    other = seen.locator(".gb-vit .gb-curve")
    other.get_by_role("button", name=say("classify.curve_ask")).click()
    other.get_by_role("button", name=say("classify.curve_stop")).click()
    other.get_by_text(say("classify.curve_stopped")).wait_for()


def test_files_to_keep(seen):
    seen.get_by_label(say("classify.opacity"), exact=True).fill("1")
    saved = {}
    for kind in ("png_cnn", "png_vit", "csv", "json"):
        with seen.expect_download() as found:
            seen.locator(".gb-saves").get_by_role("button", name=say(f"classify.save_{kind}"), exact=True).click()
        saved[kind] = (found.value.suggested_filename, found.value.path().read_bytes())
    names = [name for name, _ in saved.values()]
    assert names == [f"glassbox-{what}" for what in ("cnn.png", "vit.png", "classify.csv", "classify.json")]
    picture = np.array(Image.open(io.BytesIO(saved["png_cnn"][1])))
    assert picture.shape[1] == 480 and picture.shape[0] > 360  # the photo's own size, and a bar below
    answer = json.loads(saved["json"][1])
    assert answer["picture"]["width"] == 480 and set(answer) == {"picture", "cnn", "vit"}
    low, high = answer["cnn"]["explain"]["range"]
    grid = np.array(answer["cnn"]["explain"]["grid"])
    assert np.allclose(np.array(answer["cnn"]["explain"]["values"]), low + grid * (high - low))
    want = heat.compose(photo(480, 360), grid, tuple(answer["cnn"]["explain"]["seen"]), heat.tables()["viridis"], 255)
    assert np.abs(picture[:360].astype(int) - want).max() <= 1
    rows = list(csv.DictReader(io.StringIO(saved["csv"][1].decode())))
    assert {row["part"] for row in rows} == {"answer", "map"} and {row["family"] for row in rows} == {"cnn", "vit"}
    places = [row for row in rows if row["part"] == "map" and row["family"] == "cnn"]
    assert len(places) == grid.size and float(places[-1]["value"]) == answer["cnn"]["explain"]["values"][-1][-1]


def test_view_controls_of_the_real_page_make_no_request(seen):
    before = len(seen.requests)
    for name in ("Layer", "Head", "Opacity"):
        control = seen.get_by_label(name, exact=True)
        control.focus()
        for key in ("ArrowRight", "End", "Home"):
            control.press(key)
    box = seen.locator(".gb-vit canvas.gb-map").bounding_box()
    for step in range(10):
        seen.mouse.move(box["x"] + 20 + 25 * step, box["y"] + 20 + 15 * step)
        settle(seen)
    seen.locator(".gb-thumbnail").nth(5).click()
    seen.get_by_label("One scale for both").check()
    settle(seen)
    seen.wait_for_timeout(300)
    assert seen.requests[before:] == []


def test_two_visitors_see_their_own_photo(seen, browser, live):
    context = browser.new_context()
    other = watched(context)
    other.goto(live.url)
    other.locator(".gb-tile").first.wait_for()
    drop(other, "theirs.png", png(3))
    shown(other, "theirs.png")
    assert seen.inner_text(".gb-intake-lead") == "drawn.png"
    ours, theirs = (one.evaluate("document.querySelector('.gb-intake-photo').src") for one in (seen, other))
    assert ours != theirs
    context.close()
