"""The Measure tab's handlers over an engine that answers by rule: names, figures, hostile questions, files."""

import csv
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from vision.core.errors import PictureError
from vision.core.picture import read
from vision.core.results import Classification, Guess
from vision.core.results_detect import Candidates
from vision.core.words import say
from vision.faces.desks.measure import BOXES, NAMES, Desk
from vision.faces.desks.visitor import Visitor
from vision.faces.measuring import PICTURES
from vision.models import labels
from vision.models.catalog import Catalog

IMAGENET, COCO = labels.read("imagenet-1k"), labels.read("coco80")
ANSWERS = {"efficientnet-lite0": {"lynx": "tabby", "lion": "lion"}, "vit-hybrid": {"lynx": "lynx", "lion": "toilet tissue"}}


class Ruled:
    """An engine that names a picture by what its file is called."""

    catalog = Catalog.read()

    def card(self, task, key="", family=""):
        return next(one for one in self.catalog.cards if one.task == task and key in ("", one.key) and family in ("", one.family))

    def classify(self, picture, model="", *, top, maps):
        assert not maps and top == 1
        label = ANSWERS[model][picture.name.split("-")[0]]
        best = (Guess(label, IMAGENET.index(label), 0.5),)
        return Classification(model=model, revision="r", device="cpu", ms=1, picture=picture.facts, top=best, seen=(0, 0, 1, 1))

    def candidates(self, picture, model=""):
        found = [([0, 0, 10, 10], 0.9, "cat"), ([0, 0, 10, 9], 0.8, "cat"), ([20, 0, 30, 10], 0.7, "dog"), ([0, 0, 9, 9], 0.6, "person")]
        return Candidates(
            model=model, revision="r", device="cpu", ms=1, picture=picture.facts, names=COCO, sources=np.zeros(4, np.int64),
            proposals=None, objectness=None,
            xyxy=np.array([row[0] for row in found], np.float64), scores=np.array([row[1] for row in found]),
            classes=np.array([COCO.index(row[2]) for row in found]),
        )  # fmt: skip


class Client:
    """One visitor: `ask` gives an event's answer."""

    def __init__(self, desk, session="me"):
        self.desk, self.files, self.id = desk, [], ""
        self.visitor = Visitor(session, self.put, self.open)

    def put(self, content, suffix):
        self.files.append(content)
        return f"file{suffix}"

    def open(self, path, name):
        if path == "gone":
            raise PictureError("server.upload_gone")
        assert path == "here"
        out = io.BytesIO()
        Image.new("RGB", (40, 20)).save(out, "PNG")
        return read(out.getvalue(), name)

    def ask(self, event, **detail):
        found = self.desk.handler(event)({"seq": 7, "id": self.id, **detail}, self.visitor)
        assert found.pop("seq") == 7
        return found

    def begin(self, *names, kind="classify", models=None):
        answer = self.ask("begin", kind=kind, names=list(names), models=models or {})
        self.id = answer.get("begun", {}).get("id", "")
        return answer


@pytest.fixture
def desk():
    return Desk(Ruled(), "en")


@pytest.fixture
def client(desk):
    return Client(desk)


def test_figures_follow_from_the_answers(client):
    begun = client.begin("lynx", "lion", "kat <b>", "狮子")["begun"]
    assert begun["names"] == ["lynx", "lion"] and begun["index"] == {"lynx": 0, "lion": 1, "狮子": 1}
    assert [one["name"] for one in begun["left_out"]] == ["kat <b>"] and "kat <b>" in begun["left_out"][0]["why"]
    for name, truth in [("lynx-1", "lynx"), ("lynx-2", "lynx"), ("lion-1", "lion"), ("lion-2", "狮子")]:
        row = client.ask("picture", path="here", name=name, truth=truth)["row"]
    assert row["truth"] == 1 and [one["is"] for one in row["guesses"]] == [1, -1] and row["guesses"][1]["label"] == "toilet tissue"
    assert client.ask("picture", path="gone", name="lynx-3", truth="lynx")["row"] == {"failed": say("server.upload_gone")}
    cnn, vit = client.ask("figures")["figures"]["nets"]
    assert (cnn["accuracy"], vit["accuracy"], cnn["confusion"], vit["confusion"]) == (
        0.5,
        0.5,
        [[0, 0, 2], [0, 2, 0]],
        [[2, 0, 0], [0, 0, 2]],
    )
    assert client.ask("save", kind="csv")["download"] == {"url": "file.csv", "name": "glassbox-measure.csv"}
    rows = list(csv.DictReader(io.StringIO(client.files[-1].decode())))
    assert rows[0]["cnn_answer"] == "tabby" and rows[0]["cnn_as"] == "" and rows[3]["truth"] == "lion" and len(rows) == 4
    client.ask("save", kind="json")
    kept = json.loads(client.files[-1])
    assert kept["left_out"] == ["kat <b>"] and [net["accuracy"] for net in kept["nets"]] == [0.5, 0.5]


def test_a_detector_is_counted_box_by_box(client):
    begun = client.begin("cat", "dog", "unicorn", kind="detect")["begun"]
    assert begun["names"] == ["cat", "dog"] and [one["name"] for one in begun["left_out"]] == ["unicorn"]
    boxes = [{"xyxy": [0, 0, 20, 20], "name": "cat"}, {"xyxy": [62, 0, 72, 20], "name": "dog"}, {"xyxy": [0, 0, 9, 9], "name": "unicorn"}]
    row = client.ask("picture", path="here", name="a.png", boxes=boxes, size=[80, 40])["row"]  # the file speaks of twice the size
    assert row == {"boxes": 2}
    found = client.ask("figures", score=0.5)["figures"]
    assert found["precision"]["ap50"] == pytest.approx(0.5) and found["precision"]["boxes"] == 2
    counts = found["rows"][0]  # the second cat is suppressed, the person is asked by nobody, the dog is next to its true box
    assert counts == {"right": 1, "localisation": 0, "classification": 0, "duplicate": 0, "background": 1, "both": 0, "missed": 1}
    assert client.ask("figures", score=0.85)["figures"]["rows"][0]["background"] == 0
    client.ask("save", kind="csv", score=0.5)
    assert client.files[-1].decode().splitlines()[1] == "a.png,2,1,0,0,0,1,0,1"


def test_an_empty_picture_is_a_picture_too(client):
    client.begin("cat", kind="detect")
    assert client.ask("picture", path="here", name="a.png", boxes=[])["row"] == {"boxes": 0}
    assert client.ask("figures", score=0.5)["figures"]["rows"][0]["background"] == 1


@pytest.mark.parametrize(
    "detail",
    [
        {"boxes": None}, {"boxes": [{}]}, {"boxes": [{"xyxy": [0, 0, 1], "name": "cat"}]},
        {"boxes": [{"xyxy": [0, 0, 1, 1e300], "name": "cat"}]},
        {"boxes": [{"xyxy": [0, 0, 1, float("nan")], "name": "cat"}]}, {"boxes": [{"xyxy": [0, 0, 1, 1], "name": 5}]},
        {"boxes": [{"xyxy": [0, 0, 1, 1], "name": "cat"}] * (BOXES + 1)}, {"boxes": [], "size": [0, 5]}, {"boxes": [], "size": [1e300, 1]},
        {"boxes": [], "path": 5}, {"boxes": [], "name": 5},
    ],
)  # fmt: skip
def test_hostile_boxes_are_sentences(client, detail):
    client.begin("cat", kind="detect")
    assert set(client.ask("picture", **{"path": "here", "name": "a", **detail})) == {"said"}


def test_hostile_questions_are_sentences(client, desk):
    assert client.ask("figures") == {"said": say("measure.forgotten")}
    assert "said" in client.begin(*map(str, range(NAMES + 1)))
    for names in (5, [5], ["x" * 3000]):
        assert "said" in client.ask("begin", kind="classify", names=names)
    assert "said" in client.begin("lynx", kind="train") and "said" in client.begin("lynx", models={"cnn": 7})
    client.begin("lynx")
    assert client.ask("picture", path="here", name="lynx-1", truth="lion") == {"said": say("measure.forgotten")}
    assert "said" in client.ask("picture", path="here", name="lynx-1") and "said" in client.ask("save", kind="exe")
    assert client.ask("picture", example="../../etc")["row"] == {"failed": say("examples.unknown")}
    assert client.ask("figures", id="another") == {"said": say("measure.forgotten")}
    stranger = Client(desk, "you")
    stranger.id = client.id
    assert stranger.ask("figures") == {"said": say("measure.forgotten")}
    nobody = Client(desk, None)
    nobody.begin("lynx")
    assert "said" in nobody.ask("figures")


def test_nothing_grows_without_bound(client):
    desk = Desk(Ruled(), "en", visitors=2)
    clients = [Client(desk, str(at)) for at in range(3)]
    for one in clients:
        one.begin("lynx")
    assert "said" in clients[0].ask("figures") and "figures" in clients[2].ask("figures")
    desk._runs["2"][1].rows.extend([SimpleNamespace()] * PICTURES)
    assert clients[2].ask("picture", path="here", name="lynx-1", truth="lynx") == {"said": say("measure.too_many", most=PICTURES)}


def test_a_cell_that_a_spreadsheet_would_run_is_inert(client):
    client.begin("lynx")
    ANSWERS["efficientnet-lite0"]["=cmd()"] = ANSWERS["vit-hybrid"]["=cmd()"] = "lynx"
    client.ask("picture", path="here", name="=cmd()-1", truth="lynx")
    client.ask("save", kind="csv")
    assert "\n'=cmd()-1,lynx" in client.files[-1].decode()
