"""What the client of this package makes of an answer."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import httpx

from apikley import clock
from apikley.client import Apikley
from apikley.contract import pictures
from apikley.contract.document import Operation
from apikley.contract.exchanges import Exchange
from apikley.settings import DEFAULT_URL

_NOBODYS_KEY = "apikley-contract-reading"
_RANDOM = re.compile("[0-9a-f]{32}")
_PICTURE = "https://example.com/a.png"


def reading(operation: Operation, exchange: Exchange) -> str:
    """One line: what a caller gets, or the error that is raised. Nothing is sent."""
    asks = _ASKS.get(operation.does)
    if asks is None or exchange.method != operation.method:
        return ""
    with clock.replaced(_NoTime()), _open(exchange) as client:
        try:
            return asks(client, exchange)
        except Exception as error:  # noqa: BLE001  # words about an answer must not end a run that may be paid
            said = _RANDOM.sub("…", str(error))  # so that a recording reads as the run did
            return f"{type(error).__name__}: {said[:160]}"


def _open(exchange: Exchange) -> Apikley:
    """A client that hears this answer alone, whatever the environment says."""
    return Apikley(_NOBODYS_KEY, base_url=DEFAULT_URL, transport=_Canned(exchange))


def _credits(client: Apikley, _: Exchange) -> str:
    return f"{client.credits():g} credits"


def _task(client: Apikley, exchange: Exchange) -> str:
    task_id = parse_qs(urlsplit(exchange.url).query).get("taskId", ["unknown"])[0]
    task = client.task(task_id).fetch()
    return f"a task in state {task.state} with {len(task.result_urls)} pictures"


def _created(client: Apikley, _: Exchange) -> str:
    return f"the task {client.submit(_PICTURE, 'make it night').id}"


def _stored(client: Apikley, _: Exchange) -> str:
    return f"a file at {urlsplit(client.upload(pictures.source())).path}"


def _signed(client: Apikley, _: Exchange) -> str:
    return f"a link to {urlsplit(client.download_url(_PICTURE)).path}"


_ASKS: Mapping[str, Callable[[Apikley, Exchange], str]] = {
    "report-credits": _credits,
    "fetch-task": _task,
    "create-task": _created,
    "store-file": _stored,
    "sign-link": _signed,
}


class _Canned(httpx.BaseTransport):
    """Answers everything with what was recorded."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kept = {"content-type", "retry-after", "allow"}
        said = [(name, value) for name, value in self._exchange.response_headers if name.lower() in kept]
        headers = [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in said
        ]
        stream = httpx.ByteStream(self._exchange.body)
        return httpx.Response(self._exchange.status, headers=headers, stream=stream, request=request)


class _NoTime:
    """Time passes for nobody who waits."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    async def pause(self, seconds: float) -> None:
        self._now += seconds
