"""A server in a process of its own, for tests: started on a free port, its output kept, ended at the end."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Live:
    """`url` answers when the constructor returns; `log` is all that the process has written; `before` runs in it before the program."""

    def __init__(
        self, *command: str, port: int = 0, wait_s: float = 120, before: Callable[[], None] | None = None, **variables: str
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = ""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GRADIO_")}
        env = {**kept, "GRADIO_SERVER_PORT": str(self.port), "PYTHONUNBUFFERED": "1", "NO_PROXY": "*", **variables}
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=before,
        )
        threading.Thread(target=self._drain, daemon=True).start()
        self._wait(time.monotonic() + wait_s)

    def _drain(self) -> None:
        with self.process.stdout as lines:
            for line in lines:
                self.log += line

    def _wait(self, deadline: float) -> None:
        while True:
            try:
                with urllib.request.urlopen(self.url, timeout=5) as answer:
                    answer.read()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.end()
                    raise AssertionError(f"the server did not come up:\n{self.log}") from None
                time.sleep(0.05)

    def end(self) -> int:
        """End the process as a service manager does, and return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
