"""The catalogue as a file: what is checked, and how a mistake is said."""

import pytest

from tests.fakes import row
from vision.core.errors import ModelError
from vision.models.catalog import Card, Catalog, check

BLOCK = """
[{key}]
task = "classify"
family = "cnn"
name = "A"
source = "hub"
repo = "a/b"
arch = "resnet50"
revision = "main"
params = 1
licence = "MIT"
origin = "here"
paper = "none"
weak_at = "everything"
methods = ["gradcam"]
"""


def read(tmp_path, text):
    (tmp_path / "rows.toml").write_text(text, "utf-8")
    return Catalog.read(tmp_path / "rows.toml")


def test_a_block_is_a_card(tmp_path):
    found = read(tmp_path, BLOCK.format(key="b") + BLOCK.format(key="a"))
    assert [card.key for card in found.cards] == ["b", "a"], "the order of the file is the order of preference"
    assert found["a"].methods == ("gradcam",) and found["a"].file == "model.safetensors" and hash(found["a"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("params = 1", "parms = 1"), "a: unknown"),
        (('paper = "none"\n', ""), "a: lacks"),
        (('"classify"', '"classifi"'), "a: unknown task"),
        (('"cnn"', '"rnn"'), "a: unknown task, source or family"),
        (('"hub"', '"torrent"'), "a: unknown task, source"),
        (("params = 1", 'params = 1\nneeds = ["z"]'), "a needs z"),
        (("params = 1", 'params = 1\nsha256 = "abc"'), "64 digits"),
        (("params = 1", 'params = 1\nfile = "model.bin"'), "known sha256"),
        (('"hub"', '"package"'), "names its package"),
    ],
)
def test_a_mistake_names_its_row(tmp_path, change, words):
    text = BLOCK.format(key="a")
    assert change[0] in text
    with pytest.raises(ValueError, match=words):
        read(tmp_path, text.replace(*change))


def test_needs_go_one_deep():
    with pytest.raises(ValueError, match="needs b"):
        Catalog([row("a"), row("b", needs=["a"]), row("c", needs=["b"])])


def test_keys_are_unique():
    with pytest.raises(ValueError, match="same key"):
        Catalog([row("a"), row("a")])


def test_an_unknown_key_is_a_sentence_whatever_it_holds():
    with pytest.raises(ModelError, match=r"\{key\}"):
        _ = Catalog([])["{key}"]


def test_a_model_is_local_when_what_it_needs_is():
    far = Card(key="far", task="classify", family="cnn", name="F", source="package", package="no_such", arch="x", sha256="0" * 64)
    near = row("near", needs=["far"])
    rows = Catalog([far, near, row("alone")])
    assert [rows.local(card) for card in rows.cards] == [False, False, True]


def test_a_random_model_passes():
    check(row("a"))
