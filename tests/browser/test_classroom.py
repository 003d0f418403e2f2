"""Class mode in a real browser: a teacher's page and a student's, two visitors who share nothing but the link."""

import pytest
from PIL import Image
from skimage import data

from tests.browser.conftest import choose, watched
from vision.core.words import say

ROOT = ".gb-classroom"
INTAKE = ".gb-classify .gb-intake-lead"
SCORE = ".gb-detect .gb-controls input[type=range]"


def word(key, **values):
    return say(f"classroom.{key}", **values)


def press(page, key, root=ROOT):
    page.locator(root).get_by_role("button", name=word(key), exact=True).click()


def same(student, page, gesture):
    """Wait until a gesture of the student's page is the teacher's."""
    want = page.locator(gesture).input_value()
    assert want
    student.wait_for_function("([at, want]) => document.querySelector(at)?.value === want", arg=[gesture, want], timeout=60_000)


def see(page, selector, text):
    page.locator(selector, has_text=text).filter(visible=True).first.wait_for(timeout=90_000)


def opened(page):
    """Open a class and return its link."""
    page.get_by_role("button", name=word("name"), exact=True).click()
    press(page, "open")
    return page.locator(f"{ROOT} .gb-class-link").input_value()


def join(student, link, name=""):
    student.goto(link)
    student.locator(f"{ROOT} form input").fill(name)
    student.locator(ROOT).get_by_role("button", name=say("classroom.join", "zh"), exact=True).click()


@pytest.fixture
def student(browser):
    context = browser.new_context(viewport={"width": 1024, "height": 768}, locale="zh-CN")
    page = watched(context)
    yield page
    outside, errors = list(page.outside), list(page.errors)
    context.close()
    assert (outside, errors) == ([], [])


def test_a_student_follows_goes_off_comes_back_and_is_held(page, student, server_url, tmp_path):
    photo = tmp_path / "<i>coffee.png"
    Image.fromarray(data.coffee()).save(photo)
    page.goto(server_url)
    choose(page, say("page.tab_classify"))
    page.locator(".gb-classify .gb-intake input[type=file]").first.set_input_files(photo)  # before the class is opened
    see(page, INTAKE, "coffee.png")
    link = opened(page)
    code = page.locator(f"{ROOT} .gb-class-code").inner_text()
    assert link == f"{server_url}/?class={code}"
    join(student, link, "<b>Ada</b>")
    see(student, INTAKE, "coffee.png")  # the upload of somebody else, by a name that tells no path
    see(page, f"{ROOT} li", "<b>Ada</b>")
    opacity = ".gb-classify .gb-view input[type=range]"
    student.locator(opacity).first.wait_for(timeout=90_000)
    page.locator(opacity).first.fill("0.25")
    student.wait_for_function("(at) => document.querySelector(at).value === '0.25'", arg=opacity, timeout=30_000)

    student.locator(opacity).first.focus()
    student.keyboard.press("ArrowRight")
    see(student, f"{ROOT} p", say("classroom.alone", "zh", name="<b>Ada</b>"))
    see(page, f"{ROOT} li", word("is_alone", name="<b>Ada</b>"))
    page.locator(opacity).first.fill("0.75")
    student.wait_for_timeout(2500)
    assert student.locator(opacity).first.input_value() == "0.26"
    student.locator(ROOT).get_by_role("button", name=say("classroom.back", "zh"), exact=True).click()
    student.wait_for_function("(at) => document.querySelector(at).value === '0.75'", arg=opacity, timeout=30_000)

    page.get_by_label(word("freeze")).check()
    see(student, f"{ROOT} p", say("classroom.frozen", "zh", code=code, name="<b>Ada</b>"))
    assert student.locator("#gb-tabs").evaluate("(tabs) => tabs.inert")
    choose(page, say("page.tab_detect"))
    page.locator(".gb-detect .gb-tile").first.click()
    student.locator(".gb-detect .gb-photos canvas").first.wait_for(timeout=90_000)

    press(page, "end")
    see(student, f"{ROOT} p", say("classroom.unknown", "zh"))
    assert not student.locator("#gb-tabs").evaluate("(tabs) => tabs.inert")
    student.errors[:] = [said for said in student.errors if "422" not in said]  # the answer about a class that is over


def test_gestures_travel_too(page, student, server_url, tmp_path):
    photo = tmp_path / "coffee.png"
    Image.fromarray(data.coffee()).save(photo)
    page.goto(server_url)
    join(student, opened(page))
    choose(page, say("page.tab_fuse"))
    page.locator("[data-slot=a] input[type=file]").set_input_files(photo)
    see(page, "[data-slot=a] .gb-fuse-name", "coffee.png")
    page.locator("select.gb-fuse-example").nth(1).select_option("lion")
    for one in (page, student):
        see(one, "[data-slot=a] .gb-fuse-name", "coffee.png")
        see(one, "[data-slot=b] .gb-fuse-name", "lion")
    area = page.locator(".gb-fuse-area")
    area.focus()
    page.keyboard.press("Shift+ArrowLeft")  # points at a pixel
    same(student, page, "#gb-fuse [name=probe]")
    page.locator(".gb-fuse-where").get_by_text(say("fuse.tool_move"), exact=True).click()
    area.focus()
    for key in ("ArrowRight", "ArrowDown", "+", "["):
        page.keyboard.press(key)
    same(student, page, "#gb-fuse [name=move]")
    probes = [one.locator(".gb-fuse-probe").inner_text().splitlines()[1:] for one in (page, student)]
    assert probes[0] == probes[1]  # the colours under the pointer, with B moved

    choose(page, say("page.tab_classify"))
    page.locator(".gb-classify .gb-tile").first.click()
    page.locator(".gb-whatif > summary").click()
    page.locator(".gb-whatif input[value=brush]").check()
    brush = page.locator(".gb-lab-photo")
    brush.focus()
    for key in ("ArrowLeft", "Enter", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    same(student, page, ".gb-whatif [name=strokes]")
    assert page.locator(".gb-whatif [name=strokes]").input_value().count(";") == 1

    choose(page, say("page.tab_generate"))
    page.locator(".gb-gen-tile").nth(5).click()
    student.locator(".gb-gen-tile").first.wait_for(timeout=90_000)
    same(student, page, "#gb-generate [name=place]")
