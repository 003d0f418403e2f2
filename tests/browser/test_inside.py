"""The Inside tab in a real browser over the bundled nets: every look is local, and the numbers are the net's own."""

import re

import numpy as np
import pytest

from tests.browser.conftest import watched
from tests.browser.contrast import contrasts
from tests.faces.live import Live
from vision.core.words import say
from vision.engine import Engine
from vision.faces import examples

VIEWS = ("cnn", "vit", "sums", "hand")
ROOT = ".gb-inside"


def opened(page, url, example="chelsea"):
    page.goto(url)
    tab = page.get_by_role("tab", name=say("page.tab_inside"))
    page.get_by_role("heading", name=say("page.title")).wait_for()
    if tab.count() == 0 or not tab.is_visible():
        page.get_by_role("button", name="More tabs").click()
        tab = page.locator(".overflow-dropdown").get_by_text(say("page.tab_inside"))
    tab.click()
    page.locator(f"{ROOT} .gb-tile", has_text=say(f"examples.{example}")).click()
    ready(page)
    return page


def ready(page):
    """Wait until both nets' material is here and nothing is on its way."""
    page.locator(f"{ROOT} .gb-sheet-map").first.wait_for(timeout=60_000, state="attached")
    page.locator(f"{ROOT} .gb-lens-table tr").first.wait_for(timeout=60_000, state="attached")
    before = -1
    while before != asked(page):
        before = asked(page)
        page.wait_for_timeout(500)


def asked(page):
    """Count what went to the server; the page's own line of what is loading may still be asking."""
    return sum(not request.endswith("/glassbox/status") for request in page.requests)


def view(page, key):
    page.locator(f"{ROOT} .gb-inside-body > .gb-radios input[value={key}]").check(force=True)


def layer(page, name, number=0):
    label = say(f"inside.kind_{name}", number=number)
    page.locator(f"{ROOT} .gb-inside-layers label", has_text=re.compile(f"^{label}$")).locator("input").check(force=True)


def text(page, name):
    return page.locator(f"{ROOT} {name}").first.inner_text()


def model(page, key):
    page.locator(f"{ROOT} .gb-inside-head select").first.select_option(key)
    page.wait_for_function(f"document.querySelectorAll('{ROOT} .gb-inside-layers input').length === 9", timeout=60_000)
    ready(page)


def at_place(page):
    """Return channel, row, column (from 0) and the value that the caption names."""
    found = re.fullmatch(r"Channel (\d+), row (\d+), column (\d+): (\S+)\.", text(page, ".gb-inside-trio figcaption:not(.gb-muted)"))
    return *(int(found[n]) - 1 for n in (1, 2, 3)), float(found[4])


def test_every_number_that_is_followed_is_the_nets_own(page, server_url):
    opened(page, server_url)
    picture, engine = examples.picture("chelsea"), Engine()
    model(page, "cnn-cifar10")
    layers = engine.layers(picture, "cnn-cifar10").layers
    before = asked(page)
    for number in (1, 2, 3):
        for kind in ("conv", "act", "pool"):
            layer(page, kind, number)
            own = layers[3 * (number - 1) + ("conv", "act", "pool").index(kind)]
            values = own.values if own.values is not None else np.clip(layers[3 * (number - 1)].values, *own.limits)
            for n in (0, 5):
                page.locator(f"{ROOT} .gb-sheet-map").nth(n).click()
                page.locator(f"{ROOT} .gb-plane").first.focus()
                page.keyboard.press("ArrowRight")
                channel, row, column, value = at_place(page)
                assert channel == own.channels[n]
                assert value == pytest.approx(float(values[n, row, column]), rel=6e-3, abs=1e-3)
                check = page.locator(f"{ROOT} .gb-walk-check")
                assert check.get_attribute("data-same") == "true", check.inner_text()
                stated = float(re.search(r"here is (-?[\d.]+):", check.inner_text())[1])
                before_act = layers[3 * (number - 1)].values[n, row, column] if kind == "act" else values[n, row, column]
                assert stated == pytest.approx(float(before_act), abs=6e-4)
    assert asked(page) == before


def test_the_stem_of_efficientnet_is_followed_on_the_photo_itself(page, server_url):
    opened(page, server_url)
    before = asked(page)
    shown = page.locator(f"{ROOT} .gb-map").first
    box = shown.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    first = text(page, ".gb-walk-parts")
    assert page.locator(f"{ROOT} .gb-walk-check").get_attribute("data-same") == "true"
    assert page.locator(f"{ROOT} .gb-walk .gb-numbers").count() == 6
    assert "Batch normalisation" in text(page, ".gb-walk-line")
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    assert text(page, ".gb-walk-parts") != first
    layer(page, "act", 1)
    assert "ReLU6" in text(page, ".gb-walk-line")
    layer(page, "stage", 5)
    assert text(page, ".gb-walk-title") == say("inside.walk_none")
    assert page.locator(f"{ROOT} .gb-sheet-map").count() == 128
    page.get_by_text(say("inside.scale_one")).click()
    assert asked(page) == before


def test_the_lens_ends_with_the_nets_own_answer_and_every_place_is_local(page, server_url):
    opened(page, server_url)
    view(page, "vit")
    tokens = Engine().tokens(examples.picture("chelsea"), "vit-hybrid")
    labels = Engine().catalog["vit-hybrid"].labels
    rows = page.locator(f"{ROOT} .gb-lens-table tr").all_inner_texts()
    assert len(rows) == len(tokens.lens)
    for said, logits in zip(rows, tokens.lens, strict=True):
        assert labels[int(logits.argmax())].split(",")[0] in said.split(",")[0]
    before = asked(page)
    photo = page.locator(f"{ROOT} .gb-token .gb-map")
    photo.focus()
    page.keyboard.press("ArrowRight")
    assert say("inside.token_here", row=6, column=7) in text(page, ".gb-token")
    page.locator(f"{ROOT} .gb-lens-table button").nth(1).click()
    assert page.locator(f"{ROOT} .gb-token input[type=range]").input_value() == "1"
    page.get_by_text(say("inside.who_place"), exact=True).click()
    assert "comes from itself" in page.locator(f"{ROOT} .gb-token").nth(3).inner_text()
    place = 5 * 10 + 6
    share = tokens.attention[0, 1 + place, 1 + place] * tokens.scale[0, 1 + place] / 255
    assert f"{float(f'{100 * share:.2g}'):g}\u00a0%" in page.locator(f"{ROOT} .gb-token").nth(3).inner_text()
    assert say("inside.about_places", rows=10, columns=10, count=100) == text(page, "section:not([hidden]) .gb-inside-about")
    assert asked(page) == before


def test_temperature_and_the_right_answer_ask_nobody(page, server_url):
    opened(page, server_url)
    view(page, "sums")
    before = asked(page)
    logits = Engine().forward(examples.picture("chelsea"), "efficientnet-lite0").logits.astype(float)

    def shares(temperature):
        grown = np.exp((logits - logits.max()) / temperature)
        return np.sort(grown / grown.sum())[::-1]

    def first():
        return float(re.search(r"([\d.]+)\s%", page.locator(f"{ROOT} .gb-sums-table tbody tr").first.inner_text())[1])

    assert first() == pytest.approx(100 * shares(1)[0], abs=0.6)
    heat = page.locator(f"{ROOT} .gb-inside-part:not([hidden]) input[type=range]")
    for power in (-1, 0.5, 1):
        heat.evaluate("(input, value) => { input.value = value; input.dispatchEvent(new Event('input')) }", str(power))
        assert first() == pytest.approx(100 * shares(10**power)[0], abs=0.6)
    page.locator(f"{ROOT} .gb-sums select").select_option("2")
    cost = float(re.search(r"= ([\d.]+) nats", page.locator(f"{ROOT} .gb-sums .gb-sentences").nth(1).inner_text())[1])
    assert cost == pytest.approx(-np.log(shares(10)[2]), abs=0.006)
    page.get_by_text(say("classify.vit_title"), exact=True).filter(visible=True).click()
    assert asked(page) == before


def test_convolution_by_hand_with_own_numbers_by_keyboard(page, server_url):
    opened(page, server_url)
    view(page, "hand")
    before = asked(page)
    grid = page.locator(f"{ROOT} .gb-hand-grid")

    def table(n):
        return [[float(cell) for cell in line.split("\t")] for line in grid.nth(n).locator("tbody").inner_text().strip().split("\n")]

    for pad in (0, 1, 2):
        for stride in (1, 2, 3):
            page.locator(f"{ROOT} .gb-radios", has_text=say("inside.padding")).locator(f"input[value='{pad}']").check(force=True)
            page.locator(f"{ROOT} .gb-radios", has_text=say("inside.stride")).locator(f"input[value='{stride}']").check(force=True)
            given, made = np.array(table(0)), np.array(table(1))
            assert given.shape == (8 + 2 * pad,) * 2 and made.shape == ((8 + 2 * pad - 3) // stride + 1,) * 2
            kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
            windows = np.lib.stride_tricks.sliding_window_view(given, (3, 3))[::stride, ::stride]
            assert np.array_equal(made, (windows * kernel).sum((2, 3)))
    page.locator(f"{ROOT} .gb-hand-kernel input").nth(4).fill("2.5")
    assert page.locator(f"{ROOT} .gb-inside-part:not([hidden]) select").input_value() == "own"
    assert "·2.5" in text(page, ".gb-inside-part:not([hidden]) .gb-walk-line")
    grid.nth(1).focus()
    page.keyboard.press("ArrowRight")
    assert text(page, ".gb-inside-part:not([hidden]) .gb-walk-line").startswith("Row 1, column 2:")
    page.get_by_role("button", name=say("inside.hand_back")).click()
    assert page.get_by_role("button", name=say("inside.hand_back")).is_disabled()
    page.locator(f"{ROOT} .gb-hand .gb-plane").first.focus()
    corner = table(0)
    page.keyboard.press("ArrowDown")
    assert table(0) != corner
    assert asked(page) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser, server_url, scheme):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    page = opened(watched(context), server_url)
    for key in VIEWS:
        view(page, key)
        measured = contrasts(page)
        assert measured[0][0] >= 4.5, (key, measured[:5])
    assert page.errors == [] and page.outside == []
    context.close()


def test_the_main_thing_is_there_without_a_scroll_and_nothing_is_wider_than_a_phone(browser, page, server_url):
    opened(page, server_url)
    for name in (".gb-sheet", ".gb-plane", ".gb-map", ".gb-walk .gb-numbers"):
        box = page.locator(f"{ROOT} {name}").first.bounding_box()
        assert box["y"] + box["height"] <= 768, name
    context = browser.new_context(viewport={"width": 360, "height": 740})
    phone = opened(watched(context), server_url)
    for key in VIEWS:
        view(phone, key)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360, key
    context.close()


@pytest.fixture(scope="module")
def random_url(chromium):
    live = Live("tests/browser/classify_page.py")
    yield live.url
    live.end()


def test_a_net_with_fewer_layers_takes_the_place_of_one_with_more(page, random_url):
    """Lists in the widget's value become shorter here, inside and out."""
    opened(page, random_url)
    names = page.locator(f"{ROOT} .gb-inside-layers label")
    assert names.all_inner_texts() == ["Convolution 1", "Activation 1", *(f"Stage {n}" for n in range(1, 6)), "Last map"]
    page.locator(f"{ROOT} .gb-inside-head select").first.select_option("cnn-random")
    page.wait_for_function(f"document.querySelectorAll('{ROOT} .gb-inside-layers label').length === 6", timeout=60_000)
    assert names.all_inner_texts() == ["Convolution 1", *(f"Stage {n}" for n in range(1, 6))]
    assert page.locator(f"{ROOT} .gb-walk-check").get_attribute("data-same") == "true"
    before = asked(page)
    sheet = page.locator(f"{ROOT} .gb-sheet-map")
    sheet.nth(0).click()
    page.keyboard.press("ArrowRight")
    assert at_place(page)[0] == 1
    page.keyboard.press("ArrowDown")
    assert at_place(page)[0] == 1 + 6  # 16 maps stand six to a line
    assert asked(page) == before


def test_a_transformer_of_raw_patches_shows_patches(page, random_url):
    opened(page, random_url)
    view(page, "vit")
    assert text(page, "section:not([hidden]) .gb-inside-about") == say("inside.about_cut", rows=14, columns=14, count=196, width=192)
    assert page.locator(f"{ROOT} .gb-lens-table tr").count() == 13
    assert "16 x 16 x 3 = 768" in page.locator(f"{ROOT} .gb-token").nth(1).inner_text()
    page.locator(f"{ROOT} .gb-inside-head select").nth(1).select_option("vit-pooled")
    page.get_by_text(say("inside.token_no_position")).wait_for(timeout=60_000)
    assert page.get_by_text(say("inside.who_mean_places"), exact=True).is_visible()
    assert page.locator(f"{ROOT} .gb-token-stripe").filter(visible=True).count() == 1


def test_play_goes_through_all_places_and_stops(page, random_url):
    opened(page, random_url)
    view(page, "hand")
    page.locator(f"{ROOT} .gb-radios", has_text=say("inside.stride")).locator("input[value='3']").check(force=True)
    page.get_by_role("button", name=say("inside.hand_play"), exact=True).click()
    page.wait_for_function(f"document.querySelector('{ROOT} .gb-hand-line').textContent.startsWith('Row 2, column 2')")
    page.get_by_role("button", name=say("inside.hand_play"), exact=True).wait_for()
