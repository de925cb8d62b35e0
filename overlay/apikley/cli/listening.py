"""How callbacks are received while one develops: on a port of this computer, by the standard library's server."""

import logging
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from socketserver import TCPServer, ThreadingMixIn
from threading import Lock
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import click
from attrs import frozen

from apikley.callbacks import SYNC_LIMIT, Callback
from apikley.cli import submissions
from apikley.cli.choosing import Choice
from apikley.cli.ledgers import find_ledger
from apikley.cli.reports import Report
from apikley.cli.wording import printable
from apikley.errors import LedgerUnusable
from apikley.receiving import wsgi_receiver

_PATIENCE = 15.0  # seconds for one read, as the receiver has for a body


@frozen
class Where:
    """Where callbacks are taken."""

    host: str
    port: int
    path: str


def listen(report: Report, choice: Choice, where: Where, key: str | None, count: int | None) -> None:
    """Print each callback that comes, at most `count`, until interrupted. `key` is what they must be signed with."""

    def heard(callback: Callback) -> None:
        report.data(to_json(callback), to_line(callback))
        sys.stdout.flush()
        for line in _of_doubt(callback, choice):
            report.remark(line)

    _show_log()
    try:
        listener = Listener(where, key=key, count=count, heard=heard)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {where.host}:{where.port}: {error.strerror or error}"
        ) from error

    def ready() -> None:
        if report.as_json:
            report.data({"url": listener.url, "signed": key is not None}, "")
            sys.stdout.flush()
        signed = "signed callbacks" if key else "callbacks of anybody: there is no key to check them with"
        report.remark(f"listening on {listener.url} for {signed}")

    listener.serve(ready)


class Listener:
    """A receiver on a port, which ends after `count` callbacks, or when it is interrupted. Raises `OSError`."""

    def __init__(
        self,
        where: Where,
        *,
        key: str | None,
        count: int | None,
        heard: Callable[[Callback], None],
    ) -> None:
        self._count = count
        self._heard = heard
        self._number = 0
        self._lock = Lock()
        application = wsgi_receiver(self._take, key=key, path=where.path, limit=SYNC_LIMIT)
        kind = _ServerOf6 if ":" in where.host else _Server
        self._server = make_server(
            where.host, where.port, application, server_class=kind, handler_class=_Handler
        )
        self._server.is_enough = lambda: self._count is not None and self._number >= self._count
        shown = f"[{where.host}]" if ":" in where.host else where.host
        self.url = f"http://{shown}:{self._server.server_port}/{where.path.strip('/')}"

    def serve(self, ready: Callable[[], None]) -> None:
        """Call `ready`, then answer until there is an end."""
        with self._server, suppress(KeyboardInterrupt):
            ready()
            self._server.serve_forever(poll_interval=0.1)

    def _take(self, callback: Callback) -> None:
        with self._lock:  # one line at a time
            self._heard(callback)
            self._number += 1


def to_json(callback: Callback) -> dict[str, object]:
    """What a callback says, by name."""
    task = callback.task
    return {
        "task_id": callback.task_id,
        "code": callback.code,
        "succeeded": callback.has_succeeded,
        "signed": callback.is_signed,
        "message": callback.message,
        "state": None if task is None else str(task.state),
        "credits": None if task is None else task.credits,
        "credits_left": callback.credits_left,
        "seconds": callback.seconds,
        "result_urls": [] if task is None else [*task.result_urls],
        "failure_message": None if task is None else task.failure_message,
        "key": callback.token,
    }


def to_line(callback: Callback) -> str:
    """The same in a line."""
    task = callback.task
    ending = {True: "success", False: "fail", None: f"code {callback.code}"}[callback.has_succeeded]
    said = [callback.task_id, ending, "signed" if callback.is_signed else "unsigned"]
    if callback.seconds is not None:
        said.append(f"{callback.seconds:g} s")
    if task is not None and task.credits is not None:
        said.append(f"{task.credits:g} credits")
    if callback.token:
        said.append(f"key {callback.token}")
    if task is not None and task.failure_message:
        said.append(task.failure_message)
    return printable(", ".join(said))


def _of_doubt(callback: Callback, choice: Choice) -> list[str]:
    """What to do if the callback names a submission in doubt: it may have found the task that was lost."""
    if callback.token is None:
        return []
    try:
        ledger = find_ledger(choice)
        try:
            is_doubtful = callback.token in submissions.doubtful(ledger)
        finally:
            ledger.close()
    except LedgerUnusable as error:
        return [f"apikley: {error}"]
    if not is_doubtful:
        return []
    show = f"apikley tasks show {callback.task_id} --fetch{choice.flags.again}"
    return [f"submission {callback.token} is in doubt, and may be this task; to ask and settle it: {show}"]


def _show_log() -> None:
    """Have what the receiver rejects, and why, told on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Printable("apikley: %(message)s"))
    logging.getLogger("apikley.receiving").addHandler(handler)


class _Server(ThreadingMixIn, WSGIServer):
    """Whoever connects and says nothing keeps nobody else waiting, nor the end."""

    daemon_threads = True
    is_enough: Callable[[], bool]

    def server_bind(self) -> None:
        """Bind, without asking the network for this computer's name, as the library does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer; the last answer of all ends the server once it has been sent."""
        super().process_request_thread(request, client_address)
        if self.is_enough():
            self.shutdown()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that have gone."""


class _ServerOf6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _PATIENCE

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Say nothing: the receiver's own log does."""


class _Printable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line without what would steer a terminal."""
        return printable(super().format(record))
