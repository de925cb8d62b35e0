"""How requests leave and answers arrive: the httpx clients behind both drivers.

Two for each driver. The API's carries the key and reads every answer through `problems.problem` before the
generated parser sees it. The plain one, for results on other hosts, carries no key. Neither keeps a cookie.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Any, cast

import httpx

from apikley import clock, deadlines, departures, problems
from apikley.errors import Unreachable
from apikley.peers import Peers
from apikley.settings import Settings

MAXIMUM_ANSWER_BYTES = 64 * 1024 * 1024
# What was not asked for may be a bomb; at best it unfolds to a thousand times as much.
MAXIMUM_ENCODED_BYTES = 64 * 1024
# httpx slows down with many requests in flight; eight are the fastest.
_LIMITS = httpx.Limits(max_connections=8, max_keepalive_connections=8)
# What httpx raises before a request has left this machine.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def open_api(settings: Settings, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client for the API, with the key."""

    def check(response: httpx.Response) -> None:
        response.stream = _bounded(response, settings)
        _raise_problem(response, response.read(), settings.api_key)

    hooks: dict[str, list[Any]] = {"request": [departures.attach, deadlines.attach], "response": [check]}
    return _held(httpx.Client(**_api_options(settings), transport=transport, event_hooks=hooks), transport)


def open_async_api(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client for the API, with the key."""

    async def check(response: httpx.Response) -> None:
        response.stream = _bounded(response, settings)
        _raise_problem(response, await response.aread(), settings.api_key)

    hooks: dict[str, list[Any]] = {
        "request": [departures.attach_awaiting, deadlines.attach_awaiting],
        "response": [check],
    }
    return httpx.AsyncClient(**_api_options(settings), transport=transport, event_hooks=hooks)


def open_plain(settings: Settings, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client for results, without the key."""
    hooks: dict[str, list[Any]] = {"request": [Peers.of(settings.base_url).attach, deadlines.attach]}
    return _held(httpx.Client(**_options(settings), transport=transport, event_hooks=hooks), transport)


def open_async_plain(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client for results, without the key."""
    hooks: dict[str, list[Any]] = {"request": [Peers.of(settings.base_url).attach_awaiting]}
    return httpx.AsyncClient(**_options(settings), transport=transport, event_hooks=hooks)


def to_unreachable(error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError) -> Unreachable:
    """What a failure of httpx means to the caller."""
    reason = str(error) or "no reason given"
    maybe_sent = not isinstance(error, _NEVER_SENT)
    return Unreachable(f"no answer: {type(error).__name__}: {reason}", maybe_sent=maybe_sent)


def _held(client: httpx.Client, transport: object) -> httpx.Client:
    """The client, whose calls end by their deadlines; a transport of the user's own is left as it is."""
    if transport is None:
        deadlines.hold(client)
    return client


def _api_options(settings: Settings) -> dict[str, Any]:
    options = _options(settings)
    options["headers"]["Authorization"] = f"Bearer {settings.api_key}"
    return options | {"base_url": settings.base_url}


def _options(settings: Settings) -> dict[str, Any]:
    times = settings.timeouts
    return {
        # The answers of the API are short, and pictures are compressed already.
        "headers": {"User-Agent": _user_agent(), "Accept-Encoding": "identity"},
        "timeout": httpx.Timeout(connect=times.connect, read=times.read, write=times.write, pool=times.pool),
        "limits": _LIMITS,
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
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
    if error := problems.problem(response.status_code, response.headers, content, secret=key):
        raise error


def _bounded(response: httpx.Response, settings: Settings) -> "_Bounded":
    deadline = clock.current().now() + settings.timeouts.answer
    is_encoded = response.headers.get("content-encoding", "identity") != "identity"
    return _Bounded(response.stream, deadline, MAXIMUM_ENCODED_BYTES if is_encoded else MAXIMUM_ANSWER_BYTES)


class _Bounded(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The stream of an answer that must neither grow nor last without end: httpx bounds only each piece."""

    def __init__(
        self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, deadline: float, room: int
    ) -> None:
        self._stream = stream
        self._deadline = deadline
        self._room = room
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
        if self._size > self._room:
            raise Unreachable(f"the answer is larger than {self._room} bytes", maybe_sent=True)
        if clock.current().now() > self._deadline:
            raise Unreachable("the answer came too slowly", maybe_sent=True)
        return piece
