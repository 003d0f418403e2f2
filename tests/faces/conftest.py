"""One server for all tests of the web face; its engine makes its answers up, so no net is ever loaded."""

from collections.abc import Iterator

import pytest

from tests.faces.live import Live


@pytest.fixture(scope="session")
def server() -> Iterator[Live]:
    live = Live("tests/faces/fake_page.py")
    yield live
    live.end()
