"""The three ways of a program to an endpoint of a live page: gradio_client, plain HTTP, MCP; each with arguments by name."""

import base64
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
from gradio_client import Client, handle_file
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import CallToolResult

JSON_TYPE = {"content-type": "application/json"}
HTTP = httpx.Client(timeout=120)  # one for all: making one costs more than a request
Ask = Callable[..., object]


def by_client(url: str) -> Ask:
    """Return ask(endpoint, **arguments) by gradio_client; a picture is given as a Path."""
    client = Client(url, verbose=False)

    def ask(endpoint: str, **arguments: object) -> object:
        given = {name: handle_file(value) if isinstance(value, Path) else value for name, value in arguments.items()}
        return client.predict(**given, api_name=f"/{endpoint}")

    return ask


def by_http(url: str) -> Ask:
    """Return the same by plain HTTP."""

    def given(value: object) -> object:
        if not isinstance(value, Path):
            return value
        path = HTTP.post(f"{url}/gradio_api/upload", files={"files": (value.name, value.read_bytes())}).json()[0]
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    def ask(endpoint: str, **arguments: object) -> object:
        status, found = posted(url, f"v2/{endpoint}", json.dumps({name: given(value) for name, value in arguments.items()}))
        assert status == 200, found
        return found

    return ask


def posted(url: str, endpoint: str, body: str | bytes) -> tuple[int, object]:
    """Post a body to an endpoint; return 200 with the answer, or another status with its sentence (422 for an error event)."""
    joined = HTTP.post(f"{url}/gradio_api/call/{endpoint}", content=body, headers=JSON_TYPE)
    if joined.status_code != 200:
        return joined.status_code, joined.json()["error"]
    told = HTTP.get(f"{url}/gradio_api/call/{endpoint}/{joined.json()['event_id']}").text
    event, _, data = told.strip().rpartition("event: ")[2].partition("\ndata: ")
    return (200, json.loads(data)[0]) if event == "complete" else (422, json.loads(data)["error"])


def by_mcp(url: str) -> Ask:
    """Return the same by a client of the Model Context Protocol; pictures go along as data URLs."""

    def given(value: object) -> object:
        return f"data:image/png;base64,{base64.b64encode(value.read_bytes()).decode()}" if isinstance(value, Path) else value

    def ask(endpoint: str, **arguments: object) -> object:
        found = called(url, endpoint, {name: given(value) for name, value in arguments.items()})
        assert not found.isError, found.content
        answer = json.loads(found.content[0].text)
        assert found.structuredContent == (answer if isinstance(answer, dict) else {"result": answer})
        return answer

    return ask


@asynccontextmanager
async def session(url: str):
    """Open a session with the tools of a page."""
    async with streamablehttp_client(f"{url}/mcp") as (read, write, _), ClientSession(read, write) as opened:
        await opened.initialize()
        yield opened


def called(url: str, tool: str, arguments: dict) -> CallToolResult:
    """Call one tool in a session of its own."""

    async def work(opened: ClientSession) -> CallToolResult:
        return await opened.call_tool(tool, arguments)

    return told(url, work)


def told(url: str, work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    """Return what work makes of a session, in a thread of its own: that of the tests may have an event loop of the browser's."""

    async def opened() -> Any:
        async with session(url) as one:
            return await work(one)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, opened).result()


WAYS = {"gradio_client": by_client, "http": by_http, "mcp": by_mcp}
