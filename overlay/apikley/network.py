"""How httpx's own blocking connections keep to the deadline of a call.

httpx bounds each read, and a server that sends a byte before each bound is over keeps a call for ever. httpcore reads
by way of a network backend; ours lets no read and no write last longer than what is left for the whole call, and looks
now and then at whether the answer is still wanted.
"""

import math
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from apikley import deadlines

_LOOK = 0.25  # seconds between two looks at whether the answer is still wanted


def hold(client: httpx.Client) -> None:
    """Have a client's own connections keep to the deadlines.

    httpx takes no network backend from outside, so it is put in its place. Raises RuntimeError where httpx has none
    there. Of a transport that is not httpx's own each read alone is bounded.
    """
    transports = (client._transport, *client._mounts.values())  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    for transport in transports:
        if isinstance(transport, httpx.HTTPTransport):
            pool: Any = getattr(transport, "_pool", None)
            if not hasattr(pool, "_network_backend"):
                raise RuntimeError(f"httpx {httpx.__version__} has no network backend where it is looked for")
            pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001


class _Backend(httpcore.NetworkBackend):
    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        bound = _bound(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, bound, local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        bound = _bound(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_unix_socket(path, bound, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        bound = _bound(timeout, httpcore.ReadTimeout)
        if not deadlines.may_become_unwanted():
            return self._stream.read(max_bytes, bound)
        end = time.monotonic() + (math.inf if bound is None else bound)
        while True:
            deadlines.check()
            left = max(end - time.monotonic(), 0.001)
            try:
                return self._stream.read(max_bytes, min(left, _LOOK))
            except httpcore.ReadTimeout:
                if left <= _LOOK:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _bound(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        bound = _bound(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, bound))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _bound(seconds: float | None, late: type[Exception]) -> float | None:
    """The seconds that one may wait, by a bound or by what is left for the call; past the deadline raises `late`."""
    left = deadlines.left()
    if left is None:
        return seconds
    if left <= 0:
        raise late("the whole call took too long")
    return left if seconds is None else min(seconds, left)
