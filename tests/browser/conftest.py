"""One real server and one real Chromium for all browser tests; every page is watched.

Where no Chromium is on the machine the tests are skipped and say so; with CI set they fail instead.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import detect_page
from tests.faces.live import Live

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Other machines lie behind a proxy that is not there. Stopping them by playwright's `route` instead would send every request of every
# page through Python and turn the browser's cache off: a page took nearly twice as long to open.
CLOSED = ["--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1;localhost"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb", *CLOSED]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser: GLASSBOX_CHROMIUM, or the first one found on the machine."""
    found = os.environ.get("GLASSBOX_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        sentence = "no Chromium on this machine; install the package chromium to run the browser tests"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield one
        one.close()


@pytest.fixture(scope="session")
def live(chromium: str) -> Iterator[Live]:
    """The real page with the real engine, started once; asks for the browser first, so that a skip starts nothing."""
    one = Live("app.py")
    yield one
    one.end()


@pytest.fixture(scope="session")
def server_url(live: Live) -> str:
    return live.url


def is_local(url: str) -> bool:
    """Say whether an address is this machine's, or is no request at all (data:, blob:, about:)."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in ("127.0.0.1", "localhost")


def watched(context: BrowserContext) -> Page:
    """Return a new page of a context, with `outside` (addresses of other machines asked for in vain), `errors` (of the console)
    and `requests` (method and path of all that went to the server)."""
    page = context.new_page()
    page.outside, page.errors, page.requests = [], [], []  # type: ignore[attr-defined]

    def on_request(request):
        if not is_local(request.url):
            page.outside.append(request.url)
        elif request.url.startswith("http"):
            page.requests.append(f"{request.method} {urlsplit(request.url).path}")

    left = False

    def on_console(message):
        nonlocal left
        if message.type not in ("error", "warning"):
            return
        # Gradio gives up its open stream when its page is left for another, and calls that two errors.
        if message.text.startswith("AbortError: signal is aborted"):
            left = True
        elif left and message.text.startswith("Unexpected error Connection errored out"):
            left = False
        else:
            page.errors.append(message.text)

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.set_default_timeout(30_000)
    return page


def choose(page: Page, name: str) -> None:
    """Open a tab, from the menu of more tabs where the screen is too narrow for all of them."""
    page.locator("#gb-tabs [role=tab]").first.wait_for()
    tab = page.get_by_role("tab", name=name, exact=True)
    if tab.count() == 0 or not tab.is_visible():
        page.get_by_role("button", name="More tabs").click()
        tab = page.locator(".overflow-dropdown").get_by_text(name, exact=True)
    tab.click()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh visitor at 1366 x 768; at the end nothing may have gone outside and the console has to be clean.

    A test that provokes an error on purpose empties `page.errors` itself.
    """
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme="light")
    one = watched(context)
    yield one
    # Copied before closing: Gradio gives up its open streams when it is left and calls that an error.
    outside, errors = list(one.outside), list(one.errors)
    context.close()
    assert outside == []
    assert errors == []


@pytest.fixture
def widget(page: Page) -> Iterator[Callable[..., Page]]:
    """Open the Detect widget alone with panels; returns the page once the boxes are drawn."""
    stops = []

    def open_page(*panels, query="", data=None, **facts):
        url, stop = detect_page.serve(data or detect_page.value(*panels, **facts))
        stops.append(stop)
        page.goto(url + query)
        if panels:
            page.wait_for_selector(".gb-detect[data-kept]")
        return page

    yield open_page
    for stop in stops:
        stop()
