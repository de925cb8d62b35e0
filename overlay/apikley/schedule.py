"""When to ask for a task again."""

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
