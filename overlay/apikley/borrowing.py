"""How requests go through an httpx client of the user's own.

It is not closed, and nothing is set in it; httpx itself puts the cookies of answers into its jar, and we send none.
Its transports, proxies, certificates, limits and event hooks hold for every request.
Its headers and its `auth` may be secrets between it and the API, so that requests for results go without.
"""

from typing import Self

import httpx

# What an answer says of a form that it no longer has once a hook has read it.
_ENCODINGS = {"content-encoding", "content-length", "transfer-encoding"}


class Borrowed(httpx.BaseTransport):
    """A blocking client in the place of a transport."""

    def __init__(self, client: httpx.Client, *, is_for_results: bool = False) -> None:
        self.client = client
        self._is_for_results = is_for_results

    @property
    def is_closed(self) -> bool:
        """Whether its owner has closed it."""
        return self.client.is_closed

    def for_results(self) -> Self:
        """The same for requests to hosts that may be anybody's."""
        return type(self)(self.client, is_for_results=True)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Have the client send it, once as far as it goes by httpx."""
        if self._is_for_results:
            return _unread(self.client.send(request, stream=True, auth=None, follow_redirects=False))
        _add_headers(request, self.client.headers)
        return _unread(self.client.send(request, stream=True, follow_redirects=False))

    def close(self) -> None:
        """Leave it to its owner."""


class AsyncBorrowed(httpx.AsyncBaseTransport):
    """An awaiting client in the place of a transport."""

    def __init__(self, client: httpx.AsyncClient, *, is_for_results: bool = False) -> None:
        self.client = client
        self._is_for_results = is_for_results

    @property
    def is_closed(self) -> bool:
        """Whether its owner has closed it."""
        return self.client.is_closed

    def for_results(self) -> Self:
        """The same for requests to hosts that may be anybody's."""
        return type(self)(self.client, is_for_results=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Have the client send it, once as far as it goes by httpx."""
        if self._is_for_results:
            return _unread(await self.client.send(request, stream=True, auth=None, follow_redirects=False))
        _add_headers(request, self.client.headers)
        return _unread(await self.client.send(request, stream=True, follow_redirects=False))

    async def aclose(self) -> None:
        """Leave it to its owner."""


def _add_headers(request: httpx.Request, headers: httpx.Headers) -> None:
    """Give a request what the client would have given it; what we have set stays."""
    for name, value in headers.items():
        request.headers.setdefault(name, value)


def _unread(response: httpx.Response) -> httpx.Response:
    """An answer that can be read, though a hook of the client's may have read it already."""
    if not response.is_stream_consumed:
        return response
    headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in _ENCODINGS]
    stream = httpx.ByteStream(response.content)
    return httpx.Response(
        response.status_code, headers=headers, stream=stream, extensions=response.extensions
    )
