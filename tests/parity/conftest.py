"""One node process for all parity tests: `twin("boxes.js", "keep", ...)` calls the JavaScript function of that name."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def twin() -> Iterator[Callable[..., Any]]:
    node = subprocess.Popen(["node", str(HERE / "runner.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert node.stdin is not None
    assert node.stdout is not None

    def call(*line: Any) -> Any:
        node.stdin.write(json.dumps(line) + "\n")
        node.stdin.flush()
        return json.loads(node.stdout.readline())

    yield call
    node.stdin.close()
    node.wait(10)
    node.stdout.close()
