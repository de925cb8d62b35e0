"""Where a result is, and where its link may lead."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from apikley.errors import AnswerUnreadable, ApikleyError
from apikley.peers import is_loopback
from apikley.weblinks import to_link

MAXIMUM_HOPS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Hops:
    """The way to a result: at most `MAXIMUM_HOPS` redirects, none to a lower scheme.

    Plain http leads only to where the API itself is reached by it: a mock, or a server of one's own.
    """

    def __init__(self, url: str, base_url: str) -> None:
        base = urlsplit(base_url)
        self._plain_host = base.hostname if base.scheme == "http" else None
        self._left = MAXIMUM_HOPS
        self.address: str | None = self._checked(url)
        """What to fetch next; None at the end."""

    def follow(self, status: int, headers: Mapping[str, str]) -> bool:
        """Follow the answer from `address` if it is a redirect: `address` is then where it leads.

        If it is none, the answer is False. Raises `AnswerUnreadable` where it may not lead.
        """
        if status in _REDIRECTS and "location" in headers:
            self._turn_to(headers["location"])
            return True
        self.address = None
        return False

    def _turn_to(self, location: str) -> None:
        if not self._left:
            raise AnswerUnreadable(f"the result's link leads on more than {MAXIMUM_HOPS} times")
        self._left -= 1
        if self.address is not None and self.address.startswith("https:"):
            self._plain_host = None
        self.address = self._checked(urljoin(self.address or "", location))

    def _checked(self, url: str) -> str:
        try:
            link = to_link(url, "the result's link")
        except ApikleyError as error:
            raise AnswerUnreadable(str(error)) from error
        parts = urlsplit(link)
        if parts.scheme != "https" and not self._may_be_plain(parts.hostname or ""):
            raise AnswerUnreadable(f"the result's link is not https: {link:.200}")
        return link

    def _may_be_plain(self, host: str) -> bool:
        if self._plain_host is None:
            return False
        return host == self._plain_host or (is_loopback(host) and is_loopback(self._plain_host))


def inline(url: str) -> bytes | None:
    """The content of a data URI, which `sync_mode` gives; None for any other link."""
    if url[:5].lower() != "data:":
        return None
    header, _, payload = url.partition(",")
    data = unquote_to_bytes(payload)
    if "base64" not in "".join(header.lower().split()).split(";")[1:]:
        return data
    try:
        return b64decode(b"".join(data.split()), validate=True)
    except binascii.Error as error:
        raise AnswerUnreadable("the result is a data URI that cannot be decoded") from error
