"""Waiting for what happens elsewhere."""

import time
from collections.abc import Callable


def eventually(question: Callable[[], object], patience: float = 10.0) -> None:
    """Return once the question is answered with yes; fail after so many seconds."""
    end = time.monotonic() + patience
    while not question():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)
