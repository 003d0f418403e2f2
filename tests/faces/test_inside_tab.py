"""The Inside tab's handlers over small nets with random weights: what comes once, who wins, what is said."""

import json
import threading

import numpy as np
import pytest
from PIL import Image

from tests.browser.classify_page import row
from vision.core.words import say
from vision.engine import Engine
from vision.faces.desks.inside import Desk
from vision.faces.desks.visitor import Visitor
from vision.faces.web.folders import Folders
from vision.faces.web.uploads import Uploads
from vision.models.catalog import Catalog


class HeldEngine(Engine):
    """The real engine, held back for photos of a width."""

    def __init__(self):
        super().__init__(Catalog([
            row("cnn", "cnn", "resnet18", "Small CNN", ("gradcam",)),
            row("vit", "vit", "vit_tiny_patch16_224", "Small ViT", ("attention",)),
            row("windows", "vit", "swin_tiny_patch4_window7_224", "Windows", ()),
        ]))  # fmt: skip
        self.hold: dict[int, threading.Event] = {}
        self.entered = threading.Event()

    def layers(self, picture, model=""):
        self.entered.set()
        if picture.width in self.hold:
            assert self.hold[picture.width].wait(20)
        return super().layers(picture, model)


@pytest.fixture(scope="module")
def engine():
    return HeldEngine()


@pytest.fixture
def desk(tmp_path, engine):
    root = tmp_path / "uploads"
    root.mkdir()
    engine.hold.clear()
    engine.entered.clear()
    made = Desk(engine)
    made.uploads, made.folders = Uploads(root, set()), Folders(tmp_path / "files")  # for the test's own visitors
    return made


def upload(desk, width):
    path = desk.uploads.root / f"{width}.png"
    Image.new("RGB", (width, 9), (9, 99, 199)).save(path)
    desk.uploads._received.add(str(path))
    return {"path": str(path), "orig_name": f"<b>{width}.png"}


def call(desk, event, detail, session="me"):
    found = desk.handler(event)(detail, Visitor(session, desk.folders.of(session).put, desk.uploads.open))
    return iter([found]) if isinstance(found, dict) else found


def last(desk, event, detail, session="me"):
    return list(call(desk, event, detail, session))[-1]


def read(desk, sent):
    """Return the array of an address."""
    content = (desk.folders.root.parent / "files" / "/".join(sent["url"].split("/")[-2:])).read_bytes()
    return np.frombuffer(content, sent["dtype"]).reshape(sent["shape"])


def test_a_photo_comes_with_both_nets_and_all_that_the_widget_needs(desk, engine):
    value = last(desk, "picture", upload(desk, 12))
    assert value["photo"]["name"] == "<b>12.png" and value["said"] == "" and not any(value["steps"].values())
    picture = desk.read(desk.rooms.of("me").part("_source"), None)
    cnn, vit = engine.layers(picture, "cnn"), engine.tokens(picture, "vit")
    assert [layer["kind"] for layer in value["cnn"]["layers"]] == ["conv", "act", *["stage"] * 4]
    assert np.array_equal(read(desk, value["cnn"]["layers"][2]["values"]), cnn.layers[2].values)
    assert value["cnn"]["layers"][1]["values"] is None and value["cnn"]["layers"][1]["limits"] == [0.0, None]
    assert np.array_equal(read(desk, value["cnn"]["layers"][0]["kernels"]["weight"]), cnn.layers[0].kernels.weight)
    assert np.array_equal(read(desk, value["cnn"]["pixels"]), cnn.pixels)
    assert np.array_equal(read(desk, value["vit"]["lens"]), vit.lens)
    assert np.array_equal(read(desk, value["vit"]["logits"]), vit.lens[-1])
    assert len(value["vit"]["top"]) == 5
    assert str(desk.uploads.root) not in json.dumps(value)


def test_another_net_is_one_question_and_the_wrong_one_a_sentence(desk):
    last(desk, "picture", upload(desk, 12))
    before = last(desk, "model", {"family": "vit", "key": "vit"})
    value = last(desk, "model", {"family": "vit", "key": "windows"})
    assert value["said"] == say("inside.no_tokens", model="Windows") and value["said_serial"] == before["said_serial"] + 1
    assert value["vit"]["id"] == before["vit"]["id"]  # what is shown stays
    assert last(desk, "model", {"family": "vit", "key": "cnn"})["said"] == say("error.unknown_model", key="cnn")
    assert {model["key"] for model in value["models"]["vit"]} == {"vit"}  # a net that cannot be looked into is not offered


def test_without_a_photo_there_is_a_sentence(desk):
    assert last(desk, "model", {"family": "cnn", "key": "cnn"})["said"] == say("classify.no_photo")


def test_a_mistake_keeps_what_was_shown(desk):
    shown = last(desk, "picture", upload(desk, 12))["photo"]
    value = last(desk, "picture", {"path": "/etc/hostname"})
    assert value["photo"] == shown and value["said"] == say("server.not_an_upload") and value["cnn"] is not None
    assert last(desk, "example", {"key": "nothing"})["said"] == say("examples.unknown")


def test_the_newest_photo_wins_though_the_older_one_ends_later(desk, engine):
    held = engine.hold[31] = threading.Event()
    older = call(desk, "picture", upload(desk, 31))
    next(older)
    assert engine.entered.wait(20)
    newer = last(desk, "picture", upload(desk, 33))
    held.set()
    assert list(older)[-1]["photo"]["width"] == 33
    assert newer["photo"]["width"] == 33 and newer["cnn"]["picture"]["width"] == 33
    assert last(desk, "stop", {"family": "cnn"})["cnn"]["picture"]["width"] == 33


def test_one_visitor_does_not_see_anothers_photo(desk):
    last(desk, "picture", upload(desk, 12), "one")
    assert desk.rooms.of("two").value()["photo"] is None
