"""What time it is for a driver, and how it passes."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol


class Clock(Protocol):
    """Seconds that never go back, and two ways to let some of them pass."""

    def now(self) -> float:
        """The seconds since some moment in the past."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass, blocking."""
        ...

    async def pause(self, seconds: float) -> None:
        """Let time pass, awaiting."""
        ...


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        """The seconds since some moment in the past."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass, blocking."""
        time.sleep(seconds)

    async def pause(self, seconds: float) -> None:
        """Let time pass, awaiting."""
        await asyncio.sleep(seconds)


_clocks: list[Clock] = [SystemClock()]


def current() -> Clock:
    """The clock that all drivers go by."""
    return _clocks[-1]


def is_real() -> bool:
    """Whether the machine's own clock is gone by."""
    return len(_clocks) == 1


@contextmanager
def replaced(clock: Clock) -> Generator[None]:
    """Have all drivers go by another clock inside the block, whoever made them: for tests that cannot wait."""
    _clocks.append(clock)
    try:
        yield
    finally:
        _clocks.remove(clock)
