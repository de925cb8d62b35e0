"""Which key, which address and how much time a client works with."""

from collections.abc import Mapping

from attrs import field, frozen

from apikley.errors import InvalidRequest, NotAuthenticated
from apikley.weblinks import to_link

KEY_VARIABLE = "APIKLEY_API_KEY"
URL_VARIABLE = "APIKLEY_BASE_URL"
DEFAULT_URL = "https://api.apikley.ru"


@frozen(kw_only=True)
class Timeouts:
    """How long a single request may take, in seconds. All are finite."""

    connect: float = 5.0
    read: float = 60.0
    """Between two arriving pieces of an answer."""
    write: float = 30.0
    pool: float = 60.0
    """For a free connection."""
    answer: float = 90.0
    """For a whole call of the API, from its connection to the last byte of its answer."""
    download: float = 120.0
    """For one attempt at a picture. The next one goes on where it broke off, where the server can do that."""


@frozen(kw_only=True)
class Settings:
    """What a client needs to know before it can send anything."""

    api_key: str = field(repr=False)
    base_url: str = DEFAULT_URL
    timeouts: Timeouts = Timeouts()


def load(api_key: str | None, base_url: str | None, environment: Mapping[str, str]) -> Settings:
    """Take what was given, and what was not from the environment.

    Raises `NotAuthenticated` without a usable key and `InvalidRequest` for an address that is none.
    """
    key = (api_key if api_key is not None else environment.get(KEY_VARIABLE, "")).strip()
    url = (base_url if base_url is not None else environment.get(URL_VARIABLE, "")).strip() or DEFAULT_URL
    return Settings(api_key=_checked_key(key), base_url=_checked_url(url))


def _checked_key(key: str) -> str:
    if not key:
        raise NotAuthenticated(f"no API key: set {KEY_VARIABLE} or pass api_key", 401)
    if not key.isascii() or not key.isprintable() or " " in key:
        raise NotAuthenticated("the API key holds characters that no key has", 401)
    return key


def _checked_url(url: str) -> str:
    try:
        link = to_link(url, "base_url").rstrip("/")
    except InvalidRequest as error:
        raise InvalidRequest(
            f"base_url must be an http or https address, not {url!r}", parameter="base_url", value=url
        ) from error
    if any(sign in url for sign in "@?#"):
        raise InvalidRequest("base_url may hold no user, query or fragment", parameter="base_url")
    return link
