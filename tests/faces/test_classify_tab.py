"""The Classify tab's handlers over an engine whose timing the test holds in its hand: who wins, who waits, what is said."""

import json
import re
import threading

import numpy as np
import pytest
from PIL import Image

from vision.core.errors import ModelError, UserError
from vision.core.results import Classification, Deletion, Explanation, Forward, Guess
from vision.core.words import say, words
from vision.engine import Engine
from vision.faces.desks import classify_files
from vision.faces.desks.classify import Desk
from vision.faces.desks.looking import duration, size
from vision.faces.desks.visitor import Visitor
from vision.faces.web.folders import Folders
from vision.faces.web.static import WEB_DIR as WEB
from vision.faces.web.uploads import Uploads
from vision.models.line import listener

ABOUT = {"revision": "1", "device": "cpu", "ms": 2.0}
EVENTS = Desk.EVENTS
SECRET = "/home/teacher/.cache"


class HeldEngine(Engine):
    """Answers at once, unless `hold` is set for a picture's width; the score tells which picture was seen."""

    def __init__(self):
        super().__init__()
        self.hold: dict[int, threading.Event] = {}
        self.entered = threading.Event()
        self.before = lambda: None

    def forward(self, picture, model="", family=""):
        self.before()
        self.entered.set()
        if picture.width in self.hold:
            assert self.hold[picture.width].wait(20)
        vit = self.catalog[model].family == "vit"
        attention = np.full((2, 3, 5, 5), 51, np.uint8) if vit else None
        return Forward(
            model=model, **ABOUT, picture=picture.facts, seen=(0.0, 0.0, 4.0, 4.0), input_hw=(4, 4), logits=np.zeros(9, np.float32),
            features=None if vit else np.zeros((1, 2, 2), np.float32), attention=attention,
            scale=np.ones((2, 3, 5), np.float32) if vit else None, prefix=1, reads=(0, 1), grid_hw=(2, 2),
        )  # fmt: skip

    def classify(self, picture, model="", *, top=5):
        guesses = tuple(Guess(f"seen {picture.width}", index, 0.5) for index in range(top))
        return Classification(model=model, **ABOUT, picture=picture.facts, top=guesses, seen=(0.0, 0.0, 4.0, 4.0))

    def explain(self, picture, model="", *, method="", target="", against="", **view):
        if target == "unicorn":
            raise UserError("explain.unknown_target", target=target, close="teapot")
        if target == "bug":
            raise RuntimeError(SECRET)
        return Explanation(
            model=model, **ABOUT, picture=picture.facts, method=method, target=Guess(target or "best", 0, 0.5), range=(1.0, 3.0),
            against=Guess(against, 1, 0.1) if against else None, grid=np.array([[0.0, 0.5], [0.5, 1.0]]), seen=(0.0, 0.0, 4.0, 4.0),
        )  # fmt: skip

    def maps(self, picture, model, method, targets):
        return tuple(self.explain(picture, model, method=method, target=target) for target in targets)

    def deletion(self, picture, model="", **chosen):
        for step in range(1, 4):
            yield Deletion(
                model=model, **ABOUT, label="best", shares=(0.5,) * step, map=(0.5,) * step, random=(0.5,) * step, steps=3, done=step == 3
            )


@pytest.fixture
def desk(tmp_path):
    made = Desk(HeldEngine())
    root = tmp_path / "uploads"
    root.mkdir()
    made.uploads, made.folders = Uploads(root, set()), Folders(tmp_path / "files")  # for the test's own visitors
    return made


def upload(desk, width):
    path = desk.uploads.root / f"{width}.png"
    Image.new("RGB", (width, 4), (9, 99, 199)).save(path)
    desk.uploads._received.add(str(path))
    return {"path": str(path), "orig_name": f"<b>{width}.png"}


def call(desk, event, detail, session="me"):
    """Yield the values of a handler, as a face does."""
    found = desk.handler(event)(detail, Visitor(session, desk.folders.of(session).put, desk.uploads.open))
    return iter([found]) if isinstance(found, dict) else found


def last(desk, event, detail, session="me"):
    return list(call(desk, event, detail, session))[-1]


def test_a_photo_is_answered_by_both_nets_and_nothing_of_the_server_goes_along(desk):
    value = last(desk, "picture", upload(desk, 6))
    assert value["photo"]["width"] == 6 and value["photo"]["name"] == "<b>6.png"
    assert [len(value[family]["top"]) for family in ("cnn", "vit")] == [5, 5]
    assert len(value["cnn"]["maps"]) == 5 and value["cnn"]["maps"][0]["asked"] == {"target": "", "against": ""}
    assert value["vit"]["attention"]["shape"] == [2, 3, 5, 5] and value["vit"]["maps"] == []
    assert value["steps"] == {"picture": None, "cnn": None, "vit": None}
    assert str(desk.uploads.root) not in json.dumps(value)


def test_each_step_is_said_on_the_way(desk):
    said = []
    desk.engine.before = lambda: said.append([step["text"] for step in desk.rooms.of("me").part("steps").values() if step][-1])
    last(desk, "example", {"key": "chelsea"})
    assert [text.partition(" ")[0] for text in said] == ["EfficientNet-Lite0", "Hybrid"]
    said.clear()
    last(desk, "example", {"key": "coffee"})
    assert all(text.endswith(".") for text in said)


def test_the_newest_photo_wins_though_the_older_one_ends_later(desk):
    held = desk.engine.hold[6] = threading.Event()
    older = call(desk, "picture", upload(desk, 6))
    next(older)
    assert desk.engine.entered.wait(20)
    newest = last(desk, "picture", upload(desk, 7))
    assert newest["cnn"]["top"][0]["label"] == "seen 7"
    held.set()
    end = list(older)[-1]
    assert end["photo"]["width"] == 7
    assert {end[family]["top"][0]["label"] for family in ("cnn", "vit")} == {"seen 7"}
    assert end["steps"]["picture"] is None and end["said"] == ""


def test_a_photo_whose_upload_was_overtaken_changes_nothing(desk):
    newest = last(desk, "picture", {**upload(desk, 7), "turn": 2})
    late = last(desk, "picture", {**upload(desk, 6), "turn": 1})
    assert late["photo"] == newest["photo"] and late["cnn"] == newest["cnn"] and late["said"] == ""
    assert last(desk, "example", {"key": "chelsea", "turn": 3})["photo"]["name"] == "chelsea.png"


def test_a_bad_file_leaves_what_is_there(desk, tmp_path):
    before = last(desk, "picture", upload(desk, 6))
    path = desk.uploads.root / "bad.png"
    path.write_text("no picture")
    desk.uploads._received.add(str(path))
    after = last(desk, "picture", {"path": str(path), "orig_name": "bad.png"})
    assert after["photo"] == before["photo"] and after["cnn"] == before["cnn"]
    assert after["said"] and after["said_serial"] == before["said_serial"] + 1
    assert last(desk, "picture", {"path": "/etc/hostname"})["said"] == say("server.not_an_upload")
    assert last(desk, "example", {"key": "../secret"})["said"] == say("examples.unknown")


def test_somebody_else_who_leaves_in_the_middle_costs_nobody_the_answer(desk):
    left = []

    def leave_once():
        if not left:
            left.append(True)
            raise ModelError("model.cancelled")

    desk.engine.before = leave_once
    assert last(desk, "picture", upload(desk, 6))["cnn"]["top"][0]["label"] == "seen 6"


def test_the_place_in_the_line_and_a_download_are_told(desk):
    told = []

    def wait():
        listener().place(3)
        listener().progress(5_000_000, 10_000_000)
        told.append({family: step for family, step in desk.rooms.of("me").part("steps").items() if step})

    desk.engine.before = wait
    last(desk, "picture", upload(desk, 6))
    assert told[0]["cnn"] == {
        "text": say("classify.step_download", name="EfficientNet-Lite0", done="5.00 MB", size="10.0 MB"),
        "stop": True,
    }
    seen = []
    desk.engine.before = lambda: (listener().place(3), seen.append(desk.rooms.of("me").part("steps")["cnn"]["text"]))
    last(desk, "model", {"family": "cnn", "key": "efficientnet-lite2"})
    assert seen == [say("classify.step_line", name="EfficientNet-Lite2", place=3)]


def test_stopping_ends_what_runs_and_keeps_what_is_there(desk):
    before = last(desk, "picture", upload(desk, 6))
    held = desk.engine.hold[6] = threading.Event()
    desk.engine.entered.clear()
    running = call(desk, "model", {"family": "cnn", "key": "efficientnet-lite2"})
    next(running)
    assert desk.engine.entered.wait(20)
    stopped = last(desk, "stop", {"family": "cnn"})
    assert stopped["steps"]["cnn"] is None
    held.set()
    assert list(running)[-1]["cnn"] == before["cnn"]


def test_the_map_of_a_class_and_a_class_that_nobody_knows(desk):
    last(desk, "picture", upload(desk, 6))
    found = last(desk, "explain", {"family": "cnn", "method": "gradcam", "target": "7", "against": "8", "ask": 1})
    assert found["answered"] == {"cnn": 1} and found["cnn"]["maps"][-1]["asked"] == {"target": "7", "against": "8"}
    missed = last(desk, "explain", {"family": "cnn", "method": "gradcam", "target": "unicorn", "against": "", "ask": 2})
    assert missed["answered"] == {"cnn": 2} and "unicorn" in missed["said"] and missed["cnn"] == found["cnn"]
    broken = last(desk, "explain", {"family": "cnn", "method": "gradcam", "target": "bug", "against": "", "ask": 3})
    assert broken["said"] == say("server.unexpected") and SECRET not in json.dumps(broken)


def test_the_curve_grows_to_its_end(desk):
    last(desk, "picture", upload(desk, 6))
    value = last(desk, "honest", {"family": "vit", "view": {"method": "rollout", "discard": 0.5}})
    assert value["curves"]["vit"]["done"] and len(value["curves"]["vit"]["map"]) == 3
    assert last(desk, "picture", upload(desk, 7))["curves"] == {}


@pytest.mark.parametrize("event", [event for event in EVENTS if event not in ("picture", "example")])
def test_before_a_photo_every_event_is_a_sentence(desk, event):
    detail = {"family": "cnn", "key": "efficientnet-lite0", "method": "gradcam", "ask": 1, "kind": "csv", "look": {}, "view": {}}
    value = last(desk, event, detail)
    assert event == "stop" or value["said"] == say("classify.no_photo") or value["said"] == say("classify.no_answer")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("detail", [{}, {"family": "x", "key": [], "path": 1}, {"family": "cnn", "key": "no such", "ask": "x"}])
def test_nonsense_is_a_sentence(desk, event, detail):
    last(desk, "picture", upload(desk, 6))
    try:
        value = last(desk, event, detail)
    except UserError as error:
        assert str(error).endswith((".", "1,000,000,000."))
    else:
        assert event == "stop" or value["said"] or value["file"] or value["curves"] or value["answered"]


def test_visitors_do_not_see_each_other(desk):
    last(desk, "picture", upload(desk, 6), "one")
    value = last(desk, "picture", upload(desk, 7), "two")
    other = desk.rooms.of("one").value()
    assert (value["photo"]["width"], other["photo"]["width"]) == (7, 6)
    assert value["photo"]["url"].split("/")[-2] != other["photo"]["url"].split("/")[-2]


@pytest.mark.parametrize(
    "view", [{"layer": 10**9}, {"discard": float("nan")}, {"fusion": "sum"}, {"query": -2}, {"method": "magic"}, {"target": "x" * 9999}]
)
def test_a_choice_out_of_bounds_is_a_sentence(view):
    with pytest.raises(UserError):
        classify_files.choice(view)


@pytest.mark.parametrize("look", [{"opacity": 2}, {"colours": "jet"}, {"shared": 1}])
def test_a_look_out_of_bounds_is_a_sentence(look):
    with pytest.raises(UserError):
        classify_files.look(look)


def test_units_for_people():
    assert [size(n) for n in (0, 999, 999_499, 999_500, 88_000_000)] == ["0 B", "999 B", "999 kB", "1.00 MB", "88.0 MB"]
    assert [duration(ms) for ms in (3, 940, 12_000)] == ["0.1 s", "0.9 s", "12 s"]


def test_the_two_sections_a_widget_gets_share_no_key():
    keys = [key.partition(".")[2] for key in words() if key.startswith(("classify.", "explain."))]
    assert len(keys) == len(set(keys))


def test_every_sentence_the_widget_names_is_there():
    known = {key.partition(".")[2] for key in words() if key.startswith(("classify.", "explain."))}
    named = {match for path in WEB.glob("classify*.js") for match in re.findall(r"words\.([a-z_]+)", path.read_text("utf-8"))}
    assert len(named) > 40 and named <= known, named - known
