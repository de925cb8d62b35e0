"""How callbacks leave a mock that runs on a port."""

import asyncio
from contextlib import AsyncExitStack, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import evolve

from apikley.mock.deliveries import Delivery
from apikley.mock.engine import Mock

if TYPE_CHECKING:
    import httpx

_PAUSES = (0.2, 1.0, 3.0)  # seconds before each repetition
_PATIENCE = 15.0  # seconds for an answer


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
                    self._mock.tick()
                    for delivery in self._mock.take_deliveries():
                        posts.create_task(self._post(delivery, await self._open(clients)))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.wait(), self._mock.next_end)
        finally:
            self._mock.listeners.remove(wake)

    async def _open(self, clients: AsyncExitStack) -> "httpx.AsyncClient":
        """One client for all posts, opened for the first: that takes long enough to hold others up."""
        import httpx  # noqa: PLC0415 - needed by none who wants no callbacks

        if self._client is None:
            limits = httpx.Limits(max_connections=None)
            opened = httpx.AsyncClient(timeout=_PATIENCE, trust_env=False, limits=limits)
            self._client = await clients.enter_async_context(opened)
        return self._client

    async def _post(self, delivery: Delivery, client: "httpx.AsyncClient") -> None:
        if not is_here(delivery.url):
            error = "callbacks go to loopback addresses only"
            self._mock.delivered(evolve(delivery, state="refused", error=error))
            return
        for pause in (0.0, *_PAUSES):
            await asyncio.sleep(pause)
            delivery = await _attempted(client, delivery)
            self._mock.delivered(delivery)
            if delivery.state == "delivered":
                return


def is_here(url: str) -> bool:
    """Whether a URL leads to this computer by its very letters, without asking anybody."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, or nothing that a host could be
        return False


async def _attempted(client: "httpx.AsyncClient", delivery: Delivery) -> Delivery:
    import httpx  # noqa: PLC0415 - as above

    try:
        async with asyncio.timeout(_PATIENCE):
            response = await client.post(delivery.url, headers=[*delivery.headers], content=delivery.body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        return delivery.unanswered(str(error) or type(error).__name__)
    return delivery.answered(response.status_code)
