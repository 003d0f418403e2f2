"""The endpoints as tools of the Model Context Protocol, open at /mcp where they are asked for (`python app.py --mcp`).

Made of the protocol's own package rather than by Gradio, whose tools fetch addresses that a caller names and answer in Python's notation.
"""

import base64
import binascii
import inspect
import json
import mimetypes
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import gradio as gr
from gradio.context import LocalContext
from gradio.data_classes import FileData
from gradio.route_utils import get_root_url
from gradio_client.utils import python_type_to_json_schema
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import CallToolResult, ImageContent, TextContent, Tool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from vision.core.errors import PictureError
from vision.core.picture import Picture, read
from vision.core.words import say
from vision.engine import Engine
from vision.faces.web import calls, endpoints
from vision.faces.web.folders import Folder
from vision.faces.web.gate import TOOL_BYTES, TOOLS_URL
from vision.faces.web.guard import guard
from vision.faces.web.uploads import Uploads

AT_A_TIME = 16  # calls that are worked on or wait in their fair line (guard.py)
WAITING = 32  # calls before that; the next one is told to come back
SHOWN_BYTES = 1 << 20  # of pictures inside an answer; larger ones are there by their address alone
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Call:
    """One call at work: the address of the page as its caller sees it, and the files made for it (content, suffix)."""

    root_url: str
    files: list[tuple[bytes, str]] = field(default_factory=list)


_call: ContextVar[Call] = ContextVar("call")


class Tools:
    """Every endpoint as a tool with the same checked arguments; pictures come in as data URLs or as uploads of this process."""

    def __init__(self, engine: Engine, uploads: Uploads, files: Path) -> None:
        self.uploads = uploads
        self.folder = Folder(files / secrets.token_hex(16))
        made = endpoints.Endpoints(engine, self.take, self.keep).all()
        self.tools = {one.__name__: tool(one) for one in made}
        self.works = {one.__name__: guard(partial(self.checked, one), markup=False) for one in made}
        self.server: Server = Server(say("page.title"), instructions=say("mcp.about"))
        self.server.list_tools()(self.listed)
        self.server.call_tool(validate_input=False)(self.called)  # our own checks say it in sentences
        self.limiter: anyio.CapacityLimiter | None = None
        self.manager: StreamableHTTPSessionManager | None = None

    @property
    def route(self) -> Route:
        """The route of the tools; nothing but POST, as no call leaves a stream open."""
        return Route(f"/{TOOLS_URL}", Door(self), methods=["POST"])

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """Be open as long as the server runs."""
        self.limiter = anyio.CapacityLimiter(AT_A_TIME)
        self.manager = StreamableHTTPSessionManager(self.server, json_response=True, stateless=True, max_request_body_size=TOOL_BYTES)
        async with self.manager.run():
            yield

    async def listed(self) -> list[Tool]:
        """Return the tools."""
        return list(self.tools.values())

    async def called(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        """Answer a call; a mistake is a result that says so in a sentence."""
        request, limiter = self.server.request_context.request, self.limiter
        assert isinstance(request, Request) and limiter is not None
        if name not in self.works:
            return failed(say("server.no_endpoint", name=name[: calls.NAME_LENGTH], names=", ".join(self.works)))
        if limiter.statistics().tasks_waiting >= WAITING:
            return failed(say("server.full"))
        call = Call(get_root_url(request, f"/{TOOLS_URL}", request.scope.get("root_path")))

        def work() -> Any:
            LocalContext.request.set(gr.Request(request))  # who asks, for the fair line
            _call.set(call)
            return self.works[name](arguments)

        try:
            return answered(await anyio.to_thread.run_sync(work, limiter=limiter), call)
        except gr.Error as error:
            return failed(str(error.message))

    def checked(self, endpoint: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """Call an endpoint with arguments that it knows."""
        return endpoint(**calls.named(arguments, calls.arguments(endpoint.__name__)))

    def take(self, value: object) -> Picture:
        """Return the picture of a data URL, or of an upload by what the upload was answered with; nothing else is ever opened."""
        if isinstance(value, str) and value.startswith("data:"):
            head, comma, body = value.partition(",")
            if not comma or not head.endswith(";base64"):
                raise PictureError("mcp.bad_data_url")
            try:
                return read(base64.b64decode(body, validate=True), "picture")
            except binascii.Error:
                raise PictureError("mcp.bad_data_url") from None
        try:
            return self.uploads.open(value) if isinstance(value, str) else self.uploads.take(value)
        except PictureError as error:
            raise PictureError("mcp.not_an_upload") if error.key == "server.not_an_upload" else error from None

    def keep(self, content: bytes, suffix: str) -> dict[str, str]:
        """Keep a result under a name nobody can guess and return its address; the oldest files go first."""
        call = _call.get()
        call.files.append((content, suffix))
        return {"url": f"{call.root_url}/{self.folder.put(content, suffix)}"}


class Door:
    """The way in, as an ASGI application; a browser's page of somewhere else stays outside (the protocol asks for that)."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the protocol."""
        origin = Request(scope).headers.get("origin")
        if origin is not None and origin.partition("://")[2].rpartition(":")[0].strip("[]") not in LOOPBACK:
            await JSONResponse({"error": say("server.closed")}, 403)(scope, receive, send)
            return
        assert self.tools.manager is not None
        await self.tools.manager.handle_request(scope, receive, send)


def tool(endpoint: Callable[..., Any]) -> Tool:
    """Return what is told of an endpoint: its sentence, its arguments and its answer with their types."""
    signature, says = inspect.signature(endpoint), endpoints.parameters(endpoint)
    properties = {}
    for name, one in signature.parameters.items():
        if one.annotation is FileData:
            properties[name] = {"type": "string", "description": say("mcp.picture", about=says[name])}
        else:
            properties[name] = {**python_type_to_json_schema(one.annotation), "description": says[name], "default": one.default}
    needed = [name for name, one in signature.parameters.items() if one.default is one.empty]
    returned = python_type_to_json_schema(signature.return_annotation)
    return Tool(
        name=endpoint.__name__,
        description=(inspect.getdoc(endpoint) or "").partition("\n")[0],
        inputSchema={"type": "object", "properties": properties, "required": needed, "additionalProperties": False},
        outputSchema=returned if returned.get("type") == "object" else wrapped(returned),
    )


def wrapped(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an answer that is a list, as the protocol knows only objects: {"result": [...]}."""
    return {"type": "object", "properties": {"result": schema}, "required": ["result"]}


def answered(found: Any, call: Call) -> CallToolResult:
    """Return an answer as JSON, as text and as data, with the pictures that are small enough to go along."""
    content: list[Any] = [TextContent(type="text", text=json.dumps(found, ensure_ascii=False))]
    room = SHOWN_BYTES
    for made, suffix in call.files:
        kind = mimetypes.types_map.get(suffix, "")
        if kind.startswith("image/") and len(made) <= room:
            room -= len(made)
            content.append(ImageContent(type="image", data=base64.b64encode(made).decode(), mimeType=kind))
    return CallToolResult(content=content, structuredContent=found if isinstance(found, dict) else {"result": found})


def failed(sentence: str) -> CallToolResult:
    """Return a call that could not be answered, and what to do about it."""
    return CallToolResult(content=[TextContent(type="text", text=sentence)], isError=True)
