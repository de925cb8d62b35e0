"""How requests go through an httpx client of the user's own.

It is not closed, and nothing is set in it; httpx itself puts the cookies of answers into its jar, and we send none.
Its transports, proxies, certificates, limits and event hooks hold for every request.
Its headers and its `auth` may be secrets between it and the API, so that requests for results go without. Neither takes
the place of the key.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing, suppress
from typing import Generic, Self, TypeVar

import httpx

Client = TypeVar("Client", httpx.Client, httpx.AsyncClient)

# What an answer says of a form that it no longer has once a hook has read it.
_ENCODINGS = {"content-encoding", "content-length", "transfer-encoding"}


class _Borrowed(Generic[Client]):
    """A client in the place of a transport, whichever way it sends."""

    def __init__(self, client: Client, *, is_for_results: bool = False) -> None:
        self.client: Client = client
        self._is_for_results = is_for_results

    @property
    def is_closed(self) -> bool:
        """Whether its owner has closed it."""
        return self.client.is_closed

    def for_results(self) -> Self:
        """The same for requests to hosts that may be anybody's."""
        return type(self)(self.client, is_for_results=True)

    def _dress(self, request: httpx.Request) -> httpx.Auth | None:
        """Give a request the client's headers, where what we have set stays; the answer is how to sign it."""
        if self._is_for_results:
            return None
        for name, value in self.client.headers.items():
            request.headers.setdefault(name, value)
        return self.client.auth and _KeepingOurs(self.client.auth)


class Borrowed(_Borrowed[httpx.Client], httpx.BaseTransport):
    """A blocking client in the place of a transport."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Have the client send it, once as far as it goes by httpx."""
        auth = self._dress(request)
        try:
            response = self.client.send(request, stream=True, auth=auth, follow_redirects=False)
        except httpx.HTTPStatusError as error:
            response = _raised(error, request)
        return _unread(response)

    def close(self) -> None:
        """Leave it to its owner."""


class AsyncBorrowed(_Borrowed[httpx.AsyncClient], httpx.AsyncBaseTransport):
    """An awaiting client in the place of a transport."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Have the client send it, once as far as it goes by httpx."""
        auth = self._dress(request)
        try:
            response = await self.client.send(request, stream=True, auth=auth, follow_redirects=False)
        except httpx.HTTPStatusError as error:
            response = _raised(error, request)
        return _unread(response)

    async def aclose(self) -> None:
        """Leave it to its owner."""


class _KeepingOurs(httpx.Auth):
    """A client's own `auth`, which may sign all it likes with, and leaves the key in its place."""

    def __init__(self, auth: httpx.Auth) -> None:
        self._auth = auth

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        key = request.headers["Authorization"]
        with closing(self._auth.sync_auth_flow(request)) as flow, suppress(StopIteration):
            signed = next(flow)
            while True:
                signed.headers["Authorization"] = key
                signed = flow.send((yield signed))

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        key = request.headers["Authorization"]
        async with aclosing(self._auth.async_auth_flow(request)) as flow:
            with suppress(StopAsyncIteration):
                signed = await anext(flow)
                while True:
                    signed.headers["Authorization"] = key
                    signed = await flow.asend((yield signed))


def _raised(error: httpx.HTTPStatusError, request: httpx.Request) -> httpx.Response:
    """The answer that a hook has raised, as `raise_for_status` does; raises `error` if it is another request's."""
    if error.request is not request:
        raise error
    return error.response


def _unread(response: httpx.Response) -> httpx.Response:
    """An answer that can be read, though a hook of the client's may have read it already, or had it closed unread."""
    if not response.is_closed:
        return response
    headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in _ENCODINGS]
    stream = httpx.ByteStream(response.content if response.is_stream_consumed else b"")
    return httpx.Response(
        response.status_code, headers=headers, stream=stream, extensions=response.extensions
    )
