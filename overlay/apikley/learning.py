"""When to ask for a task whose like has been seen before.

The service's own times say how long each task took. Of fifty of one shape, the next will hardly be done before the
fastest were, so the first question waits for that; then each question comes when every tenth or so of those that took
longer would be done. Of tasks that take as good as equally long, the first question waits until nearly all would be
done, and is mostly the only one.
"""

import math
from collections.abc import Sequence

from attrs import field, frozen

from apikley.schedule import PollSchedule

ENOUGH = 5
"""So many durations tell more than the documented pace does."""
_FIRST = 0.05
_STEP = 0.12
_BEYOND = 0.12
_FLOOR = 0.15


def _sorted(durations: Sequence[float]) -> tuple[float, ...]:
    return tuple(sorted(each for each in durations if 0 < each < math.inf))


@frozen
class LearnedSchedule:
    """A pace made of what tasks of the same shape took, in seconds, with the patience of `pace`."""

    durations: tuple[float, ...] = field(converter=_sorted)
    pace: PollSchedule
    age: float = 0.0
    """The seconds since the task was submitted, at the first question."""

    def delay(self, elapsed: float) -> float | None:
        """The seconds to sleep `elapsed` seconds after the wait began; None when patience is over."""
        usual = self.pace.delay(elapsed)
        if usual is None or len(self.durations) < ENOUGH:
            return usual
        return min(max(_FLOOR, self._next(elapsed + self.age, usual)), self.patience - elapsed)

    @property
    def patience(self) -> float:
        """How long the schedule goes on, in seconds."""
        return self.pace.patience

    @property
    def first(self) -> float:
        """How many seconds the first question is worth waiting for; none while too little is known."""
        if len(self.durations) < ENOUGH:
            return 0.0
        return min(max(0.0, self._earliest - self.age), self.patience)

    @property
    def _earliest(self) -> float:
        """The age at which a task is first worth asking for: as soon as the fastest were done.

        Where they were so much alike that nearly all were done before a second question could come, it is the first
        that waits for them.
        """
        fastest, slowest = (quantile(self.durations, share) for share in (_FIRST, 1 - _FIRST))
        return fastest if slowest - fastest > _FLOOR else slowest

    def _next(self, age: float, usual: float) -> float:
        earliest = self._earliest
        if age < earliest:
            return earliest - age
        longer = [each for each in self.durations if each > age]
        if longer:
            return quantile(longer, _STEP) - age
        return min(_BEYOND * age, usual)  # slower than all: the documented pace is slow enough


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of an ordered sample lies, between its neighbours in proportion."""
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place % 1)
