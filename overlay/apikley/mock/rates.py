"""How often may be asked."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Literal, cast, get_args

from attrs import define, field, frozen

from apikley.mock.nodes import Node
from apikley.mock.operations import Deed

Scope = Literal["account", "key"]

_HELD = 10_000


@frozen(eq=False, repr=False)
class Rate:
    """So many requests in so many seconds, of one key or of all keys of an account together."""

    requests: int
    seconds: float
    per: Scope


def to_rates(top: Node) -> dict[str, Rate]:
    """The limits of the document, by what an operation does."""
    said, rates = top.get("x-apikley-rate-limits"), dict[str, Rate]()
    for does, node in said.members() if said else ():
        if does not in get_args(Deed):
            raise node.error(f"no operation does {does!r}")
        rates[does] = Rate(int(node["requests"].number), node["seconds"].number, _scope(node["per"]))
    return rates


def _scope(node: Node) -> Scope:
    if node.text not in get_args(Scope):
        raise node.error(f"a limit is one {' or '.join(get_args(Scope))}'s, not one {node.text}'s")
    return cast("Scope", node.text)


@define(eq=False, repr=False)
class Counter:
    """When what was accepted, and from whom; those who have not asked for longest are forgotten."""

    rates: Mapping[str, Rate]
    _accepted: OrderedDict[tuple[str, str], deque[float]] = field(
        factory=OrderedDict[tuple[str, str], deque[float]], repr=False
    )

    def is_over(self, account: str, key: str, does: str, now: float) -> bool:
        """Whether this request would be one too many."""
        rate = self.rates.get(does)
        if rate is None:
            return False
        accepted = self._accepted.get((_who(rate, account, key), does))
        if accepted is None:
            return False
        while accepted and not now - rate.seconds < accepted[0] <= now:  # or a clock was set back
            accepted.popleft()
        return len(accepted) >= rate.requests

    def count(self, account: str, key: str, does: str, now: float) -> None:
        """A request that was accepted. What was refused uses up nothing."""
        rate = self.rates.get(does)
        if rate is None:
            return
        name = _who(rate, account, key), does
        self._accepted.setdefault(name, deque()).append(now)
        self._accepted.move_to_end(name)
        if len(self._accepted) > _HELD:
            self._accepted.popitem(last=False)


def _who(rate: Rate, account: str, key: str) -> str:
    return f"account {account}" if rate.per == "account" else f"key {key}"
