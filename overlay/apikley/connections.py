"""How requests leave and answers arrive: the httpx clients behind both drivers.

Two for each driver. The API's carries the key and reads every answer through `problems.problem` before the
generated parser sees it. The plain one, for results on other hosts, carries no key. Neither keeps a cookie.
"""

from contextvars import ContextVar, Token
from functools import cache
from http.cookiejar import CookieJar
from importlib.metadata import version
from typing import Any

import httpx

from apikley import bounding, deadlines, departures, network, problems, sparing, telling, transports
from apikley.errors import AnswerUnreadable, Unreachable
from apikley.peers import Peers
from apikley.settings import Settings

_LIMITS = httpx.Limits(
    max_connections=transports.IN_FLIGHT,
    max_keepalive_connections=transports.IN_FLIGHT,
    keepalive_expiry=transports.LONGEST_IDLE,
)
_HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
# What generated parsers raise at an answer whose envelope is right and whose content is not.
_PARSER_ERRORS = (KeyError, TypeError, ValueError, AttributeError)
# What httpx raises before a request has left this machine.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


def open_api(settings: Settings, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client for the API, with the key."""

    def check(response: httpx.Response) -> None:
        telling.hear(response)
        bounding.bound(response, secret=settings.api_key)
        _raise_problem(response, response.read(), settings.api_key)

    hooks: dict[str, list[Any]] = {"request": [departures.attach, deadlines.attach], "response": [check]}
    options = _api_options(settings, transport)
    return _held(sparing.Client(**options, event_hooks=hooks), transport)


def open_async_api(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client for the API, with the key."""

    async def check(response: httpx.Response) -> None:
        telling.hear(response)
        bounding.bound(response, secret=settings.api_key)
        _raise_problem(response, await response.aread(), settings.api_key)

    hooks: dict[str, list[Any]] = {
        "request": [departures.attach_awaiting, deadlines.attach_awaiting],
        "response": [check],
    }
    return sparing.AsyncClient(**_api_options(settings, transport), event_hooks=hooks)


def open_plain(settings: Settings, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client for results, without the key."""
    peers = Peers.of(settings.base_url, transports.pool(transport))
    hooks: dict[str, list[Any]] = {"request": [peers.attach, deadlines.attach]}
    transport = transports.for_results(transport)
    return _held(httpx.Client(**_options(settings, transport), event_hooks=hooks), transport)


def open_async_plain(settings: Settings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """A client for results, without the key."""
    peers = Peers.of(settings.base_url, transports.pool(transport))
    hooks: dict[str, list[Any]] = {"request": [peers.attach_awaiting]}
    transport = transports.for_async_results(transport)
    return httpx.AsyncClient(**_options(settings, transport), event_hooks=hooks)


class in_our_words:  # noqa: N801  # as contextlib's, without a generator, which every request would pay for
    """Have what goes wrong with the one request of the block raised as an error of ours.

    What the user's own transports and hooks raise besides is theirs, and is let through.
    """

    def __init__(self, *, secret: str) -> None:
        self._secret = secret
        self._token: Token[bool] | None = None

    def __enter__(self) -> None:
        self._token = _is_answered.set(False)

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        assert self._token
        is_answered = _is_answered.get()
        _is_answered.reset(self._token)
        if isinstance(error, _HTTPX_ERRORS):
            raise to_unreachable(error, secret=self._secret) from error
        if is_answered and isinstance(error, _PARSER_ERRORS):
            raise AnswerUnreadable(f"the answer is not what the document describes: {error!r}") from error


def to_unreachable(
    error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError, *, secret: str = ""
) -> Unreachable:
    """What a failure of httpx means to the caller. `secret` is left out of it."""
    sentence = f"no answer{_whence(error)}: {type(error).__name__}: {str(error) or 'no reason given'}"
    maybe_sent = not isinstance(error, _NEVER_SENT)
    return Unreachable(sentence.replace(secret, "[key]") if secret else sentence, maybe_sent=maybe_sent)


def _whence(error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError) -> str:
    """From which host and port no answer came, where httpx tells."""
    if not isinstance(error, httpx.HTTPError):
        return ""
    try:
        return f" from {error.request.url.netloc.decode()}"
    except RuntimeError:  # it knows of no request
        return ""


class _NoCookies(CookieJar):
    """A jar that nothing gets into; faster than a policy, which reads each answer before it forbids."""

    def extract_cookies(self, response: object, request: object) -> None:
        pass


def _held(client: httpx.Client, transport: object) -> httpx.Client:
    """The client, whose calls end by their deadlines; a transport of the user's own is left as it is."""
    if transport is None:
        network.hold(client)
    return client


def _api_options(settings: Settings, transport: object) -> dict[str, Any]:
    options = _options(settings, transport)
    options["headers"]["Authorization"] = f"Bearer {settings.api_key}"
    return options | {"base_url": settings.base_url}


def _options(settings: Settings, transport: object) -> dict[str, Any]:
    times = settings.timeouts
    return {
        # The answers of the API are short, and pictures are compressed already.
        "headers": {"User-Agent": _user_agent(), "Accept-Encoding": "identity"},
        "timeout": httpx.Timeout(connect=times.connect, read=times.read, write=times.write, pool=times.pool),
        "limits": _LIMITS,
        "cookies": _NoCookies(),
        "follow_redirects": False,
        "verify": transports.certificates(settings),
        "transport": transport,
        # httpx would send by the proxy what a transport is there for.
        "proxy": settings.proxy if transport is None else None,
    }


@cache
def _user_agent() -> str:
    return f"apikley/{version('apikley')}"


def _raise_problem(response: httpx.Response, content: bytes, key: str) -> None:
    if error := problems.problem(response.status_code, response.headers, content, secret=key):
        raise error
    _is_answered.set(True)


_is_answered: ContextVar[bool] = ContextVar("apikley_is_answered", default=False)
