"""Thirty visitors at one page: drop a photo, slide, switch models, all at the same time, on this machine only.

Each visitor waits for each answer before the next question. A drop is an upload and `/classify`, a switch is `/classify` with another
model; moving a slider asks the server nothing, so a slide here is a look at the line that says what is loading. Every drop is a photo
nobody has dropped before. All come from one address, so to the line they are one visitor: first come, first served. The server keeps
16 MB of results instead of 256: they are full before the memory is watched, and what grows then is a leak. Prints how long `classify`
took (from the question to the answer, waiting included), the errors, and the server's memory. The verdict: the slope of that memory over
1,000 requests, as a share, and no error.

    python bench/load.py [--visitors 30] [--requests 1000] [--before 200]
"""

import argparse
import io
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
UP_S = 180  # until the page and its models are there
ANSWER_S = 600  # the longest wait for one answer
GOAL = 0.05  # growth of the memory over 1,000 requests, as a share
MODELS = ("efficientnet-lite0", "vit-hybrid", "efficientnet-lite2")
SERVE = "import vision.engine; vision.engine.RESULT_BYTES = 16 << 20; from vision.faces.web.page import serve; serve()"


class Server:
    """The page on a free port, up when the constructor returns; `rss` is its resident memory in bytes."""

    def __init__(self) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        env = {**os.environ, "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "NO_PROXY": "*", "HF_HUB_OFFLINE": "1"}
        self.process = subprocess.Popen([sys.executable, "-c", SERVE], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + UP_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/glassbox/status", timeout=10).json()["done"]:
                    return
            except (httpx.HTTPError, ValueError):
                if self.process.poll() is not None:
                    break
            time.sleep(0.2)
        self.end()
        sys.exit("the page did not come up")

    def rss(self) -> int:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def photo(seed: int) -> bytes:
    """Return a JPEG of 640 x 480 with structure at several scales, another one for each seed."""
    dice = np.random.default_rng(seed)
    rgb = sum(np.kron(dice.integers(0, 86, (480 // n, 640 // n, 3)), np.ones((n, n, 1))) for n in (4, 16, 80)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG")
    return out.getvalue()


class Tally:
    """What all visitors met; `left` requests are still to be made."""

    def __init__(self, requests: int, rss) -> None:
        self.lock = threading.Lock()
        self.left = requests
        self.rss = rss
        self.classify_s: list[float] = []
        self.errors: list[str] = []
        self.memory: list[int] = []

    def take(self) -> bool:
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def made(self, error: str = "", classify_s: float | None = None) -> None:
        with self.lock:
            if error:
                self.errors.append(error)
            if classify_s is not None:
                self.classify_s.append(classify_s)
            self.memory.append(self.rss())


class Visitor:
    """One person with one page, who does one thing after the other."""

    def __init__(self, number: int, url: str, tally: Tally) -> None:
        self.dice = random.Random(number)
        self.number = number
        self.url = url
        self.tally = tally
        self.client = httpx.Client(timeout=ANSWER_S, base_url=url)
        self.picture: dict | None = None
        self.drops = 0

    def run(self) -> None:
        while self.tally.take():
            deed = self.dice.choices((self.drop, self.slide, self.switch), (4, 3, 3))[0] if self.picture else self.drop
            try:
                self.tally.made(classify_s=deed())
            except (httpx.HTTPError, RuntimeError, ValueError, KeyError) as error:
                self.tally.made(f"{deed.__name__}: {error!r:.300}")

    def drop(self) -> float:
        self.drops += 1
        content = photo(1_000_000 * self.number + self.drops)
        answer = self.client.post("/gradio_api/upload", files={"files": ("photo.jpg", content)})
        answer.raise_for_status()
        self.picture = {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}
        return self.classify("")

    def switch(self) -> float:
        return self.classify(self.dice.choice(MODELS))

    def slide(self) -> None:
        self.client.get("/glassbox/status").raise_for_status()

    def classify(self, model: str) -> float:
        start = time.perf_counter()
        body = {"data": [self.picture, model, 5], "session_hash": f"visitor{self.number}"}  # a page keeps its session, too
        asked = self.client.post("/gradio_api/call/classify", json=body)
        asked.raise_for_status()
        told = self.client.get(f"/gradio_api/call/classify/{asked.json()['event_id']}").text
        if "event: complete" not in told:
            raise RuntimeError(told[-200:])
        if len(json.loads(told.strip().rpartition("data: ")[2])[0]["top"]) != 5:
            raise RuntimeError("not five answers")
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Thirty visitors at one page.")
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--before", type=int, default=200, help="requests before the memory is watched")
    asked = parser.parse_args()
    busy = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else "unknown"
    server = Server()
    try:
        tally = Tally(asked.before + asked.requests, server.rss)
        start = time.perf_counter()
        threads = [threading.Thread(target=Visitor(number, server.url, tally).run) for number in range(asked.visitors)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took_s = time.perf_counter() - start
    finally:
        server.end()
    settled = np.asarray(tally.memory[asked.before :], float)
    slope = float(np.polyfit(np.arange(len(settled)), settled, 1)[0]) * 1000 / settled.mean()
    p50, p95 = (float(np.percentile(tally.classify_s, share)) for share in (50, 95))
    print(f"load of the machine before: {busy}")
    print(f"{asked.visitors} visitors, {len(tally.memory)} requests in {took_s:.0f} s: {len(tally.memory) / took_s:.1f} a second")
    print(f"classify: {len(tally.classify_s)} answers, p50 {p50:.2f} s, p95 {p95:.2f} s, mean {statistics.mean(tally.classify_s):.2f} s")
    print(f"errors: {len(tally.errors)} {tally.errors[:3]}")
    print(f"memory: {settled[0] / 2**20:.0f} MB before, {settled[-1] / 2**20:.0f} MB at the end, {slope:+.1%} a thousand requests")
    met = not tally.errors and bool(slope <= GOAL)
    print(
        json.dumps(
            {
                "name": f"memory growth over 1,000 requests of {asked.visitors} visitors, no error",
                "value": round(slope, 4),
                "goal": GOAL,
                "met": met,
            }
        )
    )


if __name__ == "__main__":
    main()
