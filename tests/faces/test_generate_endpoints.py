"""/sample and /walk as functions: what is asked for is what is made; what cannot be is a sentence."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from vision.core.errors import ModelError, UserError
from vision.engine import Engine
from vision.faces import api, film, latents
from vision.models.catalog import Card, Catalog


@pytest.fixture(scope="module")
def engine():
    card = Card(
        key="tiny-gan", task="generate", family="gan", name="Tiny", source="random", arch="gan:Gan", revision="1",
        options={"classes": 3, "latent": 16, "width": 8, "directions": 4},
    )  # fmt: skip
    return Engine(Catalog([card]))


@pytest.fixture
def files():
    return []


@pytest.fixture
def put(files):
    def keep(content, suffix):
        files.append((content, suffix))
        return f"{len(files)}{suffix}"

    return keep


def test_sample(engine, files, put):
    found = api.sample(engine, "", 7, 5, "", 0.8, "[1, 0, -2]", put)
    assert found["pictures"] == [f"{n}.png" for n in range(1, 6)]
    assert found["seeds"] == [f"7:{n}" for n in range(5)] and found["label"] == ""
    assert len(found["norms"]) == len(found["critic"]) == 5
    assert found["model"] == "tiny-gan" and {"revision", "device", "ms"} <= set(found)
    assert "rgb" not in json.dumps(found)
    with Image.open(io.BytesIO(files[3][0])) as file:
        assert file.size == (64, 64) and file.format == "PNG"
    again = []
    api.sample(engine, "", 7, 4, "", 0.8, "[1, 0, -2]", lambda content, suffix: again.append(content))
    assert again == [content for content, _ in files[:4]]


def test_walk(engine, files, put):
    found = api.walk(engine, "", "0,1:2", "2", 9, "gif", put)
    assert found["file"] == "1.gif" and set(found) == {"model", "revision", "device", "ms", "file"}
    with Image.open(io.BytesIO(files[0][0])) as file:
        assert file.size == (64, 64)
    api.walk(engine, "", "0,1:2", "2", 9, "png", put)
    with Image.open(io.BytesIO(files[1][0])) as file:
        assert file.size == (9 * 64, 64)


@pytest.mark.parametrize("arguments", [
    {"seed": -1}, {"seed": 2**40}, {"count": 0}, {"count": 1000}, {"label": "stone"}, {"truncation": float("nan")}, {"sliders": "[1e9]"},
    {"sliders": "{}"}, {"sliders": "[" * 1500}, {"sliders": json.dumps([0] * 9)}, {"model": "nothing"}, {"sliders": 3},
])  # fmt: skip
def test_wrong_samples_are_a_sentence(engine, arguments):
    with pytest.raises(UserError) as error:
        api.sample(engine, **arguments)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("seeds", ["", "a", "1,,2", "-1", "1:1000", "9" * 12, ",".join("1" * 13), "1.5", None, "１"])
def test_wrong_seeds_are_a_sentence(engine, seeds):
    with pytest.raises(UserError) as error:
        api.walk(engine, "", seeds)
    assert error.value.key == "generate.bad_seeds"


def test_an_engine_without_a_generator_says_so():
    with pytest.raises(ModelError):
        api.sample(Engine(Catalog([])))


def test_mp4_without_ffmpeg_is_a_sentence_and_with_it_a_file(monkeypatch, tmp_path):
    frames = [np.zeros((4, 4, 3), np.uint8)] * 3
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="ffmpeg"):
        film.film(frames, "mp4")
    program = tmp_path / "ffmpeg"  # stands in: writes what comes in to the last argument
    program.write_text('#!/bin/sh\nfor last; do :; done\n/bin/cat > "$last"\n')
    program.chmod(0o755)
    assert film.film(frames, "mp4") == (b"\0" * 144, ".mp4")
    program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(UserError, match="could not write"):
        film.film(frames, "mp4")


def test_terms():
    assert latents.terms("0, 3:5") == ((0, 0, 1.0), (3, 5, 1.0))
