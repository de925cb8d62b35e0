"""How a task goes."""

from typing import Literal

from attrs import Attribute, field, frozen
from attrs.validators import instance_of, optional

Ending = Literal["success", "fail"]

MOST_FETCHES = 10**9
LONGEST = 1e10  # seconds
_LONGEST_MESSAGE = 10_000


def _check_code(_: object, __: "Attribute[int]", code: int) -> None:
    if isinstance(code, bool) or not 0 <= code < 10**9 or code % 1:
        raise ValueError(f"a task cannot fail with the code {code}")


def _check_message(_: object, __: "Attribute[str]", message: str) -> None:
    if len(message) > _LONGEST_MESSAGE:
        raise ValueError(f"the reason of a failure has {_LONGEST_MESSAGE} characters at most")
    try:
        message.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the reason of a failure cannot be written: {error.reason}") from error


@frozen
class Failure:
    """Why a task fails. Raises ValueError for a code that is none, and for a message that nobody can write."""

    code: int = field(validator=_check_code)
    message: str = field(validator=_check_message)


@frozen
class Scenario:
    """One way for a task to go: how long it runs, by fetches or by seconds, and how it ends.

    unknown_for: how many fetches after creation still find no such task, as happens with the service
    failure: why it fails; without it, in the words of the document
    """

    ending: Ending
    fetches: int | None = field(default=None, validator=optional(instance_of(int)))
    seconds: float | None = None
    unknown_for: int = field(default=0, validator=instance_of(int))
    failure: Failure | None = None

    def stage(self, stages: int, *, fetches: int, elapsed: float) -> int:
        """The running stage of a task after so many fetches and seconds; `stages` once it has ended."""
        if self.fetches is not None:
            return min(stages, fetches * stages // self.fetches) if self.fetches else stages
        # Where there is no time to wait, none is missing: a real clock may have been set back.
        if not self.seconds or elapsed >= self.seconds:
            return stages
        return max(0, int(elapsed / self.seconds * stages))

    def begins_at(self, stage: int, stages: int) -> float | None:
        """Seconds after creation at which a stage begins, where the clock decides on it."""
        return None if self.seconds is None else self.seconds * stage / stages


def polls(
    fetches: int, ending: Ending = "success", *, unknown_for: int = 0, failure: Failure | None = None
) -> Scenario:
    """The task is seen running this many times; the next fetch finds it ended. A failure makes it fail."""
    if not 0 <= fetches <= MOST_FETCHES:
        raise ValueError(f"a task cannot be fetched less than no times, nor more than {MOST_FETCHES:,} times")
    return Scenario("fail" if failure else ending, fetches, None, _times(unknown_for), failure)


def lasts(
    seconds: float, ending: Ending = "success", *, unknown_for: int = 0, failure: Failure | None = None
) -> Scenario:
    """The task runs for this long by the mock's clock. A failure makes it fail."""
    if not 0 <= seconds <= LONGEST:
        raise ValueError("a task cannot last less than no time, nor for ever")
    return Scenario("fail" if failure else ending, None, seconds, _times(unknown_for), failure)


def _times(unknown_for: int) -> int:
    if not 0 <= unknown_for <= MOST_FETCHES:
        raise ValueError(
            f"a task cannot be unknown for less than no fetches, nor for more than {MOST_FETCHES:,}"
        )
    return unknown_for
