"""The start: the page stands before torch is imported, on the address that was asked for, or a sentence says why not."""

import os
import socket
import subprocess
import sys

import httpx

from tests.faces.live import ROOT, Live, free_port

BUILT = """
import sys
from vision.engine import Engine
from vision.faces.web import page
from vision.faces.web.server import Home, launch
from vision.faces.warmup import Warmup, default_steps
home = Home()
blocks = page.build(Engine(), home)
launch(blocks, home, Warmup(default_steps(Engine())))
print("heavy:", sorted({"torch", "timm", "torchvision", "transformers", "skimage", "streamlit"} & set(sys.modules)))
blocks.close()
"""


def ran(*command: str, **variables: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "NO_PROXY": "*", **variables}
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=180)


def test_the_page_is_served_before_torch_is_imported():
    done = ran("-c", BUILT, GRADIO_SERVER_PORT=str(free_port()))
    assert "heavy: []" in done.stdout, done.stdout + done.stderr


def test_a_port_in_use_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = ran("app.py", GRADIO_SERVER_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "GRADIO_SERVER_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_name_and_the_port_are_obeyed():
    live = Live("tests/faces/fake_page.py", GRADIO_SERVER_NAME="0.0.0.0")
    try:
        assert httpx.get(live.url).status_code == 200
    finally:
        assert live.end() == 0
