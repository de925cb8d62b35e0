"""What must be true of a downloaded result before it is kept."""

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from apikley import pictures
from apikley.edits import EditedImage
from apikley.errors import (
    AnswerUnreadable,
    ApikleyError,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    Unreachable,
)
from apikley.files import WholeFile, with_suffix
from apikley.weblinks import to_link

MAXIMUM_BYTES = 64 * 1024 * 1024
MAXIMUM_HOPS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Below 500, and yet no word on the link: too slow, too early, maintenance.
_PASSING = frozenset({408, 425, 455})


class Incoming:
    """A picture while it arrives: into a file that gets its name only when all of it is right, or into memory."""

    def __init__(self, url: str, target: Path | None, deadline: float) -> None:
        self._url = url
        self._target = target
        self._deadline = deadline
        self._file = WholeFile(target) if target is not None else None
        self._memory = bytearray()
        self._head = b""
        self._tail = b""
        self._size = 0
        self._sum = hashlib.sha256()

    def take(self, piece: bytes, time: float) -> None:
        """Take the next piece, at `time` on the driver's clock; raises `AnswerUnreadable` or `Unreachable`."""
        self._size += len(piece)
        self._head = (self._head + piece)[: pictures.HEAD_LENGTH]
        self._tail = (self._tail + piece)[-pictures.TAIL_LENGTH :]
        if self._size > MAXIMUM_BYTES:
            raise AnswerUnreadable(f"the result is larger than {MAXIMUM_BYTES} bytes")
        if time > self._deadline:
            raise Unreachable(
                f"the result came too slowly: {self._size} bytes before the deadline", maybe_sent=True
            )
        if len(self._head) == pictures.HEAD_LENGTH:
            self._kind()  # a page in place of the picture is not read to its end
        self._sum.update(piece)
        if self._file is None:
            self._memory += piece
        else:
            self._file.write(piece)

    def finish(self) -> EditedImage:
        """Keep the picture; raises `AnswerUnreadable` if it is none, `Unreachable` if it is not all of one."""
        if self._size < pictures.HEAD_LENGTH and pictures.may_become_one(self._head):
            raise self._torn()
        kind = self._kind()
        if not pictures.is_whole(kind, self._head, self._tail, self._size):
            raise self._torn()
        path = None
        if self._file is not None and self._target is not None:
            path = with_suffix(self._target, pictures.SUFFIXES[kind])
            self._file.keep(path)
        return EditedImage(
            url=self._url,
            media_type=kind,
            size=self._size,
            sha256=self._sum.hexdigest(),
            path=path,
            content=bytes(self._memory) if path is None else None,
        )

    def close(self) -> None:
        """Leave nothing behind of a picture that was not kept."""
        if self._file is not None:
            self._file.drop()

    def _torn(self) -> Unreachable:
        return Unreachable(f"the result breaks off after {self._size} bytes", maybe_sent=True)

    def _kind(self) -> pictures.MediaType:
        kind = pictures.media_type(self._head)
        if kind is None:
            raise AnswerUnreadable(
                f"the result is no picture: it begins with {self._head!r}", content=self._head
            )
        return kind


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

    def arrived(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the answer from `address` is the result. If it is a redirect, `address` is where it leads.

        Raises `RequestRefused` or `AnswerUnreadable` for any other answer.
        """
        if status in _REDIRECTS and "location" in headers:
            self._follow(headers["location"])
            return False
        if problem := _problem(status, headers):
            raise problem
        self.address = None
        return True

    def _follow(self, location: str) -> None:
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
        return host == self._plain_host or (_is_loopback(host) and _is_loopback(self._plain_host))


def _problem(status: int, headers: Mapping[str, str]) -> ApikleyError | None:
    if status == 200:
        encoding = headers.get("content-encoding", "identity")
        return None if encoding == "identity" else AnswerUnreadable(f"the result is encoded as {encoding}")
    passes = status >= 500 or status in _PASSING
    kind = RateLimited if status == 429 else ServiceUnavailable if passes else RequestRefused
    return kind(f"the result's link answered HTTP {status}", status)


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


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
