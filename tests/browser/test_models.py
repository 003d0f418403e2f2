"""The Models tab on the page of made-up models: loading, downloading and cancelling in the open, hostile texts as texts."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import choose, watched
from tests.browser.contrast import contrasts
from tests.faces.live import Live
from vision.core.words import say


@pytest.fixture(scope="module")
def fake(browser) -> Iterator[Live]:
    one = Live("tests/faces/fake_page.py")
    yield one
    one.end()


def panel(page, url):
    """Open the Models tab and wait for its rows."""
    page.goto(url)
    choose(page, say("page.tab_models"))
    page.locator(".gb-model").first.wait_for()
    return page


def row(page, name):
    return page.get_by_role("row").filter(has=page.locator(f".gb-model-name:text-is('{name}')"))


def test_load_and_unload(page, fake):
    panel(page, fake.url)
    page.get_by_role("button", name="Load: Small CNN", exact=True).click()
    row(page, "Small CNN").get_by_text("In memory (cpu), 25.0 MB").wait_for()
    page.get_by_text(say("models.memory", held="25.0 MB", budget="60.0 MB")).wait_for()
    assert "loaded 1×" in row(page, "Small CNN").inner_text()
    page.get_by_role("button", name="Unload: Small CNN").click()
    row(page, "Small CNN").get_by_text(say("models.state_local")).wait_for()
    assert say("model.left_by_hand") in row(page, "Small CNN").inner_text()


def test_who_had_to_leave_says_for_whom(page, fake):
    panel(page, fake.url)
    for name in ("Small CNN", "Small ViT"):
        page.get_by_role("button", name=f"Load: {name}", exact=True).click()
        row(page, name).get_by_text("In memory").wait_for()
    page.get_by_role("button", name="Download: Far CNN").click()
    row(page, "Far CNN").get_by_text("In memory").wait_for()
    left = row(page, "Small CNN").inner_text()
    assert say("model.left_for", name="Far CNN") in left
    assert "evicted" in left
    page.get_by_role("button", name="Unload: Far CNN").click()
    row(page, "Far CNN").get_by_text("To download").wait_for()


def test_a_download_is_seen_by_all_and_cancelled_by_its_starter(page, browser, fake):
    panel(page, fake.url)
    page.get_by_role("button", name="Download: Endless CNN").click()
    row(page, "Endless CNN").get_by_text("Downloading: 5.50 MB of 22.0 MB").wait_for()
    context = browser.new_context()
    other = panel(watched(context), fake.url)
    assert "Downloading" in row(other, "Endless CNN").inner_text()
    assert row(other, "Endless CNN").get_by_role("button").count() == 0
    page.get_by_role("button", name="Cancel: Endless CNN").click()
    page.get_by_text(say("model.cancelled")).wait_for()
    row(page, "Endless CNN").get_by_text("To download").wait_for()
    assert other.errors == [] and other.outside == []
    context.close()


def test_a_model_that_breaks_is_a_sentence_and_the_rows_stay(page, fake):
    panel(page, fake.url)
    page.get_by_role("button", name="Load: Broken detector").click()
    page.get_by_text(say("model.broken", name="Broken detector")).wait_for()
    assert "secret" not in page.content()
    page.wait_for_timeout(500)  # the message has faded in
    assert contrasts(page, ".toast-wrap")[0][0] >= 4.5
    assert page.locator(".gb-model").count() == 5
    page.get_by_role("button", name="Load: Broken detector").wait_for()


def test_texts_of_the_catalogue_are_texts(page, fake):
    panel(page, fake.url)
    assert "<b>Bold</b> ${1+1} {{value}}" in row(page, "Small CNN").inner_text()
    assert page.locator("#gb-models b").count() == 0


def test_the_focus_stays_with_the_model(page, fake):
    panel(page, fake.url)
    focus = "document.activeElement.getAttribute('aria-label')"
    button = row(page, "Small ViT").get_by_role("button")
    button.focus()
    name = page.evaluate(focus)
    page.get_by_role("button", name=say("models.refresh")).evaluate("button => button.click()")
    page.wait_for_timeout(500)
    assert page.evaluate(focus) == name
    button.press("Enter")  # the button turns into its opposite, under the same finger
    page.wait_for_function(f"{focus} !== {name!r} && {focus} !== null")
    assert page.evaluate(focus).endswith(": Small ViT")


def test_a_panel_at_rest_asks_for_nothing(page, fake):
    panel(page, fake.url)
    page.wait_for_timeout(500)
    before = len(page.requests)
    page.wait_for_timeout(2000)
    assert len(page.requests) == before
