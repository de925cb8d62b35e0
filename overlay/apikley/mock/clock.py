"""What time it is for the mock."""

from collections.abc import Callable

from attrs import Attribute, define, field

Clock = Callable[[], float]
"""Unix seconds. The mock asks nothing else for the time."""

END = 221_845_392_000.0
"""The beginning of the year 9000, where the mock's time ends: every date before it can be written."""


def checked(moment: float) -> float:
    """Raises ValueError for a moment that no clock of the mock can show."""
    if not 0 <= moment <= END:
        raise ValueError(f"the mock's time lies between the years 1970 and 9000, not at {moment} s")
    return moment


def _check_time(_: object, __: "Attribute[float]", moment: float) -> None:
    checked(moment)


@define(eq=False)
class VirtualClock:
    """A clock that stands still until it is told to go on. Raises ValueError for a time that cannot be."""

    time: float = field(default=1_765_179_676.0, validator=_check_time)

    def __call__(self) -> float:
        return self.time

    def now(self) -> float:
        """Unix seconds."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let time pass at once. Raises ValueError if it should go back, or beyond its end."""
        self.time += _forward(seconds, self.time)


@define(eq=False, repr=False)
class ShiftedClock:
    """A clock that goes as another does, but may be ahead of it or behind."""

    clock: Clock
    ahead: float = field(default=0.0)

    def __call__(self) -> float:
        return self.now()

    def now(self) -> float:
        """Unix seconds."""
        return self.clock() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once. Raises ValueError if it should go back, or beyond its end."""
        self.ahead += _forward(seconds, self())


def set_to(clock: VirtualClock | ShiftedClock, moment: float) -> None:
    """Let the clock go on from a moment, in Unix seconds; only a saved state does that."""
    if isinstance(clock, VirtualClock):
        clock.time = moment
    else:
        clock.ahead = moment - clock.clock()


def rewinding(clock: VirtualClock | ShiftedClock) -> Callable[[], None]:
    """What brings the clock back: a virtual one to what it shows now, another to what it follows."""
    if isinstance(clock, VirtualClock):
        begun = clock.time
        return lambda: set_to(clock, begun)
    return lambda: set_to(clock, clock.clock())


def _forward(seconds: float, now: float) -> float:
    if not 0 <= seconds <= END - now:
        raise ValueError(f"time cannot go on by {seconds} s: it goes neither back nor beyond the year 9000")
    return seconds
