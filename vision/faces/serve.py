"""The endpoints over replicas of the engine, on Ray Serve: `serve run vision.faces.serve:app`.

An ingress reads the form of a request and says which model it needs; Ray Serve brings it to a replica that already holds that model.
Options follow the command: `serve run vision.faces.serve:app least=2 most=8 gpus=1`.
"""

import asyncio
import base64
import inspect
import json
import logging
import mimetypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from ray import cloudpickle, serve
from ray.serve.handle import DeploymentHandle
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vision.core.errors import UserError
from vision.core.limits import MAX_BYTES
from vision.core.picture import Picture, read
from vision.core.results import CardStatus
from vision.core.words import prefer, speaking
from vision.engine import Engine
from vision.faces import api, remote
from vision.faces.arguments import text
from vision.models.catalog import Catalog
from vision.models.line import visiting

log = logging.getLogger("glassbox")

REPLICA = "Replica"  # the name of the deployment
ONGOING = 4  # requests inside one replica: one computes, the others are decoded or wait; more go to another replica
TARGET = 2  # requests per replica, waiting ones too, above which another one is started
WAITING = 200  # requests that wait for a replica; the next one is told to come back
ASKING = 64  # requests inside the ingress
HELD = 6  # models a replica says it holds, the last that were asked of it; how many it does hold is up to its budget
BODY_BYTES = 2 * MAX_BYTES + (1 << 20)  # two pictures and what a form adds around them
NAMES = 40  # characters that are repeated of an unknown name
ENDPOINTS = {
    work.__name__: inspect.signature(work, eval_str=True).parameters
    for work in (api.models, api.classify, api.explain, api.detect, api.fuse, api.sample, api.walk)
}
STATUS = {"serve.unknown": 404, "server.too_large": 413, "server.full": 503, "serve.lost": 503}  # of a mistake; 422 for all others
TASKS = {"classify": "classify", "explain": "classify", "detect": "detect", "sample": "generate", "walk": "generate"}


class Options(BaseModel):
    """What may follow `serve run vision.faces.serve:app`.

    least, most  replicas; ingresses: processes that read the requests
    cpus, gpus   of each replica; a net computes on so many threads
    catalog      a catalogue of models in place of our own
    """

    least: int = 1
    most: int = 4
    ingresses: int = 1
    cpus: float = 1
    gpus: float = 0
    catalog: str = ""


class Replica:
    """One engine: a process with its own nets, its own budget of memory, its own results."""

    def __init__(self, catalog: str = "") -> None:
        self.engine = Engine(Catalog.read(Path(catalog)) if catalog else None)
        self.pool = ThreadPoolExecutor(ONGOING)

    @serve.multiplexed(max_num_models_per_replica=HELD)
    async def hold(self, key: str) -> str:
        """Tell the routers that requests for a model may come here from now on; the engine's own cache loads it and lets it go."""
        return key

    async def run(self, visitor: str, work: bytes) -> tuple[bytes | None, UserError | None]:
        """Return what work makes of the net of the request's model, pickled as the work is."""
        key = serve.get_multiplexed_model_id()
        return await self._answered(visitor, lambda: remote.pack(self.engine.cache.run(key, cloudpickle.loads(work))))

    async def answer(
        self, visitor: str, name: str, arguments: dict[str, Any], pictures: dict[str, tuple[bytes, str]], lang: str
    ) -> tuple[bytes | None, UserError | None]:
        """Return the JSON of an endpoint; pictures: encoded files and their names, by argument."""

        def work() -> bytes:
            taken = {key: read(content, title) for key, (content, title) in pictures.items()}
            put = {"put": data_url} if "put" in ENDPOINTS[name] else {}
            with speaking(lang):
                return json.dumps(getattr(api, name)(self.engine, **taken, **arguments, **put)).encode()

        return await self._answered(visitor, work)

    async def bring(self, visitor: str) -> tuple[None, UserError | None]:
        """Load the request's model."""
        key = serve.get_multiplexed_model_id()

        def work() -> None:
            with self.engine.cache.lease(key):
                pass

        return await self._answered(visitor, work)

    async def unload(self, key: str) -> tuple[bool, UserError | None]:
        """Drop a model and return whether it was here; a mistake where somebody works with it."""
        try:
            return await asyncio.to_thread(self.engine.cache.unload, key), None
        except UserError as mistake:
            return False, mistake

    async def state(self) -> tuple[int, list[CardStatus]]:
        """Return the budget in bytes (0 before any model is here, as torch knows it) and a row per card."""
        rows = self.engine.models()
        return self.engine.cache.machine.budget_bytes if any(row.resident for row in rows) else 0, rows

    async def _answered(self, visitor: str, work: Callable[[], Any]) -> tuple[Any, UserError | None]:
        """Return what work answers, or the mistake it ended in: errors that cross processes arrive as somebody else's."""

        def visit() -> Any:
            with visiting(visitor):
                return work()

        if key := serve.get_multiplexed_model_id():
            await self.hold(key)
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, visit), None
        except UserError as mistake:
            return None, mistake


def data_url(content: bytes, suffix: str) -> str:
    """Return a file as a data URL: the replica that made it may be gone before it would be fetched.

    >>> data_url(b"abc", ".png")
    'data:image/png;base64,YWJj'
    """
    return f"data:{mimetypes.types_map.get(suffix, 'application/octet-stream')};base64,{base64.b64encode(content).decode()}"


class Ingress:
    """What answers HTTP: it reads the form, names the model, passes the question on, and asks again where a replica is lost."""

    def __init__(self, handle: DeploymentHandle, catalog: str = "") -> None:
        self.replicas = remote.Replicas(handle)  # for what is done where the net is, decoding too
        self.engine = remote.engine(handle, Catalog.read(Path(catalog)) if catalog else None)
        self.pool = ThreadPoolExecutor(ASKING)

    async def __call__(self, request: Request) -> Response:
        """Answer /models, /classify and the rest: a multipart form, or for /models a plain GET."""
        name = request.scope["path"].removeprefix(request.scope.get("root_path", "")).strip("/")  # it may be mounted somewhere
        lang = prefer(request.headers.get("accept-language", ""))
        try:
            return Response(await self.answer(name, request, lang), media_type="application/json")
        except UserError as mistake:
            return refusal(STATUS.get(mistake.key, 422), mistake, lang)
        except Exception:  # whatever broke, a person gets a sentence; the log has the rest
            log.exception("/%s failed", name)
            return refusal(500, UserError("server.unexpected"), lang)

    async def answer(self, name: str, request: Request, lang: str) -> bytes:
        """Return the JSON of a request; UserError where it is none."""
        if name not in ENDPOINTS:
            raise UserError("serve.unknown", name=name[:NAMES], names=", ".join(ENDPOINTS))
        size = request.headers.get("content-length", "0" if request.method == "GET" else "")
        if not size.isdecimal() or int(size[:20]) > BODY_BYTES:
            raise UserError("server.too_large")
        fields = await form(request)
        try:
            arguments, pictures = await sorted_out(name, fields)
        finally:
            await fields.close()  # large files lie on the disk meanwhile
        visitor = request.client.host if request.client else ""
        return await asyncio.get_running_loop().run_in_executor(self.pool, self.ask, visitor, name, arguments, pictures, lang)

    def ask(self, visitor: str, name: str, arguments: dict[str, Any], pictures: dict[str, tuple[bytes, str]], lang: str) -> bytes:
        """Return the JSON of an endpoint."""
        if name == "models":
            with speaking(lang):
                return json.dumps(api.models(self.engine, **arguments)).encode()
        with visiting(visitor):
            return self.replicas.ask(self.model(name, arguments), "answer", name, arguments, pictures, lang)  # type: ignore[no-any-return]

    def model(self, name: str, arguments: dict[str, Any]) -> str:
        """Return the key of the model that a request needs; "" where it needs none."""
        wanted = text("model", arguments.get("model", ""))
        if name in TASKS:
            return self.engine.card(TASKS[name], wanted).key
        return self.engine.card("classify", "", "cnn").key if arguments.get("method") == "features" else ""


async def form(request: Request) -> FormData:
    """Return the fields of a request; UserError where it is no form."""
    if request.method == "GET":
        return FormData(request.query_params.multi_items())
    try:
        return await request.form()
    except (HTTPException, MultiPartException):
        raise UserError("serve.bad_form") from None


async def sorted_out(name: str, fields: FormData) -> tuple[dict[str, Any], dict[str, tuple[bytes, str]]]:
    """Return the plain arguments of an endpoint and its pictures, bytes and name each; their values are checked by the endpoint."""
    known = {key: one for key, one in ENDPOINTS[name].items() if key not in ("engine", "put")}
    arguments: dict[str, Any] = {}
    pictures: dict[str, tuple[bytes, str]] = {}
    for key, value in fields.multi_items():
        if key not in known:
            raise UserError("serve.no_argument", endpoint=name, name=key[:NAMES], names=", ".join(known))
        if isinstance(value, UploadFile):
            pictures[key] = (await value.read(), value.filename or "")
        elif known[key].annotation is Picture:
            raise UserError("serve.no_picture", name=key)
        else:
            arguments[key] = value if known[key].annotation is str else plain(value)
    for key, one in known.items():
        if (one.annotation is Picture) != (key in pictures):
            raise UserError("serve.no_picture" if one.annotation is Picture else "serve.no_file", name=key)
    return arguments, pictures


def plain(value: str) -> Any:
    """Return what a form's text says where a number or a truth value is wanted; what is neither stays a text.

    >>> plain("5"), plain("0.5"), plain("true"), plain("five"), plain("[1]")
    (5, 0.5, True, 'five', '[1]')
    """
    try:
        found = json.loads(value[:NAMES])
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, bool | int | float) else value


def refusal(status: int, mistake: UserError, lang: str) -> JSONResponse:
    """Return a sentence as an answer."""
    return JSONResponse({"error": mistake.say(lang)}, status)


def replicas(options: Options) -> serve.Application:
    """Return the engine's replicas, ready to run: as many as the load needs."""
    deployment = serve.deployment(
        Replica,
        name=REPLICA,
        max_ongoing_requests=ONGOING,
        max_queued_requests=WAITING,
        ray_actor_options={"num_cpus": options.cpus, "num_gpus": options.gpus},
        autoscaling_config={
            "min_replicas": options.least,
            "max_replicas": max(options.least, options.most),
            "target_ongoing_requests": TARGET,
            "upscale_delay_s": 5,
            "downscale_delay_s": 120,
        },
        health_check_period_s=2,
        graceful_shutdown_timeout_s=10,
    )
    return deployment.bind(options.catalog)


def app(options: Options) -> serve.Application:
    """Return the endpoints over the replicas, ready to run."""
    ingress = serve.deployment(
        Ingress, name="Ingress", num_replicas=options.ingresses, max_ongoing_requests=ASKING, ray_actor_options={"num_cpus": 0}
    )
    return ingress.bind(replicas(options), options.catalog)
