"""Every endpoint, asked by gradio_client, by plain HTTP and by a real MCP client: the keys of docs/api.md, the same answers everywhere."""

import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from PIL import Image
from skimage import data

from tests.faces.contract import ROOT, rows, same, shape
from tests.faces.live import Live
from tests.faces.pictures import png
from tests.faces.programs import WAYS, called, told
from vision.core.words import say
from vision.faces import api

ASKED = {
    "models": {"task": "detect"},
    "classify": {"picture": Path("cat.png"), "top": 3},
    "explain": {"picture": Path("cat.png"), "method": "gradcam", "target": "lynx"},
    "detect": {"picture": Path("cat.png"), "score": 0.1, "candidates": True},
    "sample": {"seed": 7, "count": 2, "model": "tiny-gan"},
    "walk": {"seeds": "0,1", "frames": 4, "model": "tiny-gan"},
    "fuse": {"a": Path("cat.png"), "b": Path("cup.png"), "alpha": 1.0},
}
CANDIDATES = re.search(r"also `(candidates: [^`]*)`", rows()["detect"][1])[1]


@pytest.fixture(scope="module")
def page():
    live = Live("tests/faces/whole_page.py")
    yield live
    live.end()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("pictures")
    Image.fromarray(data.chelsea()).save(made / "cat.png")
    Image.fromarray(data.coffee()).save(made / "cup.png")
    return made


@pytest.fixture(scope="module", params=WAYS)
def ask(request, page, folder):
    """Ask an endpoint, one way after the other."""
    way = WAYS[request.param](page.url)
    return lambda name: way(name, **{key: folder / value if isinstance(value, Path) else value for key, value in ASKED[name].items()})


def test_all_endpoints_are_asked():
    assert set(ASKED) == set(rows()) == set(api.ENDPOINTS)


@pytest.mark.parametrize("name", ASKED)
def test_the_answer_has_the_keys_that_are_written_down(ask, name):
    same(shape(name, more=CANDIDATES if name == "detect" else ""), ask(name))


def plain(answer):
    """Return an answer without what differs from call to call."""
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items() if key not in ("ms", "file", "pictures")}
    return answer


@pytest.mark.parametrize("name", [name for name in ASKED if name != "models"])  # what the cache has seen meanwhile differs
def test_the_answer_is_the_same_on_every_way(page, folder, name):
    given = {key: folder / value if isinstance(value, Path) else value for key, value in ASKED[name].items()}
    first, *others = (plain(way(page.url)(name, **given)) for way in WAYS.values())
    assert others == [first, first]


def test_files_of_an_answer_can_be_had(page, folder):
    cat, cup = folder / "cat.png", folder / "cup.png"
    local = WAYS["gradio_client"](page.url)("fuse", a=cat, b=cup, alpha=1.0)["file"]
    there = [WAYS[way](page.url)("fuse", a=cat, b=cup, alpha=1.0)["file"]["url"] for way in ("http", "mcp")]
    for content in (Path(local).read_bytes(), *(httpx.get(url).content for url in there)):
        with Image.open(io.BytesIO(content)) as file:
            assert (file.convert("RGB").tobytes()) == data.chelsea().tobytes()


def test_tools_show_what_they_made(page):
    found = called(page.url, "sample", {"count": 3, "model": "tiny-gan"})
    shown = [one for one in found.content if one.type == "image"]
    assert [one.mimeType for one in shown] == ["image/png"] * 3
    for one, made in zip(shown, found.structuredContent["pictures"], strict=True):
        assert httpx.get(made["url"]).content == base64.b64decode(one.data)


def test_tools_say_what_they_take(page):
    tools = {tool.name: tool for tool in told(page.url, lambda opened: opened.list_tools()).tools}
    assert set(tools) == set(api.ENDPOINTS)
    for name, tool in tools.items():
        said = re.findall(r"`(\w+)(?:=([^`]*))?`", re.sub(r"\([^)]*\)", "", rows()[name][0]))
        fields = tool.inputSchema["properties"]
        assert list(fields) == [argument for argument, _ in said] and tool.description.endswith(".")
        assert all((field["description"] and "type" in field) or "enum" in field for field in fields.values())
        assert tool.inputSchema["required"] == [argument for argument, default in said if not default]
        assert {argument: json.dumps(fields[argument]["default"]) for argument, default in said if default} == {
            argument: default for argument, default in said if default
        }
        assert tool.outputSchema["type"] == "object"


def test_the_api_view_is_typed_and_documented(page):
    found = httpx.get(f"{page.url}/gradio_api/info").json()["named_endpoints"]
    for name in api.ENDPOINTS:
        told = found[f"/{name}"]
        assert told["description"]
        for one in told["parameters"]:
            assert one["type"] and one["python_type"]["type"] != "Any" and not re.fullmatch(r"\d+\w\w", one["label"])
        (answer,) = told["returns"]
        kind = answer["type"]["items"] if name == "models" else answer["type"]
        wanted = shape(name, more=CANDIDATES if name == "detect" else "")
        assert set(kind["properties"]) == set(wanted[0] if name == "models" else wanted)


def test_an_upload_is_a_picture_for_a_tool_and_nothing_else_of_the_disk(page, tmp_path):
    uploaded = httpx.post(f"{page.url}/gradio_api/upload", files={"files": ("a.png", png(30, 20))}).json()[0]
    assert called(page.url, "classify", {"picture": uploaded}).structuredContent["picture"]["width"] == 30
    beside = Path(uploaded).with_name("beside.png")  # in the very folder, yet never uploaded
    beside.write_bytes(png(4, 4))
    link = Path(uploaded).with_name("link.png")
    link.symlink_to(beside)
    around = f"{Path(uploaded).parent}/../{Path(uploaded).parent.name}/a.png"
    paths = [str(beside), str(link), around, "/etc/hostname", "pyproject.toml", {"path": "/etc/hostname"}, {"path": str(beside)}]
    addresses = [
        "file:///etc/hostname",
        "http://127.0.0.1:9/a.png",
        {"path": "http://127.0.0.1:9/a.png"},
        {"url": "https://example.com/a.png"},
    ]
    for other in [*paths, *addresses, None, 7, [uploaded]]:
        found = called(page.url, "classify", {"picture": other})
        assert found.isError and found.content[0].text == say("mcp.not_an_upload"), other


@pytest.mark.parametrize(
    "value", ["data:", "data:image/png;base64", "data:image/png,xx", "data:image/png;base64,***", "data:text/plain;base64,aGk="]
)
def test_a_data_url_that_holds_no_picture_is_a_sentence(page, value):
    found = called(page.url, "classify", {"picture": value})
    assert found.isError and found.content[0].text.endswith(".")


def test_a_page_of_somewhere_else_gets_no_tools(page):
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"accept": "application/json, text/event-stream"}
    for origin, status in (("https://example.com", 403), ("null", 403), ("http://localhost.example.com:80", 403), (page.url, 200)):
        assert httpx.post(f"{page.url}/mcp", json=listing, headers={**accept, "origin": origin}).status_code == status, origin
    assert httpx.get(f"{page.url}/mcp", headers=accept).status_code == 405  # no stream is held open


def test_without_the_flag_there_are_no_tools(server):
    assert httpx.post(f"{server.url}/mcp", json={}).status_code in (404, 405)


def test_without_the_package_the_flag_is_a_sentence(tmp_path):
    hidden = "import importlib.util as u\nf = u.find_spec\nu.find_spec = lambda name, *more: None if name == 'mcp' else f(name, *more)\n"
    (tmp_path / "sitecustomize.py").write_text(hidden)
    done = subprocess.run([sys.executable, "app.py", "--mcp"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)},
                          capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, say("mcp.missing"))


SNIPPETS = re.findall(r"^```(python|sh)\n(.*?)^```", (ROOT / "docs" / "api.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
ASKING = [code for kind, code in SNIPPETS if ":7860" in code and (kind == "python" or shutil.which("curl"))]


@pytest.mark.parametrize("code", ASKING, ids=range(len(ASKING)))
def test_what_the_documentation_tells_to_type_works(page, tmp_path, code):
    Image.fromarray(data.chelsea()).save(tmp_path / "photo.jpg")
    code = code.replace("http://127.0.0.1:7860", page.url)
    command = ["sh", "-euc", code] if code.startswith("url=") else [sys.executable, "-c", f"{code}\nif 'found' in globals(): print(found)"]
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "*"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert "tiger cat" in done.stdout
