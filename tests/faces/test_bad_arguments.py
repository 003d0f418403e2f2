"""Whatever is sent to an endpoint, by place, by name or to its tool: an answer or a sentence, never a server error, never a trace."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.faces.live import Live
from tests.faces.pictures import png
from tests.faces.programs import HTTP, JSON_TYPE, posted
from vision.core.errors import UserError
from vision.faces import api
from vision.faces.web import calls
from vision.faces.web.endpoints import functions
from vision.faces.web.uploads import Uploads

UPLOAD = {"upload": True}  # stands for a picture that was really uploaded
TEXTS = [
    *("", "0", "-1", "1e9", "cat", "tiny-gan", "yolov4-tiny", "{}", "[]", "[1e999]", "[NaN]", "null", "0,1", "gif", "alpha", "features"),
    *("9" * 3000, "[" * 1900, "0," * 900, "x" * 100_000, '{"strokes": ' + "[" * 800 + "]" * 800 + "}", '{"move": {"scale": NaN}}'),
    *('{"levels": 1e308}', '{"side": -1}', "/etc/hostname", "../../pyproject.toml", "file:///etc/hostname", "http://127.0.0.1:9/"),
    *("\0", "\ud800", "\u202e", "<script>alert(1)</script>", "${7*7}", "{0.__class__}", "%s%n", "'; DROP TABLE models; --"),
]
NUMBERS = [0, 1, -1, 2, 0.5, True, 10**9, 2**63, 10**400, -(10**400), 1e308, float("nan"), float("inf"), -0.0]
LEAVES = st.sampled_from([*TEXTS, *NUMBERS, None]) | st.integers() | st.floats() | st.text(max_size=30)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6
)
PATHS = st.sampled_from(
    ["/etc/hostname", "http://127.0.0.1:9/x.png", "file:///etc/hostname", "data:image/png;base64,AAAA", "../x", "", 5, None]
)
PICTURES = st.just(UPLOAD) | VALUES | PATHS | st.fixed_dictionaries({"path": PATHS, "meta": st.just({"_type": "gradio.FileData"})})
TRACES = re.compile(r"Traceback|File \"|site-packages|/(?:home|root|tmp|usr|var|work)/|0x[0-9a-f]{8}|Error\(")
NAMED = {name: calls.arguments(name) for name in api.ENDPOINTS}


@pytest.fixture(scope="module")
def page():
    live = Live("tests/faces/whole_page.py")
    live.upload = HTTP.post(f"{live.url}/gradio_api/upload", files={"files": ("a.png", png(30, 20))}).json()[0]
    yield live
    live.end()


def arguments(name):
    """Draw any of an endpoint's arguments, of all kinds of values, and now and then one that it does not know."""
    kinds = {key: PICTURES if default is None else VALUES for key, default in NAMED[name].items()}
    return st.fixed_dictionaries({}, optional={**kinds, "stranger": LEAVES}) | st.fixed_dictionaries(
        {key: st.just(UPLOAD) for key, default in NAMED[name].items() if default is None},  # pictures are right, something else is not
        optional={key: kind for key, kind in kinds.items() if kind is VALUES},
    )


def filled(value, picture):
    return picture if value == UPLOAD and isinstance(value, dict) else value


def by_name(page, name, given):
    return posted(page.url, f"v2/{name}", json.dumps({key: filled(value, file(page)) for key, value in given.items()}))


def by_place(page, name, given):
    given = {**NAMED[name], **{key: filled(value, file(page)) for key, value in given.items()}}
    return posted(page.url, name, json.dumps({"data": list(given.values())}))


def by_tool(page, name, given):
    call = {"name": name, "arguments": {key: filled(value, page.upload) for key, value in given.items()}}
    return called(page, json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}))


def called(page, body):
    accept = {**JSON_TYPE, "accept": "application/json, text/event-stream"}
    answer = HTTP.post(f"{page.url}/mcp", content=body, headers=accept)
    if answer.status_code != 200:
        return answer.status_code, answer.json()["error"]
    found = answer.json()["result"]
    return (422, found["content"][0]["text"]) if found["isError"] else (200, json.loads(found["content"][0]["text"]))


def file(page):
    return {"path": page.upload, "meta": {"_type": "gradio.FileData"}}


def judged(status, found):
    """Assert that this is an answer of bounded size, or a sentence."""
    if status == 200:
        assert len(json.dumps(found)) < 2_000_000
        return
    assert status in (400, 403, 413, 422), (status, found)
    assert isinstance(found, str) and found.rstrip().endswith(".") and len(found) < 1000, found
    assert not TRACES.search(found), found


class Reached(Exception):  # noqa: N818  not an error: the arguments were let through
    """The engine was asked."""


class Nobody:
    """An engine that only says that it was asked."""

    def __getattr__(self, name):
        def asked(*_, **__):
            raise Reached

        return asked


@pytest.mark.parametrize("name", api.ENDPOINTS)
def test_arguments_reach_the_engine_or_are_a_sentence(name):
    work = {one.__name__: one for one in functions(Nobody(), Uploads(Path("uploads"), ()).take, lambda *_: {})}[name]
    right = {key: UPLOAD for key, default in NAMED[name].items() if default is None}
    through = {one.__name__: one for one in functions(Nobody(), lambda value: value, lambda *_: {})}[name]

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(arguments(name))
    @example({})
    def run(given):
        for endpoint, more in ((work, {}), (through, right)):  # pictures are refused; pictures are right whatever they are
            try:
                endpoint(**calls.named({**given, **more}, NAMED[name]))
            except UserError as error:
                judged(422, str(error).encode("utf-8", "replace").decode())
            except Reached:
                pass

    run()
    with pytest.raises(Reached):
        through(**{**NAMED[name], **right})


@pytest.mark.parametrize("way", [by_name, by_place, by_tool], ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", api.ENDPOINTS)
def test_an_answer_or_a_sentence(page, name, way):
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(arguments(name))
    @example({key: UPLOAD for key, default in NAMED[name].items() if default is None})
    def run(given):
        judged(*way(page, name, given))

    run()
    assert "Traceback" not in page.log


BODIES = [
    *("", "x", "null", "[]", "{}", "5", '{"data": {}}', '{"data": null}', '{"data": "x"}', '{"data": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}'),
    *('{"data": [' + "0," * 200_000 + "0]}", '{"data": [' + "9" * 5000 + "]}", "[" * 200_000, '{"data": ["\\ud800"]}', b"\xff\xfe"),
    *('{"data": [], "session_hash": {}}', '{"data": ["' + "x" * (2 << 20) + '"]}'),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body[:24]))
@pytest.mark.parametrize("name", ["models", "classify", "v2/walk", "nothing", "v2/__class__"])
def test_a_body_that_is_no_call_is_a_sentence(page, name, body):
    judged(*posted(page.url, name, body))


@pytest.mark.parametrize("arguments", ["[1]", "5", '{"seed": ' + "9" * 5000 + "}", '{"label": "\\ud800"}', "[" * 200_000, '{"seed": NaN}'],
                         ids=lambda value: value[:12])  # fmt: skip
def test_a_tool_call_that_is_none_is_no_server_error(page, arguments):
    body = f'{{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {{"name": "sample", "arguments": {arguments}}}}}'
    answer = HTTP.post(f"{page.url}/mcp", content=body, headers={**JSON_TYPE, "accept": "application/json, text/event-stream"})
    assert answer.status_code in (200, 400)
    assert "Traceback" not in answer.text and '"isError":false' not in answer.text


def test_the_page_is_still_there(page):
    assert HTTP.get(page.url).status_code == 200
    judged(*by_tool(page, "classify", {"picture": UPLOAD}))
    assert page.process.poll() is None
