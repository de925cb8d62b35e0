"""How a connection is broken off of which nothing but its two ends is known."""

import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_OPEN_FILES = Path("/dev/fd")  # where Linux, macOS and the BSDs list those of this process
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger for no time


def broken_off(client: object, server: object, *, is_midway: bool) -> bool:
    """Have this process' connection between two addresses of host and port closed; whether there is one.

    Whatever serves it sees its end, and closes it: midway after what was written, else with a reset. An ASGI
    application is given no hold of its connection, but told of both ends, and the system knows the rest.
    """
    for connection in _connections():
        with connection:
            if not _is_between(connection, client, server):
                continue
            with suppress(OSError):  # the client has gone meanwhile
                if not is_midway:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                connection.shutdown(socket.SHUT_RD)
            return True
    return False


def _connections() -> Iterator[socket.socket]:
    """Each by a name of its own, which can be closed without closing the connection."""
    try:
        numbers = [int(each.name) for each in _OPEN_FILES.iterdir()]
    except OSError:
        return
    for number in numbers:
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield socket.socket(fileno=os.dup(number))


def _is_between(connection: socket.socket, client: object, server: object) -> bool:
    try:
        return (_address(connection.getpeername()), _address(connection.getsockname())) == (
            _address(client),
            _address(server),
        )
    except OSError:  # it listens, or is no longer connected
        return False


def _address(said: Any) -> tuple[str, int] | None:
    """Host and port; IPv6 brings more."""
    match said:
        case [str(host), int(port), *_] | (str(host), int(port)):
            return host, port
        case _:
            return None
