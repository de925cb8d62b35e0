"""How callbacks come through an ASGI server, such as uvicorn."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias, cast

from apikley.bodies import LIMIT
from apikley.callbacks import Callback
from apikley.receiving.answers import Answer
from apikley.receiving.desk import PATIENCE, Desk, Errand
from apikley.signatures import Text

# What ASGI 3 says; its messages are dictionaries of anything.
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]
Handler: TypeAlias = Callable[[Callback], object]


def asgi_receiver(
    handler: Handler,
    *,
    key: Text | None,
    path: str = "/",
    limit: int = LIMIT,
    patience: float = PATIENCE,
    duplicates: bool = False,
    now: Callable[[], float] | None = None,
) -> Application:
    """An ASGI application, on asyncio, that hands callbacks on.

    handler: is given each `Callback`. An `async def` is awaited, anything else runs in a thread. If it raises, the
        service is asked to send the callback again
    key: what the service signs callbacks with; None accepts those of anybody
    path: where callbacks are taken; other paths answer 404
    limit: the most bytes of a body; with `sync_mode` use `callbacks.SYNC_LIMIT`
    patience: seconds for a body to arrive
    duplicates: whether the handler is given a callback again that it has dealt with. Otherwise this process
        remembers the newest ones
    now: the Unix time, for tests

    Raises `ValueError` for an empty key.
    """
    desk = Desk.open(key=key, path=path, limit=limit, patience=patience, duplicates=duplicates, now=now)
    receiver = _Receiver(desk, handler)

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await receiver.answer(scope, receive, send)
            case "lifespan":
                await _live(receive, send)
            case other:
                raise NotImplementedError(f"callbacks do not come by {other}")

    return application


class _Receiver:
    def __init__(self, desk: Desk, handler: Handler) -> None:
        self._desk = desk
        self._handler = handler

    async def answer(self, scope: Message, receive: Receive, send: Send) -> None:
        answer = await self._decide(scope, receive)
        if answer is not None:  # else the client has gone
            await _send(send, answer, scope)

    async def _decide(self, scope: Message, receive: Receive) -> Answer | None:
        headers = cast("list[tuple[bytes, bytes]]", [*scope["headers"]])
        length = next((value for name, value in headers if name.lower() == b"content-length"), b"")
        if turned_away := self._desk.turned_away(scope["method"], _path(scope), length.decode("latin-1")):
            return turned_away
        try:
            async with asyncio.timeout(self._desk.patience):
                body = await _body(receive, self._desk.limit)
        except TimeoutError:
            return self._desk.too_slow()
        if body is None:
            return None
        if len(body) > self._desk.limit:
            return self._desk.too_large()
        query = scope.get("query_string", b"").decode("latin-1")
        errand = self._desk.to_errand(headers, body, query)
        return errand if isinstance(errand, Answer) else await self._hand_on(errand)

    async def _hand_on(self, errand: Errand) -> Answer:
        with self._desk.dealing(errand) as answers:
            # Called in a thread in any case: only what comes back tells for sure that it is to be awaited.
            result = await asyncio.to_thread(self._handler, errand.callback)
            if inspect.isawaitable(result):
                await result
        return answers[0]


async def _body(receive: Receive, limit: int) -> bytes | None:
    """The body, cut off once it is beyond the limit; None if the client has gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > limit or not message.get("more_body", False):
            return bytes(body)


def _path(scope: Message) -> str:
    """The path below the place where the application is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] if path == root or path.startswith(f"{root}/") else path


async def _send(send: Send, answer: Answer, scope: Message) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    if answer.is_early and str(scope.get("http_version", "1.1")).startswith("1"):
        headers.append((b"connection", b"close"))
    text = b"" if scope["method"] == "HEAD" else answer.text.encode()
    with suppress(OSError):  # the client has gone, and some servers say so
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": text})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
