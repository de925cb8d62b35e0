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
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from apikley import clock, deadlines, departures, problems, telling
from apikley.borrowing import AsyncBorrowed, Borrowed
from apikley.errors import InvalidRequest, Unreachable
from apikley.fast import FastTransport
from apikley.peers import Peers
from apikley.settings import Settings

MAXIMUM_ANSWER_BYTES = 64 * 1024 * 1024
# What was not asked for may be a bomb; at best it unfolds to a thousand times as much.
MAXIMUM_ENCODED_BYTES = 64 * 1024
# httpx slows down with many requests in flight; eight are the fastest.
_IN_FLIGHT = 8
_LIMITS = httpx.Limits(max_connections=_IN_FLIGHT, max_keepalive_connections=_IN_FLIGHT)
_SHORTEST_KEY = 8
# What httpx raises before a request has left this machine.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def to_transport(settings: Settings, transport: object, http_client: object) -> httpx.BaseTransport | None:
    """The way that the user wants requests to go; None for httpx's own. Raises TypeError for what is none."""
    _check_one_way(settings, transport=transport, http_client=http_client)
    if http_client is not None:
        if not isinstance(http_client, httpx.Client):
            raise TypeError(f"http_client must be an httpx.Client, not {type(http_client).__name__}")
        return Borrowed(http_client)
    if transport is not None and not isinstance(transport, httpx.BaseTransport):
        raise TypeError(f"transport must be an httpx.BaseTransport, not {type(transport).__name__}")
    return transport


def to_async_transport(
    settings: Settings, transport: object, http_client: object, *, fast: bool
) -> httpx.AsyncBaseTransport | None:
    """The same for an awaiting client; raises ImportError if `fast` is asked for and not installed."""
    _check_one_way(settings, transport=transport, http_client=http_client)
    if fast:
        if transport is not None or http_client is not None:
            raise TypeError("fast is a transport: it goes with neither transport nor http_client")
        return FastTransport(lambda: _certificates(settings), _proxy_for_fast(settings), _IN_FLIGHT)
    if http_client is not None:
        if not isinstance(http_client, httpx.AsyncClient):
            raise TypeError(f"http_client must be an httpx.AsyncClient, not {type(http_client).__name__}")
        return AsyncBorrowed(http_client)
    if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
        raise TypeError(f"transport must be an httpx.AsyncBaseTransport, not {type(transport).__name__}")
    return transport


def check_open(transport: object) -> None:
    """Raises RuntimeError if the client that requests would go through was closed by its owner."""
    if isinstance(transport, Borrowed | AsyncBorrowed) and transport.is_closed:
        raise RuntimeError("http_client is closed")


def open_api(settings: Settings, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client for the API, with the key."""

    def check(response: httpx.Response) -> None:
        telling.hear(response)
        response.stream = _bounded(response, settings)
        _raise_problem(response, response.read(), settings.api_key)

    hooks: dict[str, list[Any]] = {"request": [departures.attach, deadlines.attach], "response": [check]}
    return _held(httpx.Client(**_api_options(settings), transport=transport, event_hooks=hooks), transport)


def open_async_api(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client for the API, with the key."""

    async def check(response: httpx.Response) -> None:
        telling.hear(response)
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
    if isinstance(transport, Borrowed):
        transport = transport.for_results()
    return _held(httpx.Client(**_options(settings), transport=transport, event_hooks=hooks), transport)


def open_async_plain(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client for results, without the key."""
    hooks: dict[str, list[Any]] = {"request": [Peers.of(settings.base_url).attach_awaiting]}
    if isinstance(transport, AsyncBorrowed):
        transport = transport.for_results()
    elif isinstance(transport, FastTransport):
        transport = None
    return httpx.AsyncClient(**_options(settings), transport=transport, event_hooks=hooks)


def to_unreachable(
    error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError, *, secret: str = ""
) -> Unreachable:
    """What a failure of httpx means to the caller. `secret` is left out of it."""
    sentence = f"no answer{_whence(error)}: {type(error).__name__}: {str(error) or 'no reason given'}"
    maybe_sent = not isinstance(error, _NEVER_SENT)
    return Unreachable(sentence.replace(secret, "[key]") if secret else sentence, maybe_sent=maybe_sent)


def _whence(error: Exception) -> str:
    """From which host and port no answer came, where httpx tells."""
    try:
        return f" from {cast('httpx.HTTPError', error).request.url.netloc.decode()}"
    except (AttributeError, RuntimeError):  # no request, or none that was sent
        return ""


def _check_one_way(settings: Settings, **ways: object) -> None:
    given = [name for name, way in ways.items() if way is not None]
    if len(given) > 1:
        raise TypeError("transport and http_client exclude each other")
    if given and (settings.proxy or settings.certificates):
        raise TypeError(f"proxy and verify are for httpx's own transport: give them to the {given[0]}")


def _proxy_for_fast(settings: Settings) -> str | None:
    """The proxy for the API, by the environment as httpx reads it unless the user named one."""
    proxy = settings.proxy
    if proxy is None:
        address = urlsplit(settings.base_url)
        proxies = {} if proxy_bypass(address.netloc) else getproxies()
        proxy = proxies.get(address.scheme) or proxies.get("all")
    if proxy is None:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        raise InvalidRequest("fast can use an http or https proxy only", parameter="proxy")
    return proxy


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
        "verify": _certificates(settings),
        "proxy": settings.proxy,
    }


def _certificates(settings: Settings) -> ssl.SSLContext:
    return settings.certificates or _ssl_context()


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


def _bounded(response: httpx.Response, settings: Settings) -> "_Answer":
    deadline = clock.current().now() + settings.timeouts.answer
    is_encoded = response.headers.get("content-encoding", "identity") != "identity"
    room = MAXIMUM_ENCODED_BYTES if is_encoded else MAXIMUM_ANSWER_BYTES
    return _Answer(response.stream, deadline, room, settings.api_key.encode())


class _Answer(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The stream of an answer, which must neither grow nor last without end: httpx bounds only each piece.

    A service may repeat the key in whatever it says, and what it says goes into errors, results and ledgers. So the
    key ends here, unless it is so short that it might be a word.
    """

    def __init__(
        self,
        stream: httpx.SyncByteStream | httpx.AsyncByteStream,
        deadline: float,
        room: int,
        secret: bytes,
    ) -> None:
        self._stream = stream
        self._deadline = deadline
        self._room = room
        self._secret = secret
        self._content = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        for piece in cast("httpx.SyncByteStream", self._stream):
            self._take(piece)
        yield self._without_key()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in cast("httpx.AsyncByteStream", self._stream):
            self._take(piece)
        yield self._without_key()

    def close(self) -> None:
        cast("httpx.SyncByteStream", self._stream).close()

    async def aclose(self) -> None:
        await cast("httpx.AsyncByteStream", self._stream).aclose()

    def _without_key(self) -> bytes:
        is_word = len(self._secret) < _SHORTEST_KEY
        return bytes(self._content if is_word else self._content.replace(self._secret, b"[key]"))

    def _take(self, piece: bytes) -> None:
        self._content += piece
        if len(self._content) > self._room:
            raise Unreachable(f"the answer is larger than {self._room} bytes", maybe_sent=True)
        if clock.current().now() > self._deadline:
            raise Unreachable("the answer came too slowly", maybe_sent=True)
