"""How long until the page is there: `python app.py` against an empty Gradio Blocks, fresh processes in turns.

The time is from the start of the process to the last byte of the first page, asked every 10 ms. Prints each pair, then one line of
JSON: {"ratio": median of ours / median of empty, "ours_s", "empty_s", "cpu_ratio", "runs", "goal": 1.25}; `cpu_ratio` is the same of the
processor time spent until then (Linux; else null), which a machine that is busy with other work moves less.

    python bench/startup.py [--runs 7]
"""

import argparse
import json
import math
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
EMPTY = "import gradio as gr\nwith gr.Blocks() as page:\n    pass\npage.launch(quiet=True, ssr_mode=False, run_history=False)"
GOAL = 1.25


def cpu_s(pid: int) -> float:
    """Return the processor time of a process so far, in seconds; NaN where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_page(command: list[str]) -> tuple[float, float]:
    """Start a server on a free port; return the seconds and the processor seconds until its first page is complete, and end it."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    env = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "NO_PROXY": "*"}
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
                        if b"gradio-app" in answer.read():
                            return time.perf_counter() - start, cpu_s(process.pid)
                except OSError:
                    if process.poll() is not None:
                        log.seek(0)
                        sys.exit(log.read().decode())
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="First page of Glassbox against that of an empty Gradio Blocks.")
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    first_page(["-c", EMPTY])  # the first of all fills the disk's cache, and counts for nobody
    first_page(["app.py"])
    empty, ours = [], []
    for run in range(runs):
        for times, command in ((empty, ["-c", EMPTY]), (ours, ["app.py"]))[:: 1 if run % 2 else -1]:
            times.append(first_page(command))
        print(f"empty {empty[-1][0]:.2f} s  ours {ours[-1][0]:.2f} s  ratio {ours[-1][0] / empty[-1][0]:.2f}", flush=True)
    (empty_s, empty_cpu_s), (ours_s, ours_cpu_s) = (map(statistics.median, zip(*times, strict=True)) for times in (empty, ours))
    ratio, cpu_ratio = ours_s / empty_s, ours_cpu_s / empty_cpu_s
    told = "" if math.isnan(cpu_ratio) else f", processor time x {cpu_ratio:.2f}"
    print(f"medians of {runs}: empty {empty_s:.2f} s, ours {ours_s:.2f} s{told}")
    verdict = {"name": "first page / an empty Gradio page's", "value": round(ratio, 3), "goal": GOAL, "met": ratio <= GOAL}
    print(json.dumps(verdict))


if __name__ == "__main__":
    main()
