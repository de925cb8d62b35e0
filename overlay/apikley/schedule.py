"""When to ask for a task again, and how often to repeat a request that did no harm."""

import math

from attrs import evolve, field, frozen
from attrs.validators import ge, gt, min_len

from apikley.errors import InvalidRequest


@frozen
class Stage:
    """Until `until` seconds after the first question, ask every `every` seconds."""

    until: float = field(validator=ge(0))
    every: float = field(validator=gt(0))


def _ascend(_: object, __: object, stages: tuple[Stage, ...]) -> None:
    ends = [stage.until for stage in stages]
    if ends != sorted(ends):
        raise ValueError(f"stages must follow each other in time, not end after {ends} s")


@frozen
class PollSchedule:
    """The pace of polling, and the patience: after the last stage there is none left."""

    stages: tuple[Stage, ...] = field(validator=[min_len(1), _ascend])
    learns: bool = field(default=False, kw_only=True)
    """Whether what tasks of the same shape took may set the pace instead, once enough of them are known."""

    def delay(self, elapsed: float) -> float | None:
        """The seconds to sleep `elapsed` seconds after the first question; None when patience is over."""
        for stage in self.stages:
            if elapsed < stage.until:
                return min(stage.every, self.patience - elapsed)
        return None

    @property
    def patience(self) -> float:
        """How long the schedule goes on, in seconds."""
        return self.stages[-1].until

    def within(self, timeout: float | None) -> "PollSchedule":
        """The same pace with another patience, in seconds; None keeps the schedule's own.

        Raises `InvalidRequest` for a patience that is negative or without end.
        """
        if timeout is None:
            return self
        is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
        if not is_number or not 0 <= timeout < math.inf:
            raise InvalidRequest(
                f"timeout must be a finite number of seconds, not {timeout!r}",
                parameter="timeout",
                value=timeout,
            )
        kept = tuple(stage for stage in self.stages if stage.until < timeout)
        last = next((stage for stage in self.stages if stage.until >= timeout), self.stages[-1])
        return evolve(self, stages=(*kept, Stage(timeout, last.every)))


# docs: get-task-detail. Every 2-3 s for 30 s, 5-10 s up to 2 min, then 15-30 s; give up after 15 min.
DOCUMENTED_PACE = PollSchedule((Stage(30, 2.5), Stage(120, 7), Stage(900, 20)), learns=True)

# How many seconds the last question may take, asked when patience is over or nearly so.
LAST_LOOK = 5.0

# How long after its creation the service may still say that it knows no such task.
CREATION_GRACE = 15.0


@frozen
class Retry:
    """How often to try again, and how long to wait before: `first` seconds, doubled each time up to `cap`."""

    attempts: int
    first: float
    cap: float

    def delay(self, failures: int, asked: float | None = None) -> float | None:
        """The seconds to wait after so many failures; None when it is enough.

        `asked` is the service's Retry-After: it is obeyed up to two minutes, and past that we give up.
        """
        if failures >= self.attempts or (asked is not None and asked > 120):
            return None
        return max(asked or 0.0, min(self.cap, self.first * 2.0 ** (failures - 1)))


READ = Retry(attempts=5, first=0.5, cap=20)
UPLOAD = Retry(attempts=4, first=0.5, cap=20)
DOWNLOAD = Retry(attempts=6, first=0.5, cap=20)
# Only what provably created nothing: a connection that was never made, or a refusal before any work.
CONNECT = Retry(attempts=5, first=0.5, cap=30)
SUBMIT = Retry(attempts=8, first=1, cap=60)
