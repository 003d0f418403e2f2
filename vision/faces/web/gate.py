"""What stands before every request: bounds on size and rate, closed routes, no addresses in place of files, a page that stays at home."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vision.core.errors import UserError
from vision.core.words import say
from vision.faces.web.calls import CALL, completed
from vision.faces.web.rate import Rate

UPLOAD_BYTES = 64 << 20  # one uploaded file
UPLOADS_BYTES = 4 << 30  # all uploads that are kept at a time
FORM_BYTES = 1 << 20  # what a form may add around its file
TOOLS_URL = "mcp"  # where the tools are, if they are open (mcp.py)
TOOL_BYTES = 8 << 20  # a call of a tool, which may hold its picture
JSON_BYTES = 1 << 20  # any other request

# (at once, a second after that) for one address, behind which a whole class may sit. Whoever waits for each answer never meets them.
UPLOAD_RATE = (200, 20.0)
RATE = (1000, 100.0)  # of other messages; a slider that asks the server sends the next one when the last is answered

# Routes of Gradio that this page has no use for: they fetch addresses for others, keep states or recordings on the disk.
# A scheme has two letters at least: one letter and a colon is a Windows drive.
CLOSED = re.compile(
    r"/gradio_api/(proxy=|file[=/]\s*[a-z][a-z0-9+.-]+:|process_recording|deep_link|vibe|undo-vibe)|/monitoring", re.IGNORECASE
)

# The browser itself then refuses every request to another server. Gradio's page needs inline scripts and `new Function`.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'"
)


class RequestError(Exception):
    """A request that goes no further: HTTP status, the key of a sentence and its numbers."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        self.status = status
        self.key = key
        self.values = values

    @property
    def answer(self) -> JSONResponse:
        """The sentence, also under the name under which Gradio's page looks for it."""
        text = say(self.key, **self.values)
        headers = {"Retry-After": str(self.values["seconds"])} if "seconds" in self.values else None
        return JSONResponse({"error": text, "detail": text}, self.status, headers)


def paths(value: Any) -> Iterator[str]:
    """Yield every text called `path` anywhere in a JSON value."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            if isinstance(item.get("path"), str):
                yield item["path"]
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)


def check_body(body: bytes, uploads: Path) -> None:
    """Refuse a JSON body that names a file outside the uploads, or an address, which the framework would go and fetch."""
    try:
        value = json.loads(body)
    except RecursionError:
        raise RequestError(400, "server.bad_request") from None
    except ValueError:
        return  # not JSON: the route's own parser says so
    if not all(Path(os.path.realpath(path)).is_relative_to(uploads) for path in paths(value)):
        raise RequestError(403, "server.not_an_upload")


def check_json(body: bytes) -> None:
    """Refuse a body that is no JSON, or holds text that no answer could repeat (half of a surrogate pair)."""
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RequestError(400, "server.bad_request") from None


def held_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder; a file that vanishes meanwhile counts as nothing."""
    total = 0
    for above, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += (Path(above) / name).stat().st_size
    return total


class Gate:
    """ASGI middleware in front of Gradio; `uploads` is the folder whose size is bounded, `clock` counts seconds."""

    def __init__(self, app: ASGIApp, uploads: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self.uploads = uploads
        self.uploading, self.asking = Rate(*UPLOAD_RATE, clock), Rate(*RATE, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a sentence."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        try:
            if CLOSED.match(path):
                raise RequestError(403, "server.closed")
            if scope["method"] == "POST":
                upload = path.startswith("/gradio_api/upload")
                self._often(scope, self.uploading if upload else self.asking)
                receive = await (self._upload(scope, receive) if upload else self._body(scope, receive, path))
            await self.app(scope, receive, self._signed(send))
        except ClientDisconnect:  # left in the middle of an upload; there is nobody to answer
            return
        except RequestError as no:
            await no.answer(scope, receive, send)
        except UserError as no:
            await RequestError(422, no.key, **no.values).answer(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive) -> Receive:
        limit = UPLOAD_BYTES + FORM_BYTES
        self._length(scope, limit)
        if await run_in_threadpool(held_bytes, self.uploads) > UPLOADS_BYTES:
            raise RequestError(507, "server.uploads_full")
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise RequestError(413, "server.too_large")
            return message

        return counted

    async def _body(self, scope: Scope, receive: Receive, path: str) -> Receive:
        tool = path == f"/{TOOLS_URL}"
        limit = TOOL_BYTES if tool else JSON_BYTES
        self._length(scope, limit)
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":  # the visitor left in the middle
                break
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                raise RequestError(413, "server.too_large")
        if tool or CALL.fullmatch(path):
            check_json(body)
        if not tool:  # the framework never sees a tool's call, and the tool says itself what is wrong with a picture
            check_body(body, self.uploads)
            body = completed(path, body)
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return again

    @staticmethod
    def _often(scope: Scope, rate: Rate) -> None:
        wait_s = rate.wait_s((scope.get("client") or ("",))[0])
        if wait_s:
            raise RequestError(429, "server.too_often", seconds=math.ceil(wait_s))

    @staticmethod
    def _length(scope: Scope, limit: int) -> None:
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value[:20]) > limit):
                raise RequestError(413, "server.too_large")

    @staticmethod
    def _signed(send: Send) -> Send:
        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 503:  # Gradio's queue is full, and says so in numbers; nothing has been sent yet
                    raise RequestError(503, "server.full")
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Content-Security-Policy"] = POLICY
            await send(message)

        return signed
