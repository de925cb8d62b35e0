"""How the mock is reached on a port."""

import asyncio
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from apikley.mock.asgi import App
from apikley.mock.breaking import RESET_ON_CLOSE
from apikley.mock.engine import Mock
from apikley.mock.extras import mock_extra

if TYPE_CHECKING:
    import uvicorn

_PATIENCE = 10.0  # seconds for a server to start or stop
_GRACE = 0.4  # seconds for a server that stops, in which what it has begun to read is still answered


def serve(
    mock: Mock, *, host: str = "127.0.0.1", port: int = 0, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM. Port 0 takes a free one; `ready` is told the base URL.

    Raises OSError if nobody can listen there.
    """
    with _listening(host, port) as listener:
        server = _server(mock, ready=lambda: ready(_base_url(listener)) if ready else None)
        server.run(sockets=[listener])


@contextmanager
def running(mock: Mock, *, host: str = "127.0.0.1", port: int = 0) -> Generator[str]:
    """The base URL of the mock, served by a thread for as long as the context lasts."""
    begun = threading.Event()
    with _listening(host, port) as listener:
        server = _server(mock, ready=begun.set)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="apikley-mock", daemon=True
        )
        thread.start()
        try:
            if not begun.wait(_PATIENCE):
                raise RuntimeError(f"the mock did not start within {_PATIENCE:.0f} s")
            yield _base_url(listener)
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)


class Connections:
    """The connections that are open, by the address of the client."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def add(self, transport: asyncio.Transport) -> None:
        self._transports[_client(transport)] = transport

    def remove(self, transport: asyncio.Transport) -> None:
        client = _client(transport)
        if self._transports.get(client) is transport:  # and not one that has the address since
            del self._transports[client]

    def end(self) -> None:
        """Close them all at once, whatever they wait for."""
        for transport in [*self._transports.values()]:
            transport.abort()

    def reset(self, client: tuple[str, int]) -> None:
        """Break the connection off, so that the client is told of a reset."""
        if transport := self._transports.get(client):
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            transport.abort()

    def close(self, client: tuple[str, int]) -> None:
        """Send what was written, then close the connection."""
        if transport := self._transports.get(client):
            transport.close()


def _client(transport: asyncio.Transport) -> tuple[str, int]:
    # There is none where the client has gone already.
    host, port = (transport.get_extra_info("peername") or ("", 0))[:2]
    return str(host), int(port)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(mock: Mock, *, ready: Callable[[], object]) -> "uvicorn.Server":
    with mock_extra():
        import uvicorn  # noqa: PLC0415 - needed by none who stays in process

        from apikley.mock import atonce  # noqa: PLC0415 - as above

    connections = Connections()
    app = App(mock, connections=connections)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.stop()
            asyncio.get_running_loop().call_later(_GRACE, connections.end)
            await super().shutdown(sockets)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
            """Stop, and let the caller go on, where uvicorn would raise the signal once more."""
            self.force_exit = self.should_exit
            self.should_exit = True

    return Server(
        uvicorn.Config(
            app,
            http=atonce.to_protocol(app, connections),
            ws="none",
            log_config=None,  # whoever runs the mock beside something of his own has said how to log
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # the address of a client is the one it is connected from
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
    )
