"""Which requests to a port are answered in the very turn in which they came."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from apikley.mock import heads
from apikley.mock.answering import unreadable
from apikley.mock.asgi import App, Connections, Message, Receive, Send
from apikley.mock.engine import Unfinished
from apikley.mock.heads import Head
from apikley.mock.replies import Headers, Reply


def to_protocol(app: App, connections: Connections) -> type[asyncio.Protocol]:
    """The protocol of a server for this application, which is told of all its connections."""
    return type("AtOnce", (_AtOnce,), {"door": app, "known": connections})


class _AtOnce(HttpToolsProtocol):
    """Uvicorn's protocol, but for short requests that nothing keeps from being answered at once.

    For those the mock is asked without ASGI between, and the answer is written in one piece. The others go uvicorn's
    way through the application: those that `heads` does not read, those whose head comes in pieces or while another
    request is being answered, and those whose reply takes time or breaks off.
    """

    door: App
    known: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._mock = self.door.mock
        self._held = b""
        """What has come of a request that is to be answered at once."""
        self._is_parsing = False
        """Whether the parser has begun a request that is not whole yet."""
        self._is_last = False
        """Whether the connection is closed after the next answer, whatever its request says."""
        self._rests_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.known.add(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.known.remove(self.transport)
        if self._timer:
            self._timer.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Called by the server that stops: what is being read is still answered."""
        if self._held or self._is_parsing:
            self._is_last = True
        else:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        data, self._held = self._held + data, b""
        while data and not self.transport.is_closing():  # what comes after the last request is not obeyed
            end = data.find(heads.END) + len(heads.END)
            head = heads.read(data[:end]) if self._is_free() and end <= heads.LONGEST else None
            if head is None:
                self._parse(data)
                return
            whole = end + head.length
            if len(data) < whole:
                self._held, self._rests_since = data, None
                return
            self._answer(head, data[:whole])
            data = data[whole:]

    def _is_free(self) -> bool:
        """Whether a request that begins now can be answered at once."""
        is_answered = not self.cycle or self.cycle.response_complete
        return is_answered and not self._is_parsing and not self.flow.write_paused

    def _answer(self, head: Head, data: bytes) -> None:
        """Answer a request, which is all of the data."""
        try:
            reply = self._mock.start(head.with_body(data[len(data) - head.length :]))
        except Exception as error:  # noqa: BLE001 - uvicorn tells of it and answers, as for any application
            self._go_on(partial(_raise, error), data)
            return
        if isinstance(reply, Unfinished) or not reply.is_plain:
            self._go_on(partial(self.door.act, reply), data)
            return
        self._mock.flush()
        self._send(reply, is_last=head.is_last or self._is_last)

    def _send(self, reply: Reply, *, is_last: bool) -> None:
        self.transport.write(_to_head(reply.status, reply.headers, is_last) + reply.body)
        if is_last:
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

    def _go_on(self, app: Callable[[Message, Receive, Send], Awaitable[None]], data: bytes) -> None:
        """Uvicorn's way for a request, which is all of the data, with an application for what is left to be done."""
        self.app: Any = app
        self._parse(data)
        self.app = self.door

    def _parse(self, data: bytes) -> None:
        """Uvicorn's way."""
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
        self._is_parsing, self._rests_since = True, None
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if not self._is_upgrade():
            super().on_headers_complete()
            if self._is_last:
                self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._is_parsing = False
        if not self._is_upgrade():
            super().on_message_complete()

    def _is_upgrade(self) -> bool:
        """Whether a head asks for another protocol, and so will be parsed once more without that."""
        parser = self.parser
        assert parser is not None  # for it calls
        if parser.should_upgrade() and parser.get_method() == b"CONNECT":
            raise ValueError("the mock is no proxy")
        return parser.should_upgrade()

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
        if earlier and not earlier.response_complete and not earlier.more_body:
            earlier.keep_alive = False  # that is answered yet, and this never
            return
        self._send(unreadable(self.door.mock.document, why), is_last=True)


@lru_cache(maxsize=256)
def _to_head(status: int, headers: Headers, is_last: bool) -> bytes:
    """The head of an answer. Most are like one before."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    last = "connection: close\r\n" if is_last else ""
    return STATUS_LINE[status] + f"{lines}{last}\r\n".encode("latin-1")


async def _raise(error: Exception, scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG001 - as ASGI
    raise error
