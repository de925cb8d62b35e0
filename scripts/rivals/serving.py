"""The stub on a port of this machine, as a process of its own.

usage: python -m rivals.serving

Writes its address on the first line of its output, and ends with its input. Times are those of the machine's monotonic
clock, which all processes share.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from rivals.service import PICTURE, Reply, Request, Service, Task

_SCRIPTS = Path(__file__).resolve().parent.parent


@contextmanager
def running(python: str) -> Generator[str]:
    """The address of a stub, which ends with the context."""
    process = subprocess.Popen(
        [python, "-m", "rivals.serving"],
        cwd=_SCRIPTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(10)


class Connection(asyncio.Protocol):
    """One client's connection: requests one after another."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._transport: asyncio.Transport | None = None
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (taken := take(self._held)) is not None:
            request, self._held = taken
            self._do(self._service.answer(request, time.monotonic()))

    def _do(self, reply: Reply) -> None:
        assert self._transport
        if reply.deed == "drop":
            self._transport.close()
        elif reply.deed == "answer" and reply.delay:
            asyncio.get_running_loop().call_later(reply.delay, self._transport.write, to_bytes(reply))
        elif reply.deed == "answer":
            self._transport.write(to_bytes(reply))


def take(held: bytes) -> tuple[Request, bytes] | None:
    """The first whole request of what came, and what follows it."""
    head, gap, rest = held.partition(b"\r\n\r\n")
    if not gap:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if len(rest) < length:
        return None
    method, target, _ = first.split(" ")
    address = urlsplit(target)
    origin = f"http://{headers.get('host', '')}"
    return Request(method, address.path, address.query, rest[:length], origin), rest[length:]


def to_bytes(reply: Reply) -> bytes:
    """An answer as it is sent."""
    lines = [
        f"HTTP/1.1 {reply.status} -",
        f"content-type: {reply.media_type}",
        f"content-length: {len(reply.body)}",
        *(f"{name}: {value}" for name, value in reply.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + reply.body


async def _call_back(task: Task, url: str) -> None:
    """Say that a task has ended, as the service does: a POST, unsigned."""
    await asyncio.sleep(task.done_at - time.monotonic())
    address = urlsplit(url)
    result = json.dumps({"resultUrls": [PICTURE]})
    data = {"taskId": task.id, "state": "success", "resultJson": result}
    body = json.dumps({"code": 200, "msg": "success", "data": data}).encode()
    target = f"{address.path}?{address.query}"
    head = f"POST {target} HTTP/1.1\r\nhost: {address.netloc}\r\ncontent-type: application/json\r\n"
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
    await reader.read()
    writer.close()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    calls: set[asyncio.Task[None]] = set()

    def made(task: Task) -> None:
        if task.callback_url:
            call = loop.create_task(_call_back(task, task.callback_url))
            calls.add(call)
            call.add_done_callback(calls.discard)

    service = Service(made=made)
    server = await loop.create_server(lambda: Connection(service), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve())
