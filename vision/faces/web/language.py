"""In which language a visitor is spoken to: the one asked for by `?lang=`, else the browser's.

The page is built once, with its sentences open (`vision.core.words.OPEN`); each visitor's copy has them said on its way out.
Handlers run elsewhere than the request that asks for them, so `guard` sets the language for each of them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradio.context import LocalContext
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vision.core.words import prefer, say, settle, speaking
from vision.faces.web.static import WEB_URL

OPEN_PATHS = {"/", "/config", "/gradio_api/info"}  # what Gradio makes of the built page

# Gradio's own few words (of a file field, say) follow the browser, which may prefer another language than was asked for.
# What Gradio puts into a page's head comes after its modules; this comes before them, as still.js has to.
BROWSER = (
    f'<head><script>Object.defineProperty(navigator, "language", {{ get: () => "%s" }});</script><script src="{WEB_URL}/still.js"></script>'
)


def wanted(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return the language of a request."""
    return prefer(query.get("lang", ""), headers.get("accept-language", ""))


def visitor() -> str:
    """Return the language of whoever the handler that runs now works for; English where it is nobody."""
    request = LocalContext.request.get(None)
    return wanted(request.query_params, request.headers) if request is not None and hasattr(request, "query_params") else "en"


class Language:
    """ASGI middleware: speaks to each request in its language, and says the open sentences of the page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and the answer back in its language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        lang = wanted(request.query_params, request.headers)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        with speaking(lang):
            await self.app(scope, receive, said_by(send, lang) if path in OPEN_PATHS else send)


def said_by(send: Send, lang: str) -> Callable[[Message], Any]:
    """Return a `send` that keeps an answer until it is whole, says its open sentences, and sends it."""
    start: Message = {}
    body = b""

    async def keep(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message
            return
        body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(scope=start)
        text = settle(body.decode("utf-8"), lang)
        if headers.get("content-type", "").startswith("text/html"):
            code = say("page.code", lang)
            text = text.replace('lang="en"', f'lang="{code}"', 1).replace("<head>", BROWSER % code, 1)
        content = text.encode()
        headers["Content-Length"] = str(len(content))
        headers["Content-Language"] = say("page.code", lang)
        headers.add_vary_header("Accept-Language")
        await send(start)
        await send({"type": "http.response.body", "body": content})

    return keep
