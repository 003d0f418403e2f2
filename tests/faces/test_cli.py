"""The command line as a person uses it: codes, streams, formats; real weights of the packages, no network."""

import csv
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from vision.core.words import say, words
from vision.engine import Engine
from vision.faces import api
from vision.faces.cli import main, parser
from vision.models.catalog import Card, Catalog

ROOT = Path(__file__).parents[2]
COMMANDS = ["models", "classify", "explain", "detect", "sample", "walk", "fuse", "app", "train", "evaluate"]
GENERATOR = Card(
    key="tiny-gan", task="generate", family="gan", name="Tiny", source="random", arch="gan:Gan", revision="1",
    options={"classes": 3, "latent": 16, "width": 8, "directions": 4},
)  # fmt: skip


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
    assert rows[0] == ["file", "label", "index", "score"]
    assert [row[1] for row in rows[1:]] == [guess["label"] for guess in answers[0]["top"]]
    assert "2 of 2: " in err


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
        (["classify", "*.tiff"], "*.tiff"),
        (["classify", "cat.png", "--top", "0"], "top"),
        (["classify", "cat.png", "--csv", "cat.png/numbers.csv"], "numbers.csv"),
        (["detect", "cat.png", "--png", "cat.png"], "cannot be written"),
        (["fuse", "cat.png", "nowhere.png", "--png", "out.png"], "nowhere.png"),
        (["fuse", "cat.png", "cat.png", "--png", "cat.png/out.png"], "out.png"),
        (["sample", "--model", "nothing", "--png", "out"], "nothing"),
        (["walk", "walk.avi"], "gif, mp4, png"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_1(cat, monkeypatch, capsys, arguments, word):
    monkeypatch.chdir(cat)
    assert main(arguments) == 1
    err = capsys.readouterr().err
    assert word in err and len(err.splitlines()) == 1 and "Traceback" not in err


@pytest.mark.parametrize(
    "arguments", [["classify"], ["classify", "a.png", "--top", "many"], ["sample"], ["walk"], ["dream"], ["models", "sing"]]
)
def test_wrong_usage_is_code_2(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_no_command_is_answered_with_the_commands(capsys):
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert not out and all(command in err for command in COMMANDS)


def test_no_picture_is_said(tmp_path, capsys):
    assert main(["classify", str(tmp_path)]) == 1
    assert "no pictures" in capsys.readouterr().err


def test_a_pattern_is_followed_where_the_shell_left_it_alone(cat, capsys):
    (cat / "more").mkdir()
    (cat / "cat.png").rename(cat / "more" / "cat.png")
    assert main(["classify", f"{cat}/**/*.png"]) == 0
    assert "tiger cat" in capsys.readouterr().out


def test_a_hostile_name_stays_text(cat, capsys):
    (cat / "cat.png").rename(cat / "\x1b[2Jcat\u202e.png")
    (cat / os.fsdecode(b"\xff.png")).write_bytes(b"")  # a name that is no UTF-8
    assert main(["classify", str(cat)]) == 1
    out, err = capsys.readouterr()
    assert "?[2Jcat?.png" in out and "?.png" in err and "\x1b" not in out + err
    assert main(["classify", str(cat), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["file"].endswith("\x1b[2Jcat\u202e.png")


def test_drawn_pictures_overwrite_neither_each_other_nor_what_came_in(cat, capsys):
    (cat / "two").mkdir()
    (cat / "two" / "cat.png").write_bytes((cat / "cat.png").read_bytes())
    before = (cat / "cat.png").read_bytes()
    assert main(["detect", str(cat), "--png", str(cat), "--quiet"]) == 0
    assert (cat / "cat.png").read_bytes() == before
    assert {path.name for path in cat.glob("*.png")} == {"cat.png", "cat-2.png", "cat-3.png"}
    assert not capsys.readouterr().err


def test_rows_of_boxes_and_maps(cat, capsys):
    Image.fromarray(data.astronaut()).save(cat / "cat.png")
    assert main(["detect", str(cat / "cat.png"), "--csv", "-"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert rows[0]["label"] == "person" and float(rows[0]["x0"]) < float(rows[0]["x1"])
    assert main(["explain", str(cat / "cat.png"), "--csv", "-"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert max(float(row["value"]) for row in rows) == 1.0
    assert (int(rows[-1]["row"]) + 1) * (int(rows[-1]["column"]) + 1) == len(rows)


def test_the_catalogue_as_rows(capsys):
    assert main(["models", "detect", "--csv", "-"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert rows and {row["task"] for row in rows} == {"detect"}


@pytest.fixture
def painter(monkeypatch):
    """A small generator with random weights in the catalogue's place."""
    engine = Engine(Catalog([GENERATOR]))
    monkeypatch.setattr("vision.engine.Engine", lambda: engine)
    return engine


def test_samples_are_files_and_figures(painter, tmp_path, capsys):
    asked = ["sample", "--seed", "7", "--count", "3", "--png", str(tmp_path / "made"), "--csv", str(tmp_path / "scores.csv"), "--json"]
    assert main(asked) == 0
    said = json.loads(capsys.readouterr().out)
    wanted = []
    found = api.sample(painter, seed=7, count=3, put=lambda content, suffix: wanted.append(content))
    assert [Path(name).read_bytes() for name in said["pictures"]] == wanted
    assert said["seeds"] == found["seeds"] and set(said) == set(found)
    rows = list(csv.DictReader((tmp_path / "scores.csv").read_text("utf-8").splitlines()))
    assert [row["file"] for row in rows] == said["pictures"]
    assert [float(row["norm"]) for row in rows] == said["norms"]


@pytest.mark.parametrize(("name", "kind"), [("walk.gif", "GIF"), ("strip.PNG", "PNG")])
def test_a_walk_is_one_file_of_the_format_its_name_tells(painter, tmp_path, capsys, name, kind):
    assert main(["walk", str(tmp_path / "new" / name), "--seeds", "0,1", "--frames", "4"]) == 0
    assert str(tmp_path / "new" / name) in capsys.readouterr().out
    with Image.open(tmp_path / "new" / name) as file:
        assert file.format == kind


def test_no_generator_is_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("vision.engine.Engine", lambda: Engine(Catalog([])))
    assert main(["sample", "--png", str(tmp_path)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_picture_goes_through_a_pipe(cat):
    command = f"cat cat.png | {sys.executable} -m vision fuse - cat.png --alpha 1 --png - > mixed.png"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=cat, env={**os.environ, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert not done.stderr
    assert np.array_equal(np.asarray(Image.open(cat / "mixed.png")), data.chelsea())


def test_a_reader_that_leaves_early_is_no_error():
    command = f"{sys.executable} -m vision models --json | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["key"] and not done.stderr


def test_leaving_by_the_keyboard_is_no_traceback(cat, monkeypatch, capsys):
    monkeypatch.setattr("vision.faces.cli_pictures.read", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(["classify", str(cat)]) == 130


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    told = capsys.readouterr().out
    assert len(told.splitlines()) > 5
    if command not in ("train", "evaluate"):
        assert f"Examples:\n  python -m vision {command}" in told


@pytest.mark.parametrize("command", COMMANDS[:-2])
def test_every_example_is_a_command_line_that_is_understood(command):
    for line in say(f"cli.{command}_examples").splitlines()[1:]:
        words = shlex.split(line.partition(" | head")[0].partition(" > ")[0].partition("python -m vision ")[2], posix=True)
        assert parser().parse_args([word for word in words if word != "<"]).command == command


def test_it_speaks_the_language_of_the_option_or_of_the_environment(cat, capsys, monkeypatch):
    picture = str(cat / "cat.png")
    assert main(["--lang", "zh", "classify", picture, "--top", "2"]) == 0
    assert "虎皮猫" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["explain", picture, "--target", "猞猁", "--method", "gradcam"]) == 0
    assert "猞猁" in (out := capsys.readouterr().out) and words("zh")["explain.half"].split("{")[0] in out
    assert main(["classify", str(cat / "none.png")]) == 1
    assert words("zh")["picture.missing"] in capsys.readouterr().err
    assert main(["classify", picture, "--json", "--top", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["top"][0]["label"] == "tiger cat"  # a label is an identifier
    assert main(["--lang=en", "classify", picture, "--top", "1"]) == 0
    assert "tiger cat" in capsys.readouterr().out
