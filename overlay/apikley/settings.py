"""What a client works with: key, address, timeouts, proxy and certificates."""

import math
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from attrs import Attribute, field, frozen

from apikley.errors import InvalidRequest, NotAuthenticated
from apikley.weblinks import to_link

if TYPE_CHECKING:
    import ssl

KEY_VARIABLE = "APIKLEY_API_KEY"
URL_VARIABLE = "APIKLEY_BASE_URL"
DEFAULT_URL = "https://api.apikley.ru"


def _check_seconds(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise InvalidRequest(
            f"timeouts: {attribute.name} must be a finite number of seconds above 0, not {value!r}",
            parameter="timeouts",
            value=value,
        )


@frozen(kw_only=True)
class Timeouts:
    """How long a single request may take, in seconds. All are finite; others raise `InvalidRequest`."""

    connect: float = field(default=5.0, validator=_check_seconds)
    read: float = field(default=60.0, validator=_check_seconds)
    """Between two arriving pieces of an answer."""
    write: float = field(default=30.0, validator=_check_seconds)
    pool: float = field(default=60.0, validator=_check_seconds)
    """For a free connection."""
    answer: float = field(default=90.0, validator=_check_seconds)
    """For a whole call of the API, from the wait for a free connection to the last byte of its answer."""
    download: float = field(default=120.0, validator=_check_seconds)
    """For one attempt at a picture. The next one goes on where it broke off, where the server can do that."""


@frozen(kw_only=True)
class Settings:
    """What a client needs to know before it can send anything."""

    api_key: str = field(repr=False)
    base_url: str = DEFAULT_URL
    timeouts: Timeouts = Timeouts()
    proxy: str | None = field(default=None, repr=False)  # may hold a password
    certificates: "ssl.SSLContext | None" = None
    """Whom to trust; None for httpx's own choice, which heeds `SSL_CERT_FILE` and `SSL_CERT_DIR`."""


def load(
    api_key: str | None,
    base_url: str | None,
    environment: Mapping[str, str],
    *,
    timeouts: Timeouts | None = None,
    proxy: str | None = None,
    verify: "ssl.SSLContext | Path | str | None" = None,
) -> Settings:
    """Take what was given, and what was not from the environment.

    Raises `NotAuthenticated` without a usable key and `InvalidRequest` for an address that is none, a proxy that
    cannot be used, or certificates that cannot be read.
    """
    key = (api_key if api_key is not None else environment.get(KEY_VARIABLE, "")).strip()
    url = (base_url if base_url is not None else environment.get(URL_VARIABLE, "")).strip() or DEFAULT_URL
    return Settings(
        api_key=_checked_key(key),
        base_url=_checked_url(url),
        timeouts=_checked_timeouts(timeouts),
        proxy=_checked_proxy(proxy),
        certificates=_to_context(verify),
    )


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


def _checked_timeouts(timeouts: object) -> Timeouts:
    match timeouts:
        case None:
            return Timeouts()
        case Timeouts():
            return timeouts
    raise InvalidRequest(
        f"timeouts must be a Timeouts, not {timeouts!r}", parameter="timeouts", value=timeouts
    )


def _checked_proxy(proxy: object) -> str | None:
    """Errors do not show it, nor what httpx said of it: it may hold a password."""
    if proxy is None:
        return None
    import httpx  # noqa: PLC0415  # slow to import

    try:
        url = httpx.Proxy(cast("str", proxy)).url
    except (httpx.InvalidURL, ValueError, TypeError, AttributeError):
        url = httpx.URL()
    if not url.host:
        raise InvalidRequest(
            "proxy must be an address that begins with http://, https://, socks5:// or socks5h://",
            parameter="proxy",
        ) from None
    if url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise InvalidRequest(
            "a SOCKS proxy needs one more package: pip install 'httpx[socks]'", parameter="proxy"
        )
    return str(proxy)


def _to_context(verify: object) -> "ssl.SSLContext | None":
    """There is no way to switch the check off by a word: who would answer then is given the key."""
    if verify is None:
        return None
    import ssl  # noqa: PLC0415  # slow to import

    if isinstance(verify, ssl.SSLContext):
        return verify
    if not isinstance(verify, str | Path):
        raise InvalidRequest(
            f"verify must be an ssl.SSLContext or the path of certificates to trust, not {verify!r}",
            parameter="verify",
            value=verify,
        )
    path = Path(verify)
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:  # an ssl.SSLError is one
        raise InvalidRequest(
            f"verify: no certificates can be read from {path}: {error}", parameter="verify", value=verify
        ) from error
