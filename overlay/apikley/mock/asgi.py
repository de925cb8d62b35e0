"""How an ASGI server reaches the mock."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from apikley.mock.engine import Mock
from apikley.mock.replies import Reply
from apikley.mock.requests import Request

MAXIMUM_BODY = 32 * 1024 * 1024

# What ASGI 3 says; its messages are dictionaries of anything.
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class App:
    """The mock as an ASGI 3 application."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._answer(scope, receive, send)
            case "lifespan":
                await _live(receive, send)
            case other:
                raise NotImplementedError(f"the mock does not speak {other}")

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return  # the client has gone
        # A body beyond the cap is dropped, which no operation that wants a body accepts.
        request = _to_request(scope, body if len(body) <= MAXIMUM_BODY else b"")
        await _send(send, self.mock.handle(request))


async def _read(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        if len(body) <= MAXIMUM_BODY:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _to_request(scope: Message, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
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
    await send({"type": "http.response.body", "body": reply.body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
