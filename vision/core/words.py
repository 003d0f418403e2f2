"""Every sentence a person reads, by key: one TOML file per language beside this module.

Whoever answers a person sets the language once (`speaking`); what is said meanwhile is said in it.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

FILES = sorted(Path(__file__).parent.glob("*.toml"), key=lambda path: (path.stem != "en", path.stem))
LANGUAGES = tuple(path.stem for path in FILES)  # English first
OPEN = "open"  # instead of a language: what is said stays open, as a mark that `settle` replaces once the language is known
MARK = re.compile(r"⟦([a-z_]+\.[a-z0-9_-]+)([^⟦⟧]*)⟧")
SHARE = re.compile(r"^([<\d.e+ -]*\d) %$")  # a share as English has it
PERCENT = {"en": "\u00a0%", "zh": "%"}  # the sign behind a number; no line ends before it; twin: assets/web/figures.js
spoken: ContextVar[str] = ContextVar("spoken", default="en")


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Say everything in a language within this block, where none is named; only of this thread or task."""
    before = spoken.set(lang)
    try:
        yield
    finally:
        spoken.reset(before)


def prefer(*wishes: str) -> str:
    """Return the first language of some wishes that is there, English where none is.

    wishes  the most important one first: a code, a locale such as zh_CN.UTF-8, or an Accept-Language header (RFC 9110, 12.5.4)

    >>> prefer("", "fr, zh-TW;q=0.8, en;q=0.1") if "zh" in LANGUAGES else "zh"
    'zh'
    """
    for wish in wishes:
        parts = [re.fullmatch(r"\s*([A-Za-z]+)[\w.@-]*\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", part) for part in wish[:1000].split(",")]
        named = [(float(part[2] or 1), part[1].lower()) for part in parts if part]
        for weight, lang in sorted(named, key=lambda one: -one[0]):
            if weight > 0 and lang in LANGUAGES:
                return lang
    return "en"


@cache
def words(lang: str = "en") -> dict[str, str]:
    """Return all sentences of a language as {"section.key": template}; a language that is not there is a KeyError.

    A sentence that a language does not have yet is the English one.
    """
    if lang not in LANGUAGES:
        raise KeyError(lang)
    tables = tomllib.loads(Path(__file__).with_name(f"{lang}.toml").read_text("utf-8"))
    own = {f"{section}.{key}": text for section, table in tables.items() for key, text in table.items()}
    return own if lang == "en" else {**words("en"), **own}


def say(key: str, lang: str = "", /, **values: object) -> str:
    """Return one sentence with its `{name}` holes filled; values are put in as text and never read as templates.

    lang  the language; empty: the one that is spoken. A value that can say itself is said in it too.

    >>> say("error.unknown_model", key="{x}")
    'There is no model called “{x}”; open the Models tab for the list.'
    """
    lang = lang or spoken.get()
    if lang == OPEN:
        return f"⟦{key}{json.dumps(values, default=str)}⟧"
    texts = {name: said(value, lang) for name, value in values.items()}
    texts = {name: SHARE.sub(rf"\1{PERCENT.get(lang, PERCENT['en'])}", text) for name, text in texts.items()}
    return words(lang)[key].format_map(texts)


def settle(text: str, lang: str) -> str:
    """Return JSON, also inside a script element, with the marks of open sentences and templates said in a language."""

    def sentence(mark: re.Match[str]) -> str:
        key, values = mark[1], json.loads(f'"{mark[2]}"')
        text = json.dumps(say(key, lang, **json.loads(values)) if values else words(lang)[key], ensure_ascii=False)[1:-1]
        return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")

    return MARK.sub(sentence, text)


def sentences(*sections: str, lang: str = "") -> dict[str, str]:
    """Return the templates of sections, by key without the section, as a widget takes them for its `data.words`."""
    lang = lang or spoken.get()
    keys = [key for key in words() if key.partition(".")[0] in sections]
    return {key.partition(".")[2]: f"⟦{key}⟧" if lang == OPEN else words(lang)[key] for key in keys}


class Spoken(str):
    """A text that is English wherever a text is wanted, and can say itself in other languages."""

    def say(self, lang: str = "") -> str:
        """Return the text in a language; empty: in the one that is spoken."""
        raise NotImplementedError


def said(value: object, lang: str = "") -> str:
    """Return a value as text in a language, empty: in the one that is spoken; what cannot say itself is the same in all."""
    return value.say(lang) if isinstance(value, Spoken) else str(value)


class Sentence(Spoken):
    """A sentence that is its English text wherever a text is wanted, and can say itself in another language.

    >>> note = Sentence("error.unknown_model", key="x")
    >>> note == say("error.unknown_model", key="x") == note.say("en")
    True
    """

    key: str
    values: dict[str, object]

    def __new__(cls, key: str, /, **values: object) -> "Sentence":
        """Return the English sentence of a key."""
        made = super().__new__(cls, say(key, "en", **values))
        made.key, made.values = key, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """Say how to copy and pickle it."""
        return (self.key,), self.values

    def say(self, lang: str = "") -> str:
        """Return the sentence in a language; empty: in the one that is spoken."""
        return say(self.key, lang, **self.values)
