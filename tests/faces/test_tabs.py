"""Between Gradio and a desk: what the widget sent, who sent it, and that both kinds of handlers stay what they are."""

import inspect
import json
from types import SimpleNamespace

import pytest

from vision.faces.desks import table
from vision.faces.web.context import Context
from vision.faces.web.folders import Folders
from vision.faces.web.tabs import heard
from vision.faces.web.uploads import Uploads


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

    made = heard(steps, context, whole=True)
    assert list(heard(steps, context)(*asked({"count": 2}))) == [{"step": 0}, {"step": 1}]
    assert inspect.isgeneratorfunction(made)
    assert [json.loads(value["whole"]) for value in made(*asked({"count": 2}))] == [{"step": 0}, {"step": 1}]


def test_every_desk_names_its_events():
    for key in table.TABS:
        desk = table.desk(key, SimpleNamespace(catalog=SimpleNamespace(cards=()), cache=None))
        for one in (desk, *table.below(key, desk).values()):
            assert one.EVENTS and all(callable(one.handler(event)) for event in one.EVENTS)
            assert "words" in one.empty()
