"""Every sentence a person reads, by key: one TOML file per language beside this module."""

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("en",)


@cache
def words(lang: str = "en") -> dict[str, str]:
    """Return all sentences of a language as {"section.key": template}; a language that is not there is a KeyError."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    tables = tomllib.loads(Path(__file__).with_name(f"{lang}.toml").read_text("utf-8"))
    return {f"{section}.{key}": text for section, table in tables.items() for key, text in table.items()}


def say(key: str, lang: str = "en", /, **values: object) -> str:
    """Return one sentence with its `{name}` holes filled; values are put in as text and never read as templates.

    >>> say("error.unknown_model", key="{x}")
    'There is no model called “{x}”; open the Models tab for the list.'
    """
    return words(lang)[key].format_map({name: str(value) for name, value in values.items()})


def sentences(*sections: str, lang: str = "en") -> dict[str, str]:
    """Return the templates of sections, by key without the section, as a widget takes them for its `data.words`."""
    return {key.partition(".")[2]: text for key, text in words(lang).items() if key.partition(".")[0] in sections}


class Sentence(str):
    """A sentence that is its English text wherever a text is wanted, and can say itself in another language.

    >>> note = Sentence("error.unknown_model", key="x")
    >>> note == say("error.unknown_model", key="x") == note.say("en")
    True
    """

    key: str
    values: dict[str, object]

    def __new__(cls, key: str, /, **values: object) -> "Sentence":
        """Return the English sentence of a key."""
        made = super().__new__(cls, say(key, **values))
        made.key, made.values = key, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """Say how to copy and pickle it."""
        return (self.key,), self.values

    def say(self, lang: str = "en") -> str:
        """Return the sentence in a language."""
        return say(self.key, lang, **self.values)
