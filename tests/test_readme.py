"""The README is the Space's card and the place of the two commands; both have to be true."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CARD = yaml.safe_load(README.split("---")[1])
PINS = dict(re.findall(r"^([\w.-]+)==([\w.]+)$", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE))


def commands() -> list[str]:
    """Return every line of the README's shell and batch blocks."""
    blocks = re.findall(r"^```(?:sh|bat)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_card_is_valid_front_matter():
    assert README.startswith("---\n")
    assert CARD["sdk"] == "gradio"
    assert CARD["sdk_version"] == PINS["gradio"]
    assert isinstance(CARD["python_version"], str)
    assert (ROOT / CARD["app_file"]).is_file()
    assert CARD["license"] == "apache-2.0"
    assert 0 < len(CARD["short_description"]) <= 60
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {CARD["colorFrom"], CARD["colorTo"]} <= colours


def test_python_version_is_one_the_project_takes():
    low = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"].removeprefix(">=")
    assert tuple(map(int, CARD["python_version"].split("."))) >= tuple(map(int, low.split(".")))


def test_preloaded_models_are_models_of_the_card_and_of_the_catalogue():
    catalogue = (ROOT / "vision" / "models" / "catalog.toml").read_text("utf-8")
    assert [line.split()[0] for line in CARD["preload_from_hub"]] == CARD["models"]
    for model in CARD["models"]:
        assert model.removeprefix("timm/") in catalogue


@pytest.mark.parametrize("requirements", ["requirements.txt", "requirements-dev.txt"])
def test_each_command_is_one_line_for_each_system(requirements):
    lines = [line for line in commands() if f"-r {requirements}" in line]
    assert len(lines) == 2
    for line, activate in zip(lines, (". .venv/bin/activate", r".venv\Scripts\activate"), strict=True):
        assert line.startswith("python -m venv .venv && " + activate + " && pip install -r ")
        assert line.endswith("python app.py" if requirements == "requirements.txt" else "python -m pytest")


def test_first_screen_has_the_picture_and_both_commands():
    first = README.split("---", 2)[2].split("\n## ")[0]
    assert "docs/screenshot.png" in first
    assert sum(line in first for line in commands()) == 4
    assert len(first.splitlines()) < 40


def test_ci_runs_the_readme_command():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "README.md" in script
    assert "-m pytest" not in script  # it is the README's line that runs, not a copy that could differ


def test_pins_that_only_fit_together():
    assert (PINS["torch"], PINS["torchvision"]) == ("2.14.1", "0.29.1")
    assert "opencv-python" not in PINS  # it and the headless package destroy each other
