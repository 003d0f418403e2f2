import numpy as np
import pytest
from torchvision import datasets

from tests.train.samples import draw
from vision.core.errors import UserError
from vision.train.data import WHOLE_CIFAR, Folder, Packed, open_set


def test_packed_set_gives_what_was_packed(data):
    pictures = Packed(data, "shapes")
    assert pictures.names == ("square", "disc", "bowl")
    assert len(pictures.split("train")) == 24
    assert pictures.split("val").tolist() == list(range(24, 30))
    for index in (0, 7, 29):
        picture, box = draw(index % 3, index, 32)
        assert np.array_equal(pictures.image(index), picture)
        assert pictures.label(index) == index % 3
        assert pictures.boxes(index).xyxy.tolist() == [list(box)]


def test_truncated_set_is_refused(data, tmp_path):
    for suffix in ("json", "npz"):
        (tmp_path / f"shapes.{suffix}").write_bytes((data / f"shapes.{suffix}").read_bytes())
    (tmp_path / "shapes.bin").write_bytes((data / "shapes.bin").read_bytes()[:-1])
    with pytest.raises(UserError, match="bytes"):
        Packed(tmp_path, "shapes")


def test_folder_of_folders_is_split_four_to_one_and_the_same_every_time(tmp_path):
    for label, name in enumerate(("a", "b")):
        (tmp_path / name).mkdir()
        for seed in range(10):
            draw(label, seed, 16)[0].save(tmp_path / name / f"{seed}.png")
    first, again = Folder(tmp_path), open_set(tmp_path, ".")
    assert first.files == again.files
    assert first.names == ("a", "b")
    for label in (0, 1):
        of_class = [split for _, one, split in first.files if one == label]
        assert of_class.count(1) == 2 and of_class.count(0) == 8


def test_given_split_is_kept(tmp_path):
    for part, count in (("train", 3), ("val", 1)):
        (tmp_path / part / "a").mkdir(parents=True)
        for seed in range(count):
            draw(0, seed, 16)[0].save(tmp_path / part / "a" / f"{seed}.png")
    pictures = Folder(tmp_path)
    assert len(pictures.split("train")) == 3
    assert [pictures.files[i][0].parent.parent.name for i in pictures.split("val")] == ["val"]


def test_empty_folder_says_what_is_wanted(tmp_path):
    with pytest.raises(UserError, match="class folders"):
        Folder(tmp_path)
    for name in ("nowhere", "a/b"):
        with pytest.raises(UserError, match=name):
            open_set(tmp_path, name)


def test_whole_cifar10_is_torchvisions(tmp_path, monkeypatch):
    def fetched(folder, train, download):
        assert folder == tmp_path and download
        part = [(draw(at % 3, at + 100 * train, 32)[0], at % 3) for at in range(5 if train else 2)]
        return Part(part)

    class Part(list):
        classes = ("a", "b", "c")

    monkeypatch.setattr(datasets, "CIFAR10", fetched)
    found = open_set(tmp_path, WHOLE_CIFAR)
    assert found.names == ("a", "b", "c") and len(found) == 7
    assert found.split("train").tolist() == [0, 1, 2, 3, 4] and found.split("val").tolist() == [5, 6]
    assert np.array_equal(found.image(4), draw(1, 104, 32)[0]) and np.array_equal(found.image(6), draw(1, 1, 32)[0])
    assert [found.label(at) for at in range(7)] == [0, 1, 2, 0, 1, 0, 1]


def test_without_a_connection_it_is_a_sentence(tmp_path, monkeypatch):
    def fails(*_, **__):
        raise OSError("no route")

    monkeypatch.setattr(datasets, "CIFAR10", fails)
    with pytest.raises(UserError, match="no route"):
        open_set(tmp_path, WHOLE_CIFAR)
