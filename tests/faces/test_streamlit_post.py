"""One visitor's letters to one desk: each heard once, answered in a thread, and nothing that the browser has is sent again."""

import base64
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from tests.core.samples import encoded
from vision.core.errors import PictureError, UserError
from vision.core.words import say
from vision.faces.streamlit.hall import Hall
from vision.faces.streamlit.post import ANSWERS, Post
from vision.faces.streamlit.shelf import Shelf

SECRET = "/home/teacher/.cache"


class Some:
    """A desk whose answers the test holds in its hand."""

    EVENTS = ("say", "steps", "wrong", "bug", "open", "wait")
    FAILED = None

    def __init__(self):
        self.asked = []
        self.gate = threading.Event()

    def empty(self):
        return {"words": {}}

    def handler(self, event):
        return getattr(self, event)

    def say(self, asked, visitor):
        self.asked.append(asked)
        return {"said": asked.get("text")}

    def steps(self, asked, visitor):
        yield from ({"step": step} for step in range(5))

    def wrong(self, asked, visitor):
        raise UserError("examples.unknown")

    def bug(self, asked, visitor):
        raise RuntimeError(SECRET)

    def open(self, asked, visitor):
        picture = visitor.open(asked.get("path"), asked.get("orig_name", ""))
        return {"size": [picture.width, picture.height], "name": picture.name}

    def wait(self, asked, visitor):
        assert self.gate.wait(20)
        return {"done": True}


@pytest.fixture
def hall():
    made = Hall(SimpleNamespace(catalog=SimpleNamespace(cards=()), cache=None))
    made.desks["some"] = Some()
    made.lines |= {("some", event): made.lines["models", "refresh"] for event in Some.EVENTS}
    return made


@pytest.fixture
def post(hall):
    return Post(hall, "some", hall.visitor(Shelf()))


def letter(n, event, **detail):
    return {"n": n, "event": event, "detail": detail}


def sent(*letters, sender="one", seen=0, lacking=False):
    return {"sender": sender, "seen": seen, "lacking": lacking, "letters": list(letters)}


def settled(post):
    """Return the data when nothing is at work any more."""
    for _ in range(400):
        post.wait()
        data = post.data()
        if not data["busy"]:
            return data
        time.sleep(0.01)
    raise AssertionError("a desk that never ends")


def test_before_any_letter_the_widget_is_mounted(post):
    data = post.data()
    assert data["empty"] == {"words": {}} and data["answers"] == [] and not data["busy"]


def test_a_letter_is_answered_and_not_heard_twice(post):
    post.hear(sent(letter(1, "say", text="a")))
    post.hear(sent(letter(1, "say", text="a"), letter(2, "say", text="b")))
    data = settled(post)
    assert sorted(one["text"] for one in post.desk.asked) == ["a", "b"]
    assert sorted(value["said"] for _, value in data["answers"]) == ["a", "b"]
    assert data["heard"] == ["one", 2] and data["empty"] is None


def test_what_was_seen_is_not_sent_again(post):
    post.hear(sent(letter(1, "say", text="a")))
    [[serial, _]] = settled(post)["answers"]
    post.hear(sent(seen=serial))
    assert post.data()["answers"] == []


def test_a_widget_mounted_anew_gets_everything_that_counts(post):
    post.hear(sent(letter(1, "say", text="a")))
    [[serial, _]] = settled(post)["answers"]
    post.hear(sent(letter(2, "say", text="b"), seen=serial))
    settled(post)
    post.hear(sent(sender="two", lacking=True))
    data = post.data()
    assert data["empty"] == {"words": {}} and data["answers"][-1][1]["said"] == "b" and data["heard"] == ["two", 0]
    post.hear(sent(letter(1, "say", text="c"), sender="two", seen=data["answers"][-1][0]))
    assert [value["said"] for _, value in settled(post)["answers"]] == ["c"]


def test_of_steps_the_newest_counts(post):
    post.hear(sent(letter(1, "steps")))
    assert [value for _, value in settled(post)["answers"]] == [{"step": 4}]


def test_a_run_of_the_page_waits_for_no_desk(post):
    post.hear(sent(letter(1, "wait"), letter(2, "say", text="a")))
    for _ in range(100):
        post.wait()
        data = post.data()
        if data["answers"]:
            break
    assert data["busy"] and [value for _, value in data["answers"]] == [{"said": "a"}]
    post.desk.gate.set()
    assert {"done": True} in [value for _, value in settled(post)["answers"]]


def test_a_mistake_is_a_sentence_and_a_bug_tells_nothing(post):
    post.hear(sent(letter(1, "wrong")))
    assert settled(post)["said"] == [1, say("examples.unknown")]
    post.hear(sent(letter(2, "bug")))
    data = settled(post)
    assert data["said"] == [2, say("server.unexpected")] and SECRET not in str(data)
    post.desk.FAILED = {"failed": True}
    post.hear(sent(letter(3, "bug")))
    assert [value for _, value in settled(post)["answers"]] == [{"failed": True}]


@pytest.mark.parametrize(
    "nonsense",
    [None, 7, [], "x", {}, {"letters": 3}, {"sender": [], "seen": "x", "letters": [None, 1, {"n": "x"}, {"n": 1, "event": ["say"]}]},
     {"letters": [{"n": 1, "event": "__init__"}, {"n": 2, "event": "empty"}, {"n": 3, "event": "handler", "detail": 5}]}],
)  # fmt: skip
def test_nonsense_changes_nothing(post, nonsense):
    post.hear(nonsense)
    data = settled(post)
    assert data["answers"] == [] and data["said"] == [0, ""] and post.desk.asked == []


def test_answers_that_nobody_fetches_are_bounded(post):
    post.hear(sent(*(letter(n, "say", text=str(n)) for n in range(1, 20))))
    assert len(settled(post)["answers"]) == ANSWERS


def test_a_picture_comes_in_and_belongs_to_its_visitor(post, hall):
    content = encoded(np.full((3, 5, 3), 9, np.uint8), "PNG")
    file = {"name": "<b>x.png", "content": base64.b64encode(content).decode()}
    post.hear(sent(letter(1, "open", file=file)))
    [[_, value]] = settled(post)["answers"]
    assert value == {"size": [5, 3], "name": "<b>x.png"}
    kept = hall.receive(post.visitor, {"file": file})
    assert kept["file"] is None and post.visitor.open(kept["path"], "").width == 5
    with pytest.raises(PictureError):
        hall.visitor(Shelf()).open(kept["path"], "")


@pytest.mark.parametrize("path", [None, 7, "/etc/hostname", "", "../x"])
def test_a_path_that_was_not_given_out_opens_nothing(post, path):
    with pytest.raises(PictureError):
        post.visitor.open(path, "")


HUGE = "A" * 90_000_000


@pytest.mark.parametrize("content", [None, 7, "not base64!", HUGE], ids=["none", "number", "text", "huge"])
def test_a_file_that_is_none_is_a_sentence(post, content):
    post.hear(sent(letter(1, "open", file={"name": "x", "content": content})))
    assert settled(post)["said"][1] in (say("server.too_large"), say("server.not_an_upload"))
