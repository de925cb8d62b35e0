"""How a task goes."""

from typing import Literal

from attrs import frozen

Ending = Literal["success", "fail"]


@frozen
class Failure:
    """Why a task fails."""

    code: int
    message: str


@frozen
class Scenario:
    """One way for a task to go: how long it runs, by fetches or by seconds, and how it ends.

    unknown_for: how many fetches after creation still find no such task, as happens with the service
    failure: why it fails; without it, in the words of the document
    """

    ending: Ending
    fetches: int | None = None
    seconds: float | None = None
    unknown_for: int = 0
    failure: Failure | None = None

    def stage(self, stages: int, *, fetches: int, elapsed: float) -> int:
        """The running stage of a task after so many fetches and seconds; `stages` once it has ended."""
        if self.fetches is not None:
            return min(stages, fetches * stages // self.fetches) if self.fetches else stages
        if self.seconds is None or elapsed >= self.seconds:
            return stages
        return max(0, int(elapsed / self.seconds * stages))

    def begins_at(self, stage: int, stages: int) -> float | None:
        """Seconds after creation at which a stage begins, where the clock decides on it."""
        return None if self.seconds is None else self.seconds * stage / stages


def polls(
    fetches: int, ending: Ending = "success", *, unknown_for: int = 0, failure: Failure | None = None
) -> Scenario:
    """The task is seen running this many times; the next fetch finds it ended. A failure makes it fail."""
    if fetches < 0:
        raise ValueError("a task cannot be fetched less than no times")
    return Scenario("fail" if failure else ending, fetches, None, _times(unknown_for), failure)


def lasts(
    seconds: float, ending: Ending = "success", *, unknown_for: int = 0, failure: Failure | None = None
) -> Scenario:
    """The task runs for this long by the mock's clock. A failure makes it fail."""
    if not 0 <= seconds < 1e10:
        raise ValueError("a task cannot last less than no time, nor for ever")
    return Scenario("fail" if failure else ending, None, seconds, _times(unknown_for), failure)


def _times(unknown_for: int) -> int:
    if unknown_for < 0:
        raise ValueError("a task cannot be unknown for less than no fetches")
    return unknown_for
