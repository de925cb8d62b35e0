"""httpx's clients for one API, without what httpx would work out anew for each request.

Most of what it takes to build a request is its address and its headers, and most of what is done to an answer is a
search for cookies.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from json import JSONEncoder
from typing import Any
from urllib.parse import urlencode

import httpx

# As httpx writes it, which makes an encoder for each text.
_to_json = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class _Sparing:
    """What keeps the headers of requests, which are the same again and again, and no cookies of answers.

    Address, headers and timeouts of the client are those that it was made with: what is set on it later counts for
    nothing.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._none = _NoCookies()
        self._root = str(given["base_url"]).rstrip("/")
        self._firsts: dict[object, tuple[httpx.Headers, dict[str, float | None]]] = {}
        """By kind of request, the headers and timeouts of the first."""

    @property
    def cookies(self) -> httpx.Cookies:
        """Empty, whatever is answered."""
        return self._none

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """They are not kept."""

    def _built(
        self,
        build: Callable[..., httpx.Request],
        method: str,
        path: httpx.URL | str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        timeout: Any = httpx.USE_CLIENT_DEFAULT,
        **given: Any,
    ) -> httpx.Request:
        """The request that `build` would make, which is asked for the first of each kind only."""
        address = _taken_apart(self._root + str(path), *(params or {}).items())
        if timeout is not httpx.USE_CLIENT_DEFAULT or any(value is not None for value in given.values()):
            return build(method, address, headers=headers, json=json, timeout=timeout, **given)
        kind = (method, *(headers or {}).items(), json is None)
        if (first := self._firsts.get(kind)) is None:
            request = build(method, address, headers=headers, json=json)
            self._firsts[kind] = request.headers.copy(), {**request.extensions["timeout"]}
            return request
        head, bounds = first
        content = b"" if json is None else _to_json(json).encode()
        request = httpx.Request(
            method,
            address,
            headers=head,
            stream=httpx.ByteStream(content),
            extensions={"timeout": {**bounds}},
        )
        if content:
            request.headers["Content-Length"] = str(len(content))
        request.read()
        return request


class Client(_Sparing, httpx.Client):
    """A blocking client, whose requests are asked for by paths below its `base_url`, which has no query."""

    def build_request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Request:
        """As httpx's own."""
        return self._built(super().build_request, method, url, **given)


class AsyncClient(_Sparing, httpx.AsyncClient):
    """The same for those who await."""

    def build_request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Request:
        """As httpx's own."""
        return self._built(super().build_request, method, url, **given)


class _NoCookies(httpx.Cookies):
    """Cookies that no answer gets into: httpx's own take each and its request apart to find some."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


@lru_cache(maxsize=1024)  # a task is asked for again and again
def _taken_apart(address: str, *params: tuple[str, str]) -> httpx.URL:
    return httpx.URL(f"{address}?{urlencode(params)}" if params else address)
