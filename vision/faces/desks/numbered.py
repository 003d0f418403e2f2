"""An event of a widget whose answer carries the question's number, so that the newest one counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vision.core.errors import UserError
from vision.faces.desks.visitor import Visitor

Answer = dict[str, Any]
Handler = Callable[[dict[str, Any], Visitor], Answer]


def numbered(work: Handler, lang: str, *, said: str = "said", **kept: str) -> Handler:
    """Return a handler that answers with `work` under the number of the question; a person's mistake becomes its sentence.

    said  the key of that sentence; kept: what every answer says besides
    """

    def handler(asked: dict[str, Any], visitor: Visitor) -> Answer:
        told = {"seq": asked["seq"] if isinstance(asked.get("seq"), int) else 0, **kept}
        try:
            return {**told, **work(asked, visitor)}
        except UserError as error:
            return {**told, said: error.say(lang)}

    return handler
