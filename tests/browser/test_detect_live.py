"""The Detect tab of the real page with the real detector."""

from playwright.sync_api import expect

MOVE = """(value) => {
  const input = document.querySelector("#gb-detect [data-name=score]");
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def test_an_example_is_detected_and_sliders_ask_nobody(page, server_url):
    page.goto(server_url)
    page.get_by_role("tab", name="Detect").click()
    page.get_by_role("button", name="A motorcycle").first.locator("visible=true").click()
    said = page.locator("#gb-detect .gb-photo-said")
    expect(said).to_contain_text("1 motorcycle", timeout=120_000)
    page.wait_for_timeout(1500)  # what the page still fetches for itself
    page.requests.clear()
    kept = set()
    for value in (0.02, 0.05, 0.1, 0.3, 0.6, 0.99):
        page.evaluate(MOVE, value)
        page.wait_for_timeout(60)
        kept.add(said.inner_text())
    assert len(kept) >= 4
    assert [one for one in page.requests if "status" not in one] == []
    with page.expect_download() as download:
        page.locator("#gb-detect").get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "glassbox-detect.csv"
