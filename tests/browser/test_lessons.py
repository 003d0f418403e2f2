"""The lessons as a class walks them: every step sets the real controls; a guess comes before the answer."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import watched
from tests.browser.contrast import contrasts
from vision.core.words import say
from vision.faces import examples, lessons

PATIENCE_MS = 60_000  # for models that load, on a machine that does other things too

# What the controls of each tab stand at, in the words of an address (vision/faces/lessons.py).
CONTROLS = """(tab) => {
  const box = document.querySelector(`#gb-${tab}`), one = (css) => box.querySelector(css);
  const radio = (css) => box.querySelector(`${css} input[type=radio]:checked`)?.value;
  const ranges = (css) => [...box.querySelectorAll(`${css} input[type=range]`)].map((input) => Number(input.value));
  const named = (name) => one(`[data-name=${name}]`);
  if (tab === "classify") {
    const lab = document.querySelector(".gb-whatif"), [layer, head, discard] = ranges(".gb-vit .gb-controls");
    return {
      opacity: ranges(".gb-view")[0], colours: radio(".gb-view"), shared: one(".gb-view .gb-check input").checked,
      guess: one(".gb-guess-switch input").checked, method: radio(".gb-vit .gb-controls"), layer, head, discard,
      change: lab.open ? lab.querySelector(".gb-radios input:checked").value : "", at: Number(lab.querySelector("input[type=range]").value),
      randomise: document.querySelector(".gb-randomise").open,
    };
  }
  if (tab === "inside") return { look: radio(".gb-radios") };
  if (tab === "detect") {
    return {
      detector: one(".gb-models-row select").value, score: Number(named("score").value), iou: Number(named("iou").value),
      ghosts: named("ghosts").checked,
      mode: radio(".gb-left > .gb-radios"),
    };
  }
  if (tab === "fuse") {
    const [light, view] = [...box.querySelectorAll(".gb-radios")].map((set) => set.querySelector("input:checked").value);
    return { method: one(".gb-fuse-method select").value, alpha: Number(one(".gb-fuse-alpha input").value), light, view };
  }
  const place = /#generate=(.*)/.exec(location.hash);
  return { place: place && decodeURIComponent(place[1]), sliders: ranges(".gb-gen-sliders"), truncation: ranges(".gb-gen-own")[0] };
}"""


@pytest.fixture(autouse=True)
def patience():
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)


def asked(tab: str, set_to: dict) -> dict:
    """Return what the controls should say after a step."""
    want = {name: value for name, value in set_to.items() if name not in ("example", "pair", "place", "limit", "classes")}
    for name in ("guess", "shared", "randomise", "ghosts"):
        if name in want:
            want[name] = True
    if tab == "generate":
        _, _, _, _, truncation, sliders = set_to["place"].split("~")
        want = {"sliders": [float(one) for one in sliders.split("_")], "truncation": float(truncation)}
    return want


def there(page: Page, tab: str, set_to: dict) -> None:
    """Wait until the picture that a step names is the one that is shown."""
    name = examples.examples()[set_to["example"]].path.name if "example" in set_to else ""
    if tab in ("classify", "inside"):
        expect(page.locator(f"#gb-{tab} .gb-intake-lead")).to_have_text(name)
    if tab == "detect":
        expect(page.locator("#gb-detect canvas[aria-label]").first).to_have_attribute("aria-label", re.compile(re.escape(name)))
    if tab == "fuse":
        expect(page.locator("#gb-fuse .gb-fuse-name").first).not_to_be_empty()


def settled(page: Page, tab: str, want: dict) -> dict:
    """Return what the controls say of what is wanted, as soon as it is that or after a while."""
    for _ in range(300):
        now = page.evaluate(CONTROLS, tab)
        found = {name: now.get(name) for name in want}
        if found == want:
            break
        page.wait_for_timeout(200)
    return found


def test_every_step_of_every_lesson_sets_the_page(page, server_url, lang="en"):
    page.goto(server_url)
    page.locator(".gb-lessons-switch").click()
    titles = page.locator(".gb-guide-lesson strong")
    expect(titles.first).to_be_visible()
    assert titles.all_inner_texts() == [one["title"] for one in lessons.told(lang)]
    for lesson in lessons.told(lang):
        page.get_by_role("button", name=lesson["title"]).click()
        for at, step in enumerate(lesson["steps"], 1):
            expect(page.locator(".gb-guide-step")).to_have_text(say("guide.step", lang, step=at, steps=len(lesson["steps"])))
            expect(page.locator(".gb-guide-do")).to_have_text(step["do"])
            expect(page.get_by_text(step["answer"])).to_be_hidden()
            page.locator(".gb-guide-set").click()
            tab, set_to = lessons.settings(step["set"])
            expect(page.locator(f"#gb-{tab}")).to_be_visible()
            try:
                there(page, tab, set_to)
            except AssertionError:  # a busy machine lost a picture on the way once: a person asks again
                page.locator(".gb-guide-set").click()
                there(page, tab, set_to)
            want = asked(tab, set_to)
            assert settled(page, tab, want) == want, (lesson["key"], at)
            for opened in {"change": ".gb-whatif", "randomise": ".gb-randomise"}.items():
                if opened[0] in set_to:
                    expect(page.locator(opened[1])).to_be_in_viewport(ratio=0.3)
            assert f"lesson={lesson['key']}" in page.url and f"step={at}" in page.url
            if at < len(lesson["steps"]):
                page.get_by_role("button", name=say("guide.next", lang), exact=True).first.click()
        page.locator(".gb-guide-back").click()


def test_a_guess_comes_before_the_answer(page, server_url):
    page.goto(f"{server_url}/?tab=classify&example=lion&guess=1&lesson=differ&step=1")
    form = page.locator(".gb-guess")
    expect(form).to_be_visible()
    expect(page.locator(".gb-guide-guess input")).to_be_checked()
    page.wait_for_timeout(3000)  # time for the answers, which are not to be seen
    shown = page.locator("#gb-classify").inner_text()
    assert "90\u00a0%" not in shown and page.locator(".gb-bars").first.is_hidden() and page.locator(".gb-whatif").is_hidden()
    reveal = page.get_by_role("button", name=say("classify.guess_reveal"))
    expect(reveal).to_be_disabled()
    page.get_by_label(say("classify.guess_cnn")).fill("tiger <b>")
    page.get_by_label(say("classify.guess_vit")).fill("Lion")
    page.keyboard.press("Enter")
    expect(page.locator(".gb-bars").first).to_be_visible()
    said = page.locator(".gb-guess-said")
    expect(said).to_contain_text("“tiger <b>”")
    expect(said).to_contain_text("fits its first answer: “lion”")
    page.locator(".gb-guide-guess input").uncheck()  # the same switch in the lesson
    expect(page.locator(".gb-guess-switch input")).not_to_be_checked()
    page.locator("#gb-classify .gb-tile").first.click()
    expect(page.locator("#gb-classify .gb-intake-lead")).to_have_text("chelsea.png")
    expect(form).to_be_hidden()


@pytest.mark.parametrize(("width", "height", "scheme"), [(360, 740, "dark"), (1024, 768, "light")])
def test_the_guide_fits_and_is_reached_by_keyboard(browser, server_url, width, height, scheme):
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = watched(context)
    page.goto(f"{server_url}/?lang=zh")
    page.locator(".gb-lessons-switch").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".gb-guide-lesson").first).to_be_visible()
    page.locator(".gb-guide-lesson").nth(3).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".gb-guide h2")).to_have_text(say("lessons.nms_title", "zh"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator(".gb-guide").bounding_box()
    assert box["height"] <= 0.45 * height  # the page itself stays to be worked with
    assert contrasts(page)[0][0] >= 4.5
    page.keyboard.press("Escape")
    expect(page.locator(".gb-guide")).to_be_hidden()
    expect(page.locator(".gb-lessons-switch")).to_be_focused()
    assert "lesson=" not in page.url
    context.close()
