"""What the server shows beside Gradio's own: the page's modules, small example pictures, the visitors' files under random names."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from vision.core.words import say
from vision.faces import examples, lessons
from vision.faces.assets import WEB_DIR

WEB_URL = "glassbox/web"  # relative to the page, so that a path prefix in front of it costs nothing
FILES_URL = "glassbox/files"


class Shelf(StaticFiles):
    """Files of one folder, never its listing, never through a link, each with headers that fit it."""

    def __init__(self, directory: Path, cache_control: str) -> None:
        super().__init__(directory=directory, follow_symlink=False)
        self.cache_control = cache_control

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return the file as Starlette does, with its cache rule and without type guessing by the browser."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = self.cache_control
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def route(self, url: str) -> Route:
        """Return the route of this shelf; a Mount would lose the file's name behind a proxy that takes a prefix off."""

        async def show(request: Request) -> Response:
            name = os.path.normpath(Path(*request.path_params["name"].split("/")))
            return await self.get_response(name, request.scope)

        return Route(f"/{url}/{{name:path}}", show)


async def _example(request: Request) -> Response:
    key = request.path_params["key"]
    if key not in examples.examples():
        return JSONResponse({"error": say("examples.unknown")}, status_code=404)
    content = await run_in_threadpool(examples.thumbnail, key)
    return Response(content, media_type="image/webp", headers={"Cache-Control": "max-age=3600"})


async def _lessons(request: Request) -> Response:
    return JSONResponse({"lessons": lessons.told()}, headers={"Cache-Control": "no-store"})  # in the language of whoever asks


def routes(files_root: Path) -> list[Route]:
    """Return the routes of the modules (checked anew at every visit), the examples and the visitors' files (kept by no one)."""
    mimetypes.add_type("text/javascript", ".js")  # some registries say text/plain, which browsers refuse as a module
    mimetypes.add_type("application/octet-stream", ".bin")
    return [
        Shelf(WEB_DIR, "no-cache").route(WEB_URL),
        Route(f"/{examples.EXAMPLES_URL}/{{key}}.webp", _example),
        Route(f"/{lessons.LESSONS_URL}", _lessons),
        Shelf(files_root, "private, no-store").route(FILES_URL),
    ]
