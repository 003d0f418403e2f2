"""What the server refuses, asked over HTTP as a stranger would: pictures that are no uploads, other people's files, floods."""

import itertools
import json
import re
import sys
from pathlib import Path

import httpx
import pytest

from tests.faces.answers import SECRET
from tests.faces.live import Live
from tests.faces.pictures import png
from vision.core.words import say
from vision.faces.web.guard import EACH, WIDTH

ENDPOINTS = ("models", "classify", "explain", "detect", "sample", "walk", "fuse")
META = {"_type": "gradio.FileData"}
REFUSED = say("server.not_an_upload")


def called(url: str, name: str, *data: object) -> tuple[int, dict]:
    """Call an endpoint over HTTP; return the status and, of its last event, the JSON (an error is a mapping with `error`)."""
    joined = httpx.post(f"{url}/gradio_api/call/{name}", content=json.dumps({"data": data}), headers={"content-type": "application/json"})
    if joined.status_code != 200:
        return joined.status_code, joined.json()
    events = httpx.get(f"{url}/gradio_api/call/{name}/{joined.json()['event_id']}", timeout=60).text
    last = json.loads(events.strip().rpartition("data: ")[2])
    return 200, last[0] if isinstance(last, list) else last


def uploaded(url: str, content: bytes, name: str = "photo.png") -> str:
    answer = httpx.post(f"{url}/gradio_api/upload", files={"files": (name, content)})
    assert answer.status_code == 200
    return answer.json()[0]


def test_exactly_the_endpoints_are_public_under_their_own_names(server):
    info = httpx.get(f"{server.url}/gradio_api/info").json()
    assert set(info["named_endpoints"]) == {f"/{name}" for name in ENDPOINTS}
    assert info["unnamed_endpoints"] == {}


def test_an_uploaded_picture_is_answered(server):
    path = uploaded(server.url, png(30, 20))
    status, answer = called(server.url, "classify", {"path": path, "meta": META}, "", 3)
    assert status == 200
    assert (answer["picture"]["width"], answer["picture"]["height"], len(answer["top"])) == (30, 20, 3)


@pytest.mark.parametrize(
    "picture",
    [
        "/etc/hostname",
        {"path": "/etc/hostname"},
        {"path": "/etc/hostname", "meta": META},
        {"path": "pyproject.toml", "meta": META},
        {"path": "file:///etc/hostname", "meta": META},
        {"path": "http://127.0.0.1:9/x.png", "meta": META},
        {"path": "https://example.com/x.png", "meta": META},
        {"path": None, "url": "https://example.com/x.png", "meta": META},
        {"url": "https://example.com/x.png"},
        {"path": ["/etc/hostname"], "meta": META},
        [{"path": "/etc/hostname"}],
        "https://example.com/x.png",
        "data:image/png;base64,AAAA",
        None,
        7,
    ],
    ids=str,
)
def test_what_is_no_upload_is_refused_with_a_sentence(server, picture):
    _, answer = called(server.url, "classify", picture, "", 3)
    assert answer["error"] == REFUSED


def test_a_way_out_of_the_uploads_is_refused(server, tmp_path):
    path = uploaded(server.url, png(4, 4))
    outside = tmp_path / "outside.png"
    outside.write_bytes(png(4, 4))
    link = Path(path).with_name("link.png")
    link.symlink_to(outside)
    beside = Path(path).with_name("beside.png")  # in the very folder, yet never uploaded
    beside.write_bytes(png(4, 4))
    folder = link.parent
    for other in (f"{folder}/../{folder.name}/beside.png", f"{folder}/../../../etc/hostname", str(link), str(beside), str(outside)):
        _, answer = called(server.url, "classify", {"path": other, "meta": META}, "", 3)
        assert answer["error"] == REFUSED, other


def test_an_upload_that_is_no_picture_is_a_sentence(server):
    for content in (b"", b"just text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", png(8, 8)[:40]):
        _, answer = called(server.url, "classify", {"path": uploaded(server.url, content), "meta": META}, "", 3)
        assert answer["error"].endswith(".") and "Traceback" not in answer["error"]


def test_a_hostile_file_name_stays_text(server):
    path = uploaded(server.url, png(4, 4), "../../<script>alert(1)</script>.png")
    assert Path(path).parent.parent.name == "uploads"
    status, answer = called(server.url, "classify", {"path": path, "orig_name": "<b>" * 200, "meta": META}, "", 1)
    assert (status, answer["model"]) == (200, "fake")


@pytest.mark.parametrize(
    "address",
    [
        "gradio_api/file=http://127.0.0.1:9/config",
        "gradio_api/file=https://example.com/",
        "gradio_api/file=HTTPS://example.com/",
        "gradio_api/file/https://example.com/",
        "gradio_api/file= https://example.com/",
        "gradio_api/proxy=https://example.hf.space/",
        "gradio_api/file=/etc/hostname",
        "gradio_api/file=pyproject.toml",
        "gradio_api/file=app.py",
        "gradio_api/file=vision/core/en.toml",
        "gradio_api/deep_link?session_hash=x",
        "monitoring",
        "monitoring/summary",
    ],
)
def test_closed_addresses(server, address):
    assert httpx.get(f"{server.url}/{address}").status_code == 403


@pytest.mark.parametrize("way", ["../../pyproject.toml", "..%2f..%2fpyproject.toml", "%2e%2e/%2e%2e/pyproject.toml", "", "/etc/hostname"])
@pytest.mark.parametrize("shelf", ["glassbox/web", "glassbox/files", "glassbox/examples"])
def test_shelves_show_their_own_files_only(server, shelf, way):
    target = f"/{shelf}/{way}".encode()
    with httpx.Client() as client:  # the path goes out as it is, not tidied up
        answer = client.send(httpx.Request("GET", httpx.URL(server.url).copy_with(raw_path=target)))
    assert answer.status_code in (307, 404)
    assert "glassbox-vision" not in answer.text


def test_modules_are_served_as_modules_and_pages_stay_at_home(server):
    module = httpx.get(f"{server.url}/glassbox/web/page.js")
    assert module.status_code == 200
    assert "javascript" in module.headers["content-type"]
    assert "default-src 'self'" in httpx.get(server.url).headers["content-security-policy"]


def test_requests_are_bounded(server):
    large = b'{"data": ["' + b"x" * (2 << 20) + b'"]}'
    assert httpx.post(f"{server.url}/gradio_api/queue/join", content=large).status_code == 413
    assert httpx.post(f"{server.url}/gradio_api/call/models", content=(part for part in [large])).status_code == 413  # no length said
    deep = b'{"data": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    assert 400 <= httpx.post(f"{server.url}/gradio_api/call/models", content=deep).status_code < 500
    answer = httpx.post(f"{server.url}/gradio_api/upload", files={"files": ("a.png", b"\0" * (66 << 20))})
    assert answer.status_code == 413
    assert httpx.get(server.url).status_code == 200


def test_an_upload_that_does_not_say_its_length_is_bounded_too(server):
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body = itertools.chain([head], itertools.repeat(b"\0" * (1 << 20), 70), [b"\r\n--x--\r\n"])
    answer = httpx.post(f"{server.url}/gradio_api/upload", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 413


def test_a_flood_is_told_to_come_back_and_the_server_lives_on(server):
    path = uploaded(server.url, png(4, 4))
    body = {"data": [{"path": path, "meta": META}, "slow", 1]}
    with httpx.Client(timeout=60) as client:
        answers = [client.post(f"{server.url}/gradio_api/call/classify", json=body) for _ in range(2 * (WIDTH + EACH))]
        assert {answer.status_code for answer in answers} == {200}
        told = [client.get(f"{server.url}/gradio_api/call/classify/{answer.json()['event_id']}", timeout=120).text for answer in answers]
    full = [text for text in told if say("server.many_waiting", count=EACH) in text]
    done = [text for text in told if "event: complete" in text]
    assert len(done) >= WIDTH + EACH and full and len(done) + len(full) == len(told)


@pytest.mark.parametrize("way", ["run", "api"])
def test_no_way_past_the_queue(server, way):
    answer = httpx.post(f"{server.url}/gradio_api/{way}/models", json={"data": [""]})
    assert answer.status_code == 404


@pytest.mark.parametrize("top", [0, -1, 101, 10**400, float("nan"), float("inf"), 2.5, "5", True, None, [5], {}])
def test_numbers_that_are_none(server, top):
    path = uploaded(server.url, png(4, 4))
    status, answer = called(server.url, "classify", {"path": path, "meta": META}, "", top)
    assert status >= 400 or answer["error"] == say("server.bad_whole", name="top", low=1, high=100)


@pytest.mark.parametrize("model", [5, None, ["x"], {"key": "x"}, "x" * 5000, "unknown"])
def test_texts_that_are_none(server, model):
    path = uploaded(server.url, png(4, 4))
    _, answer = called(server.url, "classify", {"path": path, "meta": META}, model, 5)
    assert answer["error"] in (say("server.bad_text", name="model", length=2000), say("error.unknown_model", key="unknown"))


def test_a_bug_is_a_neutral_sentence_and_the_log_has_the_rest(server):
    path = uploaded(server.url, png(4, 4))
    _, answer = called(server.url, "classify", {"path": path, "meta": META}, "broken", 5)
    assert answer["error"] == say("server.unexpected")
    assert SECRET in server.log


def test_models_and_config_tell_nothing_of_the_machine(server):
    _, rows = called(server.url, "models", "")
    config = httpx.get(f"{server.url}/config").text
    assert rows
    for text in (json.dumps(rows), config):
        assert not re.search(r"/(?:home|root|tmp|usr|var|Users)/", text)
        assert sys.prefix not in text
        assert "hf_" not in text.replace("hf_hub", "")


def test_a_stopped_server_leaves_nothing_behind(tmp_path):
    live = Live("tests/faces/fake_page.py", GRADIO_TEMP_DIR=str(tmp_path / "deep" / "temp"))
    try:
        uploaded(live.url, png(4, 4))
        assert list((tmp_path / "deep" / "temp").rglob("*.png"))
    finally:
        live.end()
    assert not list((tmp_path / "deep" / "temp").glob("glassbox-*"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
