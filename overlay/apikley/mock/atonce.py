"""Which requests to a port are answered in the very turn in which they came."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from apikley.mock import control
from apikley.mock.answering import unreadable
from apikley.mock.asgi import App, Connections, Message, Receive, Send
from apikley.mock.engine import Unfinished
from apikley.mock.replies import Reply
from apikley.mock.requests import SHORT, Lowered, Request


def to_protocol(app: App, connections: Connections) -> type[asyncio.Protocol]:
    """The protocol of a server for this application, which is told of all its connections."""
    return type("AtOnce", (_AtOnce,), {"door": app, "known": connections})


class _AtOnce(HttpToolsProtocol):
    """Uvicorn's protocol, but for short requests that nothing keeps from being answered at once.

    For those the mock is asked without ASGI between, and the answer is written in one piece. The others go uvicorn's
    way through the application: those with a long body or one of a length not told, those whose client waits to be
    asked for the body, those that come while another is being answered, those that steer the mock, and those whose
    reply takes time or breaks off.
    """

    door: App
    known: Connections

    _body: bytes | None = None
    """Of the request that is read to be answered at once; None while there is none."""
    _method: str
    _path: str
    _query: bytes | None
    _said: Lowered
    _is_last: bool
    """Whether the connection is closed after that request's answer."""
    _rests_since: float | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.known.add(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.known.remove(self.transport)
        if self._timer:
            self._timer.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Called by the server that stops: what is being read is still answered."""
        if self._body is None:
            super().shutdown()
        else:
            self._is_last = True

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        parser = self.parser
        assert parser is not None  # for the connection is not lost
        while data:
            try:
                parser.feed_data(data)
                data = b""
            except httptools.HttpParserUpgrade as upgrade:
                data = self._without_upgrade(parser) + data[upgrade.args[0] :]
            except httptools.HttpParserError as error:
                self._refuse(str(error))
                data = b""

    def on_message_begin(self) -> None:
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._rests_since = None

    def on_headers_complete(self) -> None:
        parser = self.parser
        assert parser is not None  # for it calls
        if parser.should_upgrade():
            if parser.get_method() == b"CONNECT":
                raise ValueError("the mock is no proxy")
            return
        if self.transport.is_closing() or self._can_be_at_once():
            self._body = b""
            self._method = parser.get_method().decode("ascii")
            self._is_last = parser.get_http_version() == "1.0" or not parser.should_keep_alive()
        else:
            self._begin_uvicorns_way()

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        parser = self.parser
        assert parser is not None  # as above
        if parser.should_upgrade():
            return
        if self._body is None:
            super().on_message_complete()
            return
        body, self._body = self._body, None
        if self.transport.is_closing():  # what comes after the last request is not obeyed
            return
        try:
            reply = self.door.mock.start(self._to_request(body))
        except Exception as error:  # noqa: BLE001 - uvicorn tells of it and answers, as for any application
            self._go_on(partial(_raise, error))
            return
        if isinstance(reply, Unfinished) or not reply.is_plain:
            self._go_on(partial(self.door.act, reply))
            return
        self.door.mock.flush()
        self._send(reply)

    def _can_be_at_once(self) -> bool:
        if self.expect_100_continue or self.flow.write_paused:
            return False
        if self.cycle and not self.cycle.response_complete:
            return False
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        self._path, self._query = unquote(path) if "%" in path else path, url.query
        said = {str(name, "latin-1"): str(value, "latin-1") for name, value in self.headers}
        self._said = Lowered(said)
        is_short = "transfer-encoding" not in said and int(said.get("content-length", 0)) <= SHORT
        return is_short and not control.is_meant(self._path)

    def _to_request(self, body: bytes) -> Request:
        return Request(
            self._method,
            self._path,
            self._query.decode("latin-1") if self._query else "",
            self._said,
            body,
            f"{self.scheme}://{self._said.get('host', 'mock')}",
        )

    def _send(self, reply: Reply) -> None:
        lines = "".join([f"{name}: {value}\r\n" for name, value in reply.headers])
        last = "connection: close\r\n" if self._is_last else ""
        self.transport.write(STATUS_LINE[reply.status] + f"{lines}{last}\r\n".encode("latin-1") + reply.body)
        self.server_state.total_requests += 1
        if self._is_last:
            self.transport.close()
            return
        self._rests_since = self.loop.time()
        if self._timer is None:
            self._timer = self.loop.call_later(self.timeout_keep_alive, self._look)

    def _look(self) -> None:
        """Close the connection if it has rested for long enough. To set a timer for each answer would cost more."""
        self._timer = None
        if self._rests_since is None:
            return
        left = self._rests_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._timer = self.loop.call_later(left, self._look)
        else:
            self.timeout_keep_alive_handler()

    def _without_upgrade(self, parser: httptools.HttpRequestParser) -> bytes:
        """The head of a request that asks for another protocol, as Java's client does of every server, asking for none.

        The parser has let the request end with its head, for what follows could be of that protocol.
        """
        method, version = parser.get_method(), parser.get_http_version().encode()
        lines = (b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade")
        return b"%s %s HTTP/%s\r\n%s\r\n" % (method, self.url, version, b"".join(lines))

    def _refuse(self, why: str) -> None:
        """Say no to bytes that are no request, and to whatever comes after them."""
        earlier = self.cycle
        if self.transport.is_closing():
            return
        if earlier and not earlier.response_complete and not earlier.more_body:
            earlier.keep_alive = False  # that is answered yet, and this never
            return
        self._body, self._is_last = None, True
        self._send(unreadable(self.door.mock.document, why))

    def _begin_uvicorns_way(self) -> None:
        url, headers, waits = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.headers.extend(headers)  # which the scope holds
        self.url, self.expect_100_continue = url, waits
        super().on_headers_complete()

    def _go_on(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        """Uvicorn's way from here, with an application for what is left to be done."""
        is_last = self._is_last
        self.app: Any = app
        self._begin_uvicorns_way()
        self.app = self.door
        self.cycle.keep_alive = not is_last
        super().on_message_complete()


async def _raise(error: Exception, scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI
    raise error
