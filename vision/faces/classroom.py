"""Classes: a teacher's page leads, the pages of those who opened the class's link follow; no accounts, all bounded, nothing kept.

A class is a code, which everybody in the room may know, and a secret, which only the page that opened the class has.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vision.core.errors import UserError
from vision.faces.arguments import flag, text

CLASSES = 50  # at a time
STUDENTS = 60  # of one class
NAME_LENGTH = 24  # of a first name or number
STATE_BYTES = 48_000  # of what a page shows: tab, pictures, controls
SLOTS = ("a", "b")  # of the two pictures of Fuse; other tabs have an A
SOURCE = ("example", "pair", "part", "path", "shared", "name")  # {example}, {pair, part}, {path, name}; {shared, name} for others
CONTROLS = 500
IDLE_S = 3600.0  # a class whose teacher was silent for so long has ended
AWAY_S = 15.0  # a teacher or student who was silent for so long is not there
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that a projector makes another
CODE_LENGTH = 6

State = dict[str, Any]


class ClassError(UserError):
    """A class that is not there, is full, or is led by somebody else."""


@dataclass
class Student:
    """One page that follows: the name it goes by, when it last asked, and whether it is on its own."""

    name: str
    seen: float
    alone: bool


@dataclass
class Class:
    """One class; `serial` counts the states."""

    secret: str
    told: float
    frozen: bool = False
    serial: int = 0
    state: State | None = None
    students: dict[str, Student] = field(default_factory=dict)

    def forget(self, now: float) -> None:
        """Forget the students who were silent for too long."""
        self.students = {key: one for key, one in self.students.items() if now - one.seen <= AWAY_S}


def name_of(given: object) -> str:
    """Return a first name as it is shown to the teacher: one line, no control or direction characters, at most NAME_LENGTH.

    >>> name_of("  Ada" + chr(0x202E) + chr(10) + " L. "), name_of(7)
    ('Ada L.', '')
    """
    written = given[: 10 * NAME_LENGTH] if isinstance(given, str) else ""
    kept = "".join(" " if one.isspace() else one for one in written if one.isspace() or unicodedata.category(one)[0] != "C")
    return " ".join(kept.split())[:NAME_LENGTH].strip()


def checked(given: object) -> State:
    """Return what a page shows, checked: {tab, pictures: {slot: source}, controls: {key: flag, number or text}}."""
    controls = given.get("controls") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(controls, dict) or len(controls) > CONTROLS:
        raise UserError("classroom.bad_state")
    if not all(isinstance(value, bool | int | float | str) for value in controls.values()):
        raise UserError("classroom.bad_state")
    pictures = given.get("pictures", {})
    if not isinstance(pictures, dict) or not all(slot in SLOTS and isinstance(one, dict) for slot, one in pictures.items()):
        raise UserError("classroom.bad_state")
    kept = {slot: {key: text(key, one[key]) for key in SOURCE if key in one} for slot, one in pictures.items()}
    state = {"tab": text("tab", given.get("tab")), "pictures": kept, "controls": controls}
    try:
        written = json.dumps(state, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:  # a number or a text that no answer could repeat
        raise UserError("classroom.bad_state") from None
    if len(written) > STATE_BYTES:
        raise UserError("classroom.bad_state")
    return state


class Classroom:
    """All classes of one server; safe for many threads.

    clock  seconds, injected
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, classes: int = CLASSES, students: int = STUDENTS) -> None:
        self.clock = clock
        self.most_classes, self.most_students = classes, students
        self._lock = threading.Lock()  # guards the table and all in it
        self._table: dict[str, Class] = {}

    def open(self) -> dict[str, str]:
        """Begin a class and return its code and its secret; ClassError where too many are open."""
        with self._lock:
            now = self.clock()
            self._table = {code: one for code, one in self._table.items() if now - one.told <= IDLE_S}
            if len(self._table) >= self.most_classes:
                raise ClassError("classroom.full", most=self.most_classes)
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
            while code in self._table:
                code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
            self._table[code] = Class(secrets.token_urlsafe(24), now)
            return {"code": code, "secret": self._table[code].secret}

    def lead(self, code: object, secret: object, frozen: object = False, state: State | None = None) -> dict[str, Any]:
        """Take what the teacher's page shows (None: as before) and return who is there; ClassError for anybody else."""
        with self._lock:
            one = self._led(code, secret)
            one.told = self.clock()
            one.frozen = flag("frozen", frozen)
            if state is not None and state != one.state:
                one.serial += 1
                one.state = state
            one.forget(one.told)
            students = [{"name": student.name, "alone": student.alone} for student in one.students.values()]
            return {"students": students, "serial": one.serial}

    def end(self, code: object, secret: object) -> None:
        """End a class; ClassError for anybody but who opened it."""
        with self._lock:
            self._led(code, secret)
            del self._table[self._code(code)]

    def follow(self, code: object, student: str, name: str = "", *, alone: bool = False, serial: int = -1) -> dict[str, Any]:
        """Return the class for a student's page, with the state where `serial` is not its number; ClassError where there is no room.

        student  an identity that the page made up, known to nobody else; a page without a name goes by its number
        """
        with self._lock:
            one = self._open(code)
            now = self.clock()
            if student not in one.students:
                one.forget(now)
                if len(one.students) >= self.most_students:
                    raise ClassError("classroom.too_many", most=self.most_students)
                taken = {other.name for other in one.students.values()}
                own = name or next(str(at) for at in range(1, self.most_students + 2) if str(at) not in taken)
                one.students[student] = Student(own, now, alone)
            known = one.students[student]
            known.seen, known.alone = now, alone and not one.frozen
            told = {"serial": one.serial, "frozen": one.frozen, "there": now - one.told <= AWAY_S, "name": known.name}
            return told if serial == one.serial else {**told, "state": one.state}

    def leave(self, code: object, student: str) -> None:
        """Forget a student."""
        with self._lock:
            self._open(code).students.pop(student, None)

    def _code(self, code: object) -> str:
        return code.strip().upper() if isinstance(code, str) and len(code) <= 20 else ""

    def _open(self, code: object) -> Class:
        one = self._table.get(self._code(code))
        if one is None or self.clock() - one.told > IDLE_S:
            self._table.pop(self._code(code), None)
            raise ClassError("classroom.unknown")
        return one

    def _led(self, code: object, secret: object) -> Class:
        one = self._open(code)
        given = secret if isinstance(secret, str) and len(secret) <= 100 else ""
        if not hmac.compare_digest(given.encode("utf-8", "replace"), one.secret.encode()):
            raise ClassError("classroom.led")
        return one
