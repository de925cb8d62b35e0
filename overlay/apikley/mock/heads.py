"""What the head of a request says, where the request can be answered at once."""

from functools import lru_cache
from urllib.parse import unquote

import httptools
from attrs import define

from apikley.mock import control
from apikley.mock.requests import SHORT, Lowered, Request

LONGEST = 4096
"""How many bytes a head can have that is read here."""
END = b"\r\n\r\n"


@define(eq=False, repr=False)  # some clients make one a request; the key is among its headers
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
    """What these bytes say, which end a head. Many clients say the same again and again, byte by byte.

    None for what is no head or more than one, and for a request that cannot be answered at once: one with a long body
    or one of a length not told, one whose client waits to be asked for the body or asks for another protocol, and one
    that steers the mock.
    """
    found = _Found()
    parser = found.parser = httptools.HttpRequestParser(found)
    try:
        parser.feed_data(head)
        url = httptools.parse_url(found.url)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None
    if found.parts != 1 or not url.path or not url.path.isascii():
        return None
    path, said = unquote(url.path.decode("ascii")), found.headers
    length, waits = int(said.get("content-length", 0)), said.get("expect", "").lower() == "100-continue"
    if length > SHORT or "transfer-encoding" in said or waits or control.is_meant(path):
        return None
    return Head(
        parser.get_method().decode("ascii"),
        path,
        url.query.decode("latin-1") if url.query else "",
        said,
        f"http://{said.get('host', 'mock')}",
        length,
        found.is_last,
    )


class _Found:
    """What the parser finds."""

    parser: httptools.HttpRequestParser

    def __init__(self) -> None:
        self.url = b""
        self.headers = Lowered()
        self.is_last = False
        self.parts = 0
        """Heads, and pieces of bodies."""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[str(name.lower(), "latin-1")] = str(value, "latin-1")

    def on_headers_complete(self) -> None:
        # Not later: of a request without a body the parser has forgotten it by its end.
        self.is_last = self.parser.get_http_version() == "1.0" or not self.parser.should_keep_alive()
        self.parts += 1

    def on_body(self, _: bytes) -> None:
        self.parts += 1
