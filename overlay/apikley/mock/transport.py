"""How httpx reaches the mock without a port."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx

from apikley.mock import control
from apikley.mock.clock import VirtualClock
from apikley.mock.engine import Mock, Unfinished
from apikley.mock.replies import Reply
from apikley.mock.requests import Request


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """For `httpx.Client(transport=…)` and `httpx.AsyncClient(transport=…)`; answers for every host.

    A reply that is late is waited for, though no longer than the request's own read timeout, after which
    httpx.ReadTimeout is raised; with a `VirtualClock` the wait takes no time. A broken connection is an
    httpx.ReadError, a body that breaks off an httpx.RemoteProtocolError while it is read.
    """

    def __init__(self, mock: Mock) -> None:
        self.mock = mock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = _to_request(request, request.read())
        reply = control.in_process(self.mock, asked) or self.mock.handle(asked)
        self.mock.flush()
        if wait := _wait(reply, request):
            if isinstance(self.mock.clock, VirtualClock):
                self.mock.advance(wait)
            else:
                time.sleep(wait)
        return _to_response(reply, request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = _to_request(request, await request.aread())
        reply = control.in_process(self.mock, asked) or self.mock.start(asked)
        if isinstance(reply, Unfinished):
            reply = await asyncio.to_thread(reply.finish)
        self.mock.flush()
        if wait := _wait(reply, request):
            if isinstance(self.mock.clock, VirtualClock):
                self.mock.advance(wait)
            else:
                await asyncio.sleep(wait)
        return _to_response(reply, request)


def _to_request(request: httpx.Request, body: bytes) -> Request:
    url = request.url
    return Request(
        method=request.method,
        path=url.path,
        query=url.query.decode("ascii", "replace"),
        headers=request.headers,
        body=body,
        origin=f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}",
    )


def _patience(request: httpx.Request) -> float | None:
    """How long this request waits for an answer, in seconds; None is for ever."""
    match request.extensions.get("timeout"):
        case {"read": int() | float() as seconds}:
            return float(seconds)
        case _:
            return None


def _wait(reply: Reply, request: httpx.Request) -> float:
    patience = _patience(request)
    return reply.delay if patience is None else min(reply.delay, patience)


def _to_response(reply: Reply, request: httpx.Request) -> httpx.Response:
    patience = _patience(request)
    if patience is not None and reply.delay > patience:
        raise httpx.ReadTimeout("the mock keeps still", request=request)
    if reply.broken:
        raise httpx.ReadError("the mock broke the connection", request=request)
    # A stream rather than content, as a network would give: the response is open until it is read.
    stream = httpx.ByteStream(reply.body) if reply.cut is None else _Torn(reply.body, reply.cut, request)
    return httpx.Response(reply.status, headers=[*reply.headers], stream=stream, request=request)


class _Torn(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off."""

    def __init__(self, body: bytes, cut: int, request: httpx.Request) -> None:
        self.body = body
        self.cut = cut
        self.request = request

    def __iter__(self) -> Iterator[bytes]:
        yield self.body[: self.cut]
        raise self._error()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.body[: self.cut]
        raise self._error()

    def _error(self) -> httpx.RemoteProtocolError:
        said = f"received {self.cut} bytes, expected {len(self.body)}"
        return httpx.RemoteProtocolError(
            f"peer closed connection without sending complete message body ({said})", request=self.request
        )
