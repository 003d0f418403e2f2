"""The gate alone, over an app that answers what the test says: how often, how full, and from whom."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest

from tests.fakes import Clock
from vision.core.words import say
from vision.faces.web.gate import RATE, UPLOAD_RATE, Gate
from vision.faces.web.rate import Rate

SMALL = b"{}"


class Clerk:
    """An ASGI app that answers every request with one status, and counts them."""

    def __init__(self, status=200):
        self.status = status
        self.count = 0

    async def __call__(self, scope, receive, send):
        self.count += 1
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b'{"detail": "Queue is full. Max size is 48 and size is 48."}'})


async def ask(gate, path, count, address="10.0.0.1"):
    transport = httpx.ASGITransport(gate, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return [await client.post(path, content=SMALL) for _ in range(count)]


def ran(*args):
    """Run in a thread of its own: that of the tests may have an event loop of the browser's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, *args).result()


def asked(*args):
    return ran(ask, *args)


@pytest.mark.parametrize(("path", "rate"), [("/gradio_api/upload", UPLOAD_RATE), ("/gradio_api/queue/join", RATE)])
def test_one_address_may_send_so_many_at_once_and_then_so_many_a_second(tmp_path, clock, path, rate):
    burst, per_s = rate
    clerk = Clerk()
    gate = Gate(clerk, tmp_path, clock)
    answers = asked(gate, path, burst + 2)
    assert [answer.status_code for answer in answers] == [200] * burst + [429] * 2
    assert clerk.count == burst
    sentence = say("server.too_often", seconds=1)
    assert answers[-1].json() == {"error": sentence, "detail": sentence} and answers[-1].headers["retry-after"] == "1"
    assert asked(gate, path, 1, "10.0.0.2")[0].status_code == 200  # another address is another bucket
    clock.now += 1
    assert [answer.status_code for answer in asked(gate, path, int(per_s) + 1)] == [200] * int(per_s) + [429]


def test_reading_is_not_counted(tmp_path, clock):
    gate = Gate(Clerk(), tmp_path, clock)
    asked(gate, "/gradio_api/queue/join", RATE[0] + 1)

    async def read():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gate, client=("10.0.0.1", 1)), base_url="http://here") as client:
            return await client.get("/")

    assert ran(read).status_code == 200


def test_a_full_queue_is_our_sentence(tmp_path, clock):
    (answer,) = asked(Gate(Clerk(503), tmp_path, clock), "/gradio_api/queue/join", 1)
    assert answer.status_code == 503
    assert answer.json()["error"] == answer.json()["detail"] == say("server.full")


def test_addresses_are_forgotten_the_most_silent_first():
    clock = Clock()
    rate = Rate(1, 0.001, clock, addresses=2)
    assert [rate.wait_s(address) for address in ("a", "b", "c")] == [0, 0, 0]
    assert rate.wait_s("c") > 0 and rate.wait_s("b") > 0
    assert rate.wait_s("a") == 0  # forgotten: a bucket is full at first
