"""The class mode's routes: a teacher's page tells what it shows, students' pages ask for it about once a second."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vision.core.errors import UserError
from vision.core.words import sentences
from vision.faces import examples
from vision.faces.classroom import NAME_LENGTH, Classroom, checked, name_of
from vision.faces.web.uploads import Uploads
from vision.faces.web.widgets import widget

CLASS_URL = "glassbox/class"  # relative to the page
STUDENT = re.compile(r"[0-9a-f]{16,64}")  # what a page makes up for itself
SERIAL = re.compile(r"-?\d{1,12}")


def build(uploads: Uploads, titles: Mapping[str, str]) -> list[Route]:
    """Put class mode below the head of the page and return its routes; `titles`: of the tabs."""
    known = {"words": sentences("classroom"), "url": CLASS_URL, "tabs": dict(titles), "name_length": NAME_LENGTH}
    widget("classroom", "gb-classroom", known)
    return Classes(uploads).routes


class Classes:
    """The routes over one server's classes; a shared picture is an upload of this process under a name of its own."""

    def __init__(self, uploads: Uploads, room: Classroom | None = None) -> None:
        self.uploads = uploads
        self.room = room or Classroom()

    @property
    def routes(self) -> list[Route]:
        """The routes: what changes something is posted, so that the gate bounds it; asking is not."""
        posted = {"open": self.open, "lead": self.lead, "end": self.end, "leave": self.leave}
        made = [Route(f"/{CLASS_URL}/{name}", self._route(work, posts=True), methods=["POST"]) for name, work in posted.items()]
        return [*made, Route(f"/{CLASS_URL}/follow", self._route(self.follow, posts=False), methods=["GET"])]

    def open(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Begin a class."""
        return self.room.open()

    def lead(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Take what the teacher's page shows; its pictures are shared with the class only once the secret was right."""
        code, secret, frozen = asked.get("code"), asked.get("secret"), asked.get("frozen", False)
        found = self.room.lead(code, secret, frozen)
        if asked.get("state") is None:
            return found
        return self.room.lead(code, secret, frozen, self._shared(asked["state"]))

    def end(self, asked: dict[str, Any]) -> dict[str, Any]:
        """End a class."""
        self.room.end(asked.get("code"), asked.get("secret"))
        return {}

    def follow(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return a class to a student's page."""
        serial = asked.get("serial", "")
        number = int(serial) if SERIAL.fullmatch(serial) else -1
        return self.room.follow(
            asked.get("code"), student(asked), name_of(asked.get("name")), alone=asked.get("alone") == "1", serial=number
        )

    def leave(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Forget a student whose page closes."""
        self.room.leave(asked.get("code"), student(asked))
        return {}

    def _shared(self, state: object) -> dict[str, Any]:
        shown = checked(state)
        return {**shown, "pictures": {slot: self._source(one) for slot, one in shown["pictures"].items()}}

    def _source(self, one: dict[str, str]) -> dict[str, str]:
        if "example" in one:
            if one["example"] not in examples.examples():
                raise UserError("examples.unknown")
            return {"example": one["example"]}
        if "pair" in one:
            return {"pair": one["pair"], "part": one.get("part", "")}
        return {"shared": self.uploads.share(one.get("path", one.get("shared"))), "name": one.get("name", "")}

    def _route(self, work: Callable[[dict[str, Any]], dict[str, Any]], posts: bool) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                asked = json.loads(await request.body() or b"{}") if posts else dict(request.query_params)
            except (ValueError, RecursionError):
                asked = None
            try:
                if not isinstance(asked, dict):
                    raise UserError("server.bad_request")
                return JSONResponse(work(asked), headers={"Cache-Control": "no-store"})
            except UserError as no:
                return JSONResponse({"error": no.say(), "key": no.key}, 422, {"Cache-Control": "no-store"})

        return answer


def student(asked: dict[str, Any]) -> str:
    """Return the identity of a student's page."""
    given = asked.get("student")
    if not isinstance(given, str) or not STUDENT.fullmatch(given):
        raise UserError("server.bad_request")
    return given
