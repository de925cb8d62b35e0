"""How often a key may ask."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import get_args

from attrs import define, field, frozen

from apikley.mock.nodes import Node
from apikley.mock.operations import Deed

_KEYS = 10_000


@frozen
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


def to_rates(top: Node) -> dict[str, Rate]:
    """The limits of the document, by what an operation does."""
    said, rates = top.get("x-apikley-rate-limits"), dict[str, Rate]()
    for does, node in said.members() if said else ():
        if does not in get_args(Deed):
            raise node.error(f"no operation does {does!r}")
        rates[does] = Rate(int(node["requests"].number), node["seconds"].number)
    return rates


@define
class Counter:
    """When each key has asked for what; the keys that have not asked for longest are forgotten."""

    rates: Mapping[str, Rate]
    _asked: OrderedDict[tuple[str, str], deque[float]] = field(
        factory=OrderedDict[tuple[str, str], deque[float]], repr=False
    )

    def is_over(self, key: str, does: str, now: float) -> bool:
        """Whether this request is one too many; if not, it is counted."""
        rate = self.rates.get(does)
        if rate is None:
            return False
        asked = self._asked.setdefault((key, does), deque())
        self._asked.move_to_end((key, does))
        if len(self._asked) > _KEYS:
            self._asked.popitem(last=False)
        while asked and asked[0] <= now - rate.seconds:
            asked.popleft()
        if len(asked) >= rate.requests:
            return True
        asked.append(now)
        return False
