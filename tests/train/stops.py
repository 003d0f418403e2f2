"""A training that is stopped half way, as by a power cut."""

from collections.abc import Callable
from typing import Any

import pytest


class StoppedError(Exception):
    """Nothing else raises it, so that a training that fails for its own reason is not taken for a stopped one."""


def stop(training: Any, part: str, when: Callable[[], bool]) -> None:
    """Run a training up to the first call of its method `part` at which `when` holds."""
    follow = getattr(training, part)

    def watched(*given: Any) -> Any:
        if when():
            raise StoppedError
        return follow(*given)

    setattr(training, part, watched)
    with pytest.raises(StoppedError):
        training.run()
