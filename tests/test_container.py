"""The Dockerfile, as far as it can be proved without Docker: what it copies is there and enough, and nothing runs as root."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from vision.faces.web.server import STATUS_URL

ROOT = Path(__file__).parents[1]
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8"))
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").split()


def steps(word):
    """Return what stands behind an instruction, in order."""
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{word} ")]


def copied():
    """Yield (source, place in the working folder) of everything that is copied."""
    for step in steps("COPY"):
        *sources, place = step.split()
        for source in sources:
            yield source, place if len(sources) == 1 and not place.endswith("/") else f"{place}/{source}"


def test_python_is_one_the_project_takes():
    low = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"].removeprefix(">=")
    version = re.fullmatch(r"python:([\d.]+)-slim", steps("FROM")[0])[1]
    assert tuple(map(int, version.split("."))) >= tuple(map(int, low.split(".")))


def test_nothing_runs_as_root_and_the_packages_are_their_own_layer():
    (user,) = steps("USER")
    assert user not in ("root", "0") and any(f"--uid 1000 {user}" in step for step in steps("RUN"))
    words = [line.partition(" ")[0] for line in LINES]
    assert words.index("USER") < words.index("CMD") and words.index("USER") > max(i for i, word in enumerate(words) if word == "RUN")
    assert LINES.index("RUN pip install --no-cache-dir -r requirements.txt") < LINES.index("COPY vision vision")


def test_the_page_is_open_where_the_container_is_and_is_watched():
    variables = dict(pair.split("=") for step in steps("ENV") for pair in step.split())
    assert variables["GRADIO_SERVER_NAME"] == "0.0.0.0"
    assert steps("EXPOSE") == [variables["GRADIO_SERVER_PORT"]]
    assert f"http://127.0.0.1:{variables['GRADIO_SERVER_PORT']}/{STATUS_URL}" in steps("HEALTHCHECK")[0]
    compile(json.loads(steps("HEALTHCHECK")[0].partition("CMD ")[2])[2], "healthcheck", "exec")
    assert json.loads(steps("CMD")[0]) == ["python", "app.py"]


def test_what_is_copied_is_enough(tmp_path):
    for source, place in copied():
        assert source not in IGNORED
        here, there = ROOT / source, tmp_path / place
        assert here.exists(), source
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(here, there)
    done = subprocess.run([sys.executable, "-m", "vision", "models", "--json"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = {row["key"]: row["local"] for row in map(json.loads, done.stdout.splitlines())}
    assert rows["vit-hybrid"] and rows["yolov4-tiny"]  # the weights that ship came along
    page = "from vision.faces.web import page; print(page.__file__)"
    done = subprocess.run([sys.executable, "-c", page], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith(str(tmp_path)), done.stderr


@pytest.mark.parametrize("name", [".git", "tests", ".venv", "data", "runs"])
def test_what_does_not_belong_in_stays_outside(name):
    assert name in IGNORED


def test_the_streamlit_space_of_the_docs_starts_the_file_that_is_there():
    hosting = (ROOT / "docs" / "hosting.md").read_text("utf-8")
    (command,) = re.findall(r"^```dockerfile\nCMD (.*)\n```", hosting, re.MULTILINE)
    words = json.loads(command)
    assert words[:3] == ["streamlit", "run", "app.py"] and "app_port: 8501" in hosting
    assert words[words.index("--server.port") + 1] == "8501" and words[words.index("--server.address") + 1] == "0.0.0.0"
