"""A visitor's room: every change is numbered, followed, and dropped where newer work has taken its place."""

import threading

import pytest

from vision.faces.desks.room import Room, Rooms


def test_a_value_says_everything_but_what_stays_on_the_server():
    room = Room(photo=None, _source="/a/path")
    room.change({"photo": 1, "_source": "/another"})
    value = room.value()
    assert value["photo"] == 1 and value["serial"] == 1 and "_source" not in value
    assert room.part("_source") == "/another"
    assert Room().value()["run"] != Room().value()["run"]


def test_newer_work_ends_older_work_of_its_kind_and_no_other():
    room = Room(a=0)
    first, other = room.begin("photo"), room.begin("curve")
    second = room.begin("photo")
    assert first() and not second() and not other()
    room.change({"a": "old"}, first)
    assert room.part("a") == 0 and room.value()["serial"] == 0
    room.change({"a": "new"}, second)
    assert room.part("a") == "new"


def test_overtaken_work_ends_nothing():
    room = Room()
    old = room.begin("photo")
    room.begin("photo")
    newer = room.begin("cnn")
    mine = room.begin("cnn", old)
    assert mine() and not newer()


def test_following_yields_the_first_value_at_once_and_the_last_at_the_end():
    room, go = Room(step=0), threading.Event()

    def work():
        assert go.wait(10)
        for step in range(1, 51):
            room.change({"step": step})

    values = room.follow(work)
    assert next(values)["step"] == 0
    go.set()
    rest = list(values)
    serials = [value["serial"] for value in rest]
    assert rest[-1]["step"] == 50
    assert serials == sorted(serials)


def test_two_followers_of_one_room_both_see_the_end():
    room, go = Room(done=0), threading.Event()
    first = room.follow(lambda: (go.wait(10), room.update(lambda parts: {"done": parts["done"] + 1})))
    second = room.follow(lambda: (go.wait(10), room.update(lambda parts: {"done": parts["done"] + 1})))
    next(first), next(second)
    go.set()
    list(first)
    assert list(second)[-1]["serial"] >= 1
    assert room.part("done") == 2


def test_work_that_breaks_ends_the_following():
    room = Room(a=0)
    hooked, threading.excepthook = threading.excepthook, lambda _: None
    try:
        assert [value["a"] for value in room.follow(lambda: 1 / 0)][-1] == 0
    finally:
        threading.excepthook = hooked


def test_changes_from_many_threads_are_all_counted():
    room = Room(total=0)
    threads = [
        threading.Thread(target=lambda: [room.update(lambda parts: {"total": parts["total"] + 1}) for _ in range(200)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert room.part("total") == room.value()["serial"] == 1600


def test_rooms_are_private_and_bounded():
    rooms = Rooms(lambda: Room(a=0), rooms=2)
    one = rooms.of("one")
    assert rooms.of("one") is one and rooms.of("two") is not one
    assert rooms.of(None) is not rooms.of(None)
    rooms.of("one")
    rooms.of("three")  # "two" was silent longest
    assert rooms.of("one") is one
    assert len(rooms._table) == 2


@pytest.mark.parametrize("session", ["", None])
def test_without_a_session_nothing_is_kept(session):
    rooms = Rooms(lambda: Room(a=0))
    rooms.of(session)
    assert not rooms._table
