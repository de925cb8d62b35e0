"""Under which addresses the mock was reached."""

from collections import OrderedDict
from collections.abc import Iterator

from attrs import define, field

MAXIMUM = 100
LONGEST = 300  # characters; a name of a host has 253 at most


@define(eq=False, repr=False)
class Origins:
    """Schemes and hosts in small letters, in the order in which they were last used; the oldest are forgotten."""

    known: OrderedDict[str, None] = field(factory=OrderedDict[str, None])
    _newest: str | None = None

    def __contains__(self, origin: object) -> bool:
        return origin in self.known

    def __iter__(self) -> Iterator[str]:
        return iter([*self.known])

    def add(self, origin: str) -> None:
        """The newest. One that is longer than any address is left out."""
        origin = origin.lower()
        if origin == self._newest or len(origin) > LONGEST:
            return
        self._newest = origin
        self.known[origin] = None
        self.known.move_to_end(origin)
        if len(self.known) > MAXIMUM:
            self.known.popitem(last=False)
