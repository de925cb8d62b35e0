"""How a plan is carried out."""

from collections.abc import Callable, Iterator

import httpx
from attrs import evolve

from apikley.clock import Clock
from apikley.contract import plan as names
from apikley.contract.answers import SAME, credits_left, link_of
from apikley.contract.checking import Checker, needs_stop
from apikley.contract.exchanges import Exchange
from apikley.contract.guarding import Guard
from apikley.contract.paying import Payment
from apikley.contract.plan import Paid, Plan
from apikley.contract.recording import Recording
from apikley.contract.requests import Request, api_request, base64_request, by_url_request, form_request
from apikley.contract.sending import Sender
from apikley.contract.verdicts import Verdict
from apikley.settings import Settings, Timeouts

TIMEOUTS = Timeouts(connect=10.0, read=30.0, write=30.0, answer=60.0)
"""Of each request, in seconds."""

_MOST_UNANSWERED = 3  # in a row


class Run:
    """One run of a plan against one service. What it does is in `recording` at every moment.

    begun, ended: told of each exchange before it is sent, and once it is over
    """

    def __init__(
        self,
        plan: Plan,
        settings: Settings,
        transport: httpx.BaseTransport,
        clock: Clock,
        *,
        is_rehearsal: bool = False,
        timeouts: Timeouts = TIMEOUTS,
        begun: Callable[[Exchange], None] | None = None,
        ended: Callable[[Exchange], None] | None = None,
    ) -> None:
        settings = evolve(settings, timeouts=timeouts)
        self.plan = plan
        self.guard = Guard(
            transport, plan.document, settings.base_url, creates=plan.creates, paid=plan.paid_tasks
        )
        self.recording = Recording(
            base_url=settings.base_url,
            is_rehearsal=is_rehearsal,
            planned=plan.names,
            budget=plan.paid.budget if plan.paid else None,
            price=plan.paid.price if plan.paid else None,
        )
        self._clock = clock
        self._on_begun = begun
        self._on_ended = ended
        self._checker = Checker(plan.document)
        self._stop = ""
        self._stop_creating = ""
        self._unanswered = 0
        self._sender = Sender(
            settings, plan.document, self.guard, clock, begun=self._begun, ended=self._ended
        )

    def verdicts(self) -> Iterator[Verdict]:
        """Carry the plan out, and say of each check whether it held as soon as that is known."""
        try:
            for name in self._steps():
                yield self._checker.verdict(self.recording, name)
        finally:
            self._sender.close()

    def _steps(self) -> Iterator[str]:
        yield from self._free()
        if self.plan.uploads:
            yield from self._uploads()
        if self.plan.fuzz:
            yield from self._fuzz()
        self._send(names.UNCHARGED, api_request(self.plan.document, "report-credits"))
        yield names.UNCHARGED
        if self.plan.paid:
            yield from self._pay()

    def _free(self) -> Iterator[str]:
        for row in self.plan.rows:
            if row.creates and self._stop_creating:
                self._skip(row.name, self._stop_creating)
            elif exchange := self._send(row.name, row.request):
                if row.creates:
                    self._stop_creating = needs_stop(row, exchange) or self._cost_of(row.name)
                if row is self.plan.rows[0] and exchange.code == 401:
                    self._stop = "the service does not take the key"
            yield row.name
        if names.WATCHED in self.plan.names:
            if not self.recording.of(names.WATCHED):
                self._skip(names.WATCHED, self._stop or self._stop_creating)
            yield names.WATCHED

    def _cost_of(self, name: str) -> str:
        """Why no more may be asked of createTask after this request; empty if the credits are what they were."""
        known = [*self.recording.of(self.plan.rows[0].name), *self.recording.of(names.WATCHED)]
        exchange = self._send(names.WATCHED, api_request(self.plan.document, "report-credits"))
        before, after = credits_left(known[-1]), credits_left(exchange) if exchange else None
        if before is None or after is None:
            return f"nobody knows whether the request {name} cost something"
        gone = before - after
        return f"the request {name}, which should be free, cost {gone:g} credits" if gone > SAME else ""

    def _uploads(self) -> Iterator[str]:
        form, coded, by_url = names.UPLOADS
        exchange = self._send(form, form_request(self.plan.document))
        yield form
        self._send(coded, base64_request(self.plan.document))
        yield coded
        link = link_of(exchange) if exchange else None
        if link:
            self._send(by_url, by_url_request(self.plan.document, link))
        else:
            self._skip(by_url, "there is no uploaded file to take")
        yield by_url

    def _fuzz(self) -> Iterator[str]:
        from apikley.contract.fuzzing import made_up  # noqa: PLC0415  # slow to import

        for name, does in zip(names.FUZZ, ("report-credits", "fetch-task"), strict=True):
            for request in made_up(self.plan.document, does, self.plan.fuzz):
                self._send(name, request)
            yield name

    def _pay(self) -> Iterator[str]:
        """The paid task, if nothing speaks against it."""
        assert self.plan.paid is not None
        paid, asked = self.plan.paid, [name for name in self.plan.names if name in names.PAID]
        if reason := self._stop or self._stop_creating or self._too_poor(paid):
            for name in asked:
                self._skip(name, reason)
        else:
            Payment(self.plan.document, paid, self._sender, self._clock, self._skip).make()
        yield from asked

    def _too_poor(self, paid: Paid) -> str:
        """Why the account or the budget does not allow the task; empty if both do."""
        first, left = (self._credits(name) for name in (self.plan.rows[0].name, names.UNCHARGED))
        if first is None or left is None:
            return "nobody knows how many credits are left"
        if left < paid.price:
            return f"{left:g} credits are left, and the task costs {paid.price:g}"
        if (gone := first - left) + paid.price > paid.budget + SAME:
            return f"{gone:g} credits are gone already, and {paid.price:g} more are over the budget of {paid.budget:g}"
        return ""

    def _credits(self, check: str) -> float | None:
        return next((credits_left(each) for each in self.recording.of(check)), None)

    def _send(self, name: str, request: Request) -> Exchange | None:
        """The answer; None once it makes no sense to go on."""
        if self._stop:
            self._skip(name, self._stop)
            return None
        exchange = self._sender.send(name, request)
        self._unanswered = 0 if exchange.is_answered else self._unanswered + 1
        if self._unanswered >= _MOST_UNANSWERED or (self._unanswered and len(self.recording.exchanges) == 1):
            self._stop = f"the service does not answer: {self.recording.exchanges[-1].error}"
        return exchange

    def _skip(self, name: str, reason: str) -> None:
        self.recording.skipped[name] = reason

    def _begun(self, exchange: Exchange) -> None:
        self.recording.exchanges.append(exchange)
        if self._on_begun:
            self._on_begun(exchange)

    def _ended(self, exchange: Exchange) -> None:
        self.recording.exchanges[-1] = exchange
        if self._on_ended:
            self._on_ended(exchange)
