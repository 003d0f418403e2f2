"""Between Gradio and a desk: what the widget sent, who sent it, and that both kinds of handlers stay what they are."""

import inspect
import json
import threading
import time
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from vision.core.errors import UserError
from vision.core.words import say, speaking
from vision.faces.desks import table
from vision.faces.desks.visitor import Visitor
from vision.faces.web.context import Context
from vision.faces.web.folders import Folders
from vision.faces.web.tabs import heard
from vision.faces.web.uploads import Uploads
from vision.models.line import Line


@pytest.fixture
def context(tmp_path):
    return Context(None, Uploads(tmp_path, set()), Folders(tmp_path / "files"))


def asked(sent, session="me"):
    return SimpleNamespace(_data=sent), SimpleNamespace(session_hash=session)


@pytest.mark.parametrize("sent", [None, 7, [], "text"])
def test_what_is_no_mapping_is_an_empty_one(context, sent):
    assert heard(lambda detail, visitor: {"got": detail}, context)(*asked(sent)) == {"got": {}}


def test_a_visitor_is_known_and_has_a_folder_of_their_own(context):
    work = heard(lambda detail, visitor: {"who": visitor.session, "file": visitor.put(b"1", ".bin")}, context)
    one, two = work(*asked({}, "one")), work(*asked({}, "two"))
    assert (one["who"], two["who"]) == ("one", "two")
    assert one["file"].split("/")[-2] != two["file"].split("/")[-2]


def test_steps_stay_steps(context):
    def steps(detail, visitor):
        yield from ({"step": step} for step in range(detail["count"]))

    made = heard(steps, context)
    assert inspect.isgeneratorfunction(made)
    assert [json.loads(value["whole"]) for value in made(*asked({"count": 2}))] == [{"step": 0}, {"step": 1}]


def test_every_desk_names_its_events():
    for key in table.TABS:
        desk = table.desk(key, SimpleNamespace(catalog=SimpleNamespace(cards=()), cache=None))
        for one in (desk, *table.below(key, desk).values()):
            assert one.EVENTS and all(callable(one.handler(event)) for event in one.EVENTS)
            assert "words" in one.empty()


class Lining:
    """A desk whose one event takes its turn in a line."""

    EVENTS = ("ask",)
    FAILED = None

    def __init__(self, line, answer):
        self.line, self.answer = line, answer

    def handler(self, event):
        def work(asked, visitor):
            with self.line.turn():
                return {"seq": asked["seq"], "got": self.answer(), "for": visitor.session, "lang": say("page.language")}

        return work


@pytest.mark.parametrize("key", sorted(table.WAITING))
def test_a_place_in_the_nets_line_is_told_before_the_answer(key):
    line = Line()
    before = [line.enter(), threading.Thread(target=line.enter)]
    before[1].start()
    while len(line) < 2:
        time.sleep(0.01)
    with speaking("zh"):
        answers = table.handler(key, Lining(line, lambda: "seen"), "ask")({"seq": 5}, Visitor("me", None, None))
        first = next(answers)
    assert first == {"seq": 5, "line": say("classify.step_line", "zh", name=say(table.WAITING[key], "zh"), place=2)}
    line.leave(before[0])
    assert next(answers)["line"] == say("classify.step_line", "zh", name=say(table.WAITING[key], "zh"), place=1)
    before[1].join()
    line.leave(line._inside[0])
    assert list(answers) == [{"seq": 5, "got": "seen", "for": "me", "lang": say("page.language", "zh")}]


def test_where_nobody_waits_the_answer_is_all_there_is():
    assert [one["got"] for one in table.handler("detect", Lining(Line(), lambda: 1), "ask")({"seq": 0}, Visitor(None, None, None))] == [1]


def test_what_goes_wrong_while_a_question_waits_is_still_an_error():
    work = table.handler("fuse", Lining(Line(), Mock(side_effect=UserError("server.full"))), "ask")
    with pytest.raises(UserError) as full:
        next(work({"seq": 0}, Visitor(None, None, None)))
    assert full.value.key == "server.full"


def test_other_handlers_stay_what_they_are():
    desk = Lining(Line(), lambda: "seen")
    assert table.handler("models", desk, "ask")({"seq": 1}, Visitor(None, None, None))["got"] == "seen"
    assert table.handler("generate", desk, "paint")({"seq": 1}, Visitor(None, None, None))["got"] == "seen"
