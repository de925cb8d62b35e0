"""How httpx reaches the mock without a port."""

import httpx

from apikley.mock.engine import Mock
from apikley.mock.replies import Reply
from apikley.mock.requests import Request


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """For `httpx.Client(transport=…)` and `httpx.AsyncClient(transport=…)`; answers for every host."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return _to_response(self.mock.handle(_to_request(request, request.read())), request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return _to_response(self.mock.handle(_to_request(request, await request.aread())), request)


def _to_request(request: httpx.Request, body: bytes) -> Request:
    url = request.url
    return Request(
        method=request.method,
        path=url.path,
        query=url.query.decode("ascii", "replace"),
        headers=request.headers,
        body=body,
        origin=f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}",
    )


def _to_response(reply: Reply, request: httpx.Request) -> httpx.Response:
    # A stream rather than content, as a network would give: the response is open until it is read.
    return httpx.Response(
        reply.status, headers=[*reply.headers], stream=httpx.ByteStream(reply.body), request=request
    )
