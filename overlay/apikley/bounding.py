"""How much of an answer is read, for how long, and what of it goes no further: the key."""

from collections.abc import AsyncIterator, Iterator
from typing import cast

import httpx

from apikley import deadlines
from apikley.errors import Unreachable

MAXIMUM_ANSWER_BYTES = 64 * 1024 * 1024
MAXIMUM_ENCODED_BYTES = 64 * 1024
"""Of an answer that is compressed, though nobody asked for that: it may be a thousand times as long when unpacked."""
_SHORTEST_KEY = 8


def bound(response: httpx.Response, *, secret: str) -> None:
    """Have an answer end by the deadline of its call, at a length that fits in memory, and without `secret`."""
    is_encoded = response.headers.get("content-encoding", "identity") != "identity"
    room = MAXIMUM_ENCODED_BYTES if is_encoded else MAXIMUM_ANSWER_BYTES
    response.stream = _Answer(response.stream, room, secret.encode())


class _Answer(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The stream of an answer, which must neither grow nor last without end: httpx bounds only each piece.

    A service may repeat the key in whatever it says, and what it says goes into errors, results and ledgers. So the
    key ends here, unless it is so short that it might be a word.
    """

    def __init__(
        self, stream: httpx.SyncByteStream | httpx.AsyncByteStream, room: int, secret: bytes
    ) -> None:
        self._stream = stream
        self._room = room
        self._secret = secret
        self._content = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        for piece in cast("httpx.SyncByteStream", self._stream):
            self._take(piece)
        yield self._without_key()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in cast("httpx.AsyncByteStream", self._stream):
            self._take(piece)
        yield self._without_key()

    def close(self) -> None:
        cast("httpx.SyncByteStream", self._stream).close()

    async def aclose(self) -> None:
        await cast("httpx.AsyncByteStream", self._stream).aclose()

    def _without_key(self) -> bytes:
        is_word = len(self._secret) < _SHORTEST_KEY
        return bytes(self._content if is_word else self._content.replace(self._secret, b"[key]"))

    def _take(self, piece: bytes) -> None:
        self._content += piece
        if len(self._content) > self._room:
            raise Unreachable(f"the answer is larger than {self._room} bytes", maybe_sent=True)
        left = deadlines.left()
        if left is not None and left < 0:
            raise Unreachable("the answer came too slowly", maybe_sent=True)
