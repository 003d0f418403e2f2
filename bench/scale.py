"""What 10, 1,000 and 100,000 visitors a minute need: a small queueing simulation over the times that bench/serve.py measured.

A visitor drops one photo in a minute: two requests, one per net, each with a map (bench/serve.json has their times, drawn from here at
random). Visitors come when they like (Poisson). A request is on its way for the time measured beside one replica; it then goes to the less
busy of two replicas drawn at random, as Ray's router does, and each replica does one thing at a time. The least number of replicas is
sought with which 95 of 100 answers come within LIMIT_S, and one more is bought for the one that fails. Ingresses and proxies: as many cores
as their processor time asks for at half load.

A second of work is a second of a core (a replica's processor time, spread as the engine's own times were), whatever else the measuring
machine did meanwhile. First the simulation is checked against the measurement: clients who wait for each answer before they ask again, at
one and at two replicas. Paced requests check the way and the queue. Computing ones are drawn as much slower as the engine was than its
processor time, and two replicas then compute on two such cores, which a machine with other work does not have: the deviation says so.

    python bench/scale.py [--measured bench/serve.json] [--core-hour 0.05] [--gpu-hour 0.80] [--gpu-ms 5] [--seed 1]

--core-hour, --gpu-hour  dollars: what the public price lists of the large clouds ask on demand for a core of a general-purpose machine, and
                         for a small machine with an NVIDIA L4; put your own in
--gpu-ms                 of a net and its map on such a GPU: an assumption, no GPU was measured here
"""

import argparse
import heapq
import json
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S = 1.0
LIMIT_SHARE = 0.95
VISITORS = (10, 1_000, 100_000)  # a minute
REQUESTS = 2  # of a visitor
SIMULATED = 40_000  # requests of an open run
CLOSED = 20_000  # of a check
BUSY = 0.5  # how much of an ingress' core is planned with
HOURS = 730  # of a month
GOAL = 0.15  # the largest deviation of the check


@dataclass(frozen=True)
class Service:
    """What a request takes: seconds on its way, and the quantiles of the seconds a replica works on it."""

    way_s: float
    work_s: tuple[float, ...]

    def draw(self, dice: random.Random) -> float:
        """Return one request's seconds of work, between two neighbouring quantiles."""
        at = dice.random() * (len(self.work_s) - 1)
        low = int(at)
        return self.work_s[low] + (at - low) * (self.work_s[low + 1] - self.work_s[low])

    @property
    def mean(self) -> float:
        """The mean seconds of work."""
        return (sum(self.work_s) - (self.work_s[0] + self.work_s[-1]) / 2) / (len(self.work_s) - 1)


class Replicas:
    """When each of them is free again; a request goes to the one of two that is free sooner."""

    def __init__(self, count: int, dice: random.Random) -> None:
        self.free = [0.0] * count
        self.dice = dice

    def ask(self, now: float, work: float) -> float:
        """Return when a request that arrives now is done."""
        one, other = (int(self.dice.random() * len(self.free)) for _ in range(2))
        at = one if self.free[one] <= self.free[other] else other
        self.free[at] = max(now, self.free[at]) + work
        return self.free[at]


def closed(service: Service, replicas: int, clients: int, seed: int, requests: int = CLOSED) -> tuple[float, list[float]]:
    """Return requests a second, and the seconds of each, of clients who wait for an answer before they ask again."""
    dice = random.Random(seed)
    pool, seconds, now = Replicas(replicas, dice), [], 0.0
    asking = [(0.0, number) for number in range(clients)]
    for _ in range(requests):
        now, number = heapq.heappop(asking)
        done = pool.ask(now + service.way_s, service.draw(dice))
        seconds.append(done - now)
        heapq.heappush(asking, (done, number))
    return requests / now, seconds


def opened(service: Service, replicas: int, rate: float, seed: int, requests: int = SIMULATED) -> list[float]:
    """Return the seconds of each request when they come at a rate, whether or not others wait."""
    dice = random.Random(seed)
    pool, seconds, now = Replicas(replicas, dice), [], 0.0
    for _ in range(requests):
        now += dice.expovariate(rate)
        seconds.append(pool.ask(now + service.way_s, service.draw(dice)) - now)
    return seconds


def share_in_time(service: Service, replicas: int, rate: float, seed: int) -> float:
    """Return the share of the answers that come within the limit."""
    requests = max(SIMULATED, 40 * replicas)  # so that a queue that grows is seen to grow
    seconds = opened(service, replicas, rate, seed, requests)
    return sum(one <= LIMIT_S for one in seconds) / len(seconds)


def least(service: Service, rate: float, seed: int) -> int:
    """Return the least number of replicas that keep the limit, found by halving: more are never worse."""
    low = math.floor(rate * service.mean)  # as many would never be idle
    high = max(1, 2 * low)
    while share_in_time(service, high, rate, seed) < LIMIT_SHARE:
        low, high = high, 2 * high
    while high - low > 1:
        between = (low + high) // 2
        low, high = (low, between) if share_in_time(service, between, rate, seed) >= LIMIT_SHARE else (between, high)
    return high


def services(measured: dict[str, Any]) -> dict[str, Service]:
    """Return what a request takes: on a core of its own, on the cores of the measurement, and paced."""
    way, busy = measured["way_s"], measured["cpu_s"]
    shape = Service(0.0, tuple(measured["latency"]["local"]))
    own = tuple(one * busy["replica"] / shape.mean for one in shape.work_s)
    slower = shape.mean / busy["local"]
    return {
        "own": Service(way, own),
        "shared": Service(way, tuple(one * slower for one in own)),
        "paced": Service(way, tuple(measured["pace_s"])),
    }


def quantile(seconds: list[float], share: float) -> float:
    """Return a quantile of a list."""
    return sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


def checked(measured: dict[str, Any], every: dict[str, Service], seed: int) -> dict[str, float]:
    """Print the simulation beside the measurement, and return the deviation of the throughput as a share, by phase."""
    found, many = {}, measured["clients"]
    print("closed loop            clients   measured/s  simulated/s  deviation   measured p50, p95   simulated p50, p95")
    for name in ("paced one, one client", "paced one", "paced two", "one, one client", "one", "two"):
        replicas, clients = 2 if "two" in name else 1, 1 if "client" in name else many
        rate, seconds = closed(every["paced" if "paced" in name else "shared"], replicas, clients, seed)
        truth, steps = measured["rate"][name], measured["latency"][name]
        found[name] = rate / truth - 1
        told = [quantile(steps, 0.5), quantile(steps, 0.95), quantile(seconds, 0.5), quantile(seconds, 0.95)]
        print(f"{name:22} {clients:7} {truth:12.2f} {rate:12.2f} {found[name]:+10.0%}", *(f"{one * 1e3:8.0f} ms" for one in told))
    return found


def needed(measured: dict[str, Any], service: Service, chosen: argparse.Namespace) -> None:
    """Print what each number of visitors needs: replicas on a core each, or on a GPU each, whose reading and answering then needs cores."""
    busy = measured["cpu_s"]
    way = busy["ingress"] + busy["proxy"]
    on_gpu = Service(service.way_s, (chosen.gpu_ms / 1e3,) * 2)
    kinds = (("core", service, chosen.core_hour, way), ("GPU", on_gpu, chosen.gpu_hour, way + busy["replica"] - busy["local"]))
    print("\nvisitors a minute   requests/s   on a   replicas   cores beside them   $ a month")
    for visitors in VISITORS:
        rate = REQUESTS * visitors / 60
        for kind, one, price, beside_s in kinds:
            count, beside = least(one, rate, chosen.seed) + 1, max(1, math.ceil(rate * beside_s / BUSY))
            money = HOURS * (count * price + beside * chosen.core_hour)
            print(f"{visitors:17,} {rate:12,.1f} {kind:>6} {count:10,} {beside:19,} {money:11,.0f}")


def main() -> None:
    """Check, then simulate; the last line is the claim as JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--measured", type=Path, default=Path(__file__).with_name("serve.json"))
    options.add_argument("--core-hour", type=float, default=0.05)
    options.add_argument("--gpu-hour", type=float, default=0.80)
    options.add_argument("--gpu-ms", type=float, default=5.0)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    measured = json.loads(chosen.measured.read_text())
    every = services(measured)
    print(f"work of a replica: {every['own'].mean * 1e3:.0f} ms of a core a request; on its way: {measured['way_s'] * 1e3:.0f} ms\n")
    off = checked(measured, every, chosen.seed)
    needed(measured, every["own"], chosen)
    worst = round(max(abs(off["paced one"]), abs(off["paced two"])), 3)
    name = "simulated / measured throughput of paced replicas, largest deviation"
    print(json.dumps({"name": name, "value": worst, "goal": GOAL, "met": worst <= GOAL}))


if __name__ == "__main__":
    main()
