"""How many planted changes are noticed, by their kind."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import frozen

from mutating.detecting import Noticed, Suite
from mutating.mutants import Mutant


@frozen
class Verdict:
    """What became of one mutant: who noticed it first, or why nobody needs to."""

    mutant: Mutant
    noticed: Noticed | None
    reason: str | None = None
    """Why it is no other document to anybody who asks, where it is survived for that."""


@frozen
class Score:
    """Of one kind, or of all: how many there are, how many are noticed, and how many nobody could notice."""

    planted: int
    noticed: int
    equivalent: int

    @property
    def share(self) -> float:
        """Of all, the equivalent ones included."""
        return self.noticed / self.planted if self.planted else 1.0

    @property
    def missed(self) -> int:
        """Those that somebody should have noticed."""
        return self.planted - self.noticed - self.equivalent


def judged(
    suite: Suite,
    mutants: Iterable[Mutant],
    reason_of: Callable[[str], str | None],
) -> Iterator[Verdict]:
    """The verdict on each mutant, as soon as it is there."""
    for mutant in mutants:
        noticed = suite.first(mutant.document())
        yield Verdict(mutant, noticed, None if noticed else reason_of(mutant.id))


def by_kind(verdicts: Iterable[Verdict]) -> dict[str, Score]:
    """In the order in which the kinds come, with the sum of all under the name `all`."""
    told: dict[str, list[Verdict]] = {}
    every = [*verdicts]
    for verdict in every:
        told.setdefault(verdict.mutant.kind, []).append(verdict)
    return {kind: _score(each) for kind, each in told.items()} | {"all": _score(every)}


def by_side(verdicts: Iterable[Verdict]) -> dict[str, Score]:
    """The same by where a change shows."""
    every = [*verdicts]
    sides = dict.fromkeys(verdict.mutant.side for verdict in every)
    return {side: _score([each for each in every if each.mutant.side == side]) for side in sides}


def by_detector(verdicts: Iterable[Verdict]) -> Mapping[str, int]:
    """How many each detector was the first to notice."""
    return Counter(verdict.noticed.detector for verdict in verdicts if verdict.noticed)


def _score(verdicts: list[Verdict]) -> Score:
    return Score(
        planted=len(verdicts),
        noticed=sum(verdict.noticed is not None for verdict in verdicts),
        equivalent=sum(verdict.reason is not None for verdict in verdicts),
    )
