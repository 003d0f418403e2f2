"""The handlers of the two experiments below the Classify tab, over small nets with random weights."""

import base64
import json
import threading

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.test_engine_whatif import CARDS
from vision.core.change import KINDS, SIDE, Change
from vision.core.errors import UserError
from vision.core.picture import read
from vision.core.words import say
from vision.engine import Engine
from vision.faces import changes
from vision.faces.desks import randomise, whatif
from vision.faces.desks.classify import Desk
from vision.faces.desks.visitor import Visitor
from vision.faces.web.folders import Folders
from vision.faces.web.uploads import Uploads
from vision.models.catalog import Catalog


@pytest.fixture(scope="module")
def engine():
    return Engine(Catalog(CARDS))


@pytest.fixture
def desk(tmp_path, engine):
    made = Desk(engine)
    root = tmp_path / "uploads"
    root.mkdir()
    made.uploads, made.folders = Uploads(root, set()), Folders(tmp_path / "files")  # for the test's own visitors
    return made


@pytest.fixture
def laboratory(desk):
    return whatif.Desk(desk)


def upload(desk, name="photo.png", width=96, height=64, seed=0):
    path = desk.uploads.root / name
    pixels = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8, 3)).astype(np.uint8)
    Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC).save(path)
    desk.uploads._received.add(str(path))
    return {"path": str(path), "orig_name": name}


def visitor(desk, session="me"):
    return Visitor(session, desk.folders.of(session).put, desk.uploads.open)


def show(desk, session="me", **more):
    """Let the Classify tab show a photo; return the value of its widget."""
    return list(desk.picture(upload(desk, **more), visitor(desk, session)))[-1]


def ask(laboratory, event, session="me", **asked):
    return laboratory.handler(event)({"seq": 7, **asked}, visitor(laboratory.above, session))


def shown(answer):
    kind, _, data = answer["picture"].partition(",")
    assert kind == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)


def test_without_a_photo_a_sentence(laboratory):
    assert ask(laboratory, "begin") == {"seq": 7, "event": "begin", "error": say("classify.no_photo")}
    assert ask(laboratory, "look", kind="blur", stop=2)["error"] == say("classify.no_photo")


def test_begin_tells_the_photo_and_each_nets_first_answer(desk, laboratory):
    value = show(desk)
    answer = ask(laboratory, "begin")
    assert answer["photo"]["id"] == value["photo"]["id"] and answer["photo"]["reduced"] is False
    assert (answer["photo"]["width"], answer["photo"]["height"]) == (96, 64)
    for family in ("cnn", "vit"):
        best = value[family]["top"][0]
        net = answer["nets"][family]
        assert (net["id"], net["label"], net["score"], net["holds"]) == (value[family]["id"], best["label"], best["score"], True)
    assert answer["nets"]["cnn"]["needs"] is False
    assert str(desk.uploads.root) not in json.dumps(answer)
    assert ask(laboratory, "begin", session="somebody else")["error"] == say("classify.no_photo")


def test_a_large_photo_is_said_to_be_reduced(desk, laboratory):
    show(desk, width=1600, height=800)
    photo = ask(laboratory, "begin")["photo"]
    assert photo["reduced"] is True and (photo["width"], photo["height"]) == (SIDE, SIDE // 2)


def test_a_look_has_the_engines_numbers_and_the_changed_picture(desk, laboratory, engine):
    value = show(desk)
    picture = desk.photo(desk.rooms.of("me"), visitor(desk))
    for event in ("look", "point"):
        answer = ask(laboratory, event, kind="shuffle", stop=3, seed=5)
        change = Change("shuffle", KINDS["shuffle"][3], seed=5)
        assert answer["photo_id"] == value["photo"]["id"]
        for family in ("cnn", "vit"):
            found = engine.whatif(picture, change, family=family)
            net = answer["nets"][family]
            assert (net["score"], net["holds"]) == (found.first.score, found.holds)
            assert (net["now"]["index"], net["now"]["score"]) == (found.top[0].index, found.top[0].score)
        assert np.abs(shown(answer) - engine.changed(picture, change).rgb).mean() < 8  # a JPEG


def test_the_saved_picture_is_what_the_nets_saw(desk, laboratory, engine):
    show(desk)
    asked = {"kind": "noise", "stop": 6, "seed": 1}
    answer, file = ask(laboratory, "look", **asked), ask(laboratory, "save", **asked)["file"]
    path = next((desk.folders.root).rglob(file["url"].rpartition("/")[2]))
    for family in ("cnn", "vit"):
        best = engine.classify(read(path), engine.card("classify", family=family).key).top[0]
        assert (best.index, best.score) == (answer["nets"][family]["now"]["index"], answer["nets"][family]["now"]["score"])


def test_the_brush_shows_another_picture(desk, laboratory):
    show(desk)
    brush = {"kind": "brush", "stop": 20, "strokes": [[0.5, 0.5, 0.4, 0]], "fill": "patch"}
    other = ask(laboratory, "other", **upload(desk, "other.png", seed=3), name="../<b>other.png")
    assert other["title"] == "<b>other.png"
    seen = [shown(ask(laboratory, "look", **brush, other=source)) for source in (None, {"example": "coffee"}, other["source"])]
    assert all(np.abs(a - b).max() > 20 for a, b in ((seen[0], seen[1]), (seen[1], seen[2]), (seen[0], seen[2])))


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"kind": "melt", "stop": 1}, "server.bad_choice"),
        ({"kind": "blur", "stop": 21}, "server.bad_whole"),
        ({"kind": "blur", "stop": -1}, "server.bad_whole"),
        ({"kind": "blur"}, "server.bad_whole"),
        ({"kind": ["blur"], "stop": 1}, "server.bad_choice"),
        ({"kind": "noise", "stop": 1, "seed": 1e40}, "server.bad_whole"),
        ({"kind": "brush", "stop": 1, "strokes": [[0.5, 0.5, 0.1]]}, "fuse.bad_list"),
        ({"kind": "brush", "stop": 1, "strokes": [[0, 0, 0.1, 0]] * 4001}, "fuse.bad_strokes"),
        ({"kind": "brush", "stop": 1, "strokes": [[0, 0, float("nan"), 0]]}, "server.bad_number"),
        ({"kind": "brush", "stop": 1, "fill": "acid"}, "server.bad_choice"),
    ],
)
def test_a_wrong_question_is_a_sentence(asked, key):
    with pytest.raises(UserError) as caught:
        changes.change(asked)
    assert caught.value.key == key


@pytest.mark.parametrize("other", [{"path": "/etc/hostname", "name": "x"}, {"example": "../secret"}, "coffee", {"path": 3}])
def test_a_picture_from_elsewhere_is_refused(desk, laboratory, other):
    show(desk)
    answer = ask(laboratory, "look", kind="brush", stop=3, strokes=[[0.5, 0.5, 0.2, 0]], fill="patch", other=other)
    assert answer["error"] and "nets" not in answer and "/etc" not in answer["error"]


# ---- randomise the weights ----


def event(family, method="gradcam"):
    return {"family": family, "method": method}


def test_without_a_photo_randomising_is_a_sentence(desk):
    value = list(randomise.Desk(desk).begin(event("cnn"), visitor(desk)))[-1]
    assert value["said"] == say("classify.no_answer") and value["said_serial"] == 1 and value["cnn"] is None


def test_each_part_is_a_step_with_its_map_and_figures(desk, engine):
    shown = show(desk)
    value = list(randomise.Desk(desk).begin(event("vit", "rollout"), visitor(desk)))[-1]
    run = value["vit"]
    assert (run["total"], len(run["steps"]), run["running"], run["method"]) == (5, 6, False, "rollout")
    assert run["answer"] == shown["vit"]["id"] and run["photo"]["url"] == shown["photo"]["url"] and value["cnn"] is None
    found = list(engine.randomise(desk.photo(desk.rooms.of("me"), visitor(desk)), "vit", method="rollout"))
    for step, one in zip(run["steps"], found, strict=True):
        assert (step["part"], step["rank"], step["ssim"]) == (one.part, one.rank, one.ssim)
        assert np.array_equal(step["levels"], np.floor(one.grid * 255 + 0.5))
    assert run["words"] == list(found[-1].words)


def test_stop_ends_it_and_keeps_what_was_drawn(desk, engine, monkeypatch):
    show(desk)
    forgetting, closed = randomise.Desk(desk), threading.Event()
    real = engine.randomise

    def slow(*args, **more):
        steps = real(*args, **more)
        try:
            for step in steps:
                yield step
                assert gate.wait(20)
        finally:
            steps.close()
            closed.set()

    gate = threading.Event()
    monkeypatch.setattr(engine, "randomise", slow)
    going = forgetting.begin(event("cnn"), visitor(desk))
    while not (next(going)["cnn"] or {"steps": []})["steps"]:
        pass
    stopped = forgetting.stop(event("cnn"), visitor(desk))
    assert stopped["cnn"]["running"] is False and len(stopped["cnn"]["steps"]) == 1
    gate.set()
    assert list(going)[-1]["cnn"] == stopped["cnn"] and closed.wait(20)
    status = engine.cache.statuses([engine.catalog["cnn"]])[0]
    assert status.leases == sum(one.resident for one in engine.cache.statuses([engine.catalog["hybrid"]]))


def test_a_bug_is_a_sentence_and_what_was_drawn_stays(desk, engine, monkeypatch):
    show(desk)

    def broken(*args, **more):
        raise RuntimeError("/home/teacher")

    monkeypatch.setattr(engine, "randomise", broken)
    value = list(randomise.Desk(desk).begin(event("cnn"), visitor(desk)))[-1]
    assert value["said"] == say("server.unexpected") and value["cnn"]["running"] is False


def test_a_method_that_the_net_does_not_have_is_a_sentence(desk):
    show(desk)
    value = list(randomise.Desk(desk).begin(event("cnn", "rollout"), visitor(desk)))[-1]
    assert value["said"] == say("explain.no_method", model="A CNN", method="rollout", methods="gradcam")
