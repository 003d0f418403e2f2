"""Weights from the Hugging Face hub and from torchvision's server, kept where those libraries keep them.

Called by the loader for a model that somebody asked for, never by an import. Without a network the answer comes within seconds and is
remembered for a while, so that a page with many models does not wait for each.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vision.core.errors import ModelError
from vision.models.transfer import Wanted, transfer

if TYPE_CHECKING:
    from vision.models.catalog import Card

T = TypeVar("T")
DECIDE_S = 2.5  # a server that has not answered by then is out of reach
REMEMBER_S = 60.0
ENTER_S = 60.0  # where links are not allowed, entering a file into the cache copies it
SHA256 = re.compile(r"[0-9a-f]{64}")
FILE_SUM = re.compile(r"-([0-9a-f]{8,})\.pth$")  # torchvision's files end in the first digits of their sha256
TORCHVISION = "https://download.pytorch.org/models/"


class Reach:
    """Whether the network is there, as last seen; a "no" is believed for a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._gone_until = float("-inf")

    def ask(self, name: str, question: Callable[[], T], within_s: float = DECIDE_S) -> T:
        """Return the answer of a server; ModelError when none comes in time, without asking where it lately did not."""
        import httpx2

        if self._clock() < self._gone_until:
            raise ModelError("model.offline", name=name)
        answer: Future[T] = Future()
        threading.Thread(target=_answer, args=(question, answer), name="hub", daemon=True).start()
        try:  # in a thread of its own, as looking up a host name cannot be told to hurry
            return answer.result(within_s)
        except (ConnectionError, TimeoutError, httpx2.TransportError):  # the hub's answers "no such file" are OSErrors too, and pass
            self._gone_until = self._clock() + REMEMBER_S
        raise ModelError("model.offline", name=name)

    def forget(self) -> None:
        """Ask again next time."""
        self._gone_until = float("-inf")


def _answer(question: Callable[[], T], answer: Future[T]) -> None:
    try:
        answer.set_result(question())
    except BaseException as error:  # noqa: BLE001  raised again in the thread that waits
        answer.set_exception(error)


reach = Reach()


def kept(card: Card) -> Path | None:
    """Return the file of a card's weights in the library's own cache, or None; no network."""
    if card.source == "torchvision":
        path = _torch_folder() / card.file
        return path if path.is_file() else None
    from huggingface_hub import constants, try_to_load_from_cache

    found = try_to_load_from_cache(card.repo, card.file, cache_dir=constants.HF_HUB_CACHE, revision=card.revision)
    return Path(found) if isinstance(found, str) else None


def fetch(card: Card) -> Path:
    """Download a card's weights, told to the present listener, and return the file; ModelError in one sentence."""
    if card.source == "torchvision":
        return transfer(_from_torchvision(card))
    return _from_hub(card)


def known_sum(card: Card, path: Path) -> str:
    """Return the first digits that the file's sha256 has to have: the card's, the hub's (its name for the blob), torchvision's; or none."""
    if card.sha256:
        return card.sha256
    if card.source == "torchvision":
        found = FILE_SUM.search(card.file)
        return found[1] if found else ""
    name = path.resolve().name
    return name if SHA256.fullmatch(name) else ""


def _from_torchvision(card: Card) -> Wanted:
    from huggingface_hub import get_session

    if not card.origin.startswith(TORCHVISION):
        raise ModelError("model.missing", name=card.name)
    response = reach.ask(card.name, lambda: get_session().head(card.origin, timeout=DECIDE_S, follow_redirects=True))
    if response.status_code >= 400:
        raise ModelError(
            "model.not_found" if response.status_code == 404 else "model.hub_failed", name=card.name, status=response.status_code
        )
    target = _torch_folder() / card.file
    return Wanted(card.name, card.origin, int(response.headers.get("Content-Length", 0)), known_sum(card, target), target)


def _torch_folder() -> Path:
    """Return where torch.hub keeps files of weights; as torch decides it, without importing torch."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{cache}/torch")).expanduser() / "hub" / "checkpoints"


def _from_hub(card: Card) -> Path:
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
    from huggingface_hub.file_download import repo_folder_name

    if not card.file.endswith(".safetensors"):
        raise ModelError("model.pickle", name=card.name)
    endpoint = os.environ.get("HF_ENDPOINT") or None
    url = hf_hub_url(card.repo, card.file, revision=card.revision, endpoint=endpoint)
    try:
        found = reach.ask(card.name, lambda: get_hf_file_metadata(url, token=False, timeout=DECIDE_S, endpoint=endpoint))
    except (EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError):
        raise ModelError("model.not_found", name=card.name) from None
    except HfHubHTTPError as error:
        raise ModelError("model.hub_failed", name=card.name, status=error.response.status_code) from None
    if not found.etag or not found.commit_hash:
        raise ModelError("model.not_found", name=card.name)
    blobs = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=card.repo, repo_type="model") / "blobs"
    wanted = card.sha256 or (found.etag if SHA256.fullmatch(found.etag) else "")
    at_commit = hf_hub_url(card.repo, card.file, revision=found.commit_hash, endpoint=endpoint)
    transfer(Wanted(card.name, at_commit, found.size or 0, wanted, blobs / found.etag))
    return _enter(card, endpoint)


def _enter(card: Card, endpoint: str | None) -> Path:
    """Have the hub's library enter the file that lies among its blobs into its snapshot, and return that path."""
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    def enter() -> str:
        return hf_hub_download(card.repo, card.file, revision=card.revision, cache_dir=constants.HF_HUB_CACHE,
                               endpoint=endpoint, token=False, etag_timeout=DECIDE_S)  # fmt: skip

    try:
        return Path(reach.ask(card.name, enter, ENTER_S))
    except LocalEntryNotFoundError:
        raise ModelError("model.offline", name=card.name) from None
