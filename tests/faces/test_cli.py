"""The command line as a person uses it: codes, streams, formats; real weights of the packages, no network."""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from skimage import data

from vision.engine import Engine
from vision.faces import api
from vision.faces.cli import main


@pytest.fixture
def cat(tmp_path):
    """A folder with a cat."""
    Image.fromarray(data.chelsea()).save(tmp_path / "cat.png")
    return tmp_path


def test_a_photo_is_named(cat, capsys):
    assert main(["classify", str(cat / "cat.png")]) == 0
    assert "tiger cat" in capsys.readouterr().out


def test_a_folder_is_done_though_one_file_is_bad(cat, capsys):
    (cat / "broken.jpg").write_bytes(b"not a picture")
    (cat / "notes.txt").write_text("no picture, and not taken for one")
    assert main(["classify", str(cat), "--json", "--csv", str(cat / "numbers.csv")]) == 1
    out, err = capsys.readouterr()
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["top"][0]["label"] for answer in answers] == ["tiger cat"]
    assert "broken.jpg" in err and "notes.txt" not in err
    rows = list(csv.reader((cat / "numbers.csv").read_text("utf-8").splitlines()))
    assert [row[1] for row in rows] == [guess["label"] for guess in answers[0]["top"]]


def test_the_json_is_that_of_the_endpoint(cat, capsys):
    from vision.core.picture import read

    assert main(["explain", str(cat / "cat.png"), "--method", "gradcam", "--target", "lynx", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    wanted = api.explain(Engine(), read(cat / "cat.png"), method="gradcam", target="lynx")
    assert said.pop("file") == str(cat / "cat.png")
    assert said.pop("ms") > 0 and wanted.pop("ms") > 0
    assert np.allclose(said.pop("grid"), wanted.pop("grid"))
    assert said == wanted


def test_standard_input_is_a_picture(cat, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((cat / "cat.png").read_bytes())))
    assert main(["classify", "-", "--top", "1"]) == 0
    assert "tiger cat" in capsys.readouterr().out


def test_two_pictures_become_one(cat, capsys):
    Image.fromarray(data.coffee()).save(cat / "coffee.png")
    assert main(["fuse", str(cat / "cat.png"), str(cat / "coffee.png"), "--alpha", "1", "--png", str(cat / "mixed.png")]) == 0
    assert np.array_equal(np.asarray(Image.open(cat / "mixed.png")), data.chelsea())


def test_boxes_are_drawn_on_the_picture(cat, capsys):
    Image.fromarray(data.astronaut()).save(cat / "astronaut.png")
    assert main(["detect", str(cat / "astronaut.png"), "--png", str(cat / "boxes")]) == 0
    assert "person" in capsys.readouterr().out
    drawn = np.asarray(Image.open(cat / "boxes" / "astronaut.png"))
    assert drawn.shape == data.astronaut().shape and not np.array_equal(drawn, data.astronaut())


def test_a_map_is_drawn_over_its_picture(cat, capsys):
    assert main(["explain", str(cat / "cat.png"), "--png", str(cat / "maps")]) == 0
    assert "tiger cat" in capsys.readouterr().out
    drawn = np.asarray(Image.open(cat / "maps" / "cat.png"))
    assert drawn.shape[0] > data.chelsea().shape[0] and drawn.shape[1] == data.chelsea().shape[1]  # the bar stands below


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["classify", "nowhere.jpg"], "nowhere.jpg"),
        (["classify", "--model", "nothing", "cat.png"], "nothing"),
        (["explain", "--method", "dowsing", "cat.png"], "dowsing"),
        (["fuse", "cat.png", "nowhere.png", "--png", "out.png"], "file"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_1(cat, monkeypatch, capsys, arguments, word):
    monkeypatch.chdir(cat)
    assert main(arguments) == 1
    err = capsys.readouterr().err
    assert word in err and len(err.splitlines()) == 1 and "Traceback" not in err


def test_wrong_usage_is_code_2():
    with pytest.raises(SystemExit) as stop:
        main(["classify"])
    assert stop.value.code == 2


def test_no_picture_is_said(tmp_path, capsys):
    assert main(["classify", str(tmp_path)]) == 1
    assert "No pictures" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error():
    command = f"{sys.executable} -m vision models --json | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["key"] and not done.stderr


@pytest.mark.parametrize("command", ["models", "classify", "explain", "detect", "fuse"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 5
