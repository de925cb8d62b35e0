"""Whether whoever is called back has the time to answer that the service gives: 15 s by the facts."""

import asyncio
import selectors
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from apikley.mock import Document, Mock, polls
from apikley.mock.posting import Postman
from contract.judging import CORRECTED
from contract.verdicts.walks import HOOK, opener

OPENS = opener(Document.shipped(), CORRECTED)


class Skipping(asyncio.SelectorEventLoop):
    """A loop on which waiting takes no time, and time still passes."""

    def __init__(self) -> None:
        self._skipped = 0.0
        super().__init__(_Selector(self._skip))

    def time(self) -> float:
        return time.monotonic() + self._skipped

    def _skip(self, seconds: float) -> None:
        self._skipped += seconds


class _Selector(selectors.DefaultSelector):
    def __init__(self, skip: Callable[[float], None]) -> None:
        super().__init__()
        self._skip = skip

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0 if timeout else timeout)
        if timeout and not ready:
            self._skip(timeout)
        return ready


class Slow(httpx.AsyncBaseTransport):
    """Whoever listens takes so many seconds for the answer. Its timeouts are kept as a connection keeps them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        patience = request.extensions["timeout"]["read"]
        await asyncio.sleep(min(self._seconds, patience))
        if self._seconds >= patience:
            raise httpx.ReadTimeout("too late")
        return httpx.Response(200)


async def at_once(function: Callable[[], Any]) -> Any:
    """In place of a thread, which would take no part in the loop's time."""
    return function()


def called(mock: Mock, listener: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two minutes pass in which the mock tells its news to that listener."""
    monkeypatch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, transport=listener))
    monkeypatch.setattr(asyncio, "to_thread", at_once)

    async def told() -> None:
        work = asyncio.create_task(Postman(mock).work())
        await asyncio.sleep(120)
        work.cancel()

    with asyncio.Runner(loop_factory=Skipping) as runner:
        runner.run(told())


@pytest.mark.parametrize(("seconds", "state", "asked"), [(14.5, "delivered", 1), (15.5, "failed", 4)])
def test_a_callback_may_be_answered_for_fifteen_seconds(seconds, state, asked, monkeypatch):
    listener, client = Slow(seconds), OPENS(scenario=polls(0))
    client.fetch(client.create(callback=HOOK))
    called(client.mock, listener, monkeypatch)
    (delivery,) = client.mock.deliveries
    assert (delivery.state, delivery.attempts, listener.asked) == (state, asked, asked)


def test_nobody_beyond_this_computer_is_called(monkeypatch):
    listener, client = Slow(0), OPENS(scenario=polls(0))
    client.fetch(client.create(callback="https://example.com/done"))
    called(client.mock, listener, monkeypatch)
    assert (client.mock.deliveries[0].state, listener.asked) == ("refused", 0)
