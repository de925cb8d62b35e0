"""Whether whoever is called back has the time to answer that the service gives: 15 s by the facts."""

import asyncio
import selectors
import time
from functools import partial

import httpx
import pytest

from apikley.mock import Document, polls
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
    def __init__(self, skip):
        super().__init__()
        self._skip = skip

    def select(self, timeout=None):
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


@pytest.mark.parametrize(("seconds", "state", "asked"), [(14.5, "delivered", 1), (15.5, "failed", 4)])
def test_a_callback_may_be_answered_for_fifteen_seconds(seconds, state, asked, monkeypatch):
    listener, client = Slow(seconds), OPENS(scenario=polls(0))
    client.fetch(client.create(callback=HOOK))
    monkeypatch.setattr(httpx, "AsyncClient", partial(httpx.AsyncClient, transport=listener))

    async def told() -> None:
        work = asyncio.create_task(Postman(client.mock).work())
        while client.mock.deliveries[0].attempts < asked:
            await asyncio.sleep(0.1)
        work.cancel()

    with asyncio.Runner(loop_factory=Skipping) as runner:
        runner.run(told())
    (delivery,) = client.mock.deliveries
    assert (delivery.state, delivery.attempts, listener.asked) == (state, asked, asked)
