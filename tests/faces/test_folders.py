"""A visitor's folder: names nobody guesses, bounds, and nothing left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.faces.web.folders import Folder, Folders


def files(root):
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_what_is_put_can_be_read_under_a_new_name_each_time(tmp_path):
    folder = Folder(tmp_path / "one")
    first, second = folder.put(b"abc", ".bin"), folder.put(b"abc", ".bin")
    assert first != second
    assert first.startswith("glassbox/files/one/")
    assert (tmp_path / "one" / first.rpartition("/")[2]).read_bytes() == b"abc"


@pytest.mark.parametrize("suffix", [".html", ".svg", ".js", "", "bin", "/../x.bin"])
def test_only_suffixes_that_a_browser_does_not_run(tmp_path, suffix):
    with pytest.raises(ValueError):
        Folder(tmp_path).put(b"", suffix)


@given(sizes=st.lists(st.integers(0, 40), max_size=30))
def test_the_budget_holds_and_the_newest_is_there(tmp_path_factory, sizes):
    root = tmp_path_factory.mktemp("folder")
    folder = Folder(root / "one", budget_bytes=100)
    for size in sizes:
        url = folder.put(b"x" * size, ".bin")
        kept = [path.stat().st_size for path in (root / "one").iterdir()]
        assert sum(kept) <= 100
        assert (root / "one" / url.rpartition("/")[2]).stat().st_size == size


def test_a_file_larger_than_the_budget_stays_alone(tmp_path):
    folder = Folder(tmp_path / "one", budget_bytes=10)
    folder.put(b"x" * 5, ".bin")
    folder.put(b"x" * 50, ".bin")
    assert len(files(tmp_path)) == 1


def test_drop_takes_its_own_files_only(tmp_path):
    folders = Folders(tmp_path)
    mine, other = folders.of("a"), folders.of("b")
    url, foreign = mine.put(b"1", ".png"), other.put(b"2", ".png")
    mine.drop(foreign, "glassbox/files/../../etc/hostname", "nothing")
    assert len(files(tmp_path)) == 2
    mine.drop(url, url)
    assert files(tmp_path) == [foreign.rpartition("/")[2]]


def test_a_session_keeps_its_folder_and_the_name_does_not_come_from_it(tmp_path):
    folders = Folders(tmp_path)
    assert folders.of("abc") is folders.of("abc")
    assert "abc" not in folders.of("abc").path.name


@pytest.mark.parametrize("session", [None, "", "../..", "a/b", "x" * 100])
def test_who_has_no_proper_session_shares_with_nobody(tmp_path, session):
    folders = Folders(tmp_path)
    assert folders.of(session) is not folders.of(session)
    assert folders.of(session).path.parent == tmp_path


def test_leaving_deletes_and_too_many_visitors_lose_the_oldest(tmp_path):
    folders = Folders(tmp_path, visitors=2)
    for session in "ab":
        folders.of(session).put(b"x", ".bin")
    folders.leave("a")
    folders.leave("a")
    folders.leave(None)
    assert len(files(tmp_path)) == 1
    for session in "cd":
        folders.of(session).put(b"x", ".bin")
    assert len(files(tmp_path)) == 2


def test_all_folders_together_are_bounded(tmp_path):
    folders = Folders(tmp_path, all_bytes=100)
    for session in "abcdefgh":
        folders.of(session).put(b"x" * 30, ".bin")
    held = sum(path.stat().st_size for path in tmp_path.rglob("*.bin"))
    assert 90 <= held <= 130  # the newest may be over by what it has put since it was asked for
