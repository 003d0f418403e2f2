"""Looking for replicas that are not there: one sentence, at once."""

import socket
import threading
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from vision.core.words import say
from vision.faces import remote
from vision.faces.cli import main


def unreachable(monkeypatch, why):
    import ray
    from ray import serve

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(ray, "init", lambda **_: None)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    monkeypatch.setattr(serve, "status", lambda: SimpleNamespace(applications={"another": SimpleNamespace(deployments={"Other": 1})}))
    if why == "an address where nothing listens":
        monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
        monkeypatch.setattr(ray, "init", None)  # is not even tried
    elif why == "no cluster":
        monkeypatch.setattr(ray, "init", Mock(side_effect=ConnectionError))


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_port_that_is_not_rays_is_found_out_at_once(said, monkeypatch):
    monkeypatch.setattr(remote, "ANSWERS_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            with server.accept()[0] as caller:
                caller.sendall(said)
                caller.recv(99)

        stranger = threading.Thread(target=answer)
        stranger.start()
        assert not remote.answers(f"127.0.0.1:{server.getsockname()[1]}")
        stranger.join()


@pytest.mark.parametrize("why", ["an address where nothing listens", "no cluster", "a cluster of somebody else"])
def test_replicas_that_cannot_be_reached_are_a_sentence(why, monkeypatch, capsys):
    unreachable(monkeypatch, why)
    assert main(["app", "--engine", "ray"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", say("serve.nobody") + "\n")
