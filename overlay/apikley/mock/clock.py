"""What time it is for the mock."""

from collections.abc import Callable

from attrs import define, field

Clock = Callable[[], float]
"""Unix seconds. The mock asks nothing else for the time."""


@define(eq=False)
class VirtualClock:
    """A clock that stands still until it is told to go on."""

    time: float = 1_765_179_676.0

    def __call__(self) -> float:
        return self.time

    def now(self) -> float:
        """Unix seconds."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let time pass at once. Raises ValueError if it should go back."""
        self.time += _forward(seconds)


@define(eq=False)
class ShiftedClock:
    """A clock that goes as another does, but may be ahead of it or behind."""

    clock: Clock
    ahead: float = field(default=0.0)

    def __call__(self) -> float:
        return self.clock() + self.ahead

    def now(self) -> float:
        """Unix seconds."""
        return self()

    def advance(self, seconds: float) -> None:
        """Let time pass at once. Raises ValueError if it should go back."""
        self.ahead += _forward(seconds)


def set_to(clock: VirtualClock | ShiftedClock, moment: float) -> None:
    """Let the clock go on from a moment, in Unix seconds; only a saved state does that."""
    if isinstance(clock, VirtualClock):
        clock.time = moment
    else:
        clock.ahead = moment - clock.clock()


def _forward(seconds: float) -> float:
    if not 0 <= seconds < 1e10:
        raise ValueError(f"time cannot go on by {seconds} s")
    return seconds
