"""How a request of a check is sent, once, and recorded."""

import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
from attrs import evolve

from apikley import connections
from apikley.clock import Clock
from apikley.contract.document import Document
from apikley.contract.exchanges import Exchange, Headers
from apikley.contract.guarding import PlanExceeded
from apikley.contract.redaction import KEY, WRONG_KEY, Redactor
from apikley.contract.requests import Request
from apikley.errors import AnswerUnreadable
from apikley.settings import Settings

NOBODYS_KEY = "apikley-contract-wrong-key"
MAXIMUM_BYTES = 1024 * 1024
"""Of an answer, so much is read."""

_SPARE = 1.3  # how much slower than the limit, for clocks differ and others use the key too
_DEFAULT_RATE = (10, 1.0)
_INTERRUPTED = "interrupted"
_BEARERS = {"ours": KEY, "wrong": WRONG_KEY, "none": None}


class Sender:
    """Sends one request at a time, at a pace that no limit minds, never twice and following no redirect.

    `begun` is given each exchange, without secrets, before it is sent, and `ended` once it is over, even when
    Ctrl-C ends it. Whatever ends the run in between, it is therefore known that something was on its way.
    """

    def __init__(
        self,
        settings: Settings,
        document: Document,
        transport: httpx.BaseTransport,
        clock: Clock,
        *,
        begun: Callable[[Exchange], None],
        ended: Callable[[Exchange], None],
    ) -> None:
        self._settings = settings
        self._document = document
        self._redactor = Redactor(settings.api_key)
        self._clock = clock
        self._begun = begun
        self._ended = ended
        self._last: dict[str, float] = {}
        self._client = connections.open_plain(settings, transport)

    def send(self, check: str, request: Request, *, head_only: bool = False) -> Exchange:
        """Send it and record what came. An answer that does not come is an exchange with an `error`.

        What is returned is as it came, links included, so that a later request can use it.
        """
        self._wait(request)
        since = self._clock.now()
        exchange = self._to_exchange(check, request)
        self._begun(self._clean(exchange))
        status, body, error, maybe_sent = 0, b"", "", True
        headers: Headers = ()
        try:
            status, headers, body = self._exchange(request, head_only=head_only)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as problem:
            unreachable = connections.to_unreachable(problem)
            error, maybe_sent = unreachable.message, unreachable.maybe_sent
        except _Unread as problem:
            error = str(problem)
        except PlanExceeded as problem:
            if request.target is None:
                raise
            error, maybe_sent = problem.message, False  # a link to createTask: nothing was sent there
        except AnswerUnreadable as problem:  # a link to a private address: nothing was sent there
            error, maybe_sent = problem.message, False
        except UnicodeError as problem:  # of an address with a name that is none
            error, maybe_sent = f"the address cannot be sent: {problem}", False
        except KeyboardInterrupt:
            error = _INTERRUPTED
            raise
        finally:
            exchange = evolve(
                exchange,
                seconds=round(max(0.0, self._clock.now() - since), 4),
                status=status,
                response_headers=headers,
                body=body,
                error=error,
                maybe_sent=maybe_sent,
            )
            self._ended(self._clean(exchange))
        return exchange

    def close(self) -> None:
        self._client.close()

    def _to_exchange(self, check: str, request: Request) -> Exchange:
        """What it is as long as no answer is there."""
        return Exchange(
            check=check,
            started=datetime.now(UTC).isoformat(timespec="milliseconds"),
            method=request.method,
            url=self._url(request),
            request_headers=_shown_headers(request),
            request_body=request.body if request.recorded_body is None else request.recorded_body,
            error=_INTERRUPTED,
        )

    def _wait(self, request: Request) -> None:
        """Let so much time pass that no limit of the document is met."""
        operation = self._document.at(request.method, request.path)
        does = operation.does if operation else ""
        for name, rate in (("", _DEFAULT_RATE), (does, self._document.rates().get(does, _DEFAULT_RATE))):
            gap = rate[1] / rate[0] * _SPARE
            if (last := self._last.get(name)) is not None and (left := last + gap - self._clock.now()) > 0:
                self._clock.sleep(left)
        self._last[""] = self._last[does] = self._clock.now()

    def _exchange(self, request: Request, *, head_only: bool) -> tuple[int, Headers, bytes]:
        deadline = self._clock.now() + self._settings.timeouts.answer
        with self._client.stream(
            request.method, self._url(request), headers=self._headers(request), content=request.body or None
        ) as response:
            headers = tuple(response.headers.multi_items())
            if response.headers.get("content-encoding", "identity") != "identity" and not head_only:
                raise _Unread("the answer is compressed, though nobody asked for that")
            body = bytearray()
            for piece in response.iter_raw():
                body += piece
                if head_only and len(body) >= 64:
                    return response.status_code, headers, bytes(body[:64])
                if len(body) > MAXIMUM_BYTES:
                    raise _Unread(f"the answer is larger than {MAXIMUM_BYTES} bytes")
                if self._clock.now() > deadline:
                    raise _Unread("the answer came too slowly")
            return response.status_code, headers, bytes(body)

    def _url(self, request: Request) -> str:
        query = f"?{request.query}" if request.query else ""
        return request.target or f"{self._settings.base_url}{request.path}{query}"

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"Accept": "*/*"} | ({"Content-Type": request.media_type} if request.media_type else {})
        if request.target is None and request.bearer != "none":
            key = self._settings.api_key if request.bearer == "ours" else NOBODYS_KEY
            headers["Authorization"] = f"Bearer {key}"
        return headers

    def _clean(self, exchange: Exchange) -> Exchange:
        """The exchange without secrets."""
        clean, is_ours = self._redactor, exchange.url.startswith(self._settings.base_url)
        return evolve(
            exchange,
            url=clean.without_key(exchange.url) if is_ours else clean.text(exchange.url),
            request_body=clean.content(exchange.request_body),
            response_headers=clean.headers(exchange.response_headers),
            body=clean.content(exchange.body),
            error=clean.text(exchange.error),
        )


def _shown_headers(request: Request) -> Headers:
    """What is recorded of the headers that were sent. The key has a name and no value."""
    kind = (("Content-Type", request.media_type),) if request.media_type else ()
    bearer = None if request.target else _BEARERS[request.bearer]
    return (*kind, ("Authorization", f"Bearer {bearer}")) if bearer else kind


def open_transport(base_url: str) -> httpx.BaseTransport:
    """A way to the network that repeats nothing, through the proxy that the environment names."""
    parts = urlsplit(base_url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and urllib.request.proxy_bypass(parts.hostname or ""):
        proxy = None
    return httpx.HTTPTransport(verify=httpx.create_ssl_context(), retries=0, proxy=proxy or None)


class _Unread(Exception):  # noqa: N818  # its name says what happened
    """An answer of which no more is read."""
