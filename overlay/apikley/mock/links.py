"""Where the mock's own files can be fetched."""

import hashlib
import hmac
from collections.abc import Container
from typing import Literal, get_args
from urllib.parse import parse_qs, quote, unquote, urlsplit

from attrs import frozen

Kind = Literal["files", "results"]


@frozen(eq=False, repr=False)
class Place:
    """One of the mock's own files: an upload, or a task's result."""

    kind: Kind
    path: str


def to_link(origin: str, place: Place) -> str:
    return f"{origin}/{place.kind}/{quote(place.path)}"


def to_place(path: str) -> Place | None:
    """From the decoded path of an address."""
    _, first, rest = (*path.split("/", 2), "", "")[:3]
    for kind in get_args(Kind):
        if kind == first and rest:
            return Place(kind, rest)
    return None


def is_under(origins: Container[str], link: str) -> bool:
    """Whether a link begins with one of these origins."""
    try:
        parts = urlsplit(link)
    except ValueError:  # such as http://[
        return False
    return f"{parts.scheme}://{parts.netloc}".lower() in origins


def place_under(origins: Container[str], link: str) -> Place | None:
    """The place that a link leads to, if it begins with one of these origins."""
    return to_place(unquote(urlsplit(link).path)) if is_under(origins, link) else None


def query_of(link: str) -> str:
    """The query of a link that leads to a place."""
    return urlsplit(link).query


def signed(link: str, place: Place, expires: int, secret: bytes) -> str:
    """The link with a signature that holds until then, in Unix seconds."""
    return f"{link}?expires={expires}&signature={_signature(place, str(expires), secret)}"


def is_stale(query: str, place: Place, now: float, secret: bytes) -> bool:
    """Whether a link bears a signature that is wrong or has expired. A link without one never does."""
    said = {name: values[-1] for name, values in parse_qs(query).items()}
    if "signature" not in said:
        return False
    expires = said.get("expires", "")
    right = _signature(place, expires, secret)
    is_right = hmac.compare_digest(right.encode(), said["signature"].encode())
    return not is_right or not expires.isdecimal() or now >= int(expires)


def _signature(place: Place, expires: str, secret: bytes) -> str:
    message = f"{place.kind}/{place.path}\n{expires}"
    return hmac.new(secret, message.encode(errors="replace"), hashlib.sha256).hexdigest()
