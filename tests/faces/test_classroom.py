"""Classes with a clock of the test's own: who leads, who follows, bounds, expiry, hostile names and codes; and the routes over them."""

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from vision.core.errors import PictureError, UserError
from vision.core.words import say
from vision.faces.classroom import (
    AWAY_S,
    CONTROLS,
    IDLE_S,
    NAME_LENGTH,
    STATE_BYTES,
    ClassError,
    Classroom,
    checked,
    name_of,
)
from vision.faces.web.classes import CLASS_URL, Classes
from vision.faces.web.uploads import SHARED, Uploads

STATE = {"tab": "detect", "pictures": {}, "controls": {"a": 0.5, "b": True, "c": "x"}}
ONE, TWO = "a" * 32, "b" * 32


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def room(clock):
    return Classroom(clock, classes=3, students=2)


def key(work):
    with pytest.raises(UserError) as caught:
        work()
    return caught.value.key


def test_students_get_what_the_teacher_shows_once(room):
    led = room.open()
    assert room.follow(led["code"], ONE)["state"] is None
    assert room.lead(**led, state=STATE) == {"students": [{"name": "1", "alone": False}], "serial": 1}
    found = room.follow(led["code"], ONE)
    assert found == {"serial": 1, "frozen": False, "there": True, "name": "1", "state": STATE}
    assert "state" not in room.follow(led["code"], ONE, serial=1)
    assert room.lead(**led, state=dict(STATE))["serial"] == 1  # the same again is no news
    assert room.lead(**led, state={**STATE, "tab": "fuse"})["serial"] == 2
    assert room.follow(f" {led['code'].lower()} ", ONE, serial=1)["state"]["tab"] == "fuse"  # as a hand may type it


def test_a_second_teacher_cannot_take_over(room):
    led = room.open()
    room.lead(**led, state=STATE)
    for secret in ("", "x", led["secret"][:-1], led["secret"] + "x", led["secret"].upper(), None, 5, [], "é\ud800", "x" * 10_000):
        assert key(lambda secret=secret: room.lead(led["code"], secret, True, {**STATE, "tab": "fuse"})) == "classroom.led"
        assert key(lambda secret=secret: room.end(led["code"], secret)) == "classroom.led"
    found = room.follow(led["code"], ONE)
    assert (found["frozen"], found["state"]) == (False, STATE)
    other = room.open()
    assert key(lambda: room.lead(led["code"], other["secret"])) == "classroom.led"


def test_on_their_own_and_frozen(room):
    led = room.open()
    room.follow(led["code"], ONE, "Ada", alone=True)
    assert room.lead(**led)["students"] == [{"name": "Ada", "alone": True}]
    room.lead(**led, frozen=True)
    assert room.follow(led["code"], ONE, "Ada", alone=True)["frozen"]
    assert room.lead(**led, frozen=True)["students"] == [{"name": "Ada", "alone": False}]  # nobody is on their own then
    assert key(lambda: room.lead(**led, frozen="yes")) == "server.bad_flag"


def test_who_is_silent_is_not_there(room, clock):
    led = room.open()
    room.follow(led["code"], ONE, "Ada")
    clock.now = AWAY_S + 1
    found = room.follow(led["code"], TWO, "Bo")
    assert not found["there"]  # the teacher was silent as well
    assert [one["name"] for one in room.lead(**led)["students"]] == ["Bo"]
    assert room.follow(led["code"], TWO)["there"]
    room.leave(led["code"], TWO)
    room.leave(led["code"], "nobody")
    assert room.lead(**led)["students"] == []


def test_classes_and_students_are_bounded(room, clock):
    led = [room.open() for _ in range(3)]
    assert len({one["code"] for one in led} | {one["secret"] for one in led}) == 6
    assert key(room.open) == "classroom.full"
    code = led[0]["code"]
    assert [room.follow(code, ONE)["name"], room.follow(code, TWO)["name"]] == ["1", "2"]
    assert key(lambda: room.follow(code, "c" * 32)) == "classroom.too_many"
    clock.now = AWAY_S + 1
    room.follow(code, TWO)
    assert room.follow(code, "c" * 32)["name"] == "1"  # the place of one who left
    assert room.follow(code, TWO)["name"] == "2"


def test_a_silent_class_ends_and_makes_room(room, clock):
    led = [room.open() for _ in range(3)]
    clock.now = IDLE_S - 1
    room.lead(**led[0])
    clock.now = IDLE_S + 1
    assert key(lambda: room.follow(led[1]["code"], ONE)) == key(lambda: room.lead(**led[2])) == "classroom.unknown"
    assert room.follow(led[0]["code"], ONE)["serial"] == 0
    room.open()
    room.end(**led[0])
    assert key(lambda: room.follow(led[0]["code"], ONE)) == "classroom.unknown"


@pytest.mark.parametrize("code", ["", "ABCDEF", "../..", "A" * 100_000, "\x00", None, 7, ["A"], {}, "<script>"])
def test_hostile_codes_are_no_class(room, code):
    room.open()
    assert key(lambda: room.follow(code, ONE)) == key(lambda: room.lead(code, "x")) == "classroom.unknown"


@pytest.mark.parametrize(
    ("given", "name"),
    [("Ada", "Ada"), ("  李 明\n", "李 明"), ("x" * 500, "x" * NAME_LENGTH), ("<b>", "<b>"),
     ("\u202egnp.exe\x00\x1b[31m", "gnp.exe[31m"), ("\ud800", ""), (None, ""), (7, "")],
)  # fmt: skip
def test_names_are_one_short_line(given, name):
    assert name_of(given) == name


@pytest.mark.parametrize(
    "state",
    [
        None, [], "x", {}, {"tab": "a"}, {"tab": 5, "controls": {}}, {"tab": "a", "controls": []}, {"tab": "a", "controls": {"x": {}}},
        {"tab": "a", "controls": {"x": None}}, {"tab": "a", "controls": dict.fromkeys(map(str, range(CONTROLS + 1)), 1)},
        {"tab": "a", "controls": {"x": "y" * STATE_BYTES}}, {"tab": "a", "controls": {}, "pictures": {"a": {"example": 5}}},
        {"tab": "a", "controls": {}, "pictures": {"c": {}}}, {"tab": "a", "controls": {}, "pictures": {"a": "x"}},
        {"tab": "a", "controls": {}, "pictures": []},
        {"tab": "\ud800", "controls": {}}, {"tab": "a", "controls": {"x": "\ud800"}}, {"tab": "a", "controls": {"x": float("nan")}},
    ],
)  # fmt: skip
def test_a_hostile_state_is_a_sentence(state):
    with pytest.raises(UserError):
        checked(state)


def test_a_state_holds_nothing_else():
    given = {**STATE, "secret": "s", "pictures": {"b": {"shared": "t", "name": "a.png", "url": "x"}}}
    assert checked(given) == {**STATE, "pictures": {"b": {"shared": "t", "name": "a.png"}}}


# ---- the routes ----


@pytest.fixture
def uploads(tmp_path):
    (tmp_path / "cat.png").write_bytes(b"")
    return Uploads(tmp_path, {str(tmp_path / "cat.png")})


@pytest.fixture
def web(uploads, room):
    return TestClient(Starlette(routes=Classes(uploads, room).routes), base_url="http://here")


def post(web, name, detail):
    return web.post(f"/{CLASS_URL}/{name}", json=detail).json()


def test_a_picture_goes_by_a_name_that_tells_no_path(web, uploads):
    led = post(web, "open", {})
    path = str(uploads.root / "cat.png")
    two = {"a": {"path": path, "name": "<b>.png"}, "b": {"pair": "alpha", "part": "b", "path": path}}
    shown = {"tab": "fuse", "controls": {}, "pictures": two}
    assert post(web, "lead", {**led, "state": shown})["serial"] == post(web, "lead", {**led, "state": shown})["serial"] == 1
    answer = web.get(f"/{CLASS_URL}/follow", params={"code": led["code"], "student": ONE, "name": "Ada", "alone": "1", "serial": "-1"})
    assert str(uploads.root) not in answer.text and answer.headers["cache-control"] == "no-store"
    pictures = answer.json()["state"]["pictures"]
    assert pictures["a"]["name"] == "<b>.png" and uploads.shared(pictures["a"]["shared"]) == path
    assert pictures["b"] == {"pair": "alpha", "part": "b"}
    shown_on = {**shown, "pictures": pictures}  # by a page that followed this class, and leads now
    assert post(web, "lead", {**led, "state": shown_on})["serial"] == 1
    assert post(web, "lead", led)["students"] == [{"name": "Ada", "alone": True}]
    for wrong in ({"path": "/etc/hostname"}, {}, {"shared": "x"}, {"path": "0" * 32}):
        assert post(web, "lead", {**led, "state": {**shown, "pictures": {"a": wrong}}})["key"] == "server.not_an_upload"
    assert post(web, "lead", {**led, "state": {**shown, "pictures": {"a": {"path": 5}}}})["key"] == "server.bad_text"
    assert post(web, "lead", {**led, "state": {**shown, "pictures": {"a": {"example": "../x"}}}})["key"] == "examples.unknown"
    assert "secret" not in json.dumps(answer.json())


def test_a_stranger_shares_nothing(web, uploads):
    led = post(web, "open", {})
    state = {"tab": "classify", "controls": {}, "pictures": {"a": {"path": str(uploads.root / "cat.png"), "name": ""}}}
    assert post(web, "lead", {**led, "secret": "x", "state": state}) == {"error": say("classroom.led"), "key": "classroom.led"}
    assert len(uploads._shared) == 0
    for name in ("", None, 5, "x"):
        with pytest.raises(PictureError):
            uploads.shared(name)


def test_shared_names_are_bounded(tmp_path):
    paths = [str(tmp_path / str(at)) for at in range(SHARED + 5)]
    many = Uploads(tmp_path, set(paths))
    names = [many.share(path) for path in paths]
    assert len(many._shared) == SHARED and many.share(paths[-1]) == names[-1]
    with pytest.raises(PictureError):
        many.shared(names[0])


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"[" * 100_000])
def test_hostile_bodies_are_sentences(web, body):
    for name in ("lead", "end", "leave"):
        answer = web.post(f"/{CLASS_URL}/{name}", content=body)
        assert answer.status_code == 422 and set(answer.json()) == {"error", "key"}


@pytest.mark.parametrize("student", ["", "short", "A" * 32, "../" * 10, "a" * 65])
def test_hostile_students_are_sentences(web, student):
    led = post(web, "open", {})
    answer = web.get(f"/{CLASS_URL}/follow", params={"code": led["code"], "student": student, "serial": "9" * 5000})
    assert answer.json()["key"] == "server.bad_request"
    assert web.get(f"/{CLASS_URL}/open").status_code == 405


def test_an_unknown_class_is_a_class_error(room):
    with pytest.raises(ClassError):
        room.follow("ABCDEF", ONE)
