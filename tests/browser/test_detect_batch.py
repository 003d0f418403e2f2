"""Many pictures on the real page's Detect tab: files and a folder become a table and files; Stop keeps what is done."""

import json
import re

import pytest
from PIL import Image
from playwright.sync_api import expect
from pycocotools.coco import COCO
from skimage import data

from tests.browser.conftest import choose
from vision.core.words import say


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixty pictures of a person and a cup, no two alike, and one that is none."""
    place = tmp_path_factory.mktemp("album")
    photos = [Image.fromarray(getattr(data, name)()).resize((450, 450)) for name in ("astronaut", "coffee")]
    for number in range(60):
        photos[number % 2].crop((number // 4, 0, 450, 450)).save(place / f"{number:02d}.png")
    (place / "60.png").write_bytes(b"no picture")
    return place


def opened(page, url):
    page.goto(url)
    choose(page, say("page.tab_detect"))
    batch = page.locator(".gb-many")
    batch.locator("summary").click()
    return batch


def started(batch, kind, paths):
    batch.locator(f"input[type=file]{kind}").first.set_input_files(paths)
    expect(batch.locator("p[role=status]")).to_contain_text(re.compile(r"\d"))
    batch.get_by_role("button", name=say("detect.batch_start"), exact=True).click()


def counted(batch, of):
    """Wait for the sentence about `of` pictures; return how many are done."""
    sentence = re.escape(say("detect.batch_done", done="N", of=of)).replace("N", r"(\d+)")
    expect(batch.locator("p[role=status]")).to_have_text(re.compile(sentence), timeout=120_000)
    return int(re.search(sentence, batch.locator("p[role=status]").inner_text())[1])


def downloaded(page, batch, key, place):
    with page.expect_download() as download:
        batch.get_by_role("button", name=say(f"detect.{key}"), exact=True).click()
    download.value.save_as(place)
    return place


def test_files_become_a_table_and_coco_that_pycocotools_reads(page, server_url, folder, tmp_path):
    batch = opened(page, server_url)
    started(batch, ":not([webkitdirectory])", [folder / name for name in ("00.png", "01.png", "60.png")])
    expect(batch.locator("p[role=status]")).to_have_text(say("detect.batch_done", done=3, of=3), timeout=120_000)
    assert "1 person" in batch.inner_text() and "1 cup" in batch.inner_text()
    assert "60.png" in batch.inner_text()
    coco = COCO(downloaded(page, batch, "export_coco", tmp_path / "found.json"))
    assert {one["file_name"] for one in coco.loadImgs(coco.getImgIds())} == {"00.png", "01.png"}
    assert coco.getAnnIds()
    assert "00.png" in downloaded(page, batch, "export_csv", tmp_path / "found.csv").read_text("utf-8")


def test_a_folder_is_worked_through_and_stop_keeps_what_is_done(page, server_url, folder, tmp_path):
    batch = opened(page, server_url)
    started(batch, "[webkitdirectory]", folder)
    counted(batch, 61)
    batch.get_by_role("button", name=say("detect.batch_stop"), exact=True).click()
    expect(batch.get_by_role("button", name=say("detect.batch_start"), exact=True)).to_be_enabled(timeout=60_000)
    done = counted(batch, 61)
    page.wait_for_timeout(1500)
    assert counted(batch, 61) == done < 61  # nothing goes on behind
    found = json.loads(downloaded(page, batch, "export_coco", tmp_path / "part.json").read_text("utf-8"))
    assert done - 1 <= len(found["images"]) <= done  # one of them is no picture
