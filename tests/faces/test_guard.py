"""Around every handler: a sentence for the person, the rest for the log, the signature as it was."""

import inspect
import logging

import gradio as gr
import pytest

from tests.faces.answers import SECRET, broken
from vision.core.errors import UserError
from vision.core.words import say
from vision.faces.web.guard import guard


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
