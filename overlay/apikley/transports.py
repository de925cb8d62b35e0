"""Which way requests go: httpx's own, one of the user's, or aiohttp's."""

import ssl
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from apikley.borrowing import AsyncBorrowed, Borrowed
from apikley.errors import InvalidRequest
from apikley.fast import FastTransport
from apikley.settings import Settings

T = TypeVar("T")

IN_FLIGHT = 8
"""httpx slows down with many requests in flight; eight are the fastest."""
LONGEST_IDLE = 4.0
"""How many seconds a connection is kept that is not in use. Many servers end one after five: a createTask that left in
that very moment would be in doubt for nothing."""


def to_transport(settings: Settings, transport: object, http_client: object) -> httpx.BaseTransport | None:
    """The way that the user wants requests to go; None for httpx's own. Raises TypeError for what is none."""
    _check_one_way(settings, transport=transport, http_client=http_client)
    if http_client is not None:
        return Borrowed(_checked(http_client, "http_client", httpx.Client))
    return None if transport is None else _checked(transport, "transport", httpx.BaseTransport)


def to_async_transport(
    settings: Settings, transport: object, http_client: object, *, fast: bool
) -> httpx.AsyncBaseTransport | None:
    """The same for an awaiting client; raises ImportError if `fast` is asked for and not installed."""
    _check_one_way(settings, transport=transport, http_client=http_client)
    if fast:
        if transport is not None or http_client is not None:
            raise TypeError("fast is a transport: it goes with neither transport nor http_client")
        return FastTransport(
            lambda: certificates(settings), _proxy_for_fast(settings), IN_FLIGHT, LONGEST_IDLE
        )
    if http_client is not None:
        return AsyncBorrowed(_checked(http_client, "http_client", httpx.AsyncClient))
    return None if transport is None else _checked(transport, "transport", httpx.AsyncBaseTransport)


def for_results(transport: httpx.BaseTransport | None) -> httpx.BaseTransport | None:
    """The same way for requests to hosts that may be anybody's."""
    return transport.for_results() if isinstance(transport, Borrowed) else transport


def for_async_results(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncBaseTransport | None:
    """The same for an awaiting client. aiohttp does not show whom it is connected to, so that httpx is used instead."""
    if isinstance(transport, AsyncBorrowed):
        return transport.for_results()
    return None if isinstance(transport, FastTransport) else transport


def pool(transport: object) -> object:
    """What keeps the connections that are shared with others, if something does."""
    match transport:
        case Borrowed(client=client) | AsyncBorrowed(client=client):
            return client
        case httpx.HTTPTransport() | httpx.AsyncHTTPTransport():
            return transport
    return None


def check_open(transport: object) -> None:
    """Raises RuntimeError if the client that requests would go through was closed by its owner."""
    if isinstance(transport, (Borrowed, AsyncBorrowed)) and transport.is_closed:
        raise RuntimeError("http_client is closed")


def certificates(settings: Settings) -> ssl.SSLContext:
    """Whom to trust."""
    return settings.certificates or _ssl_context()


def _checked(way: object, name: str, kind: type[T]) -> T:
    if not isinstance(way, kind):
        raise TypeError(f"{name} must be an httpx.{kind.__name__}, not {type(way).__name__}")
    return way


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


@cache
def _ssl_context() -> ssl.SSLContext:
    """Made once and shared: it takes longer than all else in opening a client."""
    return httpx.create_ssl_context()
