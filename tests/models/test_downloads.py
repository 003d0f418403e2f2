"""Downloads against a hub on 127.0.0.1: whole, absent, cut, resumed, damaged, no room, no network."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.models.hub import COMMIT, Hub
from vision.core.errors import ModelError
from vision.models import downloads, transfer
from vision.models.catalog import Card, Catalog, weights
from vision.models.line import Listener, listening

CONTENT = bytes(range(256)) * 4096  # 1 MiB, several chunks


def card(**other):
    return Card(**{"key": "toy", "task": "classify", "family": "cnn", "name": "Toy", "source": "hub", "arch": "toy", "repo": Hub.repo,
                   "revision": "main", **other})  # fmt: skip


@pytest.fixture(autouse=True)
def room(monkeypatch, tmp_path):
    """An empty cache, a network not yet asked, no waiting between attempts."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(downloads, "reach", downloads.Reach())
    monkeypatch.setattr(transfer, "PAUSE_S", 0.0)


@pytest.fixture
def hub(monkeypatch):
    served = Hub(CONTENT)
    monkeypatch.setenv("HF_ENDPOINT", served.url)
    yield served
    served.close()


def parts(folder):
    return [path for path in Path(folder).rglob("*.incomplete") if path.is_file()]


def test_a_file_comes_is_told_and_is_found_again(hub, tmp_path):
    told = []
    assert weights(card()) is None
    with listening(Listener(progress=lambda done, total: told.append((done, total)))):
        path = downloads.fetch(card())
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert weights(card()) == path and Catalog([card()]).local(card())
    assert path.parent.name == COMMIT and parts(tmp_path) == []
    assert downloads.known_sum(card(), path) == hub.sum


def test_the_hubs_own_library_finds_what_we_put_into_its_cache(hub):
    from huggingface_hub import hf_hub_download

    path = downloads.fetch(card())
    assert Path(hf_hub_download(Hub.repo, Hub.file, cache_dir=constants.HF_HUB_CACHE, local_files_only=True)) == path


def test_a_cut_is_resumed_where_it_broke_off(hub):
    hub.cuts = [300_000, 200_000]
    assert downloads.fetch(card()).read_bytes() == CONTENT
    assert hub.ranges() == [None, "bytes=300000-", "bytes=500000-"]


def test_a_hub_that_keeps_cutting_says_how_far_it_came_and_the_next_attempt_goes_on(hub, tmp_path):
    hub.cuts = [len(CONTENT) // 2] + [0] * (transfer.RETRIES + 1)
    with pytest.raises(ModelError, match="broke off at 50\u00a0%"):
        downloads.fetch(card())
    assert weights(card()) is None and len(parts(tmp_path)) == 1
    assert downloads.fetch(card()).read_bytes() == CONTENT
    assert hub.ranges()[-1] == f"bytes={len(CONTENT) // 2}-"


def test_a_server_that_ignores_the_range_is_read_from_the_start(hub, monkeypatch):
    from tests.models.hub import Handler

    def ignore(self):
        self.hub.asked.append(("GET", self.path, self.headers.get("Range")))
        self._head(200, len(self.hub.content))
        self.wfile.write(self.hub.content[: self.hub.cuts.pop(0)] if self.hub.cuts else self.hub.content)

    monkeypatch.setattr(Handler, "do_GET", ignore)
    hub.cuts = [300_000]
    assert downloads.fetch(card()).read_bytes() == CONTENT


def test_a_damaged_file_is_thrown_away(hub, tmp_path):
    hub.flipped = True
    with pytest.raises(ModelError, match="arrived damaged"):
        downloads.fetch(card())
    assert weights(card()) is None and parts(tmp_path) == []
    hub.flipped = False
    assert downloads.fetch(card()).read_bytes() == CONTENT


def test_another_file_than_the_card_names_is_thrown_away(hub):
    with pytest.raises(ModelError, match="arrived damaged"):
        downloads.fetch(card(sha256="0" * 64))


def test_leaving_keeps_what_has_come(hub, tmp_path):
    seen = []
    with (
        listening(Listener(progress=lambda done, total: seen.append(done), cancelled=lambda: bool(seen))),
        pytest.raises(ModelError) as error,
    ):
        downloads.fetch(card())
    assert error.value.key == "model.cancelled"
    assert weights(card()) is None and parts(tmp_path)[0].stat().st_size == seen[-1]
    assert downloads.fetch(card()).read_bytes() == CONTENT
    assert hub.ranges() == [None, f"bytes={seen[-1]}-"]


@pytest.mark.parametrize(("status", "words"), [(404, "no longer where the catalogue says"), (503, "error 503")])
def test_a_hub_that_refuses_is_a_sentence(hub, status, words):
    hub.status = status
    with pytest.raises(ModelError, match=words):
        downloads.fetch(card())
    hub.status = 0
    downloads.fetch(card())  # a refusal is no missing network: the next is asked at once


def test_an_unknown_repository_is_a_sentence(hub):
    with pytest.raises(ModelError, match="no longer where the catalogue says"):
        downloads.fetch(card(repo="toy/other"))


def test_no_room_is_known_before(hub, monkeypatch, tmp_path):
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: type("Usage", (), {"free": len(CONTENT) - 1}))
    with pytest.raises(ModelError, match="disk is too full"):
        downloads.fetch(card())
    assert hub.ranges() == [] and parts(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
def test_a_disk_that_fills_up_on_the_way_is_left_clean(hub, tmp_path):
    part = tmp_path / "hub" / "models--toy--net" / "blobs" / f"{hub.sum}.incomplete"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(ModelError, match="disk is too full"):
        downloads.fetch(card())
    assert not part.is_symlink()
    assert downloads.fetch(card()).read_bytes() == CONTENT


def test_only_safetensors_are_fetched_from_the_hub(hub):
    with pytest.raises(ModelError, match="can run programs"):
        downloads.fetch(card(file="pytorch_model.bin", sha256="0" * 64))
    assert hub.asked == []


def test_torchvisions_file_is_checked_against_the_sum_in_its_name(hub, monkeypatch):
    hub.file = f"net-{hub.sum[:8]}.pth"
    monkeypatch.setattr(downloads, "TORCHVISION", hub.url)
    row = card(source="torchvision", file=hub.file, origin=f"{hub.url}/models/{hub.file}")
    hub.flipped = True
    with pytest.raises(ModelError, match="arrived damaged"):
        downloads.fetch(row)
    hub.flipped = False
    assert downloads.fetch(row).read_bytes() == CONTENT
    assert weights(row) == downloads._torch_folder() / hub.file


def test_torchvision_rows_are_fetched_from_its_own_server_only(hub):
    with pytest.raises(ModelError):
        downloads.fetch(card(source="torchvision", file="net.pth", origin=f"{hub.url}/models/net.pth"))
    assert hub.asked == []


@pytest.fixture
def silent(monkeypatch):
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        yield server


def test_a_silent_network_is_given_up_and_remembered(silent, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(downloads, "reach", downloads.Reach(lambda: now[0]))
    monkeypatch.setattr(downloads.Reach.ask, "__defaults__", (0.2,))
    with pytest.raises(ModelError, match="network cannot be reached"):
        downloads.fetch(card())
    with pytest.raises(ModelError, match="Another has to be downloaded"):
        downloads.reach.ask("Another", lambda: pytest.fail("asked, though the network was just found missing"))
    now[0] = downloads.REMEMBER_S + 1
    assert downloads.reach.ask("Another", lambda: "answer") == "answer"


def test_a_question_that_hangs_does_not_hold_its_asker():
    """A host name that is looked up for a minute cannot be interrupted, so it is left behind."""
    never = threading.Event()
    with pytest.raises(ModelError, match="network cannot be reached"):
        downloads.Reach().ask("Toy", never.wait, 0.05)
    never.set()
    assert downloads.DECIDE_S < 3


def test_a_refused_connection_is_no_network(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(ModelError, match="network cannot be reached"):
        downloads.fetch(card())


def test_by_the_environment_alone_in_a_fresh_process(hub, tmp_path):
    """HF_ENDPOINT and HF_HOME as a person sets them, nothing patched."""
    code = """if True:
        from tests.models.test_downloads import card
        from vision.models import downloads
        print(downloads.fetch(card()).stat().st_size)"""
    known = dict(os.environ, HF_ENDPOINT=hub.url, HF_HOME=str(tmp_path / "home"), HF_HUB_OFFLINE="", HF_HUB_DISABLE_TELEMETRY="1")
    done = subprocess.run(
        [sys.executable, "-c", code], env=known, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.split() == [str(len(CONTENT))], done.stderr
    assert {path.split("/")[1] for _, path, _ in hub.asked} == {"toy"}, "nothing else was asked of the hub"


def test_switched_off_by_the_environment(hub):
    code = """if True:
        from tests.models.test_downloads import card
        from vision.core.errors import ModelError
        from vision.models import downloads
        try: downloads.fetch(card())
        except ModelError as error: print(error.key)"""
    known = dict(os.environ, HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="1")
    done = subprocess.run(
        [sys.executable, "-c", code], env=known, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.split() == ["model.offline"], done.stderr
    assert hub.asked == []


def test_from_the_hub_to_an_answer_and_again_without_it(monkeypatch, drawn):
    """A small net is served, downloaded, loaded and asked; with the hub gone it is loaded again, and others are refused."""
    import timm
    import torch
    from safetensors.torch import save

    from vision.core.picture import read
    from vision.engine import Engine
    from vision.models.cache import ModelCache

    torch.manual_seed(0)
    module = timm.create_model("mobilenetv3_small_050").eval()
    served = Hub(save(module.state_dict()))
    monkeypatch.setenv("HF_ENDPOINT", served.url)
    facts = {"arch": "mobilenetv3_small_050", "names": "imagenet-1k", "params": 1_594_000}
    rows = Catalog([card(**facts), card(**facts | {"key": "other", "name": "Other", "repo": "toy/other"})])
    picture = read(drawn(60, 80))

    engine = Engine(rows, ModelCache.of(rows))
    told = []
    with listening(Listener(progress=lambda done, total: told.append(done))):
        kept = engine.forward(picture, "toy")
    with engine.cache.lease("toy") as net, torch.inference_mode():
        assert torch.allclose(torch.from_numpy(kept.logits), module(net.preprocessing.prepare(picture.rgb)[0])[0], atol=1e-6)
    assert told[-1] == len(served.content)

    served.close()
    engine = Engine(rows, ModelCache.of(rows))
    asked = len(served.asked)
    assert engine.card("classify", family="cnn").key == "toy", "what has been downloaded is local"
    assert engine.forward(picture, "toy").logits.tolist() == kept.logits.tolist()
    with pytest.raises(ModelError, match="Other has to be downloaded, and the network cannot be reached"):
        engine.forward(picture, "other")
    assert len(served.asked) == asked
