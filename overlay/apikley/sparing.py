"""httpx's clients for one API, without what httpx would work out anew for each request.

Half of what it takes to build a request is its address, and most of what is done to an answer is a search for cookies.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import httpx


class _Cookieless:
    """What keeps no cookies of answers, and so sends none back."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._none = _NoCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        """Empty, whatever is answered."""
        return self._none

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        """They are not kept."""


class Client(_Cookieless, httpx.Client):
    """A blocking client, whose requests are asked for by paths below its `base_url`, which has no query."""

    def build_request(
        self, method: str, url: httpx.URL | str, *, params: Any = None, **given: Any
    ) -> httpx.Request:
        """As httpx's own, but for the address."""
        return super().build_request(method, _address(self, url, params), **given)


class AsyncClient(_Cookieless, httpx.AsyncClient):
    """The same for those who await."""

    def build_request(
        self, method: str, url: httpx.URL | str, *, params: Any = None, **given: Any
    ) -> httpx.Request:
        """As httpx's own, but for the address."""
        return super().build_request(method, _address(self, url, params), **given)


class _NoCookies(httpx.Cookies):
    """Cookies that no answer gets into: httpx's own take each and its request apart to find some."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


def _address(
    client: httpx.Client | httpx.AsyncClient, path: httpx.URL | str, params: Mapping[str, str] | None
) -> httpx.URL:
    return _taken_apart(str(client.base_url).rstrip("/") + str(path), *(params or {}).items())


@lru_cache(maxsize=1024)  # a task is asked for again and again
def _taken_apart(address: str, *params: tuple[str, str]) -> httpx.URL:
    return httpx.URL(address, params=dict(params))
