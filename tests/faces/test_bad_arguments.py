"""Whatever is sent to an endpoint, by place, by name or to its tool: an answer or a sentence, never a server error, never a trace."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.faces.live import Live
from tests.faces.pictures import png
from tests.faces.programs import HTTP, JSON_TYPE, posted
from vision.core.errors import UserError
from vision.core.picture import read
from vision.faces import api
from vision.faces.serve import ENDPOINTS, Ingress
from vision.faces.web import calls
from vision.faces.web.endpoints import Endpoints
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
    work = {one.__name__: one for one in Endpoints(Nobody(), Uploads(Path("uploads"), ()).take, lambda *_: {}).all()}[name]
    right = {key: UPLOAD for key, default in NAMED[name].items() if default is None}
    through = {one.__name__: one for one in Endpoints(Nobody(), lambda value: value, lambda *_: {}).all()}[name]

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


class Reaching:
    """Replicas that only say that the arguments were let through: whatever reaches them is checked as a replica checks it."""

    def ask(self, key, method, name, arguments, pictures, lang):
        put = {"put": lambda *_: ""} if "put" in ENDPOINTS[name] else {}
        try:
            getattr(api, name)(Nobody(), **{one: read(*file) for one, file in pictures.items()}, **arguments, **put)
        except Reached:
            return b"{}"
        raise AssertionError("an answer without an engine")

    def everywhere(self, method, *arguments):
        return []


@pytest.fixture(scope="module")
def ingress():
    """What answers HTTP on Ray Serve, without Ray."""
    found = Ingress(None)
    found.replicas = found.engine.cache.replicas = Reaching()
    with TestClient(Starlette(routes=[Route("/{path:path}", found.__call__, methods=["GET", "POST"])])) as client:
        yield client


WRITTEN = st.sampled_from([one for one in TEXTS if "\ud800" not in one]) | st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
FILES = st.sampled_from([png(9, 7), b"", b"x", png(9, 7)[:60], b"\xff\xd8\xff", b"<svg/>", b"GIF89a" + bytes(20)])


def forms(name):
    """Draw the fields and files of a form: an endpoint's own, of all kinds, as text, as a file, or both, and now and then others."""
    keys = st.sampled_from([*NAMED[name], "stranger", "put", "engine", "picture", ""])
    given = st.dictionaries(keys, WRITTEN | st.integers().map(str) | st.floats().map(str), max_size=4)
    right = {key: png(9, 7) for key, default in NAMED[name].items() if default is None}
    files = st.dictionaries(keys.filter(bool), FILES, max_size=2)
    return st.tuples(given, st.just(right) | files | files.map(lambda more: {**more, **right}))


@pytest.mark.parametrize("name", api.ENDPOINTS)
def test_a_form_on_ray_serve_is_let_through_or_a_sentence(ingress, name):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(forms(name), st.sampled_from(["", "en", "zh-CN", "\x7f;q=x"]))
    @example(({}, {key: png(9, 7) for key, default in NAMED[name].items() if default is None}), "")
    @example((dict.fromkeys(NAMED[name], "0"), dict.fromkeys(NAMED[name], png(9, 7))), "")  # each as a text and as a file
    def run(form, lang):
        fields, files = form
        sent = {key: ("a.png", content) for key, content in files.items()} or {"": ("", b"")}  # a form of several parts, whatever is in it
        answer = ingress.post(f"/{name}", data=fields, files=sent, headers={"accept-language": lang})
        told(answer)

    run()


@pytest.mark.parametrize("path", ["", "nothing", "__class__", "classify/", "classify/x", "CLASSIFY", "run", "%00", "x" * 5000])
@pytest.mark.parametrize("body", [b"", b"x", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", b"\xff" * 5000],
                         ids=lambda body: str(body[:20]))  # fmt: skip
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/form-data", "application/json", ""])
def test_what_is_no_form_on_ray_serve_is_a_sentence(ingress, path, body, kind):
    told(ingress.post(f"/{path}", content=body, headers={"content-type": kind}))
    told(ingress.get(f"/{path}", params={"task": kind, "model": "x"}))


def told(answer):
    """Assert that Ray's ingress gave an answer, or a sentence and nothing else."""
    if answer.status_code == 200:
        answer.json()
        return
    assert answer.status_code in (404, 413, 422), (answer.status_code, answer.text)
    assert set(answer.json()) == {"error"}, answer.text
    sentence = answer.json()["error"]
    assert sentence.rstrip().endswith((".", "。")) and len(sentence) < 1000 and not TRACES.search(sentence), sentence


def test_the_page_is_still_there(page):
    assert HTTP.get(page.url).status_code == 200
    judged(*by_tool(page, "classify", {"picture": UPLOAD}))
    assert page.process.poll() is None
