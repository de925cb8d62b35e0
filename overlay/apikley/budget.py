"""How many credits may still be spent."""

import math
from threading import Lock

from apikley.errors import InvalidRequest, OverBudget


class Budget:
    """A limit in credits that concurrent submissions share: each reserves its price before it is sent.

    What is in doubt stays reserved, and a price that nobody knows is never taken for nothing.
    """

    def __init__(self, limit: float | None = None) -> None:
        self.limit = check_credits(limit, "max_credits")
        self._reserved: dict[str, float] = {}
        self._held: set[str] = set()
        self._spent = 0.0
        self._lock = Lock()

    @property
    def spent(self) -> float:
        """What ended tasks have cost, and where the service did not say, what was reserved for them."""
        return self._spent

    @property
    def reserved(self) -> float:
        """What is set aside for tasks that run and for submissions in doubt."""
        with self._lock:
            return sum(self._reserved.values())

    @property
    def left(self) -> float:
        """What may still be reserved; endless without a limit."""
        return math.inf if self.limit is None else max(0.0, self.limit - self.spent - self.reserved)

    def reserve(self, key: str, price: float | None, at_most: float | None = None) -> None:
        """Set the price of one submission aside; raises `OverBudget` where it may not be spent.

        `at_most` is the limit of this submission alone.
        """
        check_credits(at_most, "max_credits")
        if self.limit is None and at_most is None:
            return
        if price is None:
            raise OverBudget(
                "the price of this request is unknown, so no budget can hold it; nothing was sent"
            )
        if at_most is not None and price > at_most:
            raise OverBudget(f"costs about {price:g} credits, and {at_most:g} are allowed; nothing was sent")
        with self._lock:
            taken = self._spent + sum(self._reserved.values()) - self._reserved.get(key, 0.0)
            if self.limit is not None and taken + price > self.limit:
                left = max(0.0, self.limit - taken)
                raise OverBudget(
                    f"costs about {price:g} credits, and {left:g} of the budget of {self.limit:g} are left;"
                    " nothing was sent"
                )
            if key not in self._held:
                self._reserved[key] = price

    def hold(self, key: str, price: float | None) -> None:
        """Keep what was reserved for a submission that is being sent, until it is settled."""
        if self.limit is not None and price is not None:
            with self._lock:
                self._reserved[key] = price
                self._held.add(key)

    def settle(self, key: str, credits: float | None) -> None:  # noqa: A002  # what the API calls it
        """Take what a task did cost from the budget; None, where the service does not say, takes what was reserved."""
        with self._lock:
            reserved = self._reserved.pop(key, None)
            self._held.discard(key)
            if reserved is not None:
                self._spent += reserved if credits is None else credits

    def release(self, key: str) -> None:
        """Give back what was reserved for a submission that was not sent; of one that was, it stays reserved."""
        with self._lock:
            if key not in self._held:
                self._reserved.pop(key, None)


def check_credits(amount: float | None, name: str) -> float | None:
    """Refuse an amount that is none; raises `InvalidRequest`."""
    is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
    if amount is not None and not (is_number and 0 <= amount < math.inf):
        raise InvalidRequest(
            f"{name} must be a number of credits, not {amount!r}", parameter=name, value=amount
        )
    return amount
