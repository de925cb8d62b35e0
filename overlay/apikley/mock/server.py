"""How the mock is reached on a port."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from apikley.mock.asgi import App
from apikley.mock.engine import Mock
from apikley.mock.extras import mock_extra

if TYPE_CHECKING:
    import uvicorn

_PATIENCE = 10.0  # seconds for a server to start or stop


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


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(mock: Mock, *, ready: Callable[[], object]) -> "uvicorn.Server":
    with mock_extra():
        import uvicorn  # noqa: PLC0415 - needed by none who stays in process

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
            """Stop, and let the caller go on, where uvicorn would raise the signal once more."""
            self.force_exit = self.should_exit
            self.should_exit = True

    return Server(
        uvicorn.Config(App(mock), log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    )
