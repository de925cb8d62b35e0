"""How an ASGI server reaches the mock."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Protocol, TypeAlias

from apikley.mock import breaking, control
from apikley.mock.engine import Mock, Unfinished
from apikley.mock.posting import Postman
from apikley.mock.replies import Reply
from apikley.mock.requests import MAXIMUM_BODY, Request

_PATIENCE = 5.0  # seconds for a server to see that a connection is over

# What ASGI 3 says; its messages are dictionaries of anything.
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class Connections(Protocol):
    """The connections of a server on a port, by the address of the client, which ASGI gives no hold of."""

    def add(self, transport: asyncio.Transport) -> None:
        """One that has been opened."""

    def remove(self, transport: asyncio.Transport) -> None:
        """One that is no longer."""

    def reset(self, client: tuple[str, int]) -> None:
        """Break the connection off, so that the client is told of a reset."""

    def close(self, client: tuple[str, int]) -> None:
        """Send what was written, then close the connection."""


class Broken(ConnectionResetError):  # noqa: N818 - its name says what happened
    """The mock should break a connection that it cannot find; what becomes of it is up to the server."""


class App:
    """The mock as an ASGI 3 application.

    With `connections`, which a server on a port has, the mock breaks connections itself, POSTs callbacks while
    the server lives, and can be steered through its control surface. Under any other server it looks for the
    connection between `client` and `server` of the scope among those of the process; where it finds none, as
    behind a proxy, on a Unix socket, on Windows or in httpx.ASGITransport, it raises `Broken`, of which most
    servers make an answer with status 500.
    """

    def __init__(self, mock: Mock, *, connections: Connections | None = None) -> None:
        self.mock = mock
        self._connections = connections
        self._postman = Postman(mock)
        self._stopping = asyncio.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._answer(scope, receive, send)
            case "lifespan":
                await self._live(receive, send)
            case other:
                raise NotImplementedError(f"the mock does not speak {other}")

    def stop(self) -> None:
        """Let nobody wait any longer."""
        self._stopping.set()

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        room = self._room(scope)
        body = await _read(receive, room)
        if body is None:
            return  # the client has gone
        request, over = _to_request(scope, body), room if len(body) > room else None
        reply = await self._controlled(request, over) or self.mock.start(request)
        await self.act(reply, scope, receive, send)

    async def act(self, reply: Reply | Unfinished, scope: Message, receive: Receive, send: Send) -> None:
        """Act out a reply to a request whose body has been read."""
        if isinstance(reply, Unfinished):
            reply = await asyncio.to_thread(reply.finish)
        self.mock.flush()
        if reply.delay and not await self._waited(reply.delay, receive):
            return  # the client has gone
        if reply.broken:
            await self._break(scope, receive)
            return
        await _send(send, reply)
        if reply.cut is not None:
            await self._break(scope, receive, is_midway=True)

    @property
    def _is_steered(self) -> bool:
        return self._connections is not None or self.mock.control

    def _room(self, scope: Message) -> int:
        """How many bytes the body may have."""
        if self._is_steered and (scope["method"], scope["path"]) == ("PUT", control.SNAPSHOT):
            return max(MAXIMUM_BODY, control.room(self.mock, _to_request(scope, b"")))
        return MAXIMUM_BODY

    async def _controlled(self, request: Request, over: int | None) -> Reply | None:
        if not self._is_steered:
            return None
        if request.path == control.SNAPSHOT:  # which may take seconds, in which others are answered
            return await asyncio.to_thread(control.controlled, self.mock, request, over)
        return control.controlled(self.mock, request, over)

    async def _waited(self, seconds: float, receive: Receive) -> bool:
        """Whether the client is still there after so long, or sooner if the server stops."""
        gone = asyncio.ensure_future(_gone(receive))
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait((gone, stopping), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        is_gone = gone.done()
        for each in (gone, stopping):
            each.cancel()
            with suppress(asyncio.CancelledError):
                await each
        return not is_gone

    async def _break(self, scope: Message, receive: Receive, *, is_midway: bool = False) -> None:
        client = scope.get("client")
        if self._connections and client:
            end = self._connections.close if is_midway else self._connections.reset
            end((client[0], client[1]))
        elif not breaking.broken_off(client, scope.get("server"), is_midway=is_midway):
            raise Broken("the mock breaks the connection")
        try:
            async with asyncio.timeout(_PATIENCE):
                await _gone(receive)
        except TimeoutError:
            raise Broken("the mock has broken the connection") from None

    async def _live(self, receive: Receive, send: Send) -> None:
        posting: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup" and self._connections:
                posting = asyncio.create_task(self._postman.work())
            if message["type"] == "lifespan.shutdown" and posting:
                posting.cancel()
                with suppress(asyncio.CancelledError):
                    await posting
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


async def _read(receive: Receive, room: int) -> bytes | None:
    """The body, of what is beyond this room no more than shows that it is."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        if len(body) <= room:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _gone(receive: Receive) -> None:
    """Until the client has gone, or the server has told the application so."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _to_request(scope: Message, body: bytes) -> Request:
    headers = {str(name, "latin-1"): str(value, "latin-1") for name, value in scope["headers"]}
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        body=body,
        origin=f"{scope.get('scheme', 'http')}://{headers.get('host', 'mock')}",
    )


async def _send(send: Send, reply: Reply) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    whole = reply.cut is None
    await send({"type": "http.response.body", "body": reply.body[: reply.cut], "more_body": not whole})
