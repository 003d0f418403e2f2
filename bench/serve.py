"""Ray Serve beside the local engine: throughput of one and of two replicas over HTTP, and what a request costs on its way.

A request is one photo and one map: /explain of the default CNN (Grad-CAM) and of the default transformer (rollout) in turns; no photo comes
twice. One thread per net everywhere. In each round the same number of requests goes through, in turns: the engine in this process, one
replica asked by one client (what the way costs), one replica and two replicas asked by six. All are warm. What is compared is the same
round's, so that whatever else the machine does is on both sides; and processor time, which waiting for a core does not lengthen.
Two replicas can only be twice as fast where two cores are free. So there are paced requests, too: a replica has the net's turn for a
known time and sleeps, which no other work on the machine makes longer; what they show is the way and the queue alone. Writes the figures
that bench/scale.py reads.

    python bench/serve.py [--rounds 6] [--requests 16] [--out bench/serve.json]
"""

import argparse
import itertools
import json
import os
import random
import socket
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
import load
import ray
from ray import serve

from vision.core.picture import read
from vision.engine import Engine
from vision.faces import api, remote
from vision.faces.serve import REPLICA, Options, app

SETTINGS = {
    "PYTHONPATH": str(Path(__file__).parents[1]),
    "RAY_USAGE_STATS_ENABLED": "0",
    "VISION_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}  # Ray's processes inherit them
GOAL = 0.8  # throughput of one replica over HTTP, as a share of the engine's own
CLIENTS = 6
WARM_S = 180
KINDS = ({"model": "efficientnet-lite0", "method": "gradcam"}, {"model": "vit-hybrid", "method": "rollout"})
QUANTILES = 40  # a distribution of times is kept as so many steps
PACE_S = (0.1, 0.4)  # the shortest and the longest paced request; all between are as likely
PARTS = {"replica": b"ray::ServeReplica:", "ingress": b"ray::ServeReplica:", "proxy": b"ray::ProxyActor"}

photo = lru_cache(256)(load.photo)  # drawn before the clock starts
Ask = Callable[[int], float]  # number of the photo -> milliseconds that the answer says it computed


def spent() -> dict[str, float]:
    """Return the processor seconds that each kind of Ray's processes has used so far."""
    found = dict.fromkeys(PARTS, 0.0)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            title, fields = (folder / "cmdline").read_bytes(), (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        for part, start in PARTS.items():
            if title.startswith(start) and (part == "proxy" or (b"Ingress" in title) == (part == "ingress")):
                found[part] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def local(engine: Engine) -> Ask:
    """Return the way without a network."""

    def ask(number: int) -> float:
        return api.explain(engine, read(photo(number), "a.jpg"), **KINDS[number % 2])["ms"]

    return ask


def http(url: str) -> Ask:
    """Return the way over HTTP."""
    client = httpx.Client(timeout=120, trust_env=False)

    def ask(number: int) -> float:
        answer = client.post(f"{url}/explain", files={"picture": ("a.jpg", photo(number))}, data=KINDS[number % 2])
        answer.raise_for_status()
        return float(answer.json()["ms"])

    return ask


def pace(number: int) -> float:
    """Return how long a paced request holds a net, in seconds."""
    return random.Random(number).uniform(*PACE_S)


def paced(handle: serve.handle.DeploymentHandle) -> Ask:
    """Return the way of paced requests."""
    engine = remote.engine(handle)

    def ask(number: int) -> float:
        seconds = pace(number)
        engine.cache.run(KINDS[number % 2]["model"], lambda _net: time.sleep(seconds))
        return seconds * 1e3

    return ask


class Phase:
    """So many requests one way: seconds in all, and of each request seconds and computing milliseconds; processor seconds by process."""

    def __init__(self, ask: Ask, numbers: list[int], clients: int) -> None:
        for number in numbers:
            photo(number)
        before, own, begun = spent(), time.process_time(), time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            self.each = list(pool.map(lambda number: timed(ask, number), numbers))
        self.wall = time.perf_counter() - begun
        self.own = (time.process_time() - own) / len(numbers)
        self.cpu = {part: (now - before[part]) / len(numbers) for part, now in spent().items()}
        self.rate = len(numbers) / self.wall
        self.mean = statistics.fmean(seconds for seconds, _ in self.each)


def timed(ask: Ask, number: int) -> tuple[float, float]:
    """Return how long an answer took, in seconds, and how long it says its computing took, in milliseconds."""
    begun = time.perf_counter()
    ms = ask(number)
    return time.perf_counter() - begun, ms


def warm(ask: Ask, handle: serve.handle.DeploymentHandle, count: int, numbers: itertools.count) -> None:
    """Ask until every replica holds both nets."""
    deadline = time.monotonic() + WARM_S
    keys = {kind["model"] for kind in KINDS}
    while True:
        with ThreadPoolExecutor(2 * CLIENTS) as pool:
            list(pool.map(ask, itertools.islice(numbers, 4 * CLIENTS)))
        states = [rows for _, rows in remote.Replicas(handle).everywhere("state")]
        if len(states) == count and all(keys <= {row.key for row in rows if row.resident} for rows in states):
            return
        assert time.monotonic() < deadline, "the replicas never held both nets"


def measured(rounds: int, requests: int) -> list[dict[str, Phase]]:
    """Return the phases of every round."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    numbers, ways = itertools.count(), {}
    for name, count in (("one", 1), ("two", 2)):
        serve.run(app(Options(least=count, most=count, cpus=0.1)), name=name, route_prefix=f"/{name}")
        handle = serve.get_deployment_handle(REPLICA, name)
        ways |= {name: http(f"http://127.0.0.1:{port}/{name}"), f"paced {name}": paced(handle)}
        warm(ways[name], handle, count, numbers)
        warm(ways[f"paced {name}"], handle, count, numbers)
    ways["local"] = local(Engine())
    for number in itertools.islice(numbers, 4):
        ways["local"](number)
    plan = {"local": ("local", 1), "one, one client": ("one", 1), "one": ("one", CLIENTS), "two": ("two", CLIENTS)}
    plan |= {"paced one, one client": ("paced one", 1), "paced one": ("paced one", CLIENTS), "paced two": ("paced two", CLIENTS)}
    found = []
    for _ in range(rounds):
        found.append({name: Phase(ways[way], list(itertools.islice(numbers, requests)), clients) for name, (way, clients) in plan.items()})
        print(" ".join(f"{name}: {phase.rate:.2f}/s" for name, phase in found[-1].items()), flush=True)
    return found


def middle(rounds: list[dict[str, Phase]], value: Callable[[dict[str, Phase]], float]) -> float:
    """Return the median over the rounds."""
    return round(statistics.median(value(one) for one in rounds), 4)


def steps(seconds: list[float]) -> list[float]:
    """Return a distribution as QUANTILES - 1 inner quantiles."""
    return [round(step, 4) for step in statistics.quantiles(seconds, n=QUANTILES, method="inclusive")]


def figures(rounds: list[dict[str, Phase]]) -> dict[str, object]:
    """Return what is kept for bench/scale.py; seconds, requests a second."""
    names = list(rounds[0])
    every = {name: [seconds for one in rounds for seconds, _ in one[name].each] for name in names}
    return {
        "clients": CLIENTS,
        "requests": len(every["one"]),
        "rate": {name: middle(rounds, lambda one, name=name: one[name].rate) for name in names},
        "latency": {name: steps(every[name]) for name in names},
        "ratio": {
            "one / local": middle(rounds, lambda one: one["one"].rate / one["local"].rate),
            "two / one": middle(rounds, lambda one: one["two"].rate / one["one"].rate),
            "paced two / paced one": middle(rounds, lambda one: one["paced two"].rate / one["paced one"].rate),
            "two / local": middle(rounds, lambda one: one["two"].rate / one["local"].rate),
            "one request: over HTTP / local": middle(rounds, lambda one: one["one, one client"].mean / one["local"].mean),
        },
        "pace_s": PACE_S,
        "way_s": round(statistics.median(took - ms / 1e3 for one in rounds for took, ms in one["paced one, one client"].each), 4),
        "cpu_s": {
            "local": middle(rounds, lambda one: one["local"].own),
            **{part: middle(rounds, lambda one, part=part: one["one"].cpu[part]) for part in PARTS},
        },
    }


def main() -> None:
    """Measure, print, keep the figures; the last line is the claim as JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--requests", type=int, default=16)
    options.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    chosen = options.parse_args()
    os.environ |= SETTINGS
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error", object_store_memory=80 << 20)
    try:
        found = figures(measured(chosen.rounds, chosen.requests))
    finally:
        serve.shutdown()
        ray.shutdown()
    chosen.out.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps({name: value for name, value in found.items() if name != "latency"}, indent=1))
    ratio = found["ratio"]["one / local"]
    print(json.dumps({"name": "one replica over HTTP / local engine, throughput", "value": ratio, "goal": GOAL, "met": ratio >= GOAL}))


if __name__ == "__main__":
    main()
