"""Which requests to a port are answered in the very turn in which they came."""

from functools import partial
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from apikley.mock.engine import Unfinished
from apikley.mock.replies import Reply
from apikley.mock.requests import SHORT, Request

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application

    from apikley.mock.asgi import App
    from apikley.mock.server import Connections


class AtOnce(HttpToolsProtocol):
    """Uvicorn's protocol, but for short requests that nothing keeps from being answered at once.

    The mock is asked for those itself, and the answer is written in one piece. All others go uvicorn's way, through
    the ASGI application: those with a long body or one of unknown length, those for whose body the client waits to be
    asked, those that come while another is being answered, those that steer the mock, and those whose reply takes
    time or breaks off.
    """

    door: "App"
    known: "Connections"

    _body: bytes | None = None
    """Of a request that is read to be answered at once; None while there is none."""
    _keeps: bool = True
    """Whether the connection is kept once that request is answered."""
    _path: str = ""

    def connection_made(self, transport: "asyncio.Transport") -> None:  # type: ignore[override]
        self.known.add(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.known.remove(self.transport)
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        if self.transport.is_closing():  # what comes after the last answer is not obeyed
            self._body = b""
        elif self._can_be_at_once():
            self._body = b""
            self._keeps = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        if self._body is None:
            super().on_message_complete()
            return
        body, self._body = self._body, None
        if self.transport.is_closing():
            return
