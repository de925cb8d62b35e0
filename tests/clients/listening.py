"""Servers on loopback of which a test says what becomes of each connection."""

import socket
import ssl
import threading
from contextlib import suppress


class Listening:
    """A server that calls `answer` with each connection until it is closed: one after the other, or all at once."""

    scheme = "http"

    def __init__(self, *, at_once=False):
        self._at_once = at_once
        self._server = self._listen()
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.url = f"{self.scheme}://{self.address}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def answer(self, connection):
        raise NotImplementedError

    def _listen(self):
        return socket.create_server(("127.0.0.1", 0), backlog=100)

    def _accept(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except (ssl.SSLError, ConnectionError):  # somebody does not trust this server, say
                continue
            except OSError:
                return
            if self._at_once:
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()
            else:
                self._answer(connection)

    def _answer(self, connection):
        with connection, suppress(OSError):
            self.answer(connection)


def says(body, *headers):
    """An answer with status 200, whole."""
    head = [b"HTTP/1.1 200 OK", *headers, b"content-length: %d" % len(body), b"", body]
    return b"\r\n".join(head)
