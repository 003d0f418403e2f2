"""The Measure tab in a real browser over the bundled nets: a folder, a ZIP with COCO JSON, and the way to a picture's own tab."""

import io
import json
import zipfile

import pytest
from PIL import Image

from tests.browser.conftest import choose
from tests.browser.contrast import contrasts
from vision.core.words import say
from vision.engine import Engine
from vision.faces import examples

ROOT = ".gb-measure"
HOSTILE = "<img src=x onerror=alert(1)>"


def word(key, **values):
    return say(f"measure.{key}", **values)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Class folders: two that the nets know, one that they do not, and a file that is no picture."""
    place = tmp_path_factory.mktemp("album") / "album"
    for name, keys in {"cat": ("chelsea",), "missile": ("rocket", "coffee"), HOSTILE: ("lion",)}.items():
        (place / name).mkdir(parents=True)
        for key in keys:
            Image.fromarray(examples.picture(key).rgb).save(place / name / f"{key}.png")
    (place / "cat" / "broken.jpg").write_bytes(b"no picture")
    return place


def opened(page, url):
    page.goto(url)
    choose(page, say("page.tab_measure"))
    return page.locator(ROOT)


def done(page, count):
    page.wait_for_function(f"document.querySelector('{ROOT}').dataset.state === 'done'", timeout=120_000)
    assert page.locator(f"{ROOT} .gb-measure-run").inner_text().startswith(word("done", count=count))


def cells(page):
    """Return the counts of the matrix that is shown, by what they say for the ear."""
    pairs = page.locator(f"{ROOT} .gb-measure-cells button")
    return {pairs.nth(at).get_attribute("aria-label") for at in range(pairs.count())}


def test_a_folder_becomes_figures_and_its_pictures_lead_to_their_tab(page, server_url, folder):
    tab = opened(page, server_url)
    tab.locator("input[webkitdirectory]").set_input_files(folder)
    done(page, 3)
    said = tab.locator(".gb-said").inner_text()
    assert HOSTILE in said and word("left_out", count=1) in said and "broken.jpg" in said and page.locator("img[src=x]").count() == 0
    engine, answers = Engine(), {}
    for key in ("chelsea", "rocket", "coffee"):
        for family, model in (("cnn", "efficientnet-lite0"), ("vit", "vit-hybrid")):
            answers[key, family] = engine.classify(examples.picture(key), model, top=1).top[0].label
    for at, family in enumerate(("cnn", "vit")):
        right = ("cat" in answers["chelsea", family]) + (answers["rocket", family] == "missile")
        assert word("of", part=right, whole=3) in tab.locator(".gb-measure-figures tbody tr").nth(at).inner_text()
    assert cells(page) == {word("cell_right", truth="cat", count=1), word("cell_right", truth="missile", count=1),
                           word("cell_wrong", truth="missile", answer=word("other"), count=1)}  # fmt: skip
    page.get_by_role("button", name=word("cell_wrong", truth="missile", answer=word("other"), count=1)).click()
    tiles = tab.locator(".gb-measure-tile")
    assert tiles.count() == 1 and answers["coffee", "cnn"] in tiles.inner_text()
    for dark in (False, True):
        page.evaluate("(on) => document.body.classList.toggle('dark', on)", dark)
        assert [row for row in contrasts(page, ROOT) if row[0] < 4.5] == []
    page.evaluate("document.body.classList.remove('dark')")
    with page.expect_download() as download:
        page.get_by_role("button", name=word("save_csv"), exact=True).click()
    assert download.value.path().read_text("utf-8").count("\n") == 4
    tiles.click()
    page.locator(".gb-intake-lead", has_text="coffee.png").filter(visible=True).wait_for(timeout=60_000)
    page.locator(".gb-classify .gb-bar", has_text=answers["coffee", "cnn"]).first.wait_for(timeout=60_000)


def test_a_zip_with_coco_json_measures_a_detector(page, server_url):
    engine, out = Engine(), io.BytesIO()
    images, annotations = [], []
    with zipfile.ZipFile(out, "w") as archive:
        for number, (key, kind) in enumerate({"coffee": 1, "astronaut": 2}.items(), 1):
            picture, content = examples.picture(key), io.BytesIO()
            Image.fromarray(picture.rgb).save(content, "PNG")
            archive.writestr(f"set/images/{key}.png", content.getvalue())
            images.append({"id": number, "file_name": f"{key}.png", "width": picture.width, "height": picture.height})
            for box in engine.detect(picture, score=0.5).boxes[:1]:  # the truth is the detector's own best box, so that it is right
                x0, y0, x1, y1 = box.xyxy
                annotations.append(
                    {"id": number, "image_id": number, "category_id": kind, "bbox": [x0, y0, x1 - x0, y1 - y0], "iscrowd": 0}
                )
        categories = [{"id": 1, "name": "Cup"}, {"id": 2, "name": "dog"}]  # the astronaut is called a dog
        archive.writestr("set/truth.json", json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    tab = opened(page, server_url)
    tab.locator("input[accept*=zip]").set_input_files({"name": "set.zip", "mimeType": "application/zip", "buffer": out.getvalue()})
    done(page, 2)
    assert "100\u00a0%" in tab.locator(".gb-measure-survey details tbody tr", has_text="Cup").text_content()
    assert "0.0\u00a0%" in tab.locator(".gb-measure-survey details tbody tr", has_text="dog").text_content()
    assert word("kind_missed") + "\t1" in tab.locator(".gb-measure-kinds").inner_text()
    tab.locator("label", has_text=f"{word('filter_missed')} (1)").click()
    assert tab.locator(".gb-measure-tile").count() == 1 and "astronaut.png" in tab.locator(".gb-measure-tile").inner_text()
