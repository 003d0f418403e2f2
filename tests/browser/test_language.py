"""The page in Chinese: by address and by the browser's own setting, whole, with names of classes; and back."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import watched
from vision.core.words import say, words
from vision.models import labels

# what a visitor reads of all that is there, hidden parts too: names, titles and placeholders as well as texts
READ = """() => {
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    if (["SCRIPT", "STYLE"].includes(one.tagName)) continue;
    for (const node of one.childNodes) if (node.nodeType === Node.TEXT_NODE) found.push(node.data.trim());
    for (const name of ["aria-label", "title", "placeholder"]) if (one.hasAttribute(name)) found.push(one.getAttribute(name).trim());
  }
  return found.filter(Boolean);
}"""
ENGLISH = {
    text: key for key, text in words("en").items() if text != words("zh")[key] and "{" not in text and key.partition(".")[0] != "cli"
}


def opened(page: Page, tab: str) -> None:
    page.locator(f'[role="tab"][data-tab-id="{tab}"]').dispatch_event("click")  # on a phone it may be in Gradio's menu
    expect(page.locator(f"#gb-{tab} .gb-widget > *").first).to_be_visible()


def said_in_english(page: Page) -> list[str]:
    """Return the sentences of the English words file that stand on the page."""
    texts = page.evaluate(READ)
    assert not [text for text in texts if "⟦" in text]
    return sorted({ENGLISH[text] for text in texts if text in ENGLISH} - {"page.language"})


@pytest.fixture
def chinese(browser: Browser, server_url: str):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = watched(context)
    page.goto(server_url)
    yield page
    errors, outside = page.errors, page.outside
    context.close()
    assert (errors, outside) == ([], [])


def test_the_browsers_language_is_the_pages(chinese):
    expect(chinese.locator(".gb-name p")).to_have_text(say("page.lead", "zh"))
    assert chinese.locator("html").get_attribute("lang") == "zh-CN"


def test_the_whole_page_is_chinese_and_back_in_english_by_its_switch(page, server_url):
    page.goto(f"{server_url}/?lang=zh")
    expect(page.locator(".gb-name p")).to_have_text(say("page.lead", "zh"))
    tabs = page.locator("#gb-tabs [role=tab]").evaluate_all("tabs => tabs.map((tab) => tab.dataset.tabId).filter(Boolean)")
    assert {"classify", "detect", "models"} <= set(tabs)
    for tab in dict.fromkeys(tabs):
        opened(page, tab)
    assert said_in_english(page) == []
    page.locator(".gb-languages a", has_text="English").click()
    expect(page.locator(".gb-name p")).to_have_text(say("page.lead", "en"))
    assert page.locator("html").get_attribute("lang") == "en"
    assert {"page.lead", "page.tab_classify", "page.present"} <= set(said_in_english(page))
    expect(page.locator(".gb-languages a")).to_have_text("中文")


def test_classes_and_what_is_computed_are_chinese(page, server_url):
    page.goto(f"{server_url}/?lang=zh")
    page.locator("#gb-classify button:has(img)").first.click()
    names = {label.say("zh") for label in labels.read("imagenet-1k")}
    for side in ("cnn", "vit"):
        expect(page.locator(f".gb-{side} .gb-bar-label").first).to_have_text(re.compile("[\u4e00-\u9fff]"), timeout=120_000)
        assert set(page.locator(f".gb-{side} .gb-bar-label").all_inner_texts()) <= names
    expect(page.locator(".gb-strip")).to_contain_text("CNN")
    assert said_in_english(page) == []
    opened(page, "detect")
    page.locator("#gb-detect button:has(img)").first.click()
    expect(page.locator("#gb-detect")).to_contain_text("猫", timeout=120_000)
    assert said_in_english(page) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_head_fits_a_phone(browser, server_url, lang):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = watched(context)
    page.goto(f"{server_url}/?lang={lang}")
    expect(page.locator(".gb-languages a")).to_be_visible(timeout=30_000)
    page.locator(".gb-class-switch").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    heights = page.locator(".gb-switches .gb-button").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert max(heights) - min(heights) <= 2
    context.close()
