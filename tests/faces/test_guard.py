"""Around every handler: visitors in turn, a sentence for the person, the rest for the log, the signature as it was."""

import contextvars
import inspect
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext

from tests.faces.answers import SECRET, broken
from tests.fakes import soon
from vision.core.errors import UserError
from vision.core.words import say
from vision.faces.web import guard as standing
from vision.faces.web.guard import EACH, WIDTH, guard
from vision.models.line import Line, visitor


def mistaken(name: str) -> None:
    raise UserError("error.unknown_model", key=name)


def test_a_mistake_is_its_sentence_escaped_for_the_page_and_plain_for_programs():
    with pytest.raises(gr.Error) as page:
        guard(mistaken)("<img src=x onerror=alert(1)>")
    with pytest.raises(gr.Error) as program:
        guard(mistaken, markup=False)("<b>")
    assert "<" not in page.value.message and "&lt;img" in page.value.message
    assert program.value.message == say("error.unknown_model", key="<b>")


def test_a_bug_is_neutral_and_logged(caplog):
    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error) as found:
        guard(broken)()
    assert found.value.message == say("server.unexpected")
    assert SECRET in caplog.text


def test_steps_are_passed_on_until_one_fails():
    def steps():
        yield 1
        yield 2
        broken()

    got = []
    with pytest.raises(gr.Error):
        got.extend(guard(steps)())
    guarded = guard(steps)()
    assert [next(guarded), next(guarded)] == [1, 2]
    assert inspect.isgeneratorfunction(guard(steps))


def test_answers_and_signatures_stay():
    def work(a: int, request: gr.Request, b: str = "x") -> list[int]:
        return [a]

    assert guard(work)(3, None) == [3]
    assert inspect.signature(guard(work)) == inspect.signature(work)
    assert guard(work).__name__ == "work"


def asked(handler, session, address="10.0.0.1"):
    """Call a handler as the page's server does for a session: within a context that knows the request."""

    def call():
        LocalContext.request.set(SimpleNamespace(session_hash=session, client=SimpleNamespace(host=address)))
        return handler()

    return contextvars.copy_context().run(call)


@pytest.fixture
def lines(monkeypatch):
    """The lines that guards make from now on."""
    made = []
    monkeypatch.setattr(standing, "Line", lambda *how: made.append(Line(*how)) or made[-1])
    return made


def test_twenty_questions_of_one_visitor_do_not_starve_another(lines):
    go, begun = threading.Event(), []

    def work():
        begun.append(visitor())
        assert go.wait(30)

    handler = guard(work, width=1)
    with ThreadPoolExecutor(21) as pool:
        many = [pool.submit(asked, handler, "many") for _ in range(20)]
        soon(lambda: len(begun) == 1 and len(lines[0]) == 20)
        other = pool.submit(asked, handler, "ana")
        soon(lambda: len(lines[0]) == 21)
        go.set()
        for one in (*many, other):
            one.result(30)
    assert begun == ["many", "many", "ana", *["many"] * 18]


def test_too_many_waiting_questions_of_one_visitor_are_a_sentence_and_another_is_let_in():
    go, begun = threading.Event(), []

    def work():
        begun.append(visitor())
        return go.wait(30)

    handler = guard(work)
    with ThreadPoolExecutor(WIDTH + EACH + 2) as pool:
        many = [pool.submit(asked, handler, "many") for _ in range(WIDTH + EACH + 1)]
        soon(lambda: any(one.done() for one in many))
        (refused,) = [one for one in many if one.done()]
        with pytest.raises(gr.Error) as found:
            refused.result()
        assert found.value.message == say("server.many_waiting", count=EACH)
        other = pool.submit(asked, handler, "ana")
        go.set()
        assert other.result(30) and all(one.result(30) for one in many if one is not refused)


def test_a_program_is_known_by_its_address_and_a_page_by_its_session():
    assert asked(guard(visitor), "tab") == "tab"
    assert asked(guard(visitor, markup=False), "made up", "10.0.0.7") == "10.0.0.7"
    assert guard(visitor)() == ""


def test_steps_in_other_threads_are_of_the_same_visitor_and_leaving_ends_the_turn():
    def steps():
        while True:
            yield visitor()

    handler = guard(steps, width=1)
    going = contextvars.copy_context().run(lambda: asked(handler, "ana"))
    with ThreadPoolExecutor(1) as pool:

        def step():
            LocalContext.request.set(SimpleNamespace(session_hash="ana"))
            return next(going)

        assert [contextvars.copy_context().run(step), pool.submit(step).result(30)] == ["ana", "ana"]
    assert visitor() == ""
    going.close()
    assert next(handler()) == ""  # the only place was free again
