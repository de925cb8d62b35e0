"""How an address as people write it becomes one that may be sent."""

import re
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit, urlunsplit

from apikley.errors import InvalidRequest

# What has a meaning in a path or query (RFC 3986), and the sign of what is quoted already.
_KEPT = "!$%&'()*+,/:;=?@~"
# What needs no quoting, as most addresses: so it need not be taken apart.
_PLAIN = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]*(?:/[A-Za-z0-9!$&'()*+,/:;=@~._-]*)?(?:\?[A-Za-z0-9!$&'()*+,/:;=?@~._-]+)?"
)


def to_link(text: str, parameter: str) -> str:
    """Quote an http or https address: spaces, umlauts, names of hosts in any script.

    Raises `InvalidRequest` for anything else, naming `parameter`.
    """
    try:
        link = text.strip()
        return link if _PLAIN.fullmatch(link) else _to_link(link)
    except ValueError as error:
        raise InvalidRequest(
            f"{parameter} must be a public http or https address, not {text!r:.80}",
            parameter=parameter,
            bound="http(s)",
            value=text,
        ) from error


def is_link(text: str) -> bool:
    """Whether a string is meant as a web address rather than as a path."""
    return text.strip().lower().startswith(("http://", "https://"))


def _to_link(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or parts.port == 0:
        raise ValueError(text)
    user, at, _ = parts.netloc.rpartition("@")
    host = _to_ascii(parts.hostname or "")
    port = f":{parts.port}" if parts.port is not None else ""
    authority = _quoted(user).replace("@", "%40") + at + host + port
    return urlunsplit((parts.scheme, authority, _quoted(parts.path), _quoted(parts.query), ""))


def _to_ascii(host: str) -> str:
    if "%" in host:  # quoted, or the zone of an address, which says nothing to others
        raise ValueError(host)
    if ":" in host:
        return f"[{IPv6Address(host)}]"
    name = host if host.isascii() else _to_idna(host)
    if not name.replace("-", "").replace(".", "").replace("_", "").isalnum():
        raise ValueError(host)
    return name


def _to_idna(host: str) -> str:
    """The name that will be looked up: httpx's own word for it, since older rules lead to other hosts."""
    import httpx  # noqa: PLC0415  # slow to import, and such names are rare

    try:
        return httpx.URL(scheme="https", host=host).raw_host.decode()
    except httpx.InvalidURL as error:
        raise ValueError(host) from error


def _quoted(text: str) -> str:
    """Quote what must be, and each % that no two hexadecimal digits follow: it means itself."""
    head, *rest = quote(text, safe=_KEPT).split("%")
    return head + "".join(("%" if _is_hex(part[:2]) else "%25") + part for part in rest)


def _is_hex(digits: str) -> bool:
    return len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits)
