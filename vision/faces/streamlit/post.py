"""One visitor's letters to one desk, and the desk's answers on their way back."""

from __future__ import annotations

import logging
import threading
from contextvars import Context
from typing import Any

from vision.core.errors import UserError
from vision.core.words import say, speaking
from vision.faces.desks import table
from vision.faces.desks.visitor import Visitor
from vision.faces.streamlit.hall import Hall
from vision.models.line import visiting

log = logging.getLogger("glassbox")

ANSWERS = 8  # that the browser has not said it has; beyond them the oldest are dropped
LETTERS = 64  # of one sending
POLL_S = (0.2, 1.0)  # how long a run of the page waits for an answer before it lets the next question in: at first, and later on


class Post:
    """Each letter is worked on in a thread of its own, so that a run of the page never waits for a net; `data` is what a run shows.

    Of one letter's answers only the newest is kept: a desk that answers in steps says everything in each.
    """

    def __init__(self, hall: Hall, key: str, visitor: Visitor, lang: str = "en") -> None:
        self.hall, self.key, self.visitor, self.lang = hall, key, visitor, lang
        self.desk = hall.desks[key]
        self._changed = threading.Condition()  # guards all below
        self._sender = ""  # the mounted widget; a new one, when Streamlit mounts it again, knows nothing
        self._heard = 0  # its newest letter
        self._seen = 0  # its newest answer
        self._lacking = True  # it has not said yet that it is there
        self._answers: dict[int, tuple[int, Any]] = {}  # letter -> serial, value; in the order of serials
        self._said = (0, "")
        self._serial = self._letter = self._running = self._turn = 0
        self._news = False
        self._pause_s = POLL_S[0]

    def hear(self, sent: object) -> None:
        """Take what the adapter sent; a letter that was heard before is left alone, and so is what is none."""
        given = sent if isinstance(sent, dict) else {}
        sender, seen, letters = str(given.get("sender"))[:64], given.get("seen"), given.get("letters")
        with self._changed:
            if sender != self._sender:
                self._sender, self._heard = sender, 0
            self._lacking = given.get("lacking") is True
            self._seen = seen if isinstance(seen, int) else 0
            self._answers = {key: one for key, one in self._answers.items() if one[0] > self._seen or one[0] == self._serial}
            for letter in letters[:LETTERS] if isinstance(letters, list) else []:
                number = letter.get("n") if isinstance(letter, dict) else None
                if isinstance(number, int) and number > self._heard:
                    self._heard = number
                    self._pause_s = POLL_S[0]
                    self._begin(letter.get("event"), letter.get("detail"))

    def wait(self) -> None:
        """Wait a moment for news while work goes on."""
        with self._changed:
            if self._running and not self._news:
                self._changed.wait(self._pause_s)
            self._pause_s = POLL_S[0] if self._news else min(2 * self._pause_s, POLL_S[1])

    def data(self) -> dict[str, Any]:
        """Return what the adapter does not know yet."""
        with speaking(self.lang), self._changed:
            empty = self.desk.empty() if self._lacking else None
            self._news = False
            self._turn += 1  # Streamlit tells a component of a run only where its data differ
            return {
                "turn": self._turn,
                "empty": empty,
                "answers": [[serial, value] for serial, value in self._answers.values() if self._lacking or serial > self._seen],
                "heard": [self._sender, self._heard],
                "said": list(self._said),
                "busy": self._running > 0,
            }

    # ---- one letter ----

    def _begin(self, event: object, detail: object) -> None:
        if event not in self.desk.EVENTS:
            return
        self._letter += 1
        self._running += 1
        args = self._work, self._letter, str(event), detail if isinstance(detail, dict) else {}
        threading.Thread(target=Context().run, args=args, name=f"{self.key} {event}", daemon=True).start()

    def _work(self, letter: int, event: str, asked: dict[str, Any]) -> None:
        sentence = ""
        try:
            with speaking(self.lang), visiting(self.visitor.session or ""), self.hall.lines[self.key, event].turn():
                found = table.handler(self.key, self.desk, event)(self.hall.receive(self.visitor, asked), self.visitor)
                for value in [found] if isinstance(found, dict) else found:
                    self._answer(letter, value)
        except UserError as error:
            sentence = error.say(self.lang)
        except Exception:  # the last door: a traceback belongs into the log, never on the page
            log.exception("a handler failed")
            sentence = say("server.unexpected", self.lang)
            if self.desk.FAILED is not None:
                self._answer(letter, self.desk.FAILED)
        with self._changed:
            if sentence:
                self._said = self._said[0] + 1, sentence
            self._running -= 1
            self._tell()

    def _answer(self, letter: int, value: Any) -> None:
        with self._changed:
            self._serial += 1
            self._answers.pop(letter, None)
            self._answers[letter] = self._serial, value
            if len(self._answers) > ANSWERS:
                del self._answers[next(iter(self._answers))]
            self._tell()

    def _tell(self) -> None:
        self._news = True
        self._changed.notify_all()
