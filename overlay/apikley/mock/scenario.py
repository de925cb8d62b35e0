"""How a task goes."""

from collections.abc import Callable
from typing import Literal

from attrs import frozen

Ending = Literal["success", "fail"]
Clock = Callable[[], float]
"""Unix seconds. The mock asks nothing else for the time."""


@frozen
class Scenario:
    """One way for a task to go: how long it runs, by fetches or by seconds, and how it ends."""

    ending: Ending
    fetches: int | None = None
    seconds: float | None = None

    def stage(self, stages: int, *, fetches: int, elapsed: float) -> int:
        """The running stage of a task after so many fetches and seconds; `stages` once it has ended."""
        if self.fetches is not None:
            return min(stages, fetches * stages // self.fetches) if self.fetches else stages
        return min(stages, max(0, int(elapsed * stages / self.seconds))) if self.seconds else stages

    def begins_at(self, stage: int, stages: int) -> float | None:
        """Seconds after creation at which a stage begins, where the clock decides on it."""
        return None if self.seconds is None else self.seconds * stage / stages


def polls(fetches: int, ending: Ending = "success") -> Scenario:
    """The task is seen running this many times; the next fetch finds it ended."""
    if fetches < 0:
        raise ValueError("a task cannot be fetched less than no times")
    return Scenario(ending, fetches=fetches)


def lasts(seconds: float, ending: Ending = "success") -> Scenario:
    """The task runs for this long by the mock's clock."""
    if seconds < 0:
        raise ValueError("a task cannot last less than no time")
    return Scenario(ending, seconds=seconds)
