"""Lessons as data: every step sets what is there, every language says it, docs/lessons is what the data say; UPDATE=1 writes it anew."""

import json
import os
import re
from pathlib import Path

import pytest

from vision.core.change import KINDS
from vision.core.errors import UserError
from vision.core.words import LANGUAGES, say, words
from vision.engine import Engine
from vision.faces import examples, lessons
from vision.faces.desks import table
from vision.faces.desks.fuse import PAIRS

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "lessons"
ADDRESS = "http://127.0.0.1:7860/"  # where a page that runs on this machine is
STEPS = [(one.key, at, query) for one in lessons.lessons().values() for at, query in enumerate(one.steps, 1)]


def test_there_are_eight_of_ten_to_forty_minutes():
    found = lessons.lessons()
    assert len(found) == 8
    assert all(10 <= one.minutes <= 40 and len(one.steps) >= 3 for one in found.values())
    assert all(re.fullmatch("[a-z]+", key) for key in found)


@pytest.mark.parametrize(("key", "at", "query"), STEPS)
def test_a_step_sets_what_is_there_and_ships(key, at, query):
    tab, set_to = lessons.settings(query)
    engine = Engine()
    assert tab in table.tabs(engine)
    if "example" in set_to:
        assert set_to["example"] in examples.examples()
    if "pair" in set_to:
        assert set_to["pair"] in PAIRS
    if "detector" in set_to:
        assert engine.card("detect", set_to["detector"]).source in ("bundled", "package")
    if "change" in set_to:
        assert set_to["at"] < len(KINDS[set_to["change"]])
    if "place" in set_to:
        assert re.fullmatch(r"\d+_\d+_1~\d+~\d+~[\d.]+~[\d.]+~-?\d(_-?\d){7}", set_to["place"])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?example=lion",
        "?tab=nowhere",
        "?tab=detect&opacity=0.5",
        "?tab=detect&score=2",
        "?tab=detect&score=nan",
        "?tab=detect&score=x",
        "?tab=detect&limit=2.5",
        "?tab=classify&change=melt",
        "?tab=classify&guess=yes",
    ],
)
def test_an_address_that_sets_nothing_is_refused(query):
    with pytest.raises((UserError, ValueError)):
        lessons.settings(query)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_tells_all_of_it(lang):
    told = lessons.told(lang)
    assert json.loads(json.dumps(told)) == told
    assert [(one["key"], len(one["steps"])) for one in told] == [(one.key, len(one.steps)) for one in lessons.lessons().values()]
    texts = [text for one in told for text in (one["title"], one["aim"], *(step[part] for step in one["steps"] for part in step))]
    assert all(text and "{" not in text for text in texts)
    used = {f"lessons.{key}_{at}_{part}" for key, at, _ in STEPS for part in ("do", "ask", "answer")}
    used |= {f"lessons.{key}_{part}" for key in lessons.lessons() for part in ("title", "aim")}
    assert used == {key for key in words(lang) if key.startswith("lessons.")}


def test_numbers_are_the_same_in_every_language():
    """What a step says of the models' answers are numbers; none may be lost or changed on the way into another language."""
    figures = {}
    for lang in LANGUAGES:
        for key in words("en"):
            if key.startswith("lessons.") and key.endswith("_answer"):
                figures.setdefault(key, set()).add(tuple(sorted(re.findall(r"\d+(?:\.\d+)?", words(lang)[key]))))
    assert [key for key, found in figures.items() if len(found) > 1] == []


def page(lesson, lang):
    """Return a lesson as a page to print, for whoever prepares it."""
    lines = [f"# {lesson['title']}", "", lesson["aim"], "", f"*{say('guide.minutes', lang, minutes=lesson['minutes'])}*", ""]
    for at, step in enumerate(lesson["steps"], 1):
        link = f"{ADDRESS}{step['set']}&lesson={lesson['key']}&step={at}" + ("" if lang == "en" else f"&lang={lang}")
        lines += [f"## {say('guide.step', lang, step=at, steps=len(lesson['steps']))}", "", step["do"], ""]
        lines += [f"[{say('guide.set', lang)}]({link})", "", f"**{step['ask']}**", "", "<details>"]
        lines += [f"<summary>{say('guide.answer', lang)}</summary>", "", step["answer"], "", "</details>", ""]
    return "\n".join(lines)


def index(lang):
    """Return the list of the lessons."""
    suffix = "" if lang == "en" else f".{lang}"
    lines = [f"# {say('guide.title', lang)}", "", say("guide.lead", lang), ""]
    lines += [
        f"{at}. [{one['title']}]({one['key']}{suffix}.md), {say('guide.minutes', lang, minutes=one['minutes'])}: {one['aim']}"
        for at, one in enumerate(lessons.told(lang), 1)
    ]
    others = [f"[{say('page.language', one)}](README{'' if one == 'en' else f'.{one}'}.md)" for one in LANGUAGES if one != lang]
    return "\n".join([*lines, "", " · ".join(others), ""])


def made():
    """Return all pages by file name."""
    pages = {}
    for lang in LANGUAGES:
        suffix = "" if lang == "en" else f".{lang}"
        pages[f"README{suffix}.md"] = index(lang)
        pages |= {f"{one['key']}{suffix}.md": page(one, lang) for one in lessons.told(lang)}
    return pages


def test_the_pages_are_what_the_data_say():
    if os.environ.get("UPDATE"):
        PAGES.mkdir(exist_ok=True)
        for name, text in made().items():
            (PAGES / name).write_text(text, "utf-8")
    there = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")}
    assert there == made(), "run UPDATE=1 python -m pytest tests/faces/test_lessons.py"
