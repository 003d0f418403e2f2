"""Errors for a person: each is one sentence of the words file that says what to do next."""

from typing import Any

from vision.core.words import say


class UserError(Exception):
    """A mistake or a limit that a person can do something about; `str()` is the English sentence."""

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(say(key, "en", **values))

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to copy and pickle it, as it crosses between processes of Ray Serve."""
        return _again, (type(self), self.key, self.values)

    def say(self, lang: str = "") -> str:
        """Return the sentence in a language; empty: in the one that is spoken."""
        return say(self.key, lang, **self.values)


class PictureError(UserError):
    """The file is not a picture that can be used."""


class ModelError(UserError):
    """The model cannot be had: unknown, too large, not downloaded, or broken."""


def _again(kind: type[UserError], key: str, values: dict[str, object]) -> UserError:
    return kind(key, **values)
