"""What was hoped for, beside what was measured."""

from collections.abc import Iterable, Iterator

from attrs import frozen


@frozen
class Goal:
    """What was hoped for, what was measured, and whether that is as hoped."""

    about: str
    hoped: str
    measured: str
    is_met: bool

    def line(self) -> str:
        return f"| {self.about} | {self.hoped} | {self.measured} | {'yes' if self.is_met else '**no**'} |"


def table(reached: Iterable[Goal]) -> Iterator[str]:
    """The lines of a table of goals."""
    yield "| goal | | measured | met |"
    yield "| --- | --- | --- | --- |"
    for goal in reached:
        yield goal.line()
