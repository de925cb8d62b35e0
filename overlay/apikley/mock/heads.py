"""What the head of a request says, where the request can be answered at once."""

from functools import lru_cache
from urllib.parse import unquote

import httptools
from attrs import frozen

from apikley.mock import control
from apikley.mock.requests import SHORT, Lowered, Request

LONGEST = 4096
"""How many bytes a head can have that is read here."""
END = b"\r\n\r\n"


@frozen
class Head:
    """All of a request but its body.

    length: of the body, in bytes
    is_last: whether the connection is closed after the answer
    """

    method: str
    path: str
    query: str
    headers: Lowered
    origin: str
    length: int
    is_last: bool

    def with_body(self, body: bytes) -> Request:
        return Request(self.method, self.path, self.query, self.headers, body, self.origin)


@lru_cache(maxsize=256)
def read(head: bytes) -> Head | None:
    """What these bytes say, which end a head. A client says nearly the same again and again.

    None for what is no head or more than one, and for a request that cannot be answered at once: one with a long body
    or one of a length not told, one whose client waits to be asked for the body or asks for another protocol, and one
    that steers the mock.
    """
    said = _Said()
    parser = httptools.HttpRequestParser(said)
    try:
        parser.feed_data(head)
        url = httptools.parse_url(said.url)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    if not said.is_plain or not url.path or not url.path.isascii():
        return None
    path, headers = unquote(url.path.decode("ascii")), said.headers
    if control.is_meant(path):
        return None
    return Head(
        method=parser.get_method().decode("ascii"),
        path=path,
        query=url.query.decode("latin-1") if url.query else "",
        headers=headers,
        origin=f"http://{headers.get('host', 'mock')}",
        length=int(headers.get("content-length", 0)),
        is_last=parser.get_http_version() == "1.0" or not parser.should_keep_alive(),
    )


class _Said:
    """What the parser finds."""

    def __init__(self) -> None:
        self.url = b""
        self.headers = Lowered()
        self._heads = 0
        self._bodies = 0

    @property
    def is_plain(self) -> bool:
        """Whether it is one head and nothing else, of a request whose body is short, and comes by itself."""
        said = self.headers
        is_short = "transfer-encoding" not in said and int(said.get("content-length", 0)) <= SHORT
        waits = said.get("expect", "").lower() == "100-continue"
        return self._heads == 1 and not self._bodies and is_short and not waits

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[str(name.lower(), "latin-1")] = str(value, "latin-1")

    def on_headers_complete(self) -> None:
        self._heads += 1

    def on_body(self, _: bytes) -> None:
        self._bodies += 1
