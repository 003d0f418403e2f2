"""The repository as a Space, on a CPU and with a lent GPU: started as Hugging Face starts it, and used."""

import json
import sys
import time

import httpx
import pytest

from tests.faces import space
from tests.faces.live import ROOT, Live
from tests.faces.pictures import png
from tests.faces.test_web_security import META, called, uploaded

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a Space is a Linux container")


QUESTIONS = {"classify": ("", 3), "explain": ("", "", "", -1, -1, "mean", 0.0), "detect": ("", 0.5, 0.5, False, 100, False)}


def files():
    return {path for path in ROOT.rglob("*") if not {".git", "__pycache__"} & set(path.parts) and not path.name.startswith(".")}


@LINUX
@pytest.mark.parametrize("zero", [False, True], ids=["cpu", "zerogpu"])
def test_the_repository_is_a_working_space(tmp_path, zero):
    before = files()
    variables = space.prepared(tmp_path, zero)
    live = Live("app.py", before=space.powerless, **variables)
    try:
        everywhere = live.url.replace("127.0.0.1", "127.0.0.2")  # answers only where the page is open to the proxy, on all addresses
        assert httpx.get(everywhere).status_code == 200
        deadline = time.monotonic() + 120
        while not (status := httpx.get(f"{live.url}/glassbox/status").json())["done"] and time.monotonic() < deadline:
            time.sleep(0.2)
        assert status["done"] and not status["failed"], (status, live.log)
        picture = {"path": uploaded(live.url, png(60, 40)), "meta": META}
        for name, arguments in QUESTIONS.items():
            code, answer = called(live.url, name, picture, *arguments)
            assert code == 200 and "error" not in answer, (name, answer, live.log)
        calls = live.log.count("spaces: call")
        assert calls == (3 if zero else 0)  # one forward pass, one map, one look of the detector
        called(live.url, "detect", picture, "", 0.9, 0.3, False, 5, False)
        assert live.log.count("spaces: call") == calls
    finally:
        status = live.end()
    assert status == 0
    assert "Traceback" not in live.log
    assert list((tmp_path / "home").iterdir()) == []
    assert not [path for path in (tmp_path / "temp").rglob("*") if path.suffix == ".png"]
    assert files() == before


@LINUX
def test_the_imitation_lacks_what_a_space_lacks_and_has_what_it_has(tmp_path):
    absent = space.absent()
    assert {"pytest", "hypothesis", "playwright", "sklearn", "transformers", "mypy"} <= absent
    assert not {"torch", "gradio", "numpy", "cv2", "PIL", "timm", "safetensors", "huggingface_hub", "matplotlib"} & absent
    live = Live("-c", LOOK, before=space.powerless, **space.prepared(tmp_path, zero=False))
    try:
        assert json.loads(httpx.get(live.url).text) == {"sklearn": False, "home": False, "torch": True}
    finally:
        live.end()


LOOK = """
import importlib.util, json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

def writable():
    try:
        (Path.home() / "x").write_text("x")
    except OSError:
        return False
    return True

class Look(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        there = {name: importlib.util.find_spec(name) is not None for name in ("sklearn", "torch")}
        self.wfile.write(json.dumps({"home": writable(), **there}).encode())

HTTPServer(("127.0.0.1", int(os.environ["GRADIO_SERVER_PORT"])), Look).serve_forever()
"""
