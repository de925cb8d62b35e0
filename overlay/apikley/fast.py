"""How requests leave by aiohttp, which takes a quarter of the CPU that httpx's own way takes.

It serves the API alone. Of its connections nobody can tell whom they lead to before the first byte, so that results
go httpx's own way.
"""

import asyncio
import io
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeAlias

import httpx
from attrs import define

if TYPE_CHECKING:
    import aiohttp

Teller: TypeAlias = Callable[[str, object], Awaitable[None]]

# aiohttp warns of larger bytes in one piece: they would hold up the loop.
_LARGEST_PIECE = 2**20
# An answer with longer or more headers would be lost; httpx bounds all of them together, by 100 KiB.
_LONGEST_LINE = 2**16
_MOST_HEADERS = 2**12
# A loop that was busy takes so many turns to see that the other side has closed a connection.
_TURNS_TO_SEE_AN_END = 3


@define
class _Leaving:
    """One request on its way: whether its first byte has left, and who wants to hear of that."""

    tell: Teller | None
    has_begun: bool = False


class FastTransport(httpx.AsyncBaseTransport):
    """httpx's words, aiohttp's connections. Outlives the loop it was used in.

    Like httpx's own transports it tells a request's `trace` of its first byte before that leaves, repeats no request
    that is not idempotent, follows nothing and keeps no cookie. It has at most `limit` connections at once, and keeps
    one that is not used for `idle` seconds.
    """

    def __init__(
        self, certificates: Callable[[], ssl.SSLContext], proxy: str | None, limit: int, idle: float
    ) -> None:
        try:
            import aiohttp  # noqa: PLC0415  # an extra
        except ModuleNotFoundError as error:
            raise ImportError(
                f"fast needs {error.name}, which is not installed: pip install 'apikley[fast]'"
            ) from error
        self._aiohttp = aiohttp
        self._certificates = certificates
        self._proxy = proxy
        self._limit = limit
        self._idle = idle
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it once. Raises what httpx's own transports would."""
        session = await self._session_here()
        leaving = _Leaving(request.extensions.get("trace"))
        if leaving.tell:
            await leaving.tell("aiohttp.request.started", request)
            # A submission that leaves on a connection that is closed would be in doubt for nothing.
            for _ in range(_TURNS_TO_SEE_AN_END):
                await asyncio.sleep(0)
        with self._in_httpx_words(leaving):
            content = await request.aread()
            response = await session.request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=_payload(content),
                allow_redirects=False,
                timeout=self._timeout(request.extensions.get("timeout", {})),
                proxy=self._proxy,
                server_hostname=request.extensions.get("sni_hostname"),
                trace_request_ctx=leaving,
            )
            body = self._body(response, leaving)
        return httpx.Response(
            response.status,
            headers=list(response.raw_headers),
            stream=body,
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": (response.reason or "").encode()},
        )

    async def aclose(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _session_here(self) -> "aiohttp.ClientSession":
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            await self.aclose()
            self._loop = loop
        if self._session is None:
            steps = self._aiohttp.TraceConfig()
            steps.on_request_headers_sent.append(_tell_first_byte)
            self._session = self._aiohttp.ClientSession(
                connector=self._aiohttp.TCPConnector(
                    ssl=self._certificates(), limit=self._limit, keepalive_timeout=self._idle
                ),
                cookie_jar=self._aiohttp.DummyCookieJar(),
                auto_decompress=False,
                max_line_size=_LONGEST_LINE,
                max_field_size=_LONGEST_LINE,
                max_headers=_MOST_HEADERS,
                trace_configs=[steps],
            )
        return self._session

    def _timeout(self, seconds: dict[str, float | None]) -> "aiohttp.ClientTimeout":
        """aiohttp has no patience for writing of its own; the driver's with the whole call includes it."""
        return self._aiohttp.ClientTimeout(
            total=None,
            connect=_sum(seconds.get("pool"), seconds.get("connect")),
            sock_connect=seconds.get("connect"),
            sock_read=seconds.get("read"),
        )

    def _body(self, response: "aiohttp.ClientResponse", leaving: _Leaving) -> httpx.AsyncByteStream:
        """What is left to read of an answer; a short one is there whole as a rule, as soon as its head is."""
        if response.content.is_eof():
            return httpx.ByteStream(response.content.read_nowait())
        return _Answer(self._read(response, leaving), response)

    async def _read(self, response: "aiohttp.ClientResponse", leaving: _Leaving) -> AsyncGenerator[bytes]:
        with self._in_httpx_words(leaving):
            async for piece in response.content.iter_any():
                yield piece

    @contextmanager
    def _in_httpx_words(self, leaving: _Leaving) -> Generator[None]:
        """By the first byte rather than by aiohttp's classes, which do not tell what may have been sent."""
        try:
            yield
        except (self._aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            is_late = isinstance(error, TimeoutError)
            if leaving.has_begun:
                kind: type[httpx.TransportError] = httpx.ReadTimeout if is_late else httpx.ReadError
            else:
                kind = httpx.ConnectTimeout if is_late else httpx.ConnectError
            raise kind(f"{type(error).__name__}: {error}") from error


class _Answer(httpx.AsyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, pieces: AsyncGenerator[bytes], response: "aiohttp.ClientResponse") -> None:
        self._pieces = pieces
        self._response = response

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces

    async def aclose(self) -> None:
        """Give the connection back, or end it if there is more to come on it."""
        await self._pieces.aclose()
        self._response.release()


def _payload(content: bytes) -> io.BytesIO | bytes | None:
    """The body as aiohttp takes it: even an empty one it would give a type, and a length of its own."""
    if not content:
        return None
    return content if len(content) < _LARGEST_PIECE else io.BytesIO(content)


async def _tell_first_byte(_: object, context: SimpleNamespace, __: object) -> None:
    """aiohttp says that headers are sent when it is about to send them; an error of the ledger's keeps them here."""
    leaving: _Leaving = context.trace_request_ctx
    if leaving.tell:
        await leaving.tell("aiohttp.send_request_headers.started", None)
    leaving.has_begun = True


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second
