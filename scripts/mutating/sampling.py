"""Which mutants are looked at where time is short."""

from mutating.mutants import Mutant


def sample(mutants: list[Mutant], every: int) -> list[Mutant]:
    """The first of each kind, and then every so-manieth of it: the same in each run."""
    kinds: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        kinds.setdefault(mutant.kind, []).append(mutant)
    return [mutant for each in kinds.values() for mutant in each[::every]]
