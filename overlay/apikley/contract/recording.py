"""What a run did: all that its verdicts are made of."""

from attrs import define, field

from apikley.contract.exchanges import Exchange


@define(kw_only=True)
class Recording:
    """The exchanges of a run in order, and what it left out.

    planned: the names of all checks, in order
    skipped: why a check was left out, by name
    budget, price: what the paid task may cost, and costs by the document, in credits; None without one
    is_ours: whether checks of ours were made, rather than the requests of some other program
    """

    base_url: str
    is_rehearsal: bool = False
    is_ours: bool = True
    planned: tuple[str, ...] = ()
    skipped: dict[str, str] = field(factory=dict[str, str])
    budget: float | None = None
    price: float | None = None
    exchanges: list[Exchange] = field(factory=list[Exchange])
    elsewhere: int = 0
    """How many exchanges of the file were with others than the API."""

    def of(self, check: str) -> list[Exchange]:
        """The exchanges of one check."""
        return [each for each in self.exchanges if each.check == check]
