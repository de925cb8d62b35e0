"""How requests leave and answers arrive: the httpx clients behind both drivers.

Two for each driver. The API's carries the key and reads every answer through `wire.problem` before the
generated parser sees it. The plain one, for results on other hosts, carries no key and no cookie.
"""

import ssl
import time
from collections.abc import AsyncIterator, Iterator
from functools import cache
from importlib.metadata import version
from typing import Any, cast

import httpx

from apikley import wire
from apikley.errors import Unreachable
from apikley.settings import Settings

MAXIMUM_ANSWER_BYTES = 64 * 1024 * 1024
# httpx slows down with many requests in flight; eight are the fastest.
_LIMITS = httpx.Limits(max_connections=8, max_keepalive_connections=8)
# What httpx raises before a request has left this machine.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def open_api(settings: Settings, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client for the API, with the key."""
    seconds = settings.timeouts.answer

    def check(response: httpx.Response) -> None:
        response.stream = _Bounded(response.stream, time.monotonic() + seconds)
        _raise_problem(response, response.read(), settings.api_key)

    hooks = {"response": [check]}
    return httpx.Client(**_api_options(settings), transport=transport, event_hooks=hooks)


def open_async_api(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client for the API, with the key."""
    seconds = settings.timeouts.answer

    async def check(response: httpx.Response) -> None:
        response.stream = _Bounded(response.stream, time.monotonic() + seconds)
        _raise_problem(response, await response.aread(), settings.api_key)

    hooks = {"response": [check]}
    return httpx.AsyncClient(**_api_options(settings), transport=transport, event_hooks=hooks)


def open_plain(settings: Settings, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client for results, without the key."""
    return httpx.Client(**_options(settings), transport=transport)


def open_async_plain(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client for results, without the key."""
    return httpx.AsyncClient(**_options(settings), transport=transport)


def to_unreachable(error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError) -> Unreachable:
    """What a failure of httpx means to the caller."""
    reason = str(error) or "no reason given"
    maybe_sent = not isinstance(error, _NEVER_SENT)
    return Unreachable(f"no answer: {type(error).__name__}: {reason}", maybe_sent=maybe_sent)


def _api_options(settings: Settings) -> dict[str, Any]:
    options = _options(settings)
    options["headers"]["Authorization"] = f"Bearer {settings.api_key}"
    return options | {"base_url": settings.base_url}


def _options(settings: Settings) -> dict[str, Any]:
    times = settings.timeouts
    return {
        # Encoded answers could be bombs, and those of the API are short.
        "headers": {"User-Agent": _user_agent(), "Accept-Encoding": "identity"},
        "timeout": httpx.Timeout(connect=times.connect, read=times.read, write=times.write, pool=times.pool),
        "limits": _LIMITS,
        "follow_redirects": False,
        "verify": _ssl_context(),
    }


@cache
def _ssl_context() -> ssl.SSLContext:
    """Made once and shared: it takes longer than all else in opening a client."""
    return httpx.create_ssl_context()


@cache
def _user_agent() -> str:
    return f"apikley/{version('apikley')}"


def _raise_problem(response: httpx.Response, content: bytes, key: str) -> None:
    if error := wire.problem(response.status_code, response.headers, content, secret=key):
        raise error


class _Bounded(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The stream of an answer that must neither grow nor last without end: httpx bounds only each piece."""

    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in cast("httpx.SyncByteStream", self._stream):
            yield self._checked(piece)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in cast("httpx.AsyncByteStream", self._stream):
            yield self._checked(piece)

    def close(self) -> None:
        cast("httpx.SyncByteStream", self._stream).close()

    async def aclose(self) -> None:
        await cast("httpx.AsyncByteStream", self._stream).aclose()

    def _checked(self, piece: bytes) -> bytes:
        self._size += len(piece)
        if self._size > MAXIMUM_ANSWER_BYTES:
            raise Unreachable(f"the answer is larger than {MAXIMUM_ANSWER_BYTES} bytes", maybe_sent=True)
        if time.monotonic() > self._deadline:
            raise Unreachable("the answer came too slowly", maybe_sent=True)
        return piece
