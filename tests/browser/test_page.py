"""The page as visitors meet it: complete without the internet, readable in both themes, by keyboard, after a restart."""

import re

import pytest

from tests.browser.conftest import choose, watched
from tests.browser.contrast import contrasts
from tests.faces.live import Live
from vision.core.words import say
from vision.engine import Engine
from vision.faces.desks.table import tabs

NAMES = [say(f"page.tab_{key}") for key in tabs(Engine())]


def opened(page, url):
    page.goto(url)
    page.get_by_role("heading", name=say("page.title")).wait_for()
    return page


def quiet(page, tries=30):
    """Wait until a second passes without a request: the models may be there before the page's own modules are."""
    for _ in range(tries):
        before = len(page.requests)
        page.wait_for_timeout(1000)
        if len(page.requests) == before:
            return
    raise AssertionError(f"a page that never rests: {page.requests[-10:]}")


def test_the_page_is_complete_and_asks_nobody_else(page, server_url):
    opened(page, server_url)
    for name in NAMES:
        page.get_by_role("tab", name=name).wait_for()
    assert page.title() == say("page.title")
    assert say("page.lead") in page.inner_text(".gb-header")
    assert page.locator("footer button").filter(visible=True).all_inner_texts() == ["Use via API"]  # nothing else of the framework's
    assert not any("/glassbox/web/" not in asked and asked.endswith(".js") and "/assets/" not in asked and "/static/" not in asked
                   for asked in page.requests)  # fmt: skip


def test_a_page_at_rest_asks_for_no_frames(page, server_url):
    page.add_init_script("""window.frames_asked = 0;
      const ask = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (work) => (window.frames_asked++, ask(work));""")
    opened(page, server_url)
    page.wait_for_function("document.querySelector('.gb-status').dataset.state === 'done'", timeout=120_000)
    page.wait_for_timeout(4000)
    before = page.evaluate("window.frames_asked")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.frames_asked") == before
    page.get_by_role("button", name=say("examples.coffee")).click()  # and it still draws
    page.wait_for_function("document.querySelector('.gb-strip').textContent")
    assert page.evaluate("window.frames_asked") > before
    page.wait_for_timeout(2000)
    before = page.evaluate("window.frames_asked")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.frames_asked") == before


def test_no_address_holds_a_path_of_the_machine(page, server_url):
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    opened(page, server_url)
    page.get_by_role("tab", name=say("page.tab_models")).click()
    page.wait_for_timeout(300)
    assert addresses
    assert not [address for address in addresses if re.search(r"/(home|root|tmp|usr|Users)/", address)]


def test_the_line_of_what_is_loading_ends(page, server_url):
    opened(page, server_url)
    page.wait_for_function("['done', 'failed'].includes(document.querySelector('.gb-status').dataset.state)", timeout=120_000)
    assert page.evaluate("document.querySelector('.gb-status').dataset.state") == "done", page.inner_text(".gb-status")
    quiet(page)
    before = len(page.requests)
    page.wait_for_timeout(2500)
    assert page.requests[before:] == []  # a page at rest asks for nothing


@pytest.mark.parametrize("width", [360, 1366])
def test_an_address_opens_its_tab_wherever_it_lies(browser, server_url, width):
    context = browser.new_context(viewport={"width": width, "height": 768})
    page = opened(watched(context), f"{server_url}/#generate=")
    page.locator(".gb-gen-tile").first.wait_for(timeout=60_000)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(browser, server_url, scheme):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    page = opened(watched(context), server_url)
    assert page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")
    for name in NAMES:
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(500)
        measured = contrasts(page)
        assert len(measured) > 5
        assert measured[0][0] >= 4.5, (name, measured[:5])
    context.close()


def test_the_theme_can_be_switched(page, server_url):
    opened(page, server_url)
    ground = "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name=say("page.theme_dark")).click()
    page.get_by_role("button", name=say("page.theme_light")).wait_for()
    assert page.evaluate(ground) != light
    assert contrasts(page)[0][0] >= 4.5


def test_the_projector_switch_by_key_and_not_while_typing(page, server_url):
    opened(page, server_url)
    size = "parseFloat(getComputedStyle(document.querySelector('.gb-name h1')).fontSize)"
    before = page.evaluate(size)
    page.keyboard.press("p")
    assert page.evaluate(size) > before
    assert page.get_by_text(say("page.lead")).is_hidden()
    page.keyboard.press("P")
    assert page.evaluate(size) == before
    page.evaluate("document.querySelector('.gb-header').append(document.createElement('input'))")
    page.locator(".gb-header input").press("p")
    assert page.evaluate(size) == before


def test_the_keyboard_reaches_every_tab(page, server_url):
    opened(page, server_url)
    reached = set()
    for _ in range(10 + len(NAMES)):
        page.keyboard.press("Tab")
        role, name = page.evaluate("[document.activeElement.getAttribute('role'), document.activeElement.textContent.trim()]")
        if role == "tab":
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", "the focus has to be seen"
            page.keyboard.press("Enter")
            page.wait_for_function("document.activeElement.getAttribute('aria-selected') === 'true'")
            reached.add(name)
    assert reached == set(NAMES)


def test_what_could_not_be_sent_is_said_in_the_head_unless_the_widget_says_it(page, server_url):
    opened(page, server_url)
    send = (
        "detail => document.querySelector('.gb-header').dispatchEvent(new CustomEvent('gb-say', {bubbles: true, cancelable: true, detail}))"
    )
    page.wait_for_function("document.querySelector('.gb-status').dataset.state === 'done'", timeout=120_000)
    page.evaluate("document.querySelector('.gb-header').addEventListener('gb-say', event => event.preventDefault(), {once: true})")
    page.evaluate(send, "said elsewhere")
    assert "said elsewhere" not in page.inner_text(".gb-header")
    page.evaluate(send, "<b>not sent</b>")
    assert "<b>not sent</b>" in page.inner_text(".gb-status")


def test_a_second_visitor_gets_a_page_too(page, browser, server_url):
    opened(page, server_url)
    context = browser.new_context()
    second = opened(watched(context), server_url)
    assert second.outside == [] and second.errors == []
    context.close()


@pytest.mark.parametrize("width", [360, 1024, 1366])
def test_nothing_is_wider_than_the_screen(browser, server_url, width):
    context = browser.new_context(viewport={"width": width, "height": 768})
    page = opened(watched(context), server_url)
    for name in NAMES:
        choose(page, name)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    context.close()


def test_after_a_restart_a_sentence_and_then_the_page_works(browser):
    live = Live("tests/faces/fake_page.py")
    context = browser.new_context()
    page = watched(context)
    try:
        opened(page, live.url)
        page.get_by_role("tab", name=say("page.tab_models")).click()
        page.get_by_role("button", name=say("models.refresh")).wait_for()
        live.end()
        page.get_by_role("button", name=say("models.refresh")).evaluate("button => button.click()")  # a message may lie over it
        page.get_by_text(re.compile("connection to the server was lost", re.IGNORECASE)).wait_for()
        live = Live("tests/faces/fake_page.py", port=live.port)
        page.get_by_text(re.compile("connection to the server was lost", re.IGNORECASE)).wait_for(state="detached")
        page.get_by_role("tab", name=say("page.tab_models")).click()
        page.get_by_role("button", name=say("models.refresh")).click()
        page.locator(".gb-model").first.wait_for()
    finally:
        context.close()
        live.end()


def test_a_model_that_does_not_load_is_said(browser):
    live = Live("tests/faces/fake_page.py", FAKE_WARMUP="fails")
    context = browser.new_context()
    try:
        page = opened(watched(context), live.url)
        sentence = say("page.load_failed", name=say("page.default_cnn"), sentence=say("page.load_broken"))
        page.get_by_text(sentence).wait_for()
        assert "Traceback" not in page.inner_text("body")
    finally:
        context.close()
        live.end()


def test_behind_a_path_prefix(browser):
    """A proxy that serves the page below a prefix, and takes the prefix off: every address follows."""
    prefix = "/vision/room"
    live = Live("tests/faces/fake_page.py", GRADIO_ROOT_PATH=prefix)
    context = browser.new_context()
    page = watched(context)
    context.route(f"{live.url}{prefix}/**", lambda route: route.continue_(url=route.request.url.replace(prefix, "", 1)))
    try:
        opened(page, f"{live.url}{prefix}/")
        page.get_by_role("tab", name=say("page.tab_models")).click()
        page.locator(".gb-model").first.wait_for()
        assert page.errors == []
        paths = {asked.split()[1] for asked in page.requests if "/glassbox/" in asked}
        assert paths
        assert all(path.startswith(f"{prefix}/glassbox/") for path in paths)
    finally:
        context.close()
        live.end()
