"""How callbacks leave a mock that runs on a port."""

import asyncio
import logging
import time
from contextlib import AsyncExitStack, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import evolve

from apikley.mock.deliveries import Delivery, signed
from apikley.mock.engine import Mock

if TYPE_CHECKING:
    import httpx

_PAUSES = (0.2, 1.0, 3.0)  # seconds before each repetition
_PATIENCE = 15.0  # seconds for an answer
_AFTER_ERROR = 1.0  # second until the mock's clock is asked again
_log = logging.getLogger(__name__)


class Postman:
    """POSTs callbacks, to addresses on this computer only: a mock must not be made to knock elsewhere."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._client: httpx.AsyncClient | None = None

    async def work(self) -> None:
        """Send until cancelled. Posts that are on their way then are given up."""
        news, loop = asyncio.Event(), asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(news.set)

        self._mock.listeners.append(wake)
        try:
            async with AsyncExitStack() as clients, asyncio.TaskGroup() as posts:
                while True:
                    news.clear()
                    pause = self._tick()
                    for delivery in self._mock.take_deliveries():
                        posts.create_task(self._post(delivery, clients))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.wait(), pause)
        finally:
            self._mock.listeners.remove(wake)
            self._client = None

    def _tick(self) -> float | None:
        """In how many seconds the clock brings the next news, if any is known of."""
        try:
            self._mock.tick()
            pause = self._mock.next_end
        except Exception:  # noqa: BLE001 - the clock is the developer's: it may raise anything, and go on later
            _log.warning("the mock could not see which tasks have ended", exc_info=True)
            pause = _AFTER_ERROR
        return pause

    async def _post(self, delivery: Delivery, clients: AsyncExitStack) -> None:
        """Keep what becomes of a delivery, whatever that is: no other is to suffer from it."""
        try:
            await self._sent(delivery, clients)
        except Exception as error:  # noqa: BLE001 - nor does it matter what kind of surprise it is
            said = "the callback %s of the task %s could not be sent"
            _log.warning(said, delivery.number, delivery.task_id, exc_info=True)
            self._mock.delivered(delivery.unsent(error))

    async def _sent(self, delivery: Delivery, clients: AsyncExitStack) -> None:
        if not is_here(delivery.url):
            error = "callbacks go to loopback addresses only"
            self._mock.delivered(evolve(delivery, state="refused", error=error))
            return
        delivery = self._stamped(delivery)
        body, client = await asyncio.to_thread(delivery.letter.read), await self._open(clients)
        for pause in (0.0, *_PAUSES):
            await asyncio.sleep(pause)
            delivery = await _attempted(client, delivery, body)
            self._mock.delivered(delivery)
            if delivery.state == "delivered":
                return

    def _stamped(self, delivery: Delivery) -> Delivery:
        """Signed as of this machine's time, by which whoever listens on a port judges a signature's age."""
        with self._mock.locked:
            key = self._mock.service().settings.callback_key
        callback = self._mock.document.callback
        return signed(delivery, callback, key, time.time()) if callback and key else delivery

    async def _open(self, clients: AsyncExitStack) -> "httpx.AsyncClient":
        """One client for all posts, opened for the first: that takes long enough to hold others up."""
        import httpx  # noqa: PLC0415 - needed by none who wants no callbacks

        if self._client is None:
            limits = httpx.Limits(max_connections=None)
            self._client = httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, limits=limits)
            await clients.enter_async_context(self._client)
        return self._client


def is_here(url: str) -> bool:
    """Whether a URL leads to this computer by its very letters, without asking anybody."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, or nothing that a host could be
        return False


async def _attempted(client: "httpx.AsyncClient", delivery: Delivery, body: bytes) -> Delivery:
    import httpx  # noqa: PLC0415 - as above

    try:
        async with asyncio.timeout(_PATIENCE):
            response = await client.post(delivery.url, headers=[*delivery.headers], content=body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, OverflowError) as error:
        return delivery.unanswered(str(error) or type(error).__name__)
    return delivery.answered(response.status_code)
