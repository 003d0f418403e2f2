"""Files on their way to the browser: random names, addresses in Streamlit's media storage, bounded."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from vision.faces import examples
from vision.faces.streamlit import shelf as module
from vision.faces.streamlit.shelf import Shelf


@pytest.fixture
def storage(monkeypatch):
    """Streamlit's own media storage, without a server."""
    made = MemoryMediaFileStorage("/media")
    manager = MediaFileManager(made)
    monkeypatch.setattr(module, "runtime", SimpleNamespace(get_instance=lambda: SimpleNamespace(media_file_mgr=manager)))
    made.manager = manager
    return made


def content(storage, url):
    return storage.get_file(url.rpartition("/")[2]).content


def test_a_name_becomes_an_address_wherever_it_stands(storage):
    shelf = Shelf()
    name = shelf.put(b"12", ".bin")
    value = shelf.addressed({"a": [{"url": name, "n": 1}, None, (2.5, True)], "b": "glassbox/files/of-somebody-else.bin"})
    url = value["a"][0]["url"]
    assert url.startswith("media/") and content(storage, url) == b"12"
    assert value == {"a": [{"url": url, "n": 1}, None, [2.5, True]], "b": "glassbox/files/of-somebody-else.bin"}
    assert shelf.addressed(name) == url


def test_examples_have_an_address_that_all_visitors_share(storage):
    tile = examples.tiles()[0]
    url = Shelf().addressed(tile)["url"]
    assert url == Shelf().addressed(tile)["url"] and content(storage, url) == examples.thumbnail(tile["key"])
    assert Shelf().addressed(f"{examples.EXAMPLES_URL}/../../etc/passwd.webp") == f"{examples.EXAMPLES_URL}/../../etc/passwd.webp"


def test_two_large_files_of_one_size_with_equal_ends_are_two(storage):
    shelf, large = Shelf(), bytearray(3 << 20)
    one = shelf.put(bytes(large), ".bin")
    large[500_000] = 1  # where Streamlit's hash of a large file does not look
    two = shelf.put(bytes(large), ".bin")
    urls = shelf.addressed([one, two])
    assert urls[0] != urls[1] and content(storage, urls[1])[500_000] == 1


def test_the_oldest_go_first_and_streamlit_forgets_them(storage):
    shelf = Shelf(budget_bytes=100)
    urls = [shelf.addressed(shelf.put(bytes(40), ".bin")) for _ in range(20)]
    storage.manager.remove_orphaned_files()
    held = [url for url in urls if url.rpartition("/")[2].split(".")[0] in storage._files_by_id]
    assert held[-2:] == urls[-2:] and len(held) <= 3
    assert len(shelf._files) == 2


def test_a_full_run_adds_what_it_shows_again(storage):
    shelf = Shelf()
    name = shelf.put(b"1", ".json")
    url = shelf.addressed(name)
    storage.manager.clear_session_refs()
    storage.manager.remove_orphaned_files()
    shelf.renew()  # though no value names it any more: the browser may fetch it yet
    assert content(storage, url) == b"1" and shelf.addressed(name) == url


def test_names_cannot_be_guessed():
    names = {Shelf().put(b"same", ".bin") for _ in range(50)}
    assert len(names) == 50 and all(len(name.split("/")[-1]) == 36 for name in names)
