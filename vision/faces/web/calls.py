"""What is posted to an endpoint, made whole before the framework sees it: arguments by place or by name, defaults put in."""

import inspect
import json
import re
from typing import Any

from vision.core.errors import UserError
from vision.faces import api

CALL = re.compile(r"/gradio_api/call/(v2/)?([^/]+)/?")
NAME_LENGTH = 40  # of an unknown name that is repeated


def completed(path: str, body: bytes) -> bytes:
    """Return the JSON body of a request with all arguments of its endpoint; UserError where it cannot be one; others stay as they are.

    By place: {"data": [...]}, posted to gradio_api/call/NAME. By name: {"top": 3}, posted to gradio_api/call/v2/NAME.
    An argument without a default (a picture) that is left out becomes null, which its endpoint refuses in a sentence.
    """
    match = CALL.fullmatch(path)
    if match is None:
        return body
    known, value = arguments(match[2]), json.loads(body)
    if not isinstance(value, dict):
        raise UserError("server.bad_request")
    return json.dumps(named(value, known) if match[1] else placed(value, known)).encode()


def arguments(name: str) -> dict[str, Any]:
    """Return the arguments of an endpoint in order, with their defaults; UserError for a name that is none."""
    if name not in api.ENDPOINTS:
        raise UserError("server.no_endpoint", name=name[:NAME_LENGTH], names=", ".join(api.ENDPOINTS))
    found = inspect.signature(getattr(api, name)).parameters.values()
    return {one.name: None if one.default is one.empty else one.default for one in found if one.name not in ("engine", "put")}


def placed(value: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return {"data": [...]} with an argument in every place."""
    data = value.get("data")
    if not isinstance(data, list) or len(data) > len(known):
        raise UserError("server.bad_data", count=len(known), names=", ".join(known))
    session = {key: value[key] for key in ("session_hash",) if isinstance(value.get(key), str)}
    return {"data": [*data, *list(known.values())[len(data) :]], **session}


def named(value: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return all arguments by name."""
    for name in value:
        if name not in known:
            raise UserError("server.no_argument", name=name[:NAME_LENGTH], names=", ".join(known))
    return {**known, **value}
