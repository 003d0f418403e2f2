"""The Streamlit face through its own test harness."""

import base64
import json
import time
import tomllib
from itertools import chain
from pathlib import Path

import cv2
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from vision.core.words import say
from vision.engine import Engine
from vision.faces import examples, lessons
from vision.faces.desks.table import BELOW, tabs
from vision.faces.streamlit.hall import UPLOAD_BYTES

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
KEYS = tabs(Engine())


@pytest.fixture(scope="module", autouse=True)
def fresh_hall():
    """What an earlier test's page has put before all visitors of this process goes."""
    st.cache_resource.clear()


@pytest.fixture
def page():
    """The page as a visitor finds it."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def sent(page):
    """Return what each widget is sent, by its name."""
    given = [json.loads(one.proto.json) for one in page.get("bidi_component") if one.proto.component_name == "glassbox"]
    return {one["widget"]: one for one in given}


def ask(page, key, event, /, **detail):
    """Send a letter to a desk, and run the page until it is answered; return the answers."""
    post = page.session_state["glassbox"][1][key]
    letter = {"n": post._heard + 1, "event": event, "detail": detail}
    post.hear({"sender": "test", "seen": post._serial, "lacking": False, "letters": [letter]})
    for _ in range(1200):  # the first one loads the nets, which takes a busy machine a while
        now = sent(page.run())[key]
        if not now["busy"]:
            return now
        time.sleep(0.1)
    raise AssertionError("no answer")


def test_the_page_stands_without_a_picture(page):
    assert not page.exception and not page.error
    assert [tab.label for tab in page.tabs] == [say(f"page.tab_{key}") for key in KEYS]
    there = sent(page)
    assert list(there) == ["page", "guide", *chain.from_iterable((key, *BELOW.get(key, ())) for key in KEYS)]
    assert all(one["empty"]["words"] and not one["busy"] for one in there.values())
    assert there["guide"]["empty"]["lessons"] == lessons.told("en")


def test_an_example_is_named_by_both_nets_and_its_maps_come_by_address(page):
    now = ask(page, "classify", "example", key="chelsea", turn=1)
    value = now["answers"][-1][1]
    assert not page.exception
    assert value["cnn"]["top"][0]["label"] == "tiger cat" and "vit" in value["vit"]["model"]
    assert value["photo"]["url"].partition("/")[0] in ("media", "mock")
    assert len(value["cnn"]["maps"]) == 5 and value["vit"]["attention"]["url"].endswith(".bin")
    assert now["empty"] is None  # what the browser has is not sent again


def test_a_photo_that_is_changed_is_looked_at_again(page):
    ask(page, "classify", "example", key="chelsea", turn=1)
    [[_, begun]] = ask(page, "whatif", "begin", seq=1)["answers"]
    [[_, looked]] = ask(page, "whatif", "look", seq=2, kind="blur", stop=3, seed=0)["answers"][-1:]
    assert begun["nets"]["cnn"]["label"] == "tiger cat" and begun["nets"].keys() == looked["nets"].keys() == {"cnn", "vit"}
    assert looked["seq"] == 2 and looked["picture"] != begun["photo"]["picture"]
    assert looked["nets"]["cnn"]["score"] != begun["nets"]["cnn"]["score"]


def test_candidates_come_once(page):
    [[_, value]] = ask(page, "detect", "detect", seq=1, example="coffee")["answers"]
    engine = Engine()
    assert value["panels"][0]["xyxy"]["shape"] == [len(engine.candidates(examples.picture("coffee")).scores), 4]


def test_many_pictures_are_rows_and_files_of_what_is_done(page):
    _, coffee = cv2.imencode(".png", examples.picture("coffee").rgb[:, :, ::-1])
    found = Engine().detect(examples.picture("coffee"), score=0.3, iou=0.5)
    how = {"go": 7, "model": "", "score": 0.3, "iou": 0.5}
    file = {"name": "c.png", "content": base64.b64encode(coffee.tobytes()).decode()}
    [[_, value]] = ask(page, "many", "picture", seq=1, first=True, name="c.png", file=file, **how)["answers"]
    assert value["row"][:2] == ["c.png", len(found.boxes)] and found.boxes[0].label in value["row"][2]
    bad = {"name": "<b>.jpg", "content": base64.b64encode(b"text").decode()}
    [[_, value]] = ask(page, "many", "picture", seq=2, name="<b>.jpg", file=bad, **how)["answers"]
    assert value["row"][:2] == ["<b>.jpg", 0] and value["row"][2].endswith(".")
    [[_, value]] = ask(page, "many", "save", seq=3, go=7, kind="csv")["answers"]
    assert value["download"]["name"] == "glassbox-detect.csv" and value["download"]["url"].endswith(".csv")
    [[_, value]] = ask(page, "many", "save", seq=4, go=8, kind="csv")["answers"]
    assert value == {"seq": 4, "said": say("detect.batch_forgotten")}


def test_a_bad_file_is_one_sentence(page):
    file = {"name": "<script>.jpg", "content": base64.b64encode(b"not a picture").decode()}
    [[_, value]] = ask(page, "detect", "detect", seq=1, file=file, name="<script>.jpg")["answers"]
    assert value["said"].endswith(".") and not page.exception
    assert "media" not in json.dumps(value)


def test_two_pictures_are_mixed(page):
    [[_, value]] = ask(page, "fuse", "pick", seq=1, pair="alpha")["answers"]
    assert {"a", "b", "left", "top", "sources"} <= set(value["pair"])
    given = value["pair"]["sources"]
    [[_, mixed]] = ask(page, "fuse", "mix", seq=2, given=given, method="alpha", alpha=0.5, key="k")["answers"]
    assert any("SSIM" in sentence for sentence in mixed["result"]["words"])


def test_visitors_share_the_models_and_nothing_else(page):
    ask(page, "classify", "example", key="coffee", turn=1)
    other = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert sent(other)["classify"]["answers"] == []
    assert other.session_state["glassbox"][1]["classify"].hall is page.session_state["glassbox"][1]["classify"].hall


def test_nothing_of_the_server_is_said(page):
    now = ask(page, "classify", "picture", path="/etc/hostname", turn=1)
    assert now["answers"][-1][1]["said"] == say("server.upload_gone")
    assert str(ROOT) not in json.dumps(sent(page))


def test_the_settings_are_those_of_a_page_that_stays_at_home():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["address"]  # without one the server asks an outside host for its own
    assert CONFIG["server"]["fileWatcherType"] == "none"
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["server"]["maxUploadSize"] << 20 == UPLOAD_BYTES
    assert CONFIG["server"]["maxMessageSize"] * 1_000_000 > UPLOAD_BYTES * 4 / 3 + 100_000  # a picture as text, with what goes around it


@pytest.mark.parametrize("theme, block", [("light", ":root"), ("dark", ".dark")])
def test_the_themes_are_the_variables_of_the_widgets(theme, block):
    sheet = (ROOT / "assets" / "web" / "glassbox.css").read_text("utf-8")
    rules = sheet[sheet.index(f"\n{block} {{") :].partition("}")[0]
    variables = dict(line.strip().removesuffix(";").split(": ") for line in rules.splitlines() if line.strip().startswith("--gb-"))
    pairs = {
        "backgroundColor": "bg", "secondaryBackgroundColor": "panel", "textColor": "ink", "borderColor": "line",
        "primaryColor": "accent", "linkColor": "accent",
    }  # fmt: skip
    assert CONFIG["theme"][theme] == {name: variables[f"--gb-{variable}"] for name, variable in pairs.items()}


def test_a_visitor_is_spoken_to_in_the_language_of_the_address():
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.query_params["lang"] = "zh"
    there = sent(page.run())
    assert [tab.label for tab in page.tabs] == [say(f"page.tab_{key}", "zh") for key in KEYS]
    assert there["classify"]["empty"]["words"]["opacity"] == say("classify.opacity", "zh") != say("classify.opacity", "en")
    assert there["guide"]["empty"]["lessons"] == lessons.told("zh") != lessons.told("en")
    assert ask(page, "detect", "detect", seq=1, example="nothing")["answers"][0][1]["said"] == say("examples.unknown", "zh")
